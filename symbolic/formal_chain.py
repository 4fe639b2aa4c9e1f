r"""Moments of a chain of Gaussian variables in the symbolic route: propagation along the chain, Schur complement.

With v = B v + c + e, e ~ N(0, D), the moments are built coordinate by coordinate,

    E v_k = B_k E v + c_k,     Cov(v_k, v_j) = B_k Cov(v, v_j)  for j < k,     Var v_k = B_k Cov(v) B_k^T + D_kk,

and for forms u = T v + t given w = G v + g = y (Bishop 2006, section 2.3.1)

    E[u | w = y] = E u + Cov(u, w) Cov(w)^{-1} (y - E w),    Cov(u | w) = Cov(u) - Cov(u, w) Cov(w)^{-1} Cov(w, u).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from .formal_matrices import as_matrix
from .rational_form import adjugate_and_determinant, is_zero, product
from .symmetric_matrix import sign_of
from .tree import Apply

if TYPE_CHECKING:
    from .formal import Formal


def chain_moment(formal: Formal, node: Apply) -> Any:
    """The value of a `chain_mean` or a `chain_covariance`; rules and conditions are noted."""
    from .formal import NotFormal, _scalar

    parts = [as_matrix(formal.convert(part)) for part in node.args]
    mean, covariance = propagated(*parts[:3])
    T, t = parts[3], parts[4]
    formal.rules["mean and covariance along the chain: E v = B E v + c, Cov v = B Cov(v) B^T + D"] = None
    if not parts[0].is_zero_matrix and parts[0].rows > 2:
        formal.conditions["each variable depends on earlier ones only through those that its law names"] = None
    whole, spread = product(T, mean) + t, product(T, covariance, T.T)
    if len(parts) > 5:
        G, g, y = parts[5:]
        inverse, determinant = inverted(product(G, covariance, G.T))
        if inverse is None:
            raise NotFormal("what is given has a singular covariance")
        if not sign_of(determinant):
            formal.conditions["the covariance of what is given is invertible"] = None
        cross = product(T, covariance, G.T)
        gain = product(cross, inverse)
        formal.rules["conditional of a Gaussian: mean + gain (y - mean), Schur complement of the covariance"] = None
        whole = whole + product(gain, sympy.ImmutableMatrix(y - product(G, mean) - g))
        spread = spread - product(gain, cross.T)
    return _scalar(sympy.ImmutableMatrix(whole if node.op == "chain_mean" else spread))


def propagated(B: Any, c: Any, D: Any) -> tuple[Any, Any]:
    """Mean and covariance of v, row by row of the chain."""
    n = B.rows
    mean = sympy.zeros(n, 1)
    covariance = sympy.zeros(n, n)
    for k in range(n):
        row = B[k, :]
        mean[k] = (row * mean)[0, 0] + c[k, 0]
        before = row * covariance
        for j in range(k):
            covariance[k, j] = covariance[j, k] = before[0, j] + D[k, j]
        covariance[k, k] = (before * row.T)[0, 0] + D[k, k]
    return sympy.ImmutableMatrix(mean), sympy.ImmutableMatrix(covariance)


def inverted(matrix: Any) -> tuple[Any, Any]:
    adjugate, determinant = adjugate_and_determinant(sympy.ImmutableMatrix(matrix))
    if is_zero(determinant):
        return None, determinant
    return sympy.ImmutableMatrix(adjugate / determinant), determinant
