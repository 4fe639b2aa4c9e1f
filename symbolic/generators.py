r"""What the generators of the exact zero test stand for, and the relations that they satisfy.

A generator is a symbol, a constant, or a *kernel*: an exponential $e^{k}$, a root base $B$ with $B^1=h$ (so that
$B^{1/2}=\sqrt h$ is the principal root), a modulus $A=|f|$ with $A^2=f\bar f$, a logarithm, a function value. Every
relation is an identity of the functions meant, so a sum that reduces to 0 *is* 0: soundness needs no independence of
the generators, only completeness does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from sympy import Expr, Symbol, cyclotomic_poly

from .puiseux import Coefficient, Exponent, Frac, Monomial, Poly, TooLargeError, UndefinedError, multiply_monomials

MINUS_ONE = 0
"""Index of the generator that stands for -1: its powers are the roots of unity, its square root is i."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """One generator. ``relation`` is (period m, value v): g^m = v. ``log`` is the real logarithm of a positive g.

    ``conjugate``: "self" for real ones, "inverse" for those of modulus 1, None when it is not known.
    ``exponent`` is k for an exponential e^k, whose fractional powers are e^{ck}, not principal roots.
    ``cis`` is exp(i g) for an inverse trigonometric function g, whose real part lies in (-pi, pi].
    """

    key: tuple[object, ...]
    meaning: Expr
    nonnegative: bool = False
    positive: bool = False
    integer: bool = False
    constant: bool = False
    algebraic: bool = False
    conjugate: str | None = None
    relation: tuple[int, Frac] | None = None
    log: Frac | None = None
    exponent: Frac | None = None
    cis: Frac | None = None


class Generators:
    """The table of generators of one proof, found again by their keys."""

    def __init__(self) -> None:
        self.table: list[Generator] = []
        self.index: dict[tuple[object, ...], int] = {}
        minus_one = Generator(
            key=("-1",), meaning=Symbol("zeta"), constant=True, algebraic=True, conjugate="inverse",
            relation=(2, Frac.constant(1)),
        )  # fmt: skip
        self.add(minus_one)

    def add(self, generator: Generator) -> int:
        """Return the index of the generator with this key, made when it is new."""
        if generator.key not in self.index:
            if len(self.table) > 400:
                raise TooLargeError("more than 400 kernels")
            self.index[generator.key] = len(self.table)
            self.table.append(generator)
        return self.index[generator.key]

    def __getitem__(self, index: int) -> Generator:
        return self.table[index]

    def reduce(self, fraction: Frac) -> Frac:
        """Return the fraction with every relation applied. Raises: UndefinedError when a denominator vanishes."""
        result = self.reduce_sum(fraction.num)
        for factor, power in fraction.den.items():
            reduced = self.reduce_sum(factor)
            if not reduced.num:
                raise UndefinedError("a denominator is identically zero")
            result = result * (reduced**power).inverse()
        return result

    def reduce_sum(self, poly: Poly) -> Frac:
        """Return the sum with exponents of related generators brought into [0, period), latest generators first."""
        result = Frac(poly)
        for _ in range(200):
            late = [g for g in result.num.generators() if self._out_of_range(g, result.num)]
            if not late:
                return Frac(reduce_roots_of_unity(result.num), result.den)
            result = self._apply(max(late), result)
        raise TooLargeError("relations nested too deep")

    def _out_of_range(self, g: int, poly: Poly) -> bool:
        relation = self.table[g].relation
        return relation is not None and any(
            not 0 <= e < relation[0] for m in poly.terms for index, e in m if index == g
        )

    def _apply(self, g: int, fraction: Frac) -> Frac:
        relation = self.table[g].relation
        assert relation is not None
        period, value = relation
        groups: dict[int, dict[Monomial, Coefficient]] = {}
        for monomial, c in fraction.num.terms.items():
            exponent: Exponent = dict(monomial).get(g, 0)
            wraps = int(exponent // period)
            rest = multiply_monomials(monomial, ((g, -wraps * period),)) if wraps else monomial
            terms = groups.setdefault(wraps, {})
            terms[rest] = terms.get(rest, 0) + c
        result = Frac.constant(0)
        for wraps, terms in groups.items():
            result = result + Frac(Poly(terms)) * value**wraps
        return result * Frac(Poly.constant(1), fraction.den)


def reduce_roots_of_unity(poly: Poly) -> Poly:
    r"""Return the sum with $z=(-1)^{1/N}$ reduced by its minimal polynomial, the cyclotomic one of index 2N."""
    order = 1
    for monomial in poly.terms:
        for g, e in monomial:
            if g == MINUS_ONE:
                order = lcm(order, e.denominator)
    if not any(g == MINUS_ONE for m in poly.terms for g, _ in m):
        return poly
    if order > 360:
        raise TooLargeError("a root of unity of order above 720")
    symbol = Symbol("z")
    modulus = [int(c) for c in cyclotomic_poly(2 * order, symbol, polys=True).all_coeffs()]
    rows: dict[Monomial, dict[int, Coefficient]] = {}
    for monomial, c in poly.terms.items():
        exponents = dict(monomial)
        power = int(exponents.pop(MINUS_ONE, 0) * order) % (2 * order)
        row = rows.setdefault(tuple(sorted(exponents.items())), {})
        row[power] = row.get(power, 0) + c
    terms: dict[Monomial, Coefficient] = {}
    for rest, row in rows.items():
        for power, c in _remainder(row, modulus, 2 * order).items():
            exponent = Fraction(power, order)
            whole = exponent.numerator if exponent.denominator == 1 else exponent
            terms[multiply_monomials(rest, ((MINUS_ONE, whole),)) if power else rest] = c
    return Poly(terms)


def _remainder(row: dict[int, Coefficient], modulus: list[int], size: int) -> dict[int, Coefficient]:
    dense: list[Coefficient] = [row.get(size - 1 - k, 0) for k in range(size)]
    degree = len(modulus) - 1
    for k in range(size - degree):
        if lead := dense[k]:
            for j, m in enumerate(modulus):
                dense[k + j] -= lead * m
    return {size - 1 - k: c for k, c in enumerate(dense) if c}
