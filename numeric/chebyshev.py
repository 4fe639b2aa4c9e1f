r"""Polynomials through Chebyshev points: of values, their coefficients; of coefficients, their tail and other forms.

On [-1, 1] with x_k = cos((2k + 1) pi / 2p), k < p, the interpolant of v is sum_j c_j T_j,

    c_j = (2 - [j = 0]) / p  sum_k v_k cos(j (2k + 1) pi / 2p).

For v analytic in the Bernstein ellipse of parameter rho the c_j fall like rho^-j and the error of the interpolant is
about the size of the first one left out (Trefethen, Approximation Theory and Approximation Practice, theorem 8.2), so
the last coefficients tell whether p is enough. Both of the last two are looked at: an even or odd function has every
second one zero.
"""

from functools import cache

import numpy as np
from numpy.polynomial import chebyshev

from .solution import Floats


def points(count: int) -> Floats:
    """The Chebyshev points of the first kind on [-1, 1], shape (count,), falling."""
    found: Floats = np.cos((2 * np.arange(count) + 1) * np.pi / (2 * count))
    return found


@cache
def transform(count: int) -> Floats:
    """The matrix (count, count) from values at the points to Chebyshev coefficients; not to be written to."""
    j, k = np.arange(count)[:, None], np.arange(count)
    matrix = 2 / count * np.cos(j * (2 * k + 1) * np.pi / (2 * count))
    matrix[0] /= 2
    matrix.flags.writeable = False
    return matrix


@cache
def to_powers(count: int) -> Floats:
    """The matrix (count, count) from Chebyshev coefficients to those of 1, x, x^2, ..; not to be written to.

    Its entries grow like (1 + sqrt 2)^count: by 1e4 at 12, which leaves 12 digits.
    """
    matrix = np.zeros((count, count))
    for j in range(count):
        matrix[: j + 1, j] = chebyshev.cheb2poly(np.eye(count)[j])[: j + 1]
    matrix.flags.writeable = False
    return matrix


def basis(x: Floats, count: int) -> Floats:
    """T_0 .. T_(count - 1) at x of any shape, shape (*x.shape, count)."""
    found: Floats = np.asarray(chebyshev.chebvander(x, count - 1), dtype=float)
    return found


def tail(coefficients: Floats) -> Floats:
    """The size of the last two coefficients along the last axis; NaN where one is NaN."""
    found: Floats = np.maximum(np.abs(coefficients[..., -1]), np.abs(coefficients[..., -2]))
    return found
