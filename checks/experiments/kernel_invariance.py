r"""Does a kernel leave p = exp(-E)/Z as it is?  Chains start as exact draws of p; after k steps they must still be.

    pairs    (x_0, x_k) of a reversible kernel are exchangeable, so E(x_k) - E(x_0) is symmetric about 0: signed ranks
    law      x_k, one draw a chain, are independent draws of p: on the line Kolmogorov-Smirnov of F(x_k), else
             chi-square of cell counts against those of fresh exact draws

Both nulls hold whatever the mixing: the chains start where they must end.  The two p-values are doubled (union bound).
The slips of each kernel (`chain_kernels.slips`) run through the same test and must be caught.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import Kernel, run_chains
from ...numeric.goodness_of_fit import ks_test
from ...numeric.paired import signed_rank_test
from ...numeric.power import chi_square_detectable_effect, distribution_detectable_effect
from ...numeric.statistics import TestResult, chi_square_tail
from ..budget import Budget, step_seed
from ..evidence import Evidence, Obstacle
from ..two_stage import STAGE_POWER, seeds_of, statistical, strict_level
from .chain_kernels import Tuning, slips
from .energy_model import EnergyModel
from .energy_places import ExactDraws

Array = NDArray[np.float64]
STARTS, STEPS = 30_000, 3
CELLS_PER_AXIS = 8
METHOD = "exact-start invariance"


def invariance(
    model: EnergyModel,
    draws: ExactDraws | None,
    tuning: Tuning,
    name: str,
    seed: int,
    *,
    n: int = STARTS,
    steps: int = STEPS,
    budget: Budget | None = None,
) -> tuple[Evidence, ...]:
    """Evidence on "this kernel leaves p invariant", with the slips of the kernel as controls."""
    if draws is None:
        return (Obstacle(method=METHOD, reason=f"no exact draws of {model.law.name} to start from"),)
    limits = budget or Budget()
    step = tuning.steps[name]
    try:
        test = tester(model, draws, tuning.kernel(model, name), n, steps)
        wrong = [tester(model, draws, kernel, n, steps) for kernel in slips(model, name, step).values()]
        caught = sum(all(w(s).p_value <= strict_level(limits) for s in seeds_of(seed)) for w in wrong)
        return (
            statistical(
                test, seed, limits, method=METHOD, controls=(caught, len(wrong)),
                at_effect=f"{detectable(n, model.dimension, limits)} after {steps} steps",
                detail=f"{n} exact starts, {steps} steps of size {step:.3g}",
            ),
        )  # fmt: skip
    except (ValueError, ArithmeticError) as error:
        return (Obstacle(method=METHOD, reason=str(error)),)


def detectable(n: int, dimension: int, budget: Budget) -> str:
    """The smallest change of the law that is told, by the test of the law alone."""
    alpha = strict_level(budget) / 2
    if dimension == 1:
        effect = distribution_detectable_effect(n=n, alpha=alpha, power=STAGE_POWER).at_effect
        return f"a gap of {effect:.2g} between the distribution functions"
    # The reference is four times as large: together they weigh as much as 0.8 n against an exact law.
    cells = CELLS_PER_AXIS**dimension
    power = chi_square_detectable_effect(n=n * 4 // 5, cells=cells, alpha=alpha, power=STAGE_POWER)
    return f"{power.at_effect:.2g} of {power.effect_unit}"


def tester(model: EnergyModel, draws: ExactDraws, kernel: Kernel, n: int, steps: int) -> Callable[[int], TestResult]:
    """The test of one kernel from a seed."""

    def test(seed: int) -> TestResult:
        start = draws.draw(n, step_seed(seed, "starts"))
        end = run_chains(kernel, start, 1, step_seed(seed, "chains"), discard=steps - 1).last.x
        if not np.isfinite(end).all():
            # A chain that left every bounded set has not kept the law: certain, not statistical.
            return TestResult(
                name=METHOD, statistic=math.inf, p_value=0.0, n=n, null_law="no chain is lost", exact=True
            )
        pairs = signed_rank_test(model.energy(end) - model.energy(start))
        law = after(draws, end, step_seed(seed, "reference"))
        p = min(1.0, 2 * min(pairs.p_value, law.p_value))
        worst = min((pairs, law), key=lambda found: found.p_value)
        text = "twice the smaller p-value of signed ranks of energies and of the law after the last step"
        return TestResult(name=METHOD, statistic=worst.statistic, p_value=p, n=n, null_law=text, exact=False)

    return test


def after(draws: ExactDraws, end: Array, seed: int) -> TestResult:
    """The test of the states after the last step as draws of p."""
    if end.shape[1] == 1:
        return ks_test(draws.uniforms(end))
    return two_sample_cells(end, draws.draw(4 * len(end), seed))


def two_sample_cells(x: Array, reference: Array) -> TestResult:
    r"""Chi-square of homogeneity of the counts of x (n, d) and a larger reference (m, d) over common cells.

    The cells are products of the quantiles of each coordinate of both samples together (of the pooled sample, so they
    do not depend on which draw is whose); cells that expect fewer than five of x are joined to one.
    """
    pooled = np.concatenate([x, reference])
    index = np.zeros(len(pooled), dtype=np.int64)
    for column in pooled.T:
        edges = np.quantile(column, np.arange(1, CELLS_PER_AXIS) / CELLS_PER_AXIS)
        index = index * CELLS_PER_AXIS + np.searchsorted(edges, column)
    cells = CELLS_PER_AXIS ** x.shape[1]
    observed = np.stack([np.bincount(part, minlength=cells) for part in (index[: len(x)], index[len(x) :])])
    share = len(x) / len(pooled)
    rare = observed.sum(axis=0) * share < 5
    joined = np.concatenate([observed[:, ~rare], observed[:, rare].sum(axis=1, keepdims=True)], axis=1)
    joined = joined[:, joined.sum(axis=0) * share >= 5].astype(float)
    expected = joined.sum(axis=0) * joined.sum(axis=1, keepdims=True) / joined.sum()
    statistic, degrees = float(((joined - expected) ** 2 / expected).sum()), joined.shape[1] - 1
    if degrees < 1:
        raise ValueError(f"Expected draws that fill at least two cells; {len(x)} fill one")
    return TestResult(
        name=f"chi-square of {joined.shape[1]} cells, two samples",
        statistic=statistic,
        p_value=chi_square_tail(statistic, degrees),
        n=len(x),
        null_law=f"chi-square with {degrees} degrees of freedom (asymptotic)",
        exact=False,
    )
