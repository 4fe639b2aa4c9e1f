r"""Witnesses of a written density: its mass, its sign, and draws of the law counted in cells.

    mass      int F(w) dw = 1 by the trapezoidal rule, an estimate with its error: sees any wrong constant
    cells     chi-square of draws over product cells, of probabilities int_cell F by Gauss-Legendre rules, and one
              cell for all the rest: sees a wrong shape, jointly and not in the marginals alone

F is the written density in the coordinates of `written_density.py`.  Neither route knows the derived density.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..numeric.trapezoid import decay_box, trapezoid, trapezoid_estimate
from ..symbolic.tree import size
from .budget import Budget, step_seed
from .claim import Claim
from .controls import SLIP
from .evidence import Estimate, Evidence, Obstacle
from .law_sampling import Array
from .two_stage import guarded
from .written_density import Coordinates, WrittenDensity, coordinates, read_density

MASS = "mass of the written density"
CELLS = "chi-square of draws over cells of the written density"
# Relative accuracy asked of the rule, and its largest number of nodes, by dimension: a fraction of a second.
WANTED = {1: 1e-13, 2: 1e-11, 3: 1e-9}
NODES = {1: 2**14, 2: 2**18, 3: 2**18}
FIRST = {1: 32, 2: 16, 3: 16}


@guarded(MASS)
def density(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """p(y) = g(y), log p(y) = g(y), -log p(y) = g(y), for a law in up to three dimensions."""
    found = read_density(claim, seed)
    if found is None:
        return []
    written, stream = found
    place, pilot = coordinates(written, stream, step_seed(seed, "coordinates"))
    pieces = mass(written, place)
    if budget.statistics:
        from .density_cells import cells

        try:
            pieces += cells(written, place, pilot, stream, budget, seed, CELLS)
        except (ValueError, ArithmeticError) as error:
            pieces.append(Obstacle(method=CELLS, reason=str(error)))
    return pieces


@dataclass(slots=True)
class Integrand:
    """F, and F of the written density with its arguments stretched by 0.1 %, at w (m, d), shape (m, 2).

    `lowest` keeps the smallest value seen, and where: a density is nowhere negative.
    """

    density: WrittenDensity
    place: Coordinates
    lowest: float = math.inf
    where: Array = field(default_factory=lambda: np.empty(0))

    def __call__(self, w: Array) -> Array:
        y, volume = self.place.points(w)
        value = self.density(y)
        if not np.isfinite(value).all():
            raise ArithmeticError(f"the written density is not a finite number at {self.at(y[~np.isfinite(value)][0])}")
        k = int(np.argmin(value))
        if value[k] < self.lowest:
            self.lowest, self.where = float(value[k]), y[k]
        stretched = [chart.stretched(c, 1 + float(SLIP)) for chart, c in zip(self.place.charts, y.T, strict=True)]
        slip = np.nan_to_num(self.density(np.stack(stretched, axis=1)), nan=0.0)
        return np.stack([value * volume, slip * volume], axis=1)

    def at(self, y: Array) -> str:
        return ", ".join(f"{name} = {x:.6g}" for name, x in zip(self.density.arguments, y, strict=True))

    def rounding(self, w: Array) -> Array:
        """|change of F| under a relative error k eps of its arguments, plus k eps |F|, for a formula of k nodes.

        Each operation rounds once: what comes after an exponential or a power is a factor 1 + O(k eps), what comes
        before acts like an error of the arguments.
        """
        y, volume = self.place.points(w)
        value, error = self.density(y), (size(self.density.tree) + 8 * len(self.place.charts)) * np.finfo(float).eps
        moved = np.nan_to_num(self.density(y * (1 + error)), nan=0.0)
        return np.asarray((np.abs(moved - value) + error * np.abs(value)) * volume)

    def energy(self, w: Array) -> Array:
        """-log |F|, +inf where F is 0 or has no value: where the mass is."""
        y, volume = self.place.points(w)
        with np.errstate(all="ignore"):
            return np.asarray(-np.log(np.abs(self.density(y) * volume)))


def mass(written: WrittenDensity, place: Coordinates) -> list[Evidence]:
    """int F - 1 with its error estimate, and the sign of F at the nodes."""
    d = len(place.charts)
    integrand = Integrand(written, place)
    box = decay_box(integrand.energy, d)
    rule = trapezoid_estimate(integrand, box, relative_tolerance=WANTED[d], n=FIRST[d], nodes=NODES[d])
    total, stretched = float(rule.value[0]), float(rule.value[1])
    error = float(rule.error_estimate[0] + trapezoid(integrand.rounding, box, 2 * FIRST[d])[0][0])
    slips = [total * (1 + float(SLIP)) - 1, total * (1 - float(SLIP)) - 1]
    if not any(chart.bounded for chart in place.charts):
        slips.append(stretched - 1)
    found = Estimate(
        method=MASS,
        residual=total - 1,
        error_estimate=error,
        how=f"trapezoidal rule with {rule.nodes} nodes; error from halving the step, enlarging the box, and rounding",
        caught=sum(abs(slip) > error for slip in slips),
        tried=len(slips),
        detail="positive at every node" if integrand.lowest >= 0 else "",
    )
    pieces: list[Evidence] = [found]
    if found.agrees and found.caught < found.tried:
        # An estimate that cannot tell a wrong constant from a right one is no witness.
        pieces = [
            Obstacle(method=MASS, reason=f"the mass is {total:.6g} with an error of {error:.2g}: too coarse to tell")
        ]
    if not found.agrees:
        reason = f"the estimate disagrees: mass {total:.10g}, residual {found.residual:.3g}, error {error:.2g}"
        pieces.append(Obstacle(method=MASS, reason=reason))
    if integrand.lowest < 0:
        reason = f"the written density is negative ({integrand.lowest:.3g}) at {integrand.at(integrand.where)}"
        pieces.append(Obstacle(method=MASS, reason=reason))
    return pieces
