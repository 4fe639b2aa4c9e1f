r"""Slips of algebra: signs, factors, powers and roots, sums and products, logarithms.

-u for u      u for 2 u      u for sqrt u, u^2, 1/u      u v for u + v      u^k + v^k for (u + v)^k
log(u + v) for log u + log v      2 x y counted once      a - b + c for a - (b + c)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..symbolic.printing import plain
from ..symbolic.tree import CONSTANTS, FUNCTIONS, Apply, Name, Node, Number, add, free_names, integer, mul
from .slips import (
    HALF,
    TWO,
    Fix,
    Setting,
    is_exponential,
    is_neg,
    is_op,
    opposite,
    ordinal,
    shown,
    times,
    with_argument,
)


# -- signs -------------------------------------------------------------------------------------------------------------
def sign_of_side(node: Node, setting: Setting) -> Iterator[Fix]:
    yield opposite(node), ()


def sign_of_term(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "add":
        for index, term in enumerate(node.args):
            yield with_argument(node, index, opposite(term)), (ordinal(index),)


def bracket_sign(node: Node, setting: Setting) -> Iterator[Fix]:
    """a - b + c + d for a - (b + c + d): every term behind a minus is turned."""
    if isinstance(node, Apply) and node.op == "add":
        for index, term in enumerate(node.args[:-1]):
            rest = node.args[index + 1 :]
            if is_op(term, "neg") and len(rest) >= 2:
                yield Apply("add", (*node.args[: index + 1], *(opposite(t) for t in rest))), ()


def sign_of_exponent(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and is_exponential(node):
        yield with_argument(node, len(node.args) - 1, opposite(node.args[-1])), ()


def sign_inside(node: Node, setting: Setting) -> Iterator[Fix]:
    """The sign of a factor, an entry, an argument."""
    if not isinstance(node, Number) and not is_op(node, "add", "neg"):
        yield opposite(node), (shown(node),)
    if is_op(node, "neg") and isinstance(node, Apply):
        yield node.args[0], (shown(node.args[0]),)


# -- factors -----------------------------------------------------------------------------------------------------------
def cross_term(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "add" and len(node.args) >= 3:
        for index, term in enumerate(node.args):
            if len(free_names(term)) >= 2:
                yield with_argument(node, index, times(TWO, term)), (shown(opposite(term) if is_neg(term) else term),)


def by_two(node: Node, setting: Setting) -> Iterator[Fix]:
    where = f" in the {setting.place} term" if setting.place else ""
    where = " in the exponent" if setting.role == "exponent" else where
    yield times(TWO, node), ("2", where)
    yield times(HALF, node), ("1/2", where)


def by_other(node: Node, setting: Setting) -> Iterator[Fix]:
    for top, bottom in ((3, 1), (1, 3), (4, 1), (1, 4)):
        factor = integer(top) if bottom == 1 else Apply("div", (integer(top), integer(bottom)))
        yield times(factor, node), (plain(factor),)
    pi = Name("pi")
    yield times(pi, node), ("pi",)
    yield Apply("div", (node, pi)), ("1/pi",)


# -- powers and roots --------------------------------------------------------------------------------------------------
def lost_root(node: Node, setting: Setting) -> Iterator[Fix]:
    if not is_op(node, "sqrt", "pow") and not (isinstance(node, Name) and node.name in CONSTANTS):
        yield Apply("sqrt", (node,)), (shown(node),)


def root_of_product(node: Node, setting: Setting) -> Iterator[Fix]:
    if is_op(node, "sqrt") and isinstance(node, Apply):
        yield node.args[0], (shown(node.args[0]),)


def lost_square(node: Node, setting: Setting) -> Iterator[Fix]:
    if not isinstance(node, Number) and not is_op(node, "neg"):
        yield Apply("pow", (node, TWO)), (shown(node),)


def extra_square(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "pow" and node.args[1] == TWO:
        yield node.args[0], (shown(node.args[0]),)


def exponent_off_by_one(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "pow" and isinstance(node.args[1], Number):
        for step in (-1, 1):
            value = Number(node.args[1].value + step)
            yield Apply("pow", (node.args[0], value)), (plain(node.args[1]), plain(value))


def upside_down(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "div" and node.args[0] != integer(1):
        yield Apply("div", (node.args[1], node.args[0])), (shown(node),)


def lost_reciprocal(node: Node, setting: Setting) -> Iterator[Fix]:
    if is_op(node, "neg"):
        return
    if isinstance(node, Apply) and node.op == "div" and node.args[0] == integer(1):
        yield node.args[1], (shown(node.args[1]), shown(node))
    elif not is_op(node, "div"):
        found = Apply("div", (integer(1), node))
        yield found, (shown(found), shown(node))


# -- sums and products -------------------------------------------------------------------------------------------------
def product_for_sum(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "mul":
        yield Apply("add", node.args), ()
        parts = [p for p in node.args if not isinstance(p, Number)]
        if len(parts) < len(node.args) and len(parts) > 1:
            front = [p for p in node.args if isinstance(p, Number)]
            yield mul(*front, Apply("add", tuple(parts))), ()


def sum_for_product(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "add":
        yield Apply("mul", node.args), ()


def term_by_term(node: Node, setting: Setting) -> Iterator[Fix]:
    """u^k + v^k for (u + v)^k; f(u) + f(v) for f(u + v); 1/u + 1/v for 1/(u + v)."""
    if not isinstance(node, Apply) or node.op != "add":
        return
    parts = node.args
    heads = {p.op if isinstance(p, Apply) else "" for p in parts}
    if len(heads) != 1 or "" in heads:
        return
    first = parts[0]
    assert isinstance(first, Apply)
    inner = add(*(p.args[0] for p in parts if isinstance(p, Apply)))
    if first.op in FUNCTIONS and len(first.args) == 1:
        yield Apply(first.op, (inner,)), (first.op,)
    if first.op == "pow" and len({p.args[1] for p in parts if isinstance(p, Apply)}) == 1:
        yield Apply("pow", (inner, first.args[1])), ("the power",)
    if first.op == "div" and len({p.args[0] for p in parts if isinstance(p, Apply)}) == 1:
        below = add(*(p.args[1] for p in parts if isinstance(p, Apply)))
        yield Apply("div", (first.args[0], below)), ("the reciprocal",)


def log_rules(node: Node, setting: Setting) -> Iterator[Fix]:
    """log(u + v) for log u + log v, log u / log v for log(u / v), log(u)^k for log(u^k)."""
    if not isinstance(node, Apply):
        return
    if node.op == "log" and is_op(node.args[0], "add") and isinstance(node.args[0], Apply):
        yield Apply("add", tuple(Apply("log", (p,)) for p in node.args[0].args)), ()
    if node.op == "div" and all(is_op(p, "log") for p in node.args):
        top, bottom = (p.args[0] for p in node.args if isinstance(p, Apply))
        yield Apply("log", (Apply("div", (top, bottom)),)), ()
    if node.op == "pow" and isinstance(node.args[0], Apply) and node.args[0].op == "log":
        yield mul(node.args[1], node.args[0]), ()
