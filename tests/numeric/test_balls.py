"""A ball contains the true value, or the table says whether there is none or whether it cannot tell."""

from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.numeric.balls import (
    Indeterminate,
    RealBalls,
    Undefined,
    ball_interval,
    disjoint,
    gap,
    radius,
    to_ball,
    to_text,
    working_precision,
)
from twofold.numeric.operations import SCALAR_OPERATIONS

TABLE = RealBalls(128)
PI = TABLE.constant("pi")


def value(x):
    return TABLE.number(Fraction(x)) if isinstance(x, int | str | Fraction) else x


def apply(op, *args):
    return TABLE.apply(op, tuple(value(a) for a in args))


def contains(ball, number):
    """number is an mpmath value at 60 digits; a ball of 128 bits must lie within 1e-50 of it, relatively, too."""
    margin = flint.arb(0, "1e-50") * flint.arb(mpmath.nstr(abs(number) + mpmath.mpf(10) ** -30, 5))
    with working_precision(256):
        truth = flint.arb(mpmath.nstr(number, 58)) + margin
        return to_ball(ball).overlaps(truth)


# name -> (oracle of another library, domain on which both are defined)
mp = mpmath.mp
ORACLES = {
    "exp": (mpmath.exp, (-40, 40)),
    "log": (mpmath.log, (Fraction(1, 100), 50)),
    "sqrt": (mpmath.sqrt, (0, 50)),
    "sin": (mpmath.sin, (-40, 40)),
    "cos": (mpmath.cos, (-40, 40)),
    "tan": (mpmath.tan, (-1, 1)),
    "sec": (mpmath.sec, (-1, 1)),
    "csc": (mpmath.csc, (Fraction(1, 10), 3)),
    "cot": (mpmath.cot, (Fraction(1, 10), 3)),
    "asin": (mpmath.asin, (-1, 1)),
    "acos": (mpmath.acos, (-1, 1)),
    "atan": (mpmath.atan, (-40, 40)),
    "sinh": (mpmath.sinh, (-40, 40)),
    "cosh": (mpmath.cosh, (-40, 40)),
    "tanh": (mpmath.tanh, (-40, 40)),
    "sech": (mpmath.sech, (-40, 40)),
    "csch": (mpmath.csch, (Fraction(1, 10), 40)),
    "coth": (mpmath.coth, (Fraction(1, 10), 40)),
    "asinh": (mpmath.asinh, (-40, 40)),
    "acosh": (mpmath.acosh, (1, 40)),
    "atanh": (mpmath.atanh, (Fraction(-99, 100), Fraction(99, 100))),
    "erf": (mpmath.erf, (-6, 6)),
    "erfc": (mpmath.erfc, (-6, 6)),
    "gamma": (mpmath.gamma, (Fraction(1, 10), 30)),
    "loggamma": (mpmath.loggamma, (Fraction(1, 10), 30)),
    "digamma": (mpmath.digamma, (Fraction(1, 10), 30)),
    "factorial": (mpmath.factorial, (0, 20)),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), (-60, 60)),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), (-60, 60)),
    "abs": (abs, (-40, 40)),
    "sign": (mpmath.sign, (-40, 40)),
    "floor": (mpmath.floor, (-40, 40)),
    "ceil": (mpmath.ceil, (-40, 40)),
}


@pytest.mark.parametrize("op", sorted(ORACLES))
def test_a_ball_contains_the_value_that_mpmath_finds(op):
    oracle, (low, high) = ORACLES[op]

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(st.fractions(low, high, max_denominator=1000))
    def check(x):
        with mpmath.workdps(60):
            truth = oracle(mpmath.mpf(x.numerator) / x.denominator)
        ball = apply(op, x)
        assert contains(ball, truth)
        assert radius(ball) <= flint.fmpq(1, 10**20) * (1 + abs(ball))

    check()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.fractions(Fraction(1, 50), 20, max_denominator=100),
    st.fractions(-6, 6, max_denominator=12),
)
def test_a_power_of_a_positive_base_contains_the_value(b, e):
    with mpmath.workdps(60):
        truth = mpmath.power(mpmath.mpf(b.numerator) / b.denominator, mpmath.mpf(e.numerator) / e.denominator)
    assert contains(apply("pow", b, e), truth)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.fractions(-5, 5, max_denominator=20), st.fractions(Fraction(1, 10), 9, max_denominator=20))
def test_bessel_of_any_order_contains_the_value(nu, x):
    with mpmath.workdps(60):
        truth = mpmath.besseli(mpmath.mpf(nu.numerator) / nu.denominator, mpmath.mpf(x.numerator) / x.denominator)
    assert contains(apply("besseli", nu, x), truth)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.fractions(-9, 9, max_denominator=8), st.integers(0, 12))
def test_a_binomial_coefficient_of_a_fraction_is_exact(n, k):
    truth = Fraction(1)
    for j in range(k):
        truth = truth * (n - j) / (j + 1)
    assert apply("binomial", n, k) == flint.fmpq(truth.numerator, truth.denominator)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.fractions(-9, 9, max_denominator=8), st.fractions(-9, 9, max_denominator=8))
def test_atan2_takes_the_ordinate_first(y, x):
    if x == y == 0:
        return
    with mpmath.workdps(60):
        truth = mpmath.atan2(mpmath.mpf(y.numerator) / y.denominator, mpmath.mpf(x.numerator) / x.denominator)
    assert contains(apply("atan2", y, x), truth)


UNDEFINED = [
    ("log", 0), ("log", -1), ("log", "-1/3"), ("sqrt", -1), ("sqrt", "-1/1000000"), ("div", 1, 0),
    ("pow", 0, -1), ("pow", 0, "-1/2"), ("pow", -8, "1/2"), ("pow", "-1/3", "3/4"), ("root", -16, 4), ("root", 2, 0),
    ("root", 0, -3), ("asin", 2), ("acos", "-3/2"), ("acosh", "1/2"), ("acosh", -3), ("atanh", 1), ("atanh", -1),
    ("atanh", 7), ("cot", 0), ("csc", 0), ("coth", 0), ("csch", 0), ("gamma", 0), ("gamma", -3), ("digamma", -1),
    ("loggamma", -2), ("factorial", -1), ("mod", 3, 0), ("besseli", "-1/2", 0), ("besseli", "1/2", -1),
    ("piecewise", False, 1),
]  # fmt: skip


@pytest.mark.parametrize("case", UNDEFINED, ids=str)
def test_what_certainly_has_no_value_is_undefined(case):
    with pytest.raises(Undefined, match=r"."):
        apply(*(case if case[0] != "piecewise" else ("piecewise", False, 1)))


TINY = apply("add", apply("exp", 1), apply("neg", apply("exp", 1)))  # a ball around an exact zero
INDETERMINATE = [
    ("log", TINY), ("sqrt", TINY), ("div", 1, TINY), ("pow", 0, 0), ("pow", TINY, 0), ("pow", TINY, -2),
    ("pow", -2, PI), ("pow", TINY, "1/2"), ("pow", 0, TINY), ("root", TINY, 2), ("cot", TINY), ("csch", TINY),
    ("gamma", TINY), ("loggamma", "-5/2"), ("atan2", 0, 0), ("atan2", TINY, TINY), ("mod", 1, TINY), ("mod", 5, -3),
    ("lt", PI, PI), ("eq", TINY, 0), ("besseli", "1/3", -1), ("binomial", -3, -5), ("exp", Fraction(10) ** 400),
]  # fmt: skip


@pytest.mark.parametrize("case", INDETERMINATE, ids=lambda case: case[0])
def test_what_cannot_be_told_is_indeterminate(case):
    with pytest.raises(Indeterminate, match=r"."):
        apply(*case)


@pytest.mark.parametrize("op", ["asin", "acos", "atanh"])
def test_the_end_of_a_domain_approached_by_a_ball_is_indeterminate(op):
    with pytest.raises(Indeterminate, match="end of the domain"):
        apply(op, apply("add", 1, TINY))


def test_the_pole_of_the_tangent_is_indeterminate():
    with pytest.raises(Indeterminate, match="zero"):
        apply("tan", apply("div", PI, 2))


def test_a_removable_singularity_is_seen_at_a_fraction_that_is_no_binary_number():
    x = value("1/3")
    with pytest.raises(Undefined, match="division by zero"):
        apply("div", apply("add", apply("pow", x, 2), "-1/9"), apply("add", x, "-1/3"))


REAL_ROOTS = [("pow", "1/3", -2), ("pow", "2/3", 4), ("pow", "-1/3", "-1/2"), ("pow", "2/6", -2), ("root", 3, -2)]


@pytest.mark.parametrize(("op", "order", "expected"), REAL_ROOTS)
def test_an_odd_root_of_a_negative_number_is_the_real_one(op, order, expected):
    assert apply(op, -8, order) == value(expected)


def test_an_odd_root_of_a_ball_around_zero_is_defined():
    assert to_ball(apply("root", TINY, 3)).contains(0)


def test_a_tower_of_powers_is_held_by_a_ball():
    huge = apply("pow", 9, 9**9)
    with mpmath.workdps(40):
        digits = mpmath.log10(9) * 9**9
    assert contains(apply("div", apply("log", huge), apply("log", 10)), digits)


def test_a_remainder_stays_between_zero_and_the_modulus():
    low, high = ball_interval(apply("mod", apply("pow", 9, 9**9), 10))
    assert Fraction(-1, 10**6) < low <= 9 <= high < 10 + Fraction(1, 10**6)


def test_near_identities_are_told_apart():
    """exp(pi sqrt 163) misses the integer 640320^3 + 744 by 7.5e-13, at the 30th digit."""
    left = apply("exp", apply("mul", PI, apply("sqrt", 163)))
    assert disjoint(left, value(640320**3 + 744))
    assert 0 < gap(left, value(640320**3 + 744)) < value("1/1000000000000")


def test_a_true_identity_overlaps():
    left = apply("sqrt", apply("add", 5, apply("mul", 2, apply("sqrt", 6))))
    assert not disjoint(left, apply("add", apply("sqrt", 2), apply("sqrt", 3)))


def test_nested_special_values_stay_exact():
    assert apply("mul", apply("cos", 0), apply("sqrt", "4/9"), apply("factorial", 5)) == value(80)


def test_a_determinant_of_fractions_is_exact():
    rows = tuple(tuple(value(Fraction(1, i + j + 1)) for j in range(4)) for i in range(4))
    assert TABLE.det(rows) == value(Fraction(1, 6048000))


def test_an_inverse_times_its_matrix_is_one():
    rows = ((PI, value(2)), (value(2), value(5)))
    inverse = TABLE.inverse(rows)
    product = apply("add", apply("mul", rows[0][0], inverse[0][0]), apply("mul", rows[0][1], inverse[1][0]))
    assert to_ball(product).contains(1)
    assert radius(product) < value("1/1000000000000000000000000000000")


def test_the_inverse_of_an_exactly_singular_matrix_is_undefined():
    with pytest.raises(Undefined, match="singular"):
        TABLE.inverse(((value("1/3"), value("2/3")), (value("1/5"), value("2/5"))))


def test_the_inverse_of_a_matrix_that_may_be_singular_is_indeterminate():
    with pytest.raises(Indeterminate, match="singular"):
        TABLE.inverse(((PI, PI), (PI, PI)))


@pytest.mark.parametrize("method", ["det", "inverse"])
def test_a_matrix_that_is_not_square_has_neither_determinant_nor_inverse(method):
    with pytest.raises(Undefined, match="square"):
        getattr(TABLE, method)(((value(1), value(2)),))


def test_a_branch_that_is_not_taken_need_not_have_a_value():
    assert apply("piecewise", True, 1, False, lambda: apply("log", -1)) == value(1)


def test_the_imaginary_unit_is_no_real_number():
    with pytest.raises(Indeterminate, match="complex"):
        TABLE.constant("i")


def test_infinity_bounds_every_number_and_enters_no_sum():
    infinity = TABLE.constant("inf")
    assert apply("lt", Fraction(10) ** 300, infinity)
    assert not apply("lt", Fraction(10) ** 300, apply("neg", infinity))
    with pytest.raises(Indeterminate, match="infinite"):
        apply("add", 1, infinity)


def test_every_operation_of_the_closed_list_is_in_the_table():
    sample = {"not": (True,), "and": (True, False), "or": (True, False), "piecewise": (True, 1), "acosh": (2,)}
    for op, (fewest, _) in SCALAR_OPERATIONS.items():
        apply(op, *sample.get(op, ("1/2",) * max(1, fewest)))


def test_an_operation_outside_the_list_is_refused():
    with pytest.raises(ValueError, match="closed list"):
        apply("__class__", 1)


def test_the_precision_of_the_library_is_restored_also_after_an_error():
    with working_precision(77):
        apply("exp", 1)
        assert flint.ctx.prec == 77
        with pytest.raises(Undefined, match="log"):
            apply("log", -1)
        assert flint.ctx.prec == 77


def test_a_negative_irrational_power_of_zero_is_undefined():
    with pytest.raises(Undefined, match="negative power"):
        apply("pow", 0, apply("neg", PI))


def test_a_printed_ball_shows_digits_that_are_all_right_and_a_radius():
    assert to_text(PI, 20).startswith("[3.14159265358979323")
    assert "+/-" in to_text(PI, 20)


def test_a_short_fraction_is_printed_as_itself():
    assert to_text(value("-22/7")) == "-22/7"


def test_an_even_power_of_a_ball_around_zero_is_not_negative():
    """Up to the rounding of the ball that holds [0, u^2]: its lower end is above -2^-29 u^2."""
    wide = flint.arb(0, 1)
    low, high = ball_interval(TABLE.apply("pow", (wide, value(2))))
    assert -(Fraction(1, 2) ** 28) < low <= 0
    assert 1 <= high < 1 + Fraction(1, 2) ** 20


def test_a_fractional_power_keeps_its_digits_for_long_fractions():
    e = Fraction(1234567, 1000000)
    found = apply("pow", 2, e)
    with mpmath.workdps(60):
        assert contains(found, mpmath.power(2, mpmath.mpf(e.numerator) / e.denominator))
    assert radius(found) < flint.arb(2) ** -110


SATURATED = [
    ("tanh", 1),
    ("coth", 1),
    ("sigmoid", 1),
    ("erf", 1),
    ("atan", None),
    ("csch", 0),
    ("sech", 0),
    ("erfc", 0),
]


@pytest.mark.parametrize(("op", "limit"), SATURATED)
def test_a_function_with_a_limit_keeps_its_value_at_a_huge_argument(op, limit):
    found = apply(op, 10**30)
    near = flint.arb.pi() / 2 if limit is None else flint.arb(limit)
    assert abs(to_ball(found) - near) < flint.arb("1e-15")
