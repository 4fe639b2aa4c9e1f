r"""Domains that a document declares by membership: `\beta_t \in (0, 1)`, `x \in [0, \infty)`, `k \in \mathbb{N}`.

The right end of a bracket does not survive in the syntax; it is taken as left out, so that no point is ever tried that
the author may have excluded.
"""

from __future__ import annotations

from . import shapes_of_syntax as look
from .context import Context, Entry
from .domains import Bound, Domain
from .elaborate import Elaborator
from .notation import Declaration
from .source import Span
from .syntax import Group, Syntax, Word
from .tree import Apply, Name, Node, free_names, integer

INTEGERS = {"NN": Bound(value=integer(1), closed=True), "ZZ": None}


def membership_declaration(word: Word, rhs: Syntax, span: Span) -> Declaration | None:
    """The name on the left of `\\in` an interval with constant ends, or the integers; None for another set."""
    inner = rhs.items[0] if isinstance(rhs, Group) and rhs.open == "{" and len(rhs.items) == 1 else rhs
    if isinstance(inner, Word) and inner.text in INTEGERS:
        domain = Domain(field="integer", low=INTEGERS[inner.text], text="integer")
    elif isinstance(inner, Group) and inner.open in ("(", "[") and len(inner.items) == 2:
        ends = constant_ends(inner)
        if ends is None:
            return None
        low, high = ends
        domain = Domain(
            low=None if low == Apply("neg", (Name("inf"),)) else Bound(value=low, closed=inner.open == "["),
            high=None if high == Name("inf") else Bound(value=high, closed=False),
            text="by an interval",
        )
    else:
        return None

    def build(context: Context) -> Context:
        return context.declare(Entry(name=word.text, kind="scalar", domain=domain, span=span))

    return Declaration(names=(word.text,), kind="type", span=span, rule="x in an interval", build=build, defines=False)


def constant_ends(interval: Group) -> tuple[Node, Node] | None:
    """Both ends where they are constants."""
    if any(look.has_relation(item) for item in interval.items):
        return None
    from .source import ReadError

    el = Elaborator(Context())
    try:
        low, high = (el.node(item) for item in interval.items)
    except ReadError:
        return None
    return None if free_names(low) | free_names(high) else (low, high)
