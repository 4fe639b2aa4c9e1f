r"""Closed forms of limits, infinite sums and integrals: what SymPy finds, as a tree of ours.

A closed form is a conjecture until numbers confirm it: the checks compare it with values that approach the limit, or
with partial sums, before they use it.  Runs in the worker.
"""

from __future__ import annotations

from typing import Any

import sympy

from .context import Context
from .formal import Formal, NotFormal
from .from_sympy import tree_from
from .tree import Node, to_json

UNFINISHED = (sympy.Limit, sympy.Sum, sympy.Product, sympy.Integral, sympy.AccumBounds, sympy.Piecewise, sympy.nan)
UNBOUNDED = (sympy.oo, -sympy.oo, sympy.zoo)


def closed_form(node: Node, context: Context) -> dict[str, Any]:
    """{"status": "closed", "tree", "text"}, {"status": "infinite"} or {"status": "open", "reason"}."""
    try:
        found = Formal(context).convert(node).doit()
    except (NotFormal, ValueError, NotImplementedError, TypeError, AttributeError, ZeroDivisionError) as error:
        return {"status": "open", "reason": f"{type(error).__name__}: {str(error)[:200]}"}
    found = settled(found)
    if found in UNBOUNDED:
        return {"status": "infinite", "reason": f"the value is {found}"}
    if found.has(*UNFINISHED, *UNBOUNDED):
        return {"status": "open", "reason": "no closed form was found"}
    try:
        return {"status": "closed", "tree": to_json(tree_from(found)), "text": str(found)[:400]}
    except (TypeError, ValueError) as error:
        return {"status": "open", "reason": str(error)[:200]}


def settled(found: Any) -> Any:
    """The branch of a case distinction that holds on the declared domain, where SymPy can tell."""
    return sympy.piecewise_fold(found).simplify() if found.has(sympy.Piecewise) and found.count_ops() < 200 else found
