r"""Shapes of surface syntax: what a side of a statement looks like before any name has a meaning.

The reader of documents decides by these shapes which statements declare something: a bare name, a call, a vector of
calls, a derivative in time, a law, a kernel exp(-E).
"""

from __future__ import annotations

from collections.abc import Iterator

from .syntax import Command, Group, Infix, Num, Relation, Rows, Script, Sequence, Syntax, Text, Walked, Word

REMEMBERED = 200  # names or calls of a piece of syntax


def peeled(syntax: Syntax) -> Syntax:
    """Without braces that group nothing."""
    while isinstance(syntax, Group) and syntax.open in ("{", "(") and len(syntax.items) == 1:
        syntax = syntax.items[0]
    return syntax


def bare_word(syntax: Syntax) -> Word | None:
    """A side that is one name."""
    inner = peeled(syntax)
    return inner if isinstance(inner, Word) else None


def call(syntax: Syntax) -> tuple[Word, tuple[Syntax, ...]] | None:
    """`f(a, b)`, `p(x; \\theta)`: the name and the arguments, separators flattened."""
    inner = peeled(syntax)
    if not isinstance(inner, Sequence) or len(inner.items) != 2:
        return None
    head, arguments = inner.items
    if not isinstance(head, Word) or not isinstance(arguments, Group) or arguments.open not in ("(", "["):
        return None
    return head, tuple(flat(arguments.items))


def without_log(syntax: Syntax) -> Syntax:
    r"""`p(x)` of `\log p(x)`; any other side itself."""
    inner = peeled(syntax)
    if not isinstance(inner, Sequence) or len(inner.items) != 3:
        return syntax
    head, *rest = inner.items
    logarithm = isinstance(head, Word) and head.text in ("log", "ln")
    return Sequence(tuple(rest), rest[0].span.to(rest[-1].span)) if logarithm else syntax


def flat(items: tuple[Syntax, ...]) -> Iterator[Syntax]:
    for item in items:
        if isinstance(item, Infix) and item.op in ("given", "semicolon", "divergence"):
            yield from flat(item.args)
        else:
            yield item


def column(syntax: Syntax) -> tuple[Syntax, ...] | None:
    """The entries of a column (or row) vector literal, or of a tuple in brackets."""
    inner = syntax
    if isinstance(inner, Script) and isinstance(inner.sup, Word | Group) and inner.sub is None:
        inner = inner.base
    if isinstance(inner, Rows) and inner.environment != "cases":
        if all(len(row) == 1 for row in inner.rows):
            return tuple(row[0] for row in inner.rows)
        if len(inner.rows) == 1:
            return inner.rows[0]
    if isinstance(inner, Group) and inner.open in ("(", "[") and len(inner.items) > 1:
        return inner.items
    return None


def matrix(syntax: Syntax) -> Rows | None:
    """A matrix literal of more than one column or row."""
    inner = peeled(syntax)
    return inner if isinstance(inner, Rows) and inner.environment != "cases" else None


def time_derivative(syntax: Syntax) -> tuple[Syntax, str] | None:
    """`\\frac{d}{dt} body`, `\\frac{dZ}{dt}`, `\\dot z`: the body and the name of the time."""
    inner = peeled(syntax)
    if isinstance(inner, Word) and inner.text.endswith("dot") and len(inner.text) > 3:
        return Word(inner.text[:-3], inner.span, inner.raw), "t"
    if isinstance(inner, Word) and "dot_" in inner.text:
        return Word(inner.text.replace("dot_", "_"), inner.span, inner.raw), "t"
    if isinstance(inner, Sequence) and isinstance(inner.items[0], Command) and inner.items[0].name == "frac":
        found = fraction_sign(inner.items[0])
        if found is not None and found[0] is None:
            rest = inner.items[1:]
            body: Syntax = rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span))
            return body, found[1]
    if isinstance(inner, Sequence) and len(inner.items) == 2:
        # \dot z (t)
        head = time_derivative(inner.items[0])
        if head is not None:
            return Sequence((head[0], inner.items[1]), inner.span), head[1]
    if isinstance(inner, Command) and inner.name == "frac":
        found = fraction_sign(inner)
        if found is not None and found[0] is not None:
            return found[0], found[1]
    return None


def fraction_sign(command: Command) -> tuple[Syntax | None, str] | None:
    """`\\frac{d}{dt}` -> (None, t);  `\\frac{dZ}{dt}` -> (Z, t); None for any other fraction."""
    top, bottom = (peeled(a) for a in command.args)
    below = bottom.items if isinstance(bottom, Sequence) else (bottom,)
    if len(below) != 2 or not all(isinstance(b, Word) for b in below) or below[0].text != "d":  # type: ignore[union-attr]
        return None
    name = below[1].text  # type: ignore[union-attr]
    above = top.items if isinstance(top, Sequence) else (top,)
    if not isinstance(above[0], Word) or above[0].text != "d":
        return None
    rest = above[1:]
    if not rest:
        return None, name
    return (rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span))), name


def number_like(syntax: Syntax) -> bool:
    """A number, or a list of numbers in brackets."""
    inner = peeled(syntax)
    if isinstance(inner, Num):
        return True
    if isinstance(inner, Infix) and inner.op == "neg":
        return number_like(inner.args[0])
    return isinstance(inner, Group) and len(inner.items) > 1 and all(number_like(i) for i in inner.items)


def words(syntax: Syntax) -> Iterator[Word]:
    """Every name that occurs."""
    if isinstance(syntax, Word):
        return iter((syntax,))
    known: tuple[Word, ...] | None = getattr(syntax, "_words", None)
    if known is not None:
        return iter(known)
    found: list[Word] = []
    stack: list[Syntax] = [syntax]
    while stack:
        current = stack.pop()
        if type(current) is Word:
            found.append(current)
        else:
            stack += parts(current)[::-1]
    if isinstance(syntax, Walked) and len(found) <= REMEMBERED:
        object.__setattr__(syntax, "_words", tuple(found))
    return iter(found)


def parts(syntax: Syntax) -> tuple[Syntax, ...]:
    """The direct parts of a piece of syntax."""
    kind = type(syntax)
    if kind is Word or kind is Num or kind is Text:
        return ()
    if kind is Sequence or kind is Group:
        return syntax.items  # type: ignore[union-attr]
    if kind is Infix:
        return syntax.args  # type: ignore[union-attr]
    if isinstance(syntax, Script):
        return tuple([s for s in (syntax.base, syntax.sub, syntax.sup) if s is not None])
    if isinstance(syntax, Command):
        return syntax.args if syntax.option is None else (*syntax.args, syntax.option)
    if isinstance(syntax, Relation):
        return syntax.sides
    return tuple([entry for row in syntax.rows for entry in row])  # type: ignore[union-attr]


def calls_in(syntax: Syntax) -> Iterator[tuple[Word, tuple[Syntax, ...]]]:
    """Every `name(..)` that occurs, whether or not it is an application."""
    known: tuple[tuple[Word, tuple[Syntax, ...]], ...] | None = getattr(syntax, "_calls", None)
    if known is not None:
        return iter(known)
    found: list[tuple[Word, tuple[Syntax, ...]]] = []
    stack: list[Syntax] = [syntax]
    while stack:
        current = stack.pop()
        if type(current) is Sequence:
            for head, following in zip(current.items, current.items[1:], strict=False):
                if type(head) is Word and type(following) is Group and following.open in ("(", "["):
                    found.append((head, tuple(flat(following.items))))
        stack += parts(current)[::-1]
    if isinstance(syntax, Walked) and len(found) <= REMEMBERED:
        object.__setattr__(syntax, "_calls", tuple(found))
    return iter(found)


def kernel(syntax: Syntax) -> Syntax | None:
    """E of `e^{-E}` or `\\exp(-E)`."""
    inner = peeled(syntax)
    if isinstance(inner, Script) and isinstance(inner.base, Word) and inner.base.text == "e" and inner.sup is not None:
        return negated(inner.sup)
    found = call(inner)
    if found is not None and found[0].text == "exp" and len(found[1]) == 1:
        return negated(found[1][0])
    return None


def negated(syntax: Syntax) -> Syntax:
    """The opposite, a double minus resolved."""
    inner = peeled(syntax)
    if isinstance(inner, Infix) and inner.op == "neg":
        return inner.args[0]
    return Infix("neg", (inner,), inner.span)


def has_relation(syntax: Syntax) -> bool:
    stack: list[Syntax] = [syntax]
    while stack:
        current = stack.pop()
        if isinstance(current, Relation):
            return True
        stack.extend(parts(current))
    return False
