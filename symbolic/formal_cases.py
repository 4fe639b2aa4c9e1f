r"""Case distinctions in symbols: `cases`, indicators -> SymPy's Piecewise with conditions between real scalars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from .tree import Apply, Node

if TYPE_CHECKING:
    from .formal import Formal

RELATIONS = {
    "lt": sympy.StrictLessThan,
    "le": sympy.LessThan,
    "gt": sympy.StrictGreaterThan,
    "ge": sympy.GreaterThan,
    "eq": sympy.Equality,
    "ne": sympy.Unequality,
}
JOINED = {"and": sympy.And, "or": sympy.Or, "not": sympy.Not}


def case_distinction(formal: Formal, node: Apply) -> Any:
    """The first value whose condition holds; the last one, without a condition, elsewhere.  Raises NotFormal."""
    pairs = [
        (formal.scalar(value), condition(formal, test))
        for test, value in zip(node.args[0::2], node.args[1::2], strict=False)
    ]
    if len(node.args) % 2:
        pairs.append((formal.scalar(node.args[-1]), sympy.true))
    return sympy.Piecewise(*pairs)


def condition(formal: Formal, node: Node) -> Any:
    """A condition between scalars; conditions joined by and, or, not."""
    from .formal import NotFormal

    if isinstance(node, Apply) and node.op in JOINED:
        return JOINED[node.op](*(condition(formal, part) for part in node.args))
    if not isinstance(node, Apply) or node.op not in RELATIONS:
        raise NotFormal("expected a relation as the condition of a case")
    left, right = (formal.scalar(part) for part in node.args)
    if left.is_real is not True or right.is_real is not True:
        raise NotFormal("expected real sides of the condition of a case")
    return RELATIONS[node.op](left, right)
