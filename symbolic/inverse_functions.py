r"""Inverse functions by name: `f^{-1}(x)`, `(f^{-1})'(y)`, `\frac{\partial f^{-1}}{\partial x}` of a declared f.

    f^{-1}(f(x)) = x,        (f^{-1})'(y) = 1 / f'(f^{-1}(y))

In the tree the inverse of f is a call of `f^-1`.  Of a function that the document gives, it is what undoes the
operations of f one by one (`undo.inverse_of`); of a function that it leaves open, it is one more function, and
writing it says that f is invertible.  A^{-1} of a matrix, x^{-1} of a number and the \sin^{-1} of two readings are no
concern of this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .context import Entry
from .inverse_names import SUFFIX
from .source import Span
from .syntax import Group, Infix, Num, Script, Syntax, Word
from .tree import Apply, Call, Node, integer

if TYPE_CHECKING:
    from .elaborate import Elaborator


def minus_one(sup: Syntax | None) -> bool:
    """The exponent -1."""
    inner = look.peeled(sup) if sup is not None else None
    return isinstance(inner, Infix) and inner.op == "neg" and inner.args[0:1] == (Num("1", inner.args[0].span),)


def inverse_word(el: Elaborator, item: Syntax) -> Word | None:
    """The function word of `f^{-1}`, in brackets or not, where f is a declared function of one argument."""
    inner = look.peeled(item)
    if not isinstance(inner, Script) or inner.sub is not None or inner.primes or not minus_one(inner.sup):
        return None
    word = inner.base
    entry = el.entry(word.text) if isinstance(word, Word) and word.text not in el.bound else None
    invertible = entry is not None and entry.kind == "function" and entry.domain.arity == 1 and is_map(entry)
    return word if invertible and isinstance(word, Word) else None


def is_map(entry: Entry) -> bool:
    """A function of a number, or one that leads from a space to a space of the same dimension."""
    return len(entry.domain.shape) < 2


def applied_inverse(el: Elaborator, item: Syntax, arguments: Group, span: Span) -> Node | None:
    """`f^{-1}(x)`, `(f^{-1})'(y)`; None where the item is no inverse of a function."""
    primes = item.primes if isinstance(item, Script) and isinstance(item.base, Group) else 0
    word = inverse_word(el, item.base if primes and isinstance(item, Script) else item)
    if word is None or len(arguments.items) != 1:
        return None
    return Call(word.text + SUFFIX + "'" * primes, (el.node(arguments.items[0]),), span)


def is_bare_inverse(el: Elaborator, item: Syntax) -> bool:
    return inverse_word(el, item) is not None


def components(name: str, argument: Node, size: int) -> tuple[Node, ...]:
    """The components of f(z) for a map f of a space to itself."""
    call = Call(name, (argument,))
    return (call,) if size == 1 else tuple(Apply("entry", (call, integer(i))) for i in range(1, size + 1))
