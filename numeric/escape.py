r"""When the path of dz/dt = f(z) leaves every bounded set.

Let s = +-1 be the sign of f(z_0) and y = s z. If f has no zero on the way, the path reaches infinity at the time

    tau = int_{z_0}^{s inf} du / f(u) = int_{z_0}^{s L} du / f(u) + int_L^inf dy / (s f(s y)).

With bounds h_1 y^k <= s f(s y) <= h_2 y^k for y >= L (`growth.py`) and k > 1 the last integral lies between
L^(1-k) / (h_2 (k-1)) and L^(1-k) / (h_1 (k-1)): for dz/dt = z^3 it gives tau = 1 / (2 z_0^2). If s f(s y) <= C y for
y >= L, then log y grows at most like C t and the path never leaves every bounded set.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from . import expansions as ex
from .balls import RealBalls
from .enclosures import Real, fraction_to_real, hull, sign, working_precision
from .growth import Growing, Growth
from .operations import Indeterminate
from .quadrature import integrate_finite
from .separable import Field
from .tails import STARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """`escapes`: whether the path certainly reaches infinity in finite time; then `time` encloses when."""

    escapes: bool
    side: int
    time: Real | None = None


def blow_up_time(field: Field, start: Fraction, bits: int = 128) -> Escape:
    """Whether and when the path from `start` escapes to infinity, forward in time.

    >>> cube = lambda table, z: table.apply("pow", (z, table.number(Fraction(3))))
    >>> from twofold.numeric.enclosures import to_text
    >>> to_text(blow_up_time(cube, Fraction(2)).time, 10)
    '[0.1250000000 +/- 3e-15]'

    Raises:
        Undefined: the field has no value at the start.
        Indeterminate: the growth of the field is not enclosed by one power, or it is not certainly free of zeros.
    """
    table = RealBalls(bits)
    side = sign(field(table, table.number(start)))
    if side is None:
        raise Indeterminate("the field at the start cannot be told from zero")
    if side == 0:
        return Escape(escapes=False, side=0)
    for cut in STARTS:
        if side * start >= cut:
            continue
        found = _beyond(field, side, cut, bits)
        if found is None:
            continue
        slow, tail = found
        if slow or tail is None:
            return Escape(escapes=False, side=side)
        if not _sharp(tail, bits) and cut != STARTS[-1]:
            continue
        edge = Fraction(side * cut)
        with working_precision(bits):
            inner = integrate_finite(
                lambda ops, u: ops.apply("div", (ops.number(Fraction(1)), field(ops, u))), start, edge, bits
            )
            return Escape(escapes=True, side=side, time=inner + tail)
    raise Indeterminate("the growth of the field is not enclosed by a power")


def _sharp(tail: arb, bits: int) -> bool:
    return bool(tail.rad() <= arb(2) ** (-bits))


def _beyond(field: Field, side: int, cut: int, bits: int) -> tuple[bool, arb | None] | None:
    """(True, None): at most linear growth; (False, the time spent beyond the cut); None: not known from here."""
    table = Growth(bits, side, cut)
    try:
        value: Growing = table.apply("mul", (table.number(Fraction(side)), field(table, table.variable())))
    except Indeterminate:
        return None
    with working_precision(bits):
        high = ex.upper_bound(value.terms, table.start)
        if high is not None and (high[0] <= 0 or high[1] <= (Fraction(1), 0)):
            return True, None
        lead = ex.leading(value.terms, table.start)
        if lead is None or not lead[1].lower > 0 or lead[0][1] != 0 or lead[0][0] <= 1:
            return None
        (k, _), h = lead
        excess = fraction_to_real(k - 1)
        reach = table.start ** (-excess) / excess
        least = reach / h.upper if h.upper.is_finite() else arb(0)
        return False, hull(least, reach / h.lower)
