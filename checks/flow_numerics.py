r"""The written trees of a flow as numpy callables: field, expressions of state and time, start law, single coordinates.

A flow dz/dt = f(z, t) is declared as trees.  The integrators want functions of arrays:

    field(t, z)            z (n, d) -> (n, d)          real or complex states (the complex step passes through)
    expression(node)(t, z) z (n, d) -> (n,)            whatever was written: a claimed divergence, a rate, a side
    coordinate(i)          field(table, u) over any table, when f_i depends on z_i alone and not on t

All of them evaluate the tree as written over a table of operations; nothing here differentiates or simplifies.  The
names of parameters have the values of one point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..numeric.floats import Floats
from ..symbolic.context import AffineLaw, Context, FlowLaw, GaussianLaw, Law, MappedLaw
from ..symbolic.evaluate import Evaluator, Grid, normal
from ..symbolic.tree import Bind, Call, Name, Node, children
from ..symbolic.unfold import spell_vectors, unfold
from .interpret import Meaning, grid
from .law_values import sized
from .points import Point, Sampler

Rate = Callable[[float, Any], Any]
"""g(t, z) of z (n, d), shape (n,)."""
LogDensity = Callable[[Any], Any]


@dataclass(frozen=True)
class FlowNumerics:
    """One flow at one choice of its parameters."""

    law: FlowLaw
    context: Context
    point: Point

    @cached_property
    def components(self) -> tuple[Node, ...]:
        """The field with every definition written out."""
        return tuple(spell_vectors(unfold(part, self.context), self.context) for part in self.law.field)

    def evaluator(self, t: float, z: Any, more: Mapping[str, Any] | None = None) -> Evaluator:
        """Floats in which the state is z (n, d) and the time t."""
        columns = {name: z[:, i] for i, name in enumerate(self.law.variables)}
        bound = {**columns, self.law.time: t, **(more or {})}
        return Evaluator(Floats(), Meaning(self.context, self.point, bound=bound))

    def field(self, t: float, z: Any) -> Any:
        """f(t, z), shape (n, d)."""
        ev = self.evaluator(t, z)
        return np.stack([spread(ev.scalar(ev.value(part)), z) for part in self.components], axis=1)

    def expression(self, node: Node, more: Mapping[str, Any] | None = None) -> Rate:
        """The value of a tree in state and time; raises as the evaluator does when it is called."""

        def rate(t: float, z: Any) -> Any:
            ev = self.evaluator(t, z, more)
            return spread(ev.scalar(ev.value(node)), z)

        return rate

    # -- structure -------------------------------------------------------------------------------------------------
    def depends_on(self, node: Node) -> frozenset[str]:
        """The state variables and the time that occur in a tree."""
        found: set[str] = set()
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, Call) and self.is_state(part):
                # The time inside z_i(t) is the running one and no dependence of its own.
                found |= {part.name} if part.name in self.law.variables else set(self.law.variables)
                continue
            if isinstance(part, Name):
                found.add(part.name)
            if isinstance(part, Bind):
                found |= set(part.names)
            stack.extend(children(part))
        return frozenset(found & {*self.law.variables, self.law.time})

    def is_state(self, node: Call) -> bool:
        """Whether a call is the path, or a component of it, at the running time."""
        entry = self.context.get(node.name)
        own = entry is not None and entry.kind in ("path", "component") and entry.of == self.law.name
        return own and node.args == (Name(self.law.time),)

    @cached_property
    def autonomous(self) -> bool:
        return all(self.law.time not in self.depends_on(part) for part in self.components)

    @cached_property
    def separable(self) -> bool:
        """Whether every f_i is written in z_i alone, without time."""
        pairs = zip(self.components, self.law.variables, strict=True)
        return all(self.depends_on(part) <= {name} for part, name in pairs)

    def of_one_name(self, node: Node, name: str) -> Callable[[Any, Any], Any]:
        """A tree in one name as `function(table, u)` over any table of operations."""

        def function(table: Any, u: Any) -> Any:
            ev = Evaluator(table, Meaning(self.context, self.point, bound={name: u}))
            return ev.scalar(ev.value(node))

        return function

    def coordinate(self, index: int) -> Callable[[Any, Any], Any]:
        """f_i(table, z_i) of a separable field."""
        return self.of_one_name(self.components[index], self.law.variables[index])

    # -- the start -------------------------------------------------------------------------------------------------
    def start(self) -> StartLaw:
        """The declared start law; a standard normal one stands in where none is declared.

        Raises ValueError or ArithmeticError when it cannot be sampled.
        """
        if self.law.start is None:
            return StartLaw(self.context, self.point, None, self.law.dimension)
        return StartLaw(self.context, self.point, self.context.laws[self.law.start], self.law.dimension)


@dataclass(frozen=True)
class StartLaw:
    """Draws and log-density of the law at the first time; `law` None is a standard normal one."""

    context: Context
    point: Point
    law: Law | None
    dimension: int

    def draw(self, n: int, seed: int) -> Any:
        """n draws, shape (n, d)."""
        from ..numeric.sampling import generator

        return self.push(generator(seed).standard_normal((n, self.base_dimension)))

    @cached_property
    def base_dimension(self) -> int:
        law = self.law
        while isinstance(law, MappedLaw):
            law = self.context.laws[law.base]
        return law.dimension if law is not None else self.dimension

    def push(self, w: Any) -> Any:
        """Standard normal rows w to rows of the law: mean + L w, then the declared maps."""
        return self._pushed(self.law, w)

    def _pushed(self, law: Law | None, w: Any) -> Any:
        if law is None:
            return w
        if isinstance(law, MappedLaw):
            base = self._pushed(self.context.laws[law.base], w)
            bound = {name: base[:, i] for i, name in enumerate(law.variables)}
            ev = Evaluator(Floats(), Meaning(self.context, self.point, bound=bound))
            return np.stack([spread(ev.scalar(ev.value(part)), base) for part in law.forward], axis=1)
        mean, factor = self.gaussian(law)
        return mean + w @ factor.T

    def pull(self, z: Any) -> Any:
        """Rows of the law back to standard normal rows; ValueError for a law that is not Gaussian or is degenerate."""
        if self.law is None:
            return z
        mean, factor = self.gaussian(self.law)
        return np.linalg.solve(factor, (z - mean).T).T

    def gaussian(self, law: Law) -> tuple[Any, Any]:
        """Mean (d,) and a factor (d, d) of the covariance."""
        if not isinstance(law, GaussianLaw | AffineLaw):
            raise ValueError(f"expected a Gaussian start law; {law.name} is none")
        ev = Evaluator(Floats(), Meaning(self.context, self.point))
        mean, covariance = ev.heads.moments(ev, law)  # type: ignore[attr-defined]
        m = np.array([float(e) for e in grid(mean).entries])
        m = np.zeros(law.dimension) if m.shape != (law.dimension,) and not m.any() else m
        rows = sized(ev, normal(covariance), law.dimension).rows
        s = np.array([[float(e) for e in row] for row in rows])
        values, vectors = np.linalg.eigh(s)
        if values.min() < -1e-12 * max(1.0, values.max()):
            raise ValueError(f"the covariance of {law.name} is not positive semidefinite at these parameters")
        positive = values.min() > 1e-14 * values.max()
        return m, np.linalg.cholesky(s) if positive else vectors * np.sqrt(values.clip(0.0))

    def log_density(self, z: Any) -> Any:
        """log p at rows z (n, d), shape (n,)."""
        if self.law is None or isinstance(self.law, GaussianLaw | AffineLaw):
            mean, factor = (
                (np.zeros(self.dimension), np.eye(self.dimension)) if self.law is None else self.gaussian(self.law)
            )
            w = np.linalg.solve(factor, (z - mean).T)
            log_det = np.linalg.slogdet(factor)[1]
            return -0.5 * (w**2).sum(axis=0) - log_det - 0.5 * self.dimension * np.log(2 * np.pi)
        ev = Evaluator(Floats(), Meaning(self.context, self.point))
        with np.errstate(all="ignore"):
            return np.log(spread(ev.scalar(ev.heads.density(ev, self.law, list(z.T))), z))  # type: ignore[attr-defined]


def flow_numerics(context: Context, law: FlowLaw, trees: Sequence[Node], seed: int) -> FlowNumerics:
    """The flow at the declared values of its parameters, or at sampled ones.  Raises EmptyDomain."""
    start = context.laws.get(law.start) if law.start else None
    used = [*trees, *law.field, *law_trees(start, context)]
    unfolded = [spell_vectors(unfold(tree, context), context) for tree in used]
    return FlowNumerics(law, context, Sampler(context, unfolded, seed).point(0))


def law_trees(law: Law | None, context: Context) -> tuple[Node, ...]:
    """The trees in which a start law is declared, down to its base."""
    if isinstance(law, GaussianLaw):
        return law.mean, law.covariance
    if isinstance(law, AffineLaw):
        return law.matrix, law.offset, *law_trees(context.laws.get(law.base), context)
    if isinstance(law, MappedLaw):
        return *law.forward, *law_trees(context.laws.get(law.base), context)
    return ()


def spread(value: Any, z: Any) -> Any:
    """A scalar or an array as an array over the rows of z; an integer becomes a float."""
    found = np.asarray(value)
    found = found if np.iscomplexobj(found) else found.astype(float)
    return np.broadcast_to(found, (len(z),)).copy()


__all__ = ["FlowNumerics", "Grid", "LogDensity", "Rate", "StartLaw", "flow_numerics", "law_trees", "spread"]
