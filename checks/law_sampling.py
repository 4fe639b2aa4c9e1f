r"""Draws of a declared law, from its declaration only: no derived covariance, density or normaliser is used.

    X ~ N(m, S)          m + L z,  z ~ N(0, I),  S = L L^T (a singular S by its spectral root)
    Y = A X + b          A x + b of a draw x of the base
    Y = g(X)             the forward map of a draw of the base
    z(t)                 the field integrated from a draw of the start law
    p = exp(-E) / Z      exact draws by quadrature inversion, on the line and on the plane

Draws come in chunks of at most 2^14 rows, from a seed: constant memory, the same bytes for the same seed.  A law that
cannot be drawn (an indefinite covariance, a trajectory that blows up, a map without a value at a draw) raises `NoDraws`
with the reason; no row is ever dropped silently, for the rest would follow another law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numeric.floats import Floats
from ..numeric.sampling import affine, mapped, normal_chunks
from ..symbolic.context import AffineLaw, Context, EnergyLaw, FlowLaw, GaussianLaw, Law, MappedLaw
from ..symbolic.evaluate import Evaluator, Grid, Unit, normal
from ..symbolic.tree import Node, Number, free_names
from ..symbolic.unfold import spell_vectors, unfold
from .claim import Part
from .equality import defaults, positive_context
from .interpret import Meaning
from .points import Point, Sampler

Array = NDArray[np.float64]
Chunks = Callable[[int, int], Iterator[Array]]

# A flow is drawn to a relative error far below what a sample of 10^7 could see.
FLOW_TOLERANCE = 1e-9
STEPS = 1000
# The point 0 of a sampler has round values (s = 1 hides s for s^2); 3 is the next one with the values of the document.
GENERIC = 3
ZERO = Fraction(0)


class NoDraws(ValueError):  # noqa: N818 - an answer, not a failure
    """The law cannot be drawn from its declaration; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawStream:
    """A law that can be drawn: `chunks(n, seed)` yields arrays (m, dimension), n rows in all."""

    dimension: int
    chunks: Chunks

    def draw(self, n: int, seed: int) -> Array:
        """n draws at once, shape (n, dimension)."""
        return np.concatenate([np.empty((0, self.dimension)), *self.chunks(n, seed)])


# -- values of a declaration -------------------------------------------------------------------------------------------
def written_out(context: Context) -> Context:
    """The context with every definition inside its laws written out (`matrix = "A"`: the entries).  Raises TooLarge."""

    def plain(node: Node) -> Node:
        return spell_vectors(unfold(node, context), context)

    def parts(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(plain(node) for node in nodes)

    laws: dict[str, Law] = {}
    for name, law in context.laws.items():
        if isinstance(law, GaussianLaw):
            laws[name] = replace(law, mean=plain(law.mean), covariance=plain(law.covariance))
        elif isinstance(law, AffineLaw):
            laws[name] = replace(law, matrix=plain(law.matrix), offset=plain(law.offset))
        elif isinstance(law, MappedLaw):
            inverse = None if law.inverse is None else parts(law.inverse)
            laws[name] = replace(law, forward=parts(law.forward), inverse=inverse)
        elif isinstance(law, FlowLaw):
            laws[name] = replace(law, field=parts(law.field))
        elif isinstance(law, EnergyLaw):
            laws[name] = replace(law, energy=plain(law.energy))
        else:
            laws[name] = law
    return replace(context, laws=laws)


def declared_trees(context: Context, law: Law) -> tuple[Node, ...]:
    """The trees of a law and of the laws that it is made from: their free names are its parameters."""
    if isinstance(law, GaussianLaw):
        return law.mean, law.covariance
    if isinstance(law, AffineLaw):
        return law.matrix, law.offset, *declared_trees(context, context.laws[law.base])
    if isinstance(law, MappedLaw):
        return *law.forward, *declared_trees(context, context.laws[law.base])
    if isinstance(law, FlowLaw):
        start = () if law.start is None else declared_trees(context, context.laws[law.start])
        return *law.field, *start
    return (law.energy,) if isinstance(law, EnergyLaw) else ()


def parameter_point(context: Context, law: Law, trees: Sequence[Node], seed: int) -> Point:
    """Values of the parameters of a law and of a claim about it, positive where no domain was declared.

    A claim that holds for positive values only is not refuted for the want of a declaration.  Raises EmptyDomain.
    """
    trees = (*trees, *declared_trees(context, law))
    first = Sampler(context, trees, seed).point(GENERIC)
    undeclared = defaults(Part(Number(ZERO), Number(ZERO), context), first)
    return Sampler(positive_context(context, undeclared), trees, seed).point(GENERIC) if undeclared else first


def floats(context: Context, point: Point, values: Mapping[str, Any] | None = None) -> Evaluator:
    """The evaluator of written trees in floats at a point; `values` binds further names, to arrays (m,) of draws."""
    meaning = Meaning(context, point)
    ev = Evaluator(Floats(), meaning)
    return meaning.inside(ev, values) if values else ev


def matrix_of(ev: Evaluator, node: Node, shape: tuple[int, int]) -> Array:
    """A tree as a finite array of the shape.  Raises NoDraws, or Mismatch, Indeterminate of the evaluation."""
    return as_array(ev.value(node), shape)


def as_array(value: Any, shape: tuple[int, int]) -> Array:
    """A value of the table of floats as a finite array of the shape; a Unit is the identity."""
    found = normal(value)
    if isinstance(found, Unit):
        rows: Any = np.eye(shape[0])
    else:
        rows = found.rows if isinstance(found, Grid) else ((found,),)
    array = np.array(rows, dtype=float)
    if array.shape != shape:
        raise NoDraws(f"expected values of shape {shape}; got {array.shape}")
    if not np.isfinite(array).all():
        raise NoDraws("a value of the declaration is not a finite number at the chosen parameters")
    return array


# -- streams -----------------------------------------------------------------------------------------------------------
def law_stream(context: Context, law: Law, point: Point, *, time: float | None = None) -> LawStream:
    """The draws of a law at the parameter values of `point`; of a flow at `time` (its last declared time by default).

    Args:
        context: with its definitions written out (`written_out`).

    Raises:
        NoDraws: the law cannot be drawn; also while chunks are made, for a draw at which the law has no value.
    """
    if isinstance(law, GaussianLaw):
        return gaussian_stream(context, law, point)
    if isinstance(law, AffineLaw):
        return affine_stream(context, law, point, time)
    if isinstance(law, MappedLaw):
        return mapped_stream(context, law, point, time)
    if isinstance(law, FlowLaw):
        return flow_stream(context, law, point, time)
    if isinstance(law, EnergyLaw):
        return energy_stream(context, law, point)
    raise NoDraws(f"{law.name} has a density that the document leaves open")


def gaussian_stream(context: Context, law: GaussianLaw, point: Point) -> LawStream:
    """m + L z."""
    ev, d = floats(context, point), law.dimension
    mean = matrix_of(ev, law.mean, (d, 1))[:, 0]
    root = square_root(matrix_of(ev, law.covariance, (d, d)))

    def chunks(n: int, seed: int) -> Iterator[Array]:
        return mapped(normal_chunks(n, root.shape[1], seed), lambda z: affine(z, root, mean))

    return LawStream(dimension=d, chunks=chunks)


def square_root(covariance: Array) -> Array:
    """Some L with L L^T = S: Cholesky's, or the spectral one where S is singular.  Raises NoDraws for no covariance."""
    scale = float(np.abs(covariance).max())
    # Entries of one value written twice differ by their rounding at most.
    if not (np.abs(covariance - covariance.T) <= 64 * np.finfo(float).eps * scale).all():
        raise NoDraws("the declared covariance is not symmetric")
    try:
        return np.asarray(np.linalg.cholesky(covariance), dtype=float)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
    # The eigenvalues of a symmetric matrix are computed to d eps |S|: a zero may come out as that much below 0.
    if values.min() < -64 * len(values) * np.finfo(float).eps * scale:
        raise NoDraws("the declared covariance is not positive semidefinite")
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=float)


def affine_stream(context: Context, law: AffineLaw, point: Point, time: float | None) -> LawStream:
    base = law_stream(context, context.laws[law.base], point, time=time)
    ev = floats(context, point)
    matrix = matrix_of(ev, law.matrix, (law.dimension, base.dimension))
    offset = matrix_of(ev, law.offset, (law.dimension, 1))[:, 0]

    def chunks(n: int, seed: int) -> Iterator[Array]:
        return mapped(base.chunks(n, seed), lambda x: affine(x, matrix, offset))

    return LawStream(dimension=law.dimension, chunks=chunks)


def mapped_stream(context: Context, law: MappedLaw, point: Point, time: float | None) -> LawStream:
    base = law_stream(context, context.laws[law.base], point, time=time)

    def forward(x: Array) -> Array:
        y = columns(context, point, law.forward, dict(zip(law.variables, x.T, strict=True)), len(x))
        if not np.isfinite(y).all():
            raise NoDraws(f"the map {law.name} has no value at some draws of {law.base}")
        return y

    def chunks(n: int, seed: int) -> Iterator[Array]:
        return mapped(base.chunks(n, seed), forward)

    return LawStream(dimension=law.dimension, chunks=chunks)


def columns(context: Context, point: Point, trees: Sequence[Node], values: Mapping[str, Any], count: int) -> Array:
    """Scalar trees at `count` rows of values, shape (count, number of trees)."""
    ev = floats(context, point, values)
    with np.errstate(all="ignore"):
        parts = [np.broadcast_to(np.asarray(ev.scalar(ev.value(tree)), dtype=float), (count,)) for tree in trees]
    return np.stack(parts, axis=1)


def flow_stream(context: Context, law: FlowLaw, point: Point, time: float | None) -> LawStream:
    """Draws of the start law, integrated to the time; one lost trajectory means that there is no law at that time."""
    if law.start is None:
        raise NoDraws(f"the flow {law.name} has no start law")
    base = law_stream(context, context.laws[law.start], point)
    start, end = law.times[0], law.times[1] if time is None else time
    alone = not any(law.time in free_names(part) for part in law.field)

    def field(t: float, z: Array) -> Array:
        return columns(context, point, law.field, {**dict(zip(law.variables, z.T, strict=True)), law.time: t}, len(z))

    def carried(z: Array) -> Array:
        if end == start:
            return z
        from ..numeric.ode import dop853

        times = np.array([start, end])
        solution = dop853(field, z, times, rtol=FLOW_TOLERANCE, atol=FLOW_TOLERANCE, autonomous=alone, step_limit=STEPS)
        if not solution.arrived.all():
            raise NoDraws(f"{solution.share_lost:.2%} of the trajectories of {law.name} are lost before t = {end:g}")
        return np.asarray(solution.final, dtype=float)

    def chunks(n: int, seed: int) -> Iterator[Array]:
        return mapped(base.chunks(n, seed), carried)

    return LawStream(dimension=law.dimension, chunks=chunks)


def energy_stream(context: Context, law: EnergyLaw, point: Point) -> LawStream:
    """Exact draws of exp(-E) in one and two dimensions, by the measured tables of numeric.exact_draws."""
    if law.dimension > 2 or law.support is not None:
        raise NoDraws(f"no exact draws of {law.name}: expected one or two variables on all of the line or plane")

    def energy(x: Array) -> Array:
        return columns(context, point, (law.energy,), dict(zip(law.variables, x.T, strict=True)), len(x))[:, 0]

    from ..numeric.exact_draws import line_table
    from ..numeric.plane_draws import plane_table

    try:
        table: Any = line_table(energy) if law.dimension == 1 else plane_table(energy, accuracy=1e-6)
    except (ValueError, ArithmeticError) as error:
        raise NoDraws(f"no exact draws of {law.name}: {error}") from None
    return LawStream(dimension=law.dimension, chunks=table.chunks)
