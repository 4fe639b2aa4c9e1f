r"""Derivative zero, and one value on every component of the domain: identities of inverse functions of a real variable.

If F is differentiable on an interval, F' = 0 there and F(s) = 0 at one point s of it, then F = 0 on the interval. The
domain of F is cut at all points where a part of F may fail to be differentiable (zeros of denominators, of arguments
of logarithms, roots and moduli, places where $|u|=1$ under arcsin u), found as real roots of polynomials; on each piece
F is real analytic, its derivative is proved zero by the normal form, and its value at a rational point is proved zero
in exact arithmetic. Example: arctan x + arctan(1/x) is pi/2 for x > 0 and -pi/2 for x < 0, so with x real of unknown
sign the proof fails, as it must.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr, Rational, Symbol
from sympy import Poly as Polynomial

from .express import Reader
from .puiseux import Poly, TooLargeError, UndefinedError
from .zero import ZeroProof, merge, new_reader, prove_by_normal_form

SMOOTH = (sympy.Add, sympy.Mul, sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech,
          sympy.atan, sympy.asinh, sympy.erf, sympy.erfc)  # fmt: skip
INVERSE = (sympy.atan, sympy.asin, sympy.acos, sympy.acot, sympy.asec, sympy.acsc, sympy.asinh, sympy.acosh,
           sympy.atanh, sympy.acoth, sympy.log, sympy.erf, sympy.erfc, sympy.Abs, sympy.sign)  # fmt: skip
MAX_CRITICAL_DEGREE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Critical:
    """An expression that must not vanish on the domain; ``positive``: that must be positive."""

    expr: Expr
    positive: bool


def prove_by_derivative(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Prove that the expression is zero, by its derivative in one of its real symbols; None when open."""
    if not expr.has(*INVERSE) or expr.has(sympy.I):
        return None
    for x in sorted(expr.free_symbols, key=sympy.default_sort_key):
        if x.is_real and not x.is_integer:
            proof = _along(expr, x, positive)
            if proof is not None:
                return proof
    return None


def _along(expr: Expr, x: Symbol, positive: tuple[Expr, ...]) -> ZeroProof | None:
    criticals = _criticals(expr, x)
    if criticals is None:
        return None
    criticals += [Critical(expr=p, positive=True) for p in positive if x in p.free_symbols]
    try:
        polynomials = [(_sign_changes(c, x, positive), c) for c in criticals]
    except (TooLargeError, UndefinedError, NotImplementedError):
        return None
    if any(p is None for p, _ in polynomials):
        return None
    flat = prove_by_normal_form(expr.diff(x), positive)
    if flat is None:
        return None
    values = _values(expr, x, [(p, c) for p, c in polynomials if p is not None], positive)
    if values is None:
        return None
    proofs, conditions = values
    quiet = ZeroProof(rules=flat.rules, normal_form="0", conditions=())
    rule = f"the derivative in {x.name} is 0, and so is one value on every component of the domain"
    return merge([quiet, *proofs], rule, conditions=conditions)


def _criticals(expr: Expr, x: Symbol) -> list[Critical] | None:
    """Return what must not vanish for the expression to be analytic in x, or None for an unknown function."""
    found: dict[Critical, None] = {}
    for node in sympy.preorder_traversal(expr):
        if x not in node.free_symbols or node == x or isinstance(node, SMOOTH):
            continue
        rule = _rule(node)
        if rule is None:
            return None
        found.update(dict.fromkeys(rule))
    return list(found)


NONZERO: dict[type, Callable[[Expr], Expr]] = {
    **dict.fromkeys((sympy.Abs, sympy.sign, sympy.acot, sympy.acsch, sympy.coth, sympy.csch), lambda u: u),
    **dict.fromkeys((sympy.tan, sympy.sec), lambda u: sympy.cos(u)),
    **dict.fromkeys((sympy.cot, sympy.csc), lambda u: sympy.sin(u)),
}
POSITIVE: dict[type, Callable[[Expr], Expr]] = {
    sympy.log: lambda u: u,
    sympy.acosh: lambda u: u - 1,
    **dict.fromkeys((sympy.asin, sympy.acos, sympy.atanh), lambda u: 1 - u**2),
    **dict.fromkeys((sympy.asec, sympy.acsc, sympy.acoth), lambda u: u**2 - 1),
}


def _rule(node: Expr) -> list[Critical] | None:
    if isinstance(node, sympy.Pow):
        if node.base is sympy.E or (node.exp.is_Integer and node.exp > 0):
            return []
        return [Critical(expr=node.base, positive=not node.exp.is_Integer)]
    for table, positive in ((NONZERO, False), (POSITIVE, True)):
        if node.func in table:
            return [Critical(expr=table[node.func](node.args[0]), positive=positive)]
    return None


def _sign_changes(critical: Critical, x: Symbol, positive: tuple[Expr, ...]) -> Polynomial | None:
    """Return a polynomial over Q with the real zeros of the critical expression; None when they are not known."""
    reader = new_reader(positive)
    value = reader.field.canonical(reader.read(critical.expr))
    if reader.field.is_positive(value):
        return Polynomial(1, x, domain="QQ")
    if reader.field.is_positive(-value):
        return None if critical.positive else Polynomial(1, x, domain="QQ")
    return _univariate(reader, value.num, x)


def _univariate(reader: Reader, num: Poly, x: Symbol) -> Polynomial | None:
    name = reader.read(x)
    (key,) = name.generators()
    if num.generators() != {key} or any(
        e.denominator != 1 or not 0 <= e <= MAX_CRITICAL_DEGREE for m in num.terms for _, e in m
    ):
        return None
    terms = {(int(m[0][1]) if m else 0,): Rational(c.numerator, c.denominator) for m, c in num.terms.items()}
    polynomial = Polynomial.from_dict(terms, x, domain="QQ")
    return polynomial.compose(Polynomial(-x, x, domain="QQ")) if x.is_negative else polynomial


def _values(
    expr: Expr, x: Symbol, polynomials: list[tuple[Polynomial, Critical]], positive: tuple[Expr, ...]
) -> tuple[list[ZeroProof], list[str]] | None:
    """Prove the value at one point of every component inside the domain, and at the rational cuts."""
    product = Polynomial(x, x, domain="QQ") if x.is_nonnegative or x.is_nonpositive else Polynomial(1, x, domain="QQ")
    for polynomial, _ in polynomials:
        product = product.lcm(polynomial)
    cuts = [ends for ends, _ in product.intervals(eps=Rational(1, 1000))] if product.degree() > 0 else []
    cuts.sort()
    proofs: list[ZeroProof] = []
    for point in _samples(cuts, product):
        if not _admissible(point, x) or _excluded(point, x, positive):
            continue
        if not _inside(point, polynomials):
            return None  # some part has no real value on this component: nothing is claimed to hold there
        proof = _value(expr, x, point, positive)
        if proof is None:
            return None
        proofs.append(proof)
    if not proofs:
        return None
    conditions = []
    for low, high in cuts:
        if low == high and _admissible(low, x) and not _excluded(low, x, positive):
            at = expr.subs(x, low)
            if not at.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.AccumBounds) and at.is_real is not False:
                proof = _value(expr, x, low, positive)
                if proof is None:
                    return None
    for polynomial, critical in polynomials:
        if polynomial.degree() > 0 and critical.expr not in positive:
            conditions.append(f"{sympy.latex(critical.expr)} " + ("> 0" if critical.positive else r"\neq 0"))
    return proofs, conditions


def _samples(cuts: list[tuple[Rational, Rational]], product: Polynomial) -> list[Rational]:
    """One simple rational point in every gap between isolating intervals, and beyond the outermost ones."""
    ends = [(None, cuts[0][0] if cuts else None)]
    for i, (_, high) in enumerate(cuts):
        ends.append((high, cuts[i + 1][0] if i + 1 < len(cuts) else None))
    return [_simple_between(low, high) for low, high in ends]


def _simple_between(low: Rational | None, high: Rational | None) -> Rational:
    for candidate in (0, 1, -1, Rational(1, 2), Rational(-1, 2), 2, -2, 3, -3):
        if (low is None or low < candidate) and (high is None or candidate < high):
            return Rational(candidate)
    if low is not None and high is not None:
        return (low + high) / 2
    return low + 1 if low is not None else (high or Rational(0)) - 1


def _admissible(point: Rational, x: Symbol) -> bool:
    return not ((x.is_positive and point <= 0) or (x.is_negative and point >= 0)
                or (x.is_nonnegative and point < 0) or (x.is_nonpositive and point > 0))  # fmt: skip


def _excluded(point: Rational, x: Symbol, positive: tuple[Expr, ...]) -> bool:
    """Whether an assumption fails at the point (on its whole component: assumptions are cuts, too)."""
    return any(bool(p.subs(x, point).is_nonpositive) for p in positive)


def _inside(point: Rational, polynomials: list[tuple[Polynomial, Critical]]) -> bool:
    for polynomial, critical in polynomials:
        if critical.positive and polynomial.degree() > 0:
            value = critical.expr.subs(polynomial.gen, point)
            if not value.is_positive:
                return False
    return True


def _value(expr: Expr, x: Symbol, point: Rational, positive: tuple[Expr, ...]) -> ZeroProof | None:
    given = tuple(p.subs(x, point) for p in positive)
    return prove_by_normal_form(expr.subs(x, point), given)
