r"""Constants in front of an integral: int c g dx = c int g dx, for factors c that hold an integral of their own.

    -int grad E(x) e^{-E(x)} / Z dx  =  -(1/Z) int grad E(x) e^{-E(x)} dx

An integrand that contains a normaliser would be an integral inside an integral; the normaliser does not depend on the
variables of integration, so it is evaluated once, outside, and its own error is carried along by the arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ..symbolic.evaluate import Evaluator, Value
from ..symbolic.tree import Apply, Bind, Name, Node, Number, free_names, mul, walk

if TYPE_CHECKING:
    from .interpret import Meaning


def holds_integral(node: Node, meaning: Meaning) -> bool:
    """Whether an integral, an expectation or a normaliser occurs in the tree."""
    for part in walk(node):
        if isinstance(part, Bind) and part.op in ("integral", "expect"):
            return True
        entry = meaning.context.get(part.name) if isinstance(part, Name) else None
        if entry is not None and entry.kind == "partition":
            return True
    return False


def split(body: Node, names: frozenset[str], meaning: Meaning) -> tuple[list[Node], list[Node], Node]:
    """(factors above, factors below, rest) of a product or quotient."""
    if isinstance(body, Apply) and body.op == "neg":
        above, below, rest = split(body.args[0], names, meaning)
        return above, below, Apply("neg", (rest,)) if above or below else body
    if isinstance(body, Apply) and body.op == "div":
        above, below, rest = split(body.args[0], names, meaning)
        if constant(body.args[1], names, meaning):
            return above, [*below, body.args[1]], rest
        return above, below, Apply("div", (rest, body.args[1])) if above or below else body
    if isinstance(body, Apply) and body.op == "mul":
        above, below, kept = [], [], []
        for factor in body.args:
            if constant(factor, names, meaning):
                above.append(factor)
                continue
            inner_above, inner_below, rest = split(factor, names, meaning)
            above.extend(inner_above)
            below.extend(inner_below)
            kept.append(rest)
        return above, below, mul(*kept) if kept else Number(Fraction(1))
    return [], [], body


def constant(node: Node, names: frozenset[str], meaning: Meaning) -> bool:
    return not free_names(node) & names and holds_integral(node, meaning)


def pulled_out(meaning: Meaning, ev: Evaluator, node: Bind) -> tuple[Value | None, Bind]:
    """The value of the constant in front (None for 1), and the integral without it."""
    above, below, rest = split(node.args[0], frozenset(node.names), meaning)
    if not above and not below:
        return None, node
    top = mul(*above) if above else Number(Fraction(1))
    factor = ev.scalar(ev.value(Apply("div", (top, mul(*below))) if below else top))
    return factor, replace(node, args=(rest, *node.args[1:]))
