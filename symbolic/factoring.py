r"""Factors and cancelled forms of sums of monomials: the bridge from `puiseux` to SymPy's sparse polynomial rings.

Exponents are made whole by a substitution $g = \hat g^{N}$ with N the common denominator of the exponents of g, and
nonnegative by taking the lowest monomial out. Degrees are checked *before* SymPy is called: its factorisation of a
polynomial of degree 1e9 does not come back (and with FLINT ground types aborts the process).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from sympy import ZZ, ring

from .puiseux import Coefficient, Frac, Monomial, Poly, TooLargeError, multiply_monomials

MAX_DEGREE = 1000
MAX_FACTOR_TERMS = 120
MAX_FACTOR_DEGREE = 64


class Chart:
    """A polynomial ring in which several sums have whole, nonnegative exponents.

    ``scales`` gives for a generator a number by which its denominators are to be multiplied beforehand.
    """

    def __init__(self, polys: Iterable[Poly], scales: Mapping[int, int]) -> None:
        polys = tuple(polys)
        self.scale: dict[int, int] = {}
        for poly in polys:
            for monomial in poly.terms:
                for g, e in monomial:
                    self.scale[g] = lcm(self.scale.get(g, scales.get(g, 1)), e.denominator)
        self.order = sorted(self.scale)
        self.position = {g: i for i, g in enumerate(self.order)}
        self.ring = ring([f"g{g}" for g in self.order or [0]], ZZ)[0]

    def push(self, poly: Poly) -> Any:
        """Return the ring element of a primitive sum (whole coefficients, lowest exponents 0)."""
        terms = {}
        for monomial, c in poly.terms.items():
            exponents = [0] * max(len(self.order), 1)
            for g, e in monomial:
                exponents[self.position[g]] = int(e * self.scale[g])
            if max(exponents, default=0) > MAX_DEGREE:
                raise TooLargeError("a degree above 1000")
            terms[tuple(exponents)] = int(c)
        return self.ring.from_dict({m: ZZ(c) for m, c in terms.items()})

    def pull(self, element: Any) -> Poly:
        """Return the sum of a ring element."""
        terms: dict[Monomial, Coefficient] = {}
        for exponents, c in element.items():
            pairs = ((g, Fraction(e, self.scale[g])) for g, e in zip(self.order, exponents, strict=True) if e)
            monomial = tuple((g, e.numerator if e.denominator == 1 else e) for g, e in pairs)
            terms[monomial] = int(c)
        return Poly(terms)


def factor(poly: Poly, scales: Mapping[int, int]) -> tuple[Coefficient, Monomial, list[tuple[Poly, int]]]:
    """Return (c, m, [(P, k)]) with poly = c m prod P^k, each P primitive with at least two terms.

    The P are irreducible over Q when the sum is small enough to be factored, else the sum stays one factor.
    """
    content, monomial, rest = poly.primitive()
    if rest.value() == 1:
        return content, monomial, []
    chart = Chart([rest], scales)
    element = chart.push(rest)
    degree = sum(max(m[i] for m in element.monoms()) for i in range(len(chart.order)))
    if len(rest) > MAX_FACTOR_TERMS or degree > MAX_FACTOR_DEGREE:
        return content, monomial, [(rest, 1)]
    unit, factors = element.factor_list()
    result: list[tuple[Poly, int]] = []
    content = content * int(unit)
    for piece, power in factors:
        c, m, p = chart.pull(piece).primitive()
        content *= c**power
        monomial = multiply_monomials(monomial, tuple((g, e * power) for g, e in m))
        result.append((p, power))
    return content, monomial, result


def cancel(fraction: Frac, scales: Mapping[int, int]) -> Frac:
    """Return the fraction with common factors of numerator and denominator divided out, denominator one factor."""
    if not fraction.den or not fraction.num:
        return Frac(fraction.num)
    content, monomial, num = fraction.num.primitive()
    den_content, den_monomial, den = fraction.expanded_denominator().primitive()
    chart = Chart([num, den], scales)
    if len(num) > MAX_FACTOR_TERMS or len(den) > MAX_FACTOR_TERMS:
        return fraction
    _, top, bottom = chart.push(num).cofactors(chart.push(den))
    result = Frac(chart.pull(top).scale(content, monomial)) * Frac(Poly({den_monomial: den_content})).inverse()
    return result * Frac(chart.pull(bottom)).inverse()


def divide(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    """Return quotient and remainder of two primitive sums by one divisor (rational coefficients)."""
    chart = Chart([num, den], {})
    rational = chart.ring.clone(domain=chart.ring.domain.get_field())
    quotient, remainder = chart.push(num).set_ring(rational).div(chart.push(den).set_ring(rational))
    return _pull_rational(chart, quotient), _pull_rational(chart, remainder)


def _pull_rational(chart: Chart, element: Any) -> Poly:
    denominator = 1
    for c in element.values():
        denominator = lcm(denominator, int(c.denominator))
    whole = {m: int(c.numerator) * (denominator // int(c.denominator)) for m, c in element.items()}
    return chart.pull(whole).scale(Fraction(1, denominator))
