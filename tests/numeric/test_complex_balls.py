"""Complex balls contain the principal values that mpmath finds, and tell definedness apart in three ways."""

from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.numeric.complex_balls import ComplexBalls, complex_disjoint
from twofold.numeric.enclosures import working_precision
from twofold.numeric.operations import Indeterminate, Undefined

TABLE = ComplexBalls(128)
PI = TABLE.constant("pi")
I = TABLE.constant("i")  # noqa: E741


def number(re, im=0):
    real, imaginary = TABLE.number(Fraction(re)), TABLE.number(Fraction(im))
    if im == 0:
        return real
    return TABLE.apply("add", (real, TABLE.apply("mul", (I, imaginary))))


def apply(op, *args):
    return TABLE.apply(op, tuple(number(a) if isinstance(a, int | str) else a for a in args))


def contains(found, truth):
    with working_precision(256):
        near = flint.acb(flint.arb(mpmath.nstr(truth.real, 50)), flint.arb(mpmath.nstr(truth.imag, 50)))
        size = flint.arb(mpmath.nstr(abs(truth) + 1, 5)) * flint.arb("1e-45")
        ball = found if isinstance(found, flint.acb) else flint.acb(flint.arb(found))
        return ball.overlaps(near + flint.acb(flint.arb(0, size), flint.arb(0, size)))


ORACLES = {
    name: getattr(mpmath, name)
    for name in (
        "exp", "log", "sqrt", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "sech", "csch", "coth", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "loggamma", "digamma", "factorial",
        "conj", "re", "im", "sign",
    )
} | {
    "abs": abs, "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)), "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
}  # fmt: skip


@pytest.mark.parametrize("op", sorted(ORACLES))
def test_a_complex_ball_contains_the_principal_value(op):
    """Imaginary parts are kept off 0, so that no point lies on a branch cut, where conventions could differ."""

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(st.fractions(-3, 3, max_denominator=20), st.fractions(Fraction(1, 10), 3, max_denominator=20), st.booleans())
    def check(re, im, below):
        im = -im if below else im
        with mpmath.workdps(60):
            z = mpmath.mpc(mpmath.mpf(re.numerator) / re.denominator, mpmath.mpf(im.numerator) / im.denominator)
            truth = mpmath.mpc(ORACLES[op](z))
        found = apply(op, number(re, im))
        assert contains(found, truth)
        assert not isinstance(found, flint.acb) or found.rel_accuracy_bits() > 80

    check()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(*[st.fractions(Fraction(1, 10), 3, max_denominator=20)] * 4)
def test_a_complex_power_is_principal(a, b, c, d):
    with mpmath.workdps(60):
        base = mpmath.mpc(-mpmath.mpf(a.numerator) / a.denominator, mpmath.mpf(b.numerator) / b.denominator)
        exponent = mpmath.mpc(mpmath.mpf(c.numerator) / c.denominator, -mpmath.mpf(d.numerator) / d.denominator)
        truth = mpmath.power(base, exponent)
    assert contains(apply("pow", number(-a, b), number(c, -d)), truth)


def test_the_cube_root_of_minus_eight_is_the_principal_one():
    with mpmath.workdps(60):
        truth = mpmath.mpc(1, mpmath.sqrt(3))
    assert contains(apply("pow", -8, "1/3"), truth)
    assert contains(apply("root", -8, 3), truth)


def test_the_logarithm_of_a_negative_number_is_on_the_upper_side_of_the_cut():
    assert not complex_disjoint(apply("log", -1), apply("mul", I, PI))
    assert complex_disjoint(apply("log", -1), apply("neg", apply("mul", I, PI)))


def test_the_square_of_i_is_exactly_minus_one():
    assert apply("mul", I, I) == number(-1)


def test_a_determinant_with_complex_entries_is_enclosed():
    assert TABLE.det(((I, number(1)), (number(1), I))) == number(-2)


def test_an_inverse_with_complex_entries_is_enclosed():
    inverse = TABLE.inverse(((I, number(0)), (number(0), number(2))))
    assert not complex_disjoint(inverse[0][0], apply("neg", I))
    assert inverse[1][1] == number("1/2")


UNDEFINED = [
    ("log", 0), ("div", 1, 0), ("cot", 0), ("csch", 0), ("gamma", -2), ("digamma", 0), ("loggamma", -1),
    ("factorial", -1), ("atan", I), ("atanh", 1), ("pow", 0, -1), ("pow", 0, "-1/2"), ("root", 2, 0),
    ("floor", I), ("lt", I, 1),
]  # fmt: skip


@pytest.mark.parametrize("case", UNDEFINED, ids=lambda case: case[0])
def test_what_certainly_has_no_value_is_undefined(case):
    with pytest.raises(Undefined, match=r"."):
        apply(*case)


TINY = apply("add", apply("exp", number(1)), apply("neg", apply("exp", number(1))))
INDETERMINATE = [("log", TINY), ("div", 1, TINY), ("pow", 0, 0), ("pow", TINY, "1/2"), ("sign", TINY), ("eq", TINY, 0),
                 ("floor", apply("mul", I, TINY)), ("cot", TINY)]  # fmt: skip


@pytest.mark.parametrize("case", INDETERMINATE, ids=lambda case: case[0])
def test_what_cannot_be_told_is_indeterminate(case):
    with pytest.raises(Indeterminate, match=r"."):
        apply(*case)


def test_an_order_of_real_numbers_is_decided():
    assert apply("lt", 1, PI)
    assert apply("max", "1/2", "1/3") == number("1/2")


def test_euler_s_identity_overlaps_and_its_slip_does_not():
    left = apply("exp", apply("mul", I, PI))
    assert not complex_disjoint(left, number(-1))
    assert complex_disjoint(left, number(1))
