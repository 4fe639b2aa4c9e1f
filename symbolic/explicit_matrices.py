"""Matrix expressions with explicit entries, written out: products, inverses, determinants, traces.

Nothing is simplified here; determinants are expanded by minors and inverses are adjugate / determinant, so that the
entries stay rational in the given ones and the zero test decides. Sizes are limited, since a symbolic determinant of
size n has n! terms.
"""

from __future__ import annotations

import sympy
from sympy import Basic, Expr, ImmutableMatrix, MatrixBase
from sympy.matrices.expressions.matexpr import MatrixExpr

from .puiseux import TooLargeError

MAX_SYMBOLIC = 4
MAX_ENTRIES = 400


def explicit(expr: Basic | MatrixBase) -> Basic | MatrixBase:
    """Return a matrix with explicit entries or a scalar without matrices; a 1x1 matrix becomes its entry.

    Raises: NotImplementedError for matrices of symbolic size, TooLargeError beyond the size limits.
    """
    result = _explicit(expr)
    if isinstance(result, MatrixBase) and result.shape == (1, 1):
        return result[0, 0]
    return result


def _explicit(expr: Basic | MatrixBase) -> Basic | MatrixBase:
    if isinstance(expr, MatrixBase):
        return ImmutableMatrix(*expr.shape, [_explicit(e) for e in expr.flat()])
    if isinstance(expr, MatrixExpr):
        return _explicit_matrix(expr)
    if not expr.args or not expr.has(MatrixExpr, MatrixBase):
        return expr
    if isinstance(expr, sympy.Determinant):
        return determinant(_matrix(expr.args[0]))
    if isinstance(expr, sympy.Trace):
        return _matrix(expr.args[0]).trace()
    if isinstance(expr, sympy.matrices.expressions.matexpr.MatrixElement):
        return expr
    return expr.func(*(explicit(a) for a in expr.args))


def _matrix(expr: Basic | MatrixBase) -> MatrixBase:
    result = _explicit(expr)
    if not isinstance(result, MatrixBase):
        raise NotImplementedError("a matrix was expected")
    return result


def _explicit_matrix(expr: MatrixExpr) -> Basic | MatrixBase:
    if (
        not all(isinstance(size, int) or size.is_Integer for size in expr.shape)
        or expr.shape[0] * expr.shape[1] > MAX_ENTRIES
    ):
        raise NotImplementedError("a matrix of symbolic size")
    if isinstance(expr, sympy.MatMul):
        return _product(expr)
    if isinstance(expr, sympy.MatAdd):
        first, *others = (_matrix(a) for a in expr.args)
        for other in others:
            first = first + other
        return first
    if isinstance(expr, sympy.Inverse):
        return inverse(_matrix(expr.args[0]))
    if isinstance(expr, sympy.MatPow):
        return _power(expr)
    if isinstance(expr, sympy.Transpose):
        return _matrix(expr.args[0]).T
    if isinstance(expr, sympy.MatrixSymbol | sympy.Identity | sympy.ZeroMatrix | sympy.BlockMatrix | sympy.DiagMatrix):
        return ImmutableMatrix(expr.as_explicit())
    raise NotImplementedError(f"{expr.func.__name__} of matrices")


def _product(expr: MatrixExpr) -> Basic | MatrixBase:
    scalar: Expr = sympy.Integer(1)
    result: MatrixBase | None = None
    for factor in expr.args:
        value = _explicit(factor)
        if isinstance(value, MatrixBase):
            result = value if result is None else result * value
        else:
            scalar = scalar * value
    return scalar if result is None else scalar * result


def _power(expr: MatrixExpr) -> MatrixBase:
    base, exponent = expr.args
    if not exponent.is_Integer or abs(int(exponent)) > 12:
        raise TooLargeError("a matrix power above 12")
    matrix = _matrix(base)
    if int(exponent) < 0:
        matrix = inverse(matrix)
    result = ImmutableMatrix.eye(matrix.shape[0])
    for _ in range(abs(int(exponent))):
        result = result * matrix
    return result


def determinant(matrix: MatrixBase) -> Expr:
    """Return the determinant: exact elimination for numbers, expansion by minors for symbols (size at most 4)."""
    size = matrix.shape[0]
    if matrix.shape[0] != matrix.shape[1]:
        raise NotImplementedError("determinant of a matrix that is not square")
    if all(e.is_Rational for e in matrix.flat()):
        return sympy.QQ.to_sympy(matrix.to_DM().to_field().det())
    if size > MAX_SYMBOLIC:
        raise TooLargeError("a symbolic determinant of size above 4")
    return _minors(matrix, tuple(range(size)), 0)


def _minors(matrix: MatrixBase, columns: tuple[int, ...], row: int) -> Expr:
    if not columns:
        return sympy.Integer(1)
    total: Expr = sympy.Integer(0)
    for k, column in enumerate(columns):
        entry = matrix[row, column]
        if entry != 0:
            rest = columns[:k] + columns[k + 1 :]
            total += (-1) ** k * entry * _minors(matrix, rest, row + 1)
    return total


def inverse(matrix: MatrixBase) -> MatrixBase:
    """Return adjugate / determinant. Raises: NotImplementedError for a singular matrix."""
    size = matrix.shape[0]
    det = determinant(matrix)
    if det == 0:
        raise NotImplementedError("inverse of a singular matrix")
    if all(e.is_Rational for e in matrix.flat()):
        return ImmutableMatrix(matrix.to_DM().to_field().inv().to_Matrix())

    def cofactor(i: int, j: int) -> Expr:
        rows = [r for r in range(size) if r != j]
        columns = [c for c in range(size) if c != i]
        minor = matrix.extract(rows, columns) if size > 1 else ImmutableMatrix(0, 0, [])
        return (-1) ** (i + j) * _minors(minor, tuple(range(size - 1)), 0)

    return ImmutableMatrix(size, size, lambda i, j: cofactor(int(i), int(j)) / det)
