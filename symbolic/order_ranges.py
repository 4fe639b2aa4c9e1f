r"""Ranges of expressions: rational bounds from the bounds of symbols and the ranges of functions.

    e^x > 0,  cosh x >= 1,  0 < sech x <= 1,  |tanh x| < 1,  |erf x| < 1,  |sin x|, |cos x| <= 1,  |x|, x^(2k) >= 0

Interval arithmetic with exact ends, each open or closed: what it gives holds for every value of the symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr

OO = sympy.oo


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds as extended numbers; `low_open`: the bound is not taken."""

    low: Any = -OO
    high: Any = OO
    low_open: bool = True
    high_open: bool = True


EVERYTHING = Range()
UNIT = Range(sympy.Integer(-1), sympy.Integer(1), True, True)
CLOSED_UNIT = Range(sympy.Integer(-1), sympy.Integer(1), False, False)
ONE_UP = Range(sympy.Integer(1), OO, False, True)
NONNEGATIVE = Range(sympy.Integer(0), OO, False, True)
POSITIVE = Range(sympy.Integer(0), OO, True, True)
OF_FUNCTIONS = {
    sympy.tanh: UNIT,
    sympy.erf: UNIT,
    sympy.sin: CLOSED_UNIT,
    sympy.cos: CLOSED_UNIT,
    sympy.cosh: ONE_UP,
    sympy.sech: Range(sympy.Integer(0), sympy.Integer(1), True, False),
    sympy.erfc: Range(sympy.Integer(0), sympy.Integer(2), True, True),
    sympy.exp: POSITIVE,
    sympy.Abs: NONNEGATIVE,
    sympy.atan: Range(sympy.Integer(-2), sympy.Integer(2), True, True),
}


def range_of(expr: Expr, ends: Callable[[Any], tuple[Any, Any]]) -> Range:
    """The range of a real expression, as far as it is told; everything where nothing is."""
    if expr.is_number:
        return Range(expr, expr, False, False) if expr.is_real and expr.is_finite else EVERYTHING
    if expr.is_Symbol:
        low, high = ends(expr)
        return Range(low[0] if low else -OO, high[0] if high else OO, not (low and low[1]), not (high and high[1]))
    if isinstance(expr, sympy.Add):
        found = Range(sympy.Integer(0), sympy.Integer(0), False, False)
        for part in expr.args:
            found = _sum(found, range_of(part, ends))
        return found
    if isinstance(expr, sympy.Mul):
        found = Range(sympy.Integer(1), sympy.Integer(1), False, False)
        for part in expr.args:
            found = _product(found, range_of(part, ends))
        return found
    if isinstance(expr, sympy.Pow):
        return _power(expr, ends)
    if all(a.is_real for a in expr.args) and expr.func in OF_FUNCTIONS:
        return OF_FUNCTIONS[expr.func]
    if expr.is_positive:
        return POSITIVE
    return NONNEGATIVE if expr.is_nonnegative else EVERYTHING


def _sum(a: Range, b: Range) -> Range:
    return Range(a.low + b.low, a.high + b.high, a.low_open or b.low_open, a.high_open or b.high_open)


def _product(a: Range, b: Range) -> Range:
    """A number times a range, or two nonnegative ranges; everything else is left open."""
    for one, other in ((a, b), (b, a)):
        if one.low == one.high:
            factor = one.low
            if factor == 0:
                return one
            if factor > 0:
                return Range(factor * other.low, factor * other.high, other.low_open, other.high_open)
            return Range(factor * other.high, factor * other.low, other.high_open, other.low_open)
    if a.low >= 0 and b.low >= 0:
        infinite = a.high == OO or b.high == OO
        low_open = (
            (a.low == 0 and a.low_open) or (b.low == 0 and b.low_open)
            if a.low * b.low == 0
            else (a.low_open or b.low_open)
        )
        closed_zero = (a.low == 0 and not a.low_open) or (b.low == 0 and not b.low_open)
        return Range(
            a.low * b.low, OO if infinite else a.high * b.high, low_open and not closed_zero,
            a.high_open or b.high_open,
        )  # fmt: skip
    return EVERYTHING


def _power(expr: Any, ends: Callable[[Any], tuple[Any, Any]]) -> Range:
    base, power = expr.args
    inner = range_of(base, ends)
    if power.is_Integer and power > 0 and power % 2 == 0:
        bound = max(abs(inner.low), abs(inner.high))
        open_end = inner.low_open and inner.high_open
        if inner.low > 0 or (inner.low == 0 and inner.low_open):
            return Range(inner.low**power, OO if bound == OO else bound**power, inner.low_open, open_end)
        return Range(sympy.Integer(0), OO if bound == OO else bound**power, False, open_end and bound == OO)
    if power.is_positive and power.is_Rational and inner.low >= 0:
        high = OO if inner.high == OO else inner.high**power
        return Range(inner.low**power, high, inner.low_open, inner.high_open)
    if power.is_negative and (inner.low > 0 or (inner.low == 0 and inner.low_open)):
        low = sympy.Integer(0) if inner.high == OO else inner.high**power
        high = OO if inner.low == 0 else inner.low**power
        return Range(low, high, inner.high_open, inner.low_open)
    if expr.is_positive:
        return POSITIVE
    return NONNEGATIVE if expr.is_nonnegative else EVERYTHING


# -- a look at a few points --------------------------------------------------------------------------------------------
LOOKS = (("1/2", "1/3", "2/3", "1/5"), ("1/7", "3", "4/5", "2"), ("5", "1/4", "1/9", "7/2"), ("1", "1", "2", "1/2"))


def plausible(expr: Expr, ends: Callable[[Any], tuple[Any, Any]]) -> bool:
    """Whether the expression is not clearly negative at a few points: what is negative need not be proved nonnegative.

    It only saves work: a proof never rests on it.
    """
    symbols = sorted(expr.free_symbols, key=sympy.default_sort_key)
    for turn, sizes in enumerate(LOOKS):
        for sign in (1, -1):
            point = {
                s: _inside(*ends(s), sympy.Rational(sizes[i % 4]), sign * (-1) ** (i * turn))
                for i, s in enumerate(symbols)
            }
            value = expr.evalf(12, subs=point)
            if value.is_Float and value < -1e-8:
                return False
    return True


def _inside(low: Any, high: Any, size: Any, sign: int) -> Any:
    """A point of an interval: at a share of a bounded one, at a distance from the end of a half line."""
    if low is not None and high is not None:
        share = size / (1 + size)
        return low[0] + (high[0] - low[0]) * (share if sign > 0 else 1 - share)
    if low is not None:
        return low[0] + (size if sign > 0 else size / 10)
    return high[0] - size if high is not None else sign * size
