r"""Integrals of rapidly decaying functions over R^d, d = 1, 2, 3, by the trapezoidal rule in floating point.

For f analytic in the strip abs(Im x) < s and decaying, the rule with spacing h errs by O(exp(-2 pi s / h)): doubling
the number of nodes doubles the number of right digits, and no adaptive rule comes near (L. N. Trefethen, J. A. C.
Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56 (2014), 385-458, Theorem 5.1).

    int f  ~  T_n = h_1 ... h_d sum_k f(x_k)        on the n^d midpoints of a box outside which f is negligible

The error is estimated, not bounded: |T_2n - T_n| (the error of the coarser rule), plus the change when the box grows by
a quarter at equal spacing, plus the roundoff of the sum. For exp(-E) the box comes from the energy itself: it holds
every grid point where E - min E <= 60, exp(-60) = 9e-27. A mode narrower than the grid of that search is not seen: this
is an Estimate, and `quadrature.py` gives enclosures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blockwise import Block, BoltzmannMoments, blockwise_moments
from .lattice import Box as Box

Array = NDArray[np.float64]
Integrand = Callable[[Array], Array]

CHUNK = 2**15
NODES = {1: 2**16, 2: 2**22, 3: 2**24}  # the largest number of nodes of one rule, by dimension
NEGLIGIBLE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """value (k,), error_estimate (k,) >= 0, `nodes` of the finest rule, the box. No bound is promised."""

    value: Array
    error_estimate: Array
    nodes: int
    box: Box


def grid(box: Box, n: int) -> Iterator[Array]:
    """The n^d midpoints of the box, in chunks of shape (m, d) with m <= CHUNK."""
    axes = [low + (high - low) * (np.arange(n) + 0.5) / n for low, high in box]
    total = n ** len(box)
    for start in range(0, total, CHUNK):
        index = np.unravel_index(np.arange(start, min(start + CHUNK, total)), (n,) * len(box))
        yield np.stack([axis[i] for axis, i in zip(axes, index, strict=True)], axis=1)


def trapezoid(integrand: Integrand, box: Box, n: int) -> tuple[Array, Array]:
    """(T_n f, T_n abs(f)), each of shape (k,), for f: (m, d) -> (m,) or (m, k).

    Raises:
        ValueError: f is not finite at a node.
    """
    sums: list[Array] = []
    for x in grid(box, n):
        values = np.asarray(integrand(x), dtype=np.float64).reshape(len(x), -1)
        if not np.isfinite(values).all():
            at = x[~np.isfinite(values).all(axis=1)][0]
            raise ValueError(f"Expected an integrand that is finite on the box; it is not at {at.tolist()}.")
        sums.append(np.stack([values.sum(axis=0), np.abs(values).sum(axis=0)]))
    cell = math.prod((high - low) / n for low, high in box)
    total = np.stack(sums)
    flat = [math.fsum(total[:, i, j]) for i in range(2) for j in range(total.shape[2])]
    pair = cell * np.array(flat, dtype=np.float64).reshape(2, -1)
    return pair[0], pair[1]


def trapezoid_estimate(
    integrand: Integrand, box: Box, *, relative_tolerance: float = 1e-14, n: int = 32, nodes: int | None = None
) -> Estimate:
    """Integrate over R^d: double n until T_2n and T_n agree to the tolerance (relative to the integral of abs f).

    Args:
        integrand: (m, d) -> (m,) or (m, k) for k integrands that share their nodes.
        box: d intervals outside which f is thought negligible; that is measured too and enters the error estimate.
        nodes: limit on the nodes of one rule. When it is reached the honest, larger error estimate is returned.

    Raises:
        ValueError: d is not 1, 2 or 3; f is not finite somewhere.

    >>> found = trapezoid_estimate(lambda x: np.exp(-x[:, 0] ** 2), ((-7.0, 7.0),))
    >>> bool(abs(found.value[0] - math.sqrt(math.pi)) <= found.error_estimate[0] < 1e-13)
    True
    """
    dimension = len(box)
    if dimension not in NODES:
        raise ValueError(f"Expected 1, 2 or 3 dimensions; got {dimension}.")
    limit = NODES[dimension] if nodes is None else nodes
    coarse, size = trapezoid(integrand, box, n)
    while True:
        fine, size = trapezoid(integrand, box, 2 * n)
        difference = np.abs(fine - coarse)
        n, coarse = 2 * n, fine
        if (difference <= relative_tolerance * size).all() or (2 * n) ** dimension > limit:
            break
    outside = _change_by_enlarging(integrand, box, n, fine)
    roundoff = 16 * np.finfo(np.float64).eps * size
    return Estimate(value=fine, error_estimate=difference + outside + roundoff, nodes=n**dimension, box=box)


def _change_by_enlarging(integrand: Integrand, box: Box, n: int, value: Array) -> Array:
    """abs(T on the box grown by n/8 cells on each side, nodes kept, minus T on the box): what the box leaves out.

    In three dimensions at half the nodes per axis: the change is dominated by single far nodes, not by the spacing.
    """
    m = n if len(box) < 3 else n // 2
    margin = max(1, m // 8)
    base = value if m == n else trapezoid(integrand, box, m)[0]
    grown = tuple((a - margin * (b - a) / m, b + margin * (b - a) / m) for a, b in box)
    return np.abs(trapezoid(integrand, grown, m + 2 * margin)[0] - base)


def decay_box(energy: Integrand, dimension: int, *, negligible: float = NEGLIGIBLE) -> Box:
    """A box that holds every point of a search grid where E - min E <= `negligible`, with a margin of one cell.

    The cube [-w, w]^d grows until its whole rim is negligible, then shrinks twice to the region that is not.

    Raises:
        ValueError: E does not grow in every direction before w = 1e6 (exp(-E) is then not integrable in practice).
    """
    n = {1: 513, 2: 65, 3: 33}[dimension]
    box: Box = ((-1.0, 1.0),) * dimension
    while True:
        inside, rim = _negligible_outside(energy, box, n, negligible)
        if rim:
            break
        box = tuple((1.5 * a, 1.5 * b) for a, b in box)
        if box[0][1] > 1e6:
            raise ValueError(
                "Expected an energy that grows in every direction; exp(-E) is not negligible at distance 1e6."
            )
    smaller, rim = _negligible_outside(energy, inside, n, negligible)
    return smaller if rim else inside


def _negligible_outside(energy: Integrand, box: Box, n: int, negligible: float) -> tuple[Box, bool]:
    """The hull of the nodes with E - min E <= negligible, plus a cell on each side; and whether the rim has none."""
    with np.errstate(all="ignore"):
        found = np.concatenate([np.asarray(energy(x), dtype=np.float64).reshape(-1) for x in grid(box, n)])
    found = np.where(np.isnan(found), np.inf, found).reshape((n,) * len(box))
    lowest = found.min()
    if not np.isfinite(lowest):
        return box, False
    relevant = np.argwhere(found - lowest <= negligible)
    first, last = relevant.min(axis=0), relevant.max(axis=0)
    hull = tuple(
        (float(a + (b - a) * max(0.0, (i - 0.5) / n)), float(a + (b - a) * min(1.0, (j + 1.5) / n)))
        for (a, b), i, j in zip(box, first, last, strict=True)
    )
    return hull, bool((first > 0).all() and (last < n - 1).all())


def boltzmann_moments(
    energy: Integrand, observables: Integrand | None, dimension: int, *, relative_tolerance: float = 1e-14
) -> BoltzmannMoments:
    r"""log Z and E_p[g] for p = exp(-E) / Z on R^d from one set of nodes.

    One block of `blockwise.py` in all variables, on the box of `decay_box`; the rule and its error estimate are there.

    Args:
        energy: (m, d) -> (m,).
        observables: (m, d) -> (m, k), or None.

    Raises:
        ValueError: the energy does not grow in every direction, or a value is not finite.
    """
    box = decay_box(energy, dimension)
    count = 0 if observables is None else int(np.shape(observables(next(grid(box, 1))))[1])

    def at_nodes(*axes: Array) -> list[Array]:
        """E and g on the whole open grid of the axes, a chunk of points at a time."""
        shape = np.broadcast_shapes(*(axis.shape for axis in axes))
        points = np.stack([np.broadcast_to(axis, shape).ravel() for axis in axes], axis=1)
        found = np.empty((1 + count, len(points)))
        for start in range(0, len(points), CHUNK):
            x = points[start : start + CHUNK]
            found[0, start : start + CHUNK] = np.asarray(energy(x), dtype=np.float64).reshape(-1)
            if observables is not None:
                found[1:, start : start + CHUNK] = np.asarray(observables(x), dtype=np.float64).reshape(len(x), -1).T
        return list(found.reshape(1 + count, *shape))

    whole = Block(tuple(range(dimension)), at_nodes, tuple(range(count)))
    try:
        found = blockwise_moments([whole], dimension, count, relative_tolerance=relative_tolerance, box=box)
    except ValueError:
        return _by_doubling(energy, observables, box, relative_tolerance)
    return found if found.converged else _by_doubling(energy, observables, box, relative_tolerance)


def _by_doubling(
    energy: Integrand, observables: Integrand | None, box: Box, relative_tolerance: float
) -> BoltzmannMoments:
    """The same on chunks of a grid, as many nodes as `NODES` allows: for what blocks in memory cannot resolve.

    E is shifted by its smallest value on the search grid, so exp neither overflows nor underflows. Error of a quotient
    a / z: (da + abs(a / z) dz) / z to first order.
    """
    shift = min(float(np.asarray(energy(x)).min()) for x in grid(box, {1: 513, 2: 65, 3: 33}[len(box)]))

    def weighted(x: Array) -> Array:
        with np.errstate(under="ignore"):
            weight = np.exp(shift - np.asarray(energy(x), dtype=np.float64).reshape(-1, 1))
        if observables is None:
            return weight
        return np.hstack([weight, weight * np.asarray(observables(x), dtype=np.float64).reshape(len(x), -1)])

    found = trapezoid_estimate(weighted, box, relative_tolerance=relative_tolerance)
    z, dz = float(found.value[0]), float(found.error_estimate[0])
    means = found.value[1:] / z
    return BoltzmannMoments(
        log_partition_function=math.log(z) - shift,
        log_error_estimate=dz / z + 4 * float(np.finfo(np.float64).eps) * (1 + abs(shift)),
        expectations=means,
        error_estimates=(found.error_estimate[1:] + np.abs(means) * dz) / z,
        nodes=found.nodes,
        box=found.box,
        converged=dz / z <= 2 * relative_tolerance + 32 * float(np.finfo(np.float64).eps),
    )
