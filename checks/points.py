r"""Points of the declared domain: short rationals, seeded, random and mined.

Random points take all sign patterns, small and large sizes; mined ones come from the constants of the claim itself
(each also +-1), where a slip that hides at the usual points would hide.  Values are exact rationals, so that a
counterexample can be re-checked by hand.  Undefined functions are bound to concrete smooth instances.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Any

from ..numeric.balls import Indeterminate, RealBalls, Undefined, ball_interval
from ..symbolic.context import AffineLaw, Context, EnergyLaw, FlowLaw, FreeLaw, GaussianLaw, MappedLaw, component_names
from ..symbolic.domains import DEFAULT_REAL, Bound, Domain
from ..symbolic.evaluate import Evaluator, Mismatch
from ..symbolic.inverse_names import SUFFIX, forward_name, is_inverse
from ..symbolic.shapes import ShapeError, shape_of
from ..symbolic.tree import (
    Apply,
    Call,
    Name,
    Node,
    Number,
    add,
    calls,
    children,
    free_names,
    integer,
    mul,
    rewrite,
    walk,
)
from ..symbolic.unfold import OF_LAWS, unfold
from .invertible_instances import density_body, map_size, pair

Rows = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, slots=True)
class ComplexValue:
    """real + i imaginary, both rational."""

    real: Fraction
    imaginary: Fraction


Scalar = Fraction | ComplexValue
ATTEMPTS = 40
AGAIN = 12  # draws in place of a point that was drawn before: two looks at one point are one look
LARGEST_SIZE = 12
SIMPLE_VALUES = (Fraction(1), Fraction(1, 2), Fraction(2), Fraction(3, 2), Fraction(1, 3), Fraction(3), Fraction(2, 3))


@dataclass(frozen=True, slots=True)
class Instance:
    """A concrete function: formal arguments and body."""

    arguments: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Point:
    """Values of names (rationals, matrices of rationals) and instances of functions."""

    values: Mapping[str, Scalar | Rows]
    functions: Mapping[str, Instance] = field(default_factory=dict)


class EmptyDomain(ValueError):  # noqa: N818 - an answer, not a failure
    """No point of the declared domain was found."""


class Sampler:
    """Draws points for the free names of some trees."""

    def __init__(self, context: Context, trees: Sequence[Node], seed: int, *, uncoupled: bool = False) -> None:
        """`uncoupled`: undefined energies are sums of functions of one variable: their integrals are products."""
        self.context = context
        self.uncoupled = uncoupled
        self.trees = tuple(trees)
        self.random = random.Random(seed)
        self.simple_drawn = 0
        self.names = ordered_names(context, trees)
        self.function_names = tuple(
            sorted(
                n
                for n in called_names(context, trees)
                if (e := context.get(n)) is not None and e.kind == "function" and e.value is None
            )
        )
        self.inverted = {forward_name(n) for n in all_calls(context, trees) if is_inverse(n)}
        self.mined = mined_constants(trees)
        self.fixed = fixed_parameters(context)
        self.running = running_times(context, trees)
        self.sizes = free_sizes(context, self.names)
        self.components = component_places(context, self.names)
        self.tied = tied(context, trees)

    def points(self, count: int) -> Iterator[Point]:
        """`count` points: the first at the declared parameter values, then random and mined ones.

        Raises:
            EmptyDomain: when no point satisfies the declared conditions.
        """
        seen: set[str] = set()
        for index in range(count):
            point = self.point(index)
            for _ in range(AGAIN):
                if point.functions or repr(point.values) not in seen:
                    break
                point = self.point(index + 1)
            seen.add(repr(point.values))
            yield point

    def point(self, index: int) -> Point:
        for _ in range(ATTEMPTS):
            values = self.draw(index)
            if values is not None:
                functions: dict[str, Instance] = {}
                for k, name in enumerate(self.function_names):
                    functions.update(self.instances(name, k + index))
                return Point(values, functions)
        raise EmptyDomain("no point was found that satisfies the declared conditions")

    def draw(self, index: int) -> dict[str, Scalar | Rows] | None:
        values: dict[str, Scalar | Rows] = {}
        for name in self.names:
            entry = self.context.get(name)
            domain = entry.domain if entry is not None else DEFAULT_REAL
            if name in self.running:
                values[name] = self.running[name]
                continue
            if name in self.fixed and (index % 3 == 0):
                values[name] = self.fixed[name]
                continue
            drawn = self.size_value(name, index) or self.value(name, domain, values, index)
            if drawn is None:
                return None
            values[name] = drawn
        for law in self.tied:
            from .flow_points import reached

            moved = reached(self.context, law, values, self.random, index)
            if moved is None:
                return None
            values.update(moved)
        for name, place in self.components.items():
            rows = values.get(place[0])
            if isinstance(rows, tuple):
                values[name] = rows[place[1]][0]
        return values if self.satisfied(values) else None

    def admits(self, values: Mapping[str, Any]) -> bool:
        """Whether values of all the names lie in their declared domains, conditions included."""
        for name, value in values.items():
            entry = self.context.get(name)
            if entry is None or not isinstance(value, Fraction):
                continue
            domain = entry.domain
            if domain.value is not None and number_of(domain.value, values) != value:
                return False
            low, high = bound_of(domain.low, values), bound_of(domain.high, values)
            if (domain.low is not None and low is None) or (domain.high is not None and high is None):
                return False
            if not inside(domain, value, low, high):
                return False
        return self.satisfied(values)

    def satisfied(self, values: Mapping[str, Any]) -> bool:
        """Whether every declared condition certainly holds at the values."""
        for name in self.names:
            entry = self.context.get(name)
            for condition in entry.domain.conditions if entry is not None else ():
                if truth(condition, values) is not True:
                    return False
        return True

    # -- one value -------------------------------------------------------------------------------------------------
    def value(self, name: str, domain: Domain, known: Mapping[str, Any], index: int) -> Scalar | Rows | None:
        if domain.value is not None:
            return number_of(domain.value, known)
        if domain.shape:
            return self.matrix(domain, index)
        if domain.field == "complex" and domain.low is None and domain.high is None:
            return self.complex_value(domain, index)
        low, high = bound_of(domain.low, known), bound_of(domain.high, known)
        if (domain.low is not None and low is None) or (domain.high is not None and high is None):
            return None
        found = self.scalar(domain, low, high, index)
        return found if found is not None and inside(domain, found, low, high) else None

    def complex_value(self, domain: Domain, index: int) -> ComplexValue | None:
        """All four quadrants, both axes, sizes beyond the strip of the principal logarithm."""
        r = self.random
        parts = [r.choice((-1, 1)) * self.size(index), r.choice((-1, 1)) * self.size(index)]
        if index % 6 == 5:
            parts[r.randint(0, 1)] = Fraction(0)
        if index % 6 == 2:
            parts[1] *= 5
        found = ComplexValue(*parts)
        return None if domain.nonzero and found == ComplexValue(Fraction(0), Fraction(0)) else found

    def scalar(self, domain: Domain, low: Fraction | None, high: Fraction | None, index: int) -> Fraction | None:
        r = self.random
        if index == 0 and domain.field != "integer" and (low is None or high is None):
            return self.simple(low, high)
        if self.mined and r.random() < 0.2:
            mined = r.choice(self.mined) + r.choice((0, 0, 1, -1))
            if inside(domain, mined, low, high):
                return mined
        if domain.field == "integer":
            start = int(low) if low is not None else (-6 if high is None else int(high) - 8)
            stop = int(high) if high is not None else start + 8
            return Fraction(r.randint(start, max(start, stop)))
        if low is not None and high is not None:
            if low == high:
                return low
            denominator = r.choice((7, 11, 13, 17, 29))
            return low + (high - low) * Fraction(
                r.randint(0 if domain.low and domain.low.closed else 1, denominator - 1), denominator
            )
        size = self.size(index)
        if low is not None:
            return low + size
        if high is not None:
            return high - size
        return size * r.choice((-1, 1))

    def size_value(self, name: str, index: int) -> Fraction | None:
        """The value of a name that is also the size of a matrix: one meaning of a name at one point."""
        return Fraction(self.size_of(name, index)) if name in self.sizes else None

    def size_of(self, size: int | str, index: int) -> int:
        """A free dimension is 2, 3, 4, 2, ... from point to point: a claim that holds for one size only is caught."""
        if isinstance(size, int):
            return size
        entry = self.context.get(size)
        fixed = number_of(entry.domain.value, {}) if entry is not None and entry.domain.value is not None else None
        if fixed is not None and fixed.denominator == 1 and 1 <= fixed <= LARGEST_SIZE:
            return int(fixed)
        return 2 + (index + self.sizes.index(size)) % 3

    def simple(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        """The first point is easy to re-check by hand: 1, 2, 1/2, ..., a new value for each name."""
        self.simple_drawn += 1
        value = SIMPLE_VALUES[(self.simple_drawn - 1) % len(SIMPLE_VALUES)]
        if low is not None:
            return low + value
        return high - value if high is not None else value

    def size(self, index: int) -> Fraction:
        """A positive short rational: mostly of order one, now and then small or large."""
        r = self.random
        scale = r.random()
        if scale < 0.75:
            return Fraction(r.randint(1, 23), r.choice((5, 7, 8, 9, 11, 13)))
        if scale < 0.87:
            return Fraction(1, r.randint(5, 60))
        return Fraction(r.randint(3, 12)) + Fraction(r.randint(0, 6), 7)

    def matrix(self, domain: Domain, index: int) -> Rows:
        rows, columns = (self.size_of(s, index) for s in (*domain.shape, 1)[:2])
        entries = [
            [Fraction(self.random.randint(-9, 9), self.random.choice((2, 3, 5))) for _ in range(columns)]
            for _ in range(rows)
        ]
        return shaped(entries, domain)

    # -- functions -------------------------------------------------------------------------------------------------
    def instances(self, name: str, index: int) -> dict[str, Instance]:
        """The function, with its inverse where the trees or their laws use that."""
        entry = self.context.get(name)
        assert entry is not None
        size = map_size(self.context, name)
        if name not in self.inverted and not entry.domain.shape:
            return {name: self.instance(name, index)}
        if not size:
            raise EmptyDomain(f"no instance of the map {name} is at hand")
        arguments, forward, backward = pair(size, self.random, index, entry.domain.positive_values)
        return {name: Instance(arguments, forward), name + SUFFIX: Instance(arguments, backward)}

    def instance(self, name: str, index: int) -> Instance:
        """A smooth function: a polynomial plus a wave, or its exponential where the values must be positive."""
        entry = self.context.get(name)
        assert entry is not None
        energies = (law.energy for law in self.context.laws.values() if isinstance(law, EnergyLaw))
        sizes = argument_sizes(self.context, (*self.trees, *energies), name) or (1,) * (entry.domain.arity or 1)
        arguments = tuple(f"_a{i}" for i in range(1, sum(sizes) + 1))
        if isinstance(self.context.laws.get(entry.of), FreeLaw):
            return Instance(arguments, density_body(arguments, self.random))
        sign, confined = confinement(self.context, name)
        if confined:
            places = [k for k, i in enumerate(i for i, size in enumerate(sizes) for _ in range(size)) if i in confined]
            positive = entry.domain.positive_values
            if self.uncoupled and len(places) > 1:
                return Instance(arguments, uncoupled(arguments, places, sign, self.random, positive))
            return Instance(arguments, confining(arguments, places, sign, self.random, positive))
        body = smooth(arguments, self.random, index)
        if entry.domain.positive_values:
            body = Apply("exp", (Apply("sin", (body,)),))
        return Instance(arguments, body)


def smooth(arguments: tuple[str, ...], r: random.Random, index: int) -> Node:
    """c1 sin(a . x + c) + quadratic + mixed term, with short rational coefficients."""
    names = [Name(a) for a in arguments]

    def rational() -> Node:
        return Number(Fraction(r.choice((-1, 1)) * r.randint(1, 9), r.choice((2, 3, 4, 5))))

    wave = Apply("sin", (add(*(mul(rational(), n) for n in names), rational()),))
    square = add(*(mul(rational(), Apply("pow", (n, integer(2)))) for n in names))
    mixed = mul(rational(), *names)
    return add(mul(rational(), wave), square, mixed, rational())


def called_names(context: Context, trees: Sequence[Node]) -> set[str]:
    """Functions that the trees call, and those inside the laws that they name."""
    found = {forward_name(n) for n in all_calls(context, trees)}
    for name in {n.name for tree in trees for n in walk(tree) if isinstance(n, Name)}:
        law = context.law_of(name)
        if isinstance(law, EnergyLaw):
            found |= set(calls(law.energy))
    return found


def all_calls(context: Context, trees: Sequence[Node]) -> set[str]:
    """Names that the trees call, and those that the maps of their laws call; with them the open density of a law."""
    found = {n for tree in trees for n in calls(tree)}
    for name in tuple(found):
        law = context.law_of(name)
        while isinstance(law, AffineLaw | MappedLaw):
            if isinstance(law, MappedLaw):
                found |= {n for part in (*law.forward, *(law.inverse or ())) for n in calls(part)}
            law = context.laws.get(law.base)
        if isinstance(law, FreeLaw):
            found.add(law.density)
    return found


def argument_sizes(context: Context, trees: Sequence[Node], name: str) -> tuple[int, ...]:
    """How many scalars each argument of a function holds, from the first call of it: a vector counts its components."""
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Call) and node.name == name:
                return tuple(scalars_in(context, argument) for argument in node.args)
    return ()


def scalars_in(context: Context, argument: Node) -> int:
    try:
        shape = shape_of(argument, context) or (1, 1)
    except ShapeError:
        return 1
    return prod(size for size in shape if isinstance(size, int))


def confining(
    arguments: tuple[str, ...], confined: Sequence[int], sign: int, r: random.Random, positive: bool = False
) -> Node:
    """sign * (sum of c x^4 over the confined arguments + a wave + mixed terms), c > 0.

    exp of minus it is integrable whatever the other arguments are: the mixed terms are of first degree in the confined
    ones.  Where the values must be positive, the wave is exponentiated and the mixed terms are left out.
    """
    names = [Name(a) for a in arguments]

    def rational(*below: int) -> Node:
        return Number(Fraction(r.choice((-1, 1)) * r.randint(1, 5), r.choice(below)))

    quartic = [mul(Number(Fraction(r.randint(2, 5), 4)), Apply("pow", (names[i], integer(4)))) for i in confined]
    others = [n for i, n in enumerate(names) if i not in confined]
    wave = mul(rational(3, 4, 5), Apply("sin", (add(*(mul(rational(3, 4, 5), n) for n in names), rational(2, 3)),)))
    pairs = zip(confined, others * len(confined), strict=False)
    mixed = [mul(rational(3, 4, 5), names[i], other) for i, other in pairs]
    curved = [mul(rational(4, 5), Apply("pow", (other, integer(2)))) for other in others]
    body = add(*quartic, Apply("exp", (wave,))) if positive else add(*quartic, wave, *mixed, *curved)
    return body if sign > 0 else Apply("neg", (body,))


def uncoupled(
    arguments: tuple[str, ...], confined: Sequence[int], sign: int, r: random.Random, positive: bool = False
) -> Node:
    """A sum of confining functions of one confined argument each: exp of minus it is a product of densities."""
    others = [a for i, a in enumerate(arguments) if i not in confined]
    parts = [confining((arguments[i], *others), (0,), 1, r, positive) for i in confined]
    body = add(*parts)
    return body if sign > 0 else Apply("neg", (body,))


def confinement(context: Context, name: str) -> tuple[int, tuple[int, ...]]:
    """For a function in the energy of a law: its sign there, and which of its arguments hold variables of the law."""
    for law in context.laws.values():
        if isinstance(law, EnergyLaw):
            for call, sign in signed_calls(law.energy, 1):
                if call.name == name:
                    inside = [spelled_names(context, argument) & set(law.variables) for argument in call.args]
                    return sign, tuple(i for i, found in enumerate(inside) if found)
    return 1, ()


def spelled_names(context: Context, node: Node) -> set[str]:
    """The free names of a tree, a vector by its components."""
    found: set[str] = set()
    for name in free_names(node):
        entry = context.get(name)
        size = entry.domain.shape[0] if entry is not None and entry.kind == "vector" and entry.domain.shape else 1
        found |= set(component_names(name, size)) if isinstance(size, int) else {name}
    return found


def signed_calls(node: Node, sign: int) -> Iterator[tuple[Call, int]]:
    """The calls of a tree, each with the sign that the negations and negative numbers around it give it."""
    if isinstance(node, Call):
        yield node, sign
    if isinstance(node, Apply) and node.op == "neg":
        sign = -sign
    if isinstance(node, Apply) and node.op in ("mul", "div"):
        sign *= -1 if sum(is_negative(p) for p in node.args) % 2 else 1
    for part in children(node):
        # A negative number was counted in its product, and its own negation must not be counted again.
        if not is_negative(part):
            yield from signed_calls(part, sign)


def is_negative(node: Node) -> bool:
    """Whether the node is a negative number as written."""
    if isinstance(node, Apply) and node.op == "neg":
        return isinstance(node.args[0], Number)
    return isinstance(node, Number) and node.value < 0


def shaped(entries: list[list[Fraction]], domain: Domain) -> Rows:
    """Entries bent to the traits: symmetric, positive definite (B B^T + I), diagonal, invertible (dominant)."""
    n = len(entries)
    if "positive definite" in domain.traits:
        return tuple(
            tuple(sum((entries[i][k] * entries[j][k] for k in range(n)), Fraction(int(i == j))) for j in range(n))
            for i in range(n)
        )
    if "symmetric" in domain.traits:
        return tuple(tuple(entries[max(i, j)][min(i, j)] for j in range(n)) for i in range(n))
    if "diagonal" in domain.traits:
        return tuple(tuple(entries[i][j] if i == j else Fraction(0) for j in range(n)) for i in range(n))
    if "invertible" in domain.traits:
        return tuple(tuple(e + (20 if i == j else 0) for j, e in enumerate(row)) for i, row in enumerate(entries))
    return tuple(tuple(row) for row in entries)


def ordered_names(context: Context, trees: Sequence[Node]) -> tuple[str, ...]:
    """Free names of the trees and of their domains, a bound before the name that it bounds."""
    found: dict[str, None] = {}

    def visit(name: str, seen: frozenset[str]) -> None:
        entry = context.get(name)
        # The path of a flow in one dimension is its state, a scalar; a longer one is sampled by components.
        scalar_path = entry is not None and entry.kind == "path" and not entry.domain.shape
        if name in found or name in seen or (entry is not None and entry.kind in _NOT_SAMPLED and not scalar_path):
            return
        if entry is not None:
            parts = [b.value for b in (entry.domain.low, entry.domain.high) if b is not None]
            for part in (*parts, *entry.domain.conditions):
                for other in sorted(free_names(part) - {name}):
                    visit(other, seen | {name})
        found[name] = None

    for tree in trees:
        for name in sorted(free_names(without_laws(tree)) | state_names(context, tree)):
            visit(name, frozenset())
    return tuple(found)


def without_laws(tree: Node) -> Node:
    """The tree without mean(X), Cov(X), ...: X there is a law and no point, whatever else the name stands for."""
    return rewrite(tree, lambda node: Number(Fraction(0)) if isinstance(node, Apply) and node.op in OF_LAWS else node)


def law_parameters(context: Context, tree: Node) -> set[str]:
    """The free names of the laws that a tree names: the m and S of X ~ N(m, S), the A and b of an image, its base."""
    named = [n.name for n in walk(tree) if isinstance(n, Call)]
    heads = (n for n in walk(tree) if isinstance(n, Apply) and n.op in OF_LAWS)
    named += [part.name for head in heads for part in head.args if isinstance(part, Name)]
    parts: list[Node] = []
    for name in named:
        law = context.law_of(name)
        while isinstance(law, AffineLaw | MappedLaw):
            parts += (law.matrix, law.offset) if isinstance(law, AffineLaw) else law.inverse or ()
            law = context.laws.get(law.base)
        if isinstance(law, GaussianLaw):
            parts += (law.mean, law.covariance)
    return {n for part in parts for n in free_names(unfold(part, context))}


def component_places(context: Context, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Names such as x_2 that are components of a declared vector x: they take its value and none of their own."""
    found: dict[str, tuple[str, int]] = {}
    for name in names:
        base, _, index = name.rpartition("_")
        entry = context.get(base)
        if entry is not None and entry.kind == "vector" and index.isdigit() and name not in context:
            found[name] = base, int(index) - 1
    return found


def free_sizes(context: Context, names: Sequence[str]) -> list[str]:
    """The names that stand for a dimension in the shapes of other names."""
    shapes = [e.domain.shape for n in names if (e := context.get(n)) is not None]
    return sorted({s for shape in shapes for s in shape if isinstance(s, str)})


def state_names(context: Context, tree: Node) -> set[str]:
    """Names that a tree depends on without showing them: the state of a flow, the parameters of a normaliser."""
    found = law_parameters(context, tree)
    for node in walk(tree):
        if isinstance(node, Name) and (law := context.law_of(node.name)) is not None and isinstance(law, EnergyLaw):
            entry = context.get(node.name)
            if entry is not None and entry.kind in ("partition", "density"):
                found |= free_names(law.energy) - set(law.variables)
    starts = (
        n.name
        for n in walk(tree)
        if isinstance(n, Name) and n.name in context and context.entries[n.name].kind == "start"
    )
    for name in (*calls(tree), *starts):
        law = context.law_of(name)
        if isinstance(law, FlowLaw):
            found |= {*law.variables, law.time, *(n for part in law.field for n in free_names(part))}
    return found


_NOT_SAMPLED = ("law", "start", "density", "energy", "field", "partition", "path", "function")


def fixed_parameters(context: Context) -> dict[str, Fraction]:
    """Parameter values that the document itself gives (`at`)."""
    found: dict[str, Fraction] = {}
    for law in context.laws.values():
        if isinstance(law, EnergyLaw | FlowLaw):
            for name, node in law.at.items():
                value = number_of(node, {})
                if isinstance(value, Fraction):
                    found[name] = value
    return found


def tied(context: Context, trees: Sequence[Node]) -> tuple[FlowLaw, ...]:
    """The flows whose state must be one that a start reaches."""
    if not any(isinstance(law, FlowLaw) for law in context.laws.values()):
        return ()
    from .flow_points import tied_flows

    return tied_flows(context, trees)


def running_times(context: Context, trees: Sequence[Node]) -> dict[str, Fraction]:
    """Claims about the density of a flow are tested at its starting time, unless it is carried to later ones."""
    found: dict[str, Fraction] = {}
    carried = {law.name for law in tied(context, trees)}
    for tree in trees:
        for name in calls(tree):
            entry, law = context.get(name), context.law_of(name)
            if isinstance(law, FlowLaw) and entry is not None and entry.kind == "density" and law.name not in carried:
                found[law.time] = Fraction(law.times[0]).limit_denominator(10**6)
    return found


def mined_constants(trees: Sequence[Node]) -> list[Fraction]:
    """Small constants of the claim: where a false identity may hold by design."""
    found = {n.value for tree in trees for n in walk(tree) if isinstance(n, Number) and abs(n.value) <= 20}
    return sorted(found | {Fraction(0)})[:24]


def bound_of(bound: Bound | None, known: Mapping[str, Any]) -> Fraction | None:
    if bound is None:
        return None
    value = number_of(bound.value, known)
    return value if isinstance(value, Fraction) else None


def inside(domain: Domain, value: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    if domain.nonzero and value == 0:
        return False
    if domain.field == "integer" and value.denominator != 1:
        return False
    if low is not None and (value < low or (value == low and not domain.low.closed)):  # type: ignore[union-attr]
        return False
    return not (high is not None and (value > high or (value == high and not domain.high.closed)))  # type: ignore[union-attr]


class _Values:
    """Names as exact values, for bounds and conditions."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def name(self, evaluator: Evaluator, node: Name) -> Any:
        value = self.known.get(node.name)
        if not isinstance(value, Fraction):
            raise Mismatch(f"{node.name} has no value")
        return evaluator.table.number(value)

    def call(self, evaluator: Evaluator, node: Any) -> Any:
        raise Mismatch("expected no function in a domain")

    bind = derived = call


def number_of(node: Node, known: Mapping[str, Any]) -> Fraction | None:
    """The value of a bound: exact where it is rational, else the middle of a ball (a bound need not be hit exactly)."""
    try:
        value = Evaluator(RealBalls(128), _Values(known)).value(node)
        low, high = ball_interval(value)
    except (Undefined, Indeterminate, Mismatch, ValueError, TypeError):
        return None
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        return low if low == high else ((low + high) / 2).limit_denominator(10**9)
    return None


def truth(condition: Node, values: Mapping[str, Any]) -> bool | None:
    """Whether a condition holds: True, False, or None when it cannot be told."""
    try:
        found = Evaluator(RealBalls(128), _Values(values)).value(condition)
    except (Undefined, Indeterminate, Mismatch):
        return None
    return found if isinstance(found, bool) else None
