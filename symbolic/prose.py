r"""What prose declares and claims: a closed list of sentence patterns, each with its place.

    X is [a] [standard] Gaussian [..] with mean M and covariance S       X ~ N(M, S)
    X is [a] standard normal [in two dimensions]                         X ~ N(0, I)
    W is a d x k matrix; a d x k matrix W                   W \in R^{d x k}
    X and Y are independent; X is independent of Y          X \perp Y, for all names of the sentence
    the inverse of M is:  (a display)                                    M^{-1} = first side of the display
    the determinant | trace | transpose of M is:  (a display)            likewise

Names and mathematics in a sentence may be written between dollars or as plain text (`covariance I`, `AA^T`), as they
are after a conversion from PDF.  Everything else in prose is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .reading import read_syntax
from .said import Said
from .source import ReadError, Source, Span
from .syntax import Group, Relation, Syntax, Word
from .syntax import Sequence as Juxtaposed

_MATH = r"(?:\$[^$\n]{1,200}\$|\\\([^\n]{1,200}?\\\))"
_NAME = rf"(?:{_MATH}|[A-Zα-ωΑ-Ω](?:_\w)?)"
_TERM = rf"(?:{_MATH}|zero|0|the identity(?: matrix)?|identity|[A-Za-zΣσμ](?:[A-Za-z])?(?:\^T|\^\{{T\}})?)"
_GAUSSIAN = r"(?:multivariate\s+|bivariate\s+|jointly\s+)?(?:Gaussian|normal|normally\s+distributed|Normal)"
_LAW = re.compile(
    rf"(?P<name>{_NAME})\s+(?:is|be|was|are|follows?)\s+(?:also\s+)?(?:an?\s+)?{_GAUSSIAN}(?:\s+(?:random\s+)?(?:vector|variable))?"
    rf"\s*,?\s+with\s+(?:zero\s+)?mean\s+(?:vector\s+)?(?P<mean>{_TERM})\s*,?\s+and\s+(?:co)?variance\s+(?:matrix\s+)?(?P<covariance>{_TERM})"
)
_STANDARD = re.compile(
    rf"(?P<name>{_NAME})\s+(?:is|be|are|follows?)\s+(?:an?\s+)?standard\s+{_GAUSSIAN}(?:\s+(?:random\s+)?(?:vector|variable))?"
)
_SIZE = r"(?P<rows{0}>\w{{1,3}})\s*(?:\\times|\\,|\s)*\\times\s*(?P<columns{0}>\w{{1,3}})"
_ADJECTIVES = r"(?:(?:real|constant|fixed|known|invertible|symmetric|given|square|weight|loading)\s+)*"
_SIZED = re.compile(
    rf"(?P<name>{_MATH})\s+(?:is|be|denotes?)\s+an?\s+{_ADJECTIVES}\$\s*{_SIZE.format('')}\s*\$[\s-]+{_ADJECTIVES}matrix"
    rf"|\$\s*{_SIZE.format('_after')}\s*\$[\s-]+{_ADJECTIVES}matrix\s+(?P<after>{_MATH})"
)
_SENTENCE = re.compile(r"(?:\$[^$]*\$|[^.$]|\.(?!\s|$))+")
_INDEPENDENT = re.compile(r"(?<!not )(?<!linearly )\bindependent|\bi\.i\.d|\biid\b", re.IGNORECASE)
_OPERATION = re.compile(
    rf"[Tt]he\s+(?P<noun>inverse|determinant|trace|transpose)\s+of\s+(?:the\s+matrix\s+)?(?P<of>{_MATH}|[A-Z])\s+(?:is|equals|becomes)\s*:?\s*$"
)
_OPERATIONS = {"inverse": "inv", "determinant": "det", "trace": "tr", "transpose": "transpose"}
_WORDS = {"zero": "0", "the identity": "I", "the identity matrix": "I", "identity": "I"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A claim that a sentence makes about the display behind it: `noun` of `of` is that display."""

    noun: str
    of: Syntax
    span: Span


def said_in_prose(source: Source, pieces: Sequence[tuple[int, int]]) -> Iterator[Said]:
    """Laws that sentences declare, in the pieces (paragraphs) of a source."""
    for start, stop in pieces:
        text = source.text[start:stop]
        for match in _LAW.finditer(text):
            found = law_said(source, start, match, match["mean"], match["covariance"])
            if found is not None:
                yield found
        for match in _STANDARD.finditer(text):
            found = law_said(source, start, match, "0", "I")
            if found is not None:
                yield found
        yield from independent_said(source, start, text)
        yield from sizes_said(source, start, text)


def sizes_said(source: Source, start: int, text: str) -> Iterator[Said]:
    r"""`$W$ is a $d \times k$ matrix`, `a $d \times k$ matrix $W$`: where the name lives."""
    for match in _SIZED.finditer(text):
        span = source.span(start + match.start(), start + match.end())
        name = math_in(match["name"] or match["after"], source, span)
        rows, columns = ((match[side] or match[f"{side}_after"]).strip() for side in ("rows", "columns"))
        space = math_in(rf"\mathbb{{R}}^{{{rows} \times {columns}}}", source, span)
        if isinstance(name, Word) and space is not None:
            yield Said(relation="in", lhs=name, rhs=space, span=span, inline=True)


def independent_said(source: Source, start: int, text: str) -> Iterator[Said]:
    """Pairs of names of a sentence that says that they are independent."""
    for sentence in _SENTENCE.finditer(text):
        if _INDEPENDENT.search(sentence[0]) is None or re.search(r"\bnot\s+independent", sentence[0]):
            continue
        span = source.span(start + sentence.start(), start + sentence.end())
        names: list[Word] = []
        for piece in re.finditer(_MATH, sentence[0]):
            names.extend(listed_names(math_in(piece[0], source, span)))
        for word in indexed_words(sentence[0], source, span):
            mark = Word(f"{word.text.partition('_')[0]}_", span, word.raw)
            yield Said(relation="perp", lhs=mark, rhs=mark, span=span, inline=True)
        for i, second in enumerate(names):
            for first in names[:i]:
                if first.text != second.text:
                    yield Said(relation="perp", lhs=first, rhs=second, span=span, inline=True)


def indexed_words(sentence: str, source: Source, span: Span) -> Iterator[Word]:
    r"""`x_1`, `\varepsilon_i` of `$x_1, \dots, x_n$`: names of a sample."""
    for piece in re.finditer(_MATH, sentence):
        for match in re.finditer(r"(?:\\[A-Za-z]+|[A-Za-z])_(?:\w|\{\w+\})", piece[0]):
            found = math_in(match[0], source, span)
            if isinstance(found, Word):
                yield found


def listed_names(syntax: Syntax | None) -> list[Word]:
    """The names of `X`, `X \\sim N(0, 1)`, `X, Y`."""
    items = syntax.items if isinstance(syntax, Group) and syntax.open == "{" else (syntax,)
    return [item for item in items if isinstance(item, Word)]


def law_said(source: Source, start: int, match: re.Match[str], mean: str, covariance: str) -> Said | None:
    """`X ~ N(mean, covariance)` from the pieces of a sentence."""
    span = source.span(start + match.start(), start + match.end())
    name = math_in(match["name"], source, span)
    inside = [math_in(_WORDS.get(part, part), source, span) for part in (mean, covariance)]
    if name is None or any(part is None for part in inside):
        return None
    arguments = Group("(", tuple(part for part in inside if part is not None), span)
    law = Juxtaposed((Word("N", span, "N"), arguments), span)
    return Said(relation="~", lhs=name, rhs=law, span=span, inline=True)


def math_in(text: str, source: Source, span: Span) -> Syntax | None:
    """Mathematics of a sentence, in dollars or plain; None when it cannot be read."""
    inner = text.strip()
    for left, right in (("$", "$"), ("\\(", "\\)")):
        if inner.startswith(left) and inner.endswith(right) and len(inner) > len(left):
            inner = inner[len(left) : -len(right)]
    try:
        found = read_syntax(inner, "tex", source, span)
    except ReadError:
        return None
    # `$X = (X_1, X_2)^T$ is Gaussian`: the sentence is about X.
    return found.sides[0] if isinstance(found, Relation) else found


def sentence_before(source: Source, start: int, stop: int) -> Sentence | None:
    """The sentence that ends a paragraph just before a display and claims what the display is."""
    text = source.text[start:stop].rstrip()
    match = _OPERATION.search(text)
    if match is None:
        return None
    span = source.span(start + match.start(), start + match.end())
    of = math_in(match["of"], source, span)
    return None if of is None else Sentence(noun=_OPERATIONS[match["noun"]], of=of, span=span)
