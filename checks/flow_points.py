r"""Points of claims that tie the state of a flow to its starting point: reachable states at times of the flow's span.

A claim about a closed-form solution, its inverse or the density that a flow carries holds where the path from the
start exists.  So the starting point and the time are drawn, the state is the flow map of them rounded to a short
rational, and the starting point is then what the flow gives for that state (`flow_starts`): every value is exact.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..numeric.balls import RealBalls
from ..numeric.enclosures import to_ball, working_precision
from ..numeric.operations import Indeterminate, Undefined
from ..symbolic.context import Context, FlowLaw
from ..symbolic.evaluate import Mismatch
from ..symbolic.tree import Call, Name, Node, Number, walk
from .flow_starts import has_start, solvable, start_map

BITS = 64
FINEST = 64
SHARES = (Fraction(1, 2), Fraction(1), Fraction(1, 4), Fraction(3, 4), Fraction(2, 5), Fraction(7, 8))
FIRST_STARTS = (Fraction(1), Fraction(1, 2), Fraction(3, 4), Fraction(2, 3))


def tied_flows(context: Context, trees: Sequence[Node]) -> tuple[FlowLaw, ...]:
    """The flows whose starting point or carried density the trees mention, as far as their flow is solved here."""
    found: dict[str, FlowLaw] = {}
    for tree in trees:
        for node in walk(tree):
            entry = context.get(node.name) if isinstance(node, Name | Call) else None
            law = context.law_of(entry.name) if entry is not None else None
            if entry is None or not isinstance(law, FlowLaw):
                continue
            at_number = (
                isinstance(node, Call) and entry.kind in ("path", "component") and isinstance(node.args[0], Number)
            )
            if entry.kind == "start" or at_number or (entry.kind == "density" and has_start(law)):
                found[law.name] = law
    return tuple(law for law in found.values() if solvable(context, law))


def reached(
    context: Context, law: FlowLaw, values: dict[str, Any], r: random.Random, index: int
) -> dict[str, Any] | None:
    """A time and a state that a random start reaches, in short rationals; None where this one is lost."""
    from .points import Point

    begin, end = (Fraction(t).limit_denominator(10**6) for t in law.times)
    time = begin + (end - begin) * (SHARES[index % len(SHARES)] if index % 2 == 0 else Fraction(r.randint(1, 12), 12))
    start = [r.choice(FIRST_STARTS) if index == 0 else drawn(r) for _ in range(law.dimension)]
    found = start_map(context, law, Point(values))
    table = RealBalls(BITS)
    try:
        with working_precision(BITS):
            state = found.moved([table.number(a) for a in start], table.number(time - begin), BITS)
            short = [rounded(z, table) for z in state]
            if any(z is None for z in short):
                return None
            numbers = [table.number(z) for z in short if z is not None]
            speeds = found.field(table, numbers)
            if not found.affine and any(to_ball(v).contains(0) for v in speeds):
                return None
            found.moved(numbers, table.number(begin - time), BITS)
    except (Undefined, Indeterminate, Mismatch, ArithmeticError):
        return None
    return {**dict(zip(law.variables, short, strict=True)), law.time: time}


def drawn(r: random.Random) -> Fraction:
    """A coordinate of a start: of order one, now and then larger."""
    size = Fraction(r.randint(1, 19), r.choice((7, 8, 10))) if r.random() < 0.85 else Fraction(r.randint(5, 12), 4)
    return size * r.choice((-1, 1, 1))


def rounded(value: Any, table: RealBalls) -> Fraction | None:
    """The nearest short rational to the middle of a ball; None where it is 0 or out of proportion."""
    ball = to_ball(value)
    if not ball.is_finite():
        return None
    middle = float(ball.mid())
    short = Fraction(middle).limit_denominator(FINEST if abs(middle) > 0.2 else 1000)
    return short if short != 0 and abs(short) < 10**6 else None
