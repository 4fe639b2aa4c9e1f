"""The rational normal form proves true identities of elementary functions and never a false one."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.symbolic.rational_form import (
    Generators,
    adjugate_and_determinant,
    determinant_by_elimination,
    is_zero,
    product,
    rational_normal_form,
)

x, y = sympy.symbols("x y", real=True)
s = sympy.Symbol("s", positive=True)
exp, tanh, sech, sqrt = sympy.exp, sympy.tanh, sympy.sech, sympy.sqrt

IDENTITIES = {
    "tanh by exponentials": tanh(x) - 1 + 2 / (exp(2 * x) + 1),
    "sech^2": sech(x**3) ** 2 - 1 + tanh(x**3) ** 2,
    "logistic": 1 / (1 + exp(-x)) - (1 + tanh(x / 2)) / 2,
    "conjugate root": 1 / (sqrt(x**2 + 1) - x) - sqrt(x**2 + 1) - x,
    "sum of exponents": exp(x + y) - exp(x) * exp(y),
    "Pythagoras": sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1,
    "secant": sympy.tan(x) ** 2 + 1 - sympy.sec(x) ** 2,
    "roots of a scale": sqrt(s) * s - s ** sympy.Rational(3, 2),
    "modulus": sympy.Abs(x + y) ** 2 - x**2 - 2 * x * y - y**2,
    "powers of e": exp(x + 1) / sympy.E - exp(x),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_proved(name):
    """Each identity has the normal form 0."""
    assert is_zero(IDENTITIES[name])


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("slip", [1, -sympy.Rational(1, 10**12), x, sympy.Rational(1, 10**6) * exp(-(x**2))])
def test_identities_with_a_slip_are_not(name, slip):
    """Added to any identity, a nonzero term is never lost."""
    assert not is_zero(IDENTITIES[name] + slip)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=9, max_size=9))
def test_adjugate_and_elimination_give_one_determinant(entries):
    """Characteristic polynomial, fraction-free elimination and SymPy's own Matrix.det agree."""
    matrix = sympy.Matrix(3, 3, entries) + sympy.diag(x, 0, x * y)
    adjugate, determinant = adjugate_and_determinant(matrix)
    assert sympy.expand(determinant - matrix.det()) == 0
    assert sympy.expand(determinant_by_elimination(matrix) - matrix.det()) == 0
    assert product(matrix, adjugate) == sympy.ImmutableMatrix((matrix.det() * sympy.eye(3)).expand())


def test_normal_form_is_in_lowest_terms():
    """A common factor is cancelled."""
    assert rational_normal_form((x**2 - 1) / (x - 1)) == x + 1


def test_large_exponents_are_refused_before_any_polynomial_is_built():
    """Exponents beyond the limit raise; is_zero then proves nothing."""
    huge = 1 / (1 + exp(-x)) - 1 / (1 + exp(-x * (1 + sympy.Rational(1, 10**9))))
    with pytest.raises(ValueError, match="Expected exponents up to"):
        Generators([huge])
    assert not is_zero(huge)
