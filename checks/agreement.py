r"""Whether two trees agree on a domain, as far as balls at points can tell: what diagnoses and carried errors rest on.

A candidate is taken only when it agrees with the other side at `ENOUGH` points at least and differs at none; one cheap
look at a point where the written side is wrong throws most candidates away.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..numeric.balls import to_ball, working_precision
from ..symbolic.context import Context
from ..symbolic.evaluate import Grid, Mismatch, Value
from ..symbolic.shapes import ShapeError
from ..symbolic.tree import Apply, Array, Node, Number, neg
from ..symbolic.unfold import TooLarge
from .claim import Part
from .points import EmptyDomain, Point, Sampler
from .pointwise import Balls, Side, compare, costly

ENOUGH = 8
POINTS = 12
COSTLY_POINTS = 3
MORE_POINTS = 4
FILTER_BITS = 96
EXACT_BITS = 512
LARGEST_DENOMINATOR = 10**6
LARGEST_EXPONENT = 10**5  # of two, in the middle of a ball: beyond, no small rational is near but zero


@dataclass(frozen=True)
class Bench:
    """The points at which candidates for the right side of one refuted equality are tried; `left` is `lhs` unfolded."""

    lhs: Node
    left: Node
    context: Context
    balls: Balls
    points: tuple[Point, ...]
    wrong_at: Point
    constant: bool
    dear: bool

    def unfolded(self, node: Node) -> Node | None:
        """The candidate with definitions written out; None where it makes no sense (shapes, size)."""
        try:
            return Part(self.lhs, node, self.context).unfolded[1]
        except (TooLarge, ShapeError):
            return None

    def value(self, node: Node, point: Point, bits: int = FILTER_BITS) -> Value:
        """The value of a tree at a point, or None."""
        tree = self.unfolded(node)
        return side(self.balls, tree, point, bits).value if tree is not None else None

    def survives(self, candidate: Node) -> bool:
        """The cheap look: the candidate overlaps the left side where the written one does not."""
        tree = self.unfolded(candidate)
        if tree is None:
            return False
        left = side(self.balls, self.left, self.wrong_at, FILTER_BITS)
        right = side(self.balls, tree, self.wrong_at, FILTER_BITS)
        return compare(self.wrong_at, left, right, FILTER_BITS).verdict == "agree"

    def accepts(self, candidate: Node) -> bool:
        """Whether the candidate agrees with the left side wherever both have a value, at enough points."""
        if not self.survives(candidate):
            return False
        tree = self.unfolded(candidate)
        assert tree is not None
        wanted = 1 if self.constant else min(ENOUGH, len(self.points))
        return agreeing(self.left, tree, self.balls, self.points) >= wanted


def side(balls: Balls, node: Node, point: Point, bits: int) -> Side:
    """A side of a candidate: one that cannot be evaluated at all is unknown, whatever the reason."""
    try:
        return balls.side(node, point, bits)
    except (Mismatch, ShapeError, ValueError, TypeError, IndexError, ArithmeticError) as error:
        return Side(unknown=str(error) or "no value")


def agreeing(lhs: Node, rhs: Node, balls: Balls, points: tuple[Point, ...]) -> int:
    """At how many points both sides have values that agree; 0 as soon as they differ, or the right alone has none."""
    count = 0
    for point in points:
        try:
            probe = balls.probe(lhs, rhs, point)
        except (Mismatch, ShapeError, ValueError, TypeError, IndexError, ArithmeticError):
            return 0
        if probe.verdict == "differ" or (probe.verdict == "one-sided" and probe.rhs.undefined):
            return 0
        count += probe.verdict == "agree"
    return count


def points_of(context: Context, trees: tuple[Node, ...], seed: int, dear: bool) -> tuple[Point, ...]:
    """Points of the domain under several seeds; one where nothing varies, none where the domain is empty."""
    found: list[Point] = []
    # The first seed gives the points of the refuter again, so that its counterexample is among them.
    rounds = ((seed, COSTLY_POINTS),) if dear else ((seed, POINTS), (seed ^ 0x9E3779B9, MORE_POINTS))
    try:
        for one, count in rounds:
            sampler = Sampler(context, trees, one)
            if not (sampler.names or sampler.function_names):
                return (sampler.point(0),)
            found.extend(sampler.points(count))
    except EmptyDomain:
        pass
    return tuple(found)


def bench_of(part: Part, balls: Balls, seed: int) -> Bench | None:
    """The bench of a refuted part; None when no point is found at which its sides differ."""
    lhs, rhs = part.unfolded
    dear = costly(lhs, part.context) or costly(rhs, part.context)
    points = points_of(part.context, (lhs, rhs), seed, dear)
    # The first point is often a simple one, at which wrong candidates agree as well.
    for point in (*points[1:], *points[:1]):
        if balls.probe(lhs, rhs, point).verdict == "differ":
            constant = not point.values and not point.functions
            # Of the points, those that differ in seed and the one that told the sides apart are enough for candidates.
            chosen = (point, *(p for p in (*points[: ENOUGH + 2], *points[POINTS : POINTS + 2]) if p is not point))
            return Bench(part.lhs, lhs, part.context, balls, chosen, point, constant, dear)
    return None


def holds(lhs: Node, rhs: Node, context: Context, balls: Balls, seed: int) -> bool | None:
    """Whether an equality holds at points of its domain: None where it cannot be told."""
    try:
        left, right = Part(lhs, rhs, context).unfolded
        dear = costly(left, context) or costly(right, context)
        points = points_of(context, (left, right), seed, dear)
        verdicts = [balls.probe(left, right, point).verdict for point in points]
    except (TooLarge, ShapeError, Mismatch, ValueError, TypeError, IndexError, ArithmeticError):
        return None
    if "differ" in verdicts:
        return False
    return True if verdicts.count("agree") >= min(ENOUGH, len(points)) > 0 else None


# -- exact values ------------------------------------------------------------------------------------------------------
def exact_tree(value: Value) -> Node | None:
    """A value as written numbers, where each is a rational of small denominator to 150 digits; else None."""
    if isinstance(value, Grid):
        rows = [[exact_tree(entry) for entry in row] for row in value.rows]
        if any(entry is None for row in rows for entry in row):
            return None
        return Array(tuple(tuple(entry for entry in row if entry is not None) for row in rows))
    found = rational_in(value)
    return None if found is None else number_tree(found)


def rational_in(value: Value, bits: int = EXACT_BITS, largest: int = LARGEST_DENOMINATOR) -> Fraction | None:
    """The rational of small denominator inside a narrow real ball; None when there is none."""
    try:
        with working_precision(2 * bits):  # the middle of a ball is rounded to the working precision
            value = to_ball(value)
            middle = value.mid()
        mantissa, exponent = middle.man_exp()
        wide = float(value.rad()) > 2.0 ** (-bits // 2) * max(1.0, abs(float(middle)))
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    # A middle that is far larger than every rational taken, or far smaller, is not written out: 2^exponent may be huge.
    if wide or abs(int(exponent)) > LARGEST_EXPONENT or (middle != 0 and abs(middle) > 2 * largest):
        return None
    exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    found = exact.limit_denominator(largest)
    small = abs(found.numerator) <= largest and abs(exact - found) <= Fraction(1, 2 ** (bits // 2))
    return found if small else None


def number_tree(value: Fraction) -> Node:
    """A rational as an author writes it: a quotient of whole numbers, the minus in front."""
    if value < 0:
        return neg(number_tree(-value))
    if value.denominator == 1:
        return Number(value)
    return Apply("div", (Number(Fraction(value.numerator)), Number(Fraction(value.denominator))))
