r"""The prose of a document as safe markup: paragraphs, lists, quotations, tables, emphasis, code; links as text.

A modest rendering of Markdown and of LaTeX prose.  The text comes as runs of plain text with finished markup between
them (typeset formulas, code); everything else is escaped before any mark of the language is looked at, so raw HTML is
shown and never passes.  Whatever is not understood stays as it was written.

Each finished piece travels through the text as one private-use character, which no escaped text can contain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .escape import html, visible

_FIRST = 0xE000
_LAST = 0xF8FF
# At most so many characters between two marks of emphasis: it bounds the time.  No mark reaches into a made element.
_EMPHASIS = (
    (re.compile(r"\*\*(?=[^\s*])([^<]{1,400}?)(?<=\S)\*\*"), "strong"),
    (re.compile(r"(?<!\w)__(?=\S)([^<]{1,400}?)(?<=\S)__(?!\w)"), "strong"),
    (re.compile(r"\*(?=[^\s*])((?:[^*<]|<strong>[^<]{0,400}</strong>){1,400}?)(?<=\S)\*"), "em"),
    (re.compile(r"(?<!\w)_(?=\S)((?:[^_<]|<strong>[^<]{0,400}</strong>){1,400}?)(?<=\S)_(?!\w)"), "em"),
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\(([^()\s]{0,500})[^()\n]{0,200}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(([^()\s]{0,500})[^()\n]{0,200}\)")
_ITEM = re.compile(r"^[ \t]{0,12}(?:[-*+]|(\d{1,6})[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"^[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_LINE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{1,}:?[ \t]*\|)+[ \t]*(?::?-{1,}:?[ \t]*)?$")
_SPACES = re.compile(r"[ \t]*\n[ \t]*")

# LaTeX: commands that wrap their argument, that vanish, and that stand for a text.
_WRAP = {
    **dict.fromkeys(("emph", "textit", "textsl"), "em"),
    **dict.fromkeys(("textbf", "paragraph", "subparagraph"), "strong"),
    **dict.fromkeys(("texttt",), "code"),
    **dict.fromkeys(("text", "textrm", "textsf", "textsc", "textup", "underline", "mbox", "footnote", "title"), ""),
    **dict.fromkeys(("author", "date", "caption", "centerline", "url"), ""),
}
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?[ \t]*\{([^{}]{0,2000})\}")
_LINKED = re.compile(r"\\href[ \t]*\{([^{}]{0,500})\}[ \t]*\{([^{}]{0,2000})\}")
_MARKED = re.compile(
    r"\\(?:label|index|vspace|hspace|pagestyle|thispagestyle|bibliographystyle|input|include)\*?\{[^{}]*\}"
)
_REFERENCE = re.compile(r"\\(?:ref|eqref|autoref|cref|Cref|pageref)\*?\{([^{}]{0,200})\}")
_CITATION = re.compile(r"\\cite[a-z]*\*?(?:\[[^\[\]]{0,200}\])*\{([^{}]{0,300})\}")
_QUIET = re.compile(
    r"\\(?:noindent|maketitle|newpage|clearpage|pagebreak|bigskip|medskip|smallskip|centering|small|large|Large|par"
    r"|tableofcontents|appendix|qed|hfill|vfill|indent|footnotesize|normalsize|bf|it|em|rm|tt|sl)(?![A-Za-z])[ \t]?"
)
_BEGIN = re.compile(r"\\begin[ \t]*\{([A-Za-z]{1,30})\*?\}(?:[ \t]*\[([^\[\]\n]{0,200})\])?[ \t]*")
_END = re.compile(r"\\end[ \t]*\{[A-Za-z]{1,30}\*?\}")
_LISTS = ("itemize", "enumerate", "description")
_UNNAMED = (*_LISTS, "center", "quote", "quotation", "abstract", "figure", "table", "document", "flushleft", "minipage")
_SIGNS = (
    (
        re.compile(r"(?:\n[ \t]*)?\\item\b[ \t]*(?:\[([^\[\]\n]{0,100})\])?[ \t]*"),
        lambda m: f"\n- {m[1] + ' ' if m[1] else ''}",
    ),
    (re.compile(r"\\\\(?:\[[^\[\]]{0,20}\])?"), lambda _: "\n"),
    (re.compile(r"\\(?:ldots|dots|textellipsis)(?![A-Za-z])[ ]?"), lambda _: "\u2026"),
    (re.compile(r"\\LaTeX(?![A-Za-z])"), lambda _: "LaTeX"),
    (re.compile(r"---"), lambda _: "\u2014"),
    (re.compile(r"--"), lambda _: "\u2013"),
    (re.compile(r"``"), lambda _: "\u201c"),
    (re.compile(r"''"), lambda _: "\u201d"),
    (re.compile(r"\\[ ]|~"), lambda _: "\u00a0"),
    (re.compile(r"\\([%&#$_{}])"), lambda m: m[1]),
)


@dataclass(slots=True)
class Prose:
    """A piece of prose that is being put together: text, and finished markup behind single characters."""

    latex: bool = False
    held: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def text(self, written: str) -> None:
        """Text of the author."""
        plain = written.replace("\r\n", "\n").replace("\r", "\n")
        self.parts.append(visible(plain, keep="\n\t"))

    def markup(self, finished: str) -> None:
        """Markup that is safe by its making."""
        self.parts.append(self.hold(finished))

    def hold(self, finished: str) -> str:
        """A character that stands for finished markup; the text itself, escaped, when there are too many."""
        if _FIRST + len(self.held) > _LAST:
            return html(re.sub(r"<[^<>]*>", "", finished))
        self.held.append(finished)
        return chr(_FIRST + len(self.held) - 1)

    # -- out -------------------------------------------------------------------------------------------------------
    def blocks(self) -> str:
        """Paragraphs, lists, quotations and tables."""
        text = "".join(self.parts)
        text = self.latex_text(text) if self.latex else self.markdown_text(text)
        return "".join(self.block(lines) for lines in _runs(text.strip("\n").split("\n")))

    def line(self) -> str:
        """The same as one line, for a heading."""
        text = "".join(self.parts)
        text = self.latex_text(text) if self.latex else self.markdown_text(text)
        return self.inline(" ".join(text.split())) if text else ""

    def markdown_text(self, text: str) -> str:
        text = _ESCAPED.sub(lambda m: self.hold(html(m[1])), text)
        text = _IMAGE.sub(lambda m: f"[image: {m[1]}]" if m[1] else "[image]", text)
        return _LINK.sub(lambda m: m[1] if m[2].startswith("#") else f"{m[1]} ({self.hold(_address(m[2]))})", text)

    def latex_text(self, text: str) -> str:
        text = _MARKED.sub("", text)
        text = _CITATION.sub(r"[\1]", _REFERENCE.sub(r"(\1)", _QUIET.sub("", text)))
        text = _BEGIN.sub(self.begin, text)
        text = _END.sub("\n", text)
        text = _LINKED.sub(lambda m: f"{m[2]} ({self.hold(_address(m[1]))})", text)
        for pattern, made in _SIGNS:
            text = pattern.sub(made, text)
        for _ in range(6):
            text, changed = _COMMAND.subn(self.command, text)
            if not changed:
                break
        return re.sub(r"(?<!\\)[{}]", "", text)

    def begin(self, match: re.Match[str]) -> str:
        name, note = match[1], match[2]
        if name in _UNNAMED:
            return "\n"
        title = f"{name.capitalize()} ({note})." if note else f"{name.capitalize()}."
        return f"\n{self.hold('<strong>')}{title}{self.hold('</strong>')} "

    def command(self, match: re.Match[str]) -> str:
        name, inside = match[1], match[2]
        if name == "footnote":
            return f" ({inside})"
        tag = _WRAP.get(name)
        if tag is None:
            return f"{self.hold(f'<code>{html(chr(92) + name)}</code>')} {inside}"
        return f"{self.hold(f'<{tag}>')}{inside}{self.hold(f'</{tag}>')}" if tag else inside

    def inline(self, text: str) -> str:
        """Escape, emphasise, put the finished pieces in, each opened element closed."""
        shown = self.escaped(text)
        if not self.latex:
            for pattern, tag in _EMPHASIS:
                shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
        return self.closed(shown)

    def closed(self, shown: str) -> str:
        """The held pieces in place; a wrapper that was cut by the end of a paragraph or an item is closed there."""
        found, opened = list[str](), list[str]()
        for part in _SPLIT.split(shown):
            piece = self.held[ord(part) - _FIRST] if _HELD.fullmatch(part) else part
            wrapper = _WRAPPER.fullmatch(piece)
            if wrapper and not wrapper[1]:
                opened.append(wrapper[2])
            elif wrapper and (not opened or opened.pop() != wrapper[2]):
                continue
            found.append(piece)
        return "".join([*found, *(f"</{name}>" for name in reversed(opened))])

    def escaped(self, text: str) -> str:
        """Text escaped around the characters that stand for finished pieces."""
        return "".join(part if _HELD.fullmatch(part) else html(part) for part in _SPLIT.split(text))

    def block(self, lines: Sequence[str]) -> str:
        first = lines[0]
        if _RULE.match(first):
            return "<hr>"
        if _ITEM.match(first):
            return self.items(lines)
        if len(lines) > 1 and "|" in first and _TABLE_LINE.match(lines[1]):
            return self.table(lines)
        quoted = first.lstrip().startswith(">")
        body = [re.sub(r"^[ \t]*>[ \t]?", "", line) for line in lines] if quoted else list(lines)
        text = _BREAK.sub(lambda _: self.hold("<br>"), "\n".join(body).strip())
        shown = _SPACES.sub("\n", self.inline(text))
        paragraph = f"<p>{shown}</p>" if shown else ""
        return f"<blockquote>{paragraph}</blockquote>" if quoted and paragraph else paragraph

    def items(self, lines: Sequence[str]) -> str:
        found: list[list[str]] = []
        for line in lines:
            match = _ITEM.match(line)
            if match or not found:
                found.append([line[match.end() :] if match else line])
            else:
                found[-1].append(line.strip())
        number = _ITEM.match(lines[0])
        numbered = number[1] if number else None
        start = f' start="{int(numbered)}"' if numbered and int(numbered) != 1 else ""
        tag = "ol" if numbered else "ul"
        inside = "".join(f"<li>{self.inline(' '.join(item))}</li>" for item in found)
        return f"<{tag}{start}>{inside}</{tag}>"

    def table(self, lines: Sequence[str]) -> str:
        rows = [_cells(line) for index, line in enumerate(lines) if index != 1]
        head = "".join(f'<th scope="col">{self.inline(cell)}</th>' for cell in rows[0])
        body = "".join("<tr>" + "".join(f"<td>{self.inline(c)}</td>" for c in row) + "</tr>" for row in rows[1:])
        return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


_HELD = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
_WRAPPER = re.compile(r"<(/?)(em|strong|code)>")
# Two spaces or a backslash at the end of a line break it.
_BREAK = re.compile(r"(?:[ ]{2}|\\)\n")
_SPLIT = re.compile(f"([{chr(_FIRST)}-{chr(_LAST)}])")


def _address(url: str) -> str:
    """Where a link leads, as text: nothing on the page can be followed out of it."""
    return f"<code>{html(url)}</code>"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _runs(lines: Sequence[str]) -> list[list[str]]:
    """Lines that belong together: a blank line, a rule, or a line that begins a list ends what was before."""
    found: list[list[str]] = []
    open_run: list[str] = []
    for line in lines:
        begins = bool(open_run) and "rule" in (_kind(line), _kind(open_run[0]))
        begins = begins or (bool(open_run) and _kind(line) == "item" and _kind(open_run[0]) != "item")
        if not line.strip() or begins:
            if open_run:
                found.append(open_run)
            open_run = []
        if line.strip():
            open_run.append(line)
    return [*found, open_run] if open_run else found


def _kind(line: str) -> str:
    if _RULE.match(line):
        return "rule"
    return "item" if _ITEM.match(line) else "text"
