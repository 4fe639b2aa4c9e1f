r"""Numbers, SymPy objects and nested lists as exact SymPy objects: the door of the laws that a program declares.

    3 -> 3,   Fraction(1, 3) -> 1/3,   0.1 -> 1/10 (the decimal that is written),   [[1, 2], [3, 4]] -> a matrix

Text is refused: SymPy would run it as Python.  A float stands for its shortest decimal, so that `0.1` is one tenth and
a derivation stays exact; NaN and infinities are refused.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sympy


def scalar(value: Any, name: str) -> Any:
    """One exact expression.

    >>> scalar(0.1, "the mean"), scalar(sympy.Symbol("a") * 0.5, "the mean")
    (1/10, a/2)
    >>> scalar("a", "the mean")
    Traceback (most recent call last):
        ...
    TypeError: Expected a number or a SymPy expression in the mean; got the text 'a'. Declare sympy.Symbol(..) instead

    Raises:
        TypeError: text, a truth value, or an object that is no number.
        ValueError: NaN or an infinity.
    """
    if isinstance(value, str | bytes):
        hint = "Declare sympy.Symbol(..) instead"
        raise TypeError(f"Expected a number or a SymPy expression in {name}; got the text {value!r}. {hint}")
    if isinstance(value, sympy.MatrixBase) and value.shape == (1, 1):
        value = value[0, 0]
    if isinstance(value, sympy.Expr):
        return _without_floats(value, name)
    if isinstance(value, bool) or not isinstance(value, numbers.Number | Decimal):
        raise TypeError(f"Expected a number or a SymPy expression in {name}; got {type(value).__name__}")
    return _number(value, name)


def _number(value: Any, name: str) -> Any:
    if isinstance(value, numbers.Rational):
        return sympy.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Complex) and not isinstance(value, numbers.Real):
        raise TypeError(f"Expected a real number in {name}; got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"Expected finite numbers in {name}; got {value}")
    exact = Fraction(str(value) if isinstance(value, Decimal) else repr(float(value)))
    return sympy.Rational(exact.numerator, exact.denominator)


def _without_floats(expression: Any, name: str) -> Any:
    if expression.has(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
        raise ValueError(f"Expected finite numbers in {name}; got {expression}")
    return expression.xreplace({item: _number(float(item), name) for item in expression.atoms(sympy.Float)})


def entries(value: Any, name: str) -> list[Any]:
    """The components of a vector: a sequence, a column or row, or one scalar."""
    if isinstance(value, sympy.MatrixBase):
        if 1 not in value.shape:
            raise ValueError(f"Expected a vector for {name}; got a matrix of shape {value.shape}")
        return [scalar(entry, name) for entry in value]
    value = _as_list(value)
    if not isinstance(value, list):
        return [scalar(value, name)]
    if not value:
        raise ValueError(f"Expected at least one component of {name}; got none")
    return [scalar(entry[0] if isinstance(entry, list) and len(entry) == 1 else entry, name) for entry in value]


def vector(value: Any, name: str) -> Any:
    """A column."""
    return sympy.ImmutableMatrix(entries(value, name))


def matrix(value: Any, name: str) -> Any:
    """A matrix from nested rows, a SymPy matrix, or one scalar (1 x 1).

    Raises:
        TypeError, ValueError: as `scalar`; rows of different lengths; a flat list.
    """
    if isinstance(value, sympy.MatrixBase):
        return sympy.ImmutableMatrix(value.applyfunc(lambda entry: scalar(entry, name)))
    value = _as_list(value)
    if not isinstance(value, list):
        return sympy.ImmutableMatrix([[scalar(value, name)]])
    if not value or not all(isinstance(row, list) and row for row in value):
        raise ValueError(f"Expected {name} as a list of rows, [[a, b], [c, d]]")
    if len({len(row) for row in value}) > 1:
        raise ValueError(f"Expected rows of equal length in {name}; got {', '.join(str(len(row)) for row in value)}")
    return sympy.ImmutableMatrix([[scalar(entry, name) for entry in row] for row in value])


def _as_list(value: Any) -> Any:
    """Sequences and arrays as nested lists; anything else as it is."""
    if hasattr(value, "tolist") and not isinstance(value, sympy.Basic):
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_as_list(item) for item in value]
    return value


def symbols(value: Any, name: str) -> tuple[Any, ...]:
    """One symbol or a sequence of different ones.

    Raises:
        TypeError: something that is no symbol.
        ValueError: one occurs twice.
    """
    items = (value,) if isinstance(value, sympy.Expr | str | bytes) else tuple(value)
    for item in items:
        if not isinstance(item, sympy.Symbol):
            raise TypeError(f"Expected SymPy symbols for {name}; got {item!r}")
    if len(set(items)) != len(items):
        raise ValueError(f"Expected different symbols for {name}; one occurs twice")
    return items
