r"""Integrals over the plane and space in balls, where the integrand is a sum of products of functions of one variable.

    int int sum_k u_k(x) v_k(y) dx dy  =  sum_k (int u_k dx) (int v_k dy)

Undefined functions are written out on their instances first, and exp(a(x) + b(y)) = exp(a(x)) exp(b(y)); a derivative
of a product follows the product rule.  Each factor is integrated over its line with its tails bounded, so that the
whole is an enclosure where every factor has one.  (Fubini: each int |u_k| is finite when its tails are bounded.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..symbolic.context import Context
from ..symbolic.evaluate import Evaluator, Value
from ..symbolic.tree import (
    Apply,
    Bind,
    Call,
    Name,
    Node,
    Number,
    children,
    integer,
    neg,
    rewrite,
    substitute,
)
from .claim import Part
from .equality import against
from .evidence import Evidence
from .points import EmptyDomain, Instance, Sampler, spelled_names
from .pointwise import Balls

if TYPE_CHECKING:
    from .interpret import Meaning

PLACES = 2
MOST_TERMS = 24
HIGHEST_POWER = 4
# A product of functions of one variable each, by that variable; "" holds what depends on none of them.
Product = Mapping[str, Node]
OverLine = Callable[[Node, str], Any]


def separated_integral(
    meaning: Meaning, ev: Evaluator, body: Node, names: Sequence[str], over_line: OverLine
) -> Value | None:
    """The integral over all of space, `over_line(factor, name)` answering each line; None where it does not separate.

    Raises:
        Indeterminate: an integral over a line has no enclosure.
    """
    terms = Separation(names, meaning.context).products(written_out(body, meaning.point.functions))
    if terms is None:
        return None
    one, inside = integer(1), Evaluator(ev.table, meaning)
    total = [ev.table.number(Fraction(0))]
    for term in terms:
        factors = [ev.scalar(over_line(term.get(name, one), name)) for name in names]
        constant = ev.scalar(inside.value(term.get("", one)))
        total.append(ev.table.apply("mul", (constant, *factors)))
    return ev.table.apply("add", tuple(total))


def told_apart_uncoupled(part: Part, balls: Balls, seed: int) -> list[Evidence]:
    """A counterexample of a claim about an undefined energy, at energies without terms that couple the variables.

    Such claims hold for every energy, so for these, whose integrals are enclosed; costly, and only a refuter: that the
    sides agree there says nothing about a coupled energy.
    """
    lhs, rhs = part.unfolded
    try:
        points = list(Sampler(part.context, (lhs, rhs), seed, uncoupled=True).points(PLACES))
    except EmptyDomain:
        return []
    for point in points:
        probe = balls.probe(lhs, rhs, point)
        if point.functions and probe.verdict == "differ":
            return [against(part, probe, balls, seed)]
    return []


def written_out(body: Node, functions: Mapping[str, Instance]) -> Node:
    """The tree with its undefined functions replaced by what they are at the point."""

    def visit(node: Node) -> Node:
        instance = functions.get(node.name) if isinstance(node, Call) else None
        if instance is None or len(instance.arguments) != len(children(node)):
            return node
        return substitute(instance.body, dict(zip(instance.arguments, children(node), strict=True)))

    return rewrite(body, visit)


class Separation:
    """Trees as sums of products of functions of one variable each."""

    def __init__(self, names: Sequence[str], context: Context) -> None:
        self.names, self.context = frozenset(names), context

    def products(self, node: Node) -> list[Product] | None:
        """The terms of a tree; None where it does not separate, or into too many."""
        used = spelled_names(self.context, node) & self.names
        if len(used) <= 1:
            return [{next(iter(used), ""): node}]
        found = self.compound(node)
        return found if found is not None and len(found) <= MOST_TERMS else None

    def compound(self, node: Node) -> list[Product] | None:
        if isinstance(node, Bind):
            return self.derivative(node) if node.op in ("diff", "gradient") and len(node.names) == 1 else None
        if not isinstance(node, Apply):
            return None
        if node.op == "add":
            parts = [self.products(part) for part in node.args]
            return None if any(p is None for p in parts) else [term for p in parts if p for term in p]
        if node.op == "neg":
            return self.times([{"": neg(integer(1))}], self.products(node.args[0]))
        if node.op == "mul":
            return self.product(node.args)
        if node.op == "div":
            return self.times(self.products(node.args[0]), self.reciprocal(node.args[1]))
        if node.op == "exp":
            return self.exponential(node.args[0])
        if node.op == "pow":
            return self.power(*node.args)
        return None

    def product(self, factors: Sequence[Node]) -> list[Product] | None:
        found: list[Product] | None = [{}]
        for factor in factors:
            found = self.times(found, self.products(factor))
        return found

    def times(self, left: list[Product] | None, right: list[Product] | None) -> list[Product] | None:
        if left is None or right is None or len(left) * len(right) > MOST_TERMS:
            return None
        return [merged(a, b) for a in left for b in right]

    def reciprocal(self, node: Node) -> list[Product] | None:
        """1/d for a divisor that is one product."""
        terms = self.products(node)
        if terms is None or len(terms) != 1:
            return None
        return [{name: Apply("div", (integer(1), factor)) for name, factor in terms[0].items()}]

    def exponential(self, node: Node) -> list[Product] | None:
        """exp(a(x) + b(y)) = exp(a(x)) exp(b(y))."""
        terms = self.products(node)
        if terms is None:
            return None
        sums: dict[str, list[Node]] = {}
        for term in terms:
            variables = [name for name in term if name]
            if len(variables) > 1:
                return None
            factors = tuple(term.values())
            whole = factors[0] if len(factors) == 1 else Apply("mul", factors)
            sums.setdefault(variables[0] if variables else "", []).append(whole)
        return [{n: Apply("exp", (p[0] if len(p) == 1 else Apply("add", tuple(p)),)) for n, p in sums.items()}]

    def power(self, base: Node, exponent: Node) -> list[Product] | None:
        if base == Name("e"):
            return self.exponential(exponent)
        if isinstance(exponent, Number) and exponent.value.denominator == 1 and 1 <= exponent.value <= HIGHEST_POWER:
            return self.product((base,) * int(exponent.value))
        return None

    def derivative(self, node: Bind) -> list[Product] | None:
        """The derivative of a sum of products by the rules of both."""
        terms = self.products(node.args[0])
        if terms is None:
            return None
        return [
            {**term, name: replace(node, args=(factor, *node.args[1:]))}
            for term in terms
            for name, factor in term.items()
        ]


def merged(a: Product, b: Product) -> Product:
    found = dict(a)
    for name, factor in b.items():
        found[name] = Apply("mul", (found[name], factor)) if name in found else factor
    return found
