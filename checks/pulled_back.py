r"""Product cells of pulled-back draws: w = L^-1 (y - m) is standard normal exactly when y ~ N(m, L L^T).

The unit cube of u = Phi(w) is cut into k^d equal boxes: a joint test, so that a wrong dependence shows as well as a
wrong marginal.  An error that changes the cell probabilities by a root mean square share w has noncentrality n w^2.
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Any

import numpy as np

from ..numeric.goodness_of_fit import chi_square_test, gaussian_pull_back, normal_cells
from ..numeric.power import chi_square_detectable_effect
from ..numeric.sampling import stream_counts
from ..numeric.statistics import TestResult
from .budget import Budget
from .evidence import StatisticalTest
from .law_sampling import Array, LawStream
from .two_stage import STAGE_POWER, percent, seeds_of, statistical, strict_level

PER_AXIS = {1: 64, 2: 16, 3: 6}
FEWEST = 4


def cells(
    stream: LawStream, center: Array, covariance: Array, budget: Budget, seed: int, method: str
) -> StatisticalTest:
    """The two-stage chi-square of N(center, covariance) over cells; controls: wrong deviations, a wrong dependence."""
    d = len(center)
    per_axis = PER_AXIS.get(d, FEWEST)
    n = max(budget.samples, 10 * per_axis**d)
    lower = np.linalg.cholesky(covariance)
    effect = chi_square_detectable_effect(
        n=n, cells=per_axis**d, alpha=strict_level(budget), power=STAGE_POWER
    ).at_effect
    spread = spread_error(per_axis, 2 * effect)

    first = seeds_of(seed)[0]
    tried = min(d, 3) + (d > 1)

    @cache
    def counts(seed: int) -> Any:
        """Of the claim and, on the draws of the first stage, of its slips: one pass over one stream."""
        factors = [lower @ slip(d, k, spread) for k in range(1 + tried if seed == first else 1)]

        def of_all(y: Array) -> Any:
            return np.stack([normal_cells(gaussian_pull_back(y, center, factor), per_axis) for factor in factors])

        return stream_counts(stream.chunks(n, seed), of_all)

    def test(wrong: int, seed: int) -> TestResult:
        return chi_square_test(counts(seed)[wrong])

    caught = sum(test(k + 1, first).p_value <= strict_level(budget) for k in range(tried))
    single = spread_error(per_axis, effect)
    text = (
        f"{percent(single)} of one standard deviation ({percent(effect)} of the cell probabilities, root mean square)"
    )
    return statistical(partial(test, 0), seed, budget, method=method, at_effect=text, controls=(caught, tried))


def slip(d: int, which: int, size: float) -> Any:
    """The identity; with one coordinate stretched; or, last, with the first two made dependent."""
    found = np.eye(d)
    if 1 <= which <= min(d, 3):
        found[which - 1, which - 1] += size
    elif which:
        # A shear by r has the information of a stretch by r / sqrt(2), and coarse cells see less of it.
        found[1, 0] = 4 * size
    return found


def spread_error(per_axis: int, change: float) -> float:
    """The relative error of one standard deviation that changes the cell probabilities by `change` (mean square)."""
    from scipy.special import ndtri

    edges = ndtri(np.arange(per_axis + 1) / per_axis)

    def effect(error: float) -> float:
        from scipy.special import ndtr

        p = np.diff(ndtr(edges * (1 + error)))
        return math.sqrt(float(((p * per_axis - 1) ** 2).mean()))

    high = 1e-4
    while effect(high) < change and high < 100:
        high *= 2
    low = high / 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if effect(middle) < change else (low, middle)
    return high
