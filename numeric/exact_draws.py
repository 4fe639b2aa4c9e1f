"""Independent draws from an unnormalised density exp(-E) on the line, by inverting a quadrature table.

With F the distribution function, x = F^-1(u) for uniform u is exactly a draw. F is tabulated at the
nodes of an even grid by Gauss-Legendre quadrature of each panel; in a panel F is the cubic that has the right values
and slopes (F' = p) at both ends, error h^4 max |p'''| / 384, inverted by Newton's method from inside a bracket.

Nothing here is trusted because the method is right. `accuracy` is measured a posteriori: the largest gap found between
the distribution function that draws follow and one computed anew, at points between the nodes, with more nodes of
quadrature; plus the mass estimated outside the support. The table is refined until that is below the wanted
accuracy, else ArithmeticError. A test of n draws cannot see it when it is well below 1/sqrt(n).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .moments import Floats
from .sampling import CHUNK, generator

Energy = Callable[[Floats], Floats]
"""E of points (n, d), shape (n,); +inf where the density is 0, constants free."""
Interval = tuple[float, float]

# exp(-46) = 1e-20: what lies higher above the minimum of the energy is no part of the support.
DEPTH = 46.0
SEARCH = 1025
REACH = 2.0**20
CLOSE = 2 * float(np.finfo(float).eps)
NEWTON = 3
# A power of two, so that u times it is exact.
GUIDES = 1024
GAUSS_NODES, GAUSS_WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(8))


@dataclass(frozen=True, kw_only=True, eq=False)
class LineTable:
    """F at even `nodes` (m + 1,), its slope there, its log normalising constant, and the measured accuracy of draws."""

    nodes: Floats
    cumulative: Floats
    density: Floats
    log_mass: float
    accuracy: float

    @cached_property
    def guide(self) -> NDArray[np.intp]:
        return guide(self.cumulative)

    def draw(self, n: int, seed: int) -> Floats:
        """n independent draws, shape (n, 1)."""
        return np.concatenate([np.empty((0, 1)), *self.chunks(n, seed)])

    def chunks(self, n: int, seed: int) -> Iterator[Floats]:
        """The same draws as a stream of chunks (m, 1), small enough for the cache."""
        rng = generator(seed)
        for start in range(0, n, CHUNK):
            yield self.quantile(rng.random(min(CHUNK, n - start)))[:, None]

    def cumulative_at(self, x: Floats) -> Floats:
        """F of x (n,) within the support, shape (n,): the distribution function that draws follow."""
        h = float(self.nodes[1] - self.nodes[0])
        panel = np.clip(((x - self.nodes[0]) / h).astype(np.intp), 0, len(self.nodes) - 2)
        s = (x - self.nodes[panel]) / h
        f0, f1 = self.cumulative[panel], self.cumulative[panel + 1]
        g0, g1 = h * self.density[panel], h * self.density[panel + 1]
        value: Floats = f0 + s * (g0 + s * ((3 * (f1 - f0) - 2 * g0 - g1) + s * (g0 + g1 - 2 * (f1 - f0))))
        return value

    def quantile(self, u: Floats) -> Floats:
        """F^-1 of u (n,) in [0, 1], shape (n,)."""
        panel = self._panels(u)
        h = float(self.nodes[1] - self.nodes[0])
        ends = (self.cumulative[panel], self.cumulative[panel + 1])
        slopes = (h * self.density[panel], h * self.density[panel + 1])
        return self.nodes[panel] + h * invert_cubic(u, ends, slopes)

    def _panels(self, u: Floats) -> NDArray[np.intp]:
        """The last panel that begins at or below u: by the guide, a step, and halving for the few that are left."""
        last, cell = len(self.nodes) - 2, np.minimum((u * GUIDES).astype(np.intp), GUIDES - 1)
        panel = self.guide[cell]
        for _ in range(2):
            panel = np.minimum(panel + (self.cumulative[panel + 1] <= u), last)
        left = np.flatnonzero((self.cumulative[panel + 1] <= u) & (panel < last))
        if len(left):
            panel[left] = np.clip(np.searchsorted(self.cumulative, u[left], side="right") - 1, 0, last)
        return panel


def line_table(energy: Energy, support: Interval | None = None, *, accuracy: float = 1e-9) -> LineTable:
    """The table of exp(-E) on the line, or on a finite `support` for densities that end there.

    Without a support, one is searched: ValueError when the energy does not rise by 46 within |x| < 2^20, as for a
    density that cannot be normalised. ArithmeticError when 2^17 panels do not reach the accuracy, or E is NaN.
    """
    low, high = support if support is not None else find_support(energy, 1)[0]
    for panels in [1 << k for k in range(8, 18)]:
        table = _line(energy, low, high, panels, open_ended=support is None)
        if table.accuracy <= accuracy:
            return table
    raise ArithmeticError(f"the table of the distribution function is accurate to {table.accuracy:.2g} only")


def find_support(energy: Energy, d: int) -> tuple[Interval, ...]:
    """A box outside which exp(-E) is below 1e-20 of its maximum, as far as grids see.

    The grids: 1025 even points (257^2 on the plane) over a box that doubles until its border is high, and then points
    in geometric progression out to 2^20, so that a deeper well beyond a barrier is not missed. A well narrower than
    the spacing is.
    """
    per_axis = SEARCH if d == 1 else 257
    reach = 1.0
    while reach < REACH:
        axis = np.linspace(-reach, reach, per_axis)
        inside, least = _deep(energy, axis, d, math.inf)
        spans = [np.flatnonzero(inside.any(axis=tuple(k for k in range(d) if k != i))) for i in range(d)]
        if math.isfinite(least) and all(s[0] > 0 and s[-1] < per_axis - 1 for s in spans):
            out = np.geomspace(reach, REACH, 200)
            far = np.concatenate([-out[::-1], axis[:: per_axis // 64], out])
            beyond = _deep(energy, far, d, least)[0]
            beyond[(slice(len(out), -len(out)),) * d] = False
            if not beyond.any():
                return tuple((float(axis[s[0] - 1]), float(axis[s[-1] + 1])) for s in spans)
        reach *= 2
    raise ValueError("Expected an energy that rises at infinity; got one whose exp(-E) does not decay within 2^20")


def _deep(energy: Energy, axis: Floats, d: int, least: float) -> tuple[NDArray[np.bool_], float]:
    """Where on the grid axis^d the energy is within `DEPTH` of its minimum and of `least`, and the minimum of both."""
    grid = np.stack([part.ravel() for part in np.meshgrid(*[axis] * d, indexing="ij")], axis=1)
    values = energies(energy, grid).reshape((len(axis),) * d)
    least = min(least, float(values.min()))
    return values < least + DEPTH, least


def invert_cubic(u: Floats, ends: tuple[Floats, Floats], slopes: tuple[Floats, Floats]) -> Floats:
    """s in [0, 1] where the cubic with values `ends` and slopes `slopes` at 0 and 1 equals u; Newton in a bracket."""
    (f0, f1), (g0, g1) = ends, slopes
    rise = f1 - f0
    a, b = g0 + g1 - 2 * rise, 3 * rise - 2 * g0 - g1
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.clip(np.where(rise > 0, (u - f0) / rise, 0.5), 0.0, 1.0)
        for _ in range(NEWTON):
            # A quotient that is no number ends at 1 and is left to the bracket.
            s = np.fmax(np.fmin(s - (f0 + s * (g0 + s * (b + s * a)) - u) / (g0 + s * (2 * b + 3 * s * a)), 1.0), 0.0)
        value = f0 + s * (g0 + s * (b + s * a)) - u
        # A gap in F of two roundings is no gap; few panels are bent so much that they need more steps.
        left = np.flatnonzero(np.abs(value) > CLOSE)
        low, high = np.zeros(len(left)), np.ones(len(left))
        for _ in range(60):
            if not len(left):
                break
            at, gap = s[left], value[left]
            low, high = np.where(gap <= 0, at, low), np.where(gap > 0, at, high)
            newton = at - gap / (g0[left] + at * (2 * b[left] + 3 * at * a[left]))
            at = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
            gap = f0[left] + at * (g0[left] + at * (b[left] + at * a[left])) - u[left]
            s[left], value[left] = at, gap
            still = np.abs(gap) > CLOSE
            left, low, high = left[still], low[still], high[still]
    return s


def guide(cumulative: Floats) -> NDArray[np.intp]:
    """Of the rows of F (..., m): for each cell of [0, 1) the last node whose F is no larger than its left end.

    What `searchsorted` finds by halving is there within a step or so (H. C. Chen, Y. Asau, AIIE Trans. 6 (1974) 163).
    """
    left = np.arange(GUIDES) / GUIDES
    rows = cumulative.reshape(-1, cumulative.shape[-1])
    found = np.stack([np.searchsorted(row, left, side="right") - 1 for row in rows])
    return np.clip(found, 0, cumulative.shape[-1] - 2).reshape(*cumulative.shape[:-1], GUIDES)


def _line(energy: Energy, low: float, high: float, panels: int, *, open_ended: bool) -> LineTable:
    """Panels are halved for the quadrature, so that F is known at their middles too, where the cubic is worst."""
    fine = np.linspace(low, high, 2 * panels + 1)
    least = float(energies(energy, fine[:, None]).min())
    if not math.isfinite(least):
        raise ValueError(f"Expected a density with positive mass on [{low}, {high}]; got none")
    p = np.exp(least - energies(energy, fine[:, None]))
    halves, whole = (_panel_masses(energy, least, edges) for edges in (fine, fine[::2]))
    cumulative = np.concatenate([[0.0], np.cumsum(halves)])
    mass = float(cumulative[-1])
    f, p, h = cumulative / mass, p / mass, float(fine[2] - fine[0])
    middle = (f[:-1:2] + f[2::2]) / 2 + h * (p[:-1:2] - p[2::2]) / 8
    quadrature = float(np.abs(halves[::2] + halves[1::2] - whole).sum()) / mass
    gap = float(np.abs(middle - f[1::2]).max()) + quadrature
    tail = (p[0] + p[-1]) * (high - low) if open_ended else 0.0
    return LineTable(
        nodes=fine[::2],
        cumulative=f[::2],
        density=p[::2],
        log_mass=math.log(mass) - least,
        accuracy=gap + float(tail),
    )


def _panel_masses(energy: Energy, least: float, edges: Floats) -> Floats:
    """int exp(least - E) over each panel between the edges."""
    points, weights = gauss_points(edges)
    density = np.exp(least - energies(energy, points.reshape(-1, 1)))
    masses: Floats = density.reshape(points.shape) @ weights
    return masses


def energies(energy: Energy, points: Floats) -> Floats:
    """E at points (n, d) with shape and values checked: +inf is allowed, NaN and -inf are not."""
    with np.errstate(over="ignore"):
        value = np.asarray(energy(points), dtype=float)
    if value.shape != (len(points),):
        raise ValueError(f"Expected the energy to return shape ({len(points)},); got shape {value.shape}")
    if not (value > -np.inf).all():
        raise ArithmeticError("the energy is not a number, or minus infinity, at some points")
    return value


def gauss_points(edges: Floats) -> tuple[Floats, Floats]:
    """Points (k, 8) and weights (8,) of the 8-point Gauss rule on each of the k even panels between edges (k + 1,)."""
    h = float(edges[1] - edges[0])
    return (edges[:-1] + edges[1:])[:, None] / 2 + h * GAUSS_NODES, h * GAUSS_WEIGHTS
