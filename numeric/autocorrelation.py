r"""What a correlated sample is worth: autocorrelation, effective sample size, Monte Carlo standard error.

For m chains of n draws x (n, m), with rho_t the autocorrelation combined over the chains,

    tau = 1 + 2 sum_t rho_t,    ESS = n m / tau,    MCSE = s / sqrt(ESS),
    rho_t = 1 - (W - mean_j c_tj) / V,    W the within-chain variance, c_tj the autocovariance of chain j,
    V = (n - 1)/n W + the variance of the chain means (m > 1): chains that disagree lower the ESS.

The sum is Geyer's: pairs rho_2k + rho_2k+1 as long as they are positive, each at most the one before (both hold for
the exact autocorrelations of a reversible chain).  Chains are split in halves first, so that a drift counts too.

Source: C. J. Geyer, "Practical Markov chain Monte Carlo", Statist. Sci. 7 (1992) 473, section 3.3; A. Vehtari et al.,
"Rank-normalization, folding, and localization: an improved R-hat", Bayesian Analysis 16 (2021) 667, section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .moments import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanEstimate:
    """The mean of a correlated sample: `deviation` of one draw, `ess`, `tau`, and `mcse` = deviation / sqrt(ess)."""

    mean: float
    deviation: float
    ess: float
    tau: float
    mcse: float


def checked_draws(x: Floats, fewest: int = 4) -> Floats:
    """Draws (n, m) of m chains, finite, n >= fewest.  ValueError otherwise."""
    found = np.asarray(x, dtype=float)
    if found.ndim != 2 or found.shape[0] < fewest or not found.shape[1]:
        raise ValueError(f"Expected draws of shape (steps >= {fewest}, chains); got shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("Expected finite draws; got NaN or infinity (a chain was lost)")
    return found


def split_halves(x: Floats) -> Floats:
    """Both halves of each chain as chains of their own, (n // 2, 2 m); of an odd length the middle draw is left out."""
    half = len(x) // 2
    return np.concatenate([x[:half], x[len(x) - half :]], axis=1)


def autocovariance(x: Floats) -> Floats:
    """c_t = (1/n) sum_i (x_i - mean)(x_i+t - mean) of each chain, shape (n, m), by the fast Fourier transform."""
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(x - x.mean(axis=0), size, axis=0)) ** 2
    found: Floats = np.fft.irfft(power, size, axis=0)[:n] / n
    return found


def mean_autocovariance(x: Floats) -> Floats:
    """The autocovariance averaged over the chains, (n,): one inverse transform for all of them."""
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    power = (np.abs(np.fft.rfft(x - x.mean(axis=0), size, axis=0)) ** 2).mean(axis=1)
    found: Floats = np.fft.irfft(power, size)[:n] / n
    return found


def autocorrelation(x: Floats) -> Floats:
    """rho_t of draws (n, m), combined over the chains as in the module; shape (n,), rho_0 = 1."""
    draws = checked_draws(x, 2)
    n = len(draws)
    covariance = mean_autocovariance(draws)
    within = covariance[0] * n / (n - 1)
    total = covariance[0] + (float(draws.mean(axis=0).var(ddof=1)) if draws.shape[1] > 1 else 0.0)
    rho: Floats = 1 - (within - covariance) / total
    rho[0] = 1.0
    return rho


def time_about(x: Floats, mean: float) -> float:
    """tau of draws (n, m) whose exact mean is known, by the initial monotone sequence.

    c_t = sum (x_i - mean)(x_i+t - mean) / (n - t): no chain's own mean is subtracted and no lag shrunk, so the estimate
    has not the bias of -tau/n or so that the autocovariance of short chains has.
    """
    draws = checked_draws(x)
    n = len(draws)
    size = 1 << (2 * n - 1).bit_length()
    power = (np.abs(np.fft.rfft(draws - mean, size, axis=0)) ** 2).mean(axis=1)
    covariance = np.fft.irfft(power, size)[:n] / (n - np.arange(n))
    return initial_monotone_time(covariance / covariance[0])


def initial_monotone_time(rho: Floats) -> float:
    """tau by Geyer's initial monotone sequence from rho (n,); the first nonpositive pair gives its positive part."""
    pairs = rho[: len(rho) // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(~(pairs > 0))
    # The last lags rest on a few products each and are left out, as if the sequence ended there.
    stop = min(int(ends[0]) if len(ends) else len(pairs), max(1, (len(rho) - 3) // 2))
    rest = max(0.0, float(rho[2 * stop])) if 2 * stop < len(rho) else 0.0
    return -1 + 2 * float(np.minimum.accumulate(pairs[:stop]).sum()) + rest


def effective_sample_size(x: Floats, *, split: bool = True) -> float:
    """ESS of the mean of draws (n, m).

    At most n m log10(n m): an antithetic chain estimates the mean better than independent draws, but not by as much as
    a short run would make one believe.  NaN when all draws are equal: no variance, no correlation, nothing to judge.
    """
    draws = checked_draws(x)
    parts = split_halves(draws) if split else draws
    size = parts.size
    if draws.max() - draws.min() <= np.finfo(float).eps * np.abs(draws).max():
        return math.nan
    tau = max(initial_monotone_time(autocorrelation(parts)), 1 / math.log10(size))
    return size / tau


def mean_estimate(x: Floats) -> MeanEstimate:
    """Mean of draws (n, m) with its Monte Carlo standard error.  `mcse` is NaN where all draws are equal."""
    draws = checked_draws(x)
    ess = effective_sample_size(draws)
    deviation = float(draws.std(ddof=1))
    return MeanEstimate(
        mean=float(draws.mean()),
        deviation=deviation,
        ess=ess,
        tau=draws.size / ess,
        mcse=deviation / math.sqrt(ess),
    )
