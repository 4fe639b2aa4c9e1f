r"""Mathematics in running text without any marks: `covariance I`, `AA^T`, `Z_ϕ`, `t^*`, `N(0, I)`, `θ`.

A converter from PDF loses the dollars.  Only what consists of known names counts: the names of the document are an
argument, and nothing is guessed.  The words `a`, `A` and `I` are articles and pronouns as well; they count where the
words around them say so ("covariance I ,", "A is invertible") and not before a noun ("A naive approach").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .blocks import Block
from .plain import canonical_name
from .source import Source, Span

_LETTER = r"[^\W\d_ᵀ²³ⁿ]"
_SCRIPT = r"(?:\^\{[^{}\s]{1,12}\}|\^[*+]|\^-?[0-9A-Za-z]+|_\{[^{}\s]{1,12}\}|[²³ᵀ⊤ⁿ]|\*(?![*\w])|['′](?!\w))"
_NAME = rf"{_LETTER}+[0-9]*(?:_\{{[^{{}}\s]{{1,12}}\}}|_[^\W_ᵀ²³]+)?"
_RUN = re.compile(rf"(?<![\w\\^_*/@.'’-])(?:{_NAME}{_SCRIPT}*)+(?:(?P<call>\((?=[^()\n]{{0,60}}\)))|(?![\w@]|\.\w))")
_INSIDE = re.compile(rf"{_NAME}|\d+(?:\.\d+)?")
_FACTOR = re.compile(rf"(?P<name>{_NAME})(?P<rest>{_SCRIPT}*)")
_SHORT_WORDS = frozenset(
    (
        *("So", "To", "Up", "Us", "We", "Am", "An", "As", "At", "Be", "By", "Do", "Ex", "Go"),
        *("He", "Hi", "If", "In", "Is", "It", "Me", "My", "No", "Of", "On", "Or"),
    )
)
_ALWAYS = frozenset(("N", "I", "T"))
_AMBIGUOUS = frozenset(("a", "A", "I"))
_VERBS = frozenset(
    (
        *(
            "is",
            "are",
            "has",
            "be",
            "and",
            "or",
            "with",
            "in",
            "by",
            "into",
            "as",
            "to",
            "of",
            "on",
            "at",
            "for",
            "from",
        ),
        *("equals", "denotes", "we", "then", "must", "acts", "maps", "does", "can", "such", "that", "where", "which"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseMath:
    """A formula in running text: its plain notation as written, its place, and the known names in it."""

    text: str
    span: Span
    names: tuple[str, ...]


def prose_math(source: Source, block: Block, names: Collection[str]) -> tuple[ProseMath, ...]:
    """The formulas of a block of prose that consist of known names.

    `names` are canonical (`Z`, `phi`, `Z_phi`); the laws' N and the identity I are known everywhere.
    """
    known = frozenset(names)
    return tuple(_found(source, block.inner_start, block.inner_stop, known))


def _found(source: Source, start: int, stop: int, known: frozenset[str]) -> Iterator[ProseMath]:
    text = source.text
    position = start
    while match := _RUN.search(text, position, stop):
        position = end = match.end()
        head = text[match.start() : match.start("call") if match["call"] else end]
        factors = factors_of(head, known)
        if factors is None:
            continue
        if match["call"]:
            close = text.index(")", end)
            inside = _INSIDE.findall(text[end:close])
            fits = all(word[0].isdigit() or factors_of(word, known) is not None for word in inside) and bool(inside)
            end = close + 1 if fits else match.start("call")
            position = close + 1 if fits else position
            if fits:
                factors = (
                    *factors,
                    *(n for word in inside if not word[0].isdigit() for n in factors_of(word, known) or ()),
                )
        written = text[match.start() : end]
        if written in ("N", "T") or (written in _AMBIGUOUS and not _is_name(text, match.start(), end, stop)):
            continue
        yield ProseMath(text=written, span=source.span(match.start(), end), names=tuple(dict.fromkeys(factors)))


def factors_of(word: str, known: frozenset[str]) -> tuple[str, ...] | None:
    """The known names that a written run is made of, or None: `AA^T` is A, A; `cat` is nothing.

    >>> known = frozenset({"A", "Z_phi", "t"})
    >>> [factors_of(word, known) for word in ("AA^T", "Z_ϕ", "At", "cat")]
    [('A', 'A'), ('Z_phi',), None, None]
    """
    found: list[str] = []
    position = 0
    while position < len(word):
        match = _FACTOR.match(word, position)
        if match is None:
            return None
        parts = _split(match["name"], known)
        if parts is None:
            return None
        found += parts
        position = match.end()
    return tuple(found) or None


def _split(name: str, known: frozenset[str]) -> list[str] | None:
    """A name, or juxtaposed names of one letter (`AZ`, `Ax`), unless they spell a word."""
    whole = canonical_name(name.replace("{", "").replace("}", ""))
    if whole in known or whole in _ALWAYS:
        return [whole]
    letters, _, index = name.partition("_")
    capitals = sum(letter.isupper() or not letter.isascii() for letter in letters)
    if capitals < len(letters) and (len(letters) > 2 or not capitals or letters in _SHORT_WORDS):
        return None
    parts = [canonical_name(letter) for letter in letters]
    if index:
        parts[-1] = canonical_name(f"{letters[-1]}_{index.strip('{}')}")
    return parts if len(parts) > 1 and all(part in known or part in _ALWAYS for part in parts) else None


def _is_name(text: str, start: int, end: int, stop: int) -> bool:
    """Whether a lone a, A or I in a sentence is a name: no noun follows it."""
    following = re.compile(r"[ \t]*([A-Za-z]+)").match(text, end, stop)
    if following is None:
        return True
    word = following[1]
    if text[start:end] == "I":
        return word == "is" or (start > 0 and text[:start].rstrip().endswith(("covariance", "identity", "matrix")))
    return word.lower() in _VERBS
