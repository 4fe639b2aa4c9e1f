r"""The value of a tree over a table of operations: floats, balls, power series, complex balls.

The tree is walked with a stack.  Scalars are whatever the table makes of them; a matrix is a `Grid` of scalars, a
vector a grid of one column, and a 1 x 1 grid is its entry.  What only the context can answer (a density, a path, an
integral, a derivative) is handed to `heads`, an object with the three methods of `Heads`.  No SymPy is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from .tree import CONSTANTS, DERIVED, Apply, Array, Bind, Call, Name, Node, Number, children


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix of values by rows."""

    rows: tuple[tuple[Any, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    @property
    def entries(self) -> tuple[Any, ...]:
        return tuple(entry for row in self.rows for entry in row)


@dataclass(frozen=True, slots=True)
class Unit:
    """The identity matrix before its size is known."""


Value = Any
_SPECIAL = frozenset(("identity", "zeros", "entry"))
# Operations whose parts are not simply evaluated first.
_SET_APART = frozenset(("piecewise", *_SPECIAL, *DERIVED))


class Heads(Protocol):
    """What the context answers during an evaluation; `evaluator` evaluates parts in the same table."""

    def name(self, evaluator: Evaluator, node: Name) -> Value: ...

    def call(self, evaluator: Evaluator, node: Call) -> Value: ...

    def bind(self, evaluator: Evaluator, node: Bind) -> Value: ...

    def derived(self, evaluator: Evaluator, node: Apply) -> Value: ...


class Mismatch(ValueError):  # noqa: N818 - an answer, not a failure
    """Values whose shapes do not fit."""


@dataclass(frozen=True)
class Evaluator:
    """Evaluates trees over `table`, asking `heads` for what is not arithmetic."""

    table: Any
    heads: Heads

    def value(self, node: Node) -> Value:
        """The value of a tree: a scalar of the table, a Grid, a Unit, or a truth value."""
        values: list[Value] = []
        stack: list[Node | None] = [node]
        while stack:
            current = stack.pop()
            if current is None:  # the parts of the next node have their values
                done = stack.pop()
                count = len(children(done))  # type: ignore[arg-type]
                taken = values[len(values) - count :] if count else []
                del values[len(values) - count :]
                values.append(self._combine(done, taken))  # type: ignore[arg-type]
            elif type(current) is Apply and current.op not in _SET_APART:
                stack += (current, None)
                stack += reversed(current.args)
            elif type(current) is Array:
                stack += (current, None)
                stack += reversed(children(current))
            else:
                values.append(self._leaf(current))
        return values[0]

    def _leaf(self, node: Node) -> Value:
        kind = type(node)
        if kind is Number:
            return self.table.number(node.value)  # type: ignore[union-attr]
        if kind is Name:
            name = node.name  # type: ignore[union-attr]
            return self.table.constant(name) if name in CONSTANTS else self.heads.name(self, node)  # type: ignore[arg-type]
        if isinstance(node, Call):
            return self.heads.call(self, node)
        if isinstance(node, Bind):
            return self.heads.bind(self, node)
        assert isinstance(node, Apply)
        if node.op == "piecewise":
            return self._piecewise(node)
        return self._special(node) if node.op in _SPECIAL else self.heads.derived(self, node)

    def _piecewise(self, node: Apply) -> Value:
        parts = [self._later(part) for part in node.args]
        return self.table.apply("piecewise", tuple(parts))

    def _special(self, node: Apply) -> Value:
        """`I_n`, a zero matrix, an entry with literal indices."""
        sizes = [_literal_integer(a) for a in node.args]
        if node.op == "identity":
            if node.args and isinstance(node.args[0], Name):
                sizes = [getattr(self.heads, "whole", lambda name: None)(node.args[0].name)]
            return normal(self.identity(sizes[0])) if sizes and sizes[0] else Unit()
        if node.op == "zeros":
            zero = self.table.number(Fraction(0))
            rows, columns = sizes[0] or 1, (sizes[1] if len(sizes) > 1 else 1) or 1
            return normal(Grid(tuple((zero,) * columns for _ in range(rows))))
        base, indices = _as_grid(self.value(node.args[0])), [_literal_integer(a) for a in node.args[1:]]
        if None in indices or not indices:
            raise Mismatch("expected whole indices of an entry")
        i, j = indices[0], indices[1] if len(indices) > 1 else 1
        if not (1 <= i <= base.shape[0] and 1 <= j <= base.shape[1]):  # type: ignore[operator]
            raise Mismatch(f"expected indices within {base.shape[0]} x {base.shape[1]}; got {i}, {j}")
        return base.rows[i - 1][j - 1]  # type: ignore[operator]

    def _later(self, part: Node) -> Any:
        return lambda: self.value(part)

    def _combine(self, node: Node, parts: list[Value]) -> Value:
        if isinstance(node, Array):
            width = node.shape[1]
            flat = [self.scalar(part) for part in parts]
            return normal(Grid(tuple(tuple(flat[i : i + width]) for i in range(0, len(flat), width))))
        assert isinstance(node, Apply)
        if node.op in _MATRIX_RULES:
            return _MATRIX_RULES[node.op](self, parts)
        for part in parts:
            if type(part) is Grid or type(part) is Unit:
                return self._grids(node.op, parts, node.args)
        return self.table.apply(node.op, tuple(parts))

    def scalar(self, value: Value) -> Any:
        """The value as a scalar; raises Mismatch for a matrix."""
        value = normal(value)
        if isinstance(value, Grid | Unit):
            raise Mismatch("expected a scalar; got a matrix")
        return value

    # -- matrices --------------------------------------------------------------------------------------------------
    def _grids(self, op: str, parts: list[Value], nodes: Sequence[Node]) -> Value:
        if op == "add":
            return self.add(parts, nodes)
        if op == "mul":
            found = parts[0]
            for part in parts[1:]:
                found = self.multiply(found, part)
            return found
        if op == "neg":
            return self.scale(self.table.number(Fraction(-1)), parts[0])
        if op == "div":
            one = self.table.number(Fraction(1))
            return self.scale(self.table.apply("div", (one, self.scalar(parts[1]))), parts[0])
        if op == "pow" and isinstance(nodes[1], Number | Apply):
            return self.matrix_power(parts[0], nodes[1])
        if op in ("eq", "ne"):
            raise Mismatch("expected a comparison of scalars; got matrices")
        raise Mismatch(f"expected a scalar for {op}; got a matrix")

    def add(self, parts: list[Value], nodes: Sequence[Node]) -> Value:
        zero = [isinstance(n, Number) and n.value == 0 for n in nodes]
        kept = [p for p, z in zip(parts, zero, strict=True) if not z]
        grids = [p for p in kept if isinstance(p, Grid)]
        if not grids:
            raise Mismatch("expected the size of the identity matrix")
        size = grids[0].shape
        rows = [self.sized(p, size) for p in kept]
        if any(r.shape != size for r in rows):
            raise Mismatch(f"expected matrices of one shape; got {' and '.join(str(r.shape) for r in rows)}")
        return Grid(
            tuple(
                tuple(self.table.apply("add", tuple(r.rows[i][j] for r in rows)) for j in range(size[1]))
                for i in range(size[0])
            )
        )

    def sized(self, value: Value, shape: tuple[int, int]) -> Grid:
        """A Unit as the identity of that shape; a scalar does not fit."""
        if isinstance(value, Grid):
            return value
        if isinstance(value, Unit) and shape[0] == shape[1]:
            return self.identity(shape[0])
        raise Mismatch("expected a matrix; got a scalar")

    def identity(self, size: int) -> Grid:
        one, zero = self.table.number(Fraction(1)), self.table.number(Fraction(0))
        return Grid(tuple(tuple(one if i == j else zero for j in range(size)) for i in range(size)))

    def scale(self, factor: Any, value: Value) -> Value:
        if isinstance(value, Unit):
            raise Mismatch("expected the size of the identity matrix")
        if not isinstance(value, Grid):
            return self.table.apply("mul", (factor, value))
        return Grid(tuple(tuple(self.table.apply("mul", (factor, e)) for e in row) for row in value.rows))

    def multiply(self, left: Value, right: Value) -> Value:
        """Products: scalars scale, matrices multiply in order."""
        if isinstance(left, Unit) or isinstance(right, Unit):
            other = right if isinstance(left, Unit) else left
            if isinstance(other, Grid | Unit):
                return other
            raise Mismatch("expected the size of the identity matrix")
        if not isinstance(left, Grid):
            return self.scale(left, right)
        if not isinstance(right, Grid):
            return self.scale(right, left)
        if left.shape[1] != right.shape[0]:
            raise Mismatch(f"expected inner sizes that agree; got {left.shape} times {right.shape}")
        columns = list(zip(*right.rows, strict=True))
        rows = tuple(tuple(self.inner(row, column) for column in columns) for row in left.rows)
        return normal(Grid(rows))

    def inner(self, left: Sequence[Any], right: Sequence[Any]) -> Any:
        products = tuple(self.table.apply("mul", (a, b)) for a, b in zip(left, right, strict=True))
        return self.table.apply("add", products)

    def matrix_power(self, base: Value, exponent: Node) -> Value:
        power = _literal_integer(exponent)
        if power is None or abs(power) > 64:
            raise Mismatch("expected a whole exponent of a matrix, of at most 64")
        if isinstance(base, Unit):
            return base
        found: Value = self.identity(base.shape[0])
        step = base if power >= 0 else Grid(self.table.inverse(base.rows))
        for _ in range(abs(power)):
            found = self.multiply(found, step)
        return found


def normal(value: Value) -> Value:
    """A 1 x 1 grid is its entry."""
    if isinstance(value, Grid) and value.shape == (1, 1):
        return value.rows[0][0]
    return value


def _literal_integer(node: Node) -> int | None:
    if isinstance(node, Number) and node.value.denominator == 1:
        return int(node.value)
    if isinstance(node, Apply) and node.op == "neg":
        inner = _literal_integer(node.args[0])
        return None if inner is None else -inner
    return None


def _as_grid(value: Value) -> Grid:
    return value if isinstance(value, Grid) else Grid(((value,),))


def _transpose(ev: Evaluator, parts: list[Value]) -> Value:
    if isinstance(parts[0], Unit):
        return parts[0]
    return normal(Grid(tuple(zip(*_as_grid(parts[0]).rows, strict=True))))


def _inverse(ev: Evaluator, parts: list[Value]) -> Value:
    return parts[0] if isinstance(parts[0], Unit) else normal(Grid(ev.table.inverse(_as_grid(parts[0]).rows)))


def _exponential(ev: Evaluator, parts: list[Value]) -> Value:
    """exp of a square matrix, by the table."""
    if isinstance(parts[0], Unit):
        raise Mismatch("expected the size of the identity matrix")
    rows = _as_grid(parts[0]).rows
    if len(rows) != len(rows[0]):
        raise Mismatch("expected a square matrix for an exponential")
    exponential = getattr(ev.table, "exponential", None)
    if exponential is None:
        raise Mismatch("no exponential of a matrix in this arithmetic")
    return normal(Grid(exponential(rows)))


def _det(ev: Evaluator, parts: list[Value]) -> Value:
    return ev.table.number(Fraction(1)) if isinstance(parts[0], Unit) else ev.table.det(_as_grid(parts[0]).rows)


def _trace(ev: Evaluator, parts: list[Value]) -> Value:
    if isinstance(parts[0], Unit):
        raise Mismatch("expected the size of the identity matrix")
    rows = _as_grid(parts[0]).rows
    if len(rows) != len(rows[0]):
        raise Mismatch("expected a square matrix for the trace")
    return ev.table.apply("add", tuple(rows[i][i] for i in range(len(rows))))


def _normsq(ev: Evaluator, parts: list[Value]) -> Value:
    entries = _as_grid(parts[0]).entries
    return ev.inner(entries, entries)


def _norm(ev: Evaluator, parts: list[Value]) -> Value:
    if not isinstance(parts[0], Grid):
        return ev.table.apply("abs", (parts[0],))
    return ev.table.apply("sqrt", (_normsq(ev, parts),))


def _dot(ev: Evaluator, parts: list[Value]) -> Value:
    return ev.inner(_as_grid(parts[0]).entries, _as_grid(parts[1]).entries)


def _outer(ev: Evaluator, parts: list[Value]) -> Value:
    return ev.multiply(_as_grid(parts[0]), _transpose(ev, [parts[1]]))


def _hadamard(ev: Evaluator, parts: list[Value]) -> Value:
    left, right = _as_grid(parts[0]), _as_grid(parts[1])
    if left.shape != right.shape:
        raise Mismatch(f"expected equal shapes; got {left.shape} and {right.shape}")
    return normal(
        Grid(
            tuple(
                tuple(ev.table.apply("mul", pair) for pair in zip(a, b, strict=True))
                for a, b in zip(left.rows, right.rows, strict=True)
            )
        )
    )


def _diag(ev: Evaluator, parts: list[Value]) -> Value:
    entries = parts if len(parts) > 1 else list(_as_grid(parts[0]).entries)
    zero = ev.table.number(Fraction(0))
    return normal(Grid(tuple(tuple(e if i == j else zero for j in range(len(entries))) for i, e in enumerate(entries))))


_MATRIX_RULES = {
    "transpose": _transpose,
    "inverse": _inverse,
    "matexp": _exponential,
    "det": _det,
    "trace": _trace,
    "norm": _norm,
    "normsq": _normsq,
    "dot": _dot,
    "outer": _outer,
    "hadamard": _hadamard,
    "diag": _diag,
}
