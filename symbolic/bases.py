r"""Bases of powers and logarithms: generators B with $B^1=h$, so that $B^c$ is the principal power, log B principal.

A base is positive (h > 0 is certain), principal (nothing is known of h), or a modulus |f| with $|f|^2=f\bar f$.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Abs, Integer

from .generators import MINUS_ONE, Generator
from .puiseux import Frac, Poly, TooLargeError

if TYPE_CHECKING:
    from .exponential_field import ExponentialField


def number_base(field: ExponentialField, number: int) -> int:
    value = Frac.constant(number)
    return field.add(
        Generator(key=("base", value.num, ()), meaning=Integer(number), positive=True, nonnegative=True,
                  constant=True, algebraic=True, conjugate="self", relation=(1, value))
    )  # fmt: skip


def positive_base(field: ExponentialField, poly: Poly) -> int:
    generators = [field.generators[g] for g in poly.generators()]
    return field.add(
        Generator(key=("base", poly, ()), meaning=field.meaning(Frac(poly)), positive=True, nonnegative=True,
                  constant=all(g.constant for g in generators), algebraic=all(g.algebraic for g in generators),
                  conjugate="self", relation=(1, Frac(poly)))
    )  # fmt: skip


def principal_base(field: ExponentialField, value: Frac) -> int:
    """The base of principal powers and of the principal logarithm of an expression of unknown sign."""
    single = value.num.single()
    if not value.den and single is not None and single[1] == 1 and len(single[0]) == 1 and single[0][0][1] == 1:
        g = single[0][0][0]
        if g != MINUS_ONE and field.generators[g].key[0] != "exp":  # powers of exponentials are not principal ones
            return g
    generators = [field.generators[g] for g in value.generators()]
    return field.add(
        Generator(key=("base", value.num, tuple(value.den.items())), meaning=field.meaning(value),
                  constant=all(g.constant for g in generators), relation=(1, value),
                  conjugate="self" if field.is_real(value) else None)
    )  # fmt: skip


def modulus_base(field: ExponentialField, poly: Poly) -> int:
    """The generator |poly|. Raises: TooLargeError when the conjugate is not known."""
    content, monomial, rest = poly.primitive()
    if rest.value() == 1 and len(monomial) == 1 and content == 1:
        rest = Poly({monomial: 1})
    image = field.conjugate(Frac(rest))
    if image is None:
        raise TooLargeError("the conjugate of an expression is not known")
    mirror = image.num.primitive()[2] if len(image.num) > 1 else rest
    if len(rest) > 1 and repr(sorted(mirror.terms.items())) < repr(sorted(rest.terms.items())):
        rest, image = mirror, field.conjugate(Frac(mirror)) or image
    field.use("|f|^2 = f conj(f)")
    return field.add(
        Generator(key=("abs", rest), meaning=Abs(field.meaning(Frac(rest)), evaluate=False), nonnegative=True,
                  constant=all(field.generators[g].constant for g in rest.generators()), conjugate="self",
                  relation=(2, Frac(rest) * image))
    )  # fmt: skip
