"""One Runge-Kutta step for many trajectories at once; the sums over stages are matrix products.

With the stages k_j of all rows in one array K of shape (s, n d), each sum sum_j a_ij k_j is the product of a row of
the tableau with K: one pass of BLAS over memory in place of j passes. The arithmetic of a row does not depend on the
other rows, so neither does its result, beyond the rounding of a sum.
"""

import numpy as np

from .solution import Floats, States, VectorField, evaluate, size_of
from .tableaus import Tableau


def stages(
    tableau: Tableau, field: VectorField, t: float, z: States, first: States, h: float | Floats, clock: float
) -> States:
    """The stage derivatives, shape (s, n, d), with room for one more: (s + 1, n, d).

    `h` is a float or a column (n, 1) of steps; `clock` the step by which the time argument of f moves (h itself where
    all rows share a step; irrelevant where f does not use t). `first` = f(t, z).
    """
    n, d = z.shape
    k = np.empty((tableau.stages + 1, n, d), dtype=np.result_type(z, first))
    flat = k.reshape(tableau.stages + 1, n * d)
    k[0] = first
    for i in range(1, tableau.stages):
        slope = (tableau.a[i, :i] @ flat[:i]).reshape(n, d)
        k[i] = evaluate(field, t + float(tableau.c[i]) * clock, z + h * slope)
    return k


def advance(tableau: Tableau, z: States, k: States, h: float | Floats) -> States:
    """z + h sum_i b_i k_i, shape (n, d)."""
    flat = k.reshape(tableau.stages + 1, z.size)
    return z + h * (tableau.b @ flat[: tableau.stages]).reshape(z.shape)


def error_ratio(tableau: Tableau, k: States, step: Floats, scale: States) -> Floats:
    """Estimated local error of each row over the tolerated one, in the maximum norm, shape (n,); inf if not finite.

    `k` holds all s + 1 derivatives, `step` = |h| of shape (n,), `scale` = atol + rtol |z| of shape (n, d).
    """
    n, d = scale.shape
    flat = k.reshape(tableau.stages + 1, n * d)
    sizes = [size_of((row @ flat).reshape(n, d) / scale) for row in tableau.errors]
    if len(sizes) == 1:
        ratio = step * sizes[0]
    else:
        e5, e3 = sizes
        ratio = step * e5 * np.divide(e5, np.hypot(e5, 0.1 * e3), out=np.zeros_like(e5), where=e5 > 0)
        ratio[np.isnan(e5) | np.isnan(e3)] = np.inf
    ratio[np.isnan(ratio)] = np.inf
    return ratio


def first_step(tableau: Tableau, field: VectorField, t: float, z: States, k: States, scale: States) -> Floats:
    """A first |h| for each row from the sizes of z, f and of the change of f (Hairer, II.4), shape (n,)."""
    d0, d1 = size_of(z / scale), size_of(k / scale)
    h0 = np.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / np.maximum(d1, 1e-300))
    moved = evaluate(field, t, z + h0[:, None] * k)
    d2 = size_of((moved - k) / scale) / h0
    steepest = np.maximum(d1, d2)
    h1 = np.where(steepest <= 1e-15, np.maximum(1e-6, 1e-3 * h0), (0.01 / np.maximum(steepest, 1e-300)))
    h1 = np.where(steepest <= 1e-15, h1, h1 ** (1.0 / tableau.error_order))
    h = np.minimum(100.0 * h0, h1)
    return np.where(np.isfinite(h) & (h > 0), h, 1e-6)
