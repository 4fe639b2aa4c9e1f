r"""Everything that experiments on one energy share: model, truth, wells, starts, tuned kernels.

Starts are exact draws on the line and the plane.  In space there is no table to invert: chains start at points of the
cells of a grid, drawn by their weights, and run `RUN_IN` steps of HMC, which leaves p as it is and forgets the cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import run_chains
from ...symbolic.context import Context, EnergyLaw
from ..budget import step_seed
from .chain_kernels import TUNING_CHAINS, Tuning, tune
from .energy_model import EnergyModel, energy_model
from .energy_places import CellDraws, Draws, ExactDraws, Wells, cell_draws, exact_draws, find_wells
from .energy_truth import Truth, coordinates, slopes, truth
from .gradient_estimate import Sampled
from .record import BadExperiment
from .well_mixing import Place, one_place

Array = NDArray[np.float64]
RUN_IN = 8
# A standard deviation this far below the size of the mean is a constant and its rounding.
CONSTANT = 1e-9


@dataclass(frozen=True)
class EnergyBench:
    """One energy at one choice of its parameters."""

    model: EnergyModel
    seed: int

    @cached_property
    def truth(self) -> Truth:
        """grad_phi E, or E where there is no parameter."""
        return truth(self.model, slopes(self.model))

    @cached_property
    def position(self) -> Truth:
        """The coordinates."""
        return truth(self.model, coordinates(self.model))

    @cached_property
    def wells(self) -> Wells:
        return find_wells(self.model)

    @cached_property
    def draws(self) -> ExactDraws | None:
        return exact_draws(self.model)

    @cached_property
    def tuning(self) -> Tuning:
        source = self.draws or self.cells
        return tune(self.model, source.draw(TUNING_CHAINS, self.own("tune")), self.own("tuning"))

    @cached_property
    def place(self) -> Place:
        return one_place(self.model, self.wells, self.position)

    @property
    def varying(self) -> tuple[int, ...]:
        """The entries of grad_phi E that are no constants under p."""
        scale = np.abs(self.truth.means) + self.truth.deviations
        return tuple(int(i) for i in np.flatnonzero(self.truth.deviations > CONSTANT * scale))

    @cached_property
    def varying_truth(self) -> Truth:
        return self.truth.only(self.varying)

    @property
    def observed(self) -> tuple[str, ...]:
        """The names of the entries that vary."""
        return tuple(self.model.observed_names[i] for i in self.varying)

    def starts(self, n: int, seed: int) -> Array:
        """n starts (n, d): exact draws, or points of cells that ran in."""
        if self.draws is not None:
            return self.draws.draw(n, seed)
        return self.near(n, seed)

    def run_in(self, n: int, seed: int) -> Array:
        """Points of cells, then the run-in."""
        kernel = self.tuning.kernel(self.model, "hmc")
        start = self.cells.draw(n, step_seed(seed, "cells"))
        return run_chains(kernel, start, 1, step_seed(seed, "run in"), discard=RUN_IN - 1).last.x

    @cached_property
    def near(self) -> Draws:
        """`run_in`, once it was seen to be near the law; else BadExperiment."""
        return near_law(self.model, self.run_in, None)

    @cached_property
    def stiffness(self) -> float:
        """The largest mean curvature of E, E_p[d^2 E / dx_i^2] = E_p[(dE/dx_i)^2], of flat wells and kinks too."""
        _, gradient = self.model.slope(self.starts(20_000, self.own("stiffness")))
        return float((gradient**2).mean(axis=0).max())

    @cached_property
    def cells(self) -> CellDraws:
        return cell_draws(self.model, self.wells.box)

    def sampled(self, chains: int, steps: int) -> Sampled:
        return Sampled(
            model=self.model,
            tuning=self.tuning,
            starts=self.starts,
            entries=self.varying,
            chains=chains,
            steps=steps,
        )

    def own(self, purpose: str) -> int:
        return step_seed(self.seed, self.model.law.name, purpose)

    @property
    def how_started(self) -> str:
        return "exact draws" if self.draws else f"cells of a grid by their weight, then {RUN_IN} steps of HMC"


def near_law(model: EnergyModel, draw: Draws, phi: Array | None) -> Draws:
    """The same draws, if they have the means of p: coordinates and grad E, to 6 standard errors and 2 % of a deviation.

    Raises BadExperiment where not: a law too wide or too narrow for the cells of the grid.
    """
    x = draw(20_000, 1)
    for bodies, values in ((coordinates(model), x), (slopes(model), model.observed(x, phi))):
        exact = truth(model, bodies, phi)
        gap = np.abs(values.mean(axis=0) - exact.means)
        # Roundoff of the mean of a constant is within its last digits.
        if (gap > (6 / np.sqrt(len(x)) + 0.02) * exact.deviations + 1e-9 * np.abs(exact.means)).any():
            raise BadExperiment(
                f"expected a law that can be drawn from; chains from a grid are not near {model.law.name} (tails too "
                "heavy or wells too narrow)"
            )
    return draw


def energy_bench(context: Context, law: EnergyLaw, at: Mapping[str, float] | None, seed: int) -> EnergyBench:
    """The bench.  BadExperiment where there is nothing to sample, or nothing that varies."""
    bench = EnergyBench(energy_model(context, law, at), seed)
    if not bench.varying:
        names = ", ".join(bench.model.observed_names)
        raise BadExperiment(
            f"expected a gradient of the energy that varies with {', '.join(law.variables)}; {names} is constant, so p "
            "does not depend on the parameter"
        )
    return bench
