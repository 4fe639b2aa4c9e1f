r"""The equation of a flow, restated: `dz/dt = f(z)` speaks of the path, though it writes no `(t)`.

    \frac{dz}{dt} = f(z)      \dot z = f(z)      z'(t) = f(z(t))      ->      d/dt z(t) = f(z(t))

The state of a flow is differentiated by its time along the path alone: at a fixed point z the derivative would be 0,
and the equation of every flow false.  So where a side is that derivative, the state stands for the path on both sides.
"""

from __future__ import annotations

from dataclasses import replace

from ..symbolic.context import Context, FlowLaw, component_names
from ..symbolic.notation import Declaration
from ..symbolic.source import ReadError
from ..symbolic.tree import Bind, Call, Name, Node, free_names, rewrite, walk


def along_path(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node]:
    """Both sides with the state taken along the path where one of them is its derivative in time; else as they are."""
    for law in context.laws.values():
        if isinstance(law, FlowLaw):
            moved = derivative_of_state(lhs, law, context), derivative_of_state(rhs, law, context)
            if any(side is not None for side in moved):
                left, right = (
                    side if side is not None else moving(written, law)
                    for side, written in zip(moved, (lhs, rhs), strict=True)
                )
                return left, right
    return lhs, rhs


def derivative_of_state(node: Node, law: FlowLaw, context: Context) -> Node | None:
    """`dz/dt`, `\\dot z` or `z'(t)` of the state or a component as a derivative along the path; None for any other."""
    states, time = (law.name, *law.variables), Name(law.time)
    name = None
    if isinstance(node, Bind) and node.op == "diff" and node.names == (law.time,):
        body = node.args[0]
        name = body.name if isinstance(body, Name) else None
    elif isinstance(node, Call) and node.args == (time,) and node.name.endswith("'"):
        name = node.name.removesuffix("'")
    elif isinstance(node, Name) and not has_own_value(node.name, law, context):
        name = undotted(node.name, states)
    if name not in states:
        return None
    return Bind("diff", (law.time,), (Call(name, (time,)),), "total", node.span)


def undotted(name: str, states: tuple[str, ...]) -> str | None:
    r"""`z_1` of `zdot_1`, as `\dot z_1` is read."""
    base, _, index = name.partition("_")
    found = base.removesuffix("dot") + (f"_{index}" if index else "")
    return found if found in states and found != name else None


def has_own_value(name: str, law: FlowLaw, context: Context) -> bool:
    r"""Whether a document gives `\dot z` a value of the right shape: it may be that of another system."""
    entry = context.get(name)
    shape = (law.dimension,) if undotted(name, (law.name,)) and law.dimension > 1 else ()
    return entry is not None and entry.value is not None and entry.domain.shape == shape


def moving(node: Node, law: FlowLaw) -> Node:
    """A side with the state at the time: `f(z(t))` for `f(z)`; what is written with its time stays.

    Raises:
        ReadError: the side differentiates or integrates by the state: there it is no point of the path.
    """
    states = {law.name, *law.variables}
    if any(isinstance(inner, Bind) and states & {*inner.names, *free_names(inner)} for inner in walk(node)):
        raise ReadError("expected a side without derivatives by the state beside its derivative in time", node.span)

    def rule(inner: Node) -> Node:
        at_time = isinstance(inner, Name) and inner.name in states
        return Call(inner.name, (Name(law.time),), inner.span) if at_time and isinstance(inner, Name) else inner

    return rewrite(node, rule)


def given_start(declaration: Declaration, ground: Context) -> Declaration:
    """`z(0) = Z` where the key starts the flow at Z says nothing new: Z stays the random variable that it is."""
    flow = ground.laws.get(declaration.names[0].removesuffix("(0)")) if declaration.kind == "start" else None
    if not isinstance(flow, FlowLaw) or flow.start is None:
        return declaration
    same = set(declaration.names[1:]) <= {flow.start, *component_names(flow.start, flow.dimension)}
    return replace(declaration, build=lambda context: context) if same else declaration
