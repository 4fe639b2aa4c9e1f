r"""Bounds of a function far out: f(y) = sum_m c_m(y) m(y) for all y >= L, with every coefficient in a known interval.

A monomial m = (k, j) is y^k (log y)^j, k rational, j >= 0; L >= 4, so log y > 1. The coefficients are functions of y
that need not be known: sin(anything) is a coefficient in [-1, 1] of the monomial 1. Ends may be infinite. Monomials are
positive, so sums and products follow interval arithmetic, and for m < M in the order of growth

    rho(m / M) = sup_{y >= L} m(y) / M(y),   attained at y = L or at log y = j / k (ratio y^-k (log y)^j),

    f(y) >= (a_M + sum_{m != M} min(a_m, 0) rho(m / M)) M(y)                        (a_m the lower ends)

is a bound of f by a single monomial, which is what every decision here rests on. The caller sets the precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from flint import arb

from .enclosures import fraction_to_real

Monomial: TypeAlias = tuple[Fraction, int]
UNIT: Monomial = (Fraction(0), 0)
LOG: Monomial = (Fraction(0), 1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval [lower, upper] with exact ends, either of which may be infinite."""

    lower: arb
    upper: arb

    def __add__(self, other: Bounds) -> Bounds:
        return bounds(self.lower + other.lower, self.upper + other.upper)

    def __neg__(self) -> Bounds:
        return Bounds(-self.upper, -self.lower)

    def __mul__(self, other: Bounds) -> Bounds:
        products = [_times(a, b) for a in (self.lower, self.upper) for b in (other.lower, other.upper)]
        lower, upper = [_down(p) for p in products], [_up(p) for p in products]
        return Bounds(min(lower), max(upper))

    def hull(self, other: Bounds) -> Bounds:
        return Bounds(min(self.lower, other.lower), max(self.upper, other.upper))

    @property
    def is_zero(self) -> bool:
        return bool(self.lower == 0 and self.upper == 0)


Terms: TypeAlias = Mapping[Monomial, Bounds]


def _times(a: arb, b: arb) -> arb:
    """With 0 times infinity = 0: the bound of a coefficient that is exactly zero."""
    return arb(0) if a == 0 or b == 0 else a * b


def _down(x: arb) -> arb:
    return x.lower() if x.is_finite() else (x if x.is_exact() and not x.is_nan() else arb.neg_inf())


def _up(x: arb) -> arb:
    return x.upper() if x.is_finite() else (x if x.is_exact() and not x.is_nan() else arb.pos_inf())


def bounds(lower: arb | int, upper: arb | int) -> Bounds:
    """The interval, ends rounded outwards."""
    return Bounds(_down(arb(lower)), _up(arb(upper)))


def point(value: arb) -> Bounds:
    return bounds(value, value)


def constant(interval: Bounds) -> Terms:
    return {} if interval.is_zero else {UNIT: interval}


def add(a: Terms, b: Terms) -> Terms:
    total = dict(a)
    for m, c in b.items():
        total[m] = total[m] + c if m in total else c
    return {m: c for m, c in total.items() if not c.is_zero}


def negate(a: Terms) -> Terms:
    return {m: -c for m, c in a.items()}


def multiply(a: Terms, b: Terms) -> Terms:
    total: Terms = {}
    for (k1, j1), c1 in a.items():
        for (k2, j2), c2 in b.items():
            total = add(total, {(k1 + k2, j1 + j2): c1 * c2})
    return total


def value_of(m: Monomial, y: arb) -> arb:
    k, j = m
    return y ** fraction_to_real(k) * y.log() ** j


def ratio_bound(k: Fraction, j: int, start: arb) -> arb:
    """sup_{y >= L} y^k (log y)^j for (k, j) <= (0, 0) in the order of growth, rounded up."""
    at_start = value_of((k, 0), start) * start.log() ** j
    if k < 0 < j and not start.log() > fraction_to_real(Fraction(j) / -k):
        peak = fraction_to_real(Fraction(j) / -k)
        at_start = at_start.max((peak / arb.const_e()) ** j)
    return at_start.upper()


def lower_bound(f: Terms, start: arb) -> tuple[arb, Monomial] | None:
    """(c, M) with f(y) >= c M(y) for y >= L; None when f is not bounded below by any monomial here."""
    ends = {m: c.lower for m, c in f.items() if c.lower != 0}
    if any(not a.is_finite() for a in ends.values()):
        return None
    if not ends:
        return arb(0), UNIT
    top = max(ends)
    total = ends.pop(top)
    for (k, j), a in ends.items():
        if a < 0:
            total = total + a * ratio_bound(k - top[0], j - top[1], start)
    return total.lower(), top


def upper_bound(f: Terms, start: arb) -> tuple[arb, Monomial] | None:
    """(c, M) with f(y) <= c M(y) for y >= L."""
    found = lower_bound(negate(f), start)
    return None if found is None else (-found[0], found[1])


def infimum(f: Terms, start: arb) -> arb:
    """A lower bound of f on [L, inf), -inf when there is none."""
    found = lower_bound(f, start)
    if found is None:
        return arb.neg_inf()
    c, m = found
    if c >= 0:
        return (c * value_of(m, start)).lower() if m >= UNIT else arb(0)
    if m > UNIT:
        return arb.neg_inf()
    return (c * ratio_bound(*m, start)).lower()


def supremum(f: Terms, start: arb) -> arb:
    return -infimum(negate(f), start)


def range_of(f: Terms, start: arb) -> Bounds:
    return Bounds(infimum(f, start), supremum(f, start))


def leading(f: Terms, start: arb) -> tuple[Monomial, Bounds] | None:
    """(M, H) with f / M in H for y >= L, M the fastest monomial of f; None for f = 0."""
    if not f:
        return None
    top = max(f)
    total = f[top]
    for (k, j), c in f.items():
        if (k, j) != top:
            rho = ratio_bound(k - top[0], j - top[1], start)
            total = total + c * Bounds(arb(0), rho)
    return top, total
