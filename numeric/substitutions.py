r"""Substitutions x(t) of an interval by the line, for the trapezoidal rule.

    (-inf, inf)   x = t                                (a, b)     x = m + h tanh(pi/2 sinh t)
    (a, inf)      x = a + exp(t - exp(-t))             (-inf, b)  x = b - exp(t - exp(-t))
    (-inf, inf)   x = sinh(pi/2 sinh t)   where the integrand has the tails of a power

After them a smooth integrand times dx/dt dies out doubly exponentially at finite ends, whatever it does there.

H. Takahasi, M. Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9 (1974), 721-741.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# |t| beyond which dx/dt is below the smallest float.
STEEPEST = 6.5
BLUR = 2.0**-46


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a box, as a substitution x(t) with its derivative; None is an infinite end.

    `slow` is for the line, where the integrand has the tails of a power.
    """

    low: float | None
    high: float | None
    slow: bool = False

    def at(self, t: Array) -> tuple[Array, Array | None]:
        """x(t) strictly inside the interval, and dx/dt (None for 1)."""
        if self.low is None and self.high is None:
            return self._line(t) if self.slow else (t, None)
        if self.low is not None and self.high is not None:
            return self._finite(t, self.low, self.high)
        with np.errstate(over="ignore", under="ignore"):
            step = np.exp(t - np.exp(-t))
            slope = step * (1 + np.exp(-t))
        if self.low is not None:
            return np.maximum(self.low + step, np.nextafter(self.low, np.inf)), slope
        assert self.high is not None
        return np.minimum(self.high - step, np.nextafter(self.high, -np.inf)), slope

    def _line(self, t: Array) -> tuple[Array, Array]:
        with np.errstate(over="ignore", under="ignore"):
            inner = np.pi / 2 * np.sinh(np.clip(t, -STEEPEST, STEEPEST))
            return np.sinh(inner), np.pi / 2 * np.cosh(np.clip(t, -STEEPEST, STEEPEST)) * np.cosh(inner)

    def _finite(self, t: Array, low: float, high: float) -> tuple[Array, Array]:
        with np.errstate(over="ignore", under="ignore"):
            inner = np.pi / 2 * np.sinh(np.clip(t, -STEEPEST, STEEPEST))
            near = (high - low) / (1 + np.exp(2 * np.abs(inner)))
            slope = (high - low) * np.pi / 4 * np.cosh(np.clip(t, -STEEPEST, STEEPEST)) / np.cosh(inner) ** 2
        # The distance to the nearer end keeps its digits, so that a singularity at 0 is resolved.
        x = np.where(t < 0, low + near, high - near)
        return np.clip(x, np.nextafter(low, high), np.nextafter(high, low)), slope

    def blurred(self, x: Array) -> NDArray[np.bool_]:
        """Where x is not told from a finite end to a few digits: a singularity is not resolved there."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return np.any([np.abs(x - end) <= BLUR * abs(end) for end in ends], axis=0) if ends else np.zeros(len(x), bool)
