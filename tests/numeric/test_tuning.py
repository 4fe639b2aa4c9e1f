"""The step size: the acceptance that was asked for is the acceptance of the run after it."""

import numpy as np
import pytest

from twofold.numeric.adjusted_langevin import AdjustedLangevin
from twofold.numeric.chains import run_chains
from twofold.numeric.hamiltonian import Hamiltonian
from twofold.numeric.metropolis import RandomWalk
from twofold.numeric.tuning import tuned_step


def slope(x):
    return 0.25 * (x**4).sum(axis=1) - (x**2).sum(axis=1), x**3 - 2 * x


@pytest.mark.parametrize("first", (1e-3, 0.3, 50.0))
@pytest.mark.parametrize(
    ("make", "target"),
    [
        (lambda h: RandomWalk(lambda x: slope(x)[0], h), 0.44),
        (lambda h: AdjustedLangevin(slope, h), 0.6),
        (lambda h: Hamiltonian(slope, h, 5), 0.8),
    ],
)
def test_the_target_is_met_in_a_fresh_run(make, target, first):
    """From steps far too small or too large, 256 chains; acceptance within 0.05 of the target."""
    start = np.random.default_rng(1).normal(size=(256, 2))
    tuned = tuned_step(make, start, target, 2, first=first)
    assert tuned.close_to(target)
    # 256 chains of 100 steps: the standard error of the mean acceptance is below 0.5/16.
    assert abs(run_chains(make(tuned.step_size), tuned.reached, 100, 3).acceptance.mean() - target) < 0.1


def test_a_target_that_is_no_probability_is_refused():
    """Target and first step."""
    with pytest.raises(ValueError, match="0 < target < 1"):
        tuned_step(lambda h: RandomWalk(lambda x: x[:, 0] ** 2, h), np.zeros((4, 1)), 1.0, 1, first=1.0)
