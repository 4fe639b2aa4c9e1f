r"""Surface syntax: what the parser makes of the tokens, before any name has a meaning.

A notation (plain text, TeX) adds a tokenizer and a table; the parser and the elaborator are the same for all.
Juxtaposed factors stay a `Sequence`: whether `f(x)` is an application or a product is decided by the elaborator, which
knows the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .source import Span

# Limits before parsing: an expression beyond them is refused by name, never truncated.
MAX_TOKENS = 20_000
MAX_DEPTH = 48
MAX_DIGITS = 400


class Token(NamedTuple):
    """`kind` is one of number, word, function, op, relation, open, close, comma, semicolon, sub, sup, prime, bar,
    command, begin, end_environment, amp, row, text, stop.  `text` is the normalised spelling, `raw` the written one."""

    kind: str
    text: str
    span: Span
    raw: str = ""


class Walked:
    """Syntax with parts remembers the names and the calls in it, which many rules ask for (`shapes_of_syntax`)."""

    __slots__ = ("_calls", "_words")


@dataclass(frozen=True, slots=True)
class Num:
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name as written, normalised: Greek letters by their Latin names, one name per letter in TeX."""

    text: str
    span: Span
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Upright words inside a formula (`\\text{..}`)."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Infix(Walked):
    """`op` is add, sub, neg, pos, mul, div or a separator: given (x | y), semicolon (x; y)."""

    op: str
    args: tuple[Syntax, ...]
    span: Span
    mark: Span | None = None


@dataclass(frozen=True, slots=True)
class Relation(Walked):
    """`a = b <= c`: sides and the relations between them."""

    sides: tuple[Syntax, ...]
    relations: tuple[Token, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence(Walked):
    """Juxtaposed factors, in order."""

    items: tuple[Syntax, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Group(Walked):
    """Brackets: `open` is ( [ { | or ||; `items` are separated by commas."""

    open: str
    items: tuple[Syntax, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Script(Walked):
    """A base with a subscript, a superscript, and primes."""

    base: Syntax
    sub: Syntax | None
    sup: Syntax | None
    primes: int
    span: Span


@dataclass(frozen=True, slots=True)
class Command(Walked):
    """A command with arguments: frac, sqrt, binom, an accent, a named operator."""

    name: str
    args: tuple[Syntax, ...]
    option: Syntax | None
    span: Span


@dataclass(frozen=True, slots=True)
class Rows(Walked):
    """A matrix or cases environment."""

    environment: str
    rows: tuple[tuple[Syntax, ...], ...]
    span: Span


Syntax = Num | Word | Text | Infix | Relation | Sequence | Group | Script | Command | Rows
