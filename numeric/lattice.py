r"""Sums of exp(-E) and of observables over a lattice, from blocks that are evaluated on their own coordinates.

Weights are exp(m - E) with m the smallest energy on the lattice (in space: the sum of the smallest pair energies), so
none overflows; `log_scale` is -m.  What `blockwise.py` makes of the sums is said there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .inner import inner

if TYPE_CHECKING:
    from .blockwise import Block

Array = NDArray[np.float64]
Axes = tuple[int, ...]
Box = tuple[tuple[float, float], ...]
PAIRS: tuple[Axes, ...] = ((0, 1), (0, 2), (1, 2))
# All sets of axes: of one coordinate, of two, of three.
POSSIBLE: tuple[Axes, ...] = ((), (0,), (1,), (0, 1), (2,), (0, 2), (1, 2), (0, 1, 2))
# Below this the weights that underflow in a factor could matter, and the product form is left for the tensor.
SMALLEST_PRODUCT = 1e-200


@dataclass(frozen=True, slots=True, eq=False)
class LatticeSums:
    """Sums over one lattice, all with the factor exp(-log_scale) taken out.

    total, sums (k,) of w and w g; sizes (k,) of w |g| per total; the values g_js by j; marginals by axis; `border` is
    the largest share of the total on the two ends of an axis; `magnitude` is of the energies that were exponentiated.
    """

    n: int
    log_scale: float
    total: float
    sums: Array
    sizes: Array
    observed: Sequence[tuple[int, Any]]
    marginals: tuple[Array, ...]
    magnitude: float

    @property
    def border(self) -> float:
        return max([float(m[0] + m[-1]) for m in self.marginals]) / self.total

    @property
    def largest(self) -> Array:
        """|g| at most, (k,)."""
        found = np.zeros(len(self.sums))
        for j, values in self.observed:
            found[j] += np.abs(values).max()
        return found


@dataclass(frozen=True, slots=True)
class Parts:
    """The blocks of a law in d dimensions with k observables; `tensor` when one has three variables."""

    blocks: tuple[Block, ...]
    dimension: int
    count: int
    tensor: bool
    arguments: tuple[Any, ...] = ()

    @classmethod
    def of(cls, blocks: Sequence[Block], dimension: int, count: int, arguments: Sequence[Any] = ()) -> Parts:
        for block in blocks:
            if block.axes not in POSSIBLE[: 2**dimension]:
                raise ValueError(f"Expected ascending axes below {dimension}; got {block.axes}")
            if block.observables and not 0 <= min(block.observables) <= max(block.observables) < count:
                raise ValueError(f"Expected observables below {count}; got {block.observables}")
        tensor = any(len(block.axes) == 3 for block in blocks)
        return cls(tuple(blocks), dimension, count, tensor, tuple(arguments))

    def most_nodes(self, numbers: int) -> float:
        """Nodes an axis at which the values of all blocks are so many numbers."""
        largest = max((len(block.axes) for block in self.blocks), default=1)
        held = sum(1 + len(block.observables) for block in self.blocks if len(block.axes) == largest)
        return float((numbers / held) ** (1 / max(1, largest)))

    def evaluate(self, nodes: Sequence[Any]) -> tuple[dict[Axes, Any], list[tuple[int, Axes, Any]]]:
        """Energies by axes, and (j, axes, g_js), arrays on open grids of the axes."""
        energies: dict[Axes, Any] = {}
        observed: list[tuple[int, Axes, Any]] = []
        for block in self.blocks:
            axes = block.axes
            if len(axes) == 1:
                grids = [nodes[axes[0]]]
            else:
                size = len(axes)
                grids = [nodes[a].reshape((1,) * i + (-1,) + (1,) * (size - 1 - i)) for i, a in enumerate(axes)]
            energy, *rest = block.function(*grids, *self.arguments)
            energies[axes] = energies[axes] + energy if axes in energies else energy
            observed.extend(zip(block.observables, (axes,) * len(rest), rest, strict=True))
        return energies, observed


def lattice(parts: Parts, box: Box, n: int, *, sizes_of: LatticeSums | None = None) -> LatticeSums:
    """The sums over the n^d midpoints of a box; the sizes of the observables may be those of a lattice near by.

    ValueError where a weight is no number.
    """
    steps = (np.arange(n) + 0.5) / n
    energies, observed = parts.evaluate([low + (high - low) * steps for low, high in box])
    constant = float(energies.pop((), 0.0))
    if parts.dimension == 3 and not parts.tensor:
        scale, marginals, magnitude = _space_by_pairs(energies, n)
        if not marginals[()] > SMALLEST_PRODUCT:
            scale, marginals, magnitude = _tensor(energies, n, 3)
    else:
        scale, marginals, magnitude = _tensor(energies, n, parts.dimension)
    if not math.isfinite(marginals[()]):
        raise ValueError(f"Expected an energy with values on the box; exp(-E) is no number somewhere on {box}.")
    sums, sizes = [0.0] * parts.count, [0.0] * parts.count
    for j, axes, values in observed:
        mass = marginals[axes]
        if np.shape(values) != np.shape(mass):
            values = np.broadcast_to(values, np.shape(mass))
        sums[j] += inner(mass, values)
        if sizes_of is None:
            sizes[j] += inner(mass, np.abs(values))
    total = float(marginals[()])
    return LatticeSums(
        n=n,
        log_scale=scale - constant,
        total=total,
        sums=np.array(sums),
        sizes=np.array(sizes) / total if sizes_of is None else sizes_of.sizes,
        observed=[(j, values) for j, _, values in observed],
        marginals=tuple([marginals[(i,)] for i in range(parts.dimension)]),
        magnitude=magnitude + abs(constant),
    )


def line_pair(parts: Parts, box: Box, n: int) -> tuple[LatticeSums, LatticeSums]:
    """On the line the rule and the one moved by half a step: one evaluation for both."""
    ((low, high),) = box
    # No half steps at the ends: both rules would be mirror images, and agree on every even law, right or wrong.
    steps = np.arange(n) * ((high - low) / n)
    energies, observed = parts.evaluate([np.concatenate([low + steps, low + (high - low) / (2 * n) + steps])])
    constant = float(energies.pop((), 0.0))
    energy = np.broadcast_to(energies[(0,)], (2 * n,))
    least = float(energy.min())
    weights = np.exp(least - energy)
    values = np.zeros((parts.count, 2 * n))
    for j, _, value in observed:
        values[j] += value
    size, seen = np.abs(values), list(enumerate(values))
    scale, magnitude = -least - constant, abs(least) + abs(constant)

    def part(half: slice) -> LatticeSums:
        w = weights[half]
        total = float(w.sum())
        if not math.isfinite(total):
            raise ValueError(f"Expected an energy with values on the box; exp(-E) is no number somewhere on {box}.")
        sums, sizes = values[:, half] @ w, size[:, half] @ w / total
        return LatticeSums(n, scale, total, sums, sizes, seen, (w,), magnitude)

    return part(slice(n)), part(slice(n, 2 * n))


def _tensor(energies: dict[Axes, Any], n: int, d: int) -> tuple[float, dict[Axes, Any], float]:
    """-m, the marginals by axes, and the size of m; the whole tensor of n^d weights."""
    energy: Any = np.zeros((1,) * d)
    for axes, values in energies.items():
        if 0 < np.ndim(values) == len(axes) < d:
            values = values.reshape([values.shape[axes.index(i)] if i in axes else 1 for i in range(d)])
        energy = energy + values
    if energy.shape != (n,) * d:
        energy = np.broadcast_to(energy, (n,) * d)
    least = float(energy.min())
    weights = np.exp(least - energy)
    found: dict[Axes, Any] = {tuple(range(d)): weights}
    if d == 3:
        found |= {pair: weights.sum(axis=3 - sum(pair)) for pair in PAIRS}
    if d > 1:
        found |= {(0,): found[(0, 1)].sum(axis=1), (1,): found[(0, 1)].sum(axis=0)}
    if d == 3:
        found[(2,)] = found[(1, 2)].sum(axis=0)
    found[()] = float(found[(0,)].sum())
    return -least, found, abs(least)


def _space_by_pairs(energies: dict[Axes, Any], n: int) -> tuple[float, dict[Axes, Any], float]:
    """The same in space without three-variable blocks, by three products of matrices."""
    scale = magnitude = 0.0
    halves = [np.broadcast_to(np.asarray(energies.get((i,), 0.0)) / 2, (n,)) for i in range(3)]
    factors: list[Array] = []
    for pair in PAIRS:
        energy = energies.get(pair, 0.0) + halves[pair[0]][:, None] + halves[pair[1]]
        least = float(energy.min())
        factors.append(np.exp(least - energy))
        scale, magnitude = scale - least, magnitude + abs(least)
    a, b, c = factors
    m01, m02, m12 = a * (b @ c.T), b * (a @ c), c * (a.T @ b)
    found: dict[Axes, Any] = {(0, 1): m01, (0, 2): m02, (1, 2): m12}
    ones = np.ones(n)
    found |= {(0,): m01 @ ones, (1,): ones @ m01, (2,): ones @ m02}
    found[()] = float(found[(0,)].sum())
    return scale, found, magnitude
