r"""Splitting a product into factors of known sign: what logarithms and roots may be distributed over.

    log(prod f_j^{e_j} r) = sum e_j log f_j + log r,      (prod f_j^{e_j} r)^c = prod f_j^{e_j c} r^c    for f_j >= 0;

the remainder r, of unknown sign or complex, stays whole: nothing may be taken out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sympy.ntheory import factorint

from . import factoring
from .bases import modulus_base, number_base, positive_base, principal_base
from .generators import MINUS_ONE
from .puiseux import Exponent, Frac, Poly, TooLargeError, UndefinedError, raise_monomial
from .signs import balance, is_dominated, is_positive

if TYPE_CHECKING:
    from .exponential_field import ExponentialField


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A product prod base^e (bases positive or nonnegative generators) times a remainder of unknown sign."""

    bases: tuple[tuple[int, Exponent], ...]
    remainder: Frac
    turn: Fraction
    """A factor (-1)^turn, turn in (-1, 1]."""


def split(field: ExponentialField, fraction: Frac, *, integer_power: bool = False) -> Split:
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
        content, monomial, factors = factoring.factor(poly, field.scales)
        turn += 1 if content < 0 else 0
        for prime, power in primes(field, abs(Fraction(content))):
            base = number_base(field, prime)
            bases[base] = bases.get(base, 0) + power * sign
        for g, e in monomial:
            rest, turned = _split_generator(field, bases, g, e * sign, integer_power)
            remainder, turn = remainder * rest, turn + turned
        for factor, e in factors:
            rest, turned = _split_factor(field, bases, factor, e * sign, integer_power)
            remainder, turn = remainder * rest, turn + turned
    turn = Fraction(turn) % 2
    turn = turn - 2 if turn > 1 else turn
    found = tuple((g, e) for g, e in bases.items() if e)
    return Split(bases=found, remainder=remainder, turn=turn)


def primes(field: ExponentialField, value: Fraction) -> list[tuple[int, int]]:
    if max(value.numerator, value.denominator) > 10**30:
        raise TooLargeError("a number with more than 30 digits would have to be factored")
    top, bottom = factorint(value.numerator), factorint(value.denominator)
    return [*((int(p), int(e)) for p, e in top.items()), *((int(p), -int(e)) for p, e in bottom.items())]


def _split_generator(
    field: ExponentialField, bases: dict[int, Exponent], g: int, e: Exponent, integer_power: bool
) -> tuple[Frac, Fraction]:
    generator = field.generators[g]
    nothing = (Frac.constant(1), Fraction(0))
    if g == MINUS_ONE:
        return Frac.constant(1), Fraction(e)
    if generator.nonnegative or integer_power:
        bases[g] = bases.get(g, 0) + e
        return nothing
    if is_positive(field.generators, -Poly.generator(g), field.positive) and e.denominator == 1:
        base = positive_base(field, -Poly.generator(g))
        bases[base] = bases.get(base, 0) + e
        return Frac.constant(1), Fraction(e)
    if is_positive(field.generators, Poly.generator(g), field.positive):
        base = positive_base(field, Poly.generator(g))
        bases[base] = bases.get(base, 0) + e
        return nothing
    if generator.conjugate == "self" and e.denominator == 1 and int(e) % 2 == 0:
        base = modulus_base(field, Poly.generator(g))
        bases[base] = bases.get(base, 0) + e
        return nothing
    return Frac.generator(g, e), Fraction(0)


def _split_factor(
    field: ExponentialField, bases: dict[int, Exponent], factor: Poly, e: int, integer_power: bool
) -> tuple[Frac, Fraction]:
    middle, balanced = balance(factor)
    for signed, turned in ((balanced, 0), (-balanced, e)):
        if middle and is_dominated(field.generators, signed):
            base = positive_base(field, signed)
            bases[base] = bases.get(base, 0) + e
            return Frac(Poly({raise_monomial(middle, e): 1})), Fraction(turned)
    for signed, turned in ((factor, 0), (-factor, e)):
        if is_positive(field.generators, signed, field.positive):
            base = positive_base(field, signed)
            bases[base] = bases.get(base, 0) + e
            return Frac.constant(1), Fraction(turned)
    if integer_power:
        base = principal_base(field, Frac(factor))
        bases[base] = bases.get(base, 0) + e
        return Frac.constant(1), Fraction(0)
    if e % 2 == 0 and field.is_real(Frac(factor)):
        base = modulus_base(field, factor)
        bases[base] = bases.get(base, 0) + e
        return Frac.constant(1), Fraction(0)
    return Frac(factor) ** e, Fraction(0)


def square_modulus(field: ExponentialField, fraction: Frac) -> Split | None:
    """Recognise k |G|^2 with complex G, as in 1 - cos(x)^2 = |sin x|^2."""
    _, _, factors = factoring.factor(fraction.num, field.scales)
    pieces = list(factors)
    for f, k in fraction.den.items():
        pieces += [(p, -e * k) for p, e in factoring.factor(f, field.scales)[2]]
    if not pieces or any(e % 2 for _, e in pieces) or all(field.is_real(Frac(p)) for p, _ in pieces):
        return None
    G = Frac.product(Frac(p) ** (e // 2) for p, e in pieces)
    image = field.conjugate(G)
    if image is None:
        return None
    ratio = field.canonical(fraction * (G * image).inverse()).value()
    if ratio is None or ratio <= 0:
        return None
    bases = [(modulus_base(field, p), e) for p, e in pieces]
    bases += [(number_base(field, p), e) for p, e in primes(field, Fraction(ratio))]
    return Split(bases=tuple(bases), remainder=Frac.constant(1), turn=Fraction(0))
