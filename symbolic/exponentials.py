r"""Exponentials of field elements: one generator per monomial of the exponent.

    exp(sum c_j m_j) = prod exp(m_j)^{c_j},   exp(c log h) = h^c,   exp(i pi c) = (-1)^c,   exp(i n arcsin u) = cis^n.

The monomials of exponents are a basis over Q modulo constants; exponents with denominators are first divided by one
common denominator D, $u = Q + R/D$, which is linear over Q in u, so that equal exponents get equal monomials.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sympy import E, exp

from . import factoring
from .generators import MINUS_ONE, Generator
from .puiseux import Coefficient, Frac, Monomial, Poly, raise_monomial

if TYPE_CHECKING:
    from .exponential_field import ExponentialField

HALF = Fraction(1, 2)


def exponential(field: ExponentialField, exponent: Frac) -> Frac:
    """Return e to the fraction, one generator per monomial of the exponent."""
    exponent = field.canonical(exponent)
    result = Frac.constant(1)
    for monomial, den, c in _terms(field, exponent):
        result = result * _exp_of_term(field, monomial, den, c)
    return result


def _terms(field: ExponentialField, exponent: Frac) -> list[tuple[Monomial, Poly | None, Coefficient]]:
    for factor, power in exponent.den.items():
        field._met_divisor[factor] = max(power, field._met_divisor.get(factor, 0))
    if not exponent.den and not field.divisor:
        return [(m, None, c) for m, c in exponent.num.terms.items()]
    over = {f: max(exponent.den.get(f, 0), field.divisor.get(f, 0)) for f in {**exponent.den, **field.divisor}}
    num = exponent.num
    for factor, power in over.items():
        num = num * factor ** (power - exponent.den.get(factor, 0))
    lowest: Monomial = tuple((g, e) for g, e in num.lowest() if Fraction(e) < 0)
    den = Frac(Poly.constant(1), over).expanded_denominator().scale(1, raise_monomial(lowest, -1))
    content, monomial, rest = num.scale(1, raise_monomial(lowest, -1)).primitive()
    quotient, remainder = factoring.divide(rest.scale(1, monomial), den)
    whole = [(m, None, c * content) for m, c in quotient.terms.items()]
    return whole + [(m, den, c * content) for m, c in remainder.terms.items()]


def _exp_of_term(field: ExponentialField, monomial: Monomial, den: Poly | None, c: Coefficient) -> Frac:
    if den is None:
        if not monomial:
            one = Frac.constant(1)
            e = field.add(Generator(key=("e",), meaning=E, positive=True, nonnegative=True, constant=True,
                                   conjugate="self", log=one))  # fmt: skip
            return Frac.generator(e, c)
        if monomial == ((MINUS_ONE, HALF), (field.pi, 1)):
            return Frac(Poly({((MINUS_ONE, Fraction(c) % 2),): 1})) if c % 2 else Frac.constant(1)
        if len(monomial) == 1 and monomial[0][1] == 1:
            generator = field.generators[monomial[0][0]]
            if generator.key[0] == "log":
                return field.power_of_generator(int(str(generator.key[1])), c)
        if len(monomial) == 2 and monomial[0] == (MINUS_ONE, HALF) and monomial[1][1] == 1:
            cis = field.generators[monomial[1][0]].cis
            if cis is not None and c.denominator == 1 and abs(int(c)) <= 60:
                return field.reduce(cis ** int(c))
    kernel = Frac(Poly({monomial: 1}))
    if den is not None:
        kernel = kernel * Frac(den).inverse()
    return _new_exponential(field, kernel, c)


def _new_exponential(field: ExponentialField, kernel: Frac, c: Coefficient) -> Frac:
    field.use("exp(a + b) = exp(a) exp(b), one symbol per monomial of the exponents")
    image = field.conjugate(kernel)
    real = image is not None and not field.reduce(image - kernel).num
    turning = image is not None and not field.reduce(image + kernel).num
    g = field.add(
        Generator(
            key=("exp", kernel.num, tuple(kernel.den)),
            meaning=exp(field.meaning(kernel), evaluate=False),
            positive=real,
            nonnegative=real,
            constant=all(field.generators[k].constant for k in kernel.generators()),
            conjugate="self" if real else "inverse" if turning else None,
            log=kernel if real else None,
            exponent=kernel,
            relation=(2, Frac.constant(1)) if _is_half_turn(field, kernel) else None,
        )
    )
    return Frac.generator(g, c)


def _is_half_turn(field: ExponentialField, kernel: Frac) -> bool:
    """i pi n with n a product of integers."""
    single = kernel.num.single()
    if single is None or kernel.den:
        return False
    exponents = dict(single[0])
    if exponents.pop(MINUS_ONE, 0) != HALF or exponents.pop(field.pi, 0) != 1:
        return False
    return all(field.generators[g].integer and e.denominator == 1 and e > 0 for g, e in exponents.items())
