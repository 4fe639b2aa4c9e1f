"""A wrong step never passes recomputation, a right one does, and statements are left alone."""

import pytest
import sympy

from twofold.symbolic.derivation import Derivation, DerivationStep, Label, all_equal, verify_steps

x, y = sympy.symbols("x y", real=True)
f = sympy.Function("f")
M = sympy.ImmutableMatrix([[1, x], [y, 2]])

TRUE = {
    "derivative": (sympy.Derivative(sympy.tanh(x**3), x), 3 * x**2 * sympy.sech(x**3) ** 2),
    "determinant": (sympy.Determinant(M), 2 - x * y),
    "matrix product": (
        sympy.MatMul(M, M, evaluate=False),
        sympy.ImmutableMatrix([[1 + x * y, 3 * x], [3 * y, x * y + 4]]),
    ),
    "product rule": (sympy.Derivative(x * f(x), x), f(x) + x * sympy.Derivative(f(x), x)),
    "labelled side": (Label(tex="a", value=(x + y) ** 2), x**2 + 2 * x * y + y**2),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_steps_are_recomputed(name):
    """A correct equality is found equal."""
    lhs, rhs = TRUE[name]
    assert all_equal(Derivation(title="", steps=(DerivationStep(rule="", lhs=lhs, rhs=rhs),)))


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("factor", [-1, 2, 1 + sympy.Rational(1, 10**12)])
def test_wrong_steps_stay_open(name, factor):
    """The same equality with its right side scaled is never found equal."""
    lhs, rhs = TRUE[name]
    (check,) = verify_steps(Derivation(title="", steps=(DerivationStep(rule="", lhs=lhs, rhs=factor * rhs),)))
    assert check.outcome == "open"


def test_a_chain_compares_with_the_side_before():
    """A step without left side continues from the right side before it."""
    steps = (
        DerivationStep(rule="", lhs=Label(tex="q"), rhs=(x + 1) ** 2),
        DerivationStep(rule="", rhs=x**2 + 2 * x + 1),
        DerivationStep(rule="", rhs=x**2 + x + 1),
    )
    assert [check.outcome for check in verify_steps(Derivation(title="", steps=steps))] == [
        "statement",
        "equal",
        "open",
    ]


def test_shapes_must_match():
    """Matrices of different shapes are never equal."""
    step = DerivationStep(rule="", lhs=sympy.ImmutableMatrix([[0, 0]]), rhs=sympy.ImmutableMatrix([[0], [0]]))
    assert not all_equal(Derivation(title="", steps=(step,)))
