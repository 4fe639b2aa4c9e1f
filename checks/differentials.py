r"""Derivatives of the numeric route: dual numbers over whatever table is in use.

partial    the named variable is seeded, everything else is fixed
total      along the path of a flow, dz/dt = f(z, t): t is seeded and the state moves with the field
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numeric.duals import Duals
from ..numeric.operations import Indeterminate
from ..symbolic.context import EnergyLaw, FlowLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, Value, normal
from ..symbolic.tree import Apply, Array, Bind, Call, Name, Node, add, free_names, neg, walk

if TYPE_CHECKING:
    from .interpret import Meaning

MOST_KEPT = 2_000  # trees whose moving terms are remembered


def differential(meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
    """diff, gradient, jacobian, divergence, laplacian, hessian at a point."""
    if node.tag == "flow_map":
        raise Indeterminate("the Jacobian of the flow map needs the flow map", more_bits_may_help=False)
    body = node.args[0]
    if node.op == "diff":
        return repeated(meaning, ev, body, node.names, node.tag)
    if node.op == "gradient":
        return normal(Grid(tuple((as_scalar(ev, partial(meaning, ev, body, n)),) for n in node.names)))
    if node.op == "jacobian":
        columns = [entries(partial(meaning, ev, body, n)) for n in node.names]
        return normal(Grid(tuple(zip(*columns, strict=True))))
    if node.op == "divergence":
        if isinstance(body, Array) and body.shape == (len(node.names), 1):
            # Each component by its own variable: n derivatives of one component, not of n.
            own = [partial(meaning, ev, row[0], n) for row, n in zip(body.rows, node.names, strict=True)]
            return ev.table.apply("add", tuple(as_scalar(ev, value) for value in own))
        columns = [entries(partial(meaning, ev, body, n)) for n in node.names]
        if any(len(c) != len(node.names) for c in columns):
            raise Mismatch("expected as many components as variables for a divergence")
        return ev.table.apply("add", tuple(c[i] for i, c in enumerate(columns)))
    second = [[as_scalar(ev, repeated(meaning, ev, body, (a, b), "")) for b in node.names] for a in node.names]
    if node.op == "laplacian":
        return ev.table.apply("add", tuple(second[i][i] for i in range(len(second))))
    return normal(Grid(tuple(tuple(row) for row in second)))


def entries(value: Value) -> tuple[Any, ...]:
    return value.entries if isinstance(value, Grid) else (value,)


def as_scalar(ev: Evaluator, value: Value) -> Any:
    return ev.scalar(value)


def repeated(meaning: Meaning, ev: Evaluator, body: Node, names: tuple[str, ...], tag: str) -> Value:
    """Derivatives one inside the other."""
    if len(names) == 1:
        return partial(meaning, ev, body, names[0], tag)
    inner = Bind("diff", names[1:], (body,), tag)
    return partial(meaning, ev, inner, names[0], tag)


def partial(meaning: Meaning, ev: Evaluator, body: Node, name: str, tag: str = "") -> Value:
    """d body / d name by dual numbers; with tag "total" and a flow in the body, along its path."""
    kept = terms_moved(meaning, body, name) if tag != "total" else body
    if kept is None:
        return ev.table.number(Fraction(0))
    body = kept
    table = Duals(ev.table)
    here = meaning.bound.get(name)
    value = here if here is not None else meaning.name(ev, Name(name))
    if isinstance(value, Grid):
        raise Mismatch(f"expected a scalar variable to differentiate by; {name} is a vector")
    seeds = {name: table.seed(value), **with_start(meaning, ev, body, name, tag)}
    flow = moving_flow(meaning, body, name) if tag == "total" else None
    inner = meaning.deeper(ev, seeds)
    if flow is not None:
        inner = with_motion(meaning, ev, inner, flow)
    return part_of(ev, inner.value(body))


def with_start(meaning: Meaning, ev: Evaluator, body: Node, name: str, tag: str) -> dict[str, Any]:
    """How the starting point and the state of a flow move with the name that is differentiated by."""
    if not any(isinstance(law, FlowLaw) for law in meaning.context.laws.values()):
        return {}
    from .flow_starts import fixed_start, flow_of_start, mentions_state, start_seeds

    entry = meaning.context.get(name)
    law = meaning.context.law_of(name)
    if entry is not None and entry.kind == "start" and isinstance(law, FlowLaw):
        return start_seeds(meaning, ev, law, entry.position)
    flow = flow_of_start(meaning.context, body, name)
    if flow is None:
        return {}
    along = tag == "total" and moving_flow(meaning, body, name) is not None
    return fixed_start(meaning, ev, flow) if along or not mentions_state(meaning.context, body, flow) else {}


def terms_moved(meaning: Meaning, body: Node, name: str) -> Node | None:
    """`dependent`, looked for once where one body is differentiated at many points, as an integrand is."""
    known = getattr(meaning.integrals, "kept", None)
    if known is None:
        return dependent(meaning, body, name)
    key = id(body), id(meaning.context), name
    if key not in known:
        if len(known) >= MOST_KEPT:
            known.clear()
        # The objects stay beside the answer, so that their identities stay their own as long as it does.
        known[key] = body, meaning.context, dependent(meaning, body, name)
    found: Node | None = known[key][2]
    return found


def dependent(meaning: Meaning, body: Node, name: str) -> Node | None:
    """The terms of a sum that depend on the name; None when none does: a constant need not even have a known value."""
    if isinstance(body, Apply) and body.op == "neg":
        inner = dependent(meaning, body.args[0], name)
        return None if inner is None else neg(inner)
    if isinstance(body, Apply) and body.op == "add":
        kept = [t for part in body.args if (t := dependent(meaning, part, name)) is not None]
        return add(*kept) if kept else None
    return body if depends(meaning, body, name) or not is_plain_scalar(body) else None


def depends(meaning: Meaning, body: Node, name: str) -> bool:
    """Whether a name occurs in a tree, or in what the tree stands for."""
    names = free_names(body)
    base, _, index = name.rpartition("_")
    vector = meaning.context.get(base) if index.isdigit() and base in names else None
    if name in names or (vector is not None and vector.kind == "vector"):
        return True
    for node in walk(body):
        law = meaning.context.law_of(node.name) if isinstance(node, Name | Call) else None
        if isinstance(law, EnergyLaw) and name in free_names(law.energy) - set(law.variables):
            return True
        if isinstance(law, FlowLaw):
            return True
    return False


def is_plain_scalar(body: Node) -> bool:
    """Whether the derivative of a constant tree is the scalar 0: not for matrices."""
    return not any(isinstance(n, Array) for n in walk(body))


def part_of(ev: Evaluator, value: Value) -> Value:
    """The derivative part of a dual value or grid."""
    zero = ev.table.number(Fraction(0))
    if isinstance(value, Grid):
        return Grid(tuple(tuple(zero if e.derivative is None else e.derivative for e in row) for row in value.rows))
    return zero if value.derivative is None else value.derivative


def moving_flow(meaning: Meaning, body: Node, name: str) -> FlowLaw | None:
    """The flow whose path occurs in the body and whose time is `name`."""
    for part in walk(body):
        if isinstance(part, Call):
            law = meaning.context.law_of(part.name)
            if isinstance(law, FlowLaw) and law.time == name:
                return law
    return None


def with_motion(meaning: Meaning, ev: Evaluator, inner: Evaluator, flow: FlowLaw) -> Evaluator:
    """The inner evaluator with z_i(t) = z_i + e f_i(z, t)."""
    state = {n: meaning.moving.get(n, meaning.name(ev, Name(n))) for n in flow.variables}
    outer = meaning.inside(ev, state)
    field = [outer.scalar(outer.value(part)) for part in flow.field]
    table: Duals = inner.table
    moving: Mapping[str, Any] = {n: type(table.seed(v))(v, f) for (n, v), f in zip(state.items(), field, strict=True)}
    heads: Any = inner.heads
    return Evaluator(table, replace(heads, moving=moving))
