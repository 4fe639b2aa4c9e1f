"""`twofold.carried_log_density` and `twofold.flow_log_density`: a declared flow at many samples."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import twofold
from twofold.symbolic.lower_coordinates import lower_coordinates

X, Y, T = sympy.symbols("x y t", real=True)
A = sympy.Symbol("a", positive=True)
ACCURACY = 1e-8


def test_a_linear_flow_keeps_a_gaussian_gaussian() -> None:
    """z' = A z carries N(m, S) to N(e^A m, e^A S e^A^T): both functions give its log-density."""
    from scipy.linalg import expm

    flow = twofold.Flow([X - 2 * Y, X / 2 + Y], [X, Y])
    base = twofold.Gaussian([1, -1], [[2, 1], [1, 3]])
    z = np.random.default_rng(1).multivariate_normal([1, -1], [[2, 1], [1, 3]], size=400)
    m = expm(np.array([[1, -2], [0.5, 1]]))
    end, covariance = z @ m.T, m @ np.array([[2.0, 1], [1, 3]]) @ m.T
    w = end - m @ np.array([1.0, -1])
    exact = -0.5 * (w * np.linalg.solve(covariance, w.T).T).sum(axis=1)
    exact -= 0.5 * np.linalg.slogdet(covariance)[1] + np.log(2 * np.pi)

    carried = twofold.carried_log_density(flow, z, (0, 1), base=base)
    assert np.abs(carried.log_density - exact).max() <= ACCURACY
    assert np.abs(carried.states - end).max() <= ACCURACY * (1 + np.abs(end).max())
    at = twofold.flow_log_density(flow, end, (0, 1), base=base)
    # the start is known to 1e-8 (1 + |z|), and the log-density of the base changes by its slope times that
    assert np.abs(at.log_density - exact).max() <= ACCURACY * 10 * (1 + np.abs(z).max())
    assert at.arrived.all()


def test_coordinates_are_taken_one_by_one_where_they_are_proved_apart() -> None:
    """tanh(z^3) in each coordinate: log |f(z_t) / f(z_0)| is the log-Jacobian, without any integral."""
    z = np.random.default_rng(2).standard_normal((12_000, 2))
    flow = twofold.Flow([sympy.tanh(X**3), sympy.tanh(Y**3)], [X, Y])
    found = twofold.carried_log_density(flow, z, (0, 0.5))
    assert found.how.startswith("one table")
    away = (np.abs(z) > 0.01).all(axis=1)
    exact = np.log(np.tanh(found.states**3) / np.tanh(z**3)).sum(axis=1)
    # relative errors of the end states, 1e-8 at 0.01, would show threefold: the map itself is far better than promised
    assert np.abs(found.log_jacobian - exact)[away].max() <= ACCURACY


def test_parameters_and_time() -> None:
    """z' = a z cos t: q = a sin t for every sample."""
    flow = twofold.Flow([A * X * sympy.cos(T)], [X], time=T, parameters=[A])
    found = twofold.carried_log_density(flow, [[1.0], [-2.0]], (0, 2), at={A: 0.7})
    assert np.abs(found.log_jacobian - 0.7 * np.sin(2)).max() <= ACCURACY
    with pytest.raises(ValueError, match="a value of every parameter of the flow; a has none"):
        twofold.carried_log_density(flow, [[1.0]], (0, 2))


def test_outside_the_image_the_density_is_zero() -> None:
    """z' = -z^3 maps the line into |z| < 1 / sqrt(2 t): beyond it the density is 0."""
    flow = twofold.Flow([-(X**3)], [X])
    found = twofold.flow_log_density(flow, [[0.5], [0.9], [1.2]], (0, 0.5))
    start = np.array([0.5, 0.9]) / np.sqrt(1 - np.array([0.5, 0.9]) ** 2)
    exact = -0.5 * start**2 - 0.5 * np.log(2 * np.pi) - 1.5 * np.log(1 - np.array([0.5, 0.9]) ** 2)
    # at 0.9 the way back stretches errors by (1 - 0.81)^(-3/2) = 12, and the base is steep there
    assert np.abs(found.log_density[:2] - exact).max() <= 100 * ACCURACY
    assert found.log_density[2] == -np.inf
    assert found.arrived.tolist() == [True, True, False]


def test_a_base_of_ones_own_and_misuse() -> None:
    flow = twofold.Flow([X], [X])
    found = twofold.carried_log_density(flow, [[1.0]], (0, 1), base=lambda z: -np.abs(z[:, 0]))
    assert abs(found.log_density[0] + 2) <= ACCURACY
    with pytest.raises(ValueError, match="Expected the base to return shape"):
        twofold.carried_log_density(flow, [[1.0]], (0, 1), base=lambda z: z)
    with pytest.raises(ValueError, match="Expected points of shape"):
        twofold.carried_log_density(flow, [1.0], (0, 1))
    with pytest.raises(ValueError, match="Expected finite start states"):
        twofold.carried_log_density(flow, [[np.inf]], (0, 1))


def test_which_fields_fall_apart() -> None:
    """Only what is written in its own coordinate; the same expression shares its callable."""
    apart = lower_coordinates([sympy.tanh(X**3), sympy.tanh(Y**3), X - X + T], [X, Y, A], T)
    assert apart is not None
    assert apart[0] is apart[1]
    assert apart[2] is not apart[0]
    assert lower_coordinates([X + Y, Y], [X, Y]) is None
    value, slope = apart[0](0.0, np.array([[0.5]]))
    assert np.allclose([value[0, 0], slope[0]], [np.tanh(0.125), 0.75 / np.cosh(0.125) ** 2], rtol=1e-14)
