"""From which step on a method is unstable: known stability intervals, a scan of the circle, and the method itself."""

from fractions import Fraction

import numpy as np
import pytest

from twofold.numeric.stability import (
    jacobians,
    one_step_multipliers,
    slope_at_least,
    step_limit,
    unstable_from,
)
from twofold.numeric.tableaus import DOPRI5, EULER, MIDPOINT, RK4

# The ends of the real stability intervals (Hairer, Wanner II, IV.2, table 2.1 and figures).
REAL = {EULER.name: 2.0, MIDPOINT.name: 2.0, RK4.name: 2.785293563405282, DOPRI5.name: 3.3065678}


@pytest.mark.parametrize("tableau", (EULER, MIDPOINT, RK4, DOPRI5), ids=lambda t: t.name)
def test_the_real_stability_interval_is_the_known_one(tableau):
    """On dz/dt = -7 z the limit is the end of the interval over 7."""
    assert abs(unstable_from(tableau, -7.0) * 7 - REAL[tableau.name]) < 1e-6


@pytest.mark.parametrize(("tableau", "limit"), ((EULER, 0.0), (MIDPOINT, 0.0), (RK4, 2 * np.sqrt(2))))
def test_on_the_imaginary_axis_euler_is_never_stable(tableau, limit):
    """Euler and midpoint turn outwards at every step; RK4 is stable up to 2 sqrt 2."""
    assert abs(unstable_from(tableau, 3j) * 3 - limit) < 1e-9


def multiplier(tableau, w):
    """One step on dz/dt = w z with h = 1, by stages as the definition writes them."""
    k = []
    for i in range(tableau.stages):
        k.append(w * (1 + sum(tableau.a[i, j] * k[j] for j in range(i))))
    return 1 + sum(b * v for b, v in zip(tableau.b, k, strict=True))


@pytest.mark.parametrize("tableau", (EULER, MIDPOINT, RK4, DOPRI5), ids=lambda t: t.name)
@pytest.mark.parametrize("angle", (0.55, 0.7, 0.85, 0.97))
def test_the_limit_is_where_a_scan_leaves_the_unit_disc(tableau, angle):
    """Along a ray in the left half plane: the first grid step beyond which |R| > 1 brackets the limit."""
    unit = np.exp(1j * np.pi * angle)
    grid = np.linspace(1e-3, 6.0, 6000)
    outside = np.array([abs(multiplier(tableau, h * unit)) > 1 + 1e-12 for h in grid])
    first = int(np.argmax(outside))
    assert abs(unstable_from(tableau, unit) - grid[first]) <= 1.01 * (grid[1] - grid[0])


def test_growth_of_the_flow_itself_is_no_instability():
    """Where Re lambda > 0, or lambda = 0, no step is called unstable."""
    assert unstable_from(EULER, 2.0) == np.inf
    assert unstable_from(EULER, 0.1 + 5j) == np.inf
    assert unstable_from(RK4, 0.0) == np.inf


def decay(t, z):
    return np.stack([-50 * z[:, 0] + z[:, 1] ** 2, -z[:, 1] * (1 + t)], axis=1)


def test_jacobians_by_complex_step_are_the_written_ones():
    """d f_i / d z_j of the decay, entry by entry: rows are components."""
    found = jacobians(decay, 0.5, np.array([[0.3, 0.4]]))[0]
    assert np.allclose(found, [[-50, 0.8], [0, -1.5]], rtol=1e-15)


def test_the_step_limit_finds_the_fastest_decay():
    """Eigenvalues -50 and -(1 + t): Euler's limit is 1/25, and the growth bound is below 0 there."""
    states = np.array([[[1.0, 0.0], [2.0, 0.0]], [[0.5, 0.0], [0.1, 0.0]]])
    found = step_limit(EULER, decay, np.array([0.0, 1.0]), states)
    assert abs(found.step - 1 / 25) < 1e-12
    assert found.eigenvalue == -50
    assert found.contracting == 4
    assert abs(found.growth + 1.0) < 1e-12


def test_the_integrator_has_the_multiplier_at_the_limit():
    """At the limit one Euler step multiplies by -1; a little below it contracts, a little above it amplifies."""
    state = np.array([1.0, 0.0])
    at, below, above = (np.abs(one_step_multipliers(EULER, decay, 0.0, state, h)).max() for h in (0.04, 0.039, 0.041))
    assert abs(at - 1) < 1e-12
    assert below < 0.97 < 1.03 < above


def cube(table, z):
    return table.apply("pow", (z, table.number(Fraction(3))))


def wave(table, z):
    return table.apply("sin", (z,))


def root(table, z):
    return table.apply("sqrt", (z,))


@pytest.mark.parametrize(
    ("field", "low", "high", "least", "answer"),
    (
        (cube, -2, 2, Fraction(-1, 1000), True),  # 3 z^2 >= 0
        (cube, 1, 2, Fraction(299, 100), True),
        (cube, 1, 2, Fraction(3001, 1000), False),  # a slip of 1e-3 at z = 1
        (wave, 0, 6, Fraction(-1001, 1000), True),
        (wave, 0, 6, Fraction(-999, 1000), False),  # cos pi = -1
        (cube, 0, 1, Fraction(0), None),  # touches 0: balls do not decide
        (root, -1, 1, Fraction(0), None),  # no value on half of the interval
    ),
)
def test_a_bound_of_the_slope_is_certified_refused_or_left_open(field, low, high, least, answer):
    """True and False are certain; None where balls cannot tell."""
    assert slope_at_least(field, Fraction(low), Fraction(high), least) is answer
