r"""The exact log-likelihood of data under a flow, and its gradient in the parameters, by two sets of equations.

The data x are states at t1; each is carried back to t0 with dz/dt = f(z, t; theta), dc/dt = -div f, c(t1) = 0:

    log p(x; theta) = log p0(z(t0)) - c(t0).

Sensitivities.  S = dz/dtheta and m = dc/dtheta vanish at t1, where x is given, and obey
    dS/dt = J S + f_theta,    dm/dt = -(grad div . S + div_theta);    gradient = S(t0)^T grad log p0 - m(t0).

Adjoint.  From a(t0) = grad log p0(z(t0)) and weight a_l = -1, forward from t0 to t1,
    da/dt = -J^T a + a_l grad div,    gradient = -int_t0^t1 (a . f_theta - a_l div_theta) dt.

Both are the equations of `symbolic.derive_sensitivity` read from t1 to t0.  The right sides come as callables.
A path that leaves every bounded set on the way back starts from nowhere: there p(x; theta) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .ode import dop853
from .solution import Floats, Status

Theta = Any
FieldOf = Callable[[float, Any, Theta], tuple[Any, Any]]
"""(f (n, d), div f (n,)) at (t, z, theta)."""
SensitivityOf = Callable[[float, Any, Any, Theta], tuple[Any, Any, Any, Any]]
"""(f, div f, dS/dt (n, d, k), dm/dt (n, k)) at (t, z, S, theta)."""
AdjointOf = Callable[[float, Any, Any, float, Theta], tuple[Any, Any, Any]]
"""(f, da/dt (n, d), a . f_theta - a_l div_theta (n, k)) at (t, z, a, a_l, theta)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLikelihood:
    """A flow with parameters as callables; `log_base` and `score_base` are those of the law at t0.

    `weight` is 1; 0 leaves the log-determinant out and -1 gives it the wrong sign: negative controls.
    """

    field: FieldOf
    sensitivity: SensitivityOf
    adjoint: AdjointOf
    log_base: Callable[[Any], Any]
    score_base: Callable[[Any], Any]
    span: tuple[float, float]
    dimension: int
    parameters: int
    autonomous: bool = False
    tolerance: float = 1e-9
    weight: float = 1.0

    def log_density(self, x: Any, theta: Theta) -> Any:
        """log p(x; theta), shape (n,); -inf where no path arrives.  Raises ArithmeticError for paths lost otherwise."""
        d = self.dimension

        def rate(t: float, state: Any) -> Any:
            f, divergence = self.field(t, state[:, :d], theta)
            return np.concatenate([f, -divergence[:, None]], axis=1)

        begin = np.concatenate([x, np.zeros((len(x), 1))], axis=1)
        end, arrived = self._back(rate, begin)
        value = np.full(len(x), -np.inf, dtype=end.dtype)
        value[arrived] = self.log_base(end[arrived, :d]) - self.weight * end[arrived, d]
        return value

    def score(self, x: Any, theta: Theta) -> tuple[Any, Any]:
        """log p (n,) and its gradient in theta (n, k), by sensitivities; -inf and NaN where no path arrives."""
        n, d, k = len(x), self.dimension, self.parameters

        def rate(t: float, state: Any) -> Any:
            s = state[:, d + 1 : d + 1 + d * k].reshape(len(state), d, k)
            f, divergence, moved, changed = self.sensitivity(t, state[:, :d], s, theta)
            flat = moved.reshape(len(state), d * k)
            return np.concatenate([f, -divergence[:, None], flat, changed], axis=1)

        begin = np.concatenate([x, np.zeros((n, 1 + d * k + k))], axis=1)
        end, arrived = self._back(rate, begin)
        z = end[arrived, :d]
        s = end[arrived, d + 1 : d + 1 + d * k].reshape(len(z), d, k)
        value, gradient = np.full(n, -np.inf, dtype=end.dtype), np.full((n, k), np.nan, dtype=end.dtype)
        value[arrived] = self.log_base(z) - self.weight * end[arrived, d]
        gradient[arrived] = np.einsum("nd,ndk->nk", self.score_base(z), s) - self.weight * end[arrived, d + 1 + d * k :]
        return value, gradient

    def adjoint_gradient(self, x: Floats, theta: Theta) -> Floats:
        """The gradient (n, k) by the adjoint.  Raises ArithmeticError where a path is lost."""
        n, d, k = len(x), self.dimension, self.parameters
        times = np.array(self.span)
        back = dop853(lambda t, z: self.field(t, z, theta)[0], x, times[::-1], **self._control())
        z0 = back.require_all()

        def rate(t: float, state: Any) -> Any:
            f, costate, integrand = self.adjoint(t, state[:, :d], state[:, d : 2 * d], -self.weight, theta)
            return np.concatenate([f, costate, integrand], axis=1)

        begin = np.concatenate([z0, self.score_base(z0), np.zeros((n, k))], axis=1)
        end = dop853(rate, begin, times, **self._control()).require_all()
        gradient: Floats = -end[:, 2 * d :]
        return gradient

    def information(self, x: Floats, theta: Floats, step: float = 1e-30) -> Floats:
        """The observed information -d^2 sum log p / dtheta^2 (k, k), by complex step through the sensitivities."""
        k = self.parameters
        rows = []
        for j in range(k):
            moved = theta.astype(complex)
            moved[j] += 1j * step
            _, gradient = self.score(x.astype(complex), moved)
            rows.append(-gradient.imag.sum(axis=0) / step)
        found = np.array(rows)
        return np.asarray((found + found.T) / 2)

    def _control(self) -> dict[str, Any]:
        return {"rtol": self.tolerance, "atol": self.tolerance, "autonomous": self.autonomous}

    def _back(self, rate: Any, begin: Any) -> tuple[Any, Any]:
        found = dop853(rate, begin, np.array(self.span[::-1]), **self._control())
        if not np.isin(found.status, (Status.OK, Status.BLEW_UP)).all():
            raise ArithmeticError(found.describe())
        return found.final, found.arrived
