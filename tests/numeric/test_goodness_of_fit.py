"""Pull-back, cells, Kolmogorov-Smirnov and the simultaneous band: null laws, power, blindness of marginals, misuse.

Bands on counts are exact binomial intervals at false-alarm rate 1e-6 over the choice of the fixed seeds.
"""

import numpy as np
import pytest
from scipy.special import bdtr, bdtrc

from twofold.numeric.goodness_of_fit import (
    chi_square_test,
    dkw_difference_radius,
    dkw_radius,
    dkw_test,
    gaussian_pull_back,
    ks_p_value,
    ks_statistic,
    ks_test,
    normal_cells,
    normal_uniforms,
    product_cells,
    radius_uniforms,
)
from twofold.numeric.power import distribution_detectable_effect
from twofold.numeric.statistics import TestResult, chi_square_tail, chi_square_threshold, two_stage

FALSE_ALARM = 1e-6
LOWER = np.array([[2.0, 0.0], [1.0, 0.5]])


def consistent(count, trials, probability, alarm=FALSE_ALARM):
    """The count lies in a two-sided binomial interval of the stated false-alarm rate."""
    return bdtr(count, trials, probability) > alarm / 2 and bdtrc(count - 1, trials, probability) > alarm / 2


def uniforms_of_the_law(rng, n):
    samples = np.array([3.0, -1.0]) + rng.standard_normal((n, 2)) @ LOWER.T
    return normal_uniforms(gaussian_pull_back(samples, np.array([3.0, -1.0]), LOWER))


@pytest.mark.parametrize(
    "test",
    (
        lambda u: ks_test(u[:, 0]),
        lambda u: ks_test(u[:, 1]),
        lambda u: chi_square_test(product_cells(u, 4)),
    ),
    ids=("KS 1", "KS 2", "cells"),
)
def test_the_size_under_the_null_is_the_level(test):
    """The share of p-values below 0.05 and 0.01 in 2000 pulled-back true samples is consistent with these levels."""
    rng = np.random.default_rng(23)
    p = np.array([test(uniforms_of_the_law(rng, 400)).p_value for _ in range(2000)])
    assert consistent(int((p <= 0.05).sum()), 2000, 0.05)
    assert consistent(int((p <= 0.01).sum()), 2000, 0.01)


def test_the_band_never_exceeds_its_level():
    """The p-value of the simultaneous band is a bound: its size at 0.05 over 2000 samples is at most 0.05."""
    rng = np.random.default_rng(24)
    rejected = sum(dkw_test(uniforms_of_the_law(rng, 400)).p_value <= 0.05 for _ in range(2000))
    assert bdtrc(rejected - 1, 2000, 0.05) > FALSE_ALARM


def test_the_difference_of_two_empirical_functions_stays_in_its_band():
    """Over 1000 pairs of samples of one law the band at level 0.05 is left in at most its share."""
    rng = np.random.default_rng(25)
    grid = np.linspace(0, 1, 2001)
    outside = 0
    for _ in range(1000):
        a, b = np.sort(rng.random(100)), np.sort(rng.random(200))
        gap = np.abs(np.searchsorted(a, grid) / 100 - np.searchsorted(b, grid) / 200).max()
        outside += gap > dkw_difference_radius(100, 200, 0.05)
    assert bdtrc(outside - 1, 1000, 0.05) > FALSE_ALARM


def test_the_band_of_a_difference_is_the_sum_of_both_bands():
    """Each at half the level: sqrt(log(4/a) / 2n) + sqrt(log(4/a) / 2m)."""
    expected = np.sqrt(np.log(4 / 0.05) / 200) + np.sqrt(np.log(4 / 0.05) / 400)
    assert dkw_difference_radius(100, 200, 0.05) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("n", (5, 30, 1000, 200_000))
@pytest.mark.parametrize("p", (0.1, 1e-3, 1e-6))
def test_the_two_sided_law_agrees_with_scipy(n, p):
    """SciPy's exact two-sided law, other code (Simard, L'Ecuyer), gives the same tail to relative 1e-3."""
    from scipy.stats import kstwo

    assert ks_p_value(kstwo.isf(p, n), n) == pytest.approx(p, rel=1e-3)


def test_the_statistic_is_the_largest_gap():
    """For 0.1, 0.2, 0.9 the gaps are 1/3 - 0.1, 2/3 - 0.2 = 0.4667 and 0.9 - 2/3."""
    assert ks_statistic(np.array([0.9, 0.1, 0.2])) == pytest.approx(2 / 3 - 0.2, abs=1e-15)


def test_marginals_are_blind_to_dependence_and_cells_are_not():
    """With correlation 0.1 in place of 0, at n = 20000, both marginal tests accept and the cells reject."""
    rng = np.random.default_rng(5)
    w = rng.standard_normal((20_000, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.1], [0.1, 1.0]])).T
    u = normal_uniforms(w)
    assert min(ks_test(u[:, 0]).p_value, ks_test(u[:, 1]).p_value) > 1e-3
    # Noncentrality about n rho^2 times the share kept by cells (about 0.8): 160, far above the threshold 37 for 15.
    assert chi_square_test(product_cells(u, 4)).p_value < 1e-6


def test_a_gap_of_the_stated_size_is_seen():
    """A law with distribution function off by the detectable gap is rejected with at least the stated power."""
    n = 1000
    gap = distribution_detectable_effect(n=n, alpha=1e-3, power=0.9).at_effect
    rng = np.random.default_rng(6)
    rejected = 0
    for _ in range(200):
        u = rng.random(n)
        # Mass `gap` of the lower half is moved to the upper half: F(1/2) = 1/2 - gap.
        u = np.where(rng.random(n) < 2 * gap * (u < 0.5), 0.5 + u, u)
        rejected += dkw_test(np.minimum(u, 1.0)[:, None]).p_value <= 1e-3
    assert bdtr(rejected, 200, 0.9) > FALSE_ALARM


def test_the_radius_sees_a_wrong_scale():
    """|w|^2 of samples with standard deviation 1.1 does not follow chi2_3; with 1 it does."""
    w = np.random.default_rng(7).standard_normal((5000, 3))
    assert ks_test(radius_uniforms(w)).p_value > 1e-3
    assert ks_test(radius_uniforms(1.1 * w)).p_value < 1e-6


def test_cells_count_every_point_once_in_its_box():
    """Boundary points 0 and 1 fall into the first and the last box; order of axes is row-major."""
    u = np.array([[0.0, 0.0], [1.0, 1.0], [0.2, 0.9], [0.5, 0.49]])
    assert list(product_cells(u, 2)) == [1, 1, 1, 1]


def test_chi_square_is_pearsons():
    """Counts 30, 20, 50 against 1/4, 1/4, 1/2: 1 + 1 + 0 = 2 on two degrees of freedom, p = exp(-1)."""
    found = chi_square_test(np.array([30, 20, 50]), np.array([0.25, 0.25, 0.5]))
    assert found.statistic == pytest.approx(2.0, rel=1e-15)
    assert found.p_value == pytest.approx(np.exp(-1.0), rel=1e-14)


def test_thresholds_invert_tails_far_out():
    """P(chi2_7 > x_alpha) = alpha for alpha down to 1e-12."""
    for alpha in (0.5, 1e-3, 1e-12):
        assert chi_square_tail(chi_square_threshold(alpha, 7), 7) == pytest.approx(alpha, rel=1e-10)


def outcome(p):
    return TestResult(name="t", statistic=0.0, p_value=p, n=1, null_law="none", exact=True)


@pytest.mark.parametrize(
    ("p", "rejected", "stages"),
    (((0.5, 0.0), False, 1), ((1e-5, 1e-3), False, 2), ((1e-5, 1e-6), True, 2)),
)
def test_two_stages_reject_only_together(p, rejected, stages):
    """One small p-value asks for a second seed; only two small ones reject."""
    asked = []

    def draw_and_test(seed):
        asked.append(seed)
        return outcome(p[seed])

    found = two_stage(draw_and_test, (0, 1))
    assert (found.rejected, len(asked)) == (rejected, stages)
    assert found.false_alarm_rate == pytest.approx(1e-9)


def test_the_two_stage_rate_is_the_product_of_its_levels():
    """With uniform p-values and levels 0.2 and 0.1, 20000 runs reject in a share consistent with 0.02."""
    rng = np.random.default_rng(3)
    runs = [
        two_stage(lambda seed: outcome(rng.random()), (1, 2), first_level=0.2, second_level=0.1).rejected
        for _ in range(20_000)
    ]
    assert consistent(sum(runs), 20_000, 0.02)


def test_equal_seeds_are_refused():
    """A second stage on the same seed would repeat the first."""
    with pytest.raises(ValueError, match="two different seeds"):
        two_stage(lambda seed: outcome(0.0), (4, 4))


@pytest.mark.parametrize(
    ("call", "message"),
    (
        (lambda: chi_square_test(np.array([3, 2, 4])), "at least 5 expected counts"),
        (lambda: chi_square_test(np.array([10, 10]), np.array([0.5, 0.6])), "add to 1"),
        (lambda: product_cells(np.array([[np.nan]]), 4), "NaN"),
        (lambda: product_cells(np.array([[1.5]]), 4), "values outside"),
        (lambda: ks_statistic(np.array([-0.5, 0.5])), "values outside"),
        (lambda: dkw_radius(0, 0.1), "n >= 1"),
        (lambda: dkw_radius(10, 1.5), "alpha"),
        (lambda: gaussian_pull_back(np.zeros((5, 2)), np.zeros(2), np.eye(3)), "Cholesky factor"),
    ),
)
def test_misuse_is_told(call, message):
    """Values that no test can use raise ValueError with what was expected."""
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("d", "per_axis"), [(1, 64), (2, 16), (3, 6), (2, 200)])
def test_cells_by_their_borders_are_the_cells_of_the_uniforms(d, per_axis):
    w = np.random.default_rng(5).standard_normal((20_000, d))
    w[0] = 40.0
    w[1] = -np.inf
    assert (normal_cells(w, per_axis) == product_cells(normal_uniforms(w), per_axis)).all()
    assert (normal_cells(1.001 * w, per_axis) != normal_cells(w, per_axis)).any()


def test_cells_of_no_number_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        normal_cells(np.array([[0.0, np.nan]]), 4)
