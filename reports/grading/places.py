"""Places in a key: the header of the n-th part, and the line of a key below it."""

from __future__ import annotations

import re

from ...checks.key_text import Source, Span

PART = re.compile(r"(?m)^[ \t]*\[\[[ \t]*grading[ \t]*\.[ \t]*part[ \t]*\]\]")
STEP = re.compile(r"(?m)^[ \t]*\[\[[ \t]*grading[ \t]*\.[ \t]*part[ \t]*\.[ \t]*step[ \t]*\]\]")
GRADING = re.compile(r"(?m)^[ \t]*\[[ \t]*grading[ \t]*\]")
_HEADER = re.compile(r"(?m)^[ \t]*\[")


class Place:
    """A stretch of the key: of [grading], of a part, of a required step; keys are looked for inside it."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source, self.start, self.stop = source, start, stop

    @classmethod
    def of_grading(cls, source: Source) -> Place:
        head = GRADING.search(source.text)
        return cls(source, head.start() if head else 0, len(source.text))

    @classmethod
    def of_part(cls, source: Source, number: int) -> Place:
        """The part of a number, from 0; where parts are written inline, the whole of the key."""
        heads = list(PART.finditer(source.text))
        if number >= len(heads):
            return cls.of_grading(source)
        stop = heads[number + 1].start() if number + 1 < len(heads) else len(source.text)
        return cls(source, heads[number].start(), stop)

    def step(self, number: int) -> Place:
        """The required step of a number, from 0, of this part."""
        heads = list(STEP.finditer(self.source.text, self.start, self.stop))
        if number >= len(heads):
            return self
        stop = heads[number + 1].start() if number + 1 < len(heads) else self.stop
        return Place(self.source, heads[number].start(), stop)

    def head(self) -> Span:
        end = self.source.text.find("\n", self.start)
        return self.source.span(self.start, self.stop if end < 0 else min(end, self.stop))

    def key(self, name: str) -> Span:
        """`name = ..` here, or `[..name]`; the header where it cannot be found."""
        quoted = re.escape(name)
        pattern = rf"(?m)(?:^|[\[.{{,])[ \t]*(?P<key>[\"']?{quoted}[\"']?)(?=[ \t]*[=\].])"
        found = re.compile(pattern).search(self.source.text, self.start, self.stop)
        return self.source.span(*found.span("key")) if found else self.head()
