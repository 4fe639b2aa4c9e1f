r"""TeX text -> atoms: control sequences and single characters, each with its place; no meaning yet.

`\begin{name}`, `\end{name}` and a row break with its skip (`\\[2pt]`) are one atom each, as are the relations written
with two characters (`:=`, `<=`, `->`).  An atom that a macro made carries the place of the call, not of the definition.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ATOM = re.compile(
    r"\\(?:begin|end)[ ]?\{[A-Za-z]{1,24}\*?\}"
    r"|\\\\\*?(?:[ ]*\[[^\[\]\r\n]{0,20}(?:pt|em|ex|mm|cm|baselineskip)\])?"
    r"|\\(?:[A-Za-z]+|.|\Z)"
    r"|%[^\r\n]*(?:\r\n|\r|\n|\Z)"
    r"|\s+|:=|=:|<=|>=|==|=>|->|\#[1-9]|.",
    re.DOTALL,
)


class Atom(NamedTuple):
    """`text` is what TeX would see; [start, stop) its place in the document, or the place of the macro call.

    `macro` names the outermost macro that made it ("" when it stands in the document); `level` counts the macros
    around it; a `fixed` atom keeps the meaning that it had before any redefinition; `problem` says why it is unread.
    """

    text: str
    start: int
    stop: int
    macro: str = ""
    level: int = 0
    fixed: bool = False
    problem: str = ""

    @property
    def is_space(self) -> bool:
        return self.text[:1].isspace() or self.text[:1] == "%"


def atoms_of(text: str, start: int = 0, stop: int | None = None) -> list[Atom]:
    r"""The atoms of the piece [start, stop).

    >>> [a.text for a in atoms_of(r"\frac12 \\[2pt] x:=1")]
    ['\\frac', '1', '2', ' ', '\\\\[2pt]', ' ', 'x', ':=', '1']
    """
    end = len(text) if stop is None else stop
    return [Atom(match[0], match.start(), match.end()) for match in _ATOM.finditer(text, start, end)]


def without_braces(argument: list[Atom]) -> list[Atom]:
    """The content of an argument with or without its braces."""
    first = next((i for i, atom in enumerate(argument) if not atom.is_space), 0)
    found = argument[first:]
    return found[1:-1] if len(found) >= 2 and found[0].text == "{" and found[-1].text == "}" else found


def spelled(atoms: list[Atom]) -> str:
    """The text that atoms stand for."""
    return "".join(atom.text for atom in atoms)
