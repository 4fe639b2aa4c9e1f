r"""From a text in some notation to a tree: tokens, syntax, elaboration; places are exact where the text is verbatim."""

from __future__ import annotations

import re
from dataclasses import replace

from . import plain
from .context import Context
from .domains import Domain, constant, contradiction, nearest_word, split_conditions, with_bound, with_words
from .elaborate import Elaborator
from .parser import parse
from .source import ReadError, Source, Span
from .syntax import Group, Relation, Sequence, Syntax, Token, Word
from .tree import Apply, Name, Node, walk

MAX_BITS = 100_000
MAX_FACTORIAL = 5_000


def looks_like_tex(text: str) -> bool:
    """A backslash or braces: what plain notation never has."""
    return "\\" in text or "{" in text


def tokens_of(text: str, notation: str, source: Source, span: Span) -> list[Token]:
    """Tokens with spans in `source`: exact where the text stands there verbatim, else the whole of `span`."""
    verbatim = source.text[span.start : span.stop] == text
    where = source if verbatim else Source(source.name, text)
    start, stop = (span.start, span.stop) if verbatim else (0, len(text))
    try:
        if notation == "tex":
            from . import latex

            tokens = latex.tokenize(where, start, stop)
        else:
            tokens = plain.tokenize(where, start, stop)
    except ReadError as error:
        raise error if verbatim else ReadError(error.message, span, error.hint) from None
    return tokens if verbatim else [token._replace(span=span) for token in tokens]


def read_syntax(text: str, notation: str, source: Source, span: Span) -> Syntax:
    """Surface syntax of a formula.  Raises ReadError."""
    tokens = tokens_of(text, notation, source, span)
    if len(tokens) == 1:
        raise ReadError("expected a formula; got nothing", span)
    return parse(tokens, applies_in_scripts=notation == "plain")


def read_expression(text: str, context: Context, source: Source, span: Span, bound: tuple[str, ...] = ()) -> Node:
    """The tree of an expression in plain notation or TeX (told apart by its signs)."""
    notation = "tex" if looks_like_tex(text) else "plain"
    syntax = read_syntax(text, notation, source, span)
    if isinstance(syntax, Relation):
        raise ReadError("expected an expression; got a relation", syntax.relations[0].span)
    found = Elaborator(context, bound=bound).node(syntax)
    refuse_huge(found)
    return found


def refuse_huge(node: Node) -> None:
    """A declared value must be a number that can be written down: 9^9^9 is refused before anything is built."""
    for part in walk(node):
        if isinstance(part, Apply) and part.op == "pow":
            base, exponent = constant(part.args[0]), part.args[1]
            power = constant(exponent)
            tower = isinstance(exponent, Apply) and exponent.op == "pow" and constant(exponent.args[0]) is not None
            bits = 0 if base is None else max(abs(base.numerator), base.denominator).bit_length()
            if bits > 1 and (tower or (power is not None and abs(power) * bits > MAX_BITS)):
                raise ReadError("expected numbers of moderate size; got a power of thousands of digits", part.span)
        if isinstance(part, Apply) and part.op == "factorial":
            argument = constant(part.args[0])
            if argument is not None and argument > MAX_FACTORIAL:
                raise ReadError("expected numbers of moderate size; got a factorial of thousands of digits", part.span)


def finite(node: Node, what: str) -> Node:
    """The tree of a parameter of a law.  Raises ReadError where it is infinite as written."""
    refuse_huge(node)
    for part in walk(node):
        if part == Name("inf"):
            raise ReadError(f"expected finite numbers in {what}; got infinity", part.span)
        if isinstance(part, Apply) and part.op == "div" and constant(part.args[1]) == 0:
            raise ReadError(f"expected finite numbers in {what}; got a division by zero", part.span)
    return node


def law_call(syntax: Syntax) -> tuple[str, Group] | None:
    """`N(m, S)` as a name and its arguments."""
    if isinstance(syntax, Sequence) and len(syntax.items) == 2:
        head, arguments = syntax.items
        if isinstance(head, Word) and isinstance(arguments, Group):
            return {"calN": "N"}.get(head.text, head.text), arguments
    return None


def read_domain(text: str, name: str, context: Context, source: Source, span: Span) -> Domain:
    """A domain from its words (see `symbolic/domains.py`).

    Raises:
        ReadError: a word that is not of the list, an empty interval, a bound that is no number or name.
    """
    domain = Domain(text=text.strip())
    if not text.strip():
        raise ReadError("expected a domain such as 'real' or 'positive'; got nothing", span)
    try:
        for part in split_conditions(text):
            domain, rest = with_words(domain, part, Name(name))
            if rest:
                domain = _with_condition(domain, rest, name, context, source, span)
    except ValueError as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"{error} in the domain of '{name}'", span) from None
    if reason := contradiction(domain):
        raise ReadError(f"expected a domain that something can live in; {reason}: '{text.strip()}'", span)
    return domain


def no_domain(text: str, span: Span) -> ReadError:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return ReadError(f"expected a domain such as 'positive' or '(0,1)'; got '{shown}'", span, nearest_word(text))


def _with_condition(domain: Domain, rest: str, name: str, context: Context, source: Source, span: Span) -> Domain:
    local = Source(source.name, rest)
    try:
        if rest[0] in "([" and rest[-1] in ")]" and rest.count(",") == 1:
            return _interval(domain, rest, name, context, local)
        if rest[0] == "[":
            return replace(domain, value=read_expression(rest, context, local, local.span(0, len(rest))))
        if rest[0] in "<>=":
            length = 2 if rest[1:2] == "=" else 1
            value = read_expression(rest[length:].strip(), context, *_piece(local, rest, length))
            return with_bound(domain, "=" if rest[:length] == "==" else rest[:length], value, Name(name))
        if re.fullmatch(r"[A-Za-z ]+(\([^()]*\))?", rest):
            raise no_domain(rest, span)
        syntax = read_syntax(rest, "plain", local, local.span(0, len(rest)))
        if not isinstance(syntax, Relation):
            raise no_domain(rest, span)
        el = Elaborator(context, bound=(name,))
        return replace(domain, conditions=(*domain.conditions, el.comparison(syntax)))
    except ReadError as error:
        raise ReadError(f"{error.message} in the domain of '{name}'", span, error.hint) from None


def _piece(local: Source, rest: str, length: int) -> tuple[Source, Span]:
    text = rest[length:].strip()
    start = rest.index(text, length) if text else length
    return local, local.span(start, start + len(text))


def _interval(domain: Domain, text: str, name: str, context: Context, local: Source) -> Domain:
    inside = text[1:-1].split(",")
    for word, relation in zip(inside, (">=" if text[0] == "[" else ">", "<=" if text[-1] == "]" else "<"), strict=True):
        word = word.strip()
        if word.lstrip("+-") in ("inf", "oo", "infinity"):
            continue
        start = text.index(word)
        value = read_expression(word, context, local, local.span(start, start + len(word)))
        domain = with_bound(domain, relation, value, Name(name))
    return domain
