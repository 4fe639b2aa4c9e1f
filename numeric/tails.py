r"""Whether int exp(-E) converges, and how much of it lies far out.

On one side of the line, for abs(x) >= L, the growth table certifies one of

    E(x) >= c abs(x)^k, c > 0, k > 0:     int_L^inf x^m exp(-c x^k) dx = c^(-(m+1)/k) Gamma((m+1)/k, c L^k) / k
                                          (substitute u = c x^k; Gamma(s, x) the upper incomplete gamma function)
    E(x) >= p log abs(x) + a:             int_L^inf x^m x^-p e^-a dx = e^-a L^(m+1-p) / (p - m - 1),  p > m + 1
    E(x) <= p log abs(x) + a, p <= 1:     int_L^inf exp(-E) >= int_L^inf e^-a / x dx = inf: it diverges

or nothing. Polynomial energies in several variables: `integrability.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from . import expansions as ex
from .enclosures import fraction_to_real, to_ball, working_precision
from .expansions import LOG, UNIT, Terms
from .growth import Growth
from .operations import Indeterminate
from .quadrature import integrate_finite

Energy = Callable[[Any, Any], Any]
STARTS = (4, 8, 16, 64, 256, 2**12, 2**20, 2**40, 2**80)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerGrowth:
    """E(x) >= coefficient * abs(x)^power for side * x >= start; coefficient > 0, power > 0."""

    side: int
    start: int
    coefficient: arb
    power: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LogarithmicGrowth:
    """E(x) >= slope * log abs(x) + offset for side * x >= start, with slope > 1."""

    side: int
    start: int
    slope: arb
    offset: arb


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """E(x) <= slope * log abs(x) + offset for side * x >= start, slope <= 1: int exp(-E) is infinite on this side."""

    side: int
    start: int
    slope: arb
    offset: arb


Certificate = PowerGrowth | LogarithmicGrowth | Divergence


def certify(energy: Energy, side: int, bits: int = 64) -> Certificate | None:
    """What the energy, given as `energy(table, x)`, certainly does on one side of the line; None when nothing is found.

    >>> certify(lambda table, x: table.apply("pow", (x, table.number(Fraction(4)))), 1).power
    Fraction(4, 1)

    Raises:
        Undefined: the energy certainly has no value far out on this side.
    """
    for start in STARTS:
        table = Growth(bits, side, start)
        try:
            terms = energy(table, table.variable()).terms
            with working_precision(bits):
                found = _read(terms, side, start)
        except Indeterminate:
            continue
        if found is not None:
            return found
    return None


def _read(terms: Terms, side: int, start: int) -> Certificate | None:
    at = arb(start)
    low = ex.lower_bound(terms, at)
    if low is not None and low[0] > 0 and low[1][0] > 0:
        return PowerGrowth(side=side, start=start, coefficient=low[0], power=low[1][0])
    if low is not None and low[0] > 0 and low[1] > UNIT:
        return _logarithmic(terms, side, start, low)
    return _divergence(terms, side, start)


def _logarithmic(terms: Terms, side: int, start: int, low: tuple[arb, ex.Monomial]) -> Certificate | None:
    at = arb(start)
    if low[1] == LOG:
        slope, offset = terms[LOG].lower, ex.infimum({m: c for m, c in terms.items() if m != LOG}, at)
    else:
        slope, offset = (low[0] * at.log() ** (low[1][1] - 1)).lower(), arb(0)
    if slope > 1 and offset.is_finite():
        return LogarithmicGrowth(side=side, start=start, slope=slope, offset=offset)
    return _divergence(terms, side, start)


def _divergence(terms: Terms, side: int, start: int) -> Divergence | None:
    """E <= p log y + a with p <= 1: the terms above log y must be negative as a whole, or absent."""
    at = arb(start)
    high = ex.upper_bound(terms, at)
    if high is not None and high[0] <= 0:
        return Divergence(side=side, start=start, slope=arb(0), offset=arb(0))
    slope = terms[LOG].upper if LOG in terms else arb(0)
    above = {m: c for m, c in terms.items() if m > LOG and c.upper != 0}
    offset = ex.supremum({m: c for m, c in terms.items() if m < LOG}, at)
    if any(not c.upper <= 0 for c in above.values()) or not slope <= 1 or not offset.is_finite():
        return None
    return Divergence(side=side, start=start, slope=slope.max(arb(0)), offset=offset)


def tail_bound(certificate: PowerGrowth | LogarithmicGrowth, moment: Fraction, start: Fraction, bits: int = 64) -> arb:
    """An upper bound of the integral of abs(x)^m exp(-E(x)) over side * x >= start.

    Args:
        moment: m >= 0.
        start: at least the start of the certificate.

    Raises:
        Indeterminate: the bound is infinite (m is too large for logarithmic growth).
        ValueError: `start` lies before the certificate's, or m < 0.
    """
    if start < certificate.start or moment < 0:
        raise ValueError(f"Expected start >= {certificate.start} and moment >= 0; got {start} and {moment}.")
    with working_precision(bits):
        cut, m = to_ball(fraction_to_real(start)), to_ball(fraction_to_real(moment))
        if isinstance(certificate, PowerGrowth):
            c, k = certificate.coefficient, to_ball(fraction_to_real(certificate.power))
            s = (m + 1) / k
            found = c ** (-s) * (c * cut**k).gamma_upper(s) / k
        else:
            p = certificate.slope
            if not p > m + 1:
                raise Indeterminate("the tail is too heavy for this moment", more_bits_may_help=False)
            found = (-certificate.offset).exp() * cut ** (m + 1 - p) / (p - m - 1)
        if not found.is_finite():
            raise Indeterminate("the tail is not bounded at this precision")
        return found.upper().max(arb(0))


def integrate_boltzmann(energy: Energy, observable: Energy | None = None, bits: int = 64) -> arb:
    r"""Enclose int_R g(x) exp(-E(x)) dx (g = 1 without an observable), tails included.

    Raises:
        Indeterminate: no growth of E is certified, abs(g) has no bound C abs(x)^m, or the middle is not enclosed. Ask
            `certify` about divergence.
    """

    def integrand(table: Any, x: Any) -> Any:
        weight = table.apply("exp", (table.apply("neg", (energy(table, x),)),))
        return weight if observable is None else table.apply("mul", (observable(table, x), weight))

    half, tail = _cut(energy, observable, bits)
    middle = integrate_finite(integrand, -half, half, bits)
    with working_precision(bits):
        return middle + (arb(0, tail.upper()) if observable is not None else tail.union(arb(0)))


def _cut(energy: Energy, observable: Energy | None, bits: int) -> tuple[Fraction, arb]:
    """(L, a bound of both tails beyond L): L is doubled until the bound is below 2^-bits, or no longer worth it."""
    pieces = []
    for side in (1, -1):
        certificate = certify(energy, side, bits)
        if certificate is None or isinstance(certificate, Divergence):
            raise Indeterminate("no growth of the energy is certified", more_bits_may_help=certificate is None)
        pieces.append((certificate, *observable_bound(observable, side, certificate.start, bits)))
    half = Fraction(max(certificate.start for certificate, *_ in pieces))
    while True:
        with working_precision(bits):
            tail = sum((c * tail_bound(e, m, half, bits) for e, c, m in pieces), start=arb(0))
        if tail < arb(2) ** (-bits) or half >= 2**40:
            return half, tail
        half *= 2


def observable_bound(observable: Energy | None, side: int, start: int, bits: int) -> tuple[arb, Fraction]:
    """(C, m) with abs(g(x)) <= C abs(x)^m for side * x >= start, m >= 0."""
    if observable is None:
        return arb(1), Fraction(0)
    table = Growth(bits, side, start)
    value = observable(table, table.variable())
    with working_precision(bits):
        size = {m: ex.Bounds(arb(0), max(-c.lower, c.upper)) for m, c in value.terms.items()}
        found = ex.upper_bound(size, table.start)
        if found is None:
            raise Indeterminate("the observable has no bound by a power")
        c, (k, j) = found
        # (log y)^j <= y^j
        return c, max(Fraction(0), k + j)
