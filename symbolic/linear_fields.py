r"""Fields of flows that are written with matrices: `\dot z = Az + b`, spelled out component by component.

    f_i(z) = sum_j a_ij z_j + b_i

The entries are collected exactly as they are written (sums and products of literals, nothing is simplified), and only
where the document gives every matrix entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .affine import affine_parts
from .context import Context, FlowLaw
from .syntax import Syntax
from .tree import Apply, Array, Call, Name, Node, Number, add, integer, mul, neg, rewrite

if TYPE_CHECKING:
    from .said import Said

Rows = tuple[tuple[Node, ...], ...]
MAX_SIZE = 12


def field_size(rhs: Syntax, said: Iterable[Said]) -> int | None:
    """The dimension that a square matrix literal in the field, or behind one of its names, shows; None without one."""
    names = {word.text for word in look.words(rhs)}
    literals = [look.matrix(rhs), *(look.matrix(part) for part in look.parts(rhs))]
    for item in said:
        word = look.bare_word(item.lhs) if item.lhs is not None and item.relation in ("=", ":=") else None
        if word is not None and word.text in names and item.rhs is not None:
            literals.append(look.matrix(item.rhs))
    sizes = {len(rows.rows) for rows in literals if rows is not None and len(rows.rows) == len(rows.rows[0])}
    size = sizes.pop() if len(sizes) == 1 else 0
    return size if 1 < size <= MAX_SIZE else None


def spelled_field(node: Node, law: FlowLaw, context: Context) -> tuple[Node, ...] | None:
    """The components of `M z + b`; None where the field is not of this form or an entry is not given."""

    def state(part: Node) -> Node:
        return Name(law.name) if isinstance(part, Call) and part.name == law.name else part

    found = affine_parts(rewrite(node, state), law.name, law.dimension)
    if found is None:
        return None
    matrix, offset = entries(found[0], context), entries(found[1], context)
    if matrix is None or offset is None:
        return None
    square = len(matrix) == law.dimension and all(len(row) == law.dimension for row in matrix)
    if not square or len(offset) != law.dimension or any(len(row) != 1 for row in offset):
        return None
    rows = (tuple(mul(a, Name(z)) for a, z in zip(row, law.variables, strict=True) if not is_zero(a)) for row in matrix)
    return tuple(add(*terms, *(() if is_zero(b) else (b,))) for terms, (b,) in zip(rows, offset, strict=True))


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def entries(node: Node, context: Context) -> Rows | None:
    """The entries of a matrix that is written with literals; None for anything else."""
    if isinstance(node, Array):
        return node.rows
    if isinstance(node, Name):
        entry = context.get(node.name)
        return entries(entry.value, context) if entry is not None and entry.value is not None else None
    if not isinstance(node, Apply):
        return None
    if node.op == "identity" and len(node.args) == 1 and isinstance(node.args[0], Number):
        size = int(node.args[0].value)
        return tuple(tuple(integer(int(i == j)) for j in range(size)) for i in range(size))
    parts = [entries(part, context) for part in node.args]
    if node.op == "neg" and parts[0] is not None:
        return tuple(tuple(neg(e) for e in row) for row in parts[0])
    if node.op == "transpose" and parts[0] is not None:
        return tuple(zip(*parts[0], strict=True))
    if node.op == "add":
        known = [part for part in parts if part is not None]
        shapes = {(len(part), len(part[0])) for part in known}
        if len(known) != len(parts) or len(shapes) != 1:
            return None
        return tuple(tuple(add(*cells) for cells in zip(*rows, strict=True)) for rows in zip(*known, strict=True))
    return product(list(zip(node.args, parts, strict=True))) if node.op == "mul" else None


def product(factors: list[tuple[Node, Rows | None]]) -> Rows | None:
    """Numbers times matrices, in their order."""
    found: Rows | None = None
    for _, rows in factors:
        if rows is None:
            continue
        if found is not None and len(found[0]) != len(rows):
            return None
        found = (
            rows
            if found is None
            else tuple(
                tuple(add(*(mul(a, b) for a, b in zip(row, column, strict=True))) for column in zip(*rows, strict=True))
                for row in found
            )
        )
    numbers = [node for node, rows in factors if rows is None]
    if found is None:
        return None
    return tuple(tuple(mul(*numbers, cell) for cell in row) for row in found) if numbers else found
