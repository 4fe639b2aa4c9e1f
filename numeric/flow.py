"""The law of a flow: states and log-densities transported by dz/dt = f(t, z).

Instantaneous change of variables (Chen et al. 2018, Neural ODEs, theorem 1), a total derivative along a trajectory:

    d/dt log p(z(t), t) = -div f(t, z(t)),      log p(z(t1), t1) = log p0(z(t0)) - int_t0^t1 div f dt.

At a given point x the trajectory that ends there is found by integrating backward from (x, t1). Where that trajectory
leaves every bound before t0, no trajectory arrives from the base: x is outside the image of the flow map and the
density is 0.

Field and divergence are separate callables, so a claimed divergence can be tested: `continuity_residual` here compares
it, through the transported density, with d_t p + div(p f) = 0; `sensitivities.py` with the derivative of the flow map.
"""

from collections.abc import Callable

import numpy as np

from .schemes import ROUNDING, Approximation, Integrator, Scheme
from .solution import Floats, States, Status, VectorField, evaluate

Divergence = Callable[[float, States], States]
"""div f(t, z) of z (n, d), shape (n,)."""
LogDensity = Callable[[Floats], Floats]
"""log p of points (n, d), shape (n,), in nats; -inf where p = 0."""

# Central differences of order 6: f'(0) = sum_k c_k (f(k h) - f(-k h)) / h + O(h^6).
STENCIL = (3 / 4, -3 / 20, 1 / 60)


def with_log_density(field: VectorField, divergence: Divergence) -> VectorField:
    """The field of the state (z, q), shape (n, d + 1), with dq/dt = -div f."""

    def augmented(t: float, state: States) -> States:
        z = state[:, :-1]
        rate = np.asarray(divergence(t, z))
        if rate.shape != (len(z),):
            raise ValueError(f"Expected the divergence to return shape ({len(z)},); got shape {rate.shape}")
        return np.concatenate([evaluate(field, t, z), -rate[:, None]], axis=1)

    return augmented


def log_density_along(
    field: VectorField, divergence: Divergence, base: LogDensity, start: Floats, times: Floats, scheme: Scheme
) -> Approximation:
    """States and log-densities along trajectories: value (m, n, d + 1), the last column log p(z(t), t).

    Args:
        base: log p at times[0].
        start: states (n, d) at times[0].

    Raises ArithmeticError when a trajectory is lost.
    """
    z = np.asarray(start, dtype=float)
    initial = np.concatenate([z, _log_density(base, z)[:, None]], axis=1)
    augmented = with_log_density(field, divergence)

    def run(integrator: Integrator) -> States:
        found = integrator(augmented, initial, np.asarray(times, dtype=float))
        found.require_all()
        return found.states

    return scheme.compare(run)


def transported_log_density(
    field: VectorField,
    divergence: Divergence,
    base: LogDensity,
    points: Floats,
    span: tuple[float, float],
    scheme: Scheme,
) -> Approximation:
    """log p(x, t1) at points x (n, d), where p(., t0) has log-density `base` and span = (t0, t1); shape (n,).

    -inf outside the image of the flow map. Raises ArithmeticError where a trajectory was lost otherwise.
    """
    x = np.asarray(points, dtype=float)
    if span[0] == span[1]:
        value = _log_density(base, x)
        return Approximation(value=value, error_estimate=np.zeros_like(value), how="the base density itself")
    augmented = with_log_density(field, divergence)

    def run(integrator: Integrator) -> Floats:
        found = integrator(augmented, np.concatenate([x, np.zeros((len(x), 1))], axis=1), np.array(span[::-1]))
        if not np.isin(found.status, (Status.OK, Status.BLEW_UP)).all():
            raise ArithmeticError(found.describe())
        log_p = np.full(len(x), -np.inf)
        arrived = found.final[found.arrived]
        log_p[found.arrived] = _log_density(base, arrived[:, :-1]) - arrived[:, -1]
        return log_p

    return scheme.compare(run)


def pull_back(field: VectorField, samples: Floats, span: tuple[float, float], scheme: Scheme) -> Approximation:
    """The base states z(t0), shape (n, d), of samples (n, d) of z(t1): standard normal if the claimed base is.

    Raises ArithmeticError when a sample is not in the image of the flow map, or its trajectory is lost otherwise.
    """
    x = np.asarray(samples, dtype=float)
    return scheme.compare(lambda integrator: integrator(field, x, np.array(span[::-1])).require_all())


def continuity_residual(
    field: VectorField,
    divergence: Divergence,
    base: LogDensity,
    points: Floats,
    span: tuple[float, float],
    scheme: Scheme,
    *,
    step: float = 0.02,
) -> Approximation:
    """(d_t p + div(p f)) / p at points (n, d) and time t1, span = (t0, t1); shape (n,), in 1 / time.

    Central differences of order 6 of the transported density, no derivative of f taken, at `step` / 2, compared with
    `step`; the error estimate adds what the errors of the density leave in the differences. Points must lie inside
    the image of the flow map, else ArithmeticError.
    """
    x = np.asarray(points, dtype=float)
    centre = transported_log_density(field, divergence, base, x, span, scheme)
    if not np.isfinite(centre.value).all():
        raise ArithmeticError("Expected points where the transported density is positive; got one where it is 0")

    def ratio(moved: Floats, t: float) -> tuple[Floats, Floats]:
        found = transported_log_density(field, divergence, base, moved, (span[0], t), scheme)
        p = np.exp(found.value - centre.value)
        return p, p * (found.error_estimate + centre.error_estimate)

    def residual(h: float) -> tuple[Floats, Floats]:
        total, noise = np.zeros(len(x)), np.zeros(len(x))
        for k, weight in enumerate(STENCIL, start=1):
            for signed in (k, -k):
                share = np.sign(signed) * weight / h
                p, error = ratio(x, span[1] + signed * h)
                total, noise = total + share * p, noise + np.abs(share) * error
                for axis in range(x.shape[1]):
                    moved = x + signed * h * np.eye(x.shape[1])[axis]
                    flux = evaluate(field, span[1], moved)[:, axis]
                    p, error = ratio(moved, span[1])
                    total, noise = total + share * p * flux, noise + np.abs(share * flux) * error
        return total, noise

    coarse, _ = residual(step)
    value, noise = residual(step / 2)
    how = f"central differences of order 6, step {step / 2:g} compared with {step:g}; density by {scheme.how}"
    return Approximation(value=value, error_estimate=np.abs(value - coarse) + noise, how=how)


def total_mass(log_density: LogDensity, bounds: tuple[tuple[float, float], ...], *, nodes: int = 129) -> Approximation:
    """int exp(log_density) over a box in one or two dimensions, by the trapezoidal rule on `nodes` per axis (odd).

    Error estimate: the gap to every second node, plus the mass of the outermost eighth of each axis on either side,
    which stands for the tail beyond the box when the density decays there. The rule converges geometrically for a
    smooth density that vanishes at the border (Trefethen, Weideman 2014, SIAM Review 56, theorem 5.1).
    """
    if len(bounds) not in (1, 2) or nodes < 33 or nodes % 2 == 0 or any(low >= high for low, high in bounds):
        raise ValueError(f"Expected one or two intervals and an odd number >= 33 of nodes; got {bounds}, {nodes}")
    axes = [np.linspace(low, high, nodes) for low, high in bounds]
    grid = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
    density = np.exp(_log_density(log_density, grid)).reshape((nodes,) * len(bounds))
    value, coarse = (_trapezoid(density[(slice(None, None, by),) * len(bounds)], bounds) for by in (1, 2))
    rim = nodes // 8
    inside = np.zeros_like(density)
    core = (slice(rim, -rim),) * len(bounds)
    inside[core] = density[core]
    tail = _trapezoid(density - inside, bounds)
    return Approximation(
        value=value,
        error_estimate=abs(value - coarse) + tail + ROUNDING * (1 + value),
        how=f"trapezoidal rule on {nodes} nodes an axis, compared with {nodes // 2 + 1}, and the mass near the border",
    )


def _trapezoid(values: Floats, bounds: tuple[tuple[float, float], ...]) -> float:
    for low, high in reversed(bounds):
        count = values.shape[-1]
        weights = np.full(count, (high - low) / (count - 1))
        weights[[0, -1]] /= 2
        values = values @ weights
    return float(values)


def _log_density(log_density: LogDensity, points: Floats) -> Floats:
    value = np.asarray(log_density(points), dtype=float)
    if value.shape != (len(points),):
        raise ValueError(f"Expected the log-density to return shape ({len(points)},); got shape {value.shape}")
    if np.isnan(value).any():
        raise ArithmeticError("the log-density is not a number at some points")
    return value
