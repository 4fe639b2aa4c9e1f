r"""Random-walk Metropolis: propose x + s xi, xi ~ N(0, I), take it with probability min(1, exp(E(x) - E(x'))).

The proposal is symmetric, so the Hastings ratio is that of the densities alone, and p = exp(-E)/Z is reversible under
the kernel for every s.

Source: N. Metropolis, A. W. Rosenbluth, M. N. Rosenbluth, A. H. Teller, E. Teller, J. Chem. Phys. 21 (1953) 1087.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .chains import Energy, State, first_state, metropolis_choice, proposed
from .moments import Floats


@dataclass(frozen=True)
class RandomWalk:
    """Metropolis with Gaussian proposals of standard deviation `step` in each coordinate."""

    energy: Energy
    step_size: float
    name: ClassVar[str] = "random-walk Metropolis"
    energies_per_step: ClassVar[int] = 1
    gradients_per_step: ClassVar[int] = 0

    def start(self, x: Floats) -> State:
        return first_state(x, self.energy(x), np.empty((0, 0)))

    def step(self, state: State, rng: np.random.Generator) -> State:
        y = state.x + self.step_size * rng.standard_normal(state.x.shape)
        new = proposed(y, self.energy(y))
        return metropolis_choice(state, new, self.log_ratio(state, new), rng)

    def log_ratio(self, old: State, new: State) -> Floats:
        """log p(x') - log p(x)."""
        difference: Floats = old.energy - new.energy
        return difference
