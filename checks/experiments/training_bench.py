r"""What the rows of a training experiment share: data, the exact fit, schemes, trainings in units of standard errors.

    z = sqrt(n) L^T (phi - phi_ML),   I = L L^T the information at phi_ML:

z has length one where phi is one standard error of the data away from the maximum of the likelihood, whatever the units
and the correlations of the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import run_chains
from ...numeric.sampling import generator
from ..budget import step_seed
from .chain_kernels import Tuning, tune
from .chain_training import Scheme, ShortChain, Trainings, chain_starts, short_chain_bias, train
from .energy_model import EnergyModel
from .energy_places import CellDraws, Draws, ExactDraws, Wells, cell_draws, exact_draws, find_wells
from .likelihood import ExactLikelihood, Fit, Point, natural
from .record import BadExperiment, Told, untold
from .sampling_bench import near_law
from .thresholds import Control, Measured

Array = NDArray[np.float64]
TRAININGS = 32
RUN_IN = 8
LENGTHS, SHORT_CHAINS = (1, 2, 4, 8, 16, 32, 64), 60_000


@dataclass(frozen=True)
class Simulator:
    """Data from the energy at the parameters phi: exact draws, or in space cells of a grid and then HMC."""

    model: EnergyModel
    phi: Array

    @cached_property
    def exact(self) -> ExactDraws | None:
        return exact_draws(self.model, self.phi)

    @cached_property
    def cells(self) -> CellDraws:
        return cell_draws(self.model, find_wells(self.model, self.phi).box, self.phi)

    @cached_property
    def tuning(self) -> Tuning:
        return tune(self.model, self.cells.draw(512, 1), 2, self.phi)

    def draw(self, n: int, seed: int) -> Array:
        if self.exact is not None:
            return self.exact.draw(n, seed)
        return self.near(n, seed)

    def run_in(self, n: int, seed: int) -> Array:
        kernel = self.tuning.kernel(self.model, "hmc", self.phi)
        start = self.cells.draw(n, step_seed(seed, "cells"))
        return run_chains(kernel, start, 1, step_seed(seed, "run in"), discard=RUN_IN - 1).last.x

    @cached_property
    def near(self) -> Draws:
        """`run_in`, once it was seen to be near the law; else BadExperiment."""
        return near_law(self.model, self.run_in, self.phi)


@dataclass(frozen=True)
class TrainingBench:
    """One energy, its data and the settings of a training; `truth` is None for data from elsewhere."""

    model: EnergyModel
    data: Array
    truth: Array | None
    start: Array
    kernel: str
    chains: int
    updates: int
    seed: int
    _made: dict[tuple[str, int, int], Trainings] = field(default_factory=dict, repr=False)
    _tables: dict[str, tuple[ShortChain, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def likelihood(self) -> ExactLikelihood:
        return ExactLikelihood(self.model)

    @cached_property
    def fit(self) -> Fit:
        """The maximum of the likelihood.  BadExperiment where there is none, or the parameters are not identifiable."""
        try:
            found = self.likelihood.fit(self.data, self.start)
        except (ValueError, ArithmeticError) as error:
            raise BadExperiment(f"expected a start at which {self.model.law.name} exists; {error}") from None
        if found.problem:
            raise BadExperiment(f"expected parameters that the data determine; {found.problem}")
        return found

    @cached_property
    def at_start(self) -> Point:
        """The exact likelihood and its gradient at the start."""
        return self.likelihood.at(self.data, self.start)

    @cached_property
    def simulator(self) -> Simulator:
        """Draws of the model at the start of training."""
        return Simulator(self.model, self.start)

    @cached_property
    def tuning(self) -> Tuning:
        """Step sizes for the model at the start of training, tuned from its own draws."""
        return tune(self.model, self.simulator.draw(512, self.own("tune")), self.own("tuning"), self.start)

    def scheme(self, start: str, steps: int) -> Scheme:
        return Scheme(
            start=start, kernel=self.kernel, steps=steps, chains=self.chains, step_size=self.tuning.steps[self.kernel]
        )

    def trainings(self, start: str, steps: int, seed: int, told: Told = untold) -> Trainings:
        """Made once for a seed."""
        key = (start, steps, seed)
        if key not in self._made:
            scheme = self.scheme(start, steps)
            self._made[key] = train(
                self.model, self.data, scheme, self.start, seed, updates=self.updates, trainings=TRAININGS, told=told
            )
        return self._made[key]

    # -- in standard errors --------------------------------------------------------------------------------------
    @cached_property
    def root(self) -> Array:
        """sqrt(n) L^T."""
        found: Array = np.sqrt(len(self.data)) * np.linalg.cholesky(self.fit.point.information).T
        return found

    def scores(self, phi: Array) -> Array:
        """z of parameters (.., k)."""
        found: Array = (phi - self.fit.phi) @ self.root.T
        return found

    def direction(self, start: str, steps: int) -> Array:
        """Where trainings of a scheme end, as a unit vector of z (k,), from a run of its own."""
        mean = self.scores(self.trainings(start, steps, self.own("shown")).results).mean(axis=0)
        length = float(np.linalg.norm(mean))
        found: Array = mean / length if length > 0 else np.eye(len(mean))[0]
        return found

    def distance(self, start: str, steps: int, seed: int) -> Measured:
        """How far the trainings of a seed end from the maximum, along the direction found before."""
        along = self.scores(self.trainings(start, steps, seed).results) @ self.direction(start, steps)
        error = float(along.std(ddof=1)) / np.sqrt(len(along))
        return Measured(float(along.mean()), float(error), len(along), len(along) - 1, either_sign=True)

    # -- short chains ----------------------------------------------------------------------------------------------
    @cached_property
    def model_term(self) -> tuple[Array, Array]:
        """E_p[grad E] (k,) at the start of training, and w = I^-1 g / (g^T I^-1 g) (k,): w^T g = 1, g the gradient."""
        at = self.at_start
        truth = at.gradient + self.model.parameter_gradient(self.data, self.start).mean(axis=0)
        direction = natural(at.information, at.gradient)
        length = float(at.gradient @ direction)
        if not length > 0:
            raise BadExperiment("expected a start of training at which the gradient is not 0; it is at the maximum")
        return truth, direction / length

    def short(self, start: str, steps: int, seed: int) -> ShortChain:
        """The error of the model term after k steps at the start of training, in units of the exact gradient."""
        truth, direction = self.model_term
        scheme = replace(self.scheme(start, steps), chains=SHORT_CHAINS)

        def starts(n: int, own: int) -> Array:
            return chain_starts(scheme, self.data, 1, generator(own))

        return short_chain_bias(self.model, direction, truth, scheme, starts, self.start, seed, SHORT_CHAINS)

    def short_table(self, start: str) -> tuple[ShortChain, ...]:
        """The same for every length of the table, made once."""
        if start not in self._tables:
            self._tables[start] = tuple(self.short(start, k, self.own(f"short {start} {k}")) for k in LENGTHS)
        return self._tables[start]

    def unbiased(self) -> tuple[Control, ...]:
        """A control: draws of the model at the start of training have no bias."""
        truth, direction = self.model_term

        def measure(seed: int) -> Measured:
            x = self.simulator.draw(2 * SHORT_CHAINS, step_seed(seed, "control"))
            values = (self.model.parameter_gradient(x, self.start) - truth) @ direction
            return Measured(abs(float(values.mean())), float(values.std(ddof=1) / np.sqrt(len(x))), len(x))

        return (Control(measure, above=False),)

    def enough(self, start: str, threshold: float) -> int | None:
        """The smallest number of steps of the table that is surely within the threshold."""
        found = self.short_table(start)
        return next((s.steps for s in found if abs(s.bias) + 2 * s.error < threshold), None)

    @cached_property
    def wells(self) -> Wells:
        """Of the model at the start of training."""
        return find_wells(self.model, self.start)

    def own(self, purpose: str) -> int:
        return step_seed(self.seed, self.model.law.name, purpose)
