r"""The starting point of a flow as a function of the state and the time, over any table; the density that it carries.

With a = z(0) the point that the flow takes to z in the time t, and J = da/dz,

    a = B(z, t),      dB = J dz - f(a) dt,      J = diag(f_i(a_i) / f_i(z_i))  or  exp(-A t),
    p(z, t) = p_0(a) |det J|.

B itself is enclosed where the coordinates of an autonomous field are alone (`numeric.separable`) or where the field is
affine (`numeric.affine_flow`); its derivatives of every order follow from dB by dual numbers.  What the document writes
for B or for the flow map is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ..numeric.affine_flow import enclose_affine_flow
from ..numeric.balls import RealBalls, working_precision
from ..numeric.duals import DualNumber, Duals
from ..numeric.enclosures import exact_rational, to_ball
from ..numeric.operations import Indeterminate, Undefined
from ..numeric.separable import enclose_flow
from ..symbolic.context import Context, FlowLaw
from ..symbolic.evaluate import Evaluator
from ..symbolic.tree import Apply, Call, Name, Node, free_names, walk
from .flow_numerics import FlowNumerics
from .points import Point

if TYPE_CHECKING:
    from .interpret import Meaning

MOST_BITS = 512
STATE = ("path", "component", "density")


class Same:
    """An object as a key of a cache, by identity; the cache keeps it alive, so that the identity stays its own."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held


@dataclass(frozen=True)
class StartMap:
    """B(z, t) for one flow at one choice of its parameters."""

    numbers: FlowNumerics
    known: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def affine(self) -> bool:
        return self.numbers.autonomous and all(
            is_affine(c, self.numbers.law.variables) for c in self.numbers.components
        )

    @cached_property
    def solvable(self) -> bool:
        return self.affine or (self.numbers.autonomous and self.numbers.separable)

    @property
    def begin(self) -> Fraction:
        return Fraction(self.numbers.law.times[0]).limit_denominator(10**6)

    def field(self, table: Any, state: Sequence[Any]) -> list[Any]:
        """f at a state of any table."""
        bound = dict(zip(self.numbers.law.variables, state, strict=True))
        ev = Evaluator(table, self.meaning(bound))
        return [ev.scalar(ev.value(part)) for part in self.numbers.components]

    def meaning(self, bound: dict[str, Any]) -> Any:
        from .interpret import Meaning

        return Meaning(self.numbers.context, self.numbers.point, bound=bound)

    def coefficients(self, table: Any) -> tuple[list[list[Any]], list[Any]]:
        """A and b of an affine field: b = f(0), A e_j = f(e_j) - b."""
        n = self.numbers.law.dimension
        units = [[table.number(Fraction(int(i == j))) for i in range(n)] for j in range(n)]
        offset = self.field(table, [table.number(Fraction(0))] * n)
        minus = [table.apply("neg", (b,)) for b in offset]
        columns = [
            [table.apply("add", (f, m)) for f, m in zip(self.field(table, u), minus, strict=True)] for u in units
        ]
        return [[columns[j][i] for j in range(n)] for i in range(n)], offset

    def moved(self, state: Sequence[Any], time: Any, bits: int) -> list[Any]:
        """The state after `time` (negative: before), in balls.  Raises Indeterminate."""
        bits = min(bits, MOST_BITS)
        exact = [exact_rational(s) for s in state]
        key = (tuple(str(s) for s in exact), str(time), bits)
        if key in self.known:
            return list(self.known[key])
        table = RealBalls(bits)
        if self.affine:
            matrix, offset = self.coefficients(table)
            found = enclose_affine_flow(matrix, offset, state, time, bits)[0]
        else:
            if any(s is None for s in exact) or exact_rational(time) is None:
                raise Indeterminate("the start of a path is enclosed from a rational state only")
            step = fraction(exact_rational(time))
            found = [
                enclose_flow(self.numbers.coordinate(i), fraction(s), step, bits).state for i, s in enumerate(exact)
            ]
        if None not in exact:
            self.known[key] = found
        return list(found)

    def slopes(self, table: Any, later: Sequence[Any], earlier: Sequence[Any], time: Any) -> list[list[Any]]:
        """d later / d earlier where `later` is `earlier` moved by `time`, in a table without derivatives."""
        n = len(later)
        if self.affine:
            bits = getattr(table, "bits", 64)
            balls = RealBalls(bits)
            matrix, offset = self.coefficients(balls)
            zero = [balls.number(Fraction(0))] * n
            return enclose_affine_flow(matrix, offset, zero, time, bits)[1]
        ratios = quotient(table, self.field(table, later), self.field(table, earlier))
        zero = table.number(Fraction(0))
        return [[ratios[i] if i == j else zero for j in range(n)] for i in range(n)]


def quotient(table: Any, above: Sequence[Any], below: Sequence[Any]) -> list[Any]:
    """f_i(a_i) / f_i(z_i); at an equilibrium it is exp(-t f_i'(z_i)), which is left to other points."""
    try:
        return [table.apply("div", (a, b)) for a, b in zip(above, below, strict=True)]
    except Undefined:
        raise Indeterminate("the state is an equilibrium of a coordinate", more_bits_may_help=False) from None


def fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def is_affine(node: Node, variables: Sequence[str]) -> bool:
    """Whether a tree is written as an affine function of the variables."""
    if not free_names(node) & set(variables) and not any(isinstance(n, Call) for n in walk(node)):
        return True
    if isinstance(node, Name):
        return True
    if isinstance(node, Call) or not isinstance(node, Apply):
        return False
    moving = [bool(free_names(part) & set(variables)) for part in node.args]
    if node.op in ("add", "neg") or (node.op == "mul" and sum(moving) <= 1):
        return all(is_affine(part, variables) for part in node.args)
    return node.op == "div" and not moving[1] and is_affine(node.args[0], variables)


@lru_cache(maxsize=64)
def _map_of(context: Same, name: str, point: Same) -> StartMap:
    law = context.held.laws[name]
    return StartMap(FlowNumerics(law, context.held, point.held))


def start_map(context: Context, law: FlowLaw, point: Point) -> StartMap:
    """The map of a flow at the parameters of a point."""
    return _map_of(Same(context), law.name, Same(point))


NOWHERE = Point({})


def solvable(context: Context, law: FlowLaw) -> bool:
    """Whether the starting point can be enclosed: a matter of the written field alone."""
    return start_map(context, law, NOWHERE).solvable


def has_start(law: FlowLaw) -> bool:
    """Whether the density at the start is declared."""
    return law.start is not None or law.start_density is not None


# -- values ------------------------------------------------------------------------------------------------------------
def start_state(meaning: Meaning, ev: Evaluator, law: FlowLaw, state: Sequence[Any], time: Any) -> list[Any]:
    """B(state, time) in the table of the evaluator.  Raises Indeterminate."""
    found = start_map(meaning.context, law, meaning.point)
    if not found.solvable:
        raise Indeterminate("the flow is not solved here: its coordinates are coupled", more_bits_may_help=False)
    refuse_moving_parameters(meaning, law)
    return before(found, ev.table, state, time)


def before(found: StartMap, table: Any, state: Sequence[Any], time: Any) -> list[Any]:
    """B over nested dual numbers: dB = J dz - f(a) dt."""
    if isinstance(table, Duals):
        base = table.base
        inner = [s.value for s in state]
        values = before(found, base, inner, time.value)
        if time.derivative is None and all(s.derivative is None for s in state):
            return [DualNumber(v) for v in values]
        return [DualNumber(v, d) for v, d in zip(values, tangent(found, base, state, time, values), strict=True)]
    elapsed = table.apply("add", (time, table.number(-found.begin)))
    back = table.apply("neg", (elapsed,))
    if isinstance(back, float):
        exact = [Fraction(s).limit_denominator(10**12) for s in state]
        balls = RealBalls(64)
        step = balls.number(Fraction(back).limit_denominator(10**12))
        return [float(to_ball(v).mid()) for v in found.moved([balls.number(s) for s in exact], step, 64)]
    return found.moved(state, back, table_bits(table))


def table_bits(table: Any) -> int:
    return int(getattr(table, "bits", 128))


def tangent(found: StartMap, base: Any, state: Sequence[Any], time: Any, values: list[Any]) -> list[Any]:
    """J dz - f(a) dt in the base table."""
    inner = [s.value for s in state]
    rows = slopes_in(found, base, values, inner, time.value)
    speed = found.field(base, values) if time.derivative is not None else []
    moved = []
    for i, row in enumerate(rows):
        terms = [
            base.apply("mul", (row[j], s.derivative))
            for j, s in enumerate(state)
            if s.derivative is not None and not (i != j and not found.affine)
        ]
        if speed:
            terms.append(base.apply("neg", (base.apply("mul", (speed[i], time.derivative)),)))
        moved.append(
            base.apply("add", tuple(terms)) if len(terms) > 1 else terms[0] if terms else base.number(Fraction(0))
        )
    return moved


def slopes_in(found: StartMap, table: Any, earlier: Sequence[Any], later: Sequence[Any], time: Any) -> list[list[Any]]:
    """da/dz in any table; for an affine field exp(-A t), whose derivative in time is -A exp(-A t)."""
    if not found.affine or not isinstance(table, Duals):
        elapsed = table.apply("add", (time, table.number(-found.begin)))
        return found.slopes(table, earlier, later, table.apply("neg", (elapsed,)))
    base = table.base
    inner = slopes_in(found, base, [e.value for e in earlier], [s.value for s in later], time.value)
    if time.derivative is None:
        return [[DualNumber(e) for e in row] for row in inner]
    matrix, _ = found.coefficients(base)
    n = len(inner)
    minus = base.apply("neg", (time.derivative,))
    return [
        [
            DualNumber(
                inner[i][j],
                base.apply(
                    "mul", (minus, total(base, [base.apply("mul", (matrix[i][k], inner[k][j])) for k in range(n)]))
                ),
            )
            for j in range(n)
        ]
        for i in range(n)
    ]


def total(table: Any, terms: list[Any]) -> Any:
    return terms[0] if len(terms) == 1 else table.apply("add", tuple(terms))


def refuse_moving_parameters(meaning: Meaning, law: FlowLaw) -> None:
    """A derivative in a parameter of the field would need its sensitivity."""
    names = set().union(*(free_names(part) for part in law.field)) - set(law.variables)
    for name in names & set(meaning.bound):
        value = meaning.bound[name]
        while isinstance(value, DualNumber):
            if value.derivative is not None:
                raise Indeterminate(f"the flow is not differentiated in {name}", more_bits_may_help=False)
            value = value.value


def current_state(meaning: Meaning, ev: Evaluator, law: FlowLaw) -> tuple[list[Any], Any]:
    """The state and the time as the evaluator sees them: moving along a path where a total derivative is taken."""
    names = law.variables
    state = [meaning.moving[n] if n in meaning.moving else meaning.name(ev, Name(n)) for n in names]
    return [ev.scalar(s) for s in state], ev.scalar(meaning.name(ev, Name(law.time)))


def start_value(meaning: Meaning, ev: Evaluator, law: FlowLaw, position: int) -> Any:
    """One component of the starting point at the current state and time."""
    return start_state(meaning, ev, law, *current_state(meaning, ev, law))[position - 1]


# -- the density -------------------------------------------------------------------------------------------------------
def carried_density(meaning: Meaning, ev: Evaluator, law: FlowLaw, state: list[Any], time: Any) -> Any:
    """p(z, t) = p_0(B(z, t)) |det dB/dz|."""
    found = start_map(meaning.context, law, meaning.point)
    if is_begin(ev.table, time, found.begin):
        return meaning.density_now(ev, law, state)
    start = start_state(meaning, ev, law, state, time)
    density = meaning.density_now(ev, law, start)
    if not found.affine:
        return ev.table.apply(
            "mul", (density, *quotient(ev.table, found.field(ev.table, start), found.field(ev.table, state)))
        )
    matrix, _ = found.coefficients(ev.table)
    trace = total(ev.table, [matrix[i][i] for i in range(len(matrix))])
    elapsed = ev.table.apply("add", (time, ev.table.number(-found.begin)))
    exponent = ev.table.apply("neg", (ev.table.apply("mul", (elapsed, trace)),))
    return ev.table.apply("mul", (density, ev.table.apply("exp", (exponent,))))


def is_begin(table: Any, time: Any, begin: Fraction) -> bool:
    """Whether a time is exactly the first one and does not move."""
    value = time
    while isinstance(value, DualNumber):
        if value.derivative is not None:
            return False
        value = value.value
    while isinstance(table, Duals):
        table = table.base
    return table.apply("eq", (value, table.number(begin))) is True


# -- derivatives -------------------------------------------------------------------------------------------------------
def start_seeds(meaning: Meaning, ev: Evaluator, law: FlowLaw, position: int) -> dict[str, Any]:
    """The state as it moves with one component of the starting point: dz/da_i, the column of the inverse of J."""
    found = start_map(meaning.context, law, meaning.point)
    state, time = current_state(meaning, ev, law)
    start = start_state(meaning, ev, law, state, time)
    elapsed = ev.table.apply("add", (time, ev.table.number(-found.begin)))
    table = Duals(ev.table)
    if found.affine and isinstance(ev.table, Duals):
        raise Indeterminate("higher derivatives in the starting point are not taken here", more_bits_may_help=False)
    rows = found.slopes(ev.table, state, start, elapsed)
    seeds = {n: DualNumber(z, rows[j][position - 1]) for j, (n, z) in enumerate(zip(law.variables, state, strict=True))}
    if law.start_names:
        seeds |= {n: table.lift(a) for n, a in zip(law.start_names, start, strict=True)}
        seeds[law.start_names[position - 1]] = table.seed(start[position - 1])
    return seeds


def fixed_start(meaning: Meaning, ev: Evaluator, law: FlowLaw) -> dict[str, Any]:
    """The starting point as a constant: it does not move along a path, nor where no state is mentioned."""
    if not law.start_names or not solvable(meaning.context, law):
        return {}
    start = start_state(meaning, ev, law, *current_state(meaning, ev, law))
    table = Duals(ev.table)
    return {n: table.lift(a) for n, a in zip(law.start_names, start, strict=True)}


def flow_of_start(context: Context, body: Node, time: str) -> FlowLaw | None:
    """The flow of the names of a starting point in a body, if its time is `time`."""
    for node in walk(body):
        entry = context.get(node.name) if isinstance(node, Name) else None
        law = context.law_of(entry.name) if entry is not None and entry.kind == "start" else None
        if isinstance(law, FlowLaw) and law.time == time:
            return law
    return None


def mentions_state(context: Context, body: Node, law: FlowLaw) -> bool:
    """Whether a body shows the state, the path or the density of a flow."""
    for node in walk(body):
        entry = context.get(node.name) if isinstance(node, Name | Call) else None
        if entry is not None and entry.of == law.name and entry.kind in STATE:
            return True
    return False


__all__ = ["carried_density", "fixed_start", "solvable", "start_map", "start_seeds", "start_value", "working_precision"]
