"""From SymPy to our tree: what the tree says is what SymPy meant."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from twofold.symbolic.context import Context
from twofold.symbolic.formal import Formal
from twofold.symbolic.from_sympy import tree_from
from twofold.symbolic.printing import plain
from twofold.symbolic.tree import Number

x, y = sympy.symbols("x y", real=True)


@pytest.mark.parametrize(
    "expression",
    [
        x**2 / (y + 1) - 3 * x / 4,
        sympy.sqrt(x) * sympy.pi + sympy.E**y,
        sympy.exp(-(x**2)) * sympy.sin(x) / sympy.cosh(y),
        sympy.Matrix([[1, x], [y, x * y]]),
        sympy.Sum(x**2, (x, 1, 4)),
        sympy.Integral(sympy.exp(-x), (x, 0, sympy.oo)),
        sympy.Abs(x) + sympy.sign(y) + sympy.erf(x) + sympy.gamma(y),
        sympy.log(x) / sympy.log(2) + sympy.I * y,
    ],
)
def test_the_way_there_and_back_is_the_identity(expression: sympy.Basic) -> None:
    """A SymPy object read into a tree and converted back is the object that it was."""
    context = Context()
    back = Formal(context).convert(tree_from(expression))
    assert sympy.simplify(
        sympy.Matrix([back - expression.doit() if not back.has(sympy.Integral) else 0])
    ).is_zero_matrix


def test_a_float_is_the_decimal_that_it_prints() -> None:
    """0.1 is 1/10 and not the binary fraction."""
    assert tree_from(0.1) == Number(Fraction(1, 10))


def test_an_undefined_function_is_a_call() -> None:
    """f(x) stays f(x)."""
    assert plain(tree_from(sympy.Function("f")(x))) == "f(x)"


@pytest.mark.parametrize(
    "value", [object(), True, sympy.FiniteSet(1), sympy.Symbol("a b"), float("nan"), [[1], [1, 2]]]
)
def test_anything_else_is_refused(value: object) -> None:
    """Objects, truth values, sets, odd names, NaN and ragged rows are no expressions."""
    with pytest.raises(TypeError):
        tree_from(value)
