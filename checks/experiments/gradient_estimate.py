r"""E_p[grad_phi E] as a mean over chains, against quadrature: the estimate that training by likelihood rests on.

    estimate    mean over m chains of n steps,  standard error s / sqrt(ESS) from the autocorrelation
    test        t = sqrt(m) (mean of the m chain means - truth) / their standard deviation,  Student with m - 1

The chains are independent, so the chain means are, whatever the correlation within a chain; the standard error from
the autocorrelation is reported beside the one of the test.  Started from exact draws there is no bias to run off.  A
one-sided Student tail at t is off by the factor exp(+-a), a = skew t^3 / (3 sqrt m), so the two-sided one by cosh(a)
(Q.-M. Shao, Ann. Prob. 27 (1999) 285, for self-normalised sums); where that exceeds `LARGEST_TAIL_ERROR` no test is
made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.autocorrelation import MeanEstimate, mean_estimate
from ...numeric.chains import Chains, run_chains
from ...numeric.statistics import TestResult
from ..budget import Budget, step_seed
from ..evidence import Evidence, Obstacle
from ..two_stage import STAGE_POWER, percent, seeds_of, statistical, strict_level
from .chain_kernels import Tuning
from .energy_model import EnergyModel
from .energy_truth import Truth
from .thresholds import quantile

Array = NDArray[np.float64]
Starts = Callable[[int, int], Array]
CHAINS, STEPS = 2048, 200
LARGEST_TAIL_ERROR = 1.25
METHOD = "mean over Markov chains"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """One run: per parameter the mean with its error from the autocorrelation, and the m chain means (m, k)."""

    estimates: tuple[MeanEstimate, ...]
    chain_means: Array
    run: Chains

    def z_scores(self, truth: Truth) -> Array:
        """(estimate - truth) / MCSE, by the autocorrelation."""
        found = zip(self.estimates, truth.means, strict=True)
        return np.array([(e.mean - float(t)) / e.mcse if e.mcse > 0 else math.nan for e, t in found])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """How to run one kernel: m chains of n steps from `starts(m, seed)`; the `entries` of grad_phi E looked at."""

    model: EnergyModel
    tuning: Tuning
    starts: Starts
    entries: tuple[int, ...]
    chains: int = CHAINS
    steps: int = STEPS

    def run(self, name: str, seed: int, *, chains: int | None = None, steps: int | None = None) -> Chains:
        start = self.starts(chains or self.chains, step_seed(seed, "starts"))
        kernel = self.tuning.kernel(self.model, name)
        return run_chains(kernel, start, steps or self.steps, step_seed(seed, "chains"))

    def observed(self, run: Chains) -> Array:
        """The entries of grad_phi E along a run, (n, m, k)."""
        n, m, d = run.states.shape
        return self.model.observed(run.states.reshape(-1, d))[:, list(self.entries)].reshape(n, m, -1)

    def estimate(self, name: str, seed: int) -> Estimated:
        """Raises ValueError where a chain was lost."""
        run = self.run(name, seed)
        values = self.observed(run)
        estimates = tuple(mean_estimate(values[:, :, i]) for i in range(values.shape[2]))
        return Estimated(estimates=estimates, chain_means=values.mean(axis=0), run=run)


def agreement(
    sampled: Sampled, truth: Truth, name: str, seed: int, budget: Budget | None = None
) -> tuple[Evidence, ...]:
    """Evidence on "the chain's estimate of E[grad E] agrees with quadrature", for a kernel that keeps p."""
    limits = budget or Budget()
    found: dict[int, Estimated] = {}

    def at(stage: int) -> Estimated:
        if stage not in found:
            found[stage] = sampled.estimate(name, stage)
        return found[stage]

    def test(shift: Array) -> Callable[[int], TestResult]:
        return lambda stage: student_test(at(stage).chain_means, truth.means + shift)

    try:
        first = at(seeds_of(seed)[0])
        reason = too_skew(first.chain_means, strict_level(limits))
        if reason:
            return (Obstacle(method=METHOD, reason=reason),)
        error = first.chain_means.std(axis=0, ddof=1) / math.sqrt(len(first.chain_means))
        effect = (quantile(strict_level(limits) / 2 / len(error)) + quantile(1 - STAGE_POWER)) * error + truth.errors
        wrong = [sign * 2 * effect for sign in (1, -1)] + [-2 * truth.means] * bool((truth.means > effect).any())
        caught = sum(all(test(w)(s).p_value <= strict_level(limits) for s in seeds_of(seed)) for w in wrong)
        return (
            statistical(
                test(np.zeros_like(error)), seed, limits, method=METHOD, controls=(caught, len(wrong)),
                at_effect=relative(effect, truth), detail=f"{first.run.kernel}, truth {truth.how}",
            ),
        )  # fmt: skip
    except (ValueError, ArithmeticError) as problem:
        return (Obstacle(method=METHOD, reason=str(problem)),)


def student_test(means: Array, truth: Array) -> TestResult:
    """The largest |t| over the parameters, its p-value times their number."""
    from scipy.special import stdtr

    m, k = means.shape
    spread = means.std(axis=0, ddof=1)
    if not (spread > 0).all():
        raise ValueError("Expected chain means that scatter; all chains gave the same value (they do not move)")
    t = float(np.abs((means.mean(axis=0) - truth) * math.sqrt(m) / spread).max())
    law = f"Student with {m - 1} degrees of freedom" + f", {k} parameters" * (k > 1)
    p = min(1.0, 2 * k * float(stdtr(m - 1, -t)))
    return TestResult(name=METHOD, statistic=t, p_value=p, n=m, null_law=law, exact=False)


def too_skew(means: Array, level: float) -> str:
    """Why the Student law is not trusted so far out, or ""."""
    m, k = means.shape
    centred = means - means.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        skewness = (centred**3).mean(axis=0) / (centred**2).mean(axis=0) ** 1.5
    worst = float(np.nanmax(np.abs(skewness)))
    factor = math.cosh(min(worst * quantile(level / 2 / k) ** 3 / (3 * math.sqrt(m)), 20.0))
    if factor <= LARGEST_TAIL_ERROR:
        return ""
    return f"the means of {m} chains are too skew for a test (tail off by {factor:.2g}); more or longer chains help"


def relative(effect: Array, truth: Truth) -> str:
    """The detectable error as a share of the parameter's standard deviation of dE/dphi."""
    return f"an error of {percent(float((effect / truth.deviations).max()))} of the standard deviation of dE/dphi"
