r"""Limits, slowly converging sums and integrals that no ball encloses: judged through their closed form.

    1. SymPy proposes a closed form, in the worker.
    2. Numbers that know nothing of it approach the value (`approach.py`, `grid_integrals.py`) and must agree with it to
       their own error estimate; and they must tell it from wrong variants.
    3. With the closed form in its place, the claim is judged as any other.

What is found then rests on the closed form, so no enclosure counts as one of the whole claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flint import arb

from ..numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from ..symbolic.context_json import context_json
from ..symbolic.evaluate import Evaluator, Mismatch
from ..symbolic.tree import Bind, Node, children, from_json, to_json, with_children
from .approach import BITS, Approach, approach
from .claim import Part
from .evidence import Counterexample, Enclosure, Estimate, Evidence, Obstacle
from .infinite_sums import is_endless
from .integrals import BallIntegrals
from .interpret import Meaning
from .points import EmptyDomain, Point, Sampler
from .worker import Limits, Prover

SLIPS = (1.001, 0.999, -1.0)
POINTS = 3
METHOD = "closed form"
SHARP = 1e-15  # an estimate that is wider than this beside the value supports nothing


def has_candidates(part: Part) -> bool:
    """Whether there is anything to put in closed form."""
    return any(True for side in part.unfolded for _ in outermost(side))


def outermost(node: Node) -> Iterator[Bind]:
    """The limits, infinite sums and integrals that lie inside no other binder."""
    if isinstance(node, Bind):
        if node.op in ("limit", "integral") or is_endless(node):
            yield node
        return
    for part in children(node):
        yield from outermost(part)


def in_closed_form(part: Part, worker: Prover, limits: Limits | None, seed: int) -> tuple[Part | None, list[Evidence]]:
    """The part with closed forms in place, and the estimates that confirm them; or None and the obstacle."""
    values: dict[Node, Node] = {}
    evidence: list[Evidence] = []
    for node in dict.fromkeys(n for side in part.unfolded for n in outermost(side)):
        reply = worker.call(
            "closed form", {"node": to_json(node), "context": context_json(part.context)}, limits=limits
        )
        if reply.status != "ok" or reply.value["status"] != "closed":
            reason = reply.reason if reply.status != "ok" else reply.value.get("reason", "")
            return None, [Obstacle(method=METHOD, reason=f"no closed form of the {node.op}: {reason}")]
        closed = from_json(reply.value["tree"])
        found = confirmed(node, closed, part, seed)
        if isinstance(found, Obstacle):
            return None, [found]
        evidence.append(found)
        values[node] = closed
    left, right = (replaced(side, values) for side in part.unfolded)
    return Part(left, right, part.context, part.label), evidence


def replaced(node: Node, values: dict[Node, Node]) -> Node:
    if node in values:
        return values[node]
    parts = children(node)
    if not parts or isinstance(node, Bind):
        return node
    return with_children(node, tuple(replaced(p, values) for p in parts))


def confirmed(node: Bind, closed: Node, part: Part, seed: int) -> Estimate | Obstacle:
    """The closed form against numbers that approach the value, at a few points."""
    sampler = Sampler(part.context, (node, closed), seed)
    worst: tuple[float, float, float] | None = None
    caught = tried = 0
    try:
        for point in sampler.points(POINTS if sampler.names or sampler.function_names else 1):
            near, exact = approximation(node, point, part), value_of(closed, point, part)
            if near is None or exact is None:
                continue
            with working_precision(BITS):
                residual = abs(near.value - exact)
                if not residual <= near.error:
                    reason = f"the closed form of the {node.op} is not confirmed by numbers"
                    return Obstacle(method=METHOD, reason=reason)
                numbers = float(residual.upper()), float(near.error.upper()), float(abs(exact).upper())
                worst = max(worst or numbers, numbers, key=lambda n: n[1])
                wrong = slipped(exact)
                tried += len(wrong)
                caught += sum(bool(abs(near.value - w) > near.error) for w in wrong)
    except EmptyDomain as error:
        return Obstacle(method=METHOD, reason=str(error))
    if worst is None:
        return Obstacle(method=METHOD, reason=f"no numbers approach the {node.op}")
    return Estimate(
        method=f"approach to the {node.op}",
        residual=worst[0],
        error_estimate=worst[1],
        how="balls at points that approach the limit, or partial sums, extrapolated; the error is the last step",
        caught=caught,
        tried=tried,
        scale=worst[2],
    )


class Approaching(BallIntegrals):
    """Answers limits and infinite sums by numbers that approach them: balls of estimates, no enclosures."""

    def bind(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Any:
        return self.endless(meaning, ev, node) if node.op == "limit" else super().bind(meaning, ev, node)

    def endless(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Any:
        found = approach(node, meaning.point, meaning.context)
        if found is None:
            raise Indeterminate(f"no numbers approach the {node.op}", more_bits_may_help=False)
        with working_precision(BITS):
            return arb(found.value.mid(), (found.error + found.value.rad()).upper())


def by_approach(part: Part, seed: int) -> list[Evidence]:
    """Both sides with every limit approached: an estimate, where no closed form was found."""
    lhs, rhs = part.unfolded
    sampler = Sampler(part.context, (lhs, rhs), seed)
    pairs: list[tuple[arb, arb]] = []
    try:
        for point in sampler.points(POINTS):
            meaning = Meaning(part.context, point, integrals=Approaching())
            with working_precision(BITS):
                left, right = (to_ball(Evaluator(RealBalls(BITS), meaning).value(s)) for s in (lhs, rhs))
                pairs.append((left, right))
    except (EmptyDomain, Undefined, Indeterminate, Mismatch, TypeError):
        return []
    with working_precision(BITS):
        gaps = [abs(a.mid() - b.mid()) for a, b in pairs]
        errors = [(a.rad() + b.rad()).upper() + arb(2) ** -200 for a, b in pairs]
        wrong = [(abs(a.mid() - w.mid()), e) for (a, b), e in zip(pairs, errors, strict=True) for w in slipped(b)]
    if any(error > SHARP * (1 + abs(a.mid())) for (a, _), error in zip(pairs, errors, strict=True)):
        return [Obstacle(method="approach to both sides", reason="the numbers approach too slowly to tell")]
    worst = max(range(len(pairs)), key=lambda i: float((gaps[i] / errors[i]).upper()))
    return [
        Estimate(
            method="approach to both sides",
            residual=float(gaps[worst].upper()),
            error_estimate=float(errors[worst].upper()),
            how="balls at points that approach the limit, or partial sums, extrapolated; the error is the last step",
            caught=sum(bool(gap > error) for gap, error in wrong),
            tried=len(wrong),
            scale=float(abs(pairs[worst][1]).upper()),
        )
    ]


def slipped(value: arb) -> list[arb]:
    return [*(value * arb(s) for s in SLIPS if not value.contains(0)), value + arb(1) / 1000]


def value_of(node: Node, point: Point, part: Part) -> arb | None:
    meaning = Meaning(part.context, point, integrals=BallIntegrals())
    try:
        found = Evaluator(RealBalls(BITS), meaning).value(node)
        with working_precision(BITS):
            return to_ball(found)
    except (Undefined, Indeterminate, Mismatch, TypeError):
        return None


def approximation(node: Bind, point: Point, part: Part) -> Approach | None:
    if node.op != "integral":
        return approach(node, point, part.context)
    from .grid_integrals import GridIntegrals

    meaning = Meaning(part.context, point, integrals=GridIntegrals())
    try:
        ball: Any = to_ball(Evaluator(RealBalls(128), meaning).value(node))
    except (ArithmeticError, Mismatch, TypeError):
        return None
    return Approach(arb(ball.mid()), arb(ball.rad()) * 2) if ball.is_finite() else None


def resting_on_it(found: list[Evidence]) -> list[Evidence]:
    """What was found with closed forms in place, said so; an enclosure of them covers no more than points."""
    note = "with closed forms in place"
    changed: list[Evidence] = []
    for piece in found:
        if isinstance(piece, Enclosure):
            changed.append(replace(piece, covers="points", detail=note))
        elif isinstance(piece, Counterexample):
            changed.append(replace(piece, detail=note))
        else:
            changed.append(piece)
    return changed
