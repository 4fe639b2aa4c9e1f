r"""Inequalities of one variable by calculus, the other symbols held fixed.

    convexity    g'' >= 0 on an interval, g'(c) = 0 and g(c) >= 0 at a point c of it       ->  g >= 0
    monotony     g(c) >= 0, g' >= 0 to the right of c and g' <= 0 to the left of it        ->  g >= 0

g must be smooth on the whole interval: denominators, arguments of logarithms and bases of roots are shown to be
positive there.  Points c: where g' = 0 is solved for, the ends, and a few simple numbers.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr, Symbol

from .zero import prove_zero

if TYPE_CHECKING:
    from .order_signs import Order, Rules

DEEPEST = 3
LARGEST = 120
SIMPLE = (0, 1)


def by_calculus(order: Order, expr: Expr, strict: bool) -> Rules | None:
    """One real symbol after the other."""
    if expr.is_polynomial(*expr.free_symbols):
        return None  # what polynomials do not tell of themselves, their derivatives seldom do
    if order.depth > DEEPEST or sympy.count_ops(expr) > LARGEST or expr.has(sympy.Integral):
        return None
    for symbol in sorted(expr.free_symbols, key=sympy.default_sort_key):
        if not symbol.is_real or symbol.is_integer or not expr.diff(symbol).has(symbol):
            continue
        if not smooth(order, expr, symbol):
            continue
        found = _convex(order, expr, symbol, strict) or _monotone(order, expr, symbol, strict)
        if found is not None:
            return found
    return None


def smooth(order: Order, expr: Expr, symbol: Symbol) -> bool:
    """Whether expr is differentiable in the symbol on its whole interval, ends that belong to it included."""
    for part in sympy.preorder_traversal(expr):
        if not part.has(symbol) or part == symbol:
            continue
        if isinstance(part, sympy.Add | sympy.Mul | sympy.exp | sympy.sin | sympy.cos | sympy.tanh | sympy.cosh):
            continue
        if isinstance(part, sympy.sinh | sympy.sech | sympy.atan | sympy.erf | sympy.erfc):
            continue
        if isinstance(part, sympy.log):
            if order.nonnegative(part.args[0], True) is None:
                return False
        elif isinstance(part, sympy.Pow):
            if part.exp.is_Integer and part.exp > 0:
                continue
            if part.base.is_positive:
                continue
            if order.nonnegative(part.base, True) is None and not (
                part.exp.is_Integer and order.nonzero(part.base) is not None
            ):
                return False
        else:
            return False
    return True


def _convex(order: Order, expr: Expr, symbol: Symbol, strict: bool) -> Rules | None:
    slope = expr.diff(symbol)
    bend = order.nonnegative(sympy.simplify(slope.diff(symbol)))
    if bend is None:
        return None
    for point in candidates(order, slope, symbol, ends=False):
        if not inside(order, point, symbol) or prove_zero(slope.subs(symbol, point)) is None:
            continue
        value = touching(order, expr.subs(symbol, point), strict)
        if value is not None:
            return [*bend, *value, f"convex in {symbol}, with a horizontal tangent at {symbol} = {point}"]
    return None


def touching(order: Order, value: Expr, strict: bool) -> Rules | None:
    """The sign of the value at the point; an exact 0 is told by the zero test."""
    if not value.is_finite and value.is_number:
        return None
    if not strict and prove_zero(value) is not None:
        return []
    return order.nonnegative(sympy.simplify(value), strict)


def _monotone(order: Order, expr: Expr, symbol: Symbol, strict: bool) -> Rules | None:
    slope = expr.diff(symbol)
    for point in candidates(order, slope, symbol, ends=True):
        at_end = point_is_end(order, point, symbol)
        if not at_end and not inside(order, point, symbol):
            continue
        value = touching(order, expr.subs(symbol, point), strict and at_end != "open")
        if value is None:
            continue
        sides = [_slope(order, slope, symbol, point, sign, strict and at_end == "open") for sign in (1, -1)]
        if all(s is not None for s in sides):
            rules = [rule for side in sides if side for rule in side]
            return [*value, *rules, f"least at {symbol} = {point}, by the sign of the derivative in {symbol}"]
    return None


def _slope(order: Order, slope: Expr, symbol: Symbol, point: Any, sign: int, strict: bool) -> Rules | None:
    """sign * g' >= 0 on the side of the point that lies in the interval; [] where there is none."""
    low, high = order.ends(symbol)
    end = high if sign > 0 else low
    if end is not None and sympy.simplify(end[0] - point) == 0:
        return []
    u = sympy.Dummy("u", positive=True)
    width = None if end is None else abs(end[0] - point)
    order.declare(u, (sympy.Integer(0), False), None if width is None or not width.is_Rational else (width, True))
    return order.nonnegative(sympy.simplify(sign * slope.subs(symbol, point + sign * u)), strict)


def candidates(order: Order, slope: Expr, symbol: Symbol, ends: bool) -> list[Any]:
    """Points at which the expression may be least."""
    found: list[Any] = []
    if ends:
        found += [e[0] for e in order.ends(symbol) if e is not None]
    found += [sympy.Integer(n) for n in SIMPLE]
    with contextlib.suppress(NotImplementedError, ValueError, TypeError, KeyError, AttributeError):
        found += [s for s in sympy.solve(slope, symbol, dict=False)[:4] if isinstance(s, Expr) and not s.has(sympy.I)]
    return list(dict.fromkeys(found))


def point_is_end(order: Order, point: Any, symbol: Symbol) -> str:
    """ "open" or "closed" where the point is an end of the interval, else ""."""
    for end in order.ends(symbol):
        if end is not None and sympy.simplify(end[0] - point) == 0:
            return "closed" if end[1] else "open"
    return ""


def inside(order: Order, point: Any, symbol: Symbol) -> bool:
    """Whether the point certainly lies in the interval of the symbol."""
    if not point.is_real:
        return False
    low, high = order.ends(symbol)
    above = low is None or order.nonnegative(point - low[0], not low[1]) is not None
    return above and (high is None or order.nonnegative(high[0] - point, not high[1]) is not None)
