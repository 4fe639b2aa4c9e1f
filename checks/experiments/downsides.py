r"""The four downsides of training by Markov chains that lecture notes list, each put to the test on one energy.

    1  p is known only up to Z, so it is difficult to sample
    2  Markov chains may take many steps to reach p, above all between wells
    3  a finite sample makes the gradient noisy
    4  every update runs its chains anew, which costs

Each is a sentence about all energies; here it is asked of one, with a threshold that is part of the statement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..budget import Budget, step_seed
from ..evidence import Disproof, Evidence, Obstacle
from . import well_mixing
from .energy_truth import coordinates, truth
from .record import Row
from .sampling_rows import NAMES
from .thresholds import Control, Measured, beyond
from .training_bench import LENGTHS, SHORT_CHAINS, TrainingBench

Array = NDArray[np.float64]
STEPS, NOISE, CHAINS_ASKED, DEARER = 100, 0.1, 20_000, 10


@dataclass(frozen=True)
class Downsides:
    """The rows of one bench, for its model at the start of training."""

    bench: TrainingBench
    budget: Budget

    def rows(self) -> tuple[Row, ...]:
        return (self.direct(), self.slow(), self.noisy(), self.dear())

    def direct(self) -> Row:
        """1: is there really no direct way to draw?"""
        bench, law = self.bench, self.bench.model.law
        draws = bench.simulator.exact
        evidence: Evidence
        if draws is None:
            reason = f"no table to draw {law.name} from directly was found in {law.dimension} dimensions"
            evidence, measured = Obstacle(method="direct sampling", reason=reason), reason
        else:
            log_z = float(draws.table.log_mass)
            steps = (
                f"log {law.partition_name} = {log_z:.10g} by quadrature at {bench.model.describe(bench.start)}",
                f"independent draws {draws.how}, off by at most {draws.accuracy:.1g}",
            )
            evidence = Disproof(method="direct sampling", rule="independent draws were made", steps=steps)
            measured = "; ".join(steps)
        return Row(
            id="downside-normaliser",
            statement=f"Sampling from {law.name} is difficult, for it is known only up to {law.partition_name}.",
            measured=measured,
            evidence=(evidence,),
            conditions=f"in {law.dimension} variable{'s' * (law.dimension > 1)}; a table over d variables needs some "
            "1000^d entries, so that beyond three there is none",
        )

    def slow(self) -> Row:
        """2: from one place, is an odd expectation right after a hundred steps?"""
        bench = self.bench
        model, phi = bench.model, bench.start
        wells = bench.wells
        place = well_mixing.one_place(model, wells, truth(model, coordinates(model), phi))
        kernel = bench.tuning.kernel(model, bench.kernel, phi)
        u = model.law.variables[place.coordinate]

        def measure(seed: int) -> Measured:
            return well_mixing.bias_of(well_mixing.from_one_place(kernel, place, 2 * STEPS, seed), place)

        def unbiased(seed: int) -> Measured:
            values = bench.simulator.draw(CHAINS_ASKED, step_seed(seed, "control"))[:, place.coordinate]
            gap = abs(float(values.mean()) - place.mean) / place.deviation
            return Measured(gap, 1 / math.sqrt(CHAINS_ASKED), CHAINS_ASKED)

        try:
            found = well_mixing.mixing(kernel, wells, place, 2 * STEPS, bench.own("mixing"))
            evidence = beyond(
                measure, well_mixing.THRESHOLD, seed=bench.own("slow"), method="odd observable from one place",
                unit=f"standard deviations of {u}", controls=(Control(unbiased, above=False),), budget=self.budget,
            )  # fmt: skip
            after = f"after {found.needed} steps" if found.needed else f"only beyond {2 * STEPS} steps"
            measured = (
                f"{wells.count} well{'s' * (wells.count != 1)}, E[{u}] within the threshold {after}, "
                f"R-hat from all wells {found.r_hat_spread:.3f}: {found.words}"
            )
        except (ValueError, ArithmeticError) as error:
            evidence = (Obstacle(method="odd observable from one place", reason=str(error)),)
            measured = str(error)
        return Row(
            id="downside-slow",
            statement=f"Markov chains need more than {STEPS} steps to forget where they started "
            f"(E[{u}] to {well_mixing.THRESHOLD:g} standard deviations).",
            measured=f"{NAMES[bench.kernel]}: {measured}",
            evidence=evidence,
            conditions="the time to cross grows like e^(height of the barrier between wells): deeper wells, more steps",
        )

    def noisy(self) -> Row:
        """3: the scatter of one gradient."""
        bench = self.bench
        label = bench.model.observed_names[0]
        n = bench.chains

        def measure(seed: int) -> Measured:
            share, error = self.relative_spread(seed)
            return Measured(share / math.sqrt(n), error / math.sqrt(n), CHAINS_ASKED)

        def many(seed: int) -> Measured:
            share, error = self.relative_spread(seed)
            # With as many draws as would bring it to a tenth of the threshold.
            root = share / (NOISE / 10)
            return Measured(share / root, error / root, CHAINS_ASKED)

        evidence = beyond(
            measure, NOISE, seed=bench.own("noisy"), method="scatter of a gradient", unit="of the term itself",
            controls=(Control(many, above=False),), budget=self.budget,
        )  # fmt: skip
        share, _ = self.relative_spread(bench.own("spread"))
        needed = math.ceil((share / NOISE) ** 2)
        return Row(
            id="downside-noisy",
            statement=f"{n} draws leave E[{label}] uncertain by more than {NOISE:.0%} of its size.",
            measured=f"one draw scatters by {share:.3g} of E[{label}], the mean of {n} independent ones by "
            f"{share / math.sqrt(n):.3g}",
            evidence=evidence,
            conditions=f"{needed:,} independent draws bring it to {NOISE:.0%}; near the maximum, where the gradient "
            "itself goes to 0, no fixed number does",
        )

    def relative_spread(self, seed: int) -> tuple[float, float]:
        """sd(g) / |E g| of the first entry g of grad E at the start of training, and its standard error."""
        bench = self.bench
        x = bench.simulator.draw(CHAINS_ASKED, step_seed(seed, "draws"))
        g = bench.model.parameter_gradient(x, bench.start)[:, 0]
        mean, deviation = abs(float(g.mean())), float(g.std(ddof=1))
        centred = g - g.mean()
        kurtosis = float((centred**4).mean()) / max(float((centred**2).mean()), 1e-300) ** 2
        share = deviation / mean if mean > 0 else math.inf
        error = share * math.sqrt((kurtosis - 1) / 4 / len(g) + (share**2) / len(g))
        return share, error

    def dear(self) -> Row:
        """4: what an update costs beside one with independent draws, which take one evaluation each."""
        bench = self.bench
        cost = 1 if bench.kernel == "walk" else 2
        steps = DEARER // cost - 1
        title = bench.scheme("fresh", steps).title

        def measure(seed: int) -> Measured:
            found = bench.short("fresh", steps, seed)
            return Measured(found.bias, found.error, SHORT_CHAINS, either_sign=True)

        evidence = beyond(
            measure, NOISE, seed=bench.own("dear"), method="bias of chains at a given cost", budget=self.budget,
            unit="of the exact gradient", controls=bench.unbiased(),
        )  # fmt: skip
        found = bench.short("fresh", steps, bench.own("dear shown"))
        enough = bench.enough("fresh", NOISE)
        text = (
            f"some {cost * (enough + 1)} evaluations a draw do" if enough else f"{LENGTHS[-1]} steps do not do either"
        )
        quadrature = f"quadrature takes {bench.fit.point.nodes:,} evaluations for the whole term, without noise"
        return Row(
            id="downside-dear",
            statement=f"An update with fresh chains costs more than {DEARER} times one with direct draws.",
            measured=f"at {DEARER} evaluations a draw ({title}) the gradient is still off by {abs(found.bias):.3g} +- "
            f"{found.error:.2g} of its size; {text}; {quadrature}",
            evidence=evidence,
            conditions="chains that persist, or that start at data, need fewer steps; where there is no direct way to "
            "draw, the chains are what there is",
        )
