"""Tests of mean and covariance: null law, power at the stated effect, invariance, refusal of wrong claims.

Fixed seeds; every band on a rejection count is an exact binomial interval with the stated false-alarm rate, so these
tests fail for a calibrated method with at most that probability over the choice of seed.
"""

import itertools

import numpy as np
import pytest
from scipy.special import bdtr, bdtrc, digamma

from twofold.numeric.gaussian_tests import bartlett_factor, covariance_test, gaussian_test, mean_test
from twofold.numeric.moments import Moments, sample_moments
from twofold.numeric.power import (
    chi_square_detectable_effect,
    covariance_detectable_effect,
    covariance_power,
    covariance_sample_size,
    distribution_detectable_effect,
    distribution_sample_size,
    noncentral_power,
    noncentrality_for,
)
from twofold.numeric.statistics import chi_square_tail

A = np.array([[3 / 5, 2 / 5], [1 / 5, 4 / 5]])
S = np.array([[13.0, 11.0], [11.0, 17.0]]) / 25
FALSE_ALARM = 1e-6


def consistent(count, trials, probability, alarm=FALSE_ALARM):
    """The count lies in a two-sided binomial interval of the stated false-alarm rate."""
    return bdtr(count, trials, probability) > alarm / 2 and bdtrc(count - 1, trials, probability) > alarm / 2


def p_values(test, n, runs, seed, factor=A):
    rng = np.random.default_rng(seed)
    return np.array(
        [test(sample_moments(rng.standard_normal((n, len(factor))) @ factor.T)).p_value for _ in range(runs)]
    )


TESTS = {
    "covariance, mean known": lambda m: covariance_test(m, S, np.zeros(2)),
    "covariance, mean estimated": lambda m: covariance_test(m, S),
    "mean": lambda m: mean_test(m, np.zeros(2), S),
    "both": lambda m: gaussian_test(m, np.zeros(2), S),
}


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("n", (40, 1000))
def test_the_size_under_the_null_is_the_level(name, n):
    """The share of p-values below 0.05 and 0.01 in 3000 true samples is consistent with these levels."""
    p = p_values(TESTS[name], n, 3000, seed=17)
    assert consistent(int((p <= 0.05).sum()), 3000, 0.05)
    assert consistent(int((p <= 0.01).sum()), 3000, 0.01)


def test_the_size_check_has_power():
    """The same interval catches a wrong null law: chi2 with d^2 - d = 2 degrees of freedom in place of 3."""
    rng = np.random.default_rng(17)
    found = [covariance_test(sample_moments(rng.standard_normal((40, 2)) @ A.T), S).statistic for _ in range(3000)]
    rejected = sum(chi_square_tail(t, 2) <= 0.05 for t in found)
    assert not consistent(rejected, 3000, 0.05)


@pytest.mark.parametrize("d", (1, 2, 5))
@pytest.mark.parametrize("nu", (50, 400))
def test_the_bartlett_factor_centres_the_statistic(d, nu):
    """E[T] = nu (d log(nu/2) - sum digamma((nu - i)/2)) exactly; rho E[T] is d (d + 1) / 2 up to O(1/nu^2)."""
    exact = nu * (d * np.log(nu / 2) - sum(digamma((nu - i) / 2) for i in range(d)))
    degrees = d * (d + 1) / 2
    # The next term of the expansion has size of about degrees (d + 1)^2 / nu^2.
    assert abs(bartlett_factor(nu, d) * exact / degrees - 1) < (d + 1) ** 2 / nu**2
    # The control: without the factor the mean is off by an order more.
    assert abs(exact / degrees - 1) > 10 * abs(bartlett_factor(nu, d) * exact / degrees - 1)


@pytest.mark.parametrize(("mean", "nu", "spread"), ((None, 99, 2.0), (np.array([1.0]), 100, 2.98)))
def test_the_statistic_is_the_formula_in_one_dimension(mean, nu, spread):
    """rho nu (v - 1 - log v) with v = 198/99 about the sample mean 0, and 198/100 + 1 about the known mean 1."""
    m = Moments(n=100, mean=np.zeros(1), scatter=np.array([[198.0]]))
    expected = (1 - (3 - 1) / (6 * nu)) * nu * (spread - 1 - np.log(spread))
    assert covariance_test(m, np.eye(1), mean).statistic == pytest.approx(expected, rel=1e-12)  # ten roundings


def test_the_statistic_does_not_depend_on_coordinates():
    """Under x -> B x + c with invertible B, T(B S B^T; B x + c) = T(S; x)."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((500, 2)) @ A.T
    b = np.array([[2.0, -1.0], [0.5, 3.0]])
    moved = sample_moments(x @ b.T + [5.0, -7.0])
    one, other = covariance_test(sample_moments(x), S), covariance_test(moved, b @ S @ b.T)
    # n times an eigenvalue error of about cond(B)^2 eps (a few hundred eps).
    assert abs(one.statistic - other.statistic) < 500 * 500 * 2.0**-52 * 10


def test_the_exact_covariance_of_the_sample_is_never_rejected():
    """Claiming the sample's own covariance gives T = 0 and p = 1."""
    m = sample_moments(np.random.default_rng(4).standard_normal((200, 3)))
    assert covariance_test(m, m.covariance).p_value == pytest.approx(1.0, abs=1e-9)


def test_a_sample_on_a_line_refutes_a_positive_definite_claim():
    """A degenerate sample has likelihood ratio infinity."""
    x = np.random.default_rng(4).standard_normal((200, 1)) * np.array([[1.0, 2.0]])
    found = covariance_test(sample_moments(x), np.array([[1.0, 0.0], [0.0, 4.0]]))
    assert found.p_value == 0


@pytest.mark.parametrize("entry", ((0, 0), (0, 1), (1, 1)))
def test_the_stated_power_is_reached_at_the_stated_effect(entry):
    """With an entry wrong by the detectable effect (either sign), at n = 2000, power 0.95, level 1e-3."""
    n, runs = 2000, 400
    stated = covariance_detectable_effect(S, n=n, alpha=1e-3, power=0.95, entry=entry)
    for sign in (1, -1):
        truth = S.copy()
        truth[entry] = truth[entry[::-1]] = S[entry] * (1 + sign * stated.at_effect)
        p = p_values(lambda m: covariance_test(m, S), n, runs, seed=8, factor=np.linalg.cholesky(truth))
        # At least the stated power less 0.02, the measured accuracy of the leading order; one-sided at 1e-6.
        assert bdtr(int((p <= 1e-3).sum()), runs, 0.93) > FALSE_ALARM


def test_half_of_the_stated_effect_is_mostly_missed():
    """The stated effect is not a loose bound: at half of it the power is below one half."""
    stated = covariance_detectable_effect(S, n=2000, alpha=1e-3, power=0.95, entry=(0, 1))
    assert covariance_power(S, (0, 1), stated.at_effect / 2, n=2000, alpha=1e-3).power < 0.5


def test_the_transposed_product_is_rejected():
    """A^T A has the trace and the determinant of A A^T; 1000 samples tell them apart ten times out of ten."""
    assert (p_values(lambda m: covariance_test(m, A.T @ A), 1000, 10, seed=3) < 1e-6).all()


@pytest.mark.parametrize("effect", (0.01, 0.1))
def test_sample_size_and_detectable_effect_are_inverse(effect):
    """The sample size for an effect detects that effect, and a tenth fewer samples do not."""
    n = covariance_sample_size(S, effect, alpha=1e-6, power=0.99)
    assert covariance_detectable_effect(S, n=n, alpha=1e-6, power=0.99).at_effect <= effect
    assert covariance_detectable_effect(S, n=int(0.9 * n), alpha=1e-6, power=0.99).at_effect > effect


def test_a_zero_entry_has_an_effect_in_units_of_the_standard_deviations():
    """For S = diag(1, 9) the (0, 1) entry is measured as a correlation r, where l = -log(1 - r^2)."""
    found = covariance_detectable_effect(np.diag([1.0, 9.0]), n=10**4, alpha=1e-3, power=0.99, entry=(0, 1))
    per_sample = noncentrality_for(3, 1e-3, 0.99) / (bartlett_factor(10**4, 2) * 10**4)
    # Bisection stops at relative 1e-12.
    assert found.at_effect == pytest.approx(np.sqrt(-np.expm1(-per_sample)), rel=1e-10)
    assert "zero entry" in found.effect_unit


def test_noncentral_power_agrees_with_simulation():
    """P(chi2_3(lambda) > x) at lambda = 20, alpha = 1e-3 against squares of shifted normals."""
    rng = np.random.default_rng(1)
    z = rng.standard_normal((40_000, 3))
    z[:, 0] += np.sqrt(20.0)
    rejected = int(((z**2).sum(axis=1) > 16.26623619623813).sum())  # the 0.999 quantile of chi2_3, from tables: 16.266
    assert consistent(rejected, 40_000, noncentral_power(3, 20.0, 1e-3))


def test_the_bound_far_above_the_threshold_continues_the_series():
    """For growing noncentrality the power increases to 1 without a gap where the bound takes over."""
    powers = [noncentral_power(3, value, 1e-6) for value in np.linspace(1.0, 1000.0, 200)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(powers))  # accuracy of the series
    assert powers[-1] <= 1


def test_a_gap_of_the_detectable_size_is_seen_by_the_envelope():
    """n of the wanted gap has that gap as its detectable effect, and the gap is the sum of both envelopes."""
    n = distribution_sample_size(0.05, alpha=1e-3, power=0.99)
    found = distribution_detectable_effect(n=n, alpha=1e-3, power=0.99).at_effect
    envelopes = np.sqrt(np.log(2 / 1e-3) / (2 * n)) + np.sqrt(np.log(2 / 0.01) / (2 * n))
    assert found == pytest.approx(envelopes, rel=1e-12)
    assert 0.0499 < found <= 0.05


def test_chi_square_effect_is_reached():
    """Cells wrong by the stated rms relative error are rejected with about the stated power (0.95 - 0.02)."""
    n, cells = 5000, 20
    effect = chi_square_detectable_effect(n=n, cells=cells, alpha=1e-3, power=0.95).at_effect
    p = (1 + effect * np.tile([1.0, -1.0], cells // 2)) / cells
    counts = np.random.default_rng(9).multinomial(n, p, size=500)
    statistic = ((counts - n / cells) ** 2).sum(axis=1) / (n / cells)
    rejected = int((statistic > 43.82).sum())  # the 0.999 quantile of chi2_19, from tables
    assert bdtr(rejected, 500, 0.93) > FALSE_ALARM


@pytest.mark.parametrize(
    ("claim", "message"),
    (
        (np.array([[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (np.array([[1.0, 0.5], [0.4, 1.0]]), "symmetric"),
        (np.eye(3)[:2], "square"),
    ),
)
def test_an_impossible_claim_is_refused(claim, message):
    """A claim that is no covariance raises ValueError that says so."""
    with pytest.raises(ValueError, match=message):
        covariance_test(sample_moments(np.random.default_rng(0).standard_normal((100, 2))), claim)


def test_too_few_samples_are_refused():
    """Below ten samples a dimension the null law is not good enough."""
    with pytest.raises(ValueError, match="at least 21 samples"):
        covariance_test(sample_moments(np.random.default_rng(0).standard_normal((15, 2))), np.eye(2))


def test_a_truth_that_is_no_covariance_has_no_power():
    """An entry wrong by so much that no covariance remains raises."""
    with pytest.raises(ValueError, match="leaves a covariance"):
        covariance_power(np.eye(2), (0, 1), 1.5, n=100, alpha=1e-3)


def test_moments_merge_like_one_sample():
    """Moments of parts, merged in any order, are those of the whole."""
    x = np.random.default_rng(6).standard_normal((1000, 3)) + 1e6
    whole = sample_moments(x)
    parts = [sample_moments(x[a:b]) for a, b in ((700, 1000), (0, 1), (1, 700))]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged.n == 1000
    # Offsets of 1e6 leave rounding of 1e6 eps in a centred value, times |x - mean| < 5, summed over 1000 values.
    assert np.abs(merged.scatter - whole.scatter).max() < 1000 * 5 * 2 * 1e6 * 2.0**-52
    assert isinstance(merged, Moments)
