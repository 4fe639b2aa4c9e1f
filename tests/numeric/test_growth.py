"""A growth certificate holds at sampled points, convergence and divergence are told apart, and tails are bounded."""

from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.numeric.enclosures import to_ball, working_precision
from twofold.numeric.escape import blow_up_time
from twofold.numeric.expansions import ratio_bound
from twofold.numeric.integrability import polynomial_integrability
from twofold.numeric.operations import Indeterminate, Undefined
from twofold.numeric.tails import (
    Divergence,
    LogarithmicGrowth,
    PowerGrowth,
    certify,
    integrate_boltzmann,
    tail_bound,
)


def n(table, x):
    return table.number(Fraction(x))


def polynomial(*coefficients):
    def energy(table, x):
        terms = [n(table, coefficients[0])]
        for k, c in enumerate(coefficients[1:], start=1):
            terms.append(table.apply("mul", (n(table, c), table.apply("pow", (x, n(table, k))))))
        return table.apply("add", tuple(terms))

    return energy


def of(*ops):
    """Compose operations of one argument, the last one innermost."""

    def energy(table, x):
        for op in reversed(ops):
            x = op(table, x) if callable(op) else table.apply(op, (x,))
        return x

    return energy


def both(op, f, g):
    return lambda table, x: table.apply(op, (f(table, x), g(table, x)))


def mixture(table, x):
    """-log(0.3 exp(-(x-1)^2) + 0.7 exp(-(x+2)^2 / 2))"""
    first = table.apply("mul", (n(table, "3/10"), of("exp", polynomial(-1, 2, -1))(table, x)))
    second = table.apply("mul", (n(table, "7/10"), of("exp", polynomial(-2, -2, "-1/2"))(table, x)))
    return table.apply("neg", (table.apply("log", (table.apply("add", (first, second)),)),))


def scaled(factor, f):
    return lambda table, x: table.apply("mul", (n(table, factor), f(table, x)))


HUMP = both("mul", polynomial(0, 0, -1), of("exp", polynomial(0, 0, -1)))

# name -> (energy, the same for numpy)
GROWING = {
    "double well": (polynomial(0, 0, -1, 0, "1/4"), lambda x: x**4 / 4 - x**2),
    "tilted quartic": (polynomial(3, 0, 0, -100, 1), lambda x: x**4 - 100 * x**3 + 3),
    "abs": (of("abs"), np.abs),
    "log cosh": (of("log", "cosh"), lambda x: np.logaddexp(x, -x) - np.log(2)),
    "sqrt(1 + x^2)": (of("sqrt", polynomial(1, 0, 1)), lambda x: np.sqrt(1 + x**2)),
    "x^2 + 100 sin x": (both("add", polynomial(0, 0, 1), scaled(100, of("sin"))), lambda x: x**2 + 100 * np.sin(x)),
    "mixture": (mixture, lambda x: -np.logaddexp(np.log(0.3) - (x - 1) ** 2, np.log(0.7) - (x + 2) ** 2 / 2)),
    "two equal wells": (
        scaled(-1, of("log", both("add", of("exp", polynomial(0, 0, -1)), of("exp", polynomial(0, 0, -1))))),
        lambda x: x**2 - np.log(2),
    ),
    "x^2 - log(1 + x^2)": (
        both("add", polynomial(0, 0, 1), scaled(-1, of("log", polynomial(1, 0, 1)))), lambda x: x**2 - np.log1p(x**2),
    ),
    "x^2 / 9 with a hump": (both("add", polynomial(0, 0, "1/9"), HUMP), lambda x: x**2 / 9 - x**2 * np.exp(-(x**2))),
    "x^4 / (1 + x^2)": (both("div", polynomial(0, 0, 0, 0, 1), polynomial(1, 0, 1)), lambda x: x**4 / (1 + x**2)),
    "(x^2 - 1)^2": (of(polynomial(0, 0, 1), polynomial(-1, 0, 1)), lambda x: (x**2 - 1) ** 2),
    "max(x, -2x)": (both("max", polynomial(0, 1), polynomial(0, -2)), lambda x: np.maximum(x, -2 * x)),
    "min(x^2, 3 x^4)": (
        both("min", polynomial(0, 0, 1), polynomial(0, 0, 0, 0, 3)), lambda x: np.minimum(x**2, 3 * x**4),
    ),
    "x tanh x": (both("mul", of("tanh"), polynomial(0, 1)), lambda x: x * np.tanh(x)),
    "softplus(x) + softplus(-x)": (
        both("add", of("softplus"), of("softplus", "neg")), lambda x: np.logaddexp(0, x) + np.logaddexp(0, -x),
    ),
    "x sinh(x / 9)": (
        both("mul", polynomial(0, 1), of("sinh", polynomial(0, "1/9"))),
        lambda x: x * np.sinh(np.clip(x / 9, -600, 600)),
    ),
    "floor(x^2)": (of("floor", polynomial(0, 0, 1)), lambda x: np.floor(x**2)),
    "det((x^2, 1), (1, 2))": (
        lambda t, x: t.det(((t.apply("mul", (x, x)), n(t, 1)), (n(t, 1), n(t, 2)))), lambda x: 2 * x**2 - 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("name", GROWING)
def test_a_certified_power_bounds_the_energy_from_below(name, side):
    energy, values = GROWING[name]
    found = certify(energy, side)
    assert isinstance(found, PowerGrowth)
    y = found.start * np.geomspace(1, 1e6, 4001)
    # the float energies are right to 1e-10 relatively; the certificate is checked with that much slack
    assert np.all(values(side * y) >= float(found.coefficient) * y ** float(found.power) * (1 - 1e-10))


FALLING = {
    "-x^4 + 5": polynomial(5, 0, 0, 0, -1),
    "theta x^4 - x^6": polynomial(0, 0, 0, 0, 3, 0, -1),
    "constant": polynomial(7),
    "minus cosh": scaled(-1, of("cosh")),
    "tanh": of("tanh"),
    "bounded ratio": both("div", polynomial(0, 0, 1), polynomial(1, 0, 1)),
    "log(1 + x^2) / 2": scaled("1/2", of("log", polynomial(1, 0, 1))),
    "arc tangent": of("atan"),
    "exp(-x^2)": of("exp", polynomial(0, 0, -1)),
}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("name", FALLING)
def test_an_energy_that_does_not_outgrow_log_diverges(name, side):
    assert isinstance(certify(FALLING[name], side), Divergence)


def test_one_side_may_converge_while_the_other_diverges():
    assert isinstance(certify(polynomial(0, 0, 0, 1), 1), PowerGrowth)
    assert isinstance(certify(polynomial(0, 0, 0, 1), -1), Divergence)


def test_a_cauchy_energy_grows_logarithmically():
    assert isinstance(certify(of("log", polynomial(1, 0, 1)), -1), LogarithmicGrowth)


@pytest.mark.parametrize("slope", ["1/3", "1"])
def test_a_slope_of_log_up_to_one_is_a_divergence_and_above_is_not(slope):
    energy = scaled(slope, of("log", "abs"))
    assert isinstance(certify(energy, 1), Divergence)
    above = scaled(Fraction(slope) + Fraction(7, 10), of("log", "abs"))
    assert isinstance(certify(above, 1), LogarithmicGrowth)


UNKNOWN = {
    "x^2 sin x": both("mul", polynomial(0, 0, 1), of("sin")),
    "x abs(sin x)": both("mul", polynomial(0, 1), of("abs", "sin")),
    "log x (2 + sin x) / 2": scaled("1/2", both("mul", of("log", "abs"), both("add", polynomial(2), of("sin")))),
    "log(x (log x)^2), which converges": of(
        "log", both("mul", of("abs"), both("mul", of("log", "abs"), of("log", "abs")))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_the_bounds_do_not_decide_is_unknown(name):
    assert certify(UNKNOWN[name], 1) is None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.fractions(Fraction(1, 10), 5, max_denominator=10), st.integers(-3, 6), st.integers(4, 60))
def test_the_largest_ratio_of_two_monomials_is_bounded_from_above(k, j, start):
    """sup of y^-k (log y)^j over y >= start, against its values on a grid (floats: relative error below 1e-12)."""
    with working_precision(64):
        bound = float(ratio_bound(-k, j, flint.arb(start)))
    y = np.geomspace(start, 1e30, 20_001)
    found = np.max(y ** float(-k) * np.log(y) ** j)
    assert found * (1 - 1e-12) <= bound <= found * (1 + 1e-4)


def test_an_energy_without_a_value_on_a_side_is_undefined():
    with pytest.raises(Undefined, match="log"):
        certify(of("log"), -1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.fractions(Fraction(1, 8), 4, max_denominator=8),
    st.fractions(Fraction(1, 2), 4, max_denominator=4),
    st.integers(0, 6),
    st.integers(4, 9),
)
def test_the_tail_of_a_power_bounds_what_mpmath_integrates(c, k, m, start):
    certificate = PowerGrowth(
        side=1, start=4, coefficient=flint.arb(flint.fmpq(c.numerator, c.denominator)).lower(), power=k
    )
    bound = tail_bound(certificate, Fraction(m), Fraction(start))
    with mpmath.workdps(30):
        exponent, scale = mpmath.mpf(k.numerator) / k.denominator, mpmath.mpf(c.numerator) / c.denominator
        truth = mpmath.gammainc((m + 1) / exponent, scale * mpmath.mpf(start) ** exponent) / exponent
        truth *= scale ** (-(m + 1) / exponent)
        # the coefficient is rounded down at 53 bits, which moves the tail by less than 1e-10 relatively here
        assert mpmath.mpf(bound.str(20, radius=False)) >= truth * (1 - mpmath.mpf(10) ** -15)
        assert mpmath.mpf(bound.str(20, radius=False)) <= truth * (1 + mpmath.mpf(10) ** -9)


def test_the_tail_of_a_logarithm_is_a_power():
    certificate = LogarithmicGrowth(side=1, start=4, slope=flint.arb(3), offset=flint.arb(0))
    assert to_ball(tail_bound(certificate, Fraction(1), Fraction(8))).overlaps(flint.arb(1) / 8)


def test_a_moment_too_high_for_the_tail_is_indeterminate():
    certificate = LogarithmicGrowth(side=1, start=4, slope=flint.arb(3), offset=flint.arb(0))
    with pytest.raises(Indeterminate, match="heavy"):
        tail_bound(certificate, Fraction(2), Fraction(8))


def test_a_tail_before_its_certificate_is_refused():
    certificate = PowerGrowth(side=1, start=8, coefficient=flint.arb(1), power=Fraction(2))
    with pytest.raises(ValueError, match="start"):
        tail_bound(certificate, Fraction(0), Fraction(4))


# energy, closed form, wanted radius
PARTITIONS = {
    "Laplace": (of("abs"), lambda: mpmath.mpf(2), "1e-15"),
    "Cauchy": (of("log", polynomial(1, 0, 1)), lambda: mpmath.pi, "1e-11"),
    "hyperbolic secant": (of("log", "cosh"), lambda: mpmath.pi, "1e-15"),
    "sqrt(1 + x^2)": (of("sqrt", polynomial(1, 0, 1)), lambda: 2 * mpmath.besselk(1, 1), "1e-15"),
    "cosh": (of("cosh"), lambda: 2 * mpmath.besselk(0, 1), "1e-15"),
    "quartic": (
        polynomial(0, 0, 0, 0, "1/4"), lambda: mpmath.gamma(mpmath.mpf(1) / 4) / 2 * mpmath.sqrt(2), "1e-15",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTITIONS)
def test_a_partition_function_with_its_tails_contains_its_closed_form(name):
    energy, closed, radius = PARTITIONS[name]
    found = integrate_boltzmann(energy)
    with mpmath.workdps(40), working_precision(200):
        assert found.overlaps(flint.arb(mpmath.nstr(closed(), 35)) + flint.arb(0, "1e-30"))
    assert found.rad() < flint.arb(radius)


def test_moments_obey_the_stein_identity_and_a_wrong_one_is_seen():
    """int (x E' - 1) exp(-E) = 0 for E = x^4/4 - x^2, that is x^4 - 2 x^2 - 1; with 2 for 1 it is -Z."""
    energy = polynomial(0, 0, -1, 0, "1/4")
    assert integrate_boltzmann(energy, polynomial(-1, 0, -2, 0, 1)).contains(0)
    assert not integrate_boltzmann(energy, polynomial(-2, 0, -2, 0, 1)).contains(0)


def test_a_divergent_partition_function_gets_no_number():
    with pytest.raises(Indeterminate, match="growth"):
        integrate_boltzmann(polynomial(0, 0, 0, 1))


INTEGRABLE = {
    "definite": ({(2, 0): 1, (0, 2): 1, (1, 1): "-19/10"}, True),
    "indefinite": ({(2, 0): 1, (0, 2): 1, (1, 1): "-21/10"}, False),
    "semidefinite": ({(2, 0): 1, (0, 2): 1, (1, 1): -2}, None),
    "odd": ({(3, 0): 1, (0, 2): 5}, False),
    "one variable": ({(4,): 1, (3,): -90}, True),
    "constant": ({(0, 0): 3}, False),
    "three variables": ({(4, 0, 0): 1, (0, 4, 0): 1, (0, 0, 4): 1, (2, 1, 1): "-3/2"}, True),
    "missing variable": ({(4, 0): 1, (0, 2): 1}, None),
}


@pytest.mark.parametrize("name", INTEGRABLE)
def test_the_leading_form_decides_where_it_is_definite(name):
    coefficients, expected = INTEGRABLE[name]
    found = polynomial_integrability({a: Fraction(c) for a, c in coefficients.items()})
    assert found.integrable is expected


def test_a_negative_direction_is_shown_and_can_be_checked():
    found = polynomial_integrability({(2, 0): Fraction(1), (0, 2): Fraction(1), (1, 1): Fraction(-3)})
    u, v = found.direction
    assert u * u + v * v - 3 * u * v < 0


def cube(table, z):
    return table.apply("pow", (z, n(table, 3)))


@pytest.mark.parametrize("start", ["1/2", "2", "-3", "1000"])
def test_the_cubic_field_escapes_at_half_the_inverse_square(start):
    found = blow_up_time(cube, Fraction(start))
    assert found.escapes
    truth = 1 / (2 * Fraction(start) ** 2)
    with working_precision(300):
        assert to_ball(found.time).overlaps(flint.arb(flint.fmpq(truth.numerator, truth.denominator)))
    assert to_ball(found.time).rad() < flint.arb("1e-20")


def test_a_quadratic_field_escapes_like_the_tangent():
    found = blow_up_time(polynomial(1, 0, 1), Fraction(0))
    assert to_ball(found.time).overlaps(flint.arb.pi() / 2)
    assert to_ball(found.time).rad() < flint.arb("1e-15")


@pytest.mark.parametrize("field", [polynomial(0, 5), of("tanh"), of("sin")], ids=["linear", "tanh", "sin"])
def test_a_field_of_linear_growth_never_escapes(field):
    assert not blow_up_time(field, Fraction(1)).escapes


@pytest.mark.parametrize("field", [polynomial(0, -9, 0, 1), polynomial(0, 4, -4, 1)], ids=["z^3 - 9 z", "z (z - 2)^2"])
def test_a_zero_of_the_field_on_the_way_is_not_passed(field):
    """From 1 the first path runs down to 0, the second up to 2, whatever the field does far out."""
    with pytest.raises(Indeterminate, match="not enclosed"):
        blow_up_time(field, Fraction(1), 64)
