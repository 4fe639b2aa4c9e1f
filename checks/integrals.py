r"""Integrals and expectations in balls: adaptive quadrature on a bounded piece, growth bounds for the tails.

    int_a^b f          numeric.quadrature.integrate_finite
    int_R f            [-L, L] by quadrature, |tails| <= a bound proved by numeric.growth
    Z = int exp(-E),   E_p[g] = int g exp(-E) / int exp(-E)

Under a derivative the integrand is evaluated over dual numbers, and each part is an integral of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import acb, arb

from ..numeric.balls import Indeterminate, RealBalls
from ..numeric.complex_balls import ComplexBalls
from ..numeric.duals import DualNumber, Duals
from ..numeric.enclosures import fraction_to_real, to_ball
from ..numeric.growth import Growth
from ..numeric.quadrature import integrate_complex, integrate_finite
from ..numeric.singular_ends import has_value, integrate_open, integrate_slow
from ..numeric.unbounded import integrate_unbounded
from ..symbolic.context import AffineLaw, Context, EnergyLaw, GaussianLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Value
from ..symbolic.tree import (
    DIFFERENTIAL,
    Apply,
    Bind,
    Name,
    Node,
    Number,
    children,
    free_names,
    neg,
    walk,
    with_children,
)
from .integrands import as_exponentials, factored, projected, projected_meaning, with_parts_done

if TYPE_CHECKING:
    from .interpret import Meaning

Integrand = Callable[[Any, Any], Any]
# Operations that may leave an integrand without a value, or without a derivative, inside the interval.
BREAKING = frozenset(("div", "pow", "abs", "sign", "log", "root", "max", "min", "floor", "ceil", "piecewise"))
MOST_BREAKS = 6


class BallIntegrals:
    """Answers integral, expectation and partition function for `Meaning`; equal integrals of a run are done once."""

    def __init__(self) -> None:
        self.done: dict[Any, Value] = {}
        # What depends on a name, by the identities of the tree and its context (`differentials.terms_moved`).
        self.kept: dict[tuple[int, int, str], tuple[Node, Context, Node | None]] = {}

    def bind(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        if node.op == "integral":
            return self.integral(meaning, ev, node)
        if node.op == "expect":
            return self.expectation(meaning, ev, node)
        raise Indeterminate(f"no numeric rule for {node.op} here", more_bits_may_help=False)

    def endless(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        """A sum or product with an infinite bound."""
        from .infinite_sums import infinite_sum

        return infinite_sum(meaning, ev, node)

    def partition(self, meaning: Meaning, ev: Evaluator, law: EnergyLaw) -> Value:
        kernel = Apply("exp", (neg(law.energy),))
        return self.over_space(meaning, ev, kernel, law.variables)

    def expectation(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        law = meaning.context.laws.get(node.args[1].name) if isinstance(node.args[1], Name) else None
        if isinstance(law, GaussianLaw | AffineLaw):
            raise Indeterminate("no enclosure of this expectation", more_bits_may_help=False)
        if not isinstance(law, EnergyLaw):
            raise Mismatch("expected a declared law under the expectation")
        kernel = Apply("exp", (neg(law.energy),))
        meaning, bare = hoisted(meaning, ev, Bind("expect", law.variables, node.args))
        node = replace(node, args=bare.args)
        top = self.over_space(meaning, ev, Apply("mul", (node.args[0], kernel)), law.variables)
        bottom = self.over_space(meaning, ev, kernel, law.variables)
        one = ev.table.apply("div", (ev.table.number(Fraction(1)), bottom))
        return ev.multiply(one, top)

    def integral(self, meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
        meaning, node = hoisted(meaning, ev, node)
        if len(node.names) != 1:
            if all(is_infinite(a) for a in node.args[1:]):
                return self.over_space(meaning, ev, node.args[0], node.names)
            raise Indeterminate("a multiple integral is estimated, not enclosed", more_bits_may_help=False)
        low, high = node.args[1], node.args[2]
        if is_infinite(low) or is_infinite(high):
            return self.unbounded(meaning, ev, node.args[0], node.names[0], low, high)
        ends = ev.scalar(ev.value(low)), ev.scalar(ev.value(high))
        return self.bounded(meaning, ev, node.args[0], node.names[0], ends)

    # -- one dimension ---------------------------------------------------------------------------------------------
    def bounded(self, meaning: Meaning, ev: Evaluator, body: Node, name: str, ends: tuple[Any, Any]) -> Value:
        """int_a^b body; where the ends move under a derivative, the boundary terms of Leibniz' rule are added."""

        body = as_exponentials(body)
        constant, core = factored(meaning, ev, body)
        if constant is not None:
            return ev.multiply(constant, self.bounded(meaning, ev, core, name, ends))

        def enclose(integrand: Integrand, bits: int) -> Any:
            low, high = innermost(ends[0]), innermost(ends[1])
            if isinstance(base_table(ev.table), ComplexBalls):
                return integrate_complex(integrand, certainly_real(low), certainly_real(high), bits)
            breaks = breaking_points(body, low, high)
            if breaks or not (has_value(integrand, low, bits) and has_value(integrand, high, bits)):
                return integrate_open(integrand, low, high, bits, breaks)
            return integrate_finite(integrand, low, high, bits)

        key = integral_key(meaning, ev, body, (name, *(value_key(e) for e in ends)))
        if key not in self.done:
            depth = layers(ev.table)
            still = tuple(projected(end, 0, depth) for end in ends)

            def value_part() -> Value:
                return self.bounded(*without_layers(meaning, ev), body, name, (still[0], still[1]))

            found = componentwise(meaning, ev, body, name, enclose, value_part)
            self.done[key] = self.with_boundary(meaning, ev, body, name, ends, found)
        return self.done[key]

    def with_boundary(
        self, meaning: Meaning, ev: Evaluator, body: Node, name: str, ends: tuple[Any, Any], found: Value
    ) -> Value:
        moving = [(e, s) for e, s in ((ends[1], 1), (ends[0], -1)) if isinstance(e, DualNumber) and moves(e)]
        if not moving:
            return found
        if isinstance(ev.table.base, Duals) or not isinstance(found, DualNumber):
            raise Indeterminate("second derivatives of an integral with moving ends", more_bits_may_help=False)
        total = [found.derivative] if found.derivative is not None else []
        base = Evaluator(ev.table.base, replace(meaning, bound={k: v.value for k, v in meaning.bound.items()}))
        for end, sign in moving:
            inside = meaning_of(base).inside(base, {name: end.value})
            at_end = inside.scalar(inside.value(body))
            total.append(ev.table.base.apply("mul", (ev.table.base.number(Fraction(sign)), at_end, end.derivative)))
        return DualNumber(found.value, ev.table.base.apply("add", tuple(total)))

    def over_space(self, meaning: Meaning, ev: Evaluator, body: Node, names: tuple[str, ...]) -> Value:
        def over_line(factor: Node, name: str) -> Value:
            return self.unbounded(meaning, ev, factor, name, neg(Name("inf")), Name("inf"))

        if len(names) == 1:
            return over_line(body, names[0])
        from .separable_integrals import separated_integral

        found = separated_integral(meaning, ev, body, names, over_line)
        if found is None:
            raise Indeterminate(
                "an integral over the plane or space is estimated, not enclosed", more_bits_may_help=False
            )
        return found

    def unbounded(self, meaning: Meaning, ev: Evaluator, body: Node, name: str, low: Node, high: Node) -> Value:
        body = as_exponentials(body)
        constant, core = factored(meaning, ev, body)
        if constant is not None:
            return ev.multiply(constant, self.unbounded(meaning, ev, core, name, low, high))
        key = integral_key(meaning, ev, body, (name, low, high))
        if key not in self.done:
            ends = tuple(None if is_infinite(e) else ev.scalar(ev.value(e)) for e in (low, high))

            def enclose(integrand: Integrand, bits: int) -> Any:
                low, high = innermost(ends[0]), innermost(ends[1])
                for place, end in enumerate((low, high)):
                    if end is not None and not has_value(integrand, end, bits):
                        # A singular end is parted from the end at infinity.
                        cut = to_ball(end) + (1 if place == 0 else -1)
                        if place == 0:
                            return integrate_open(integrand, end, cut, bits) + far(integrand, cut, None, bits)
                        return integrate_open(integrand, cut, end, bits) + far(integrand, None, cut, bits)
                return far(integrand, low, high, bits)

            def value_part() -> Value:
                return self.unbounded(*without_layers(meaning, ev), body, name, low, high)

            found = componentwise(meaning, ev, body, name, enclose, value_part)
            self.done[key] = self.with_boundary(meaning, ev, body, name, (ends[0], ends[1]), found)
        return self.done[key]


def far(integrand: Integrand, low: Any, high: Any, bits: int) -> arb:
    """An integral to infinity: cut where it dies out fast, substituted where it decays like a power."""
    try:
        return integrate_unbounded(integrand, low, high, bits, sharp=True)
    except Indeterminate:
        pass
    try:
        return integrate_slow(integrand, low, high, bits)
    except Indeterminate:
        return integrate_unbounded(integrand, low, high, bits)


def breaking_points(body: Node, low: Any, high: Any) -> list[Fraction]:
    """Rational points inside the interval at which the integrand may have a pole or a kink: 0 and constants of it."""
    if not any(isinstance(n, Apply) and n.op in BREAKING for n in walk(body)):
        return []
    numbers = {n.value for n in walk(body) if isinstance(n, Number) and abs(n.value) <= 20}
    points = sorted({s * v for v in (*numbers, Fraction(0), Fraction(1)) for s in (1, -1)})
    return [v for v in points if fraction_to_real(v) > low and fraction_to_real(v) < high][:MOST_BREAKS]


def integral_key(meaning: Meaning, ev: Evaluator, body: Node, where: tuple[Any, ...]) -> Any:
    """What an integral depends on: the tree, the values of its names, the table."""
    names = free_names(body) | {n for e in where if not isinstance(e, str) for n in free_names(e)}
    names |= {n for law in meaning.context.laws.values() for n in getattr(law, "at", {})}
    bound = tuple(sorted((n, value_key(meaning.bound[n])) for n in names if n in meaning.bound))
    values = tuple(sorted((n, str(meaning.point.values[n])) for n in names if n in meaning.point.values))
    functions = tuple(sorted((n, i.arguments, i.body) for n, i in meaning.point.functions.items()))
    kind = type(base_table(ev.table)).__name__
    return (body, where, kind, layers(ev.table), base_bits(ev.table), bound, values, repr(functions))


def value_key(value: Any) -> str:
    """A text that is equal only for equal values."""
    if isinstance(value, DualNumber):
        return f"({value_key(value.value)},{value_key(value.derivative)})"
    if isinstance(value, acb):
        return f"({value_key(value.real)},{value_key(value.imag)})i"
    if isinstance(value, arb):
        return f"{value.mid().man_exp()}~{value.rad().man_exp()}"
    if isinstance(value, Grid):
        return str([[value_key(e) for e in row] for row in value.rows])
    return repr(value)


def in_growth(meaning: Meaning, table: Any) -> Meaning:
    """The meaning with its bound values as constants of a table of growth bounds."""
    if not isinstance(table, Growth):
        return meaning
    bound = {k: grown(v, table) for k, v in meaning.bound.items()}
    moving = {k: grown(v, table) for k, v in meaning.moving.items()}
    return replace(meaning, bound=bound, moving=moving)


def grown(value: Any, table: Growth) -> Any:
    if isinstance(value, Grid):
        return Grid(tuple(tuple(grown(e, table) for e in row) for row in value.rows))
    if isinstance(value, DualNumber):
        return DualNumber(
            grown(value.value, table), None if value.derivative is None else grown(value.derivative, table)
        )
    return table.lift(value)


def hoisted(meaning: Meaning, ev: Evaluator, node: Bind) -> tuple[Meaning, Bind]:
    """Integrals inside the integrand that do not depend on its variables, done once and bound to fresh names.

    Inside a derivative such an integral is no constant: only the derivative as a whole may be, d/dtheta log Z.
    """
    values: dict[str, Any] = {}

    def constant(part: Node) -> Node:
        name = f"_constant{len(values)}"
        values[name] = ev.value(part)
        return Name(name)

    def visit(part: Node) -> Node:
        outside = not free_names(part) & set(node.names)
        if is_integral(part, meaning) and outside:
            return constant(part)
        if isinstance(part, Bind) and part.op in DIFFERENTIAL:
            if outside and any(is_integral(inner, meaning) for inner in walk(part)):
                return constant(part)
            split = term_by_term(part)
            return part if split == part else visit(split)
        parts = children(part)
        return with_children(part, tuple(visit(p) for p in parts)) if parts else part

    body = visit(node.args[0])
    if not values:
        return meaning, node
    return replace(meaning, bound={**meaning.bound, **values}), replace(node, args=(body, *node.args[1:]))


def term_by_term(node: Bind) -> Node:
    """The derivative of a sum or of a negative as derivatives of its terms."""
    body = node.args[0]
    if isinstance(body, Apply) and body.op in ("add", "neg"):
        return Apply(body.op, tuple(replace(node, args=(term, *node.args[1:])) for term in body.args), node.span)
    return node


def is_integral(node: Node, meaning: Meaning) -> bool:
    if isinstance(node, Bind):
        return node.op in ("integral", "expect")
    entry = meaning.context.get(node.name) if isinstance(node, Name) else None
    return entry is not None and entry.kind == "partition"


def meaning_of(ev: Evaluator) -> Meaning:
    found: Meaning = ev.heads  # type: ignore[assignment]
    return found


def is_infinite(node: Node) -> bool:
    inner = node.args[0] if isinstance(node, Apply) and node.op == "neg" else node
    return isinstance(inner, Name) and inner.name == "inf"


def moves(end: Any) -> bool:
    """Whether an end depends on a variable of differentiation, in any layer."""
    return isinstance(end, DualNumber) and (end.derivative is not None or moves(end.value))


def innermost(value: Any) -> Any:
    while isinstance(value, DualNumber):
        value = value.value
    return value


def layers(table: Any) -> int:
    """How many dual layers lie over the base table."""
    count = 0
    while isinstance(table, Duals):
        table, count = table.base, count + 1
    return count


def rebuilt(table: Any, depth: int) -> Any:
    for _ in range(depth):
        table = Duals(table)
    return table


def base_table(table: Any) -> Any:
    while isinstance(table, Duals):
        table = table.base
    return table


def certainly_real(value: Any) -> Any:
    if not isinstance(value, acb):
        return value
    if value.imag != 0:
        raise Indeterminate("an integral between complex ends", more_bits_may_help=False)
    return value.real


def base_bits(table: Any) -> int:
    table = base_table(table)
    if not isinstance(table, RealBalls | ComplexBalls):
        raise Indeterminate("an integral inside an integral is not enclosed", more_bits_may_help=False)
    return table.bits


def pick(value: Any, mask: int, depth: int, table: Any) -> Any:
    """The component of a nested dual value: bit k of the mask takes the derivative of layer k, outermost first."""
    for layer in range(depth):
        if not isinstance(value, DualNumber):
            return None
        value = value.derivative if mask >> (depth - 1 - layer) & 1 else value.value
        if value is None:
            return None
    return value


def without_layers(meaning: Meaning, ev: Evaluator) -> tuple[Meaning, Evaluator]:
    """The same point over the base table: what is left when nothing is differentiated."""
    small = projected_meaning(meaning, 0, layers(ev.table))
    return small, Evaluator(base_table(ev.table), small)


def componentwise(
    meaning: Meaning,
    ev: Evaluator,
    body: Node,
    name: str,
    enclose: Callable[[Integrand, int], Any],
    value_part: Callable[[], Value] | None = None,
) -> Value:
    """The integral of every entry and every dual component of the body; `value_part` answers that without layers."""
    depth, bits = layers(ev.table), base_bits(ev.table)
    sample = sample_of(integrand_of(meaning, body, name, depth), bits)
    shape = sample.shape if isinstance(sample, Grid) else None
    # One point shows what a formula depends on, unless it takes other branches elsewhere.
    smooth = sample is not None and not any(isinstance(n, Apply) and n.op == "piecewise" for n in walk(body))
    ready: dict[int, Callable[[Any, Any], Value]] = {}

    def entry(place: tuple[int, int] | None) -> Any:
        def component(mask: int) -> Any:
            if mask and smooth and pick(at_place(sample, place), mask, depth, None) is None:
                return None  # an integrand that does not depend on a name has no derivative by it to integrate
            if not mask and depth and value_part is not None:
                return at_place(value_part(), place)
            if mask not in ready:
                ready[mask] = prepared(meaning, ev, body, name, mask)
            value_at, count = ready[mask], mask.bit_count()

            def integrand(table: Any, x: Any) -> Any:
                found = pick(at_place(value_at(table, x), place), 2**count - 1, count, table)
                return table.number(Fraction(0)) if found is None else found

            return enclose(integrand, bits)

        return assemble([component(mask) for mask in range(2**depth)], depth)

    if shape is None:
        return entry(None)
    return Grid(tuple(tuple(entry((i, j)) for j in range(shape[1])) for i in range(shape[0])))


def prepared(meaning: Meaning, ev: Evaluator, body: Node, name: str, mask: int) -> Callable[[Any, Any], Value]:
    """The integrand over the layers of the mask alone, with what does not move done before the first evaluation."""
    depth, count, base = layers(ev.table), mask.bit_count(), base_table(ev.table)
    small = projected_meaning(meaning, mask, depth) if count < depth else meaning
    if isinstance(base, RealBalls):
        small, body = with_parts_done(small, rebuilt(base, count), body, name)
    return integrand_of(small, body, name, count)


def integrand_of(meaning: Meaning, body: Node, name: str, depth: int) -> Callable[[Any, Any], Value]:
    """The body as a function of the variable over any table, under so many layers of dual numbers."""

    def value_at(table: Any, x: Any) -> Value:
        nested = rebuilt(table, depth)
        variable = x
        for layer in range(depth):
            variable = rebuilt(table, layer + 1).lift(variable)
        here = in_growth(meaning, table)
        return here.inside(Evaluator(nested, here), {name: variable}, nested).value(body)

    return value_at


def at_place(value: Value, place: tuple[int, int] | None) -> Any:
    """The entry of a matrix, or the scalar itself."""
    return value.rows[place[0]][place[1]] if isinstance(value, Grid) and place is not None else value


def sample_of(value_at: Callable[[Any, Any], Value], bits: int) -> Value | None:
    """The integrand at one plain point, for its shape and for what it depends on; None where it has no value."""
    table = RealBalls(bits)
    for x in (Fraction(5, 7), Fraction(-3, 8), Fraction(1, 11)):
        try:
            return value_at(table, table.number(x))
        except (ArithmeticError, Mismatch):
            continue
    return None


def assemble(parts: list[Any], depth: int) -> Any:
    """Nested dual numbers from their components, in the order of `pick`; None for what does not depend on a layer."""
    if all(part is None for part in parts):
        return None
    if depth == 0:
        return parts[0]
    half = len(parts) // 2
    return DualNumber(assemble(parts[:half], depth - 1), assemble(parts[half:], depth - 1))
