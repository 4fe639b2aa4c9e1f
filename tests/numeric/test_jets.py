"""A derivative read off a power series encloses the derivative that mpmath finds from differences at 60 digits."""

from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.numeric.enclosures import radius, to_ball, working_precision
from twofold.numeric.jets import Jets, directional_derivative, divergence, gradient, hessian, jacobian
from twofold.numeric.operations import Indeterminate, Undefined

# op -> (oracle, interval of smoothness)
ORACLES = {
    "exp": (mpmath.exp, (-3, 3)),
    "log": (mpmath.log, (Fraction(1, 2), 9)),
    "sqrt": (mpmath.sqrt, (Fraction(1, 2), 9)),
    "sin": (mpmath.sin, (-9, 9)),
    "cos": (mpmath.cos, (-9, 9)),
    "tan": (mpmath.tan, (-1, 1)),
    "sec": (mpmath.sec, (-1, 1)),
    "csc": (mpmath.csc, (Fraction(1, 2), 2)),
    "cot": (mpmath.cot, (Fraction(1, 2), 2)),
    "asin": (mpmath.asin, (Fraction(-9, 10), Fraction(9, 10))),
    "acos": (mpmath.acos, (Fraction(-9, 10), Fraction(9, 10))),
    "atan": (mpmath.atan, (-9, 9)),
    "sinh": (mpmath.sinh, (-3, 3)),
    "cosh": (mpmath.cosh, (-3, 3)),
    "tanh": (mpmath.tanh, (-3, 3)),
    "sech": (mpmath.sech, (-3, 3)),
    "csch": (mpmath.csch, (Fraction(1, 2), 3)),
    "coth": (mpmath.coth, (Fraction(1, 2), 3)),
    "asinh": (mpmath.asinh, (-9, 9)),
    "acosh": (mpmath.acosh, (Fraction(3, 2), 9)),
    "atanh": (mpmath.atanh, (Fraction(-9, 10), Fraction(9, 10))),
    "erf": (mpmath.erf, (-3, 3)),
    "erfc": (mpmath.erfc, (-3, 3)),
    "gamma": (mpmath.gamma, (Fraction(-9, 10), Fraction(-1, 10))),
    "factorial": (mpmath.factorial, (Fraction(-1, 2), 5)),
    "loggamma": (mpmath.loggamma, (Fraction(1, 2), 9)),
    "digamma": (mpmath.digamma, (Fraction(1, 2), 9)),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), (-9, 9)),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), (-9, 9)),
    "abs": (abs, (Fraction(-9), Fraction(-1, 2))),
    "neg": (lambda x: -x, (-9, 9)),
}


def inner(table, x):
    """u(x) = x + (x - 1/3)^2 / 7, so that the chain rule is at work."""
    shifted = table.apply("add", (x, table.number(Fraction(-1, 3))))
    square = table.apply("pow", (shifted, table.number(Fraction(2))))
    return table.apply("add", (x, table.apply("mul", (table.number(Fraction(1, 7)), square))))


def agrees(found, oracle, x, order):
    """mpmath differentiates numerically at 60 digits; its error for order <= 3 is below 1e-25 here."""
    with mpmath.workdps(60):
        truth = mpmath.diff(oracle, mpmath.mpf(x.numerator) / x.denominator, order)
        scale = mpmath.nstr(abs(truth) + 1, 5)
        with working_precision(300):
            return to_ball(found).overlaps(flint.arb(mpmath.nstr(truth, 50)) + flint.arb(0, "1e-20") * flint.arb(scale))


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("op", sorted(ORACLES))
def test_a_derivative_of_a_composition_contains_the_numeric_one(op, order):
    outer, (low, high) = ORACLES[op]

    def oracle(x):
        return outer(x + (x - mpmath.mpf(1) / 3) ** 2 / 7)

    low, high = Fraction(low), Fraction(high)
    for x in (low + (high - low) * Fraction(k, 23) for k in (7, 13)):
        u = x + (x - Fraction(1, 3)) ** 2 / 7
        if not low < u < high:
            continue
        found = directional_derivative(lambda t, xs: t.apply(op, (inner(t, xs[0]),)), (x,), (Fraction(1),), order)
        assert agrees(found, oracle, x, order)
        assert radius(found) < flint.fmpq(1, 10**20) * (1 + abs(found))


BINARY = {
    "pow with a fractional exponent": ("pow", Fraction(7, 3), lambda x: mpmath.mpf(x) ** (mpmath.mpf(7) / 3), "3/2"),
    "pow with an odd root of a negative": (
        "pow",
        Fraction(1, 3),
        lambda x: -(mpmath.mpf(-x) ** (mpmath.mpf(1) / 3)),
        "-3/2",
    ),
    "pow with a negative exponent": ("pow", Fraction(-2), lambda x: mpmath.mpf(x) ** -2, "-3/2"),
    "root": ("root", Fraction(3), lambda x: -(mpmath.mpf(-x) ** (mpmath.mpf(1) / 3)), "-3/2"),
    "div": ("div", Fraction(3), lambda x: x / 3, "3/2"),
    "atan2": ("atan2", Fraction(-2), lambda x: mpmath.atan2(x, -2), "3/2"),
    "mod": ("mod", Fraction(2), lambda x: x % 2, "7/2"),
    "binomial": ("binomial", Fraction(4), lambda x: mpmath.binomial(x, 4), "7/2"),
    "min": ("min", Fraction(4), lambda x: x, "7/2"),
    "max": ("max", Fraction(3), lambda x: x, "7/2"),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", BINARY)
def test_a_derivative_in_the_first_argument_contains_the_numeric_one(case, order):
    op, constant, oracle, x = BINARY[case]
    found = directional_derivative(
        lambda t, xs: t.apply(op, (xs[0], t.number(constant))), (Fraction(x),), (Fraction(1),), order
    )
    assert agrees(found, oracle, Fraction(x), order)


@pytest.mark.parametrize("nu", ["1/4", "-1/4", "2", "-3"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative_of_bessel_contains_the_numeric_one(nu, order):
    nu = Fraction(nu)
    found = directional_derivative(
        lambda t, xs: t.apply("besseli", (t.number(nu), xs[0])), (Fraction(3, 2),), (Fraction(1),), order
    )
    assert agrees(found, lambda x: mpmath.besseli(mpmath.mpf(nu.numerator) / nu.denominator, x), Fraction(3, 2), order)


def test_x_to_the_x_is_differentiated_in_base_and_exponent():
    found = directional_derivative(lambda t, xs: t.apply("pow", (xs[0], xs[0])), (Fraction(3, 2),), (Fraction(1),), 2)
    assert agrees(found, lambda x: x**x, Fraction(3, 2), 2)


def cubic_tanh(table, xs):
    return tuple(table.apply("tanh", (table.apply("pow", (x, table.number(Fraction(3)))),)) for x in xs)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.fractions(-2, 2, max_denominator=50), min_size=2, max_size=2))
def test_the_divergence_of_the_cubic_tanh_field_is_its_closed_form(z):
    found = divergence(cubic_tanh, tuple(z))
    with mpmath.workdps(50):
        values = [mpmath.mpf(x.numerator) / x.denominator for x in z]
        truth = sum(3 * x**2 * mpmath.sech(x**3) ** 2 for x in values)
        assert to_ball(found).overlaps(flint.arb(mpmath.nstr(truth, 40)) + flint.arb(0, "1e-35"))
        wrong = sum(3 * x**2 * mpmath.sech(x**3) for x in values)
        if abs(wrong - truth) > 1e-30:
            assert not to_ball(found).overlaps(flint.arb(mpmath.nstr(wrong, 40)) + flint.arb(0, "1e-35"))


def quartic(table, xs):
    """x^2 y^3 + 5 x y z - z^4, exact in rationals."""
    x, y, z = xs

    def n(v):
        return table.number(Fraction(v))

    return table.apply("add", (
        table.apply("mul", (table.apply("pow", (x, n(2))), table.apply("pow", (y, n(3))))),
        table.apply("mul", (n(5), x, y, z)),
        table.apply("neg", (table.apply("pow", (z, n(4))),)),
    ))  # fmt: skip


POINT = (Fraction(1, 3), Fraction(-2), Fraction(3, 7))


def test_the_gradient_of_a_polynomial_is_exact():
    x, y, z = POINT
    expected = (2 * x * y**3 + 5 * y * z, 3 * x**2 * y**2 + 5 * x * z, 5 * x * y - 4 * z**3)
    assert [str(g) for g in gradient(quartic, POINT)] == [str(g) for g in expected]


def test_the_hessian_of_a_polynomial_is_exact_and_symmetric():
    x, y, z = POINT
    expected = (
        (2 * y**3, 6 * x * y**2 + 5 * z, 5 * y),
        (6 * x * y**2 + 5 * z, 6 * x**2 * y, 5 * x),
        (5 * y, 5 * x, -12 * z**2),
    )
    assert [[str(h) for h in row] for row in hessian(quartic, POINT)] == [[str(h) for h in row] for row in expected]


def test_the_jacobian_has_a_row_for_each_component():
    found = jacobian(lambda t, xs: (xs[0], t.apply("mul", xs), t.apply("exp", (xs[1],))), (Fraction(2), Fraction(0)))
    assert [[str(v) for v in row] for row in found] == [["1", "0"], ["0", "2"], ["0", "1"]]


def test_the_derivative_of_log_det_is_the_trace_of_the_inverse():
    """d/de log det(A + e I) = tr A^-1, with det and inverse over series and A = ((2, 1), (1, 3)): (2 + 3) / 5 = 1."""

    def log_det(table, xs):
        n = [table.number(Fraction(k)) for k in (1, 2, 3)]
        rows = ((table.apply("add", (n[1], xs[0])), n[0]), (n[0], table.apply("add", (n[2], xs[0]))))
        return table.apply("log", (table.det(rows),))

    assert to_ball(directional_derivative(log_det, (Fraction(0),), (Fraction(1),))).contains(1)


def test_the_derivative_of_an_inverse_is_minus_its_square():
    """d/de (A + e I)^-1 = -A^-2; for A = ((2, 1), (1, 3)) A^-2 = ((10, -5), (-5, 5)) / 25."""

    def entries(table, xs):
        n = [table.number(Fraction(k)) for k in (1, 2, 3)]
        rows = ((table.apply("add", (n[1], xs[0])), n[0]), (n[0], table.apply("add", (n[2], xs[0]))))
        return tuple(entry for row in table.inverse(rows) for entry in row)

    found = jacobian(entries, (Fraction(0),))
    assert [str(row[0]) for row in found] == ["-2/5", "1/5", "1/5", "-1/5"]


def test_a_determinant_whose_constant_terms_vanish_is_expanded():
    """det((e, 0), (0, e)) = e^2 at e = 0, where elimination would divide by zero."""

    def det(table, xs):
        zero = table.number(Fraction(0))
        return table.det(((xs[0], zero), (zero, xs[0])))

    assert directional_derivative(det, (Fraction(0),), (Fraction(1),), 2) == 2


KINKS = {
    "abs": lambda t, x: t.apply("abs", (x,)),
    "sign": lambda t, x: t.apply("sign", (x,)),
    "sqrt": lambda t, x: t.apply("sqrt", (x,)),
    "floor": lambda t, x: t.apply("floor", (x,)),
    "cube root": lambda t, x: t.apply("root", (x, t.number(Fraction(3)))),
    "max": lambda t, x: t.apply("max", (x, t.number(Fraction(0)))),
    "condition": lambda t, x: t.apply("piecewise", (t.apply("le", (x, t.number(Fraction(0)))), x, x)),
    "asin at its end": lambda t, x: t.apply("asin", (t.apply("add", (x, t.number(Fraction(1)))),)),
    "atan2 on its cut": lambda t, x: t.apply("atan2", (x, t.number(Fraction(-1)))),
    "variable exponent at base 0": lambda t, x: t.apply("pow", (x, t.apply("add", (x, t.number(Fraction(1)))))),
}  # fmt: skip


@pytest.mark.parametrize("case", KINKS)
def test_a_derivative_at_a_kink_is_indeterminate_not_undefined(case):
    with pytest.raises(Indeterminate, match=r"."):
        directional_derivative(lambda t, xs: KINKS[case](t, xs[0]), (Fraction(0),), (Fraction(1),))


def test_a_function_without_a_value_has_no_derivative():
    with pytest.raises(Undefined, match="log"):
        directional_derivative(lambda t, xs: t.apply("log", (xs[0],)), (Fraction(-1),), (Fraction(1),))


def test_a_branch_far_from_the_border_is_differentiated():
    def field(table, xs):
        positive = table.apply("gt", (xs[0], table.number(Fraction(0))))
        return table.apply("piecewise", (positive, table.apply("mul", (xs[0], xs[0])), xs[0]))

    assert directional_derivative(field, (Fraction(3),), (Fraction(1),)) == 6


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="order"):
        Jets(64, 0)


def test_a_direction_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="direction"):
        directional_derivative(quartic, POINT, (Fraction(1),))
