r"""The refuter: both sides of a claim in balls at points of its domain.

Two disjoint balls refute; overlap at any precision proves nothing, and an undefined point is never skipped.  At each
point the precision rises from 64 to 1024 bits until the sides are told apart or agree closely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flint import acb, arb, fmpq

from ..numeric.balls import Indeterminate, RealBalls, Undefined, disjoint, to_ball, to_text, working_precision
from ..numeric.complex_balls import ComplexBalls, complex_disjoint
from ..symbolic.context import Context, EnergyLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Unit, Value, normal
from ..symbolic.tree import Bind, Call, Name, Node, walk
from .interpret import Meaning
from .points import ComplexValue, Point, Scalar

PRECISIONS = (64, 256, 1024)
DEAR_PRECISIONS = (96, 256, 1024)
CLOSE_BITS = 40
DEEP_BITS = 2048
DEEPEST_BITS = 1 << 16

Route = Callable[[Node, Point, int], Value]


@dataclass(frozen=True, slots=True)
class Side:
    """What one side is at a point: a value, certainly none (`undefined`), or not to be told (`unknown`)."""

    value: Value = None
    undefined: str = ""
    unknown: str = ""

    @property
    def defined(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Both sides at one point.  `verdict` is agree, differ, one-sided, undefined or unknown."""

    point: Point
    lhs: Side
    rhs: Side
    verdict: str
    bits: int
    entry: tuple[int, int] | None = None
    radius: float = 0.0


class Watching:
    """A table that notes by how many binary orders the terms of a sum lie apart: that many bits tell them."""

    def __init__(self, table: Any, spread: list[int]) -> None:
        self.table, self.spread = table, spread

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        if op == "add" and len(args) > 1:
            orders = [order for a in args if (order := magnitude(a)) is not None]
            if len(orders) > 1:
                self.spread.append(max(orders) - min(orders))
        return self.table.apply(op, args)


def magnitude(value: Any) -> int | None:
    """The binary order of a number that is certainly not 0."""
    with working_precision(64):
        ball = abs(value) if isinstance(value, acb) else abs(to_ball(value)) if isinstance(value, arb | fmpq) else None
        if ball is None or not ball.is_finite() or not ball > 0:
            return None
        order = (ball.lower() if ball.lower() > 0 else ball).log() / arb.const_log2()
        return int(order.mid().floor().fmpq().p) if order.is_finite() else None


@dataclass(frozen=True)
class Balls:
    """Evaluates trees in real balls under a context; `integrals` answers integrals and expectations."""

    context: Context
    integrals: Any = None
    table: Callable[[int], Any] = RealBalls
    cache: dict[tuple[Node, int, int], tuple[Point, Side]] = field(default_factory=dict)

    def side(self, node: Node, point: Point, bits: int) -> Side:
        """The value of a tree at a point; a side that was evaluated before is not evaluated again."""
        key = (node, id(point), bits)
        if key not in self.cache:
            # The point is kept beside its side, so that its identity stays its own as long as the cache lives.
            self.cache[key] = (point, self.evaluate(node, point, bits))
        return self.cache[key][1]

    def evaluate(self, node: Node, point: Point, bits: int) -> Side:
        meaning = Meaning(self.context, point, integrals=self.integrals)
        try:
            value = normal(Evaluator(self.table(bits), meaning).value(node))
        except Undefined as error:
            return Side(undefined=error.reason)
        except (Indeterminate, Mismatch) as error:
            return Side(unknown=str(error))
        if isinstance(value, bool):
            return Side(unknown="a truth value")
        return Side(value=value)

    def deeper(self, lhs: Node, rhs: Node, point: Point) -> Probe | None:
        """The sides at a precision at which the smallest term of every sum is seen; None where that is too costly."""
        spread: list[int] = []
        meaning = Meaning(self.context, point, integrals=self.integrals)
        for side in (lhs, rhs):
            try:
                Evaluator(Watching(self.table(64), spread), meaning).value(side)
            except (Undefined, Indeterminate, Mismatch):
                return None
        bits = max(DEEP_BITS, max(spread, default=0) + 256)
        if bits > DEEPEST_BITS:
            return None
        return compare(point, self.side(lhs, point, bits), self.side(rhs, point, bits), bits)

    def probe(self, lhs: Node, rhs: Node, point: Point) -> Probe:
        """Compare both sides at a point, with rising precision."""
        found: Probe | None = None
        # 256 bits see differences down to 1e-70; integrals are enclosed at 96 bits first, to a radius well below 1e-15.
        dear = costly(lhs, self.context) or costly(rhs, self.context)
        least, precisions = (96, DEAR_PRECISIONS) if dear else (256, PRECISIONS)
        if least == 256 and not point.values and not point.functions:
            least = 1024  # one point is all of a constant claim, so it is looked at as closely as we can
        for bits in precisions:
            left, right = self.side(lhs, point, bits), self.side(rhs, point, bits)
            found = compare(point, left, right, bits)
            if found.verdict in ("differ", "one-sided", "undefined"):
                return found
            if found.verdict == "agree" and bits >= least and close(left, right):
                return found
            if found.verdict == "unknown" and bits >= 256:
                return found
        assert found is not None
        if found.verdict == "agree" and not close(found.lhs, found.rhs):
            # Wide balls overlap whatever they stand for.
            return replace(found, verdict="unknown", rhs=Side(unknown="the enclosures are too wide to compare"))
        return found


def costly(node: Node, context: Context) -> bool:
    """Whether the tree contains an integral, an expectation or a normaliser."""
    for n in walk(node):
        if isinstance(n, Bind) and n.op in ("integral", "expect"):
            return True
        entry = context.get(n.name) if isinstance(n, Name | Call) else None
        if entry is not None and (entry.kind == "partition" or isinstance(context.law_of(entry.name), EnergyLaw)):
            return True
    return False


def laborious(node: Node, context: Context) -> bool:
    """Whether one evaluation takes long: integrals, and sums without end."""
    from .infinite_sums import is_endless

    return costly(node, context) or any(is_endless(n) for n in walk(node))


def compare(point: Point, left: Side, right: Side, bits: int) -> Probe:
    """The verdict of two sides at one precision."""
    if left.unknown or right.unknown:
        return Probe(point=point, lhs=left, rhs=right, verdict="unknown", bits=bits)
    if not left.defined and not right.defined:
        return Probe(point=point, lhs=left, rhs=right, verdict="undefined", bits=bits)
    if not left.defined or not right.defined:
        return Probe(point=point, lhs=left, rhs=right, verdict="one-sided", bits=bits)
    pairs = paired(left.value, right.value)
    if pairs is None:
        reason = "the two sides have different shapes"
        return Probe(point=point, lhs=left, rhs=Side(unknown=reason), verdict="unknown", bits=bits)
    for place, a, b in pairs:
        if apart(a, b):
            return Probe(point=point, lhs=left, rhs=right, verdict="differ", bits=bits, entry=place)
    radius = max(residual_radius(a, b, bits) for _, a, b in pairs)
    return Probe(point=point, lhs=left, rhs=right, verdict="agree", bits=bits, radius=radius)


def paired(left: Value, right: Value) -> list[tuple[tuple[int, int] | None, Any, Any]] | None:
    """Entries of both sides that must be equal; a scalar 0 stands for a zero matrix; None when shapes differ."""
    if isinstance(left, Unit) or isinstance(right, Unit):
        if isinstance(left, Unit) and isinstance(right, Unit):
            return [(None, to_ball_one(), to_ball_one())]
        left, right = (identity_like(a, b) for a, b in ((left, right), (right, left)))
        if isinstance(left, Unit) or isinstance(right, Unit):
            return None
    if isinstance(left, Grid) and isinstance(right, Grid):
        if left.shape != right.shape:
            return None
        return [
            ((i + 1, j + 1), a, b)
            for i, (x, y) in enumerate(zip(left.rows, right.rows, strict=True))
            for j, (a, b) in enumerate(zip(x, y, strict=True))
        ]
    if isinstance(left, Grid) or isinstance(right, Grid):
        return None
    return [(None, left, right)]


def to_ball_one() -> Any:
    return RealBalls(64).number(Fraction(1))


def identity_like(value: Value, other: Value) -> Value:
    if isinstance(value, Unit) and isinstance(other, Grid) and other.shape[0] == other.shape[1]:
        table = RealBalls(64)
        one, zero = table.number(Fraction(1)), table.number(Fraction(0))
        n = other.shape[0]
        return Grid(tuple(tuple(one if i == j else zero for j in range(n)) for i in range(n)))
    return value


def apart(a: Any, b: Any) -> bool:
    """Whether two values, real or complex, certainly differ."""
    return complex_disjoint(a, b) if isinstance(a, acb) or isinstance(b, acb) else disjoint(a, b)


def needs_complex(trees: Sequence[Node], context: Context) -> bool:
    """Whether the imaginary unit or a complex name occurs."""
    for name in {n.name for tree in trees for n in walk(tree) if isinstance(n, Name)}:
        entry = context.get(name)
        if name == "imaginary" or (entry is not None and entry.domain.field == "complex"):
            return True
    return False


def table_for(trees: Sequence[Node], context: Context) -> Callable[[int], Any]:
    """Real balls, unless the claim is one about complex numbers."""
    return ComplexBalls if needs_complex(trees, context) else RealBalls


def residual(a: Any, b: Any, bits: int) -> Any:
    """The ball a - b."""
    if isinstance(a, acb) or isinstance(b, acb):
        with working_precision(bits):
            return acb(a) - acb(b)
    with working_precision(bits):
        return to_ball(a) - to_ball(b)


def residual_radius(a: Any, b: Any, bits: int) -> float:
    """An upper bound of |a - b| over the balls, as a float rounded up."""
    found = residual(a, b, bits)
    return float((abs(found) if isinstance(found, acb) else found).abs_upper()) * (1 + 2**-50)


def close(left: Side, right: Side) -> bool:
    """Whether overlapping sides are narrow enough that more bits would not tell anything new."""
    pairs = paired(left.value, right.value) or []
    parts = [pair for _, a, b in pairs for pair in components(a, b)]
    return all(narrow(a, b) and narrow(b, a) for a, b in parts)


def components(a: Any, b: Any) -> list[tuple[Any, Any]]:
    """Two values as balls; complex ones by real and imaginary part."""
    if isinstance(a, acb) or isinstance(b, acb):
        with working_precision(2048):
            first, second = acb(a), acb(b)
        return [(first.real, second.real), (first.imag, second.imag)]
    return [(to_ball(a), to_ball(b))]


def narrow(ball: Any, other: Any) -> bool:
    """Relative accuracy of 40 bits; around 0 an absolute one, where the other side is 0 as far as it is known, too."""
    if ball.is_exact() or ball.rel_accuracy_bits() >= CLOSE_BITS:
        return True
    return bool(float(ball.rad()) < 2.0**-CLOSE_BITS and ball.contains(0) and other.contains(0))


def shown(side: Side, entry: tuple[int, int] | None, digits: int = 12) -> str:
    """One side for a person: the value (of the entry that differs), or why there is none."""
    if side.undefined:
        return f"undefined ({side.undefined})"
    if side.unknown:
        return f"unknown ({side.unknown})"
    value = side.value
    if isinstance(value, Grid):
        if entry is None:
            return "a matrix"
        value = value.rows[entry[0] - 1][entry[1] - 1]
    if isinstance(value, Unit):
        return "the identity"
    return short(value, digits)


def short(value: Any, digits: int = 12) -> str:
    """A ball as decimals without its radius where the radius is far below them: what a person re-checks by hand."""
    if isinstance(value, acb):
        return f"{short(value.real, digits)} + {short(value.imag, digits)} i" if value.imag != 0 else short(value.real)
    text = to_text(value, digits)
    if text.startswith("[") and " +/- " in text:
        middle = text[1:].split(" +/- ")[0]
        return middle if middle.strip("-") not in ("", "0") else text
    return text


def told_apart(left: Side, right: Side, entry: tuple[int, int] | None) -> tuple[str, str]:
    """Both sides with as many digits as it takes to see that they differ."""
    texts = ("", "")
    for digits in (12, 20, 40, 80, 160):
        texts = shown(left, entry, digits), shown(right, entry, digits)
        if texts[0] != texts[1] and not same_number(*texts):
            break
    return texts


def same_number(a: str, b: str) -> bool:
    """Whether two decimals are one number written in two ways (1 and 1.00000000000)."""
    try:
        return Decimal(a) == Decimal(b)
    except ArithmeticError:
        return False


def difference_text(probe: Probe) -> str:
    pairs = paired(probe.lhs.value, probe.rhs.value) or []
    for place, a, b in pairs:
        if place == probe.entry:
            return short(residual(a, b, probe.bits), 6)
    return ""


def value_text(value: Scalar | tuple[tuple[Fraction, ...], ...]) -> str:
    """A rational, a complex number, or a matrix of them, as a person writes it."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, ComplexValue):
        return f"{value.real} + {value.imaginary} i" if value.imaginary >= 0 else f"{value.real} - {-value.imaginary} i"
    if value and len(value[0]) == 1:
        return "[" + ", ".join(str(row[0]) for row in value) + "]"
    return "[" + ", ".join("[" + ", ".join(str(e) for e in row) + "]" for row in value) + "]"


def point_text(point: Point, names: Sequence[str] | None = None) -> dict[str, str]:
    """The point with its function instances, for evidence."""
    from ..symbolic.printing import plain

    found = {n: value_text(v) for n, v in point.values.items() if names is None or n in names}
    for name, instance in point.functions.items():
        found[f"{name}({', '.join(a.lstrip('_') for a in instance.arguments)})"] = plain(instance.body).replace(
            "_a", "a"
        )
    return found
