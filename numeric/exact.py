r"""Exact linear algebra over the rationals, by `flint.fmpq_mat`.

Determinant, inverse, rank, definiteness (LDL^T: S = L D L^T with unit lower triangular L and diagonal D, so that
S is positive definite iff every d_i > 0), quadratic forms, and a randomised test of the identity S = A A^T:

    u^T S u - |A^T u|^2 is a polynomial of degree <= 2 in u; if it is not the zero polynomial, it vanishes at a
    point drawn uniformly from {-m..m}^n with probability at most 2 / (2m + 1)

(J. T. Schwartz, "Fast probabilistic algorithms for verification of polynomial identities", JACM 27 (1980), 701-717;
Lemma 1). k independent points: at most (2 / (2m + 1))^k.

Matrices are tuples of rows of `fractions.Fraction`; answers have the same form.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat

from .operations import Undefined

Matrix = tuple[tuple[Fraction, ...], ...]
Vector = tuple[Fraction, ...]


def to_flint(matrix: Matrix) -> Any:
    """The matrix as an fmpq_mat. Raises Undefined when the rows are of different lengths."""
    columns = len(matrix[0]) if matrix else 0
    if any(len(row) != columns for row in matrix):
        raise Undefined("the rows of the matrix have different lengths")
    return fmpq_mat(len(matrix), columns, [fmpq(x.numerator, x.denominator) for row in matrix for x in row])


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def from_flint(matrix: Any) -> Matrix:
    return tuple(tuple(_fraction(entry) for entry in row) for row in matrix.tolist())


def _square(matrix: Matrix) -> Any:
    found = to_flint(matrix)
    if found.nrows() != found.ncols():
        raise Undefined(f"the matrix is {found.nrows()} x {found.ncols()}, not square")
    return found


def determinant(matrix: Matrix) -> Fraction:
    """det A. Raises Undefined when A is not square.

    >>> determinant(((Fraction(3, 5), Fraction(2, 5)), (Fraction(1, 5), Fraction(4, 5))))
    Fraction(2, 5)
    """
    return _fraction(_square(matrix).det())


def inverse(matrix: Matrix) -> Matrix:
    """A^-1. Raises Undefined when A is singular or not square."""
    try:
        return from_flint(_square(matrix).inv())
    except ZeroDivisionError:
        raise Undefined("the matrix is singular") from None


def rank(matrix: Matrix) -> int:
    return int(to_flint(matrix).rank())


def product(left: Matrix, right: Matrix) -> Matrix:
    """A B. Raises Undefined when the shapes do not fit."""
    a, b = to_flint(left), to_flint(right)
    if a.ncols() != b.nrows():
        raise Undefined(f"the product of a {a.nrows()} x {a.ncols()} and a {b.nrows()} x {b.ncols()} matrix")
    return from_flint(a * b)


def transpose(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def is_symmetric(matrix: Matrix) -> bool:
    return all(len(row) == len(matrix) for row in matrix) and transpose(matrix) == matrix


def ldl(matrix: Matrix) -> tuple[Matrix, Vector] | None:
    """(L, d) with S = L diag(d) L^T, L unit lower triangular; None when a leading minor other than the last is 0.

    Raises:
        Undefined: S is not symmetric.
    """
    if not is_symmetric(matrix):
        raise Undefined("the matrix is not symmetric")
    n = len(matrix)
    rest = [list(row) for row in matrix]
    lower = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    for k in range(n):
        pivot = rest[k][k]
        if pivot == 0 and k < n - 1:
            return None
        for i in range(k + 1, n):
            lower[i][k] = rest[i][k] / pivot
            for j in range(k + 1, n):
                rest[i][j] -= lower[i][k] * rest[k][j]
    return tuple(tuple(row) for row in lower), tuple(rest[k][k] for k in range(n))


def is_positive_definite(matrix: Matrix) -> bool:
    """Whether u^T S u > 0 for every u != 0, for a symmetric S; False for a matrix that is not symmetric.

    >>> is_positive_definite(((Fraction(13), Fraction(11)), (Fraction(11), Fraction(17))))
    True
    >>> is_positive_definite(((Fraction(1), Fraction(2)), (Fraction(2), Fraction(1))))
    False
    """
    if not is_symmetric(matrix):
        return False
    factors = ldl(matrix)
    return factors is not None and all(d > 0 for d in factors[1])


def quadratic_form(matrix: Matrix, vector: Vector) -> Fraction:
    """u^T S u. Raises Undefined when the shapes do not fit."""
    if any(len(row) != len(vector) for row in matrix) or len(matrix) != len(vector):
        raise Undefined("the vector does not fit the matrix")
    return sum(
        (vector[i] * matrix[i][j] * vector[j] for i in range(len(vector)) for j in range(len(vector))),
        start=Fraction(0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadraticIdentity:
    """What random points say about u^T S u = |A^T u|^2.

    `witness` is a vector u at which the two sides differ (then S != A A^T for certain, since S is symmetric), with both
    values; None when all `points` agreed, and then `error_bound` bounds the probability that a wrong S passes.
    """

    points: int
    error_bound: Fraction
    witness: Vector | None
    lhs: Fraction | None
    rhs: Fraction | None


def covariance_identity(
    covariance: Matrix, matrix: Matrix, *, seed: int, points: int = 8, half_width: int = 500
) -> QuadraticIdentity:
    """Test S = A A^T through quadratic forms at `points` random integer vectors from {-half_width..half_width}^n.

    No entry of A A^T is formed: |A^T u|^2 comes from the vector A^T u.

    Args:
        covariance: S, symmetric, n x n.
        matrix: A, n x m.

    Raises:
        Undefined: S is not symmetric or the shapes do not fit.
        ValueError: `points` or `half_width` is below 1.
    """
    if points < 1 or half_width < 1:
        raise ValueError(f"Expected points >= 1 and half_width >= 1; got {points} and {half_width}.")
    if not is_symmetric(covariance):
        raise Undefined("the matrix S is not symmetric")
    if len(matrix) != len(covariance):
        raise Undefined(f"S has {len(covariance)} rows, A has {len(matrix)}")
    rng = random.Random(seed)
    bound = Fraction(2, 2 * half_width + 1) ** points
    for _ in range(points):
        u = tuple(Fraction(rng.randint(-half_width, half_width)) for _ in covariance)
        lhs = quadratic_form(covariance, u)
        columns = transpose(matrix)
        rhs = sum(
            (sum((a * x for a, x in zip(col, u, strict=True)), start=Fraction(0)) ** 2 for col in columns),
            start=Fraction(0),
        )
        if lhs != rhs:
            return QuadraticIdentity(points=points, error_bound=bound, witness=u, lhs=lhs, rhs=rhs)
    return QuadraticIdentity(points=points, error_bound=bound, witness=None, lhs=None, rhs=None)
