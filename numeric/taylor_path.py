r"""A path of dz/dt = f(z, t) by its Taylor series, in high precision: the reference where no enclosure is at hand.

The coefficients follow from the equation itself: (k + 1) z_(k+1) = [f(z(t), t)]_k, one evaluation of f over series
for each k.  The change of the log-density is the integral of -div f along the same series.  A step is cut so that the
first neglected term is about 2^-`TAIL`; what the neglected terms may add up to is reported, not proved.

Source: Griewank, Walther, "Evaluating Derivatives" (2008), section 13.4; Jorba, Zou, "A software package for the
numerical integration of ODEs by means of high-order Taylor methods", Experimental Mathematics 14 (2005) 99-117.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from . import jets
from .ball_steps import TimedField
from .duals import DualNumber, Duals
from .enclosures import fraction_to_real, to_ball, working_precision
from .operations import Indeterminate

ORDER, TAIL, MOST_STEPS = 20, 80, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class TaylorPath:
    """z(t1) (d balls without radius), the change of the log-density, an estimate of their error, and the steps."""

    state: tuple[arb, ...]
    change: arb
    error: float
    steps: int


def taylor_path(
    field: TimedField, start: Sequence[Fraction], span: tuple[Fraction, Fraction], bits: int = 192
) -> TaylorPath:
    """Follow a path over the span.

    >>> path = taylor_path(lambda table, t, z: [z[0]], [Fraction(2)], (Fraction(0), Fraction(1)))
    >>> bool(abs(path.state[0] - 2 * arb(1).exp()) < 1e-14), round(float(path.change), 12)
    (True, -1.0)

    Raises:
        Indeterminate: the field is not analytic somewhere on the path, or the path needs more than `MOST_STEPS` steps.
        Undefined: the field has no value there.
    """
    with working_precision(bits):
        z, q = [to_ball(fraction_to_real(v)) for v in start], arb(0)
        now, error, growth = span[0], arb(0), arb(1)
        for count in range(1, MOST_STEPS + 1):
            series, rate = _expand(field, now, z, bits)
            left = span[1] - now
            h = min(left, _step(series, rate))
            step = to_ball(fraction_to_real(h))
            z = [_sum(part, step) for part in series]
            q = (q - _sum((arb(0), *(to_ball(c) / (k + 1) for k, c in enumerate(rate))), step)).mid()
            # The error that is there grows with the flow; exp(h |f'|) is bounded by the trace's own size here.
            growth = growth * (1 + step * _size(rate))
            error = error + _last(series, rate, step)
            now += h
            if now == span[1]:
                return TaylorPath(state=tuple(z), change=q, error=float((error * growth).mid()), steps=count)
    raise Indeterminate("the path cannot be followed: it may leave every bounded set or the domain of the field")


def _expand(
    field: TimedField, now: Fraction, z: Sequence[arb], bits: int
) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
    """Taylor coefficients of the state (orders 0 to ORDER) and of div f along it (orders 0 to ORDER - 1)."""
    d = len(z)
    series: list[tuple[Any, ...]] = [(v,) for v in z]
    clock = (fraction_to_real(now), fraction_to_real(Fraction(1)))
    for k in range(ORDER):
        table = jets.Jets(bits, max(k, 1))
        found = field(table, clock[: k + 1], series)
        nexts = [(to_ball(f[k]) / (k + 1)).mid() if k < len(f) else arb(0) for f in found]
        series = [(*part, value) for part, value in zip(series, nexts, strict=True)]
    duals = Duals(jets.Jets(bits, ORDER))
    total: list[Any] = [arb(0)] * ORDER
    for i in range(d):
        moving = [duals.seed(part) if j == i else duals.lift(part) for j, part in enumerate(series)]
        slope = field(duals, DualNumber(clock), moving)[i].derivative
        for k, c in enumerate((slope or ())[:ORDER]):
            total[k] = (total[k] + to_ball(c)).mid()
    return series, tuple(total)


def _step(series: Sequence[tuple[Any, ...]], rate: tuple[Any, ...]) -> Fraction:
    """The step at which the last two coefficients of everything are worth about 2^-TAIL; at most 10^6."""
    from math import log2

    steps = []
    for part in (*series, rate):
        for k in (len(part) - 1, len(part) - 2):
            size = abs(float(to_ball(part[k]).mid()))
            if size > 0:
                steps.append(2 ** ((-TAIL - log2(size)) / k))
    step = min([1e6, *steps])
    if not step > 1e-12:
        raise Indeterminate("the path cannot be followed: its Taylor series has no usable radius")
    return Fraction(step).limit_denominator(2**40) if step < 2**10 else Fraction(int(step))


def _sum(part: Sequence[Any], step: arb) -> arb:
    total = arb(0)
    for c in reversed(part):
        total = total * step + to_ball(c)
    return total.mid()


def _last(series: Sequence[tuple[Any, ...]], rate: tuple[Any, ...], step: arb) -> arb:
    """Twice the last kept term of each series: a geometric tail of ratio at most one half."""
    terms = [abs(to_ball(part[-1])) * step ** (len(part) - 1) for part in series]
    terms.append(abs(to_ball(rate[-1])) * step ** len(rate))
    return 2 * sum(terms[1:], terms[0])


def _size(rate: tuple[Any, ...]) -> arb:
    return abs(to_ball(rate[0])) + 1
