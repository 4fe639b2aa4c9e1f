r"""What a judged link states: its own equation, what its chain says of the side that it begins with, and derivatives.

a = b = c                          c is also said of a
g'(x) = a                          says g''(x) = a' as well, in whatever notation of derivatives
p_Y(y) = (formula),  then
p_Y(y) = (numbers)                 the second one may be read as (formula) = (numbers)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..symbolic.tree import Bind, Call, Name, Node, free_names
from .claim import Claim, Part
from .verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A claim with its outcome; `chained` when its left side is the right side of the link before it."""

    claim: Claim
    outcome: Outcome
    chained: bool = False


def chain_of(index: int, steps: Sequence[Judged]) -> tuple[int, int]:
    """The first and the last link of the chain of a link."""
    first = last = index
    while first > 0 and steps[first].chained:
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].chained:
        last += 1
    return first, last


def said_by(index: int, steps: Sequence[Judged]) -> list[Part]:
    """The equations that a link states: its own, what its chain says of the side that it begins with, and g'' of g'."""
    claim = steps[index].claim
    found = equations(claim)
    first = chain_of(index, steps)[0]
    chain = steps[first : index + 1]
    if first < index and all(s.claim.relation == "=" and len(s.claim.parts) == 1 for s in chain):
        found.append(replace(claim.parts[0], lhs=steps[first].claim.lhs))
    return [*found, *(slope for equation in found for slope in differentiated(equation))]


def differentiated(equation: Part) -> Iterator[Part]:
    r"""`g'(x) = a` also says `g''(x) = a'`; `\frac{d}{dx} g(x)` and `g'(x)` are one left side in two notations."""
    found = derivative_of(equation.lhs)
    if found is None:
        return
    function, order, name = found
    slope = Bind("diff", (name,), (equation.rhs,), "d")
    for times, rhs in ((order, equation.rhs), (order + 1, slope)):
        for lhs in (
            Call(function + "'" * times, (Name(name),)),
            Bind("diff", (name,) * times, (Call(function, (Name(name),)),), "d"),
        ):
            if lhs != equation.lhs:
                yield replace(equation, lhs=lhs, rhs=rhs)


def derivative_of(node: Node) -> tuple[str, int, str] | None:
    """(function, order, variable) of `g'(x)` or of a derivative of `g(x)` by x; None for anything else."""
    order = 0
    while isinstance(node, Bind) and node.op == "diff" and len(set(node.names)) == 1:
        order, inner, name = order + len(node.names), node.args[0], node.names[0]
        if isinstance(inner, Call) and inner.args != (Name(name),):
            return None
        node = inner
    if not isinstance(node, Call) or len(node.args) != 1 or not isinstance(node.args[0], Name):
        return None
    function = node.name.rstrip("'")
    order += len(node.name) - len(function)
    return (function, order, node.args[0].name) if order else None


def written_before(step: Judged, before: Sequence[Judged]) -> list[Claim]:
    """The claim with its left side as an earlier link that holds has written it out: p_Y(y) by the general formula."""
    claim = step.claim
    if claim.relation != "=" or len(claim.parts) != 1:
        return []
    for earlier in reversed(before):
        other = earlier.claim
        if other.relation == "=" and earlier.outcome.passes and other.lhs == claim.lhs and free_names(other.rhs):
            return [replace(claim, lhs=other.rhs, parts=(replace(claim.parts[0], lhs=other.rhs),))]
    return []


def equations(claim: Claim) -> list[Part]:
    return [part for part in claim.parts if part.relation == "=" and claim.relation != "propto"]
