r"""Moments of a chain of Gaussian variables at numbers, from the joint density: no covariance is propagated.

With v = B v + c + e, e ~ N(0, D), the density of v is exp(-q(v)/2) up to its factor,

    q(v) = (v - B v - c)^T D^{-1} (v - B v - c) = v^T P v - 2 v^T h + const,   P = (I - B)^T D^{-1} (I - B),
    h = (I - B)^T D^{-1} c.

What is given, G v = y - g, is a constraint.  The conditional law is exp(-q/2) on it, whose peak and width solve one
linear system, with a multiplier l for each row of G:

    [ P  G^T ] [ v ]   [ h     ]                           [ K  * ]   [ P  G^T ]^{-1}
    [ G  0   ] [ l ] = [ y - g ],    E[T v + t | ..],      [ *  * ] = [ G  0   ]      ,   Cov(T v | ..) = T K T^T.

Without G this is v = P^{-1} h and K = P^{-1}.  A Schur complement of covariances, the other route, occurs nowhere.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..symbolic.evaluate import Evaluator, Grid, Value, normal
from ..symbolic.tree import Apply

if TYPE_CHECKING:
    from .interpret import Meaning

Rows = tuple[tuple[Any, ...], ...]


def chain_value(meaning: Meaning, ev: Evaluator, node: Apply) -> Value:
    """The value of a `chain_mean` or a `chain_covariance` in the table of the evaluator."""
    from .interpret import grid

    B, c, D, T, t, *given = (grid(ev.value(part)) for part in node.args)
    n = len(B.rows)
    table = ev.table
    residual = plus(ev, grid(ev.identity(n)), B, minus=True)
    weighted = grid(ev.multiply(transposed(residual), Grid(table.inverse(D.rows))))
    precision, pull = grid(ev.multiply(weighted, residual)), grid(ev.multiply(weighted, c))
    rows, right = [list(row) for row in precision.rows], [row[0] for row in pull.rows]
    if given:
        G, g, y = given
        zero = table.number(Fraction(0))
        for i, row in enumerate(rows):
            row.extend(constraint[i] for constraint in G.rows)
        rows.extend([*constraint, *([zero] * len(G.rows))] for constraint in G.rows)
        right.extend(row[0] for row in plus(ev, y, g, minus=True).rows)
    inverse = table.inverse(tuple(tuple(row) for row in rows))
    if node.op == "chain_covariance":
        inner = Grid(tuple(tuple(row[:n]) for row in inverse[:n]))
        return normal(ev.multiply(ev.multiply(T, inner), transposed(T)))
    peak = grid(ev.multiply(Grid(tuple(tuple(row) for row in inverse[:n])), Grid(tuple((r,) for r in right))))
    return normal(plus(ev, grid(ev.multiply(T, peak)), t))


def transposed(matrix: Grid) -> Grid:
    return Grid(tuple(zip(*matrix.rows, strict=True)))


def plus(ev: Evaluator, left: Grid, right: Grid, minus: bool = False) -> Grid:
    sign = ev.table.number(Fraction(-1))

    def joined(a: Any, b: Any) -> Any:
        return ev.table.apply("add", (a, ev.table.apply("mul", (sign, b)) if minus else b))

    return Grid(
        tuple(
            tuple(joined(a, b) for a, b in zip(x, y, strict=True)) for x, y in zip(left.rows, right.rows, strict=True)
        )
    )
