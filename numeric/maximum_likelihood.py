r"""Maximum likelihood by SciPy's optimiser, with standard errors from the information matrix.

    theta^ = argmax sum_i log p(x_i; theta),      covariance of theta^ ~ I^-1,      2 (l(theta^) - l(theta)) ~ chi2_k

I is the observed information at the maximum.  Where it is singular (relative to its own scale) the data do not
determine theta along its null direction; there are then no standard errors, and the direction is told.
The last relation is Wilks' theorem, asymptotic in the number of data.

Source: van der Vaart, Asymptotic Statistics (1998), theorems 5.39 and 16.7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .flow_likelihood import FlowLikelihood
from .solution import Floats
from .statistics import chi_square_tail, chi_square_threshold

SINGULAR = 1e-6
"""A scaled eigenvalue below this counts as zero: integration and an end of the search a little off the maximum leave
about 1e-7."""
FAINT = 1e-3
"""Scores are scaled by their own size, but by no less than this many nats a data point for theta moved by 1 + |theta|:
a parameter without effect keeps its zero."""
WORST = 1e6
Bounds = Sequence[tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What an optimisation found.

    Attributes:
        theta: the maximiser, shape (k,).
        value: mean log-likelihood there, in nats a data point.
        path: mean log-likelihood after each iteration, the start first.
        gradient: largest |component| of the mean gradient at theta, away from the bounds.
        at_bound: which components stand at a bound.
        evaluations: of the log-likelihood with its gradient, over all data.
        converged, message: what SciPy says.
    """

    theta: Floats
    value: float
    path: tuple[float, ...]
    gradient: float
    at_bound: tuple[bool, ...]
    evaluations: int
    converged: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Information:
    """The information matrix (k, k), its scaled eigenvalues, and standard errors where it is regular."""

    matrix: Floats
    eigenvalues: Floats
    direction: Floats
    standard_errors: Floats | None

    @property
    def singular(self) -> bool:
        return self.standard_errors is None


def maximise(
    model: FlowLikelihood,
    x: Floats,
    start: Floats,
    bounds: Bounds,
    *,
    iterations: int = 100,
    scale: Any = None,
    heard: Callable[[int, float], None] | None = None,
) -> Fit:
    """Maximise the mean log-likelihood from `start` within `bounds` by L-BFGS-B with the gradient of sensitivities.

    `heard` is told the number of every iteration and the mean log-likelihood after it.
    """
    from scipy.optimize import minimize

    unit = np.ones(len(start)) if scale is None else np.asarray(scale)
    path: list[float] = []
    seen: dict[bytes, float] = {}

    def objective(u: Any) -> tuple[float, Any]:
        value, gradient = mean_score(model, x, u * unit)
        seen[np.asarray(u).tobytes()] = value
        if not np.isfinite(value):
            return WORST, np.zeros(len(u))
        return -value, -gradient * unit

    def note(u: Any) -> None:
        path.append(seen.get(np.asarray(u).tobytes(), float("nan")))
        if heard is not None:
            heard(len(path) - 1, path[-1])

    objective(start / unit)
    path.append(seen[np.asarray(start / unit).tobytes()])
    scaled = [tuple(None if b is None else b / s for b in pair) for pair, s in zip(bounds, unit, strict=True)]
    found = minimize(
        objective,
        start / unit,
        jac=True,
        method="L-BFGS-B",
        bounds=scaled,
        callback=note,
        options={"maxiter": iterations, "ftol": 1e-13, "gtol": 1e-8},
    )
    theta = np.asarray(found.x) * unit
    value, gradient = mean_score(model, x, theta)
    stuck = tuple(at_bound(t, pair) for t, pair in zip(theta, bounds, strict=True))
    free = [abs(g) for g, s in zip(gradient, stuck, strict=True) if not s]
    return Fit(
        theta=theta,
        value=value,
        path=tuple(path),
        gradient=float(max(free, default=0.0)),
        at_bound=stuck,
        evaluations=int(found.nfev) + 2,
        converged=bool(found.success),
        message=str(found.message),
    )


def mean_score(model: FlowLikelihood, x: Floats, theta: Floats) -> tuple[float, Floats]:
    """Mean log-likelihood and its gradient; -inf and NaN where the model gives a data point density 0 or is lost."""
    try:
        value, gradient = model.score(x, theta)
    except ArithmeticError:
        return -np.inf, np.full(len(theta), np.nan)
    return float(value.mean()), np.asarray(gradient.mean(axis=0))


def at_bound(value: float, pair: tuple[float | None, float | None]) -> bool:
    return any(b is not None and abs(value - b) <= 1e-9 * (1 + abs(b)) for b in pair)


def information_at(model: FlowLikelihood, x: Floats, theta: Floats) -> Information:
    """The observed information of all data at theta, with its null direction where it is singular."""
    matrix = model.information(x, theta)
    return information_from(matrix, score_size(model, x, theta) * np.sqrt(len(x)))


def score_size(model: FlowLikelihood, x: Floats, theta: Floats) -> Floats:
    """Root mean square of the score of each parameter, shape (k,), nowhere below the faintest that counts."""
    _, gradient = model.score(x, theta)
    size = np.sqrt(np.nanmean(np.real(gradient) ** 2, axis=0))
    return np.asarray(np.maximum(np.nan_to_num(size), FAINT / (1 + np.abs(theta))))


def information_from(matrix: Floats, unit: Floats) -> Information:
    """The information with theta measured in 1/unit, its size that of the scores: eigenvalues about 1, or about 0.

    >>> information_from(np.array([[4.0, 0.0], [0.0, 9.0]]), np.array([2.0, 3.0])).standard_errors
    array([0.5       , 0.33333333])
    >>> information_from(np.array([[1.0, 1.0], [1.0, 1.0]]), np.ones(2)).singular
    True
    """
    eigenvalues, vectors = np.linalg.eigh(matrix / np.outer(unit, unit))
    direction = vectors[:, 0] / unit
    direction = direction / direction[np.argmax(np.abs(direction))]
    regular = bool(np.isfinite(eigenvalues).all()) and eigenvalues[0] > SINGULAR * max(1.0, abs(eigenvalues[-1]))
    errors = np.sqrt(np.diag(np.linalg.inv(matrix))) if regular else None
    return Information(matrix=matrix, eigenvalues=eigenvalues, direction=direction, standard_errors=errors)


def wilks(model: FlowLikelihood, x: Floats, fit: Fit, theta: Floats) -> tuple[float, float]:
    """2 (l(theta^) - l(theta)) and its p-value by chi2_k; a negative statistic, the fit being short of it, is 0."""
    gap = 2 * len(x) * (fit.value - float(np.mean(model.log_density(x, theta))))
    statistic = max(0.0, gap)
    return statistic, chi_square_tail(statistic, len(theta))


def inside_region(statistic: float, k: int, level: float = 0.95) -> bool:
    """Whether a parameter with this likelihood-ratio statistic lies in the confidence region of the level."""
    return statistic <= chi_square_threshold(1 - level, k)
