r"""Claims about extremes, brought back to inequalities.

    argmax_x f(x) = a        f(x) <= f(a) for every x of the domain, a in the domain, no other x as good
    max_x f(x) = v           f(x) <= v for every x, and f(c) = v for some c
    sup_x f(x) = v           the same, or f -> v at an end of the domain
    argmax_x f = argmax_x g  f and g rise and fall together: f'/g' > 0

argmin, min, inf likewise with the signs turned.  A point x with f(x) > f(a) refutes.  Candidates for c are found by
solving f'(x) = 0 in the worker; what they are is proved as any other equality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from flint import arb

from ..symbolic.context import Context, Entry
from ..symbolic.context_json import context_json
from ..symbolic.domains import Bound, Domain
from ..symbolic.extremes import OPS
from ..symbolic.shapes import ShapeError
from ..symbolic.tree import Apply, Bind, Name, Node, Number, free_names, from_json, integer, neg, substitute, to_json
from ..symbolic.unfold import TooLarge
from .budget import step_seed
from .claim import Claim, Part
from .evidence import Bearing, Counterexample, Disproof, Enclosure, Evidence, Obstacle, Proof
from .gap_search import lowest, middle
from .points import EmptyDomain, Point, Sampler, number_of
from .pointwise import laborious
from .verdict import Verdict

if TYPE_CHECKING:
    from .planner import Planner

METHOD = "extremes"
STARTS = 16
EQUAL = 1e-11  # gaps up to this are equal as far as a search in floats can tell
APART = 1e-2
CLOSE = 1e-3
INFINITE: tuple[Node, ...] = (Name("inf"), Apply("neg", (Name("inf"),)))


@dataclass(frozen=True, slots=True)
class Extreme:
    """An extreme with its variable free: op, body, the context in which the variable has its domain."""

    op: str
    name: str
    body: Node
    context: Context
    attained: bool

    @property
    def below(self) -> str:
        """How the body stands to its extreme value."""
        return "<=" if self.op in ("argmax", "supremum") else ">="

    @property
    def domain(self) -> Domain:
        entry = self.context.get(self.name)
        assert entry is not None
        return entry.domain


def named(side: Node, context: Context) -> Node:
    """The extreme that a name is defined as; any other side itself."""
    entry = context.get(side.name) if isinstance(side, Name) else None
    return entry.value if entry is not None and entry.value is not None and is_extreme(entry.value) else side


def is_extreme(node: Node) -> bool:
    return isinstance(node, Bind) and node.op in OPS


def opened(node: Bind, context: Context) -> Extreme:
    """The extreme with a variable of its own, so that nothing else of that name is meant."""
    name = node.names[0]
    entry = context.get(name)
    domain = entry.domain if entry is not None and entry.kind in ("scalar", "vector") else Domain()
    if len(node.args) == 3:
        marks = (node.tag + "()")[:2]
        low = None if node.args[1] in INFINITE else Bound(value=node.args[1], closed=marks[0] == "[")
        high = None if node.args[2] in INFINITE else Bound(value=node.args[2], closed=marks[1] == "]")
        domain = Domain(low=low, high=high, text="below the extreme")
    kind = "vector" if domain.shape else "scalar"
    # The variable runs over its domain: that is declared by the sign of the extreme itself.
    declared = replace(domain, declared=True)
    inner = context.declare(Entry(name=name, kind=kind, domain=declared, rule="the variable of an extreme"))
    return Extreme(node.op, name, node.args[0], inner, node.tag.endswith("!"))


def extreme_verdict(claim: Claim, planner: Planner) -> Verdict:
    """The verdict of an equality with an extreme on one side, or on both."""
    sides = [named(side, claim.context) for side in (claim.lhs, claim.rhs)]
    claim = replace(claim, lhs=sides[0], rhs=sides[1])
    try:
        if all(is_extreme(s) for s in sides):
            return both_sides(claim, planner)
        node, other = sides if is_extreme(sides[0]) else reversed(sides)
        assert isinstance(node, Bind)
        if node.names[0] in free_names(other):
            reason = f"'{node.names[0]}' is bound on one side of the equation and free on the other"
            return Verdict(evidence=(Obstacle(method=METHOD, reason=reason),))
        found = opened(node, claim.context)
        if node.op in ("argmax", "argmin"):
            return at_point(claim, found, other, planner)
        return of_value(claim, found, other, planner)
    except (TooLarge, ShapeError) as error:
        return Verdict(evidence=(Obstacle(method=METHOD, reason=str(error)),))


# -- argmax = a --------------------------------------------------------------------------------------------------------
def at_point(claim: Claim, found: Extreme, place: Node, planner: Planner) -> Verdict:
    """f(x) against f(a) over the domain of x; a inside the domain; nothing else as good."""
    seed = step_seed(planner.seed, claim.id, "extreme")
    outside = beyond(found, place, planner, seed)
    if outside:
        return Verdict(evidence=tuple(outside))
    best = substitute(found.body, {found.name: place})
    part = Part(found.body, best, found.context, "another point is better", found.below)
    evidence = planner.examine_order(part, seed, where_defined=True)
    if any(p.bearing is Bearing.AGAINST for p in evidence):
        return Verdict(evidence=tuple(evidence))
    rival = as_good(found, part, place, planner, seed)
    if rival:
        return Verdict(evidence=(Obstacle(method=METHOD, reason=rival),))
    conditions = tuple(c for p in evidence if isinstance(p, Proof) for c in p.conditions)
    if not unique(found, planner):
        conditions = (*conditions, f"where only one {found.name} is the best")
    return Verdict(evidence=tuple(evidence), conditions=conditions)


def beyond(found: Extreme, place: Node, planner: Planner, seed: int) -> list[Evidence]:
    """What shows that the point is outside the domain of the variable; nothing where it is inside."""
    for bound, closed, opened_end in ((found.domain.low, ">=", ">"), (found.domain.high, "<=", "<")):
        if bound is None:
            continue
        part = Part(place, bound.value, found.context, "the point is outside the domain", closed if bound.closed else
                    opened_end)  # fmt: skip
        evidence = planner.examine_order(part, seed)
        if any(p.bearing is Bearing.AGAINST for p in evidence):
            return evidence
    return []


def as_good(found: Extreme, part: Part, place: Node, planner: Planner, seed: int) -> str:
    """Where another point seems to be as good as the claimed one; "" where none was found."""
    from .inequalities import order_balls
    from .order import small_first

    small, large = small_first(part)
    balls, sampler = order_balls(part, planner.integrals), Sampler(part.context, (small, large), seed)
    if laborious(small, part.context) or found.name not in sampler.names:
        return ""
    try:
        points = list(sampler.points(STARTS))
    except EmptyDomain:
        return ""
    for point in points:
        least = lowest(balls, small, large, [point], sampler, part.context)
        value = least.point.values.get(found.name) if least is not None else None
        if least is None or not isinstance(value, Fraction) or abs(least.gap) > EQUAL:
            continue
        claimed = balls.side(place, least.point, 128)
        if claimed.defined and abs(float(arb(claimed.value)) - float(value)) > APART * (1 + abs(value)):
            return f"another point, near {found.name} = {float(value):.4g}, seems to be as good"
    return ""


def unique(found: Extreme, planner: Planner) -> bool:
    """Whether the body is strictly concave (convex) in its variable: then no other point is as good."""
    bend = Bind("diff", (found.name, found.name), (found.body,), "d")
    relation = "<" if found.below == "<=" else ">"
    return isinstance(planner.prove(Part(bend, integer(0), found.context, "", relation))[0], Proof)


# -- max = v -----------------------------------------------------------------------------------------------------------
def of_value(claim: Claim, found: Extreme, value: Node, planner: Planner) -> Verdict:
    """f(x) against v over the domain, and v reached or approached."""
    seed = step_seed(planner.seed, claim.id, "extreme")
    part = Part(found.body, value, found.context, "the extreme is passed", found.below)
    evidence = planner.examine_order(part, seed, where_defined=True)
    if any(p.bearing is Bearing.AGAINST for p in evidence):
        return Verdict(evidence=tuple(evidence))
    reached = attained(found, value, planner, seed)
    if reached is not None:
        proofs = [p for p in evidence if isinstance(p, Proof)]
        merged = [replace(p, rules=(*p.rules, *reached.rules)) for p in proofs]
        rest = [p if not isinstance(p, Enclosure) else at_points(p) for p in evidence if not isinstance(p, Proof)]
        return Verdict(evidence=(*merged, *rest))
    missed = (
        never_reached(found, value, planner)
        or too_far(found, value, planner, seed)
        or never_near(found, value, planner, seed)
    )
    if missed:
        return Verdict(evidence=tuple(missed))
    reason = "that the value is not passed is one half: where it is reached was not found"
    return Verdict(evidence=(Obstacle(method=METHOD, reason=reason),))


def at_points(piece: Enclosure) -> Enclosure:
    """An enclosure of the inequality covers one half of the claim only."""
    return replace(piece, covers="points") if piece.covers != "points" else piece


def attained(found: Extreme, value: Node, planner: Planner, seed: int) -> Proof | None:
    """The proof that f(c) = v for a candidate c of the domain, or that f tends to v at an end."""
    for place in candidates(found, planner):
        if beyond(found, place, planner, seed):
            continue
        there = Part(substitute(found.body, {found.name: place}), value, found.context)
        proof = planner.prove(there)[0]
        if isinstance(proof, Proof):
            return proof
    if found.attained:
        return None
    ends: list[Node] = [b.value for b in (found.domain.low, found.domain.high) if b is not None]
    ends.extend(INFINITE[:1] if found.domain.high is None else ())
    ends.extend(INFINITE[1:] if found.domain.low is None else ())
    for end in ends:
        limit = Bind("limit", (found.name,), (found.body, end), tag_of(end, found))
        argument = {"node": to_json(limit), "context": context_json(found.context)}
        reply = planner.worker.call("closed form", argument, limits=planner.limits)
        if reply.status != "ok" or reply.value.get("status") != "closed":
            continue
        if not near(found, value, end, planner, seed):
            continue
        proof = planner.prove(Part(from_json(reply.value["tree"]), value, found.context))[0]
        if isinstance(proof, Proof):
            return replace(proof, rules=(*proof.rules, "approached at an end of the domain"))
    return None


def near(found: Extreme, value: Node, end: Node, planner: Planner, seed: int) -> bool:
    """Whether f comes within a thousandth of v on the way to the end: a limit is a conjecture until numbers agree."""
    from .inequalities import order_balls

    part = Part(found.body, value, found.context, "", found.below)
    sampler = Sampler(part.context, part.unfolded, seed)
    try:
        point = sampler.point(0)
    except EmptyDomain:
        return False
    last = number_of(end, point.values) if end not in INFINITE else None
    steps = [Fraction(2) ** k for k in (4, 8, 12, 16)]
    sign = -1 if end == INFINITE[1] else 1
    side = 1 if tag_of(end, found) == "+" else -1
    places = [sign * s for s in steps] if last is None else [last + side / s for s in steps]
    balls = order_balls(part, planner.integrals)
    gaps = [middle(balls, *part.unfolded, Point({**point.values, found.name: p}, point.functions)) for p in places]
    known = [abs(g) for g in gaps if g is not None]
    return bool(known) and known[-1] < CLOSE and known[-1] <= known[0]


def tag_of(end: Node, found: Extreme) -> str:
    """From which side an end of the domain is approached."""
    if end in INFINITE:
        return ""
    return "+" if found.domain.low is not None and end == found.domain.low.value else "-"


def candidates(found: Extreme, planner: Planner) -> list[Node]:
    """Where f' = 0, and the ends that belong to the domain."""
    ends: list[Node] = [b.value for b in (found.domain.low, found.domain.high) if b is not None and b.closed]
    argument = {"body": to_json(found.body), "name": found.name, "context": context_json(found.context)}
    reply = planner.worker.call("critical points", argument, limits=planner.limits)
    return ends + ([from_json(one) for one in reply.value] if reply.status == "ok" else [])


def too_far(found: Extreme, value: Node, planner: Planner, seed: int) -> list[Evidence]:
    """What shows that another value already bounds f: the value at a candidate is the extreme, and differs from v."""
    from .equality import equality_evidence
    from .pointwise import Balls, table_for

    for place in candidates(found, planner):
        if beyond(found, place, planner, seed):
            continue
        best = substitute(found.body, {found.name: place})
        if not isinstance(planner.prove(Part(found.body, best, found.context, "", found.below))[0], Proof):
            continue
        part = Part(best, value, found.context, "the extreme, and the value claimed for it")
        balls = Balls(part.context, planner.integrals, table_for(part.unfolded, part.context))
        evidence = equality_evidence(part, balls, planner.budget.points, seed)
        return [p for p in evidence if isinstance(p, Counterexample)]
    return []


def never_reached(found: Extreme, value: Node, planner: Planner) -> list[Evidence]:
    """A largest value that f stays strictly below is none."""
    if not found.attained:
        return []
    strictly = Part(found.body, value, found.context, "", found.below[0])
    proof = planner.prove(strictly)[0]
    if not isinstance(proof, Proof):
        return []
    return [Disproof(method=METHOD, rule="the value is never taken", steps=(*proof.rules, "the inequality is strict"))]


def never_near(found: Extreme, value: Node, planner: Planner, seed: int) -> list[Evidence]:
    """What shows that f keeps a distance from v: nine tenths of the smallest gap that was found, proved everywhere."""
    from .inequalities import order_balls
    from .order import small_first

    part = Part(found.body, value, found.context, "", found.below)
    small, large = small_first(part)
    if laborious(small, part.context) or laborious(large, part.context):
        return []
    balls, sampler = order_balls(part, planner.integrals), Sampler(part.context, (small, large), seed)
    try:
        least = lowest(balls, small, large, list(sampler.points(STARTS)), sampler, part.context)
    except EmptyDomain:
        return []
    if least is None or least.gap < CLOSE / 100:
        return []
    distance = Number(Fraction(least.gap * 0.9).limit_denominator(10**6))
    bound = Apply("add", (value, neg(distance) if found.below == "<=" else distance))
    evidence = planner.examine_order(replace(part, rhs=bound), seed, where_defined=True)
    if not isinstance(evidence[0], Proof) or any(p.bearing is Bearing.AGAINST for p in evidence):
        return []
    step = f"the function stays at least {distance.value} away from the value"
    return [Disproof(method=METHOD, rule="the value is not approached", steps=(step, *evidence[0].rules))]


# -- argmax f = argmax g -----------------------------------------------------------------------------------------------
def both_sides(claim: Claim, planner: Planner) -> Verdict:
    """The same variable over the same domain, and bodies that rise and fall together."""
    assert isinstance(claim.lhs, Bind) and isinstance(claim.rhs, Bind)
    left, right = opened(claim.lhs, claim.context), opened(claim.rhs, claim.context)
    if {left.op, right.op} - {"argmax", "argmin"}:
        return Verdict(evidence=(Obstacle(method=METHOD, reason="two extreme values are not compared"),))
    body = substitute(right.body, {right.name: Name(left.name)})
    if left.domain != right.domain:
        return Verdict(evidence=(Obstacle(method=METHOD, reason="the two extremes are over different domains"),))
    if left.body == body and left.op == right.op:
        proof = Proof(method=METHOD, rules=("both sides are the same",))
        return Verdict(evidence=(proof, *sampled(left, left.body, ">", planner, claim)))
    relation = ">" if left.op == right.op else "<"
    slopes = [Bind("diff", (left.name,), (b,), "d") for b in (left.body, body)]
    part = Part(Apply("div", tuple(slopes)), integer(0), left.context, "", relation)
    evidence = planner.examine_order(part, step_seed(planner.seed, claim.id, "extreme"), where_defined=True)
    return Verdict(evidence=tuple(judged_together(evidence)))


def sampled(found: Extreme, body: Node, relation: str, planner: Planner, claim: Claim) -> Sequence[Evidence]:
    """The body against itself at points: a witness that it has values."""
    from .equality import equality_evidence
    from .pointwise import Balls, table_for

    part = Part(found.body, body, found.context)
    balls = Balls(part.context, planner.integrals, table_for(part.unfolded, part.context))
    return equality_evidence(part, balls, planner.budget.points, step_seed(planner.seed, claim.id, relation))


def judged_together(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Bodies that do not rise and fall together may still be best at one point: nothing is refuted by that."""
    if any(p.bearing is Bearing.AGAINST for p in evidence):
        return [Obstacle(method=METHOD, reason="the two sides do not rise and fall together; more is not known")]
    kept = [p for p in evidence if not (isinstance(p, Enclosure) and p.covers == "constant")]
    return [replace(p, rules=(*p.rules, "what rises and falls together is best at one point")) if isinstance(p, Proof)
            else p for p in kept]  # fmt: skip
