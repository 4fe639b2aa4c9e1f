r"""Unadjusted Langevin: x' = x - h grad E(x) + sqrt(2 h) xi, the Euler-Maruyama step of dx = -grad E dt + sqrt(2) dW.

Nothing corrects the step: what the chain converges to, where it converges at all, is not exp(-E)/Z but off by O(h).
On N(0, 1) its variance is 1 / (1 - h/2) for h < 2; for a quartic energy the drift step overshoots at large |x|, and
chains are lost.

Source: G. O. Roberts, R. L. Tweedie, "Exponential convergence of Langevin distributions and their discrete
approximations", Bernoulli 2 (1996) 341.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .chains import Slope, State, first_state, not_finite
from .moments import Floats


@dataclass(frozen=True)
class UnadjustedLangevin:
    """Langevin steps of size h = `step_size` without an accept step.  `slope` gives E and grad E."""

    slope: Slope
    step_size: float
    name: ClassVar[str] = "unadjusted Langevin"
    energies_per_step: ClassVar[int] = 0
    gradients_per_step: ClassVar[int] = 1

    def start(self, x: Floats) -> State:
        return first_state(x, *self.slope(x))

    def step(self, state: State, rng: np.random.Generator) -> State:
        x = self.drifted(state) + math.sqrt(2 * self.step_size) * rng.standard_normal(state.x.shape)
        energy, gradient = self.slope(x)
        bad = not_finite(gradient)
        return State(x=x, energy=energy, gradient=gradient, accepted=~bad, bad=bad)

    def drifted(self, state: State) -> Floats:
        """x - h grad E(x)."""
        mean: Floats = state.x - self.step_size * state.gradient
        return mean
