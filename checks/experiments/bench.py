r"""A flow on the bench: its callables by both routes, its start law, its time span, at one choice of parameters.

    derived   field and divergence by SymPy's derivative, lowered to numpy      (`FlowBench.derived`)
    written   field and divergence by evaluating the written tree, dual numbers (`FlowBench.written`)

Experiments integrate the derived callables, which are fast, and take their references from the written ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ...numeric.flow import Divergence, with_log_density
from ...numeric.solution import VectorField
from ...symbolic.context import Context, FlowLaw
from ...symbolic.evaluate import Evaluator
from ...symbolic.tree import Array, Bind, Node, walk
from ..flow_numerics import FlowNumerics, StartLaw, flow_numerics, spread
from ..flow_pictures import Scene
from ..interpret import Meaning
from .record import BadExperiment

MOST_NODES = 4000


@dataclass(frozen=True, slots=True)
class Callables:
    """A field f(t, z) (n, d) and its divergence (n,), real or complex states; `augmented` is that of (z, log-density).

    `constant_divergence` promises that the divergence does not depend on the state.
    """

    field: VectorField
    divergence: Divergence
    augmented: VectorField
    how: str
    constant_divergence: bool = False


@dataclass(frozen=True)
class FlowBench:
    """One flow with what every experiment on it needs."""

    law: FlowLaw
    numbers: FlowNumerics
    start: StartLaw

    @property
    def span(self) -> tuple[float, float]:
        return self.law.times

    @property
    def dimension(self) -> int:
        return self.law.dimension

    @cached_property
    def written(self) -> Callables:
        """The written trees over a table of floats; the divergence by dual numbers."""
        node = Bind("divergence", self.law.variables, (Array(tuple((part,) for part in self.numbers.components)),))
        field, divergence = self.numbers.field, self.numbers.expression(node)
        return Callables(field, divergence, with_log_density(field, divergence), "written field, dual numbers")

    @cached_property
    def derived(self) -> Callables:
        """The derived field and trace, lowered; the written ones where the field has no symbolic form."""
        from ...symbolic.formal import NotFormal

        try:
            return derived_callables(self)
        except (NotFormal, BadExperiment):
            return self.written

    @property
    def constant_divergence(self) -> bool:
        """Whether the derived trace is certainly free of the state; False where it was not derived."""
        return self.derived.constant_divergence

    def in_table(self, table: Any, t: Any, xs: Sequence[Any]) -> list[Any]:
        """The written field of components xs at time t over any table of operations."""
        bound = {**dict(zip(self.law.variables, xs, strict=True)), self.law.time: t}
        ev = Evaluator(table, Meaning(self.numbers.context, self.numbers.point, bound=bound))
        return [ev.scalar(ev.value(part)) for part in self.numbers.components]

    @property
    def exact(self) -> bool:
        """Whether paths are enclosed: no coordinate sees another, nor the time."""
        return self.numbers.separable and self.numbers.autonomous

    @property
    def parameters(self) -> str:
        """The parameter values, for a table of settings; empty where there are none."""
        values = self.numbers.point.values
        return ", ".join(f"{name} = {values[name]}" for name in self.law.parameters if name in values)

    def scene(self, seed: int, tolerance: float = 1e-7) -> Scene:
        """What the pictures of a flow work with."""
        return Scene(self.law, self.numbers, self.start, seed, tolerance, derived=self.derived)


def flow_bench(context: Context, law: FlowLaw, seed: int) -> FlowBench:
    """The bench of a declared flow.  Raises BadExperiment: no values of its parameters, no start law to draw from."""
    if sum(1 for part in law.field for _ in walk(part)) > MOST_NODES:
        raise BadExperiment(f"expected a field of at most {MOST_NODES} nodes; {law.name} has more")
    try:
        numbers = flow_numerics(context, law, (), seed)
        start = numbers.start()
        probe = numbers.field(law.times[0], start.draw(8, seed))
    except (ValueError, ArithmeticError, TypeError, NotImplementedError) as error:
        raise BadExperiment(f"expected a flow that can be followed in numbers; {law.name}: {error}") from None
    if not np.isfinite(probe).all():
        raise BadExperiment(f"expected a field with values at draws of its start law; {law.name} has none at some")
    if numbers.point.functions:
        names = ", ".join(sorted(numbers.point.functions))
        raise BadExperiment(f"expected a field without undefined functions; {law.name} holds {names}")
    bench = FlowBench(law, numbers, start)
    try:
        bench.written.divergence(law.times[0], start.draw(8, seed))
    except (ValueError, ArithmeticError, TypeError, NotImplementedError):
        raise BadExperiment(
            f"expected a field with a divergence at draws of its start law; {law.name} has none"
        ) from None
    return bench


def derived_callables(bench: FlowBench) -> Callables:
    """Field and divergence lowered, with every other name at its value.  Raises NotFormal and BadExperiment."""
    from ...symbolic.derive_flow import flow_derivation
    from ...symbolic.formal import Formal
    from ...symbolic.lower import lower_field

    law = bench.law
    formal = Formal(bench.numbers.context)
    field = [formal.scalar(part) for part in bench.numbers.components]
    names, time = formal.names(law.variables), formal.symbol(law.time)
    derived = flow_derivation(field, names, time)
    others = sorted(derived.field.free_symbols - {*names, time}, key=str)
    values = [scalar_value(bench.numbers, str(symbol)) for symbol in others]
    try:
        lowered = lower_field(derived.field, names, time, others, with_divergence=True)
    except ValueError as error:
        raise BadExperiment(str(error)) from None

    def pair(t: float, z: Any) -> Any:
        return lowered(t, z, *values)

    return Callables(
        lambda t, z: pair(t, z)[0],
        lambda t, z: pair(t, z)[1],
        augmented_pair(pair),
        "derived field and trace, lowered",
        not derived.divergence.free_symbols & set(names),
    )


def augmented_pair(pair: Callable[[float, Any], Any]) -> VectorField:
    """The field of (z, q) from a callable that gives field and divergence in one pass."""

    def augmented(t: float, state: Any) -> Any:
        field, divergence = pair(t, state[:, :-1])
        return np.concatenate([field, -divergence[:, None]], axis=1)

    return augmented


def scalar_value(numbers: FlowNumerics, name: str) -> float:
    value = numbers.point.values.get(name)
    if not isinstance(value, Fraction):
        raise BadExperiment(f"expected a value of '{name}'; it has none")
    return float(value)


def surviving(bench: FlowBench, n: int, seed: int) -> tuple[Any, int]:
    """n draws of the start law that reach the last time, and how many did not.  Raises BadExperiment below n / 2."""
    from ...numeric.schemes import adaptive_scheme

    z = bench.start.draw(n, seed)
    run = adaptive_scheme(1e-8, autonomous=bench.numbers.autonomous).value
    found = run(bench.derived.field, z, np.array(bench.span))
    kept = z[found.arrived]
    if len(kept) < n / 2:
        raise BadExperiment(f"expected most paths to reach the last time; {found.describe()}")
    return kept, n - len(kept)


def expression(bench: FlowBench, node: Node) -> Any:
    return bench.numbers.expression(node)


__all__ = ["Callables", "FlowBench", "augmented_pair", "flow_bench", "spread", "surviving"]
