r"""The numeric meaning of the heads of a tree: names, functions, densities, derivatives, integrals, over any table.

This is the second route of every check.  It knows the declarations (a mean, a matrix, a field, an energy) and nothing
of the symbolic derivations: a density of Y = A Z + b is p_Z(A^-1 (y - b)) / |det A| evaluated at numbers; a derivative
is arithmetic of dual numbers; an integral is quadrature; the density of a flow moves by its own flow map,

    p(z, t + h) = p(z - h f, t) det(I - h df/dz) + O(h^2),

so that its derivatives come from a push-forward and not from a formula for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ..numeric.duals import DualNumber, Duals
from ..numeric.operations import Indeterminate
from ..symbolic.context import (
    AffineLaw,
    Context,
    EnergyLaw,
    Entry,
    FlowLaw,
    FreeLaw,
    GaussianLaw,
    Law,
    MappedLaw,
    component_names,
)
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Value, normal
from ..symbolic.inverse_names import forward_name, is_inverse
from ..symbolic.tree import DIFFERENTIAL, Apply, Bind, Call, Name, Node, Number
from ..symbolic.undo import undone
from ..symbolic.unfold import one_argument, unfold
from .points import ComplexValue, Instance, Point

Integrator = Callable[["Meaning", Evaluator, Bind], Value]


@dataclass(frozen=True)
class Meaning:
    """Heads for one point.

    Attributes:
        point: values of the free names.
        bound: values of bound names and arguments, in the current table.
        moving: the state of a flow while it is differentiated along its path: component -> dual value.
        integrals: what answers integrals and expectations (balls and floats differ).
    """

    context: Context
    point: Point
    bound: Mapping[str, Any] = field(default_factory=dict)
    moving: Mapping[str, Any] = field(default_factory=dict)
    integrals: Any = None

    def whole(self, name: str) -> int | None:
        """The whole number that a name of a size has at this point; None where it has none."""
        value = self.point.values.get(name)
        return int(value) if isinstance(value, Fraction) and value.denominator == 1 and 1 <= value <= 64 else None

    # -- names -----------------------------------------------------------------------------------------------------
    def name(self, ev: Evaluator, node: Name) -> Value:
        if node.name in self.bound:
            return self.bound[node.name]
        entry = self.context.get(node.name)
        if entry is not None and entry.kind == "partition":
            return self.partition(ev, self.context.law_of(node.name))
        law = self.context.law_of(node.name) if entry is not None and entry.kind == "start" else None
        if entry is not None and isinstance(law, FlowLaw):
            from .flow_starts import start_value

            return start_value(self, ev, law, entry.position)
        moved = self.bound_components(ev, node.name)
        if moved is not None:
            return moved
        if entry is not None and entry.kind == "vector" and (moved := self.moved_vector(ev, entry)) is not None:
            return moved
        value = self.point.values.get(node.name)
        if value is not None:
            return lifted(ev.table, value)
        if entry is not None and entry.value is not None and not entry.arguments:
            return ev.value(entry.value)
        if entry is not None and entry.kind in ("vector", "path"):
            law = self.context.law_of(node.name)
            size = law.dimension if law is not None and entry.kind == "path" else entry.domain.shape[0]
            if isinstance(size, int) and size > 1:
                names = component_names(node.name, size)
                return Grid(tuple((self.name(ev, Name(n)),) for n in names))
        raise Mismatch(f"{node.name} has no value")

    def bound_components(self, ev: Evaluator, name: str) -> Grid | None:
        """A vector whose components are bound one by one, as under an integral or a gradient; None where none is."""
        entry = self.context.get(name)
        size = entry.domain.shape[0] if entry is not None and entry.kind == "vector" and entry.domain.shape else 0
        names = component_names(name, size) if isinstance(size, int) and size > 1 else ()
        if not any(n in self.bound for n in names):
            return None
        value = self.point.values.get(name)
        rows = grid(lifted(ev.table, value)).entries if value is not None else (None,) * len(names)
        parts = [self.bound[n] if n in self.bound else rows[i] for i, n in enumerate(names)]
        return None if any(p is None for p in parts) else Grid(tuple((p,) for p in parts))

    def moved_vector(self, ev: Evaluator, entry: Entry) -> Value | None:
        """A vector some component of which is bound: it is differentiated or integrated by its components."""
        size = entry.domain.shape[0] if entry.domain.shape else 1
        if not isinstance(size, int) or not any(f"{entry.name}_{i}" in self.bound for i in range(1, size + 1)):
            return None
        return Grid(tuple((self.name(ev, Name(n)),) for n in component_names(entry.name, size)))

    def inside(self, ev: Evaluator, names: Mapping[str, Any], table: Any = None) -> Evaluator:
        """An evaluator in which further names are bound, in the same or another table."""
        return Evaluator(table or ev.table, replace(self, bound={**self.bound, **names}))

    def deeper(self, ev: Evaluator, seeds: Mapping[str, Any]) -> Evaluator:
        """An evaluator over dual numbers of the current table, with `seeds` as dual values."""
        table = Duals(ev.table)
        values = {name: raised(table, value) for name, value in self.bound.items()}
        moving = {name: raised(table, value) for name, value in self.moving.items()}
        return Evaluator(table, replace(self, bound={**values, **seeds}, moving=moving))

    # -- calls -----------------------------------------------------------------------------------------------------
    def call(self, ev: Evaluator, node: Call) -> Value:
        if node.name in self.point.functions:
            return self.instance(ev, self.point.functions[node.name], node)
        base = node.name.rstrip("'")
        if base in self.point.functions and len(node.args) == 1:
            argument = ev.scalar(ev.value(node.args[0]))
            return self.primed(ev, self.point.functions[base], argument, len(node.name) - len(base))
        if is_inverse(base):
            return self.inverse(ev, node, len(node.name) - len(base))
        defined = one_argument(self.context, base) if base != node.name and node.args else None
        if defined is not None:
            instance = Instance((defined[0],), unfold(defined[1], self.context))
            return self.primed(ev, instance, ev.scalar(ev.value(node.args[0])), len(node.name) - len(base))
        entry = self.context.get(node.name)
        law = self.context.law_of(node.name)
        if entry is None or law is None:
            raise Mismatch(f"{node.name} has no meaning here")
        if entry.kind in ("component", "path") and isinstance(law, FlowLaw):
            return self.state(ev, node, law, entry.position)
        if entry.kind == "density":
            return self.density(ev, law, [ev.scalar(ev.value(a)) for a in node.args], node.args)
        raise Mismatch(f"{node.name} has no meaning here")

    def inverse(self, ev: Evaluator, node: Call, order: int) -> Value:
        """f^{-1}(y) of a given f: the operations of f undone one by one."""
        found = undone(self.context, node.name)
        if found is None:
            raise Mismatch(f"no inverse of {forward_name(node.name)} is seen")
        return self.primed(ev, Instance((found[0],), found[1]), ev.scalar(ev.value(node.args[0])), order)

    def instance(self, ev: Evaluator, instance: Instance, node: Call) -> Value:
        values = [e for a in node.args for e in grid(ev.value(a)).entries]
        return self.inside(ev, dict(zip(instance.arguments, values, strict=True))).value(instance.body)

    def primed(self, ev: Evaluator, instance: Instance, argument: Any, order: int) -> Value:
        """f'(u), f''(u) by one layer of dual numbers for each order."""
        if order == 0:
            return self.inside(ev, {instance.arguments[0]: argument}).value(instance.body)
        inner = self.deeper(ev, {})
        heads: Meaning = inner.heads  # type: ignore[assignment]
        found: DualNumber = heads.primed(inner, instance, inner.table.seed(argument), order - 1)
        return slope(inner, found)

    def state(self, ev: Evaluator, node: Call, law: FlowLaw, position: int) -> Value:
        """z_i(t) at the running time: the coordinate of the state, moving where a total derivative is taken."""
        if node.args == (Number(Fraction(law.times[0])),):
            from .flow_starts import current_state, start_state

            found = start_state(self, ev, law, *current_state(self, ev, law))
            return found[position - 1] if position else normal(grid_column(found))
        if node.args != (Name(law.time),):
            raise Indeterminate(f"{node.name} at another time needs the flow map", more_bits_may_help=False)
        names = (law.variables[position - 1],) if position else law.variables
        parts = [self.moving[n] if n in self.moving else self.name(ev, Name(n)) for n in names]
        return parts[0] if len(parts) == 1 else Grid(tuple((p,) for p in parts))

    # -- densities -------------------------------------------------------------------------------------------------
    def density(self, ev: Evaluator, law: Law, values: list[Any], nodes: tuple[Node, ...] = ()) -> Value:
        """The density of a law at values of the current table."""
        if isinstance(law, GaussianLaw):
            return gaussian_density(ev, values, ev.value(law.mean), ev.value(law.covariance))
        if isinstance(law, AffineLaw):
            return self.affine_density(ev, law, values)
        if isinstance(law, MappedLaw):
            return self.mapped_density(ev, law, values)
        if isinstance(law, FreeLaw) and law.density in self.point.functions:
            instance = self.point.functions[law.density]
            return self.inside(ev, dict(zip(instance.arguments, values, strict=True))).value(instance.body)
        if isinstance(law, FlowLaw):
            return self.flow_density(ev, law, values, nodes)
        raise Mismatch(f"no density of {law.name} at a point")

    def affine_density(self, ev: Evaluator, law: AffineLaw, values: list[Any]) -> Value:
        """p_Z(A^-1 (y - b)) / |det A| for a square A; else the Gaussian of the image moments."""
        matrix, offset = grid(ev.value(law.matrix)), grid(ev.value(law.offset))
        if matrix.shape[0] == matrix.shape[1]:
            centred = difference(ev, grid_column(values), offset)
            base = grid(ev.multiply(Grid(ev.table.inverse(matrix.rows)), centred))
            density = self.density(ev, self.context.laws[law.base], list(base.entries))
            scale = ev.table.apply("abs", (ev.table.det(matrix.rows),))
            return ev.table.apply("div", (density, scale))
        mean, covariance = self.moments(ev, law)
        return gaussian_density(ev, values, mean, covariance)

    def mapped_density(self, ev: Evaluator, law: MappedLaw, values: list[Any]) -> Value:
        """p_Z(g(x)) |det dg/dx| with g the given inverse, its Jacobian by dual numbers."""
        if law.inverse is None:
            raise Mismatch(f"the inverse of the map {law.name} is not given")
        inside = self.inside(ev, dict(zip(law.targets, values, strict=True)))
        base = [inside.scalar(inside.value(part)) for part in law.inverse]
        rows = self.jacobian(ev, law.inverse, law.targets, values)
        density = self.density(ev, self.context.laws[law.base], base)
        return ev.table.apply("mul", (density, ev.table.apply("abs", (ev.table.det(rows),))))

    def flow_density(self, ev: Evaluator, law: FlowLaw, values: list[Any], nodes: tuple[Node, ...]) -> Value:
        """p(z, t): the density at the running time, moved by its flow map to first order in the time that differs."""
        state, time = values[: law.dimension], values[law.dimension :]
        if time and (law.start is not None or law.start_density is not None):
            from .flow_starts import carried_density, solvable

            if solvable(self.context, law):
                return carried_density(self, ev, law, state, time[0])
        step = self.time_step(ev, law, time[0]) if time else None
        if step is None:
            return self.density_now(ev, law, state)
        back, rows = self.step_back(ev, law, state, step)
        return ev.table.apply("mul", (self.density_now(ev, law, back), ev.table.det(rows)))

    def time_step(self, ev: Evaluator, law: FlowLaw, time: Any) -> Any | None:
        """t - t0 where t0 is the running time: None when it is exactly 0, infinitesimal under a derivative."""
        running = self.point.values.get(law.time)
        if not isinstance(running, Fraction):
            raise Mismatch(f"{law.time} has no value")
        step = ev.table.apply("add", (time, ev.table.number(-running)))
        if isinstance(step, DualNumber):
            inner = step
            while isinstance(inner, DualNumber):
                if inner.derivative is not None:
                    return step
                inner = inner.value
        if ev.table.apply("eq", (step, ev.table.number(Fraction(0)))) is not True:
            raise Indeterminate("the density at another time needs the flow map", more_bits_may_help=False)
        return None

    def step_back(self, ev: Evaluator, law: FlowLaw, state: list[Any], step: Any) -> tuple[list[Any], Any]:
        """z - h f(z) and I - h df/dz."""
        inside = self.inside(ev, dict(zip(law.variables, state, strict=True)))
        field_values = [inside.scalar(inside.value(part)) for part in law.field]
        rows = self.jacobian(ev, law.field, law.variables, state)
        minus = ev.table.apply("neg", (step,))
        back = [
            ev.table.apply("add", (z, ev.table.apply("mul", (minus, f))))
            for z, f in zip(state, field_values, strict=True)
        ]
        unit = ev.identity(law.dimension).rows
        moved = tuple(
            tuple(ev.table.apply("add", (u, ev.table.apply("mul", (minus, j)))) for u, j in zip(a, b, strict=True))
            for a, b in zip(unit, rows, strict=True)
        )
        return back, moved

    def density_now(self, ev: Evaluator, law: FlowLaw, state: list[Any]) -> Value:
        """The density at the running time: the declared start, or any smooth positive function."""
        if law.start is not None:
            return self.density(ev, self.context.laws[law.start], state)
        if law.start_density is not None:
            inside = self.inside(ev, dict(zip(law.variables, state, strict=True)))
            return inside.scalar(inside.value(law.start_density))
        squares = ev.table.apply("add", tuple(ev.table.apply("mul", (s, s)) for s in state))
        cubes = ev.table.apply("mul", tuple(ev.table.apply("sin", (s,)) for s in state))
        exponent = ev.table.apply("add", (ev.table.apply("mul", (ev.table.number(Fraction(-1, 2)), squares)), cubes))
        return ev.table.apply("exp", (exponent,))

    # -- derivatives -----------------------------------------------------------------------------------------------
    def jacobian(self, ev: Evaluator, functions: tuple[Node, ...], names: tuple[str, ...], values: list[Any]) -> Any:
        """d functions / d names at values of the current table, by one dual evaluation for each name."""
        columns = []
        for j, _ in enumerate(names):
            table = Duals(ev.table)
            seeds = {
                n: table.seed(v) if i == j else table.lift(v)
                for i, (n, v) in enumerate(zip(names, values, strict=True))
            }
            inner = self.deeper(ev, seeds)
            columns.append([slope(inner, inner.scalar(inner.value(f))) for f in functions])
        return tuple(zip(*columns, strict=True))

    def bind(self, ev: Evaluator, node: Bind) -> Value:
        if node.op in DIFFERENTIAL:
            from .differentials import differential

            return differential(self, ev, node)
        if node.op in ("sum", "product"):
            return self.finite(ev, node)
        if node.op == "at":
            return self.inside(ev, {node.names[0]: ev.scalar(ev.value(node.args[1]))}).value(node.args[0])
        if self.integrals is None:
            raise Indeterminate(f"no numeric rule for {node.op} here", more_bits_may_help=False)
        return self.integrals.bind(self, ev, node)

    def partition(self, ev: Evaluator, law: Law | None) -> Value:
        if not isinstance(law, EnergyLaw) or self.integrals is None:
            raise Indeterminate("no numeric rule for this normaliser here", more_bits_may_help=False)
        return self.integrals.partition(self, ev, law)

    def finite(self, ev: Evaluator, node: Bind) -> Value:
        """A sum or product over few whole numbers; a sum without end by its tail."""
        from .infinite_sums import is_endless

        if is_endless(node):
            if self.integrals is None:
                raise Indeterminate("no numeric rule for an infinite sum here", more_bits_may_help=False)
            return self.integrals.endless(self, ev, node)
        low, high = (whole(ev, ev.value(a)) for a in node.args[1:3])
        if low is None or high is None or high - low > 2000:
            raise Indeterminate("the range of the index is not finite or too long", more_bits_may_help=False)
        parts = []
        for k in range(low, high + 1):
            inside = self.inside(ev, {node.names[0]: ev.table.number(Fraction(k))})
            parts.append(inside.scalar(inside.value(node.args[0])))
        return ev.table.apply("add" if node.op == "sum" else "mul", tuple(parts))

    # -- laws ------------------------------------------------------------------------------------------------------
    def moments(self, ev: Evaluator, law: Law) -> tuple[Value, Value]:
        """Mean and covariance at numbers: A m + b and A S A^T."""
        if isinstance(law, GaussianLaw):
            return ev.value(law.mean), ev.value(law.covariance)
        if isinstance(law, AffineLaw):
            mean, covariance = self.moments(ev, self.context.laws[law.base])
            matrix = grid(ev.value(law.matrix))
            image = ev.multiply(matrix, mean)
            transposed = Grid(tuple(zip(*matrix.rows, strict=True)))
            shifted = ev.add([grid(image), grid(ev.value(law.offset))], (Name("_"), Name("_")))
            return shifted, ev.multiply(ev.multiply(matrix, covariance), transposed)
        raise Indeterminate(f"no moments of {law.name} at numbers", more_bits_may_help=False)

    def derived(self, ev: Evaluator, node: Apply) -> Value:
        if node.op in ("chain_mean", "chain_covariance"):
            from .chain_values import chain_value

            return chain_value(self, ev, node)
        if node.op in ("vector_mean", "vector_covariance"):
            from .vector_values import vector_value

            return vector_value(ev, node)
        from .law_values import derived_value

        return derived_value(self, ev, node)


def lifted(table: Any, value: Any) -> Value:
    """A value of a point (a rational, a matrix of rationals, or samples) in a table."""
    if isinstance(value, Fraction):
        return table.number(value)
    if isinstance(value, ComplexValue):
        if value.imaginary == 0:
            return table.number(value.real)
        imaginary = table.apply("mul", (table.number(value.imaginary), table.constant("imaginary")))
        return table.apply("add", (table.number(value.real), imaginary))
    if isinstance(value, tuple):
        rows = tuple(tuple(table.number(e) for e in row) for row in value)
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else Grid(rows)
    return value if not isinstance(table, Duals) else raised(table, lifted(table.base, value))


def raised(table: Duals, value: Any) -> Any:
    """A value of the base table as a constant of the dual table."""
    if isinstance(value, Grid):
        return Grid(tuple(tuple(table.lift(e) for e in row) for row in value.rows))
    return table.lift(value)


def slope(ev: Evaluator, value: DualNumber) -> Any:
    """The derivative part; an exact 0 where there is none."""
    return ev.table.zero() if value.derivative is None else value.derivative


def grid(value: Value) -> Grid:
    return value if isinstance(value, Grid) else Grid(((value,),))


def grid_column(values: list[Any]) -> Grid:
    return Grid(tuple((v,) for v in values))


def difference(ev: Evaluator, left: Grid, right: Grid) -> Grid:
    minus = ev.table.number(Fraction(-1))
    return Grid(
        tuple(
            tuple(ev.table.apply("add", (a, ev.table.apply("mul", (minus, b)))) for a, b in zip(x, y, strict=True))
            for x, y in zip(left.rows, right.rows, strict=True)
        )
    )


def gaussian_density(ev: Evaluator, values: list[Any], mean: Value, covariance: Value) -> Value:
    """exp(-(x - m)^T S^-1 (x - m) / 2) / sqrt((2 pi)^d det S)."""
    if not isinstance(covariance, Grid) and len(values) == 1:
        covariance = Grid(((covariance,),))
    covariance = ev.identity(len(values)) if not isinstance(covariance, Grid) else covariance
    centred = difference(ev, grid_column(values), grid(mean))
    weighted = ev.multiply(Grid(ev.table.inverse(covariance.rows)), centred)
    quadratic = ev.inner(centred.entries, grid(weighted).entries)
    two_pi = ev.table.apply("mul", (ev.table.number(Fraction(2)), ev.table.constant("pi")))
    volume = ev.table.apply("mul", (*([two_pi] * len(values)), ev.table.det(covariance.rows)))
    exponent = ev.table.apply("mul", (ev.table.number(Fraction(-1, 2)), quadratic))
    return ev.table.apply("div", (ev.table.apply("exp", (exponent,)), ev.table.apply("sqrt", (volume,))))


def whole(ev: Evaluator, value: Any) -> int | None:
    """A whole number of the table, or None."""
    while isinstance(value, DualNumber):
        value = value.value
    try:
        number = int(value.p) if value.q == 1 else None
    except AttributeError:
        number = int(value) if isinstance(value, float | int) and float(value).is_integer() else None
    return number
