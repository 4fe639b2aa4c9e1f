"""Identities of matrices of symbolic size follow from the normal form of words; false ones do not."""

from __future__ import annotations

import pytest
import sympy
from sympy import Determinant, Identity, MatrixSymbol, Trace, log, symbols

from twofold.symbolic.matrix_identities import prove_matrix_identity
from twofold.symbolic.zero import prove_equal

n, m = symbols("n m", integer=True, positive=True)
c = sympy.Symbol("c", positive=True)
A, B, C, S = (MatrixSymbol(name, n, n) for name in "ABCS")
U, V, K = MatrixSymbol("U", n, m), MatrixSymbol("V", m, n), MatrixSymbol("K", m, m)
x, y = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1)
I_n, I_m = Identity(n), Identity(m)

TRUE = {
    "transpose of a product": ((A * B).T, B.T * A.T),
    "inverse of a product": ((A * B * C).I, C.I * B.I * A.I),
    "inverse of a transpose": (A.T.I, A.I.T),
    "inverse of a multiple": ((c * A).I, A.I / c),
    "inverse of a Gram matrix": ((A * A.T).I, A.T.I * A.I),
    "difference of squares, not commuting": ((A + B) * (A - B), A * A - A * B + B * A - B * B),
    "trace is cyclic": (Trace(A * B * C), Trace(C * A * B)),
    "trace of a transpose": (Trace(A.T * B), Trace(B.T * A)),
    "trace of the identity": (Trace(I_n), n),
    "determinant of a product": (Determinant(A * B), Determinant(A) * Determinant(B)),
    "determinant of a Gram matrix": (Determinant(A * A.T), Determinant(A) ** 2),
    "determinant of a multiple": (Determinant(c * A), c**n * Determinant(A)),
    "determinant of minus a matrix": (Determinant(-A), (-1) ** n * Determinant(A)),
    "determinant of an inverse": (Determinant(A.I), 1 / Determinant(A)),
    "log-determinant": (log(Determinant(A * A.T)), log(Determinant(A) ** 2)),
    "Sylvester": (Determinant(I_n + U * V), Determinant(I_m + V * U)),
    "Woodbury": ((A + U * K * V).I, A.I - A.I * U * (K.I + V * A.I * U).I * V * A.I),
    "push-through": (A * (I_n + B * A).I, (I_n + A * B).I * A),
    "quadratic form": ((x - y).T * A * (x - y), x.T * A * x - x.T * A * y - y.T * A * x + y.T * A * y),
    "outer and inner product": (Trace(x * y.T), y.T * x),
}

FALSE = {
    "transpose keeps the order": ((A * B).T, A.T * B.T),
    "inverse keeps the order": ((A * B).I, A.I * B.I),
    "commuting factors": (A * B, B * A),
    "Gram matrices": (A * A.T, A.T * A),
    "binomial formula": ((A + B) ** 2, A**2 + 2 * A * B + B**2),
    "inverse of a sum": ((A + B).I, A.I + B.I),
    "inverse of a transpose": (A.T.I, A.I),
    "determinant is not linear": (Determinant(c * A), c * Determinant(A)),
    "determinant of a sum": (Determinant(A + B), Determinant(A) + Determinant(B)),
    "determinant sign": (Determinant(-A), -Determinant(A)),
    "square lost": (Determinant(A * A.T), Determinant(A)),
    "trace of a product": (Trace(A * B), Trace(A) * Trace(B)),
    "trace is not symmetric": (Trace(A * B * C), Trace(A * C * B)),
    "Woodbury with K": ((A + U * K * V).I, A.I - A.I * U * (K + V * A.I * U).I * V * A.I),
    "Sylvester to first order": (Determinant(I_n + U * V), 1 + Trace(V * U)),
    "inner product of others": (x.T * y, x.T * x),
}


@pytest.mark.parametrize("name", TRUE)
def test_matrix_identities_are_proved(name: str) -> None:
    """Every identity of the list is proved for matrices of symbolic size."""
    assert prove_equal(*TRUE[name]) is not None


@pytest.mark.parametrize("name", FALSE)
def test_false_matrix_identities_are_not_proved(name: str) -> None:
    """Nothing of this list is proved."""
    assert prove_equal(*FALSE[name]) is None


def test_symmetric_matrices_equal_their_transpose() -> None:
    """The cross terms of a quadratic form join when the matrix is declared symmetric, and only then."""
    lhs, rhs = (x - y).T * S.I * (x - y), x.T * S.I * x - 2 * x.T * S.I * y + y.T * S.I * y
    assert prove_matrix_identity(lhs, rhs) is None
    assert prove_matrix_identity(lhs, rhs, symmetric=[S]) is not None


def test_invertibility_is_a_condition() -> None:
    """A proof that inverts a matrix says so."""
    proof = prove_equal(*TRUE["inverse of a product"])
    assert proof is not None
    assert r"A \text{ is invertible}" in proof.conditions


def test_generic_two_by_two_matrices_use_the_same_rules() -> None:
    """Matrices of a given size are proved by the words, or entry by entry when size matters."""
    P, Q = MatrixSymbol("P", 2, 2), MatrixSymbol("Q", 2, 2)
    assert prove_equal((P * Q).T, Q.T * P.T) is not None
    assert prove_equal(P * P - Trace(P) * P + Determinant(P) * Identity(2), sympy.ZeroMatrix(2, 2)) is not None
    assert prove_equal(P * Q, Q * P) is None
