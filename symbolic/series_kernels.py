r"""Sums, products and integrals over a bound variable, as far as an exact zero test needs them.

Linearity: the summand is a sum of monomials, whatever is free of the bound variable comes out, and every remaining
monomial is one formal symbol $S_m=\sum_k m(k)$. Any identity that is polynomial in these symbols holds for the sums
that converge, since a linear functional on the span of the summands extends to the span of the monomials. Finite sums
of powers and of geometric terms are closed:

    sum_{k=0}^{N} k^p = (B_{p+1}(N+1) - B_{p+1}(0)) / (p+1),      sum_{k=0}^{N} r^k = (1 - r^{N+1}) / (1 - r).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import sympy
from sympy import Basic, Expr, Symbol

from .generators import Generator
from .puiseux import Coefficient, Frac, Monomial, Poly, TooLargeError

if TYPE_CHECKING:
    from .express import Reader

MAX_TERMS = 200
MAX_POWER = 30


def read_sum(reader: Reader, expr: Expr) -> Frac:
    """Return the element for a sum over one index after the other."""
    body, *limits = expr.args
    for index, lower, upper in limits[:-1]:
        body = sympy.Sum(body, (index, lower, upper))
    index, lower, upper = limits[-1]
    if lower.is_Integer and upper.is_Integer:
        total = Frac.constant(0)
        for value in _range(lower, upper):
            total = total + reader.read(body.xreplace({index: value}))
        return total
    if not lower.is_finite:
        return _two_sided(reader, body, index, (lower, upper))
    parts = _separated(reader, sympy.Sum, body, limits[-1])
    if parts is not None:
        return parts
    bound = _bound_symbol(body, integer=True, nonnegative=True)
    last = upper if upper is sympy.oo else upper - lower
    term = _read_inside(reader, body.subs(index, bound + lower), bound)
    if upper is sympy.oo:
        return _linear(reader, term, bound, lambda part: _series(reader, part, bound, whole=len(term.num) == 1))
    reader.require(upper, rf"\geq {sympy.latex(lower - 1)}")
    return _linear(reader, term, bound, lambda part: _finite_sum(reader, part, bound, last))


def _separated(reader: Reader, kind: type, body: Expr, limit: Basic) -> Frac | None:
    """Take factors without the bound variable out, and finite sums apart, before the bound variable is renamed."""
    index = limit.args[0]
    if body.is_Mul:
        outside, inside = body.as_independent(index, as_Add=False)
        if outside != 1:
            return reader.read(outside) * reader.read(kind(inside, limit))
    if body.is_Add and limit.args[2].is_finite is not False and limit.args[1].is_finite is not False:
        total = Frac.constant(0)
        for term in body.args:
            total = total + reader.read(kind(term, limit))
        return total
    return None


def _two_sided(reader: Reader, body: Basic, index: Symbol, limits: tuple[Expr, Expr]) -> Frac:
    """A sum from minus infinity on, known by its terms only."""
    bound = _bound_symbol(body, integer=True)
    term = _read_inside(reader, body.subs(index, bound), bound)
    ends = tuple(None if x in (sympy.oo, -sympy.oo) else reader.field.canonical(reader.read(x)) for x in limits)

    def total(part: Frac) -> Frac:
        meaning = sympy.Sum(reader.field.meaning(part), (bound, *limits))
        return _kernel(reader, f"sum {[x is None for x in ends]} {limits[0] < 0}", part, ends, meaning, bound)

    return _linear(reader, term, bound, total)


def _range(lower: Expr, upper: Expr) -> list[sympy.Integer]:
    if int(upper) - int(lower) >= MAX_TERMS:
        raise TooLargeError("a sum or product of more than 200 terms")
    return [sympy.Integer(k) for k in range(int(lower), int(upper) + 1)]


def _bound_symbol(body: Basic, **assumptions: bool) -> Symbol:
    """A name for a bound variable that depends only on how deep it is nested."""
    depth = sum(1 for s in body.free_symbols if isinstance(s, Symbol) and s.name.startswith("bound_"))
    return Symbol(f"bound_{depth}", **assumptions)


def _read_inside(reader: Reader, body: Basic, bound: Symbol) -> Frac:
    """Read a summand; conditions that mention the bound variable become one."""
    before = dict(reader.conditions)
    term = reader.field.canonical(reader.read(body))
    added = [c for c in reader.conditions if c not in before]
    reader.conditions = before
    for condition in added:
        if sympy.latex(bound) in condition:
            reader.conditions.setdefault("every term of the sum or integrand is defined")
        else:
            reader.conditions.setdefault(condition)
    return term


def _depends(reader: Reader, g: int, bound: Symbol) -> bool:
    return bound in reader.field.generators[g].meaning.free_symbols


def _linear(reader: Reader, term: Frac, bound: Symbol, total: object) -> Frac:
    """Pull out of every monomial what is free of the bound variable; ``total`` sums what remains."""
    outside, inside = Frac.constant(1), {}
    for factor, power in term.den.items():
        if any(_depends(reader, g, bound) for g in factor.generators()):
            inside[factor] = power
        else:
            outside = outside * Frac(factor**power).inverse()
    parts: dict[Monomial, dict[Monomial, Coefficient]] = {}
    for monomial, c in term.num.terms.items():
        bound_part = tuple((g, e) for g, e in monomial if _depends(reader, g, bound))
        free_part = tuple((g, e) for g, e in monomial if not _depends(reader, g, bound))
        parts.setdefault(bound_part, {})[free_part] = c
    reader.field.use("sums and integrals are linear")
    result = Frac.constant(0)
    for bound_part, row in parts.items():
        result = result + Frac(Poly(row)) * total(Frac(Poly({bound_part: 1}), inside))  # type: ignore[operator]
    return result * outside


def _kernel(
    reader: Reader, kind: str, part: Frac, limits: tuple[Frac | None, ...], meaning: Expr, bound: Symbol
) -> Frac:
    field = reader.field
    places = tuple(None if x is None else (x.num, frozenset(x.den.items())) for x in limits)
    real = field.is_real(part) and all(x is None or field.is_real(x) for x in limits)
    generator = Generator(
        key=(kind, part.num, frozenset(part.den.items()), places, bound),
        meaning=meaning,
        conjugate="self" if real else None,
    )
    return Frac.generator(field.add(generator))


def _finite_sum(reader: Reader, part: Frac, bound: Symbol, last: Expr) -> Frac:
    field = reader.field
    count = field.canonical(reader.read(last + 1))
    power = _power_of(reader, part, bound)
    if power is not None:
        field.use("sums of powers by Bernoulli polynomials")
        return _faulhaber(power, count)
    ratio = _log_ratio(reader, part, bound)
    if ratio is not None:
        r = field.exp(ratio)
        gap = field.reduce(Frac.constant(1) - r)
        if gap.num:
            field.use("geometric sum")
            reader.require(field.meaning(r), r"\neq 1")
            return (Frac.constant(1) - field.exp(ratio * count)) * gap.inverse()
    step = _binomial_ratio(reader, part, bound, field.canonical(count - Frac.constant(1)))
    if step is not None and last.is_integer:
        field.use("binomial theorem")
        base = field.reduce(field.exp(step) + Frac.constant(1))
        if not base.num:
            return base if last.is_positive else _kernel(reader, "sum", part, (count,), last, bound)
        total = field.exp(reader.read(last) * field.log(base, integer_power=True))
        return total * reader.read(1 / sympy.gamma(last + 1))
    meaning = sympy.Sum(field.meaning(part), (bound, 0, last))
    return _kernel(reader, "sum", part, (count,), meaning, bound)


def _series(reader: Reader, part: Frac, bound: Symbol, *, whole: bool) -> Frac:
    """An infinite sum; closed only when it is the whole series and not one part of it."""
    field = reader.field
    ratio = _log_ratio(reader, part, bound)
    if whole and ratio is not None:
        r = field.exp(ratio)
        field.use("geometric series")
        reader.require(sympy.Abs(field.meaning(r), evaluate=False), "< 1")
        return field.reduce(Frac.constant(1) - r).inverse()
    if whole and (ratio := _exponential_ratio(reader, part, bound)) is not None:
        field.use("exponential series")
        return field.exp(field.exp(ratio))
    return _kernel(reader, "series", part, (None,), sympy.Sum(field.meaning(part), (bound, 0, sympy.oo)), bound)


def _power_of(reader: Reader, part: Frac, bound: Symbol) -> int | None:
    single = part.num.single()
    if part.den or single is None or len(single[0]) > 1:
        return None
    if not single[0]:
        return 0
    ((g, e),) = single[0]
    plain = reader.field.generators[g].key == ("symbol", bound)
    return int(e) if plain and e.denominator == 1 and 0 <= e <= MAX_POWER else None


def _faulhaber(p: int, count: Frac) -> Frac:
    """sum_{k=0}^{count-1} k^p = (B_{p+1}(count) - B_{p+1}(0)) / (p+1), by Horner's rule."""
    x = Symbol("x")
    coefficients = sympy.Poly(sympy.bernoulli(p + 1, x), x).all_coeffs()
    total = Frac.constant(0)
    for c in coefficients[:-1]:
        total = (total + Frac.constant(Fraction(int(c.p), int(c.q)))) * count
    return total.scale(Fraction(1, p + 1))


def _log_ratio(reader: Reader, part: Frac, bound: Symbol) -> Frac | None:
    """Return log r when the part is r^k with r free of the bound variable k."""
    single = part.num.single()
    if part.den or single is None or not single[0]:
        return None
    exponent = Frac.constant(0)
    for g, e in single[0]:
        kernel = reader.field.generators[g].exponent
        if kernel is None:
            return None
        exponent = exponent + kernel.scale(e)
    k = reader.read(bound)
    ratio = reader.field.canonical(exponent * k.inverse())
    return None if any(_depends(reader, g, bound) for g in ratio.generators()) else ratio


def _exponential_ratio(reader: Reader, part: Frac, bound: Symbol) -> Frac | None:
    """Return log r when the part is r^k / k!."""
    return _ratio_beside(reader, part, bound, (reader.read(bound + 1),))


def _binomial_ratio(reader: Reader, part: Frac, bound: Symbol, last: Frac) -> Frac | None:
    """Return log r when the part is r^k / (k! (n - k)!) with n the last index."""
    k, one = reader.read(bound), Frac.constant(1)
    return _ratio_beside(reader, part, bound, (k + one, last - k + one))


def _ratio_beside(reader: Reader, part: Frac, bound: Symbol, arguments: tuple[Frac, ...]) -> Frac | None:
    """Return log r when the part is r^k / prod Gamma(arguments)."""
    single = part.num.single()
    if part.den or single is None:
        return None
    wanted = [reader.field.canonical(a) for a in arguments]
    rest = []
    for g, e in single[0]:
        key = reader.field.generators[g].key
        match = next((w for w in wanted if key[0] == "gamma" and e == -1 and _same(key[1], w)), None)
        if match is None:
            rest.append((g, e))
        else:
            wanted.remove(match)
    if wanted:
        return None
    return _log_ratio(reader, Frac(Poly({tuple(rest): 1})), bound) if rest else Frac.constant(0)


def _same(left: object, right: Frac) -> bool:
    return isinstance(left, Frac) and left.num == right.num and left.den == right.den


def read_product(reader: Reader, expr: Expr) -> Frac:
    """Return the element for a product over one index; with symbolic bounds it is one symbol."""
    body, *limits = expr.args
    if len(limits) != 1:
        raise NotImplementedError("a product over several indices")
    index, lower, upper = limits[0]
    if lower.is_Integer and upper.is_Integer:
        return Frac.product(reader.read(body.xreplace({index: value})) for value in _range(lower, upper))
    if not lower.is_finite or upper is sympy.oo:
        raise NotImplementedError("an infinite product")
    bound = _bound_symbol(body, integer=True, nonnegative=True)
    term = _read_inside(reader, body.subs(index, bound + lower), bound)
    count = reader.field.canonical(reader.read(upper - lower + 1))
    if reader.field.is_positive(term):
        reader.field.use("a product of positive factors is exp of the sum of their logarithms")
        logarithm = reader.field.canonical(reader.field.log(term))
        last = upper - lower
        return reader.field.exp(_linear(reader, logarithm, bound, lambda part: _finite_sum(reader, part, bound, last)))
    return _kernel(reader, "product", term, (count,), expr, bound)


def read_integral(reader: Reader, expr: Expr) -> Frac:
    """Return the element for a definite integral: linear in the integrand, the integrals themselves are symbols."""
    body, *limits = expr.args
    for limit in limits[:-1]:
        body = sympy.Integral(body, limit)
    if len(limits[-1]) != 3:
        raise NotImplementedError("an integral without limits")
    variable, lower, upper = limits[-1]
    parts = _separated(reader, sympy.Integral, body, limits[-1])
    if parts is not None:
        return parts
    bound = _bound_symbol(body, real=True)
    term = _read_inside(reader, body.subs(variable, bound), bound)
    ends = tuple(None if x in (sympy.oo, -sympy.oo) else reader.field.canonical(reader.read(x)) for x in (lower, upper))
    infinite = tuple(x if x in (sympy.oo, -sympy.oo) else sympy.S.Zero for x in (lower, upper))

    def total(part: Frac) -> Frac:
        meaning = sympy.Integral(reader.field.meaning(part), (bound, lower, upper))
        return _kernel(reader, f"integral {infinite}", part, ends, meaning, bound)

    return _linear(reader, term, bound, total)
