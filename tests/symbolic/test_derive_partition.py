"""Partition functions in closed form equal quadrature, and a divergent integral is refused, not given a value."""

import math

import numpy as np
import pytest
import sympy

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_partition import closed_partition_function

x, y, z, r = sympy.symbols("x y z r", real=True)
a, b, c = sympy.symbols("a b c", positive=True)
POINT = {a: sympy.Rational(3, 4), b: sympy.Rational(4, 3), c: sympy.Integer(2), r: sympy.Rational(-2, 3)}
HALF_LINE = (sympy.Integer(0), sympy.oo)

CLOSED = {
    "Gaussian": (a * x**2 / 2 - b * x + c, [x], None),
    "shifted and scaled": ((x - 1) ** 2 / (2 * c**2), [x], None),
    "Gaussian, coupled": (x**2 + y**2 + r * x * y + x, [x, y], None),
    "quartic": (a * x**4, [x], None),
    "sextic": (b * x**6, [x], None),
    "single well": (a * x**4 + b * x**2, [x], None),
    "double well": (a * x**4 - b * x**2, [x], None),
    "well of unknown sign": (a * x**4 + r * x**2, [x], None),
    "exponential": (a * x, [x], [HALF_LINE]),
    "Gamma law": (a * x - b * sympy.log(x), [x], [HALF_LINE]),
    "half-normal moment": (a * x**2 - c * sympy.log(x), [x], [HALF_LINE]),
    "independent parts": (a * x**4 + b * y**6 + 1, [x, y], None),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_form_equals_quadrature(name):
    """Z in closed form equals the integral by mpmath's quadrature."""
    energy, names, support = CLOSED[name]
    closed = closed_partition_function(energy, names, support)
    u, step = np.linspace(-40, 6, 4001, retstep=True) if support else np.linspace(-30, 30, 1501, retstep=True)
    grid, weight = (np.exp(u), step * np.exp(u)) if support else (u, step * np.ones_like(u))
    call = sympy.lambdify(names, sympy.exp(-energy.subs(POINT)), "numpy")
    values = call(*np.meshgrid(*[grid] * len(names))) * math.prod(np.meshgrid(*[weight] * len(names)))
    expected = math.fsum(values.ravel())
    # the trapezoid sum is exact to rounding for entire integrands of this decay (x = e^u on the half line)
    assert abs(float(closed.value.subs(POINT).evalf(20)) - expected) <= 1e-12 * expected


@pytest.mark.parametrize("name", CLOSED)
def test_every_step_can_be_recomputed(name):
    """Completing the square, and the rest that has two sides, is recomputed."""
    closed = closed_partition_function(*CLOSED[name])
    assert [check.index for check in verify_steps(closed.derivation) if check.outcome == "open"] == []


def test_three_dimensional_gaussian():
    """Z of x^T P x / 2 in three dimensions is (2 pi)^(3/2) det(P)^(-1/2)."""
    closed = closed_partition_function(x**2 + y**2 + z**2 + x * y / 2 + y * z / 2, [x, y, z])
    precision = sympy.Matrix(
        [[2, sympy.Rational(1, 2), 0], [sympy.Rational(1, 2), 2, sympy.Rational(1, 2)], [0, sympy.Rational(1, 2), 2]]
    )
    assert sympy.simplify(closed.value**2 * precision.det() / (2 * sympy.pi) ** 3) == 1


def test_gradient_of_the_closed_form_is_minus_the_mean_gradient():
    """d log Z / da of a x^4 is -1/(4a), by Stein: E[x^4] = 1/(4a)."""
    closed = closed_partition_function(a * x**4, [x])
    assert sympy.simplify(sympy.diff(sympy.log(closed.value), a) + 1 / (4 * a)) == 0


DIVERGENT = {
    "negative quadratic": (-(x**2), [x], None, "grows in every direction"),
    "saddle": (x**2 + y**2 - 3 * x * y, [x, y], None, "grows in every direction"),
    "flat direction": ((x - y) ** 2, [x, y], None, "flat in some direction"),
    "odd power": (a * x**3 + x**2, [x], None, "even leading power"),
    "negative quartic": (-a * x**4, [x], None, "grows at infinity"),
    "negative rate": (-a * x, [x], [HALF_LINE], "grows at infinity"),
    "pole at 0": (a * x + sympy.log(x), [x], [HALF_LINE], "m > -1"),
}


@pytest.mark.parametrize("name", DIVERGENT)
def test_divergent_integrals_are_refused(name):
    """An energy that does not confine has no partition function."""
    energy, names, support, message = DIVERGENT[name]
    with pytest.raises(ValueError, match=message):
        closed_partition_function(energy, names, support)


@pytest.mark.parametrize("energy", [x**6 + x**2, sympy.cosh(x), x**4 + x**3])
def test_no_rule_no_value(energy):
    """Where no rule applies the answer is None."""
    assert closed_partition_function(energy, [x]) is None


def test_unknown_sign_is_a_condition():
    """A leading coefficient of unknown sign is assumed positive, and the step says so."""
    closed = closed_partition_function(r * x**4, [x])
    assert [(k.status, k.tex) for k in closed.derivation.all_conditions()] == [("assumed", "r > 0")]
