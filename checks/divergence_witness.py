r"""The divergence theorem as a witness of a written divergence: no derivative is taken.

    sum over faces of a box  int F . n dS  =  int over the box of the WRITTEN div F

on boxes where the flow lives, by Gauss-Legendre quadrature with m and 2 m nodes an axis.  The gap between the two rules
is the error estimate of the coarser one and is kept as that of the finer one, which is smaller for every integrand that
the rule converges on.  Dimensions 1 to 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ..numeric.floats import Floats
from ..numeric.sampling import generator
from ..numeric.schemes import ROUNDING
from ..symbolic.context import FlowLaw
from ..symbolic.evaluate import Evaluator, Grid
from ..symbolic.tree import Apply, Bind, Node, walk
from .budget import Budget
from .claim import Claim, Part
from .controls import SLIP
from .evidence import Estimate, Evidence, Obstacle
from .flow_numerics import flow_numerics, spread
from .interpret import Meaning
from .isolate import Isolated, isolate
from .points import Point, Sampler, bound_of, inside

METHOD = "divergence theorem on boxes"
BOXES = 6
FAR = 1e3
RULES = {1: (12, 24, 48), 2: (10, 20, 40), 3: (8, 16)}
Field = Callable[[Any], Any]
Box = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The vector field inside a divergence (or inside the trace of a Jacobian), and the variables."""

    node: Node
    names: tuple[str, ...]
    body: Node


def divergence_theorem(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Flux through the faces of boxes against the integral of the written divergence."""
    part = claim.parts[0]
    found = first_divergence(part.unfolded)
    if found is None or len(found.names) not in RULES:
        return []
    try:
        return judged(part, found, seed)
    except (ArithmeticError, ValueError, TypeError, NotImplementedError) as error:
        return [Obstacle(method=METHOD, reason=str(error) or type(error).__name__)]


def first_divergence(sides: Sequence[Node]) -> Divergence | None:
    for side in sides:
        for node in walk(side):
            if isinstance(node, Bind) and node.op == "divergence":
                return Divergence(node, node.names, node.args[0])
            if isinstance(node, Apply) and node.op == "trace" and isinstance(node.args[0], Bind):
                inner = node.args[0]
                if inner.op == "jacobian" and inner.tag != "flow_map":
                    return Divergence(node, inner.names, inner.args[0])
    return None


def judged(part: Part, found: Divergence, seed: int) -> list[Evidence]:
    lhs, rhs = part.unfolded
    point = Sampler(part.context, (lhs, rhs), seed).point(0)

    def evaluate(node: Node, z: Any, more: Any) -> Any:
        bound = {name: z[:, i] for i, name in enumerate(found.names)}
        ev = Evaluator(Floats(), Meaning(part.context, point, bound={**bound, **more}))
        return ev.value(node)

    def field(z: Any) -> Any:
        value = evaluate(found.body, z, {})
        entries = value.entries if isinstance(value, Grid) else (value,)
        return np.stack([spread(e, z) for e in entries], axis=1)

    def written(equation: Isolated) -> Field:
        return lambda z: spread(equation.value(lambda node, more: spread(evaluate(node, z, more), z)), z)

    equation = isolate(lhs, rhs, found.node)
    rate = written(equation)
    wrong = [
        lambda z: (1 + float(SLIP)) * rate(z),
        lambda z: -rate(z),
        lambda z: rate(z) + float(SLIP),
        *(written(variant) for _, variant in equation.slips()),
    ]
    boxes = boxes_for(part, found.names, point, seed)
    return compared(field, rate, wrong, boxes, len(found.names))


def compared(field: Field, rate: Field, wrong: list[Field], boxes: list[Box], dimension: int) -> list[Evidence]:
    """The estimate with the coarsest rule that tells every control from the written side."""
    estimate = None
    for nodes in RULES[dimension]:
        fluxes = [flux(field, box, nodes) for box in boxes]
        usable = [(box, f) for box, f in zip(boxes, fluxes, strict=True) if np.isfinite(f).all()]
        usable = [(b, f) for b, f in usable if np.isfinite(volume(rate, b, nodes)).all()]
        if len(usable) < min(3, len(boxes)) or not usable:
            reason = f"a value was missing in {len(boxes) - len(usable)} of {len(boxes)} boxes"
            return [Obstacle(method=METHOD, reason=reason)]
        residual, error, agrees = worst(usable, rate, nodes)
        shown = [w for w in wrong if differs(w, rate, usable[0][0])] if agrees else []
        caught = sum(not worst(usable, w, nodes)[2] for w in shown)
        estimate = Estimate(
            method=METHOD,
            residual=residual,
            error_estimate=error,
            caught=caught,
            tried=len(shown),
            how=f"Gauss-Legendre quadrature with {2 * nodes} nodes an axis, compared with {nodes}",
            detail=f"flux through the faces of {len(usable)} boxes = integral of the written divergence",
        )
        if agrees and caught == len(shown):
            return [estimate]
        if abs(residual) > FAR * error:
            break
    assert estimate is not None
    if estimate.agrees:
        return [estimate]
    reason = f"the estimate disagrees: residual {estimate.residual:.3g}, error {estimate.error_estimate:.3g}"
    return [estimate, Obstacle(method=METHOD, reason=reason)]


def worst(usable: list[tuple[Box, Any]], rate: Field, nodes: int) -> tuple[float, float, bool]:
    """Residual and error of the box that agrees least; whether all agree."""
    found = []
    for box, (coarse, fine, size) in usable:
        rough, sharp, mass = volume(rate, box, nodes)
        error = abs(fine - coarse) + abs(sharp - rough) + ROUNDING * (size + mass)
        found.append((abs(fine - sharp), error, fine - sharp))
    gap, error, residual = max(found, key=lambda e: e[0] / e[1] if np.isfinite(e[0]) and e[1] > 0 else np.inf)
    return float(residual), float(error), bool(gap <= error)


def differs(variant: Field, rate: Field, box: Box) -> bool:
    """Whether a variant certainly has other values in a box."""
    z, _ = grid_of(box, 4)
    a, b = rate(z), variant(z)
    return bool((~(np.abs(a - b) <= 1e-9 * (np.abs(a).max() + 1e-300))).any())


# -- quadrature --------------------------------------------------------------------------------------------------------
def grid_of(box: Box, nodes: int) -> tuple[Any, Any]:
    """Gauss-Legendre points (N, d) and weights (N,) of a box."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    axes = [((high - low) / 2 * x + (high + low) / 2, (high - low) / 2 * w) for low, high in box]
    points = np.stack([p.ravel() for p in np.meshgrid(*(a for a, _ in axes), indexing="ij")], axis=1)
    weights = np.array([np.prod(part) for part in product(*(w for _, w in axes))])
    return points, weights


def volume(rate: Field, box: Box, nodes: int) -> Any:
    """The integral over the box with m and 2 m nodes, and that of the absolute value."""
    found = []
    for count in (nodes, 2 * nodes):
        z, w = grid_of(box, count)
        values = rate(z)
        found.append(float(w @ values))
    return np.array([*found, float(w @ np.abs(values))])


def flux(field: Field, box: Box, nodes: int) -> Any:
    """The flux out of the box with m and 2 m nodes, and the sum of the absolute values of its parts."""
    found, size = [0.0, 0.0], 0.0
    for axis, (low, high) in enumerate(box):
        rest = tuple(side for i, side in enumerate(box) if i != axis)
        for which, count in enumerate((nodes, 2 * nodes)):
            face, w = grid_of(rest, count) if rest else (np.zeros((1, 0)), np.ones(1))
            for sign, at in ((1.0, high), (-1.0, low)):
                values = field(np.insert(face, axis, at, axis=1))[:, axis]
                found[which] += sign * float(w @ values)
                size += float(w @ np.abs(values)) if which else 0.0
    return np.array([*found, size])


# -- boxes -------------------------------------------------------------------------------------------------------------
def boxes_for(part: Part, names: tuple[str, ...], point: Point, seed: int) -> list[Box]:
    """Boxes at the size of the start law of the flow, else around points of the declared domain."""
    flow = next(
        (law for law in part.context.laws.values() if isinstance(law, FlowLaw) and law.variables == names), None
    )
    if flow is not None:
        numbers = flow_numerics(part.context, flow, part.unfolded, seed)
        scale = numbers.start().draw(256, seed).std(axis=0)
        scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
        rng = generator(seed, 1)
        shape = (BOXES, len(names))
        centre = rng.uniform(0.4, 1.3, shape) * rng.choice((-1.0, 1.0), shape) * scale
        half = rng.uniform(0.15, 0.4, shape) * scale
        pairs = zip(centre.tolist(), half.tolist(), strict=True)
        return [tuple((a - b, a + b) for a, b in zip(c, h, strict=True)) for c, h in pairs]
    found: list[Box] = []
    for drawn in Sampler(part.context, part.unfolded, seed + 1).points(4 * BOXES):
        box = box_around(part, names, drawn)
        if box is not None and len(found) < BOXES:
            found.append(box)
    return found


def box_around(part: Part, names: tuple[str, ...], point: Point) -> Box | None:
    """A box about a point that stays inside the declared domain of every variable."""
    from fractions import Fraction

    sides = []
    for name in names:
        value, entry = point.values.get(name), part.context.get(name)
        if not isinstance(value, Fraction) or value == 0 or abs(value) > 4:
            return None
        half = abs(value) / 5
        ends = (value - half, value + half)
        if entry is not None:
            domain = entry.domain
            low, high = bound_of(domain.low, point.values), bound_of(domain.high, point.values)
            if domain.field != "real" or not all(inside(domain, end, low, high) for end in ends):
                return None
        sides.append((float(ends[0]), float(ends[1])))
    return tuple(sides)
