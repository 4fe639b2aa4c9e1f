r"""Values of derived quantities at numbers: mean, covariance, variance, entropy and KL of Gaussian laws.

    h = (1/2) log((2 pi e)^d det S)
    KL(1, 2) = (1/2) (tr(S2^-1 S1) + (m2 - m1)^T S2^-1 (m2 - m1) - d + log(det S2 / det S1))

evaluated from the declared means, covariances and matrices, with no use of the symbolic derivations.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numeric.operations import Indeterminate
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Value, normal
from ..symbolic.tree import Apply, Name

if TYPE_CHECKING:
    from .interpret import Meaning


def derived_value(meaning: Meaning, ev: Evaluator, node: Apply) -> Value:
    """The value of mean(Y), Cov(Y), Var(Y), entropy(Y) or KL(p, q)."""
    laws = [meaning.context.laws.get(a.name) for a in node.args if isinstance(a, Name)]
    if len(laws) != len(node.args) or any(law is None for law in laws):
        raise Mismatch(f"expected declared laws in {node.op}")
    found = [meaning.moments(ev, law) for law in laws if law is not None]
    mean, covariance = found[0]
    dimension = laws[0].dimension if laws[0] is not None else 1
    if node.op == "mean":
        return normal(mean)
    if node.op in ("covariance", "variance"):
        return normal(sized(ev, covariance, dimension))
    if node.op == "entropy":
        return entropy(ev, sized(ev, covariance, dimension))
    if node.op == "kl":
        return divergence(ev, found[0], found[1], dimension)
    raise Indeterminate(f"no numeric rule for {node.op}", more_bits_may_help=False)


def sized(ev: Evaluator, covariance: Value, dimension: int) -> Grid:
    if isinstance(covariance, Grid):
        return covariance
    if dimension == 1:
        return Grid(((ev.scalar(covariance),),))
    return ev.identity(dimension)


def entropy(ev: Evaluator, covariance: Grid) -> Any:
    table = ev.table
    two_pi_e = table.apply("mul", (table.number(Fraction(2)), table.constant("pi"), table.constant("e")))
    volume = table.apply("mul", (*([two_pi_e] * len(covariance.rows)), table.det(covariance.rows)))
    return table.apply("mul", (table.number(Fraction(1, 2)), table.apply("log", (volume,))))


def divergence(ev: Evaluator, first: tuple[Value, Value], second: tuple[Value, Value], dimension: int) -> Any:
    from .interpret import difference, grid

    table = ev.table
    s1, s2 = sized(ev, first[1], dimension), sized(ev, second[1], dimension)
    precision = Grid(table.inverse(s2.rows))
    product = grid(ev.multiply(precision, s1))
    trace = table.apply("add", tuple(product.rows[i][i] for i in range(dimension)))
    gap = difference(ev, grid(second[0]), grid(first[0]))
    quadratic = ev.inner(gap.entries, grid(ev.multiply(precision, gap)).entries)
    ratio = table.apply("log", (table.apply("div", (table.det(s2.rows), table.det(s1.rows))),))
    total = table.apply("add", (trace, quadratic, table.number(Fraction(-dimension)), ratio))
    return table.apply("mul", (table.number(Fraction(1, 2)), total))
