r"""The kernels that an experiment runs on an energy, with step sizes tuned to it; and the same with one slip each.

    name    kernel                                      tuned to the acceptance rate
    walk    random-walk Metropolis                      0.44 in one dimension, 0.30 in three
    mala    Metropolis-adjusted Langevin                0.85, above the 0.574 of smooth densities: at larger steps
                                                        chains stick in tails steeper than Gaussian
    hmc     Hamiltonian Monte Carlo, 5 leapfrog steps   0.80
    ula     unadjusted Langevin                         a quarter of the step of mala: nothing tells it its size

The rates are near those that are best for smooth densities (Roberts, Gelman, Gilks 1997; Roberts, Rosenthal 1998; Neal
2011); how well they suit this energy is measured, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.adjusted_langevin import AdjustedLangevin
from ...numeric.chains import Kernel, State
from ...numeric.hamiltonian import Hamiltonian
from ...numeric.langevin import UnadjustedLangevin
from ...numeric.metropolis import RandomWalk
from ...numeric.tuning import Tuned, tuned_step
from ..budget import step_seed
from .energy_model import EnergyModel

Array = NDArray[np.float64]
LEAPS = 5
EXACT = ("walk", "mala", "hmc")
RATES = {
    "walk": {1: 0.44, 2: 0.35, 3: 0.30},
    "mala": dict.fromkeys((1, 2, 3), 0.85),
    "hmc": dict.fromkeys((1, 2, 3), 0.8),
}
TUNING_CHAINS = 512


def make(model: EnergyModel, name: str, step: float, phi: Array | None = None) -> Kernel:
    """The kernel of a name at a step size, for the energy at phi."""

    def energy(x: Array) -> Array:
        return model.energy(x, phi)

    def slope(x: Array) -> tuple[Array, Array]:
        return model.slope(x, phi)

    if name == "walk":
        return RandomWalk(energy, step)
    if name == "mala":
        return AdjustedLangevin(slope, step)
    if name == "hmc":
        return Hamiltonian(slope, step, LEAPS)
    return UnadjustedLangevin(slope, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The kernels of one energy: step sizes and acceptance rates by name, and what tuning cost in evaluations."""

    steps: Mapping[str, float]
    acceptance: Mapping[str, float]
    evaluations: int
    reached: Array

    def kernel(self, model: EnergyModel, name: str, phi: Array | None = None) -> Kernel:
        return make(model, name, self.steps[name], phi)


def tune(model: EnergyModel, starts: Array, seed: int, phi: Array | None = None) -> Tuning:
    """Tune each kernel on chains from `starts` (n, d); first guess: the spread of the starts."""
    spread = max(float(starts.std(axis=0).mean()), 1e-3)
    first = {"walk": 2 * spread, "mala": spread**2 / 2, "hmc": spread / 2}
    found: dict[str, Tuned] = {}
    reached = starts[:TUNING_CHAINS]
    for name in EXACT:

        def build(step: float, name: str = name) -> Kernel:
            return make(model, name, step, phi)

        rate = RATES[name][model.dimension]
        found[name] = tuned_step(build, reached, rate, step_seed(seed, name, "tune"), first=first[name])
        reached = found[name].reached
    steps = {name: tuned.step_size for name, tuned in found.items()}
    return Tuning(
        steps={**steps, "ula": steps["mala"] / 4},
        acceptance={name: tuned.acceptance for name, tuned in found.items()},
        evaluations=sum(tuned.evaluations for tuned in found.values()),
        reached=reached,
    )


# -- one slip each ---------------------------------------------------------------------------------------------------
class HalfTheDifference(RandomWalk):
    """Metropolis with (E(x) - E(x')) / 2 in the ratio: it samples exp(-E/2)."""

    def log_ratio(self, old: State, new: State) -> Array:
        half: Array = super().log_ratio(old, new) / 2
        return half


class EveryProposal(RandomWalk):
    """Metropolis that takes every proposal: a random walk, with no law at all."""

    def log_ratio(self, old: State, new: State) -> Array:
        return np.zeros(len(new.x))


class NoHastingsRatio(AdjustedLangevin):
    """Langevin proposals taken by the ratio of the densities alone, as if they were symmetric."""

    def log_proposal_ratio(self, old: State, new: State) -> Array:
        return np.zeros(len(new.x))


class WrongDrift(AdjustedLangevin):
    """The drift of the proposal points uphill, +h grad E, and the ratio does not know."""

    def drift(self, gradient: Array) -> Array:
        return -super().drift(gradient)


class NoKineticEnergy(Hamiltonian):
    """HMC taken by the potential energy alone."""

    def kinetic_gain(self, before: Array, after: Array) -> Array:
        return np.zeros(len(before))


class EveryTrajectory(Hamiltonian):
    """HMC without the accept step: what the leapfrog keeps is a neighbouring law."""

    def log_ratio(self, old: State, new: State, momenta: tuple[Array, Array]) -> Array:
        return np.zeros(len(new.x))


def slips(model: EnergyModel, name: str, step: float) -> dict[str, Kernel]:
    """The kernels with one slip that an invariance test of `name` must catch, by what they do."""

    def slope(x: Array) -> tuple[Array, Array]:
        return model.slope(x)

    builders: dict[str, dict[str, Callable[[], Kernel]]] = {
        "walk": {
            "half the energy difference": lambda: HalfTheDifference(model.energy, step),
            "every proposal taken": lambda: EveryProposal(model.energy, step),
        },
        "mala": {
            "no Hastings ratio": lambda: NoHastingsRatio(slope, step),
            "drift of the wrong sign": lambda: WrongDrift(slope, step),
        },
        "hmc": {
            "no kinetic energy in the ratio": lambda: NoKineticEnergy(slope, step, LEAPS),
            "every trajectory taken": lambda: EveryTrajectory(slope, step, LEAPS),
        },
    }
    return {what: build() for what, build in builders.get(name, {}).items()}
