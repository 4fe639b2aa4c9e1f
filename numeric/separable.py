r"""The flow of an autonomous equation in one variable, dz/dt = f(z), enclosed without stepping.

As long as f has no zero between z_0 and z, time is a strictly monotone function of the state,

    T(z) = int_{z_0}^{z} du / f(u),            T(z(t)) = t,

and T is enclosed by ball quadrature; that its ball is finite proves that f has no zero in between. A bracket [a, b]
with T(a), T(b) on certain sides of t contains z(t); the mean value theorem narrows it to z~ + f([a, b]) (t - T(z~)).
Then

    dz_t/dz_0 = f(z_t) / f(z_0)                          (differentiate T(z_t) = t in z_0)
    int_0^t g(z(s)) ds = int_{z_0}^{z_t} g(u) / f(u) du  (substitute u = z(s))

so log|dz_t/dz_0| and every integral along the path are enclosed too. At an equilibrium f(z_0) = 0, with f
differentiable there (so that the constant path is the only one), z_t = z_0, dz_t/dz_0 = exp(t f'(z_0)) and
int g = t g(z_0).

A field is a function `field(table, z)` over the operations of a table. The approximation z~ (classical Runge-Kutta,
then Newton's method on T) carries no weight: only the bracket does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from .balls import RealBalls
from .enclosures import Real, fraction_to_real, sign, to_ball, working_precision
from .jets import directional_derivative
from .operations import Indeterminate, Undefined
from .quadrature import integrate_finite

Field = Callable[[Any, Any], Any]
LARGEST_NUMBER_OF_STEPS = 2000
_GUESS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """z(t) and log|dz_t/dz_0| (nats), enclosed, for z(0) = `start`; `equilibrium` when f(start) = 0."""

    field: Field = field(repr=False)
    start: Fraction
    time: Fraction
    state: Real
    log_derivative: Real
    equilibrium: bool
    bits: int

    def integral(self, integrand: Field) -> Real:
        r"""Enclose int_0^t g(z(s)) ds for g given as `integrand(table, z)`.

        Raises:
            Indeterminate: no enclosure of g / f between z_0 and z_t.
        """
        table = RealBalls(self.bits)
        if self.equilibrium:
            value = integrand(table, table.number(self.start))
            return table.apply("mul", (table.number(self.time), value))
        with working_precision(self.bits):
            middle = to_ball(self.state).mid()
            whole = integrate_finite(
                lambda ops, u: ops.apply("div", (integrand(ops, u), self.field(ops, u))), self.start, middle, self.bits
            )
            density = table.apply("div", (integrand(table, self.state), self.field(table, self.state)))
            return whole + (self.state - middle) * to_ball(density)


def enclose_flow(field: Field, start: Fraction, time: Fraction, bits: int = 128) -> Trajectory:
    """Enclose z(time) for dz/dt = field(z), z(0) = start; `time` may be negative.

    >>> path = enclose_flow(lambda table, z: z, Fraction(2), Fraction(1), 64)
    >>> from twofold.numeric.enclosures import to_text
    >>> to_text(path.state, 12)
    '[5.43656365692 +/- 1.91e-12]'

    Raises:
        Undefined: the field has no value at the start.
        Indeterminate: before `time` the path may leave every bounded set (`escape.blow_up_time` tells), or come too
            near an equilibrium or the edge of the domain of the field.
    """
    table = RealBalls(bits)
    origin = table.number(start)
    speed = field(table, origin)
    direction = sign(speed)
    if direction is None:
        raise Indeterminate("the field at the start cannot be told from zero")
    if time == 0:
        return _trajectory(field, start, time, origin, fmpq(0), False, bits)
    if direction == 0:
        slope = _slope(field, start, bits)
        with working_precision(bits):
            return _trajectory(field, start, time, origin, slope * fraction_to_real(time), True, bits)
    with working_precision(bits):
        state = _verified(field, table, start, time, bits)
        ratio = table.apply("div", (field(table, state), speed))
        return _trajectory(field, start, time, state, table.apply("log", (ratio,)), False, bits)


def _trajectory(
    field: Field, start: Fraction, time: Fraction, state: Real, log_derivative: Real, equilibrium: bool, bits: int
) -> Trajectory:
    return Trajectory(
        field=field,
        start=start,
        time=time,
        state=state,
        log_derivative=log_derivative,
        equilibrium=equilibrium,
        bits=bits,
    )


def _slope(field: Field, start: Fraction, bits: int) -> Real:
    """f'(z_0) at an equilibrium; a field without a derivative there may let paths leave (dz/dt = sqrt(z))."""
    return directional_derivative(lambda table, zs: field(table, zs[0]), (start,), (Fraction(1),), 1, bits)


def _verified(field: Field, table: RealBalls, start: Fraction, time: Fraction, bits: int) -> arb:
    """A ball around z(time), by Newton's method on T, a sign bracket, and the mean value theorem."""
    target = fraction_to_real(time)
    guess = _approximate(field, start, time, bits)
    elapsed = _time_between(field, to_ball(table.number(start)), guess, bits)
    for _ in range(8):
        residual = target - elapsed
        step = (to_ball(field(table, guess)) * residual.mid()).mid()
        following = (guess + step).mid()
        if residual.contains(0) or following == guess:
            break
        elapsed = elapsed + _time_between(field, guess, following, bits)
        guess = following
    residual = target - elapsed
    width = (to_ball(field(table, guess)) * residual).abs_upper() * 2 + abs(guess) * arb(2) ** (-bits)
    return _bracket(field, table, guess, width, residual, bits)


def _bracket(field: Field, table: RealBalls, guess: arb, width: arb, residual: arb, bits: int) -> arb:
    """z~ + f([a, b]) (t - T(z~)), once T - t certainly has opposite signs at a = z~ - width, b = z~ + width."""
    for _ in range(40):
        a, b = (guess - width).lower(), (guess + width).upper()
        at_a = sign(_time_between(field, guess, a, bits) - residual)
        at_b = sign(_time_between(field, guess, b, bits) - residual)
        if at_a and at_b and at_a != at_b:
            return guess + to_ball(field(table, a.union(b))) * residual
        width = width * 4
    raise Indeterminate("the state cannot be bracketed")


def _time_between(field: Field, low: arb, high: arb, bits: int) -> arb:
    """int du / f(u); finite only if f has no zero in between."""
    return integrate_finite(lambda ops, u: ops.apply("pow", (field(ops, u), ops.number(Fraction(-1)))), low, high, bits)


def _approximate(field: Field, start: Fraction, time: Fraction, bits: int) -> arb:
    """z(time) to about six digits: Runge-Kutta of order four, the step set by halving. Proves nothing."""
    table = RealBalls(bits)

    def speed(z: arb) -> arb:
        return to_ball(field(table, z)).mid()

    def advance(z: arb, h: arb) -> arb:
        first = speed(z)
        second = speed((z + h / 2 * first).mid())
        third = speed((z + h / 2 * second).mid())
        return (z + h / 6 * (first + 2 * second + 2 * third + speed((z + h * third).mid()))).mid()

    with working_precision(bits):
        z, left = to_ball(table.number(start)).mid(), to_ball(fraction_to_real(time)).mid()
        h, grain = left, arb(2) ** (8 - bits)
        for _ in range(LARGEST_NUMBER_OF_STEPS):
            h = h if abs(h) <= abs(left) else left
            try:
                whole = advance(z, h)
                halves = advance(advance(z, (h / 2).mid()), (h / 2).mid())
                error, allowed = abs(whole - halves), _GUESS * abs(halves - z) + grain * abs(z)
            except (Undefined, Indeterminate):
                error, allowed = arb(1), arb(0)
            if error <= allowed:
                z, left = halves, (left - h).mid()
                if left == 0:
                    return z
                h = (h * 2).mid() if error * 32 <= allowed else h
            else:
                h = (h / 2).mid()
    raise Indeterminate("the path cannot be followed: it may leave every bounded set or the domain of the field")
