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
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from sympy import Abs, E, Expr, Integer, Mul, Pow, Rational, Symbol, exp, log, pi
from sympy.ntheory import factorint

from . import factoring
from .algebraic_numbers import vanishes
from .angles import angle_vanishes
from .generators import MINUS_ONE, Generator, Generators
from .puiseux import Coefficient, Exponent, Frac, Monomial, Poly, TooLargeError, UndefinedError, raise_monomial
from .signs import balance, conjugate, is_dominated, is_positive, is_real, sign_of_monomial

HALF = Fraction(1, 2)
I = Frac.generator(MINUS_ONE, HALF)  # noqa: E741


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A product prod base^e (bases positive or nonnegative generators) times a remainder of unknown sign."""

    bases: tuple[tuple[int, Exponent], ...]
    remainder: Frac
    turn: Fraction
    """A factor (-1)^turn, turn in (-1, 1]."""


class ExponentialField:
    """The generators of one proof and the operations that make new ones.

    A proof may read its expression twice. The second pass knows what the first one met: the denominators of exponents
    (``scales``: factors are taken in the finer variable, $e^x-1=(e^{x/2}-1)(e^{x/2}+1)$ when $e^{x/2}$ occurs anywhere)
    and the denominators inside exponents (``divisor``: all exponents are then written over one denominator).
    """

    def __init__(self) -> None:
        self.generators = Generators()
        self.positive: list[Poly] = []
        self.nonnegative: list[Poly] = []
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
        split = self.split(self.canonical(fraction))
        strict = all(self.generators[g].positive for g, _ in split.bases)
        return strict and split.turn == 0 and split.remainder.value() == 1 and bool(fraction.num)

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

    # exponentials ------------------------------------------------------------------------------------------------

    def exp(self, exponent: Frac) -> Frac:
        """Return e to the fraction, one generator per monomial of the exponent."""
        exponent = self.canonical(exponent)
        result = Frac.constant(1)
        for monomial, den, c in self._terms(exponent):
            result = result * self._exp_of_term(monomial, den, c)
        return result

    def _terms(self, exponent: Frac) -> list[tuple[Monomial, Poly | None, Coefficient]]:
        for factor, power in exponent.den.items():
            self._met_divisor[factor] = max(power, self._met_divisor.get(factor, 0))
        if not exponent.den and not self.divisor:
            return [(m, None, c) for m, c in exponent.num.terms.items()]
        over = {f: max(exponent.den.get(f, 0), self.divisor.get(f, 0)) for f in {**exponent.den, **self.divisor}}
        num = exponent.num
        for factor, power in over.items():
            num = num * factor ** (power - exponent.den.get(factor, 0))
        lowest: Monomial = tuple((g, e) for g, e in num.lowest() if Fraction(e) < 0)
        den = Frac(Poly.constant(1), over).expanded_denominator().scale(1, raise_monomial(lowest, -1))
        content, monomial, rest = num.scale(1, raise_monomial(lowest, -1)).primitive()
        quotient, remainder = factoring.divide(rest.scale(1, monomial), den)
        whole = [(m, None, c * content) for m, c in quotient.terms.items()]
        return whole + [(m, den, c * content) for m, c in remainder.terms.items()]

    def _exp_of_term(self, monomial: Monomial, den: Poly | None, c: Coefficient) -> Frac:
        if den is None:
            if not monomial:
                one = Frac.constant(1)
                e = self.add(Generator(key=("e",), meaning=E, positive=True, nonnegative=True, constant=True,
                                       conjugate="self", log=one))  # fmt: skip
                return Frac.generator(e, c)
            if monomial == ((MINUS_ONE, HALF), (self.pi, 1)):
                return Frac(Poly({((MINUS_ONE, Fraction(c) % 2),): 1})) if c % 2 else Frac.constant(1)
            if len(monomial) == 1 and monomial[0][1] == 1:
                generator = self.generators[monomial[0][0]]
                if generator.key[0] == "log":
                    return self.power_of_generator(int(str(generator.key[1])), c)
            if len(monomial) == 2 and monomial[0] == (MINUS_ONE, HALF) and monomial[1][1] == 1:
                cis = self.generators[monomial[1][0]].cis
                if cis is not None and c.denominator == 1 and abs(int(c)) <= 60:
                    return self.reduce(cis ** int(c))
        kernel = Frac(Poly({monomial: 1}))
        if den is not None:
            kernel = kernel * Frac(den).inverse()
        return self._exponential(kernel, c)

    def _exponential(self, kernel: Frac, c: Coefficient) -> Frac:
        self.use("exp(a + b) = exp(a) exp(b), one symbol per monomial of the exponents")
        image = self.conjugate(kernel)
        real = image is not None and not self.reduce(image - kernel).num
        turning = image is not None and not self.reduce(image + kernel).num
        g = self.add(
            Generator(
                key=("exp", kernel.num, tuple(kernel.den)),
                meaning=exp(self.meaning(kernel), evaluate=False),
                positive=real,
                nonnegative=real,
                constant=all(self.generators[k].constant for k in kernel.generators()),
                conjugate="self" if real else "inverse" if turning else None,
                log=kernel if real else None,
                exponent=kernel,
                relation=(2, Frac.constant(1)) if self._is_half_turn(kernel) else None,
            )
        )
        return Frac.generator(g, c)

    def _is_half_turn(self, kernel: Frac) -> bool:
        """i pi n with n a product of integers."""
        single = kernel.num.single()
        if single is None or kernel.den:
            return False
        exponents = dict(single[0])
        if exponents.pop(MINUS_ONE, 0) != HALF or exponents.pop(self.pi, 0) != 1:
            return False
        return all(self.generators[g].integer and e.denominator == 1 and e > 0 for g, e in exponents.items())

    # products, logarithms, roots -----------------------------------------------------------------------------------

    def split(self, fraction: Frac, *, integer_power: bool = False) -> Split:
        """Return the fraction as positive bases to rational powers, a unit (-1)^turn and a remainder.

        With ``integer_power`` every factor counts as a base (an integer power of a product is the product of powers).
        """
        if not fraction.num:
            raise UndefinedError("logarithm or root of an expression that is identically zero")
        bases: dict[int, Exponent] = {}
        remainder = Frac.constant(1)
        turn: Fraction = Fraction(0)
        pieces = [(fraction.num, 1), *((p, -k) for p, k in fraction.den.items())]
        for poly, sign in pieces:
            content, monomial, factors = factoring.factor(poly, self.scales)
            turn += 1 if content < 0 else 0
            for prime, power in self._primes(abs(Fraction(content))):
                base = self.number_base(prime)
                bases[base] = bases.get(base, 0) + power * sign
            for g, e in monomial:
                rest, turned = self._split_generator(bases, g, e * sign, integer_power)
                remainder, turn = remainder * rest, turn + turned
            for factor, e in factors:
                rest, turned = self._split_factor(bases, factor, e * sign, integer_power)
                remainder, turn = remainder * rest, turn + turned
        turn = Fraction(turn) % 2
        turn = turn - 2 if turn > 1 else turn
        found = tuple((g, e) for g, e in bases.items() if e)
        return Split(bases=found, remainder=remainder, turn=turn)

    def _primes(self, value: Fraction) -> list[tuple[int, int]]:
        if max(value.numerator, value.denominator) > 10**30:
            raise TooLargeError("a number with more than 30 digits would have to be factored")
        top, bottom = factorint(value.numerator), factorint(value.denominator)
        return [*((int(p), int(e)) for p, e in top.items()), *((int(p), -int(e)) for p, e in bottom.items())]

    def _split_generator(
        self, bases: dict[int, Exponent], g: int, e: Exponent, integer_power: bool
    ) -> tuple[Frac, Fraction]:
        generator = self.generators[g]
        nothing = (Frac.constant(1), Fraction(0))
        if g == MINUS_ONE:
            return Frac.constant(1), Fraction(e)
        if generator.nonnegative or integer_power:
            bases[g] = bases.get(g, 0) + e
            return nothing
        if is_positive(self.generators, -Poly.generator(g), self.positive) and e.denominator == 1:
            base = self._positive_base(-Poly.generator(g))
            bases[base] = bases.get(base, 0) + e
            return Frac.constant(1), Fraction(e)
        if is_positive(self.generators, Poly.generator(g), self.positive):
            base = self._positive_base(Poly.generator(g))
            bases[base] = bases.get(base, 0) + e
            return nothing
        if generator.conjugate == "self" and e.denominator == 1 and int(e) % 2 == 0:
            base = self.modulus_base(Poly.generator(g))
            bases[base] = bases.get(base, 0) + e
            return nothing
        return Frac.generator(g, e), Fraction(0)

    def _split_factor(
        self, bases: dict[int, Exponent], factor: Poly, e: int, integer_power: bool
    ) -> tuple[Frac, Fraction]:
        middle, balanced = balance(factor)
        for signed, turned in ((balanced, 0), (-balanced, e)):
            if middle and is_dominated(self.generators, signed):
                base = self._positive_base(signed)
                bases[base] = bases.get(base, 0) + e
                return Frac(Poly({raise_monomial(middle, e): 1})), Fraction(turned)
        for signed, turned in ((factor, 0), (-factor, e)):
            if is_positive(self.generators, signed, self.positive):
                base = self._positive_base(signed)
                bases[base] = bases.get(base, 0) + e
                return Frac.constant(1), Fraction(turned)
        for signed, turned in ((factor, 0), (-factor, e)):
            if any(_same_direction(signed, given) for given in self.nonnegative):
                base = self._positive_base(signed, strict=False)
                bases[base] = bases.get(base, 0) + e
                return Frac.constant(1), Fraction(turned)
        if integer_power:
            base = self._principal_base(Frac(factor))
            bases[base] = bases.get(base, 0) + e
            return Frac.constant(1), Fraction(0)
        if e % 2 == 0 and self.is_real(Frac(factor)):
            base = self.modulus_base(factor)
            bases[base] = bases.get(base, 0) + e
            return Frac.constant(1), Fraction(0)
        return Frac(factor) ** e, Fraction(0)

    def number_base(self, number: int) -> int:
        value = Frac.constant(number)
        return self.add(
            Generator(key=("base", value.num, ()), meaning=Integer(number), positive=True, nonnegative=True,
                      constant=True, algebraic=True, conjugate="self", relation=(1, value))
        )  # fmt: skip

    def _positive_base(self, poly: Poly, *, strict: bool = True) -> int:
        generators = [self.generators[g] for g in poly.generators()]
        return self.add(
            Generator(key=("base", poly, ()), meaning=self.meaning(Frac(poly)), positive=strict, nonnegative=True,
                      constant=all(g.constant for g in generators), algebraic=all(g.algebraic for g in generators),
                      conjugate="self", relation=(1, Frac(poly)))
        )  # fmt: skip

    def _principal_base(self, value: Frac) -> int:
        """The base of principal powers and of the principal logarithm of an expression of unknown sign."""
        single = value.num.single()
        if not value.den and single is not None and single[1] == 1 and len(single[0]) == 1 and single[0][0][1] == 1:
            g = single[0][0][0]
            if g != MINUS_ONE and self.generators[g].key[0] != "exp":  # powers of exponentials are not principal ones
                return g
        generators = [self.generators[g] for g in value.generators()]
        return self.add(
            Generator(key=("base", value.num, tuple(value.den.items())), meaning=self.meaning(value),
                      constant=all(g.constant for g in generators), relation=(1, value),
                      conjugate="self" if self.is_real(value) else None)
        )  # fmt: skip

    def modulus_base(self, poly: Poly) -> int:
        """The generator |poly|. Raises: TooLargeError when the conjugate is not known."""
        content, monomial, rest = poly.primitive()
        if rest.value() == 1 and len(monomial) == 1 and content == 1:
            rest = Poly({monomial: 1})
        image = self.conjugate(Frac(rest))
        if image is None:
            raise TooLargeError("the conjugate of an expression is not known")
        mirror = image.num.primitive()[2] if len(image.num) > 1 else rest
        if len(rest) > 1 and repr(sorted(mirror.terms.items())) < repr(sorted(rest.terms.items())):
            rest, image = mirror, self.conjugate(Frac(mirror)) or image
        self.use("|f|^2 = f conj(f)")
        return self.add(
            Generator(key=("abs", rest), meaning=Abs(self.meaning(Frac(rest)), evaluate=False), nonnegative=True,
                      constant=all(self.generators[g].constant for g in rest.generators()), conjugate="self",
                      relation=(2, Frac(rest) * image))
        )  # fmt: skip

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
        split = self.split(self.canonical(fraction), integer_power=integer_power)
        self.use("log(a b) = log a + log b for a > 0")
        total = Frac.constant(0)
        for g, e in split.bases:
            exponent = self.generators[g].exponent if integer_power else None
            total = total + (exponent or self.log_of_generator(g)).scale(e)
        remainder = self.canonical(split.remainder)
        if remainder.value() == 1:
            return total + self.log_of_generator(MINUS_ONE).scale(split.turn)
        whole = self.canonical(remainder * self.unit(split.turn))
        return total + self.log_of_generator(self._principal_base(whole))

    def unit(self, turn: Fraction) -> Frac:
        return Frac(Poly({((MINUS_ONE, turn % 2),): 1})) if turn % 2 else Frac.constant(1)

    def root(self, fraction: Frac, exponent: Fraction) -> Frac:
        """Return the principal power with a rational exponent that is not whole."""
        if not fraction.num:
            if exponent > 0:
                return fraction
            raise UndefinedError("a negative power of zero")
        fraction = self.canonical(fraction)
        square = self._square_modulus(fraction)
        if square is not None:
            return self.root_of_split(square, exponent)
        return self.root_of_split(self.split(fraction), exponent)

    def root_of_split(self, split: Split, exponent: Fraction) -> Frac:
        self.use("(a b)^c = a^c b^c for a >= 0")
        result = Frac.constant(1)
        for g, e in split.bases:
            result = result * self.power_of_generator(g, e * exponent)
        remainder = self.canonical(split.remainder)
        if remainder.value() == 1:
            return result * self.unit(split.turn * exponent)
        whole = self.canonical(remainder * self.unit(split.turn))
        if whole.den and all(self.is_real(Frac(f)) for f in whole.den):
            below = Frac(whole.expanded_denominator())
            result = result * self.root((below * below), exponent).inverse()
            whole = self.canonical(Frac(whole.num) * below)
        return result * self.power_of_generator(self._principal_base(whole), exponent)

    def power_of_generator(self, g: int, exponent: Exponent) -> Frac:
        """Return g^c, the principal power; whole exponents of a base are written out by the relation."""
        exponent = exponent.numerator if exponent.denominator == 1 else exponent
        return Frac.generator(g, exponent)

    def _square_modulus(self, fraction: Frac) -> Split | None:
        """Recognise k |G|^2 with complex G, as in 1 - cos(x)^2 = |sin x|^2."""
        _, _, factors = factoring.factor(fraction.num, self.scales)
        pieces = list(factors)
        for f, k in fraction.den.items():
            pieces += [(p, -e * k) for p, e in factoring.factor(f, self.scales)[2]]
        if not pieces or any(e % 2 for _, e in pieces) or all(self.is_real(Frac(p)) for p, _ in pieces):
            return None
        G = Frac.product(Frac(p) ** (e // 2) for p, e in pieces)
        image = self.conjugate(G)
        if image is None:
            return None
        ratio = self.canonical(fraction * (G * image).inverse()).value()
        if ratio is None or ratio <= 0:
            return None
        bases = [(self.modulus_base(p), e) for p, e in pieces]
        bases += [(self.number_base(p), e) for p, e in self._primes(Fraction(ratio))]
        return Split(bases=tuple(bases), remainder=Frac.constant(1), turn=Fraction(0))

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
        return Frac.generator(self.modulus_base(poly), e)

    # meaning -------------------------------------------------------------------------------------------------------

    def meaning(self, fraction: Frac) -> Expr:
        """Return the SymPy expression that a fraction stands for (not evaluated further)."""
        top = self._meaning_of_sum(fraction.num)
        below = [Pow(self._meaning_of_sum(f), -k, evaluate=False) for f, k in fraction.den.items()]
        return Mul(top, *below, evaluate=False) if below else top

    def _meaning_of_sum(self, poly: Poly) -> Expr:
        from sympy import Add

        terms = [
            Mul(Rational(c.numerator, c.denominator), *(self._meaning_of_power(g, e) for g, e in m), evaluate=False)
            if m
            else Rational(c.numerator, c.denominator)
            for m, c in sorted(poly.terms.items(), key=repr)
        ]
        return terms[0] if len(terms) == 1 else Add(*terms, evaluate=False)

    def _meaning_of_power(self, g: int, e: Exponent) -> Expr:
        if g == MINUS_ONE:
            return Symbol("i") if e == HALF else exp(Symbol("i") * pi * Rational(e.numerator, e.denominator))
        base = self.generators[g].meaning
        return base if e == 1 else Pow(base, Rational(e.numerator, e.denominator), evaluate=False)


def _same_direction(left: Poly, right: Poly) -> bool:
    """Whether the sums agree up to a positive rational factor."""
    first, second = left.primitive(), right.primitive()
    return first[1:] == second[1:] and (first[0] > 0) == (second[0] > 0)
