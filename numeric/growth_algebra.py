r"""How bounds far out pass through sums, products, powers, exp and log (the table: `growth.py`).

1 / (M h) = M^-1 / h,   (M h)^r = M^r h^r,   log(M h) = log M + log h          for f / M = h in H, H > 0
exp f >= f^n / n! for f >= 0;   exp(-c y^k) <= C y^-24, C = sup y^24 exp(-c y^k)
log sum_i exp f_i in max_i f_i + [0, log n];   log cosh, softplus, sinh through it
a bounded monotone g: g(f) in [g(inf f), g(sup f)]
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, factorial
from typing import TYPE_CHECKING

from flint import arb

from . import expansions as ex
from .enclosures import Real, exact_rational, fraction_to_real, to_ball
from .expansions import LOG, UNIT, Bounds, Terms
from .operations import Indeterminate, Undefined

if TYPE_CHECKING:
    from .growth import Growth

_DECAY = 24  # exp(-c y^k) is bounded by a multiple of y^-24
_LONGEST_PRODUCT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """f on the side: `terms` bound f; `logarithm` bounds log f where f > 0 is known that way; `exact` if constant.

    `natural`: f is the number e, whose logarithm is exactly 1, so that e^x / (1 + e^x) is seen to be bounded.
    """

    terms: Terms
    logarithm: Terms | None = None
    exact: Real | None = None
    natural: bool = False


def unknown(op: str) -> Indeterminate:
    return Indeterminate(f"{op}: no growth bound", more_bits_may_help=False)


def negative(table: Growth, f: Growing) -> Growing:
    return Growing(terms=ex.negate(f.terms))


def _log_view(table: Growth, f: Growing) -> Terms | None:
    if f.logarithm is not None:
        return f.logarithm
    return log_of(table, f).terms if table.is_positive(f) else None


def _log_views(table: Growth, values: tuple[Growing, ...]) -> list[Terms] | None:
    """log of every value, when one of them is an exponential and all are positive."""
    if all(v.logarithm is None for v in values):
        return None
    views = [_log_view(table, v) for v in values]
    return [v for v in views if v is not None] if all(v is not None for v in views) else None


def add(table: Growth, *values: Growing) -> Growing:
    total: Terms = {}
    for v in values:
        total = ex.add(total, v.terms)
    views = _log_views(table, values)
    if views is None:
        return Growing(terms=total)
    spread = ex.constant(ex.bounds(0, arb(len(views)).log()))
    return Growing(terms=total, logarithm=ex.add(largest(table, views), spread))


def largest(table: Growth, views: list[Terms]) -> Terms:
    """max of the functions: the one that certainly leads all others, if there is one.

    Else at least one of them, and at most the largest upper end of each coefficient.
    """
    for view in views:
        if all(other is view or _leads(table, view, other) for other in views):
            return view
    zero = Bounds(arb(0), arb(0))
    monomials = {m for view in views for m in view}
    best = max(views, key=lambda view: _leading_end(view))
    return {m: Bounds(best.get(m, zero).lower, max(view.get(m, zero).upper for view in views)) for m in monomials}


def _leads(table: Growth, f: Terms, g: Terms) -> bool:
    gap = ex.lower_bound(ex.add(f, ex.negate(g)), table.start)
    return gap is not None and bool(gap[0] >= 0)


def _leading_end(f: Terms) -> tuple[int, ex.Monomial, float]:
    """Orders functions by their growth, for a good choice only: any choice gives a valid bound."""
    ends = {m: c.lower for m, c in f.items() if c.lower != 0}
    if not ends:
        return 0, UNIT, 0.0
    top = max(ends)
    of = 1 if ends[top] > 0 else -1
    return of, (of * top[0], of * top[1]), float(ends[top])


def multiply(table: Growth, *values: Growing) -> Growing:
    """The product of the bounds; with an exponential among factors of certain signs, through the sum of logarithms."""
    product = ex.constant(ex.point(arb(1)))
    for v in values:
        product = ex.multiply(product, v.terms)
    signs = [table.sign(v) for v in values] if any(v.logarithm is not None for v in values) else [0]
    if 0 in signs:
        return Growing(terms=product)
    views = _log_views(table, tuple(v if of > 0 else negative(table, v) for v, of in zip(values, signs, strict=True)))
    if views is None:
        return Growing(terms=product)
    total: Terms = {}
    for view in views:
        total = ex.add(total, view)
    size = exponential(table, Growing(terms=total))
    return size if signs.count(-1) % 2 == 0 else negative(table, size)


def reciprocal(table: Growth, f: Growing) -> Growing:
    if f.logarithm is not None:
        return exponential(table, Growing(terms=ex.negate(f.logarithm)))
    of = table.sign(f)
    if of == 0:
        raise unknown("div")
    if of < 0:
        return negative(table, reciprocal(table, negative(table, f)))
    lead = ex.leading(f.terms, table.start)
    if lead is not None and lead[1].lower > 0:
        (k, j), h = lead
        least = 1 / h.upper if j == 0 else arb(0)
        return Growing(terms={(-k, 0): ex.bounds(least, 1 / (h.lower * table.start.log() ** j))})
    found = ex.lower_bound(f.terms, table.start)
    assert found is not None
    c, (k, j) = found
    return Growing(terms={(-k, 0): ex.bounds(0, 1 / (c * table.start.log() ** j))})


def divide(table: Growth, a: Growing, b: Growing) -> Growing:
    return multiply(table, a, reciprocal(table, b))


def power(table: Growth, b: Growing, e: Growing) -> Growing:
    r = None if e.exact is None else exact_rational(e.exact)
    if r is None:
        return exponential(table, multiply(table, e, log_of(table, b)))
    exponent = Fraction(int(r.p), int(r.q))
    if exponent < 0:
        return reciprocal(table, power(table, b, table.number(-exponent)))
    if b.logarithm is not None:
        return exponential(table, Growing(terms=ex.multiply(b.logarithm, e.terms)))
    if exponent.denominator == 1 and exponent <= _LONGEST_PRODUCT:
        return multiply(table, *([b] * exponent.numerator)) if exponent else table.number(Fraction(1))
    of = table.sign(b)
    if of > 0:
        return _positive_power(table, b, exponent)
    if of < 0 and exponent.denominator % 2 == 1:
        size = _positive_power(table, negative(table, b), exponent)
        return size if exponent.numerator % 2 == 0 else negative(table, size)
    if of < 0:
        raise Undefined("an even root of a negative number")
    raise unknown("pow")


def _positive_power(table: Growth, f: Growing, r: Fraction) -> Growing:
    """(c M)^r <= f^r <= (C N)^r; in one term where M = N and H = f / M is bounded away from 0."""
    power = fraction_to_real(r)
    lead = ex.leading(f.terms, table.start)
    if lead is not None and lead[1].lower > 0 and (lead[0][1] * r).denominator == 1:
        (k, j), h = lead
        highest = to_ball(h.upper) ** power if h.upper.is_finite() else arb.pos_inf()
        return Growing(terms={(k * r, int(j * r)): ex.bounds(h.lower**power, highest)})
    low, high = ex.lower_bound(f.terms, table.start), ex.upper_bound(f.terms, table.start)
    if low is None or not low[0] > 0:
        raise unknown("pow")
    terms: Terms = {(low[1][0] * r, 0): ex.point(low[0] ** power)}  # (log y)^j >= 1 is dropped
    above = arb.pos_inf() if high is None else high[0] ** power
    exponent = (Fraction(0), 0) if high is None else (high[1][0] * r, ceil(high[1][1] * r))
    return Growing(terms=ex.add(terms, {exponent: ex.bounds(0, above)}))


def root(table: Growth, x: Growing, n: Growing) -> Growing:
    order = None if n.exact is None else exact_rational(n.exact)
    if order is None or order == 0:
        raise unknown("root")
    return power(table, x, table.number(Fraction(int(order.q), int(order.p))))


def exponential(table: Growth, f: Growing) -> Growing:
    low, high = ex.lower_bound(f.terms, table.start), ex.upper_bound(f.terms, table.start)
    span = table.range_of(f)
    least = span.lower.exp() if span.lower.is_finite() else arb(0)
    most = span.upper.exp() if span.upper.is_finite() else arb.pos_inf()
    terms = ex.constant(ex.bounds(least, most if most.is_finite() else arb.pos_inf()))
    if high is not None and high[0] < 0 and high[1] > UNIT:
        terms = {_decay(high, table.start)[0]: ex.bounds(0, _decay(high, table.start)[1])}
    elif low is not None and low[0] > 0 and low[1][0] > 0:
        # exp f >= f^n / n!
        c, (k, j) = low
        n = ceil(4 / k)
        terms = ex.add({(k * n, j * n): ex.point(c**n / factorial(n))}, ex.constant(ex.bounds(0, arb.pos_inf())))
    elif low is not None and low[0] > 0 and low[1] == LOG:
        terms = ex.add({(_rounded(low[0], down=True), 0): ex.point(arb(1))}, ex.constant(ex.bounds(0, arb.pos_inf())))
    return Growing(terms=terms, logarithm=f.terms)


def _rounded(c: arb, *, down: bool) -> Fraction:
    """A short fraction on the certain side of c."""
    exact = exact_rational(c)
    if exact is None:
        raise unknown("exp")
    return Fraction(int((exact * 2**20).floor() if down else (exact * 2**20).ceil()), 2**20)


def _decay(high: tuple[arb, ex.Monomial], start: arb) -> tuple[ex.Monomial, arb]:
    """exp(-a y^k (log y)^j) <= C y^-24, C = sup y^24 exp(-a y^k) (at y^k = 24 / (a k)); for k = 0, <= y^-a."""
    c, (k, _) = high
    if k == 0:
        return (_rounded(c, down=False), 0), arb(1)
    power = fraction_to_real(k)
    at_start = start**_DECAY * (c * start**power).exp()
    peak = (_DECAY / (-c * power)) ** (1 / power)
    if not start > peak:
        at_start = at_start.max(peak**_DECAY * (-arb(_DECAY) / power).exp())
    return (Fraction(-_DECAY), 0), at_start.upper()


def log_of(table: Growth, f: Growing) -> Growing:
    if f.natural:
        return table.number(Fraction(1))
    if f.logarithm is not None:
        return Growing(terms=f.logarithm)
    low, high = ex.lower_bound(f.terms, table.start), ex.upper_bound(f.terms, table.start)
    if high is not None and high[0] <= 0:
        raise Undefined("log of a number that is not positive")
    if low is None or not low[0] > 0:
        raise unknown("log")
    lead = ex.leading(f.terms, table.start)
    if lead is not None and lead[1].lower > 0 and lead[1].upper.is_finite():
        low, high = (lead[1].lower, lead[0]), (lead[1].upper, lead[0])
    above = arb.pos_inf() if high is None else high[0].log()
    # log (log y)^j = j log log y lies in [0, j log(y) / e]
    steepest = low[1][0] if high is None else high[1][0]
    slope = ex.bounds(
        to_ball(fraction_to_real(low[1][0])),
        to_ball(fraction_to_real(steepest)) + (0 if high is None else high[1][1] / arb.const_e()),
    )
    return Growing(terms=ex.add({LOG: slope}, ex.constant(ex.bounds(low[0].log(), above))))


def absolute(table: Growth, f: Growing) -> Growing:
    of = table.sign(f)
    if of:
        return f if of > 0 else negative(table, f)
    # abs f <= sum of the sizes: it is a nonnegative part of each of them
    return Growing(terms={m: Bounds(arb(0), max(-c.lower, c.upper)) for m, c in f.terms.items()})


def signum(table: Growth, f: Growing) -> Growing:
    of = table.sign(f)
    return table.number(Fraction(of)) if of else Growing(terms=ex.constant(ex.bounds(-1, 1)))


def sinh(table: Growth, f: Growing) -> Growing:
    """sinh f = exp(f) (1 - exp(-2 f)) / 2 for f >= c > 0."""
    of = table.sign(f)
    if of < 0:
        return negative(table, sinh(table, negative(table, f)))
    least = table.range_of(f).lower
    if of == 0 or not least > 0:
        raise unknown("sinh")
    factor = ex.constant(ex.bounds(((1 - (-2 * least).exp()) / 2).log(), -arb(2).log()))
    return exponential(table, Growing(terms=ex.add(f.terms, factor)))


def cosh(table: Growth, f: Growing) -> Growing:
    return multiply(
        table, table.number(Fraction(1, 2)), add(table, exponential(table, f), exponential(table, negative(table, f)))
    )


def asinh(table: Growth, f: Growing) -> Growing:
    of = table.sign(f)
    if of == 0:
        raise unknown("asinh")
    size = f if of > 0 else negative(table, f)
    root = power(
        table, add(table, multiply(table, size, size), table.number(Fraction(1))), table.number(Fraction(1, 2))
    )
    found = log_of(table, add(table, size, root))
    return found if of > 0 else negative(table, found)
