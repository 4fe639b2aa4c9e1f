r"""`\pm` on both sides of an equality: two statements in one, with the upper signs and with the lower ones.

    (a \pm b)^2 = a^2 \pm 2ab + b^2

holds when both do.  On one side alone (`x = \pm 2`) the sign says "one of the two", which is no equality between
values; it is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..symbolic import shapes_of_syntax as look
from ..symbolic.elaborate import Elaborator
from ..symbolic.source import Span
from ..symbolic.syntax import Infix, Syntax
from .claim import Claim, Part, make_claim

BOTH_SIGNS = r"\pm is read with the upper and with the lower sign throughout: both are judged"


def either_signs(lhs: Syntax, rhs: Syntax) -> bool:
    """Whether both sides hold a sign that is two."""
    return all(has_either_sign(side) for side in (lhs, rhs))


def has_either_sign(side: Syntax) -> bool:
    stack = [side]
    while stack:
        current = stack.pop()
        if isinstance(current, Infix) and current.op in ("pm", "mp"):
            return True
        stack.extend(look.parts(current))
    return False


def two_signed(lhs: Syntax, rhs: Syntax, el: Elaborator, span: Span, taken: Sequence[str]) -> Claim:
    """One claim of two parts.  Raises ReadError where a side is not understood."""
    pairs = []
    for sign in ("upper", "lower"):
        chosen = replace(el, choices={**el.choices, "sign": sign})
        pairs.append((chosen.node(lhs), chosen.node(rhs), f"the {sign} sign"))
        el.context = chosen.context
    claim = make_claim(pairs[0][0], "=", pairs[0][1], el.context, span, taken)
    parts = tuple(Part(left, right, el.context, label) for left, right, label in pairs)
    return replace(claim, parts=parts)
