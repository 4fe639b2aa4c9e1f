r"""Expectations under a density that a document gives by a formula: that its total mass is 1 is shown first.

E_q[f] is read as the integral of f q over the domain of the variable of q.  Where q has another mass (it is meant on
another domain, or its formula is wrong) that integral is no expectation, and no claim about it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..symbolic.averages import UNDER
from ..symbolic.shapes import ShapeError
from ..symbolic.tree import Bind, Call, Name, Node, integer, walk
from ..symbolic.unfold import TooLarge, stands_alone, unfold
from .claim import Claim, make_claim


def masses(claim: Claim) -> dict[str, Claim]:
    """For each density under which a claim takes an expectation: the claim that its total mass is 1."""
    found: dict[str, Claim] = {}
    for node in expectations(claim):
        name = node.tag.removeprefix(UNDER)
        density = Call(name, tuple(Name(n) for n in node.names))
        mass = Bind("integral", node.names, (density, *node.args[1:]))
        found.setdefault(name, make_claim(mass, "=", integer(1), claim.context, claim.span))
    return found


def expectations(claim: Claim) -> Iterator[Bind]:
    """The integrals of a claim, definitions written out, that are marked as expectations."""
    for part in claim.parts:
        if stands_alone(part.lhs, claim.context) and stands_alone(part.rhs, claim.context):
            continue
        for side in sides(part.lhs, part.rhs, claim):
            yield from (n for n in walk(side) if isinstance(n, Bind) and n.tag.startswith(UNDER))


def sides(lhs: Node, rhs: Node, claim: Claim) -> tuple[Node, ...]:
    """Both sides with the definitions of their names; as they are written where that is too long."""
    try:
        return unfold(lhs, claim.context), unfold(rhs, claim.context)
    except (TooLarge, ShapeError):
        return lhs, rhs
