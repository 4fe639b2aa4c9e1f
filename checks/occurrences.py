r"""Occurrences of a quantity in a formula: the same tree up to the order of terms, the same number, or equal value.

A written rational stands for itself in any form (3/25, 0.12).  A matrix, or an operation such as a determinant, is an
occurrence of another when balls find them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from ..symbolic.tree import ARITHMETIC, Apply, Array, Bind, Call, Name, Node, Number, children, mul, rewrite, size, walk
from .controls import replaced

Equal = Callable[[Node, Node], bool]


def rational(node: Node) -> Fraction | None:
    """The value of plain arithmetic of numbers; None for anything else."""
    if isinstance(node, Number):
        return node.value
    if not isinstance(node, Apply) or node.op not in ARITHMETIC:
        return None
    parts = [rational(p) for p in node.args]
    known = [p for p in parts if p is not None]
    if len(known) != len(parts):
        return None
    return arithmetic(node.op, known)


def arithmetic(op: str, parts: list[Fraction]) -> Fraction | None:
    if op == "add":
        return sum(parts, Fraction(0))
    if op == "mul":
        found = Fraction(1)
        for part in parts:
            found *= part
        return found
    if op == "neg":
        return -parts[0]
    if op == "div":
        return parts[0] / parts[1] if parts[1] else None
    small = parts[1].denominator == 1 and abs(parts[1]) <= 16 and parts[0] != 0
    return parts[0] ** int(parts[1]) if small else None


def used(node: Node, pairs: Sequence[tuple[Node, Node]], equal: Equal) -> Node:
    """The tree with every occurrence of the first of a pair replaced by the second."""
    for old, new in pairs:
        if same_tree(node, old):
            return new
        node = rewrite(node, replacement(old, new, equal))
        if isinstance(old, Apply) and old.op == "mul":
            node = rewrite(node, within_product(old, new))
    return node


def within_product(old: Apply, new: Node) -> Callable[[Node], Node]:
    """A product is an occurrence within a longer one: y^T P y in -1/2 y^T P y."""
    wanted = [ordered(p) for p in flat(old, "mul")]

    def rule(node: Node) -> Node:
        if not isinstance(node, Apply) or node.op != "mul":
            return node
        parts = list(flat(node, "mul"))
        if not len(wanted) < len(parts) <= 60:
            return node
        texts = [ordered(p) for p in parts]
        places = range(len(parts) - len(wanted) + 1)
        place = next((i for i in places if texts[i : i + len(wanted)] == wanted), None)
        return node if place is None else mul(*parts[:place], new, *parts[place + len(wanted) :])

    return rule


def replacement(old: Node, new: Node, equal: Equal) -> Callable[[Node], Node]:
    value = rational(old)
    seen: dict[Node, bool] = {}

    def rule(node: Node) -> Node:
        if node not in seen:
            number = value is not None and not isinstance(node, Name) and rational(node) == value
            seen[node] = number or same_tree(node, old) or (alike(node, old) and equal(node, old))
        return new if seen[node] else node

    return rule


def same_tree(node: Node, old: Node) -> bool:
    """One tree up to the order of terms and the order of nested sums and products of the same kind."""
    return node == old or (kind(node) == kind(old) and size(node) <= 400 and ordered(node) == ordered(old))


def kind(node: Node) -> str:
    return node.op if isinstance(node, Apply | Bind) else type(node).__name__


def ordered(node: Node) -> str:
    """A form in which sums are flat and sorted, products flat."""
    if isinstance(node, Apply) and node.op in ("add", "mul"):
        parts = [ordered(p) for p in flat(node, node.op)]
        return f"{node.op}({', '.join(sorted(parts) if node.op == 'add' else parts)})"
    if isinstance(node, Number):
        return str(node.value)
    if isinstance(node, Name):
        return node.name
    name = node.name if isinstance(node, Call) else kind(node)
    extra = f"{node.names}{node.tag}" if isinstance(node, Bind) else str(node.shape) if isinstance(node, Array) else ""
    return f"{name}{extra}({', '.join(ordered(p) for p in children(node))})"


def flat(node: Apply, op: str) -> Iterator[Node]:
    for part in node.args:
        if isinstance(part, Apply) and part.op == op:
            yield from flat(part, op)
        else:
            yield part


TELLING = ("det", "inverse", "trace", "covariance", "mean", "variance", "entropy")


def alike(node: Node, old: Node) -> bool:
    """Whether equal values would make the node an occurrence: one telling operation, or matrices of numbers."""
    if isinstance(node, Apply | Bind) and isinstance(old, Apply | Bind):
        if node.op == old.op and (node.op in TELLING or isinstance(node, Bind)):
            return isinstance(node, Apply) or (isinstance(old, Bind) and node.names == old.names)
        matrices = {"covariance", "mul", "inverse"}
        return node.op in matrices and old.op in matrices and not (node.op == old.op == "mul" and size(node) < 4)
    return isinstance(node, Array) and isinstance(old, Array) and node.shape == old.shape != (1, 1)


def one_by_one(node: Node, pairs: Sequence[tuple[Node, Node]]) -> Iterator[Node]:
    """A written number replaced at one of its places only: elsewhere it may stand for something else."""
    for old, new in pairs:
        value = rational(old)
        if value is None:
            continue
        places = [i for i, n in enumerate(walk(node)) if not isinstance(n, Name) and rational(n) == value]
        if 1 < len(places) <= 6:
            yield from (replaced(node, place, new) for place in places)
