r"""A side of a statement: the text that the parser sees, and the way back from it to the places in the document.

Without macros the two texts are the same; with them, a token that a macro made has the place of the macro call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from . import latex
from .marks import Mark
from .parser import parse
from .source import ReadError, Source, Span
from .syntax import Syntax, Token


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the text from offset `at`: verbatim from `start`, or made by a macro whose call is [start, stop)."""

    at: int
    start: int
    stop: int
    verbatim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """`text` is the TeX after macro expansion; `tex` as written; `span` its place; `problem` why it cannot be read."""

    text: str
    tex: str
    span: Span
    stretches: tuple[Stretch, ...]
    macros: tuple[str, ...] = ()
    problem: str = ""

    def place(self, source: Source, start: int, stop: int) -> Span:
        """The place in the document of the piece [start, stop) of `text`."""
        first = self._stretch(start)
        last = self._stretch(max(start, stop - 1))
        begin = first.start + (start - first.at) if first.verbatim else first.start
        end = last.start + (max(stop, start) - last.at) if last.verbatim else last.stop
        return source.span(begin, max(begin, end))

    def _stretch(self, offset: int) -> Stretch:
        return self.stretches[max(0, bisect_right(self.stretches, offset, key=lambda s: s.at) - 1)]


def side_of(source: Source, marks: Sequence[Mark]) -> Side:
    """A side from its marks (at least one).  Two control words never grow together: a space keeps them apart."""
    parts: list[str] = []
    stretches: list[Stretch] = []
    length, end, word = 0, -1, False
    for mark in marks:
        text = mark.text
        if word and text[:1].isascii() and text[:1].isalpha():
            parts.append(" ")
            length += 1
            end = -1
        if not mark.macro and source.text.startswith(text, mark.start) and len(text) == mark.stop - mark.start:
            if mark.start != end:
                stretches.append(Stretch(length, mark.start, mark.stop, True))
            end = mark.stop
        else:
            stretches.append(Stretch(length, mark.start, mark.stop, False))
            end = -1
        parts.append(text)
        length += len(text)
        if text:
            word = text[0] == "\\" and text[-1].isascii() and text[-1].isalpha()
    start, stop = min(m.start for m in marks), max(m.stop for m in marks)
    return Side(
        text="".join(parts),
        tex=source.text[start:stop],
        span=source.span(start, stop),
        stretches=tuple(stretches),
        macros=tuple(dict.fromkeys(m.macro for m in marks if m.macro)),
        problem=next((m.problem for m in marks if m.problem), ""),
    )


def side_tokens(source: Source, side: Side) -> list[Token]:
    """Tokens of a side with their places in the document.  Raises ReadError."""
    if side.problem:
        raise ReadError(side.problem, side.span)
    if len(side.stretches) == 1 and side.stretches[0].verbatim:
        start = side.stretches[0].start
        return latex.tokenize(source, start, start + len(side.text))
    try:
        tokens = latex.tokenize(Source(source.name, side.text))
    except ReadError as error:
        raise ReadError(error.message, side.place(source, error.span.start, error.span.stop), error.hint) from None
    return [token._replace(span=side.place(source, token.span.start, token.span.stop)) for token in tokens]


def parse_side(source: Source, side: Side) -> Syntax:
    """Surface syntax of a side.

    Raises:
        ReadError: with the place in the document; only this side is unread.
    """
    return parse(side_tokens(source, side))
