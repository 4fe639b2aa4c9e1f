r"""Sums and products over finite sets, written out term by term.

    \sum_{s \in \{-1, 1\}} g    \sum_{s_1, s_2 \in \{-1, 1\}} g    \sum_{s = \pm 1} g    \prod_{k \in \{2, 3, 5\}} g

The names that run are bound: `s` of the sum is not the `s` beside it.  A set with dots, an interval and a set that is
only named are left to others, or are not read.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from .source import ReadError, Span
from .syntax import Group, Infix, Relation, Syntax, Word
from .tree import Apply, Node, free_names, size, substitute

if TYPE_CHECKING:
    from .elaborate import Elaborator

# How many parts the terms of one sum may have together: spins and small alphabets, not lattices.
MOST_PARTS = 20_000
OPERATIONS = {"sum": "add", "product": "mul"}


def over_set(el: Elaborator, op: str, sub: Syntax | None, body: Syntax, span: Span) -> Node | None:
    """The sum or product of `body` over the set that stands below the sign; None where no set does."""
    found = names_and_set(sub)
    if found is None:
        return None
    names, members = found
    values = [el.node(member) for member in members]
    check_members(values, names, span)
    inner = el.with_bound(*names)
    term = inner.node(body)
    el.context = inner.context
    if size(term) * len(values) ** len(names) > MOST_PARTS:
        raise ReadError(f"not read: a {op} over so many members of a set", span)
    terms = [substitute(term, dict(zip(names, chosen, strict=True))) for chosen in product(values, repeat=len(names))]
    return terms[0] if len(terms) == 1 else Apply(OPERATIONS[op], tuple(terms), span)


def check_members(values: list[Node], names: tuple[str, ...], span: Span) -> None:
    """A member that rests on the running name, or that is written twice, makes no set."""
    if any(free_names(value) & set(names) for value in values):
        raise ReadError("expected a set that does not depend on the running name", span)
    if len(set(values)) != len(values) or len(set(names)) != len(names):
        raise ReadError("expected a set of different members", span)


def names_and_set(sub: Syntax | None) -> tuple[tuple[str, ...], tuple[Syntax, ...]] | None:
    r"""The names and the members of `s_1, s_2 \in \{-1, 1\}` and `s = \pm 1`; None for any other subscript."""
    parts = sub.items if isinstance(sub, Group) and sub.open == "{" else () if sub is None else (sub,)
    relation = parts[-1] if parts else None
    if not isinstance(relation, Relation) or len(relation.sides) != 2:
        return None
    words = [*parts[:-1], relation.sides[0]]
    names = tuple(word.text for word in words if isinstance(word, Word))
    members = members_of(relation)
    return (names, members) if members and len(names) == len(words) else None


def members_of(relation: Relation) -> tuple[Syntax, ...]:
    r"""The members on the right of `\in \{..\}` or `= \pm a`."""
    sign, right = relation.relations[0].text, relation.sides[1]
    if sign == "in" and isinstance(right, Group) and right.open in ("(", "{"):
        return right.items
    if sign == "=" and isinstance(right, Infix) and right.op == "pm":
        return (right.args[0], Infix("neg", right.args, right.span))
    return ()


__all__ = ["over_set"]
