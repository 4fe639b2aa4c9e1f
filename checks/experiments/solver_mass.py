r"""The mass of the density that a method carries: 1 for the flow, something else for a naive integration.

A method moves z0 to z1 and claims log p(z1) = log p0(z0) + q with q its own integral of -div f.  The mass of that claim
over the image is, in base coordinates z0 = g(w), w standard normal,

    m = int phi(w) exp(q + log|det dz1/dz0|) dw,

the determinant being that of the *method's* map, by complex step through it.  Euler's defect m - 1 falls like h.  Where
the coordinates of the field and of the start are alone, m is a product of integrals over lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numeric.ode import fixed_steps
from ...numeric.order import ObservedOrder
from ...numeric.solution import VectorField
from ...numeric.tableaus import EULER, RK4, Tableau
from ...symbolic.tree import Array, Bind
from ..evidence import Estimate, Evidence, Obstacle
from .bench import FlowBench
from .record import Row

REACH = 6.5
NODES = {1: 401, 2: 73}
WITHIN = 0.1
COMPLEX_STEP = 1e-30
Masses = dict[int, tuple[float, float]]
"""By number of steps: the mass, and the mass when the trace is dropped (a control); infinite where a path is lost."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What a mass is the integral of: a field of d coordinates with its log-density, and where it starts."""

    augmented: VectorField
    push: Callable[[Any], Any]
    dimension: int
    span: tuple[float, float]

    def mass(self, tableau: Tableau, steps: int, nodes: int) -> tuple[float, float]:
        d = self.dimension
        axis = np.linspace(-REACH, REACH, nodes)
        w = np.stack([part.ravel() for part in np.meshgrid(*[axis] * d, indexing="ij")], axis=1)
        weight = np.exp(-0.5 * (w**2).sum(axis=1)) * ((axis[1] - axis[0]) / math.sqrt(2 * math.pi)) ** d
        z = self.push(w)
        n = len(z)
        # d shifted copies of every node: the k-th column of the Jacobian is the imaginary part of the k-th copy.
        start = (z[:, None, :] + 1j * COMPLEX_STEP * np.eye(d)).reshape(n * d, d)
        state = np.concatenate([start, np.zeros((n * d, 1))], axis=1)
        run = fixed_steps(tableau, self.augmented, state, np.array(self.span), steps=steps)
        if not run.arrived.all():
            return math.inf, math.inf
        end = run.final.reshape(n, d, d + 1)
        jacobian = np.swapaxes(end[:, :, :d].imag, 1, 2) / COMPLEX_STEP
        with np.errstate(all="ignore"):
            log_det = np.linalg.slogdet(jacobian)[1]
            return float((weight * np.exp(end[:, 0, d].real + log_det)).sum()), float((weight * np.exp(log_det)).sum())


def pieces_of(bench: FlowBench) -> list[Piece]:
    """The flow as a product of lines where its coordinates and those of its start are alone; else as a whole."""
    factor = independent_start(bench)
    if not bench.exact or factor is None:
        return [Piece(bench.derived.augmented, bench.start.push, bench.dimension, bench.span)]
    mean, scale = factor
    return [
        Piece(line(bench, i), lambda w, i=i: mean[i] + scale[i] * w, 1, bench.span)  # type: ignore[misc]
        for i in range(bench.dimension)
    ]


def independent_start(bench: FlowBench) -> tuple[Any, Any] | None:
    """Means and standard deviations of a Gaussian start with a diagonal covariance; None for another start."""
    if bench.start.law is None:
        return np.zeros(bench.dimension), np.ones(bench.dimension)
    try:
        mean, factor = bench.start.gaussian(bench.start.law)
    except ValueError:
        return None
    return (mean, np.diag(factor)) if not (factor - np.diag(np.diag(factor))).any() else None


def line(bench: FlowBench, index: int) -> VectorField:
    """Coordinate `index` and its part of the log-density, by the written tree and dual numbers."""
    part, name = bench.numbers.components[index], bench.law.variables[index]
    speed = bench.numbers.expression(part)
    slope = bench.numbers.expression(Bind("divergence", (name,), (Array(((part,),)),)))

    def augmented(t: float, state: Any) -> Any:
        z = np.zeros((len(state), bench.dimension), dtype=state.dtype)
        z[:, index] = state[:, 0]
        return np.stack([speed(t, z), -slope(t, z)], axis=1)

    return augmented


def masses(pieces: list[Piece], tableau: Tableau, counts: tuple[int, ...], coarser: int = 1) -> Masses:
    found: Masses = {}
    for n in counts:
        parts = [piece.mass(tableau, n, NODES[piece.dimension] // coarser // 2 * 2 + 1) for piece in pieces]
        found[n] = math.prod(m for m, _ in parts), math.prod(m for _, m in parts)
    return found


def mass_row(bench: FlowBench, counts: tuple[int, ...]) -> tuple[Row, list[dict[str, Any]], list[dict[str, Any]]]:
    """Mass against steps by Euler, the order at which the defect falls, RK4 beside it; figure and table."""
    statement = (
        "The log-density that Euler's method carries is not that of a density: its mass is not 1, by an amount that "
        "falls like the step."
    )
    pieces = pieces_of(bench)
    if pieces[0].dimension not in NODES:
        reason = f"the mass is a {bench.dimension}-dimensional integral; it is measured in one and two dimensions"
        obstacle = Obstacle(method="mass of the carried density", reason=reason)
        return Row(id="mass-defect", statement=statement, measured="Not measured.", evidence=(obstacle,)), [], []
    euler, better = masses(pieces, EULER, counts), masses(pieces, RK4, counts[:5])
    last = counts[-1]
    error = abs(euler[last][0] - masses(pieces, EULER, (last,), 2)[last][0]) + 2 * math.exp(-0.5 * REACH**2)
    words = ", ".join(number(value[0]) for value in euler.values())
    product = " (the product of one integral for each coordinate)" if len(pieces) > 1 else ""
    row = Row(
        id="mass-defect",
        statement=statement,
        measured=f"Mass after {', '.join(map(str, counts))} steps of Euler: {words}{product}; after {counts[0]} of "
        f"RK4: {number(better[counts[0]][0])}. Error of the integral: {error:.1g}.",
        conditions="The mass is 1 where the method is exact, as for a constant field. RK4's defect falls like h^4.",
        evidence=(mass_evidence(euler, better, error), *product_evidence(bench, euler)),
    )
    table = {
        "title": f"Mass of the carried density at t = {bench.span[1]:g}",
        "columns": ["steps", "Euler", "RK4"],
        "rows": [[str(n), number(euler[n][0]), f"{better[n][0]:.9g}" if n in better else ""] for n in counts],
    }
    return row, [mass_figure(bench, euler, better, error)], [table]


def number(mass: float) -> str:
    return f"{mass:.4f}" if mass < 100 else f"{mass:.2g}" if math.isfinite(mass) else "not finite"


def product_evidence(bench: FlowBench, euler: Masses) -> list[Evidence]:
    """For a plane field whose mass was taken as a product: the plane integral, at the fewest steps, is the same."""
    whole = Piece(bench.derived.augmented, bench.start.push, bench.dimension, bench.span)
    if bench.dimension != 2 or len(pieces_of(bench)) != 2:
        return []
    n = next(iter(euler))
    fine, coarse = (whole.mass(EULER, n, nodes)[0] for nodes in (NODES[2], NODES[2] // 2 + 1))
    error = abs(fine - coarse) + 1e-9
    return [
        Estimate(
            method="mass in the plane",
            residual=fine - euler[n][0],
            error_estimate=error,
            how=f"trapezoidal rule on {NODES[2]} nodes an axis, compared with half of them, {n} steps; derived trace",
            caught=sum(abs(fine - m) > error for m, _ in list(euler.values())[1:2]),
            tried=len(list(euler)[1:2]),
            detail="wrong variant: another number of steps",
        )
    ]


def mass_evidence(euler: Masses, better: Masses, error: float) -> Evidence:
    """The observed order of the defect is 1."""
    counts = tuple(euler)
    defect = ObservedOrder(counts, tuple(abs(m - 1) for m, _ in euler.values()), 10 * error)
    if defect.nothing_to_see:
        return Obstacle(method="mass of the carried density", reason="no defect above the error of the integral")
    if len(defect.last) < 2:
        return Obstacle(method="mass of the carried density", reason="too few step counts with a clean defect")
    dropped = ObservedOrder(counts, tuple(abs(m - 1) for _, m in euler.values()), 10 * error)
    other = ObservedOrder(tuple(better), tuple(abs(m - 1) for m, _ in better.values()), 10 * error)
    caught = [one.deviation(1.0) > WITHIN for one in (dropped, other) if not one.nothing_to_see]
    return Estimate(
        method="mass of the carried density",
        residual=defect.last[-1] - 1.0,
        error_estimate=WITHIN,
        how=f"slope of |mass - 1| over the last steps ({', '.join(f'{s:.3f}' for s in defect.last)}); trapezoidal "
        "rule in base coordinates, Jacobian of the method's own map by complex step",
        caught=sum(caught),
        tried=len(caught),
        detail="wrong variants: the trace dropped, RK4 taken for Euler",
    )


def mass_figure(bench: FlowBench, euler: Any, better: Any, error: float) -> dict[str, Any]:
    def series(name: str, found: Any) -> dict[str, Any]:
        y = [abs(m - 1) for m, _ in found.values()]
        return {
            "name": name,
            "x": list(found),
            "y": [float(f"{v:.3g}") if error < v < 1e3 else None for v in y],
            "dashed": False,
        }

    name, t = bench.law.name, bench.span[1]
    return {
        "id": f"{name}-mass",
        "kind": "lines",
        "of": name,
        "title": f"Mass defect of the density carried to t = {t:g}",
        "caption": f"|mass - 1| of the density that each method's states and log-densities claim together, against its "
        f"number of steps. The flow itself has none. Below {error:.1g}, the error of the integral, nothing is shown.",
        "sentence": "Mass defect of the carried density against the number of steps, for Euler and RK4",
        "data": {
            "x": [],
            "x_label": "steps",
            "y_label": "|mass \u2212 1|",
            "log_x": True,
            "log_y": True,
            "bands": [],
            "series": [series("Euler", euler), series("RK4", better)],
        },
    }
