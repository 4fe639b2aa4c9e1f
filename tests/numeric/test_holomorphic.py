"""Near the real line the holomorphic table continues the real functions, and refuses balls where that fails."""

from fractions import Fraction

import flint
import mpmath
import pytest

from twofold.numeric.enclosures import working_precision
from twofold.numeric.holomorphic import HolomorphicBalls, IntervalBalls
from twofold.numeric.operations import Indeterminate, Undefined

TABLE = HolomorphicBalls(128)


def n(x):
    return TABLE.number(Fraction(x))


# op, further arguments, real oracle, a point of the real line around which its Taylor series reaches 1/10
REAL_FUNCTIONS = {
    "exp": ((), mpmath.exp, "1/2"),
    "log": ((), mpmath.log, "3/2"),
    "sqrt": ((), mpmath.sqrt, "3/2"),
    "abs left": ((), lambda x: -x, "-3/2"),
    "abs right": ((), lambda x: x, "3/2"),
    "sign": ((), lambda x: mpmath.mpf(-1), "-3/2"),
    "pow cube root left": (("1/3",), lambda x: -mpmath.cbrt(-x), "-3/2"),
    "pow 2/3 left": (("2/3",), lambda x: mpmath.cbrt(x**2), "-3/2"),
    "pow 3/10": (("3/10",), lambda x: x ** mpmath.mpf("0.3"), "3/2"),
    "pow -2": (("-2",), lambda x: x**-2, "-3/2"),
    "root": (("3",), lambda x: -mpmath.cbrt(-x), "-3/2"),
    "softplus right": ((), lambda x: mpmath.log1p(mpmath.exp(x)), "3"),
    "softplus left": ((), lambda x: mpmath.log1p(mpmath.exp(x)), "-3"),
    "sigmoid": ((), lambda x: 1 / (1 + mpmath.exp(-x)), "-1/2"),
    "asin": ((), mpmath.asin, "1/2"),
    "acos": ((), mpmath.acos, "1/2"),
    "atan": ((), mpmath.atan, "3"),
    "asinh": ((), mpmath.asinh, "-3"),
    "acosh": ((), mpmath.acosh, "5/2"),
    "atanh": ((), mpmath.atanh, "1/2"),
    "atan2 right": (("2",), lambda y: mpmath.atan2(y, 2), "-1/2"),
    "atan2 upper left": (("-2",), lambda y: mpmath.atan2(y, -2), "3/2"),
    "atan2 lower left": (("-2",), lambda y: mpmath.atan2(y, -2), "-3/2"),
    "loggamma": ((), mpmath.loggamma, "5/2"),
    "digamma": ((), mpmath.digamma, "5/2"),
    "factorial": ((), mpmath.factorial, "5/2"),
    "binomial": (("3",), lambda x: mpmath.binomial(x, 3), "5/2"),
    "floor": ((), lambda x: mpmath.mpf(2), "5/2"),
    "ceil": ((), lambda x: mpmath.mpf(3), "5/2"),
    "mod": (("2",), lambda x: x - 2, "5/2"),
    "max": (("1",), lambda x: x, "5/2"),
    "min": (("1",), lambda x: mpmath.mpf(1), "5/2"),
}


@pytest.mark.parametrize("case", REAL_FUNCTIONS)
def test_the_continuation_agrees_with_the_taylor_series_of_the_real_function(case):
    """f(x + i/200) from 9 real Taylor coefficients at x: a series of radius >= 1/2 leaves (1/100)^9 = 1e-18.

    mpmath takes the coefficients from differences with raised precision; their error is far below.
    """
    constants, oracle, x = REAL_FUNCTIONS[case]
    x = Fraction(x)
    with mpmath.workdps(30):
        real = mpmath.mpf(x.numerator) / x.denominator
        coefficients = mpmath.taylor(oracle, real, 8)
        truth = mpmath.polyval(coefficients[::-1], mpmath.mpc(0, mpmath.mpf(1) / 200))
    at = flint.acb(flint.arb(flint.fmpq(x.numerator, x.denominator)), flint.arb(1) / 200)
    found = TABLE.apply(case.split()[0], (at, *(n(c) for c in constants)))
    with working_precision(128):
        near = flint.acb(flint.arb(mpmath.nstr(mpmath.re(truth), 30)), flint.arb(mpmath.nstr(mpmath.im(truth), 30)))
        margin = flint.arb(0, "1e-16")
        assert found.overlaps(near + flint.acb(margin, margin))


def around(x, radius="1/2"):
    r = flint.arb(flint.fmpq(*Fraction(radius).as_integer_ratio()))
    return flint.acb(flint.arb(Fraction(x).numerator, r) / Fraction(x).denominator, flint.arb(0, r))


CROSSING = {
    "log on its cut": ("log", -2), "sqrt on its cut": ("sqrt", -2), "log at 0": ("log", 0), "abs": ("abs", 0),
    "sign": ("sign", 0), "floor": ("floor", 1), "asin": ("asin", 2), "acos": ("acos", -2), "acosh": ("acosh", 1),
    "atanh": ("atanh", 1), "loggamma": ("loggamma", -2), "digamma": ("digamma", -2), "tan": ("tan", "11/7"),
    "coth": ("coth", 0), "softplus beyond i pi": ("softplus", 0, "7/2"), "atan around i": ("atan", 0, 2),
    "asinh around i": ("asinh", 0, 2), "loggamma on its cut, off the poles": ("loggamma", "-5/2", "1/4"),
}  # fmt: skip


@pytest.mark.parametrize("case", CROSSING)
def test_a_ball_across_a_singularity_is_refused(case):
    op, *where = CROSSING[case]
    with pytest.raises(Indeterminate, match=r"."):
        TABLE.apply(op, (around(*where),))


BINARY_CROSSING = [
    ("pow", 0, "1/3"), ("pow", 0, -1), ("pow", -2, "1/2"), ("root", 0, "3"), ("max", 1, 1), ("min", 1, 1), ("lt", 1, 1),
    ("mod", 2, 1), ("atan2", 0, -1), ("pow", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("case", BINARY_CROSSING, ids=str)
def test_a_ball_across_a_singularity_in_the_first_argument_is_refused(case):
    op, centre, constant = case
    with pytest.raises(Indeterminate, match=r"."):
        TABLE.apply(op, (around(centre), n(constant)))


def test_bessel_of_a_fractional_order_is_refused_on_its_cut():
    with pytest.raises(Indeterminate, match="cut"):
        TABLE.apply("besseli", (n("1/4"), around(-2)))


def test_division_by_an_exact_zero_is_undefined():
    with pytest.raises(Undefined, match="zero"):
        TABLE.apply("div", (around(1), flint.acb(0)))


def test_what_does_not_depend_on_the_variable_is_real_arithmetic():
    assert TABLE.apply("root", (n(-8), n(3))) == n(-2)
    with pytest.raises(Undefined, match="log"):
        TABLE.apply("log", (n(-1),))


def test_an_even_root_at_the_end_of_its_domain_takes_the_nonnegative_part():
    interval = flint.arb(Fraction(1, 4).numerator, 1) / 4  # [0, 1/2] with a lower end rounded below 0
    found = IntervalBalls(64).apply("sqrt", (interval,))
    with working_precision(64):
        assert found.contains(0)
        assert found.contains(flint.arb("0.7"))
        assert not found.contains(flint.arb("0.72"))


def test_an_even_root_of_a_negative_interval_stays_undefined():
    with pytest.raises(Undefined, match="square root"):
        IntervalBalls(64).apply("sqrt", (flint.arb(-2, 1),))
