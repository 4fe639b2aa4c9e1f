r"""Functions that a document declares by where they lead, and laws that it declares by the name of their density.

    f: \mathbb{R}^n \to \mathbb{R}^m            an undefined smooth function
    Z has density p_Z                           a law of which nothing else is known
    p and q are densities                       two such laws, named by their densities
    \sigma is the logistic function             \sigma(x) = 1/(1 + e^{-x})
    f is an invertible | smooth | .. function   an undefined function of one number
    f is a real number                          and no function, whatever the letter

The last five are sentences; this is the whole list, beside that of `prose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .context import Context, Entry, FreeLaw
from .domains import ZERO, Bound, Domain
from .notation import Declaration
from .prose import _MATH, _NAME, math_in
from .source import Source, Span
from .syntax import Word
from .tree import Apply, Name

_LETTER = r"\\?[A-Za-z]+(?:_(?:\\?[A-Za-z]+|\d|\{[\w\\]+\}))?"
_TYPED = re.compile(rf"\s*(?P<names>{_LETTER}(?:\s*,\s*{_LETTER})*)\s*(?::|\\colon\b)\s*(?P<source>.+?)\s*")
_SPACE = re.compile(r"(?:\\mathbb\s*\{?\s*R\s*\}?|\\R\b)(?:\^\{?(?P<size>\w+)\}?)?(?P<half>_\{?(?:\+|>\s*0)\}?)?")
_POSITIVE = re.compile(r"[(\[]\s*0\s*,\s*(?:\\infty|1)\s*[)\]]")
_SMOOTH = r"(?:(?:invertible|smooth|differentiable|continuous|bijective|monotone|increasing|one-to-one|and|,)\s*)+"
_DENSITY = r"(?:positive\s+)?(?:probability\s+)?densit"
PATTERNS = {
    "density": re.compile(
        rf"(?P<name>{_NAME})\s+(?:(?:be|is)\s+an?\s+(?:\w+\s+)?random\s+(?:variable|vector)\s+with|has|have|having|with)"
        rf"\s+(?:an?\s+|the\s+)?{_DENSITY}y\s+(?P<other>{_MATH}|p_\w)"
    ),
    "densities": re.compile(rf"(?P<name>{_MATH})\s+and\s+(?P<other>{_MATH})\s+(?:be|are)\s+(?:two\s+)?{_DENSITY}ies"),
    "for densities": re.compile(rf"{_DENSITY}ies\s+(?P<name>{_MATH})\s+and\s+(?P<other>{_MATH})"),
    "logistic": re.compile(
        rf"(?P<name>{_MATH})\s+(?:is|be|denotes?|for)\s+the\s+(?:logistic|sigmoid)(?:\s+sigmoid)?\s+function"
    ),
    "function": re.compile(
        rf"(?P<name>{_MATH})\s+(?:is|be|are)\s+(?:an?\s+)?{_SMOOTH}(?:functions?|maps?|bijections?)"
    ),
    "number": re.compile(
        rf"(?P<name>{_MATH})\s+(?:is|be)\s+an?\s+(?P<sign>positive\s+)?(?:real\s+number|real\s+constant)"
    ),
}
VARIABLE = "x_"


@dataclass(frozen=True, slots=True)
class Space:
    """Where a function leads from or to: a dimension, and whether the values are positive."""

    size: int | str
    positive: bool = False


def space(text: str) -> Space | None:
    r"""`\mathbb{R}^2`, `\mathbb{R}_+`, `(0, \infty)`; None for any other set."""
    if _POSITIVE.fullmatch(text.strip()):
        return Space(1, True)
    found = _SPACE.fullmatch(text.strip())
    if found is None:
        return None
    size = found["size"] or "1"
    return Space(int(size) if size.isdigit() else size, found["half"] is not None)


def typed_names(lhs: str, rhs: str) -> tuple[list[str], Domain] | None:
    r"""The names and the domain of `f, g: \mathbb{R} \to \mathbb{R}`; None for anything else."""
    found = _TYPED.fullmatch(lhs)
    source, target = (space(found["source"]), space(rhs)) if found else (None, None)
    if found is None or source is None or target is None:
        return None
    shape = () if target.size == 1 else (target.size,)
    text = f"function from R^{source.size} to R^{target.size}".replace("R^1", "R")
    domain = Domain(arity=1, shape=shape, positive_values=target.positive, text=text)
    names = [
        n.strip().lstrip("\\").replace("{", "").replace("}", "").replace("\\", "") for n in found["names"].split(",")
    ]
    return names, domain


def typed_functions(rows: Iterable[tuple[str, str, Span]]) -> Iterator[Declaration]:
    """Declarations of the rows whose relation is an arrow."""
    for lhs, rhs, span in rows:
        found = typed_names(lhs, rhs)
        for name in found[0] if found else ():
            assert found is not None
            yield open_function(name, found[1], span, "f: A -> B")


def open_function(name: str, domain: Domain, span: Span, rule: str) -> Declaration:
    """An undefined function; a definition elsewhere in the document outweighs it."""

    def build(context: Context) -> Context:
        return context.declare(Entry(name=name, kind="function", domain=domain, span=span))

    return Declaration(names=(name,), kind="function", span=span, rule=rule, build=build, strength=0, defines=False)


def declared_in_prose(source: Source, pieces: Sequence[tuple[int, int]]) -> Iterator[Declaration]:
    """Functions, numbers and laws that sentences declare."""
    for start, stop in pieces:
        text = source.text[start:stop]
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                span = source.span(start + match.start(), start + match.end())
                words = [math_in(match[g], source, span) for g in ("name", "other") if g in pattern.groupindex]
                names = [w.text for w in words if isinstance(w, Word)]
                if len(names) == len(words):
                    yield from said(kind, names, span, "sign" in pattern.groupindex and bool(match["sign"]))


def said(kind: str, names: list[str], span: Span, positive: bool) -> Iterator[Declaration]:
    if kind == "density":
        yield free_law(names[0], names[1], span)
    elif kind in ("densities", "for densities"):
        yield from (free_law(name, name, span) for name in names)
    elif kind == "logistic":
        yield logistic(names[0], span)
    elif kind == "function":
        yield open_function(names[0], Domain(arity=1, text="function(1)"), span, "f is a function")
    else:
        yield number(names[0], positive, span)


def free_law(name: str, density: str, span: Span) -> Declaration:
    """The law of an open density, in the dimension of the point of the same letter."""

    def build(context: Context) -> Context:
        point = context.get(name.lower()) if name != density else None
        size = point.domain.shape[0] if point is not None and point.kind == "vector" and point.domain.shape else 1
        return with_free_law(context, name, density, size if isinstance(size, int) else 1, span)

    names = (name,) if name == density else (name, density)
    return Declaration(names=names, kind="law", span=span, rule="a law with a density", build=build, defines=False)


def with_free_law(context: Context, name: str, density: str, dimension: int, span: Span) -> Context:
    """The law, its random name, and its density as an open positive function."""
    domain = Domain(arity=1, positive_values=True, text=f"density on R^{dimension}".replace("R^1", "R"))
    entries = [Entry(name=density, kind="function", domain=domain, of=name, span=span, rule=f"density of {name}")]
    if name != density:
        entries.insert(0, Entry(name=name, kind="law", span=span))
    return context.with_law(FreeLaw(name=name, dimension=dimension, density=density, span=span), *entries)


def logistic(name: str, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        body = Apply("sigmoid", (Name(VARIABLE),))
        domain = Domain(arity=1, text="function(1)")
        entry = Entry(name=name, kind="function", domain=domain, value=body, arguments=(VARIABLE,), span=span)
        return context.declare(entry)

    return Declaration(
        names=(name,), kind="function", span=span, rule="the logistic function", build=build, strength=0, defines=False
    )


def number(name: str, positive: bool, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        low = Bound(value=ZERO, closed=False) if positive else None
        domain = Domain(low=low, text="positive" if positive else "real")
        return context.declare(Entry(name=name, kind="scalar", domain=domain, span=span))

    return Declaration(names=(name,), kind="type", span=span, rule="a real number", build=build, defines=False)
