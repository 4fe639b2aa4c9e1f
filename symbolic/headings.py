r"""Headings of plain text, and the braces of LaTeX commands.

A document that a converter made from a PDF has no `#`: lines that stand alone (a blank line before and behind) count as
headings when they are in this closed list, in bold or not; so does a line underlined with `---` or `===`, and what is
in bold at the beginning of a paragraph when it names a problem:

    Problem 1:   Question 2. Flows   Exercise 3   Section 4   Appendix A      level 1
    Part (A)     Part ( B - 2 )      Step 2: ..                               level 2
    1. Setup     2 Determinant and inverse      (at most five words, no full stop, no mathematics)   level 1
    **Problem 1**     \textbf{Problem 1: Flows}     **Exercise 2.** Let ..     below all headings with marks
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIRST = r"Problem|Question|Exercise|Section|Task|Appendix|Chapter|Assignment"
_SECOND = r"Part|Subproblem|Step"
_LABEL = r"\(?[ \t]*(?:\d+(?:\.\d+)*|[A-Z]|[ivx]+)(?:[ \t]*[-–.][ \t]*\d+)?[ \t]*[a-z]?[ \t]*\)?"
_NAMED = rf"(?:(?P<first>{_FIRST})|(?P<second>{_SECOND}))[ \t]+{_LABEL}(?:[ \t]*[:.–-][ \t]*[^\n]{{0,60}})?"
_NUMBERED = r"\d{1,2}(?:\.\d{1,2}){0,2}\.?[ \t]+[A-Z][\w'’-]*(?:[ \t]+[\w'’()–-]+){0,4}"
_BEFORE = r"(?:(?<=\n\n)|(?<=\n \n)|\A[ \t\n]*)[ \t]*"
_AFTER = r"[ \t]*(?=\n[ \t]*\n|\n?\Z)"
_STRONG = r"(?:\\noindent[ \t]*)?(?:\*\*\*?|__|\\textbf[ \t]*\{|\{[ \t]*\\(?:bf|bfseries)\b[ \t]*)[ \t]*"
_WEAK = r"[ \t]*[.:]?[ \t]*(?:\*\*\*?|__|\})[ \t]*[.:]?"
_UNDER = r"(?P<under>(?=[^\n]{0,80}[^\n.,;:][ \t]*\n[ ]{0,3}(?:-{3,}|={3,})[ \t]*\n)[A-Z0-9(][^\n]*\n[^\n]*)"
_ALONE = re.compile(
    rf"{_BEFORE}(?:{_STRONG}(?:{_FIRST})[ \t]+{_LABEL}(?:[ \t]*[:.–-]?[ \t]*[^\n*_{{}}]{{0,60}})?{_WEAK}(?=\s|\Z)"
    rf"|(?:{_STRONG})?(?:{_NAMED}|{_NUMBERED})(?:{_WEAK})?{_AFTER}|{_UNDER})"
)
_BOLD, _WEAKLY = re.compile(_STRONG), re.compile(rf"{_WEAK}[ \t]*\Z")


def split(text: str, start: int, stop: int) -> Iterator[tuple[str, int, int, int]]:
    """The prose [start, stop) as (kind, start, stop, level): prose, and the headings of plain text between it."""
    position = start
    if stop - start < 3 or (start and text.find("\n", start, stop) < 0):
        yield "prose", start, stop, 0
        return
    for match in _ALONE.finditer(text, start, stop):
        if stop < len(text) and match.end() == stop:
            continue
        begin = match.start() + len(match[0]) - len(match[0].lstrip())
        if not text[position:begin].isspace() and begin > position:
            yield "prose", position, begin, 0
        yield "heading", begin, match.end(), level_of(match)
        position = match.end()
    if stop > position and not text[position:stop].isspace():
        yield "prose", position, stop, 0


def level_of(match: re.Match[str]) -> int:
    """The level of a heading of plain text; one in bold stands below those with marks of their own."""
    if match["under"]:
        return 1 if match[0].rstrip().endswith("=") else 2
    deeper = 2 if match["second"] else 1
    return deeper + 4 if _BOLD.match(match[0].lstrip()) else deeper


def content(text: str, start: int, stop: int) -> tuple[int, int]:
    """The words of a heading of plain text, without what makes them bold and the line under them."""
    under = text.find("\n", start, stop)
    stop = stop if under < 0 else under
    marks = _BOLD.match(text, start, stop)
    end = _WEAKLY.search(text, start, stop) if marks else None
    return (marks.end(), end.start()) if marks and end else (start, stop)


def closing_brace(text: str, start: int, limit: int = 300) -> int:
    """The index of the brace that closes the one at `start`, or -1 within `limit` characters."""
    depth = 0
    index = start
    stop = min(len(text), start + limit)
    while index < stop:
        character = text[index]
        if character == "\\":
            index += 1
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return index
        index += 1
    return -1


def end_of_definition(text: str, start: int, limit: int = 20_000) -> int:
    """The end of the line on which the braces opened since `start` are closed, or of the definitions on it.

    Mathematics that begins on the same line behind the definitions is not swallowed.
    """
    depth, index, stop, seen, whole = 0, start, min(len(text), start + limit), 0, start
    while index < stop:
        character = text[index]
        if depth == 0 and (character == "\n" or (character == "$" and text[index - 1] != "\\")):
            return index
        if depth == 0 and text.startswith(("\\begin", "\\[", "\\("), index):
            return index
        if character == "\\":
            index += 1
        depth += {"{": 1, "}": -1}.get(character, 0)
        index += 1
        if character == "}" and depth == 0:
            seen, whole = seen + 1, index
    return whole if index < len(text) and seen else min(index, len(text))
