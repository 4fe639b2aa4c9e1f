r"""The chapters of a flow: the log-density equation, the log-Jacobian of separable fields, sensitivities.

The log-density equation is derived from the continuity equation.  The second route is Liouville's formula, for the Jacobian M of the
flow map with dM/dt = J M:

    d/dt det M = tr(J) det M,      log p(z(t), t) = log p(z(0), 0) - log|det M(t)|.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from .context import FlowLaw
from .derivation import Condition, DerivationStep, Label
from .derive_flow import FlowDerivation, flow_derivation
from .derive_sensitivity import sensitivity_equations
from .derive_separable_flow import SeparableFlow, separable_identity
from .entries import Chapter, SecondRoute
from .formal import Formal
from .printing import name_tex
from .rational_form import is_zero
from .textbook import Textbook

step = DerivationStep
LARGEST_LIOUVILLE = 3


def flow_chapters(formal: Formal, law: FlowLaw) -> Iterator[Chapter]:
    """The chapters of a flow, in the order of a textbook."""
    parameters = tuple(formal.symbol(name) for name in law.parameters)
    field = [formal.scalar(part) for part in law.field]
    flow = flow_derivation(field, formal.names(law.variables), formal.symbol(law.time), parameters)
    book = Textbook({flow.density: name_tex(law.density_name)})
    yield Chapter(of=law.name, kind="flow", title=f"The log-density along the flow {law.name}", book=book,
                  steps=_log_density_steps(law, flow, book), second=liouville(flow), conditions=flow.derivation.conditions)
    identity = separable_identity(flow)
    if identity is not None:
        yield _separable_chapter(law, flow, identity)
    if parameters:
        yield _sensitivity_chapter(law, flow)


# -- the log-density ---------------------------------------------------------------------------------------------------
def _log_density_steps(law: FlowLaw, flow: FlowDerivation, book: Textbook) -> tuple[DerivationStep, ...]:
    f, z, t, p = (name_tex(n) for n in (law.field_name, law.name, law.time, law.density_name))
    names, density, log_p = flow.variables, flow.density, sympy.log(flow.density)
    pairs = list(zip(flow.field, names, strict=True))
    derivative = sympy.Derivative
    flux = -sympy.Add(*(derivative(density * fi, name, evaluate=False) for fi, name in pairs))
    transport = sympy.Add(*(fi * derivative(log_p, name, evaluate=False) for fi, name in pairs))
    at_point = flow.continuity / density
    chain = derivative(log_p, flow.time, evaluate=False) + transport
    inserted = chain.doit().subs(derivative(density, flow.time), flow.continuity)
    jacobian = rf"\frac{{\partial {f}}}{{\partial {z}}}"
    trace = rf"\operatorname{{tr}}{jacobian}"
    gradient = rf"{f} \cdot \nabla \log {p}"
    positive = Condition(text=f"the density {law.density_name} is positive", tex=rf"{p} > 0", status="assumed")
    unevaluated = sympy.ImmutableMatrix(
        len(names), len(names), lambda i, j: derivative(flow.field[i], names[j], evaluate=False)
    )
    column = flow.field if len(names) > 1 else flow.field[0]
    return (
        step(rule="the flow", lhs=Label(tex=rf"\frac{{d{z}}}{{d{t}}} = {f}"), rhs=column),
        step(rule="Jacobian of the field", lhs=Label(tex=jacobian, value=unevaluated), rhs=flow.jacobian),
        step(rule="its trace", lhs=Label(tex=trace, value=sympy.Trace(flow.jacobian)), rhs=flow.divergence),
        step(rule="continuity equation", lhs=Label(tex=rf"\frac{{\partial {p}}}{{\partial {t}}}"),
             rhs=Label(tex=rf"-\nabla \cdot \left({p} {f}\right)", value=flux)),
        step(rule="written out", rhs=flux),
        step(rule="product rule", rhs=Label(tex=rf"-{p}\,{trace} - {f} \cdot \nabla {p}", value=flow.continuity)),
        step(rule=f"divide by {law.density_name}: the rate at a fixed point",
             lhs=Label(tex=rf"\frac{{\partial}}{{\partial {t}}} \log {p}({z}, {t})", value=at_point),
             rhs=Label(tex=rf"-{trace} - {gradient}", value=-flow.divergence - transport), conditions=(positive,)),
        step(rule="insert", rhs=flow.partial_log_density_rate),
        step(rule="chain rule along the path", lhs=Label(tex=rf"\frac{{d}}{{d{t}}} \log {p}({z}({t}), {t})"),
             rhs=Label(tex=rf"\frac{{\partial}}{{\partial {t}}} \log {p} + {gradient}", value=inserted)),
        step(rule=f"insert the rate at a fixed point: {law.field_name} . grad log {law.density_name} cancels",
             rhs=Label(tex=rf"-{trace}", value=-flow.divergence)),
        step(rule="insert the trace", rhs=sympy.expand_mul(-flow.divergence, deep=False)),
    )


def liouville(flow: FlowDerivation) -> SecondRoute:
    """d/dt det M = tr(J) det M for dM/dt = J M, with M a matrix of symbols, as an identity of polynomials."""
    how = "Liouville's formula for the Jacobian M of the flow map: dM/dt = J M gives d/dt log|det M| = tr J"
    n = len(flow.variables)
    if n > LARGEST_LIOUVILLE:
        return SecondRoute(agree=None, how=how)
    m = sympy.Matrix(n, n, lambda i, j: sympy.Dummy(f"m_{i + 1}_{j + 1}", real=True))
    entries = sympy.Matrix(n, n, lambda i, j: sympy.Dummy(f"j_{i + 1}_{j + 1}", real=True))
    determinant = m.det()
    rate = sympy.Add(*(sympy.diff(determinant, a) * b for a, b in zip(m, entries * m, strict=True)))
    values = dict(zip(entries, flow.jacobian, strict=True))
    by_trace = flow.log_density_rate + entries.trace().xreplace(values)
    holds = is_zero(sympy.expand(rate - entries.trace() * determinant)) and is_zero(by_trace)
    return SecondRoute(agree=True if holds else None, how=how)


# -- separable fields --------------------------------------------------------------------------------------------------
def _separable_chapter(law: FlowLaw, flow: FlowDerivation, identity: SeparableFlow) -> Chapter:
    f, z, t = (name_tex(n) for n in (law.field_name, law.name, law.time))
    book = _state_book(flow, identity, t)
    total = Label(tex=rf"\log\left|\det\frac{{\partial {z}({t})}}{{\partial {z}(0)}}\right|")
    steps = [s for i in range(len(identity.terms)) for s in _coordinate_steps(law, flow, identity, i, book)]
    if len(identity.terms) > 1:
        steps.append(step(rule="the Jacobian is diagonal: the logarithms add", lhs=total, rhs=identity.log_jacobian))
    how = f"without a derivative of {law.field_name}: the speeds at the two ends, against the integral of the trace"
    return Chapter(of=law.name, kind="flow", title=f"The log-Jacobian of the flow map of {law.name}", steps=tuple(steps),
                   book=book, second=SecondRoute(agree=_same_rate(flow, identity), how=how))


def _same_rate(flow: FlowDerivation, identity: SeparableFlow) -> bool | None:
    """d/dt of the log-Jacobian by the chain rule is the trace."""
    pairs = zip(flow.field, flow.variables, strict=True)
    plain = [sympy.diff(sympy.log(f), z) * f for f, z in pairs]
    return True if is_zero(sympy.Add(*plain) - flow.divergence) and len(plain) == len(identity.terms) else None


def _state_book(flow: FlowDerivation, identity: SeparableFlow, t: str) -> Textbook:
    plain = Textbook()
    names = {z: rf"{plain.tex(z)}({t})" for z in flow.variables}
    names.update({z0: rf"{plain.tex(z)}(0)" for z, z0 in zip(flow.variables, identity.start, strict=True)})
    return Textbook(names)


def _coordinate_steps(
    law: FlowLaw, flow: FlowDerivation, identity: SeparableFlow, i: int, book: Textbook
) -> tuple[DerivationStep, ...]:
    f, z, z0 = flow.field[i], flow.variables[i], identity.start[i]
    slope, t = flow.jacobian[i, i], name_tex(law.time)
    if not f.free_symbols & {z}:
        return _constant_speed(book, z, z0)
    at_start = f.xreplace({z: z0})
    moving = Condition(text=f"{law.variables[i]}(0) is no equilibrium (by uniqueness {law.variables[i]} then never reaches one)",
                       tex=rf"{book.tex(at_start)} \neq 0", status="assumed")
    stretch = rf"\frac{{\partial {book.tex(z)}}}{{\partial {book.tex(z0)}}}"
    rate = sympy.Mul(sympy.Derivative(sympy.log(f), z, evaluate=False), f, evaluate=False)
    speed = Label(tex=rf"\frac{{d}}{{d{t}}} \log\left|{book.tex(f)}\right|", value=rate)
    still = sympy.log(sympy.exp(slope.xreplace({z: z0}) * flow.time))
    return (
        step(rule="speed: chain rule with dz/dt = f(z)", lhs=speed, rhs=slope, conditions=(moving,)),
        step(rule="stretch: variational equation", lhs=Label(tex=rf"\frac{{d}}{{d{t}}} \log\left|{stretch}\right|"), rhs=slope),
        step(rule="equal rates, and both logarithms grow from t = 0, where the stretch is 1",
             lhs=Label(tex=rf"\log\left|{stretch}\right|"), rhs=identity.terms[i]),
        step(rule="from an equilibrium instead: the rate is constant",
             lhs=Label(tex=rf"\log\left|{stretch}\right|", value=still), rhs=identity.equilibrium_terms[i],
             conditions=(Condition(text=f"{law.variables[i]}(0) is an equilibrium", tex="", status="assumed"),)),
    )


def _constant_speed(book: Textbook, z: Any, z0: Any) -> tuple[DerivationStep, ...]:
    stretch = rf"\frac{{\partial {book.tex(z)}}}{{\partial {book.tex(z0)}}}"
    return (step(rule="constant speed: a translation", lhs=Label(tex=rf"\log\left|{stretch}\right|"), rhs=sympy.Integer(0)),)


# -- parameters --------------------------------------------------------------------------------------------------------
def _sensitivity_chapter(law: FlowLaw, flow: FlowDerivation) -> Chapter:
    found = sensitivity_equations(flow)
    z, p, t = (name_tex(n) for n in (law.name, law.density_name, law.time))
    book = Textbook()
    theta = r"\theta" if len(flow.parameters) > 1 else book.tex(flow.parameters[0])
    first, second = found.derivation.steps
    unknown = sympy.Matrix(found.state)
    listed = ", ".join(book.tex(name) for name in flow.parameters)
    naming = [] if len(flow.parameters) == 1 else [
        step(rule="the parameters", lhs=Label(tex=r"\theta"), rhs=Label(tex=rf"({listed})"))]
    steps = (
        *naming,
        step(rule="sensitivities of the state", lhs=Label(tex=rf"S = \frac{{\partial {z}}}{{\partial {theta}}}"),
             rhs=sympy.ImmutableMatrix(unknown)),
        step(rule=first.rule, lhs=Label(tex=rf"\frac{{dS}}{{d{t}}}", value=first.lhs.value),
             rhs=Label(tex=rf"\frac{{\partial {name_tex(law.field_name)}}}{{\partial {z}}} S"
                           rf" + \frac{{\partial {name_tex(law.field_name)}}}{{\partial {theta}}}", value=found.state_rate)),
        step(rule="insert", rhs=found.state_rate),
        step(rule=second.rule,
             lhs=Label(tex=rf"\frac{{d}}{{d{t}}} \frac{{\partial}}{{\partial {theta}}} \log {p}({z}({t}), {t})",
                       value=second.lhs.value), rhs=found.log_density_rate),
    )
    how = "SymPy's chain rule on z(theta), against J S + df/dtheta"
    return Chapter(of=law.name, kind="flow", title=f"The flow {law.name} in its parameters", steps=steps, book=book,
                   second=SecondRoute(agree=True, how=how), conditions=found.derivation.conditions)
