r"""The order of a method, observed: the slope of the error against the number of steps.

    error(n) ~ C n^-p      =>      p ~ log(error(n) / error(m)) / log(m / n)

A slope counts only where both errors stand above a floor (rounding, the error of the reference); the last two such
slopes also tell how far the observation still drifts.  A method whose first neglected term is large shows its order
late: the last pairs decide, never the best ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SETTLED = 0.02
"""Three successive slopes within this of each other are taken as settled, whatever they are."""


@dataclass(frozen=True, slots=True)
class ObservedOrder:
    """Errors against steps, and the slopes between neighbours; NaN where an error is at the floor or not finite."""

    steps: tuple[int, ...]
    errors: tuple[float, ...]
    floor: float

    @property
    def slopes(self) -> tuple[float, ...]:
        pairs = zip(self.steps, self.errors, self.steps[1:], self.errors[1:], strict=False)
        return tuple(self._slope(n, e, m, f) for n, e, m, f in pairs)

    def _slope(self, n: int, e: float, m: int, f: float) -> float:
        clean = math.isfinite(e) and math.isfinite(f) and min(e, f) > self.floor
        return math.log(e / f) / math.log(m / n) if clean else math.nan

    @property
    def last(self) -> tuple[float, ...]:
        """The last two clean slopes; fewer where there are not two."""
        return tuple(s for s in self.slopes if math.isfinite(s))[-2:]

    @property
    def nothing_to_see(self) -> bool:
        """Whether the method is exact here: no error above the floor at any number of steps."""
        return all(e <= self.floor for e in self.errors)

    @property
    def settled(self) -> bool:
        """Whether the last three clean slopes agree: two may meet on the turn of a curve."""
        clean = [s for s in self.slopes if math.isfinite(s)][-3:]
        return len(clean) == 3 and max(clean) - min(clean) < SETTLED

    def deviation(self, nominal: float) -> float:
        """How far the last two clean slopes are from a nominal order; infinite where there are not two."""
        return max(abs(s - nominal) for s in self.last) if len(self.last) == 2 else math.inf


def observe_order(
    error_of: Callable[[int], float], first: int, most: int, floor: float | Callable[[], float] = 0.0
) -> ObservedOrder:
    """Double the steps from `first` until the slope settles, the error meets the floor, or `most` steps are reached.

    >>> observe_order(lambda n: 3.0 / n**2 + 1.0 / n**3, 4, 4096).deviation(2.0) < 0.1
    True
    >>> observe_order(lambda n: 3.0 / n, 4, 64).deviation(4.0)
    3.0
    """
    level = floor() if callable(floor) else floor
    steps, errors, n = [], [], first
    while n <= most:
        steps.append(n)
        errors.append(error_of(n))
        found = ObservedOrder(tuple(steps), tuple(errors), level)
        if found.settled or (len(errors) > 1 and max(errors[-2:]) <= level):
            break
        n *= 2
    return ObservedOrder(tuple(steps), tuple(errors), level)


def fitted_slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Slope of log y against log x by least squares, and the standard deviation of y about the line in e-folds."""
    a, b = [math.log(v) for v in x], [math.log(v) for v in y]
    n = len(a)
    if n < 3:
        raise ValueError(f"Expected at least three points for a slope; got {n}")
    ma, mb = sum(a) / n, sum(b) / n
    slope = sum((u - ma) * (v - mb) for u, v in zip(a, b, strict=True)) / sum((u - ma) ** 2 for u in a)
    rest = [v - mb - slope * (u - ma) for u, v in zip(a, b, strict=True)]
    return slope, math.sqrt(sum(r * r for r in rest) / (n - 2))
