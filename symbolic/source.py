r"""Places in a source text, and the error that a reader raises about one.

Lines and columns are 1-based and counted in characters; CRLF, LF and a lone CR end a line.  A span survives from the
tokenizer to every message.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")


class Span(NamedTuple):
    """A half-open piece [start, stop) of a source text, with the lines and columns of both ends.

    A tuple, because a document has hundreds of thousands of them.
    """

    start: int
    stop: int
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The span from the beginning of this one to the end of `other`."""
        return Span(self.start, other.stop, self.line, self.column, other.end_line, other.end_column)


NOWHERE = Span(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """A named text with a map from offsets to lines and columns."""

    name: str
    text: str
    _: object = field(default=None, repr=False, compare=False)

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at `offset`."""
        index = bisect_right(self.line_starts, offset) - 1
        return index + 1, offset - self.line_starts[index] + 1

    def span(self, start: int, stop: int) -> Span:
        starts = self.line_starts
        if len(starts) == 1:
            return Span(start, stop, 1, start + 1, 1, stop + 1)
        line = bisect_right(starts, start)
        last = line if stop >= start and (line == len(starts) or stop < starts[line]) else bisect_right(starts, stop)
        return Span(start, stop, line, start - starts[line - 1] + 1, last, stop - starts[last - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of a line, without its end."""
        start = self.line_starts[line - 1]
        stop = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")


class ReadError(ValueError):
    """A text that cannot be read: what was expected, what was found, where, and what to do.

    Attributes:
        message: one sentence without the place.
        span: where, in the source.
        hint: what to do about it, or "".
    """

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint

    def explain(self, source: Source) -> str:
        """`name:line:column: message`, the line, a caret, and the hint."""
        head = f"{source.name}:{self.span.line}:{self.span.column}: {self.message}"
        if self.span.line < 1:
            return head
        text = source.line_text(self.span.line)
        width = self.span.stop - self.span.start if self.span.end_line == self.span.line else 1
        start = max(0, self.span.column - 1 - 60)
        shown = text[start : start + 100]
        caret = " " * (self.span.column - 1 - start) + "^" * max(1, min(width, 100 - (self.span.column - 1 - start)))
        lines = [head, "    " + shown, "    " + caret]
        if self.hint:
            lines.append("    " + self.hint)
        return "\n".join(lines)
