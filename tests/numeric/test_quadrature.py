"""An enclosed integral contains the closed form, and what has no integral gets no number."""

from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.numeric.enclosures import working_precision
from twofold.numeric.operations import Indeterminate, Undefined
from twofold.numeric.quadrature import gaussian_integral, gaussian_tail, integrate_finite, integrate_line


def number(table, x):
    return table.number(Fraction(x))


def call(op, *constants):
    """x -> op(x, constants...)"""
    return lambda table, x: table.apply(op, (x, *(number(table, c) for c in constants)))


def polynomial_energy(a, b):
    """x -> exp(-(a x^4 - b x^2))"""

    def integrand(table, x):
        square = table.apply("mul", (x, x))
        quartic = table.apply("mul", (number(table, -a), square, square))
        return table.apply("exp", (table.apply("add", (quartic, table.apply("mul", (number(table, b), square)))),))

    return integrand


def ball(truth, digits=40):
    with working_precision(200):
        return flint.arb(mpmath.nstr(truth, digits + 5)) + flint.arb(0, f"1e-{digits}")


# integrand, end points, closed form by mpmath at 60 digits
CLOSED_FORMS = {
    "sqrt to the branch point": (call("sqrt"), 0, 1, lambda: mpmath.mpf(2) / 3),
    "cube root through the branch point": (call("root", 3), -1, 8, lambda: mpmath.mpf(3) / 4 * (16 - 1)),
    "x^(2/3) through the branch point": (call("pow", "2/3"), -1, 1, lambda: mpmath.mpf(6) / 5),
    "x^(3/10) to the branch point": (call("pow", "3/10"), 0, 1, lambda: mpmath.mpf(10) / 13),
    "abs": (call("abs"), -1, 2, lambda: mpmath.mpf(5) / 2),
    "sign": (call("sign"), -1, 3, lambda: mpmath.mpf(2)),
    "floor": (call("floor"), 0, "5/2", lambda: mpmath.mpf(2)),
    "maximum": (call("max", 0), -1, 1, lambda: mpmath.mpf(1) / 2),
    "minimum": (call("min", 0), -2, 1, lambda: mpmath.mpf(-2)),
    "log": (call("log"), 1, 2, lambda: 2 * mpmath.log(2) - 1),
    "tanh": (call("tanh"), 0, 3, lambda: mpmath.log(mpmath.cosh(3))),
    "sech": (call("sech"), -5, 5, lambda: 4 * mpmath.atan(mpmath.tanh(mpmath.mpf(5) / 2))),
    "logistic": (call("sigmoid"), -10, 10, lambda: mpmath.mpf(10)),
    "softplus": (
        call("softplus"), -3, 20,
        lambda: -mpmath.polylog(2, -mpmath.exp(20)) + mpmath.polylog(2, -mpmath.exp(-3)),
    ),
    "arc sine": (call("asin"), 0, "1/2", lambda: mpmath.pi / 12 + mpmath.sqrt(3) / 2 - 1),
    "arc tangent": (call("atan"), 0, 2, lambda: 2 * mpmath.atan(2) - mpmath.log(5) / 2),
    "area sine": (call("asinh"), 0, 2, lambda: 2 * mpmath.asinh(2) - mpmath.sqrt(5) + 1),
    "area cosine": (call("acosh"), 2, 3, lambda: mpmath.quad(mpmath.acosh, [2, 3])),
    "area tangent": (call("atanh"), 0, "1/2", lambda: mpmath.quad(mpmath.atanh, [0, 0.5])),
    "erf": (call("erf"), 0, 1, lambda: mpmath.erf(1) + (mpmath.exp(-1) - 1) / mpmath.sqrt(mpmath.pi)),
    "log gamma (Raabe)": (call("loggamma"), 1, 2, lambda: mpmath.log(2 * mpmath.pi) / 2 - 1),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSED_FORMS)
def test_the_integral_contains_its_closed_form(case):
    integrand, a, b, closed_form = CLOSED_FORMS[case]
    with mpmath.workdps(60):
        truth = closed_form()
    found = integrate_finite(integrand, Fraction(a), Fraction(b), 80)
    assert found.overlaps(ball(truth))
    assert found.rad() < flint.arb("1e-15")


HOPELESS = {
    "a pole inside": (lambda table, x: table.apply("div", (number(table, 1), x)), -1, 1),
    "undefined on half of the interval": (call("log"), -1, 1),
    "undefined on all of it": (call("sqrt"), -2, -1),
}


@pytest.mark.parametrize("case", HOPELESS)
def test_an_integral_that_is_not_enclosed_is_indeterminate(case):
    integrand, a, b = HOPELESS[case]
    with pytest.raises(Indeterminate, match="not enclosed"):
        integrate_finite(integrand, Fraction(a), Fraction(b), 64, evaluations=2000)


def test_too_few_evaluations_leave_a_wide_ball_that_is_still_right():
    """int_0^100 sin(x^2) dx = sqrt(pi/2) S(100 sqrt(2/pi)) with the Fresnel integral S."""
    with mpmath.workdps(60):
        truth = mpmath.sqrt(mpmath.pi / 2) * mpmath.fresnels(100 * mpmath.sqrt(2 / mpmath.pi))
    found = integrate_finite(
        lambda table, x: table.apply("sin", (table.apply("mul", (x, x)),)),
        Fraction(0),
        Fraction(100),
        64,
        evaluations=500,
    )
    assert found.overlaps(ball(truth))
    assert found.rad() > 1


def bessel_form(a, b):
    """int_R exp(-(a x^4 - b x^2)) dx = (pi/2) sqrt(b / (2a)) e^k (I_(1/4)(k) + I_(-1/4)(k)), k = b^2 / (8a), b > 0."""
    k = mpmath.mpf(b) ** 2 / (8 * mpmath.mpf(a))
    quarter = mpmath.mpf(1) / 4
    return (
        mpmath.pi / 2 * mpmath.sqrt(mpmath.mpf(b) / (2 * mpmath.mpf(a)))
        * mpmath.exp(k) * (mpmath.besseli(quarter, k) + mpmath.besseli(-quarter, k))
    )  # fmt: skip


def quartic_tail(a, b, cut):
    """Beyond L, a x^4 - b x^2 >= c x^2 with c = a L^2 - b; both sides."""
    return 2 * gaussian_tail(flint.arb(a * cut**2 - b), flint.arb(cut))


@pytest.mark.parametrize(("a", "b", "bits"), [(1, 1, 64), (1, 3, 64), (2, 1, 256)])
def test_the_partition_function_of_a_double_well_contains_its_bessel_form(a, b, bits):
    cut = 12
    with mpmath.workdps(100):
        truth = ball(bessel_form(a, b), 90)
    found = integrate_line(polynomial_energy(a, b), Fraction(cut), quartic_tail(a, b, cut), bits)
    assert found.overlaps(truth)
    # relative goal 2^-bits, blown up by the rounding of the (fewer than 2^12) terms of the sum and of the energies
    assert found.rad() < found * flint.arb(2) ** (12 - bits)


def test_the_wrong_sign_of_the_well_gives_disjoint_balls():
    with mpmath.workdps(60):
        truth = ball(bessel_form(1, 1), 50)
    assert not integrate_line(polynomial_energy(1, -1), Fraction(12), quartic_tail(1, -1, 12), 64).overlaps(truth)


def test_a_tail_bound_that_is_not_certain_is_refused():
    with pytest.raises(ValueError, match="bound of the tails"):
        integrate_line(polynomial_energy(1, 1), Fraction(12), flint.arb(0, 1), 64)


@pytest.mark.parametrize(("scale", "cut"), [("1/2", 1), (3, 2), ("1/10", 9)])
def test_the_gaussian_tail_is_an_upper_bound_and_a_close_one_far_out(scale, cut):
    """int_L^inf exp(-c x^2) dx = sqrt(pi/c) erfc(L sqrt c) / 2; the bound is off by a factor below 1 + 1/(2 c L^2)."""
    scale = Fraction(scale)
    with mpmath.workdps(30):
        c = mpmath.mpf(scale.numerator) / scale.denominator
        truth = mpmath.sqrt(mpmath.pi / c) * mpmath.erfc(cut * mpmath.sqrt(c)) / 2
        bound = gaussian_tail(flint.fmpq(scale.numerator, scale.denominator), flint.arb(cut))
        value = mpmath.mpf(bound.str(15, radius=False))
        assert truth < value < truth * (1 + 1 / (2 * c * cut**2))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=3, max_size=3),
    st.integers(1, 5),
)
def test_the_gaussian_integral_is_the_root_of_a_determinant(rows, ridge):
    """P = A A^T + ridge I: int exp(-x^T P x / 2) = (2 pi)^(3/2) / sqrt(det P), det by the rule of Sarrus."""
    P = tuple(
        tuple(Fraction(sum(rows[i][k] * rows[j][k] for k in range(3)) + ridge * (i == j)) for j in range(3))
        for i in range(3)
    )
    (a, b, c), (d, e, f), (g, h, i) = P
    det = a * e * i + b * f * g + c * d * h - c * e * g - b * d * i - a * f * h
    with mpmath.workdps(50):
        truth = ball((2 * mpmath.pi) ** mpmath.mpf("1.5") / mpmath.sqrt(mpmath.mpf(int(det))), 35)
    found = gaussian_integral(P, 64)
    assert found.overlaps(truth)
    assert found.rad() < flint.arb("1e-12")


def test_the_gaussian_integral_of_an_indefinite_form_is_undefined():
    with pytest.raises(Undefined, match="positive definite"):
        gaussian_integral(((Fraction(1), Fraction(2)), (Fraction(2), Fraction(1))), 64)
