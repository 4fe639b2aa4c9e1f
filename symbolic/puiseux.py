r"""Sums of monomials with rational exponents, and fractions of them: the arithmetic under the zero test.

An element is a fraction of finite sums

    sum_m  c_m  prod_g g^{e_g},      c_m in Q,  e_g in Q (negative ones allowed),

over generators g that are only numbers here (what they stand for is the field's business, `exponential_field.py`).
Rational exponents make $\sqrt x\cdot\sqrt x = x$ and $e^{x/2}e^{x/3}=e^{5x/6}$ plain addition of exponents, with no
common denominator to be chosen beforehand. Denominators are kept as products of sums, not multiplied out: the zero
test looks at the numerator alone, and needs no greatest common divisor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import comb, gcd

Exponent = int | Fraction
Coefficient = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]

MAX_PRODUCT = 300_000
"""Largest number of pairs of terms that one multiplication may visit (about half a second)."""
MAX_TERMS = 20_000
MAX_EXPANSION = 4_000
"""Largest number of terms to which a power of a sum may be multiplied out."""


class TooLargeError(ArithmeticError):
    """The work predicted for the next operation is beyond the budget of the exact test."""


class UndefinedError(ArithmeticError):
    """A denominator is identically zero: the expression has no value anywhere."""


def multiply_monomials(left: Monomial, right: Monomial) -> Monomial:
    """Return the product: exponents of equal generators are added, zeros dropped."""
    if not left:
        return right
    if not right:
        return left
    exponents = dict(left)
    for generator, exponent in right:
        total = exponents.get(generator, 0) + exponent
        if total:
            exponents[generator] = total
        else:
            exponents.pop(generator, None)
    return tuple(sorted(exponents.items()))


def raise_monomial(monomial: Monomial, exponent: Exponent) -> Monomial:
    """Return the monomial to a rational power, generator by generator."""
    return tuple((g, whole(e * exponent)) for g, e in monomial) if exponent else ()


def whole(value: Coefficient) -> Coefficient:
    """Return a fraction with denominator 1 as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class Poly:
    """A finite sum of monomials with rational coefficients. Immutable by convention; equal sums hash equal."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Coefficient]) -> None:
        self.terms: dict[Monomial, Coefficient] = {m: c for m, c in terms.items() if c}
        self._hash: int | None = None

    @staticmethod
    def constant(value: Coefficient) -> Poly:
        return Poly({(): whole(value)})

    @staticmethod
    def generator(index: int, exponent: Exponent = 1) -> Poly:
        return Poly({((index, exponent),): 1}) if exponent else Poly({(): 1})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def __add__(self, other: Poly) -> Poly:
        if len(self.terms) + len(other.terms) > MAX_TERMS:
            raise TooLargeError("a sum has too many terms")
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return Poly(terms)

    def __neg__(self) -> Poly:
        return Poly({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + (-other)

    def __mul__(self, other: Poly) -> Poly:
        if len(self.terms) * len(other.terms) > MAX_PRODUCT:
            raise TooLargeError("a product has too many terms")
        terms: dict[Monomial, Coefficient] = {}
        for m1, c1 in self.terms.items():
            for m2, c2 in other.terms.items():
                monomial = multiply_monomials(m1, m2)
                terms[monomial] = terms.get(monomial, 0) + c1 * c2
        return Poly(terms)

    def scale(self, factor: Coefficient, monomial: Monomial = ()) -> Poly:
        """Return ``factor * monomial * self``."""
        return Poly({multiply_monomials(m, monomial): whole(c * factor) for m, c in self.terms.items()})

    def __pow__(self, exponent: int) -> Poly:
        if len(self.terms) == 1:
            ((monomial, coefficient),) = self.terms.items()
            _guard_power(coefficient, exponent)
            return Poly({raise_monomial(monomial, exponent): coefficient**exponent})
        if exponent > 1000 or comb(exponent + len(self.terms) - 1, exponent) > MAX_EXPANSION:
            raise TooLargeError("a power of a sum has too many terms")
        result = Poly.constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    def generators(self) -> set[int]:
        return {g for m in self.terms for g, _ in m}

    def single(self) -> tuple[Monomial, Coefficient] | None:
        """Return the only term, or None when there is not exactly one."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    def value(self) -> Coefficient | None:
        """Return the rational number that the sum is, or None."""
        if not self.terms:
            return 0
        return self.terms.get(()) if len(self.terms) == 1 else None

    def lowest(self) -> Monomial:
        """Return the largest monomial that divides all terms (exponents may be negative or fractions)."""
        monomials = iter(self.terms)
        lowest = dict(next(monomials))
        for monomial in monomials:
            exponents = dict(monomial)
            for g in {*lowest, *exponents}:
                lowest[g] = min(lowest.get(g, 0), exponents.get(g, 0))
        return tuple(sorted((g, e) for g, e in lowest.items() if e))

    def primitive(self) -> tuple[Coefficient, Monomial, Poly]:
        """Return (c, m, P) with self = c m P, P with coprime whole coefficients, leading one positive."""
        numerator, denominator = 0, 1
        for c in self.terms.values():
            numerator = gcd(numerator, c.numerator)
            denominator = denominator * c.denominator // gcd(denominator, c.denominator)
        lowest = self.lowest()
        inverse = raise_monomial(lowest, -1)
        leading = self.terms[max(self.terms, key=_order)]
        content = Fraction(numerator if leading > 0 else -numerator, denominator)
        return whole(content), lowest, self.scale(1 / content, inverse)


def _order(monomial: Monomial) -> tuple[tuple[int, Exponent], ...]:
    return tuple(sorted(monomial, reverse=True))


def _guard_power(base: Coefficient, exponent: int) -> None:
    bits = max(abs(base.numerator), base.denominator).bit_length()
    if bits > 1 and bits * exponent > 100_000:
        raise TooLargeError("a number would have more than 30 000 digits")


class Frac:
    """A fraction num / prod(P^k for P, k in den). The factors P are primitive and have at least two terms."""

    __slots__ = ("den", "num")

    def __init__(self, num: Poly, den: Mapping[Poly, int] | None = None) -> None:
        self.num = num
        self.den: dict[Poly, int] = dict(den) if den and num else {}

    @staticmethod
    def constant(value: Coefficient) -> Frac:
        return Frac(Poly.constant(value))

    @staticmethod
    def generator(index: int, exponent: Exponent = 1) -> Frac:
        return Frac(Poly.generator(index, exponent))

    @staticmethod
    def product(factors: Iterable[Frac]) -> Frac:
        result = Frac.constant(1)
        for factor in factors:
            result = result * factor
        return result

    def __add__(self, other: Frac) -> Frac:
        if self.den == other.den:
            return Frac(self.num + other.num, self.den)
        den = dict(self.den)
        for factor, power in other.den.items():
            den[factor] = max(power, den.get(factor, 0))
        return Frac(self._over(den) + other._over(den), den)

    def _over(self, den: Mapping[Poly, int]) -> Poly:
        num = self.num
        for factor, power in den.items():
            if missing := power - self.den.get(factor, 0):
                num = num * factor**missing
        return num

    def __neg__(self) -> Frac:
        return Frac(-self.num, self.den)

    def __sub__(self, other: Frac) -> Frac:
        return self + (-other)

    def __mul__(self, other: Frac) -> Frac:
        num = self.num * other.num
        den = dict(self.den)
        for factor, power in other.den.items():
            den[factor] = den.get(factor, 0) + power
        return Frac(num, den)

    def scale(self, factor: Coefficient) -> Frac:
        return Frac(self.num.scale(factor), self.den)

    def inverse(self) -> Frac:
        """Return 1 / self. Raises: UndefinedError for zero."""
        if not self.num:
            raise UndefinedError("division by zero")
        content, monomial, rest = self.num.primitive()
        top = Frac(Poly({raise_monomial(monomial, -1): whole(Fraction(1) / content)}))
        for factor, power in self.den.items():
            top = top * Frac(factor**power)
        return top if rest.value() == 1 else Frac(top.num, {rest: 1})

    def __truediv__(self, other: Frac) -> Frac:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> Frac:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        return Frac(self.num**exponent, {f: k * exponent for f, k in self.den.items()} if exponent else None)

    def value(self) -> Coefficient | None:
        """Return the rational number that the fraction plainly is, or None."""
        return self.num.value() if not self.den else None

    def generators(self) -> set[int]:
        return self.num.generators().union(*(f.generators() for f in self.den))

    def expanded_denominator(self) -> Poly:
        result = Poly.constant(1)
        for factor, power in self.den.items():
            result = result * factor**power
        return result
