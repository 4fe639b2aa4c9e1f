r"""The flow map of one coordinate as a table: where z_0 goes, and the integral q of f' along its path.

    z(t1) = phi(z_0),    q = int_t0^t1 f'(z(t), t) dt = log phi'(z_0),    for dz/dt = f(z, t), z in R.

phi and q are found at Chebyshev points only, 16 to a cell of an interval that holds nearly all samples; cells whose
last coefficients are too large are halved. The polynomials are then rewritten on a uniform grid of `CELLS` cells with
a low degree: at a sample it takes one look-up for each coefficient, in whatever order the samples come.

A cell that cannot be resolved (the path blows up, f has a kink, no polynomial of the allowed depth is close enough)
holds NaN and so does the answer there; samples outside the interval get NaN too. The caller integrates those itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import chebyshev
from .flow_direct import Carrier
from .solution import Floats

NODES = 16
CELLS = 4096
FIRST = 16
"""Cells of the interval to start with."""
SHORE = 16
"""Cells of this width are not halved where a path is lost: close to one that is, paths are long."""
DEGREES = (3, 5, 7)
BLOCK = 16384
NARROW = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineMap:
    """phi and q on `CELLS` equal cells of an interval.

    Attributes:
        low: the left end of the interval.
        scale: cells per unit of length.
        table: coefficients of phi and q in the place of a sample within its cell, 0 to 1: (2, degree + 1, CELLS + 2);
            the first and last cell stand for the outside.
        starts, widths: of the Chebyshev cells, in cells of the table, (m,).
        nodes: paths that were integrated.
    """

    low: float
    scale: float
    table: Floats
    starts: NDArray[np.intp]
    widths: NDArray[np.intp]
    nodes: int

    def probes(self, rng: np.random.Generator) -> Floats:
        """A random point of every Chebyshev cell, (m,)."""
        inside = self.starts + self.widths * rng.uniform(0.001, 0.999, len(self.starts))
        found: Floats = self.low + inside / self.scale
        return found

    def add_to(self, x: Floats, end: Floats, integral: Floats) -> None:
        """phi(x) to `end`, and q(x) added to `integral`, shape (n,); NaN where the map says nothing."""
        inside, value, coefficient = np.empty((3, BLOCK))
        place = np.empty(BLOCK, np.intp)
        for start in range(0, len(x), BLOCK):
            part = slice(start, min(start + BLOCK, len(x)))
            size = part.stop - start
            u, v, w, k = inside[:size], value[:size], coefficient[:size], place[:size]
            self.find(x[part], u, k)
            _evaluate(self.table[0], u, k, v, w)
            end[part] = v
            _evaluate(self.table[1], u, k, v, w)
            integral[part] += v

    def find(self, x: Floats, inside: Floats, place: NDArray[np.intp]) -> None:
        """The cell of each x, to `place`, and where in it, to `inside`."""
        np.subtract(x, self.low, out=inside)
        np.multiply(inside, self.scale, out=inside)
        np.add(inside, 1.0, out=inside)
        np.clip(inside, 0.0, self.table.shape[2] - 1.0, out=inside)
        np.copyto(place, inside, casting="unsafe")
        np.subtract(inside, place, out=inside)


def _evaluate(rows: Floats, u: Floats, place: NDArray[np.intp], value: Floats, coefficient: Floats) -> None:
    """sum_k rows[k, place] u^k to `value`, all of shape (n,)."""
    rows[-1].take(place, out=value, mode="clip")
    for row in rows[-2::-1]:
        np.multiply(value, u, out=value)
        row.take(place, out=coefficient, mode="clip")
        np.add(value, coefficient, out=value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineMaps:
    """One map for each coordinate; q is the sum of theirs."""

    maps: tuple[LineMap, ...]

    @property
    def nodes(self) -> int:
        """Paths that were integrated."""
        return sum({id(one): one.nodes for one in self.maps}.values())

    @property
    def how(self) -> str:
        """In words."""
        count = len({id(one) for one in self.maps})
        tables = "one table for all coordinates" if count == 1 else f"{count} tables, one for each coordinate"
        return f"{tables if len(self.maps) > 1 else 'a table'}, from {self.nodes} paths of single coordinates"

    def __call__(self, points: Floats) -> tuple[Floats, Floats]:
        """End states (n, d) and q (n,) of points (n, d); NaN where a map says nothing."""
        end, integral = np.empty(points.shape), np.zeros(len(points))
        for x, column, one in zip(points.T, end.T, self.maps, strict=True):
            one.add_to(x, column, integral)
        return end, integral

    def probes(self, rng: np.random.Generator) -> Floats:
        """Points (m, d) that visit every cell of every map, at random."""
        columns = [one.probes(rng) for one in self.maps]
        most = max(map(len, columns))
        if not min(map(len, columns)):
            return np.empty((0, len(columns)))
        return np.stack([np.resize(rng.permutation(column), most) for column in columns], axis=1)


def line_maps(carriers: Sequence[Carrier], samples: Floats, tolerance: float) -> LineMaps | None:
    """Maps for samples (n, d); coordinates with the same carrier share one. None where one of them has no map."""
    made: dict[int, LineMap] = {}
    for carrier in carriers:
        own = [x for x, other in zip(samples.T, carriers, strict=True) if other is carrier]
        if id(carrier) not in made:
            found = line_map(carrier, own, tolerance / len(carriers))
            if found is None:
                return None
            made[id(carrier)] = found
    return LineMaps(maps=tuple(made[id(carrier)] for carrier in carriers))


def line_map(carrier: Carrier, columns: Sequence[Floats], tolerance: float) -> LineMap | None:
    """The map for samples (n,) of one or several coordinates, to about the tolerance; `carrier` takes states (m, 1).

    None where the samples do not fill an interval, or where it would take more paths than half the samples have.
    """
    bounds = [found for found in map(interval, columns) if found is not None]
    if not bounds:
        return None
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    step = (high - low) / CELLS
    levels, nodes = [], 0
    for level in _levels(carrier, low, step, tolerance):
        levels.append(level)
        nodes += level.nodes
        if nodes > len(columns[0]) / 2:
            return None
    table = next(table for table in _tables(levels, tolerance) if table is not None)
    starts = np.concatenate([level.starts for level in levels])
    widths = np.repeat([level.width for level in levels], [len(level.starts) for level in levels])
    return LineMap(low=low, scale=1 / step, table=table, starts=starts, widths=widths, nodes=nodes)


def interval(samples: Floats) -> tuple[float, float] | None:
    """An interval that holds nearly all samples without being stretched by a few far ones; None for a point."""
    few = samples[:: max(1, len(samples) // 4096)]
    left, middle, right = np.quantile(few, (0.25, 0.5, 0.75))
    reach = 8 * (right - left)
    low, high = max(float(samples.min()), middle - reach), min(float(samples.max()), middle + reach)
    room = 1e-6 * (high - low)
    return (low - room, high + room) if high - low > NARROW * max(1.0, abs(low), abs(high)) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Level:
    """Resolved cells of one width: the first cell of the table (m,), how many of it, coefficients (m, 2, NODES)."""

    starts: NDArray[np.intp]
    width: int
    coefficients: Floats
    nodes: int

    @property
    def inner(self) -> NDArray[np.intp]:
        """The cells of the table that each one covers, (m, width); the first is the outside."""
        return 1 + self.starts[:, None] + np.arange(self.width)


def _levels(carrier: Carrier, low: float, step: float, tolerance: float) -> Iterator[_Level]:
    """Cells of falling width, each level made of the halves of those that the one before could not resolve."""
    width = CELLS // FIRST
    starts = np.arange(0, CELLS, width)
    while width >= 1 and len(starts):
        nodes = low + step * (starts[:, None] + width * (chebyshev.points(NODES) + 1) / 2)
        found = carrier(nodes.reshape(-1, 1), tolerance / 10)
        values = np.stack([found.end[:, 0].reshape(nodes.shape), found.integral.reshape(nodes.shape)], axis=1)
        coefficients = values @ chebyshev.transform(NODES).T
        allowed = tolerance * np.stack([1 + np.abs(values[:, 0]).max(axis=1), np.ones(len(starts))], axis=1)
        enough = (chebyshev.tail(coefficients) <= allowed).all(axis=1)
        yield _Level(starts=starts[enough], width=width, coefficients=coefficients[enough], nodes=nodes.size)
        width //= 2
        lost = np.isnan(values)
        apart = ~enough & ~(lost.any(axis=(1, 2)) if width < SHORE else lost.all(axis=(1, 2)))
        starts = (starts[apart, None] + np.array([0, width])).ravel()


def _tables(levels: list[_Level], tolerance: float) -> Iterator[Floats | None]:
    """The table by rising degree: None where a higher degree is better, the last one as good as it is."""
    for degree in DEGREES:
        table = np.full((2, degree + 1, CELLS + 2), np.nan)
        failed = 0
        for level in levels:
            coefficients, error = _local(level, degree)
            good = (error <= tolerance).all(axis=0)
            failed += int((~good).sum())
            table[:, :, level.inner] = np.where(good, coefficients, np.nan)
        yield None if failed and degree < DEGREES[-1] else table


def _local(level: _Level, degree: int) -> tuple[Floats, Floats]:
    """Of every cell of the table in a level: coefficients (2, degree + 1, m, width), and their error (2, m, width).

    The polynomial through degree + 1 points of the cell; the error is looked for halfway between them and at the ends.
    """
    angles = np.arange(2 * degree + 3) * np.pi / (2 * degree + 2)
    places = (np.cos(angles) + 1) / 2
    inside = 2 * (np.arange(level.width)[:, None] + places) / level.width - 1
    values = np.einsum("moj,wpj->opmw", level.coefficients, chebyshev.basis(inside, NODES))
    powers = places[:, None] ** np.arange(degree + 1)
    coefficients = np.einsum("pq,oqmw->opmw", np.linalg.inv(powers[1::2]), values[:, 1::2])
    error = np.abs(np.einsum("pq,oqmw->opmw", powers[::2], coefficients) - values[:, ::2]).max(axis=1)
    return coefficients, error
