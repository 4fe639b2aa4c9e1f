r"""The step size of an adjusted kernel from the acceptance rate that it should have.

    log s_t+1 = log s_t + g_t (mean acceptance over the chains at step t - target),   g_t = 4 / sqrt(t),

while the chains run on (Robbins, Monro 1951; C. Andrieu, J. Thoms, "A tutorial on adaptive MCMC", Stat. Comput. 18
(2008) 343).  The kernel changes while it is tuned, so these steps are thrown away and the run after them has a fixed
kernel.  Nothing is promised about the chains that come out: they are starts like others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .chains import Kernel, checked_starts
from .moments import Floats
from .sampling import generator

ROUNDS = 60
# The target is met when the mean acceptance over the last half of the rounds is this close.
CLOSE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tuned:
    """The step size, the mean acceptance in the last half of the rounds, and the points (n, d) reached."""

    step_size: float
    acceptance: float
    reached: Floats
    evaluations: int

    def close_to(self, target: float) -> bool:
        return abs(self.acceptance - target) <= CLOSE


def tuned_step(
    make: Callable[[float], Kernel], start: Floats, target: float, seed: int, *, first: float, rounds: int = ROUNDS
) -> Tuned:
    """Tune the step size of `make(step_size)` on chains from `start` (n, d); n of 100 or more make it smooth.

    Raises:
        ValueError: a target outside (0, 1), a first step that is not positive, starts without finite energy.
    """
    if not 0 < target < 1 or not first > 0:
        raise ValueError(f"Expected 0 < target < 1 and a positive first step; got {target}, {first}")
    rng = generator(seed)
    log_step, steps, rates = math.log(first), [], []
    state = make(first).start(checked_starts(start))
    evaluations = 0
    with np.errstate(all="ignore"):
        for t in range(1, rounds + 1):
            kernel = make(math.exp(log_step))
            state = kernel.step(state, rng)
            rates.append(float(state.accepted.mean()))
            log_step += 4 / math.sqrt(t) * (rates[-1] - target)
            # Beyond these no float can tell the proposals from the point, or from infinity.
            log_step = min(max(log_step, -30.0), 30.0)
            steps.append(log_step)
            evaluations += len(state.x) * (kernel.energies_per_step + kernel.gradients_per_step)
    half = rounds // 2
    return Tuned(
        step_size=math.exp(float(np.mean(steps[half:]))),
        acceptance=float(np.mean(rates[half:])),
        reached=state.x,
        evaluations=evaluations,
    )
