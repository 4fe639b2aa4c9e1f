r"""The size of an identity that is written as a bare `I`, told by what it is added to, multiplied or compared with.

    W W^T + \sigma^2 I              that of W W^T              I - W M^{-1} W^T      the same
    C^{-1} = s^{-1} (I - ..)        that of the other side     \det(I + A)           that of A

One pass from the outside in: every node is told what shape it must have, where that is known; a sum tells its terms, a
product its outer factors their outer sizes and their neighbours their inner ones.  What nothing tells stays open.  An
identity of size 1 is the number 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .context import Context
from .shapes import ShapeError, shape_of
from .tree import Apply, Array, Name, Node, Number, children, integer, walk, with_children

OPEN = Apply("identity", ())
Size = int | str | None  # a whole number, the name of one, or nothing known
Known = tuple[Size, Size] | None  # None: a number, or nothing is known


def size_identities(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node]:
    """Both sides of an equality with every `I` sized, and a bare 0 against a matrix written out."""
    left, right = known_shape(lhs, context), known_shape(rhs, context)
    whole = tuple(a if a is not None else b for a, b in zip(left or (None, None), right or (None, None), strict=True))
    wanted: Known = (whole[0], whole[1])
    return sized(lhs, wanted, context), sized(rhs, wanted, context)


def sized(node: Node, wanted: Known, context: Context) -> Node:
    """The tree with its identities sized, given the shape that it must have."""
    if is_zero(node) and wanted is not None and wanted != (1, 1) and all(isinstance(size, int) for size in wanted):
        return zeros(wanted, node)
    if OPEN not in walk(node):
        return node
    if node == OPEN:
        return unit(node, wanted)
    if not isinstance(node, Apply):
        return with_children(node, tuple(sized(part, None, context) for part in children(node)))
    return with_children(node, tuple(parts_sized(node, wanted, context)))


def parts_sized(node: Apply, wanted: Known, context: Context) -> Sequence[Node]:
    """The arguments of an operation, each with what the operation tells it."""
    if node.op == "add":
        shape = joined(wanted, *(known_shape(part, context) for part in node.args))
        if shape is None and any(is_one_by_one(part, context) for part in node.args):
            shape = (1, 1)
        return [sized(part, shape, context) for part in node.args]
    if node.op == "mul":
        return factors_sized(node, wanted, context)
    if node.op in ("neg", "hadamard"):
        return [sized(part, joined(wanted, known_shape(part, context)), context) for part in node.args]
    if node.op in ("div", "pow"):
        first = sized(node.args[0], joined(wanted, known_shape(node.args[0], context)), context)
        return [first, *(sized(part, None, context) for part in node.args[1:])]
    if node.op in ("inverse", "matexp", "transpose"):
        turned = wanted[::-1] if wanted is not None and node.op == "transpose" else wanted
        return [sized(node.args[0], joined(turned, known_shape(node.args[0], context)), context)]
    return [sized(part, known_shape(part, context), context) for part in node.args]


def factors_sized(node: Apply, wanted: Known, context: Context) -> list[Node]:
    """Factors of a product: the outer sizes come from the whole, the inner ones from the neighbours."""
    shapes = [factor_shape(part, context) for part in node.args]
    matrices = [i for i, shape in enumerate(shapes) if shape is not None]
    found = list(node.args)
    for at, i in enumerate(matrices):
        before = shapes[matrices[at - 1]] if at else None
        after = shapes[matrices[at + 1]] if at + 1 < len(matrices) else None
        rows = before[1] if before is not None else wanted[0] if wanted is not None and not at else None
        columns = after[0] if after is not None else wanted[1] if wanted is not None and after is None else None
        found[i] = sized(node.args[i], joined((rows, columns), shapes[i]), context)
    for i, shape in enumerate(shapes):
        if shape is None:
            found[i] = sized(node.args[i], None, context)
    return found


def factor_shape(node: Node, context: Context) -> Known:
    """The shape of a factor, (None, None) for a matrix of open size, None for a number."""
    known = known_shape(node, context)
    if known is not None:
        return known
    return (None, None) if OPEN in walk(node) and is_matrix(node) else None


def is_matrix(node: Node) -> bool:
    """Whether an identity without a size stands where it makes the whole a matrix."""
    if node == OPEN:
        return True
    if isinstance(node, Apply) and node.op in ("add", "mul", "neg", "inverse", "transpose", "matexp", "hadamard"):
        return any(is_matrix(part) for part in node.args)
    return isinstance(node, Apply) and node.op in ("div", "pow") and is_matrix(node.args[0])


def known_shape(node: Node, context: Context) -> Known:
    """Rows and columns as far as the tree tells them beside its open identities; None for a number."""
    if node == OPEN:
        return None
    if OPEN not in walk(node):
        try:
            shape = shape_of(node, context)
        except ShapeError:
            return None
        if not shape:
            return None
        return shape[0], shape[1]
    if not isinstance(node, Apply):
        return None
    if node.op == "mul":
        shapes = [found for part in node.args if (found := factor_shape(part, context)) is not None]
        return closed((shapes[0][0], shapes[-1][1]), shapes) if shapes else None
    if node.op in ("add", "neg", "hadamard"):
        return joined(*(known_shape(part, context) for part in node.args))
    if node.op in ("inverse", "pow", "div", "matexp", "transpose"):
        inner = known_shape(node.args[0], context)
        return inner[::-1] if inner is not None and node.op == "transpose" else inner
    return None


def is_one_by_one(node: Node, context: Context) -> bool:
    """`W^T W` of a column: a number that is a matrix of one entry by the way it is made."""
    try:
        if OPEN in walk(node) or shape_of(node, context) != ():
            return False
        parts = (part for part in walk(node) if isinstance(part, Array | Name))
        return any(shape_of(part, context) not in (None, ()) for part in parts)
    except ShapeError:
        return False


def closed(outer: tuple[Size, Size], shapes: Sequence[tuple[Size, Size]]) -> Known:
    """A product that begins or ends with open identities has the outer sizes of what they multiply."""
    rows = outer[0] if outer[0] is not None else next((s[0] for s in shapes if s[0] is not None), None)
    columns = outer[1] if outer[1] is not None else next((s[1] for s in reversed(shapes) if s[1] is not None), None)
    return rows, columns


def joined(*shapes: Known) -> Known:
    """What several sources say together; the first one that knows counts."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    rows = next((shape[0] for shape in known if shape[0] is not None), None)
    columns = next((shape[1] for shape in known if shape[1] is not None), None)
    return None if rows is None and columns is None else (rows, columns)


def unit(node: Node, wanted: Known) -> Node:
    """The identity of the wanted shape; as it is where nothing tells its size, or it would not be square."""
    size = None if wanted is None else wanted[0] if wanted[0] is not None else wanted[1]
    if size is None or wanted is None or (None not in wanted and wanted[0] != wanted[1]):
        return node
    if isinstance(size, str):
        return Apply("identity", (Name(size),), node.span)
    return integer(1) if size == 1 else Apply("identity", (integer(size),), node.span)


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def zeros(shape: tuple[Size, Size], node: Node) -> Array:
    rows, columns = int(shape[0] or 0), int(shape[1] or 0)
    return Array(tuple(tuple(Number(Fraction(0)) for _ in range(columns)) for _ in range(rows)), node.span)
