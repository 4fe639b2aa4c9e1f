r"""Runge-Kutta steps in ball arithmetic: the numbers that a method would give without rounding, to any precision.

In double precision the error of a method of order 5 sinks into rounding before its order is seen.  Here the steps

    z <- z + h sum_i b_i k_i,      q <- q - h sum_i b_i div f(k_i's point)

are taken with exact rational coefficients in balls, so that the state z and the log-density q of the *method* are
enclosed; held against an enclosure of the exact path the error of the method is a ball, and so is its order.

The coefficients of the classical methods and of Dormand-Prince 5(4) are rationals of small denominator, which their
floats determine; `exact_tableau` finds them and refuses a method whose coefficients are none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from . import jets
from .balls import RealBalls
from .enclosures import fraction_to_real, to_ball, working_precision
from .tableaus import Tableau

LARGEST_DENOMINATOR = 30_000
TimedField = Callable[[Any, Any, Sequence[Any]], Sequence[Any]]
"""f(table, t, z) of the components z, over any table of operations: the components of f."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactTableau:
    """The coefficients of a method as exact rationals; `a` strictly lower triangular, rows of growing length."""

    name: str
    order: int
    a: tuple[tuple[Fraction, ...], ...]
    b: tuple[Fraction, ...]
    c: tuple[Fraction, ...]


def exact_tableau(tableau: Tableau) -> ExactTableau:
    """The rationals that the floats of a tableau stand for.

    >>> from twofold.numeric.tableaus import RK4
    >>> [str(b) for b in exact_tableau(RK4).b]
    ['1/6', '1/3', '1/3', '1/6']

    Raises ValueError when a coefficient is no rational of small denominator.
    """
    a = tuple(tuple(_rational(float(v)) for v in row[:i]) for i, row in enumerate(tableau.a))
    return ExactTableau(
        name=tableau.name,
        order=tableau.order,
        a=a,
        b=tuple(_rational(float(v)) for v in tableau.b),
        c=tuple(_rational(float(v)) for v in tableau.c),
    )


def _rational(value: float) -> Fraction:
    found = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    if float(found) != value and abs(float(found) - value) > 4e-16 * max(1.0, abs(value)):
        raise ValueError(f"Expected a rational of denominator at most {LARGEST_DENOMINATOR}; got {value!r}")
    return found


def steps_in_balls(
    method: ExactTableau,
    field: TimedField,
    start: Sequence[Fraction],
    span: tuple[Fraction, Fraction],
    steps: int,
    bits: int = 192,
    *,
    certain: bool = True,
) -> tuple[list[arb], arb]:
    """State (d balls) and change of the log-density (a ball) after `steps` equal steps of the method.

    With `certain` False the radius is dropped after every step: balls grow like exp(steps h |df/dz|) although the
    rounding, 2^-bits at a time, does not; what is left out is then not proved to be small.

    Raises:
        Undefined, Indeterminate: the field or its derivative has no value, or none that is known, at a stage.
    """
    table = RealBalls(bits)
    with working_precision(bits):
        h = to_ball(fraction_to_real((span[1] - span[0]) / steps))
        z, q = [to_ball(fraction_to_real(v)) for v in start], arb(0)
        for index in range(steps):
            now = span[0] + (span[1] - span[0]) * index / steps
            z, q = _step(method, field, table, now, (span[1] - span[0]) / steps, h, z, q, bits)
            if not certain:
                z, q = [v.mid() for v in z], q.mid()
    return z, q


def _step(
    method: ExactTableau,
    field: TimedField,
    table: RealBalls,
    now: Fraction,
    length: Fraction,
    h: arb,
    z: list[arb],
    q: arb,
    bits: int,
) -> tuple[list[arb], arb]:
    slopes: list[list[arb]] = []
    rates: list[arb] = []
    for row, c in zip(method.a, method.c, strict=True):
        point = [value + h * _weighted(row, [k[i] for k in slopes]) for i, value in enumerate(z)]
        t = now + c * length

        def at(ops: Any, xs: Sequence[Any], t: Fraction = t) -> Sequence[Any]:
            return field(ops, ops.number(t), xs)

        slopes.append([to_ball(v) for v in at(table, point)])
        rates.append(to_ball(jets.divergence(at, point, bits)))
    moved = [value + h * _weighted(method.b, [k[i] for k in slopes]) for i, value in enumerate(z)]
    return moved, q - h * _weighted(method.b, rates)


def _weighted(weights: Sequence[Fraction], values: Sequence[arb]) -> arb:
    total = arb(0)
    for weight, value in zip(weights, values, strict=False):
        if weight:
            total = total + to_ball(fraction_to_real(weight)) * value
    return total
