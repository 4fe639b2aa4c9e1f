r"""Independent draws from an unnormalised density exp(-E) in space, by rejection from the cells of an even grid.

A cell c with middle x_c is proposed with probability proportional to exp(-E(x_c) + D_c), a point x uniform in it, and

    x is kept with probability  exp(E(x_c) - E(x) - D_c),      D_c >= sup over the cell of E(x_c) - E(x).

Kept points are draws of p, whatever the size of the cells.  D_c is estimated from differences of E on the grid: the
linear part sum |E_i| h_i / 2, and the second differences of the cell and of its neighbours, taken half again as large.
Whether that is enough is measured on `PROBES` proposals of a fixed seed: `accuracy` is the mass by which the kept
points miss p where E falls by more than D_c, plus three proposals, which is what none seen may still be (95 %).

Source: L. Devroye, Non-Uniform Random Variate Generation (1986), section II.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .exact_draws import Energy, energies
from .moments import Floats
from .sampling import generator
from .trapezoid import Box, grid

PER_AXIS, MARGIN = 64, 1.5
PROBES, PROBE_SEED = 1 << 17, 53
LEAST_KEPT = 0.02
BLOCK = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpaceTable:
    """Cells of a box: lower corner and widths (d,), energies and falls (n^d,), cumulative probabilities (n^d,)."""

    energy: Energy
    corner: Floats
    widths: Floats
    per_axis: int
    middle: Floats
    fall: Floats
    cumulative: Floats
    log_mass: float
    accuracy: float = math.inf
    kept: float = 1.0

    def draw(self, n: int, seed: int) -> Floats:
        """n independent draws, shape (n, d)."""
        rng, found, have = generator(seed), [np.empty((0, len(self.widths)))], 0
        while have < n:
            wanted = min(BLOCK, int((n - have) / self.kept * 1.1) + 64)
            x, log_keep = self.proposals(wanted, rng)
            x = x[np.log(rng.random(len(x))) <= log_keep]
            found.append(x[: n - have])
            have += len(found[-1])
        return np.concatenate(found)

    def chunks(self, n: int, seed: int) -> Iterator[Floats]:
        """The same draws in one chunk."""
        yield self.draw(n, seed)

    def proposals(self, m: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """m points (m, d) of proposed cells and the logarithm of exp(E(x_c) - E(x) - D_c)."""
        d = len(self.widths)
        cell = np.minimum(np.searchsorted(self.cumulative, rng.random(m), side="right"), len(self.cumulative) - 1)
        index = np.stack(np.unravel_index(cell, (self.per_axis,) * d), axis=1)
        x = self.corner + self.widths * (index + rng.random((m, d)))
        log_keep: Floats = self.middle[cell] - energies(self.energy, x) - self.fall[cell]
        return x, log_keep


def space_table(energy: Energy, box: Box, *, per_axis: int = PER_AXIS, accuracy: float = 1e-4) -> SpaceTable:
    """The table of exp(-E) on a box outside which it is negligible (`trapezoid.decay_box`).

    Raises:
        ValueError: no mass in the box; the cells are too coarse for E (few proposals are kept, or `accuracy` fails).
        ArithmeticError: E is NaN or -inf somewhere.
    """
    d = len(box)
    widths = np.array([(high - low) / per_axis for low, high in box])
    middle = np.concatenate([energies(energy, x) for x in grid(box, per_axis)])
    least = float(middle.min())
    if not math.isfinite(least):
        raise ValueError("Expected a density with positive mass in the box; got none")
    fall = falls(middle.reshape((per_axis,) * d)).ravel()
    with np.errstate(invalid="ignore"):
        height = np.where(np.isfinite(middle), fall - middle, -np.inf)
    weight = np.exp(height - height.max())
    log_mass = math.log(float(np.exp(least - middle).sum() * widths.prod())) - least
    table = SpaceTable(
        energy=energy, corner=np.array([low for low, _ in box]), widths=widths, per_axis=per_axis, middle=middle,
        fall=fall, cumulative=np.cumsum(weight) / weight.sum(), log_mass=log_mass,
    )  # fmt: skip
    return measured(table, accuracy)


def measured(table: SpaceTable, wanted: float) -> SpaceTable:
    """The table with the share of proposals that it keeps and its measured accuracy."""
    _, log_keep = table.proposals(PROBES, generator(PROBE_SEED))
    ratio = np.exp(np.minimum(log_keep, 50.0))
    kept = float(np.minimum(ratio, 1).mean())
    if not kept >= LEAST_KEPT:
        raise ValueError(f"Expected cells in which E changes little; only {kept:.2g} of the proposals are kept")
    found = (float(np.maximum(ratio - 1, 0).mean()) + 3 / PROBES) / kept
    if not found <= wanted:
        raise ValueError(f"Expected draws within {wanted:g} of the law; E falls too fast in some cells ({found:.2g})")
    return SpaceTable(
        energy=table.energy, corner=table.corner, widths=table.widths, per_axis=table.per_axis, middle=table.middle,
        fall=table.fall, cumulative=table.cumulative, log_mass=table.log_mass, accuracy=found, kept=kept,
    )  # fmt: skip


def falls(middle: Floats) -> Floats:
    """An estimate from above of how far E falls within each cell below its value in the middle, shape as given.

    With first differences g_i = E_i h_i and second ones c_ij = E_ij h_i h_j, a point at u_i h_i, |u_i| <= 1/2, has
    E - E_c = sum g_i u_i + sum c_ij u_i u_j / 2 + ...: it falls by at most sum |g_i| / 2 + sum |c_ij| / 8.
    """
    d = middle.ndim
    # Where E is infinite there is no mass; beside it the largest finite value stands for a wall.
    finite = np.where(np.isfinite(middle), middle, np.max(middle[np.isfinite(middle)]))
    first = [np.gradient(finite, axis=i) for i in range(d)]
    bend = np.zeros_like(finite)
    for i in range(d):
        for j in range(d):
            bend += around(np.abs(np.gradient(first[i], axis=j)))
    fall: Floats = sum(np.abs(g) for g in first) / 2 + MARGIN * bend / 8
    return fall


def around(values: Floats) -> Floats:
    """The largest value at a place and at its neighbours along the axes and diagonals."""
    found = values
    for axis in range(values.ndim):
        padded = np.pad(found, [(1, 1) if k == axis else (0, 0) for k in range(values.ndim)], mode="edge")
        n = values.shape[axis]
        found = np.maximum.reduce([np.take(padded, range(s, s + n), axis=axis) for s in (0, 1, 2)])
    return found
