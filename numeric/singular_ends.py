r"""Integrals whose integrand has no bound at an end: int_0^1 log x dx, int_0^1 dx / sqrt(x).

    x = a + (c - a) s^-p,   int_a^c f(x) dx = p (c - a) int_1^inf f(a + (c - a) s^-p) s^(-p-1) ds

and likewise at the other end, with c between.  A singularity (x - a)^-q, q < 1, with any power of log (x - a), becomes
an algebraic decay s^(-p(1-q)-1), which the growth bounds of `unbounded.py` enclose; q >= 1 decays no faster than 1/s,
and the integral then certainly diverges.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from .balls import RealBalls
from .enclosures import Real, exact_rational, fraction_to_real, to_ball, working_precision
from .operations import Indeterminate, Undefined
from .quadrature import Integrand, integrate_finite
from .unbounded import tail_beyond

POWER = 12


def integrate_open(
    integrand: Integrand, a: Fraction | Real, b: Fraction | Real, bits: int, inner: Sequence[Fraction] = ()
) -> arb:
    r"""Enclose int_a^b f where f may be unbounded or undefined at a, at b, and at the `inner` points between.

    Raises:
        Undefined: the integral certainly diverges at one of these points.
        Indeterminate: no enclosure.

    >>> found = integrate_open(lambda table, x: table.apply("log", (x,)), Fraction(0), Fraction(1), 64)
    >>> found.contains(-1), bool(found.rad() < 1e-14)
    (True, True)
    """
    with working_precision(bits):
        ends = [to_ball(fraction_to_real(e) if isinstance(e, Fraction) else e) for e in (a, b)]
        cuts = [ends[0], *(arb(fraction_to_real(c)) for c in inner), ends[1]]
        total = arb(0)
        for low, high in pairwise(cuts):
            total = total + _piece(integrand, low, high, bits)
        return total


def _piece(integrand: Integrand, low: arb, high: arb, bits: int) -> arb:
    """int_low^high: by the substitution from each end at which f has no value to the middle."""
    singular = [not has_value(integrand, end, bits) for end in (low, high)]
    if not any(singular):
        return integrate_finite(integrand, low, high, bits)
    middle = (low + high) / 2
    first = _from_end(integrand, low, middle, bits) if singular[0] else integrate_finite(integrand, low, middle, bits)
    if not singular[1]:
        return first + integrate_finite(integrand, middle, high, bits)
    return first - _from_end(integrand, high, middle, bits)


def has_value(integrand: Integrand, end: Real, bits: int) -> bool:
    """Whether the integrand is certainly defined and finite at an end."""
    try:
        exact = exact_rational(end)
        value = integrand(RealBalls(bits), end if exact is None else exact)
    except (Undefined, Indeterminate):
        return False
    return bool(to_ball(value).is_finite())


def _from_end(integrand: Integrand, end: arb, middle: arb, bits: int) -> arb:
    """int_end^middle f(x) dx by x = end + (middle - end) s^-p."""
    width = middle - end

    def transformed(table: Any, s: Any) -> Any:
        step = table.apply("pow", (s, table.number(Fraction(-POWER))))
        x = table.apply("add", (_lifted(table, end), table.apply("mul", (_lifted(table, width), step))))
        weight = table.apply("pow", (s, table.number(Fraction(-POWER - 1))))
        scale = _lifted(table, width * POWER)
        return table.apply("mul", (scale, weight, integrand(table, x)))

    cut, tail = tail_beyond(transformed, 1, arb(1), bits)
    # Near the end 1 - x^2 and the like lose p log2(L) bits to cancellation; they are carried on top.
    carried = bits + 2 * POWER * int(cut).bit_length()
    goal = Fraction(1, 2**bits)
    near = integrate_finite(graded(integrand, end, width, -1), Fraction(0), POWER * arb(cut).log(), carried,
                            absolute_tolerance=goal)  # fmt: skip
    return near + arb(0, tail.upper())


def graded(integrand: Integrand, end: arb, width: arb, sign: int) -> Integrand:
    """f(end + width e^(sign v)) |width| e^(sign v): s = e^(v/p), in which the quadrature needs few points."""

    def transformed(table: Any, v: Any) -> Any:
        step = table.apply("exp", (table.apply("mul", (table.number(Fraction(sign)), v)),))
        move = table.apply("mul", (_lifted(table, width), step))
        x = table.apply("add", (_lifted(table, end), move))
        scale = table.apply("mul", (_lifted(table, width if sign < 0 else abs(width)), step))
        return table.apply("mul", (scale, integrand(table, x)))

    return transformed


def integrate_slow(integrand: Integrand, low: Fraction | Real | None, high: Fraction | Real | None, bits: int) -> arb:
    r"""Enclose an integral to infinity (None) whose integrand decays like a power: x = c s^p beyond c.

        int_c^inf f(x) dx = p c int_1^inf f(c s^p) s^(p-1) ds,    x^-q becomes s^(-p(q-1)-1)

    Raises: as `integrate_open`.
    """
    with working_precision(bits):
        total = arb(0)
        ends: list[arb] = []
        for side, end, other in ((-1, low, high), (1, high, low)):
            if end is not None:
                ends.append(to_ball(fraction_to_real(end) if isinstance(end, Fraction) else end))
                continue
            known = (
                arb(0) if other is None else to_ball(fraction_to_real(other) if isinstance(other, Fraction) else other)
            )
            cut = arb(max(1, int(float((side * known).upper())) + 1))
            total = total + _beyond(integrand, side, cut, bits)
            ends.append(side * cut)
        return total + integrate_finite(integrand, ends[0], ends[1], bits)


def _beyond(integrand: Integrand, side: int, cut: arb, bits: int) -> arb:
    def transformed(table: Any, s: Any) -> Any:
        scale = _lifted(table, side * cut)
        x = table.apply("mul", (scale, table.apply("pow", (s, table.number(Fraction(POWER))))))
        weight = table.apply("pow", (s, table.number(Fraction(POWER - 1))))
        return table.apply("mul", (_lifted(table, cut * POWER), weight, integrand(table, x)))

    last, tail = tail_beyond(transformed, 1, arb(1), bits)
    goal = Fraction(1, 2**bits)
    near = integrate_finite(graded(integrand, arb(0), side * cut, 1), Fraction(0), POWER * arb(last).log(), 2 * bits,
                            absolute_tolerance=goal)  # fmt: skip
    return near + arb(0, tail.upper())


def _lifted(table: Any, value: arb) -> Any:
    """A ball as a value of the table, an exact one as an exact rational, so that it cancels exactly."""
    if value.is_exact():
        exact = value.fmpq()
        return table.number(Fraction(int(exact.p), int(exact.q)))
    return table.lift(value) if hasattr(table, "lift") else value
