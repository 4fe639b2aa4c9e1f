r"""The rows of a document: paragraphs, headings, displays and code, each as safe markup.

Text flows until a blank line, a display, a heading or a block of code.  Formulas are typeset from the author's TeX; a
formula that cannot be typeset is shown as its source.  Headings keep their order and lose their gaps: a page has one
main heading, and every level below it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from ..checks.layout import Piece
from .escape import html
from .mathml import as_code, formula, mathml
from .prose import Prose

_BLANK = re.compile(r"\n[ \t>]*\n[ \t]*")
# A formula in a line of text that is longer than this gets a scroller of its own.
_LONG_INLINE = 45
_DEEPEST_HEADING = 6
_TOP_HEADING = 3


@dataclass(slots=True)
class Stretch:
    """The pieces of one row, with the stretch [start, stop) of the source that it covers."""

    kind: str
    start: int
    stop: int = 0
    parts: list[tuple[str, Piece | None]] = field(default_factory=list)
    level: int = 0


def stretches(pieces: Sequence[Piece]) -> Iterator[Stretch]:
    """Rows in order: text flows until a blank line, a display, a heading or a block of code."""
    current: Stretch | None = None
    inside = -1
    for piece in pieces:
        if piece.start < inside:  # the mathematics of a heading: the heading has shown it
            continue
        if piece.kind == "comment":
            continue
        if piece.kind in ("prose", "inline") or _is_inline_code(piece):
            for text, start, ends in _lines_of(piece):
                current = current or Stretch(kind="text", start=start)
                current.parts.append((text, None if piece.kind == "prose" else piece))
                current.stop = start + len(text) if piece.kind == "prose" else piece.stop
                if ends:
                    yield current
                    current = None
            continue
        if current is not None:
            yield current
            current = None
        if piece.kind == "heading":
            inside = piece.stop
            yield _heading(piece, pieces)
        else:
            yield Stretch(kind=piece.kind, start=piece.start, stop=piece.stop, parts=[("", piece)])
    if current is not None:
        yield current


def _lines_of(piece: Piece) -> Iterator[tuple[str, int, bool]]:
    """The text of a piece cut at blank lines: (text, offset, whether a blank line follows)."""
    if piece.kind != "prose":
        yield "", piece.start, False
        return
    # The same length, one line end, so that offsets stay.
    text, position = piece.whole.replace("\r\n", " \n").replace("\r", "\n"), 0
    for match in _BLANK.finditer(text):
        yield text[position : match.start()], piece.start + position, True
        position = match.end()
    if position < len(text):
        yield text[position:], piece.start + position, False


def _heading(piece: Piece, pieces: Sequence[Piece]) -> Stretch:
    """A heading: its text with the mathematics in it."""
    found = Stretch(kind="heading", start=piece.start, stop=piece.stop, level=piece.level)
    position, end = piece.inner, piece.inner + len(piece.text)
    for other in pieces:
        if other is not piece and position <= other.start and other.stop <= end and other.kind in ("inline", "code"):
            found.parts.append((piece.text[position - piece.inner : other.start - piece.inner], None))
            found.parts.append(("", other))
            position = other.stop
    found.parts.append((piece.text[position - piece.inner :].rstrip().rstrip("#"), None))
    return found


def _is_inline_code(piece: Piece) -> bool:
    return piece.kind == "code" and "\n" not in piece.whole and not piece.whole.startswith(("```", "~~~", "<", "---"))


def levels(levels: Sequence[int]) -> Iterator[int]:
    """Levels of headings below the page's own, without a gap: 1, 3, 3, 2 become 3, 4, 4, 4."""
    open_levels: list[int] = []
    for level in levels:
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        yield min(_TOP_HEADING + len(open_levels) - 1, _DEEPEST_HEADING)


# -- markup ---------------------------------------------------------------------------------------------------------
def body_of(stretch: Stretch, latex: bool, level: int) -> Markup:
    """The author's text of a row as safe markup."""
    if stretch.kind == "display":
        piece = stretch.parts[0][1]
        assert piece is not None
        return Markup(f'<div class="f" tabindex="0">{_display(piece)}</div>')
    if stretch.kind in ("code", "twofold", "macros", "preamble"):
        return _code(stretch)
    prose = Prose(latex=latex)
    for text, piece in stretch.parts:
        if piece is None:
            prose.text(text)
        else:
            prose.markup(_inline(piece))
    if stretch.kind == "heading":
        line = prose.line()
        return Markup(f"<h{level}>{line}</h{level}>") if line else Markup("")
    return Markup(prose.blocks())


def _display(piece: Piece) -> str:
    typeset = formula(piece.tex, display=True) if piece.tex else ""
    return typeset if typeset.startswith("<math") else as_code(piece.whole.strip())


def _inline(piece: Piece) -> str:
    if piece.kind == "code":
        return f"<code>{html(piece.text)}</code>"
    typeset = mathml(piece.tex) if piece.tex else ""
    if not typeset.startswith("<math"):
        return as_code(piece.whole)
    return f'<span class="m" tabindex="0">{typeset}</span>' if len(piece.text) > _LONG_INLINE else typeset


_CAPTIONS = {"twofold": "twofold declarations", "macros": "macros", "preamble": "preamble"}


def _code(stretch: Stretch) -> Markup:
    piece = stretch.parts[0][1]
    assert piece is not None
    text = piece.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    shown = f'<pre class="wide" tabindex="0"><code>{html(text)}</code></pre>'
    caption = _CAPTIONS.get(stretch.kind, "")
    if stretch.kind in ("macros", "preamble"):
        return Markup(f"<details><summary>The {caption} of the document</summary>{shown}</details>")
    return Markup(f'<p class="note">{caption}</p>{shown}' if caption else shown)
