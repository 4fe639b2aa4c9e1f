r"""`W = e^X` about a random variable that is declared as a map of another: the same map, value by value.

    W is declared as forward(X)     W = e^X        judged:  forward(x) = e^x      for real x
                                    X = \log W     judged:  x = log(forward(x))

So a set-up that a document restates holds when it says the same, and is refuted at an x when it says something else.
The base is a Gaussian, whose values are all real ones.  Steps (floor, sign) are left alone: two maps that differ at
single places are one random variable; so is all that is no map of values (means, densities, derivatives).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..symbolic.context import AffineLaw, Context, Entry, GaussianLaw, MappedLaw, component_names
from ..symbolic.source import Span
from ..symbolic.tree import (
    ARITHMETIC,
    FUNCTIONS,
    Apply,
    Array,
    Name,
    Node,
    Number,
    column,
    free_names,
    rewrite,
    walk,
)
from .claim import Claim, Part, make_claim

OF_VALUES = frozenset((*ARITHMETIC, *FUNCTIONS)) - {"floor", "ceil", "sign", "mod"}


def mapped_equality(lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]) -> Claim | None:
    """The claim of an equality between random variables one of which is a declared map; None for anything else."""
    if not (of_values(lhs) and of_values(rhs)):
        return None
    named = free_names(lhs) | free_names(rhs)
    law = next((x for x in context.laws.values() if isinstance(x, MappedLaw) and named & set(names_of(x))), None)
    base = context.laws.get(law.base) if law is not None else None
    if law is None or not isinstance(base, GaussianLaw | AffineLaw):
        return None
    values = {**values_of(base.name, tuple(map(Name, law.variables))), **values_of(law.name, law.forward)}
    if not named & set(values_of(base.name, tuple(map(Name, law.variables)))):
        return None
    size = law.dimension if isinstance(lhs, Name) and lhs.name == law.name else 1
    left, right = (components(with_values(side, values), size) for side in (lhs, rhs))
    if left is None or right is None or any(free_names(s) & set(context.laws) for s in (*left, *right)):
        return None
    inner = context.declare(*(Entry(name=name, kind="scalar") for name in law.variables))
    labels = component_names("component", size) if size > 1 else ("",)
    parts = tuple(Part(one, other, inner, label) for one, other, label in zip(left, right, labels, strict=True))
    claim = make_claim(lhs, "=", rhs, context, span, taken)
    return replace(claim, kind="random_variable", subject=law.name, parts=parts)


def names_of(law: MappedLaw) -> tuple[str, ...]:
    return (law.name, *component_names(law.name, law.dimension))


def values_of(name: str, values: tuple[Node, ...]) -> dict[str, Node]:
    """What stands for a random vector and for its components."""
    found = dict(zip(component_names(name, len(values)), values, strict=True))
    return found if len(values) == 1 else {name: column(*values), **found}


def with_values(node: Node, values: Mapping[str, Node]) -> Node:
    return rewrite(node, lambda n: values.get(n.name, n) if isinstance(n, Name) else n)


def components(node: Node, dimension: int) -> tuple[Node, ...] | None:
    """The entries of a column of this size, or a number alone."""
    if dimension == 1:
        return None if isinstance(node, Array) else (node,)
    if isinstance(node, Array) and node.shape == (dimension, 1):
        return tuple(row[0] for row in node.rows)
    return None


def of_values(node: Node) -> bool:
    """Whether a side is made of numbers, names and continuous operations on them."""
    return all(
        isinstance(inner, Name | Number | Array) or (isinstance(inner, Apply) and inner.op in OF_VALUES)
        for inner in walk(node)
    )
