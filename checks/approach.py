r"""Limits and slowly converging sums in numbers, each with an error estimate: the independent witness of a closed form.

    lim_{x -> a} f      f at a +- 2^-j, j = 60, 120, 240; at 2^j for a = inf.  Error: the last step, and the two sides
    sum t(k), sign changes       Cohen, Rodriguez Villegas, Zagier 2000, Algorithm 1; error: two orders
    sum t(k), t(k) ~ k^-s        Richardson extrapolation of partial sums at N, 2N, 4N, ...; error: two orders

The arithmetic is in balls, so that cancellation (sin(x + h) - sin x) costs bits and never digits; the limit itself is
extrapolated, so these are estimates and no enclosures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import acb, arb

from ..numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from ..symbolic.evaluate import Evaluator, Mismatch
from ..symbolic.tree import Apply, Bind, Name
from .infinite_sums import mirrored
from .integrals import BallIntegrals, is_infinite
from .interpret import Meaning, whole
from .points import Point

BITS = 1024
STEPS = (60, 120, 240)
NEAR_STEPS = (6, 8, 10)
FIRST_TERMS = 32
DOUBLINGS = 7
ORDER = 40
FAR = 1 << 16

Term = Callable[[Any], arb]


@dataclass(frozen=True, slots=True)
class Approach:
    """A value and how far from the true one it may be."""

    value: arb
    error: arb


def approach(node: Bind, point: Point, context: Any) -> Approach | None:
    """The value of a limit or an infinite sum at a point, or None where no extrapolation settles."""
    meaning = Meaning(context, point, integrals=BallIntegrals())
    ev = Evaluator(RealBalls(BITS), meaning)

    def at(x: Any) -> arb:
        inside = meaning.inside(ev, {node.names[0]: x})
        value = inside.scalar(inside.value(node.args[0]))
        return value.real if isinstance(value, acb) else to_ball(value)

    try:
        with working_precision(BITS):
            if node.op == "limit":
                return limit(node, at, ev)
            if node.op == "sum":
                return endless(node, at, ev)
            if node.op == "product":
                first = whole(ev, ev.value(node.args[1]))
                return None if first is None else richardson(lambda k: at(ev.table.number(Fraction(first + k))), True)
    except (Undefined, Indeterminate, Mismatch):
        return None
    return None


# -- limits ------------------------------------------------------------------------------------------------------------
def limit(node: Bind, at: Term, ev: Evaluator) -> Approach | None:
    target = node.args[1]
    if is_infinite(target):
        sign = -1 if isinstance(target, Apply) else 1
        try:
            return one_side([at(ev.table.number(Fraction(sign * 2**j))) for j in STEPS])
        except Indeterminate:  # a sum up to n is not written out for n = 2^60
            return one_side([at(ev.table.number(Fraction(sign * 2**j))) for j in NEAR_STEPS])
    centre = ev.scalar(ev.value(target))
    sides = {"+": (1,), "-": (-1,)}.get(node.tag, (1, -1))
    found = []
    for sign in sides:
        values = []
        for j in STEPS:
            step = ev.table.number(Fraction(sign, 2**j))
            values.append(at(ev.table.apply("add", (centre, step))))
        found.append(one_side(values))
    if any(f is None for f in found):
        return None
    first, last = found[0], found[-1]
    assert first is not None and last is not None
    gap = abs(first.value - last.value)
    if not gap < first.error + last.error + arb(2) ** -40:
        return None
    return Approach(first.value, first.error + last.error + gap)


def one_side(values: list[arb]) -> Approach | None:
    """The last value, with the last step as its error: the steps must shrink."""
    steps = [abs(b - a) for a, b in pairwise(values)]
    if not all(v.is_finite() for v in values):
        return None
    if steps[1] > steps[0] / 2 and not steps[1] < arb(2) ** -200:
        return None
    return Approach(values[-1], arb(steps[1].upper() * 2 + arb(2) ** -200))


# -- sums --------------------------------------------------------------------------------------------------------------
def endless(node: Bind, at: Term, ev: Evaluator) -> Approach | None:
    body, low, high = node.args
    if is_infinite(low):
        if not is_infinite(high):
            return None
        name = node.names[0]
        upper = approach_from(node, at, ev, 0)
        lower_node = replace(node, args=(mirrored(body, name), Apply("neg", (Name("inf"),)), high))
        meaning: Any = ev.heads

        def mirror(x: Any) -> arb:
            inside = meaning.inside(ev, {name: x})
            return to_ball(inside.scalar(inside.value(lower_node.args[0])))

        lower = approach_from(lower_node, mirror, ev, 1)
        return (
            None if upper is None or lower is None else Approach(upper.value + lower.value, upper.error + lower.error)
        )
    first = whole(ev, ev.value(low))
    return None if first is None else approach_from(node, at, ev, first)


def approach_from(node: Bind, at: Term, ev: Evaluator, first: int) -> Approach | None:
    early, late = (abs(at(ev.table.number(Fraction(first + k)))) for k in (8, FAR))
    if not late < early / 100:
        return None  # terms that do not die out: whatever an extrapolation makes of them, the sum diverges
    signs = {(-1) ** k * (1 if at(ev.table.number(Fraction(first + k))) > 0 else -1) for k in range(8, 16)}
    plain = {1 if at(ev.table.number(Fraction(first + k))) > 0 else -1 for k in range(8, 16)}
    if len(plain) == 1:
        return richardson(lambda k: at(ev.table.number(Fraction(first + k))))
    if len(signs) == 1:
        results = [alternating(lambda k: at(ev.table.number(Fraction(first + k))), n) for n in (ORDER - 8, ORDER)]
        return settled(results)
    return None


def alternating(term: Callable[[int], arb], n: int) -> arb:
    """sum (-1)^k a_k with a_k = (-1)^k t_k: relative error about 5.83^-n for a totally monotone a."""
    d = (3 + arb(8).sqrt()) ** n
    d = (d + 1 / d) / 2
    b, c, s = arb(-1), -d, arb(0)
    for k in range(n):
        c = b - c
        s = s + c * term(k) * (-1) ** k
        b = b * (k + n) * (k - n) / ((arb(k) + arb(1) / 2) * (k + 1))
    return s / d


def richardson(term: Callable[[int], arb], product: bool = False) -> Approach | None:
    """Partial sums at N, 2N, ...; a tail in whole powers of 1/N is removed power by power."""
    sums: list[arb] = []
    total, k = arb(int(product)), 0
    for doubling in range(DOUBLINGS + 1):
        while k < FIRST_TERMS << doubling:
            total, k = (total * term(k) if product else total + term(k)), k + 1
        sums.append(total)
    row, previous = sums, sums[-1]
    best: Approach | None = None
    for order in range(1, DOUBLINGS + 1):
        row = [(b * 2**order - a) / (2**order - 1) for a, b in pairwise(row)]
        found = settled([previous, row[-1]])
        if found is not None and (best is None or found.error < best.error):
            best = found
        previous = row[-1]
    return best


def settled(results: list[arb]) -> Approach | None:
    """The last result, with the step to it as the error."""
    step = abs(results[-1] - results[-2])
    if not step.is_finite() or not step < arb(1) / 1000 * (1 + abs(results[-1])):
        return None
    return Approach(results[-1], arb(step.upper() * 2 + arb(2) ** -120))
