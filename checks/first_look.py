r"""The first look at an equality: both sides in balls at four points, for what is analytic where its names live.

Two analytic functions on a connected domain are one function or agree almost nowhere, so that a few points with both
signs tell nearly all that many would.  It is taken only where this argument holds: real scalars with plain bounds,
sums, products, whole powers and functions without a branch (sqrt, log and other powers of what is positive by its
form), and terms that 256 bits can see beside each other.  Everything else is None: the full look (`equality.py`) with
its many points, precisions and special places.  A disjoint pair of balls refutes, as everywhere; agreement supports,
with wrong variants of the right side (times 1.001, plus 0.001, the sign) that the same points must tell from the left
one.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from ..numeric.balls import Indeterminate, Undefined, working_precision
from ..numeric.real_operations import REAL_OPERATIONS
from ..symbolic.context import Context, Entry
from ..symbolic.domains import Domain
from ..symbolic.tree import Apply, Array, Bind, Call, Name, Node, Number, children
from .claim import Part
from .evidence import Counterexample, Enclosure, Evidence
from .points import Point
from .pointwise import Probe, Side, difference_text, narrow, point_text, told_apart

METHOD = "ball arithmetic at points"
BITS = 256
POINTS = 4
FAINT = 1e-30  # beside the largest term of a sum: a term below it is looked for at more bits than these
LONGEST = 64  # bits of a number as written
LARGEST_POWER = 64
LARGEST_ARGUMENT = 10**6
FARTHEST = 40  # of the argument of a function: 1 - tanh 40 is 1e-34
SLIP = Fraction(1, 1000)
SIZES = tuple(sorted({Fraction(p, q) for p in range(1, 41) for q in (5, 7, 9, 11, 13)}))
TINY = tuple(size / 32 for size in SIZES)
# Analytic on the whole line, or with poles alone, across which two functions are still one.
WHOLE = frozenset(
    (
        *("exp", "sin", "cos", "sinh", "cosh", "tanh", "sech", "atan", "asinh", "erf", "erfc", "sigmoid", "softplus"),
        *("tan", "cot", "sec", "csc", "coth", "csch"),
    )
)
BRANCHED = frozenset(("sqrt", "log"))
MARKS: Mapping[type, str] = {Name: "name", Apply: "op", Number: "value", Call: "name", Bind: "op", Array: "shape"}
Values = list[Any]  # of one node: a ball for each point, or a single one where no name occurs


class Beyond(Exception):  # noqa: N818 - an answer, not a failure
    """The first look cannot tell: the full one is needed."""


def first_look(part: Part, seed: int) -> list[Evidence] | None:
    """A counterexample, or support from a few points; None where the full look is needed."""
    if part.relation != "=":
        return None
    for near_zero in (False, True):
        try:
            with working_precision(BITS):
                look = Look(part.context, seed, near_zero)
                left, right = look.values(part.lhs), look.values(part.rhs)
                if not look.drawn:
                    return None  # one point is all of a constant claim: it is looked at as closely as we can
                return judged(part, look, spread(left), spread(right))
        except TooFar:
            continue  # tanh(30 x) is told from 1 where x is small
        except (Beyond, Undefined, Indeterminate, RecursionError):
            return None
    return None


def seed_of(seed: int, lhs: Node, rhs: Node) -> int:
    """A seed of the points for two sides that have no id: another one for another claim, the same on every machine."""
    marks = [str(seed)]
    stack = [lhs, rhs]
    while stack:
        node = stack.pop()
        marks.append(str(getattr(node, MARKS[type(node)])))
        stack.extend(children(node))
    return zlib.crc32(" ".join(marks).encode())


def spread(values: Values) -> Values:
    return values * POINTS if len(values) == 1 else values


def judged(part: Part, look: Look, left: Values, right: Values) -> list[Evidence] | None:
    """The evidence of the values; None where they overlap and are too wide to agree."""
    for index, (a, b) in enumerate(zip(left, right, strict=True)):
        if not a.overlaps(b):
            return None if look.undeclared else [counterexample(part, look, index, a, b)]
    if not all(narrow(a, b) and narrow(b, a) for a, b in zip(left, right, strict=True)):
        return None
    radius = max(float((a - b).abs_upper()) for a, b in zip(left, right, strict=True)) * (1 + 2**-50)
    caught, tried = controls(left, right)
    return [
        Enclosure(
            method=METHOD,
            residual=f"|lhs - rhs| <= {radius:.2g}",
            radius=radius,
            bits=BITS,
            covers="points",
            points=POINTS,
            caught=caught,
            tried=tried,
            detail=part.label,
        )
    ]


def counterexample(part: Part, look: Look, index: int, a: arb, b: arb) -> Counterexample:
    point = Point({name: drawn[index] for name, drawn in look.points.items()})
    probe = Probe(point=point, lhs=Side(value=a), rhs=Side(value=b), verdict="differ", bits=BITS)
    left, right = told_apart(probe.lhs, probe.rhs, None)
    return Counterexample(
        method=METHOD,
        point=point_text(point),
        lhs=left,
        rhs=right,
        difference=difference_text(probe),
        bits=BITS,
        detail=part.label,
    )


def controls(left: Values, right: Values) -> tuple[int, int]:
    """How many variants of the right side that are certainly wrong these points tell from the left side."""
    slip = arb(fmpq(SLIP.numerator, SLIP.denominator))
    certain = any(not b.contains(0) for b in right)
    variants: list[Callable[[arb], arb]] = [lambda b: b + slip]
    variants += [lambda b: b * (1 + slip), lambda b: -b] if certain else []
    caught = sum(any(not a.overlaps(v(b)) for a, b in zip(left, right, strict=True)) for v in variants)
    return caught, len(variants)


class TooFar(Beyond):
    """The argument of a function is so large that its values cannot be told from a constant."""


class Look:
    """The values of trees at the points of one look; names get their values when they are met."""

    def __init__(self, context: Context, seed: int, near_zero: bool = False) -> None:
        self.context, self.sizes = context, TINY if near_zero else SIZES
        self.random = random.Random(seed)
        self.points: dict[str, tuple[Fraction, ...]] = {}
        self.drawn: dict[str, Values] = {}
        self.undeclared = False

    def values(self, node: Node) -> Values:
        if isinstance(node, Name):
            return self.name(node.name)
        if isinstance(node, Number):
            value = node.value
            top, bottom = value.numerator, value.denominator
            if top.bit_length() + bottom.bit_length() > LONGEST:
                raise Beyond
            return [arb(top) if bottom == 1 else arb(fmpq(top, bottom))]
        if not isinstance(node, Apply):
            raise Beyond
        if node.op == "pow":
            return self.power(node)
        if node.op in WHOLE or (node.op in BRANCHED and is_positive(node.args[0], self.context)):
            flat = node.op not in BRANCHED and node.op != "exp"  # of the others some are constants far out
            operation, farthest = REAL_OPERATIONS[node.op], FARTHEST if flat else LARGEST_ARGUMENT
            return [finite(operation(near(value, farthest))) for value in self.values(node.args[0])]
        arithmetic = ARITHMETIC.get(node.op)
        if arithmetic is None:
            raise Beyond
        return arithmetic([self.values(part) for part in node.args])

    def name(self, name: str) -> Values:
        found = self.drawn.get(name)
        if found is None:
            if name in CONSTANTS:
                return [CONSTANTS[name]()]
            entry = self.context.get(name)
            if entry is None or not is_plain(entry, self.context):
                raise Beyond
            self.undeclared |= not entry.domain.declared
            self.points[name] = tuple(value_in(entry.domain, self.random, index, self.sizes) for index in range(POINTS))
            found = self.drawn[name] = [arb(fmpq(v.numerator, v.denominator)) for v in self.points[name]]
        return found

    def power(self, node: Apply) -> Values:
        """A whole power of anything, any power of what is positive by its form."""
        base, exponent = node.args
        whole = whole_number(exponent)
        if whole is None:
            if not is_positive(base, self.context):
                raise Beyond
            return [finite(b**e) for b, e in aligned([self.values(base), self.values(exponent)])]
        if abs(whole) > LARGEST_POWER or whole == 0:
            raise Beyond
        found = self.values(base)
        if whole < 0 and any(value.contains(0) for value in found):
            raise Beyond
        return [finite(value**whole) for value in found]


def aligned(parts: list[Values]) -> list[tuple[Any, ...]]:
    """The values point by point; constants stand at every point."""
    for part in parts:
        if len(part) > 1:
            return list(zip(*[part if len(part) > 1 else part * POINTS for part in parts], strict=True))
    return [tuple([part[0] for part in parts])]


def added(parts: list[Values]) -> Values:
    rows = aligned(parts)
    for row in rows:
        sizes = [abs(float(term.mid())) for term in row if term != 0]
        if sizes and min(sizes) <= FAINT * max(sizes):  # also one that no float holds
            raise Beyond
    return [sum(row[1:], start=row[0]) for row in rows]


def multiplied(parts: list[Values]) -> Values:
    found = []
    for row in aligned(parts):
        product = row[0]
        for factor in row[1:]:
            product = product * factor
        found.append(product)
    return found


def divided(parts: list[Values]) -> Values:
    if any(value.contains(0) for value in parts[1]):
        raise Beyond
    return [finite(a / b) for a, b in aligned(parts)]


def negated(parts: list[Values]) -> Values:
    return [-value for value in parts[0]]


ARITHMETIC: Mapping[str, Callable[[list[Values]], Values]] = {
    "add": added,
    "mul": multiplied,
    "div": divided,
    "neg": negated,
}
CONSTANTS: Mapping[str, Callable[[], arb]] = {"pi": arb.pi, "e": arb.const_e}


def near(value: Any, farthest: int) -> Any:
    """An argument of moderate size: tanh 90 cannot be told from 1 with 256 bits."""
    if not abs(value) < farthest:
        raise TooFar
    return value


def finite(value: Any) -> arb:
    if type(value) is not arb:
        value = arb(value)
    if not value.is_finite():
        raise Beyond
    return value


def whole_number(node: Node) -> int | None:
    """A whole number as written, perhaps with a minus."""
    if isinstance(node, Apply) and node.op == "neg":
        inside = whole_number(node.args[0])
        return None if inside is None else -inside
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else None


def is_plain(entry: Entry, context: Context) -> bool:
    """A real number with no meaning but its bounds, which are numbers."""
    domain = entry.domain
    free = entry.kind == "scalar" and entry.value is None and entry.name not in context.laws
    simple = domain.field == "real" and domain.is_scalar and domain.value is None and not domain.conditions
    bounds = (bound.value for bound in (domain.low, domain.high) if bound is not None)
    return free and simple and not domain.positive_values and all(isinstance(b, Number) for b in bounds)


def is_positive(node: Node, context: Context) -> bool:
    """Whether a tree is positive by its form, wherever its names live: no branch is met."""
    if isinstance(node, Number):
        return node.value > 0
    if isinstance(node, Name):
        entry = context.get(node.name)
        return node.name in CONSTANTS or (entry is not None and entry.domain.positive)
    if not isinstance(node, Apply):
        return False
    if node.op in ("exp", "cosh", "sech", "sigmoid", "softplus"):
        return True
    if node.op in ("mul", "div"):
        return all(is_positive(part, context) for part in node.args)
    if node.op == "add":
        kinds = [is_positive(part, context) for part in node.args]
        return any(kinds) and all(k or is_square(p) for k, p in zip(kinds, node.args, strict=True))
    return node.op in ("pow", "sqrt") and is_positive(node.args[0], context)


def is_square(node: Node) -> bool:
    """An even power as written."""
    power = whole_number(node.args[1]) if isinstance(node, Apply) and node.op == "pow" else None
    return power is not None and power > 0 and power % 2 == 0


def value_in(domain: Domain, r: random.Random, index: int, sizes: tuple[Fraction, ...]) -> Fraction:
    """A short rational inside the bounds; where there is none, both signs occur among the points."""
    low = domain.low.value.value if domain.low is not None else None  # type: ignore[union-attr]
    high = domain.high.value.value if domain.high is not None else None  # type: ignore[union-attr]
    if low is not None and high is not None:
        denominator = r.choice((11, 13, 17, 29))
        return Fraction(low + (high - low) * Fraction(r.randint(1, denominator - 1), denominator))
    size = sizes[int(r.random() * len(sizes))]
    if low is not None:
        return size + low if low else size
    if high is not None or (index and (index == 1 or r.random() < 0.5)):
        return high - size if high else -size
    return size


__all__ = ["first_look", "seed_of"]
