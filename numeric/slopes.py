r"""The slope of a power law from a few points with known relative errors: log y = a + b log x.

Weighted least squares with weights 1/s_i^2, s_i the standard deviation of log y_i: b is unbiased, its standard error is
1/sqrt(sum w (u - u_bar)^2), known and not estimated from the residuals; the residuals give chi^2 with k - 2 degrees
instead, which says whether a straight line fits at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .moments import Floats
from .statistics import chi_square_tail


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """y = exp(intercept) x^slope; `fit_p_value` is small where no straight line fits."""

    slope: float
    standard_error: float
    intercept: float
    fit_p_value: float
    points: int

    def interval(self, level: float) -> tuple[float, float]:
        """The confidence interval of the slope, for errors that are normal."""
        from scipy.special import ndtri

        half = float(ndtri((1 + level) / 2)) * self.standard_error
        return self.slope - half, self.slope + half


def power_law(x: Floats, y: Floats, relative_errors: Floats) -> PowerLaw:
    """Fit positive y (k,) over positive x (k,), k >= 2, standard deviations `relative_errors` (k,) of log y."""
    xs, ys, s = (np.asarray(v, dtype=float) for v in (x, y, relative_errors))
    if xs.ndim != 1 or xs.shape != ys.shape or xs.shape != s.shape or len(xs) < 2:
        raise ValueError(f"Expected at least two points and as many errors; got {xs.shape}, {ys.shape}, {s.shape}")
    if not ((xs > 0).all() and (ys > 0).all() and (s > 0).all() and np.isfinite(ys).all()):
        raise ValueError("Expected positive finite values and errors")
    if np.ptp(xs) == 0:
        raise ValueError("Expected at least two different places")
    u, v, w = np.log(xs), np.log(ys), 1 / s**2
    centre = float((w * u).sum() / w.sum())
    spread = float((w * (u - centre) ** 2).sum())
    slope = float((w * (u - centre) * v).sum() / spread)
    intercept = float((w * v).sum() / w.sum()) - slope * centre
    residual = float((w * (v - intercept - slope * u) ** 2).sum())
    degrees = len(xs) - 2
    return PowerLaw(
        slope=slope,
        standard_error=float(1 / np.sqrt(spread)),
        intercept=intercept,
        fit_p_value=chi_square_tail(residual, degrees) if degrees else 1.0,
        points=len(xs),
    )
