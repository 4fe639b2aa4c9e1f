r"""Printed decimals: `1/\pi \approx 0.318` says that the value lies within half a unit of the last printed place.

    |x - d| <= 10^{-k} / 2,    k the number of digits behind the point of d

Both sides are evaluated in balls, so the answer is certain unless the value falls on the very edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..numeric.balls import ball_interval
from ..symbolic.context import Context
from ..symbolic.tree import Apply, Array, Node, Number, integer, neg
from .claim import Part
from .evidence import Counterexample, Enclosure, Evidence, Obstacle
from .points import Point
from .pointwise import Balls, residual, short

METHOD = "printed decimals against balls"
BITS = 256


def printed(node: Node) -> tuple[Fraction, Fraction] | None:
    """(value, half a unit of the last place) of a written decimal or whole number; None for anything else."""
    if isinstance(node, Apply) and node.op == "neg":
        inner = printed(node.args[0])
        return None if inner is None else (-inner[0], inner[1])
    if not isinstance(node, Number) or not node.text:
        return None
    mantissa, _, exponent = node.text.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    return node.value, Fraction(1, 2) * Fraction(10) ** (int(exponent or 0) - places)


def rounding(part: Part) -> tuple[Node, Fraction, Fraction] | None:
    """(the exact side, the printed value, half a unit) when one side of a part is a printed decimal."""
    for exact, decimal in ((part.lhs, part.rhs), (part.rhs, part.lhs)):
        found = printed(decimal)
        if found is not None and printed(exact) is None:
            return exact, *found
    return None


def rounded_entries(lhs: Node, rhs: Node, context: Context) -> tuple[Part, ...]:
    """The entries of a matrix against a matrix of printed decimals; nothing where a side is no such matrix."""
    for exact, decimal in ((lhs, rhs), (rhs, lhs)):
        if isinstance(decimal, Array) and all(printed(entry) is not None for row in decimal.rows for entry in row):
            return tuple(
                Part(Apply("entry", (exact, integer(i), integer(j))), entry, context, f"({i}, {j})")
                for i, row in enumerate(decimal.rows, 1)
                for j, entry in enumerate(row, 1)
            )
    return ()


def parts_evidence(parts: Sequence[Part], balls: Balls) -> list[Evidence]:
    """The evidence of a part that fails, else of one that is open, else of all."""
    found = [decimal_evidence(part, balls) for part in parts]
    for kind in (Counterexample, Obstacle):
        for one in found:
            if any(isinstance(piece, kind) for piece in one):
                return one
    return [piece for one in found for piece in one]


def decimal_evidence(part: Part, balls: Balls) -> list[Evidence]:
    """Whether the exact side rounds to the printed one."""
    found = rounding(part)
    assert found is not None
    exact, value, half = found
    lhs, _ = Part(exact, Number(value), part.context).unfolded
    point = Point({})
    sides = [balls.side(side, point, BITS) for side in (lhs, Number(abs(value)) if value >= 0 else neg(Number(-value)))]
    if not all(side.defined for side in sides):
        return [Obstacle(method=METHOD, reason=sides[0].undefined or sides[0].unknown or "no value")]
    bounds = [b for b in ball_interval(residual(sides[0].value, sides[1].value, BITS)) if isinstance(b, Fraction)]
    if len(bounds) != 2:
        return [Obstacle(method=METHOD, reason="the value has no finite enclosure")]
    low, high = bounds
    if -half <= low and high <= half:
        caught = sum(not (-half <= low + s * 2 * half and high + s * 2 * half <= half) for s in (1, -1))
        return [
            Enclosure(
                method=METHOD, residual=f"|lhs - rhs| <= {float(max(abs(low), abs(high))):.3g}",
                radius=float(max(abs(low), abs(high))), bits=BITS, covers="constant", tolerance=float(half),
                tolerance_source="half a unit of the last printed place", caught=caught, tried=2,
            )
        ]  # fmt: skip
    if low > half or high < -half:
        return [
            Counterexample(
                method=METHOD, point={}, lhs=short(sides[0].value), rhs=short(sides[1].value),
                difference=short(residual(sides[0].value, sides[1].value, BITS), 6), bits=BITS,
                detail="off by more than half a unit of the last printed place",
            )
        ]  # fmt: skip
    return [Obstacle(method=METHOD, reason="the value lies on the edge of the rounding")]
