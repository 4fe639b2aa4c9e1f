r"""The flow map of a field in the plane on a quadtree of Chebyshev cells: z(t1) and q for very many samples.

    (z_0) -> (z(t1), q),    q = int div f(z(t), t) dt,    z in R^2.

The three functions are found at `NODES` x `NODES` Chebyshev points of a cell; a cell whose last coefficients are too
large is cut into four. The samples of a cell are then worth one matrix product: with u, v in [-1, 1] the place in the
cell and c the coefficients of powers, sum_ij c_ij u^i v^j = sum_j v^j (C u^.)_j.

It pays only where a cell holds more samples than it has nodes. Others are left out, and so are cells that would have
to be cut so often that their parts hold fewer: the answer there is NaN, as it is where paths are lost and outside the
box that holds nearly all samples. The caller integrates those samples themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import chebyshev
from .flow_direct import Carrier
from .flow_map_line import interval
from .solution import Floats

NODES = 12
CELLS = 256
"""Cells of the finest grid along each axis; a cell of the quadtree covers a square of them."""
SIDE = CELLS + 2
"""With one more at either end for the outside."""
FIRST = 8
WORTH = 1.5
"""Samples for each node from which on a cell is worth it."""
BLOCK, SAMPLES = 16384, 2048
NOWHERE = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """The finest cells of a box: its corner and the size of a cell, (2,)."""

    low: Floats
    step: Floats

    def codes(self, points: Floats) -> NDArray[np.int32]:
        """The finest cell of each point (n, 2), SIDE (i + 1) + j + 1, where i or j is -1 or CELLS outside."""
        codes = np.empty(len(points), np.int32)
        place, whole = np.empty(BLOCK), np.empty(BLOCK, np.int32)
        for start in range(0, len(points), BLOCK):
            rows = points[start : start + BLOCK]
            code, u, i = codes[start : start + BLOCK], place[: len(rows)], whole[: len(rows)]
            code[:] = 0
            for axis in range(2):
                np.subtract(rows[:, axis], self.low[axis], out=u)
                np.multiply(u, 1 / self.step[axis], out=u)
                np.add(u, 1.0, out=u)
                np.clip(u, 0.0, SIDE - 1.0, out=u)
                np.copyto(i, u, casting="unsafe")
                np.multiply(code, SIDE, out=code)
                np.add(code, i, out=code)
        return codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneMap:
    """Polynomials on the cells of a quadtree.

    Attributes:
        grid: the finest cells.
        cell: for each code the number of the quadtree cell over it, or `NOWHERE`.
        corner, width: of the quadtree cells, in finest cells, (m, 2) and (m,).
        powers: coefficients (m, 3 NODES, NODES): of v^j u^i in row (output, j), column i.
        nodes: paths that were integrated.
    """

    grid: Grid
    cell: NDArray[np.uint16]
    corner: NDArray[np.intp]
    width: NDArray[np.intp]
    powers: Floats
    nodes: int

    def probes(self, rng: np.random.Generator) -> Floats:
        """A random point of every cell, (m, 2)."""
        inside = self.width[:, None] * rng.uniform(0.001, 0.999, (len(self.width), 2))
        found: Floats = self.grid.low + self.grid.step * (self.corner + inside)
        return found

    @property
    def how(self) -> str:
        """In words."""
        return f"polynomials on {len(self.width)} cells of the plane, from {self.nodes} paths"

    def __call__(self, points: Floats) -> tuple[Floats, Floats]:
        """End states (n, 2) and q (n,) of points (n, 2); NaN where the map says nothing."""
        cells = self.cell[self.grid.codes(points)]
        order = np.argsort(cells, kind="stable")
        first = np.searchsorted(cells[order], np.arange(len(self.width) + 1))
        x, y = points[:, 0].take(order), points[:, 1].take(order)
        sorted_values = np.full((3, len(points)), np.nan)
        for number, powers in enumerate(self.powers):
            centre = self.grid.low + self.grid.step * (self.corner[number] + self.width[number] / 2)
            scale = 2 / (self.grid.step * self.width[number])
            for start in range(first[number], first[number + 1], SAMPLES):
                part = slice(start, min(start + SAMPLES, first[number + 1]))
                u, v = (x[part] - centre[0]) * scale[0], (y[part] - centre[1]) * scale[1]
                sorted_values[:, part] = _evaluate(powers, u, v)
        values = np.empty_like(sorted_values)
        for row, found in zip(values, sorted_values, strict=True):
            row[order] = found
        return values[:2].T, values[2]


def _evaluate(powers: Floats, u: Floats, v: Floats) -> Floats:
    """The three polynomials at places (k,) of one cell, shape (3, k)."""
    us, vs = _powers_of(u), _powers_of(v)
    terms = (powers @ us).reshape(3, NODES, len(u))
    terms *= vs
    found: Floats = terms.sum(axis=1)
    return found


def _powers_of(x: Floats) -> Floats:
    powers = np.empty((NODES, len(x)))
    powers[0], powers[1] = 1.0, x
    for k in range(2, NODES):
        np.multiply(powers[k - 1], x, out=powers[k])
    return powers


def _grid_over(samples: Floats) -> Grid | None:
    """A grid over nearly all samples (n, 2); None where they do not fill a box."""
    x, y = (interval(axis) for axis in samples.T)
    if x is None or y is None:
        return None
    low, high = np.array([x, y]).T
    return Grid(low=low, step=(high - low) / CELLS)


def plane_map(carrier: Carrier, samples: Floats, tolerance: float) -> PlaneMap | None:
    """The map for samples (n, 2), to about the tolerance.

    None where they do not fill a box, or where it would take more paths than half the samples have.
    """
    grid = _grid_over(samples)
    if grid is None:
        return None
    counts = np.bincount(grid.codes(samples), minlength=SIDE**2).reshape(SIDE, SIDE)[1:-1, 1:-1]
    corners, widths, powers, nodes = [], [], [], 0
    width = CELLS // FIRST
    corner = width * np.stack(np.divmod(np.arange(FIRST**2), FIRST), axis=1)
    cuts = np.ones(len(corner))
    while width >= 1:
        held = _samples_in(counts, width)[tuple(corner.T // width)]
        corner = corner[held >= WORTH * NODES**2 * 4.0 ** (cuts - 1)]
        nodes += NODES**2 * len(corner)
        if nodes > len(samples) / 2:
            return None
        coefficients, excess = _interpolated(carrier, grid.low + grid.step * corner, grid.step * width, tolerance)
        good = excess <= 1
        corners.append(corner[good])
        widths.append(np.full(good.sum(), width))
        powers.append(_as_powers(coefficients[good]))
        if good.all():
            break
        width //= 2
        cuts = np.repeat(_cuts(excess[~good]), 4)
        corner = (corner[~good, None] + width * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).reshape(-1, 2)
    leaves, sizes = np.concatenate(corners), np.concatenate(widths)
    cell = _covering(leaves, sizes)
    return PlaneMap(grid=grid, cell=cell, corner=leaves, width=sizes, powers=np.concatenate(powers), nodes=nodes)


def _samples_in(counts: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """Samples in the squares of `width` finest cells."""
    across = CELLS // width
    found: NDArray[np.intp] = counts.reshape(across, width, across, width).sum(axis=(1, 3))
    return found


def _interpolated(carrier: Carrier, corner: Floats, size: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Chebyshev coefficients (m, 3, NODES, NODES) on rectangles, and their tail over the tolerated one, (m,)."""
    inside = (chebyshev.points(NODES) + 1) / 2
    square = np.stack(np.meshgrid(inside, inside, indexing="ij"), axis=2).reshape(-1, 2)
    found = carrier((corner[:, None] + size * square).reshape(-1, 2), tolerance / 10)
    values = np.concatenate([found.end, found.integral[:, None]], axis=1)
    values = values.reshape(-1, NODES, NODES, 3).transpose(0, 3, 1, 2)
    transform = chebyshev.transform(NODES)
    coefficients = transform @ values @ transform.T
    tails = np.maximum(chebyshev.tail(coefficients), chebyshev.tail(coefficients.swapaxes(2, 3))).max(axis=2)
    scale = np.abs(values).max(axis=(2, 3)) * np.array([1, 1, 0]) + 1
    return coefficients, (tails / (tolerance * scale)).max(axis=1)


def _cuts(excess: Floats) -> Floats:
    """How often a cell has to be halved: the tail falls by about 2^NODES at best, here 2^(NODES - 3)."""
    found: Floats = np.ceil(np.log2(np.where(np.isfinite(excess), excess, 2.0)) / (NODES - 3))
    return found


def _as_powers(coefficients: Floats) -> Floats:
    powers = chebyshev.to_powers(NODES) @ coefficients @ chebyshev.to_powers(NODES).T
    found: Floats = powers.swapaxes(2, 3).reshape(-1, 3 * NODES, NODES)
    return found


def _covering(corners: NDArray[np.intp], widths: NDArray[np.intp]) -> NDArray[np.uint16]:
    grid = np.full((SIDE, SIDE), NOWHERE, np.uint16)
    for number, ((i, j), width) in enumerate(zip(corners + 1, widths, strict=True)):
        grid[i : i + width, j : j + width] = number
    return grid.ravel()
