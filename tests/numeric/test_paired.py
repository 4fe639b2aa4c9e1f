"""Signed ranks of exchangeable pairs: scipy's statistic, calibration under symmetry, power, refusals."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

from twofold.numeric.paired import signed_rank_test


@pytest.mark.parametrize("digits", (12, 1))
def test_the_p_value_is_that_of_an_independent_implementation(digits):
    """scipy's Wilcoxon test without continuity correction, with ties (one digit) and without."""
    d = np.random.default_rng(1).normal(0.1, 1, 400).round(digits)
    expected = wilcoxon(d, zero_method="wilcox", correction=False, method="approx").pvalue
    assert signed_rank_test(d).p_value == pytest.approx(expected, rel=1e-9)


def test_symmetric_differences_are_rejected_as_often_as_stated():
    """4000 samples of a skewless heavy-tailed law: rejections at 0.01 within five binomial standard deviations."""
    rng = np.random.default_rng(2)
    count = sum(signed_rank_test(rng.standard_cauchy(100)).p_value <= 0.01 for _ in range(4000))
    assert abs(count / 4000 - 0.01) < 5 * np.sqrt(0.01 / 4000)


def test_a_shift_is_seen_and_one_of_a_thousandth_is_not():
    """20000 differences of sd 1: a shift of 0.1 is far beyond, 1e-3 is a seventh of a standard error."""
    d = np.random.default_rng(3).normal(size=20_000)
    assert signed_rank_test(d + 0.1).p_value < 1e-20
    assert signed_rank_test(d + 1e-3).p_value > 1e-4


def test_zeros_are_left_out():
    """Chains that stayed where they were tell nothing."""
    d = np.random.default_rng(4).normal(size=200)
    found = signed_rank_test(np.concatenate([d, np.zeros(500)]))
    assert (found.n, found.p_value) == (200, signed_rank_test(d).p_value)


@pytest.mark.parametrize(
    ("d", "message"),
    [(np.zeros(100), "chains that do not move"), (np.full(100, np.nan), "NaN"), (np.zeros((3, 3)), "shape")],
)
def test_what_cannot_be_tested_is_refused(d, message):
    """No differences, no numbers, another shape."""
    with pytest.raises(ValueError, match=message):
        signed_rank_test(d)
