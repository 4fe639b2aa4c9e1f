r"""Branch and bound: a gap that is positive in boxes which cover the whole of a bounded domain.

    the domain as boxes;  gap over a box in interval arithmetic  > 0: done with it;  else: cut its widest side in two

At most `MOST` boxes; a box that stays open leaves the claim to the other routes.  The closure of the domain is covered,
so that open and closed ends do not differ.  (R. E. Moore, Interval Analysis, 1966.)
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb, fmpq

from ..numeric.balls import working_precision
from ..symbolic.context import Context
from ..symbolic.domains import constant
from ..symbolic.tree import Node
from .claim import Part
from .evidence import Enclosure, Evidence
from .order import OrderBalls, gap_of
from .points import Point, Sampler
from .pointwise import laborious, short

MOST = 2_000
MOST_NAMES = 3
BITS = 96
Box = tuple[tuple[Fraction, Fraction], ...]


def cover(sides: Part, balls: OrderBalls) -> list[Evidence]:
    """One enclosure that covers the domain, or nothing."""
    small, large = sides.lhs, sides.rhs
    sampler = Sampler(sides.context, (small, large), 0)
    ranges = ranges_of(sampler, sides.context)
    if not ranges or balls.matrices or laborious(small, sides.context) or laborious(large, sides.context):
        return []
    names = list(ranges)
    waiting: list[Box] = [tuple(ranges[n] for n in names)]
    done, least, bound = 0, 0.0, None
    while waiting:
        box = waiting.pop()
        gap = gap_over(balls, small, large, names, box)
        if gap is not None and (gap > 0 or (not balls.strict and gap >= 0)):
            done += 1
            least = float(gap.lower()) if bound is None else min(least, float(gap.lower()))
            bound = gap if bound is None or gap.lower() < bound.lower() else bound
            continue
        waiting += halves(box)
        if done + len(waiting) > MOST:
            return []
    assert bound is not None
    where = ", ".join(f"{n} in [{low}, {high}]" for n, (low, high) in ranges.items())
    return [
        Enclosure(
            method="interval arithmetic over boxes",
            residual=f"the gap is at least {short(bound.lower(), 6)}",
            radius=float(bound.rad()),
            bits=BITS,
            covers="domain",
            points=done,
            domain=f"{where}: {done} boxes",
        )
    ]


def ranges_of(sampler: Sampler, context: Context) -> dict[str, tuple[Fraction, Fraction]]:
    """The bounds of every name; none where one is unbounded, whole, a matrix, or tied to others."""
    found: dict[str, tuple[Fraction, Fraction]] = {}
    if sampler.function_names or sampler.tied or sampler.components or len(sampler.names) > MOST_NAMES:
        return {}
    for name in sampler.names:
        entry = context.get(name)
        domain = entry.domain if entry is not None else None
        if domain is None or domain.shape or domain.field != "real" or domain.value is not None:
            return {}
        low = constant(domain.low.value) if domain.low is not None else None
        high = constant(domain.high.value) if domain.high is not None else None
        if low is None or high is None:
            return {}
        found[name] = (low, high)
    return found


def gap_over(balls: OrderBalls, small: Node, large: Node, names: list[str], box: Box) -> arb | None:
    """The gap over a box, or None where it is not told."""
    with working_precision(BITS):
        values = {n: interval(low, high) for n, (low, high) in zip(names, box, strict=True)}
    point = Point(values)
    left, right = balls.evaluate(small, point, BITS), balls.evaluate(large, point, BITS)
    if not left.defined or not right.defined:
        return None
    gap = gap_of(left.value, right.value, BITS)
    return gap if isinstance(gap, arb) and gap.is_finite() else None


def interval(low: Fraction, high: Fraction) -> arb:
    """A ball that contains [low, high]."""
    return arb(fmpq(low.numerator, low.denominator)).union(arb(fmpq(high.numerator, high.denominator)))


def halves(box: Box) -> list[Box]:
    """The box cut in two across its widest side."""
    index = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
    low, high = box[index]
    middle = (low + high) / 2
    return [(*box[:index], part, *box[index + 1 :]) for part in ((low, middle), (middle, high))]
