"""An integral to infinity contains its closed form, and a divergent one is said to have no value."""

from fractions import Fraction

import flint
import mpmath
import pytest

from twofold.numeric.enclosures import working_precision
from twofold.numeric.operations import Indeterminate, Undefined
from twofold.numeric.unbounded import integrate_unbounded


def n(table, x):
    return table.number(Fraction(x))


def gauss(power, shift=0):
    """x^power exp(-(x - shift)^2 / 2)"""

    def integrand(table, x):
        moved = table.apply("add", (x, n(table, -shift)))
        weight = table.apply("exp", (table.apply("mul", (n(table, "-1/2"), moved, moved)),))
        return table.apply("mul", (table.apply("pow", (x, n(table, power))), weight)) if power else weight

    return integrand


def rational(top, bottom_constant):
    """top / (bottom_constant + x^2)"""
    return lambda table, x: table.apply(
        "div", (n(table, top), table.apply("add", (n(table, bottom_constant), table.apply("mul", (x, x)))))
    )


def cosine(table, x):
    return table.apply("mul", (table.apply("cos", (table.apply("mul", (n(table, 3), x)),)), gauss(0)(table, x)))


def odd_and_even(table, x):
    """(x^3 - x + 1) exp(-x^2 / 2): a factor without a certain sign on the left."""
    cubic = table.apply("add", (table.apply("pow", (x, n(table, 3))), table.apply("neg", (x,)), n(table, 1)))
    return table.apply("mul", (cubic, gauss(0)(table, x)))


def damped(table, x):
    return table.apply("exp", (table.apply("neg", (x,)),))


def sextic(table, x):
    """exp(x^6 - x^4)"""
    powers = table.apply("pow", (x, n(table, 6))), table.apply("neg", (table.apply("pow", (x, n(table, 4))),))
    return table.apply("exp", (table.apply("add", powers),))


def log_square(table, x):
    """log(x) / x^2 on [1, inf)"""
    return table.apply("div", (table.apply("log", (x,)), table.apply("mul", (x, x))))


INTEGRALS = {
    "Gaussian": (gauss(0), None, None, lambda: mpmath.sqrt(2 * mpmath.pi), "1e-15"),
    "Gaussian far off": (gauss(0, 50), None, None, lambda: mpmath.sqrt(2 * mpmath.pi), "1e-15"),
    "twelfth moment": (gauss(12), None, None, lambda: 10395 * mpmath.sqrt(2 * mpmath.pi), "1e-10"),
    "thirtieth moment": (gauss(30), None, None, lambda: mpmath.fac2(29) * mpmath.sqrt(2 * mpmath.pi), "1"),
    "odd moment": (gauss(9), None, None, lambda: mpmath.mpf(0), "1e-10"),
    "odd moment of half a line": (gauss(9), 0, None, lambda: mpmath.mpf(384), "1e-10"),
    "mixed signs": (odd_and_even, None, None, lambda: mpmath.sqrt(2 * mpmath.pi), "1e-13"),
    "characteristic function": (
        cosine, None, None, lambda: mpmath.sqrt(2 * mpmath.pi) * mpmath.exp(-mpmath.mpf(9) / 2), "1e-15",
    ),
    "exponential law": (damped, 0, None, lambda: mpmath.mpf(1), "1e-15"),
    "left half line": (lambda t, x: t.apply("exp", (x,)), None, "1/2", lambda: mpmath.exp(0.5), "1e-15"),
    "Cauchy": (rational(1, 1), None, None, lambda: mpmath.pi, "1e-11"),
    "logarithm over a square": (log_square, 1, None, lambda: mpmath.mpf(1), "1e-3"),
    "logistic density": (
        lambda t, x: t.apply("mul", (t.apply("sigmoid", (x,)), t.apply("sigmoid", (t.apply("neg", (x,)),)))),
        None, None, lambda: mpmath.mpf(1), "1e-15",
    ),
    "complementary error function": (
        lambda t, x: t.apply("erfc", (x,)), 0, None, lambda: 1 / mpmath.sqrt(mpmath.pi), "1e-15",
    ),
    "sech squared": (
        lambda t, x: t.apply("pow", (t.apply("sech", (x,)), n(t, 2))), None, None, lambda: mpmath.mpf(2), "1e-15",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGRALS)
def test_the_integral_contains_its_closed_form(name):
    integrand, low, high, closed, radius = INTEGRALS[name]
    ends = [None if e is None else Fraction(e) for e in (low, high)]
    found = integrate_unbounded(integrand, *ends, 80)
    with mpmath.workdps(50), working_precision(200):
        assert found.overlaps(flint.arb(mpmath.nstr(closed(), 40)) + flint.arb(0, "1e-25"))
    assert found.rad() < flint.arb(radius)


def logistic(power):
    """e^-x / (1 + e^-x)^power: with power 2 the density of the logistic law."""

    def integrand(t, x):
        decay = t.apply("pow", (t.constant("e"), t.apply("neg", (x,))))
        return t.apply("div", (decay, t.apply("pow", (t.apply("add", (n(t, 1), decay)), n(t, power)))))

    return integrand


def test_the_logistic_density_has_mass_one_and_no_other():
    """Written with powers of the number e, whose logarithm is exactly 1."""
    found = integrate_unbounded(logistic(2), None, None, 80)
    assert found.overlaps(flint.arb(1))
    assert not found.overlaps(flint.arb("1.001"))


DIVERGENT = {
    "one over x": (lambda t, x: t.apply("div", (n(t, 1), x)), 1, None),
    "x over 1 + x^2": (lambda t, x: t.apply("mul", (x, rational(1, 1)(t, x))), 0, None),
    "constant": (lambda t, x: n(t, 1), None, None),
    "minus tanh": (lambda t, x: t.apply("neg", (t.apply("tanh", (x,)),)), 0, None),
    "exp(x)": (lambda t, x: t.apply("exp", (x,)), None, None),
    "exp(x^6 - x^4)": (sextic, None, None),
    "e^-x / (1 + e^-x), with e a number to a power": (logistic(1), None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", DIVERGENT)
def test_a_divergent_integral_is_undefined(name):
    integrand, low, high = DIVERGENT[name]
    with pytest.raises(Undefined, match="diverges"):
        integrate_unbounded(integrand, *[None if e is None else Fraction(e) for e in (low, high)], 64)


OSCILLATING = {
    "sin(x) / x, which is pi, but not absolutely": lambda t, x: t.apply("div", (t.apply("sin", (x,)), x)),
    "cos x": lambda t, x: t.apply("cos", (x,)),
    "x sin x": lambda t, x: t.apply("mul", (x, t.apply("sin", (x,)))),
}


@pytest.mark.parametrize("name", OSCILLATING)
def test_an_integral_that_does_not_converge_absolutely_is_indeterminate(name):
    with pytest.raises(Indeterminate, match="decay"):
        integrate_unbounded(OSCILLATING[name], Fraction(1), None, 64)


def test_a_convergence_slower_than_every_power_is_not_called_a_divergence():
    """int_2^inf dx / (x (log x)^2) = 1 / log 2, but no power below -1 bounds the integrand."""

    def integrand(table, x):
        log = table.apply("log", (x,))
        return table.apply("div", (n(table, 1), table.apply("mul", (x, log, log))))

    with pytest.raises(Indeterminate, match="decay"):
        integrate_unbounded(integrand, Fraction(2), None, 64)


def test_a_wrong_normaliser_gives_disjoint_balls():
    found = integrate_unbounded(gauss(0), None, None, 64)
    assert not found.overlaps(flint.arb.pi() * 2)


def test_the_far_end_of_a_late_half_line_is_passed():
    """int_100^inf exp(-x) dx = exp(-100), relatively sharp enough to be told from 0."""
    found = integrate_unbounded(damped, Fraction(100), None, 256)
    assert found.overlaps((-flint.arb(100)).exp())
    assert found > 0
