"""The table of floats against mpmath, entry by entry, and its NaN where there is no value."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from twofold.numeric.floats import Floats
from twofold.numeric.operations import SCALAR_OPERATIONS, Indeterminate

TABLE = Floats()
XS = np.array([0.1, 0.4, 0.9])
YS = np.array([0.7, 2.0, 3.0])
# Each is a handful of elementary operations, each of them within an ulp or two: 64 ulps leave room, slips do not fit.
TOLERANCE = 64 * np.finfo(float).eps
ONE: dict[str, Callable[[Any], Any]] = {
    "neg": lambda x: -x,
    "abs": abs,
    "sign": mpmath.sign,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "re": mpmath.re,
    "im": mpmath.im,
    "conj": mpmath.conj,
    **{n: getattr(mpmath, n) for n in ("sqrt", "exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos")},
    **{
        n: getattr(mpmath, n) for n in ("atan", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "atanh", "erf")
    },
    **{n: getattr(mpmath, n) for n in ("erfc", "gamma", "loggamma", "digamma", "factorial")},
}
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "atan2": mpmath.atan2,
    "min": min,
    "max": max,
    "mod": lambda x, y: x - y * mpmath.floor(x / y),
    "besseli": mpmath.besseli,
}


def close(found: Any, expected: list[Any]) -> None:
    assert found == pytest.approx([float(e) for e in expected], rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.parametrize("op", ONE)
def test_functions_of_one(op: str) -> None:
    """Each operation on an array is mpmath's on each entry."""
    close(TABLE.apply(op, (XS,)), [ONE[op](mpmath.mpf(x)) for x in XS])


@pytest.mark.parametrize("op", TWO)
def test_functions_of_two(op: str) -> None:
    """Operations of two arguments, on two arrays."""
    close(TABLE.apply(op, (XS, YS)), [TWO[op](mpmath.mpf(x), mpmath.mpf(y)) for x, y in zip(XS, YS, strict=True)])


def test_acosh_beyond_one() -> None:
    """acosh on [1, inf)."""
    close(TABLE.apply("acosh", (YS[1:],)), [mpmath.acosh(y) for y in YS[1:]])


def test_the_list_is_complete() -> None:
    """Every scalar operation of the closed list has a rule."""
    missing = []
    for op, (fewest, _) in SCALAR_OPERATIONS.items():
        count = max(fewest, 1)
        arguments: tuple[Any, ...] = tuple(np.array([2.0]) for _ in range(count))
        if op in ("and", "or", "not"):
            arguments = tuple(np.array([True]) for _ in range(count))
        try:
            TABLE.apply(op, (True, 1.0) if op == "piecewise" else arguments)
        except Indeterminate:
            missing.append(op)
    assert not missing


@pytest.mark.parametrize(
    ("base", "exponent", "value"), [(-2.0, 3, -8.0), (-2.0, 2, 4.0), (0.0, 0, 1.0), (-8.0, -1, -0.125)]
)
def test_whole_powers_of_negative_numbers(base: float, exponent: int, value: float) -> None:
    """Whole exponents work on negative numbers, exactly."""
    assert TABLE.apply("pow", (np.array([base]), float(exponent)))[0] == value


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        ("log", (-1.0,)),
        ("sqrt", (-1.0,)),
        ("asin", (2.0,)),
        ("acosh", (0.5,)),
        ("atanh", (2.0,)),
        ("root", (-4.0, 2.0)),
    ],
)
def test_no_value_is_nan(op: str, arguments: tuple[float, ...]) -> None:
    """Outside of the real domain the entry is NaN, with no warning and no exception."""
    assert np.isnan(TABLE.apply(op, (np.array([arguments[0]]), *arguments[1:]))[0])


def test_odd_roots_are_real() -> None:
    """The cube root of -8 is -2."""
    assert TABLE.apply("root", (np.array([-8.0]), 3.0))[0] == pytest.approx(-2.0, rel=TOLERANCE)


def test_loggamma_of_negative_numbers_is_the_real_branch_or_nan() -> None:
    """log gamma(x) is real only where gamma(x) > 0: at -1/2, where gamma is negative, there is no real value."""
    found = TABLE.apply("loggamma", (np.array([-0.5, -1.5]),))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(float(mpmath.log(mpmath.gamma(-1.5))), rel=TOLERANCE)


def test_piecewise_by_entries() -> None:
    """Conditions on arrays choose entry by entry; where none holds the entry is NaN."""
    x = np.array([-1.0, 0.5, 2.0])
    found = TABLE.apply("piecewise", (x < 0, -x, x < 1, x * 0))
    assert found[:2].tolist() == [1.0, 0.0]
    assert np.isnan(found[2])


def test_numbers_and_constants() -> None:
    """Rationals are rounded to nearest; the constants are those of numpy."""
    assert TABLE.number(Fraction(1, 3)) == 1 / 3
    assert [TABLE.constant(n) for n in ("pi", "e", "inf")] == [np.pi, np.e, np.inf]


def test_matrices_over_samples() -> None:
    """det and inverse of ((x, 1), (0, y)) for arrays x, y."""
    rows = ((XS, 1.0), (0.0, YS))
    close(TABLE.det(rows), list(XS * YS))
    found = TABLE.inverse(rows)
    close(found[0][0], list(1 / XS))
    close(found[0][1], list(-1 / (XS * YS)))


def test_a_singular_sample_is_nan() -> None:
    """One singular matrix among the samples gives NaN there and leaves the others alone."""
    x = np.array([1.0, 2.0, 3.0])
    found = TABLE.inverse(((x, 2.0), (2.0, 2.0)))[0][0]
    assert np.isnan(found[1])
    assert found[0] == pytest.approx(2.0 / (2.0 - 4.0), rel=TOLERANCE)
