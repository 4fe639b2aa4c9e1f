r"""The chapters of a flow: the log-density equation, the log-Jacobian of separable fields, sensitivities.

The log-density equation is derived from the continuity equation.  The second route is Liouville's formula, for the
Jacobian M of the flow map with dM/dt = J M:

    d/dt det M = tr(J) det M,      log p(z(t), t) = log p(z(0), 0) - log|det M(t)|.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    yield Chapter(
        of=law.name,
        kind="flow",
        title=f"The log-density along the flow {law.name}",
        book=book,
        steps=_log_density_steps(law, flow, book),
        second=liouville(flow),
        conditions=flow.derivation.conditions,
    )
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
        step(
            rule="continuity equation",
            lhs=Label(tex=rf"\frac{{\partial {p}}}{{\partial {t}}}"),
            rhs=Label(tex=rf"-\nabla \cdot \left({p} {f}\right)", value=flux),
        ),
        step(rule="written out", rhs=flux),
        step(rule="product rule", rhs=Label(tex=rf"-{p}\,{trace} - {f} \cdot \nabla {p}", value=flow.continuity)),
        step(
            rule=f"divide by {law.density_name}: the rate at a fixed point",
            lhs=Label(tex=rf"\frac{{\partial}}{{\partial {t}}} \log {p}({z}, {t})", value=at_point),
            rhs=Label(tex=rf"-{trace} - {gradient}", value=-flow.divergence - transport),
            conditions=(positive,),
        ),
        step(rule="insert", rhs=flow.partial_log_density_rate),
        step(
            rule="chain rule along the path",
            lhs=Label(tex=rf"\frac{{d}}{{d{t}}} \log {p}({z}({t}), {t})"),
            rhs=Label(tex=rf"\frac{{\partial}}{{\partial {t}}} \log {p} + {gradient}", value=inserted),
        ),
        step(
            rule=f"insert the rate at a fixed point: {law.field_name} . grad log {law.density_name} cancels",
            rhs=Label(tex=rf"-{trace}", value=-flow.divergence),
        ),
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
    """The log-Jacobian of the flow map of dz_i/dt = f_i(z_i): speeds at the two ends instead of an integral."""
    z, t = name_tex(law.name), name_tex(law.time)
    book = _state_book(flow, identity, t)
    moving = [i for i in range(len(flow.variables)) if flow.variables[i] in flow.field[i].free_symbols]
    total = sympy.Add(*(identity.terms[i] for i in moving))
    matrix = rf"\frac{{\partial {z}({t})}}{{\partial {z}(0)}}"
    several = len(flow.variables) > 1
    stretches = ", ".join(_stretch(flow, i) for i in range(len(flow.variables)))
    steps = (
        []
        if not several
        else [
            step(
                rule="Jacobian of the flow map: no coordinate sees another",
                lhs=Label(tex="M"),
                rhs=Label(tex=rf"{matrix} = \operatorname{{diag}}({stretches})"),
            )
        ]
    )
    for i in range(len(flow.variables)):
        named = Label(tex=rf"\frac{{\partial {book.tex(flow.variables[i])}}}{{\partial {book.tex(identity.start[i])}}}")
        steps.append(step(rule=f"stretch of {law.variables[i]}", lhs=Label(tex=_stretch(flow, i)), rhs=named))
        steps += _coordinate_steps(law, flow, identity, i, book) if i in moving else _constant_speed(flow, i)
    if several:
        steps.append(step(rule="the logarithms add", lhs=Label(tex=r"\log\left|\det M\right|"), rhs=total))
    how = f"without a derivative of {law.field_name}: the speeds at the two ends, against the integral of the trace"
    return Chapter(
        of=law.name,
        kind="flow",
        title=f"The log-Jacobian of the flow map of {law.name}",
        steps=tuple(steps),
        book=book,
        second=SecondRoute(agree=_same_rate(flow, moving), how=how),
    )


def _same_rate(flow: FlowDerivation, moving: Sequence[int]) -> bool | None:
    """d/dt of the sum of log|f_i(z_i)| by the chain rule is the trace."""
    rates = [sympy.diff(sympy.log(flow.field[i]), flow.variables[i]) * flow.field[i] for i in moving]
    return True if is_zero(sympy.Add(*rates) - flow.divergence) else None


def _stretch(flow: FlowDerivation, i: int) -> str:
    return "m" if len(flow.variables) == 1 else f"m_{{{i + 1}}}"


def _state_book(flow: FlowDerivation, identity: SeparableFlow, t: str) -> Textbook:
    plain = Textbook()
    names = {z: rf"{plain.tex(z)}({t})" for z in flow.variables}
    names.update({z0: rf"{plain.tex(z)}(0)" for z, z0 in zip(flow.variables, identity.start, strict=True)})
    return Textbook(names)


def _coordinate_steps(
    law: FlowLaw, flow: FlowDerivation, identity: SeparableFlow, i: int, book: Textbook
) -> tuple[DerivationStep, ...]:
    """Speed and stretch of one coordinate grow at one rate."""
    f, z, z0 = flow.field[i], flow.variables[i], identity.start[i]
    slope, t, name = flow.jacobian[i, i], name_tex(law.time), law.variables[i]
    moving = Condition(
        text=f"{name}(0) is no equilibrium (by uniqueness {name} then never reaches one)",
        tex=rf"{book.tex(f.xreplace({z: z0}))} \neq 0",
        status="assumed",
    )
    resting = Condition(text=f"{name}(0) is an equilibrium", tex="", status="assumed")
    component = name_tex(law.field_name) + ("" if len(flow.variables) == 1 else f"_{{{i + 1}}}")
    rate = sympy.Mul(sympy.Derivative(sympy.log(f), z, evaluate=False), f, evaluate=False)
    speed = Label(tex=rf"\frac{{d}}{{d{t}}} \log\left|{component}({book.tex(z)})\right|", value=rate)
    stretch = rf"\log\left|{_stretch(flow, i)}\right|"
    still = sympy.log(sympy.exp(slope.xreplace({z: z0}) * flow.time))
    return (
        step(rule="speed: chain rule along the path", lhs=speed, rhs=slope, conditions=(moving,)),
        step(rule="stretch: variational equation", lhs=Label(tex=rf"\frac{{d}}{{d{t}}} {stretch}"), rhs=slope),
        step(rule="equal rates, and the stretch is 1 at t = 0", lhs=Label(tex=stretch), rhs=identity.terms[i]),
        step(
            rule="from an equilibrium instead: the rate is constant",
            lhs=Label(tex=rf"\log |{_stretch(flow, i)}|", value=still),
            rhs=identity.equilibrium_terms[i],
            conditions=(resting,),
        ),
    )


def _constant_speed(flow: FlowDerivation, i: int) -> tuple[DerivationStep, ...]:
    lhs = Label(tex=rf"\log\left|{_stretch(flow, i)}\right|")
    return (step(rule="constant speed: a translation", lhs=lhs, rhs=sympy.Integer(0)),)


# -- parameters --------------------------------------------------------------------------------------------------------
def _sensitivity_chapter(law: FlowLaw, flow: FlowDerivation) -> Chapter:
    found = sensitivity_equations(flow)
    z, p, t = (name_tex(n) for n in (law.name, law.density_name, law.time))
    book = Textbook()
    theta = r"\theta" if len(flow.parameters) > 1 else book.tex(flow.parameters[0])
    first, second = found.derivation.steps
    unknown = sympy.Matrix(found.state)
    listed = ", ".join(book.tex(name) for name in flow.parameters)
    naming = (
        []
        if len(flow.parameters) == 1
        else [step(rule="the parameters", lhs=Label(tex=r"\theta"), rhs=Label(tex=rf"({listed})"))]
    )
    steps = (
        *naming,
        step(
            rule="sensitivities of the state",
            lhs=Label(tex=rf"S = \frac{{\partial {z}}}{{\partial {theta}}}"),
            rhs=sympy.ImmutableMatrix(unknown),
        ),
        step(
            rule=first.rule,
            lhs=Label(tex=rf"\frac{{dS}}{{d{t}}}", value=first.lhs.value),
            rhs=Label(
                tex=rf"\frac{{\partial {name_tex(law.field_name)}}}{{\partial {z}}} S"
                rf" + \frac{{\partial {name_tex(law.field_name)}}}{{\partial {theta}}}",
                value=found.state_rate,
            ),
        ),
        step(rule="insert", rhs=found.state_rate),
        step(
            rule="of the log-density along the path",
            lhs=Label(tex="m"),
            rhs=Label(tex=rf"\frac{{\partial}}{{\partial {theta}}} \log {p}({z}({t}), {t})"),
        ),
        step(
            rule=second.rule, lhs=Label(tex=rf"\frac{{dm}}{{d{t}}}", value=second.lhs.value), rhs=found.log_density_rate
        ),
    )
    # Both chains are verified against that route by `Chapter.to_json`, or the chapter is not shown.
    how = "SymPy's chain rule on z(theta), against J S + df/dtheta"
    return Chapter(
        of=law.name,
        kind="flow",
        title=f"The flow {law.name} in its parameters",
        steps=steps,
        book=book,
        second=SecondRoute(agree=True, how=how),
        conditions=found.derivation.conditions,
    )
