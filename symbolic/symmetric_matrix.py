r"""Covariance matrices that are given, not trusted: exact real entries, symmetry, and definiteness by exact pivots.

A symmetric matrix is positive semidefinite iff symmetric elimination with diagonal pivots ends in

.. math:: S = L D L^T, \qquad D = \operatorname{diag}(d_1, \dots, d_r), \; d_i > 0,

that is: every pivot met is positive, and once every remaining diagonal entry is 0 the remaining matrix is 0. L has
shape (n, r), r the rank. With symbols a pivot's sign may be unknown; then it is a condition, not a guess.

Source: Golub and Van Loan, Matrix Computations (4th ed.), section 4.2.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition
from .rational_form import is_zero, rational_normal_form


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareRootFree:
    """``S = unit * diag(pivots) * unit.T`` with positive pivots; ``unit`` has shape (n, rank)."""

    unit: Any
    pivots: tuple[Any, ...]
    rank: int
    conditions: tuple[Condition, ...]


def real_entries(name: str, matrix: Any) -> Any:
    """The matrix, immutable, once every entry is exact and not known to be non-real.

    Raises:
        ValueError: an entry is a float, infinite, undefined, or not real.
    """
    result = sympy.ImmutableMatrix(matrix)
    for entry in result:
        if entry.has(sympy.Float):
            raise ValueError(
                f"Expected exact entries in {name}; got the float {entry}; write it as a quotient of integers"
            )
        if entry.has(sympy.nan, sympy.zoo, sympy.oo) or entry.is_extended_real is False:
            raise ValueError(f"Expected real finite entries in {name}; got {entry}")
        complex_symbols = sorted(str(symbol) for symbol in entry.free_symbols if symbol.is_extended_real is not True)
        if complex_symbols:
            raise ValueError(f"Expected real symbols in {name}; {complex_symbols[0]} is not declared real")
    return result


def require_shape(name: str, matrix: Any, shape: tuple[int, int]) -> Any:
    """The matrix, once it has the shape.

    Raises:
        ValueError: it has another one.
    """
    if matrix.shape != shape:
        raise ValueError(f"Expected {name} of shape {shape}; got {matrix.shape}")
    return matrix


def square_root_free_factor(matrix: Any) -> SquareRootFree:
    """Factor a symmetric positive semidefinite matrix as L D L^T, exactly.

    Raises:
        ValueError: the matrix is not symmetric, or certainly not positive semidefinite.
    """
    size = matrix.rows
    _require_symmetric(matrix)
    rest = matrix.as_mutable()
    columns: list[Any] = []
    pivots: list[Any] = []
    unknown: list[Any] = []
    while (index := _pivot(rest)) is not None:
        pivot = rest[index, index]
        sign = sign_of(pivot)
        if sign == -1:
            raise ValueError(
                f"Expected a positive semidefinite covariance; symmetric elimination meets the pivot {pivot} < 0"
            )
        if sign is None:
            unknown.append(pivot)
        column = rest[:, index] / pivot
        rest = (rest - rest[:, index] * rest[index, :] / pivot).applyfunc(rational_normal_form)
        columns.append(column.applyfunc(rational_normal_form))
        pivots.append(pivot)
    if not all(is_zero(entry) for entry in rest):
        raise ValueError(
            "Expected a positive semidefinite covariance; a zero variance stands beside a nonzero covariance"
        )
    unit = sympy.ImmutableMatrix.hstack(*columns) if columns else sympy.ImmutableMatrix(sympy.zeros(size, 0))
    return SquareRootFree(
        unit=sympy.ImmutableMatrix(unit),
        pivots=tuple(pivots),
        rank=len(pivots),
        conditions=_definite(matrix, pivots, unknown),
    )


def sign_of(expression: Any) -> int | None:
    """-1, 0 or 1 when SymPy's assumptions decide the sign (also of the factored form); None when they do not."""
    for form in (expression, sympy.factor(expression)):
        if form.is_positive:
            return 1
        if form.is_negative:
            return -1
        if form.is_zero:
            return 0
    return None


def _require_symmetric(matrix: Any) -> None:
    for i in range(matrix.rows):
        for j in range(i):
            if matrix[i, j] != matrix[j, i] and not is_zero(matrix[i, j] - matrix[j, i]):
                raise ValueError(
                    f"Expected a symmetric covariance; entry ({i + 1}, {j + 1}) is {matrix[i, j]}, "
                    f"entry ({j + 1}, {i + 1}) is {matrix[j, i]}"
                )


def _pivot(matrix: Any) -> int | None:
    """The first diagonal entry that is not identically 0, one of known sign before the others."""
    candidates = [i for i in range(matrix.rows) if not is_zero(matrix[i, i])]
    known = [i for i in candidates if sign_of(matrix[i, i]) is not None]
    return next(iter(known or candidates), None)


def _definite(matrix: Any, pivots: list[Any], unknown: list[Any]) -> tuple[Condition, ...]:
    size = matrix.rows
    kind = "positive definite" if len(pivots) == size else "positive semidefinite"
    tex = ",\\; ".join(f"{sympy.latex(pivot)} > 0" for pivot in unknown) or sympy.latex(matrix) + r" \succeq 0"
    return (Condition(text=f"the covariance of Z is {kind}", tex=tex, status="assumed" if unknown else "discharged"),)
