"""The fields of the flow benchmark, as each contender would write them, and the truth.

sep   tanh(z_i^3) in two dimensions: the coordinates do not see each other
lc    x (1 - r^2) - y, y (1 - r^2) + x: a limit cycle, coupled
ten   tanh(z_i z_(i+1)) - z_i / 2 + sin(z_(i+2)) / 4, i = 1..10, cyclic

Samples are standard normal; wanted is q = int_0^t tr df/dz dt at t = 1/2 with |error| <= 1e-8 for all of them.

`component` and `diagonal` are written once over a table of functions (numpy, torch, jax), in products, with one tanh
for tanh and its derivative: what a careful user of each library would write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy

from twofold import Flow
from twofold.symbolic.lower import lower_field

END = 0.5
WANTED = 1e-8
SEED = 20261122
REFERENCE = 1e-13


@dataclass(frozen=True)
class Case:
    """A field: its name, dimension, and f with its trace of d arrays over a table of functions."""

    name: str
    dimension: int
    rates: Callable[[Any, list[Any]], tuple[list[Any], Any]]

    def samples(self, n: int) -> Any:
        """Standard normal rows (n, d), the same for every contender."""
        return np.random.default_rng(SEED).standard_normal((n, self.dimension))

    @property
    def flow(self) -> Flow:
        """The flow as a user of twofold declares it."""
        z = sympy.symbols(f"z1:{self.dimension + 1}", real=True)
        return Flow(list(self.rates(sympy, list(z))[0]), z)

    def pair(self) -> Any:
        """Our lowered field and trace, which the integrators of scipy are given too."""
        return lower_field(self.flow.field, self.flow.variables, with_divergence=True)

    def flat(self) -> Callable[[float, Any], Any]:
        """The same for one flat state, the components one after another and the integral last."""
        pair, d = self.pair(), self.dimension

        def rates(t: float, state: Any) -> Any:
            parts = state.reshape(d + 1, -1)
            field, trace = pair(t, parts[:d].T)
            return np.concatenate([field.T, trace[None]]).ravel()

        return rates


def separable(ns: Any, z: list[Any]) -> tuple[list[Any], Any]:
    field, trace = [], 0
    for x in z:
        square = x * x
        t = ns.tanh(square * x)
        field.append(t)
        trace = trace + 3 * square * (1 - t * t)
    return field, trace


def limit_cycle(_: Any, z: list[Any]) -> tuple[list[Any], Any]:
    x, y = z
    square = x * x + y * y
    return [x * (1 - square) - y, y * (1 - square) + x], 2 - 4 * square


def ring(ns: Any, z: list[Any]) -> tuple[list[Any], Any]:
    d = len(z)
    field, trace = [], 0
    for i in range(d):
        t = ns.tanh(z[i] * z[(i + 1) % d])
        field.append(t - z[i] / 2 + ns.sin(z[(i + 2) % d]) / 4)
        trace = trace + z[(i + 1) % d] * (1 - t * t)
    return field, trace - d / 2


CASES = {
    "sep": Case("sep", 2, separable),
    "lc": Case("lc", 2, limit_cycle),
    "ten": Case("ten", 10, ring),
}


@cache
def truth(name: str, n: int) -> Any:
    """q for all samples.  Raises ArithmeticError where two routes to it disagree."""
    case = CASES[name]
    z = case.samples(n)
    if name == "lc":
        return 2 * END - 2 * np.log1p((z * z).sum(axis=1) * np.expm1(2 * END))
    end, q = by_scipy(case, z)
    if name == "sep":
        # log f(z_t) / f(z_0) in each coordinate, without the cancellation where z is small
        exact = (3 * np.log(end / z) + np.log(_tanh_over(end**3)) - np.log(_tanh_over(z**3))).sum(axis=1)
        if np.abs(exact - q).max() > 1e-11:
            raise ArithmeticError(f"integral and identity differ by {np.abs(exact - q).max():.2g}")
        return exact
    return q


def _tanh_over(u: Any) -> Any:
    return np.where(np.abs(u) < 1e-8, 1.0, np.tanh(u) / np.where(u == 0, 1.0, u))


def by_scipy(case: Case, z: Any, chunk: int = 4096) -> tuple[Any, Any]:
    """End states and q by SciPy's DOP853 at 1e-13, in chunks of samples of like size."""
    from scipy.integrate import solve_ivp

    end, q = np.empty_like(z), np.empty(len(z))
    order = np.argsort(np.abs(z).max(axis=1))
    for start in range(0, len(z), chunk):
        rows = order[start : start + chunk]
        state = np.concatenate([z[rows].T.ravel(), np.zeros(len(rows))])
        found = solve_ivp(case.flat(), (0, END), state, "DOP853", rtol=REFERENCE, atol=REFERENCE, t_eval=[END])
        parts = found.y[:, -1].reshape(case.dimension + 1, -1)
        end[rows], q[rows] = parts[:-1].T, parts[-1]
    return end, q


def error_of(name: str, n: int) -> Callable[[Any], float]:
    """The largest error of q over all samples."""

    def error(q: Any) -> float:
        return float(np.abs(np.asarray(q) - truth(name, n)[: len(q)]).max())

    return error
