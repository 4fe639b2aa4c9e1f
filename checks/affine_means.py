r"""A claim about expectations as an affine function of them.

Every E_p[g] of lhs = rhs becomes a name `_mean0`, `_mean1`, .. ; R(m) = lhs - rhs at numbers m is then evaluated, all
other integrals by quadrature, and R(m) = c . m + r is read off its differences.  Where R is not affine none is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..numeric.floats import Floats
from ..symbolic.context import Context, EnergyLaw
from ..symbolic.evaluate import Evaluator, Grid, Value, normal
from ..symbolic.tree import Bind, Call, Name, Node, children, walk, with_children
from .claim import Part
from .grid_integrals import GridIntegrals
from .interpret import Meaning
from .points import Point

# Differences in floats: what is below this share of the size counts as 0.
AFFINE = 1e-8

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A claim with its expectations under one law as names: the sides and the integrands in order of the names."""

    law: EnergyLaw
    lhs: Node
    rhs: Node
    bodies: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Affine:
    """R(m) = weights @ m + constant, by entries of the claim: weights (entries, number of means)."""

    weights: Array
    constant: Array
    scale: Array

    def at(self, means: Array) -> Array:
        return np.asarray(self.weights @ means + self.constant)

    def kept(self, which: NDArray[np.bool_]) -> Affine:
        """The entries of a mask."""
        return Affine(self.weights[which], self.constant[which], self.scale[which])


def without_expectations(part: Part) -> Replaced | None:
    """The claim with every expectation that is not inside a derivative or another integral as a name."""
    names: dict[Node, str] = {}
    laws: dict[str, EnergyLaw] = {}

    def visit(node: Node) -> Node:
        if isinstance(node, Bind) and node.op == "expect" and isinstance(node.args[1], Name):
            law = part.context.laws.get(node.args[1].name)
            if isinstance(law, EnergyLaw):
                laws[law.name] = law
                return Name(names.setdefault(node.args[0], f"_mean{len(names)}"))
        if isinstance(node, Bind | Call):
            return node
        parts = children(node)
        return with_children(node, tuple(visit(p) for p in parts)) if parts else node

    lhs, rhs = (visit(side) for side in part.unfolded)
    if len(laws) != 1 or any(has_integral(body, part.context) for body in names):
        return None
    return Replaced(next(iter(laws.values())), lhs, rhs, tuple(names))


def has_integral(tree: Node, context: Context) -> bool:
    for node in walk(tree):
        if isinstance(node, Bind) and node.op in ("integral", "expect"):
            return True
        entry = context.get(node.name) if isinstance(node, Name) else None
        if entry is not None and entry.kind == "partition":
            return True
    return False


Residual = Callable[[tuple[Node, Node], Array], tuple[Array, Array]]


def residuals(context: Context, point: Point, replaced: Replaced) -> Residual:
    """(lhs - rhs, size of the sides) by entries at given means, all other integrals by quadrature."""
    integrals = GridIntegrals()
    shapes = shapes_of(context, point, replaced)

    def at(sides: tuple[Node, Node], means: Array) -> tuple[Array, Array]:
        meaning = Meaning(context, point, integrals=integrals)
        ev = meaning.inside(Evaluator(Floats(), meaning), bound_means(shapes, means))
        left, right = (entries_of(ev.value(side)) for side in sides)
        left, right = np.broadcast_arrays(left, right)
        return left - right, np.maximum(np.abs(left), np.abs(right))

    return at


def shapes_of(context: Context, point: Point, replaced: Replaced) -> list[tuple[int, int] | None]:
    """The shape of each integrand, None for a scalar."""
    values = {v: np.array([0.4 + 0.1 * i]) for i, v in enumerate(replaced.law.variables)}
    meaning = Meaning(context, point)
    ev = meaning.inside(Evaluator(Floats(), meaning), values)
    found = [normal(ev.value(body)) for body in replaced.bodies]
    return [value.shape if isinstance(value, Grid) else None for value in found]


def bound_means(shapes: list[tuple[int, int] | None], means: Array) -> dict[str, Value]:
    found: dict[str, Value] = {}
    start = 0
    for i, shape in enumerate(shapes):
        rows, columns = shape or (1, 1)
        block = means[start : start + rows * columns].reshape(rows, columns)
        found[f"_mean{i}"] = Grid(tuple(tuple(float(e) for e in row) for row in block)) if shape else float(block[0, 0])
        start += rows * columns
    return found


def entries_of(value: Value) -> Array:
    found = normal(value)
    entries = found.entries if isinstance(found, Grid) else (found,)
    array = np.array([float(e) for e in entries])
    if not np.isfinite(array).all():
        raise ValueError("a side is not a finite number at the chosen parameters")
    return array


def linearised(residual: Residual, sides: tuple[Node, Node], means: Array) -> Affine | None:
    """Weights and constant of R, or None where R is not affine in the means."""
    here, scale = residual(sides, means)
    columns = []
    for j in range(len(means)):
        step = np.zeros(len(means))
        step[j] = max(1.0, abs(means[j]))
        ahead, back = residual(sides, means + step)[0] - here, here - residual(sides, means - step)[0]
        if (np.abs(ahead - back) > AFFINE * (np.abs(ahead) + np.abs(back)) + AFFINE * scale).any():
            return None
        columns.append((ahead + back) / (2 * step[j]))
    weights = np.stack(columns, axis=1)
    if len(means) > 1 and not additive(residual, sides, means, here, weights, scale):
        return None
    return Affine(weights, here - weights @ means, scale)


def additive(
    residual: Residual, sides: tuple[Node, Node], means: Array, here: Array, weights: Array, scale: Array
) -> bool:
    """Whether all means moved at once move R by the sum: no products of means."""
    step = np.maximum(1.0, np.abs(means)) * (1 + np.arange(len(means)) / 7)
    moved = residual(sides, means + step)[0]
    size = np.abs(weights) @ step + scale
    return bool((np.abs(moved - here - weights @ step) <= AFFINE * size).all())
