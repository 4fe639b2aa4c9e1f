r"""Numeric witnesses of claims about partition functions, expectations and integrals.

    estimate               both sides by the trapezoidal rule in 1, 2 and 3 dimensions:
                           lhs - rhs = r +- e, e from node doubling, box enlarging and roundoff of every integral
    difference_quotient    d f/d phi by (f(phi + h) - f(phi - h)) / 2h of enclosures of f on the line: no derivative
                           under the integral sign is taken; the truncation h^2 f'''/6 is a third of |D_2h - D_h|

Neither refutes by itself: what disagrees is named as an obstacle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from flint import arb

from ..numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from ..symbolic.context import Context, EnergyLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, normal
from ..symbolic.tree import Bind, Call, Name, Node, children, column, walk, with_children
from . import controls
from .budget import Budget
from .claim import Claim, Part
from .evidence import Bearing, Estimate, Evidence, Obstacle
from .grid_integrals import COARSEST, GridIntegrals
from .integrals import BallIntegrals
from .interpret import Meaning
from .points import EmptyDomain, Point, Sampler
from .pointwise import Side, paired

QUADRATURE = "quadrature on a grid"
QUOTIENT = "difference quotient of enclosures"
POINTS = {1: 3, 2: 3, 3: 2}
BITS = 192
STEP = 40
Evaluate = Callable[[Node, Point], Side]


# -- quadrature in the plane and in space ----------------------------------------------------------------------------
def estimate(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Both sides by quadrature at the declared parameters and at further seeded ones."""
    return [e for i, part in enumerate(claim.parts) for e in estimated_part(part, seed + i)]


def estimated_part(part: Part, seed: int) -> list[Evidence]:
    lhs, rhs = part.unfolded
    dimension = max(dimensions(lhs, part.context) | dimensions(rhs, part.context), default=0)
    if dimension < 1:
        return []
    if dimension not in COARSEST:
        return [Obstacle(method=QUADRATURE, reason=f"no quadrature in {dimension} dimensions")]
    integrals = GridIntegrals()

    def evaluate(node: Node, point: Point) -> Side:
        return side_of(Evaluator(RealBalls(64), Meaning(part.context, point, integrals=integrals)), node)

    how = "trapezoidal rule, its error from doubled nodes, an enlarged box and roundoff"
    try:
        points = list(Sampler(part.context, (lhs, rhs), seed).points(POINTS[dimension]))
    except EmptyDomain as error:
        return [Obstacle(method=QUADRATURE, reason=str(error))]
    found = compared(part, (lhs, rhs), points, evaluate, method=QUADRATURE, how=how)
    # On the line balls enclose; what a grid cannot do there is no obstacle.
    return found if dimension > 1 or (isinstance(found[0], Estimate) and told(found[0])) else []


def told(evidence: Estimate) -> bool:
    """Whether an estimate speaks for the claim, or disagrees with it."""
    return evidence.bearing is Bearing.FOR or not evidence.agrees


def side_of(ev: Evaluator, node: Node) -> Side:
    """The value of a tree, or why there is none."""
    try:
        return Side(value=normal(ev.value(node)))
    except Undefined as error:
        return Side(undefined=error.reason)
    except (Indeterminate, Mismatch) as error:
        return Side(unknown=str(error))


@dataclass(frozen=True, slots=True)
class Gap:
    """lhs - rhs of one entry at one point: the estimate, its error, the size of the sides."""

    residual: float
    error: float
    scale: float

    @property
    def ratio(self) -> float:
        return abs(self.residual) / self.error if self.error else (0.0 if self.residual == 0 else float("inf"))


def compared(
    part: Part, sides: tuple[Node, Node], points: list[Point], evaluate: Evaluate, *, method: str, how: str
) -> list[Evidence]:
    """The estimate over all points where both sides have a value, with the controls at the same points."""
    lhs, rhs = sides
    usable, reasons = [], []
    for point in points:
        left, right = evaluate(lhs, point), evaluate(rhs, point)
        missing = next((s.undefined or s.unknown for s in (left, right) if not s.defined), "")
        if missing:
            reasons.append(missing)
        else:
            usable.append((point, left, right))
    if not usable:
        return [Obstacle(method=method, reason=reasons[0] if reasons else "no point was tried")]
    found = [gap for _, left, right in usable for gap in gaps(left, right)]
    if not found:
        return [Obstacle(method=method, reason="the two sides have different shapes")]
    worst = max(found, key=lambda gap: gap.ratio)
    caught, tried = controlled(rhs, usable, evaluate)
    names = ", ".join(f"{n} = {v}" for n, v in usable[0][0].values.items() if isinstance(v, Fraction))
    places = f"{len(usable)} points, the first at {names}" if names else "no free parameter"
    evidence = Estimate(
        method=method, residual=worst.residual, error_estimate=worst.error, how=how, caught=caught, tried=tried,
        scale=worst.scale, detail=f"{part.label} {places}".strip(),
    )  # fmt: skip
    if evidence.bearing is Bearing.FOR:
        return [evidence]
    if not evidence.agrees:
        reason = f"the estimate disagrees: residual {worst.residual:.3g}, error {worst.error:.2g}"
        return [evidence, Obstacle(method=method, reason=reason)]
    return [evidence, Obstacle(method=method, reason=f"too coarse: {caught} of {tried} wrong variants were told apart")]


def gaps(left: Side, right: Side) -> Iterator[Gap]:
    """The residual of every entry."""
    for _, a, b in paired(left.value, right.value) or []:
        with working_precision(BITS):
            difference = to_ball(a) - to_ball(b)
        scale = max(abs(float(to_ball(v).mid())) for v in (a, b))
        yield Gap(float(difference.mid()), float(difference.rad()), scale)


def controlled(rhs: Node, usable: list[tuple[Point, Side, Side]], evaluate: Evaluate) -> tuple[int, int]:
    """How many of the slips of the written side that change it are told from the left side at these points."""
    caught = tried = 0
    matrix = isinstance(usable[0][2].value, Grid)
    for _, variant in controls.whole_side(rhs, matrix):
        shown = [(left, right, evaluate(variant, point)) for point, left, right in usable]
        if not any(v.defined and disagree(right, v) for _, right, v in shown):
            continue
        tried += 1
        caught += any(v.defined and disagree(left, v) for left, _, v in shown)
    return caught, tried


def disagree(left: Side, right: Side) -> bool:
    return any(gap.ratio > 1 for gap in gaps(left, right))


def dimensions(tree: Node, context: Context) -> set[int]:
    """The dimensions of the integrals, expectations and normalisers of a tree."""
    found: set[int] = set()
    for node in walk(tree):
        if isinstance(node, Bind) and node.op == "integral":
            # A normaliser in the integrand is a constant of the integral and stands in front of it.
            inner = (d for part in walk(node.args[0]) if isinstance(part, Bind) for d in dimensions(part, context))
            found.add(len(node.names) + max(inner, default=0))
        law = None
        if isinstance(node, Bind) and node.op == "expect" and isinstance(node.args[1], Name):
            law = context.laws.get(node.args[1].name)
        if isinstance(node, Name) and (entry := context.get(node.name)) is not None and entry.kind == "partition":
            law = context.law_of(node.name)
        if isinstance(law, EnergyLaw):
            found.add(law.dimension)
    return found


# -- difference quotients --------------------------------------------------------------------------------------------
def difference_quotient(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Derivatives of quantities with integrals over the line, each by a difference quotient of enclosures."""
    return [e for i, part in enumerate(claim.parts) for e in quotient_part(part, seed + i)]


def quotient_part(part: Part, seed: int) -> list[Evidence]:
    sides = part.unfolded
    if {d for side in sides for d in dimensions(side, part.context)} != {1}:
        return []
    if not any(is_derivative(node, part.context) for side in sides for node in walk(side)):
        return []
    integrals = BallIntegrals()

    def evaluate(node: Node, point: Point) -> Side:
        ev = Evaluator(RealBalls(BITS), Meaning(part.context, point, integrals=integrals))
        try:
            inside, plain = without_derivatives(ev, node, part.context)
        except Undefined as error:
            return Side(undefined=error.reason)
        except (Indeterminate, Mismatch) as error:
            return Side(unknown=str(error))
        return side_of(inside, plain)

    try:
        points = [Sampler(part.context, sides, seed).point(0)]
    except EmptyDomain as error:
        return [Obstacle(method=QUOTIENT, reason=str(error))]
    how = f"central differences of enclosures with {BITS} bits, step 2^-{STEP}; error from the doubled step"
    return compared(part, sides, points, evaluate, method=QUOTIENT, how=how)


def is_derivative(node: Node, context: Context) -> bool:
    """A derivative of something that holds an integral, not inside the integral."""
    return isinstance(node, Bind) and node.op in ("diff", "gradient") and bool(dimensions(node.args[0], context))


def without_derivatives(ev: Evaluator, tree: Node, context: Context) -> tuple[Evaluator, Node]:
    """The tree with every such derivative as a name that is bound to its difference quotient."""
    values: dict[str, Any] = {}

    def named(value: Any) -> Node:
        name = f"_slope{len(values)}"
        values[name] = value
        return Name(name)

    def visit(node: Node) -> Node:
        if is_derivative(node, context):
            assert isinstance(node, Bind)
            if node.op == "diff":
                return named(quotient(ev, node.args[0], node.names, context))
            slopes = [named(quotient(ev, node.args[0], (name,), context)) for name in node.names]
            return slopes[0] if len(slopes) == 1 else column(*slopes)
        if isinstance(node, Bind | Call):
            return node
        parts = children(node)
        return with_children(node, tuple(visit(part) for part in parts)) if parts else node

    plain = visit(tree)
    return meaning_of(ev).inside(ev, values), plain


def quotient(ev: Evaluator, body: Node, names: tuple[str, ...], context: Context) -> Any:
    r"""d^n body / d names as a ball around D_h with radius |D_2h - D_h| and that of the enclosures.

    D_h = (2h)^-n sum over signs s of prod(s_i) f(phi + h sum s_i e_i): central in every name, so D_h - f^(n) = O(h^2).
    """
    meaning = meaning_of(ev)
    here = {name: to_ball(ev.scalar(meaning.name(ev, Name(name)))) for name in names}
    values: dict[tuple[int, ...], Any] = {}
    distinct = tuple(here)

    def value(steps: tuple[int, ...]) -> Any:
        if steps not in values:
            moved = {n: here[n] + arb(k) / 2**STEP for n, k in zip(distinct, steps, strict=True)}
            inside = meaning.inside(ev, moved)
            values[steps] = to_ball(inside.scalar(inside.value(body)))
        return values[steps]

    def central(step: int) -> Any:
        total = arb(0)
        for signs in product((1, -1), repeat=len(names)):
            offset = tuple(sum(s for s, n in zip(signs, names, strict=True) if n == d) * step for d in distinct)
            total += prod(signs) * value(offset)
        return total * (arb(2**STEP) / (2 * step)) ** len(names)

    with working_precision(BITS):
        near, far = central(1), central(2)
        return near + arb(0, (far - near).abs_upper())


def meaning_of(ev: Evaluator) -> Meaning:
    found: Meaning = ev.heads  # type: ignore[assignment]
    return found


__all__ = ["difference_quotient", "dimensions", "estimate"]
