r"""From a document to its blocks: prose, headings, mathematics, code, comments, each with its place.

    Markdown   $..$  $$..$$  \(..\)  \[..\]  \begin{align}..\end{align}  ```math  {% math %}      mathematics
               ``` ~~~ `..` <pre> <code>                                                          code, never read
               ```twofold                                                                         a `twofold` table
    LaTeX      the same mathematics; \section{..}; % comments; verbatim; the preamble and \newcommand apart

A dollar is mathematics by the rule of the field: the opening one is not followed by a space, the closing one neither
preceded by a space nor followed by a digit, and no blank line lies between ("$10, and Bob gives Eve $" is money).
Mathematics without an end becomes a block that says so, up to the next blank line; whatever follows is still read.

One pass, one pattern; the search for a closing mark remembers what it found, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import headings
from .source import Source

MATHEMATICS = frozenset(("inline", "display"))
DISPLAYS = (
    *("equation", "align", "gather", "multline", "flalign", "alignat", "eqnarray", "displaymath", "math"),
    *("xalignat", "dmath", "subequations"),
)
_DISPLAY = "|".join(DISPLAYS)
_VERBATIM = "verbatim|Verbatim|lstlisting|minted|comment|filecontents|twofold"
_DEFINES = "newcommand|renewcommand|providecommand|DeclareRobustCommand|def|gdef|edef|xdef|let|catcode|mathcode"
_DEFINES += "|DeclareMathOperator|DeclarePairedDelimiter|DeclareMathSymbol|newenvironment|renewenvironment"
_SHARED = rf"""
      (?P<environment>\\begin\{{(?P<name>(?:{_DISPLAY})\*?)\}})
    | (?P<macros>\\(?:{_DEFINES})(?![A-Za-z]))
    | (?P<bracket>\\{{1,2}}[(\[])
    | (?P<escape>\\(?:[A-Za-z]+|.|\Z))
    | (?P<dollars>\$\$)
    | (?P<dollar>\$)
"""
_MARKDOWN = re.compile(
    rf"""
      (?P<fence>^[ \t]*(?:>[ \t]?)*(?P<marks>`{{3,}}|~{{3,}})(?P<info>[^\n]*)$)
    | (?P<heading>^[ ]{{0,3}}(?P<level>\#{{1,6}})[ \t]+(?=\S))
    | (?P<ticked>\$`[^`\n]+`\$)
    | (?P<ticks>`+)
    | (?P<comment><!--)
    | (?P<element><(?P<tag>pre|code|script|style)\b)
    | (?P<liquid>\{{%-?[ ]*(?P<tagged>math|highlight|raw)\b[^%\n]*%\}})
    | {_SHARED}
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_LATEX = re.compile(
    rf"""
      (?P<percent>%[^\n]*)
    | (?P<section>\\(?P<rank>part|chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?[ ]*(?=[\[{{]))
    | (?P<verbatim>\\begin\{{(?P<kept>(?:{_VERBATIM})\*?)\}})
    | (?P<verb>\\(?:verb|lstinline)\*?(?P<quote>[^A-Za-z\s]))
    | (?P<hidden>\\iffalse\b)
    | (?P<final>\\end\{{document\}})
    | {_SHARED}
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"\n[ \t>]*\n|\Z")
_LOOKS = re.compile(r"[\\^_=]")
_PROSE_LINE = re.compile(r"\n[ \t]*\n[ \t]*(?:[A-Za-z]{2,},?[ ]+){3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece [start, stop) of a document; its content is [inner_start, inner_stop).

    `kind` is prose, heading, inline, display, code, twofold, comment, macros or preamble.  Blocks are in order and
    disjoint, except that the mathematics of a heading stands inside it.  `environment` is the name without the star;
    `broken` says why a block of mathematics cannot be read, or is "".
    """

    kind: str
    start: int
    stop: int
    inner_start: int
    inner_stop: int
    level: int = 0
    environment: str = ""
    broken: str = ""

    @property
    def is_mathematics(self) -> bool:
        return self.kind in MATHEMATICS


def notation_of(source: Source) -> str:
    """`latex` for a LaTeX file (by its name or its first commands), else `markdown`."""
    if source.name.lower().endswith((".tex", ".ltx", ".latex")):
        return "latex"
    head = source.text[:20_000]
    return "latex" if re.search(r"^[ \t]*\\(?:documentclass|begin\{document\})", head, re.MULTILINE) else "markdown"


def read_blocks(source: Source, notation: str = "") -> tuple[Block, ...]:
    """The blocks of a document, in order.  `notation` is markdown or latex; "" decides by `notation_of`."""
    return tuple(_Scanner(source.text, notation or notation_of(source)).run())


class _Nearest:
    """The next match of a pattern at or after a position; positions only grow, so each text is searched once."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self.text, self.pattern = text, pattern
        self.start, self.stop = -1, -1

    def after(self, position: int) -> tuple[int, int] | None:
        if self.start < position and self.start != len(self.text) + 1:
            match = self.pattern.search(self.text, position)
            self.start, self.stop = match.span() if match else (len(self.text) + 1, -1)
        return (self.start, self.stop) if self.stop >= 0 else None


class _Scanner:
    def __init__(self, text: str, notation: str) -> None:
        # The same length, one line end: a lone CR ends a line, CRLF is one end.
        self.text = text.replace("\r\n", " \n").replace("\r", "\n")
        self.latex = notation == "latex"
        self.blocks: list[Block] = []
        self.prose_from = 0
        self.nearest: dict[str, _Nearest] = {}
        self.ticks: dict[int, list[int]] = {}
        if not self.latex:
            for run in re.finditer(r"`+", self.text):
                self.ticks.setdefault(len(run[0]), []).append(run.start())

    def run(self) -> Iterator[Block]:
        position = self.front()
        pattern = _LATEX if self.latex else _MARKDOWN
        while match := pattern.search(self.text, position):
            # The alternative that matched: its group is the last one to close.
            position = max(_HANDLERS[str(match.lastgroup)](self, match), match.start() + 1)
        self.prose(len(self.text))
        return iter(self.blocks)

    def front(self) -> int:
        """The preamble of a LaTeX file, the front matter of a Markdown file."""
        if self.latex:
            begin = re.search(r"^[^%\n]*?\\begin\{document\}", self.text, re.MULTILINE)
            if begin:
                self.add("preamble", 0, begin.end(), (0, begin.end()))
                return begin.end()
            return 0
        matter = re.match(r"\ufeff?---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", self.text, re.DOTALL)
        if matter:
            self.add("code", 0, matter.end(), matter.span())
            return matter.end()
        return 0

    # -- results ---------------------------------------------------------------------------------------------------
    def prose(self, stop: int) -> None:
        """The text between the blocks, cut at the headings of plain text."""
        start = self.prose_from
        if stop > start and not self.text[start:stop].isspace():
            for kind, begin, end, level in headings.split(self.text, start, stop):
                first, last = (begin, end) if kind == "prose" else headings.content(self.text, begin, end)
                self.blocks.append(
                    Block(kind=kind, start=begin, stop=end, inner_start=first, inner_stop=last, level=level)
                )
        self.prose_from = max(start, stop)

    def add(
        self,
        kind: str,
        start: int,
        stop: int,
        inner: tuple[int, int],
        level: int = 0,
        environment: str = "",
        broken: str = "",
    ) -> int:
        self.prose(start)
        self.blocks.append(
            Block(
                kind=kind,
                start=start,
                stop=stop,
                inner_start=inner[0],
                inner_stop=inner[1],
                level=level,
                environment=environment,
                broken=broken,
            )
        )
        self.prose_from = max(self.prose_from, stop)
        return stop

    def next(self, pattern: str, position: int) -> tuple[int, int] | None:
        if pattern not in self.nearest:
            self.nearest[pattern] = _Nearest(self.text, re.compile(pattern))
        return self.nearest[pattern].after(position)

    def blank(self, position: int) -> int:
        """Where the paragraph ends."""
        found = self.next(_BLANK.pattern, position)
        return found[0] if found else len(self.text)

    def unclosed(self, kind: str, match: re.Match[str], opening: str, stop: int, environment: str = "") -> int:
        reason = f"expected the end of the mathematics that '{opening}' begins"
        stop = max(stop, match.end())
        return self.add(kind, match.start(), stop, (match.end(), stop), environment=environment, broken=reason)

    # -- mathematics -----------------------------------------------------------------------------------------------
    def environment(self, match: re.Match[str]) -> int:
        name = match["name"]
        plain = name.rstrip("*")
        kind = "inline" if plain == "math" else "display"
        end = self.next(rf"\\end\{{{re.escape(name)}\}}", match.end())
        again = self.next(rf"\\begin\{{{re.escape(name)}\}}", match.end())
        if end is None or (again is not None and again[0] < end[0]):
            return self.unclosed(kind, match, match[0], self.blank(match.end()), plain)
        return self.add(kind, match.start(), end[1], (match.end(), end[0]), environment=plain)

    def bracket(self, match: re.Match[str]) -> int:
        slashes, mark = match[0][:-1], match[0][-1]
        if self.latex and len(slashes) == 2:
            return match.end()
        kind, close = ("inline", ")") if mark == "(" else ("display", "]")
        end = self.next(re.escape(slashes + close), match.end())
        again = self.next(re.escape(slashes + mark), match.end())
        limit = self.blank(match.end())
        if end is None or (again is not None and again[0] < end[0]) or (kind == "inline" and limit < end[0]):
            return self.unclosed(kind, match, match[0], min(limit, again[0] if again else limit))
        return self.add(kind, match.start(), end[1], (match.end(), end[0]))

    def dollars(self, match: re.Match[str]) -> int:
        end = self.next(r"(?<!\\)\$\$", match.end())
        limit = self.blank(match.end())
        if end is not None and limit < end[0]:
            alone = re.compile(r"[ \t]*\n").match(self.text, match.end()) is not None
            prose = _PROSE_LINE.search(self.text, limit, end[0]) if alone else None
            end = end if alone and prose is None else None
        if end is None:
            return self.unclosed("display", match, "$$", limit)
        return self.add("display", match.start(), end[1], (match.end(), end[0]))

    def dollar(self, match: re.Match[str]) -> int:
        start = match.end()
        end = self.next(r"(?<!\\)(?:\\\\)*\$", start)
        limit = self.blank(match.start())
        stop = end[1] - 1 if end else limit
        if end is None or stop > limit:
            rest = self.text[start:limit]
            if self.latex or (rest[:1].strip() and not rest[:1].isdigit() and _LOOKS.search(rest)):
                return self.unclosed("inline", match, "$", limit)
            return start
        inner = self.text[start:stop]
        tight = bool(inner) and not inner[0].isspace() and not inner[-1].isspace()
        loose = bool(inner.strip()) and inner[0].isspace() and inner[-1].isspace()
        loose = loose and _LOOKS.search(inner) is not None and not inner.strip()[0].isdigit()
        digit = self.text[stop + 1 : stop + 2].isdigit()
        if self.latex or ((tight or loose) and not digit):
            return self.add("inline", match.start(), stop + 1, (start, stop))
        return start

    def ticked(self, match: re.Match[str]) -> int:
        return self.add("inline", match.start(), match.end(), (match.start() + 2, match.end() - 2))

    def liquid(self, match: re.Match[str]) -> int:
        name = match["tagged"]
        end = self.next(rf"\{{%-?\s*end{name}\s*-?%\}}", match.end())
        if end is None:
            return match.end()
        if name == "raw":
            return match.end()
        return self.add("display" if name == "math" else "code", match.start(), end[1], (match.end(), end[0]))

    # -- what is not read as mathematics ---------------------------------------------------------------------------
    def fence(self, match: re.Match[str]) -> int:
        marks, info = match["marks"], match["info"].strip().split(" ")[0].strip("{}").lower()
        if "`" in match["info"]:
            return match.start("marks") + len(marks)
        close = re.compile(rf"^[ \t]*(?:>[ \t]?)*{marks[0]}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
        end = close.search(self.text, match.end())
        inner = (min(match.end() + 1, len(self.text)), end.start() if end else len(self.text))
        kind = {"twofold": "twofold", "math": "display"}.get(info, "code")
        stop = end.end() if end else len(self.text)
        broken = "" if end or kind == "code" else f"expected the '{marks}' that closes the block"
        return self.add(kind, match.start(), stop, inner, broken=broken)

    def code_span(self, match: re.Match[str]) -> int:
        places = self.ticks.get(len(match[0]), [])
        index = bisect_left(places, match.end())
        if index >= len(places) or places[index] > self.blank(match.start()):
            return match.end()
        stop = places[index] + len(match[0])
        return self.add("code", match.start(), stop, (match.end(), places[index]))

    def between(self, match: re.Match[str], close: str, kind: str, unended: int) -> int:
        end = self.next(close, match.end())
        if end is None:
            return unended
        return self.add(kind, match.start(), end[1], (match.end(), end[0]))

    def comment(self, match: re.Match[str]) -> int:
        return self.between(match, "-->", "comment", match.end())

    def element(self, match: re.Match[str]) -> int:
        return self.between(match, rf"</{match['tag']}\s*>", "code", match.end())

    def verbatim(self, match: re.Match[str]) -> int:
        name = match["kept"]
        kind = {"twofold": "twofold", "comment": "comment"}.get(name.rstrip("*"), "code")
        return self.between(match, rf"\\end\{{{re.escape(name)}\}}", kind, match.end())

    def verb(self, match: re.Match[str]) -> int:
        end = self.text.find(match["quote"], match.end(), match.end() + 1000)
        return self.add("code", match.start(), end + 1, (match.end(), end)) if end >= 0 else match.end()

    def percent(self, match: re.Match[str]) -> int:
        return self.add("comment", match.start(), match.end(), (match.start() + 1, match.end()))

    def hidden(self, match: re.Match[str]) -> int:
        return self.between(match, r"\\fi\b", "comment", match.end())

    def final(self, match: re.Match[str]) -> int:
        return self.add("comment", match.start(), len(self.text), (match.end(), len(self.text)))

    def heading(self, match: re.Match[str]) -> int:
        end = self.text.find("\n", match.end())
        end = len(self.text) if end < 0 else end
        self.add("heading", match.start(), end, (match.end(), end), level=len(match["level"]))
        return match.end()

    def section(self, match: re.Match[str]) -> int:
        begin = self.text.find("{", match.end() - 1, match.end() + 500)
        end = headings.closing_brace(self.text, begin) if begin >= 0 else -1
        if end < 0:
            return match.end()
        level = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3}.get(match["rank"], 4)
        self.add("heading", match.start(), end + 1, (begin + 1, end), level=level)
        return begin + 1

    def macros(self, match: re.Match[str]) -> int:
        """Definitions outside the mathematics: to the end of the line on which their braces are closed."""
        stop = headings.end_of_definition(self.text, match.end())
        return self.add("macros", match.start(), stop, (match.start(), stop))

    def escape(self, match: re.Match[str]) -> int:
        return match.end()


_Handler = Callable[[_Scanner, "re.Match[str]"], int]
_HANDLERS: dict[str, _Handler] = {
    "environment": _Scanner.environment,
    "macros": _Scanner.macros,
    "bracket": _Scanner.bracket,
    "escape": _Scanner.escape,
    "dollars": _Scanner.dollars,
    "dollar": _Scanner.dollar,
    "fence": _Scanner.fence,
    "heading": _Scanner.heading,
    "ticked": _Scanner.ticked,
    "ticks": _Scanner.code_span,
    "comment": _Scanner.comment,
    "element": _Scanner.element,
    "liquid": _Scanner.liquid,
    "percent": _Scanner.percent,
    "section": _Scanner.section,
    "verbatim": _Scanner.verbatim,
    "verb": _Scanner.verb,
    "hidden": _Scanner.hidden,
    "final": _Scanner.final,
}
