r"""Proof by cases: the branches of a piecewise expression, and the sign of a real symbol.

$|x|$, $\sqrt{x^2}$ and their kind are rational once the sign of x is fixed: an identity that holds for x > 0, for
x < 0 and at x = 0 (or has no value there) holds for all real x. A branch of a piecewise expression is proved either
without its condition or, where the condition fixes a sign or a value of one symbol, under it.
"""

from __future__ import annotations

import sympy
from sympy import Basic, Dummy, Expr, Symbol

from .by_derivative import prove_by_derivative
from .zero import ZeroProof, merge, prove_by_normal_form, prove_zero

MAX_SYMBOLS = 3


def prove_by_cases(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Prove that the expression is zero in every case, or return None."""
    pieces = sorted(expr.atoms(sympy.Piecewise), key=sympy.default_sort_key)
    if pieces:
        return _by_branches(expr, pieces[-1], positive)
    return _by_real_parts(expr, positive) or _by_signs(expr, positive, MAX_SYMBOLS)


def _by_real_parts(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Write complex symbols as x + iy where a modulus, a conjugate or a part is taken."""
    symbols = [s for s in expr.free_symbols if s.is_real is None and s.is_commutative]
    if not symbols or not expr.has(sympy.re, sympy.im, sympy.conjugate, sympy.Abs):
        return None
    parts = {s: Dummy(f"{s.name}_1", real=True) + sympy.I * Dummy(f"{s.name}_2", real=True) for s in symbols}
    proof = prove_by_normal_form(expr.subs(parts), tuple(p.subs(parts) for p in positive))
    if proof is None:
        return None
    quiet = ZeroProof(rules=proof.rules, normal_form="0", conditions=())
    return merge([quiet], "z = x + i y", conditions=() if not proof.conditions else ("both sides are defined",))


def _by_branches(expr: Expr, piece: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    if len(piece.args) > 6 or piece.args[-1][1] is not sympy.true:
        return None
    proofs = []
    for value, condition in piece.args:
        branch = expr.xreplace({piece: value})
        if condition is sympy.true and len(piece.args) == 2:
            condition = sympy.Not(piece.args[0][1])
        image = _under(condition)
        given = positive
        if image is not None:
            branch = branch.subs(image[0], image[1])
            given = tuple(p.subs(image[0], image[1]) for p in positive)
        proof = prove_zero(branch, positive=given)
        if proof is None:
            return None
        proofs.append(proof)
    return merge(proofs, "every branch of the piecewise expression is zero")


def _under(condition: Basic) -> tuple[Symbol, Expr] | None:
    """Return (symbol, what it is under the condition) for x > 0, x >= 0, x < 0, x <= 0 and x = c."""
    if not isinstance(condition, sympy.core.relational.Relational) or not isinstance(condition.lhs, Symbol):
        return None
    symbol, bound = condition.lhs, condition.rhs
    if isinstance(condition, sympy.Eq) and symbol not in bound.free_symbols:
        return symbol, bound
    if bound != 0:
        return None
    images = {
        sympy.StrictGreaterThan: Dummy(symbol.name, positive=True),
        sympy.GreaterThan: Dummy(symbol.name, nonnegative=True),
        sympy.StrictLessThan: -Dummy(symbol.name, positive=True),
        sympy.LessThan: -Dummy(symbol.name, nonnegative=True),
    }
    image = images.get(type(condition))
    return None if image is None else (symbol, image)


def _by_signs(expr: Expr, positive: tuple[Expr, ...], budget: int) -> ZeroProof | None:
    candidates = _undecided_symbols(expr)
    if not candidates or budget == 0:
        return None
    symbol = candidates[0]
    proofs = []
    condition: tuple[str, ...] = ()
    for image in (Dummy(symbol.name, positive=True), -Dummy(symbol.name, positive=True)):
        case = expr.subs(symbol, image)
        given = tuple(p.subs(symbol, image) for p in positive)
        if any(p.is_nonpositive for p in given):
            continue  # excluded by an assumption
        proof = prove_by_normal_form(case, given) or prove_by_derivative(case, given)
        proof = proof or _by_signs(case, given, budget - 1)
        if proof is None:
            return None
        proofs.append(ZeroProof(rules=proof.rules, normal_form="0", conditions=()))
    at_zero = expr.subs(symbol, 0)
    if at_zero.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.AccumBounds):
        condition = (rf"{sympy.latex(symbol)} \neq 0",)
    elif any(p.subs(symbol, 0).is_nonpositive for p in positive):
        condition = ()
    else:
        given = tuple(p.subs(symbol, 0) for p in positive)
        proof = prove_by_normal_form(at_zero, given) or _by_signs(at_zero, given, budget - 1)
        if proof is None:
            return None
        proofs.append(proof)
        condition = ()
    return merge(proofs, "by the sign of a real symbol: positive, negative, zero", conditions=condition)


def _undecided_symbols(expr: Expr) -> list[Symbol]:
    """Real symbols of unknown sign under a modulus, a root, a logarithm, an extremum."""
    found: dict[Symbol, None] = {}
    for node in sympy.preorder_traversal(expr):
        rooted = isinstance(node, sympy.Pow) and not node.exp.is_integer
        if rooted or isinstance(node, sympy.Abs | sympy.sign | sympy.log | sympy.Max | sympy.Min):
            for symbol in sorted(node.free_symbols, key=sympy.default_sort_key):
                if symbol.is_real and symbol.is_nonnegative is None and symbol.is_nonpositive is None:
                    found[symbol] = None
    return list(found)
