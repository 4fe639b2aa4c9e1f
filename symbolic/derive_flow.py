r"""Density along a flow: the log-density equation of a continuous normalizing flow, from the continuity equation.

For :math:`\dot z = f(z, t; \theta)` in :math:`\mathbb R^n` and a density :math:`p(z, t) > 0` that the flow transports,

.. math:: \partial_t p = -\nabla\cdot(pf) = -p\,\nabla\cdot f - f\cdot\nabla p .

At a **fixed point** z, dividing by p, and **along a trajectory**, adding :math:`\dot z\cdot\nabla\log p`:

.. math::
    \partial_t \log p(z, t) = -\operatorname{tr}\frac{\partial f}{\partial z} - f\cdot\nabla\log p, \qquad
    \frac{d}{dt} \log p(z(t), t) = -\operatorname{tr}\frac{\partial f}{\partial z}.

The two differ by :math:`f\cdot\nabla\log p`; a document that writes the partial derivative on the left of the second
equation holds under the reading "total derivative" only.

Source: Chen, Rubanova, Bettencourt, Duvenaud, Neural Ordinary Differential Equations (2018), theorem 1 and appendix A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .pythagoras import squares_as_sech


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDerivation:
    r"""A flow with its Jacobian and the rates of its density; ``density`` is an undefined positive function p(z, t).

    ``log_density_rate`` is d/dt log p along the path, ``partial_log_density_rate`` the derivative in t at fixed z, and
    ``continuity`` the right side of :math:`\partial_t p`.
    """

    variables: tuple[Any, ...]
    time: Any
    parameters: tuple[Any, ...]
    field: Any
    jacobian: Any
    divergence: Any
    density: Any
    continuity: Any
    log_density_rate: Any
    partial_log_density_rate: Any
    derivation: Derivation

    @property
    def autonomous(self) -> bool:
        """True when the field does not depend on time."""
        return self.time not in self.field.free_symbols

    def partial_rate_of(self, log_density: Any) -> Any:
        r"""The derivative in t at fixed z of a concrete :math:`\log p(z, t)` with this gradient in z."""
        gradient = [sympy.diff(log_density, z) for z in self.variables]
        return -self.divergence - sympy.Add(*(f * g for f, g in zip(self.field, gradient, strict=True)))


def flow_derivation(
    field: Any, variables: Sequence[Any], time: Any = None, parameters: Sequence[Any] = ()
) -> FlowDerivation:
    """Derive Jacobian, trace, continuity equation and log-density equations of dz/dt = field.

    Args:
        field: n expressions (a sequence or a column) in the variables, time and parameters; undefined functions
        allowed. variables: the n real state symbols.
        time: the symbol of time; default a new symbol t.
        parameters: symbols of theta, for the sensitivity equations.

    Raises:
        ValueError: the number of components is not the number of variables, or a name occurs in two roles.
    """
    f = sympy.ImmutableMatrix(list(field))
    names = tuple(variables)
    clock = sympy.Dummy("t", real=True) if time is None else time
    roles = (*names, clock, *parameters)
    if f.rows != len(names):
        raise ValueError(f"Expected {len(names)} components of the field; got {f.rows}")
    if len(set(roles)) != len(roles):
        raise ValueError("Expected different symbols for state, time and parameters; one occurs twice")
    jacobian = f.jacobian(sympy.Matrix(names))
    divergence = jacobian.trace()
    density = sympy.Function("p", positive=True)(*names, clock)
    steps, continuity, partial = _steps(f, names, clock, density, jacobian, divergence)
    derivation = Derivation(
        title="Log-density along the flow",
        steps=steps,
        result={"jacobian": jacobian, "divergence": divergence, "log_density_rate": -divergence},
        conditions=(_regularity(),),
    )
    return FlowDerivation(
        variables=names,
        time=clock,
        parameters=tuple(parameters),
        field=f,
        jacobian=jacobian,
        divergence=divergence,
        density=density,
        continuity=continuity,
        log_density_rate=-divergence,
        partial_log_density_rate=partial,
        derivation=derivation,
    )


def with_sech(expression: Any) -> Any:
    r"""Write :math:`1 - \tanh^2 u` as :math:`\operatorname{sech}^2 u`, as a textbook prints the derivative of tanh."""
    return squares_as_sech(expression)


def _steps(
    f: Any, names: tuple[Any, ...], clock: Any, p: Any, jacobian: Any, divergence: Any
) -> tuple[tuple[DerivationStep, ...], Any, Any]:
    """The steps, the right side of the continuity equation, and the rate of log p at a fixed point."""
    derivative, log_p, pairs = sympy.Derivative, sympy.log(p), list(zip(f, names, strict=True))
    flux = -sympy.Add(*(derivative(p * fi, z, evaluate=False) for fi, z in pairs))
    expanded = -p * divergence - sympy.Add(*(fi * derivative(p, z) for fi, z in pairs))
    transport = sympy.Add(*(fi * derivative(log_p, z, evaluate=False) for fi, z in pairs))
    partial = -divergence - transport
    chain = derivative(log_p, clock, evaluate=False) + transport
    inserted = chain.doit().subs(derivative(p, clock), expanded)
    positive = Condition(
        text="the density is positive where its logarithm is taken", tex="p(z,t) > 0", status="assumed"
    )
    flow = Label(tex=r"\dot z = f(z,t)")
    total = Label(tex=r"\frac{d}{dt}\log p(z(t),t)")
    at_fixed_point = Label(tex=r"\frac{\partial}{\partial t}\log p(z,t)", value=expanded / p)
    sum_along = Label(tex=r"\partial_t\log p + f\cdot\nabla\log p", value=inserted)
    steps = (
        DerivationStep(rule="the flow", lhs=flow, relation="\\Rightarrow", rhs=f),
        DerivationStep(rule="Jacobian of the field", lhs=_unevaluated_jacobian(f, names), rhs=jacobian),
        DerivationStep(rule="trace of the Jacobian", lhs=sympy.Trace(jacobian), rhs=divergence),
        *_sech_step(divergence),
        DerivationStep(rule="continuity equation", lhs=Label(tex=r"\frac{\partial p}{\partial t}"), rhs=flux),
        DerivationStep(rule="product rule", rhs=expanded),
        DerivationStep(rule="divide by p: at a fixed point z", lhs=at_fixed_point, rhs=partial, conditions=(positive,)),
        DerivationStep(rule="chain rule along the path, dz/dt = f", lhs=total, rhs=chain),
        DerivationStep(rule="insert the rate at a fixed point; f . grad log p cancels", lhs=sum_along, rhs=-divergence),
    )
    return steps, expanded, partial


def _sech_step(divergence: Any) -> tuple[DerivationStep, ...]:
    printed = with_sech(divergence)
    return () if printed == divergence else (DerivationStep(rule="1 - tanh^2 = sech^2", rhs=printed),)


def _unevaluated_jacobian(f: Any, names: tuple[Any, ...]) -> Any:
    return sympy.ImmutableMatrix(len(names), len(names), lambda i, j: sympy.Derivative(f[i], names[j], evaluate=False))


def _regularity() -> Condition:
    return Condition(
        text="f is continuously differentiable with unique solutions on the time span, and p is differentiable",
        tex=r"f \in C^1,\; p \in C^1",
        status="assumed",
    )
