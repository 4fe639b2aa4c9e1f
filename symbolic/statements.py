r"""From mathematics to statements: one link for each relation sign, with the exact place of both sides.

    a = b \le c        two links, (a, =, b) and (b, <=, c)
    &= d               a row that begins with a relation goes on from the last side of the row before; a display that
                       begins with one, from the last side of the display before; a formula in the text, where nothing
                       but words like "which gives" stands before it
    \frac{1}{36} M     a lone expression ("the inverse of M is:")

Everything that is written ends up in the result: a formula that cannot be split is one `Unread` statement that names
the reason and the place; a side that cannot be parsed makes its own links unread and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .atoms import atoms_of
from .blocks import Block, read_blocks
from .forms import LONGEST, Forms, between, keep, moved_side
from .macros import Macros
from .marks import Mark, marks_of
from .rows import Piece, depths, pieces_of, rows_of
from .sides import Side, side_of
from .source import Source, Span

MAX_CHARACTERS = 50_000
# Words that introduce a condition on the statement before; a later row does not go on from a condition.
_CONDITIONS = ("where", "for", "if", "with", "when", "since", "because", "given", "as", "such", "provided", "whenever")
# What may stand between a formula and one in the text that begins with a relation: nothing, or words that go on.
_ONWARD = re.compile(
    r"(?i)[\s,;:.~]*(?:(?:i\.e\.|\b(?:which|that|this|it|is|are|gives?|giving|yields?|yielding|equals?|becomes|reduces"
    r"|simplif(?:ies|y)|evaluates|to|so|and|or|then|hence|thus|therefore|finally|further|now|we|get|obtain|have|find"
    r"|again|also|in|turn)\b)[\s,;:.~]*){0,8}"
)
_BOUNDS = frozenset(("<", ">", "<=", ">=", "!=", "in", "notin"))
_END_MARKS = frozenset((".", ",", ";", ":", "?", r"\square", r"\Box", r"\blacksquare", r"\checkmark", r"\bullet"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A relation sign: its normal spelling (=, :=, <=, approx, ~, propto, in, to ..), as written, place, and the mark
    that stands over it (`\\overset{d}{=}`)."""

    text: str
    raw: str
    span: Span
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One relation sign with its sides.  `span` runs from the sign to the end of the right side.

    `block` is the index of the block, `piece` counts the pieces of the document (links of one chain share it);
    `continued` tells that the left side stands in an earlier row; `problem` says why the link cannot be read, or "".
    """

    sign: Sign
    lhs: Side | None
    rhs: Side | None
    span: Span
    row_span: Span
    block: int
    piece: int
    continued: bool = False
    note: str = ""
    remark: str = ""
    problem: str = ""

    @property
    def lhs_span(self) -> Span | None:
        return self.lhs.span if self.lhs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """An expression without a relation sign."""

    side: Side
    span: Span
    block: int
    piece: int
    note: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A formula that could not be split into statements."""

    problem: str
    span: Span
    block: int
    tex: str = ""


Statement = Link | Lone | Unread


@dataclass(slots=True)
class StatementReader:
    """Reads the blocks of one document in order; macros and the last side are carried from block to block."""

    source: Source
    macros: Macros = field(default_factory=Macros)
    pieces: int = 0
    last: Side | None = None
    last_stop: int = -1
    forms: Forms | None = None  # of formulas that were read before

    def read(self, blocks: Iterable[Block]) -> Iterator[Statement]:
        for index, block in enumerate(blocks):
            if block.kind in ("preamble", "macros"):
                self.macros.collect(self.source.text, block.inner_start, block.inner_stop)
            elif block.kind == "heading":
                self.last = None
            elif block.is_mathematics:
                yield from self.block(index, block)

    def block(self, index: int, block: Block) -> Iterator[Statement]:
        """The statements of one block of mathematics."""
        source, size = self.source, block.inner_stop - block.inner_start
        key = self.key(block) if self.forms is not None else ""
        if key and (again := self.again(index, block, key)) is not None:
            yield again
            return
        problem = block.broken
        if not problem and size > MAX_CHARACTERS:
            problem = f"expected a formula of at most {MAX_CHARACTERS} characters; got {size}"
        expansion = None
        if not problem:
            expansion = self.macros.expand(atoms_of(source.text, block.inner_start, block.inner_stop))
            problem = expansion.problem
        if problem or expansion is None:
            self.last = None
            span = source.span(block.start, block.stop)
            yield Unread(
                problem=problem,
                span=span,
                block=index,
                tex=source.text[block.start : min(block.stop, block.start + 500)],
            )
            return
        before = self.before(block)
        columns: dict[int, Side] = {} if before is None else {0: before}
        rows = rows_of(marks_of(expansion.atoms), block.environment)
        for row in rows:
            ends: dict[int, Side] = {}
            pieces = pieces_of(row)
            for piece in pieces:
                self.pieces += 1
                found, last = self.piece(index, piece, columns.get(piece.column, ends.get(piece.column - 1)))
                yield from found
                if key and len(rows) == len(pieces) == 1 and piece.column == 0:
                    self.keep(block, key, found)
                # The next row goes on from the last equation, not from a condition or a remark behind it.
                strong = _goes_on(found, piece.note, piece.column in ends)
                if last is not None and (strong or piece.column not in ends):
                    ends[piece.column] = last
            columns.update(ends)
            if ends:
                self.last = ends[min(ends)]
        self.last_stop = block.stop

    # -- what was read before --------------------------------------------------------------------------------------
    def key(self, block: Block) -> str:
        """The text and environment of a formula within one line that no macro changes; "" for any other."""
        text = self.source.text[block.inner_start : block.inner_stop]
        if block.broken or len(text) > LONGEST or not self.macros.is_empty or not text.isprintable():
            return ""
        return f"{block.environment}:{text}"

    def again(self, index: int, block: Block, key: str) -> Link | None:
        """The link of a formula that was read before, at its new place."""
        known = self.forms.links.get(key) if self.forms is not None else None
        if known is None:
            return None
        by = between(known[0], self.source.span(block.inner_start, block.inner_stop))
        link = known[1]
        assert link.lhs is not None and link.rhs is not None
        self.pieces += 1
        lhs, rhs = moved_side(link.lhs, by), moved_side(link.rhs, by)
        self.last, self.last_stop = rhs, block.stop
        sign = Sign(text=link.sign.text, raw=link.sign.raw, span=by.span(link.sign.span), mark=link.sign.mark)
        return Link(
            sign=sign,
            lhs=lhs,
            rhs=rhs,
            span=by.span(link.span),
            row_span=by.span(link.row_span),
            block=index,
            piece=self.pieces,
            note=link.note,
            remark=link.remark,
            problem=link.problem,
        )

    def keep(self, block: Block, key: str, found: list[Statement]) -> None:
        """Remember a formula that is one link with both sides of its own."""
        link = found[0] if len(found) == 1 else None
        # A formula that defines a macro says more than its link.
        if not isinstance(link, Link) or link.continued or not self.macros.is_empty:
            return
        if self.forms is not None and link.lhs is not None and link.rhs is not None:
            keep(self.forms.links, key, (self.source.span(block.inner_start, block.inner_stop), link))

    def before(self, block: Block) -> Side | None:
        """The side from which a display that begins with a relation goes on; inline only behind words that say so."""
        between = self.source.text[self.last_stop : block.start] if 0 <= self.last_stop <= block.start else "-"
        return self.last if block.kind == "display" or _ONWARD.fullmatch(between) else None

    def piece(self, index: int, piece: Piece, before: Side | None) -> tuple[list[Statement], Side | None]:
        """The links of a chain, or its lone expression; and the last side."""
        signs, parts = _cut(piece)
        sides = [self.side(part) for part in parts]
        source, number = self.source, self.pieces
        if not signs:
            if sides[0] is None:
                return [], None
            lone = Lone(
                side=sides[0], span=sides[0].span, block=index, piece=number, note=piece.note, remark=piece.remark
            )
            return [lone], sides[0]
        row_span = source.span(min(m.start for m in piece.marks), max(m.stop for m in piece.marks))
        continued = sides[0] is None and before is not None
        if continued:
            sides[0] = before
        links: list[Statement] = []
        for count, sign in enumerate(signs):
            lhs, rhs = sides[count], sides[count + 1]
            stop = max(sign.stop, rhs.span.stop if rhs else sign.stop)
            links.append(
                Link(
                    sign=Sign(text=sign.words, raw=sign.text, span=source.span(sign.start, sign.stop), mark=sign.note),
                    lhs=lhs,
                    rhs=rhs,
                    span=source.span(sign.start, stop),
                    row_span=row_span,
                    block=index,
                    piece=number,
                    continued=continued and count == 0,
                    note=piece.note,
                    remark=piece.remark,
                    problem=piece.problem or sign.problem or _missing(lhs, rhs),
                )
            )
        last = next((side for side in reversed(sides) if side is not None), None)
        return links, last

    def side(self, marks: list[Mark]) -> Side | None:
        return side_of(self.source, marks) if marks else None


def read_statements(
    source: Source,
    blocks: Iterable[Block] | None = None,
    macros: Macros | None = None,
    forms: Forms | None = None,
) -> tuple[Statement, ...]:
    """All statements of a document in order; `forms` holds what was read before, by its text."""
    reader = StatementReader(source, macros if macros is not None else Macros(), forms=forms)
    return tuple(reader.read(read_blocks(source) if blocks is None else blocks))


def _goes_on(found: list[Statement], note: str, behind: bool) -> bool:
    """Whether a later row may go on from this piece: an equation, not a condition behind one (`, \\quad x > 0`)."""
    signs = [link.sign.text for link in found if isinstance(link, Link)]
    condition = note.strip(" (").lower().startswith(_CONDITIONS) or (behind and _BOUNDS.issuperset(signs))
    return bool(signs) and not condition


def _missing(lhs: Side | None, rhs: Side | None) -> str:
    for side, where in ((lhs, "before"), (rhs, "behind")):
        if side is None:
            return f"expected an expression {where} the relation sign; got nothing"
        if side.problem:
            return side.problem
    return ""


def _cut(piece: Piece) -> tuple[list[Mark], list[list[Mark]]]:
    """The relation signs of a piece and the parts between them, without punctuation and spaces at their ends."""
    signs: list[Mark] = []
    parts: list[list[Mark]] = [[]]
    for mark, depth in depths(piece.marks, piece.problem):
        if mark.kind == "relation" and depth == 0:
            signs.append(mark)
            parts.append([])
        elif mark.kind == "amp" and depth == 0:
            parts[-1].append(mark._replace(kind="space", text=" "))
        else:
            parts[-1].append(mark)
    return _conditioned(signs, parts)


def _conditioned(signs: list[Mark], parts: list[list[Mark]]) -> tuple[list[Mark], list[list[Mark]]]:
    r"""`X \mid Y = y \sim N(..)`: an equals sign behind a bar and before `\sim` belongs to the condition."""
    law = next((i for i, sign in enumerate(signs) if sign.words == "~"), 0)
    bar = next((i for i, part in enumerate(parts[:law]) if has_bar(part)), law)
    if bar < law and all(sign.words == "=" for sign in signs[bar:law]):
        whole = list(parts[bar])
        for sign, part in zip(signs[bar:law], parts[bar + 1 : law + 1], strict=True):
            whole.extend((sign, *part))
        signs, parts = signs[:bar] + signs[law:], [*parts[:bar], whole, *parts[law + 1 :]]
    return signs, [_stripped(part) for part in parts]


def has_bar(marks: list[Mark]) -> bool:
    r"""Whether a `\mid` or a lone `|` stands outside all brackets."""
    bars = [mark.text for mark, depth in depths(marks, "") if depth == 0 and mark.text in ("|", r"\mid", r"\vert")]
    return r"\mid" in bars or len(bars) % 2 == 1


def _stripped(marks: list[Mark]) -> list[Mark]:
    start, stop = 0, len(marks)
    while start < stop and (marks[start].is_blank or marks[start].text in (",", ";", ".")):
        if marks[start].text == "." and marks[start + 1 : start + 2] and marks[start + 1].text.isdigit():
            break
        start += 1
    while stop > start and (marks[stop - 1].is_blank or marks[stop - 1].text in _END_MARKS):
        stop -= 1
    return marks[start:stop]
