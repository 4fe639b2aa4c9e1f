r"""Affine images read off a tree: `BX + b`, or a column of sums of multiples of components.

The tree is not simplified: a matrix and an offset are collected term by term, exactly as they are written.
"""

from __future__ import annotations

from fractions import Fraction

from .context import component_names
from .tree import Apply, Array, Call, Name, Node, Number, add, column, free_names, integer, mul, neg

Affine = tuple[Node, Node, int]


def affine_parts(node: Node, base: str, dimension: int) -> Affine | None:
    """(matrix, offset, rows) with node = matrix * base + offset; None when the node is not of this form."""
    if isinstance(node, Array) and node.shape[1] == 1:
        return by_components(node, base, dimension)
    if dimension == 1:
        found = coefficients(node, (base,))
        return None if found is None else (found[0][0], found[1], 1)
    names = component_names(base, dimension)
    if set(names) & free_names(node) and base not in free_names(node):
        found = coefficients(node, names)
        return None if found is None else (Array((found[0],)), found[1], 1)
    return by_terms(node, base, dimension)


def by_terms(node: Node, base: str, dimension: int) -> Affine | None:
    """A sum of products that end in the random vector, and of terms without it."""
    matrices: list[Node] = []
    offsets: list[Node] = []
    for term, sign in signed_terms(node):
        if base not in free_names(term):
            offsets.append(term if sign > 0 else neg(term))
            continue
        factor = left_factor(term, base, dimension)
        if factor is None:
            return None
        matrices.append(factor if sign > 0 else neg(factor))
    if not matrices:
        return None
    matrix = add(*matrices)
    rows = row_count(matrix, dimension)
    offset = add(*offsets) if offsets else column(*(integer(0) for _ in range(rows)))
    return matrix, offset, rows


def signed_terms(node: Node) -> list[tuple[Node, int]]:
    """The terms of a sum with their signs."""
    if isinstance(node, Apply) and node.op == "add":
        return [pair for part in node.args for pair in signed_terms(part)]
    if isinstance(node, Apply) and node.op == "neg":
        return [(term, -sign) for term, sign in signed_terms(node.args[0])]
    return [(node, 1)]


def left_factor(term: Node, base: str, dimension: int) -> Node | None:
    """M of `M X`; the identity of `X`."""
    if term == Name(base):
        return Apply("identity", (integer(dimension),))
    if isinstance(term, Apply) and term.op == "mul" and term.args[-1] == Name(base):
        rest = term.args[:-1]
        if any(base in free_names(part) for part in rest):
            return None
        factor = mul(*rest)
        scalar = all(isinstance(part, Number) for part in rest)
        return Apply("mul", (factor, Apply("identity", (integer(dimension),)))) if scalar else factor
    return None


def row_count(matrix: Node, dimension: int) -> int:
    """Rows of a matrix literal; a square matrix where they cannot be seen."""
    if isinstance(matrix, Array):
        return matrix.shape[0]
    if isinstance(matrix, Apply) and matrix.op in ("mul", "neg") and matrix.args:
        arrays = [a for a in matrix.args if isinstance(a, Array)]
        return arrays[0].shape[0] if arrays else dimension
    return dimension


def by_components(node: Array, base: str, dimension: int) -> Affine | None:
    """A column whose entries are affine in the components of the random vector."""
    names = component_names(base, dimension)
    rows: list[tuple[Node, ...]] = []
    offsets: list[Node] = []
    for (entry,) in node.rows:
        found = coefficients(entry, names)
        if found is None:
            return None
        rows.append(found[0])
        offsets.append(found[1])
    return Array(tuple(rows)), column(*offsets), len(rows)


def coefficients(node: Node, names: tuple[str, ...]) -> tuple[tuple[Node, ...], Node] | None:
    """(c_1, ..., c_n), c_0 with node = sum c_i x_i + c_0; None when it is not linear as written."""
    zero: Node = Number(Fraction(0))
    found: dict[str, list[Node]] = {n: [] for n in names}
    constant: list[Node] = []
    for term, sign in signed_terms(node):
        plain = strip_times(term, frozenset(names))
        used = free_names(plain) & set(names)
        if not used:
            constant.append(term if sign > 0 else neg(term))
            continue
        factor = coefficient_of(plain, names)
        if factor is None or len(used) != 1:
            return None
        found[next(iter(used))].append(factor if sign > 0 else neg(factor))
    sums = tuple(add(*found[n]) if found[n] else zero for n in names)
    return sums, add(*constant) if constant else zero


def strip_times(node: Node, names: frozenset[str]) -> Node:
    """`X_1(t)` as X_1: a time argument of a random variable that does not move; `f(X)` stays what it is."""
    if isinstance(node, Call) and len(node.args) == 1 and node.name in names:
        return Name(node.name)
    if isinstance(node, Apply):
        return Apply(node.op, tuple(strip_times(a, names) for a in node.args), node.span)
    return node


def coefficient_of(term: Node, names: tuple[str, ...]) -> Node | None:
    """c of `c x`, `x c`, `x / c`, `x`."""
    if isinstance(term, Name) and term.name in names:
        return integer(1)
    if isinstance(term, Apply) and term.op == "mul":
        inside = [i for i, part in enumerate(term.args) if free_names(part) & set(names)]
        if len(inside) != 1:
            return None
        inner = coefficient_of(term.args[inside[0]], names)
        rest = [part for i, part in enumerate(term.args) if i != inside[0]]
        return None if inner is None else (mul(*rest) if inner == integer(1) else mul(*rest, inner))
    if isinstance(term, Apply) and term.op == "div" and not free_names(term.args[1]) & set(names):
        inner = coefficient_of(term.args[0], names)
        return None if inner is None else Apply("div", (inner, term.args[1]))
    if isinstance(term, Apply) and term.op == "neg":
        inner = coefficient_of(term.args[0], names)
        return None if inner is None else neg(inner)
    return None
