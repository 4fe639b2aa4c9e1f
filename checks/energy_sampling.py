r"""Expectations under an energy-based law against the mean over exact draws.

Every E_p[g] of a claim lhs = rhs is replaced by a number m, so that the claim becomes R(m) = 0.  Where R is affine,

    R(m) = c . m + r,     T_n = (1/n) sum_i c . g(X_i) + r,     X_i ~ p exactly (exact_draws, plane_draws),

T_n has mean 0 if the claim is true, and T_n / sqrt(Var_p(c . g) / n) is standard normal to the order of the skewness:
relative error of a tail at z about |skew| z^3 / (6 sqrt n) (H. Cramer 1938; V. V. Petrov, "Sums of Independent Random
Variables", 1975, chapter VIII), which is kept below 1/4 or no test is made.  The variance and the skewness come from
quadrature, never from the sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..numeric.floats import Floats
from ..numeric.statistics import TestResult
from ..numeric.trapezoid import boltzmann_moments
from ..symbolic.context import Context, EnergyLaw
from ..symbolic.evaluate import Evaluator, Grid, normal
from ..symbolic.tree import Call, Node, neg, walk
from .affine_means import AFFINE, Affine, Replaced, linearised, residuals, without_expectations
from .budget import Budget
from .claim import Claim, Part
from .evidence import Evidence
from .interpret import Meaning
from .law_sampling import law_stream, parameter_point, written_out
from .points import Point
from .two_stage import STAGE_POWER, guarded, percent, seeds_of, statistical, strict_level

METHOD = "mean over exact draws"
LARGEST_TAIL_ERROR = 0.25

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """exp(-E) / Z with the integrands of a claim as functions of points (m, d), and their means by quadrature."""

    energy: Callable[[Array], Array]
    integrand: Callable[[Array], Array]
    dimension: int
    means: Array

    def spread(self, affine: Affine) -> tuple[Array, Array]:
        """Standard deviation and skewness of c . g, by entries of the claim, from quadrature."""

        def powers(x: Array) -> Array:
            centred = (self.integrand(x) - self.means) @ affine.weights.T
            return np.hstack([centred**2, centred**3])

        found = boltzmann_moments(self.energy, powers, self.dimension).expectations
        variance, third = np.split(found, 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(np.maximum(variance, 0.0)), third / np.maximum(variance, 0.0) ** 1.5


@guarded(METHOD)
def monte_carlo(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """The written side of a claim about expectations against means over exact draws on the line or the plane."""
    if not budget.statistics:
        return []
    found: list[Evidence] = []
    for index, part in enumerate(claim.parts):
        replaced = without_expectations(part)
        if replaced is not None and replaced.law.dimension <= 2 and not has_functions(replaced, part.context):
            found.extend(sampled(part, replaced, budget, seed + index))
    return found


def has_functions(replaced: Replaced, context: Context) -> bool:
    """Undefined functions: their claims are witnessed in balls on instances."""
    trees = (replaced.law.energy, replaced.lhs, replaced.rhs, *replaced.bodies)
    called = {n.name for tree in trees for n in walk(tree) if isinstance(n, Call)}
    return any((e := context.get(n)) is not None and e.kind == "function" for n in called)


# -- the test ----------------------------------------------------------------------------------------------------------
def sampled(part: Part, replaced: Replaced, budget: Budget, seed: int) -> list[Evidence]:
    context, law = written_out(part.context), replaced.law
    point = parameter_point(context, law, part.unfolded, seed)
    truth = law_of(context, law, point, replaced.bodies)
    residual = residuals(context, point, replaced)
    affine = linearised(residual, (replaced.lhs, replaced.rhs), truth.means)
    if affine is None:
        return []
    deviation, skewness = truth.spread(affine)
    kept = deviation > AFFINE * affine.scale
    if not kept.any():
        return []
    affine, deviation, skewness = affine.kept(kept), deviation[kept], skewness[kept]
    n, entries = budget.samples, len(deviation)
    threshold = normal_quantile(strict_level(budget) / entries)
    if (np.abs(skewness) * threshold**3 / (6 * math.sqrt(n)) > LARGEST_TAIL_ERROR).any():
        return []
    effect = (threshold + normal_quantile(2 * (1 - STAGE_POWER))) * deviation / math.sqrt(n)
    stream = law_stream(context, law, point)

    @cache
    def means(stage: int) -> Array:
        total = sum((truth.integrand(x).sum(axis=0) for x in stream.chunks(n, stage)), start=np.zeros(len(truth.means)))
        return np.asarray(total / n)

    def test(tested: Affine) -> Callable[[int], TestResult]:
        def draw_and_test(stage: int) -> TestResult:
            z = float(np.max(np.abs(tested.at(means(stage))) * math.sqrt(n) / deviation))
            p = min(1.0, entries * math.erfc(z / math.sqrt(2)))
            law_text = "standard normal with the variance from quadrature" + f", {entries} entries" * (entries > 1)
            return TestResult(name=METHOD, statistic=z, p_value=p, n=n, null_law=law_text, exact=False)

        return draw_and_test

    wrong = [Affine(affine.weights, affine.constant + sign * 2 * effect, affine.scale) for sign in (1, -1)]
    flipped = linearised(residual, (replaced.lhs, neg(replaced.rhs)), truth.means)
    if flipped is not None and (np.abs(flipped.at(truth.means))[kept] > 2 * effect).any():
        wrong.append(flipped.kept(kept))
    caught = sum(all(test(w)(s).p_value <= strict_level(budget) for s in seeds_of(seed)) for w in wrong)
    return [
        statistical(
            test(affine), seed, budget, method=METHOD, at_effect=effect_text(effect, affine.scale),
            controls=(caught, len(wrong)), detail=f"exact draws of {law.name}",
        )
    ]  # fmt: skip


def effect_text(effect: Array, scale: Array) -> str:
    """The detectable error in units of the claim: of its most sensitive entry's size where that is not 0."""
    sizes = [(e / s, e, s) for e, s in zip(effect, scale, strict=True) if s > e]
    if not sizes:
        return f"{float(effect.max()):.2g} in the difference of the sides"
    share, _, size = max(sizes)
    return f"{percent(float(share))} of a side of size {float(size):.3g}"


def normal_quantile(level: float) -> float:
    """z with P(|N(0, 1)| > z) = level."""
    from scipy.special import erfcinv

    return math.sqrt(2) * float(erfcinv(level))


def law_of(context: Context, law: EnergyLaw, point: Point, bodies: tuple[Node, ...]) -> Law:
    """The law and the integrands at the parameter values.  Raises ValueError where exp(-E) does not die out."""

    def at(x: Array, trees: tuple[Node, ...]) -> Array:
        meaning = Meaning(context, point)
        ev = meaning.inside(Evaluator(Floats(), meaning), dict(zip(law.variables, x.T, strict=True)))
        values = [normal(ev.value(tree)) for tree in trees]
        entries = [e for value in values for e in (value.entries if isinstance(value, Grid) else (value,))]
        return np.stack([np.broadcast_to(np.asarray(e, dtype=float), (len(x),)) for e in entries], axis=1)

    def energy(x: Array) -> Array:
        return at(x, (law.energy,))[:, 0]

    def integrand(x: Array) -> Array:
        return at(x, bodies)

    found = boltzmann_moments(energy, integrand, law.dimension)
    return Law(energy, integrand, law.dimension, found.expectations)
