r"""Maximum likelihood of the parameters of an energy with exact gradients: log Z and its derivatives by quadrature.

    l(phi) = -mean E(x_i; phi) - log Z(phi),     grad l = -mean grad E(x_i) + E_p[grad E],
    Hess l = -mean Hess E(x_i) + E_p[Hess E] - Cov_p(grad E),      information I = Cov_p(grad E) at the model.

Damped Newton steps: an ascent direction from |Hess l|, halved until l rises inside of the domain.  What is not
identifiable shows as a direction v with v^T I v = 0 within the error of the quadrature: the density does not move along
v.  2 n (l(phi_hat) - l(phi_true)) is chi2 with k degrees for large n (Wilks 1938).

Source: S. S. Wilks, Ann. Math. Stat. 9 (1938) 60; B. Efron, D. V. Hinkley, Biometrika 65 (1978) 457.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.trapezoid import boltzmann_moments
from .energy_model import EnergyModel

Array = NDArray[np.float64]
STEPS, HALVINGS = 60, 40
# Newton stops when a further step would change l by less than this, in units of one point's log-likelihood.
FLAT = 1e-12
TOLERANCE = 1e-7  # of the quadrature; the rule doubles its nodes, and so is far better than asked
# An eigenvalue of the correlations of dE/dphi below this is 0, and so is a variance below `CONSTANT` of the square.
SINGULAR, CONSTANT = 1e-6, 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelMoments:
    """log Z, E_p[grad E] (k,), Cov_p(grad E) (k, k), E_p[Hess E] (k, k), and the nodes of the quadrature."""

    log_partition: float
    mean: Array
    covariance: Array
    curvature: Array
    nodes: int


def model_moments(model: EnergyModel, phi: Array) -> ModelMoments:
    """By the trapezoidal rule.  ValueError where exp(-E) does not decay, or is narrower than the rule sees."""
    k = len(model.names)

    def energy(x: Array) -> Array:
        return model.energy(x, phi)

    def observed(x: Array) -> Array:
        g = model.parameter_gradient(x, phi)
        return np.hstack(
            [g, np.einsum("ni,nj->nij", g, g).reshape(len(x), -1), model.curvature(x, phi).reshape(len(x), -1)]
        )

    with np.errstate(all="ignore"):
        found = boltzmann_moments(energy, observed, model.dimension, relative_tolerance=TOLERANCE)
    means = found.expectations
    if not (np.isfinite(means).all() and np.isfinite(found.log_partition_function)):
        raise ValueError(f"no finite quadrature at {model.describe(phi)}: the density is too narrow for its grid")
    mean, second, curvature = means[:k], means[k : k + k * k].reshape(k, k), means[k + k * k :].reshape(k, k)
    return ModelMoments(
        log_partition=found.log_partition_function,
        mean=mean,
        covariance=second - np.outer(mean, mean),
        curvature=curvature,
        nodes=found.nodes,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """l, its gradient (k,) and Hessian (k, k), the information (k, k), at phi (k,)."""

    phi: Array
    value: float
    gradient: Array
    hessian: Array
    information: Array
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A maximum of the likelihood: standard errors (k,), the path of phi (steps, k), or why none was found.

    `evaluations` counts nodes of the quadratures and points of data.
    """

    point: Point
    standard_errors: Array
    path: Array
    values: tuple[float, ...]
    evaluations: int
    problem: str

    @property
    def phi(self) -> Array:
        return self.point.phi


class ExactLikelihood:
    """The mean log-likelihood of one energy, for any data; what depends on phi alone is kept for the next data."""

    def __init__(self, model: EnergyModel) -> None:
        self.model = model
        self._moments: dict[bytes, ModelMoments] = {}
        self.evaluations = 0

    def moments(self, phi: Array) -> ModelMoments:
        """By quadrature, once for each phi.  ValueError: phi outside of the domain, or no density there.

        On the line it is certified that exp(-E) is integrable; elsewhere that is done once, for the phi of a fit.
        """
        key = np.asarray(phi, dtype=float).tobytes()
        if key not in self._moments:
            certain = self.model.dimension == 1
            reason = self.model.outside(phi) if certain else self.model.outside_domain(phi)
            if reason:
                raise ValueError(reason)
            self._moments[key] = model_moments(self.model, phi)
            self.evaluations += self._moments[key].nodes
        return self._moments[key]

    def at(self, data: Array, phi: Array) -> Point:
        """l and its derivatives at phi, for points (n, d)."""
        model, moments = self.model, self.moments(phi)
        self.evaluations += len(data)
        return Point(
            phi=phi,
            value=-float(model.energy(data, phi).mean()) - moments.log_partition,
            gradient=moments.mean - model.parameter_gradient(data, phi).mean(axis=0),
            hessian=moments.curvature - model.curvature(data, phi).mean(axis=0) - moments.covariance,
            information=moments.covariance,
            nodes=moments.nodes,
        )

    def fit(self, data: Array, start: Array) -> Fit:
        """Newton's method from `start`.  ValueError when there is no model at the start."""
        before = self.evaluations
        here = self.at(data, start)
        path, values, problem = [start], [here.value], ""
        for _ in range(STEPS):
            step = ascent(here)
            if float(here.gradient @ step) <= FLAT:
                break
            found = self.raised(data, here, step)
            if found is None:
                problem = "the likelihood could not be raised further, although its gradient is not 0"
                break
            here = found
            path.append(here.phi)
            values.append(here.value)
        else:
            problem = f"no maximum within {STEPS} steps (the likelihood may rise without end)"
        return Fit(
            point=here,
            standard_errors=standard_errors(here, len(data)),
            path=np.array(path),
            values=tuple(values),
            evaluations=self.evaluations - before,
            # A flat direction is the reason of a search without end, and the better message.
            problem=self.model.outside(here.phi) or unidentified(self.model, self.moments(here.phi)) or problem,
        )

    def raised(self, data: Array, here: Point, step: Array) -> Point | None:
        """The first of phi + step, phi + step/2, .. where l has risen by a share of what the slope promises."""
        promised = float(here.gradient @ step)
        for halving in range(HALVINGS):
            share = 0.5**halving
            try:
                found = self.at(data, here.phi + share * step)
            except (ValueError, ArithmeticError):
                continue
            # The last digits of l are roundoff and the error of the quadrature.
            if found.value >= here.value + 1e-4 * share * promised - 1e-12 * abs(here.value):
                return found
        return None


def ascent(here: Point) -> Array:
    """A direction in which l rises: the Newton step with eigenvalues of the Hessian by size, tiny ones kept off 0.

    In units in which each dE/dphi has deviation 1, so that the units of the parameters do not matter.
    """
    scale = deviations(here.information)
    values, vectors = np.linalg.eigh(here.hessian / np.outer(scale, scale))
    size = np.maximum(np.abs(values), 1e-10 * max(float(np.abs(values).max()), float(np.finfo(float).tiny)))
    step: Array = vectors @ ((vectors.T @ (here.gradient / scale)) / size) / scale
    return step


def deviations(information: Array) -> Array:
    """Standard deviations of dE/dphi (k,); 1 where there is none."""
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    found: Array = np.where(scale > 0, scale, 1.0)
    return found


def natural(information: Array, gradient: Array) -> Array:
    """I^-1 g, in units in which I has diagonal 1."""
    scale = deviations(information)
    found: Array = np.linalg.pinv(information / np.outer(scale, scale)) @ (gradient / scale) / scale
    return found


def standard_errors(here: Point, n: int) -> Array:
    """Square roots of the diagonal of (n I)^-1 with the observed information; NaN where that is singular."""
    scale = deviations(here.information)
    try:
        covariance = np.linalg.inv(-here.hessian * n / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return np.full(len(here.phi), np.nan)
    with np.errstate(invalid="ignore"):
        errors: Array = np.sqrt(np.diag(covariance)) / scale
    return errors


def unidentified(model: EnergyModel, moments: ModelMoments) -> str:
    """The direction along which the density does not change, or "": the parameters are then not identifiable."""
    information = moments.covariance
    squares = np.diag(information) + moments.mean**2
    flat = [n for n, v, s in zip(model.names, np.diag(information), squares, strict=True) if v <= CONSTANT * s]
    if flat:
        slopes = ", ".join(f"d{model.law.energy_name}/d{name}" for name in flat)
        return f"not identifiable: {model.law.name} does not depend on {', '.join(flat)} ({slopes} constant in x)"
    scale = deviations(information)
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] > SINGULAR:
        return ""
    direction = vectors[:, 0] / scale
    direction = direction / np.abs(direction).max()
    terms = ", ".join(f"{v:.3g} in {n}" for v, n in zip(direction, model.names, strict=True) if abs(v) > 1e-6)
    return (
        f"not identifiable: the information matrix is singular, the density does not change along ({terms}); only a "
        "combination of the parameters can be learned"
    )
