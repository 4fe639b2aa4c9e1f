r"""The flow map in the symbolic route: z(t) and z(s) as independent symbols, tied by the Jacobian alone.

For an autonomous field whose coordinates do not see each other (proved: the Jacobian is diagonal)

    dz_i(t)/dz_i(s) = f_i(z_i(t)) / f_i(z_i(s)) = r_i > 0        where f_i(z_i(s)) != 0,

since both obey the same linear equation and f_i keeps its sign along a path (`derive_separable_flow`).  So f_i(z_i(t))
is written r_i f_i(z_i(s)) with a positive r_i.  For any other field the entries of the Jacobian are symbols, and its
determinant is positive (Liouville).  In both cases

    p(z(t), t) = p(z(s), s) / |det dz(t)/dz(s)|                            (change of variables by the flow map).

What is proved with z(t), z(s) independent holds on every path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from .context import FlowLaw
from .tree import Array, Bind, Call, Name, Node, Number

if TYPE_CHECKING:
    from .formal import Formal

BINDING = (sympy.Derivative, sympy.Subs, sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit)
REST = "no coordinate starts at an equilibrium (there its factor is exp(t f_i'(z_i(0))))"
SMOOTH = "f is continuously differentiable and the path exists up to t"


@dataclass(frozen=True)
class Map:
    """The Jacobian of the flow map of one flow from a fixed time to the running time."""

    law: FlowLaw
    start: Any
    jacobian: Any
    ratios: tuple[Any, ...]


def fixed_state(formal: Formal, node: Call, law: FlowLaw, position: int) -> Any:
    """z(s) at a literal time s: symbols of their own.  Raises NotFormal for any other time."""
    from .formal import NotFormal, _scalar

    time = node.args[0]
    if not isinstance(time, Number):
        raise NotFormal(f"{node.name} at a time that is neither the running one nor a number")
    names = start_symbols(formal, law, time)
    return names[position - 1] if position else _scalar(sympy.ImmutableMatrix(list(names)))


def start_symbols(formal: Formal, law: FlowLaw, time: Number) -> tuple[Any, ...]:
    """The symbols of z(s), remembered with their time; one fixed time for each flow."""
    from .formal import NotFormal, rational

    known = formal.fixed_times.setdefault(law.name, rational(time.value))
    if known != rational(time.value):
        raise NotFormal("the state at two fixed times")
    return tuple(sympy.Symbol(f"_{name}_start", real=True) for name in law.variables)


def path_time(node: Node, law: FlowLaw) -> Node | None:
    """The time of a path, whole or spelled by its components in order."""
    calls = [row[0] for row in node.rows] if isinstance(node, Array) else [node]
    names = tuple(c.name for c in calls if isinstance(c, Call))
    times = {c.args for c in calls if isinstance(c, Call)}
    whole = names == (law.name,) or names == law.variables
    return next(iter(times))[0] if whole and len(times) == 1 and len(next(iter(times))) == 1 else None


def jacobian(formal: Formal, node: Bind) -> Any:
    """dz(t)/dz(s) with s a number and t the running time.  Raises NotFormal otherwise."""
    from .formal import NotFormal, _scalar

    first = node.args[0].rows[0][0] if isinstance(node.args[0], Array) else node.args[0]
    law = formal.context.law_of(first.name) if isinstance(first, Call) else None
    if not isinstance(law, FlowLaw):
        raise NotFormal("expected the Jacobian of a path")
    later, earlier = (path_time(arg, law) for arg in node.args)
    if later != Name(law.time) or not isinstance(earlier, Number):
        raise NotFormal("expected the Jacobian of z(t) by z at a number")
    start_symbols(formal, law, earlier)
    return _scalar(flow_map(formal, law).jacobian)


def flow_map(formal: Formal, law: FlowLaw) -> Map:
    """The Jacobian between the fixed time of the claim and the running one."""
    if law.name not in formal.maps:
        formal.maps[law.name] = derived_map(formal, law)
    found: Map = formal.maps[law.name]
    return found


def derived_map(formal: Formal, law: FlowLaw) -> Map:
    from .derive_flow import flow_derivation
    from .derive_separable_flow import is_separable

    n = law.dimension
    state = formal.names(law.variables)
    start = tuple(sympy.Symbol(f"_{name}_start", real=True) for name in law.variables)
    flow = flow_derivation([formal.scalar(part) for part in law.field], state, formal.symbol(law.time))
    formal.conditions[SMOOTH] = None
    if flow.autonomous and is_separable(flow):
        ratios = tuple(sympy.Symbol(f"_{name}_ratio", positive=True) for name in law.variables)
        formal.conditions[REST] = None
        formal.rules["flow map of separate coordinates: dz_i(t)/dz_i(0) = f_i(z_i(t)) / f_i(z_i(0)) > 0"] = None
        return Map(law, start, sympy.ImmutableMatrix(sympy.diag(*ratios)), ratios)
    entries = sympy.ImmutableMatrix(n, n, lambda i, j: sympy.Symbol(f"_{law.name}_{i + 1}_{j + 1}_slope", real=True))
    return Map(law, start, entries, ())


def resolved(formal: Formal, expression: Any) -> Any:
    """f_i(z_i(t)) by r_i f_i(z_i(s)), and the density at the running time by the one at the fixed time.

    Nothing is replaced where a derivative or a bound variable is left: z(t) would stand for another thing there.
    """
    if expression.has(*BINDING):
        return expression
    for name in formal.fixed_times:
        law = formal.context.laws[name]
        assert isinstance(law, FlowLaw)
        expression = moved_density(formal, law, expression)
        found = formal.maps.get(name)
        if found is None:
            continue
        if not found.ratios:
            expression = positive_volume(formal, found, expression)
            continue
        state = formal.names(law.variables)
        fields = [formal.scalar(part) for part in law.field]
        rules = {f: r * f.xreplace({z: s}) for f, z, s, r in zip(fields, state, found.start, found.ratios, strict=True)}
        expression = expression.xreplace(rules)
    return expression


def positive_volume(formal: Formal, found: Map, expression: Any) -> Any:
    """det dz(t)/dz(s) = exp(int div f) > 0 (Liouville): a positive symbol."""
    det = found.jacobian.det()
    volume = sympy.Symbol(f"_{found.law.name}_volume", positive=True)
    replaced = expression.xreplace({sympy.Abs(det): volume, det: volume})
    if replaced != expression:
        formal.rules["Liouville's formula: det dz(t)/dz(0) > 0"] = None
    return replaced


def moved_density(formal: Formal, law: FlowLaw, expression: Any) -> Any:
    """p(z(t), t) -> p(z(s), s) / |det dz(t)/dz(s)| where both occur."""
    density = formal.function(f"{law.density_name}_{law.name}")
    running = density(*formal.names(law.variables), formal.symbol(law.time))
    if not expression.has(running):
        return expression
    found = flow_map(formal, law)
    formal.rules["change of variables by the flow map: p(z(t), t) |det dz(t)/dz(0)| = p(z(0), 0)"] = None
    fixed = density(*found.start, formal.fixed_times[law.name])
    return expression.xreplace({running: fixed / sympy.Abs(found.jacobian.det())})
