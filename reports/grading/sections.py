r"""The sections of a document in which the parts of a key are solved, by their headings.

    ## Problem 3: Flows      Problem 3      **Problem 3.** Let ..      **3.** Let ..      (c) The trace is ..
                             ---------

Besides the headings of the document, a label in bold and a letter in brackets at the beginning of a paragraph begin a
section; they lie below all headings.  A heading is the wanted one by its words, else by its number: `Exercise 3` and
`3. Flows` are `Problem 3`, and `(c)` below them is `Problem 3 (c)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...checks.layout import Piece, is_document, layout
from ...checks.run import Run
from .key import Part

_KINDS = r"(?:(?:problem|question|exercise|task|part|section|subproblem|aufgabe|prob|ex|q) ?)*"
_NUMBER = re.compile(rf"{_KINDS}(\d{{1,2}})(?:([a-z])(?!\w)| ([a-z])\Z)?(?!\w)|{_KINDS}([a-z])\Z")
_LABEL = r"\(?(?:\d{1,2}[ ]?[a-z]?|[a-z])\)?"
_RUN_IN = re.compile(
    r"(?:\A|(?<=\n)[ \t]*\n)[ \t]*(?:\\noindent\b[ \t]*|\\item[ \t]*\[?)?"
    rf"(?:(?:\*\*|__|\\textbf[ \t]*\{{)[ \t]*(?P<bold>{_LABEL})[ \t]*[.:]?[ \t]*(?:\*\*|__|\}}|(?=[ \t]))"
    r"|(?P<bracket>\((?:[a-z]|\d{1,2})\))(?=\]?\s))"
)
BELOW = 10  # the level of a label in bold, below all headings; that of a letter in brackets is one more


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading: its line, its level, its words in small letters; `path`: its number behind those that it is under."""

    line: int
    level: int
    words: str
    path: str = ""

    @property
    def is_label(self) -> bool:
        return self.level >= BELOW


def territories(run: Run, parts: Sequence[Part]) -> dict[str, tuple[int, ...]]:
    """For each part the steps among which it is looked for: its section, else all that lie in nobody's section."""
    sections = sections_of(run, parts)
    inside = {
        name: tuple(i for i, step in enumerate(run.steps) if start <= step.span.line < stop)
        for name, (start, stop) in sections.items()
    }
    inside = inside or claims_of(run, parts)
    taken = {i for steps in inside.values() for i in steps}
    rest = tuple(i for i in range(len(run.steps)) if i not in taken)
    return {part.id: inside.get(part.id, rest) for part in parts}


def claims_of(run: Run, parts: Sequence[Part]) -> dict[str, tuple[int, ...]]:
    """The claims `3.1`, `3.2` of a problem file, which has no headings, are those of part 3."""
    found: dict[str, list[int]] = {}
    if not is_document(run.source.get("name", ""), run.source.get("text", "")):
        known = {part.id for part in parts}
        for i, step in enumerate(run.steps):
            part, dot, _ = step.label.rpartition(".")
            if dot and part in known:
                found.setdefault(part, []).append(i)
    return {name: tuple(steps) for name, steps in found.items()}


def sections_of(run: Run, parts: Sequence[Part]) -> dict[str, tuple[int, int]]:
    """The lines [start, stop) of the section of each part whose heading is there."""
    headings = headings_of(run)
    starts = {part.id: number for part in parts if (number := heading_for(part.heading, headings)) is not None}
    found: dict[str, tuple[int, int]] = {}
    for name, number in starts.items():
        mine = headings[number]
        ends = (
            h.line for k, h in enumerate(headings) if k > number and (h.level <= mine.level or k in starts.values())
        )
        found[name] = mine.line, next(ends, 10**9)
    return found


# -- headings ----------------------------------------------------------------------------------------------------------
def headings_of(run: Run) -> list[Heading]:
    """The headings and labels of a document, in order."""
    name, text = run.source.get("name", ""), run.source.get("text", "")
    if not is_document(name, text):
        return []
    found: list[Heading] = []
    above: list[tuple[int, str]] = []  # level and number of the headings that the next one may lie under
    for line, level, title in sorted(titles(layout(name, text), text)):
        above = [(depth, number) for depth, number in above if depth < level]
        number = number_of(words(title))
        path = " ".join([*(n for _, n in above if n), number]) if number else ""
        found.append(Heading(line=line, level=level, words=words(title), path=path))
        above.append((level, number))
    return found


def titles(pieces: Sequence[Piece], text: str) -> Iterator[tuple[int, int, str]]:
    """Line, level and text of every heading and of every label that begins a paragraph."""
    for piece in pieces:
        if piece.kind == "heading":
            yield piece.line, piece.level, piece.text
        elif piece.kind == "prose":
            for match in _RUN_IN.finditer(text, piece.start, piece.stop):
                line = piece.line + text.count("\n", piece.start, match.start("bold" if match["bold"] else "bracket"))
                yield line, BELOW if match["bold"] else BELOW + 1, match["bold"] or match["bracket"]


def words(text: str) -> str:
    """The words of a title in small letters, one space apart."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def number_of(title: str) -> str:
    """The number of a heading by its words, "" for one without.

    >>> [number_of(t) for t in ("problem 3 flows", "3c", "q2 b", "c", "a flow", "homework 5")]
    ['3', '3 c', '2 b', 'c', '', '']
    """
    match = _NUMBER.match(title)
    return " ".join(group for group in match.groups() if group) if match else ""


def heading_for(wanted: str, headings: Sequence[Heading]) -> int | None:
    """The heading that is the wanted one, else the first that begins with it, holds it, or has its number."""
    sought = words(wanted)
    number = number_of(sought)
    if not sought:
        return None
    tests = (
        lambda h: h.words == sought and not h.is_label,
        lambda h: h.words.startswith(f"{sought} "),
        lambda h: f" {sought} " in f" {h.words} " and not h.is_label,
        lambda h: number and number in (h.path, number_of(h.words)),
    )
    return next((k for test in tests for k, heading in enumerate(headings) if test(heading)), None)
