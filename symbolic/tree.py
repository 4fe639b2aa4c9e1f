r"""The unevaluated expression tree: what the author wrote, as we understood it.

Nothing is simplified on construction: `2/4` stays a quotient of 2 and 4, `a*b` and `b*a` differ.  The tree knows no
SymPy and no numbers but exact rationals.  Five kinds of node:

* `Number`: an exact rational (a written decimal is exactly what it says; `text` keeps the digits).
* `Name`: a declared name, or a bound variable.
* `Apply`: an operation of the closed list `OPERATIONS` on arguments (n-ary `add` and `mul`).
* `Array`: a matrix or vector literal by rows; a vector is one column.
* `Call`: a declared function, law, path or energy applied to arguments: f(z), p_Y(y), z(t).
* `Bind`: an operation that binds or differentiates with respect to names: integral, sum, expectation, derivative.

Trees are walked with a stack, never by recursion, so that depth is bounded by the limits of the reader alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain
from operator import is_
from typing import Any

from .source import NOWHERE, Span

ARITHMETIC = ("add", "mul", "neg", "div", "pow")
FUNCTIONS = (
    *("sqrt", "root", "exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "atan2"),
    *("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh", "abs", "sign", "erf", "erfc"),
    *("gamma", "loggamma", "digamma", "factorial", "binomial", "floor", "ceil", "mod", "min", "max"),
    *("sigmoid", "softplus", "besseli", "re", "im", "conj"),
)
LOGIC = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "piecewise")
MATRIX = (
    *("transpose", "inverse", "det", "trace", "norm", "normsq", "identity", "zeros", "diag", "dot", "outer"),
    *("hadamard", "entry", "matexp"),
)
# Heads whose value is derived from a declared law, flow or energy.
# `chain_mean` and `chain_covariance` are moments of linear forms in a chain of Gaussian variables (`linear_chain`).
# `vector_mean` and `vector_covariance` are the same for vectors of open size (`vector_laws`).
DERIVED = (
    *("mean", "covariance", "variance", "entropy", "kl", "normal_density", "chain_mean", "chain_covariance"),
    *("vector_mean", "vector_covariance"),
)
OPERATIONS = frozenset((*ARITHMETIC, *FUNCTIONS, *LOGIC, *MATRIX, *DERIVED))
BINDERS = frozenset(
    (
        *("integral", "sum", "product", "limit", "expect", "argmax", "argmin"),
        *("diff", "gradient", "jacobian", "divergence", "laplacian", "hessian", "supremum", "infimum", "at"),
    )
)
# `i` is no constant of the tree: authors use it as an index. The imaginary unit has a name that nobody writes.
CONSTANTS = frozenset(("pi", "e", "inf", "euler_gamma", "imaginary"))


class Walked:
    """A node with parts remembers the walk over it: a document asks for it again and again (`walk`)."""

    __slots__ = ("_nodes",)


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Apply(Walked):
    op: str
    args: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Array(Walked):
    rows: tuple[tuple[Node, ...], ...]
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True, slots=True)
class Call(Walked):
    name: str
    args: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Bind(Walked):
    """`names` are bound in `args[0]`, the body; the other arguments (bounds, a law) are outside their scope.

    integral, sum, product: args = (body, low, high) per name in turn: (body, low1, high1, low2, high2, ...).
    limit: (body, point), tag "+", "-" or "".  at: (body, point), the value there.  expect: (body, law).
    diff: tag "partial", "total" or "d"; one name per order of differentiation; args = (body,).
    gradient, jacobian, divergence, laplacian, hessian: args = (body, point of differentiation names as Name nodes).
    """

    op: str
    names: tuple[str, ...]
    args: tuple[Node, ...]
    tag: str = ""
    span: Span = field(default=NOWHERE, compare=False)


Node = Number | Name | Apply | Array | Call | Bind
# Most of the time of reading a document is spent in these walks: types are compared, not asked for their bases.
_LEAVES = (Name, Number)
REMEMBERED = 200  # nodes of a tree whose walk is remembered


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in order."""
    kind = type(node)
    if kind in _LEAVES:
        return ()
    if kind is Array:
        return tuple(entry for row in node.rows for entry in row)  # type: ignore[union-attr]
    return node.args  # type: ignore[union-attr]


def with_children(node: Node, parts: tuple[Node, ...]) -> Node:
    """The same node over other parts; the node itself where they are its own."""
    if isinstance(node, Apply):
        return node if same(parts, node.args) else Apply(node.op, parts, node.span)
    if isinstance(node, Call):
        return node if same(parts, node.args) else Call(node.name, parts, node.span)
    if isinstance(node, Bind):
        return node if same(parts, node.args) else replace(node, args=parts)
    if isinstance(node, Array):
        width = node.shape[1]
        rows = tuple(parts[i : i + width] for i in range(0, len(parts), width))
        return replace(node, rows=rows)
    return node


def same(parts: tuple[Node, ...], others: tuple[Node, ...]) -> bool:
    """Whether two rows of nodes hold the very same objects."""
    return len(parts) == len(others) and all(map(is_, parts, others))


def walk(node: Node) -> Iterator[Node]:
    """Every node, parents before children, left to right."""
    if type(node) in _LEAVES:
        return iter((node,))
    known: tuple[Node, ...] | None = getattr(node, "_nodes", None)
    if known is not None:
        return iter(known)
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        found.append(current)
        if type(current) not in _LEAVES:
            stack += children(current)[::-1]
        if len(found) == REMEMBERED:  # shared parts may make a tree endless to walk: it is left to who asked
            return chain(found, _rest(stack))
    object.__setattr__(node, "_nodes", tuple(found))
    return iter(found)


def _rest(stack: list[Node]) -> Iterator[Node]:
    while stack:
        current = stack.pop()
        yield current
        stack += children(current)[::-1]


def fold(node: Node, combine: Callable[[Node, tuple[Any, ...]], Any]) -> Any:
    """Post-order: `combine(node, values of its parts)`, without recursion."""
    if type(node) in _LEAVES:
        return combine(node, ())
    order: list[tuple[Node, int]] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if type(current) in _LEAVES:
            order.append((current, 0))
        else:
            parts = children(current)
            order.append((current, len(parts)))
            stack += parts
    order.reverse()  # backwards, parts come before their node; those of one node lie side by side at the end
    values: list[Any] = []
    for current, count in order:
        if count:
            taken = tuple(values[-count:])
            del values[-count:]
            values.append(combine(current, taken))
        else:
            values.append(combine(current, ()))
    return values[0]


def rewrite(node: Node, rule: Callable[[Node], Node]) -> Node:
    """The tree with `rule` applied to every node, parts first."""
    found: Node = fold(node, lambda n, parts: rule(with_children(n, parts) if parts else n))
    return found


def size(node: Node) -> int:
    return sum(1 for _ in walk(node))


def depth(node: Node) -> int:
    return int(fold(node, lambda _, parts: 1 + max(parts, default=0)))


def free_names(node: Node) -> frozenset[str]:
    """Names that occur free; bound variables are left out of the body only."""

    nodes = list(walk(node))
    for n in nodes:
        if type(n) is Bind:
            break
    else:
        return frozenset([n.name for n in nodes if type(n) is Name]) - CONSTANTS

    def combine(n: Node, parts: tuple[frozenset[str], ...]) -> frozenset[str]:
        if isinstance(n, Name):
            return frozenset((n.name,))
        found: frozenset[str] = frozenset().union(*parts)
        if isinstance(n, Bind) and n.op not in DIFFERENTIAL:
            inside = parts[0] - frozenset(n.names)
            return inside.union(*parts[1:])
        if isinstance(n, Bind):
            return found | frozenset(n.names)
        return found

    result: frozenset[str] = fold(node, combine)
    return result - CONSTANTS


DIFFERENTIAL = frozenset(("diff", "gradient", "jacobian", "divergence", "laplacian", "hessian"))


def calls(node: Node) -> frozenset[str]:
    """Names that are applied to arguments."""
    return frozenset(n.name for n in walk(node) if isinstance(n, Call))


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """Free occurrences of names replaced; a bound variable shadows.

    Bound names are never captured: values are closed or fresh.
    """
    if not values:
        return node
    if isinstance(node, Name):
        return values.get(node.name, node)
    if isinstance(node, Bind) and node.op not in DIFFERENTIAL:
        inner = {k: v for k, v in values.items() if k not in node.names}
        body = substitute(node.args[0], inner)
        return replace(node, args=(body, *(substitute(a, values) for a in node.args[1:])))
    parts = children(node)
    if not parts:
        return node
    return with_children(node, tuple(substitute(part, values) for part in parts))


def integer(value: int) -> Number:
    return Number(Fraction(value))


def add(*parts: Node) -> Node:
    return parts[0] if len(parts) == 1 else Apply("add", parts)


def mul(*parts: Node) -> Node:
    return parts[0] if len(parts) == 1 else Apply("mul", parts)


def neg(part: Node) -> Node:
    return Apply("neg", (part,))


def column(*entries: Node) -> Array:
    """A vector literal: one column."""
    return Array(tuple((entry,) for entry in entries))


def to_json(node: Node) -> Any:
    """A JSON form without spans: lists whose first item names the kind."""

    def combine(n: Node, parts: tuple[Any, ...]) -> Any:
        if isinstance(n, Number):
            return ["n", f"{n.value.numerator}/{n.value.denominator}", n.text]
        if isinstance(n, Name):
            return ["v", n.name]
        if isinstance(n, Apply):
            return ["a", n.op, *parts]
        if isinstance(n, Call):
            return ["c", n.name, *parts]
        if isinstance(n, Array):
            return ["m", n.shape[1], *parts]
        return ["b", n.op, list(n.names), n.tag, *parts]

    return fold(node, combine)


def from_json(data: Any) -> Node:
    """The tree that `to_json` wrote.  Raises ValueError on anything else."""
    if not isinstance(data, list) or not data:
        raise ValueError("expected a tree as a list; got something else")
    kind = data[0]
    if kind == "n":
        top, bottom = data[1].split("/")
        return Number(Fraction(int(top), int(bottom)), data[2])
    if kind == "v":
        return Name(str(data[1]))
    if kind == "a" and data[1] in OPERATIONS:
        return Apply(data[1], tuple(from_json(part) for part in data[2:]))
    if kind == "c":
        return Call(str(data[1]), tuple(from_json(part) for part in data[2:]))
    if kind == "m":
        parts = tuple(from_json(part) for part in data[2:])
        width = int(data[1])
        return Array(tuple(parts[i : i + width] for i in range(0, len(parts), width)))
    if kind == "b" and data[1] in BINDERS:
        return Bind(data[1], tuple(data[2]), tuple(from_json(part) for part in data[4:]), str(data[3]))
    raise ValueError(f"expected a node of the tree; got {kind!r}")
