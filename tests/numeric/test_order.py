"""Observed orders: on errors of known order, on hand-written methods in other arithmetic, and where nothing is seen."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from twofold.numeric.ball_steps import exact_tableau, steps_in_balls
from twofold.numeric.order import ObservedOrder, fitted_slope, observe_order
from twofold.numeric.tableaus import DOP853, DOPRI5, EULER, MIDPOINT, RK4
from twofold.numeric.taylor_path import taylor_path

SPAN = (Fraction(0), Fraction(1))


def power(table, base, exponent):
    return table.apply("pow", (base, table.number(Fraction(exponent))))


def spiral(table, t, zs):
    """x' = x - x^3 - y cos t, y' = x y - t: coupled and driven."""
    x, y = zs
    minus = table.apply("neg", (power(table, x, 3),))
    turn = table.apply("neg", (table.apply("mul", (y, table.apply("cos", (t,)))),))
    return [
        table.apply("add", (x, minus, turn)),
        table.apply("add", (table.apply("mul", (x, y)), table.apply("neg", (t,)))),
    ]


def spiral_mpmath(t, z):
    x, y = z
    return [x - x**3 - y * mpmath.cos(t), x * y - t, -(1 - 3 * x**2 + x)]


def by_hand(order, steps):
    """Euler, midpoint and RK4 on the state and the log-density, written out, 40 digits."""
    with mpmath.workdps(40):
        z, h = [mpmath.mpf(3) / 10, mpmath.mpf(-7) / 10, mpmath.mpf(0)], mpmath.mpf(1) / steps

        def f(t, v):
            return spiral_mpmath(t, v[:2])

        def moved(v, k, s):
            return [a + s * b for a, b in zip(v, k, strict=True)]

        for i in range(steps):
            t = i * h
            k1 = f(t, z)
            if order == 1:
                z = moved(z, k1, h)
                continue
            k2 = f(t + h / 2, moved(z, k1, h / 2))
            if order == 2:
                z = moved(z, k2, h)
                continue
            k3 = f(t + h / 2, moved(z, k2, h / 2))
            k4 = f(t + h, moved(z, k3, h))
            z = [a + h / 6 * (p + 2 * q + 2 * r + s) for a, p, q, r, s in zip(z, k1, k2, k3, k4, strict=True)]
        return [float(v) for v in z]


@pytest.mark.parametrize("tableau", (EULER, MIDPOINT, RK4), ids=lambda t: t.name)
def test_steps_in_balls_are_those_of_a_method_written_by_hand(tableau):
    """State and log-density after seven steps agree with mpmath code that knows no tableau and no dual number."""
    z, q = steps_in_balls(exact_tableau(tableau), spiral, [Fraction(3, 10), Fraction(-7, 10)], SPAN, 7)
    found = [float(v.mid()) for v in (*z, q)]
    # Both carry 40 digits or more; what is left is the conversion to floats.
    assert np.allclose(found, by_hand(tableau.order, 7), rtol=4e-16, atol=4e-16)


def test_the_taylor_path_agrees_with_mpmaths_own_integrator():
    """mpmath's odefun, other code at 30 digits, gives the state and the log-density to its own accuracy."""
    path = taylor_path(spiral, [Fraction(3, 10), Fraction(-7, 10)], SPAN)
    with mpmath.workdps(30):
        solution = mpmath.odefun(spiral_mpmath_first_order, 0, [mpmath.mpf(3) / 10, mpmath.mpf(-7) / 10, mpmath.mpf(0)])
        exact = [float(v) for v in solution(1)]
    assert np.allclose([float(v) for v in (*path.state, path.change)], exact, rtol=1e-15, atol=1e-15)
    assert path.error < 1e-18


def spiral_mpmath_first_order(t, z):
    return spiral_mpmath(t, z[:2])


def test_the_taylor_path_stops_where_the_solution_does():
    """z' = z^3 from 1 leaves every bounded set at t = 1/2."""
    with pytest.raises(ArithmeticError, match="cannot be followed"):
        taylor_path(lambda table, t, zs: [power(table, zs[0], 3)], [Fraction(1)], SPAN)


def test_the_exact_tableau_fulfils_the_order_conditions_exactly():
    """For Dormand-Prince 5(4), in rationals: the quadrature conditions to order 5 and the trees to order 4, equal."""
    method = exact_tableau(DOPRI5)
    assert all(sum(row) == c for row, c in zip(method.a, method.c, strict=True))
    for q in range(1, 6):
        assert sum(b * c ** (q - 1) for b, c in zip(method.b, method.c, strict=True)) == Fraction(1, q)
    ac = [sum(a * c for a, c in zip(row, method.c, strict=False)) for row in method.a]
    acc = [sum(a * c * c for a, c in zip(row, method.c, strict=False)) for row in method.a]
    aac = [sum(a * v for a, v in zip(row, ac, strict=False)) for row in method.a]
    sums = [sum(b * v for b, v in zip(method.b, values, strict=True)) for values in (ac, acc, aac)]
    assert sums == [Fraction(1, 6), Fraction(1, 12), Fraction(1, 24)]


def test_a_method_without_rational_coefficients_is_refused():
    """The coefficients of DOP853 hold roots of 6: no rational of small denominator."""
    with pytest.raises(ValueError, match="rational of denominator"):
        exact_tableau(DOP853)


@pytest.mark.parametrize("order", (1, 2, 4, 5))
def test_the_slope_of_a_clean_error_is_its_order(order):
    """error = 3 n^-p + 5 n^-(p+1): the last slopes are p to 0.1, and every other order is refused."""
    found = observe_order(lambda n: 3.0 / n**order + 5.0 / n ** (order + 1), 4, 2**12)
    assert found.settled
    assert found.deviation(order) < 0.1
    assert min(found.deviation(other) for other in (1, 2, 4, 5) if other != order) > 0.9


def test_errors_at_the_floor_are_not_looked_at():
    """Rounding at 1e-13 flattens the curve: no slope is taken from there."""
    found = observe_order(lambda n: max(1.0 / n**4, 1e-13), 4, 2**20, 1e-12)
    assert found.deviation(4) < 1e-9
    assert max(n for n, e in zip(found.steps, found.errors, strict=True) if e > 1e-12) < 2**10


def test_a_plateau_of_two_slopes_is_not_taken_for_the_end():
    """Errors whose slope stands at 3 over two halvings and then falls to 2: the observation goes on."""
    errors = {4: 1.0, 8: 1 / 8, 16: 1 / 64, 32: 1 / 256, 64: 1 / 1024, 128: 1 / 4096, 256: 1 / 16384}
    found = observe_order(lambda n: errors[n], 4, 256)
    assert found.deviation(2) < 1e-12


def test_exact_methods_and_lost_paths_have_no_order():
    """Zero errors: nothing to see. Infinite ones: no clean pair, and an infinite deviation."""
    assert observe_order(lambda n: 0.0, 4, 64).nothing_to_see
    lost = ObservedOrder((4, 8, 16), (float("inf"), float("inf"), float("inf")), 0.0)
    assert lost.last == () and lost.deviation(1) == float("inf")
    assert not lost.nothing_to_see


def test_the_fitted_slope_is_numpys():
    """Against numpy.polyfit on logarithms."""
    x, y = [1.0, 2.0, 5.0, 9.0], [3.0, 1.1, 0.3, 0.05]
    slope, _ = fitted_slope(x, y)
    assert abs(slope - np.polyfit(np.log(x), np.log(y), 1)[0]) < 1e-12
    with pytest.raises(ValueError, match="three points"):
        fitted_slope(x[:2], y[:2])
