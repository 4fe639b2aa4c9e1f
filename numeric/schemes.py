"""A numerical answer with an estimate of its error, from doing the same integration twice, once more finely.

With value v of accuracy h^p and v' of (h/2)^p, v - exact = (v - v') 2^p / (2^p - 1) to leading order; for an adaptive
method, whose error is about proportional to its tolerance, tol / 100 in place of tol leaves v - v' as the error of v.
This is an estimate, not a bound; a floor of 64 roundings keeps it from being 0 by accident.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .ode import dop853, fixed_steps
from .solution import Floats, Solution, States, VectorField
from .tableaus import Tableau

Integrator = Callable[[VectorField, States, Floats], Solution]
ROUNDING = 64 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Approximation:
    """`value` with `error_estimate` of the same shape (arrays or floats), and `how` both were found."""

    value: Any
    error_estimate: Any
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The integrator of the value, a finer one to compare with, and the factor that turns their gap into an error."""

    value: Integrator
    finer: Integrator
    factor: float
    how: str

    def compare(self, run: Callable[[Integrator], Any]) -> Approximation:
        """Do `run` with both integrators; equal infinities (a density of 0) count as agreement."""
        value, finer = np.asarray(run(self.value)), np.asarray(run(self.finer))
        with np.errstate(invalid="ignore"):
            gap = np.where(value == finer, 0.0, np.abs(value - finer))
        size = np.where(np.isfinite(value), np.abs(value), 0.0)
        return Approximation(value=value, error_estimate=self.factor * gap + ROUNDING * (1 + size), how=self.how)


def adaptive_scheme(tolerance: float = 1e-10, *, autonomous: bool = False) -> Scheme:
    """DOP853 at rtol = atol = tolerance, compared with tolerance / 100."""
    if not 1e-12 <= tolerance < 1:
        raise ValueError(
            f"Expected 1e-12 <= tolerance < 1, so that a hundredth of it is above rounding; got {tolerance}"
        )
    value, finer = (partial(dop853, rtol=t, atol=t, autonomous=autonomous) for t in (tolerance, tolerance / 100))
    return Scheme(
        value=value, finer=finer, factor=1.0, how=f"DOP853 at {tolerance:g}, compared with {tolerance / 100:g}"
    )


def stepped_scheme(tableau: Tableau, steps: int) -> Scheme:
    """`steps` equal steps of a method, compared with twice as many."""
    value, finer = (partial(fixed_steps, tableau, steps=count) for count in (steps, 2 * steps))
    power = 2.0**tableau.order
    how = f"{steps} steps of {tableau.name}, compared with {2 * steps}"
    return Scheme(value=value, finer=finer, factor=power / (power - 1), how=how)
