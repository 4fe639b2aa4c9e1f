r"""Rational combinations of arctangents, arcsines and pi that are exactly 0, as in Machin's formula.

For v = sum c_j T_j + c pi with whole c, $e^{iv}=\prod (e^{iT_j})^{c_j}(-1)^c$ is an algebraic number. When
it is 1, v is a multiple of 2 pi; an enclosure of v inside (-2 pi, 2 pi) then leaves only 0.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from .algebraic_numbers import enclose_sum
from .puiseux import Frac, Poly

if TYPE_CHECKING:
    from .exponential_field import ExponentialField

MAX_MULTIPLE = 240


def angle_vanishes(field: ExponentialField, num: Poly) -> bool:
    """Prove that a rational combination of angles is 0; False means only that it was not proved."""
    table = field.generators
    multiples: list[tuple[int, Fraction]] = []
    for monomial, c in num.terms.items():
        if len(monomial) != 1 or monomial[0][1] != 1:
            return False
        g = monomial[0][0]
        if g != field.pi and (table[g].cis is None or not table[g].constant):
            return False
        multiples.append((g, Fraction(c)))
    if not multiples:
        return False
    scale = 1
    for _, c in multiples:
        scale = lcm(scale, c.denominator)
    if any(abs(c * scale) > MAX_MULTIPLE for _, c in multiples):
        return False
    ball = enclose_sum(table, num.scale(scale), 96)
    if ball is None or not (ball.re.a > -6 and ball.re.b < 6):
        return False
    turn = Frac.constant(1)
    for g, c in multiples:
        whole = int(c * scale)
        cis = table[g].cis
        turn = field.reduce(turn * (Frac.constant(1 - 2 * (whole % 2)) if cis is None else cis**whole))
    return field.vanishes(turn - Frac.constant(1))
