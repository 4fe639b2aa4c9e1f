r"""Signs that chains have not mixed: rank-normalised split R-hat, and crossings between regions.

    R-hat = sqrt(((n - 1)/n W + B/n) / W),   W the mean variance within, B/n the variance of the means of, 2 m half
    chains of n draws; computed on z = Phi^-1((rank - 3/8) / (S + 1/4)), and on the same of |x - median| (folded); the
    larger of both is returned.

A large value shows that chains disagree.  A value near 1 shows nothing: chains that all sit in one of two wells agree.

Source: A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Buerkner, "Rank-normalization, folding, and localization:
an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16 (2021) 667, section 3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .autocorrelation import checked_draws, split_halves
from .moments import Floats


def average_ranks(values: Floats) -> Floats:
    """Ranks 1..S of all values, ties sharing their mean rank; the shape of the input."""
    _, where, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[where.ravel()].reshape(values.shape)
    return ranks


def rank_normalised(values: Floats) -> Floats:
    """z = Phi^-1((rank - 3/8) / (S + 1/4))."""
    from scipy.special import ndtri

    z: Floats = ndtri((average_ranks(values) - 0.375) / (values.size + 0.25))
    return z


def potential_scale_reduction(x: Floats) -> float:
    """The plain R-hat of draws (n, m), no splitting; NaN where no chain moves, inf where constants differ."""
    n = len(x)
    # A chain that does not move has variance 0, not what rounding makes of it.
    within = float(np.where(np.ptp(x, axis=0) > 0, x.var(axis=0, ddof=1), 0.0).mean())
    between = float(x.mean(axis=0).var(ddof=1)) if np.ptp(x) > 0 else 0.0
    if within == 0:
        return math.inf if between > 0 else math.nan
    return math.sqrt((n - 1) / n + between / within)


def rank_r_hat(x: Floats) -> float:
    """Rank-normalised split R-hat of draws (n, m), the larger of the plain and the folded one."""
    draws = checked_draws(x)
    parts = split_halves(draws)
    folded = np.abs(parts - np.median(parts))
    found = [potential_scale_reduction(rank_normalised(part)) for part in (parts, folded)]
    known = [value for value in found if not math.isnan(value)]
    return max(known) if known else math.nan


def crossings(regions: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each chain goes from one region to another; regions (n, m), negative where a draw is in none.

    A draw in no region is passed over: leaving a well and coming back is no crossing.
    """
    found = np.zeros(regions.shape[1], dtype=np.int64)
    last = regions[0].copy()
    for now in regions[1:]:
        inside = now >= 0
        found += inside & (last >= 0) & (now != last)
        last = np.where(inside, now, last)
    return found


def longest_stays(states: Floats) -> NDArray[np.int64]:
    """The longest run of steps that each chain stayed where it was, from states (n, m, d); (m,), 0 for none."""
    stays = (states[1:] == states[:-1]).all(axis=2)
    longest, now = np.zeros(stays.shape[1], dtype=np.int64), np.zeros(stays.shape[1], dtype=np.int64)
    for stayed in stays:
        now = np.where(stayed, now + 1, 0)
        longest = np.maximum(longest, now)
    return longest
