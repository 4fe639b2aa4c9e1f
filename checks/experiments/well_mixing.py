r"""Do chains that start in one place find the rest of p?  Odd observables against quadrature, crossings, R-hat.

    one place      all chains start at the well farthest from the mean of p (two standard deviations off, where there is
                   one well only); u = the coordinate in which that place is farthest off
    bias           (mean of u over the second half of the run - E_p[u]) / sd_p(u), against a threshold
    crossings      how often a chain goes from the core of one well to the core of another
    R-hat          rank-normalised, from that one place and from chains spread over all wells

R-hat from one place near 1 with a bias left shows that it certifies nothing.  A run in which nothing was seen is
called that: "no non-convergence seen", never "converged".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import Chains, Kernel, run_chains
from ...numeric.mixing import crossings, rank_r_hat
from ..budget import step_seed
from .energy_model import EnergyModel
from .energy_places import Wells
from .energy_truth import Truth
from .thresholds import Measured

Array = NDArray[np.float64]
CHAINS, R_HAT_CHAINS = 1024, 64
R_HAT_LIMIT = 1.01
THRESHOLD = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """A common start (d,), the coordinate u looked at, and the mean and deviation of u under p."""

    start: Array
    coordinate: int
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixing:
    """What one kernel did in `steps` steps from one place, and from chains spread over the wells.

    `needed`: the first step at which the mean over the chains is within the threshold; None when it never is.
    """

    steps: int
    chains: int
    wells: int
    crossed: int
    crossings_per_step: float
    bias: Measured
    r_hat_one_place: float
    r_hat_spread: float
    needed: int | None
    path: Array
    evaluations: int

    @property
    def words(self) -> str:
        seen = self.r_hat_spread > R_HAT_LIMIT or self.bias.size > THRESHOLD
        return "non-convergence seen" if seen else "no non-convergence seen"


def one_place(model: EnergyModel, wells: Wells, truth: Truth) -> Place:
    """The start that is farthest from the mean of p; `truth` holds the coordinates."""
    offsets = (wells.centres - truth.means) / truth.deviations
    well, coordinate = np.unravel_index(int(np.abs(offsets).argmax()), offsets.shape)
    start = wells.centres[well].copy()
    if wells.count == 1:
        start = truth.means + 2 * truth.deviations
    return Place(
        start=start,
        coordinate=int(coordinate),
        mean=float(truth.means[coordinate]),
        deviation=float(truth.deviations[coordinate]),
    )


def from_one_place(kernel: Kernel, place: Place, steps: int, seed: int, chains: int = CHAINS) -> Chains:
    return run_chains(kernel, np.tile(place.start, (chains, 1)), steps, seed)


def bias_of(run: Chains, place: Place) -> Measured:
    """(mean of u - E_p[u]) / sd over the second half of a run, from the means of independent chains."""
    half = run.states[len(run.states) // 2 :, :, place.coordinate].mean(axis=0)
    error = float(half.std(ddof=1)) / math.sqrt(len(half))
    gap = (float(half.mean()) - place.mean) / place.deviation
    return Measured(gap, error / place.deviation, len(half), either_sign=True)


def mixing(kernel: Kernel, wells: Wells, place: Place, steps: int, seed: int) -> Mixing:
    """Run from one place and from all wells.  ValueError where chains are lost."""
    alone = from_one_place(kernel, place, steps, step_seed(seed, "one place"))
    if alone.lost:
        raise ValueError(f"{alone.lost} of {CHAINS} chains were lost")
    counts = crossings(wells.regions(alone.states))
    starts = wells.centres[np.arange(R_HAT_CHAINS) % wells.count]
    if wells.count == 1:
        # One well: on both sides of the mean, so that agreement is not built in.
        signs = np.where(np.arange(R_HAT_CHAINS) % 2, 1.0, -1.0)[:, None]
        starts = starts + signs * (place.start - starts)
    spread = run_chains(kernel, starts, steps, step_seed(seed, "spread"))
    half = len(alone.states) // 2
    u = place.coordinate
    path = alone.states[:, :, u].mean(axis=1)
    return Mixing(
        steps=steps,
        chains=CHAINS,
        wells=wells.count,
        crossed=int(np.count_nonzero(counts)),
        crossings_per_step=float(counts.mean() / steps),
        bias=bias_of(alone, place),
        r_hat_one_place=rank_r_hat(alone.states[half:, :R_HAT_CHAINS, u]),
        r_hat_spread=rank_r_hat(spread.states[half:, :, u]),
        needed=steps_needed(path, place),
        path=path,
        evaluations=alone.evaluations + spread.evaluations,
    )


def steps_needed(path: Array, place: Place) -> int | None:
    """The first step at which the mean over the chains is within the threshold, 1-based; the noise is sd / sqrt(m)."""
    within = np.flatnonzero(np.abs(path - place.mean) <= THRESHOLD * place.deviation)
    return int(within[0]) + 1 if len(within) else None
