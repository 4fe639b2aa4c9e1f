r"""What `\propto` says: the quotient of the two sides is free of the variable.

    f(x) \propto g(x)      <=>      f(x) g(x') = f(x') g(x)  for all x, x'

an equality, judged as any other.  The variable is the argument of the density on the left, x of p(x) and of
p(x | y), at the beginning of a chain; else the names that both sides share and that are written as variables
(x, y, z, ..), all of them together first.  Where it is not said which of several is meant, a refutation needs every
one of them to fail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..symbolic import shapes_of_syntax as look
from ..symbolic.context import Context, Entry
from ..symbolic.shapes import ShapeError
from ..symbolic.source import Span
from ..symbolic.syntax import Group, Infix, Syntax, Word
from ..symbolic.syntax import Sequence as Juxtaposed
from ..symbolic.tree import Name, Node, Number, free_names, mul, substitute
from ..symbolic.unfold import TooLarge
from .claim import Claim, Part, make_claim
from .points import EmptyDomain, Sampler
from .pointwise import Balls, apart

VARIABLE = re.compile(r"(?:[s-z]|bold|vec|theta|phi)")
OTHER = "_other"
DENSITIES = re.compile(r"(?:p|q|f|r|P|Q|pi|rho|L|calN)(?:_\w+)?$")
LOOKS = 6


def density_variables(side: Syntax) -> tuple[str, ...]:
    """The variables of the density that a side is: x of `p(x)`, `p(x | y)` and `p(x; a)`; none for anything else."""
    inner = look.peeled(side)
    if not isinstance(inner, Juxtaposed) or len(inner.items) != 2:
        return ()
    head, arguments = inner.items
    if not isinstance(head, Word) or not isinstance(arguments, Group) or DENSITIES.match(head.text) is None:
        return ()
    found: list[str] = []
    for item in arguments.items:
        bar = isinstance(item, Infix) and item.op in ("given", "semicolon")
        first = item.args[0] if isinstance(item, Infix) and bar else item
        word = look.bare_word(first)
        if word is None:
            return ()
        found.append(word.text)
        if bar:
            break
    return tuple(found)


def shared_variables(lhs: Node, rhs: Node, context: Context) -> tuple[str, ...]:
    """Names of both sides that are written as variables; where there is none, all names of both sides."""
    try:
        left, right = (free_names(s) for s in Part(lhs, rhs, context).unfolded)
    except (TooLarge, ShapeError):
        left, right = free_names(lhs), free_names(rhs)
    both = sorted(n for n in left & right if moves(context.get(n)))
    return tuple(n for n in both if VARIABLE.match(n)) or tuple(both)


def moves(entry: Entry | None) -> bool:
    """Whether a name takes more than one value."""
    return entry is None or (entry.kind in ("scalar", "vector", "law", "component") and entry.domain.value is None)


def proportional_claim(
    lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str], variables: Sequence[str]
) -> Claim | None:
    """The claim that the quotient is free of the variables; None where no variable is known."""
    names = present(lhs, rhs, context, variables)
    if not names:
        return None
    claim = make_claim(lhs, "propto", rhs, context, span, taken)
    left, right = Part(lhs, rhs, context).unfolded
    if any(isinstance(side, Number) and side.value == 0 for side in (left, right)):
        return replace(claim, kind="equality")
    moved = {n: Name(n + OTHER) for n in names}
    inner = context.declare(*(replace(entry_of(context, n), name=n + OTHER) for n in names))
    label = f"proportional in {', '.join(names)}"
    part = Part(mul(left, substitute(right, moved)), mul(substitute(left, moved), right), inner, label)
    return replace(claim, kind="proportional", parts=(part,))


def propositions(
    said: Sequence[str], lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]
) -> dict[str, Any]:
    """The fields of a link: the claim, and what else it may claim where the variable is not said."""
    if said and (claim := proportional_claim(lhs, rhs, context, span, taken, said)) is not None:
        return {"claim": claim}
    names = shared_variables(lhs, rhs, context)
    claim = proportional_claim(lhs, rhs, context, span, taken, names)
    if claim is None:
        return {"undecided": "what varies in the proportionality is not known: both sides share no name"}
    if len(names) == 1:
        return {"claim": claim}
    single = (proportional_claim(lhs, rhs, context, span, taken, (n,)) for n in names)
    why = f"which of {', '.join(names)} varies in the proportionality is not said, and it does not hold in all of them"
    return {"claim": claim, "tentative": why, "alternatives": tuple(c for c in single if c is not None)}


def entry_of(context: Context, name: str) -> Entry:
    return context.get(name) or Entry(name=name, kind="scalar", rule="a variable")


def present(lhs: Node, rhs: Node, context: Context, variables: Sequence[str]) -> list[str]:
    """The variables, or their components, that occur once definitions are written out."""
    inside = frozenset().union(*(free_names(s) for s in Part(lhs, rhs, context).unfolded))
    found: list[str] = []
    for name in variables:
        parts = sorted(n for n in inside if re.fullmatch(re.escape(name) + r"_\d+", n))
        found += [name] if name in inside else parts
    return found


def vanishing(claim: Claim, integrals: object, seed: int) -> str:
    """Why the equality of the products says nothing: a side that was nowhere seen to differ from 0; "" else."""
    sides = Part(claim.lhs, claim.rhs, claim.context).unfolded
    balls = Balls(claim.context, integrals)
    zero = balls.table(128).number(Fraction(0))
    try:
        points = list(Sampler(claim.context, sides, seed).points(LOOKS))
    except EmptyDomain as error:
        return str(error)
    for side in sides:
        seen = (balls.side(side, p, 128) for p in points)
        if not any(found.defined and apart(found.value, zero) for found in seen):
            return "a side of the proportionality was nowhere seen to differ from 0"
    return ""
