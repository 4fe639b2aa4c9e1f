r"""Matrix operations of the symbolic route, by exact domain algorithms rather than by `inv` and `simplify`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from .rational_form import adjugate_and_determinant


def as_matrix(value: Any) -> Any:
    return value if isinstance(value, sympy.MatrixBase) else sympy.ImmutableMatrix([[value]])


def require_square(matrix: Any) -> Any:
    from .formal import NotFormal

    if matrix.rows != matrix.cols:
        raise NotFormal(f"expected a square matrix; got {matrix.rows} x {matrix.cols}")
    return matrix


def _inverse(parts: list[Any]) -> Any:
    matrix = require_square(as_matrix(parts[0]))
    adjugate, determinant = adjugate_and_determinant(matrix)
    if determinant == 0:
        from .formal import NotFormal

        raise NotFormal("the matrix is singular")
    return sympy.ImmutableMatrix(adjugate / determinant)


def _det(parts: list[Any]) -> Any:
    return adjugate_and_determinant(require_square(as_matrix(parts[0])))[1]


def _trace(parts: list[Any]) -> Any:
    matrix = require_square(as_matrix(parts[0]))
    return sympy.Add(*(matrix[i, i] for i in range(matrix.rows)))


def _normsq(parts: list[Any]) -> Any:
    return sympy.Add(*(entry**2 for entry in as_matrix(parts[0])))


def _norm(parts: list[Any]) -> Any:
    if not isinstance(parts[0], sympy.MatrixBase):
        return sympy.Abs(parts[0])
    return sympy.sqrt(_normsq(parts))


def _dot(parts: list[Any]) -> Any:
    left, right = list(as_matrix(parts[0])), list(as_matrix(parts[1]))
    return sympy.Add(*(a * b for a, b in zip(left, right, strict=True)))


def _outer(parts: list[Any]) -> Any:
    return as_matrix(parts[0]) * as_matrix(parts[1]).T


def _identity(parts: list[Any]) -> Any:
    from .formal import NotFormal

    if not parts:
        raise NotFormal("the size of the identity matrix is not known")
    if not parts[0].is_Integer:
        return sympy.Identity(parts[0])
    return sympy.ImmutableMatrix(sympy.eye(int(parts[0])))


def _zeros(parts: list[Any]) -> Any:
    return sympy.ImmutableMatrix(sympy.zeros(int(parts[0]), int(parts[1]) if len(parts) > 1 else 1))


def _diag(parts: list[Any]) -> Any:
    entries = parts if len(parts) > 1 else list(as_matrix(parts[0]))
    return sympy.ImmutableMatrix(sympy.diag(*entries))


def _entry(parts: list[Any]) -> Any:
    from .formal import NotFormal

    matrix = as_matrix(parts[0])
    indices = [int(p) - 1 for p in parts[1:] if p.is_Integer]
    column = indices[1] if len(indices) > 1 else 0
    if len(indices) != len(parts) - 1 or not (0 <= indices[0] < matrix.rows and 0 <= column < matrix.cols):
        raise NotFormal("expected whole indices of an entry")
    return matrix[indices[0], column]


def grid_power(base: Any, exponent: Any) -> Any:
    """A whole power of a square matrix."""
    from .formal import NotFormal

    require_square(base)
    if not exponent.is_Integer or abs(int(exponent)) > 64:
        raise NotFormal("expected a whole exponent of a matrix, of at most 64")
    if int(exponent) < 0:
        base = _inverse([base])
    found = sympy.ImmutableMatrix(sympy.eye(base.rows))
    for _ in range(abs(int(exponent))):
        found = found * base
    return found


def _exponential(parts: list[Any]) -> Any:
    """exp by the Jordan form; that of a real matrix is real, so of complex terms the real part counts."""
    from .formal import NotFormal

    matrix = require_square(as_matrix(parts[0]))
    if matrix.rows > 4 or len(matrix.free_symbols) > 3 or not all(symbol.is_real for symbol in matrix.free_symbols):
        raise NotFormal("no symbolic rule for the exponential of this matrix")
    try:
        found = sympy.Matrix(matrix).exp()
    except (NotImplementedError, ValueError, TypeError) as error:
        raise NotFormal("no Jordan form of the matrix under an exponential") from error
    return sympy.ImmutableMatrix(found.applyfunc(_real_part))


def _real_part(entry: Any) -> Any:
    return sympy.re(entry.expand(complex=True)) if entry.has(sympy.I) else entry


MATRIX_RULES: dict[str, Callable[[list[Any]], Any]] = {
    "transpose": lambda parts: as_matrix(parts[0]).T,
    "inverse": _inverse,
    "matexp": _exponential,
    "det": _det,
    "trace": _trace,
    "norm": _norm,
    "normsq": _normsq,
    "dot": _dot,
    "outer": _outer,
    "identity": _identity,
    "zeros": _zeros,
    "diag": _diag,
    "entry": _entry,
    "hadamard": lambda parts: as_matrix(parts[0]).multiply_elementwise(as_matrix(parts[1])),
}
