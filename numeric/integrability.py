r"""Whether int_{R^d} exp(-E) converges for a polynomial energy E: its form of highest degree decides where definite.

E_top(u) > 0 for all u != 0 (certified on the faces of the cube, by subdivision): E grows like abs(x)^deg, and the
integral converges;
E_top(u) < 0 for one u: then on an open cone around u, where E -> -inf, so it diverges;
E_top >= 0 with a zero, or too many boxes: unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flint import arb, fmpq

from .enclosures import Real, fraction_to_real, to_ball, working_precision

LARGEST_NUMBER_OF_BOXES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PolynomialIntegrability:
    """`integrable` True or False with its reason, or None (unknown). `direction`: E -> -inf along it, as evidence."""

    integrable: bool | None
    reason: str
    direction: tuple[Fraction, ...] | None = None


def polynomial_integrability(coefficients: Mapping[tuple[int, ...], Fraction]) -> PolynomialIntegrability:
    """Whether int_{R^d} exp(-E) converges, for E = sum of coefficients[a] x^a over exponent tuples a.

    Raises:
        ValueError: no monomials, or exponent tuples of different lengths.
    """
    lengths = {len(a) for a in coefficients}
    if len(lengths) != 1:
        raise ValueError("Expected at least one monomial, all in the same number of variables.")
    nonzero = {a: c for a, c in coefficients.items() if c != 0}
    degree = max((sum(a) for a in nonzero), default=0)
    if degree == 0:
        return PolynomialIntegrability(integrable=False, reason="the energy is constant")
    top = {a: c for a, c in nonzero.items() if sum(a) == degree}
    (dimension,) = lengths
    for direction in _directions(dimension):
        if _form_at(top, direction) < 0:
            reason = f"the form of degree {degree} is negative in an open cone, where E tends to -infinity"
            return PolynomialIntegrability(integrable=False, reason=reason, direction=direction)
    if _positive_on_sphere(top, dimension):
        return PolynomialIntegrability(integrable=True, reason=f"the form of degree {degree} is positive definite")
    return PolynomialIntegrability(integrable=None, reason=f"the form of degree {degree} is not certainly definite")


def _directions(dimension: int) -> list[tuple[Fraction, ...]]:
    """Short rational directions: all of {-3..3}^d in low dimension, else signs and axes."""
    width = {1: 1, 2: 12, 3: 4, 4: 2}.get(dimension, 1)
    if dimension > 6:
        return [tuple(Fraction(s * int(i == j)) for j in range(dimension)) for i in range(dimension) for s in (1, -1)]
    grid = product(range(-width, width + 1), repeat=dimension)
    return [tuple(Fraction(v) for v in u) for u in grid if any(u)]


def _form_at(form: Mapping[tuple[int, ...], Fraction], u: tuple[Fraction, ...]) -> Fraction:
    total = Fraction(0)
    for exponents, c in form.items():
        for x, n in zip(u, exponents, strict=True):
            c = c * x**n
        total += c
    return total


def _positive_on_sphere(form: Mapping[tuple[int, ...], Fraction], dimension: int) -> bool:
    """Positive on every face x_i = +-1 of the cube; a form is homogeneous, so then everywhere but at 0."""
    with working_precision(64):
        boxes: list[tuple[Real, ...]] = [
            tuple(fmpq(s) if j == i else arb(0, 1) for j in range(dimension)) for i in range(dimension) for s in (1, -1)
        ]
        for _ in range(LARGEST_NUMBER_OF_BOXES):
            if not boxes:
                return True
            box = boxes.pop()
            value = _form_on(form, box)
            if value > 0:
                continue
            widths = [x.rad() if isinstance(x, arb) else arb(0) for x in box]
            i = max(range(dimension), key=lambda j: float(widths[j]))
            if value < 0 or not widths[i] > arb(2) ** -20:
                return False
            half = (widths[i] / 2).upper()
            middle = to_ball(box[i]).mid()
            boxes.extend((*box[:i], arb((middle + s * half).mid(), half), *box[i + 1 :]) for s in (1, -1))
        return False


def _form_on(form: Mapping[tuple[int, ...], Fraction], box: tuple[Real, ...]) -> arb:
    """The form on a box; even powers of an interval around 0 are taken as [0, u^n]."""
    total = arb(0)
    for exponents, c in form.items():
        term = to_ball(fraction_to_real(c))
        for x, n in zip(box, exponents, strict=True):
            term = term * (_even(x, n) if n % 2 == 0 else to_ball(x) ** n)
        total = total + term
    return total


def _even(x: Real, n: int) -> arb:
    ball = to_ball(x)
    if n == 0 or ball > 0 or ball < 0:
        return ball**n
    return arb(0).union(ball.abs_upper() ** n)
