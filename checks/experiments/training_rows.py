r"""The statements about training an energy: recovery, short chains, where each scheme ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.power import noncentrality_for
from ...numeric.statistics import TestResult, chi_square_tail
from ..budget import Budget
from ..evidence import Evidence, Obstacle
from ..two_stage import STAGE_POWER, percent, seeds_of, statistical, strict_level
from .record import Row
from .thresholds import Control, Measured, beyond
from .training_bench import LENGTHS, SHORT_CHAINS, Simulator, TrainingBench

Array = NDArray[np.float64]
BIAS_THRESHOLD = 0.1
FAR_OFF = 2.0


@dataclass(frozen=True)
class TrainingRows:
    """The rows of one bench."""

    bench: TrainingBench
    budget: Budget

    # -- exact gradients -------------------------------------------------------------------------------------------
    def recovered(self) -> Row:
        """Wilks' statistic at the truth, on data of its own at each stage."""
        bench, found = self.bench, self.bench.fit
        statement = "Maximum likelihood with exact gradients recovers the parameters."
        shown = ", ".join(
            f"{n} = {v:.4g} +- {e:.2g}"
            for n, v, e in zip(bench.model.names, found.phi, found.standard_errors, strict=True)
        )
        measured = (
            f"{len(bench.data)} points: {shown}, after {len(found.path) - 1} Newton steps and {found.evaluations:,} "
            "evaluations of the energy"
        )
        if bench.truth is None:
            reason = "the truth behind data from a file is not known"
            evidence: tuple[Evidence, ...] = (Obstacle(method="likelihood ratio", reason=reason),)
            return Row(id="recovered", statement=statement, measured=measured, evidence=evidence)
        return Row(
            id="recovered",
            statement=statement,
            measured=f"truth {bench.model.describe(bench.truth)}; {measured}",
            evidence=self.wilks(bench.truth),
            conditions="otherwise: parameters that the data do not determine, or far fewer points",
        )

    def wilks(self, truth: Array) -> tuple[Evidence, ...]:
        bench, n, k = self.bench, len(self.bench.data), len(self.bench.model.names)
        source = Simulator(bench.model, truth)
        level = strict_level(self.budget)
        shift = math.sqrt(noncentrality_for(k, level, STAGE_POWER) / n)
        effects = shift / np.sqrt(np.diag(bench.likelihood.moments(truth).covariance))
        samples: dict[int, tuple[Array, float]] = {}

        def maximum(stage: int) -> tuple[Array, float]:
            if stage not in samples:
                data = source.draw(n, stage)
                samples[stage] = data, bench.likelihood.fit(data, bench.fit.phi).point.value
            return samples[stage]

        def test(claimed: Array) -> Callable[[int], TestResult]:
            def at(stage: int) -> TestResult:
                data, top = maximum(stage)
                statistic = max(0.0, 2 * n * (top - bench.likelihood.at(data, claimed).value))
                return TestResult(
                    name="likelihood ratio", statistic=statistic, p_value=chi_square_tail(statistic, k), n=n,
                    null_law=f"chi-square with {k} degrees of freedom (Wilks, asymptotic)", exact=False,
                )  # fmt: skip

            return at

        wrong = [truth + sign * 2 * e * np.eye(k)[i] for i, e in enumerate(effects) for sign in (1, -1)]
        wrong = [w for w in wrong if not bench.model.outside(w)]
        seed = bench.own("recovered")
        try:
            caught = sum(all(test(w)(s).p_value <= level for s in seeds_of(seed)) for w in wrong)
            size = float(np.max(effects / np.maximum(np.abs(truth), 1e-300)))
            return (
                statistical(
                    test(truth), seed, self.budget, method="likelihood ratio", controls=(caught, len(wrong)),
                    at_effect=f"a parameter wrong by {percent(size)}", detail=f"{n} fresh points a stage",
                ),
            )  # fmt: skip
        except (ValueError, ArithmeticError) as error:
            return (Obstacle(method="likelihood ratio", reason=str(error)),)

    # -- short chains ----------------------------------------------------------------------------------------------
    def short_row(self, start: str, steps: int) -> Row:
        bench = self.bench
        title = bench.scheme(start, steps).title
        first = bench.short_table(start)
        enough = bench.enough(start, BIAS_THRESHOLD)

        def measure(seed: int) -> Measured:
            found = bench.short(start, steps, seed)
            return Measured(found.bias, found.error, SHORT_CHAINS, either_sign=True)

        evidence = beyond(
            measure, BIAS_THRESHOLD, seed=bench.own(f"short row {start}"), method="bias of short chains",
            unit="of the exact gradient", controls=bench.unbiased(), budget=self.budget,
        )  # fmt: skip
        shown = ", ".join(f"k = {s.steps}: {s.bias:+.3f} +- {s.error:.3f}" for s in first)
        within = f"from k = {enough} on" if enough else f"for k above {LENGTHS[-1]}, if at all"
        return Row(
            id=f"short-chains-{start}",
            statement=f"The gradient from {title}, is wrong by more than {BIAS_THRESHOLD:.0%} of its size.",
            measured=f"at the start of training ({bench.model.describe(bench.start)}), in units of the exact gradient: "
            f"{shown}",
            evidence=evidence,
            conditions=f"otherwise: {within} it is within {BIAS_THRESHOLD:.0%}; nearer to the maximum the bias of "
            "chains that start at data is smaller",
        )

    # -- where schemes end -----------------------------------------------------------------------------------------
    def scheme_row(self, start: str, steps: int) -> Row:
        bench = self.bench
        shown = bench.trainings(start, steps, bench.own("shown"))

        def measure(seed: int) -> Measured:
            return bench.distance(start, steps, seed)

        def exact(seed: int) -> Measured:
            # Training with exact gradients from elsewhere must come out below; its error is that of the quadrature.
            found = bench.likelihood.fit(bench.data, (bench.start + bench.fit.phi) / 2)
            return Measured(float(np.linalg.norm(bench.scores(found.phi))), 1e-2, 1)

        evidence = beyond(
            measure, FAR_OFF, seed=bench.own(f"ends {start} {steps}"), method="end of training", budget=self.budget,
            unit="standard errors of the data", controls=(Control(exact, above=False),),
        )  # fmt: skip
        mean, spread = shown.results.mean(axis=0), shown.results.std(axis=0, ddof=1)
        ends = ", ".join(
            f"{n} = {m:.4g} (spread {s:.2g})" for n, m, s in zip(bench.model.names, mean, spread, strict=True)
        )
        distance = float(np.linalg.norm(bench.scores(mean)))
        text = f"{len(shown.results)} trainings end at {ends}, on average {distance:.3g} standard errors off"
        if shown.lost:
            text = f"{shown.lost} of {len(shown.results)} trainings ran away; on average they end at {ends}"
        return Row(
            id=f"training-{start}-{steps}",
            statement=f"Training by {shown.scheme.title}, ends more than {FAR_OFF:g} standard errors from the maximum "
            "of the likelihood.",
            measured=f"{text}; {shown.scheme.evaluations:,} evaluations an update",
            evidence=evidence,
            conditions="longer chains, or chains that persist, bring it nearer" if steps == 1 else "",
        )
