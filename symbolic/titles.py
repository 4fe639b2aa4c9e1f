r"""The title of a document as a line of plain text: marks of Markdown and TeX taken away, Greek letters as letters.

## 2. The flow $\dot z = \tanh(z^3)$:      ->  2. The flow dot z = tanh(z^3)
\section*{Energies \& scores}              ->  Energies & scores
"""

from __future__ import annotations

import re

from .vocabulary import GREEK

LONGEST = 120
_LETTERS = {name: letter for letter, name in GREEK.items() if letter not in "ϕϵϑς"}
_HEADING = re.compile(r"\\(?:title|(?:sub)*section|chapter|part)\*?\s*(?:\[[^\]]*\])?\s*\{(.*)\}\s*$")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?\s?")
_STYLE = frozenset(("text", "textbf", "textit", "emph", "mathbf", "mathrm", "boldsymbol", "mathcal", "mathbb", "bm"))
_SIGNS = {"times": "x", "cdot": "·", "to": "→", "infty": "∞", "leq": "≤", "geq": "≥", "le": "≤", "ge": "≥", "in": "∈"}


def plain_title(text: str) -> str:
    r"""The words of a heading.

    >>> plain_title("## **Flows** in $\\mathbb{R}^2$ with $\\sigma > 0$:")
    'Flows in R^2 with σ > 0'
    >>> plain_title(r"\section*{Energies \& scores}")
    'Energies & scores'
    """
    line = text.strip().strip("#").strip()
    heading = _HEADING.match(line)
    line = heading[1] if heading else line
    line = re.sub(r"\\([&%#_$])", r"\1", re.sub(r"[*`$]|\\[()\[\]]", "", line))
    line = _COMMAND.sub(_word, line)
    line = re.sub(r"[{}\\]|(?<!\w)_|_(?!\w)", "", line)
    return re.sub(r"\s+", " ", line).strip().rstrip(":;,. ").strip()[:LONGEST]


def _word(match: re.Match[str]) -> str:
    name = match[1]
    if name in _STYLE:
        return ""
    spaced = match[0].endswith(" ")
    return (_LETTERS.get(name) or _SIGNS.get(name) or name) + (" " if spaced else "")
