r"""Proof by induction on an integer n for identities with $\sum_{k=a}^{n+c} f(k)$ or $\prod_{k=a}^{n+c} f(k)$.

With S(n+1) = S(n) + f(n+1+c) (for products S(n+1) = S(n) f(n+1+c)) it is enough that the claim E(n) = 0 holds for the
smallest n and that E(n+1) = 0 follows from E(n) = 0: either E(n+1) - E(n) = 0 identically (telescoping), or E(n) = 0
is solved for one S(n), in which it is linear, and put into E(n+1).
"""

from __future__ import annotations

import sympy
from sympy import Dummy, Expr, Symbol

from .zero import ZeroProof, merge, prove_by_normal_form

Accumulated = sympy.Sum | sympy.Product


def prove_by_induction(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Prove that the expression is zero for all integers n from the smallest admissible one on, or return None."""
    totals = [s for s in expr.atoms(sympy.Sum, sympy.Product) if len(s.args) == 2]
    for n in sorted({s for t in totals for s in t.args[1][2].free_symbols}, key=sympy.default_sort_key):
        mine = [t for t in totals if n in t.free_symbols]
        if n.is_integer and mine and all(_fits(t, n) for t in mine) and not _hidden(expr, mine, n):
            proof = _induct(expr, mine, n, positive)
            if proof is not None:
                return proof
    return None


def _fits(total: Expr, n: Symbol) -> bool:
    """Whether n stands only in the upper bound, as n + c, and the lower bound is a number."""
    body, (index, lower, upper) = total.args
    return (
        lower.is_Integer
        and (upper - n).is_Integer
        and n not in (body.free_symbols - {index})
        and not body.has(sympy.Sum, sympy.Product)
    )


def _hidden(expr: Expr, mine: list[Expr], n: Symbol) -> bool:
    """Whether a sum over n stands inside another bound construct."""
    rest = expr.xreplace({t: Dummy() for t in mine})
    return bool(rest.has(sympy.Sum, sympy.Product, sympy.Integral))


def _start(mine: list[Expr], n: Symbol) -> int:
    """The smallest n for which every sum is at least the empty one."""
    start = max(int(t.args[1][1] - (t.args[1][2] - n)) - 1 for t in mine)
    if n.is_positive:
        start = max(start, 1)
    elif n.is_nonnegative:
        start = max(start, 0)
    return start


def _induct(expr: Expr, mine: list[Expr], n: Symbol, positive: tuple[Expr, ...]) -> ZeroProof | None:
    start = _start(mine, n)
    base = prove_by_normal_form(expr.subs(n, start), tuple(p.subs(n, start) for p in positive))
    if base is None:
        return None
    # In the step n >= start: with n = start + m, m >= 0, positivity of n stays visible.
    names = {t: Dummy("S", real=True) for t in mine}
    now = expr.xreplace(names)
    following = now.xreplace({n: n + 1}).xreplace({names[t]: _next(t, names[t], n) for t in mine})
    step = prove_by_normal_form(following - now, positive) or _solved(now, following, list(names.values()), positive)
    if step is None:
        return None
    condition = () if _covers(n, start) else (rf"{sympy.latex(n)} \geq {start}",)
    return merge([base, step], f"induction on {n.name}: base case and step", conditions=condition)


def _covers(n: Symbol, start: int) -> bool:
    return bool((n.is_positive and start <= 1) or (n.is_nonnegative and start <= 0))


def _next(total: Expr, name: Dummy, n: Symbol) -> Expr:
    body, (index, _, upper) = total.args
    added = body.subs(index, upper + 1)
    return name + added if isinstance(total, sympy.Sum) else name * added


def _solved(now: Expr, following: Expr, names: list[Dummy], positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Use E(n) = 0 in the form S(n) = -E(n)|_{S=0} / (dE/dS), where dE/dS does not vanish."""
    for name in names:
        slope = now.diff(name)
        if name in slope.free_symbols or not slope.is_nonzero:
            continue
        value = -now.subs(name, 0) / slope
        proof = prove_by_normal_form(following.xreplace({name: value}), positive)
        if proof is not None:
            return proof
    return None
