r"""Expectations whose law is written under the sign, or is a density of a chain.

    \mathbb{E}_{z \sim N(m, s^2)}[g]    \mathbb{E}_{N(z; m, s^2)}[g]
    \mathbb{E}_{q(z|x)}[g]              \mathbb{E}_{z \sim q(z|x)}[g]    E_q[g]

of one random number z, written out as an integral over the density; moments of a chain stay moments (`chain_words`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chain_densities import normal_density
from .chain_words import Asked, asked_of, event, expected, log_of_density, question, random_node
from .context import ConditionalLaw
from .shapes_of_syntax import words as every_word
from .source import ReadError, Span
from .syntax import Group, Infix, Relation, Sequence, Syntax, Word
from .tree import Apply, Bind, Name, Node, free_names, integer, mul, neg, rewrite

if TYPE_CHECKING:
    from .elaborate import Elaborator

NORMAL = ("N", "calN", "Normal", "Gaussian")


def expectation_below(el: Elaborator, below: Syntax | None, body: Syntax, span: Span) -> Node | None:
    """The expectation of `body` under the law that stands below the sign; None where it is another kind of law."""
    if below is None:
        return None
    variable: Word | None = None
    if isinstance(below, Relation) and [r.text for r in below.relations] == ["~"]:
        left = below.sides[0]
        variable = left if isinstance(left, Word) else None
        below = below.sides[1]
        if variable is None:
            return None
    head, arguments = density_call(below)
    if head is not None and head.text in NORMAL and arguments is not None:
        return under_normal(el, variable, arguments, body, span)
    letters = {c.letter for c in el.context.conditionals.values() if c.letter}
    if head is None or head.text not in letters:
        return None
    return under_chain(el, head, arguments, variable, body, span)


def density_call(syntax: Syntax) -> tuple[Word | None, Group | None]:
    """`q` and `(z | x)` of `q(z | x)`; `q` alone."""
    if isinstance(syntax, Word):
        return syntax, None
    if isinstance(syntax, Sequence) and len(syntax.items) == 2:
        head, arguments = syntax.items
        if isinstance(head, Word) and isinstance(arguments, Group) and arguments.open == "(":
            return head, arguments
    return None, None


def under_normal(el: Elaborator, variable: Word | None, arguments: Group, body: Syntax, span: Span) -> Node:
    """`E_{z ~ N(m, S)}[g]` and `E_{N(z; m, S)}[g]`."""
    if len(arguments.items) != 2:
        raise ReadError("expected a law such as N(0, 1) under the expectation", span)
    mean, covariance = arguments.items
    if isinstance(mean, Infix) and mean.op in ("semicolon", "given"):
        point = mean.args[0]
        variable = variable or (point if isinstance(point, Word) else None)
        mean = mean.args[1]
    if variable is None:
        raise ReadError("expected the random variable under the expectation", span, "write E_{z \\sim N(0, 1)}[..]")
    moments = el.node(mean), el.node(covariance)
    return integral(el, variable, moments, body, span)


def integral(el: Elaborator, variable: Word, moments: tuple[Node, Node], body: Syntax, span: Span) -> Node:
    """The integral of g over N(z; m, S), for a number z."""
    entry = el.entry(variable.text)
    unit = rewrite(moments[1], lambda n: integer(1) if n == Apply("identity", ()) else n)
    shapes = [el.shape(m) for m in (moments[0], unit)]
    if (entry is not None and entry.kind not in ("scalar", "law")) or any(s not in ((), (1, 1)) for s in shapes):
        raise ReadError("not read: an expectation over a random vector", span)
    name = variable.text
    if any(name in free_names(m) for m in moments):
        raise ReadError(f"expected a law that does not depend on '{name}' itself", span)
    inner = el.with_bound(name)
    node = inner.node(body)
    el.context = inner.context
    density = normal_density(Name(name), moments[0], unit, 1)
    return Bind("integral", (name,), (mul(node, density), neg(Name("inf")), Name("inf")), "", span)


def under_chain(
    el: Elaborator, head: Word, arguments: Group | None, variable: Word | None, body: Syntax, span: Span
) -> Node:
    """`E_{q(z|x)}[g]`, `E_q[g]`: moments of a chain, or the integral over its density."""
    found = question(arguments.items) if arguments is not None else None
    asked = asked_of(el, found, head.text, span) if found is not None else None
    if found is None or asked is None:
        variable = variable or only_variable(el, head.text, body, span)
        law = el.context.conditional(variable.text, head.text)
        items = given_items(variable, law, span)
        found = question(items)
        asked = asked_of(el, found, head.text, span)
    targets = [random_node(el, asked.chain, event(item)[0]) for item in found.asked]
    if len(targets) != 1 or not isinstance(targets[0], Name):
        raise ReadError("expected one random variable under the expectation", span)
    try:
        node = expected(asked, rewrite(el.node(body), log_of_density))
    except ReadError:
        node = chain_integral(el, asked, targets[0], body, span)
    asked.chain.refuse_unknown_parents()
    return node


def chain_integral(el: Elaborator, asked: Asked, target: Name, body: Syntax, span: Span) -> Node:
    """The integral of g over the density of one number of a chain."""
    forms = asked.chain.of(target)
    if len(forms) != 1:
        raise ReadError("not read: an expectation over a random vector", span)
    moments = asked.mean(forms), asked.head("chain_covariance", forms)
    return integral(el, Word(target.name, span, target.name), moments, body, span)


def only_variable(el: Elaborator, letter: str, body: Syntax, span: Span) -> Word:
    """The variable of the letter that occurs in the body."""
    names = {w.text: w for w in every_word(body)}
    known = [c.name for c in el.context.conditionals.values() if c.letter == letter and c.name in names]
    if len(known) != 1:
        raise ReadError(f"expected the random variable under the expectation over '{letter}'", span)
    return names[known[0]]


def given_items(variable: Word, law: ConditionalLaw | None, span: Span) -> tuple[Syntax, ...]:
    """`z | x` for the law q(z | x)."""
    if law is None or not law.given:
        return (variable,)
    behind: tuple[Syntax, ...] = tuple(Word(name, span, name) for name in law.given)
    return (Infix("given", (variable, behind[0]), span, span), *behind[1:])
