r"""How the variance of a mean over a chain falls with its length N, and what autocorrelation costs.

    Var(mean over N steps) = tau sigma^2 / N (1 + O(tau / N)):  slope -1 on log axes, from N = `SHORTEST` tau on
    N Var / sigma^2        = tau:  the price of correlation, measured from many chains and not from autocorrelations

For every N a group of R chains of its own, from exact draws; sigma^2 by quadrature.  The variance over R chain means
has the relative standard deviation sqrt((kappa - 1 + 2/(R - 1)) / R), kappa their kurtosis.  Independent draws of the
same numbers are the control for tau: their N Var / sigma^2 is 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.autocorrelation import time_about
from ...numeric.slopes import PowerLaw, power_law
from ..budget import step_seed
from .energy_truth import Truth
from .gradient_estimate import Sampled
from .thresholds import Measured

Array = NDArray[np.float64]
GROUP, DOUBLINGS, SHORTEST = 256, 5, 32
# A chain so slow that the shortest group would be longer than this is not measured.
LONGEST = 8192


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceLaw:
    """Lengths N (g,), variances of the mean (g,), relative errors (g,), the slope, and tau two ways."""

    lengths: Array
    variances: Array
    relative_errors: Array
    fit: PowerLaw
    tau_by_variance: Measured
    tau_by_autocorrelation: Measured
    evaluations: int

    @property
    def price(self) -> tuple[float, float]:
        """log of tau by variance over tau by autocorrelations, with its error.

        On the logarithm, for the error of a variance is proportional to it: an estimate that came out low would claim
        a smaller error as well.
        """
        by_variance, by_correlation = self.tau_by_variance, self.tau_by_autocorrelation
        error = math.hypot(by_variance.error / by_variance.value, by_correlation.error / by_correlation.value)
        return math.log(by_variance.value / by_correlation.value), error


def variance_law(sampled: Sampled, truth: Truth, name: str, parameter: int, seed: int) -> VarianceLaw:
    """Measure one kernel on one entry of grad_phi E.  ValueError: chains lost, or too slow to be measured."""
    tau = sampled.estimate(name, step_seed(seed, "tau")).estimates[parameter].tau
    base = max(SHORTEST, math.ceil(SHORTEST * tau))
    longest = base * 2 ** (DOUBLINGS - 1)
    if longest > LONGEST or not math.isfinite(tau):
        raise ValueError(f"an autocorrelation time of {tau:.3g} steps is too long to measure the variance against N")
    lengths, variances, errors, evaluations = [], [], [], 0
    for k in range(DOUBLINGS):
        n = base << k
        run = sampled.run(name, step_seed(seed, "group", str(k)), chains=GROUP, steps=n)
        if run.lost:
            raise ValueError(f"{run.lost} of {GROUP} chains were lost")
        values = sampled.observed(run)[:, :, parameter]
        means = values.mean(axis=0)
        lengths.append(float(n))
        variance, error = spread(means)
        variances.append(variance)
        errors.append(error)
        evaluations += run.evaluations
    found = np.array(lengths), np.array(variances), np.array(errors)
    return VarianceLaw(
        lengths=found[0],
        variances=found[1],
        relative_errors=found[2],
        fit=power_law(*found),
        tau_by_variance=combined(*found, float(truth.deviations[parameter])),
        tau_by_autocorrelation=by_autocorrelation(values, float(truth.means[parameter])),
        evaluations=evaluations,
    )


def spread(means: Array) -> tuple[float, float]:
    """The variance of independent means (R,) and its relative standard deviation."""
    r = len(means)
    centred = means - means.mean()
    second = float((centred**2).mean())
    if second == 0:
        raise ValueError("the chains gave equal means: they do not move")
    # The kurtosis of a mean is 3 + excess/N; an estimate below 3 is chance and would overstate the precision.
    kurtosis = max(3.0, float((centred**4).mean()) / second**2)
    return float(means.var(ddof=1)), math.sqrt((kurtosis - 1 + 2 / (r - 1)) / r)


def combined(lengths: Array, variances: Array, errors: Array, deviation: float) -> Measured:
    """tau = N Var / sigma^2, the plain mean over the lengths: weights by estimated errors would favour chance."""
    tau = float((lengths * variances).mean()) / deviation**2
    return Measured(tau, tau * float(np.sqrt((errors**2).sum())) / len(lengths), GROUP * len(lengths))


def by_autocorrelation(values: Array, mean: float) -> Measured:
    """tau of the longest chains (n, m) about the exact mean; error tau sqrt(2 (2 w + 1) / nm), window w = 6 tau.

    N. Madras, A. D. Sokal, J. Stat. Phys. 50 (1988) 109, appendix C.
    """
    tau = time_about(values, mean)
    return Measured(tau, tau * math.sqrt(2 * (12 * tau + 1) / values.size), values.shape[1])


def independent(draw: Callable[[int, int], Array], observe: Callable[[Array], Array], seed: int) -> PowerLaw:
    """The same groups of independent draws: the slope of their variance against N."""
    lengths = [SHORTEST << k for k in range(DOUBLINGS)]
    found = []
    for k, n in enumerate(lengths):
        values = observe(draw(n * GROUP, step_seed(seed, "independent", str(k))))
        found.append(spread(values.reshape(GROUP, n).mean(axis=1)))
    return power_law(np.array(lengths, dtype=float), np.array([v for v, _ in found]), np.array([e for _, e in found]))
