r"""Extremes under a sign: `\arg\max_x g`, `\argmin_x g`, `\max_{0<x<1} g`, `\sup_{x > 0} g`, `\inf_x g`.

    Bind(op, (x,), (g,))                      over the declared domain of x
    Bind(op, (x,), (g, low, high), "[)")      over an interval: the tag says which ends belong to it

op is argmax, argmin, supremum or infimum; a `!` at the end of the tag says that the extreme is attained (max, min).
The operand is the rest of the product, and of the sum as far as it holds the variable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .source import ReadError, Span
from .syntax import Command, Group, Infix, Relation, Script, Sequence, Syntax, Word
from .tree import Apply, Bind, Name, Node

if TYPE_CHECKING:
    from .elaborate import Elaborator

COMMANDS = {
    "argmax": ("argmax", ""),
    "argmin": ("argmin", ""),
    "sup": ("supremum", ""),
    "infimum": ("infimum", ""),
}
WORDS = {"max": ("supremum", "!"), "min": ("infimum", "!")}
OPS = ("argmax", "argmin", "supremum", "infimum")
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
Sign = tuple[str, str, Syntax | None, int]


def extreme_sign(el: Elaborator, items: tuple[Syntax, ...], index: int) -> Sign | None:
    r"""The operation, its tag, what stands below it and the index behind it; None for anything else."""
    item = items[index]
    base, sub = (item.base, item.sub) if isinstance(item, Script) else (item, None)
    if isinstance(base, Command) and base.name == "arg" and index + 1 < len(items):
        following = items[index + 1]
        inner = following.base if isinstance(following, Script) else following
        if isinstance(inner, Word) and inner.text in WORDS:
            below = following.sub if isinstance(following, Script) else sub
            return f"arg{inner.text}", "", below, index + 2
    if isinstance(base, Command) and base.name in COMMANDS:
        return (*COMMANDS[base.name], sub, index + 1)
    if isinstance(base, Word) and base.text in WORDS and sub is not None and not el.knows(base.text):
        return (*WORDS[base.text], sub, index + 1)
    return None


def names_best_point(syntax: Syntax) -> bool:
    r"""Whether a side begins with `\arg\max` or `\arg\min`."""
    inner = look.peeled(syntax)
    while isinstance(inner, Infix) and inner.op == "add":
        inner = inner.args[0]
    first = inner.items[0] if isinstance(inner, Sequence) else inner
    base = first.base if isinstance(first, Script) else first
    return isinstance(base, Command) and base.name in ("arg", "argmax", "argmin")


def extreme(el: Elaborator, items: tuple[Syntax, ...], index: int) -> tuple[Node, int] | None:
    """An extreme with its operand, and the index behind it; None where none begins."""
    sign = extreme_sign(el, items, index)
    if sign is None:
        return None
    op, tag, below, start = sign
    span = items[index].span
    if below is None:
        raise ReadError("expected the variable below the extreme", span)
    if start >= len(items):
        raise ReadError("expected an expression after the extreme", span)
    name, ends = variable(el, below)
    rest = items[start:]
    body = rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span))
    return built(el, op, tag, name, ends, body, span.to(body.span)), len(items)


End = tuple[Node, bool] | None


def built(el: Elaborator, op: str, tag: str, name: str, ends: tuple[End, End] | None, body: Syntax, span: Span) -> Node:
    """The node; the body is read in the scope of the variable."""
    inner = el.with_bound(name)
    node = inner.node(body)
    el.context = inner.context
    if ends is None:
        return Bind(op, (name,), (node,), tag, span)
    low, high = ends
    marks = ("[" if low and low[1] else "(") + ("]" if high and high[1] else ")")
    bounds = (low[0] if low else Apply("neg", (Name("inf"),)), high[0] if high else Name("inf"))
    return Bind(op, (name,), (node, *bounds), marks + tag, span)


def variable(el: Elaborator, below: Syntax) -> tuple[str, tuple[End, End] | None]:
    r"""`x`, `x \in [a, b]`, `x > 0`, `0 < x < 1`: the name and the ends of its interval."""
    inside = look.peeled(below)
    if isinstance(inside, Word):
        return inside.text, None
    if not isinstance(inside, Relation):
        raise ReadError("expected one variable below the extreme", below.span)
    sides, signs = inside.sides, [token.text for token in inside.relations]
    if len(sides) == 2 and signs == ["in"] and isinstance(sides[0], Word):
        return sides[0].text, interval(el, sides[1])
    place = next((i for i, side in enumerate(sides) if look.bare_word(side) is not None), None)
    if place is None or any(sign not in FLIPPED for sign in signs) or len(sides) > 3:
        raise ReadError("not read: what stands below the extreme", below.span)
    word = look.bare_word(sides[place])
    assert word is not None
    ends: list[End] = [None, None]
    for i, sign in enumerate(signs):
        if place not in (i, i + 1):
            raise ReadError("not read: what stands below the extreme", below.span)
        other, said = (sides[i + 1], sign) if place == i else (sides[i], FLIPPED[sign])
        ends[0 if said[0] == ">" else 1] = (el.node(other), said.endswith("="))
    return word.text, (ends[0], ends[1])


def interval(el: Elaborator, syntax: Syntax) -> tuple[End, End] | None:
    r"""The ends of `[a, b]` and `(a, b)`; None for `\mathbb{R}`."""
    inner = syntax
    if isinstance(inner, Word) and inner.text == "RR":
        return None, None
    if isinstance(inner, Group) and len(inner.items) == 2 and inner.open in ("(", "["):
        closed = inner.open == "["
        return (el.node(inner.items[0]), closed), (el.node(inner.items[1]), closed)
    raise ReadError("not read: the set below the extreme", syntax.span)


def extreme_of_sum(el: Elaborator, syntax: Infix) -> Syntax | None:
    r"""`\arg\max_x f(x) + g(x)`, `\arg\max_x -x^2`: the terms that hold the variable belong to the operand."""
    if syntax.op != "add":
        return None
    first = syntax.args[0]
    items = first.items if isinstance(first, Sequence) else (first,)
    sign = extreme_sign(el, items, 0)
    if sign is None or sign[2] is None:
        return None
    words = {w.text for w in look.words(sign[2])}
    held = [i for i, term in enumerate(syntax.args) if i and {w.text for w in look.words(term)} & words]
    bare = sign[3] >= len(items)
    stop = max(held, default=0) + 1
    if stop == 1 and not bare:
        return None
    stop = len(syntax.args) if bare else stop
    rest = items[sign[3] :]
    head: tuple[Syntax, ...] = () if bare else (rest[0] if len(rest) == 1 else Sequence(rest, first.span),)
    terms = (*head, *syntax.args[1:stop])
    whole: Syntax = terms[0] if len(terms) == 1 else Infix("add", terms, syntax.span)
    joined = Sequence((*items[: sign[3]], Group("(", (whole,), syntax.span)), syntax.span)
    args = (joined, *syntax.args[stop:])
    return joined if len(args) == 1 else replace(syntax, args=args)
