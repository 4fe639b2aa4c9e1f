r"""Negative controls: wrong variants of the written side that the same check must refute at the same points.

Whole-side slips (times 1 + 1e-3, plus 1e-3, the sign) and slips inside (a constant off by 1e-3, the sign of a term, a
dropped term or factor, a neighbouring function).  A slip inside may happen to leave the value unchanged; a variant
counts only when balls tell it from the written side at points of another seed, so `tried` counts variants that are
certainly wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..symbolic.tree import Apply, Array, Node, Number, add, children, mul, neg, walk, with_children

SLIP = Fraction(1, 1000)
NEIGHBOURS = {
    "sin": "cos",
    "cos": "sin",
    "tanh": "sinh",
    "sinh": "cosh",
    "cosh": "sinh",
    "sech": "tanh",
    "sqrt": "abs",
    "log": "sqrt",
    "det": "trace",
    "trace": "det",
    "transpose": "neg",
    "inverse": "transpose",
}
LARGEST = 12


def whole_side(node: Node, matrix: bool) -> Iterator[tuple[str, Node]]:
    """Variants of the whole side that differ from it wherever it is not 0."""
    yield "off by a factor 1.001", mul(Number(1 + SLIP), node)
    yield "wrong sign", neg(node)
    if not matrix:
        yield "off by 0.001", add(node, Number(SLIP))


def inside(node: Node) -> Iterator[tuple[str, Node]]:
    """Variants with one slip at one place, at most `LARGEST`."""
    count = 0
    for index, part in enumerate(walk(node)):
        for name, changed in slips(part):
            yield name, replaced(node, index, changed)
            count += 1
            if count >= LARGEST:
                return


def slips(part: Node) -> Iterator[tuple[str, Node]]:
    """The slips that are possible at one node."""
    if isinstance(part, Number) and part.value != 0:
        yield "a constant off by 0.1 %", Number(part.value * (1 + SLIP))
    if isinstance(part, Apply) and part.op == "add" and len(part.args) > 1:
        last = part.args[-1]
        flipped = last.args[0] if isinstance(last, Apply) and last.op == "neg" else neg(last)
        yield "the sign of a term", Apply("add", (*part.args[:-1], flipped))
        yield "a dropped term", add(*part.args[:-1])
    if isinstance(part, Apply) and part.op == "mul" and len(part.args) > 1 and not isinstance(part.args[0], Number):
        yield "a dropped factor", mul(*part.args[1:])
    if isinstance(part, Apply) and part.op in NEIGHBOURS:
        yield f"{NEIGHBOURS[part.op]} for {part.op}", Apply(NEIGHBOURS[part.op], part.args)
    if isinstance(part, Array) and part.shape[0] == part.shape[1] > 1:
        yield "transposed", Array(tuple(zip(*part.rows, strict=True)))


def replaced(node: Node, index: int, new: Node) -> Node:
    """The tree with the node at position `index` of `walk` replaced."""
    counter = [-1]

    def visit(current: Node) -> Node:
        counter[0] += 1
        if counter[0] == index:
            # The parts of a replaced node are still counted, so that later positions stay the same.
            counter[0] += sum(1 for _ in walk(current)) - 1
            return new
        parts = children(current)
        return with_children(current, tuple(visit(p) for p in parts)) if parts else current

    return visit(node)
