r"""Moments of random vectors of open size at numbers, from the joint density: no covariance is conditioned.

With the independent vectors r = (r_1, .., r_n), r ~ N(m, D), D block diagonal, the density is exp(-q/2) up to a factor,
q(r) = r^T P r - 2 r^T P m, P = D^{-1}.  What is given, G r = y - g, is a constraint, with a multiplier for each row:

    [ P  G^T ] [ r ]   [ P m   ]                            [ K  * ]   [ P  G^T ]^{-1}
    [ G  0   ] [ l ] = [ y - g ],    E[A r + a | ..],       [ *  * ] = [ G  0   ]     ,   Cov(A r, B r | ..) = A K B^T.

Without G this is r = m and K = D.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Unit, Value, normal
from ..symbolic.tree import Apply, Node, Number
from ..symbolic.vector_heads import head_parts
from .chain_values import plus, transposed

Rows = tuple[tuple[Any, ...], ...]


def vector_value(ev: Evaluator, node: Apply) -> Value:
    """The value of a `vector_mean` or a `vector_covariance` in the table of the evaluator."""
    parts = head_parts(node)
    zero = ev.table.number(Fraction(0))
    blocks = [grid_of(ev.value(part)) for part in parts.covariances]
    sizes = [len(block.rows) for block in blocks]
    means = Grid(tuple(row for part, n in zip(parts.means, sizes, strict=True) for row in column(ev, part, n).rows))
    count = 1 if node.op == "vector_mean" else 2
    forms = [stacked(ev, form, sizes) for form in parts.forms]
    first, second = forms[0], forms[count - 1]
    if parts.value is None:
        peak, spread = means, Grid(diagonal(blocks, zero))
    else:
        peak, spread = constrained(ev, blocks, means, forms[count], column(ev, parts.value, len(forms[count][0].rows)))
    if count == 2:
        return normal(ev.multiply(ev.multiply(first[0], spread), transposed(second[0])))
    return normal(plus(ev, grid_of(ev.multiply(first[0], peak)), first[1]))


def constrained(
    ev: Evaluator, blocks: Sequence[Grid], means: Grid, given: tuple[Grid, Grid], value: Grid
) -> tuple[Grid, Grid]:
    """Peak and width of exp(-q/2) on the constraint."""
    zero = ev.table.number(Fraction(0))
    G, g = given
    precision = Grid(diagonal([Grid(ev.table.inverse(block.rows)) for block in blocks], zero))
    pull = grid_of(ev.multiply(precision, means))
    n = len(precision.rows)
    rows = [(*row, *(constraint[i] for constraint in G.rows)) for i, row in enumerate(precision.rows)]
    rows += [(*constraint, *([zero] * len(G.rows))) for constraint in G.rows]
    right = Grid((*pull.rows, *plus(ev, value, g, minus=True).rows))
    inverse = ev.table.inverse(tuple(rows))
    peak = grid_of(ev.multiply(Grid(tuple(tuple(row) for row in inverse[:n])), right))
    return peak, Grid(tuple(tuple(row[:n]) for row in inverse[:n]))


def stacked(ev: Evaluator, form: Sequence[Node], sizes: Sequence[int]) -> tuple[Grid, Grid]:
    """(A_1 .. A_n) as one matrix, and a; a literal 0 is a block of zeros."""
    zero = ev.table.number(Fraction(0))
    found = [None if is_zero(part) else grid_of(ev.value(part)) for part in form[:-1]]
    heights = {len(block.rows) for block in found if block is not None}
    if len(heights) != 1:
        raise Mismatch("expected random vectors of one size in a sum")
    height = heights.pop()
    whole: list[tuple[Any, ...]] = [()] * height
    for block, size in zip(found, sizes, strict=True):
        if block is not None and len(block.rows[0]) != size:
            raise Mismatch("expected a matrix that fits the random vector")
        whole = [row + (block.rows[i] if block is not None else (zero,) * size) for i, row in enumerate(whole)]
    return Grid(tuple(whole)), column(ev, form[-1], height)


def column(ev: Evaluator, node: Node, size: int) -> Grid:
    """A vector at numbers; a literal 0 stands for the zero vector."""
    if is_zero(node):
        return Grid(((ev.table.number(Fraction(0)),),) * size)
    found = grid_of(ev.value(node))
    if found.shape != (size, 1):
        raise Mismatch("expected a vector of the size of the random one")
    return found


def diagonal(blocks: Sequence[Grid], zero: Any) -> Rows:
    total = sum(len(block.rows) for block in blocks)
    rows, start = [], 0
    for block in blocks:
        n = len(block.rows)
        rows += [((zero,) * start + tuple(row) + (zero,) * (total - start - n)) for row in block.rows]
        start += n
    return tuple(rows)


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def grid_of(value: Value) -> Grid:
    if isinstance(value, Unit):
        raise Mismatch("expected the size of the identity matrix")
    return value if isinstance(value, Grid) else Grid(((value,),))
