"""log |det dz(t1)/dz(t0)| of a flow map, from the field alone: no divergence, no derivative of f.

(a) Complex step (Squire, Trapp 1998): for f real-analytic, integrate z0 + i h e_j with h = 1e-30; the j-th column of
    the Jacobian is Im z(t1) / h, with no difference taken and no cancellation: as exact as the integration.
(b) Central differences D(h) = (z(t1; z0 + h e_j) - z(t1; z0 - h e_j)) / 2h, extrapolated over h, h/2, h/4 (Richardson):
    error O(h^6), and the error of the integration divided by h.

A field that drops imaginary parts (|z|, comparisons, float casts) makes (a) silently wrong; so (a) is compared with (b)
at a few points and given up for (b) where they disagree. By Liouville's formula the result equals int div f dt along
the trajectory, which is what it is held against.
"""

import numpy as np

from .flow import Divergence, LogDensity, with_log_density
from .schemes import ROUNDING, Approximation, Integrator, Scheme
from .solution import Floats, VectorField

COMPLEX_STEP = 1e-30
PROBES = 8


def flow_map_log_abs_det(
    field: VectorField, points: Floats, span: tuple[float, float], scheme: Scheme, *, step: float = 0.01
) -> Approximation:
    """log |det dz(t1)/dz(t0)| at z(t0) = points (n, d), span = (t0, t1); shape (n,).

    By complex step where the field passes it, else by central differences of the given step; `how` says which.
    Raises ArithmeticError when a trajectory is lost.
    """
    z = np.asarray(points, dtype=float)
    probes = z[np.linspace(0, len(z) - 1, min(PROBES, len(z))).astype(int)]
    if len(z) and _complex_step_holds(field, probes, span, scheme, step):
        found = scheme.compare(lambda integrator: _log_abs_det(complex_step_jacobian(field, z, span, integrator)))
        return Approximation(value=found.value, error_estimate=found.error_estimate, how=f"complex step; {scheme.how}")
    return central_log_abs_det(field, z, span, scheme, step=step)


def central_log_abs_det(
    field: VectorField, points: Floats, span: tuple[float, float], scheme: Scheme, *, step: float = 0.01
) -> Approximation:
    """The same by extrapolated central differences. Error estimate: last extrapolation, and gap of the integrations."""
    z = np.asarray(points, dtype=float)

    def run(integrator: Integrator) -> Floats:
        d0, d1, d2 = (_central_jacobian(field, z, span, integrator, step / 2**k) for k in range(3))
        r1, r2 = (4 * d1 - d0) / 3, (4 * d2 - d1) / 3
        return np.stack([_log_abs_det((16 * r2 - r1) / 15), _log_abs_det(r2)])

    found = scheme.compare(run)
    error = found.error_estimate[0] + np.abs(found.value[0] - found.value[1]) + 8 * ROUNDING / step
    return Approximation(value=found.value[0], error_estimate=error, how=f"central differences; {scheme.how}")


def complex_step_jacobian(
    field: VectorField, points: Floats, span: tuple[float, float], integrator: Integrator
) -> Floats:
    """dz(t1)_i/dz(t0)_j at points (n, d), shape (n, d, d), of the map that the integrator computes."""
    n, d = points.shape
    start = points[:, None, :] + 1j * COMPLEX_STEP * np.eye(d)
    end = integrator(field, start.reshape(n * d, d), np.array(span)).require_all()
    return np.swapaxes(end.imag.reshape(n, d, d), 1, 2) / COMPLEX_STEP


def carried_log_density(
    field: VectorField,
    divergence: Divergence,
    base: LogDensity,
    points: Floats,
    span: tuple[float, float],
    integrator: Integrator,
) -> Floats:
    """log of the density that an integrator's map and log-density together carry, in base coordinates, shape (n,).

    log p0(z0) + Q(z0) + log |det dz(t1)/dz0| with Q the integrated -div f: the log of (density claimed at the image
    point) x (volume of the image). For the exact flow it is log p0, whose mass is 1; an integrator whose log-density
    does not fit its map has a mass defect, int exp(this) dz0 - 1. Field and divergence must accept complex states.
    """
    z = np.asarray(points, dtype=float)
    start = np.concatenate([z, np.zeros((len(z), 1))], axis=1)
    end = integrator(with_log_density(field, divergence), start, np.array(span)).require_all()
    return np.asarray(base(z)) + end[:, -1] + _log_abs_det(complex_step_jacobian(field, z, span, integrator))


def _central_jacobian(
    field: VectorField, points: Floats, span: tuple[float, float], integrator: Integrator, h: float
) -> Floats:
    n, d = points.shape
    offsets = h * np.concatenate([np.eye(d), -np.eye(d)])
    start = (points[:, None, :] + offsets).reshape(2 * n * d, d)
    end = integrator(field, start, np.array(span)).require_all().reshape(n, 2, d, d)
    return np.swapaxes(end[:, 0] - end[:, 1], 1, 2) / (2 * h)


def _complex_step_holds(
    field: VectorField, probes: Floats, span: tuple[float, float], scheme: Scheme, step: float
) -> bool:
    """Whether complex states pass through the field, and give what central differences give, at the probes."""
    try:
        found = _log_abs_det(complex_step_jacobian(field, probes, span, scheme.value))
    except (TypeError, ValueError):
        return False
    witness = central_log_abs_det(field, probes, span, scheme, step=step)
    return bool((np.abs(found - witness.value) <= 1e-6 + 100 * witness.error_estimate).all())


def _log_abs_det(jacobian: Floats) -> Floats:
    value: Floats = np.linalg.slogdet(jacobian)[1]
    return value
