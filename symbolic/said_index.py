r"""What a document says, by the names that it is said of: so that a question about one name does not read all of it.

A document of n statements asks some questions for each of its statements; each answer here costs what is said of the
name alone, and the whole reading grows as n.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from . import shapes_of_syntax as look
from .declare_sizes import columns
from .declare_values import WrittenBound, bound_of
from .said import Said, adjacent, spelled
from .source import Span
from .syntax import Syntax
from .vocabulary import FUNCTION_WORDS

EQUAL = ("=", ":=")
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidIndex:
    """Statements by name, each list in order.

    given: those with the name alone on the left of an equality.
    laws: those with the name alone on the left of a `~`; `spelled` the names that stand there as `(x_1, x_2)`.
    used: all that hold the name.
    onward: those whose left side is this very piece of syntax, by its id.
    calls: the arguments of every `name(..)`.
    formal: where the name is an argument of the left side of a statement, `s` in `g(s) = ..`.
    bounds: the numbers that bound it.
    highest: the largest number of a component `name_i`.
    beside: the names that stand right before it.
    valued: the first section that gives it a value other than a number.
    widths, columns: the columns of the matrix, and the entries of the column, that it is said to be.
    places: the statements by their places.
    sections: where each section begins.
    """

    given: Mapping[str, Sequence[Said]]
    laws: Mapping[str, Sequence[Said]]
    spelled: frozenset[str]
    used: Mapping[str, Sequence[Said]]
    onward: Mapping[int, Sequence[Said]]
    calls: Mapping[str, Sequence[tuple[Syntax, ...]]]
    formal: Mapping[str, Sequence[int]]
    bounds: Mapping[str, Sequence[WrittenBound]]
    highest: Mapping[str, int]
    beside: Mapping[str, Sequence[str]]
    valued: Mapping[str, int]
    widths: Mapping[str, int]
    columns: Mapping[str, int]
    places: Mapping[tuple[int, int], Said]
    sections: Mapping[int, int]

    def at(self, span: Span) -> Said | None:
        """The statement that stands at a place."""
        found = self.places.get((span.start, span.stop))
        return found if found is not None and found.span == span else None


def index_of(statements: Iterable[Said]) -> SaidIndex:
    """The index of what is said; linear in its length."""
    said = tuple(statements)
    equalities = [item for item in said if item.relation in EQUAL]
    laws = [item for item in said if item.relation == "~" and item.lhs is not None]
    return SaidIndex(
        given=grouped((item.left, item) for item in equalities if item.left),
        laws=grouped((item.left, item) for item in laws if item.left),
        spelled=frozenset(spelled(item.lhs) for item in laws if not item.left and item.lhs is not None),
        used=grouped((name, item) for item in said for name in item.names),
        onward=grouped((id(item.lhs), item) for item in said if item.lhs is not None),
        calls=grouped((head.text, arguments) for item in said for head, arguments in item.calls),
        formal=grouped(formal(said)),
        bounds=grouped((bound.word.text, bound) for item in said if (bound := bound_of(item)) is not None),
        highest=highest(said),
        beside=grouped((b, a) for item in said for side in item.sides for a, b in adjacent(side)),
        valued=valued(equalities),
        widths=widths(said),
        columns=columns(said),
        places={(item.span.start, item.span.stop): item for item in reversed(said)},
        sections=sections(said),
    )


def grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    found: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def formal(said: Iterable[Said]) -> Iterator[tuple[str, int]]:
    """(s, place) for each `g(s) = ..` whose head is no function of its own."""
    for item in said:
        head = look.call(item.lhs) if item.lhs is not None else None
        if head is None or head[0].text in FUNCTION_WORDS:
            continue
        for argument in head[1]:
            word = look.bare_word(argument)
            if word is not None:
                yield word.text, item.span.start


def highest(said: Iterable[Said]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in {name for item in said for name in item.names}:
        head, _, number = name.rpartition("_")
        if number.isdigit():
            found[head] = max(found.get(head, 0), int(number))
    return found


def valued(equalities: Iterable[Said]) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in equalities:
        if not item.left or item.rhs is None or item.continued:
            continue
        if look.matrix(item.rhs) is not None or not look.number_like(item.rhs):
            found[item.left] = min(found.get(item.left, item.section), item.section)
    return found


def widths(said: Iterable[Said]) -> dict[str, int]:
    pairs = ((item.left, look.matrix(item.rhs)) for item in said if item.left and item.rhs is not None)
    return {name: len(matrix.rows[0]) for name, matrix in pairs if matrix is not None}


def sections(said: Iterable[Said]) -> dict[int, int]:
    found: dict[int, int] = {}
    for item in said:
        found[item.section] = min(found.get(item.section, item.span.start), item.span.start)
    return found
