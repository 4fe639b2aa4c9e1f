r"""Signs of elements of the field: which sums are certainly positive, which are real.

What counts as certain: a sum all of whose terms are positive; one that becomes such a sum after subtracting a multiple
of an expression that is positive by assumption, or after $\alpha=u/(1+u)$ for every $\alpha$ known to lie in (0,1);
a polynomial in one real variable without real roots (Sturm); a trigonometric sum $c_0+\sum c_k e^{i\theta_k}$ with
$c_0>\sum|c_k|$; a real number whose enclosure excludes 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from sympy import QQ, Symbol
from sympy import Poly as Polynomial

from .algebraic_numbers import enclose_sum
from .generators import Generators
from .puiseux import Coefficient, Frac, Monomial, Poly, multiply_monomials, raise_monomial, whole


def conjugate(table: Generators, fraction: Frac) -> Frac | None:
    """Return the complex conjugate, or None when a generator's is not known."""
    num = conjugate_sum(table, fraction.num)
    if num is None:
        return None
    result = Frac(num)
    for factor, power in fraction.den.items():
        image = conjugate_sum(table, factor)
        if image is None:
            return None
        result = result * Frac(image**power).inverse()
    return result


def conjugate_sum(table: Generators, poly: Poly) -> Poly | None:
    """Return the conjugate of a sum. Fractional powers are followed for nonnegative or unimodular generators only."""
    terms: dict[Monomial, Coefficient] = {}
    for monomial, c in poly.terms.items():
        image: Monomial = ()
        for g, e in monomial:
            generator = table[g]
            if generator.conjugate == "inverse":
                image = multiply_monomials(image, ((g, -e),))
            elif generator.conjugate == "self" and (generator.nonnegative or e.denominator == 1):
                image = multiply_monomials(image, ((g, e),))
            else:
                return None
        terms[image] = terms.get(image, 0) + c
    return Poly(terms)


def is_real(table: Generators, fraction: Frac) -> bool:
    """Say whether the fraction certainly equals its conjugate."""
    image = conjugate(table, fraction)
    return (image is not None and (image.num, image.den) == (fraction.num, fraction.den)) or (
        image is not None and not table.reduce(image - fraction).num
    )


def sign_of_monomial(table: Generators, monomial: Monomial) -> int | None:
    """Return 1 for certainly positive, 0 for certainly nonnegative, None for not known."""
    sign = 1
    for g, e in monomial:
        generator = table[g]
        if generator.positive:
            continue
        even = e.denominator == 1 and int(e) % 2 == 0
        if not generator.nonnegative and not (generator.conjugate == "self" and even):
            return None
        sign = 0
    return sign


def is_positive(table: Generators, poly: Poly, known: Sequence[Poly] = ()) -> bool:
    """Say whether the sum is certainly positive wherever the assumptions hold."""
    if _positive_terms(table, poly, strict=True) or _positive_number(table, poly):
        return True
    if any(_beyond_known(table, poly, given) for given in known):
        return True
    if _positive_in_unit_interval(table, poly, known) or _positive_beyond_one(table, poly):
        return True
    return _no_real_root(table, poly) or is_dominated(table, poly) or _root_exceeds(table, poly)


def is_nonnegative(table: Generators, poly: Poly) -> bool:
    """Say whether the sum is certainly nonnegative, term by term."""
    return _positive_terms(table, poly, strict=False)


def _positive_terms(table: Generators, poly: Poly, *, strict: bool) -> bool:
    found = not strict
    for monomial, c in poly.terms.items():
        sign = sign_of_monomial(table, monomial)
        if sign is None or c < 0:
            return False
        found = found or sign == 1
    return found and bool(poly)


def _positive_number(table: Generators, poly: Poly) -> bool:
    if not poly or not all(table[g].constant for g in poly.generators()):
        return False
    ball = enclose_sum(table, poly, 120)
    return ball is not None and ball.real_positive()


def _beyond_known(table: Generators, poly: Poly, given: Poly) -> bool:
    for monomial, c in given.terms.items():
        ratio = Fraction(poly.terms.get(monomial, 0)) / Fraction(c)
        if ratio > 0:
            rest = poly - given.scale(ratio)
            if not rest or _positive_terms(table, rest, strict=False):
                return True
    return False


def _positive_in_unit_interval(table: Generators, poly: Poly, known: Sequence[Poly]) -> bool:
    for g in sorted(poly.generators()):
        below_one = Poly.constant(1) - Poly.generator(g)
        if not (table[g].positive and below_one in known):
            continue
        if any(e.denominator != 1 or e < 0 for m in poly.terms for index, e in m if index == g):
            return False
        top = max((int(e) for m in poly.terms for index, e in m if index == g), default=0)
        if top > 12:
            return False
        image = Poly({})
        growth = Poly.constant(1) + Poly.generator(g)
        for monomial, c in poly.terms.items():
            exponent = int(dict(monomial).get(g, 0))
            image = image + Poly({monomial: c}) * growth ** (top - exponent)
        poly = image
    return _positive_terms(table, poly, strict=True)


def _positive_beyond_one(table: Generators, poly: Poly) -> bool:
    """Put E = 1 + u, u > 0, for every exponential of a positive exponent: e^{2p} - 1 is positive for p > 0."""
    for g in sorted(poly.generators()):
        log = table[g].log
        if log is None or not table[g].positive or not _positive_terms(table, log.num, strict=True):
            continue
        if not all(_positive_terms(table, below, strict=True) for below in log.den):
            continue
        exponents = [Fraction(dict(m).get(g, 0)) for m in poly.terms]
        scale = lcm(*(e.denominator for e in exponents))
        if min(exponents) < 0 or max(exponents) * scale > 12:
            return False
        growth, image = Poly.constant(1) + Poly.generator(g), Poly({})
        for (monomial, c), e in zip(poly.terms.items(), exponents, strict=True):
            rest = tuple((index, k) for index, k in monomial if index != g)
            image = image + Poly({rest: c}) * growth ** int(e * scale)
        poly = image
    return _positive_terms(table, poly, strict=True)


def _no_real_root(table: Generators, poly: Poly) -> bool:
    generators = poly.generators()
    if len(generators) != 1:
        return False
    (g,) = generators
    if table[g].conjugate != "self" or any(e.denominator != 1 or not 0 <= e <= 40 for m in poly.terms for _, e in m):
        return False
    x = Symbol("x")
    coefficients = {int(m[0][1]) if m else 0: QQ(c.numerator, c.denominator) for m, c in poly.terms.items()}
    polynomial = Polynomial.from_dict({(k,): c for k, c in coefficients.items()}, x, domain=QQ)
    lower = 0 if table[g].nonnegative else None
    return bool(polynomial.eval(1) > 0) and polynomial.count_roots(lower, None) == 0


def _root_exceeds(table: Generators, poly: Poly) -> bool:
    """c sqrt(h) + r > 0 when c > 0, r real and c^2 h - r^2 > 0, as in sqrt(1 + x^2) - x."""
    for monomial, c in poly.terms.items():
        if c <= 0 or len(monomial) != 1 or monomial[0][1] != Fraction(1, 2):
            continue
        g = monomial[0][0]
        rest = Poly({m: k for m, k in poly.terms.items() if m != monomial})
        if not table[g].nonnegative or g in rest.generators() or conjugate_sum(table, rest) != rest:
            continue
        relation = table[g].relation
        radicand = relation[1] if relation is not None and relation[0] == 1 else Frac.generator(g)
        gap = table.reduce(radicand.scale(c * c) - Frac(rest * rest))
        if not gap.den and _positive_terms(table, gap.num, strict=True):
            return True
    return False


def balance(poly: Poly) -> tuple[Monomial, Poly]:
    """Return (m, P / m) with m the monomial in the middle of the exponents, so that real sums become self-conjugate."""
    degrees: dict[int, Fraction] = {}
    for monomial in poly.terms:
        for g, e in monomial:
            degrees[g] = max(degrees.get(g, Fraction(0)), Fraction(e))
    middle = tuple((g, whole(e / 2)) for g, e in sorted(degrees.items()))
    return middle, poly.scale(1, raise_monomial(middle, -1))


def is_dominated(table: Generators, poly: Poly) -> bool:
    """Say whether c_0 - sum |c_k| > 0 for a real sum of at least two unimodular monomials."""
    if len(poly) < 2 or any(table[g].conjugate != "inverse" for g in poly.generators()):
        return False
    middle = Fraction(poly.terms.get((), 0))
    return middle > sum(abs(Fraction(c)) for m, c in poly.terms.items() if m) and conjugate_sum(table, poly) == poly
