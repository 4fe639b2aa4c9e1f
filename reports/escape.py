r"""One escaping function per output format, so that no text of a document can act in any of them.

Names, titles, formulas and messages may hold anything: markup, terminal controls, workflow commands, right-to-left
overrides.  Each format has one function that turns such text into inert text of that format:

| format          | function                         | what it neutralises                                     |
| --------------- | -------------------------------- | ------------------------------------------------------- |
| terminal, log   | `terminal`                       | control, bidi and invisible characters, line breaks     |
| HTML            | `html`                           | markup and quotes, the characters above                 |
| Markdown        | `markdown`, `markdown_code`      | every mark that can start a construct; long fences      |
| XML             | `xml`                            | markup and quotes, code points that XML 1.0 forbids     |
| GitHub commands | `github_data`, `github_property` | percent sign, CR, LF; in properties also `:` and `,`    |
| CSV             | `csv_cell`                       | quotes, and what a spreadsheet would take for a formula |
"""

from __future__ import annotations

import re
import unicodedata

# Cc control, Cf format (bidi, zero width, tags), Cs lone surrogates, Co private use, Zl and Zp line separators.
_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Marks that can start a construct anywhere; at the start also headings, lists, quotes and rules; and what turns bare
# text into a link or an emoji (`https://`, `www.`, `:name:`).  Round brackets and `!` act only beside a square one.
_MARKDOWN = re.compile(r"[\\`*_\[\]|~$]|^[#+\-=>]|:(?=[/\w])|(?<=\bwww)\.", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def _shown(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: object, keep: str = "") -> str:
    r"""The text with control, bidi and invisible characters shown as escapes (`\x1b`); those in `keep` stay."""
    raw = str(text)
    if raw.isascii() and raw.isprintable():
        return raw
    return "".join(_shown(char) if unicodedata.category(char) in _SHOWN and char not in keep else char for char in raw)


def terminal(text: object) -> str:
    r"""One line of inert text: nothing moves the cursor, changes a colour, or forges a second line."""
    return visible(text)


def html(text: object) -> str:
    """Text for an element's content or a quoted attribute; line breaks and tabs stay."""
    return "".join(_HTML.get(char, char) for char in visible(text, keep="\n\t"))


def xml(text: object) -> str:
    """Text for XML 1.0 content or a quoted attribute; what XML cannot hold is shown as an escape."""
    return "".join(_shown(char) if ord(char) in (0xFFFE, 0xFFFF) else char for char in html(text))


def markdown(text: object) -> str:
    """Inline Markdown text on one line: no construct can start, no table cell can end, no HTML opens."""
    line = visible(" ".join(str(text).split("\n")).lstrip())
    marked = _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", line))
    return marked.replace("&", "&amp;").replace("<", "&lt;")


def markdown_code(text: object) -> str:
    """An inline code span whose fence is longer than any run of backticks inside; pipes are safe outside tables."""
    line = visible(" ".join(str(text).split("\n")))
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def markdown_block(text: object, language: str = "") -> str:
    """A fenced block whose fence is longer than any run of backticks inside."""
    body = visible(text, keep="\n")
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def github_data(text: object) -> str:
    """The message of a workflow command."""
    shown = visible(text, keep="\r\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: object) -> str:
    """A property of a workflow command (`file=`, `title=`)."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


# What begins a formula in a spreadsheet, also behind blanks, at the start of a line, and in full-width form.
_FORMULA = re.compile(r"(?m)^(?=[^\S\n]*[=+\-@|\uff1d\uff0b\uff0d\uff20])")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def csv_cell(text: object) -> str:
    """A quoted cell that no spreadsheet runs: `'` stands before what would begin a formula; a plain number stays one.

    >>> csv_cell('=HYPERLINK("x")'), csv_cell("-2.5"), csv_cell("O'Neil, Ada")
    ('"\\'=HYPERLINK(""x"")"', '"-2.5"', '"O\\'Neil, Ada"')
    """
    shown = visible(text, keep="\n")
    if not _PLAIN_NUMBER.fullmatch(shown):
        shown = _FORMULA.sub("'", shown)
    return '"' + shown.replace('"', '""') + '"'
