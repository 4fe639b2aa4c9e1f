"""The power of a test, the smallest error that it sees, and the sample size for a wanted one.

Chi-square tests: under an error of the claim the statistic is, to leading order, noncentral chi2 with noncentrality

    lambda = n l,   l = tr M - log det M - d,  M = S^-1 S_true          (likelihood ratio of a covariance)
    lambda = n w^2, w^2 = sum (p_true - p)^2 / p                        (cells of probability p)

so power(n) = P(chi2_f(lambda) > x_alpha), and the smallest error seen with a wanted power solves for lambda.
An entry S_ij wrong by e changes S by e (e_i e_j^T + e_j e_i^T); with P = S^-1

    l = 2 e P_ij - log((1 + e P_ij)^2 - e^2 P_ii P_jj)   (i != j),      l = e P_ii - log(1 + e P_ii)   (i = j).

Distribution functions (Kolmogorov-Smirnov, Dvoretzky-Kiefer-Wolfowitz): with r(a) = sqrt(log(2/a) / 2n) a gap of
r(alpha) + r(1 - power) is seen with at least that power, a bound for every n and every law (Massart 1990).

Leading order was compared with simulation in the tests: measured power at the stated effect is at least the stated
one less 0.02 for n >= 1000.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .gaussian_tests import bartlett_factor, claimed_cholesky
from .statistics import Power, check_probability, chi_square_threshold

RELATIVE_ENTRY = "relative error of one entry of the covariance, the others being right"
CORRELATION_ENTRY = "error of one zero entry of the covariance, in units of the two standard deviations"


def noncentral_power(degrees: float, noncentrality: float, alpha: float) -> float:
    """P(chi2_degrees(noncentrality) > x_alpha).

    Far above the threshold the lower tail is bounded by exp(-(f + lambda - x)^2 / (4 (f + 2 lambda))) (Birge 2001,
    lemma 8.1), where the series of the distribution function would be slow.
    """
    from scipy.special import chndtr

    threshold = chi_square_threshold(alpha, degrees)
    margin = degrees + noncentrality - threshold
    if margin > 0:
        missed = math.exp(-(margin**2) / (4 * (degrees + 2 * noncentrality)))
        if missed < 1e-17:
            return 1.0
    return 1.0 - float(chndtr(threshold, degrees, noncentrality))


def noncentrality_for(degrees: float, alpha: float, power: float) -> float:
    """The noncentrality at which a chi-square test at level alpha has the wanted power > alpha."""
    check_probability("power", power)
    if power <= alpha:
        raise ValueError(f"Expected a power above alpha = {alpha}; got {power}")
    return _root(lambda value: noncentral_power(degrees, value, alpha) - power, 1.0)


def covariance_power(covariance: Any, entry: tuple[int, int], effect: float, *, n: int, alpha: float) -> Power:
    """Power of `covariance_test` when entry (i, j) of the truth differs from the claim by `effect` in its unit.

    The unit is the entry itself, or sqrt(S_ii S_jj) where the entry is 0. A truth that would be no covariance
    (not positive definite) raises ValueError.
    """
    s, p = _claim(covariance)
    size, unit = _entry_scale(s, entry)
    per_sample = _entry_divergence(p, entry, effect * size)
    if math.isinf(per_sample):
        raise ValueError(f"Expected an error that leaves a covariance; entry {entry} wrong by {effect} does not")
    d = len(s)
    noncentrality = bartlett_factor(n, d) * n * per_sample
    return Power(power=noncentral_power(d * (d + 1) / 2, noncentrality, alpha), at_effect=effect, effect_unit=unit)


def covariance_detectable_effect(
    covariance: Any, *, n: int, alpha: float, power: float, entry: tuple[int, int] | None = None
) -> Power:
    """The error of `entry` that `covariance_test` sees with the wanted power; without an entry, the worst nonzero one.

    Either sign of the error is covered: the larger of both is stated.
    """
    s, p = _claim(covariance)
    d = len(s)
    entries = [entry] if entry is not None else [(i, j) for i in range(d) for j in range(i + 1) if s[i, j] != 0]
    per_sample = noncentrality_for(d * (d + 1) / 2, alpha, power) / (bartlett_factor(n, d) * n)
    effects = [_entry_effect(s, p, one, per_sample) for one in entries]
    return Power(power=power, at_effect=max(effects), effect_unit=_entry_scale(s, entries[0])[1])


def covariance_sample_size(
    covariance: Any, effect: float, *, alpha: float, power: float, entry: tuple[int, int] | None = None
) -> int:
    """Samples with which `covariance_test` sees `effect` (a positive error, in the unit of the entry, of either sign).

    Without an entry, in whichever nonzero entry the error stands.
    """
    if effect <= 0:
        raise ValueError(f"Expected a positive effect; got {effect}")
    s, p = _claim(covariance)
    d = len(s)
    entries = [entry] if entry is not None else [(i, j) for i in range(d) for j in range(i + 1) if s[i, j] != 0]
    least = min(
        _entry_divergence(p, one, sign * effect * _entry_scale(s, one)[0]) for one in entries for sign in (1, -1)
    )
    wanted = noncentrality_for(d * (d + 1) / 2, alpha, power) / least
    # bartlett_factor(n) n = n - (1 - bartlett_factor(1)), so the correction only shifts n.
    return max(10 * d + 1, math.ceil(wanted + 1.0 - bartlett_factor(1, d)) + 1)


def chi_square_detectable_effect(*, n: int, cells: int, alpha: float, power: float) -> Power:
    """The root mean square relative error of the cell probabilities that a chi-square test over cells sees."""
    effect = math.sqrt(noncentrality_for(cells - 1, alpha, power) / n)
    return Power(power=power, at_effect=effect, effect_unit="root mean square relative error of a cell's probability")


def chi_square_sample_size(effect: float, *, cells: int, alpha: float, power: float) -> int:
    """Samples with which the chi-square test over equiprobable cells sees that error; at least 5 a cell."""
    if effect <= 0:
        raise ValueError(f"Expected a positive effect; got {effect}")
    return max(5 * cells, math.ceil(noncentrality_for(cells - 1, alpha, power) / effect**2))


def distribution_detectable_effect(*, n: int, alpha: float, power: float) -> Power:
    """The gap between distribution functions that a KS or DKW test sees with at least the wanted power."""
    check_probability("alpha", alpha)
    check_probability("power", power)
    effect = (math.sqrt(math.log(2 / alpha)) + math.sqrt(math.log(2 / (1 - power)))) / math.sqrt(2 * n)
    return Power(power=power, at_effect=effect, effect_unit="largest gap between the distribution functions")


def distribution_sample_size(effect: float, *, alpha: float, power: float) -> int:
    """Samples with which a KS or DKW test sees a gap `effect` between the distribution functions."""
    if effect <= 0:
        raise ValueError(f"Expected a positive effect; got {effect}")
    return math.ceil((distribution_detectable_effect(n=1, alpha=alpha, power=power).at_effect / effect) ** 2)


def _claim(covariance: Any) -> tuple[Any, Any]:
    """The claimed covariance as an array, and its inverse."""
    lower = claimed_cholesky(covariance)
    inverse = np.linalg.solve(lower, np.eye(len(lower)))
    return np.asarray(covariance, dtype=float), inverse.T @ inverse


def _entry_scale(s: Any, entry: tuple[int, int]) -> tuple[float, str]:
    i, j = entry
    if s[i, j] != 0:
        return abs(float(s[i, j])), RELATIVE_ENTRY
    return math.sqrt(float(s[i, i] * s[j, j])), CORRELATION_ENTRY


def _entry_divergence(p: Any, entry: tuple[int, int], e: float) -> float:
    """l for an absolute error e of one entry; inf where the truth would not be positive definite."""
    i, j = entry
    if i == j:
        change = e * float(p[i, i])
        return change - math.log1p(change) if change > -1 else math.inf
    change = e * float(p[i, j])
    # det - 1 = 2 e P_ij + e^2 (P_ij^2 - P_ii P_jj), kept apart from 1 so that small errors do not cancel.
    excess = 2 * change + e * e * float(p[i, j] ** 2 - p[i, i] * p[j, j])
    if excess <= -1 or change <= -1:
        return math.inf
    return 2 * change - math.log1p(excess)


def _entry_effect(s: Any, p: Any, entry: tuple[int, int], per_sample: float) -> float:
    """The larger of the two errors, one of each sign, whose divergence is `per_sample`."""
    scale = _entry_scale(s, entry)[0]
    above = _root(lambda x: _entry_divergence(p, entry, x * scale) - per_sample, 1e-3)
    below = _root(lambda x: _entry_divergence(p, entry, -x * scale) - per_sample, 1e-3)
    return max(above, below)


def _root(function: Callable[[float], float], start: float) -> float:
    """The zero of an increasing function on (0, inf) with function(0+) < 0, to relative 1e-12, by bisection."""
    high = start
    while function(high) < 0:
        high *= 2
    low = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if high - low <= 1e-12 * high:
            break
        low, high = (low, middle) if function(middle) >= 0 else (middle, high)
    return high
