r"""Flows whose coordinates do not see each other: the exact log-Jacobian, and flow maps in closed form.

If :math:`\partial f_i/\partial z_j = 0` for :math:`i \ne j` (proved) and f is autonomous, each coordinate obeys
:math:`\dot z_i = f_i(z_i)`. The derivative of the flow map, :math:`j_i = \partial z_i(t)/\partial z_i(0)`, and the
speed :math:`f_i(z_i(t))` satisfy the same linear equation, :math:`\dot j_i = f_i'(z_i) j_i`, so their ratio is
constant and

.. math::
    \log\left|\det\frac{\partial z(t)}{\partial z(0)}\right| = \sum_i \log\left|\frac{f_i(z_i(t))}{f_i(z_i(0))}\right|
    \quad (f_i(z_i(0)) \ne 0), \qquad t\,f_i'(z_i(0)) \text{ in the place of the i-th term at an equilibrium.}

No integral and no trace occurs: for the log-density equation this is an independent route.

Source: Arnold, Ordinary Differential Equations (1992), sections 2 and 27 (separation of variables, variational
equation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .derive_flow import FlowDerivation
from .rational_form import is_zero


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparableFlow:
    """The identity for a separable autonomous field.

    ``terms`` are log|f_i(z_i)/f_i(z_i0)| in ``variables`` (state at t) and ``start`` (state at 0);
    ``equilibrium_terms`` are t f_i'(z_i0), to be used in their place where f_i(z_i0) = 0.
    """

    variables: tuple[Any, ...]
    start: tuple[Any, ...]
    time: Any
    terms: tuple[Any, ...]
    equilibrium_terms: tuple[Any, ...]
    log_jacobian: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedFlowMap:
    """z(t) as expressions in ``start`` and time, proved to solve the equation with z(0) = start."""

    start: tuple[Any, ...]
    time: Any
    state: Any
    derivation: Derivation


def separable_identity(flow: FlowDerivation, start: Sequence[Any] | None = None) -> SeparableFlow | None:
    """The log-Jacobian identity, or None when the field is not proved separable and autonomous."""
    if not is_separable(flow) or not flow.autonomous:
        return None
    beginning = _start(flow, start)
    field = list(zip(flow.field, flow.variables, beginning, strict=True))
    terms = tuple(sympy.log(sympy.Abs(f / f.xreplace({z: z0}))) for f, z, z0 in field)
    slopes = tuple(flow.jacobian[i, i] for i in range(len(field)))
    resting = tuple(flow.time * slope.xreplace({z: z0}) for slope, (_, z, z0) in zip(slopes, field, strict=True))
    steps = [
        step for slope, (f, z, z0) in zip(slopes, field, strict=True) for step in _coordinate_steps(f, z, z0, slope)
    ]
    total = Label(tex=r"\log\left|\det\frac{\partial z(t)}{\partial z(0)}\right|")
    steps.append(DerivationStep(rule="the Jacobian is diagonal: its logarithms add", lhs=total, rhs=sympy.Add(*terms)))
    derivation = Derivation(
        title="Log-Jacobian of a separable flow",
        steps=tuple(steps),
        result={"log_jacobian": sympy.Add(*terms)},
        conditions=(_diagonal(),),
    )
    return SeparableFlow(
        variables=flow.variables,
        start=beginning,
        time=flow.time,
        terms=terms,
        equilibrium_terms=resting,
        log_jacobian=sympy.Add(*terms),
        derivation=derivation,
    )


def is_separable(flow: FlowDerivation) -> bool:
    """True when every entry of the Jacobian off the diagonal is proved to be 0."""
    n = len(flow.variables)
    return all(is_zero(flow.jacobian[i, j]) for i in range(n) for j in range(n) if i != j)


def closed_form_flow_map(flow: FlowDerivation, start: Sequence[Any] | None = None) -> ClosedFlowMap | None:
    """The flow map of an autonomous field that is linear (matrix exponential) or separable (quadrature), or None.

    Uses SymPy's integrate and solve: for the worker. What they return is used only after both z(0) = start and dz/dt =
    f(z) are proved.
    """
    if not flow.autonomous:
        return None
    beginning = _start(flow, start)
    matrix = flow.jacobian
    if not matrix.free_symbols & set(flow.variables):
        candidate = _linear_map(flow, beginning)
    elif is_separable(flow):
        candidate = _separated_map(flow, beginning)
    else:
        return None
    return None if candidate is None else _verified_map(flow, beginning, candidate)


def _start(flow: FlowDerivation, start: Sequence[Any] | None) -> tuple[Any, ...]:
    if start is None:
        return tuple(sympy.Dummy(f"{z.name}0", **z.assumptions0) for z in flow.variables)
    if len(start) != len(flow.variables):
        raise ValueError(f"Expected {len(flow.variables)} start symbols; got {len(start)}")
    return tuple(start)


def _coordinate_steps(f: Any, z: Any, z0: Any, slope: Any) -> tuple[DerivationStep, ...]:
    name = sympy.latex(z)
    rate = sympy.Mul(sympy.Derivative(sympy.log(f), z, evaluate=False), f, evaluate=False)
    moving = Condition(
        text="the coordinate does not start at an equilibrium; then by uniqueness it never reaches one",
        tex=rf"{sympy.latex(f.xreplace({z: z0}))} \neq 0",
        status="assumed",
    )
    speed = Label(tex=rf"\frac{{d}}{{dt}}\log|f({name}(t))|", value=rate)
    tangent = Label(tex=rf"\frac{{d}}{{dt}}\log\left|\frac{{\partial {name}(t)}}{{\partial {name}(0)}}\right|")
    ratio = Label(tex=rf"\log\left|\frac{{\partial {name}(t)}}{{\partial {name}(0)}}\right|")
    return (
        DerivationStep(rule="chain rule: f'(z)/f(z) times dz/dt = f(z)", lhs=speed, rhs=slope, conditions=(moving,)),
        DerivationStep(rule="variational equation of one coordinate", lhs=tangent, rhs=slope),
        DerivationStep(
            rule="equal derivatives, and both sides are 0 at t = 0",
            lhs=ratio,
            rhs=sympy.log(sympy.Abs(f / f.xreplace({z: z0}))),
        ),
    )


def _diagonal() -> Condition:
    return Condition(
        text="the Jacobian of the field is diagonal and free of time",
        tex=r"\partial f_i/\partial z_j = 0 \;(i \neq j)",
        status="discharged",
    )


def _defined() -> Condition:
    return Condition(
        text="on the interval of time around 0 on which the expressions are defined",
        tex=r"t \in (t_-, t_+) \ni 0",
        status="assumed",
    )


def _linear_map(flow: FlowDerivation, start: tuple[Any, ...]) -> Any:
    """z(t) = e^(At) z0 + int_0^t e^(As) b ds, as one exponential of the matrix bordered by b."""
    n = len(start)
    constant = flow.field.xreplace(dict.fromkeys(flow.variables, sympy.Integer(0)))
    bordered = sympy.Matrix.vstack(sympy.Matrix.hstack(flow.jacobian, constant), sympy.zeros(1, n + 1))
    exponential = (bordered * flow.time).exp()
    return exponential[:n, :n] * sympy.Matrix(start) + exponential[:n, n]


def _separated_map(flow: FlowDerivation, start: tuple[Any, ...]) -> Any:
    """Solve F(z) = F(z0) + t, F' = 1/f, per coordinate; the branch through z0 is the one that starts there."""
    states = []
    for f, z, z0 in zip(flow.field, flow.variables, start, strict=True):
        primitive = sympy.integrate(1 / f, z)
        if primitive.has(sympy.Integral):
            return None
        try:
            branches = sympy.solve(primitive - primitive.xreplace({z: z0}) - flow.time, z)
        except NotImplementedError:
            return None
        states.append(next((branch for branch in branches if _solves(branch, f, z, z0, flow.time)), None))
    return None if None in states else sympy.Matrix(states)


def _solves(state: Any, f: Any, z: Any, z0: Any, time: Any) -> bool:
    at_start = sympy.simplify(state.subs(time, 0) - z0)
    return is_zero(at_start) and _vanishes(sympy.diff(state, time) - f.xreplace({z: state}))


def _vanishes(expression: Any) -> bool:
    return is_zero(expression) or is_zero(sympy.simplify(expression))


def _verified_map(flow: FlowDerivation, start: tuple[Any, ...], candidate: Any) -> ClosedFlowMap | None:
    state = sympy.ImmutableMatrix(candidate)
    moved = flow.field.xreplace(dict(zip(flow.variables, state, strict=True)))
    residual = sympy.diff(state, flow.time) - moved
    beginning = state.subs(flow.time, 0) - sympy.Matrix(start)
    if not all(_vanishes(entry) for entry in (*residual, *beginning)):
        return None
    steps = (
        DerivationStep(rule="flow map", lhs=Label(tex="z(t)"), rhs=state),
        DerivationStep(rule="it starts at z(0)", lhs=state.subs(flow.time, 0), rhs=sympy.ImmutableMatrix(start)),
        DerivationStep(rule="its derivative is the field", lhs=sympy.diff(state, flow.time), rhs=moved),
    )
    derivation = Derivation(
        title="Flow map in closed form", steps=steps, result={"state": state}, conditions=(_defined(),)
    )
    return ClosedFlowMap(start=start, time=flow.time, state=state, derivation=derivation)
