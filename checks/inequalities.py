r"""The check of an inequality: balls at points and at the smallest gap, boxes over a bounded domain, a proof.

    violated in balls at a point of the domain       refuted, with the point
    one side without a value on an open set          as for an equality
    gap > 0 in boxes that cover a bounded domain     enclosed
    proved in the worker, and balls agree            proved
    else                                             supported, when the points catch the wrong variants

The wrong variants: the reversed relation, and the large side lowered by a thousandth more than the smallest gap that
points of another seed find.  `!=` says that the two sides are not the same: one point at which they differ shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..symbolic.tree import Node, integer
from .claim import Part
from .definedness import special_points
from .equality import (
    METHOD,
    Probed,
    defaults,
    exception_texts,
    no_point,
    one_sided_text,
    placed,
    probe_part,
    shown_names,
)
from .evidence import Bearing, Counterexample, Disproof, Enclosure, Evidence, Obstacle
from .gap_search import Lowest, lowest, middle, shortest
from .order import MATRIX, SAYS, STRICT, OrderBalls, gap_of, small_first
from .points import EmptyDomain, Point, Sampler
from .pointwise import Balls, Probe, laborious, point_text, short, table_for, told_apart

COSTLY_POINTS = 3
OTHER = 0x2545F491
SLIP = 1e-3


def order_balls(part: Part, integrals: object) -> OrderBalls:
    """Balls that compare by the relation of the part."""
    return OrderBalls(
        part.context,
        integrals,
        table_for(part.unfolded, part.context),
        strict=part.relation in STRICT,
        matrices=part.relation in MATRIX,
    )


def order_evidence(
    part: Part, integrals: object, points: int, seed: int, where_defined: bool = False
) -> list[Evidence]:
    """What balls say of an inequality: a counterexample, a disproof, enclosures or an obstacle.

    `where_defined`: it is claimed where both sides have a value only.
    """
    if part.relation == "!=":
        return difference_evidence(part, Balls(part.context, integrals, table_for(part.unfolded, part.context)), seed)
    balls = order_balls(part, integrals)
    small, large = small_first(part)
    sides = replace(part, lhs=small, rhs=large)
    try:
        probed, least = probed_order(sides, balls, points, seed)
    except EmptyDomain as error:
        return [Obstacle(method=METHOD, reason=str(error))]
    differing = probed.of("differ")
    if differing:
        return [violated(part, sides, differing[0], balls, seed)]
    agreeing = probed.of("agree")
    missing = probed.missing
    if missing is not None and agreeing and not where_defined and not defaults(part, missing.point):
        return [undefined_side(part, missing, len(probed.of("one-sided")))]
    if not agreeing:
        return [no_point(probed)]
    return [at_points(part, sides, probed, least, balls, seed), *covered(sides, balls)]


def probed_order(sides: Part, balls: OrderBalls, points: int, seed: int) -> tuple[Probed, Lowest | None]:
    """The probes of an inequality: the points of the domain, special points, and where the gap is smallest."""
    small, large = sides.lhs, sides.rhs
    context = sides.context
    sampler = Sampler(context, (small, large), seed)
    varies = bool(sampler.names or sampler.function_names)
    dear = laborious(small, context) or laborious(large, context)
    count = (min(points, COSTLY_POINTS) if dear else points) if varies else 1
    drawn = list(sampler.points(count))
    probes: list[Probe] = []
    for point in drawn:
        probes.append(balls.probe(small, large, point))
        if probes[-1].verdict == "differ":
            return Probed((simpler(probes[-1], sides, balls, sampler),)), None
    least = None
    if varies and not dear and not balls.matrices:
        drawn += list(special_points(drawn[0], context, sampler, (small, large)))
        least = lowest(balls, small, large, drawn, sampler, context)
        special = [balls.probe(small, large, p) for p in drawn[count:]]
        probes += [p for p in special if p.verdict in ("differ", "one-sided")]
        if least is not None:
            probes.append(balls.probe(small, large, least.point))
    wrong = next((p for p in probes if p.verdict == "differ"), None)
    if wrong is not None:
        return Probed((simpler(wrong, sides, balls, sampler),)), least
    # What is only a touch at a strict relation is neither a hit nor a miss.
    return placed(sides, balls, sampler, probes), least


def simpler(probe: Probe, sides: Part, balls: OrderBalls, sampler: Sampler) -> Probe:
    """The violation at a point that a person can re-check."""
    point = shortest(balls, sides.lhs, sides.rhs, probe.point, sampler, sides.context)
    return probe if point is probe.point else balls.probe(sides.lhs, sides.rhs, point)


# -- verdicts ----------------------------------------------------------------------------------------------------------
def violated(part: Part, sides: Part, probe: Probe, balls: OrderBalls, seed: int) -> Evidence:
    """The counterexample; an obstacle where it holds for positive values of what was not declared."""
    undeclared = defaults(part, probe.point)
    if undeclared and holds_where_positive(sides, balls, undeclared, seed):
        names = ", ".join(undeclared)
        return Obstacle(
            method=METHOD, reason=f"depends on the undeclared domain of {names}: it holds where {names} > 0"
        )
    swapped = sides.lhs != part.unfolded[0]
    left, right = (probe.rhs, probe.lhs) if swapped else (probe.lhs, probe.rhs)
    texts = told_apart(left, right, None)
    gap = gap_of(left.value, right.value, probe.bits)
    return Counterexample(
        method=METHOD,
        point=point_text(probe.point, shown_names(part, probe.point)),
        lhs=texts[0],
        rhs=texts[1],
        difference=short(-gap, 6) if gap is not None and not balls.matrices else "",
        bits=probe.bits,
        domain="default" if undeclared else "declared",
        detail=part.label or f"the left side {SAYS[part.relation]} the right side: it does not here",
    )


def holds_where_positive(sides: Part, balls: OrderBalls, names: list[str], seed: int) -> bool:
    from .equality import positive_context

    context = positive_context(sides.context, names)
    within = replace(balls, context=context, cache={})
    try:
        probed, _ = probed_order(replace(sides, context=context), within, 12, seed + 1)
    except EmptyDomain:
        return False
    return not probed.of("differ") and len(probed.of("agree")) >= 6


def undefined_side(part: Part, probe: Probe, count: int) -> Evidence:
    """One side has a value on an open set where the other has none."""
    reason = probe.lhs.undefined or probe.rhs.undefined
    point = point_text(probe.point, shown_names(part, probe.point))
    return Disproof(
        method=METHOD,
        rule="one side has no value where the other has one",
        steps=(one_sided_text(reason, point, count),),
        point=point,
    )


def at_points(part: Part, sides: Part, probed: Probed, least: Lowest | None, balls: OrderBalls, seed: int) -> Enclosure:
    """The relation at points, with the smallest gap and how many wrong variants are caught there."""
    agreeing = probed.of("agree")
    constant = not agreeing[0].point.values and not agreeing[0].point.functions
    strictly = [p for p in agreeing if balls.certain(p)]
    exceptions = exception_texts(part, probed.exceptions)
    if probed.missing is not None:
        exceptions = (*exceptions, "where both sides have a value")
    caught, tried = (0, 0) if constant else wrong_variants(sides, agreeing, strictly, least, balls, seed)
    told = f"the smallest gap found is {least.gap:.3g}" if least is not None else "the relation holds at the points"
    whole = constant and (bool(strictly) or (balls.matrices and len(agreeing) == 1))
    return Enclosure(
        method="ball arithmetic" if whole else METHOD,
        residual=told if not constant else f"gap {gap_text(agreeing[0])}",
        radius=max(p.radius for p in agreeing),
        bits=min(p.bits for p in agreeing),
        covers="constant" if whole else "points",
        points=len(agreeing),
        caught=caught,
        tried=tried,
        detail=part.label,
        exceptions=exceptions,
    )


def gap_text(probe: Probe) -> str:
    gap = gap_of(probe.lhs.value, probe.rhs.value, probe.bits)
    return "of matrices" if gap is None or not hasattr(gap, "mid") else short(gap, 6)


def wrong_variants(
    sides: Part,
    agreeing: Sequence[Probe],
    strictly: Sequence[Probe],
    least: Lowest | None,
    balls: OrderBalls,
    seed: int,
) -> tuple[int, int]:
    """(caught, tried): the reversed relation, and the large side lowered beyond the smallest gap of another seed."""
    small, large = sides.lhs, sides.rhs
    sampler = Sampler(sides.context, (small, large), seed ^ OTHER)
    try:
        points = list(sampler.points(3 if least is None else 12))
    except EmptyDomain:
        return 0, 0
    other = [balls.probe(small, large, p) for p in points]
    reversed_wrong = any(balls.certain(p) for p in other)
    tried = int(reversed_wrong)
    caught = int(reversed_wrong and bool(strictly))
    if least is None:
        return caught, tried
    lower = lowest(balls, small, large, points, sampler, sides.context)
    if lower is not None:
        tried += 1
        caught += least.gap < lower.gap + SLIP * max(lower.gap, min(1.0, scale(balls, large, lower.point)))
    return caught, tried


def scale(balls: OrderBalls, large: Node, point: Point) -> float:
    """The size of the large side, for a slip of a thousandth of it."""
    found = middle(balls, integer(0), large, point)
    return abs(found) if found else 1.0


# -- a bounded domain --------------------------------------------------------------------------------------------------
def covered(sides: Part, balls: OrderBalls) -> list[Evidence]:
    """The enclosure over boxes of a bounded domain, where it succeeds."""
    from .boxes import cover

    return cover(sides, balls)


# -- not equal ---------------------------------------------------------------------------------------------------------
def difference_evidence(part: Part, balls: Balls, seed: int) -> list[Evidence]:
    """`!=`: a point at which the two sides certainly differ; at every point equal says nothing yet."""
    plain = replace(part, relation="=")
    probed = probe_part(plain, balls, 12, seed)
    if probed.obstacle:
        return [Obstacle(method=METHOD, reason=probed.obstacle)]
    apart = probed.of("differ")
    if apart:
        point = point_text(apart[0].point, shown_names(part, apart[0].point))
        where = ", ".join(f"{n} = {v}" for n, v in point.items())
        return [
            Enclosure(
                method=METHOD,
                residual=f"the sides differ{' at ' + where if where else ''}",
                radius=0.0,
                bits=apart[0].bits,
                covers="domain" if where else "constant",
                domain="the two sides are not the same: one point shows it",
            )
        ]
    agreeing = probed.of("agree")
    exact = [p for p in agreeing if p.radius == 0.0]
    if agreeing and not agreeing[0].point.values and exact:
        left, _right = told_apart(exact[0].lhs, exact[0].rhs, None)
        return [Disproof(method=METHOD, rule="the two sides are equal", steps=(f"both are {left}",))]
    if not agreeing:
        return [no_point(probed)]
    return [Obstacle(method=METHOD, reason=f"no difference was found at {len(agreeing)} points")]


def against(found: Sequence[Evidence]) -> bool:
    return any(p.bearing is Bearing.AGAINST for p in found)
