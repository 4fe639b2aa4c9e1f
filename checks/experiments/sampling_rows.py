r"""The statements about sampling from an energy, one row each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...numeric.statistics import TestResult
from ..budget import Budget, step_seed
from ..evidence import Evidence, Obstacle
from ..two_stage import STAGE_POWER, seeds_of, statistical, strict_level
from . import kernel_invariance, unadjusted_bias, variance_law, well_mixing
from .chain_kernels import EXACT
from .gradient_estimate import Estimated, agreement
from .record import Row
from .sampling_bench import EnergyBench
from .thresholds import Control, Measured, beyond, quantile

BIAS_SHARE, BIAS_THRESHOLD = 0.3, 0.02
NAMES = {
    "walk": "Random-walk Metropolis",
    "mala": "Metropolis-adjusted Langevin",
    "hmc": "Hamiltonian Monte Carlo",
    "ula": "Unadjusted Langevin",
}


@dataclass(frozen=True)
class SamplingRows:
    """The rows of one bench; `chains`, `steps` of the estimates, `starts` of the invariance test."""

    bench: EnergyBench
    chains: int
    steps: int
    exact_starts: int
    budget: Budget

    def seed(self, purpose: str) -> int:
        return self.bench.own(purpose)

    @cached_property
    def estimates(self) -> dict[str, Estimated | str]:
        """One run of each kernel for the tables, or why there is none."""
        found: dict[str, Estimated | str] = {}
        for name in EXACT:
            try:
                found[name] = self.bench.sampled(self.chains, self.steps).estimate(name, self.seed(f"estimate {name}"))
            except (ValueError, ArithmeticError) as error:
                found[name] = str(error)
        return found

    # -- each kernel -----------------------------------------------------------------------------------------------
    def invariant(self, name: str) -> Row:
        bench = self.bench
        evidence = kernel_invariance.invariance(
            bench.model, bench.draws, bench.tuning, name, self.seed(f"invariance {name}"), n=self.exact_starts,
            budget=self.budget,
        )  # fmt: skip
        p = bench.model.law.name
        moved = (
            f"{self.exact_starts} exact draws of {p} moved {kernel_invariance.STEPS} steps of size "
            f"{bench.tuning.steps[name]:.3g} (acceptance {bench.tuning.acceptance[name]:.2f})"
        )
        return Row(
            id=f"invariant-{name}",
            statement=f"{NAMES[name]} leaves {p} as it is.",
            measured=f"{moved}; {p_text(evidence)}" if bench.draws else p_text(evidence),
            evidence=evidence,
            conditions=f"otherwise: with {' or '.join(SLIPS[name])}, as the controls show",
        )

    def estimate(self, name: str) -> Row:
        bench, found = self.bench, self.estimates[name]
        evidence = agreement(
            bench.sampled(self.chains, self.steps),
            bench.varying_truth,
            name,
            self.seed(f"agreement {name}"),
            self.budget,
        )
        if isinstance(found, str):
            text = found
        else:
            scores = found.z_scores(bench.varying_truth)
            text = "; ".join(
                f"E[{label}] = {e.mean:.5g} +- {e.mcse:.2g} (ESS {e.ess:.3g}), quadrature {float(t):.6g}, "
                f"z = {float(z):.2f}"
                for label, e, t, z in zip(
                    bench.observed, found.estimates, bench.varying_truth.means, scores, strict=True
                )
            )
        return Row(
            id=f"estimate-{name}",
            statement=f"The mean over {self.chains} chains of {NAMES[name]} estimates {self.what}.",
            measured=f"{text}; started from {bench.how_started}",
            evidence=evidence,
            conditions="otherwise: chains that start elsewhere and have not forgotten it",
        )

    @property
    def what(self) -> str:
        """What the chains are run for."""
        law, e = self.bench.model.law, self.bench.observed[0]
        return f"the gradient of log {law.partition_name}" if self.bench.model.names else f"E[{e}]"

    # -- variance --------------------------------------------------------------------------------------------------
    def law_of_variance(self, seed: int) -> variance_law.VarianceLaw:
        sampled = self.bench.sampled(self.chains, self.steps)
        return variance_law.variance_law(sampled, self.bench.varying_truth, "walk", 0, seed)

    @cached_property
    def variances(self) -> dict[int, variance_law.VarianceLaw]:
        """At both stages; empty where the chain is too slow."""
        try:
            return {s: self.law_of_variance(s) for s in seeds_of(self.seed("variance"))[:1]}
        except (ValueError, ArithmeticError):
            return {}

    def at_stage(self, stage: int) -> variance_law.VarianceLaw:
        return self.variances[stage] if stage in self.variances else self.law_of_variance(stage)

    def variance_rows(self) -> list[Row]:
        seed = self.seed("variance")
        if not self.variances:
            reason = "the chain is too slow here: its autocorrelation time does not let the variance be measured"
            missing = (Obstacle(method="variance against N", reason=reason),)
            return [
                Row(id=id_, statement=text, measured=reason, evidence=missing)
                for id_, text in (("variance-slope", SLOPE), ("autocorrelation-price", PRICE))
            ]
        first = next(iter(self.variances.values()))
        low, high = first.fit.interval(0.99)
        tau = first.tau_by_variance
        slope = self.tested(seed, "variance against N", lambda law, shift: (
            law.fit.slope + 1 - shift, law.fit.standard_error), (0.5, 1.0), "in the slope")  # fmt: skip
        price = self.tested(seed, "variance against autocorrelation", lambda law, shift: (
            law.price[0] - math.log1p(shift), law.price[1]), (1.0, -0.6), "of the autocorrelation time")  # fmt: skip
        observed = self.bench.observed[0]
        return [
            Row(
                id="variance-slope",
                statement=SLOPE,
                measured=f"{observed}, {NAMES['walk']}, N from {first.lengths[0]:g} to {first.lengths[-1]:g}: slope "
                f"{first.fit.slope:.3f} (99 % interval {low:.3f} to {high:.3f})",
                evidence=slope,
                conditions="otherwise: below some ten autocorrelation times, where one chain is one draw",
            ),
            Row(
                id="autocorrelation-price",
                statement=PRICE,
                measured=f"{observed}, {NAMES['walk']}: N Var / sigma^2 = {tau.value:.3g} +- {tau.error:.2g}, from the "
                f"autocorrelations {first.tau_by_autocorrelation.value:.3g}; independent draws would give 1",
                evidence=price,
                conditions=f"at an acceptance rate of {self.bench.tuning.acceptance['walk']:.2f}; other steps differ",
            ),
        ]

    def tested(self, seed: int, method: str, gap: Any, shifts: tuple[float, ...], unit: str) -> tuple[Evidence, ...]:
        """A two-sided normal test that a gap is 0; shifted claims are the controls."""

        def test(shift: float) -> Any:
            def at(stage: int) -> TestResult:
                value, error = gap(self.at_stage(stage), shift)
                z = abs(value) / error
                law = "normal, error from the kurtosis of independent chain means"
                p = math.erfc(z / math.sqrt(2))
                return TestResult(name=method, statistic=z, p_value=p, n=variance_law.GROUP, null_law=law, exact=False)

            return at

        level = strict_level(self.budget)
        self.variances.update({s: self.at_stage(s) for s in seeds_of(seed)})
        caught = sum(all(test(shift)(s).p_value <= level for s in seeds_of(seed)) for shift in shifts)
        _, error = gap(self.at_stage(seeds_of(seed)[0]), 0.0)
        effect = (quantile(level / 2) + quantile(1 - STAGE_POWER)) * error
        return (
            statistical(
                test(0.0), seed, self.budget, method=method, controls=(caught, len(shifts)),
                at_effect=f"a difference of {effect:.2g} {unit}", detail=f"{variance_law.GROUP} chains for each N",
            ),
        )  # fmt: skip

    # -- unadjusted Langevin ---------------------------------------------------------------------------------------
    @cached_property
    def bias(self) -> unadjusted_bias.BiasLaw:
        bench = self.bench
        return unadjusted_bias.bias_law(
            bench.sampled(self.chains, self.steps), bench.varying_truth, bench.stiffness, self.seed("bias")
        )

    @cached_property
    def stability(self) -> unadjusted_bias.Stability:
        bench = self.bench
        return unadjusted_bias.stability(bench.model, bench.starts, bench.stiffness, self.seed("stability"))

    def unadjusted_rows(self) -> list[Row]:
        return [self.biased_row(), self.order_row(), self.stability_row()]

    def biased_row(self) -> Row:
        bench, law = self.bench, self.bias
        stiffness, sampled = bench.stiffness, bench.sampled(self.chains, self.steps)
        safe = [p.step for p in law.points if not p.lost and p.step <= BIAS_SHARE / stiffness]
        label = bench.observed[law.entry]
        statement = f"Unadjusted Langevin gets E[{label}] wrong by more than {BIAS_THRESHOLD:.0%} of its spread."
        if not safe:
            gone = "chains are lost at every step size that was tried"
            return Row(id="unadjusted-biased", statement=statement, measured=gone, evidence=(obstacle(gone),))

        def measure(seed: int) -> Measured:
            return unadjusted_bias.relative_bias(sampled, bench.varying_truth, safe[0], stiffness, law.entry, seed)

        evidence = beyond(
            measure, BIAS_THRESHOLD, seed=self.seed("biased"), method="bias of the unadjusted chain",
            unit=f"standard deviations of {label}", controls=self.unbiased_control(law.entry), budget=self.budget,
        )  # fmt: skip
        shown = "; ".join(f"h = {p.step:.3g}: {bias_text(p, law.entry, bench)}" for p in law.points)
        at_limit = next((p.step for p in law.points if not p.lost and small(p, law.entry, bench)), None)
        unless = f"at h = {at_limit:.3g} the bias is within it" if at_limit else "at a smaller step size"
        return Row(
            id="unadjusted-biased",
            statement=statement,
            measured=f"at h = {safe[0]:.3g}; bias in standard deviations of {label}: {shown}",
            evidence=evidence,
            conditions=f"otherwise: {unless}",
        )

    def unbiased_control(self, entry: int) -> tuple[Control, ...]:
        """Independent draws have no bias, and must be found below the threshold."""
        truth, index = self.bench.varying_truth, self.bench.varying[entry]
        # 1/sqrt(n) is an eighth of the threshold, which is then told from 0 at the strictest level.
        n, scale = 150_000, float(truth.deviations[entry])

        def measure(seed: int) -> Measured:
            values = self.bench.model.observed(self.bench.starts(n, step_seed(seed, "control")))[:, index]
            gap = abs(float(values.mean()) - float(truth.means[entry]))
            return Measured(gap / scale, 1 / math.sqrt(n), n)

        return (Control(measure, above=False),)

    def order_row(self) -> Row:
        law, bench = self.bias, self.bench
        statement = "Its bias shrinks with the step size (slope above 1/2 on logarithmic axes)."
        if law.fit is None:
            few = "fewer than three step sizes at which no chain is lost and the bias is clearly not 0"
            return Row(id="unadjusted-order", statement=statement, measured=few, evidence=(obstacle(few),))
        low, high = law.fit.interval(0.99)

        def measure(seed: int) -> Measured:
            found = unadjusted_bias.bias_law(
                bench.sampled(self.chains, self.steps), bench.varying_truth, bench.stiffness, seed
            )
            if found.fit is None:
                return Measured(math.nan, math.nan, 0)
            return Measured(found.fit.slope, found.fit.standard_error, found.fit.points)

        constant = Control(lambda seed: Measured(0.0, law.fit.standard_error if law.fit else 1.0, 1), above=False)
        evidence = beyond(
            measure, 0.5, seed=self.seed("order"), method="bias against the step size", unit="in the slope",
            controls=(constant,), budget=self.budget,
        )  # fmt: skip
        return Row(
            id="unadjusted-order",
            statement=statement,
            measured=f"slope {law.fit.slope:.2f} (99 % interval {low:.2f} to {high:.2f}) over {law.fit.points} step "
            "sizes; theory: 1 as h goes to 0",
            evidence=evidence,
        )

    def stability_row(self) -> Row:
        found, bench = self.stability, self.bench
        statement = "Unadjusted Langevin loses its chains when the step is too large."
        if not math.isfinite(found.unstable):
            none = f"no chain was lost at any step up to {0.2 * unadjusted_bias.RATIO**59 / bench.stiffness:.3g}"
            return Row(id="unadjusted-unstable", statement=statement, measured=none, evidence=(obstacle(none),))

        def lost(step: float) -> Any:
            return lambda seed: unadjusted_bias.share_lost(bench.model, bench.starts, step, seed)

        evidence = beyond(
            lost(found.unstable), 0.25, seed=self.seed("lost"), method="share of chains lost", unit="of the chains",
            controls=(Control(lost(0.1 / bench.stiffness), above=False),), budget=self.budget,
        )  # fmt: skip
        n, steps = unadjusted_bias.STABILITY_CHAINS, unadjusted_bias.STABILITY_STEPS
        return Row(
            id="unadjusted-unstable",
            statement=statement,
            measured=f"at h = {found.unstable:.3g}, {found.share_lost:.0%} of {n} chains are lost within {steps} "
            f"steps; up to h = {found.stable:.3g} none was seen to be",
            evidence=evidence,
            conditions=f"a linear drift with the mean curvature of the energy ({bench.stiffness:.3g}) would be lost "
            f"from h = {found.linear:.3g} on; a correction step keeps every chain",
        )

    # -- wells -----------------------------------------------------------------------------------------------------
    @cached_property
    def mixings(self) -> dict[str, well_mixing.Mixing | str]:
        found: dict[str, well_mixing.Mixing | str] = {}
        bench = self.bench
        for name in EXACT:
            kernel = bench.tuning.kernel(bench.model, name)
            try:
                found[name] = well_mixing.mixing(kernel, bench.wells, bench.place, self.steps, self.seed(f"mix {name}"))
            except (ValueError, ArithmeticError) as error:
                found[name] = str(error)
        return found

    def stuck(self, name: str) -> Row:
        bench, found = self.bench, self.mixings[name]
        u = bench.model.law.variables[bench.place.coordinate]
        statement = (
            f"{self.steps} steps of {NAMES[name]} from one place leave E[{u}] wrong by more than "
            f"{well_mixing.THRESHOLD:g} standard deviations."
        )
        if isinstance(found, str):
            return Row(id=f"stuck-{name}", statement=statement, measured=found, evidence=(obstacle(found),))
        kernel = bench.tuning.kernel(bench.model, name)

        def measure(seed: int) -> Measured:
            return well_mixing.bias_of(well_mixing.from_one_place(kernel, bench.place, self.steps, seed), bench.place)

        evidence = beyond(
            measure, well_mixing.THRESHOLD, seed=self.seed(f"stuck {name}"), method="odd observable from one place",
            unit=f"standard deviations of {u}", controls=self.mixed_control(), budget=self.budget,
        )  # fmt: skip
        return Row(
            id=f"stuck-{name}",
            statement=statement,
            measured=mixing_text(found, bench, u),
            evidence=evidence,
            conditions=needed_text(found),
        )

    def mixed_control(self) -> tuple[Control, ...]:
        """Independent draws must be found below the threshold."""
        place, n = self.bench.place, 20_000

        def measure(seed: int) -> Measured:
            values = self.bench.starts(n, step_seed(seed, "control"))[:, place.coordinate]
            return Measured(abs(float(values.mean()) - place.mean) / place.deviation, 1 / math.sqrt(n), n)

        return (Control(measure, above=False),)


SLIPS = {
    "walk": ("half of the energy difference in the ratio", "every proposal taken"),
    "mala": ("no Hastings ratio", "a drift of the wrong sign"),
    "hmc": ("no kinetic energy in the ratio", "every trajectory taken"),
}
SLOPE = "The variance of the gradient estimate falls like 1/N in the number N of draws along a chain."
PRICE = "Its variance is that of independent draws times the autocorrelation time."


def obstacle(reason: str) -> Obstacle:
    return Obstacle(method="sampling", reason=reason)


def p_text(evidence: tuple[Evidence, ...]) -> str:
    """The p-value of a test, or why there is none."""
    piece = evidence[0]
    return piece.reason if isinstance(piece, Obstacle) else f"p = {getattr(piece, 'p_value', math.nan):.2g}"


def bias_text(point: unadjusted_bias.BiasAt, entry: int, bench: EnergyBench) -> str:
    if point.lost:
        return f"{point.lost} of {point.chains} chains lost"
    scale = float(bench.varying_truth.deviations[entry])
    return f"{float(point.bias[entry]) / scale:+.3f} +- {float(point.error[entry]) / scale:.3f}"


def small(point: unadjusted_bias.BiasAt, entry: int, bench: EnergyBench) -> bool:
    """Whether a bias is below the threshold by at least two standard errors."""
    scale = float(bench.varying_truth.deviations[entry])
    return bool(abs(point.bias[entry]) + 2 * point.error[entry] < BIAS_THRESHOLD * scale)


def mixing_text(found: well_mixing.Mixing, bench: EnergyBench, u: str) -> str:
    place = ", ".join(f"{v:.3g}" for v in bench.place.start)
    wells = "one well"
    if found.wells > 1:
        wells = f"{found.wells} wells, {found.crossed} of {found.chains} chains went to another one"
    return (
        f"{wells}; from ({place}): E[{u}] off by "
        f"{found.bias.size:.3f} +- {found.bias.error:.3f} standard deviations; R-hat {found.r_hat_one_place:.3f} from "
        f"there, {found.r_hat_spread:.3f} from {'all wells' if found.wells > 1 else 'both sides'}: {found.words}"
    )


def needed_text(found: well_mixing.Mixing) -> str:
    if found.needed is None:
        return f"otherwise: many more steps than {found.steps}, or chains that start in every well with its weight"
    return f"the mean over the chains is within the threshold after {found.needed} steps; shorter runs are not"


def finite(values: Any) -> list[float | None]:
    """Numbers for a figure; what is no number is left out."""
    return [float(v) if np.isfinite(v) else None for v in values]
