r"""What a document writes for the density at the start of a flow: a definition, or a claim against the standard normal.

    agrees with N(0, I) at points            the start is N(0, I), and the statement is a claim about its density
    total mass 1                             a definition
    any other mass                           no density: the start is taken as N(0, I), and the claim is judged by that

The mass is a trapezoidal sum over x = sinh(u) in each coordinate, in floats: it chooses what is judged, and judges
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..numeric.floats import Floats
from ..symbolic.context import Context, Entry, FlowLaw, GaussianLaw
from ..symbolic.evaluate import Evaluator
from ..symbolic.notation import Declaration
from ..symbolic.tree import Apply, Node, column, free_names, integer
from .interpret import Meaning
from .points import EmptyDomain, Point, Sampler

NODES = {1: 4001, 2: 401, 3: 101}
REACH = 5.0
MASS_ERROR = 0.01
FAILURES = (ArithmeticError, ValueError, TypeError, NotImplementedError, EmptyDomain)


def settled(declaration: Declaration) -> Declaration:
    """A declaration of a density at the start whose build decides what the density is; others stay as they are."""
    if declaration.kind != "start density":
        return declaration

    def build(context: Context) -> Context:
        return decided(declaration.build(context), declaration)

    return replace(declaration, build=build)


def decided(context: Context, declaration: Declaration) -> Context:
    """The context with the start as a law where the written density is not a density of its own."""
    name = declaration.names[0]
    entry = context.get(name)
    if entry is None or entry.kind != "function":
        return context
    law = next(w for w in context.laws.values() if isinstance(w, FlowLaw) and entry.rule == written_rule(w))
    assert law.start_density is not None
    if entry.value is None:
        return context
    if is_density(law.start_density, law.variables, context):
        return context
    start = f"{law.name}_0"
    n = law.dimension
    mean: Node = column(*(integer(0) for _ in range(n))) if n > 1 else integer(0)
    covariance: Node = Apply("identity", (integer(n),)) if n > 1 else integer(1)
    standard = GaussianLaw(name=start, dimension=n, mean=mean, covariance=covariance, span=entry.span)
    density = Entry(name=name, kind="density", of=start, span=entry.span, rule=f"density of {start}")
    return context.with_law(standard).with_law(replace(law, start=start, start_density=None), density)


def written_rule(law: FlowLaw) -> str:
    return f"density of {law.name} at the start"


def is_density(density: Node, names: Sequence[str], context: Context) -> bool:
    """Whether the written density is one, and not the standard normal one, for which a law stands."""
    if len(names) not in NODES:
        return True
    try:
        point = parameters(density, names, context)
        return not is_standard(density, names, context, point) and mass_is_one(density, names, context, point)
    except FAILURES:
        return True


def parameters(density: Node, names: Sequence[str], context: Context) -> Point:
    """Values of the other names in the density."""
    bare = Sampler(context, [density], 7)
    bare.tied = ()
    values = bare.point(0).values
    return Point({n: v for n, v in values.items() if n not in names and n in free_names(density)})


def values_at(density: Node, names: Sequence[str], context: Context, point: Point, columns: Sequence[Any]) -> Any:
    bound = dict(zip(names, columns, strict=True))
    ev = Evaluator(Floats(), Meaning(context, point, bound=bound))
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(ev.scalar(ev.value(density)), float), np.shape(columns[0]))


def is_standard(density: Node, names: Sequence[str], context: Context, point: Point) -> bool:
    """Whether the values are those of N(0, I) at a few points."""
    x = np.random.default_rng(5).uniform(-1.5, 1.5, (len(names), 16))
    wanted = np.exp(-(x**2).sum(axis=0) / 2) / (2 * np.pi) ** (len(names) / 2)
    return bool(np.allclose(values_at(density, names, context, point, list(x)), wanted, rtol=1e-9, atol=0))


def mass_is_one(density: Node, names: Sequence[str], context: Context, point: Point) -> bool:
    """Whether the density has mass 1 up to 1 %."""
    d = len(names)
    u, step = np.linspace(-REACH, REACH, NODES[d], retstep=True)
    grid = np.meshgrid(*([u] * d), indexing="ij")
    weight = np.prod([np.cosh(g) for g in grid], axis=0).ravel() * step**d
    found = values_at(density, names, context, point, [np.sinh(g).ravel() for g in grid])
    mass = float(np.sum(np.where(np.isfinite(found), found, 0.0) * weight))
    return abs(mass - 1) < MASS_ERROR
