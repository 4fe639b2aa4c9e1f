"""Independent draws from an unnormalised density exp(-E) on the plane: a marginal table, and conditional ones.

x is drawn from its marginal m(x) = int exp(-E(x, y)) dy by the table of `exact_draws.py`; then y from p(y | x), whose
distribution function F(y | x) is tabulated over y at even nodes x_i, interpolated to x by the polynomial through six
of them, and inverted like the marginal's: a bracket by bisection over the nodes of y, and a cubic in the panel.

`accuracy` is measured: the error of the marginal, plus the gap of F(y | x) at columns halfway between the nodes, where
the interpolation is worst, averaged with the mass of their panels, plus the mass estimated at the border. It bounds
the gap of the joint distribution function at the points that were looked at.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .exact_draws import (
    GUIDES,
    Energy,
    Interval,
    LineTable,
    energies,
    find_support,
    gauss_points,
    guide,
    invert_cubic,
    line_table,
)
from .moments import Floats
from .sampling import CHUNK, generator

BLOCK = 1 << 20
POINTS = 6
PROBES = 257


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneTable:
    """The marginal of x, and F(y | x) with its slope (k + 1, m + 1) over x_nodes (k + 1,) and y_nodes (m + 1,).

    `accuracy` bounds the gap found between distribution functions of draws and target, as for `LineTable`.
    """

    marginal: LineTable
    x_nodes: Floats
    y_nodes: Floats
    cumulative: Floats
    density: Floats
    accuracy: float

    @cached_property
    def guide(self) -> NDArray[np.intp]:
        return guide(self.cumulative)

    @property
    def log_mass(self) -> float:
        return self.marginal.log_mass

    def draw(self, n: int, seed: int) -> Floats:
        """n independent draws, shape (n, 2)."""
        return np.concatenate([np.empty((0, 2)), *self.chunks(n, seed)])

    def chunks(self, n: int, seed: int) -> Iterator[Floats]:
        """The same draws as a stream of chunks (m, 2), small enough for the cache."""
        rng = generator(seed)
        for start in range(0, n, CHUNK):
            u = rng.random((min(CHUNK, n - start), 2))
            x = self.marginal.quantile(u[:, 0])
            yield np.stack([x, self.conditional_quantile(x, u[:, 1])], axis=1)

    def conditional_quantile(self, x: Floats, u: Floats) -> Floats:
        """F^-1(u | x) for x (n,) in the support and u (n,) in [0, 1], shape (n,)."""
        first, weights = lagrange_weights(self.x_nodes, x)
        columns, last = len(self.y_nodes), len(self.y_nodes) - 2
        cell = np.minimum((u * GUIDES).astype(np.intp), GUIDES - 1)
        # The third of the six rows is one of the two next to x.
        low = self.guide[first + POINTS // 2 - 1, cell]
        base = first * columns
        ends = [_blend(self.cumulative, base + low + k, weights) for k in (0, 1)]
        left = np.flatnonzero(((ends[0] > u) & (low > 0)) | ((ends[1] <= u) & (low < last)))
        if len(left):
            low[left] = self._halved(base[left], weights[:, left], u[left], low[left])
            for k in (0, 1):
                ends[k][left] = _blend(self.cumulative, (base + low + k)[left], weights[:, left])
        h = float(self.y_nodes[1] - self.y_nodes[0])
        slopes = [h * _blend(self.density, base + low + k, weights) for k in (0, 1)]
        return self.y_nodes[low] + h * invert_cubic(u, (ends[0], ends[1]), (slopes[0], slopes[1]))

    def _halved(self, base: NDArray[np.intp], weights: Floats, u: Floats, guess: NDArray[np.intp]) -> NDArray[np.intp]:
        """A node with F(y_j | x) <= u < F(y_j+1 | x): a bracket that doubles about the guess, then halving."""
        end = len(self.y_nodes) - 1
        low, high, step = guess.copy(), guess + 1, 1
        while True:
            down = (low > 0) & (_blend(self.cumulative, base + low, weights) > u)
            up = (high < end) & (_blend(self.cumulative, base + high, weights) <= u)
            if not (down.any() or up.any()):
                break
            low, high = np.where(down, np.maximum(low - step, 0), low), np.where(up, np.minimum(high + step, end), high)
            step *= 2
        while (high - low > 1).any():
            middle = (low + high) // 2
            below = _blend(self.cumulative, base + middle, weights) <= u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.minimum(low, end - 1)


def plane_table(
    energy: Energy, support: tuple[Interval, Interval] | None = None, *, accuracy: float = 1e-7
) -> PlaneTable:
    """The table of exp(-E) on the plane, or on a finite box; errors as for `line_table`, at most 1024^2 panels."""
    x, y = support if support is not None else find_support(energy, 2)
    marginal = _marginal(energy, x, y, accuracy / 2)
    for panels in (128, 256, 512, 1024):
        table = _plane(energy, marginal, y, panels, support is None)
        if table.accuracy <= accuracy:
            return table
    raise ArithmeticError(f"the tables of the distribution functions are accurate to {table.accuracy:.2g} only")


def _plane(energy: Energy, marginal: LineTable, y: Interval, panels: int, open_ended: bool) -> PlaneTable:
    """Tables over panels^2, held against columns halfway between those in x, at the nodes and the middles in y."""
    x = np.linspace(marginal.nodes[0], marginal.nodes[-1], 2 * panels + 1)
    y_fine = np.linspace(*y, 2 * panels + 1)
    f, p = _conditionals(energy, x, y_fine)
    table = PlaneTable(
        marginal=marginal,
        x_nodes=x[::2],
        y_nodes=y_fine[::2],
        cumulative=np.ascontiguousarray(f[::2, ::2]),
        density=np.ascontiguousarray(p[::2, ::2]),
        accuracy=math.inf,
    )
    gap = _conditional_gap(table, x[1::2], f[1::2])
    mass = np.diff(marginal.cumulative_at(x[::2]))
    border = (p[1::2, 0] + p[1::2, -1]) * (y[1] - y[0]) if open_ended else np.zeros_like(mass)
    return replace(table, accuracy=marginal.accuracy + float(mass @ (gap + border)))


def _conditionals(energy: Energy, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """F(y_j | x_i) and p(y_j | x_i), both (len(x), len(y)); F rises evenly in a column without mass."""
    points, weights = gauss_points(y)
    inner = -_columns(energy, x, points.ravel())
    at_nodes = -_columns(energy, x, y)
    top = np.maximum(inner.max(axis=1), at_nodes.max(axis=1))[:, None]
    top = np.where(np.isfinite(top), top, 0.0)
    panel = np.exp(inner - top).reshape(len(x), *points.shape) @ weights
    cumulative = np.concatenate([np.zeros((len(x), 1)), np.cumsum(panel, axis=1)], axis=1)
    mass = cumulative[:, -1:]
    even = (y - y[0]) / (y[-1] - y[0])
    with np.errstate(invalid="ignore"):
        return np.where(mass > 0, cumulative / mass, even), np.where(mass > 0, np.exp(at_nodes - top) / mass, 0.0)


def _columns(energy: Energy, x: Floats, y: Floats) -> Floats:
    """E at all pairs (x_i, y_j), shape (len(x), len(y)), in blocks of about a million points."""
    rows = max(1, BLOCK // len(y))
    parts = []
    for low in range(0, len(x), rows):
        some = x[low : low + rows]
        grid = np.stack([np.repeat(some, len(y)), np.tile(y, len(some))], axis=1)
        parts.append(energies(energy, grid).reshape(len(some), len(y)))
    return np.concatenate(parts)


def _marginal(energy: Energy, x: Interval, y: Interval, accuracy: float) -> LineTable:
    """The table of the marginal of x, with panels over y refined until its masses stand still."""
    probes = np.linspace(*x, PROBES)[:, None]
    panels, quadrature = 32, math.inf
    now = _marginal_energy(energy, y, panels)(probes)
    while quadrature > accuracy / 2 and panels < 1024:
        panels *= 2
        before, now = now, _marginal_energy(energy, y, panels)(probes)
        weight = np.exp(now.min() - now)
        with np.errstate(invalid="ignore"):
            change = np.where(weight > 0, np.abs(np.expm1(now - before)), 0.0)
        quadrature = float(weight @ change / weight.sum())
    table = line_table(_marginal_energy(energy, y, panels // 2), x, accuracy=accuracy / 2)
    return replace(table, accuracy=table.accuracy + quadrature)


def _marginal_energy(energy: Energy, y: Interval, panels: int) -> Energy:
    """-log int exp(-E(x, y)) dy of points x (n, 1), by the Gauss rule on even panels."""
    points, weights = gauss_points(np.linspace(*y, panels + 1))
    flat = np.tile(weights, panels)

    def marginal(x: Floats) -> Floats:
        values = _columns(energy, x[:, 0], points.ravel())
        least = values.min(axis=1)
        shift = np.where(np.isfinite(least), least, 0.0)
        with np.errstate(divide="ignore"):
            return shift - np.log(np.exp(shift[:, None] - values) @ flat)

    return marginal


def _conditional_gap(table: PlaneTable, x: Floats, exact: Floats) -> Floats:
    """The largest gap over y of the interpolated F(y | x), at nodes and middles, for each x; exact (n, 2 m + 1)."""
    first, weights = lagrange_weights(table.x_nodes, x)
    rows = first[:, None] + np.arange(POINTS)
    h = float(table.y_nodes[1] - table.y_nodes[0])
    f = np.einsum("kn,nkj->nj", weights, table.cumulative[rows])
    p = np.einsum("kn,nkj->nj", weights, table.density[rows])
    middle = (f[:, :-1] + f[:, 1:]) / 2 + h * (p[:, :-1] - p[:, 1:]) / 8
    gap: Floats = np.maximum(np.abs(f - exact[:, ::2]).max(axis=1), np.abs(middle - exact[:, 1::2]).max(axis=1))
    return gap


def lagrange_weights(nodes: Floats, x: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The first of the six even nodes around each x (n,), and Lagrange's weights of interpolation from them, (6, n)."""
    h = float(nodes[1] - nodes[0])
    place = (x - nodes[0]) / h
    first = np.clip(np.floor(place).astype(np.intp) - POINTS // 2 + 1, 0, len(nodes) - POINTS)
    offset = place - first - np.arange(POINTS)[:, None]
    weights = np.ones_like(offset)
    for i in range(POINTS):
        for j in range(POINTS):
            if i != j:
                weights[i] *= offset[j]
        weights[i] /= math.prod(i - j for j in range(POINTS) if i != j)
    return first, weights


def _blend(table: Floats, place: NDArray[np.intp], weights: Floats) -> Floats:
    """The table interpolated over six rows for each sample, from its place (n,) in the first of them, shape (n,)."""
    flat, columns = table.reshape(-1), table.shape[1]
    blended: Floats = weights[0] * flat[place]
    for k in range(1, POINTS):
        blended += weights[k] * flat[place + k * columns]
    return blended
