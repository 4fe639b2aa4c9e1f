r"""What a claim about a flow cannot be judged without: the density at the start, what a constant in a solution means.

    p(z, t) = ..  with no density at the start         any other start gives another density
    z(t) = C e^{-t}  with nothing said about C         the solution through which point?

A derivative of log p along the path holds for every start, and so does an equality in which p occurs twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..symbolic.context import Context, FlowLaw
from ..symbolic.tree import Array, Bind, Call, Name, Node, children, free_names
from .claim import Claim
from .flow_starts import has_start, mentions_state


def missing_start(claim: Claim) -> str:
    """Why a claim about a flow is not judged; "" where nothing is missing."""
    if not any(isinstance(law, FlowLaw) for law in claim.context.laws.values()):
        return ""
    sides = (claim.lhs, claim.rhs)
    densities = [name for side in sides for name in bare_densities(side, claim.context)]
    if len(densities) == 1 and not any(has_moving_density(s, claim.context) for s in sides):
        law = claim.context.laws[densities[0]]
        if isinstance(law, FlowLaw) and not has_start(law):
            return f"the density of {law.name} at the start is not declared"
    for path, other in (sides, sides[::-1]):
        flow = path_of(path, claim.context)
        if flow is None or mentions_state(claim.context, other, flow):
            continue
        unknown = sorted(n for n in free_names(other) if is_implied(n, claim.context))
        if unknown:
            return f"{', '.join(unknown)} is not declared: expected the starting point of {flow.name}"
    return ""


def bare_densities(node: Node, context: Context) -> Iterator[str]:
    """The flows whose densities occur outside of every derivative."""
    if isinstance(node, Bind):
        return
    if isinstance(node, Call):
        entry, law = context.get(node.name), context.law_of(node.name)
        if entry is not None and entry.kind == "density" and isinstance(law, FlowLaw):
            yield law.name
    for part in children(node):
        yield from bare_densities(part, context)


def has_moving_density(node: Node, context: Context) -> bool:
    """Whether the density of a flow stands under a derivative or an integral."""
    if isinstance(node, Bind):
        return any(True for part in node.args for _ in bare_densities(part, context)) or any(
            has_moving_density(part, context) for part in node.args
        )
    return any(has_moving_density(part, context) for part in children(node))


def path_of(node: Node, context: Context) -> FlowLaw | None:
    """The flow of a side that is a path at the running time, whole, by component, or as a column of components."""
    first = node.rows[0][0] if isinstance(node, Array) else node
    entry = context.get(first.name) if isinstance(first, Call) else None
    law = context.law_of(entry.name) if entry is not None and entry.kind in ("path", "component") else None
    return law if isinstance(law, FlowLaw) and isinstance(first, Call) and first.args == (Name(law.time),) else None


def is_implied(name: str, context: Context) -> bool:
    entry = context.get(name)
    return entry is not None and entry.kind == "scalar" and entry.rule.startswith("undeclared")
