r"""Hamiltonian Monte Carlo with unit mass: fresh momenta p ~ N(0, I), L leapfrog steps, then an accept step.

    H(x, p) = E(x) + |p|^2 / 2,
    p <- p - (eps/2) grad E(x);   x <- x + eps p;   p <- p - eps grad E(x);  ...;   last kick eps/2,
    taken with probability min(1, exp(H(x, p) - H(x', p'))).

The leapfrog map keeps volume and is reversible, so p = exp(-E)/Z is invariant for every eps and L.  The step of each
iteration is eps times a uniform number of (1 - JITTER, 1 + JITTER), drawn without looking at the chains: a fixed
trajectory length can be a period of the motion, and then the chain never mixes.

Source: S. Duane, A. D. Kennedy, B. J. Pendleton, D. Roweth, Phys. Lett. B 195 (1987) 216; R. M. Neal, "MCMC using
Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo (2011), sections 5.2 and 5.4.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .chains import Slope, State, first_state, metropolis_choice, proposed, squared_length
from .moments import Floats

JITTER = 0.2


@dataclass(frozen=True)
class Hamiltonian:
    """HMC with `leaps` leapfrog steps of about `step_size`.  `slope` gives E and grad E."""

    slope: Slope
    step_size: float
    leaps: int = 8
    name: ClassVar[str] = "Hamiltonian Monte Carlo"
    energies_per_step: ClassVar[int] = 1

    @property
    def gradients_per_step(self) -> int:
        return self.leaps

    def start(self, x: Floats) -> State:
        return first_state(x, *self.slope(x))

    def step(self, state: State, rng: np.random.Generator) -> State:
        eps = self.step_size * (1 + JITTER * (2 * rng.random() - 1))
        momentum = rng.standard_normal(state.x.shape)
        y, moved, energy, gradient = self.trajectory(state, momentum, eps)
        new = proposed(y, energy, gradient)
        return metropolis_choice(state, new, self.log_ratio(state, new, (momentum, moved)), rng)

    def log_ratio(self, old: State, new: State, momenta: tuple[Floats, Floats]) -> Floats:
        """H(x, p) - H(x', p'), momenta before and after."""
        gain: Floats = old.energy - new.energy + self.kinetic_gain(*momenta)
        return gain

    def trajectory(self, state: State, momentum: Floats, eps: float) -> tuple[Floats, Floats, Floats, Floats]:
        """x', p', E(x') and grad E(x') after the leapfrog steps."""
        p = momentum - eps / 2 * state.gradient
        x, energy, gradient = state.x, state.energy, state.gradient
        for leap in range(self.leaps):
            x = x + eps * p
            energy, gradient = self.slope(x)
            p = p - (eps if leap < self.leaps - 1 else eps / 2) * gradient
        return x, p, energy, gradient

    def kinetic_gain(self, before: Floats, after: Floats) -> Floats:
        """|p|^2 / 2 - |p'|^2 / 2."""
        gain: Floats = (squared_length(before) - squared_length(after)) / 2
        return gain
