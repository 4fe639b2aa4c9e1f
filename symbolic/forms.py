r"""Formulas that were read before, in the same process: their form is taken over, their place is their own.

A class writes the same formulas again and again.  What the reader makes of a formula depends on its text alone: how it
splits at its relation sign, and the syntax of each side.  Both are kept with the place where they were read, and moved
by the difference where the same text stands elsewhere.  Only formulas within one line and without macros are kept, so
that every place moves by one offset and the columns by another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from .sides import Side, Stretch, parse_side
from .source import Source, Span
from .syntax import Command, Group, Infix, Num, Relation, Rows, Script, Sequence, Syntax, Text, Word

if TYPE_CHECKING:
    from .statements import Link

MOST = 20_000  # formulas that are kept
LONGEST = 2_000  # characters of a formula that is kept
V = TypeVar("V")


class Move(NamedTuple):
    """From one place to another: what is added to offsets and to columns, and the line there."""

    offset: int
    column: int
    line: int

    def span(self, span: Span) -> Span:
        start, stop, _, column, _, end = span
        return Span(
            start + self.offset, stop + self.offset, self.line, column + self.column, self.line, end + self.column
        )


def between(old: Span, new: Span) -> Move:
    return Move(new.start - old.start, new.column - old.column, new.line)


@dataclass
class Forms:
    """What was read before, by its text: the syntax of sides, and formulas that are one link."""

    syntax: dict[str, tuple[Span, Syntax]] = field(default_factory=dict)
    links: dict[str, tuple[Span, Link]] = field(default_factory=dict)

    def parsed(self, source: Source, side: Side) -> Syntax:
        """The syntax of a side.  Raises ReadError as `parse_side` does."""
        plain = len(side.stretches) == 1 and side.stretches[0].verbatim and not side.problem
        if not plain or side.span.line != side.span.end_line or len(side.text) > LONGEST:
            return parse_side(source, side)
        known = self.syntax.get(side.text)
        if known is not None:
            return moved(known[1], between(known[0], side.span))
        found = parse_side(source, side)
        keep(self.syntax, side.text, (side.span, found))
        return found


def keep(table: dict[str, V], key: str, value: V) -> None:
    """Remember, and forget everything where it becomes too much."""
    if len(table) >= MOST:
        table.clear()
    table[key] = value


def moved(syntax: Syntax, by: Move) -> Syntax:
    """The same syntax at another place of its line."""
    kind = type(syntax)
    span = by.span(syntax.span)
    if isinstance(syntax, Word):
        return Word(syntax.text, span, syntax.raw)
    if isinstance(syntax, Num):
        return Num(syntax.text, span)
    if isinstance(syntax, Infix):
        mark = None if syntax.mark is None else by.span(syntax.mark)
        return Infix(syntax.op, tuple([moved(part, by) for part in syntax.args]), span, mark)
    if isinstance(syntax, Sequence):
        return Sequence(tuple([moved(part, by) for part in syntax.items]), span)
    if isinstance(syntax, Group):
        return Group(syntax.open, tuple([moved(part, by) for part in syntax.items]), span)
    if isinstance(syntax, Script):
        sub, sup = (None if part is None else moved(part, by) for part in (syntax.sub, syntax.sup))
        return Script(moved(syntax.base, by), sub, sup, syntax.primes, span)
    if isinstance(syntax, Command):
        option = None if syntax.option is None else moved(syntax.option, by)
        return Command(syntax.name, tuple([moved(part, by) for part in syntax.args]), option, span)
    if isinstance(syntax, Relation):
        signs = tuple([sign._replace(span=by.span(sign.span)) for sign in syntax.relations])
        return Relation(tuple([moved(part, by) for part in syntax.sides]), signs, span)
    if isinstance(syntax, Text):
        return Text(syntax.text, span)
    assert kind is Rows
    rows = tuple([tuple([moved(entry, by) for entry in row]) for row in syntax.rows])
    return Rows(syntax.environment, rows, span)


def moved_side(side: Side, by: Move) -> Side:
    stretches = tuple([Stretch(s.at, s.start + by.offset, s.stop + by.offset, s.verbatim) for s in side.stretches])
    return replace(side, span=by.span(side.span), stretches=stretches)
