r"""The prover: a claim as trees and context -> a proof, or an account of why there is none.

    convert both sides (derived heads by derivations) -> integrals to moments -> exact zero test -> closed forms ->
    zero test

It runs in the worker.  The answer is JSON: {"status": "proved" | "open" | "not formal", "rules", "conditions",
"normal_form", "reason"}.
"""

from __future__ import annotations

from typing import Any

import sympy

from .by_parts import reduce_by_parts
from .context import Context
from .formal import Formal, NotFormal, _scalar
from .inverse_names import forward_name, is_inverse
from .moments import MomentTable, TooManyTerms
from .residues import with_remainders
from .sized_identities import size_identities
from .tree import Node, calls
from .unfold import TooLarge, spell_vectors, unfold
from .zero import ZeroProof, prove_equal


def prove(lhs: Node, rhs: Node, context: Context) -> dict[str, Any]:
    """Try to prove lhs = rhs under the declarations of the context."""
    formal = Formal(context)
    formal.bare_inverses = bare_inverses(lhs, rhs)
    try:
        left, right = both_sides(formal, lhs, rhs)
        if formal.fixed_times:
            left, right = on_paths(formal, left, right)
        proof = prove_sides(formal, left, right)
    except (NotFormal, TooLarge, TooManyTerms) as error:
        return {"status": "not formal", "reason": str(error)}
    except (ValueError, NotImplementedError, ZeroDivisionError) as error:
        return {"status": "not formal", "reason": f"{type(error).__name__}: {str(error)[:200]}"}
    if proof is None:
        return {
            "status": "open",
            "reason": "the difference did not reach the normal form 0",
            "normal_form": str(sympy.count_ops(left - right)) + " operations",
        }
    return {
        "status": "proved",
        "rules": [*formal.rules, *proof.rules],
        "conditions": [*formal.conditions, *proof.conditions],
        "normal_form": proof.normal_form,
    }


def bare_inverses(lhs: Node, rhs: Node) -> frozenset[str]:
    """Functions whose inverse occurs and they themselves do not: the inverse is a function like any other then."""
    called = calls(lhs) | calls(rhs)
    forward = {n.rstrip("'") for n in called if not is_inverse(n)}
    return frozenset(forward_name(n) for n in called if is_inverse(n)) - forward


def both_sides(formal: Formal, lhs: Node, rhs: Node) -> tuple[Any, Any]:
    """Both sides as SymPy objects of one shape."""
    context = formal.context
    lhs, rhs = size_identities(written_out(lhs, context), written_out(rhs, context), context)
    left, right = (formal.convert(side) for side in (lhs, rhs))
    left, right = _scalar(left), _scalar(right)
    if isinstance(left, sympy.MatrixBase) != isinstance(right, sympy.MatrixBase):
        raise NotFormal("one side is a matrix, the other a scalar")
    if isinstance(left, sympy.MatrixBase) and left.shape != right.shape:
        raise NotFormal(f"the shapes differ: {left.shape} and {right.shape}")
    return left, right


def on_paths(formal: Formal, left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides with the state at a fixed time tied to the running one by the flow map."""
    from .formal_flow_map import resolved

    return resolved(formal, left), resolved(formal, right)


def written_out(side: Node, context: Context) -> Node:
    """Definitions unfolded, vectors spelled, remainders of huge integers found."""
    return with_remainders(spell_vectors(unfold(side, context), context))


def prove_sides(formal: Formal, left: Any, right: Any) -> ZeroProof | None:
    """The zero test on the two sides, with integrals as moments first, then in closed form."""
    has_integrals = left.has(sympy.Integral) or right.has(sympy.Integral)
    if has_integrals:
        table = MomentTable()
        left, right = table.normal_form(left), table.normal_form(right)
        formal.rules["linearity of the integral"] = None
    left, right = (_done(side) for side in (left, right))
    proof = prove_equal(left, right)
    if proof is None and has_integrals:
        proof = prove_by_parts(formal, table, left, right)
    if proof is None and has_integrals and table.integrals:
        closed = {symbol: closed_form(integral) for symbol, integral in table.integrals.items()}
        if any(value is not None for value in closed.values()):
            known = {symbol: value for symbol, value in closed.items() if value is not None}
            proof = prove_equal(left.xreplace(known), right.xreplace(known))
            if proof is not None:
                formal.rules["integrals in closed form"] = None
    return proof


def prove_by_parts(formal: Formal, table: MomentTable, left: Any, right: Any) -> ZeroProof | None:
    """The zero test modulo the linear relations that integration by parts gives."""
    known = dict(table.integrals)
    reduction = reduce_by_parts(table)
    table.integrals = known
    if reduction is None:
        return None
    proof = prove_equal(left.xreplace(reduction.values), right.xreplace(reduction.values))
    if proof is not None:
        formal.rules["integration by parts and symmetries of the kernel"] = None
        formal.conditions.update(dict.fromkeys(reduction.conditions))
    return proof


def _done(expression: Any) -> Any:
    """Derivatives that SymPy left unevaluated although it knows them are carried out."""
    if isinstance(expression, sympy.MatrixBase):
        return expression.applyfunc(_done)
    return expression.doit(integrals=False, sums=False) if expression.has(sympy.Derivative) else expression


def closed_form(integral: Any) -> Any | None:
    """The value of an integral that SymPy finds and that holds without further cases."""
    if integral.function.has(sympy.core.function.AppliedUndef) or entangled(integral):
        return None
    try:
        value = integral.doit()
    except (ValueError, NotImplementedError, TypeError, AttributeError, RecursionError):
        return None
    if value.has(sympy.Integral, sympy.Piecewise, sympy.nan, sympy.oo, sympy.zoo):
        return None
    return value


def entangled(integral: Any) -> bool:
    """A multiple integral whose kernel mixes its variables beyond a quadratic form: SymPy would search in vain."""
    names = [limit[0] for limit in integral.limits]
    if len(names) < 2:
        return False
    for kernel in integral.function.atoms(sympy.exp):
        exponent = kernel.args[0]
        if not exponent.is_polynomial(*names):
            return True
        mixed = any(sympy.diff(exponent, a, b) != 0 for i, a in enumerate(names) for b in names[:i])
        if mixed and sympy.Poly(exponent, *names).total_degree() > 2:
            return True
    return False
