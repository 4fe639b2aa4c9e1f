r"""Where one side of a claim has a value and the other has none: on an open set, or at isolated points only.

A side that certainly has no value on an open set of the domain refutes the claim.  At isolated points (the zeros of a
denominator) it is an exception to a claim that may well be true.  The two are told apart by neighbours: a point of an
open set keeps its neighbours, a point of a curve such as x = y loses every neighbour off the curve.  Whole numbers have
no near neighbours; there the set must reach three steps in one direction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from ..symbolic.context import Context
from ..symbolic.evaluation_marks import constants
from ..symbolic.tree import Apply, Name, Node, Number, walk
from .points import ComplexValue, Point, Rows, Sampler, Scalar

NEIGHBOURS = 4
NEAR = Fraction(1, 2**20)
STEPS = 3
MOST_SPECIAL = 12
MOST_TURNED = 4
MOST_FAR = 3
LARGEST_NEAR, FARTHEST = 20, 10**9
PARTIAL = frozenset(
    ("div", "pow", "log", "sqrt", "root", "inverse", "tan", "cot", "sec", "csc", "coth", "csch", "gamma")
)


def is_open(point: Point, context: Context, sampler: Sampler, missing: Callable[[Point], bool]) -> bool:
    """Whether `missing` holds around the point, as far as neighbours in the domain can tell."""
    near = list(neighbours(point, context, sampler))
    if near:
        return all(missing(p) for p in near)
    for direction in (1, -1):
        found = list(steps(point, context, sampler, direction))
        if len(found) == STEPS and all(missing(p) for p in found):
            return True
    # A point without any free coordinate is all of its domain.
    return not any(coordinates(point, context, whole) for whole in (False, True))


def coordinates(point: Point, context: Context, whole: bool) -> list[str]:
    """Names whose value may move: real ones and matrices, or whole numbers."""
    found = []
    for name in point.values:
        entry = context.get(name)
        if entry is not None and (entry.domain.value is not None or entry.kind == "time"):
            continue
        if (entry is not None and entry.domain.field == "integer") == whole:
            found.append(name)
    return found


def neighbours(point: Point, context: Context, sampler: Sampler) -> Iterator[Point]:
    """Points at a relative distance of about 1e-6, every real coordinate moved on its own."""
    names = coordinates(point, context, whole=False)
    r = random.Random(repr(sorted(point.values.items())))
    for _ in range(NEIGHBOURS if names else 0):
        moved = {n: shifted(point.values[n], r) if n in names else v for n, v in point.values.items()}
        if sampler.admits(moved):
            yield replace(point, values=moved)


def shifted(value: Scalar | Rows, r: random.Random) -> Scalar | Rows:
    """A number moved a little; a matrix moved on its diagonal, upward, which keeps its traits."""
    step = NEAR * Fraction(r.randint(1, 999), 500)
    if isinstance(value, ComplexValue):
        return ComplexValue(value.real + step * r.choice((-1, 1)), value.imaginary + step * r.choice((-1, 1)))
    if isinstance(value, Fraction):
        return value + step * (1 + abs(value)) * r.choice((-1, 1))
    return tuple(tuple(e + step * (i + 1) if i == j else e for j, e in enumerate(row)) for i, row in enumerate(value))


def steps(point: Point, context: Context, sampler: Sampler, direction: int) -> Iterator[Point]:
    """The next whole numbers in one direction, all whole coordinates moving together."""
    names = coordinates(point, context, whole=True)
    for k in range(1, STEPS + 1 if names else 1):
        moved = {n: v + direction * k if n in names and isinstance(v, Fraction) else v for n, v in point.values.items()}
        if sampler.admits(moved):
            yield replace(point, values=moved)


def signs_turned(point: Point, sampler: Sampler, trees: tuple[Node, ...]) -> Iterator[Point]:
    """The point with all its signs turned, and with each alone: log(xy) has a value where log x and log y have none."""
    shown = {n.name for tree in trees for n in walk(tree) if isinstance(n, Name)}
    names = [n for n in point.values if n in shown and isinstance(point.values[n], Fraction)][:MOST_TURNED]
    for turned in dict.fromkeys((tuple(names), *((n,) for n in names))):
        moved = {n: -v if n in turned and isinstance(v, Fraction) else v for n, v in point.values.items()}
        if turned and sampler.admits(moved):
            yield replace(point, values=moved)


def far_points(point: Point, sampler: Sampler, trees: tuple[Node, ...]) -> Iterator[Point]:
    """Points on both sides of the large constants of a claim: |x - 10^6|/(x - 10^6) is -1 everywhere before 10^6."""
    found = {c for tree in trees for c in constants(tree)}
    far = sorted({abs(c) for c in found if LARGEST_NEAR < abs(c) <= FARTHEST})[:MOST_FAR]
    shown = {n.name for tree in trees for n in walk(tree) if isinstance(n, Name)}
    for name in [n for n in point.values if n in shown and isinstance(point.values[n], Fraction)][:MOST_TURNED]:
        entry = sampler.context.get(name)
        if entry is not None and entry.domain.field == "integer":
            continue  # the bound of a sum: a million terms
        for constant in far:
            for value in (constant + 1, constant - 1, 2 * constant, -constant - 1):
                moved = {**point.values, name: value}
                if sampler.admits(moved):
                    yield replace(point, values=moved)


def special_points(point: Point, context: Context, sampler: Sampler, trees: tuple[Node, ...]) -> Iterator[Point]:
    """Points at which a denominator or an argument may vanish: one name at a time at a constant of the claim."""
    if not any(isinstance(n, Apply) and n.op in PARTIAL for tree in trees for n in walk(tree)):
        return
    yield from signs_turned(point, sampler, trees)
    numbers = {n.value for tree in trees for n in walk(tree) if isinstance(n, Number) and abs(n.value) <= 20}
    values = sorted({s * v for v in (*numbers, Fraction(0), Fraction(1)) for s in (1, -1)}, key=lambda v: (abs(v), -v))
    shown = {n.name for tree in trees for n in walk(tree) if isinstance(n, Name)}
    count = 0
    for name in (n for n in point.values if n in shown and isinstance(point.values[n], Fraction)):
        for value in values:
            moved = {**point.values, name: value}
            if count < MOST_SPECIAL and sampler.admits(moved):
                count += 1
                yield replace(point, values=moved)
