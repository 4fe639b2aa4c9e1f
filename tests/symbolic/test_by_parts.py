"""Relations among moments: true identities of Stein's kind follow, wrong ones do not; conditions are stated."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from twofold.symbolic.by_parts import BOUNDARY, Reduction, reduce_by_parts
from twofold.symbolic.moments import MomentTable, expectation

x, y, b = sympy.symbols("x y b", real=True)
a = sympy.Symbol("a", positive=True)
F = sympy.Function("F", real=True)
LINE = a * x**4 - b * x**2
PLANE = a * (x**4 + y**4) + b * x * y


def reduced(expression: Any) -> tuple[Any, Reduction]:
    table = MomentTable()
    normal = table.normal_form(expression)
    reduction = reduce_by_parts(table)
    assert reduction is not None
    return sympy.simplify(normal.xreplace(reduction.values)), reduction


def mean(g: Any, energy: Any, *names: Any) -> Any:
    return expectation(g, energy, names)


TRUE = [
    4 * a * mean(x**4, LINE, x) - 2 * b * mean(x**2, LINE, x) - 1,
    4 * a * mean(x**6, LINE, x) - 2 * b * mean(x**4, LINE, x) - 3 * mean(x**2, LINE, x),
    mean(x**3, LINE, x),
    mean(x * sympy.diff(PLANE, x) + y * sympy.diff(PLANE, y), PLANE, x, y) - 2,
    mean(x * sympy.diff(PLANE, y), PLANE, x, y),
    mean(x**2, PLANE, x, y) - mean(y**2, PLANE, x, y),
    mean(x * sympy.diff(F(x, b), x), F(x, b), x) - 1,
    mean(sympy.diff(F(x, b), x), F(x, b), x),
]


@pytest.mark.parametrize("expression", TRUE, ids=str)
def test_a_true_relation_reduces_to_zero(expression: Any) -> None:
    """Stein on the line and the plane, a higher moment, parity, exchange, an undefined energy."""
    assert reduced(expression)[0] == 0


WRONG = [
    4 * a * mean(x**4, LINE, x) - 2 * b * mean(x**2, LINE, x) - 2,
    4 * a * mean(x**4, LINE, x) - b * mean(x**2, LINE, x) - 1,
    mean(x * sympy.diff(PLANE, x), PLANE, x, y) - 2,
    mean(x * sympy.diff(F(x, b), x), F(x, b), x),
    mean(x, a * x**4 + b * x, x),
]


@pytest.mark.parametrize("expression", WRONG, ids=str)
def test_a_wrong_relation_does_not(expression: Any) -> None:
    """A wrong dimension, a wrong coefficient, a lost term, a broken symmetry."""
    assert reduced(expression)[0] != 0


def test_a_confining_polynomial_on_the_line_needs_no_condition() -> None:
    """a > 0 and even degree: the boundary terms vanish, which is not assumed."""
    assert reduced(TRUE[0])[1].conditions == ()


def test_an_undefined_energy_states_the_boundary_condition() -> None:
    """For F undefined, that x exp(-F) dies out is an assumption."""
    assert BOUNDARY in reduced(TRUE[6])[1].conditions


def test_half_lines_give_no_relations() -> None:
    """On (0, inf) the boundary term at 0 does not vanish: nothing is derived there."""
    table = MomentTable()
    table.normal_form(sympy.Integral(x * sympy.exp(-(x**2)), (x, 0, sympy.oo)))
    assert reduce_by_parts(table) is None
