r"""How a document is laid out: its pieces in order, for whoever shows the document beside the verdicts.

A piece of mathematics carries TeX that can be typeset: the macros of the document are expanded, labels and equation
numbers are taken out, environments that number their rows become the same environments without numbers.  Nothing else
about the formula changes, except that small numbers can be put over given relation signs, so that a reader sees which
verdict belongs to which sign:

    a = b = c     ->     a \overset{1}{=} b \overset{2}{=} c
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..symbolic.atoms import Atom, atoms_of
from ..symbolic.blocks import Block, notation_of, read_blocks
from ..symbolic.macros import Macros
from ..symbolic.relation_words import ARROWS, RELATIONS, SIMPLE
from ..symbolic.source import Source
from .material import is_problem

# An environment of its own, and what typesets its content as one display without numbers.
_INNER = {
    "align": "aligned",
    "alignat": "alignedat",
    "flalign": "aligned",
    "gather": "gathered",
    "multline": "gathered",
    "split": "aligned",
    "eqnarray": "array",
}
_ARGUMENT = {"alignedat": "", "array": "{rcl}"}
_DROPPED = frozenset((r"\label", r"\tag", r"\eqref", r"\intertext", r"\shortintertext"))
_BARE = frozenset((r"\notag", r"\nonumber", r"\displaybreak", r"\allowdisplaybreaks", r"\qedhere"))
_RENAMED = {r"\textbf": r"\text", r"\textit": r"\text", r"\emph": r"\text", r"\mbox": r"\text", r"\hbox": r"\text"}
_WORD = re.compile(r"\\[A-Za-z]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece [start, stop) of a document.

    Attributes:
        kind: prose, heading, inline, display, code, twofold, comment, macros or preamble.
        text: the content as it stands in the source, without its delimiters; it begins at `inner`.
        tex: for mathematics, TeX that can be typeset; "" where it could not be made.
        atoms: for mathematics, what it consists of after the expansion of macros, each with its place.
        level: of a heading, from 1.
        whole: the piece with its delimiters.
    """

    kind: str
    start: int
    stop: int
    line: int
    end_line: int
    text: str
    whole: str
    inner: int
    tex: str = ""
    level: int = 0
    atoms: tuple[Atom, ...] = ()


def is_document(name: str, text: str) -> bool:
    """Whether a source is a document that can be shown (a problem file is a table, not a text)."""
    return bool(text.strip()) and not is_problem(Source(name, text))


def is_latex(name: str, text: str) -> bool:
    """Whether the prose of a document is LaTeX (else Markdown)."""
    return notation_of(Source(name, text)) == "latex"


def offset_of(name: str, text: str, places: list[tuple[int, int]]) -> list[int]:
    """The offsets of places (line, column), both from 1; a place outside of the text is -1."""
    starts = Source(name, text).line_starts
    found = []
    for line, column in places:
        inside = 1 <= line <= len(starts) and column >= 1
        offset = starts[line - 1] + column - 1 if inside else -1
        found.append(offset if offset <= len(text) else -1)
    return found


def layout(name: str, text: str, signs: Mapping[int, str] | None = None) -> tuple[Piece, ...]:
    """The pieces of a document in order; the mathematics of a heading follows the heading that contains it.

    Args:
        name: the name of the source; it tells LaTeX from Markdown.
        text: the source.
        signs: for the offset of a relation sign, what stands over it.
    """
    source, macros = Source(name, text), Macros()
    found = []
    for block in read_blocks(source):
        atoms: list[Atom] = []
        if block.kind in ("preamble", "macros"):
            macros.collect(text, block.inner_start, block.inner_stop)
        elif block.is_mathematics and not block.broken:
            expansion = macros.expand(atoms_of(text, block.inner_start, block.inner_stop))
            atoms = [] if expansion.problem else expansion.atoms
        found.append(_piece(source, block, typeset_source(block, atoms, signs or {}), atoms))
    return tuple(found)


def _piece(source: Source, block: Block, tex: str, atoms: list[Atom]) -> Piece:
    return Piece(
        kind=block.kind,
        start=block.start,
        stop=block.stop,
        line=source.place(block.start)[0],
        end_line=source.place(max(block.start, block.stop - 1))[0],
        text=source.text[block.inner_start : block.inner_stop],
        whole=source.text[block.start : block.stop],
        inner=block.inner_start,
        tex=tex,
        level=block.level,
        atoms=tuple(atoms),
    )


def tex_between(pieces: Sequence[Piece], start: int, stop: int) -> str:
    """The TeX of a stretch of one formula with macros expanded, without the relation sign that it begins with."""
    index = bisect_right([piece.start for piece in pieces], start) - 1
    if index < 0 or stop > pieces[index].stop:
        return ""
    atoms = [atom for atom in pieces[index].atoms if start <= atom.start and atom.stop <= stop]
    first = next((i for i, atom in enumerate(atoms) if not atom.is_space), 0)
    begins = bool(atoms) and is_relation(atoms[first].text)
    return joined(_shown(atoms[first + 1 :] if begins else atoms, {})).strip()


def typeset_source(block: Block, atoms: list[Atom], signs: Mapping[int, str]) -> str:
    """The TeX of a block without what has no place in a typeset formula; "" if it could not be expanded."""
    if not atoms:
        return ""
    body = joined(_shown(atoms, signs))
    inner = _INNER.get(block.environment.rstrip("*"), "")
    if inner == "alignedat":
        body, inner = re.sub(r"^\s*\{\d+\}", "", body), "aligned"
    return rf"\begin{{{inner}}}{_ARGUMENT.get(inner, '')}{body}\end{{{inner}}}" if inner else body


def _shown(atoms: list[Atom], signs: Mapping[int, str]) -> list[str]:
    found: list[str] = []
    waiting = dict(signs)
    index = 0
    while index < len(atoms):
        atom = atoms[index]
        if atom.text in _DROPPED:
            index = _behind_argument(atoms, index + 1)
            continue
        if atom.start in waiting and is_relation(atom.text):
            found.append(rf"\overset{{{waiting.pop(atom.start)}}}{{{_spelled(atom.text)}}}")
        elif atom.text[:1] == "%":
            found.append("\n")
        elif atom.text not in _BARE:
            found.append(_environment(_RENAMED.get(atom.text, atom.text)))
        index += 1
    return found


def _behind_argument(atoms: list[Atom], index: int) -> int:
    """The index behind the argument in braces that begins at `index` (after spaces and a star), if one does."""
    while index < len(atoms) and (atoms[index].is_space or atoms[index].text == "*"):
        index += 1
    depth = 0
    while index < len(atoms):
        depth += {"{": 1, "}": -1}.get(atoms[index].text, 0)
        index += 1
        if depth <= 0:
            break
    return index


def _spelled(text: str) -> str:
    return r"\lt" if text == "<" else r"\gt" if text == ">" else text


def _environment(text: str) -> str:
    """`\\begin{align*}` inside of a display (as converters write it) as the inner environment."""
    match = re.fullmatch(r"\\(begin|end)[ ]?\{([A-Za-z]+)\*?\}", text)
    if not match:
        return text
    if match[2] in ("equation", "displaymath", "subequations"):
        return ""
    inner = _INNER.get(match[2], match[2])
    argument = _ARGUMENT.get(inner, "") if match[1] == "begin" and inner != match[2] else ""
    return rf"\{match[1]}{{{inner}}}{argument}"


def is_relation(text: str) -> bool:
    r"""Whether an atom is a relation sign: `=`, `\le`, `\Rightarrow`.

    >>> [is_relation(t) for t in ("=", r"\approx", "+", "(", r"\frac")]
    [True, True, False, False, False]
    """
    return SIMPLE.get(text, ("", ""))[0] in ("relation", "arrow") or (
        text[:1] == "\\" and (text[1:] in RELATIONS or text[1:] in ARROWS)
    )


def joined(texts: list[str]) -> str:
    """Atoms as TeX again: a control word and a letter behind it stay apart."""
    found: list[str] = []
    for text in texts:
        if found and text[:1].isalpha() and _WORD.search(found[-1]):
            found.append(" ")
        if text:
            found.append(text)
    return "".join(found)
