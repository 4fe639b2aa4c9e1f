r"""Integrals of g exp(-E) over unbounded intervals: a bounded piece by ball quadrature, certified tails for the rest.

    int_a^inf h  in  int_a^L h + [-t, t],    h = g exp(-E),    t >= int_L^inf |g| exp(-E)   (tails.tail_bound)

and likewise for (-inf, b] and the whole line.  The integrand h is evaluated as it is written; E and a bound g of the factor in front
are used for the tails alone.  Where exp(-E) certainly has an infinite integral and g = 1, the integral is Undefined: a divergent
integral has no value, and that is a finding, not a limit of ours.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from .enclosures import Real, ball_interval, working_precision
from .operations import Indeterminate, Undefined
from .quadrature import Integrand, integrate_finite
from .tails import (
    Certificate,
    Divergence,
    Energy,
    LogarithmicGrowth,
    PowerGrowth,
    certify,
    observable_bound,
    tail_bound,
)

LARGEST_CUT = 2**40


def integrate_unbounded(
    integrand: Integrand, energy: Energy, front: Energy | None, low: Real | None, high: Real | None, bits: int
) -> arb:
    """Enclose the integral of the integrand over (low, high), None standing for an infinite end.

    Args:
        integrand: h = g exp(-E), as `integrand(table, x)`.
        energy: E, evaluated in the table of growth bounds.
        front: g (or any bound of |g|), None for 1.

    Raises:
        Undefined: g = 1 and exp(-E) certainly has an infinite integral.
        Indeterminate: no growth is certified, or the bounded piece is not enclosed.
    """
    tails = arb(0)
    ends: list[Fraction | Real] = []
    for side, end in ((-1, low), (1, high)):
        if end is not None:
            ends.append(end)
            continue
        cut, tail = one_tail(energy, front, side, high if side < 0 else low, bits)
        ends.append(side * cut)
        with working_precision(bits):
            tails = tails + tail
    middle = integrate_finite(integrand, ends[0], ends[1], bits)
    with working_precision(bits):
        return middle + arb(0, tails.upper())


def one_tail(energy: Energy, front: Energy | None, side: int, other: Real | None, bits: int) -> tuple[Fraction, arb]:
    """(L, bound of the tail beyond L on one side), L beyond a finite other end."""
    certificate = growing(certify(energy, side, bits), front is None, side)
    coefficient, moment = observable_bound(front, side, certificate.start, bits)
    cut = Fraction(certificate.start)
    if other is not None:
        bounds = [b for b in ball_interval(other) if isinstance(b, Fraction)]
        cut = max([cut, *(abs(b) + 1 for b in bounds)])
    while True:
        with working_precision(bits):
            tail = coefficient * tail_bound(certificate, moment, cut, bits)
        if tail < arb(2) ** (-bits) or cut >= LARGEST_CUT:
            return cut, tail
        cut *= 2


def growing(certificate: Certificate | None, alone: bool, side: int) -> PowerGrowth | LogarithmicGrowth:
    """The certificate if it proves decay.  Raises Undefined when it proves divergence, Indeterminate when there is none."""
    if isinstance(certificate, Divergence):
        if alone:
            raise Undefined(f"the integral diverges at {'+' if side > 0 else '-'}infinity")
        raise Indeterminate("the tails are not small", more_bits_may_help=False)
    if certificate is None:
        raise Indeterminate("no growth of the energy is certified")
    return certificate
