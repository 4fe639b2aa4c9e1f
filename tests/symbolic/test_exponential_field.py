"""Reading an expression into the exponential field keeps its value at every point where it has one.

The oracle evaluates the element generator by generator in mpmath from what each generator is defined to be, and the
expression itself by SymPy's numeric evaluation: no rule of the reader takes part in either.
"""

from __future__ import annotations

import random

import mpmath
import pytest
import sympy
from sympy import Dummy, Expr, Rational, Symbol

from twofold.symbolic.exponential_field import ExponentialField
from twofold.symbolic.express import Reader
from twofold.symbolic.generators import MINUS_ONE
from twofold.symbolic.puiseux import Frac, Poly, TooLargeError, UndefinedError

X, Y = sympy.symbols("x y", real=True)
P, Q = sympy.symbols("p q", positive=True)
NEGATIVE = Symbol("v", negative=True)
Z = Symbol("z")
N = Symbol("n", integer=True)
LEAVES = [X, Y, P, Q, NEGATIVE, Z, N, sympy.pi, sympy.E, sympy.I, *map(sympy.Integer, (1, 2, 3, -1)), Rational(1, 2)]
UNARY = [
    sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.tanh, sympy.sinh, sympy.sech, sympy.atan, sympy.asin,
    sympy.acos, sympy.asinh, sympy.acosh, sympy.atanh, sympy.acot, sympy.Abs, sympy.sign, sympy.conjugate, sympy.re,
    sympy.im, sympy.sqrt, sympy.cbrt, sympy.erf, sympy.gamma, lambda u: -u, lambda u: 1 / u, lambda u: u**2,
    lambda u: u ** Rational(3, 2), lambda u: u ** Rational(-2, 3),
]  # fmt: skip
DIGITS = 100
AGREE = mpmath.mpf(10) ** -14
"""100 digits are carried; a root or logarithm at a branch point costs half of them, twice nested three quarters."""


def random_expression(rng: random.Random, depth: int) -> Expr:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)
    if rng.random() < 0.5:
        return rng.choice(UNARY)(random_expression(rng, depth - 1))
    left, right = random_expression(rng, depth - 1), random_expression(rng, depth - 1)
    return rng.choice([sympy.Add, sympy.Mul, sympy.Add, sympy.Mul, sympy.Pow])(left, right)


def random_point(rng: random.Random) -> dict[Symbol, Expr]:
    short = [Rational(rng.randint(1, 40), rng.randint(7, 19)) for _ in range(8)]
    signs = [rng.choice((1, -1)) for _ in range(4)]
    return {
        X: signs[0] * short[0], Y: signs[1] * short[1], P: short[2], Q: short[3], NEGATIVE: -short[4],
        Z: signs[2] * short[5] + sympy.I * signs[3] * short[6], N: sympy.Integer(rng.randint(-3, 4)),
    }  # fmt: skip


class Evaluator:
    """The value of field elements at a point, from the definitions of the generators."""

    def __init__(self, field: ExponentialField, point: dict[Symbol, Expr]) -> None:
        self.table, self.point = field.generators, point
        self.values: dict[int, mpmath.mpc] = {}

    def fraction(self, fraction: Frac) -> mpmath.mpc:
        value = self.total(fraction.num)
        for factor, power in fraction.den.items():
            value /= self.total(factor) ** power
        return value

    def total(self, poly: Poly) -> mpmath.mpc:
        total = mpmath.mpc(0)
        for monomial, c in poly.terms.items():
            term = mpmath.mpc(c.numerator) / c.denominator
            for g, e in monomial:
                term *= self.power(g, mpmath.mpf(e.numerator) / e.denominator)
            total += term
        return total

    def power(self, g: int, e: mpmath.mpf) -> mpmath.mpc:
        generator = self.table[g]
        if g == MINUS_ONE:
            return mpmath.expjpi(e)
        if generator.exponent is not None:
            return guarded_exp(e * self.fraction(generator.exponent))
        base = chop(self.value(g))
        return guarded_exp(e * mpmath.log(base)) if base else mpmath.mpc(0) ** e

    def value(self, g: int) -> mpmath.mpc:
        if g not in self.values:
            self.values[g] = self._value(g)
        return self.values[g]

    def _value(self, g: int) -> mpmath.mpc:
        generator = self.table[g]
        if generator.key[0] == "base":
            assert generator.relation is not None
            return self.fraction(generator.relation[1])
        if generator.key[0] == "abs":
            assert isinstance(generator.key[1], Poly)
            return mpmath.mpc(abs(self.total(generator.key[1])))
        if generator.key[0] == "log":
            return mpmath.log(chop(self.value(int(str(generator.key[1])))))
        return number(sympy.Integer(1) * generator.meaning.subs(self.point))


def guarded_exp(exponent: mpmath.mpc) -> mpmath.mpc:
    """The exponential, unless its size would make the comparison meaningless (or mpmath run out of memory)."""
    if abs(exponent) > 60:
        raise OverflowError
    return mpmath.exp(exponent)


def chop(value: mpmath.mpc) -> mpmath.mpc:
    """Put values on the real axis that miss it by rounding, so that they lie on the right side of the cut."""
    return mpmath.mpc(value.real) if abs(value.imag) < abs(value) * mpmath.mpf(10) ** -80 else value


def number(expr: Expr) -> mpmath.mpc:
    with mpmath.workdps(DIGITS):
        return chop(mpmath.mpc(*(mpmath.mpf(str(part)) for part in expr.evalf(DIGITS).as_real_imag())))


def usable(value: mpmath.mpc) -> bool:
    return bool(mpmath.isfinite(value)) and abs(value) < 1e8


def compare(seed: int) -> bool:
    """Return whether a comparison was made; assert that it agrees."""
    rng = random.Random(seed)
    expr = random_expression(rng, rng.randint(2, 4))
    if not isinstance(expr, Expr) or expr.has(sympy.zoo, sympy.nan, sympy.oo, Dummy) or not expr.free_symbols:
        return False
    reader = Reader(ExponentialField())
    try:
        element = reader.field.canonical(reader.read(expr))
    except (TooLargeError, UndefinedError, NotImplementedError):
        return False
    point = random_point(rng)
    if any(sign.args[0].subs(point).is_zero for sign in expr.atoms(sympy.sign)):
        return False  # the reading u/|u| of sign u holds under the condition u != 0
    try:
        with mpmath.workdps(DIGITS):
            got = Evaluator(reader.field, point).fraction(element)
        expected = number(expr.subs(point))
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        return False
    if not usable(expected) or not usable(got):
        return False
    with mpmath.workdps(DIGITS):
        error = abs(expected - got) / max(1, abs(expected))
    assert error < AGREE, f"seed {seed}: {expr} at {point}: {expected} read as {got}"
    return True


@pytest.mark.parametrize("block", range(5))
def test_reading_keeps_the_value(block: int) -> None:
    """No random expression changes its value when it is read; most of them are really compared."""
    compared = sum(compare(1000 * block + k) for k in range(200))
    assert compared > 70
