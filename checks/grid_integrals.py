r"""Integrals and expectations by the trapezoidal rule on a grid: the counterpart of the balls in 1, 2 and 3 dimensions.

    int_B f dx  =  int_{R^d} f(x(t)) |dx/dt| dt  ~  trapezoidal rule in t

with one substitution an axis (numeric.substitutions), after which the integrand dies out in every direction and the
rule converges exponentially.

The integrand is evaluated over arrays of all nodes, under any number of derivatives (dual numbers of arrays).  Every
integral knows its own error estimate (node doubling, box enlarging, roundoff).  Over the table of floats the answer is
the value; over real balls it is the ball of the value and that estimate, so that the arithmetic around it carries the
estimates along.  Such a ball is an estimate and no enclosure: it never refutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numeric.balls import Indeterminate, RealBalls, to_ball
from ..numeric.duals import DualNumber, Duals
from ..numeric.floats import Floats
from ..numeric.substitutions import Axis
from ..numeric.trapezoid import Array, Estimate, decay_box, trapezoid, trapezoid_estimate
from ..symbolic.context import EnergyLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Value
from ..symbolic.tree import Apply, Bind, Name, Node, free_names, neg
from .constant_factors import pulled_out
from .integrals import assemble, innermost, is_infinite, layers, pick, rebuilt
from .points import spelled_names

if TYPE_CHECKING:
    from .interpret import Meaning

# The coarsest rule and the largest number of nodes, by dimension.
COARSEST = {1: 64, 2: 32, 3: 24}
LARGEST = {1: 2**14, 2: 2**18, 3: 2**20}
RELATIVE_TOLERANCE = 1e-13
SLOW_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """The values of the entries and dual components of one integral, their error estimates; shape None for a scalar."""

    values: Array
    errors: Array
    shape: tuple[int, int] | None


class GridIntegrals:
    """Answers integral, expectation and partition function for `Meaning` in floats or in balls of the estimate."""

    def __init__(self, nodes: int | None = None) -> None:
        self.nodes = nodes
        self.done: dict[Any, Found] = {}

    def bind(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        if node.op == "integral":
            return self.integral(meaning, ev, node)
        if node.op == "expect":
            return self.expectation(meaning, ev, node)
        raise Indeterminate(f"no numeric rule for {node.op} here", more_bits_may_help=False)

    def endless(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        """A sum or product with an infinite bound: a grid knows nothing of its tail."""
        raise Indeterminate(f"no numeric rule for an endless {node.op} here", more_bits_may_help=False)

    def partition(self, meaning: Meaning, ev: Evaluator, law: EnergyLaw) -> Value:
        return self.over(meaning, ev, Apply("exp", (neg(law.energy),)), law.variables, line_axes(law.dimension))

    def expectation(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        """int g exp(-E) / int exp(-E)."""
        law = meaning.context.laws.get(node.args[1].name) if isinstance(node.args[1], Name) else None
        if not isinstance(law, EnergyLaw):
            raise Indeterminate("no quadrature of this expectation", more_bits_may_help=False)
        kernel, axes = Apply("exp", (neg(law.energy),)), line_axes(law.dimension)
        top = self.over(meaning, ev, Apply("mul", (node.args[0], kernel)), law.variables, axes)
        bottom = self.over(meaning, ev, kernel, law.variables, axes)
        one = ev.table.apply("div", (ev.table.number(Fraction(1)), bottom))
        return ev.multiply(one, top)

    def integral(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        """A box integral; an integral directly inside another one over fixed limits becomes one over the product."""
        factor, node = pulled_out(meaning, ev, node)
        if factor is not None:
            return ev.multiply(factor, self.integral(meaning, ev, node))
        while isinstance(node.args[0], Bind) and node.args[0].op == "integral":
            inner = node.args[0]
            if is_moving(inner, node.names):
                break
            limits = (*node.args[1:], *inner.args[1:])
            node = Bind("integral", (*node.names, *inner.names), (inner.args[0], *limits))
        body, names, limits = node.args[0], node.names, node.args[1:]
        axes = tuple(self.axis(ev, limits[2 * i], limits[2 * i + 1]) for i in range(len(names)))
        return self.over(meaning, ev, body, names, axes)

    def axis(self, ev: Evaluator, low: Node, high: Node) -> Axis:
        ends = [None if is_infinite(e) else ev.scalar(ev.value(e)) for e in (low, high)]
        for end in ends:
            if isinstance(end, DualNumber) and depends(end):
                raise Indeterminate("a derivative of an integral with moving ends", more_bits_may_help=False)
        found = [None if end is None else as_float(innermost(end)) for end in ends]
        if found[0] is not None and found[1] is not None and not found[0] < found[1]:
            raise Indeterminate("expected the lower limit below the upper one", more_bits_may_help=False)
        return Axis(found[0], found[1])

    # -- quadrature ------------------------------------------------------------------------------------------------
    def over(
        self, meaning: Meaning, ev: Evaluator, body: Node, names: tuple[str, ...], axes: tuple[Axis, ...]
    ) -> Value:
        """The integral of every entry and every dual component of the body, on one common grid."""
        if len(names) not in COARSEST:
            raise Indeterminate(f"no quadrature in {len(names)} dimensions", more_bits_may_help=False)
        meaning, depth = floated_meaning(meaning, body, names), layers(ev.table)
        key = (body, names, axes, depth, repr(sorted(meaning.bound.items())), repr(meaning.point))
        if key not in self.done:
            self.done[key] = self.quadrature(meaning, depth, body, names, axes)
        return answer(self.done[key], ev.table, depth)

    def quadrature(
        self, meaning: Meaning, depth: int, body: Node, names: tuple[str, ...], axes: tuple[Axis, ...]
    ) -> Found:
        shape: list[tuple[int, int] | None] = [None]
        table = rebuilt(Floats(), depth)

        def integrand(t: Array) -> Array:
            moved = [axis.at(t[:, i]) for i, axis in enumerate(axes)]
            values = {n: raised(x, depth) for n, (x, _) in zip(names, moved, strict=True)}
            inside = replace(meaning, bound={**meaning.bound, **values})
            value = Evaluator(table, inside).value(body)
            shape[0] = value.shape if isinstance(value, Grid) else None
            columns = components(value, depth, len(t))
            for _, slope in moved:
                if slope is not None:
                    columns = np.where(slope[:, None] == 0.0, 0.0, columns * slope[:, None])
            return columns

        def height(t: Array) -> Array:
            with np.errstate(all="ignore"):
                return np.asarray(-np.log(np.abs(integrand(t)).sum(axis=1)))

        dimension, nodes = len(names), self.nodes or LARGEST[len(names)]
        try:
            box = decay_box(height, dimension)
            found = trapezoid_estimate(
                integrand, box, relative_tolerance=RELATIVE_TOLERANCE, n=COARSEST[dimension], nodes=nodes
            )
        except (ValueError, TypeError, ArithmeticError) as error:
            if Axis(None, None) in axes:
                slower = tuple(replace(axis, slow=True) if axis == Axis(None, None) else axis for axis in axes)
                return self.quadrature(meaning, depth, body, names, slower)
            raise Indeterminate(f"no quadrature: {error}", more_bits_may_help=False) from None
        if any(axis.slow for axis in axes):
            converged(integrand, found)
        return Found(found.value, found.error_estimate + unresolved(integrand, axes, found), shape[0])


def converged(integrand: Callable[[Array], Array], found: Estimate) -> None:
    """Raises Indeterminate unless the error is small against int |f|: a slow tail may hide a divergent integral."""
    size = trapezoid(lambda t: np.abs(integrand(t)).sum(axis=1), found.box, 64)[0][0]
    if not float(found.error_estimate.max()) <= SLOW_TOLERANCE * float(size):
        raise Indeterminate("no quadrature: it does not converge on the tails", more_bits_may_help=False)


def unresolved(integrand: Callable[[Array], Array], axes: tuple[Axis, ...], found: Estimate) -> Array:
    """int |f| over the nodes that cannot be told from a finite end: 0 but for a singularity there."""
    if all(axis.low is None and axis.high is None for axis in axes):
        return np.zeros_like(found.value)

    def blurred(t: Array) -> Array:
        masks = [axis.blurred(axis.at(t[:, i])[0]) for i, axis in enumerate(axes)]
        return np.where(np.any(masks, axis=0)[:, None], np.abs(integrand(t)), 0.0)

    return trapezoid(blurred, found.box, round(found.nodes ** (1 / len(axes))))[0]


def line_axes(dimension: int) -> tuple[Axis, ...]:
    return (Axis(None, None),) * dimension


def is_moving(inner: Bind, names: tuple[str, ...]) -> bool:
    """Whether the limits of an inner integral depend on outer variables, or it hides one of them."""
    return any(free_names(a) & set(names) for a in inner.args[1:]) or bool(set(inner.names) & set(names))


def depends(value: Any) -> bool:
    """Whether a dual value has a derivative in any layer."""
    return isinstance(value, DualNumber) and (value.derivative is not None or depends(value.value))


def components(value: Value, depth: int, count: int) -> Array:
    """(count, entries * 2^depth): the dual components of every entry, absent ones as 0."""
    entries = value.entries if isinstance(value, Grid) else (value,)
    parts = [pick(entry, mask, depth, None) for entry in entries for mask in range(2**depth)]
    columns = [np.broadcast_to(np.asarray(0.0 if p is None else p, dtype=float), (count,)) for p in parts]
    return np.stack(columns, axis=1)


def answer(found: Found, table: Any, depth: int) -> Value:
    """The integral as a value of the table: nested dual numbers of floats or of balls."""
    base = table
    while isinstance(base, Duals):
        base = base.base
    scalar: Callable[[float, float], Any] = ball if isinstance(base, RealBalls) else lambda value, error: value
    flat = [scalar(float(v), float(e)) for v, e in zip(found.values, found.errors, strict=True)]
    size = 2**depth
    entries = [assemble(flat[i : i + size], depth) for i in range(0, len(flat), size)]
    if found.shape is None:
        return entries[0]
    rows, columns = found.shape
    return Grid(tuple(tuple(entries[i * columns : (i + 1) * columns]) for i in range(rows)))


def ball(value: float, error: float) -> Any:
    from flint import arb

    return arb(value, error)


# -- from any table to floats -------------------------------------------------------------------------------------
def floated_meaning(meaning: Meaning, body: Node, names: tuple[str, ...]) -> Meaning:
    """The meaning with its bound values as floats; arrays of an outer integral only where the body needs them."""
    needed = spelled_names(meaning.context, body) | law_names(meaning)
    outer = {k: v for k, v in meaning.bound.items() if k not in names}
    if any(k in needed and is_array(v) for k, v in outer.items()):
        raise Indeterminate("an integral inside an integral that depends on it", more_bits_may_help=False)
    bound = {k: floated(v) for k, v in outer.items() if not is_array(v)}
    return replace(meaning, bound=bound, moving={k: floated(v) for k, v in meaning.moving.items()})


def is_array(value: Any) -> bool:
    """Whether a value, or one of its entries, runs over the nodes of an outer integral."""
    entries = value.entries if isinstance(value, Grid) else (value,)
    return any(isinstance(e, np.ndarray) and e.ndim > 0 for e in map(innermost, entries))


def law_names(meaning: Meaning) -> set[str]:
    """Parameters that a body may depend on through the energy of a law."""
    found: set[str] = set()
    for law in meaning.context.laws.values():
        if isinstance(law, EnergyLaw):
            found |= free_names(law.energy) - set(law.variables)
    return found


def floated(value: Any) -> Any:
    """A value of any table as nested dual numbers of floats."""
    if isinstance(value, Grid):
        return Grid(tuple(tuple(floated(e) for e in row) for row in value.rows))
    if isinstance(value, DualNumber):
        return DualNumber(floated(value.value), None if value.derivative is None else floated(value.derivative))
    return as_float(value)


def as_float(value: Any) -> Any:
    if isinstance(value, float | int | np.ndarray):
        return value
    if isinstance(value, bool):
        raise Mismatch("expected a number; got a truth value")
    return float(to_ball(value).mid())


def raised(value: Array, depth: int) -> Any:
    """An array as a constant under `depth` derivatives."""
    found: Any = value
    for _ in range(depth):
        found = DualNumber(found)
    return found
