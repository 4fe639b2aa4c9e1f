r"""Polynomials that are nonnegative: by coefficients, by real roots, as quadratic forms.

Functions inside become symbols with the ranges of the functions (e^x > 0, |sin x| <= 1), hyperbolic functions become
exponentials, roots of positive symbols powers; what is shown of all values of the new symbols holds for the functions.

    one symbol           no root of odd order inside the interval, and a positive value (Sturm)
    bounded symbols      x = (a + b u)/(1 + u), x = a + u, x = b - u with u > 0: all coefficients nonnegative
    degree 2 in some     the symmetric matrix of the form in (1, x, y, ..) by its principal minors
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr, Poly, Symbol

if TYPE_CHECKING:
    from .order_signs import Order, Rules

LARGEST_FORM = 5
MOST_TERMS = 200
MOST_DEGREE = 24


def by_polynomial(order: Order, expr: Expr, strict: bool) -> Rules | None:
    """The sign of the numerator over the sign of the denominator."""
    plain = as_rational(order, expr)
    if plain is None:
        return None
    top, bottom = sympy.fraction(sympy.cancel(sympy.together(plain)))
    rules: Rules = []
    if not bottom.is_number or bottom < 0:
        found = order.nonnegative(bottom, True)
        if found is None and order.nonnegative(-bottom, True) is None:
            return None
        rules += found or []
        top = top if found is not None else -top
    if top.is_number or (plain != expr and bottom != 1):
        found = order.nonnegative(top, strict)
        return None if found is None else [*rules, *found]
    try:
        poly = Poly(sympy.expand(top), *sorted(top.free_symbols, key=sympy.default_sort_key))
    except sympy.PolynomialError:
        return None
    if not poly.gens or len(poly.terms()) > MOST_TERMS or poly.total_degree() > MOST_DEGREE:
        return None
    found = (
        _by_coefficients(order, poly, strict)
        or _by_roots(order, poly, strict)
        or _by_bounds(order, poly, strict)
        or _by_form(order, poly, strict)
    )
    return None if found is None else [*rules, *found]


# -- functions as symbols ----------------------------------------------------------------------------------------------
def as_rational(order: Order, expr: Expr) -> Expr | None:
    """The expression as a rational function of symbols; functions become symbols with the range of the function."""
    found = expr.replace(sympy.tanh, lambda u: (sympy.exp(2 * u) - 1) / (sympy.exp(2 * u) + 1))
    found = found.replace(sympy.sech, lambda u: 2 * sympy.exp(u) / (sympy.exp(2 * u) + 1))
    found = found.replace(sympy.cosh, lambda u: (sympy.exp(u) + sympy.exp(-u)) / 2)
    found = found.replace(sympy.sinh, lambda u: (sympy.exp(u) - sympy.exp(-u)) / 2)
    found = _without_roots(order, found)
    found = _without_exponentials(order, sympy.expand_power_exp(found))
    for part in sorted(found.atoms(sympy.Function, sympy.Integral), key=sympy.count_ops, reverse=True):
        if not found.has(part):
            continue
        bounds = order.range(part)
        mark = sympy.Dummy("f", real=True, **({"positive": True} if part.is_positive else {}))
        order.declare(
            mark,
            None if bounds.low == -sympy.oo else (bounds.low, not bounds.low_open),
            None if bounds.high == sympy.oo else (bounds.high, not bounds.high_open),
        )
        found = found.xreplace({part: mark})
    symbols = found.free_symbols
    return found if found.is_rational_function(*symbols) and all(s.is_real for s in symbols) else None


def _without_roots(order: Order, expr: Expr) -> Expr:
    """a = s^q for a positive symbol under a root of order q."""
    orders: dict[Symbol, int] = {}
    for power in expr.atoms(sympy.Pow):
        if power.base.is_Symbol and power.base.is_positive and power.exp.is_Rational and power.exp.q > 1:
            orders[power.base] = int(sympy.ilcm(orders.get(power.base, 1), power.exp.q))
    marks = {}
    for symbol, root in orders.items():
        mark = sympy.Dummy(f"root_{symbol}", positive=True)
        ends = order.ends(symbol)
        order.declare(mark, *((e[0] ** sympy.Rational(1, root), e[1]) if e else None for e in ends))
        marks[symbol] = mark**root
    return sympy.powdenest(expr.subs(marks), force=False) if marks else expr


def _without_exponentials(order: Order, expr: Expr) -> Expr:
    """e^(k u) as the k-th power of one positive symbol for e^u."""
    exponents = sorted((e.args[0] for e in expr.atoms(sympy.exp)), key=sympy.default_sort_key)
    bases: list[tuple[Expr, list[Any]]] = []
    for exponent in exponents:
        for base, ratios in bases:
            ratio = sympy.cancel(exponent / base)
            if ratio.is_Rational:
                ratios.append((exponent, ratio))
                break
        else:
            bases.append((exponent, [(exponent, sympy.Integer(1))]))
    values = {}
    for base, ratios in bases:
        if not base.is_real:
            continue
        scale = sympy.ilcm(1, *(r.q for _, r in ratios))
        mark = sympy.Dummy("e", positive=True)
        inside = order.range(base)
        one = sympy.Integer(1)
        low = (one, not inside.low_open) if inside.low == 0 else None
        high = (one, not inside.high_open) if inside.high == 0 else None
        order.declare(mark, low, high)
        values.update({sympy.exp(exponent): mark ** (ratio * scale) for exponent, ratio in ratios})
    return expr.xreplace(values)


# -- tests -------------------------------------------------------------------------------------------------------------
def _by_coefficients(order: Order, poly: Poly, strict: bool) -> Rules | None:
    """Every term is nonnegative; where strict, one is positive."""
    positive = False
    for powers, coefficient in poly.terms():
        if not coefficient.is_nonnegative:
            return None
        certain = bool(coefficient.is_positive)
        for symbol, power in zip(poly.gens, powers, strict=True):
            low = order.ends(symbol)[0]
            above = low is not None and low[0] >= 0
            if power % 2 and not above:
                return None
            certain = certain and (power == 0 or (low is not None and (low[0] > 0 or (low[0] == 0 and not low[1]))))
        positive = positive or certain
    return ["all coefficients are nonnegative"] if positive or not strict else None


def _by_roots(order: Order, poly: Poly, strict: bool) -> Rules | None:
    """One symbol: the sign at a point of the interval, and no change of sign inside it."""
    if len(poly.gens) != 1 or (not poly.domain.is_QQ and not poly.domain.is_ZZ):
        return None
    low, high = order.ends(poly.gens[0])
    rational = [e is None or e[0].is_Rational for e in (low, high)]
    if not all(rational):
        return None
    inner = _inside(low, high)
    for root in (0, 1, 2, 3, 5, 7):  # a point of the interval that is no root
        point = inner + sympy.Rational(root, 11) * (1 if high is None else (high[0] - inner))
        value = poly.eval(point)
        if value != 0:
            break
    if not value > 0:
        return None
    for factor, multiplicity in poly.sqf_list()[1]:
        if (multiplicity % 2 == 0 and not strict) or factor.degree() == 0:
            continue
        ends = [None if e is None else e[0] for e in (low, high)]
        count = factor.count_roots(*ends)
        for end in (low, high):  # a root at an end is no change of sign; at an open end it is no value at all
            if end is not None and factor.eval(end[0]) == 0 and not (strict and end[1]):
                count -= 1
        if count:
            return None
    return ["no real root in the interval (Sturm)"]


def _inside(low: Any, high: Any) -> Any:
    if low is not None and high is not None:
        return (low[0] + high[0]) / 2
    return low[0] + 1 if low is not None else high[0] - 1 if high is not None else sympy.Integer(0)


def _by_bounds(order: Order, poly: Poly, strict: bool) -> Rules | None:
    """x = (a + b u)/(1 + u) for a < x < b, x = a + u, x = b - u, with u > 0; closed ends follow by continuity."""
    expr, moved = poly.as_expr(), False
    closed = False
    for symbol in poly.gens:
        low, high = order.ends(symbol)
        u = sympy.Dummy("u", positive=True)
        if low is not None and high is not None:
            expr, moved = expr.subs(symbol, (low[0] + high[0] * u) / (1 + u)), True
        elif low is not None and low[0] != 0:
            expr, moved = expr.subs(symbol, low[0] + u), True
        elif high is not None:
            expr, moved = expr.subs(symbol, high[0] - u), True
        closed = closed or any(e is not None and e[1] for e in (low, high))
    if not moved or (strict and closed):
        return None
    top, bottom = sympy.fraction(sympy.together(expr))
    sign = 1 if bottom.is_positive else -1 if bottom.is_negative else 0
    if not sign:
        return None
    if top.is_number:
        return order.nonnegative(sign * top, strict)
    new = Poly(sympy.expand(sign * top), *sorted(top.free_symbols, key=sympy.default_sort_key))
    found = _by_coefficients(order, new, strict) or _by_form(order, new, strict)
    return None if found is None else [*found, "the interval mapped to the positive half line"]


def _by_form(order: Order, poly: Poly, strict: bool) -> Rules | None:
    """Quadratic in some symbols: the matrix of the form in (1, x, y, ..) is positive semidefinite."""
    for chosen in quadratic_sets(poly):
        parts = (sympy.Integer(1), *chosen)
        inner = Poly(poly.as_expr(), *chosen)
        matrix = sympy.zeros(len(parts))
        for powers, coefficient in inner.terms():
            places = [i + 1 for i, k in enumerate(powers) for _ in range(k)]
            i, j = (*places, 0, 0)[:2]
            matrix[i, j] += coefficient / 2
            matrix[j, i] += coefficient / 2
        kept = [i for i in range(len(parts)) if any(matrix[i, j] != 0 for j in range(len(parts)))]
        found = _semidefinite(order, matrix.extract(kept, kept), strict and kept == list(range(len(parts))))
        if found is not None and (not strict or kept == list(range(len(parts)))):
            return [*found, f"a positive quadratic form in {', '.join(str(s).lstrip('_') for s in chosen)}"]
    return None


def quadratic_sets(poly: Poly) -> list[tuple[Symbol, ...]]:
    """Largest sets of symbols in which the polynomial has degree at most 2, one grown from each symbol."""
    found: dict[frozenset[Symbol], tuple[Symbol, ...]] = {}
    for start in poly.gens:
        chosen: tuple[Symbol, ...] = ()
        for symbol in (start, *(g for g in poly.gens if g != start)):
            wider = (*chosen, symbol)
            degrees = [sum(p for g, p in zip(poly.gens, powers, strict=True) if g in wider) for powers in poly.monoms()]
            if max(degrees) <= 2 and len(wider) <= LARGEST_FORM:
                chosen = wider
        if chosen:
            found.setdefault(frozenset(chosen), chosen)
    return list(found.values())


def _semidefinite(order: Order, matrix: Any, definite: bool) -> Rules | None:
    """Principal minors nonnegative; where definite, leading ones positive."""
    rules: Rules = []
    size = matrix.rows
    chosen = (
        [tuple(range(k)) for k in range(1, size + 1)]
        if definite
        else [c for k in range(1, size + 1) for c in combinations(range(size), k)]
    )
    for places in chosen:
        minor = sympy.expand(matrix.extract(list(places), list(places)).det())
        found = [] if minor == 0 and not definite else order.nonnegative(minor, definite)
        if found is None:
            return None
        rules += found
    return rules
