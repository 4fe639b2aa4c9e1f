r"""Claims about the law of a variable of a Gaussian chain.

    X \mid Y = y \sim N(m, S)        Y \sim N(m, S)  with Y = X + e

Each is two equalities, of the mean and of the covariance; a linear form of Gaussian variables is Gaussian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..symbolic.chain_words import Asked, asked_of, concerned, letter_of, question, random_node
from ..symbolic.context import AffineLaw, Context, Entry, GaussianLaw
from ..symbolic.declare_conditionals import normal_arguments
from ..symbolic.domains import DEFAULT_REAL
from ..symbolic.elaborate import Elaborator
from ..symbolic.linear_chain import Chain, Form
from ..symbolic.shapes_of_syntax import peeled
from ..symbolic.shapes_of_syntax import words as every_word
from ..symbolic.source import NOWHERE, ReadError, Span
from ..symbolic.syntax import Syntax
from ..symbolic.tree import Apply, Array, Name, Node, children, free_names, integer, rewrite, walk, with_children
from ..symbolic.unfold import OF_LAWS
from .claim import Claim, Part, make_claim

# Names that a formula about vectors of no declared size may give to their dimension.
DIMENSIONS = ("d", "D", "n", "N", "k", "m")
IN_LAW = "an equality in law: the two sides are made of different random numbers"
CHAIN = ("chain_mean", "chain_covariance")


def is_lawful(context: Context, name: str) -> bool:
    """Whether a law of the name is known, so that `Y ~ N(m, S)` is a claim about it."""
    if context.laws.get(name) is not None:
        return True
    return Chain(context, "", NOWHERE).is_random(name)


def chain_law_claim(el: Elaborator, lhs: Syntax, rhs: Syntax, span: Span, taken: Sequence[str]) -> Claim | None:
    """The claim of `X | Y = y ~ N(m, S)`; None where no chain is concerned."""
    letter = letter_of(el, {w.text for w in every_word(lhs)}, span)
    items = (peeled(lhs),)
    if not concerned(el, items, letter):
        return None
    moments = normal_arguments(rhs, 2)
    if moments is None:
        raise ReadError("expected a law such as N(0, S) on the right of '~'", rhs.span)
    found = question(items)
    asked = asked_of(el, found, letter, span)
    forms = asked.chain.of(random_node(el, asked.chain, found.asked[0]))
    mean, covariance = asked.mean(forms), asked.head("chain_covariance", forms)
    asked.chain.refuse_unknown_parents()
    before = set(el.implied)
    written = [el.node(m) for m in moments]
    unknown = sorted(set(el.implied) - before)
    if unknown:
        # A law with new names declares them: nothing that was written is wrong.
        raise ReadError(f"expected a declared name in the law; got '{unknown[0]}'", rhs.span)
    d = len(forms)
    parts = (
        Part(mean, sized_mean(written[0], d), el.context, "mean"),
        Part(covariance, sized_covariance(written[1], d), el.context, "covariance"),
    )
    return replace(make_claim(mean, "=", written[0], el.context, span, taken), kind="conditional_law", parts=parts)


def at_points(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node, Context]:
    """`E[X | Y] = Y / 2` at every value of Y: the random names that stand as values become points."""
    if not any(isinstance(n, Apply) and n.op in CHAIN for side in (lhs, rhs) for n in walk(side)):
        return lhs, rhs, context
    refuse_unknown_dimension(lhs, rhs, context)
    chain = Chain(context, "", NOWHERE)
    names = {n for side in (lhs, rhs) for n in free_names(side)}
    random = sorted(n for n in names if (e := context.get(n)) is not None and e.kind == "law" and chain.is_random(n))
    renamed: dict[str, Node] = {}
    for name in random:
        if chain.dimension(name) > 1:
            raise ReadError(f"not read: the random vector '{name}' as a value", NOWHERE)
        point = f"{name}_point"
        context = context.declare(Entry(name=point, kind="scalar", domain=DEFAULT_REAL, rule=f"a value of {name}"))
        renamed[name] = Name(point)
    return valued(lhs, renamed), valued(rhs, renamed), context


def valued(node: Node, renamed: dict[str, Node]) -> Node:
    """The tree with random names as points, save where an operation on laws names them."""
    if isinstance(node, Apply) and node.op in OF_LAWS:
        return node
    if isinstance(node, Name):
        return renamed.get(node.name, node)
    parts = children(node)
    return with_children(node, tuple(valued(part, renamed) for part in parts)) if parts else node


def equal_in_law(lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]) -> Claim | None:
    r"""`\sqrt{a} e_1 + \sqrt{b} e_2 = \sqrt{a + b} e`: forms of different Gaussian numbers are equal in law at most.

    None unless each side has a law of its own that the other one has not, so that no value of the one fixes the other.
    What has no law, and what both sides share, counts as a number: the equality is one of laws given these.
    """
    sides = [laws_behind(side, context) for side in (lhs, rhs)]
    if not (sides[0] - sides[1] and sides[1] - sides[0]):
        return None
    shared = sides[0] & sides[1]
    means, spreads = [], []
    for side in (lhs, rhs):
        chain = Chain(context, "", span)
        for name in shared:
            chain.known[name] = (Form({}, Name(name)),)
        try:
            form, asked = chain.of(side), Asked(chain, (), ())
            means.append(asked.mean(form))
            spreads.append(asked.head("chain_covariance", form))
        except ReadError:
            return None  # no linear forms: an equality of values
    parts = (Part(means[0], means[1], context, "mean"), Part(spreads[0], spreads[1], context, "covariance"))
    return replace(make_claim(lhs, "=", rhs, context, span, taken), kind="equality_in_law", parts=parts)


def laws_behind(node: Node, context: Context) -> set[str]:
    """The Gaussian numbers with a law of their own that an expression is made of, through definitions."""
    found: set[str] = set()
    stack, seen = list(free_names(node)), set()
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        law, entry = context.laws.get(name), context.get(name)
        if isinstance(law, GaussianLaw):
            found.add(name)
        elif isinstance(law, AffineLaw):
            stack.append(law.base)
        elif entry is not None and entry.value is not None:
            stack.extend(free_names(entry.value))
    return found


def refuse_unknown_dimension(lhs: Node, rhs: Node, context: Context) -> None:
    """Where `I` has no size one coordinate is judged; a formula with a dimension in it is about all of them."""
    unsized = any(
        n == Apply("identity", ()) and (e := context.get(c.name)) is not None and e.rule.startswith("a point of")
        for c in context.conditionals.values()
        for n in walk(c.covariance)
    )
    used = sorted((free_names(lhs) | free_names(rhs)) & set(DIMENSIONS))
    if unsized and used:
        raise ReadError(f"expected the dimension of the vectors; '{used[0]}' may be it", NOWHERE)


def sized_mean(node: Node, size: int) -> Node:
    if size > 1 and node == integer(0):
        return Array(tuple((integer(0),) for _ in range(size)))
    return node


def sized_covariance(node: Node, size: int) -> Node:
    unit = integer(1) if size == 1 else Apply("identity", (integer(size),))
    return rewrite(node, lambda n: unit if n == Apply("identity", ()) else n)
