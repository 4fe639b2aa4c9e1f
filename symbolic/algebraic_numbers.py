r"""Is this expression of roots of rational numbers and roots of unity exactly 0? Decided by a root bound.

Write the number as $\alpha/d$ with d a positive integer and $\alpha$ an algebraic integer of degree at most D all of
whose conjugates are at most M in modulus. The norm of $\alpha$ is an integer, so either $\alpha=0$ or

    |alpha| >= M^{-(D-1)}.

An enclosure of $\alpha$ below that bound proves that it is 0; one that excludes 0 proves that it is not. Bounds of the
conjugates: $p^{1/N}$ has $p^{1/N}$; a root of unity 1; $h^{1/N}$, where e h is an algebraic integer with conjugates
at most eH: $e\,h^{1/N}=(e^Nh)^{1/N}$ is an algebraic integer with conjugates at most $e\,H^{1/N}$. Degrees multiply.
(Burnikel, Funke, Mehlhorn, Schirra, Schmitt, "A separation bound for real algebraic expressions", 2009, is the sharper
version.)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm, log2
from typing import Any

from mpmath.ctx_iv import MPIntervalContext
from sympy import E, EulerGamma, pi, totient

from .generators import MINUS_ONE, Generators
from .puiseux import Exponent, Frac, Poly

MAX_BITS = 12_000
MAX_DEGREE = 1024


class Rectangle:
    """A complex interval: two real intervals that certainly contain real and imaginary part."""

    def __init__(self, context: MPIntervalContext, re: Any, im: Any) -> None:
        self.context, self.re, self.im = context, re, im

    def __add__(self, other: Rectangle) -> Rectangle:
        return Rectangle(self.context, self.re + other.re, self.im + other.im)

    def __mul__(self, other: Rectangle) -> Rectangle:
        re = self.re * other.re - self.im * other.im
        return Rectangle(self.context, re, self.re * other.im + self.im * other.re)

    def real_positive(self) -> bool:
        return bool(self.re.a > 0) and bool(self.im.a <= 0 <= self.im.b)

    def excludes_zero(self) -> bool:
        return not (self.re.a <= 0 <= self.re.b and self.im.a <= 0 <= self.im.b)

    def log2_bound(self) -> float:
        """Return an upper bound of log2 of the modulus."""
        ends = (self.re.a, self.re.b, self.im.a, self.im.b)
        exponents = [_exponent(end) for end in ends]
        return max(exponents) + 1.0


def _exponent(end: Any) -> float:
    low, high = end._mpi_
    sizes = [float(v[2] + v[3]) for v in (low, high) if v[1]]
    return max(sizes, default=float("-inf"))


def enclose_sum(table: Generators, poly: Poly, bits: int) -> Rectangle | None:
    """Return an enclosure of a sum of constant generators, or None when one cannot be enclosed."""
    context = MPIntervalContext()
    context.prec = bits
    return _enclose(table, context, poly)


def _enclose(table: Generators, context: MPIntervalContext, poly: Poly) -> Rectangle | None:
    total = Rectangle(context, context.mpf(0), context.mpf(0))
    for monomial, c in poly.terms.items():
        term = Rectangle(context, _rational(context, c), context.mpf(0))
        for g, e in monomial:
            factor = _enclose_power(table, context, g, e)
            if factor is None:
                return None
            term = term * factor
        total = total + term
    return total


def _rational(context: MPIntervalContext, value: Fraction | int) -> Any:
    return context.mpf(value.numerator) / context.mpf(value.denominator)


def _enclose_power(table: Generators, context: MPIntervalContext, g: int, e: Exponent) -> Rectangle | None:
    zero = context.mpf(0)
    if g == MINUS_ONE:
        angle = context.pi * _rational(context, e)
        return Rectangle(context, context.cos(angle), context.sin(angle))
    value = _enclose_generator(table, context, g)
    if value is None:
        return None
    if not table[g].nonnegative and e.denominator != 1:
        return None
    if e.denominator == 1:
        return Rectangle(context, value ** int(e), zero)
    if not value.a > 0:
        return None
    return Rectangle(context, context.exp(context.log(value) * _rational(context, e)), zero)


def _enclose_generator(table: Generators, context: MPIntervalContext, g: int) -> Any:
    generator = table[g]
    kind = generator.key[0]
    if generator.meaning == pi:
        return context.pi
    if generator.meaning == E:
        return context.exp(context.mpf(1))
    if generator.meaning == EulerGamma:
        return context.mpf(["0.5772156649015328606065120900", "0.5772156649015328606065120901"])
    if kind == "base" and generator.relation is not None:
        return _real_value(table, context, generator.relation[1])
    if kind == "exp" and generator.log is not None:
        inner = _real_value(table, context, generator.log)
        return None if inner is None else context.exp(inner)
    if kind == "log":
        inner = _enclose_generator(table, context, int(str(generator.key[1])))
        return context.log(inner) if inner is not None and inner.a > 0 else None
    if kind == "function" and generator.key[1] in ("atan", "asin"):
        return _enclose_angle(table, context, generator.key)
    return None


def _enclose_angle(table: Generators, context: MPIntervalContext, key: tuple[object, ...]) -> Any:
    argument = key[2]
    assert isinstance(argument, tuple)
    inner = _real_value(table, context, Frac(argument[0][0], dict(argument[0][1])))
    if inner is None:
        return None
    if key[1] == "asin":
        gap = 1 - inner * inner
        if not gap.a > 0:
            return None
        inner = inner / context.sqrt(gap)
    return enclose_arctangent(context, inner)


def enclose_arctangent(context: MPIntervalContext, x: Any) -> Any:
    """Return an enclosure of arctan on an interval: halve the angle until small, then an alternating series."""
    one = context.mpf(1)
    halvings = 8
    for _ in range(halvings):
        x = x / (one + context.sqrt(one + x * x))
    total, power, square, n = context.mpf(0), x, x * x, 1
    for n in range(1, 2 * context.prec // 14 + 12, 2):
        total = total + power / n if n % 4 == 1 else total - power / n
        power = power * square
    tail = abs(power)
    return (total + context.mpf([-tail.b, tail.b])) * 2**halvings


def _real_value(table: Generators, context: MPIntervalContext, fraction: Frac) -> Any:
    result = _enclose(table, context, fraction.num)
    if result is None or not (result.im.a == 0 == result.im.b or result.im.a <= 0 <= result.im.b):
        return None
    value = result.re
    for factor, power in fraction.den.items():
        below = _enclose(table, context, factor)
        if below is None or not below.excludes_zero():
            return None
        value = value / below.re**power
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgebraicBound:
    """d times the number is an algebraic integer with conjugates at most d * 2^log2_size."""

    denominator: int
    log2_size: float


def vanishes(table: Generators, poly: Poly) -> bool | None:
    """Decide whether a sum of roots is 0: True, False, or None when the bound would need too many bits."""
    if not poly:
        return True
    degree = _degree(table, poly)
    bound = _bound(table, poly)
    if degree is None or bound is None or degree > MAX_DEGREE:
        return None
    log2_integer = log2(bound.denominator) + bound.log2_size
    needed = int((degree - 1) * max(log2_integer, 1.0) + log2(bound.denominator) + 16)
    if needed > MAX_BITS:
        return None
    bits = 128
    while True:
        ball = enclose_sum(table, poly, bits + 64)
        if ball is None:
            return None
        if ball.excludes_zero():
            return False
        if ball.log2_bound() < -needed:
            return True
        if bits > 2 * needed + 256:
            return None
        bits *= 2


def _degree(table: Generators, poly: Poly) -> int | None:
    """Return a bound of the degree: the product of the orders of all roots, those inside radicands included."""
    orders: dict[int, int] = {}
    pending = [poly]
    while pending:
        for monomial in pending.pop().terms:
            for g, e in monomial:
                if not table[g].algebraic:
                    return None
                if g not in orders and g != MINUS_ONE:
                    relation = table[g].relation
                    assert relation is not None
                    pending.append(relation[1].num)
                orders[g] = lcm(orders.get(g, 1), e.denominator)
    degree = 1
    for g, order in orders.items():
        degree *= int(totient(2 * order)) if g == MINUS_ONE else order
    return degree


def _bound(table: Generators, poly: Poly) -> AlgebraicBound | None:
    denominator, size = 1, 0.0
    terms: list[tuple[int, float]] = []
    for monomial, c in poly.terms.items():
        d, s = c.denominator, log2(abs(Fraction(c)))
        for g, e in monomial:
            inner = _bound_power(table, g, e)
            if inner is None:
                return None
            d, s = d * inner.denominator, s + inner.log2_size
        terms.append((d, s))
    for d, _ in terms:
        denominator = lcm(denominator, d)
    size = max(s for _, s in terms) + log2(len(terms)) + 0.01
    return AlgebraicBound(denominator=denominator, log2_size=size)


def _bound_power(table: Generators, g: int, e: Exponent) -> AlgebraicBound | None:
    if g == MINUS_ONE:
        return AlgebraicBound(denominator=1, log2_size=0.0)
    relation = table[g].relation
    if relation is None or relation[0] != 1 or relation[1].den or not 0 <= e < 1:
        return None
    inner = _bound(table, relation[1].num)
    if inner is None:
        return None
    return AlgebraicBound(denominator=inner.denominator, log2_size=max(inner.log2_size, 0.0) * float(e))
