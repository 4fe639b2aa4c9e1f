r"""Claims about the law of a random vector of open size.

    p(x) = N(x \mid m, S)        p(z \mid x) = N(z \mid m, S)        x \sim N(m, S)

A linear image of Gaussian vectors, also given another, is Gaussian; so each is two equalities, of the mean and of the
covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..symbolic import shapes_of_syntax as look
from ..symbolic.declare_conditionals import Said, conditional_said, normal_arguments
from ..symbolic.elaborate import Elaborator
from ..symbolic.source import ReadError, Span
from ..symbolic.syntax import Syntax, Word
from ..symbolic.tree import Node, rewrite
from ..symbolic.vector_laws import OPEN, Size, law_question, unit
from .claim import Claim, Part, make_claim


def vector_law_claim(
    el: Elaborator, relation: str, lhs: Syntax, rhs: Syntax, span: Span, taken: Sequence[str]
) -> Claim | None:
    """The claim about the law of a random vector; None for any other statement."""
    said = said_of_a_law(relation, lhs, rhs)
    if said is None or said.name not in el.context.vectors or said.name in el.bound:
        return None
    given = [(Word(name, span), Word(value, span) if value else None) for name, value in said.given]
    mean, covariance, size = law_question(el, said.name, given, span)
    before = set(el.implied)
    written = [with_size(el.node(syntax), size) for syntax in (said.mean, said.covariance)]
    unknown = sorted(set(el.implied) - before)
    if unknown:  # a law with new names declares them: nothing that was written is wrong
        raise ReadError(f"expected a declared name in the law; got '{unknown[0]}'", rhs.span)
    parts = (
        Part(mean, written[0], el.context, "mean"),
        Part(covariance, written[1], el.context, "covariance"),
    )
    return replace(make_claim(mean, "=", written[0], el.context, span, taken), kind="conditional_law", parts=parts)


def said_of_a_law(relation: str, lhs: Syntax, rhs: Syntax) -> Said | None:
    """What a statement says of a law, given others or not."""
    word = look.bare_word(lhs)
    if relation != "~" or word is None:
        return conditional_said(relation, lhs, rhs)
    moments = normal_arguments(rhs, 2)
    return None if moments is None else Said("", word.text, (), *moments)


def with_size(node: Node, size: Size) -> Node:
    return rewrite(node, lambda n: unit(size) if n == OPEN else n)
