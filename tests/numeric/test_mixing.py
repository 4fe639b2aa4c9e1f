"""R-hat against arviz-stats, crossings against a walk over each chain, and what R-hat cannot see."""

from itertools import pairwise

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.stats import rankdata

from twofold.numeric.mixing import average_ranks, crossings, potential_scale_reduction, rank_r_hat


@pytest.mark.parametrize("shift", (0.0, 0.3, 3.0))
@pytest.mark.parametrize(("n", "m"), [(50, 4), (51, 3), (200, 16)])
def test_rank_r_hat_agrees_with_an_independent_implementation(n, m, shift):
    """arviz-stats to rounding, for chains that agree and chains that do not, with ties."""
    x = np.random.default_rng(1).normal(size=(n, m)).round(1) + shift * np.arange(m)
    # arviz folds around the median before it splits; of an odd length the middle draw counts there.
    expected = array_stats.rhat(x.T.copy(), method="rank")
    assert rank_r_hat(x) == pytest.approx(expected, rel=1e-3 if n % 2 else 1e-10)


def test_chains_of_different_width_are_seen_by_the_folded_half():
    """Same means, scales 1 and 5: only the folded ranks tell."""
    x = np.random.default_rng(2).normal(size=(400, 4)) * np.array([1.0, 1.0, 5.0, 5.0])
    assert rank_r_hat(x) > 1.1
    assert rank_r_hat(x) == pytest.approx(array_stats.rhat(x.T.copy(), method="rank"), rel=1e-10)


def test_r_hat_is_blind_to_a_well_that_no_chain_visits():
    """All chains around +1 although the law has a second well: R-hat is 1, as the note of the module warns."""
    assert rank_r_hat(1 + 0.1 * np.random.default_rng(3).normal(size=(500, 8))) < 1.01


def test_ranks_share_their_ties():
    """Against scipy's ranks."""
    x = np.random.default_rng(4).integers(0, 5, (20, 3)).astype(float)
    assert (average_ranks(x) == rankdata(x, method="average").reshape(x.shape)).all()


def test_chains_that_do_not_move():
    """Equal constants: NaN. Different constants: infinite, for they certainly disagree."""
    assert np.isnan(potential_scale_reduction(np.ones((10, 3))))
    assert potential_scale_reduction(np.ones((10, 3)) * np.arange(3)) == np.inf
    assert np.isnan(rank_r_hat(np.ones((10, 3))))


def test_crossings_are_counted_along_each_chain():
    """Against a walk over each chain with its draws in no region struck out."""
    regions = np.random.default_rng(5).integers(-1, 3, (60, 7))
    expected = []
    for chain in regions.T:
        visited = [r for r in chain if r >= 0]
        expected.append(sum(a != b for a, b in pairwise(visited)))
    assert crossings(regions).tolist() == expected
