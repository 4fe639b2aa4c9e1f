r"""The unadjusted Langevin chain: its bias against the step size, and the step size at which it breaks down.

    bias(h) = E_h[grad_phi E] - E_p[grad_phi E],    h = c / lambda,  lambda the largest mean curvature of E

Linear theory loses the chains at h = 2 / lambda; where grad E grows faster than linearly chains are lost earlier,
however rarely.  Each run keeps the time n h fixed, so that all forget their starts alike; the starts are exact draws of
p, so what is measured at small h is bias and not the memory of a start.

Source: D. Talay, L. Tubaro, Stoch. Anal. Appl. 8 (1990) 483 (bias of order h).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import Chains, run_chains
from ...numeric.langevin import UnadjustedLangevin
from ...numeric.slopes import PowerLaw, power_law
from ..budget import step_seed
from .chain_kernels import make
from .energy_model import EnergyModel
from .energy_truth import Truth
from .gradient_estimate import Sampled, Starts
from .thresholds import Measured

Array = NDArray[np.float64]
CHAINS = 8192
SHARES = (0.6, 0.3, 0.15, 0.075)
# Times in units of 1 / lambda: to forget the start, and to average.
FORGET, AVERAGE = 16.0, 36.0
SIGNIFICANT = 4.0
STABILITY_CHAINS, STABILITY_STEPS, RATIO = 256, 400, 1.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BiasAt:
    """At one step size: chains lost of `chains`; bias (k,) and standard error (k,), NaN where chains are lost."""

    step: float
    lost: int
    chains: int
    bias: Array
    error: Array
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BiasLaw:
    """Biases against step sizes, the entry of grad E whose bias is clearest, and the slope there, if enough tell."""

    points: tuple[BiasAt, ...]
    entry: int
    fit: PowerLaw | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """No chain was lost at `stable`, at least half of them at `unstable`; the linear limit 2 / lambda beside them."""

    stable: float
    unstable: float
    share_lost: float
    linear: float
    evaluations: int


def bias_at(sampled: Sampled, truth: Truth, step: float, stiffness: float, seed: int) -> BiasAt:
    """The bias at one step size, from the means of independent chains."""
    forget, average = (math.ceil(span / stiffness / step) for span in (FORGET, AVERAGE))
    run = unadjusted(sampled, step, (forget, average), seed)
    k = len(truth.means)
    bias, error = np.full(k, np.nan), np.full(k, np.nan)
    if not run.lost:
        means = sampled.observed(run).mean(axis=0)
        bias, error = means.mean(axis=0) - truth.means, means.std(axis=0, ddof=1) / math.sqrt(len(means))
    return BiasAt(step=step, lost=run.lost, chains=CHAINS, bias=bias, error=error, evaluations=run.evaluations)


def unadjusted(sampled: Sampled, step: float, spans: tuple[int, int], seed: int) -> Chains:
    """A run of the unadjusted kernel: spans = (steps to discard, steps to keep); at most some 400 states are kept."""
    kernel = make(sampled.model, "ula", step)
    every = max(1, spans[1] // 200)
    start = sampled.starts(CHAINS, step_seed(seed, "starts"))
    return run_chains(kernel, start, spans[1], step_seed(seed, "chains"), discard=spans[0], keep_every=every)


def bias_law(
    sampled: Sampled, truth: Truth, stiffness: float, seed: int, shares: tuple[float, ...] = SHARES
) -> BiasLaw:
    """Biases at h = share / lambda, and the slope over those that are clearly not 0."""
    points = tuple(
        bias_at(sampled, truth, share / stiffness, stiffness, step_seed(seed, "bias", str(i)))
        for i, share in enumerate(shares)
    )
    known = [p for p in points if not p.lost]
    if not known:
        return BiasLaw(points=points, entry=0, fit=None)
    clearest = np.sum([np.minimum(np.abs(p.bias) / p.error, 100) for p in known], axis=0)
    entry = int(np.argmax(clearest))
    told = [p for p in known if abs(p.bias[entry]) > SIGNIFICANT * p.error[entry]]
    fit = None
    if len(told) >= 3 and len({bool(p.bias[entry] > 0) for p in told}) == 1:
        biases = np.array([abs(p.bias[entry]) for p in told])
        errors = np.array([p.error[entry] for p in told]) / biases
        fit = power_law(np.array([p.step for p in told]), biases, errors)
    return BiasLaw(points=points, entry=entry, fit=fit)


def relative_bias(sampled: Sampled, truth: Truth, step: float, stiffness: float, entry: int, seed: int) -> Measured:
    """|bias| of one entry in standard deviations of that entry, with its error; not usable where chains are lost."""
    found = bias_at(sampled, truth, step, stiffness, seed)
    scale = float(truth.deviations[entry])
    return Measured(float(found.bias[entry]) / scale, float(found.error[entry]) / scale, CHAINS, either_sign=True)


def stability(model: EnergyModel, starts: Starts, stiffness: float, seed: int) -> Stability:
    """Raise h by a quarter from 0.2 / lambda until half of the chains are lost within the steps of a run."""
    start = starts(STABILITY_CHAINS, step_seed(seed, "starts"))
    stable, step, evaluations = 0.0, 0.2 / stiffness, 0
    for k in range(60):
        kernel = UnadjustedLangevin(model.slope, step)
        run = run_chains(kernel, start, STABILITY_STEPS, step_seed(seed, "run", str(k)), keep_every=STABILITY_STEPS)
        evaluations += run.evaluations
        if run.lost >= STABILITY_CHAINS / 2:
            share = run.lost / STABILITY_CHAINS
            return Stability(
                stable=stable, unstable=step, share_lost=share, linear=2 / stiffness, evaluations=evaluations
            )
        if not run.lost:
            stable = step
        step *= RATIO
    return Stability(stable=stable, unstable=math.inf, share_lost=0.0, linear=2 / stiffness, evaluations=evaluations)


def share_lost(model: EnergyModel, starts: Starts, step: float, seed: int) -> Measured:
    """The share of chains that are lost at a step size; one pseudo-count on each side keeps its error above 0."""
    start = starts(STABILITY_CHAINS, step_seed(seed, "starts"))
    run = run_chains(
        UnadjustedLangevin(model.slope, step),
        start,
        STABILITY_STEPS,
        step_seed(seed, "run"),
        keep_every=STABILITY_STEPS,
    )
    share = (run.lost + 1) / (STABILITY_CHAINS + 2)
    return Measured(share, math.sqrt(share * (1 - share) / STABILITY_CHAINS), STABILITY_CHAINS)
