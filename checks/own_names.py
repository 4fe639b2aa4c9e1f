r"""Letters that another chapter declares: a number of its own may be meant.

`x ~ N(0, I_2)` under one heading, `\frac{d}{dx} \tanh x = 1 - \tanh^2 x` under a later one: nobody means the vector.
Where the shapes do not fit with the meaning from the other chapter, the letter is a number of its own; where they fit
and the claim fails, it is refuted only if it fails with the letter as a free number too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..symbolic import shapes_of_syntax as look
from ..symbolic.context import Context, GaussianLaw
from ..symbolic.declares import DERIVED_CALLS
from ..symbolic.said_names import is_moment
from ..symbolic.source import NOWHERE
from ..symbolic.syntax import Syntax
from ..symbolic.taken_anew import Places
from ..symbolic.tree import Bind, free_names, walk
from ..symbolic.vocabulary import CONSTANT_WORDS, FUNCTION_WORDS
from .claim import Claim
from .document_rows import Row

KINDS = ("scalar", "vector", "matrix", "law", "path", "component", "start", "partition", "function")
MOST = 3
LAWFUL = ("p", "q", "E", "Var", "Cov", "KL", "D", "H", "h", "I", "P")


def foreign(names: Iterable[str], place: int, context: Context, places: Places) -> tuple[str, ...]:
    """The names at a place that have a meaning from another chapter, and none from the opening or a block."""
    here = places.chapter(place)
    found = []
    for name in sorted(set(names)):
        entry = context.get(name)
        if entry is None or entry.kind not in KINDS or entry.span == NOWHERE or entry.rule.startswith("undeclared"):
            continue
        there = places.chapter(entry.span.start)
        if there not in (0, here) and (
            entry.kind != "scalar" or entry.value is not None or entry.domain.value is not None
        ):
            found.append(name)
    return tuple(found)


def computes(row: Row, context: Context) -> bool:
    """`C = ..` with numbers alone on the right, where C is defined by other names: its value with theirs."""
    word = look.bare_word(row.lhs) if row.lhs is not None else None
    entry = context.get(word.text) if word is not None else None
    if entry is None or entry.value is None or row.rhs is None or not free_names(entry.value):
        return False
    return not {other.text for other in look.words(row.rhs)} - set(CONSTANT_WORDS) - set(FUNCTION_WORDS)


def defines_anew(row: Row, names: Sequence[str], context: Context) -> bool:
    """`x = g(u)`, `f(x) = x^2`, `x ~ N(m, S)` where another chapter has given x, f a meaning: it may be given anew.

    What follows from another law, as that of an image does, is claimed and not given.
    """
    if row.relation == "~" and row.lhs is not None:
        word = look.bare_word(row.lhs)
        return word is not None and word.text in names and isinstance(context.laws.get(word.text), GaussianLaw)
    if row.relation != "=" or row.lhs is None or row.continued:
        return False
    word, called = look.bare_word(row.lhs), look.call(row.lhs)
    if word is None and called is not None and all(look.bare_word(argument) for argument in called[1]):
        word = called[0]
    return word is not None and word.text in names


def words_of_row(row: Row) -> tuple[str, ...]:
    """The names of both sides as they are written."""
    return tuple(word.text for side in (row.lhs, row.rhs) if side is not None for word in look.words(side))


def moving_with(claim: Claim | None, names: Iterable[str]) -> tuple[str, ...]:
    """The names of a claim that are defined through a name that it differentiates by."""
    if claim is None:
        return ()
    parts = (part for side in (claim.lhs, claim.rhs) for part in walk(side))
    by = {name for part in parts if isinstance(part, Bind) and part.op == "diff" for name in part.names}
    entries = {name: claim.context.get(name) for name in sorted(set(names) - by)}
    return tuple(
        name
        for name, entry in entries.items()
        if entry is not None and entry.kind == "scalar" and entry.value is not None and by & free_names(entry.value)
    )


def is_solution(row: Row, context: Context) -> bool:
    """`x = g(u)` with a free x that is a number: a definition or what an equation gives, and no claim about every x."""
    word = look.bare_word(row.lhs) if row.lhs is not None and row.relation == "=" and not row.continued else None
    if word is None or row.rhs is None or word.text in {other.text for other in look.words(row.rhs)}:
        return False
    entry = context.get(word.text)
    free = entry is None or (entry.kind == "scalar" and entry.value is None and entry.domain.value is None)
    return free and row.inline and word.text not in CONSTANT_WORDS


def function_heads(rows: Iterable[Row]) -> frozenset[str]:
    """The names that some equation gives a value at bare arguments: `J(\\psi) = ..` makes J no factor."""
    found = set()
    for row in rows:
        called = look.call(row.lhs) if row.lhs is not None and row.relation in ("=", ":=") else None
        if called is not None and called[1] and all(look.bare_word(argument) for argument in called[1]):
            found.add(called[0].text)
    return frozenset(found - set(CONSTANT_WORDS))


def unspoken(row: Row, context: Context, heads: frozenset[str]) -> str:
    """Why a row is not judged for what would be taken as a number: J of `J(x)`, \\dot x of no motion; else ""."""
    families = {head.partition("_")[0] for head in heads if "_" in head}
    for side in (row.lhs, row.rhs):
        if side is None:
            continue
        for head, arguments in look.calls_in(side):
            entry, first = context.get(head.text), head.text.partition("_")[0]
            if entry is not None and entry.kind == "vector" and at_a_moment(arguments):
                return f"how {head.text} moves is not declared"
            if entry is not None or head.text in (*FUNCTION_WORDS, *DERIVED_CALLS) or first in LAWFUL:
                continue
            if head.text in heads or ("_" in head.text and first in families):
                return f"{head.text} is a function of which no definition is read"
        for word in look.words(side):
            if word.text in context:
                continue
            if word.text.endswith("dot") and len(word.text) > 3 and word.text not in FUNCTION_WORDS:
                return f"how {word.text[:-3]} moves is not declared"
    return ""


def is_bare_operator(claim: Claim | None) -> bool:
    r"""Whether `\partial_x`, `\nabla_x` of nothing was read as a number: an operator says nothing alone."""
    names = set() if claim is None else {*free_names(claim.lhs), *free_names(claim.rhs)}
    return any(name.startswith(("partial_", "nabla_")) for name in names)


def at_a_moment(arguments: Sequence[Syntax]) -> bool:
    """`(0)`, `(t)`: a moment in time, and no factor."""
    return len(arguments) == 1 and is_moment(arguments[0])


def choices(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Which of the names are taken as numbers: each alone, then all together."""
    alone: list[tuple[str, ...]] = [(name,) for name in names[:MOST]]
    return [*alone, tuple(names)] if len(names) > 1 else alone


def told_elsewhere(names: Sequence[str], context: Context) -> str:
    """`x as declared at line 12`."""
    return ", ".join(f"{name} as declared at line {context.entries[name].span.line}" for name in names)
