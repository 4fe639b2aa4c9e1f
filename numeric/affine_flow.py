r"""The flow of an affine equation dz/dt = A z + b, enclosed by one matrix exponential.

    (z(t), 1)^T = exp(t [[A, b], [0, 0]]) (z(0), 1)^T,        dz(t)/dz(0) = exp(t A).

V. I. Arnold, "Ordinary Differential Equations" (1992), section 14.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, arb_mat

from .enclosures import Real, to_ball, working_precision


def enclose_affine_flow(
    matrix: Sequence[Sequence[Real]], offset: Sequence[Real], start: Sequence[Real], time: Real, bits: int
) -> tuple[list[Any], list[list[Any]]]:
    """z(time) and dz(time)/dz(0) in balls, for A (n, n), b (n,) and z(0) (n,); `time` may be negative.

    >>> from flint import fmpq
    >>> state, slope = enclose_affine_flow([[fmpq(-1)]], [fmpq(0)], [fmpq(2)], fmpq(1), 64)
    >>> bool(state[0].overlaps(2 * arb(-1).exp()))
    True
    """
    n = len(offset)
    with working_precision(bits):
        step = to_ball(time)
        rows = [[to_ball(e) * step for e in (*matrix[i], offset[i])] for i in range(n)]
        exponential = arb_mat([*rows, [arb(0)] * (n + 1)]).exp()
        slopes = [[exponential[i, j] for j in range(n)] for i in range(n)]
        state = [sum((slopes[i][j] * to_ball(start[j]) for j in range(n)), exponential[i, n]) for i in range(n)]
    return state, slopes
