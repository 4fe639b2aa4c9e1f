r"""Moments of Gaussian vectors in matrix algebra, for the symbolic route.

E u = sum A m + a,   Cov(u, v) = sum A S B^T,   E[u | w = y] = E u + Cov(u, w) Cov(w)^{-1} (y - E w)
"""

from __future__ import annotations

from collections.abc import Sequence

from .tree import Apply, Array, Node, Number, add, integer, mul, neg
from .vector_heads import Parts, head_parts

ZERO = integer(0)


def spelled_moment(node: Apply) -> Node:
    """The moment in matrix algebra: E u = sum A m + a, Cov(u, v) = sum A S B^T; given w = y by a Schur complement."""
    parts = head_parts(node)
    count = 1 if node.op == "vector_mean" else 2
    first, second = parts.forms[0], parts.forms[count - 1]
    whole = mean_of(parts, first) if count == 1 else covariance_of(parts, first, second)
    if parts.value is None:
        return whole
    given = parts.forms[count]
    gain = mul(covariance_of(parts, first, given), Apply("inverse", (covariance_of(parts, given, given),)))
    if count == 2:
        return add(whole, neg(mul(gain, covariance_of(parts, given, second))))
    shift = mul(gain, add(parts.value, neg(mean_of(parts, given))))
    return shift if whole == ZERO else add(whole, shift)


def mean_of(parts: Parts, form: Sequence[Node]) -> Node:
    terms = [times(a, m) for a, m in zip(form, parts.means, strict=False) if ZERO not in (a, m)]
    terms += [form[-1]] if form[-1] != ZERO else []
    return add(*terms) if terms else ZERO


def covariance_of(parts: Parts, first: Sequence[Node], second: Sequence[Node]) -> Node:
    terms = []
    for a, s, b in zip(first, parts.covariances, second, strict=False):
        if ZERO not in (a, b):
            terms.append(times(times(a, s), transposed(b)))
    return add(*terms) if terms else ZERO


def times(first: Node, second: Node) -> Node:
    """A product without identities of one size or another."""
    if is_unit(first):
        return second
    return first if is_unit(second) else mul(first, second)


def is_unit(node: Node) -> bool:
    return node == integer(1) or (isinstance(node, Apply) and node.op == "identity")


def transposed(node: Node) -> Node:
    if is_unit(node) or isinstance(node, Number):
        return node
    if isinstance(node, Array):
        return Array(tuple(zip(*node.rows, strict=True)))
    return Apply("transpose", (node,))
