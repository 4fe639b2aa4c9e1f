"""Derivatives by dual numbers, against mpmath's numerical differentiation at 60 digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from twofold.numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from twofold.numeric.duals import DualNumber, Duals

BITS = 256
# mpmath.diff at 60 digits with its default step gives about 40 digits for these functions; 30 are asked for.
TOLERANCE = mpmath.mpf(10) ** -30
HALF = Fraction(1, 2)

# op -> (arguments as functions of x and y, reference of the whole)
ONE: dict[str, Callable[[Any], Any]] = {
    "neg": lambda x: -x,
    "sqrt": mpmath.sqrt,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "cot": mpmath.cot,
    "sec": mpmath.sec,
    "csc": mpmath.csc,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "coth": mpmath.coth,
    "sech": mpmath.sech,
    "csch": mpmath.csch,
    "asinh": mpmath.asinh,
    "atanh": mpmath.atanh,
    "abs": abs,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gamma": mpmath.gamma,
    "loggamma": mpmath.loggamma,
    "factorial": mpmath.factorial,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
}
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "atan2": mpmath.atan2,
    "min": min,
    "max": max,
}
GAMMAS = frozenset(("gamma", "loggamma", "factorial"))  # their slope is digamma, whose own is not in the list
POINTS = (Fraction(3, 7), Fraction(5, 8))


def number(value: Any) -> Any:
    """A ball as an mpmath number; its radius must be far below the tolerance."""
    with working_precision(BITS):  # an exact rational is rounded when it becomes a ball
        ball = to_ball(value)
    assert float(ball.rad()) < 1e-40
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def part(value: Any) -> Any:
    return 0 if value is None else number(value)


def inner(table: Duals, x: Any) -> Any:
    """x^2 + x/3: an argument whose first and second derivatives are not 1 and 0."""
    third = table.number(Fraction(1, 3))
    return table.apply("add", (table.apply("mul", (x, x)), table.apply("mul", (third, x))))


@pytest.mark.parametrize("op", sorted(ONE.keys() - GAMMAS))
@pytest.mark.parametrize("at", POINTS, ids=str)
def test_first_and_second_derivatives(op: str, at: Fraction) -> None:
    """d/dx and d2/dx2 of op(x^2 + x/3), the second by nesting."""
    once = Duals(RealBalls(BITS))
    twice = Duals(once)
    x = twice.seed(once.seed(RealBalls(BITS).number(at)))
    found = twice.apply(op, (inner(twice, x),))
    with mpmath.workdps(60):
        point = mpmath.mpf(at.numerator) / at.denominator

        def reference(u: Any) -> Any:
            return ONE[op](u * u + u / 3)

        assert abs(number(found.value.value) - reference(point)) < TOLERANCE
        assert abs(part(found.derivative.value) - mpmath.diff(reference, point)) < TOLERANCE * 10**4
        assert abs(part(found.derivative.derivative) - mpmath.diff(reference, point, 2)) < TOLERANCE * 10**8


@pytest.mark.parametrize("op", sorted(GAMMAS))
def test_first_derivatives_of_gamma(op: str) -> None:
    """d/dx of op(x^2 + x/3); a second derivative is refused, since trigamma is not in the closed list."""
    once = Duals(RealBalls(BITS))
    found = once.apply(op, (inner(once, once.seed(RealBalls(BITS).number(POINTS[0]))),))
    with mpmath.workdps(60):
        point = mpmath.mpf(3) / 7
        slope = mpmath.diff(lambda u: ONE[op](u * u + u / 3), point)
        assert abs(part(found.derivative) - slope) < TOLERANCE * 10**4
    twice = Duals(once)
    with pytest.raises(Indeterminate, match="no derivative in the table"):
        twice.apply(op, (twice.seed(once.seed(RealBalls(BITS).number(POINTS[0]))),))


def test_acosh_beyond_one() -> None:
    """acosh' = 1 / sqrt(x^2 - 1), x = 3."""
    table = Duals(RealBalls(BITS))
    found = table.apply("acosh", (table.seed(RealBalls(BITS).number(Fraction(3))),))
    with mpmath.workdps(60):
        assert abs(number(found.derivative) - 1 / mpmath.sqrt(8)) < TOLERANCE


@pytest.mark.parametrize("op", TWO)
def test_mixed_derivative(op: str) -> None:
    """d2/dx dy of op(x^2 + x/3, y^2 + y/3), one layer for each variable."""
    base = RealBalls(BITS)
    inside = Duals(base)
    outside = Duals(inside)
    x = outside.seed(inside.lift(base.number(POINTS[0])))
    y = outside.lift(inside.seed(base.number(POINTS[1])))
    found = outside.apply(op, (inner(outside, x), inner(outside, y)))
    with mpmath.workdps(60):
        px, py = (mpmath.mpf(p.numerator) / p.denominator for p in POINTS)

        def reference(u: Any, v: Any) -> Any:
            return TWO[op](u * u + u / 3, v * v + v / 3)

        slope = part(None if found.derivative is None else found.derivative.value)
        mixed = part(None if found.derivative is None else found.derivative.derivative)
        assert abs(slope - mpmath.diff(reference, (px, py), (1, 0))) < TOLERANCE * 10**4
        assert abs(mixed - mpmath.diff(reference, (px, py), (1, 1))) < TOLERANCE * 10**8


@pytest.mark.parametrize("order", [0, 1, 2, Fraction(1, 2)], ids=str)
def test_bessel_by_its_argument(order: Any) -> None:
    """dI_nu/dx = (I_(nu-1) + I_(nu+1)) / 2."""
    base = RealBalls(BITS)
    table = Duals(base)
    found = table.apply("besseli", (table.number(Fraction(order)), table.seed(base.number(POINTS[0]))))
    with mpmath.workdps(60):
        point, nu = mpmath.mpf(3) / 7, mpmath.mpf(float(order))
        assert abs(number(found.derivative) - mpmath.diff(lambda u: mpmath.besseli(nu, u), point)) < TOLERANCE * 10**4


def test_power_with_a_constant_exponent_at_zero() -> None:
    """d x^2 = 2x and d x^1 = 1 also at x = 0, where log x has no value."""
    base = RealBalls(BITS)
    table = Duals(base)
    x = table.seed(base.number(Fraction(0)))
    for exponent, slope in ((2, 0), (1, 1), (3, 0)):
        found = table.apply("pow", (x, table.number(Fraction(exponent))))
        assert number(found.derivative) == slope


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        pytest.param("abs", (0,), id="|x| at 0"),
        pytest.param("sqrt", (0,), id="sqrt at 0"),
        pytest.param("asin", (1,), id="asin at 1"),
        pytest.param("sign", (1,), id="sign has no rule"),
        pytest.param("floor", (HALF,), id="floor has no rule"),
        pytest.param("max", (HALF, HALF), id="max of equal arguments"),
        pytest.param("pow", (0, HALF), id="x^(1/2) at 0"),
    ],
)
def test_where_there_is_no_derivative(op: str, arguments: tuple[Any, ...]) -> None:
    """The value exists and the slope does not: indeterminate, never a number."""
    base = RealBalls(BITS)
    table = Duals(base)
    first, *rest = (base.number(Fraction(a)) for a in arguments)
    others = tuple(table.lift(r) for r in rest)
    if op == "max":
        others = tuple(table.seed(r) for r in rest)
    with pytest.raises(Indeterminate):
        table.apply(op, (table.seed(first), *others))


def test_where_there_is_no_value() -> None:
    """log of a negative number is undefined, with or without a derivative."""
    base = RealBalls(BITS)
    table = Duals(base)
    with pytest.raises(Undefined):
        table.apply("log", (table.seed(base.number(Fraction(-1))),))


def test_constants_cost_nothing() -> None:
    """An operation on constants has the exact derivative None."""
    table = Duals(RealBalls(BITS))
    assert table.apply("exp", (table.number(HALF),)).derivative is None


def matrix(table: Duals, x: Any) -> tuple[tuple[DualNumber, ...], ...]:
    """((x, 1), (x^2, 3))."""
    return (x, table.number(Fraction(1))), (table.apply("mul", (x, x)), table.number(Fraction(3)))


def test_determinant_and_inverse() -> None:
    """det = 3x - x^2 has slope 3 - 2x; the entry 3/det of the inverse has slope -3 (3 - 2x)/det^2; at x = 2."""
    base = RealBalls(BITS)
    table = Duals(base)
    rows = matrix(table, table.seed(base.number(Fraction(2))))
    assert number(table.det(rows).derivative) == -1
    assert number(table.inverse(rows)[0][0].derivative) == mpmath.mpf(3) / 4


def test_singular_determinant_has_a_slope() -> None:
    """At x = 3 the matrix is singular; the slope of its determinant is -3 all the same."""
    base = RealBalls(BITS)
    table = Duals(base)
    assert number(table.det(matrix(table, table.seed(base.number(Fraction(3))))).derivative) == -3
