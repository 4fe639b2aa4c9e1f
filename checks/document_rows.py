r"""Rows: the statements of a document with their sides parsed, as the linker and the collector of declarations see
them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..symbolic.blocks import Block
from ..symbolic.forms import Forms
from ..symbolic.sides import Side, parse_side
from ..symbolic.source import ReadError, Source, Span
from ..symbolic.statements import Link, Lone, Statement, read_statements
from ..symbolic.syntax import Syntax

# Signs that a reader takes for `=` and that are none: what holds one is never passed over.
LIKE_EQUALS = frozenset("\ua78a\uff1d\ufe66\u207c\u208c\u2550\u2e40\u30a0\u1400\u1427\u4e8c")
MAX_STATEMENTS, MAX_IN_FORMULA = 2_000, 500  # counted limits: what follows is unread, and says so
Parse = Callable[[Side | None], tuple[Syntax | None, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One relation sign (or a lone expression, whose `relation` is ""), its sides as syntax where they could be parsed.

    `opens_display` is true for the first row of a display, where a sentence before it may say what it is.
    """

    relation: str
    lhs: Syntax | None
    rhs: Syntax | None
    span: Span
    lhs_span: Span
    lhs_text: str
    rhs_text: str
    inline: bool = False
    continued: bool = False
    opens_display: bool = False
    unread: str = ""
    piece: int = 0
    lhs_plain: str = ""  # the left side with its macros written out


def read_rows(source: Source, blocks: Sequence[Block], forms: Forms | None = None) -> list[Row]:
    """All rows of a document, in order.  A side that cannot be parsed leaves its rows unread, with the reason."""
    found: list[Row] = []
    parsed: dict[int, tuple[Syntax | None, str]] = {}
    last_block = -1

    def parse(side: Side | None) -> tuple[Syntax | None, str]:
        if side is None:
            return None, "expected an expression on both sides of the relation"
        if id(side) not in parsed:
            parsed[id(side)] = parsed_side(source, side, forms)
        return parsed[id(side)]

    taken = in_block = 0
    for statement in read_statements(source, blocks, forms=forms):
        block = blocks[statement.block]
        opens = block.kind == "display" and statement.block != last_block
        in_block = in_block + 1 if statement.block == last_block else 1
        last_block = statement.block
        over = limit_passed(taken, in_block)
        taken += not over
        if over:
            found.extend(replace(row, unread=over) for row in rows_of(statement, block, opens, lambda _: (None, "")))
        else:
            found.extend(rows_of(statement, block, opens, parse))
    return found


def limit_passed(statements: int, in_formula: int) -> str:
    """The limit that a statement passes, counted from the beginning of its document and of its formula; or ""."""
    if statements >= MAX_STATEMENTS:
        return f"not read: limit: more than {MAX_STATEMENTS} statements in one document"
    if in_formula > MAX_IN_FORMULA:
        return f"not read: limit: more than {MAX_IN_FORMULA} relation signs in one formula"
    return ""


def not_read(reason: str) -> str:
    """The reason of a statement that is not read, which says so once."""
    return reason if reason.startswith("not read") else f"not read: {reason}"


def parsed_side(source: Source, side: Side, forms: Forms | None = None) -> tuple[Syntax | None, str]:
    if side.problem:
        return None, side.problem
    try:
        return parse_side(source, side) if forms is None else forms.parsed(source, side), ""
    except ReadError as error:
        return None, f"{error.message} at {error.span.line}:{error.span.column}"


def rows_of(statement: Statement, block: Block, opens: bool, parse: Parse) -> Iterator[Row]:
    """The row of one statement."""
    inline = block.kind == "inline"
    if isinstance(statement, Link):
        lhs, why = parse(statement.lhs)
        rhs, other = parse(statement.rhs)
        problem = statement.problem or why or other
        yield Row(
            relation=statement.sign.text,
            lhs=lhs,
            rhs=rhs,
            span=statement.span,
            lhs_span=statement.lhs_span or statement.span,
            lhs_text=statement.lhs.tex if statement.lhs else "",
            rhs_text=statement.rhs.tex if statement.rhs else "",
            inline=inline,
            continued=statement.continued,
            opens_display=opens,
            unread=not_read(problem) if problem else "",
            piece=statement.piece,
            lhs_plain=statement.lhs.text if statement.lhs else "",
        )
    elif isinstance(statement, Lone):
        lhs, _ = parse(statement.side)
        alike = next((c for c in statement.side.tex if c in LIKE_EQUALS), "")
        named = f"U+{ord(alike):04X} ({unicodedata.name(alike).lower()}) looks like an equals sign" if alike else ""
        yield Row(
            relation="?" if named else "",
            lhs=lhs,
            rhs=None,
            span=statement.span,
            lhs_span=statement.span,
            lhs_text=statement.side.tex,
            rhs_text="",
            inline=inline,
            opens_display=opens,
            unread=not_read(named) if named else "",
            piece=statement.piece,
        )
    else:
        span = statement.span
        yield Row(
            relation="?",
            lhs=None,
            rhs=None,
            span=span,
            lhs_span=span,
            lhs_text=statement.tex,
            rhs_text="",
            inline=inline,
            unread=not_read(statement.problem),
        )
