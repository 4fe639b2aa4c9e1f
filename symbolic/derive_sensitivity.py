r"""Gradients through a flow: forward sensitivities and the adjoint equations, for the state and for the log-density.

With :math:`J = \partial f/\partial z`, :math:`\delta = \operatorname{tr} J`, :math:`S = \partial z/\partial\theta` and
:math:`m = \partial \log p(z(t), t)/\partial\theta` (initial state and initial density free of :math:`\theta`, so both
start at 0)

.. math:: \dot S = JS + f_\theta, \qquad \dot m = -(\nabla\delta^T S + \delta_\theta).

For a loss :math:`L(z(t_1), \ell(t_1))`, :math:`\dot\ell = -\delta`, the adjoint :math:`a = \partial L/\partial z(t)`,
:math:`a_\ell = \partial L/\partial\ell` (constant) satisfies

.. math::
    \dot a = -J^T a + a_\ell \nabla\delta, \quad
    \frac{dL}{d\theta} = \int_{t_0}^{t_1} (a^T f_\theta - a_\ell \delta_\theta)\,dt, \quad
    \frac{dL}{dt_1} = a^T f - a_\ell\delta \,\big|_{t_1}, \quad \frac{dL}{dt_0} = -(a^T f - a_\ell\delta) \big|_{t_0}.

The proof is one line, and it is a step: :math:`\frac{d}{dt}(a^T S + a_\ell m) = a^T f_\theta - a_\ell\delta_\theta`.

Source: Chen et al., Neural Ordinary Differential Equations (2018), appendix B; Grathwohl et al., FFJORD (2019),
section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .derive_flow import FlowDerivation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Forward equations: ``state`` S (n, k), ``log_density`` m (1, k) are symbols, the rates expressions in them."""

    state: Any
    log_density: Any
    state_rate: Any
    log_density_rate: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjoint:
    """Backward equations; ``costate`` a (n, 1) and ``log_density_costate`` are symbols, the rest expressions in them.

    ``parameter_integrand`` (1, k) is integrated from t0 to t1; ``end_time_rate`` is dL/dt1 at t1; its value at t0, with
    the other sign, is dL/dt0.
    """

    costate: Any
    log_density_costate: Any
    costate_rate: Any
    parameter_integrand: Any
    end_time_rate: Any
    derivation: Derivation


def sensitivity_equations(flow: FlowDerivation) -> Sensitivity:
    """Forward sensitivities of state and log-density in the parameters of the flow.

    Raises:
        ValueError: the flow has no parameters.
    """
    state, log_density = _unknowns(flow)
    state_rate = flow.jacobian * state + _by_parameters(flow.field, flow)
    gradient, by_parameters = _divergence_gradients(flow)
    log_density_rate = -(gradient.T * state + by_parameters)
    state_label = Label(
        tex=r"\frac{d}{dt}\frac{\partial z}{\partial\theta}", value=_along_parameters(flow.field, flow, state)
    )
    density_label = Label(
        tex=r"\frac{d}{dt}\frac{\partial\log p}{\partial\theta}",
        value=_along_parameters(sympy.ImmutableMatrix([[-flow.divergence]]), flow, state),
    )
    steps = (
        DerivationStep(rule="exchange d/dt and d/dtheta, then the chain rule", lhs=state_label, rhs=state_rate),
        DerivationStep(
            rule="differentiate d log p/dt = -tr df/dz along the path", lhs=density_label, rhs=log_density_rate
        ),
    )
    derivation = Derivation(title="Sensitivity equations", steps=steps, conditions=(_smooth(), _free_start()))
    return Sensitivity(
        state=state,
        log_density=log_density,
        state_rate=sympy.ImmutableMatrix(state_rate),
        log_density_rate=sympy.ImmutableMatrix(log_density_rate),
        derivation=derivation,
    )


def adjoint_equations(flow: FlowDerivation) -> Adjoint:
    """Adjoint of the augmented flow (z, log p), with the identity that proves it.

    Raises:
        ValueError: the flow has no parameters.
    """
    forward = sensitivity_equations(flow)
    n = len(flow.variables)
    a = sympy.ImmutableMatrix([sympy.Dummy(f"a_{i + 1}", real=True) for i in range(n)])
    weight = sympy.Dummy(r"a_\ell", real=True)
    gradient, by_parameters = _divergence_gradients(flow)
    costate_rate = sympy.ImmutableMatrix(-flow.jacobian.T * a + weight * gradient)
    integrand = sympy.ImmutableMatrix(a.T * _by_parameters(flow.field, flow) - weight * by_parameters)
    end_rate = (a.T * flow.field)[0, 0] - weight * flow.divergence
    product_rule = costate_rate.T * forward.state + a.T * forward.state_rate + weight * forward.log_density_rate
    steps = (
        DerivationStep(rule="adjoint equation", lhs=Label(tex=r"\dot a"), rhs=costate_rate),
        DerivationStep(
            rule="d/dt (a^T S + a_l m) by the product rule: the terms in S cancel",
            lhs=Label(
                tex=r"\frac{d}{dt}\left(a^T S + a_\ell m\right)",
                value=sympy.ImmutableMatrix(product_rule),
            ),
            rhs=integrand,
        ),
        DerivationStep(
            rule="integrate from t0, where S and m vanish, to t1, where the left side is dL/dtheta",
            lhs=Label(tex=r"\frac{dL}{d\theta}"),
            rhs=Label(tex=rf"\int_{{t_0}}^{{t_1}} {sympy.latex(integrand)}\,dt"),
        ),
        DerivationStep(
            rule="moving the end time moves state and log-density", lhs=Label(tex=r"\frac{dL}{dt_1}"), rhs=end_rate
        ),
    )
    derivation = Derivation(title="Adjoint equations", steps=steps, conditions=(_smooth(), _free_start()))
    return Adjoint(
        costate=a,
        log_density_costate=weight,
        costate_rate=costate_rate,
        parameter_integrand=integrand,
        end_time_rate=end_rate,
        derivation=derivation,
    )


def _unknowns(flow: FlowDerivation) -> tuple[Any, Any]:
    if not flow.parameters:
        raise ValueError("Expected a flow with parameters; got none to differentiate in")
    n, k = len(flow.variables), len(flow.parameters)
    state = sympy.ImmutableMatrix(n, k, lambda i, j: sympy.Dummy(f"S_{i + 1}{j + 1}", real=True))
    return state, sympy.ImmutableMatrix(1, k, lambda _, j: sympy.Dummy(f"m_{j + 1}", real=True))


def _by_parameters(column: Any, flow: FlowDerivation) -> Any:
    return column.jacobian(sympy.Matrix(flow.parameters))


def _divergence_gradients(flow: FlowDerivation) -> tuple[Any, Any]:
    gradient = sympy.ImmutableMatrix([sympy.diff(flow.divergence, z) for z in flow.variables])
    return gradient, sympy.ImmutableMatrix([[sympy.diff(flow.divergence, theta) for theta in flow.parameters]])


def _along_parameters(column: Any, flow: FlowDerivation, state: Any) -> Any:
    """d/dtheta of an expression in z(theta) by SymPy's own chain rule: the second route of the sensitivities."""
    n = len(flow.variables)
    rows = []
    for entry in column:
        row = []
        for j, theta in enumerate(flow.parameters):
            paths = [sympy.Function(f"path_{i}")(theta) for i in range(n)]
            moved = sympy.diff(
                entry.subs(dict(zip(flow.variables, paths, strict=True)), simultaneous=True), theta
            ).doit()
            moved = moved.subs({sympy.Derivative(path, theta): state[i, j] for i, path in enumerate(paths)})
            row.append(moved.subs(dict(zip(paths, flow.variables, strict=True))).doit())
        rows.append(row)
    return sympy.ImmutableMatrix(rows)


def _smooth() -> Condition:
    return Condition(
        text="f is twice continuously differentiable in state and parameters", tex=r"f \in C^2", status="assumed"
    )


def _free_start() -> Condition:
    return Condition(
        text="initial state and initial density do not depend on the parameters",
        tex=r"\partial z(t_0)/\partial\theta = 0,\; \partial p_0/\partial\theta = 0",
        status="assumed",
    )
