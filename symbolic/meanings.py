"""What an element of the exponential field stands for, as a SymPy expression: for conditions, kernels and reports.

Nothing is evaluated, so that the expression shows the element as it is.
"""

from __future__ import annotations

from fractions import Fraction

from sympy import Add, Expr, Mul, Pow, Rational, Symbol, exp, pi

from .generators import MINUS_ONE, Generators
from .puiseux import Exponent, Frac, Poly

HALF = Fraction(1, 2)


def meaning(table: Generators, fraction: Frac) -> Expr:
    """Return the SymPy expression that a fraction stands for (not evaluated further)."""
    top = _meaning_of_sum(table, fraction.num)
    below = [Pow(_meaning_of_sum(table, f), -k, evaluate=False) for f, k in fraction.den.items()]
    return Mul(top, *below, evaluate=False) if below else top


def _meaning_of_sum(table: Generators, poly: Poly) -> Expr:
    terms = [
        Mul(Rational(c.numerator, c.denominator), *(_meaning_of_power(table, g, e) for g, e in m), evaluate=False)
        if m
        else Rational(c.numerator, c.denominator)
        for m, c in sorted(poly.terms.items(), key=repr)
    ]
    return terms[0] if len(terms) == 1 else Add(*terms, evaluate=False)


def _meaning_of_power(table: Generators, g: int, e: Exponent) -> Expr:
    if g == MINUS_ONE:
        return Symbol("i") if e == HALF else exp(Symbol("i") * pi * Rational(e.numerator, e.denominator))
    base = table[g].meaning
    return base if e == 1 else Pow(base, Rational(e.numerator, e.denominator), evaluate=False)
