r"""Integrands made ready: what does not move with the variable is taken out of the integral, or done once before it.

    int c f dx = c int f dx          for a constant c that is certainly not 0; e^u and exp(u) are one integrand
    f(x) = x^4 - a b x^2             the parts without x, here a b, are numbers before the first of many evaluations

So an integral that a document writes in several ways (with a minus in front, over a normaliser, as an expectation) is
done once, and an evaluation of an integrand is arithmetic with what depends on its variable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import fmpq

from ..numeric.balls import RealBalls
from ..numeric.duals import DualNumber
from ..numeric.enclosures import fraction_to_real
from ..numeric.operations import Indeterminate, Undefined
from ..symbolic.evaluate import Evaluator, Grid, Mismatch
from ..symbolic.tree import (
    ARITHMETIC,
    CONSTANTS,
    FUNCTIONS,
    Apply,
    Bind,
    Call,
    Name,
    Node,
    Number,
    children,
    mul,
    rewrite,
    substitute,
    walk,
    with_children,
)

if TYPE_CHECKING:
    from .interpret import Meaning

HOISTED = "_constant"  # names of integrals that were done before (`integrals.hoisted`)
STILL = "_still"  # names of parts without the variable
PLAIN = frozenset((*ARITHMETIC, *FUNCTIONS))
NUMBERS = frozenset(CONSTANTS - {"inf", "imaginary"})


def as_exponentials(body: Node) -> Node:
    """The tree with e^u written exp(u): nobody means different numbers by them."""

    def rule(node: Node) -> Node:
        if isinstance(node, Apply) and node.op == "pow" and node.args[0] == Name("e"):
            return Apply("exp", (node.args[1],), node.span)
        return node

    return rewrite(body, rule)


def factored(meaning: Meaning, ev: Evaluator, body: Node) -> tuple[Any | None, Node]:
    """(c, f) with body = c f, c a value of the table that is certainly not 0; (None, body) where nothing comes out.

    int c f diverges where int f does only for a c that is not 0, so that no other is taken out.
    """
    factors, others = [], []
    for factor, below in parts_of_product(body):
        if is_number(meaning, factor):
            factors.append(Apply("div", (Number(Fraction(1)), factor)) if below else factor)
        else:
            others.append((factor, below))
    if not factors or not others or not isinstance(innermost_table(ev.table), RealBalls):
        return None, body
    core = product(others)
    if core == body:
        return None, body  # 1/x: a numerator of 1 is none
    try:
        constant = ev.scalar(Evaluator(ev.table, meaning).value(mul(*factors)))
    except (Undefined, Indeterminate, Mismatch):
        return None, body
    number = constant
    while isinstance(number, DualNumber):
        number = number.value
    return (constant, core) if number > 0 or number < 0 else (None, body)


def parts_of_product(node: Node, below: bool = False) -> Iterator[tuple[Node, bool]]:
    """The factors of a product in order, each with whether it stands below a bar; a minus is a factor of its own.

    A divisor that is itself a product stays one factor: matrices do not commute, and one below a bar is refused.
    """
    if isinstance(node, Apply) and not below and node.op == "neg":
        yield Number(Fraction(-1)), False
        yield from parts_of_product(node.args[0])
    elif isinstance(node, Apply) and not below and node.op == "mul":
        for part in node.args:
            yield from parts_of_product(part)
    elif isinstance(node, Apply) and not below and node.op == "div":
        yield from parts_of_product(node.args[0])
        yield node.args[1], True
    else:
        yield node, below


def product(factors: list[tuple[Node, bool]]) -> Node:
    """The product of factors in their order, those from below a bar as quotients."""
    found: Node | None = None
    for factor, below in factors:
        if below:
            found = Apply("div", (found or Number(Fraction(1)), factor))
        else:
            found = factor if found is None else extended(found, factor)
    assert found is not None
    return found


def extended(found: Node, factor: Node) -> Node:
    args = found.args if isinstance(found, Apply) and found.op == "mul" else (found,)
    return Apply("mul", (*args, factor))


def is_number(meaning: Meaning, node: Node) -> bool:
    """Whether a tree holds numbers alone: written ones, pi and e, and integrals that were done before."""
    for part in walk(node):
        if isinstance(part, Name):
            done = part.name.startswith(HOISTED) and not isinstance(meaning.bound.get(part.name), Grid)
            if part.name not in NUMBERS and not done:
                return False
        elif not isinstance(part, Number) and not (isinstance(part, Apply) and part.op in PLAIN):
            return False
    return True


def innermost_table(table: Any) -> Any:
    while hasattr(table, "base"):
        table = table.base
    return table


# -- parts that stand still --------------------------------------------------------------------------------------------
def with_parts_done(meaning: Meaning, table: Any, body: Node, name: str) -> tuple[Meaning, Node]:
    """The integrand with its undefined functions written out and its parts without the variable as bound values."""
    ev = Evaluator(table, meaning)
    values: dict[str, Any] = {}

    def visit(node: Node, moving: frozenset[str]) -> Node:
        if is_compound(node) and stands_still(meaning, node, moving):
            try:
                value = ev.value(node)
            except (Undefined, Indeterminate, Mismatch):
                return node  # where the whole has no value is told where it is evaluated
            if isinstance(value, bool | Grid):
                return node
            known = f"{STILL}{len(values)}"
            values[known] = value
            return Name(known)
        inside = moving | frozenset(node.names) if isinstance(node, Bind) else moving
        parts = children(node)
        return with_children(node, tuple(visit(part, inside) for part in parts)) if parts else node

    found = visit(written_out(meaning, body), frozenset((name,)))
    return replace(meaning, bound={**meaning.bound, **values}), found


def written_out(meaning: Meaning, body: Node) -> Node:
    """Undefined functions of names replaced by what they are at the point; arguments that are formulas stay."""
    functions = meaning.point.functions

    def rule(node: Node) -> Node:
        instance = functions.get(node.name) if isinstance(node, Call) else None
        if instance is None or len(instance.arguments) != len(children(node)):
            return node
        if not all(is_scalar_name(meaning, part) for part in children(node)):
            return node
        return substitute(instance.body, dict(zip(instance.arguments, children(node), strict=True)))

    return rewrite(body, rule) if functions else body


def is_scalar_name(meaning: Meaning, node: Node) -> bool:
    """A name that stands for one number: no vector that is spelled out when it is met."""
    if not isinstance(node, Name):
        return isinstance(node, Number)
    entry = meaning.context.get(node.name)
    return entry is None or (entry.kind == "scalar" and entry.value is None)


def is_compound(node: Node) -> bool:
    return isinstance(node, Apply) or (isinstance(node, Name) and node.name not in CONSTANTS)


def stands_still(meaning: Meaning, node: Node, moving: Collection[str]) -> bool:
    """Whether a tree holds nothing but arithmetic of numbers and of names with a value, none of which moves."""
    for part in walk(node):
        if isinstance(part, Name):
            if part.name in moving or not (part.name in NUMBERS or has_number(meaning, part.name)):
                return False
        elif not isinstance(part, Number) and not (isinstance(part, Apply) and part.op in PLAIN):
            return False
    return True


def has_number(meaning: Meaning, name: str) -> bool:
    """A plain scalar with a rational value at the point, or one that is bound."""
    entry = meaning.context.get(name)
    if name in meaning.bound:
        return not isinstance(meaning.bound[name], Grid) and (entry is None or entry.kind == "scalar")
    plain = entry is not None and entry.kind == "scalar" and entry.value is None
    return plain and isinstance(meaning.point.values.get(name), Fraction)


# -- layers of dual numbers --------------------------------------------------------------------------------------------
def projected(value: Any, mask: int, depth: int) -> Any:
    """A nested dual value with the layers of the mask alone, the outermost as its highest bit; the others left out."""
    if depth == 0:
        return value
    if isinstance(value, Grid):
        return Grid(tuple(tuple(projected(e, mask, depth) for e in row) for row in value.rows))
    if not isinstance(value, DualNumber):
        return value
    inner = projected(value.value, mask, depth - 1)
    if not mask >> (depth - 1) & 1:
        return inner
    return DualNumber(inner, None if value.derivative is None else projected(value.derivative, mask, depth - 1))


def projected_meaning(meaning: Meaning, mask: int, depth: int) -> Meaning:
    """The point with the layers of the mask alone; a name that no longer moves away from its value is bound no more."""
    bound = {name: projected(value, mask, depth) for name, value in meaning.bound.items()}
    bound = {name: value for name, value in bound.items() if not is_at_its_value(meaning, name, value)}
    moving = {name: projected(value, mask, depth) for name, value in meaning.moving.items()}
    return replace(meaning, bound=bound, moving=moving)


def is_at_its_value(meaning: Meaning, name: str, value: Any) -> bool:
    known, entry = meaning.point.values.get(name), meaning.context.get(name)
    plain = isinstance(known, Fraction) and entry is not None and entry.kind == "scalar"
    return plain and isinstance(value, fmpq) and value == fraction_to_real(known)  # type: ignore[arg-type]


__all__ = ["as_exponentials", "factored", "projected", "projected_meaning", "with_parts_done"]
