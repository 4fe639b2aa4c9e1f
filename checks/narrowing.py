r"""Where two sides differ: down both trees as long as they have one shape and exactly one part differs.

1/36 (9 u^2 - 6 u v + 4 v^2)  against  1/36 (9 u^2 - 6 u v + 5 v^2)   ->   4 v^2 against 5 v^2   ->   4 against 5
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..symbolic.evaluate import Grid
from ..symbolic.tree import Apply, Array, Node, integer, mul
from .agreement import Bench, side
from .pointwise import compare
from .slips import is_exponential, ordinal


@dataclass(frozen=True, slots=True)
class Focus:
    """The parts of both sides that differ, and how the right side is put together again around another part."""

    lhs: Node
    rhs: Node
    rebuild: Callable[[Node], Node]
    entry: str = ""
    role: str = ""


def narrowed(bench: Bench, rhs: Node) -> Focus:
    """Down both sides as long as they have one shape and exactly one part differs."""
    focus = Focus(bench.lhs, rhs, lambda node: node)
    while (deeper := step_down(bench, focus)) is not None:
        focus = deeper
    return focus


def step_down(bench: Bench, focus: Focus) -> Focus | None:
    left, right = focus.lhs, focus.rhs
    if isinstance(right, Array):
        return one_entry(bench, focus, right)
    if isinstance(left, Apply) and isinstance(right, Apply) and left.op == right.op:
        if len(left.args) != len(right.args) or left.op in ("piecewise", "entry", "identity"):
            return None
        pairs = list(zip(left.args, right.args, strict=True))
        apart = [i for i, (a, b) in enumerate(pairs) if a != b and not same(bench, a, b)]
        if len(apart) != 1:
            return None
        index = apart[0]

        def rebuild(new: Node) -> Node:
            return focus.rebuild(replace(right, args=(*right.args[:index], new, *right.args[index + 1 :])))

        role = "exponent" if is_exponential(right) else focus.role if right.op in ("neg", "div", "mul") else "part"
        return Focus(left.args[index], right.args[index], rebuild, focus.entry, role)
    return scaled_entry(bench, focus)


def same(bench: Bench, a: Node, b: Node) -> bool:
    """Whether two parts have one value where the sides differ."""
    left, right = (side(bench.balls, t, bench.wrong_at, 96) if (t := bench.unfolded(n)) else None for n in (a, b))
    return left is not None and right is not None and compare(bench.wrong_at, left, right, 96).verdict == "agree"


def one_entry(bench: Bench, focus: Focus, right: Array) -> Focus | None:
    """A matrix with a single wrong entry."""
    value = bench.value(focus.lhs, bench.wrong_at)
    if not isinstance(value, Grid) or value.shape != right.shape:
        return None
    places = [(i, j) for i in range(right.shape[0]) for j in range(right.shape[1])]
    if len(places) < 2:
        return None
    apart = [(i, j) for i, j in places if not same(bench, entry_of(focus.lhs, i, j), right.rows[i][j])]
    if len(apart) != 1:
        return None
    i, j = apart[0]

    def rebuild(new: Node) -> Node:
        rows = [list(row) for row in right.rows]
        rows[i][j] = new
        return focus.rebuild(Array(tuple(tuple(row) for row in rows)))

    name = f"entry ({i + 1}, {j + 1})" if right.shape[1] > 1 else f"the {ordinal(i)} entry"
    return Focus(entry_of(focus.lhs, i, j), right.rows[i][j], rebuild, name)


def entry_of(node: Node, i: int, j: int) -> Node:
    if isinstance(node, Array):
        return node.rows[i][j]
    return Apply("entry", (node, integer(i + 1), integer(j + 1)))


def scaled_entry(bench: Bench, focus: Focus) -> Focus | None:
    """c * matrix, or matrix / c, with a single wrong entry."""
    right = focus.rhs
    if not isinstance(right, Apply) or right.op not in ("mul", "div"):
        return None
    arrays = [i for i, p in enumerate(right.args) if isinstance(p, Array)]
    values = [bench.value(p, bench.wrong_at) for p in right.args]
    if len(arrays) != 1 or any(isinstance(v, Grid) or v is None for i, v in enumerate(values) if i not in arrays):
        return None
    index = arrays[0]
    others = tuple(p for i, p in enumerate(right.args) if i != index)
    left = Apply("div", (focus.lhs, mul(*others))) if right.op == "mul" else mul(others[0], focus.lhs)

    def rebuild(new: Node) -> Node:
        return focus.rebuild(replace(right, args=(*right.args[:index], new, *right.args[index + 1 :])))

    array = right.args[index]
    return one_entry(bench, Focus(left, array, rebuild, focus.entry), array) if isinstance(array, Array) else None
