r"""Order between two sides in balls: which way a relation points, and what a point says about it.

    L <= R  is violated at a point where R - L < 0 certainly; it holds there where R - L >= 0, or where R - L is 0 as
            far as narrow balls can tell
    L < R   is violated where R - L < 0, and where R - L is exactly 0
    L ⪯ R   holds where R - L is positive semidefinite: no principal minor is certainly negative

`gap` is R - L with the sides put so that the claim says gap >= 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from flint import acb, arb, fmpq

from ..numeric.balls import RealBalls, exact_rational, to_ball, working_precision
from ..symbolic.evaluate import Grid, Unit, Value, normal
from ..symbolic.tree import Node
from .claim import Part
from .points import Point
from .pointwise import Balls, Probe, Side, identity_like, narrow

SCALAR = ("<", "<=", ">", ">=")
MATRIX = ("succ", "succeq", "prec", "preceq")
RELATIONS = (*SCALAR, *MATRIX, "!=")
STRICT = ("<", ">", "succ", "prec", "!=")
REVERSED = {"<": ">=", "<=": ">=", ">": "<=", ">=": "<=", "succeq": "preceq", "preceq": "succeq"}
SAYS = {
    "<": "is less than",
    "<=": "is at most",
    ">": "is greater than",
    ">=": "is at least",
    "!=": "differs from",
    "succ": "is greater as a matrix than",
    "succeq": "is at least, as a matrix,",
    "prec": "is less as a matrix than",
    "preceq": "is at most, as a matrix,",
}
LARGEST_MATRIX = 5


def small_first(part: Part) -> tuple[Node, Node]:
    """The sides as (small, large): what the relation says is small <= large, or small < large."""
    lhs, rhs = part.unfolded
    return (rhs, lhs) if part.relation in (">", ">=", "succ", "succeq") else (lhs, rhs)


@dataclass(frozen=True)
class OrderBalls(Balls):
    """Balls that compare two sides by a relation; the sides come as (small, large)."""

    strict: bool = False
    matrices: bool = False

    def probe(self, lhs: Node, rhs: Node, point: Point) -> Probe:
        """The relation at a point with rising precision: agree, differ (violated), one-sided, undefined, unknown."""
        found: Probe | None = None
        for bits in (64, 256, 1024):
            left, right = self.side(lhs, point, bits), self.side(rhs, point, bits)
            found = self.compared(point, left, right, bits)
            if found.verdict in ("differ", "one-sided", "undefined") or self.certain(found):
                return found
            if found.verdict == "agree" and bits >= 256:
                return found
            if found.verdict == "unknown" and (left.unknown or right.unknown) and bits >= 256:
                return found
        assert found is not None
        return found

    def deeper(self, lhs: Node, rhs: Node, point: Point) -> Probe | None:
        """Order is told where the gap is wide; a gap of 0 stays 0 at any precision."""
        return None

    def compared(self, point: Point, left: Side, right: Side, bits: int) -> Probe:
        base = Probe(point=point, lhs=left, rhs=right, verdict="unknown", bits=bits)
        if left.unknown or right.unknown:
            return base
        if not left.defined or not right.defined:
            return replace(base, verdict="one-sided" if left.defined or right.defined else "undefined")
        gap = gap_of(left.value, right.value, bits)
        if gap is None:
            return replace(base, rhs=Side(unknown="no order between these two sides"))
        if isinstance(gap, Grid):
            return replace(base, verdict=semidefinite(gap, self.strict, bits)) if self.matrices else base
        return replace(base, verdict=self.sign(gap, left, right), radius=float(gap.rad()))

    def sign(self, gap: Any, left: Side, right: Side) -> str:
        if gap < 0:
            return "differ"
        if gap > 0 or (not self.strict and gap >= 0):
            return "agree"
        if gap.is_exact() and gap == 0:
            return "differ" if self.strict else "agree"
        if self.strict or not (narrow(to_ball(left.value), gap) and narrow(to_ball(right.value), gap)):
            return "unknown"
        return "agree"  # the two sides are equal as far as narrow balls can tell

    def certain(self, probe: Probe) -> bool:
        """Whether the relation certainly holds, strictly, at the point of a probe."""
        if probe.verdict != "agree":
            return False
        gap = gap_of(probe.lhs.value, probe.rhs.value, probe.bits)
        return isinstance(gap, arb) and bool(gap > 0)


def gap_of(small: Value, large: Value, bits: int) -> Any:
    """The ball large - small; a Grid of balls for matrices; None where there is no order."""
    small, large = (identity_like(a, b) for a, b in ((small, large), (large, small)))
    with working_precision(bits):
        if isinstance(small, Grid) or isinstance(large, Grid):
            return grid_gap(small, large)
        if any(isinstance(v, acb | Unit | bool) for v in (small, large)):
            return None
        if isinstance(small, fmpq) and isinstance(large, fmpq):
            return exact_gap(small, large)
        return to_ball(large) - to_ball(small)


def exact_gap(small: fmpq, large: fmpq) -> arb:
    """Rationals are compared exactly: a ball of 0 without radius stands for equality only where they are equal."""
    difference = large - small
    return arb(0) if difference == 0 else arb(difference)


def grid_gap(small: Value, large: Value) -> Grid | None:
    """The difference of two matrices; a literal 0 is the zero matrix."""
    shape = next(v.shape for v in (small, large) if isinstance(v, Grid))
    grids = []
    for value in (small, large):
        if isinstance(value, fmpq) and value == 0:
            value = Grid(tuple((fmpq(0),) * shape[1] for _ in range(shape[0])))
        if not isinstance(value, Grid) or value.shape != shape:
            return None
        grids.append(value)
    rows = zip(grids[1].rows, grids[0].rows, strict=True)
    return Grid(tuple(tuple(minus(b, a) for b, a in zip(x, y, strict=True)) for x, y in rows))


def minus(a: Any, b: Any) -> Any:
    return a - b if isinstance(a, fmpq) and isinstance(b, fmpq) else to_ball(a) - to_ball(b)


def semidefinite(matrix: Grid, strict: bool, bits: int) -> str:
    r"""Whether v^T M v >= 0 (> 0) for all v != 0: by the principal minors of the symmetric part.

    M is positive semidefinite exactly when no principal minor is negative, positive definite exactly when every
    leading one is positive (Horn and Johnson, Matrix Analysis, 7.2.5).
    """
    n = matrix.shape[0]
    if n != matrix.shape[1] or n > LARGEST_MATRIX:
        return "unknown"
    table = RealBalls(bits)
    with working_precision(bits):
        rows = tuple(
            tuple((minus(matrix.rows[i][j], -matrix.rows[j][i])) / 2 for j in range(n)) for i in range(n)
        )  # the symmetric part: it alone counts in v^T M v
    places = [c for size in range(1, n + 1) for c in combinations(range(n), size)]
    minors = [normal(table.det(tuple(tuple(rows[i][j] for j in c) for i in c))) for c in places]
    if any(value < 0 for value in minors):
        return "differ"
    if strict and any(is_zero(value) for value in minors):
        return "differ"  # a definite matrix has positive principal minors
    if any(minus(matrix.rows[i][j], matrix.rows[j][i]) != 0 for i in range(n) for j in range(i)):
        return "unknown"  # whether the order is meant for matrices that are not symmetric is not said
    if all(value > 0 for value in minors):
        return "agree"
    return "agree" if not strict and all(value >= 0 for value in minors) else "unknown"


def is_zero(value: Any) -> bool:
    exact = exact_rational(value)
    return exact is not None and bool(exact == 0)
