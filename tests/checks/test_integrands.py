"""Integrals whose constants are taken out and whose still parts are done once, against closed forms."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import mpmath
import pytest

from twofold.checks.equal import context_of, readings
from twofold.checks.integrals import BallIntegrals
from twofold.checks.interpret import Meaning
from twofold.checks.points import Point
from twofold.numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from twofold.symbolic.evaluate import Evaluator, Mismatch

BITS = 128
A, B = Fraction(3, 2), Fraction(2, 5)
LINE = r"\int_{-\infty}^{\infty}"


class Run:
    """Formulas of one run: their integrals are shared."""

    def __init__(self) -> None:
        self.integrals = BallIntegrals()

    def value(self, tex: str, a: Fraction = A) -> mpmath.mpf:
        """The middle of the enclosure; that it is narrow is asserted."""
        context = context_of({"a": "real", "b": "real"})
        lhs, _, context, _ = readings(tex, "0", context)[0][1]
        meaning = Meaning(context, Point({"a": a, "b": B}), integrals=self.integrals)
        found = Evaluator(RealBalls(BITS), meaning).value(lhs)
        with working_precision(BITS):
            ball = to_ball(found)
        assert float(ball.rad()) < 1e-25
        mantissa, exponent = ball.mid().man_exp()
        return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def gauss(a: Fraction, moment: int = 0) -> mpmath.mpf:
    """int x^(2 m) exp(-a x^2) dx = Gamma(m + 1/2) a^-(m + 1/2)."""
    power = mpmath.mpf(2 * moment + 1) / 2
    return mpmath.gamma(power) / (mpmath.mpf(a.numerator) / a.denominator) ** power


# The radius is below 1e-25 and mpmath works with 40 digits.
CLOSE = mpmath.mpf(10) ** -24


@pytest.fixture(autouse=True)
def _digits() -> object:
    with mpmath.workdps(40):
        yield


@pytest.mark.parametrize(
    ("tex", "factor"),
    [
        (rf"{LINE} e^{{-a x^2}} dx", 1),
        (rf"{LINE} -\exp(-a x^2) dx", -1),
        (rf"{LINE} 3\cdot\frac{{e^{{-a x^2}}}}{{-2}} dx", mpmath.mpf(-3) / 2),
        (rf"{LINE} \frac{{1}}{{{LINE} e^{{-a x^2}} dx}} e^{{-a u^2}} du", None),
    ],
)
def test_constants_come_out(tex: str, factor: mpmath.mpf | None) -> None:
    wanted = 1 if factor is None else factor * gauss(A)
    assert abs(Run().value(tex) - wanted) < CLOSE


def test_one_integral_written_in_many_ways_is_done_once() -> None:
    run = Run()
    first = run.value(rf"{LINE} e^{{-a x^2}} dx")
    done = len(run.integrals.done)
    assert run.value(rf"{LINE} -2\exp(-a x^2) dx") == -2 * first
    assert len(run.integrals.done) == done
    assert run.value(rf"{LINE} x^2\exp(-a x^2) dx") != first
    assert len(run.integrals.done) > done


def test_a_factor_that_vanishes_stays_inside() -> None:
    """0 times an integral that diverges is not defined; the integral of 0 is 0, and may not be called undefined."""
    with pytest.raises((Undefined, Indeterminate, Mismatch)):
        Run().value(rf"0\cdot{LINE} e^{{x^2}} dx")
    with contextlib.suppress(Indeterminate):
        assert Run().value(rf"{LINE} (1-1) e^{{x^2}} dx") == 0


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_a_normaliser(order: int) -> None:
    """d^k/da^k int exp(-a x^2) = (-1)^k int x^(2 k) exp(-a x^2): the layers of the dual numbers are told apart."""
    top, below = (r"\frac{d}{da}", "") if order == 1 else (r"\frac{d^2}{da^2}", "")
    found = Run().value(rf"{top}{below} {LINE} e^{{-a x^2}} dx")
    assert abs(found - (-1) ** order * gauss(A, order)) < CLOSE


def test_mixed_derivative() -> None:
    """int exp(-a x^2 + b x) = sqrt(pi / a) exp(b^2 / (4 a)), differentiated by a and b in closed form."""
    a, b = mpmath.mpf(A.numerator) / A.denominator, mpmath.mpf(B.numerator) / B.denominator
    z = mpmath.sqrt(mpmath.pi / a) * mpmath.exp(b**2 / (4 * a))
    # d/db = z b/(2a); d/da of it = z [(-1/(2a) - b^2/(4a^2)) b/(2a) - b/(2a^2)]
    wanted = z * ((-1 / (2 * a) - b**2 / (4 * a**2)) * b / (2 * a) - b / (2 * a**2))
    found = Run().value(rf"\frac{{\partial^2}}{{\partial a \partial b}} {LINE} e^{{-a x^2 + b x}} dx")
    assert abs(found - wanted) < CLOSE


def test_a_still_part_without_a_value_gives_none() -> None:
    with pytest.raises((Undefined, Indeterminate)):
        Run().value(rf"{LINE} \log(-a) e^{{-x^2}} dx")


def test_the_variable_of_a_derivative_does_not_stand_still() -> None:
    r"""Inside d/da the parts with a move: int d/da exp(-a^2 x^2) = -2 a int x^2 exp(-a^2 x^2)."""
    found = Run().value(rf"{LINE} \frac{{\partial}}{{\partial a}} e^{{-a^2 x^2}} dx")
    assert abs(found + 2 * mpmath.mpf(3) / 2 * gauss(A * A, 1)) < CLOSE
