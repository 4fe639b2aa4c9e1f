r"""The check that every claim gets: both sides in balls at points of the domain, negative controls at the same points.

A disjoint pair refutes.  Where one side certainly has a value and the other certainly has none on an open set, the
claim is refuted too, with the domain named; isolated such points are exceptions.  No defined point is no pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..symbolic.context import Context
from ..symbolic.evaluate import Grid
from ..symbolic.tree import Node
from . import controls
from .claim import Part
from .definedness import far_points, is_open, special_points
from .evidence import Counterexample, Disproof, Enclosure, Evidence, Obstacle
from .points import EmptyDomain, Point, Sampler, component_places, ordered_names
from .pointwise import Balls, Probe, difference_text, laborious, point_text, told_apart

METHOD = "ball arithmetic at points"
ENOUGH = 6
SMALL = 1e-50  # a constant residual is enclosed when nothing larger than this can hide in its ball
COSTLY_POINTS = 3
DEEP_POINTS = 3


@dataclass(frozen=True, slots=True)
class Probed:
    """The probes of one part, with the points of its domain."""

    probes: tuple[Probe, ...]
    obstacle: str = ""
    missing: Probe | None = None
    exceptions: tuple[Probe, ...] = ()

    def of(self, verdict: str) -> list[Probe]:
        return [p for p in self.probes if p.verdict == verdict]


def probe_part(part: Part, balls: Balls, points: int, seed: int) -> Probed:
    """Probe a part at `points` points, stopping at the first that refutes."""
    lhs, rhs = part.unfolded
    sampler = Sampler(part.context, (lhs, rhs), seed)
    probes: list[Probe] = []
    count = points if sampler.names or sampler.function_names else 1
    dear = laborious(lhs, part.context) or laborious(rhs, part.context)
    if dear:
        count = min(count, COSTLY_POINTS)
    try:
        for point in sampler.points(count):
            probes.append(balls.probe(lhs, rhs, point))
            if probes[-1].verdict == "differ":
                break
            unknown = sum(p.verdict == "unknown" for p in probes)
            if unknown >= 3 and unknown == len(probes):
                break
    except EmptyDomain as error:
        return Probed((), str(error))
    # The state of a tied flow is one that a start reaches, and it is enclosed to fewer bits than the deep look has.
    dear = dear or bool(sampler.tied)
    if not dear and probes and probes[-1].verdict != "differ":
        deep = [balls.deeper(lhs, rhs, p.point) for p in probes[:DEEP_POINTS] if p.verdict == "agree" and p.radius > 0]
        probes += [p for p in deep if p is not None and p.verdict == "differ"]
    if not dear and probes and probes[-1].verdict != "differ":
        special = [balls.probe(lhs, rhs, p) for p in special_points(probes[0].point, part.context, sampler, (lhs, rhs))]
        # A special point decides nothing by agreeing; it can refute, or show an exception.
        probes += [p for p in special if p.verdict in ("differ", "one-sided")]
        far = (balls.probe(lhs, rhs, p) for p in far_points(probes[0].point, sampler, (lhs, rhs)))
        probes += [p for p in far if p.verdict == "differ"][:1]
    return placed(part, balls, sampler, probes)


def placed(part: Part, balls: Balls, sampler: Sampler, probes: list[Probe]) -> Probed:
    """The probes, those with a value on one side only told apart into an open set and isolated exceptions."""
    lhs, rhs = part.unfolded
    seen: set[str] = set()
    exceptions: list[Probe] = []
    around: list[Probe] = []
    for probe in probes:
        key = repr(probe.point)
        if probe.verdict != "one-sided" or key in seen:
            continue
        seen.add(key)

        def same_side(point: Point, missing: bool = bool(probe.lhs.undefined)) -> bool:
            found = balls.probe(lhs, rhs, point)
            around.append(found)
            return found.verdict == "one-sided" and bool(found.lhs.undefined) == missing

        if is_open(probe.point, part.context, sampler, same_side):
            return Probed(tuple(probes), missing=probe)
        exceptions.append(probe)
    return Probed((*probes, *(p for p in around if p.verdict == "differ")), exceptions=tuple(exceptions))


def equality_evidence(part: Part, balls: Balls, points: int, seed: int) -> list[Evidence]:
    """Counterexample, disproof, enclosure or obstacle from the probes of a part."""
    probed = probe_part(part, balls, points, seed)
    if probed.obstacle:
        return [Obstacle(method=METHOD, reason=probed.obstacle)]
    differing = probed.of("differ")
    if differing:
        return [against(part, differing[0], balls, seed)]
    agreeing = probed.of("agree")
    missing = probed.missing
    if missing is not None and (agreeing or diverges(missing) or is_singular(missing)):
        return [undefined_side(part, missing, probed.of("one-sided"))]
    if not agreeing:
        return [no_point(probed)]
    return [enclosure(part, agreeing, probed.exceptions, balls, seed)]


def is_singular(probe: Probe) -> bool:
    """Whether a side of a claim without any free name is the inverse of a singular matrix."""
    constant = not probe.point.values and not probe.point.functions
    return constant and "matrix is singular" in (probe.lhs.undefined or probe.rhs.undefined)


def diverges(probe: Probe) -> bool:
    """Whether a side has no value because its integral is infinite: it then has none for a reason of its own."""
    return "diverges" in (probe.lhs.undefined or probe.rhs.undefined)


def against(part: Part, probe: Probe, balls: Balls, seed: int) -> Evidence:
    """The counterexample; on a default domain only, it is an obstacle when the claim holds for positive values."""
    undeclared = defaults(part, probe.point)
    if undeclared and holds_for_positive(part, balls, undeclared, seed):
        names = ", ".join(undeclared)
        return Obstacle(
            method=METHOD, reason=f"depends on the undeclared domain of {names}: it holds where {names} > 0"
        )
    entry = f"({probe.entry[0]}, {probe.entry[1]})" if probe.entry else ""
    left, right = told_apart(probe.lhs, probe.rhs, probe.entry)
    return Counterexample(
        method=METHOD,
        point=point_text(probe.point, shown_names(part, probe.point)),
        lhs=left,
        rhs=right,
        difference=difference_text(probe),
        bits=probe.bits,
        entry=entry,
        domain="default" if undeclared else "declared",
        detail=part.label,
    )


def shown_names(part: Part, point: Point) -> list[str]:
    """Names that the claim shows or depends on; a variable that it binds is left out."""
    wanted = ordered_names(part.context, part.unfolded)
    return [n for n in point.values if n in wanted]


def defaults(part: Part, point: Point) -> list[str]:
    """Names of the point whose domain is a default and not declared."""
    found = []
    components = component_places(part.context, list(point.values))
    for name in (n for n in point.values if n not in components):
        entry = part.context.get(name)
        if entry is None or (
            not entry.domain.declared and entry.kind == "scalar" and entry.rule.startswith("undeclared")
        ):
            found.append(name)
    return found


def holds_for_positive(part: Part, balls: Balls, names: list[str], seed: int) -> bool:
    """Whether the claim survives every point at which the undeclared names are positive."""
    context = positive_context(part.context, names)
    probed = probe_part(Part(part.lhs, part.rhs, context, part.label), balls, 12, seed + 1)
    return not probed.of("differ") and len(probed.of("agree")) >= ENOUGH


def positive_context(context: Context, names: list[str]) -> Context:
    from dataclasses import replace

    from ..symbolic.domains import ZERO, Bound

    for name in names:
        entry = context.get(name)
        if entry is not None:
            domain = replace(entry.domain, low=Bound(value=ZERO, closed=False))
            context = context.declare(replace(entry, domain=domain))
    return context


def undefined_side(part: Part, probe: Probe, probes: list[Probe]) -> Evidence:
    """One side has a value on an open set where the other has none."""
    left_missing = bool(probe.lhs.undefined)
    side, reason = ("left", probe.lhs.undefined) if left_missing else ("right", probe.rhs.undefined)
    undeclared = defaults(part, probe.point)
    if undeclared:
        names = ", ".join(undeclared)
        return Obstacle(
            method=METHOD, reason=f"the {side} side has no value for some {names} ({reason}); declare the domain"
        )
    return Disproof(
        method=METHOD,
        rule=f"the {side} side has no value where the other has one",
        steps=(one_sided_text(reason, point_text(probe.point, shown_names(part, probe.point)), len(probes)),),
        point=point_text(probe.point, shown_names(part, probe.point)),
    )


def one_sided_text(reason: str, point: Mapping[str, str], count: int) -> str:
    """Why there is no value, and where."""
    where = ", ".join(f"{name} = {value}" for name, value in point.items())
    return f"{reason}, at {where} and around it ({count} of the points tried)" if where else reason


def no_point(probed: Probed) -> Obstacle:
    unknown, undefined = probed.of("unknown"), probed.of("undefined")
    if unknown:
        first = unknown[0]
        return Obstacle(method=METHOD, reason=first.lhs.unknown or first.rhs.unknown)
    if undefined:
        first = undefined[0]
        return Obstacle(method=METHOD, reason=f"neither side has a value at any point tried ({first.lhs.undefined})")
    one = probed.of("one-sided")
    reason = (one[0].lhs.undefined or one[0].rhs.undefined) if one else "no point was tried"
    return Obstacle(method=METHOD, reason=f"no point was found at which both sides have a value ({reason})")


def exception_texts(part: Part, probes: tuple[Probe, ...]) -> tuple[str, ...]:
    """Where one side has no value, as conditions: `the left side has no value at x = 1 (division by zero)`."""
    found: dict[str, None] = {}
    for probe in probes:
        side, reason = ("left", probe.lhs.undefined) if probe.lhs.undefined else ("right", probe.rhs.undefined)
        point = point_text(probe.point, shown_names(part, probe.point))
        where = ", ".join(f"{n} = {v}" for n, v in point.items())
        found[f"the {side} side has no value at {where} ({reason})"] = None
    return tuple(found)


def enclosure(part: Part, agreeing: list[Probe], exceptions: tuple[Probe, ...], balls: Balls, seed: int) -> Enclosure:
    """The widest residual over the points, and how many wrong variants these points tell apart."""
    # exp(800) has a narrow ball, and no float: such a point is left out where others say how close the sides are.
    agreeing = [p for p in agreeing if p.radius < math.inf] or agreeing
    widest = max(agreeing, key=lambda p: p.radius)
    lhs, rhs = part.unfolded
    constant = not widest.point.values and not widest.point.functions
    caught, tried = run_controls(lhs, rhs, [p.point for p in agreeing], balls, part, seed)
    dear = laborious(lhs, part.context) or laborious(rhs, part.context)
    if constant and not dear and widest.radius > SMALL:
        # A ball of a number like exp(700) is narrow beside the number, wide beside a slip: it witnesses a proof only.
        constant, caught, tried = False, 0, 0
    return Enclosure(
        method=METHOD if not constant else "ball arithmetic",
        residual=f"|lhs - rhs| <= {widest.radius:.2g}",
        radius=widest.radius,
        bits=min(p.bits for p in agreeing),
        covers="constant" if constant else "points",
        points=len(agreeing),
        caught=caught,
        tried=tried,
        detail=part.label,
        exceptions=exception_texts(part, exceptions),
    )


def run_controls(lhs: Node, rhs: Node, points: Iterable[Point], balls: Balls, part: Part, seed: int) -> tuple[int, int]:
    """How many certainly wrong variants of the right side these points refute."""
    points = list(points)
    matrix = isinstance(balls.side(rhs, points[0], 64).value, Grid)
    tried = caught = 0
    variants = [v for _, v in controls.whole_side(rhs, matrix)]
    if not laborious(lhs, part.context) and not laborious(rhs, part.context):
        variants += [v for _, v in controls.inside(rhs)]
    for variant in variants:
        if not certainly_wrong(rhs, variant, part, balls, seed):
            continue
        tried += 1
        caught += any(balls.probe(lhs, variant, p).verdict in ("differ", "one-sided") for p in points)
    return caught, tried


def certainly_wrong(rhs: Node, variant: Node, part: Part, balls: Balls, seed: int) -> bool:
    """Whether the variant differs from the right side at a point of another seed."""
    sampler = Sampler(part.context, (rhs, variant), seed ^ 0x5DEECE66D)
    try:
        # The first point takes the declared parameter values, so that integrals done before are not done again.
        count = 1 if laborious(rhs, part.context) else 4
        return any(balls.probe(rhs, variant, p).verdict == "differ" for p in sampler.points(count))
    except EmptyDomain:
        return False
