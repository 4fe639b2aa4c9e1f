r"""Errors of fixed-step methods at a few starts, in balls: no rounding, the reference enclosed where that is possible.

    reference   dz/dt = f(z) with separate coordinates: the enclosure of `numeric.separable`, rigorous
                any other field: its Taylor series of order 20 in high precision, with an estimate of what is cut

The error of a method at n steps is the root mean square over the starts of |z_n - z| and of |q_n - q|, z the state and
q the change of the log-density.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...numeric.ball_steps import ExactTableau, steps_in_balls
from ...numeric.enclosures import fraction_to_real, to_ball, working_precision
from .bench import FlowBench

BITS = 192
STARTS, ENCLOSED = 2, 8
MARGIN = 100.0
"""An error counts as seen when it is this many times the error of its reference."""
Span = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Reference:
    """State and change of the log-density at the end of a span, as balls, with what they may be wrong by."""

    state: tuple[Any, ...]
    change: Any
    error: float
    how: str


@dataclass(frozen=True, slots=True)
class Errors:
    """Root mean square error of the state and of the log-density over the starts; balls."""

    state: Any
    log_density: Any


@dataclass(frozen=True)
class SolverPaths:
    """A few starts of one flow, followed by any method in balls."""

    bench: FlowBench
    starts: tuple[tuple[Fraction, ...], ...]

    @property
    def span(self) -> Span:
        return Fraction(self.bench.span[0]), Fraction(self.bench.span[1])

    def moment(self, share: Fraction) -> Span:
        """The span cut to a share of its length."""
        low, high = self.span
        return low, low + (high - low) * share

    @cached_property
    def known(self) -> dict[Span, tuple[Reference, ...]]:
        """The references that were needed so far, by span."""
        return {}

    def references(self, span: Span) -> tuple[Reference, ...]:
        if span not in self.known:
            self.known[span] = tuple(reference(self.bench, start, span) for start in self.starts)
        return self.known[span]

    def floor(self, span: Span) -> float:
        """Errors above this are those of the method, not of the reference."""
        return MARGIN * max(one.error for one in self.references(span))

    def errors(self, method: ExactTableau, steps: int, span: Span, *, certain: bool = False) -> Errors:
        """The errors at the end of the span; `certain` keeps all radii, for short runs whose balls stay small."""
        state, change = [], []
        with working_precision(BITS):
            for start, exact in zip(self.starts, self.references(span), strict=True):
                z, q = steps_in_balls(method, self.bench.in_table, start, span, steps, BITS, certain=certain)
                state += [a - b for a, b in zip(z, exact.state, strict=True)]
                change.append(q - exact.change)
            n = len(self.starts)
            return Errors(root_mean_square(state, n), root_mean_square(change, n))

    def change(self, span: Span) -> float:
        """The size of the change of the log-density itself: what a dropped trace leaves as its error."""
        with working_precision(BITS):
            return middle(root_mean_square([one.change for one in self.references(span)], len(self.starts)))


def root_mean_square(values: Sequence[Any], n: int) -> Any:
    """sqrt(sum v^2 / n) as a ball; |v| are lower and upper bounds that never meet below 0."""
    total = to_ball(fraction_to_real(Fraction(0)))
    for value in values:
        total = total + value * value
    square = total / n
    return square.sqrt() if square >= 0 else square.abs_upper().sqrt().union(0 * square.mid())


def solver_paths(bench: FlowBench, draws: Any, count: int = STARTS) -> SolverPaths:
    """The first starts of a sample, at short rationals."""
    rows = [tuple(Fraction(round(100 * float(v)), 100) for v in row) for row in draws[:count]]
    return SolverPaths(bench, tuple(rows))


def reference(bench: FlowBench, start: tuple[Fraction, ...], span: Span) -> Reference:
    """The path from a start.  Raises Indeterminate or Undefined where it cannot be followed."""
    if bench.exact:
        return enclosed(bench, start, span)
    from ...numeric.taylor_path import taylor_path

    found = taylor_path(bench.in_table, start, span, BITS)
    how = f"Taylor series of order 20, {found.steps} steps, {BITS} bits, error about {found.error:.1g}"
    return Reference(found.state, found.change, found.error, how)


def enclosed(bench: FlowBench, start: tuple[Fraction, ...], span: Span) -> Reference:
    from ...numeric.separable import enclose_flow

    paths = [enclose_flow(bench.numbers.coordinate(i), value, span[1] - span[0], BITS) for i, value in enumerate(start)]
    with working_precision(BITS):
        states = tuple(to_ball(path.state) for path in paths)
        change = -sum((to_ball(path.log_derivative) for path in paths[1:]), to_ball(paths[0].log_derivative))
        widest = max(float(ball.rad()) for ball in (*states, change))
    return Reference(states, change, widest, f"enclosure of the path, radius {widest:.1g}")


def middle(ball: Any, floor: float = 0.0) -> float:
    """A ball as a float: its upper bound where that is below the floor, else infinite when it is not sharp."""
    above = float(ball.abs_upper())
    if above <= floor:
        return above
    value = float(ball.mid())
    return value if math.isfinite(value) and float(ball.rad()) <= 1e-3 * abs(value) else math.inf
