r"""`\int g(z) dz = G(z) + C`: an integral without bounds beside a side in which its variable is free.

Such an integral is an antiderivative, and the equality says g(z) = d/dz (G(z) + C).
"""

from __future__ import annotations

from ..symbolic.tree import Apply, Bind, Name, Node, free_names

LINE = (Apply("neg", (Name("inf"),)), Name("inf"))


def differentiated(lhs: Node, rhs: Node) -> tuple[Node, Node]:
    """Both sides of the equality that is meant; the sides as they are where this is no antiderivative."""
    for one, other, swapped in ((lhs, rhs, False), (rhs, lhs, True)):
        if not isinstance(one, Bind) or one.op != "integral" or len(one.names) != 1 or one.args[1:] != LINE:
            continue
        name = one.names[0]
        if name not in free_names(other):
            continue
        slope = Bind("diff", (name,), (other,), "partial", other.span)
        return (slope, one.args[0]) if swapped else (one.args[0], slope)
    return lhs, rhs
