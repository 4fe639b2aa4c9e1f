r"""Draws of a law counted in cells whose probabilities come from a written density.

The cells are products of intervals between quantiles of a pilot sample in the coordinates w, and one more cell for
all that is outside.  p_k = int_cell F by a Gauss-Legendre rule with m nodes an axis; more nodes must change the
statistic by less than its null law can show (noncentrality n sum (dp)^2 / p below 1/100).  The outside has what is
left, 1 - sum p_k.

Controls are the written density with its scale wrong, F(c w) c^d, shifted, F(w + c e_1), and sheared,
F(w_1, w_2 + c w_1): each by as much as changes the cell probabilities by twice the smallest error that the test sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..numeric.goodness_of_fit import chi_square_test
from ..numeric.power import chi_square_detectable_effect
from ..numeric.statistics import TestResult
from .budget import Budget
from .evidence import Evidence, Obstacle
from .law_sampling import Array, LawStream
from .two_stage import STAGE_POWER, percent, seeds_of, statistical, strict_level
from .written_density import Coordinates, WrittenDensity

PER_AXIS = {1: 64, 2: 16, 3: 6}
RULES = {1: (8, 12, 24, 48), 2: (6, 9, 14, 24), 3: (5, 7, 9)}
TAIL = 1e-3
ENOUGH = 10.0
NEGLIGIBLE = 0.01

Density = Callable[[Array], Array]
Motion = Callable[[Array, float], tuple[Array, float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Product cells between `edges` of each axis of w."""

    edges: tuple[Array, ...]

    @property
    def count(self) -> int:
        return math.prod(len(e) - 1 for e in self.edges)

    def index(self, w: Array) -> NDArray[np.int64]:
        """The cell of each row, `count` for those outside."""
        index, inside = np.zeros(len(w), dtype=np.int64), np.ones(len(w), dtype=bool)
        for edges, column in zip(self.edges, w.T, strict=True):
            k = np.searchsorted(edges, column, side="right") - 1
            inside &= (k >= 0) & (k < len(edges) - 1)
            index = index * (len(edges) - 1) + np.clip(k, 0, len(edges) - 2)
        return np.where(inside, index, self.count)

    def integrals(self, density: Density, nodes: int) -> Array:
        """int of a density over every cell, shape (count,)."""
        points, weights = np.polynomial.legendre.leggauss(nodes)
        axes = [((e[:-1] + e[1:])[:, None] / 2 + np.diff(e)[:, None] / 2 * points).ravel() for e in self.edges]
        grid = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
        values = np.concatenate([density(part) for part in np.array_split(grid, 1 + len(grid) // 2**15)])
        values = values.reshape([n for e in self.edges for n in (len(e) - 1, nodes)])
        for axis, e in enumerate(self.edges):
            # Axes already summed leave one dimension each: (cells, nodes) of this axis stand at (axis, axis + 1).
            summed = np.tensordot(values, weights, axes=([axis + 1], [0]))
            values = np.moveaxis(np.moveaxis(summed, axis, -1) * np.diff(e) / 2, -1, axis)
        return np.asarray(values.ravel())


def cells(
    written: WrittenDensity,
    place: Coordinates,
    pilot: Array,
    stream: LawStream,
    budget: Budget,
    seed: int,
    method: str,
) -> list[Evidence]:
    """The two-stage test of the written density over cells, or the Obstacle that stands in its way."""
    d, n, alpha = stream.dimension, budget.samples, strict_level(budget)
    levels = np.linspace(TAIL / 2, 1 - TAIL / 2, PER_AXIS[d] + 1)
    found = Cells(edges=tuple(np.quantile(column, levels) for column in pilot.T))

    def density(w: Array) -> Array:
        y, volume = place.points(w)
        return written(y) * volume

    integrated = integrate(found, density, n)
    if integrated is None:
        return [Obstacle(method=method, reason="the written density could not be integrated over the cells precisely")]
    nodes, inside = integrated
    if (inside < 0).any():
        return [Obstacle(method=method, reason="the written density gives a cell a negative probability")]
    grouping = groups(inside, n)
    claimed = probabilities(inside, grouping)
    if len(claimed) < 2:
        return [Obstacle(method=method, reason="the written density gives the cells of the draws no probability")]

    @cache
    def counts(at: int) -> NDArray[np.int64]:
        total = np.zeros(found.count + 1, dtype=np.int64)
        for chunk in stream.chunks(n, at):
            w = np.nan_to_num(place.pull_back(chunk), nan=np.inf)
            total += np.bincount(found.index(w), minlength=found.count + 1)
        return np.bincount(grouping, weights=total, minlength=len(claimed)).astype(np.int64)

    effect = chi_square_detectable_effect(n=n, cells=len(claimed), alpha=alpha, power=STAGE_POWER).at_effect
    wrong, scale = variants(found, density, nodes, grouping, claimed, effect)
    first = counts(seeds_of(seed)[0])
    caught = sum(thinned_test(first, p).p_value <= alpha for p in wrong)

    def test(at: int) -> TestResult:
        return chi_square_test(counts(at), claimed)

    size = f"{percent(effect)} of the cell probabilities, root mean square"
    text = f"{percent(scale)} of the scale of the law ({size})" if scale else size
    return [statistical(test, seed, budget, method=method, at_effect=text, controls=(caught, len(wrong)))]


def integrate(found: Cells, density: Density, n: int) -> tuple[int, Array] | None:
    """(nodes, probabilities) at the first rule that a finer one does not change visibly; None without a finite one."""
    rules = RULES[len(found.edges)]
    coarse = found.integrals(density, rules[0])
    for nodes in rules[1:]:
        fine = found.integrals(density, nodes)
        if not np.isfinite(fine).all():
            return None
        # A cell that expects fewer than one draw joins the outside; its relative error does not matter.
        if n * float(((fine - coarse) ** 2 / np.maximum(np.abs(fine), 1 / n)).sum()) < NEGLIGIBLE:
            return nodes, fine
        coarse = fine
    return None


def groups(inside: Array, n: int) -> NDArray[np.int64]:
    """The number of the group of every cell and of the outside: 0 is the rest, into which thin cells are merged.

    When the probabilities leave nothing to the rest (a density of mass above 1), the cells that stand alone are the
    first ones up to probability one half: what the claim says of these can be tested all the same.
    """
    alone = inside * n >= ENOUGH
    if (1 - inside[alone].sum()) * n < ENOUGH:
        alone &= np.cumsum(np.where(alone, inside, 0.0)) <= 0.5
    number = np.where(alone, np.cumsum(alone), 0)
    return np.append(number, 0).astype(np.int64)


def probabilities(inside: Array, grouping: NDArray[np.int64]) -> Array:
    """Probabilities of the groups, of sum 1: each lone cell its own, group 0 what is left."""
    own = np.bincount(grouping[:-1], weights=inside, minlength=int(grouping.max()) + 1)
    own[0] = 1 - own[1:].sum()
    return np.asarray(own / own.sum())


def thinned_test(counts: NDArray[np.int64], p: Array) -> TestResult:
    """The test of a wrong density, whose thin cells join the rest: they are not those of the claim."""
    thin = p * counts.sum() < ENOUGH
    thin[0] = True
    for k in np.argsort(p):
        # The rest must not be thin itself: it takes the smallest cells until it is not.
        thin[k] |= p[thin].sum() * counts.sum() < ENOUGH
    merged = np.append(counts[thin].sum(), counts[~thin]), np.append(p[thin].sum(), p[~thin])
    return chi_square_test(*merged)


def variants(
    found: Cells, density: Density, nodes: int, grouping: NDArray[np.int64], claimed: Array, effect: float
) -> tuple[list[Array], float]:
    """Cell probabilities of wrong densities, each off by at least twice the effect; and the scale error at the effect.

    A motion whose change cannot be made that large, or leaves a group without probability, is no control.
    """
    kept, scale = [], 0.0
    for name, motion in motions(len(found.edges)):

        def moved(w: Array, size: float, motion: Motion = motion) -> Array:
            point, factor = motion(w, size)
            return density(point) * factor

        def wrong(size: float, moved: Callable[[Array, float], Array] = moved) -> Array:
            return probabilities(found.integrals(lambda w: moved(w, size), nodes), grouping)

        size, p = sized(wrong, claimed, 2 * effect)
        if p is None:
            continue
        kept.append(p)
        if name == "scale":
            scale = size / 2
    return kept, scale


def motions(d: int) -> Iterator[tuple[str, Motion]]:
    yield "scale", lambda w, c: (w * (1 + c), (1 + c) ** d)
    yield "shift", lambda w, c: (w + c * np.eye(d)[0], 1.0)
    if d > 1:
        yield "shear", lambda w, c: (w + c * w[:, :1] * np.eye(d)[1], 1.0)


def sized(wrong: Callable[[float], Array], claimed: Array, wanted: float) -> tuple[float, Array | None]:
    """A size at which the root mean square relative change is 1 to 1.5 times `wanted`, with the probabilities there."""
    size = 0.01
    for _ in range(8):
        p = wrong(size)
        if not (np.isfinite(p).all() and (p > 0).all()):
            return size, None
        change = math.sqrt(float(((p - claimed) ** 2 / claimed).sum()))
        if wanted <= change <= 1.5 * wanted:
            return size, p
        size *= 1.2 * wanted / max(change, wanted / 20)
    return size, None
