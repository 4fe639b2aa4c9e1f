r"""Derivatives of functions with their place behind them: `\frac{df}{dx}(2)`, `\frac{\partial f}{\partial x}(a, b)`.

    \frac{\partial f}{\partial x}(a, b)  =  \partial f(x, y) / \partial x   at x = a, y = b

A list behind the fraction is no factor: nobody multiplies a derivative by a list.  Which argument is differentiated by
is told by the names of the definition `f(x, y) = ..`, by `f(x, y)` elsewhere in the formula, or by the list itself;
else the formula is not read.  A single argument that is more than a name or a number may be a factor: both readings
are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .derivative_signs import below_all, sign_of, tag_of
from .source import ReadError, Span
from .syntax import Command, Group, Num, Script, Syntax, Word
from .tree import Bind, Call, Name, Node, free_names

if TYPE_CHECKING:
    from .context import Entry
    from .elaborate import Elaborator

# Names of arguments that the text does not name; what a document writes with these names is not read.
FORMAL = "v_"


def applied_names(*sides: Syntax) -> Mapping[str, tuple[str, ...]]:
    """The names before which a function stands in a formula: `f(x, y)` -> f: (x, y); none where there are two lists."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for side in sides:
        for head, arguments in look.calls_in(side):
            names = tuple(a.text for a in arguments if isinstance(a, Word))
            if len(arguments) > 1 and len(set(names)) == len(arguments):
                found.setdefault(head.text, set()).add(names)
    return {head: next(iter(lists)) for head, lists in found.items() if len(lists) == 1}


def at_place(el: Elaborator, item: Syntax, arguments: Group) -> Node | None:
    """The value of a derivative at the arguments behind it; None where the bracket is a factor."""
    found = derivative_of_function(el, item)
    if found is None or arguments.open != "(":
        return None
    entry, tag, names, span = found
    wanted = arity(entry)
    if len(arguments.items) != wanted:
        return None
    if wanted == 1 and not is_place(arguments.items[0]) and el.choices.get("place") != "place":
        if el.choices.get("place") == "factor":
            return None
        el.doubt("place", "ambiguous: whether the bracket behind the derivative is its place or a factor", span)
    formal = formal_names(el, entry, names, arguments, span)
    span = span.to(arguments.span)
    return at_values(entry.name, formal, names, tuple(el.node(a) for a in arguments.items), tag, span)


def derivative_of_function(el: Elaborator, item: Syntax) -> tuple[Entry, str, tuple[str, ...], Span] | None:
    r"""The function, the kind and the names of `\frac{\partial^2 f}{\partial x \partial y}`; else None."""
    if not isinstance(item, Command) or item.name != "frac":
        return None
    top = sign_of(el, item.args[0])
    word = top[2][0] if top is not None and len(top[2]) == 1 else None
    if top is None or not isinstance(word, Word) or word.text in el.bound:
        return None
    entry = el.entry(word.text)
    below = below_all(top[0], item.args[1])
    names = tuple(n.text for n in below or () if isinstance(n, Word))
    if entry is None or entry.kind != "function" or not names or len(names) != len(below or ()):
        return None
    return None if top[1] not in (None, len(names)) else (entry, tag_of(top[0]), names, item.span)


def arity(entry: Entry) -> int:
    return entry.domain.arity or len(entry.arguments)


def is_place(item: Syntax) -> bool:
    """A name, a number, or one of them with a subscript or a sign: `x`, `2`, `x_0`."""
    inner = item.base if isinstance(item, Script) and item.sup is None else item
    return isinstance(inner, Word | Num)


def formal_names(el: Elaborator, entry: Entry, names: tuple[str, ...], arguments: Group, span: Span) -> tuple[str, ...]:
    """What the arguments of the function are called where it is differentiated by some of them."""
    wanted = arity(entry)
    listed = tuple(a.text for a in arguments.items if isinstance(a, Word))
    for candidate in (entry.arguments, el.applied.get(entry.name, ()), listed):
        if len(candidate) == wanted == len(set(candidate)) and set(names) <= set(candidate):
            return candidate
    if wanted == 1 and len(set(names)) == 1:
        return names[:1]
    raise ReadError(f"expected the names of the arguments of '{entry.name}' in this formula", span, "write f(x, y)")


def at_values(
    function: str, formal: tuple[str, ...], names: tuple[str, ...], values: tuple[Node, ...], tag: str, span: Span
) -> Node:
    """The derivative of `function(formal)` by `names`, each argument then taking its value."""
    if values == tuple(Name(n) for n in formal):
        return Bind("diff", names, (Call(function, values, span),), tag, span)
    if len(formal) == 1:
        return Call(function + "'" * len(names), values, span)
    inner = {name: f"{FORMAL}{chr(ord('a') + index)}" for index, name in enumerate(formal)}
    if {n for value in values for n in free_names(value)} & set(inner.values()):
        raise ReadError("not read: a name that this reader needs for itself", span)
    call = Call(function, tuple(Name(n) for n in inner.values()), span)
    slope: Node = Bind("diff", tuple(inner[n] for n in names), (call,), tag, span)
    pairs = zip(inner.values(), values, strict=True)
    return reduce(lambda body, pair: Bind("at", (pair[0],), (body, pair[1]), "", span), pairs, slope)
