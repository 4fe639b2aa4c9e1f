r"""The density of a flow that a program declares, at many samples: `carried_log_density` and `flow_log_density`.

    log p(z(t1), t1) = log p(z(t0), t0) - int_t0^t1 tr df/dz (z(t), t) dt

The field and its trace are derived and lowered by `symbolic`; whether the coordinates see each other is read off the
expressions; `numeric.flow_density` picks the way and tries the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numeric.flow_density import Transported, transport
from ..numeric.flow_direct import Pair
from ..numeric.solution import Status
from ..symbolic.dynamics import Flow
from ..symbolic.laws import Gaussian
from ..symbolic.lower import LoweredField, lower_field
from ..symbolic.lower_coordinates import lower_coordinates

Floats = NDArray[np.float64]
Base = Gaussian | Callable[[Floats], Floats] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowDensity:
    """Log-densities of n points, in nats, and what they are worth.

    Attributes:
        log_density: shape (n,); NaN where the path was lost, -inf where the density is 0.
        states: the other ends of the paths, shape (n, d); NaN where lost.
        log_jacobian: log |det dz(t1)/dz(t0)| along each path, shape (n,).
        arrived: mask of the paths that reached their other end, shape (n,).
        error_estimate: the largest deviation among the paths that were integrated again, more finely.
        how: the way, and what was integrated again.
    """

    log_density: Floats
    states: Floats
    log_jacobian: Floats
    arrived: NDArray[np.bool_]
    error_estimate: float
    how: str


def carried_log_density(
    flow: Flow,
    samples: Any,
    times: tuple[float, float],
    *,
    base: Base = None,
    at: Mapping[Any, float] | None = None,
    accuracy: float = 1e-8,
    seed: int = 0,
) -> FlowDensity:
    r"""log p(z(t1), t1) at the ends of the paths that start in samples of the base.

    Args:
        flow: the declared flow.
        samples: z(t0), shape (n, d).
        times: (t0, t1).
        base: the law at t0: a Gaussian, or its log-density of points (n, d); the standard normal law by default.
        at: the values of the parameters of the flow.
        accuracy: wanted; `error_estimate` says what was reached.
        seed: of the choice of the paths that are integrated again.

    Raises:
        ValueError: samples of another shape or not finite, a parameter without a value, a field that cannot be lowered.

    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> found = carried_log_density(Flow([-x], [x]), [[0.0], [1.0]], (0, 1))
    >>> (found.log_density - (1 - np.log(2 * np.pi) / 2 - np.array([0, 0.5]))).round(8) + 0
    array([0., 0.])
    """
    z = _points(flow, samples)
    found = _transport(flow, z, times, at, accuracy, seed)
    return FlowDensity(
        log_density=_log_density(base, z) - found.log_jacobian,
        states=found.end,
        log_jacobian=found.log_jacobian,
        arrived=found.arrived,
        error_estimate=found.error_estimate,
        how=found.how,
    )


def flow_log_density(
    flow: Flow,
    points: Any,
    times: tuple[float, float],
    *,
    base: Base = None,
    at: Mapping[Any, float] | None = None,
    accuracy: float = 1e-8,
    seed: int = 0,
) -> FlowDensity:
    r"""log p(x, t1) at points x (n, d): their paths are followed back to t0; arguments as for `carried_log_density`.

    Where a path leaves every bound on its way back nothing arrives from the base, and the density is 0.

    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> found = flow_log_density(Flow([-x], [x]), [[0.0], [1.0]], (0, 1))
    >>> (found.log_density - (1 - np.log(2 * np.pi) / 2 - np.array([0, np.e**2 / 2]))).round(7) + 0
    array([0., 0.])
    """
    x = _points(flow, points)
    found = _transport(flow, x, (times[1], times[0]), at, accuracy, seed)
    log_p = np.where(found.status == Status.BLEW_UP, -np.inf, np.nan)
    here = found.arrived
    log_p[here] = _log_density(base, found.end[here]) + found.log_jacobian[here]
    return FlowDensity(
        log_density=log_p,
        states=found.end,
        log_jacobian=-found.log_jacobian,
        arrived=here,
        error_estimate=found.error_estimate,
        how=found.how,
    )


def _transport(
    flow: Flow, z: Floats, times: tuple[float, float], at: Mapping[Any, float] | None, accuracy: float, seed: int
) -> Transported:
    values = _parameter_values(flow, at or {})
    whole, alone = _lowered(flow)
    bound = {id(one): _with(one, values) for one in alone or ()}
    return transport(
        _with(whole, values),
        z,
        (float(times[0]), float(times[1])),
        accuracy=accuracy,
        coordinates=None if alone is None else [bound[id(one)] for one in alone],
        autonomous=flow.time is None,
        seed=seed,
    )


@lru_cache(maxsize=64)
def _lowered(flow: Flow) -> tuple[LoweredField, tuple[LoweredField, ...] | None]:
    """Field and trace of the whole, and of each coordinate where they do not see each other; kept by content."""
    arguments = (flow.field, flow.variables, flow.time, flow.parameters)
    return lower_field(*arguments, with_divergence=True), lower_coordinates(*arguments)


def _with(lowered: LoweredField, values: tuple[float, ...]) -> Pair:
    def pair(t: float, z: Any) -> Any:
        return lowered(t, z, *values)

    return pair


def _parameter_values(flow: Flow, at: Mapping[Any, float]) -> tuple[float, ...]:
    missing = [name for name in flow.parameters if name not in at]
    if missing:
        raise ValueError(f"Expected a value of every parameter of the flow; {missing[0]} has none")
    return tuple(float(at[name]) for name in flow.parameters)


def _points(flow: Flow, points: Any) -> Floats:
    z = np.asarray(points, dtype=float)
    d = len(flow.variables)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"Expected points of shape (n, {d}); got shape {z.shape}")
    return z


def _log_density(base: Base, z: Floats) -> Floats:
    if not isinstance(base, Gaussian | None):
        value = np.asarray(base(z), dtype=float)
        if value.shape != (len(z),):
            raise ValueError(f"Expected the base to return shape ({len(z)},); got shape {value.shape}")
        return value
    d, half = z.shape[1], 0.5
    squares = np.zeros(len(z))
    log_det = 0.0
    if base is None:
        for column in z.T:
            squares += column * column
    else:
        mean, covariance = (np.array(m.tolist(), dtype=float) for m in (base.mean, base.covariance))
        factor = np.linalg.cholesky(covariance)
        squares = (np.linalg.solve(factor, z.T - mean) ** 2).sum(axis=0)
        log_det = float(np.log(np.diag(factor)).sum())
    found: Floats = -half * squares - log_det - half * d * np.log(2 * np.pi)
    return found
