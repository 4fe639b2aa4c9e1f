r"""Witnesses of an entropy or a relative entropy: means over draws of the declared law.

    H(Y) = h         mean of -log p_Y(y),                y ~ Y
    KL(P, Q) = k     mean of log p_P(x) - log p_Q(x),    x ~ P

with the densities evaluated at numbers from their declarations: no formula for an entropy is used.  The mean of n draws
less the written value, over its standard error, is standard normal in the limit; for a Gaussian law -log p is half a
chi-square plus a constant, and the skewness of its mean sqrt(8 / (n d)) is below 0.01 at n = 10^5.  In nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..numeric.moments import Moments
from ..numeric.power import noncentrality_for
from ..numeric.sampling import mapped, stream_moments
from ..numeric.statistics import TestResult, chi_square_tail
from ..symbolic.context import AffineLaw, Context, GaussianLaw, Law, MappedLaw
from ..symbolic.tree import Apply, Name, Node
from .budget import Budget
from .claim import Claim
from .evidence import Evidence
from .interpret import Meaning
from .law_sampling import Array, NoDraws, declared_trees, floats, law_stream, parameter_point, written_out
from .points import Point
from .two_stage import STAGE_POWER, guarded, seeds_of, statistical, strict_level

ENTROPY = "mean of -log p over draws"
DIVERGENCE = "mean of the log-ratio of densities over draws"
FEWEST = 100_000
DEVIATES = 1_000_000

Integrand = Callable[[Array], Array]


@guarded(ENTROPY)
def entropy(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """H(Y) = h for a Gaussian, affine or mapped law."""
    return of_mean(claim, budget, seed, "entropy", ENTROPY)


@guarded(DIVERGENCE)
def relative_entropy(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """KL(P, Q) = k for laws with densities."""
    return of_mean(claim, budget, seed, "kl", DIVERGENCE)


def of_mean(claim: Claim, budget: Budget, seed: int, head: str, method: str) -> list[Evidence]:
    """The two-stage test of `head(laws) = written`; [] for any other form."""
    found = written_value(claim, head)
    if found is None or not budget.statistics:
        return []
    names, written = found
    context = written_out(claim.context)
    laws = [context.laws[name] for name in names]
    if not all(isinstance(law, GaussianLaw | AffineLaw | MappedLaw) for law in laws):
        return []
    # A point has a value for the parameters of every law: the trees of the second go with those of the claim.
    trees = (*claim.parts[0].unfolded, *(t for law in laws[1:] for t in declared_trees(context, law)))
    point = parameter_point(context, laws[0], trees, seed)
    ev = floats(context, point)
    value = float(ev.scalar(ev.value(written)))
    if not math.isfinite(value):
        raise NoDraws("the written side is not a finite number at the chosen parameters")
    n = max(FEWEST, min(budget.samples, DEVIATES // laws[0].dimension))
    stream, integrand = law_stream(context, laws[0], point), integrand_of(context, point, laws)

    @cache
    def moments(at: int) -> Moments:
        return stream_moments(mapped(stream.chunks(n, at), integrand))

    def test(shift: float) -> Callable[[int], TestResult]:
        return lambda at: mean_of(moments(at), value + shift)

    first, alpha = seeds_of(seed)[0], strict_level(budget)
    deviation = math.sqrt(float(moments(first).covariance[0, 0]))
    effect = deviation * math.sqrt(noncentrality_for(1, alpha, STAGE_POWER) / n)
    wrong = [test(2 * effect), test(-2 * effect)] if effect > 0 else []
    caught = sum(t(first).p_value <= alpha for t in wrong)
    text = f"{effect:.2g} nats"
    return [statistical(test(0.0), seed, budget, method=method, at_effect=text, controls=(caught, len(wrong)))]


def written_value(claim: Claim, head: str) -> tuple[tuple[str, ...], Node] | None:
    """(laws, written side) of `head(laws) = written`, either way round."""
    lhs, rhs = claim.parts[0].unfolded
    for side, written in ((lhs, rhs), (rhs, lhs)):
        if isinstance(side, Apply) and side.op == head and all(isinstance(a, Name) for a in side.args):
            names = tuple(a.name for a in side.args if isinstance(a, Name))
            return (names, written) if all(n in claim.context.laws for n in names) else None
    return None


def integrand_of(context: Context, point: Point, laws: list[Law]) -> Integrand:
    """-log p of one law, log p - log q of two, at draws (m, d), shape (m, 1)."""

    def log_density(law: Law, y: Array) -> Any:
        meaning = Meaning(context, point)
        with np.errstate(all="ignore"):
            return np.log(np.asarray(meaning.density(floats(context, point), law, list(y.T)), dtype=float))

    def integrand(y: Array) -> Array:
        first = log_density(laws[0], y)
        value = -first if len(laws) == 1 else first - log_density(laws[1], y)
        if not np.isfinite(value).all():
            raise NoDraws("a density is 0 or not a number at some draws")
        return np.asarray(value)[:, None]

    return integrand


def mean_of(moments: Moments, value: float) -> TestResult:
    """n (mean - value)^2 / variance against chi-square with 1 degree of freedom; a constant is compared to rounding."""
    variance, gap = float(moments.covariance[0, 0]), float(moments.mean[0]) - value
    # Values that are equal but for the rounding of a logarithm have no spread to speak of.
    rounding = 64 * np.finfo(float).eps * (1 + abs(value))
    if math.sqrt(variance) <= rounding:
        statistic, null = (0.0 if abs(gap) <= rounding else math.inf), "the integrand is constant: equal to rounding"
    else:
        statistic, null = moments.n * gap * gap / variance, "chi-square with 1 degree of freedom (asymptotic)"
    return TestResult(
        name="mean", statistic=statistic, p_value=chi_square_tail(statistic, 1), n=moments.n, null_law=null, exact=False
    )
