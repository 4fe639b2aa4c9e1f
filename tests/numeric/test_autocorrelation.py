"""Effective sample sizes against arviz-stats, a sum written out, and the closed form of the AR(1) process."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from twofold.numeric.autocorrelation import (
    autocorrelation,
    autocovariance,
    effective_sample_size,
    mean_autocovariance,
    mean_estimate,
    time_about,
)


def autoregressive(phi, n, m, seed):
    """x_t = phi x_t-1 + sqrt(1 - phi^2) xi from its stationary law: rho_t = phi^t, tau = (1 + phi)/(1 - phi)."""
    rng = np.random.default_rng(seed)
    x = np.empty((n, m))
    x[0] = rng.normal(size=m)
    for t in range(1, n):
        x[t] = phi * x[t - 1] + np.sqrt(1 - phi**2) * rng.normal(size=m)
    return x


@pytest.mark.parametrize("phi", (-0.6, 0.0, 0.5, 0.95, 0.999))
@pytest.mark.parametrize(("n", "m"), [(100, 4), (101, 4), (400, 1), (57, 16), (16, 2)])
def test_ess_and_mcse_agree_with_an_independent_implementation(phi, n, m):
    """arviz-stats, to the rounding of its transforms (sums of n products)."""
    x = autoregressive(phi, n, m, 1)
    tolerance = 1e4 * n * np.finfo(float).eps
    assert effective_sample_size(x) == pytest.approx(array_stats.ess(x.T.copy(), method="mean"), rel=tolerance)
    assert mean_estimate(x).mcse == pytest.approx(array_stats.mcse(x.T.copy(), method="mean"), rel=tolerance)


def test_chains_that_disagree_count_for_little():
    """Four chains around different means: the ESS agrees with arviz and is of the order of the number of chains."""
    x = autoregressive(0.3, 300, 4, 2) + np.array([0.0, 5.0, 10.0, 15.0])
    assert effective_sample_size(x) == pytest.approx(array_stats.ess(x.T.copy(), method="mean"), rel=1e-9)
    assert effective_sample_size(x) < 10


def test_the_autocovariance_is_the_sum_written_out():
    """c_t = (1/n) sum (x_i - mean)(x_i+t - mean), term by term."""
    x = np.random.default_rng(3).normal(size=(23, 3)).cumsum(axis=0)
    centred = x - x.mean(axis=0)
    direct = np.array([(centred[: 23 - t] * centred[t:]).sum(axis=0) / 23 for t in range(23)])
    scale = np.abs(direct).max()
    assert np.abs(autocovariance(x) - direct).max() < 64 * 23 * np.finfo(float).eps * scale
    assert np.abs(mean_autocovariance(x) - direct.mean(axis=1)).max() < 64 * 23 * np.finfo(float).eps * scale


@pytest.mark.parametrize("phi", (0.0, 0.5, 0.9))
def test_tau_is_that_of_the_process(phi):
    """tau = (1 + phi)/(1 - phi) for AR(1); 400 chains of 500.

    The standard deviation of the estimate with window w is tau sqrt(2 (2 w + 1) / N) (Madras, Sokal 1988); with
    w about 6 tau and N = 200000 five of them are below the tolerance.
    """
    x = autoregressive(phi, 500, 400, 4)
    exact = (1 + phi) / (1 - phi)
    tolerance = 5 * np.sqrt(2 * (12 * exact + 1) / x.size)
    # The chains are split into halves of 250, whose means are subtracted: bias -tau^2/250 of relative size tau/250.
    assert abs(mean_estimate(x).tau / exact - 1) < tolerance + exact / 250


def test_the_standard_error_is_the_spread_of_repeated_means():
    """300 samples of AR(1): the spread of (mean / mcse) is 1 within five standard errors of a standard deviation."""
    ratios = []
    for seed in range(300):
        found = mean_estimate(autoregressive(0.7, 200, 10, 100 + seed))
        ratios.append(found.mean / found.mcse)
    # mcse itself scatters by about 10 % and is low by tau/100 = 6 %.
    assert abs(np.std(ratios) - 1) < 5 / np.sqrt(2 * 300) + 0.06


def test_the_autocorrelation_starts_at_one_and_follows_the_powers():
    """rho_t = phi^t for the first lags, within five of Bartlett's standard errors."""
    rho = autocorrelation(autoregressive(0.6, 300, 300, 6))
    assert rho[0] == 1
    error = 5 * np.sqrt((1 + 0.36) / (1 - 0.36) / 90_000)
    # The means of 300 draws are subtracted: -tau/n.
    assert np.abs(rho[1:6] - 0.6 ** np.arange(1, 6)).max() < error + 4 / 300


@pytest.mark.parametrize(("phi", "n"), [(0.6, 300), (0.9, 300), (0.6, 40)])
def test_about_a_known_mean_short_chains_are_not_biased(phi, n):
    """tau about the exact mean 0: within five of its standard errors, also where n is ten times tau only."""
    x = autoregressive(phi, n, 120_000 // n, 8)
    exact = (1 + phi) / (1 - phi)
    assert abs(time_about(x, 0.0) / exact - 1) < 5 * np.sqrt(2 * (12 * exact + 1) / x.size)


def test_equal_draws_have_no_effective_size():
    """A chain that never moves: NaN, not a number that looks like precision."""
    assert np.isnan(effective_sample_size(np.full((50, 3), 2.5)))
    assert np.isnan(mean_estimate(np.full((50, 3), 2.5)).mcse)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(10), "shape"),
        (np.zeros((3, 2)), "steps >= 4"),
        (np.full((10, 2), np.nan), "a chain was lost"),
    ],
)
def test_what_is_no_sample_is_refused(x, message):
    """Shape, length and NaN."""
    with pytest.raises(ValueError, match=message):
        effective_sample_size(x)
