r"""Densities of chains of Gaussian variables: `q(x_{t-1} | x_t, x_0)`; the Gaussian density written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chain_words import LETTERS, asked_of, concerned, event, question, random_node, value_entries
from .linear_chain import Form
from .shapes_of_syntax import words as every_word
from .source import Span
from .syntax import Group, Word
from .tree import Apply, Name, Node, add, column, integer, mul, neg

if TYPE_CHECKING:
    from .elaborate import Elaborator


def chain_density(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    """`q(x_{t-1} | x_t, x_0)`: the density of the chain at the points that the arguments name; None for no chain."""
    letters = {c.letter for c in el.context.conditionals.values()}
    letter = word.text if word.text in letters else ""
    if word.text not in (*letters, *LETTERS) or not word.text or arguments.open != "(" or word.text in el.bound:
        return None
    entry = el.entry(word.text)
    if entry is not None and (entry.kind != "scalar" or entry.of):
        return None
    names = {w.text for item in arguments.items for w in every_word(item)}
    names |= {n[:1].upper() + n[1:] for n in names}
    if not concerned(el, [Word(n, span, n) for n in names], letter, bound=True):
        return None
    found = question(arguments.items)
    asked = asked_of(el, found, letter, span)
    forms: list[Form] = []
    points: list[Node] = []
    for item in found.asked:
        variable, value = event(item)
        parts = asked.chain.of(random_node(el, asked.chain, variable))
        forms.extend(parts)
        points.extend(value_entries(el, value if value is not None else variable, len(parts)))
    mean, covariance = asked.mean(forms), asked.head("chain_covariance", forms)
    asked.chain.refuse_unknown_parents()
    if len(points) == 1:
        return normal_density(points[0], mean, covariance, 1)
    return normal_density(column(*points), mean, covariance, len(points))


def normal_density(point: Node, mean: Node, covariance: Node, size: int) -> Node:
    r"""exp(-(x - m)^T S^{-1} (x - m) / 2) / sqrt((2 pi)^d det S) as written mathematics."""
    gap = add(point, neg(mean))
    two_pi = mul(integer(2), Name("pi"))
    if size == 1:
        form: Node = Apply("div", (Apply("pow", (gap, integer(2))), mul(integer(2), covariance)))
        volume: Node = mul(two_pi, covariance)
    else:
        weighted = mul(Apply("transpose", (gap,)), Apply("inverse", (covariance,)), gap)
        form = Apply("div", (weighted, integer(2)))
        volume = mul(Apply("pow", (two_pi, integer(size))), Apply("det", (covariance,)))
    return Apply("div", (Apply("exp", (neg(form),)), Apply("sqrt", (volume,))))
