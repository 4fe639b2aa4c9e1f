"""The jobs of the worker: a plain table from a name to ``module:function``.

A job is a pure function from JSON to JSON. The table holds text, not functions, so that the process which asks for a
job never imports what the job needs: the functions are looked up inside the worker. A new job is one line here.

A job plans its own effort in counted units (rewrites, nodes, bits). The limits of the worker are the outer net.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

JOBS: Mapping[str, str] = MappingProxyType(
    {
        "ping": "twofold.checks.jobs:ping",
        "echo": "twofold.checks.jobs:echo",
        "prove": "twofold.checks.prove_job:prove",
        "prove_order": "twofold.checks.prove_job:prove_order",
        "document": "twofold.checks.batch.document_job:judge",
        "critical points": "twofold.checks.prove_job:critical_points",
        "derive": "twofold.checks.prove_job:derive",
        "closed form": "twofold.checks.prove_job:closed_form",
    }
)


def ping(argument: Any) -> dict[str, str]:
    """Answer with what computes here: the SymPy version and its ground types (the argument is not used)."""
    import sympy
    from sympy.external.gmpy import GROUND_TYPES

    return {"sympy": str(sympy.__version__), "ground_types": str(GROUND_TYPES)}


def echo(argument: Any) -> Any:
    """Answer with the argument."""
    return argument


def warm() -> None:
    """Do each expensive kind of SymPy work once, so that every process forked afterwards finds its imports and caches.

    SymPy imports many of its parts at the first use: the first ``simplify`` of a process costs ten times the second.
    """
    import sympy

    x, y = sympy.Symbol("x", real=True), sympy.Symbol("y", positive=True)
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1)
    sympy.factor(sympy.expand((x + y) ** 3) / (x + y))
    sympy.integrate(sympy.exp(-(x**2) / y), (x, -sympy.oo, sympy.oo))
    sympy.limit(sympy.tanh(x) / x, x, 0)
    sympy.solve(x**2 - y, x)
    sympy.Matrix([[y, 1], [1, y]]).inv().det()
    sympy.diff(sympy.log(sympy.cosh(x)), x).evalf(20, subs={x: sympy.Integer(1)})
