r"""Derivatives, integrals, sums and expectations of the symbolic route.

Along a path dz/dt = f(z, t) the total derivative of g(z(t), t) is

    dg/dt = partial_t g + f . grad g                                   (chain rule)

and wherever the density p(z, t) of the flow is differentiated in t at a fixed point, the continuity equation gives

    partial_t p = -div(p f) = -f . grad p - p div f.

So d/dt log p(z(t), t) comes out as -div f, and partial_t log p(z, t) as -div f - f . grad log p: nobody wrote either
down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from . import moments
from .context import EnergyLaw, FlowLaw, GaussianLaw
from .differentiate import diff
from .tree import Bind, Call, Name, Node, walk

if TYPE_CHECKING:
    from .formal import Formal


def differential(formal: Formal, node: Bind) -> Any:
    """diff, gradient, jacobian, divergence, laplacian, hessian."""
    if node.tag == "flow_map":
        from .formal_flow_map import jacobian

        return jacobian(formal, node)
    names = formal.names(node.names)
    flow = flow_of(formal, node)
    if node.op == "diff" and node.tag == "total" and flow is not None and node.names == (flow.time,):
        return total_derivative(formal, node.args[0], flow)
    body = formal.convert(node.args[0])
    if node.op == "diff":
        found = body
        for name in names:
            found = derivative(formal, found, name, flow)
        return found
    return nabla(formal, node.op, body, names)


def flow_of(formal: Formal, node: Bind) -> FlowLaw | None:
    """The flow whose path or density occurs in the body, or whose time is differentiated by."""
    for part in walk(node.args[0]):
        if isinstance(part, Call):
            law = formal.context.law_of(part.name)
            if isinstance(law, FlowLaw):
                return law
    return None


def derivative(formal: Formal, body: Any, name: Any, flow: FlowLaw | None) -> Any:
    """d body / d name, with the continuity equation where the density of a flow is differentiated in time."""
    if isinstance(body, sympy.MatrixBase):
        return body.applyfunc(lambda e: derivative(formal, e, name, flow))
    found = under_the_integral(formal, diff(body, name), body, name)
    if flow is not None and name == formal.symbol(flow.time):
        return continuity(formal, found, flow)
    return found


def under_the_integral(formal: Formal, found: Any, body: Any, name: Any) -> Any:
    """Differentiating an integral in a parameter is a step with a condition."""
    if any(name in integral.free_symbols for integral in body.atoms(sympy.Integral)):
        formal.conditions[moments.INTERCHANGE] = None
        formal.rules["differentiation under the integral sign"] = None
    return found


def continuity(formal: Formal, expression: Any, flow: FlowLaw) -> Any:
    """Replace every partial_t p by -div(p f)."""
    density = formal.function(f"{flow.density_name}_{flow.name}")
    time = formal.symbol(flow.time)
    state = formal.names(flow.variables)
    field = [formal.scalar(part) for part in flow.field]

    def rule(term: Any) -> Any:
        p = term.args[0]
        values = dict(zip(state, p.args[: len(state)], strict=True))
        general = density(*state, time)
        divergence = sum(sympy.diff(general * f, z) for f, z in zip(field, state, strict=True))
        return -divergence.xreplace(values) if values != dict(zip(state, state, strict=True)) else -divergence

    formal.rules["continuity equation dp/dt = -div(p f)"] = None
    return expression.replace(
        lambda term: isinstance(term, sympy.Derivative) and term.args[0].func == density and term.variables == (time,),
        rule,
    )


def total_derivative(formal: Formal, body: Node, flow: FlowLaw) -> Any:
    """d/dt g(z(t), t) = partial_t g + f . grad g, at the running state."""
    expression = formal.convert(body)
    time = formal.symbol(flow.time)
    state = formal.names(flow.variables)
    field = [formal.scalar(part) for part in flow.field]
    formal.rules["total derivative along the path: d/dt = partial_t + f . grad"] = None

    def along(e: Any) -> Any:
        partial = continuity(formal, sympy.diff(e, time), flow)
        return partial + sum(f * sympy.diff(e, z) for f, z in zip(field, state, strict=True))

    if isinstance(expression, sympy.MatrixBase):
        return expression.applyfunc(along)
    return along(expression)


def nabla(formal: Formal, op: str, body: Any, names: tuple[Any, ...]) -> Any:
    from .formal import NotFormal, _scalar

    entries = list(body) if isinstance(body, sympy.MatrixBase) else [body]
    # The interchange of an integral with a derivative is noted; most bodies have no integral to look into.
    for entry in (e for e in entries if e.has(sympy.Integral)):
        for name in names:
            under_the_integral(formal, None, entry, name)
    if op == "gradient":
        if len(entries) > 1:
            raise NotFormal("expected a scalar to take the gradient of")
        return _scalar(sympy.ImmutableMatrix([diff(entries[0], n) for n in names]))
    if op == "jacobian":
        return _scalar(sympy.ImmutableMatrix([[diff(e, n) for n in names] for e in entries]))
    if op == "divergence":
        if len(entries) != len(names):
            raise NotFormal(f"expected {len(names)} components for a divergence; got {len(entries)}")
        return sympy.Add(*(diff(e, n) for e, n in zip(entries, names, strict=True)))
    if op == "laplacian":
        return sympy.Add(*(sympy.diff(entries[0], n, 2) for n in names))
    return _scalar(sympy.ImmutableMatrix([[sympy.diff(entries[0], a, b) for b in names] for a in names]))


def binder(formal: Formal, node: Bind) -> Any:
    """integral, sum, product, limit, expectation: unevaluated, for the normal forms that follow."""
    from .formal import NotFormal

    if node.op == "expect":
        return expectation(formal, node)
    if node.op == "at":
        return value_at(formal, node)
    outer = {name: formal.symbols.pop(name) for name in node.names if name in formal.symbols}
    body = formal.scalar(node.args[0])
    names = formal.names(node.names)
    for name in node.names:
        formal.symbols.pop(name, None)
    formal.symbols.update(outer)
    bounds = [formal.scalar(a) for a in node.args[1:]]
    if node.op == "integral":
        limits = [(n, bounds[2 * i], bounds[2 * i + 1]) for i, n in enumerate(names)]
        return sympy.Integral(body, *limits)
    if node.op in ("sum", "product") and len(names) == 1:
        return indexed(node.op, body, names[0], bounds)
    if node.op == "limit":
        return sympy.Limit(body, names[0], bounds[0], dir="+" if node.tag == "+" else "-" if node.tag == "-" else "+-")
    raise NotFormal(f"no symbolic rule for {node.op}")


def value_at(formal: Formal, node: Bind) -> Any:
    """The body where its name has the value of a point; the name itself is any real number there."""
    from .formal import NotFormal

    name, point = node.names[0], formal.scalar(node.args[1])
    outer = formal.symbols.get(name)
    inner = formal.symbols[name] = sympy.Dummy(name, real=True)
    try:
        body = formal.convert(node.args[0])
    finally:
        formal.symbols.pop(name)
        if outer is not None:
            formal.symbols[name] = outer
    found = body.subs(inner, point)
    if found.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        raise NotFormal("no value at the point of an evaluation")
    return found


def indexed(op: str, body: Any, name: Any, bounds: list[Any]) -> Any:
    """A finite sum of few terms is written out; any other stays a Sum."""
    index = sympy.Symbol(name.name, integer=True)
    body = body.xreplace({name: index})
    low, high = bounds
    if low.is_Integer and high.is_Integer and 0 <= high - low < 60:
        parts = [body.xreplace({index: sympy.Integer(k)}) for k in range(int(low), int(high) + 1)]
        return sympy.Add(*parts) if op == "sum" else sympy.Mul(*parts)
    return sympy.Sum(body, (index, low, high)) if op == "sum" else sympy.Product(body, (index, low, high))


def expectation(formal: Formal, node: Bind) -> Any:
    """E_p[g] for an energy-based law: a ratio of integrals; for a Gaussian one: an integral against its density."""
    from .formal import NotFormal

    name = node.args[1].name if isinstance(node.args[1], Name) else ""
    law = formal.context.laws.get(name)
    if isinstance(law, EnergyLaw):
        names = formal.names(law.variables)
        body = formal.convert(node.args[0])
        energy = formal.scalar(law.energy)
        if isinstance(body, sympy.MatrixBase):
            return body.applyfunc(lambda e: moments.expectation(e, energy, names))
        return moments.expectation(body, energy, names)
    if isinstance(law, GaussianLaw):
        raise NotFormal("no symbolic rule for this expectation")
    raise NotFormal(f"expected a declared law under the expectation; got '{name}'")
