r"""`z(0) = g(z, t)`: the bare name of a path beside its starting point is the state at the running time.

Without a starting point in the equality a bare name is a coordinate, free of the path; with one, both belong to one
trajectory.
"""

from __future__ import annotations

from ..symbolic.context import Context, FlowLaw
from ..symbolic.tree import DIFFERENTIAL, Bind, Call, Name, Node, Number, rewrite, walk


def on_one_path(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node]:
    """Both sides with bare states as z(t) where the equality speaks of z(0); as they are otherwise."""
    found = [law for side in (lhs, rhs) for node in walk(side) if (law := start_of(node, context)) is not None]
    if not found or any(isinstance(n, Bind) and n.op in DIFFERENTIAL for side in (lhs, rhs) for n in walk(side)):
        return lhs, rhs
    names = {n: law.time for law in found for n in ((law.name,) if law.dimension == 1 else law.variables)}

    def rule(node: Node) -> Node:
        if isinstance(node, Name) and node.name in names:
            return Call(node.name, (Name(names[node.name]),), node.span)
        return node

    return rewrite(lhs, rule), rewrite(rhs, rule)


def start_of(node: Node, context: Context) -> FlowLaw | None:
    """The flow whose path a call takes at 0."""
    if not isinstance(node, Call) or len(node.args) != 1 or not isinstance(node.args[0], Number):
        return None
    entry, law = context.get(node.name), context.law_of(node.name)
    moves = entry is not None and entry.kind in ("path", "component")
    return law if moves and isinstance(law, FlowLaw) and node.args[0].value == 0 else None
