r"""Where is the gap of an inequality smallest?  A pattern search over rational points, whose answer balls re-check.

    from the points with the smallest gaps: move one coordinate by +-h; keep what lowers the gap and double h, else
    halve h; stop at h < 1e-7

A violation that is confined to a small region (e^x >= 1 + 1.001 x fails for 0 < x < 0.002 only) is out of reach of
random points, and within reach of a descent.  The search rests on middles of balls and decides nothing by itself.
(R. Hooke, T. A. Jeeves, "Direct search" solution of numerical and statistical problems, JACM 8 (1961), 212-229.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb

from ..symbolic.context import Context
from ..symbolic.tree import Node
from .order import OrderBalls, gap_of
from .points import Point, Sampler

STARTS = 3
MOVES = 120
SMALLEST = Fraction(1, 10**7)
GRID = 2**26
BITS = 128


@dataclass(frozen=True, slots=True)
class Lowest:
    """The smallest gap that was found, as a float, and its point."""

    gap: float
    point: Point


def middle(balls: OrderBalls, small: Node, large: Node, point: Point) -> float | None:
    """The middle of the gap at a point; None where it has none."""
    left, right = balls.side(small, point, BITS), balls.side(large, point, BITS)
    if not left.defined or not right.defined:
        return None
    gap = gap_of(left.value, right.value, BITS)
    if not isinstance(gap, arb) or not gap.is_finite():
        return None
    return float(gap.mid())


def movable(point: Point, context: Context) -> list[str]:
    """Real scalar coordinates that may move."""
    found = []
    for name, value in point.values.items():
        entry = context.get(name)
        whole = entry is not None and entry.domain.field == "integer"
        fixed = entry is not None and (entry.domain.value is not None or entry.kind == "time")
        if isinstance(value, Fraction) and not whole and not fixed:
            found.append(name)
    return found


def lowest(
    balls: OrderBalls, small: Node, large: Node, points: Sequence[Point], sampler: Sampler, context: Context
) -> Lowest | None:
    """The lowest gap from the best of the points; None where no point has a gap."""
    measured = [(g, i) for i, p in enumerate(points) if (g := middle(balls, small, large, p)) is not None]
    if not measured:
        return None
    measured.sort()
    found = [descend(balls, small, large, points[i], g, sampler, context) for g, i in measured[:STARTS]]
    return min(found, key=lambda one: one.gap)


def descend(
    balls: OrderBalls, small: Node, large: Node, point: Point, gap: float, sampler: Sampler, context: Context
) -> Lowest:
    """The pattern search from one point."""
    names = movable(point, context)
    steps = {n: max(abs(point.values[n]), Fraction(1)) / 4 for n in names}  # type: ignore[arg-type]
    for _ in range(MOVES):
        active = [n for n in names if steps[n] >= SMALLEST]
        if not active:
            break
        for name in active:
            better = None
            for step in (steps[name], -steps[name]):
                moved = shifted(point, name, step)
                value = middle(balls, small, large, moved) if sampler.admits(moved.values) else None
                if value is not None and value < gap:
                    better = (value, moved)
                    break
            if better is None:
                steps[name] /= 2
                continue
            gap, point = better
            steps[name] *= 2
    return Lowest(gap, point)


def shifted(point: Point, name: str, step: Fraction) -> Point:
    """The point with one coordinate moved, on a fixed fine grid, so that denominators stay short."""
    value = point.values[name]
    assert isinstance(value, Fraction)
    moved = Fraction(round((value + step) * GRID), GRID)
    return replace(point, values={**point.values, name: moved})


def shortest(balls: OrderBalls, small: Node, large: Node, point: Point, sampler: Sampler, context: Context) -> Point:
    """A point near the given one, with rationals as short as may be, at which the relation is still violated."""
    for largest in (1, 2, 5, 10, 50, 100, 1000, 10**4, 10**6):
        values = {
            n: v.limit_denominator(largest) if n in movable(point, context) and isinstance(v, Fraction) else v
            for n, v in point.values.items()
        }
        near = replace(point, values=values)
        if sampler.admits(values) and balls.probe(small, large, near).verdict == "differ":
            return near
    return point
