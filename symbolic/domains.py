r"""Domains: the words that say where a name lives, the same everywhere.

    real  complex  integer  positive  nonnegative  negative  nonzero  (0,1)  [-1,1]  > 2  >= 10  |x| <= 1  > k  = value
    vector(n)  matrix(m,n)  symmetric / positive definite / invertible matrix(n,n)  function(n)  positive function(n)

Conditions are joined by commas.  A domain is data: the sampler of points, the SymPy assumptions and the report all
read the same record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from .tree import Apply, Name, Node, Number

ZERO = Number(Fraction(0))
SIMPLE = ("real", "complex", "integer", "positive", "nonnegative", "negative", "nonpositive", "nonzero")
TRAITS = ("symmetric", "positive definite", "invertible", "diagonal", "orthogonal")
_SHAPE = re.compile(r"(vector|matrix|function)\s*\(\s*([^()]*?)\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One side of an interval: the value, and whether it belongs to the domain."""

    value: Node
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where a name lives.

    Attributes:
        field: "real", "complex" or "integer".
        shape: () for a scalar, (n,) for a vector, (m, n) for a matrix; sizes are integers or names.
        arity: number of arguments of a function, else None; `positive_values` where its values are positive.
        low, high: bounds; nonzero: 0 is left out; value: fixed to this value.
        traits: of a matrix; conditions: further relations that must hold.
        declared: False when the domain is a default or was inferred.
    """

    field: str = "real"
    shape: tuple[int | str, ...] = ()
    arity: int | None = None
    positive_values: bool = False
    low: Bound | None = None
    high: Bound | None = None
    nonzero: bool = False
    value: Node | None = None
    traits: frozenset[str] = frozenset()
    conditions: tuple[Node, ...] = ()
    text: str = "real"
    declared: bool = True

    @property
    def is_scalar(self) -> bool:
        return not self.shape and self.arity is None

    @property
    def positive(self) -> bool:
        """Certainly > 0 by its own bounds."""
        return _at_least(self.low, strict=True)

    @property
    def nonnegative(self) -> bool:
        return _at_least(self.low, strict=False)

    @property
    def negative(self) -> bool:
        bound = self.high
        if bound is None or not isinstance(bound.value, Number):
            return False
        return bound.value.value < 0 or (bound.value.value == 0 and not bound.closed)


def _at_least(bound: Bound | None, strict: bool) -> bool:
    if bound is None or not isinstance(bound.value, Number):
        return False
    value = bound.value.value
    return value > 0 or (value == 0 and (not strict or not bound.closed))


REAL = Domain()
DEFAULT_REAL = Domain(declared=False)


def _simple(domain: Domain, word: str) -> Domain:
    if word in ("real", "complex", "integer"):
        return replace(domain, field=word)
    if word == "positive":
        return replace(domain, low=Bound(value=ZERO, closed=False))
    if word == "nonnegative":
        return replace(domain, low=Bound(value=ZERO, closed=True))
    if word == "negative":
        return replace(domain, high=Bound(value=ZERO, closed=False))
    if word == "nonpositive":
        return replace(domain, high=Bound(value=ZERO, closed=True))
    return replace(domain, nonzero=True)


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def with_words(domain: Domain, words: str) -> tuple[Domain, str]:
    """Apply the words and shapes at the head of `words`; returns the domain and the rest that is mathematics.

    Raises:
        ValueError: with the nearest known word, when `words` begins with a word that is not of the list.
    """
    rest = words.strip()
    while rest:
        word = next((w for w in (*SIMPLE, *TRAITS) if re.match(rf"{w}\b", rest)), None)
        if word is not None:
            rest = rest[len(word) :].strip()
            if word in TRAITS:
                domain = replace(domain, traits=domain.traits | {word})
            elif word == "positive" and re.match(r"(function|semi)", rest):
                domain = replace(domain, positive_values=True)
            else:
                domain = _simple(domain, word)
            continue
        shape = _SHAPE.match(rest)
        if shape:
            domain = _with_shape(domain, shape[1], [_size(s.strip()) for s in shape[2].split(",")])
            rest = rest[shape.end() :].strip()
            continue
        break
    return domain, rest


def _with_shape(domain: Domain, kind: str, sizes: list[int | str]) -> Domain:
    if kind == "function":
        if len(sizes) != 1 or not isinstance(sizes[0], int) or not 1 <= sizes[0] <= 9:
            raise ValueError("expected function(n) with 1 <= n <= 9")
        return replace(domain, arity=sizes[0])
    wanted = 1 if kind == "vector" else 2
    if len(sizes) != wanted:
        raise ValueError(f"expected {kind} with {wanted} size{'s' * (wanted > 1)}; got {len(sizes)}")
    for size in sizes:
        if isinstance(size, int) and not 1 <= size <= 12:
            raise ValueError(f"expected sizes from 1 to 12; got {size}")
        if isinstance(size, str) and not re.fullmatch(r"[A-Za-z]\w*", size):
            raise ValueError(f"expected a size as a number or a name; got {size!r}")
    return replace(domain, shape=tuple(sizes))


def split_conditions(text: str) -> list[str]:
    """The conditions of a domain text, split at commas outside brackets and bars.

    >>> split_conditions("integer, > k"), split_conditions("(0,1)"), split_conditions("matrix(2,2), = [[1,2],[3,4]]")
    (['integer', '> k'], ['(0,1)'], ['matrix(2,2)', '= [[1,2],[3,4]]'])
    """
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def with_bound(domain: Domain, relation: str, value: Node) -> Domain:
    """`name relation value` as a bound of the domain."""
    if relation == "=":
        return replace(domain, value=value)
    bound = Bound(value=value, closed=relation in ("<=", ">="))
    if relation in ("<", "<="):
        return replace(domain, high=bound)
    return replace(domain, low=bound)


def condition_node(relation: str, left: Node, right: Node) -> Node:
    """A relation as a truth-valued node."""
    ops = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "!=": "ne"}
    return Apply(ops[relation], (left, right))


def is_name(node: Node, name: str) -> bool:
    return isinstance(node, Name) and node.name == name
