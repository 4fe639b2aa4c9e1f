r"""Witnesses of claims about Gaussian laws: draws of the declared law against the written moments.

    Cov(Y) = S      likelihood ratio n (tr M - log det M - d), M = S^-1 C, C the sample covariance; quadratic forms
    mean(Y) = m     n (c - m)^T S^-1 (c - m), c the sample mean, S the covariance of the declaration
    Y ~ N(m, S)     both statistics together; and a chi-square over product cells of the pulled-back draws L^-1 (y - m)
    det Cov(Y) = v  the Gaussian integral in balls

The written side is evaluated in floats and tested; the derived covariance has no part in it.  A singular written
covariance is tested on its range, and the draws must lie in that range.  n comes from the wanted power; the effect
stated is the smallest error that both stages see with probability 0.99, and the controls are off by twice that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..numeric.gaussian_tests import covariance_test, gaussian_test, mean_test
from ..numeric.moments import Moments
from ..numeric.power import covariance_detectable_effect, covariance_sample_size, noncentrality_for
from ..numeric.sampling import stream_moments
from ..numeric.statistics import TestResult
from ..symbolic.context import Context, FlowLaw, Law
from ..symbolic.tree import Apply, Name, Node, integer, neg
from .budget import Budget
from .claim import Claim, Part, is_gaussian
from .evidence import Bearing, Evidence, Obstacle
from .gaussian_exact import quadratic_forms, volume, volume_law
from .interpret import Meaning
from .law_sampling import Array, LawStream, as_array, floats, law_stream, matrix_of, parameter_point, written_out
from .points import Point
from .two_stage import STAGE_POWER, guarded, percent, seeds_of, statistical, strict_level

LIKELIHOOD = "likelihood ratio of the covariance on draws"
MEAN = "chi-square of the mean of draws"
DISTRIBUTION = "likelihood ratio of mean and covariance on draws"
CELLS = "chi-square over cells of the pulled-back draws"
SMALLEST, LARGEST = 10_000, 2_000_000
# Work is n d normal deviates: more than this takes longer than a witness may.
DEVIATES = 4_000_000
WANTED = 0.01
MINUS_ONE = (neg(integer(1)), integer(-1))
ENTRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A claimed law at numbers: its stream, and the parameters at which it is drawn."""

    context: Context
    law: Law
    point: Point
    stream: LawStream


def subject_of(claim: Claim, name: str, trees: tuple[Node, ...], seed: int) -> Subject:
    """The law `name` at parameter values of its domain.  Raises NoDraws, EmptyDomain, TooLarge."""
    context = written_out(claim.context)
    law = context.laws[name]
    point = parameter_point(context, law, trees, seed)
    return Subject(context=context, law=law, point=point, stream=law_stream(context, law, point))


# -- the witnesses -----------------------------------------------------------------------------------------------------
@guarded(LIKELIHOOD)
def covariance(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Cov(Y) = S, Var(Y) = v, Cov(Y)^-1 = P; and claims in which det Cov(Y) occurs."""
    part = claim.parts[0]
    found = written_moment(part, ("covariance", "variance"))
    if found is None:
        return gaussian_volume(claim, part, seed)
    name, written = found
    if not is_gaussian(claim.context.laws.get(name), claim.context):
        return [Obstacle(method=LIKELIHOOD, reason=f"its null law needs a Gaussian law, and {name} is not one")]
    subject = subject_of(claim, name, part.unfolded, seed)
    exact = quadratic_forms(subject.context, subject.law, written, subject.point, seed)
    if any(piece.bearing is Bearing.AGAINST for piece in exact) or not budget.statistics:
        return exact
    d = subject.law.dimension
    claimed = range_of(matrix_of(floats(subject.context, subject.point), written, (d, d)))
    n, effects = plan(claimed, budget)

    def test(moments: Moments, other: Range) -> TestResult:
        return on_range(moments, other, lambda m: covariance_test(m, other.covariance))

    return [*exact, tested(subject, claimed, n, effects, test, budget, seed, LIKELIHOOD)]


@guarded(MEAN)
def mean(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """mean(Y) = m, under the covariance that the declaration gives."""
    part = claim.parts[0]
    moment = written_moment(part, ("mean",))
    if moment is None or not budget.statistics or not is_gaussian(claim.context.laws.get(moment[0]), claim.context):
        return []
    subject = subject_of(claim, moment[0], part.unfolded, seed)
    d = subject.law.dimension
    ev = floats(subject.context, subject.point)
    claimed = vector_of(ev.value(moment[1]), d)
    meaning = Meaning(subject.context, subject.point)
    declared = range_of(as_array(meaning.moments(ev, subject.law)[1], (d, d)))
    needed = noncentrality_for(declared.rank, strict_level(budget), STAGE_POWER)
    n = min(max(SMALLEST, math.ceil(needed / WANTED**2)), LARGEST, DEVIATES // d)
    shift = math.sqrt(needed / n)
    moments = cached_moments(subject.stream, n)

    def test(at: Array) -> Callable[[int], TestResult]:
        inner = declared.basis.T @ at
        return lambda s: on_range(moments(s), declared, lambda m: mean_test(m, inner, declared.covariance), at)

    wrong = list(shifted_means(claimed, declared, 2 * shift))
    controls = caught_of([test(at) for at in wrong], seed, budget)
    effect = f"a mean off by {percent(shift)} of the standard deviation of any component"
    found = statistical(
        test(claimed), seed, budget, method=MEAN, at_effect=effect, controls=controls, detail=declared.text
    )
    return [found]


@guarded(DISTRIBUTION)
def distribution(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Y ~ N(m, S): the likelihood ratio, and cells of the pull-back as a second method."""
    name = claim.subject
    # A flow has a law at each time and the claim names none: not for this test.
    if not budget.statistics or isinstance(claim.law, FlowLaw | None):
        return []
    by_label = {part.label: part for part in claim.parts}
    trees = (by_label["mean"].unfolded[1], by_label["covariance"].unfolded[1])
    subject = subject_of(claim, name, trees, seed)
    d = subject.law.dimension
    ev = floats(subject.context, subject.point)
    center, claimed = vector_of(ev.value(trees[0]), d), range_of(matrix_of(ev, trees[1], (d, d)))
    n, effects = plan(claimed, budget, also=d)

    def test(moments: Moments, other: Range) -> TestResult:
        return on_range(moments, other, lambda m: gaussian_test(m, other.basis.T @ center, other.covariance), center)

    found: list[Evidence] = [tested(subject, claimed, n, effects, test, budget, seed, DISTRIBUTION)]
    if claimed.full and d <= 6:
        from .pulled_back import cells

        found.append(cells(subject.stream, center, claimed.covariance, budget, seed ^ 1, CELLS))
    return found


def gaussian_volume(claim: Claim, part: Part, seed: int) -> list[Evidence]:
    """Claims in which det Cov(Y) occurs, by the Gaussian integral."""
    name = volume_law(part)
    if not name or not is_gaussian(claim.context.laws.get(name), claim.context):
        return []
    context = written_out(claim.context)
    law = context.laws[name]
    return volume(part, context, law, parameter_point(context, law, part.unfolded, seed))


# -- reading a claim ---------------------------------------------------------------------------------------------------
def written_moment(part: Part, heads: tuple[str, ...]) -> tuple[str, Node] | None:
    """(law, written side) of `head(law) = written`, either way round; for head(law)^-1 the written side is inverted."""
    lhs, rhs = part.unfolded
    for head, written in ((lhs, rhs), (rhs, lhs)):
        if isinstance(head, Apply) and head.op in heads and isinstance(head.args[0], Name):
            return head.args[0].name, written
        inner = inverted(head)
        if isinstance(inner, Apply) and inner.op in heads and isinstance(inner.args[0], Name):
            return inner.args[0].name, Apply("inverse", (written,))
    return None


def inverted(node: Node) -> Node | None:
    """X of X^-1."""
    if isinstance(node, Apply) and node.op == "inverse":
        return node.args[0]
    if isinstance(node, Apply) and node.op == "pow":
        return node.args[0] if node.args[1] in MINUS_ONE else None
    return None


def vector_of(value: Any, d: int) -> Array:
    """A written mean; a scalar 0 stands for the zero vector."""
    if np.isscalar(value) and value == 0:
        return np.zeros(d)
    return as_array(value, (d, 1))[:, 0]


# -- covariances, singular or not --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Range:
    """A covariance on its range: an orthonormal basis (d, r), the covariance there, and the directions left out."""

    basis: Array
    outside: Array
    covariance: Array
    slack: float

    @property
    def rank(self) -> int:
        return int(self.basis.shape[1])

    @property
    def full(self) -> bool:
        return self.rank == len(self.basis)

    @property
    def text(self) -> str:
        size = f"dimension {self.rank} of {len(self.basis)}"
        return "" if self.full else f"the law is degenerate: tested on its range, of {size}"

    def place(self, i: int, j: int) -> str:
        return f"entry ({i + 1}, {j + 1})" if self.full else f"the variance along axis {i + 1} of the range"

    def changed(self, covariance: Array) -> Range:
        return Range(basis=self.basis, outside=self.outside, covariance=covariance, slack=self.slack)


def range_of(matrix: Array) -> Range:
    """Raises ValueError when the matrix is no covariance."""
    d, eps = len(matrix), float(np.finfo(float).eps)
    scale = float(np.abs(matrix).max())
    if not (np.abs(matrix - matrix.T) <= 64 * eps * scale).all():
        raise ValueError("the written matrix is no covariance: it is not symmetric")
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    # Eigenvalues carry an error of about d eps |S|; what is below it cannot be told from 0.
    zero = 64 * d * eps * scale
    if values.min() < -zero:
        raise ValueError(f"the written matrix is no covariance: it has the negative eigenvalue {values.min():.3g}")
    kept = values > zero
    if not kept.any():
        raise ValueError("the written covariance is zero: the law has no spread to test")
    if kept.all():
        return Range(basis=np.eye(d), outside=np.empty((d, 0)), covariance=(matrix + matrix.T) / 2, slack=0.0)
    # The null directions are known to an angle of d eps |S| / (smallest nonzero eigenvalue).
    slack = zero / float(values[kept].min())
    return Range(basis=vectors[:, kept], outside=vectors[:, ~kept], covariance=np.diag(values[kept]), slack=slack)


def on_range(
    moments: Moments, claimed: Range, test: Callable[[Moments], TestResult], center: Array | None = None
) -> TestResult:
    """The test of the draws within the range; draws that leave it reject for certain."""
    if not claimed.full:
        scatter = float(np.trace(claimed.outside.T @ moments.scatter @ claimed.outside)) / moments.n
        offset = 0.0 if center is None else float(np.abs(claimed.outside.T @ (moments.mean - center)).max())
        size = float(np.trace(moments.scatter)) / moments.n + float(moments.mean @ moments.mean)
        if scatter > claimed.slack**2 * size or offset > claimed.slack * math.sqrt(size):
            return TestResult(
                name="range",
                statistic=math.inf,
                p_value=0.0,
                n=moments.n,
                exact=True,
                null_law="draws lie in the range of the covariance with probability 1",
            )
    basis = claimed.basis
    return test(Moments(n=moments.n, mean=basis.T @ moments.mean, scatter=basis.T @ moments.scatter @ basis))


# -- power, controls ---------------------------------------------------------------------------------------------------
def plan(claimed: Range, budget: Budget, also: int = 0) -> tuple[int, dict[tuple[int, int], float]]:
    """n for 1 % of the smallest nonzero entry, within bounds; and what the entries can be off by, unseen, at that n.

    A test of the mean beside has `also` more degrees of freedom, needs a larger noncentrality, and so more draws.
    """
    s, alpha, degrees = claimed.covariance, strict_level(budget), claimed.rank * (claimed.rank + 1) // 2
    more = noncentrality_for(degrees + also, alpha, STAGE_POWER) / noncentrality_for(degrees, alpha, STAGE_POWER)
    wanted = covariance_sample_size(s, WANTED, alpha=alpha, power=STAGE_POWER)
    n = int(min(max(SMALLEST, wanted), LARGEST / more, DEVIATES / len(claimed.basis) / more))
    entries = [(i, j) for i in range(len(s)) for j in range(i + 1) if s[i, j] != 0]
    weakest = sorted(entries, key=lambda e: abs(s[e]) / math.sqrt(s[e[0], e[0]] * s[e[1], e[1]]))[:ENTRIES]
    found = {
        e: covariance_detectable_effect(s, n=n, alpha=alpha, power=STAGE_POWER, entry=e).at_effect for e in weakest
    }
    return math.ceil(n * more), found


def tested(
    subject: Subject,
    claimed: Range,
    n: int,
    effects: dict[tuple[int, int], float],
    test: Callable[[Moments, Range], TestResult],
    budget: Budget,
    seed: int,
    method: str,
) -> Evidence:
    """The two-stage test of the claimed covariance, with each weak entry off by twice its effect as controls."""
    moments = cached_moments(subject.stream, n)

    def draw(other: Range) -> Callable[[int], TestResult]:
        return lambda s: test(moments(s), other)

    wrong = [draw(claimed.changed(m)) for m in wrong_entries(claimed.covariance, effects)]
    worst = max(effects, key=lambda e: effects[e])
    return statistical(
        draw(claimed),
        seed,
        budget,
        method=method,
        at_effect=f"{percent(effects[worst])} of {claimed.place(*worst)}",
        controls=caught_of(wrong, seed, budget),
        detail=claimed.text,
    )


def wrong_entries(s: Array, effects: dict[tuple[int, int], float]) -> Iterator[Array]:
    """The claim with one entry off by twice the stated effect, either way, where that leaves a covariance."""
    for (i, j), effect in effects.items():
        for sign in (1, -1):
            changed = s.copy()
            changed[i, j] = changed[j, i] = s[i, j] * (1 + 2 * sign * effect)
            if np.linalg.eigvalsh(changed).min() > 64 * len(s) * np.finfo(float).eps * np.abs(s).max():
                yield changed


def shifted_means(center: Array, declared: Range, shift: float) -> Iterator[Array]:
    """The mean shifted along each axis of the range by `shift` of the standard deviation there, either way."""
    for k in range(min(declared.rank, ENTRIES)):
        step = shift * math.sqrt(float(declared.covariance[k, k])) * declared.basis[:, k]
        yield from (center + step, center - step)


def cached_moments(stream: LawStream, n: int) -> Callable[[int], Moments]:
    """Moments of n draws by seed, drawn once: controls judge the very draws that the claim was judged by."""

    @cache
    def moments(seed: int) -> Moments:
        return stream_moments(stream.chunks(n, seed))

    return moments


def caught_of(wrong: list[Callable[[int], TestResult]], seed: int, budget: Budget) -> tuple[int, int]:
    """How many of the wrong variants the draws of the first stage reject at the stricter level."""
    first = seeds_of(seed)[0]
    return sum(test(first).p_value <= strict_level(budget) for test in wrong), len(wrong)
