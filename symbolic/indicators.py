r"""Indicators: 1 where a condition holds and 0 elsewhere.

    \mathbf{1}[x > 0]   \mathbb{1}_{x > 0}   1_{\{x > 0\}}   \mathbb{I}(x > 0)   [x > 0]   \mathbb{1}_{[0, 1]}(x)

each is piecewise(condition, 1, 0).  Square brackets around a relation are Iverson's; round ones need a sign before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .source import ReadError, Span
from .syntax import Group, Num, Relation, Script, Syntax, Word
from .tree import Apply, Node, integer

if TYPE_CHECKING:
    from .elaborate import Elaborator

SIGNS = ("indicator", "I", "chi")


def is_sign(el: Elaborator, syntax: Syntax, sub: bool = False) -> bool:
    r"""`\mathbf{1}`, `\mathbb{1}`, `\mathbb{I}`; I and \chi only where they are no names, \chi with a set below."""
    if isinstance(syntax, Num):
        return syntax.text == "1"
    if not isinstance(syntax, Word) or syntax.text not in SIGNS:
        return False
    return syntax.text == "indicator" or (not el.knows(syntax.text) and (syntax.text != "chi" or sub))


def relation_in(syntax: Syntax | None) -> Relation | None:
    """The relation in brackets or braces, however many."""
    while isinstance(syntax, Group) and len(syntax.items) == 1 and syntax.open in ("(", "[", "{"):
        syntax = syntax.items[0]
    return syntax if isinstance(syntax, Relation) else None


def indicator(el: Elaborator, items: tuple[Syntax, ...], index: int) -> tuple[Node, int] | None:
    """An indicator that begins at an index with the index behind it; None where none does."""
    item = items[index]
    following = items[index + 1] if index + 1 < len(items) else None
    if isinstance(item, Script) and is_sign(el, item.base, sub=True) and item.sub is not None:
        if (relation := relation_in(item.sub)) is not None:
            return el.power(of_condition(el, relation, item.span), item.sup, item.span), index + 1
        span = look.peeled(item.sub) if not isinstance(item.sub, Group) else item.sub.items[0]
        if isinstance(span, Group) and len(span.items) == 2 and isinstance(following, Group):
            argument = el.node(following.items[0]) if len(following.items) == 1 else None
            if argument is not None:
                return membership(el, argument, span, item.span.to(following.span)), index + 2
    base, sup = (following.base, following.sup) if isinstance(following, Script) else (following, None)
    relation = relation_in(base) if isinstance(base, Group) else None
    if is_sign(el, item) and relation is not None:
        assert following is not None
        span_of = item.span.to(following.span)
        return el.power(of_condition(el, relation, span_of), sup, span_of), index + 2
    return None


def bracket(el: Elaborator, syntax: Group) -> Node | None:
    """`[x > 0]` by itself."""
    relation = relation_in(syntax) if syntax.open == "[" else None
    return of_condition(el, relation, syntax.span) if relation is not None else None


def of_condition(el: Elaborator, relation: Relation, span: Span) -> Node:
    """piecewise(condition, 1, 0)."""
    if [token.text for token in relation.relations] == ["in"]:
        argument, place = relation.sides
        if isinstance(place, Group) and len(place.items) == 2:
            return membership(el, el.node(argument), place, span)
        raise ReadError("not read: a set in an indicator", place.span)
    return Apply("piecewise", (el.comparison(relation), integer(1), integer(0)), span)


def membership(el: Elaborator, argument: Node, place: Group, span: Span) -> Node:
    """The indicator of an interval."""
    if place.open not in ("(", "["):
        raise ReadError("not read: a set in an indicator", place.span)
    less = "le" if place.open == "[" else "lt"
    low, high = (el.node(item) for item in place.items)
    condition = Apply("and", (Apply(less, (low, argument)), Apply(less, (argument, high))), span)
    return Apply("piecewise", (condition, integer(1), integer(0)), span)
