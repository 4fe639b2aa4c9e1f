r"""Signs of expressions: d >= 0 (or > 0) on the domain of its symbols, by rules each of which is a theorem.

    signs of parts     sums and products of what is known, even powers, ranges of e^x, cosh, tanh, sin, cos, erf
    factors            each factor of the numerator and the denominator on its own
    logarithms         sum c_i log a_i + r >= 0   <=>   prod a_i^(c_i) e^r >= 1
    roots, moduli      c sqrt(B) + r >= 0  <=  c >= 0 and c^2 B >= r^2;  c <= 0, r >= 0 and r^2 >= c^2 B
    polynomials        `order_polynomials`
    calculus           `order_calculus`: convexity with a tangent, monotony from an end
    integrals          of what is nonnegative

Every rule is sufficient and none is necessary: None says nothing.  Statements hold where the expression is defined.
"""

from __future__ import annotations

import contextlib
from typing import Any

import sympy
from sympy import Expr, Symbol

from .order_ranges import Range, plausible, range_of

MOST_CALLS = 100
MOST_DEPTH = 6
MOST_POWER = 12
Rules = list[str]
End = tuple[Any, bool] | None


class Order:
    """Proves signs under bounds of symbols.  The counted calls are the budget of one claim."""

    def __init__(self) -> None:
        self.bounds: dict[Symbol, tuple[End, End]] = {}
        self.calls = 0
        self.depth = 0
        self.known: dict[tuple[Expr, bool], Rules | None] = {}

    def declare(self, symbol: Symbol, low: End, high: End) -> None:
        """The interval of a symbol: each end a number and whether it belongs to it."""
        if low is None and symbol.is_nonnegative:
            low = (sympy.Integer(0), not symbol.is_positive)
        self.bounds[symbol] = (low, high)

    def ends(self, symbol: Symbol) -> tuple[End, End]:
        if symbol not in self.bounds:
            self.declare(symbol, None, None)
        return self.bounds[symbol]

    def nonnegative(self, expr: Any, strict: bool = False) -> Rules | None:
        """The rules that show expr >= 0 (> 0 where `strict`), or None."""
        expr = sympy.Integer(expr) if isinstance(expr, int) else expr
        key = (expr, strict)
        if key in self.known:
            return self.known[key]
        self.calls += 1
        if self.calls > MOST_CALLS or self.depth >= MOST_DEPTH or not isinstance(expr, Expr):
            return None
        self.known[key] = None  # no rule may rest on what it is to show
        self.depth += 1
        try:
            found = self._search(expr, strict)
        finally:
            self.depth -= 1
        if found is None:
            self.known.pop(key)  # it may be in reach from a lesser depth
        else:
            self.known[key] = found
        return found

    def _search(self, expr: Expr, strict: bool) -> Rules | None:
        if expr.has(sympy.I, sympy.zoo, sympy.nan) or not all(s.is_real for s in expr.free_symbols):
            return None
        if expr.is_number:
            return self._by_assumptions(expr, strict)
        if not plausible(expr, self.ends):
            return None
        for step in (
            self._by_assumptions,
            self._by_range,
            self._by_terms,
            self._by_integral,
            self._by_factors,
            self._by_logarithms,
            self._by_moduli,
            self._by_larger,
            self._by_roots,
            self._by_polynomial,
            self._by_calculus,
        ):
            found = step(expr, strict)
            if found is not None:
                return found
        return None

    # -- at a glance -----------------------------------------------------------------------------------------------
    def _by_assumptions(self, expr: Expr, strict: bool) -> Rules | None:
        if expr.is_positive or (not strict and expr.is_nonnegative):
            return ["signs of the parts"]
        return None

    def _by_range(self, expr: Expr, strict: bool) -> Rules | None:
        found = self.range(expr)
        if found.low > 0 or (found.low == 0 and (not strict or found.low_open)):
            return ["the ranges of the parts"]
        return None

    def range(self, expr: Expr) -> Range:
        return range_of(expr, self.ends)

    def _by_terms(self, expr: Expr, strict: bool) -> Rules | None:
        """A sum of nonnegative terms, one of them positive where the claim is strict."""
        if not isinstance(expr, sympy.Add):
            return None
        rules: Rules = []
        positive = not strict
        for term in expr.args:
            quick = self._by_assumptions(term, True) or self._by_range(term, True)
            if quick is not None:
                positive = True
            else:
                quick = self._by_assumptions(term, False) or self._by_range(term, False)
            if quick is None:
                return None
            rules += quick
        return [*rules, "a sum of nonnegative terms"] if positive else None

    def _by_integral(self, expr: Expr, strict: bool) -> Rules | None:
        """A positive multiple of an integral of a nonnegative function from a to b >= a."""
        factor, rest = expr.as_independent(sympy.Integral, as_Add=False)
        if not isinstance(rest, sympy.Integral) or strict or self.nonnegative(factor) is None:
            return None
        for limit in rest.limits:
            if len(limit) != 3 or not (limit[2] - limit[1]).is_nonnegative:
                return None
            self.bounds[limit[0]] = tuple((e, False) if e.is_finite else None for e in limit[1:])  # type: ignore[assignment]
        found = self.nonnegative(rest.function)
        return None if found is None else [*found, "the integral of a nonnegative function"]

    # -- products --------------------------------------------------------------------------------------------------
    def _by_factors(self, expr: Expr, strict: bool) -> Rules | None:
        """The sign of every factor of numerator and denominator; even powers are nonnegative."""
        parts = factors(expr)
        if len(parts) < 2 and not any(k % 2 == 0 for _, k in parts):
            return None
        rules, sign = ["the signs of the factors"], 1
        for base, power in parts:
            below = power < 0
            if power % 2 == 0:
                found = [] if below or not strict else self.nonzero(base)
                if found is None:
                    return None
                rules += found
                continue
            found = self.nonnegative(base, strict and not below)
            if found is None:
                found = self.nonnegative(-base, strict and not below)
                sign = -sign
            if found is None:
                return None
            rules += found
        return rules if sign > 0 else None

    def nonzero(self, expr: Expr) -> Rules | None:
        return self.nonnegative(expr, True) or self.nonnegative(-expr, True)

    # -- logarithms ------------------------------------------------------------------------------------------------
    def _by_logarithms(self, expr: Expr, strict: bool) -> Rules | None:
        """log is increasing: the product of the powers is compared with 1."""
        if not expr.has(sympy.log):
            return None
        product, rest, powers = sympy.Integer(1), sympy.Integer(0), []
        for term in sympy.Add.make_args(sympy.expand(expr)):
            factor, inside = term.as_independent(sympy.log, as_Add=False)
            if isinstance(inside, sympy.log) and factor.is_Rational:
                powers.append((inside.args[0], factor))
            else:
                rest += term
        if not powers or rest.has(sympy.log):
            return None
        scale = sympy.ilcm(1, *(p.q for _, p in powers))
        if any(abs(p * scale) > MOST_POWER for _, p in powers):
            return None
        for base, power in powers:
            product *= base ** (power * scale)
        if rest != 0:
            product *= sympy.exp(sympy.expand(rest * scale))
        top, bottom = sympy.fraction(sympy.together(product))
        if self.nonnegative(bottom, True) is None:
            top, bottom = product, sympy.Integer(1)
        found = self.nonnegative(sympy.expand(top) - sympy.expand(bottom), strict)
        return None if found is None else [*found, "the logarithm is increasing"]

    # -- roots and moduli ------------------------------------------------------------------------------------------
    def _by_moduli(self, expr: Expr, strict: bool) -> Rules | None:
        """|x| for x >= 0 and for x < 0."""
        names = sorted((m.args[0] for m in expr.atoms(sympy.Abs) if m.args[0].is_Symbol), key=sympy.default_sort_key)
        if not names:
            return None
        x, rules = names[0], ["the modulus by the sign of its argument"]
        for sign in (1, -1):
            size = sympy.Dummy("t", nonnegative=True)
            found = self.nonnegative(expr.subs(x, sign * size), strict)
            if found is None:
                return None
            rules += found
        return rules

    def _by_larger(self, expr: Expr, strict: bool) -> Rules | None:
        """max(a, b) is at least a and one of the two; min likewise."""
        for part in sorted(expr.atoms(sympy.Max, sympy.Min), key=sympy.default_sort_key):
            mark = sympy.Dummy("m", real=True)
            marked = sympy.expand(expr.xreplace({part: mark}))
            if not marked.is_polynomial(mark) or sympy.degree(marked, mark) != 1:
                continue
            factor = marked.coeff(mark, 1)
            up = self.nonnegative(factor) is not None
            if not up and self.nonnegative(-factor) is None:
                continue
            found = [self.nonnegative(marked.subs(mark, a), strict) for a in part.args]
            one = next((f for f in found if f is not None), None)
            if one is not None and (up == isinstance(part, sympy.Max) or all(f is not None for f in found)):
                return [*one, "a maximum is at least each, and is one, of its arguments"]
        return None

    def _by_roots(self, expr: Expr, strict: bool) -> Rules | None:
        """c sqrt(B) + r, by comparing squares."""
        squares = {r: r.args[0] for r in expr.atoms(sympy.Pow) if r.exp == sympy.Rational(1, 2)}
        squares.update({m: m.args[0] ** 2 for m in expr.atoms(sympy.Abs)})
        for root in sorted(squares, key=sympy.default_sort_key):
            mark = sympy.Dummy("root", nonnegative=True)
            marked = sympy.expand(expr.xreplace({root: mark}))
            if marked.has(root) or not marked.is_polynomial(mark) or sympy.degree(marked, mark) != 1:
                continue
            factor, rest = marked.coeff(mark, 1), marked.coeff(mark, 0)
            gap = sympy.expand(factor**2 * squares[root] - rest**2)
            if self.nonnegative(factor) is not None:
                found = self.nonnegative(gap, strict)
            elif self.nonnegative(-factor) is not None and self.nonnegative(rest) is not None:
                found = self.nonnegative(-gap, strict)
            else:
                continue
            if found is not None:
                return [*found, "both sides squared"]
        return None

    # -- the larger tools ------------------------------------------------------------------------------------------
    def _by_polynomial(self, expr: Expr, strict: bool) -> Rules | None:
        from .order_polynomials import by_polynomial

        return by_polynomial(self, expr, strict)

    def _by_calculus(self, expr: Expr, strict: bool) -> Rules | None:
        from .order_calculus import by_calculus

        return by_calculus(self, expr, strict)


def factors(expr: Expr) -> list[tuple[Expr, int]]:
    """(base, power) of every factor of numerator and denominator that is not 1."""
    whole = sympy.together(expr)
    with contextlib.suppress(sympy.PolynomialError, NotImplementedError, ValueError):
        whole = sympy.factor(whole)
    found = []
    for part in sympy.Mul.make_args(whole):
        base, power = part.as_base_exp()
        if power.is_Integer and base != 1:
            found.append((base, int(power)))
        else:
            found.append((part, 1))
    return found
