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
_SHAPE = re.compile(r"(vector|matrix|function|map)\s*\(\s*([^()]*?)\s*\)")


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
        value = constant(bound.value) if bound is not None else None
        if bound is None or value is None:
            return False
        return value < 0 or (value == 0 and not bound.closed)


def _at_least(bound: Bound | None, strict: bool) -> bool:
    value = constant(bound.value) if bound is not None else None
    if bound is None or value is None:
        return False
    return value > 0 or (value == 0 and (not strict or not bound.closed))


REAL = Domain()
DEFAULT_REAL = Domain(declared=False)


def _simple(domain: Domain, word: str, subject: Node) -> Domain:
    if word in ("real", "complex", "integer"):
        if "complex" in (word, domain.field) and domain.field != word and domain.field != "real":
            raise ValueError(f"expected one of real, complex, integer; got {domain.field} and {word}")
        return domain if word == "real" and domain.field == "integer" else replace(domain, field=word)
    if word == "positive":
        return with_bound(domain, ">", ZERO, subject)
    if word == "nonnegative":
        return with_bound(domain, ">=", ZERO, subject)
    if word == "negative":
        return with_bound(domain, "<", ZERO, subject)
    if word == "nonpositive":
        return with_bound(domain, "<=", ZERO, subject)
    return replace(domain, nonzero=True)


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def with_words(domain: Domain, words: str, subject: Node) -> tuple[Domain, str]:
    """Apply the words and shapes at the head of `words`; returns the domain and the rest that is mathematics.

    Raises:
        ValueError: with the nearest known word, when `words` begins with a word that is not of the list.
    """
    rest = words.strip()
    while rest:
        word = next((w for w in (*TRAITS, *SIMPLE) if re.match(rf"{w}\b", rest)), None)
        if word is not None:
            rest = rest[len(word) :].strip()
            if word in TRAITS:
                domain = replace(domain, traits=domain.traits | {word})
            elif word == "positive" and rest.startswith(("function", "map")):
                domain = replace(domain, positive_values=True)
            else:
                domain = _simple(domain, word, subject)
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
    if kind == "map":
        if len(sizes) != 1 or not isinstance(sizes[0], int) or not 1 <= sizes[0] <= 3:
            raise ValueError("expected map(n) with 1 <= n <= 3, a map of R^n to itself")
        return replace(domain, arity=1, shape=(sizes[0],) if sizes[0] > 1 else ())
    wanted = 1 if kind == "vector" else 2
    if len(sizes) != wanted:
        raise ValueError(f"expected {kind} with {wanted} size{'s' * (wanted > 1)}; got {len(sizes)}")
    for size in sizes:
        if isinstance(size, int) and not 1 <= size <= 12:
            raise ValueError(f"expected sizes from 1 to 12; got {size}")
        if isinstance(size, str) and not re.fullmatch(r"[A-Za-z]\w*", size):
            raise ValueError(f"expected a size as a number or a name; got {size!r}")
    return replace(domain, shape=tuple(sizes))


def nearest_word(text: str) -> str:
    """A hint for a text that is no domain: the nearest word of the list, or the whole list."""
    words = (*SIMPLE, *TRAITS, "vector(n)", "matrix(m,n)", "function(n)", "map(n)")
    from difflib import get_close_matches

    found = get_close_matches(text.lower(), words, n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else "words: " + ", ".join(words)


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


def with_bound(domain: Domain, relation: str, value: Node, subject: Node) -> Domain:
    """`name relation value` as a bound of the domain; the tighter of two is kept, whichever comes first.

    Where the two cannot be compared (`> 2, > k`) the second becomes a condition on `subject`, the name itself.
    """
    if relation == "=":
        if domain.value is not None and domain.value != value:
            raise ValueError("expected one value; got two")
        return replace(domain, value=value)
    side = "high" if relation in ("<", "<=") else "low"
    bound = Bound(value=value, closed=relation in ("<=", ">="))
    known: Bound | None = getattr(domain, side)
    if known is None or known == bound:
        return _with_side(domain, side, bound)
    old, new = constant(known.value), constant(value)
    if old is None or new is None:
        return _second_bound(domain, side, known, bound, subject)
    tighter = new > old if side == "low" else new < old
    return _with_side(domain, side, bound) if tighter or (new == old and not bound.closed) else domain


def _with_side(domain: Domain, side: str, bound: Bound) -> Domain:
    return replace(domain, low=bound) if side == "low" else replace(domain, high=bound)


def _second_bound(domain: Domain, side: str, known: Bound, bound: Bound, subject: Node) -> Domain:
    """Two bounds of one side of which one is a name: the number stays the bound, the other becomes a condition."""
    if constant(known.value) is None and constant(bound.value) is not None:
        known, bound = bound, known
    relation = {"low": "<", "high": ">"}[side] + ("=" if bound.closed else "")
    condition = condition_node(relation, bound.value, subject)
    return replace(_with_side(domain, side, known), conditions=(*domain.conditions, condition))


def constant(node: Node) -> Fraction | None:
    """The value of a number with signs and quotients, else None."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Apply) and node.op == "neg":
        inner = constant(node.args[0])
        return None if inner is None else -inner
    if isinstance(node, Apply) and node.op == "div":
        top, bottom = constant(node.args[0]), constant(node.args[1])
        return None if top is None or not bottom else top / bottom
    return None


def contradiction(domain: Domain) -> str:
    """Why nothing can live in the domain, or "": contradictory assumptions would prove everything."""
    low, high = domain.low, domain.high
    if (low and low.value == Name("inf")) or (high and high.value == Apply("neg", (Name("inf"),))):
        return "the bounds leave nothing"
    if domain.field == "complex" and (low or high):
        return "a complex number has no order"
    below = constant(low.value) if low else None
    above = constant(high.value) if high else None
    if below is not None and above is not None and low and high:
        if below > above or (below == above and not (low.closed and high.closed)):
            return "the bounds leave nothing"
        if below == above == 0 and domain.nonzero:
            return "the bounds leave nothing"
        if domain.field == "integer" and not _whole_between(below, above, low.closed, high.closed):
            return "no integer lies between the bounds"
    return _value_contradiction(domain, below, above) or _shape_contradiction(domain)


def _whole_between(below: Fraction, above: Fraction, low_closed: bool, high_closed: bool) -> bool:
    first = -(-below.numerator // below.denominator)
    first += 1 if first == below and not low_closed else 0
    return first < above or (first == above and high_closed)


def _value_contradiction(domain: Domain, below: Fraction | None, above: Fraction | None) -> str:
    value = constant(domain.value) if domain.value is not None else None
    if value is None:
        return ""
    low, high = domain.low, domain.high
    outside = (below is not None and low is not None and (value < below or (value == below and not low.closed))) or (
        above is not None and high is not None and (value > above or (value == above and not high.closed))
    )
    wrong = (domain.nonzero and value == 0) or (domain.field == "integer" and value.denominator != 1)
    return "the value does not satisfy the other conditions" if outside or wrong else ""


def _shape_contradiction(domain: Domain) -> str:
    if domain.traits and len(domain.shape) != 2:
        return f"'{min(domain.traits)}' belongs to a matrix"
    rows_columns = domain.shape if len(domain.shape) == 2 else ()
    if domain.traits and rows_columns and rows_columns[0] != rows_columns[1]:
        return f"'{min(domain.traits)}' belongs to a square matrix"
    if domain.arity is not None and (domain.low or domain.high or domain.value is not None or domain.nonzero):
        return "a function has no bounds; write 'positive function(n)'"
    return ""


def condition_node(relation: str, left: Node, right: Node) -> Node:
    """A relation as a truth-valued node."""
    ops = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "!=": "ne"}
    return Apply(ops[relation], (left, right))
