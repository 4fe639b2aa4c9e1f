r"""A declared flow with parameters as a likelihood: derived equations lowered, and the written trees beside them.

derived   field, trace, sensitivities and adjoint of `symbolic.derive_sensitivity`, lowered with theta as arguments
written   the trees over complex floats, divergence by dual numbers: log p for the complex step in theta
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...numeric.flow_likelihood import FlowLikelihood
from ...symbolic.tree import Array, Bind, Name, Node, walk
from ..flow_numerics import law_trees
from ..points import bound_of, inside
from .bench import FlowBench, scalar_value
from .record import BadExperiment

OPEN = 1e-9
"""How far inside an open end of its domain a parameter stays."""


@dataclass(frozen=True)
class LearningModel:
    """The likelihood of a flow, with the names of theta, its bounds, and the independent route."""

    bench: FlowBench
    names: tuple[str, ...]
    likelihood: FlowLikelihood
    bounds: tuple[tuple[float | None, float | None], ...]

    def at(self, values: Mapping[str, float], what: str) -> Any:
        """theta from numbers by name; what is not given is the declared value.  Raises BadExperiment."""
        for name in values:
            if name not in self.names:
                raise BadExperiment(f"expected parameters out of {', '.join(self.names)} in {what}; got '{name}'")
        theta = np.array([values.get(n, self.declared(n)) for n in self.names])
        for name, value in zip(self.names, theta, strict=True):
            domain = self.bench.law.parameters[name]
            low, high = bound_of(domain.low, {}), bound_of(domain.high, {})
            if not inside(domain, Fraction(float(value)), low, high):
                raise BadExperiment(f"expected {name} in its domain '{domain.text}' in {what}; got {value:g}")
        return theta

    def declared(self, name: str) -> float:
        return scalar_value(self.bench.numbers, name)

    # -- the written route -----------------------------------------------------------------------------------------
    def written(self, theta: Any) -> tuple[Any, Any]:
        """Field and divergence of the written trees at theta, which may be complex, or one row for each state."""
        bench = self.bench
        more = dict(zip(self.names, np.moveaxis(np.asarray(theta), -1, 0), strict=True))
        parts = [bench.numbers.expression(part, more) for part in bench.numbers.components]
        node = Bind("divergence", bench.law.variables, (Array(tuple((p,) for p in bench.numbers.components)),))
        return (lambda t, z: np.stack([part(t, z) for part in parts], axis=1)), bench.numbers.expression(node, more)

    def written_log_density(self, x: Any, theta: Any, integrator: Any) -> Any:
        """log p(x; theta) on the written route by any integrator, shape (n,).  Raises ArithmeticError."""
        from ...numeric.flow import with_log_density

        field, divergence = self.written(theta)
        kind = np.result_type(x, theta)
        begin = np.concatenate([x, np.zeros((len(x), 1))], axis=1).astype(kind)
        end = integrator(with_log_density(field, divergence), begin, np.array(self.bench.span[::-1])).require_all()
        return self.likelihood.log_base(end[:, :-1]) - end[:, -1]

    def simulate(self, n: int, theta: Any, seed: int) -> Any:
        """n draws at t1: start law, then the written field by DOP853.  Raises BadExperiment when paths are lost."""
        from ...numeric.ode import dop853

        z = self.bench.start.draw(n, seed)
        field, _ = self.written(theta)
        times = np.array(self.bench.span)
        found = dop853(field, z, times, rtol=1e-9, atol=1e-9, autonomous=self.bench.numbers.autonomous)
        if not found.arrived.all():
            raise BadExperiment(f"expected a flow that keeps all its mass at these parameters; {found.describe()}")
        return found.final


def learning_model(bench: FlowBench, tolerance: float) -> LearningModel:
    """The likelihood of a declared flow.  Raises BadExperiment: no parameters, a start that is not a fixed Gaussian."""
    law = bench.law
    names = tuple(law.parameters)
    if not names:
        raise BadExperiment(
            f'the flow {law.name} has no parameters to learn; add one, as parameters = {{ a = "positive" }}, use it in '
            "the field, and give it a value with at = { a = 1 }"
        )
    mean, factor = gaussian_start(bench, names)
    field, sensitivity, adjoint = lowered_equations(bench, names)
    precision = np.linalg.inv(factor @ factor.T)
    constant = -np.linalg.slogdet(factor)[1] - 0.5 * law.dimension * np.log(2 * np.pi)

    def log_base(z: Any) -> Any:
        w = z - mean
        return constant - 0.5 * np.einsum("ni,ij,nj->n", w, precision, w)

    likelihood = FlowLikelihood(
        field=field,
        sensitivity=sensitivity,
        adjoint=adjoint,
        log_base=log_base,
        score_base=lambda z: -(z - mean) @ precision,
        span=law.times,
        dimension=law.dimension,
        parameters=len(names),
        autonomous=bench.numbers.autonomous,
        tolerance=tolerance,
    )
    return LearningModel(bench, names, likelihood, tuple(bounds_of(bench, name) for name in names))


def gaussian_start(bench: FlowBench, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Mean and regular factor of the start law, free of theta."""
    law, context = bench.start.law, bench.numbers.context
    trees: tuple[Node, ...] = law_trees(law, context)
    if any(isinstance(node, Name) and node.name in names for tree in trees for node in walk(tree)):
        raise BadExperiment("expected a start law that does not depend on the parameters of the flow")
    if law is None:
        return np.zeros(bench.dimension), np.eye(bench.dimension)
    try:
        mean, factor = bench.start.gaussian(law)
    except ValueError as error:
        raise BadExperiment(str(error)) from None
    if abs(np.linalg.det(factor)) < 1e-12:
        raise BadExperiment(f"expected a start law with a density; the covariance of {law.name} is singular")
    return mean, factor


def bounds_of(bench: FlowBench, name: str) -> tuple[float | None, float | None]:
    """Where the optimiser may look: the declared domain, a little inside of its open ends."""
    domain = bench.law.parameters[name]
    low, high = bound_of(domain.low, {}), bound_of(domain.high, {})
    below = None if low is None else float(low) + (0.0 if domain.low and domain.low.closed else OPEN)
    above = None if high is None else float(high) - (0.0 if domain.high and domain.high.closed else OPEN)
    return below, above


def lowered_equations(bench: FlowBench, names: tuple[str, ...]) -> tuple[Any, Any, Any]:
    """Field, sensitivities and adjoint as callables of arrays.  Raises BadExperiment without a symbolic form."""
    from ...symbolic.derive_flow import flow_derivation
    from ...symbolic.derive_sensitivity import adjoint_equations, sensitivity_equations
    from ...symbolic.formal import Formal, NotFormal
    from ...symbolic.lower import lower

    law, d, k = bench.law, bench.dimension, len(names)
    formal = Formal(bench.numbers.context)
    try:
        field = [formal.scalar(part) for part in bench.numbers.components]
        z, time, theta = formal.names(law.variables), formal.symbol(law.time), tuple(formal.symbol(n) for n in names)
        flow = flow_derivation(field, z, time, theta)
        others = sorted(flow.field.free_symbols - {*z, time, *theta}, key=str)
        forward, backward = sensitivity_equations(flow), adjoint_equations(flow)
        s, a = list(forward.state), list(backward.costate)
        arguments = [time, *z, *theta, *others]
        plain = lower((flow.field, flow.divergence), arguments, accuracy="absolute")
        rates = (flow.field, flow.divergence, forward.state_rate, forward.log_density_rate)
        moving = lower(rates, [*arguments, *s], accuracy="absolute")
        costate = (flow.field, backward.costate_rate, backward.parameter_integrand)
        turned = lower(costate, [*arguments, *a, backward.log_density_costate], accuracy="absolute")
    except (NotFormal, ValueError) as error:
        raise BadExperiment(f"expected a field whose derivatives have a symbolic form; {error}") from None
    values = [scalar_value(bench.numbers, str(symbol)) for symbol in others]

    def field_of(t: float, x: Any, at: Any) -> tuple[Any, Any]:
        f, divergence = plain(t, *x.T, *at, *values)
        return f, divergence

    def sensitivity_of(t: float, x: Any, state: Any, at: Any) -> tuple[Any, Any, Any, Any]:
        n = len(x)
        flat = state.reshape(n, d * k).T
        f, divergence, moved, changed = moving(t, *x.T, *at, *values, *flat)
        return f, divergence, moved.reshape(n, d, k), changed.reshape(n, k)

    def adjoint_of(t: float, x: Any, co: Any, weight: float, at: Any) -> tuple[Any, Any, Any]:
        f, rate, integrand = turned(t, *x.T, *at, *values, *co.T, weight)
        return f, rate, integrand.reshape(len(x), k)

    return field_of, sensitivity_of, adjoint_of


def weighted(model: LearningModel, weight: float) -> FlowLikelihood:
    """The likelihood with its log-determinant weighted: 0 leaves it out, -1 turns its sign."""
    return replace(model.likelihood, weight=weight)
