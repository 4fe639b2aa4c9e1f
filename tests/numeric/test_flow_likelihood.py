"""The likelihood of a flow and its fit, against a linear flow whose every quantity is a formula.

dz/dt = theta z on the line from N(0, 1): x = z0 exp(theta t) ~ N(0, exp(2 theta t)), so with s = exp(-2 theta t)

    log p(x) = -x^2 s / 2 - theta t - log(2 pi) / 2,       d/dtheta = t (x^2 s - 1),       -d^2/dtheta^2 = 2 t^2 x^2 s,

maximum at theta^ = log(mean x^2) / 2t.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from twofold.numeric.flow_likelihood import FlowLikelihood
from twofold.numeric.maximum_likelihood import information_at, information_from, inside_region, maximise, wilks

T = 0.8
FREE = ((None, None),)


def normal(z):
    return -0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * np.log(2 * np.pi)


def linear():
    """theta z: J = theta, div = theta, f_theta = z, div_theta = 1, grad div = 0."""
    return FlowLikelihood(
        field=lambda t, z, theta: (theta[0] * z, theta[0] + 0 * z[:, 0]),
        sensitivity=lambda t, z, s, theta: (
            theta[0] * z,
            theta[0] + 0 * z[:, 0],
            theta[0] * s + z[:, :, None],
            -np.ones((len(z), 1)) + 0 * z,
        ),
        adjoint=lambda t, z, a, weight, theta: (theta[0] * z, -theta[0] * a, a * z - weight),
        log_base=normal,
        score_base=lambda z: -z,
        span=(0.0, T),
        dimension=1,
        parameters=1,
        autonomous=True,
        tolerance=1e-12,
    )


def data(n=500, theta=0.6, seed=3):
    return np.random.default_rng(seed).standard_normal((n, 1)) * math.exp(theta * T)


@pytest.mark.parametrize("theta", (-0.7, 0.0, 0.6))
def test_likelihood_and_both_gradients_are_the_formulas(theta):
    """Value, sensitivities and adjoint to 1e-11: local errors of 1e-12 over about 15 steps, amplified below 2."""
    x = data()
    s = math.exp(-2 * theta * T)
    value, gradient = linear().score(x, np.array([theta]))
    square = x[:, 0] ** 2 * s
    size = 1 + square
    assert (np.abs(value - (-square / 2 - theta * T - 0.5 * np.log(2 * np.pi))) < 1e-10 * size).all()
    assert (np.abs(gradient[:, 0] - T * (square - 1)) < 1e-10 * size).all()
    adjoint = linear().adjoint_gradient(x, np.array([theta]))
    assert (np.abs(adjoint[:, 0] - T * (square - 1)) < 1e-10 * size).all()


def test_the_information_is_the_formula():
    """-l'' = 2 t^2 sum x^2 s, by complex step."""
    x, theta = data(), 0.3
    exact = 2 * T**2 * (x[:, 0] ** 2).sum() * math.exp(-2 * theta * T)
    assert abs(linear().information(x, np.array([theta]))[0, 0] / exact - 1) < 1e-9


def test_the_fit_is_the_closed_form_with_its_standard_error():
    """theta^ = log(mean x^2) / 2t and 1 / (t sqrt(2 n)), from a start far away."""
    x = data()
    fit = maximise(linear(), x, np.array([-1.0]), FREE)
    assert fit.converged and not any(fit.at_bound)
    # The mean gradient ends below 1e-8 (gtol), and l'' = 2 t^2 = 1.3 a data point.
    assert abs(fit.theta[0] - math.log((x**2).mean()) / (2 * T)) < 1e-7
    errors = information_at(linear(), x, fit.theta).standard_errors
    assert abs(errors[0] * T * math.sqrt(2 * len(x)) - 1) < 1e-6
    assert fit.path[0] < fit.path[-1] and abs(fit.path[-1] - fit.value) < 1e-9


def test_wilks_statistic_is_the_closed_form():
    """2 n (r - 1 - log r) / 2 with r = mean x^2 exp(-2 theta t)."""
    x = data()
    fit = maximise(linear(), x, np.array([0.2]), FREE)
    r = (x**2).mean() * math.exp(-2 * 0.6 * T)
    statistic, p = wilks(linear(), x, fit, np.array([0.6]))
    assert abs(statistic - len(x) * (r - 1 - math.log(r))) < 1e-6
    assert abs(p - math.erfc(math.sqrt(statistic / 2))) < 1e-9


def test_the_region_of_95_percent_ends_at_its_quantile():
    """chi2_1: 3.8415, chi2_2: 5.9915."""
    assert inside_region(3.84, 1) and not inside_region(3.85, 1)
    assert inside_region(5.99, 2) and not inside_region(6.00, 2)


@pytest.mark.parametrize("weight", (0.0, -1.0))
def test_wrong_log_determinants_have_no_maximum_and_run_to_the_bound(weight):
    """Without it -x^2 s/2 grows with theta for ever; with the wrong sign it does so linearly."""
    fit = maximise(replace(linear(), weight=weight, tolerance=1e-8), data(100), np.array([0.2]), ((-5.0, 5.0),))
    assert fit.theta[0] == 5.0 and fit.at_bound == (True,)


def test_the_sign_of_the_adjoint_matters():
    """With a_l = +1 the gradient is off by 2 t at every data point: the test above would see it."""
    x, theta = data(50), np.array([0.3])
    right, wrong = (replace(linear(), weight=w).adjoint_gradient(x, theta) for w in (1.0, -1.0))
    assert np.abs(np.abs(right - wrong) - 2 * T).max() < 1e-10


def test_data_outside_of_the_image_have_likelihood_0():
    """dz/dt = theta - theta z^2 carries the line into a half line: a path back from -2 leaves every bounded set."""

    def field(t, z, theta):
        return theta[0] * (1 - z**2), -2 * theta[0] * z[:, 0]

    model = replace(linear(), field=field)
    value = model.log_density(np.array([[0.5], [3.0]]), np.array([2.0]))
    assert np.isfinite(value[0]) and value[1] == -np.inf


def test_a_parameter_without_effect_makes_the_information_singular():
    """Zero rows, equal rows and opposite rows are singular; a small but honest parameter is not."""
    assert information_from(np.array([[4.0, 0.0], [0.0, 0.0]]), np.array([2.0, 1e-3])).singular
    twice = information_from(np.array([[4.0, -4.0], [-4.0, 4.0]]), np.array([2.0, 2.0]))
    assert twice.singular and np.allclose(twice.direction, [1.0, 1.0])
    small = information_from(np.diag([4.0, 4e-6]), np.array([2.0, 2e-3]))
    assert not small.singular
    assert np.allclose(small.standard_errors, [0.5, 500.0])
