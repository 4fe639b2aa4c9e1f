r"""Questions about balls: sign, order, distance, exactness, bounds and printing.

A *real value* is an exact rational (`flint.fmpq`) or a ball (`flint.arb`): a midpoint and a radius that together
certainly contain the real number meant. Keeping rationals exact as long as they are short is what makes definedness
decidable: at x = 1/3 the denominator x - 1/3 is then *known* to vanish, whereas a ball around 1/3 never tells.

Every answer here is rigorous: True and False are certain, None means that the balls do not decide.
"""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import TypeAlias

from flint import arb, ctx, fmpq

Real: TypeAlias = arb | fmpq

# Above this binary exponent an exact dyadic number is not turned into a rational (2^(2^40) would fill the memory).
LARGEST_EXPONENT = 4096


class working_precision:  # noqa: N801 - used as a verb, like contextlib.suppress
    """Context manager: FLINT's global precision is `bits` inside, and what it was before outside, also on errors."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        ctx.prec = self.before


def to_ball(value: Real) -> arb:
    """The value as a ball, rounded outwards to the precision in force."""
    return value if isinstance(value, arb) else arb(value)


def fraction_to_real(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def exact_rational(value: Real) -> fmpq | None:
    """The rational that the value certainly is, or None for a ball with a radius, an infinity, or a huge exponent."""
    if isinstance(value, fmpq):
        return value
    if not value.is_exact() or not value.is_finite():
        return None
    mantissa, exponent = value.man_exp()
    if abs(int(exponent)) > LARGEST_EXPONENT or int(mantissa).bit_length() > LARGEST_EXPONENT:
        return None
    return value.fmpq()


def exact_integer(value: Real) -> int | None:
    """The integer that the value certainly is, or None."""
    rational = exact_rational(value)
    return int(rational.p) if rational is not None and rational.q == 1 else None


def sign(value: Real) -> int | None:
    """+1, 0, -1 when certain; None when the ball contains zero and something else."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    return 0 if value == 0 else None


def _common(a: Real, b: Real) -> tuple[arb, arb]:
    """Both as balls, an exact rational rounded finely enough that it does not blur the other one."""
    if isinstance(a, arb) and isinstance(b, arb):
        return a, b
    bits = max([128] + [x.mid().bits() + 64 for x in (a, b) if isinstance(x, arb)])
    with working_precision(bits):
        return to_ball(a), to_ball(b)


def disjoint(a: Real, b: Real) -> bool:
    """True when the two values certainly differ. Overlap proves nothing, at any precision."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a != b)
    first, second = _common(a, b)
    return not first.is_nan() and not second.is_nan() and not first.overlaps(second)


def gap(a: Real, b: Real) -> Real:
    """A lower bound of abs(a - b): exact for two rationals, 0 when the balls overlap."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return abs(a - b)
    if not disjoint(a, b):
        return fmpq(0)
    first, second = _common(a, b)
    with working_precision(max(128, first.mid().bits() + 64, second.mid().bits() + 64)):
        return (first - second).abs_lower()


def radius(value: Real) -> Real:
    """The radius (an exact upper bound of the error of the midpoint): 0 for an exact rational."""
    return value.rad() if isinstance(value, arb) else fmpq(0)


def ball_interval(value: Real) -> tuple[Fraction | str, Fraction | str]:
    """(lower, upper), certain bounds as exact fractions; as text where the exponent is too large to write out."""
    if isinstance(value, fmpq):
        exact = Fraction(int(value.p), int(value.q))
        return exact, exact
    with working_precision(max(64, value.mid().bits() + 64)):
        return _end(value.lower()), _end(value.upper())


def _end(value: arb) -> Fraction | str:
    rational = exact_rational(value)
    return value.str(20) if rational is None else Fraction(int(rational.p), int(rational.q))


def to_text(value: Real, digits: int = 16) -> str:
    """Print a value: a short rational as p/q, else decimals that are all correct, with the radius behind "+/-".

    The last printed digit may be off by one; the printed radius covers that.
    """
    if isinstance(value, fmpq):
        if max(int(value.p).bit_length(), int(value.q).bit_length()) <= 3 * digits:
            return str(value)
        with working_precision(4 * digits + 64):
            return str(arb(value).str(digits))
    with working_precision(max(4 * digits + 64, value.mid().bits())):
        return str(value.str(digits))


def hull(a: Real, b: Real) -> arb:
    """A ball that contains both values and all between them."""
    return to_ball(a).union(to_ball(b))
