r"""Metropolis-adjusted Langevin: the Langevin step as a proposal, taken with the Hastings ratio.

    q(x' | x) = N(x - h grad E(x), 2 h I),
    log ratio = E(x) - E(x') + log q(x | x') - log q(x' | x)
              = E(x) - E(x') + (|x' - x + h grad E(x)|^2 - |x - x' + h grad E(x')|^2) / (4 h).

p = exp(-E)/Z is reversible under the kernel for every h; without log q the stationary law is another one.

Source: J. Besag, J. R. Statist. Soc. B 56 (1994) 591; G. O. Roberts, J. S. Rosenthal, J. R. Statist. Soc. B 60 (1998)
255 (the acceptance rate 0.574).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .chains import Slope, State, first_state, metropolis_choice, proposed, squared_length
from .moments import Floats


@dataclass(frozen=True)
class AdjustedLangevin:
    """Langevin proposals of step size h with the Hastings ratio.  `slope` gives E and grad E."""

    slope: Slope
    step_size: float
    name: ClassVar[str] = "Metropolis-adjusted Langevin"
    energies_per_step: ClassVar[int] = 1
    gradients_per_step: ClassVar[int] = 1

    def start(self, x: Floats) -> State:
        return first_state(x, *self.slope(x))

    def step(self, state: State, rng: np.random.Generator) -> State:
        noise = math.sqrt(2 * self.step_size) * rng.standard_normal(state.x.shape)
        y = state.x + self.drift(state.gradient) + noise
        new = proposed(y, *self.slope(y))
        ratio = state.energy - new.energy + self.log_proposal_ratio(state, new)
        return metropolis_choice(state, new, ratio, rng)

    def drift(self, gradient: Floats) -> Floats:
        """Where the proposal is centred, relative to x: -h grad E(x)."""
        mean: Floats = -self.step_size * gradient
        return mean

    def log_proposal_ratio(self, old: State, new: State) -> Floats:
        """log q(x | x') - log q(x' | x)."""
        forward = new.x - old.x + self.step_size * old.gradient
        backward = old.x - new.x + self.step_size * new.gradient
        gap: Floats = (squared_length(forward) - squared_length(backward)) / (4 * self.step_size)
        return gap
