r"""The field in which the exact zero test computes: exponentials, logarithms, roots and moduli over the rationals.

Rules, each an identity of functions on the declared domain:

    exp(sum c_j m_j)  = prod exp(m_j)^{c_j}          m_j monomials of the exponent, c_j rational
    exp(c log h)      = h^c,   exp(i pi c) = (-1)^c   principal powers
    log(prod f_j^{e_j} r) = sum e_j log f_j + log r   for f_j > 0, any r != 0
    (prod f_j^{e_j} r)^c  = prod f_j^{e_j c} r^c      for f_j >= 0, any r
    g^{2k} = |g|^{2k} for real g,   |f|^2 = f conj(f)

Choosing the monomials of the exponents as basis over Q makes the exponentials independent up to the relations above,
so that an identity holds if and (nearly always) only if its numerator reduces to 0 (Risch's structure theorem).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

from sympy import Expr, log, pi

from . import factoring
from .algebraic_numbers import vanishes
from .angles import angle_vanishes
from .bases import modulus_base, principal_base
from .exponentials import exponential
from .generators import MINUS_ONE, Generator, Generators
from .meanings import meaning
from .puiseux import Coefficient, Exponent, Frac, Monomial, Poly, UndefinedError, raise_monomial
from .signs import balance, conjugate, is_dominated, is_positive, is_real, sign_of_monomial
from .splitting import Split, split, square_modulus

HALF = Fraction(1, 2)
I = Frac.generator(MINUS_ONE, HALF)  # noqa: E741


class ExponentialField:
    """The generators of one proof and the operations that make new ones.

    A proof may read its expression twice. The second pass knows what the first one met: the denominators of exponents
    (``scales``: factors are taken in the finer variable, $e^x-1=(e^{x/2}-1)(e^{x/2}+1)$ when $e^{x/2}$ occurs anywhere)
    and the denominators inside exponents (``divisor``: all exponents are then written over one denominator).
    """

    def __init__(self) -> None:
        self.generators = Generators()
        self.positive: list[Poly] = []
        self.rules: dict[str, None] = {}
        self.scales: dict[int, int] = {}
        self.divisor: dict[Poly, int] = {}
        self._met_divisor: dict[Poly, int] = {}
        pi_key = Generator(key=("pi",), meaning=pi, positive=True, nonnegative=True, constant=True, conjugate="self")
        self.pi = self.add(pi_key)

    def add(self, generator: Generator) -> int:
        return self.generators.add(generator)

    def learn(self, fractions: Iterable[Frac]) -> bool:
        """Take note of the denominators met; say whether a second pass could use them."""
        scales = dict(self.scales)
        for fraction in fractions:
            for poly in (fraction.num, *fraction.den):
                for monomial in poly.terms:
                    for g, e in monomial:
                        scales[g] = lcm(scales.get(g, 1), e.denominator)
        scales = {g: scale for g, scale in scales.items() if scale > 1}
        news = scales != self.scales or (self._met_divisor != self.divisor and len(self._met_divisor) > 1)
        self.scales, self.divisor = scales, dict(self._met_divisor)
        return news

    def use(self, rule: str) -> None:
        self.rules.setdefault(rule)

    def reduce(self, fraction: Frac) -> Frac:
        return self.generators.reduce(fraction)

    def canonical(self, fraction: Frac) -> Frac:
        """Return the reduced, cancelled form, used as the key of kernels."""
        return factoring.cancel(self.reduce(fraction), self.scales)

    def conjugate(self, fraction: Frac) -> Frac | None:
        return conjugate(self.generators, fraction)

    def is_real(self, fraction: Frac) -> bool:
        return is_real(self.generators, fraction)

    def is_positive(self, fraction: Frac) -> bool:
        """Say whether the fraction is certainly positive: an even number of factors of certain sign."""
        parts = split(self, self.canonical(fraction))
        strict = all(self.generators[g].positive for g, _ in parts.bases)
        return strict and parts.turn == 0 and parts.remainder.value() == 1 and bool(fraction.num)

    def vanishes(self, fraction: Frac) -> bool:
        """Prove that the fraction is 0; False means only that it was not proved."""
        num = self.reduce(fraction).num
        return self._sum_vanishes(num) or self._logarithm_vanishes(num)

    def _logarithm_vanishes(self, num: Poly) -> bool:
        """A real number v with e^v = 1 is 0: closes logarithms whose arguments do not factor alike."""
        logs = [g for g in num.generators() if self.generators[g].key[0] == "log"]
        if not logs or len(num) > 12 or not self.is_real(Frac(num)):
            return False
        if not self._sum_vanishes(self.reduce(self.exp(Frac(num)) - Frac.constant(1)).num):
            return False
        self.use("a real number v with exp(v) = 1 is 0")
        return True

    def _sum_vanishes(self, num: Poly) -> bool:
        if not num:
            return True
        rows: dict[Monomial, dict[Monomial, Coefficient]] = {}
        for monomial, c in num.terms.items():
            numbers = tuple((g, e) for g, e in monomial if self.generators[g].algebraic)
            rest = tuple((g, e) for g, e in monomial if not self.generators[g].algebraic)
            rows.setdefault(rest, {})[numbers] = c
        if all(len(row) > 1 and vanishes(self.generators, Poly(row)) for row in rows.values()):
            self.use("algebraic numbers below their root separation bound are zero")
            return True
        if angle_vanishes(self, num):
            self.use("an angle in (-2 pi, 2 pi) with exp(i angle) = 1 is 0")
            return True
        return False

    def exp(self, exponent: Frac) -> Frac:
        """Return e to the fraction, one generator per monomial of the exponent."""
        return exponential(self, exponent)

    def meaning(self, fraction: Frac) -> Expr:
        """Return the SymPy expression that a fraction stands for (not evaluated further)."""
        return meaning(self.generators, fraction)

    def log_of_generator(self, g: int) -> Frac:
        """The real (for positive g) or principal logarithm of a generator."""
        generator = self.generators[g]
        if generator.log is not None:
            return generator.log
        if g == MINUS_ONE:
            return I * Frac.generator(self.pi)
        index = self.add(
            Generator(key=("log", g), meaning=log(generator.meaning, evaluate=False), constant=generator.constant,
                      conjugate="self" if generator.nonnegative else None)
        )  # fmt: skip
        return Frac.generator(index)

    def log(self, fraction: Frac, *, integer_power: bool = False) -> Frac:
        """Return the principal logarithm (with ``integer_power``: any logarithm, to be multiplied by an integer)."""
        parts = split(self, self.canonical(fraction), integer_power=integer_power)
        self.use("log(a b) = log a + log b for a > 0")
        total = Frac.constant(0)
        for g, e in parts.bases:
            exponent = self.generators[g].exponent if integer_power else None
            total = total + (exponent or self.log_of_generator(g)).scale(e)
        remainder = self.canonical(parts.remainder)
        if remainder.value() == 1:
            return total + self.log_of_generator(MINUS_ONE).scale(parts.turn)
        whole = self.canonical(remainder * self.unit(parts.turn))
        return total + self.log_of_generator(principal_base(self, whole))

    def unit(self, turn: Fraction) -> Frac:
        return Frac(Poly({((MINUS_ONE, turn % 2),): 1})) if turn % 2 else Frac.constant(1)

    def root(self, fraction: Frac, exponent: Fraction) -> Frac:
        """Return the principal power with a rational exponent that is not whole."""
        if not fraction.num:
            if exponent > 0:
                return fraction
            raise UndefinedError("a negative power of zero")
        fraction = self.canonical(fraction)
        square = square_modulus(self, fraction)
        if square is not None:
            return self.root_of_split(square, exponent)
        return self.root_of_split(split(self, fraction), exponent)

    def root_of_split(self, parts: Split, exponent: Fraction) -> Frac:
        self.use("(a b)^c = a^c b^c for a >= 0")
        result = Frac.constant(1)
        for g, e in parts.bases:
            result = result * self.power_of_generator(g, e * exponent)
        remainder = self.canonical(parts.remainder)
        if remainder.value() == 1:
            return result * self.unit(parts.turn * exponent)
        whole = self.canonical(remainder * self.unit(parts.turn))
        if whole.den and all(self.is_real(Frac(f)) for f in whole.den):
            below = Frac(whole.expanded_denominator())
            result = result * self.root((below * below), exponent).inverse()
            whole = self.canonical(Frac(whole.num) * below)
        return result * self.power_of_generator(principal_base(self, whole), exponent)

    def power_of_generator(self, g: int, exponent: Exponent) -> Frac:
        """Return g^c, the principal power; whole exponents of a base are written out by the relation."""
        exponent = exponent.numerator if exponent.denominator == 1 else exponent
        return Frac.generator(g, exponent)

    def modulus(self, fraction: Frac) -> Frac:
        """Return |fraction|. Raises: TooLargeError when a conjugate is not known."""
        if not fraction.num:
            return fraction
        fraction = self.canonical(fraction)
        result = Frac.constant(1)
        for poly, sign in [(fraction.num, 1), *((p, -k) for p, k in fraction.den.items())]:
            content, monomial, factors = factoring.factor(poly, self.scales)
            result = result.scale(abs(Fraction(content) ** sign))
            for g, e in monomial:
                result = result * self._modulus_of_power(Poly.generator(g), e * sign)
            for factor, e in factors:
                result = result * self._modulus_of_power(factor, e * sign)
        return result

    def _modulus_of_power(self, poly: Poly, e: Exponent) -> Frac:
        single = poly.single()
        if single is not None and sign_of_monomial(self.generators, single[0]) is not None:
            return Frac(Poly({raise_monomial(single[0], e): 1}))
        if single is not None and self.generators[single[0][0][0]].conjugate == "inverse":
            return Frac.constant(1)
        if e.denominator == 1:
            middle, balanced = balance(poly)
            for signed in (balanced, -balanced):
                if middle and is_dominated(self.generators, signed):
                    return Frac(signed) ** int(e)
            for signed in (poly, -poly):
                if is_positive(self.generators, signed, self.positive):
                    return Frac(signed) ** int(e)
        return Frac.generator(modulus_base(self, poly), e)
