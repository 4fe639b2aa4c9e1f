r"""Samples: `x_1, .., x_n` independent with one law, said of the general one: `x_i \sim N(m, s)`, "i.i.d.".

    E[c \sum_{i=1}^n g(x_i)]  = c n E[g(x)]             for any joint law, as each x_i has the law of x
    Var(c \sum_{i=1}^n g(x_i)) = c^2 n Var(g(x))        for independent ones
    \lim_{N \to \infty} \frac1N \sum_{i=1}^N g(x_i) = E[g(x)]        the law of large numbers, almost surely

What is not of the form c sum + constant is refused: a sample is never taken as one number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .affine import signed_terms
from .context import Context, GaussianLaw
from .linear_chain import Chain
from .source import ReadError, Span
from .tree import Apply, Bind, Name, Node, add, free_names, integer, mul, neg, walk

if TYPE_CHECKING:
    from .elaborate import Elaborator


def sampled_names(node: Node, context: Context) -> Iterator[str]:
    """`x_i` with a law of its own under a sum over i."""
    for part in walk(node):
        if isinstance(part, Bind) and part.op == "sum" and len(part.names) == 1:
            yield from (n for n in free_names(part.args[0]) if is_sample(n, part.names[0], context))


def is_sample(name: str, index: str, context: Context) -> bool:
    return name.endswith(f"_{index}") and isinstance(context.laws.get(name), GaussianLaw)


def family(name: str) -> str:
    """The mark of independent samples `x_1, .., x_n` among the independent pairs of a context."""
    return f"{name.partition('_')[0]}_"


def is_independent(name: str, context: Context) -> bool:
    return frozenset((family(name),)) in context.independent


# -- moments -----------------------------------------------------------------------------------------------------------
def sample_moment(el: Elaborator, kind: str, node: Node, span: Span) -> Node | None:
    """E or Var of an expression with a sum over samples; None where it holds none."""
    node = opened(node, el.context)
    if not any(True for _ in sampled_names(node, el.context)):
        return None
    return mean_of(el, node, span) if kind == "mean" else variance_of(el, node, span)


def opened(node: Node, context: Context) -> Node:
    """Names that stand for an expression over samples, written out."""
    from .tree import substitute

    for _ in range(8):
        values = {
            n: entry.value
            for n in free_names(node)
            if (entry := context.get(n)) is not None and entry.value is not None and n not in context.laws
            if any(True for _ in sampled_names(entry.value, context)) or has_opened(entry.value, context)
        }
        if not values:
            break
        node = substitute(node, values)
    return node


def has_opened(node: Node, context: Context) -> bool:
    entries = [context.get(n) for n in free_names(node)]
    values = [e.value for e in entries if e is not None and e.value is not None]
    return any(True for value in values for _ in sampled_names(value, context))


def mean_of(el: Elaborator, node: Node, span: Span) -> Node:
    terms = signed_terms(node)
    if len(terms) > 1:
        return add(*(mean_of(el, t, span) if sign > 0 else neg(mean_of(el, t, span)) for t, sign in terms))
    if not random_in(node, el.context):
        return node
    factors, total = split(node, span)
    refuse_random(el, factors, span)
    return mul(*factors, count(total), one_mean(el, total, span))


def variance_of(el: Elaborator, node: Node, span: Span) -> Node:
    terms = [t for t, _ in signed_terms(node) if random_in(t, el.context)]
    if len(terms) != 1:
        raise ReadError("expected one sum over the sample in a variance", span)
    factors, total = split(terms[0], span)
    refuse_random(el, factors, span)
    refuse_nested(total, span)
    names = set(sampled_names(total, el.context))
    if not all(is_independent(name, el.context) for name in names):
        raise ReadError("expected to be told that the samples are independent", span)
    from .random_words import spread_of

    one = spread_of(el, total.args[0], span)
    return mul(*(Apply("pow", (f, integer(2))) for f in factors), count(total), one)


def one_mean(el: Elaborator, total: Bind, span: Span) -> Node:
    from .random_words import mean

    refuse_nested(total, span)
    if len(set(sampled_names(total, el.context))) != 1 or total.names[0] in free_names(total.args[0]):
        raise ReadError("expected a sum of one function of each sample", span)
    return mean(el, total.args[0], span)


def refuse_nested(total: Bind, span: Span) -> None:
    """A sum inside the sum runs over the same sample, and is no function of one of them."""
    if any(isinstance(part, Bind) for part in walk(total.args[0])):
        raise ReadError("not read: a sum over the sample inside another", span)


def refuse_random(el: Elaborator, factors: tuple[Node, ...], span: Span) -> None:
    chain = Chain(el.context, "", span)
    if any(chain.random_in(factor) for factor in factors):
        raise ReadError("expected numbers in front of the sum over the sample", span)


def count(total: Bind) -> Node:
    """The number of terms of a sum from a to b: b - a + 1."""
    low, high = total.args[1:3]
    return high if low == integer(1) else add(high, neg(low), integer(1))


def random_in(node: Node, context: Context) -> bool:
    return any(True for _ in sampled_names(node, context))


def split(node: Node, span: Span) -> tuple[tuple[Node, ...], Bind]:
    """(c, sum) of `c sum`, `sum / c`, `-sum`."""
    if isinstance(node, Bind) and node.op == "sum":
        return (), node
    if isinstance(node, Apply) and node.op == "mul":
        inside = [i for i, part in enumerate(node.args) if any(isinstance(p, Bind) for p in walk(part))]
        if len(inside) == 1:
            factors, total = split(node.args[inside[0]], span)
            return (*(p for i, p in enumerate(node.args) if i != inside[0]), *factors), total
    if isinstance(node, Apply) and node.op == "div":
        factors, total = split(node.args[0], span)
        return (*factors, Apply("div", (integer(1), node.args[1]))), total
    if isinstance(node, Apply) and node.op == "neg":
        factors, total = split(node.args[0], span)
        return (integer(-1), *factors), total
    raise ReadError("expected a multiple of a sum over the sample", span)


# -- the law of large numbers ------------------------------------------------------------------------------------------
def large_numbers(el: Elaborator, name: str, point: Node, node: Node, span: Span) -> Node | None:
    r"""The value of `\lim_{N \to \infty} \frac1N \sum_{i=1}^N g(x_i)`; None where no sample is summed."""
    if not random_in(node, el.context):
        return None
    factors, total = split(node, span)
    growing = [f for f in factors if name in free_names(f)]
    inverse = Apply("div", (integer(1), Name(name)))
    if point != Name("inf") or growing != [inverse] or count(total) != Name(name):
        raise ReadError("not read: a limit of a sum over samples that is no mean of them", span)
    if not all(is_independent(n, el.context) for n in sampled_names(total, el.context)):
        raise ReadError("expected to be told that the samples are independent", span)
    refuse_random(el, factors, span)
    rest = [f for f in factors if name not in free_names(f)]
    return mul(*rest, one_mean(el, total, span)) if rest else one_mean(el, total, span)
