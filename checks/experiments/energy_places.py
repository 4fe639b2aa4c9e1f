r"""Where chains on an energy may start: exact draws of p, the wells of E, and points spread far beyond both.

Wells are local minima of E on a grid over the box in which exp(-E) lives, improved by descent; a dip narrower than the
grid is not seen.  Two minima are one well when E between them rises by less than `SHALLOW` on the straight line.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...numeric.exact_draws import line_table
from ...numeric.plane_draws import plane_table
from ...numeric.sampling import generator
from ...numeric.space_draws import space_table
from ...numeric.trapezoid import decay_box, grid
from .energy_model import EnergyModel
from .record import BadExperiment

Array = NDArray[np.float64]
Draws = Callable[[int, int], Array]
PER_AXIS = {1: 401, 2: 81, 3: 33}
SHALLOW = 0.1
MOST_WELLS = 16


@dataclass(frozen=True, slots=True, eq=False)
class ExactDraws:
    """Independent draws of p from a table, and on the line its distribution function.

    `accuracy` is the largest gap found between the law of the draws and p.
    """

    table: Any
    accuracy: float
    how: str = "by inverting the distribution function"

    def draw(self, n: int, seed: int) -> Array:
        found: Array = self.table.draw(n, seed)
        return found

    def uniforms(self, x: Array) -> Array:
        """F(x) of points (n, 1), clipped to the support of the table."""
        inside = np.clip(x[:, 0], self.table.nodes[0], self.table.nodes[-1])
        found: Array = np.clip(self.table.cumulative_at(inside), 0.0, 1.0)
        return found


def exact_draws(model: EnergyModel, phi: Array | None = None) -> ExactDraws | None:
    """Draws by the written energy on the line, the plane or in space; None where the table is not accurate."""

    def energy(x: Array) -> Array:
        return model.written(x, model.law.energy, phi)

    try:
        table: Any = made_table(energy, model.dimension)
    except (ValueError, ArithmeticError):
        return None
    how = "by rejection from small cells" if model.dimension == 3 else "by inverting the distribution function"
    return ExactDraws(table, float(table.accuracy), how)


def made_table(energy: Callable[[Array], Array], dimension: int) -> Any:
    """Inversion on the line and the plane, rejection from cells in space.  ValueError, ArithmeticError."""
    if dimension == 1:
        return line_table(energy)
    if dimension == 2:
        return plane_table(energy, accuracy=1e-6)
    return space_table(energy, decay_box(energy, dimension))


@dataclass(frozen=True, slots=True, eq=False)
class CellDraws:
    """Points uniform in a cell of an even grid, the cell drawn by exp(-E) at its middle: near p, not p itself."""

    middles: Array
    cumulative: Array
    widths: Array

    def draw(self, n: int, seed: int) -> Array:
        rng = generator(seed)
        cell = np.minimum(np.searchsorted(self.cumulative, rng.random(n)), len(self.middles) - 1)
        found: Array = self.middles[cell] + self.widths * (rng.random((n, len(self.widths))) - 0.5)
        return found


def cell_draws(model: EnergyModel, box: tuple[tuple[float, float], ...], phi: Array | None = None) -> CellDraws:
    """Cells over the box, 64 an axis in space."""
    per_axis = {1: 4096, 2: 256, 3: 64}[model.dimension]
    middles = np.concatenate(list(grid(box, per_axis)))
    energy = model.energy(middles, phi)
    weight = np.exp(np.nanmin(energy) - np.where(np.isnan(energy), np.inf, energy))
    cumulative = np.cumsum(weight)
    return CellDraws(middles, cumulative / cumulative[-1], np.array([(high - low) / per_axis for low, high in box]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wells:
    """Centres (w, d), deepest first, the height of E in each, and the largest curvature of E in any of them."""

    centres: Array
    heights: Array
    stiffness: float
    box: tuple[tuple[float, float], ...]

    @property
    def count(self) -> int:
        return len(self.centres)

    def regions(self, x: Array) -> NDArray[np.int64]:
        """The well of each point (.., d): the nearest centre, or -1 near the border between two of them."""
        distances = np.linalg.norm(x[..., None, :] - self.centres, axis=-1)
        if self.count == 1:
            return np.zeros(x.shape[:-1], dtype=np.int64)
        order = np.partition(distances, 1, axis=-1)
        # The border is where both are equal; the core of a well begins at 2 : 1.
        return np.where(2 * order[..., 0] < order[..., 1], distances.argmin(axis=-1), -1).astype(np.int64)


def find_wells(model: EnergyModel, phi: Array | None = None) -> Wells:
    """The wells of E at phi.  BadExperiment where exp(-E) does not decay."""

    def energy(x: Array) -> Array:
        return model.energy(x, phi)

    try:
        box = decay_box(energy, model.dimension)
    except ValueError as error:
        raise BadExperiment(f"expected an energy whose exp(-E) decays; {model.law.name}: {error}") from None
    centres = _descended(model, _grid_minima(energy, box, model.dimension), box, phi)
    order = np.argsort(energy(centres), kind="stable")
    kept: list[Array] = []
    for centre in centres[order]:
        if all(_barrier(energy, centre, other) > SHALLOW for other in kept):
            kept.append(centre)
    wells = np.array(kept[:MOST_WELLS])
    stiffness = max(float(np.linalg.eigvalsh(_hessian(model, c, box, phi)).max()) for c in wells)
    return Wells(centres=wells, heights=energy(wells), stiffness=stiffness, box=box)


def _grid_minima(energy: Callable[[Array], Array], box: Any, d: int) -> Array:
    """Points of the grid that are no higher than their neighbours, diagonal ones too; the lowest ones first."""
    n = PER_AXIS[d]
    points = np.concatenate(list(grid(box, n)))
    with np.errstate(all="ignore"):
        values = energy(points).reshape((n,) * d)
    values = np.where(np.isnan(values), np.inf, values)
    padded = np.pad(values, 1, constant_values=np.inf)
    lowest = np.isfinite(values)
    for shift in itertools.product((0, 1, 2), repeat=d):
        if shift != (1,) * d:
            lowest &= values <= padded[tuple(slice(s, s + n) for s in shift)]
    found = points[lowest.ravel()]
    if not len(found):
        raise BadExperiment("expected an energy with a minimum; none was found on the grid")
    return found[np.argsort(energy(found), kind="stable")][: 4 * MOST_WELLS]


def _descended(model: EnergyModel, x: Array, box: Any, phi: Array | None) -> Array:
    """Steepest descent from each point with a step that is halved where E does not fall; 200 steps."""
    width = min(high - low for low, high in box)
    energy, gradient = model.slope(x, phi)
    step = np.full(len(x), width / PER_AXIS[model.dimension])
    for _ in range(200):
        length = np.linalg.norm(gradient, axis=1)
        move = np.divide(step, length, out=np.zeros_like(step), where=length > 0)[:, None] * gradient
        new = x - move
        new_energy, new_gradient = model.slope(new, phi)
        better = new_energy < energy
        x = np.where(better[:, None], new, x)
        energy = np.where(better, new_energy, energy)
        gradient = np.where(better[:, None], new_gradient, gradient)
        step = np.where(better, step, step / 2)
    return x


def _barrier(energy: Callable[[Array], Array], a: Array, b: Array) -> float:
    """How far E rises on the line from a to b above the higher of both ends."""
    t = np.linspace(0, 1, 65)[:, None]
    values = energy(a + t * (b - a))
    return float(values.max() - max(values[0], values[-1]))


def _hessian(model: EnergyModel, x: Array, box: Any, phi: Array | None) -> Array:
    """Central differences of grad E, symmetrised; for a size, not for a proof."""
    d = model.dimension
    h = 1e-4 * min(high - low for low, high in box)
    shifts = h * np.concatenate([np.eye(d), -np.eye(d)])
    gradient = model.slope(x + shifts, phi)[1]
    found = (gradient[:d] - gradient[d:]) / (2 * h)
    symmetric: Array = (found + found.T) / 2
    return symmetric
