r"""Derivatives as they are written: `d/dt g`, `∂/∂t g`, `\frac{d}{dt} g`, `\frac{\partial^2 g}{\partial x \partial y}`.

`d` stands for the total derivative along a path and `∂` for the partial one; for a function of its own variables the
two agree.
A quotient of d and ∂ is a derivative only while nobody declared a name `d`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .source import ReadError
from .syntax import Command, Group, Infix, Num, Script, Sequence, Syntax, Word
from .tree import Node

if TYPE_CHECKING:
    from .elaborate import Elaborator

SIGNS = ("d", "partial")


def derivative(el: Elaborator, syntax: Infix) -> Node | None:
    """`d/dt g` and `∂/∂t g` as the plain notation tokenises them: a quotient whose top is d or ∂."""
    from .heads import differential

    if syntax.op != "div" or not isinstance(syntax.args[0], Word):
        return None
    top = syntax.args[0].text
    if top not in SIGNS or el.knows(top):
        return None
    items = syntax.args[1].items if isinstance(syntax.args[1], Sequence) else (syntax.args[1],)
    name, rest = below_one(top, items)
    if name is None:
        return None
    if not rest:
        raise ReadError("expected an expression after the derivative sign", syntax.span)
    body = Sequence(rest, rest[0].span.to(rest[-1].span)) if len(rest) > 1 else rest[0]
    return differential(el, "diff", body, [name], tag_of(top), syntax.span)


def slashed(el: Elaborator, syntax: Infix) -> Syntax | None:
    r"""`dx/du`, `2\,\partial f/\partial x \cdot g`: the derivative as a fraction among its factors; else None."""
    if syntax.op != "div":
        return None
    top, bottom = syntax.args
    if isinstance(top, Infix) and top.op in ("mul", "cross"):
        last = slashed(el, replace(syntax, args=(top.args[-1], bottom)))
        return None if last is None else replace(top, args=(*top.args[:-1], last), span=syntax.span)
    items = top.items if isinstance(top, Sequence) else (top,)
    below = bottom.items if isinstance(bottom, Sequence) else (bottom,)
    start = next((i for i in range(len(items) - 1) if sign_of(el, items[i]) is not None), None)
    if (
        start is None
        or len(below) < 2
        or below_all(below_sign(el, items[start]), Sequence(below[:2], bottom.span)) is None
    ):
        return None
    parts = (Sequence(items[start:], top.span), Sequence(below[:2], bottom.span))
    factors = (*items[:start], Command("frac", parts, None, syntax.span), *below[2:])
    return factors[0] if len(factors) == 1 else Sequence(factors, syntax.span)


def below_sign(el: Elaborator, item: Syntax) -> str:
    """The sign that an item is."""
    found = sign_of(el, item)
    return found[0] if found is not None else ""


def tag_of(sign: str) -> str:
    return "total" if sign == "d" else "partial"


def below_one(sign: str, items: tuple[Syntax, ...]) -> tuple[Word | None, tuple[Syntax, ...]]:
    """The name behind `dt` or `∂ t`, and what follows."""
    first = items[0]
    if sign == "d" and isinstance(first, Word) and first.text.startswith("d") and len(first.text) > 1:
        return Word(first.text[1:].lstrip("_"), first.span, first.raw), items[1:]
    if isinstance(first, Word) and first.text == sign and len(items) > 1 and isinstance(items[1], Word):
        return items[1], items[2:]
    return None, ()


def below_all(sign: str, bottom: Syntax) -> list[Syntax] | None:
    """The names of a denominator, each as often as it is differentiated by: `∂x ∂y`, `dx^2`; None for anything else."""
    items = bottom.items if isinstance(bottom, Sequence) else (bottom,)
    names: list[Syntax] = []
    cursor = 0
    while cursor < len(items):
        item = items[cursor]
        single = item.base if isinstance(item, Script) else item
        if sign == "d" and isinstance(single, Word) and single.text.startswith("d") and len(single.text) > 1:
            name: Syntax = Word(single.text[1:].lstrip("_"), single.span, single.raw)
            power = exponent(item)
            cursor += 1
        elif isinstance(single, Word) and single.text == sign and cursor + 1 < len(items):
            following = items[cursor + 1]
            name = following.base if isinstance(following, Script) and following.sub is None else following
            power = exponent(following)
            cursor += 2
            if isinstance(name, Word) and cursor < len(items) and is_start(items[cursor]):
                # \partial z(0): the starting point of a path
                name = Sequence((name, items[cursor]), name.span.to(items[cursor].span))
                cursor += 1
        else:
            return None
        listed = isinstance(name, Group) and len(name.items) > 0
        if power is None or not (isinstance(name, Word | Sequence) or listed):
            return None
        names.extend([name] * power)
    return names or None


def is_start(item: Syntax) -> bool:
    """`(0)`."""
    inner = item.items[0] if isinstance(item, Group) and len(item.items) == 1 else None
    return isinstance(inner, Num) and inner.text == "0"


def exponent(item: Syntax) -> int | None:
    """The order in `x^2`; 1 without one."""
    if not isinstance(item, Script) or item.sup is None:
        return 1
    inner = item.sup.items[0] if isinstance(item.sup, Group) and len(item.sup.items) == 1 else item.sup
    if isinstance(inner, Num) and inner.text.isdigit() and 1 <= int(inner.text) <= 8:
        return int(inner.text)
    return None


def sign_of(el: Elaborator, top: Syntax) -> tuple[str, int | None, tuple[Syntax, ...]] | None:
    """The sign, the order and the body of a numerator: `d`, `∂^2`, `∂ f`, `d Z`, `dZ`."""
    items = top.items if isinstance(top, Sequence) else (top,)
    first = items[0]
    base = first.base if isinstance(first, Script) and first.sub is None else first
    if not isinstance(base, Word) or base.text not in SIGNS or el.knows(base.text):
        return None
    return base.text, exponent(first), items[1:]


def fraction_operator(el: Elaborator, syntax: Command) -> tuple[str, list[Syntax]] | None:
    """`\\frac{d}{dt}` as an operator on what follows: the tag and the names; None for a plain fraction."""
    top = sign_of(el, syntax.args[0])
    if top is None or top[2]:
        return None
    names = below_all(top[0], syntax.args[1])
    if names is None or (top[1] is not None and top[1] != len(names)):
        return None
    return tag_of(top[0]), names


def fraction_derivative(el: Elaborator, syntax: Command) -> Node | None:
    """`\\frac{\\partial f}{\\partial x}`: a derivative with its body in the numerator; by a vector, a Jacobian."""
    from .heads import FRACTION, differential, differentiation_names

    top = sign_of(el, syntax.args[0])
    if top is None or not top[2]:
        return None
    names = below_all(top[0], syntax.args[1])
    if names is None or (top[1] is not None and top[1] != len(names)):
        return None
    rest = top[2]
    body = rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span))
    if len(names) == 1 and isinstance(names[0], Sequence):
        return differential(el, "jacobian", body, names, FRACTION, syntax.span)
    if len(names) == 1 and len(differentiation_names(el, names[0])) > 1:
        return differential(el, "jacobian", body, names, FRACTION, syntax.span)
    return differential(el, "diff", body, names, tag_of(top[0]), syntax.span)
