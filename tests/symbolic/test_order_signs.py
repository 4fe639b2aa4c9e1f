"""The prover of signs: what it proves is true, and polynomials of one variable it decides.

The oracle is numpy alone: values of polynomials at the real roots of their derivatives, sampled values elsewhere.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy

from twofold.symbolic.order_ranges import range_of
from twofold.symbolic.order_signs import Order

X, Y, Z = sympy.symbols("x y z", real=True)
A, B = sympy.symbols("a b", positive=True)
ROUND = 1e-9  # numpy's roots of quartics with coefficients up to 6 are good to this


def least(coefficients: list[int]) -> float:
    """The least value of a polynomial of even degree with a positive leading coefficient."""
    slope = np.polyder(np.array(coefficients, dtype=float))
    roots = np.roots(slope)
    real = roots[np.abs(roots.imag) < 1e-7].real
    return float(min(np.polyval(coefficients, real)))


def test_polynomials_of_one_variable() -> None:
    """Quartics with small integers: proved exactly where the least value is not negative."""
    r = random.Random(5)
    decided = 0
    for _ in range(60):
        coefficients = [r.randint(1, 6), *(r.randint(-6, 6) for _ in range(3)), r.randint(-2, 9)]
        smallest = least(coefficients)
        if abs(smallest) < 1e-6:
            continue
        expression = sum(c * X ** (4 - k) for k, c in enumerate(coefficients))
        assert (Order().nonnegative(expression, strict=True) is not None) == (smallest > 0), coefficients
        decided += 1
    assert decided > 50


def test_quadratic_forms() -> None:
    """x^T S x with a random symmetric S: proved exactly where no eigenvalue is negative."""
    r = random.Random(7)
    seen = set()
    for _ in range(16):
        entries = [[r.randint(-3, 3) + (4 if i == j else 0) for j in range(3)] for i in range(3)]
        matrix = np.array(entries) + np.array(entries).T
        smallest = float(np.linalg.eigvalsh(matrix)[0])
        if abs(smallest) < 1e-6:
            continue
        v = sympy.Matrix([X, Y, Z])
        form = sympy.expand((v.T * sympy.Matrix(matrix.tolist()) * v)[0, 0])
        assert (Order().nonnegative(form) is not None) == (smallest > 0)
        seen.add(smallest > 0)
    assert seen == {True, False}


TRUE = [
    sympy.exp(X) - 1 - X,
    A - 1 - sympy.log(A),
    sympy.log(A / B) + (B**2 + X**2) / (2 * A**2) - sympy.Rational(1, 2),  # KL of two normal laws
    A * sympy.log(A / B) - A + B,
    sympy.sqrt(A**2 + B**2) - A,
    (A + B) / 2 - sympy.sqrt(A * B),
    1 - sympy.tanh(X) ** 2,
    abs(X) + abs(Y) - abs(X + Y),
    (sympy.exp(X) + sympy.exp(Y)) / 2 - sympy.exp((X + Y) / 2),
]


@pytest.mark.parametrize("expression", TRUE, ids=str)
def test_theorems(expression: sympy.Expr) -> None:
    assert Order().nonnegative(expression) is not None


@pytest.mark.parametrize("expression", TRUE, ids=str)
@pytest.mark.parametrize("change", [-1e-3, "factor"], ids=["lowered", "times -1"])
def test_what_is_negative_somewhere_is_not_proved(expression: sympy.Expr, change: float | str) -> None:
    """Each theorem is tight: lowered by 1e-3 it fails somewhere; its negative fails somewhere."""
    wrong = -expression if change == "factor" else expression - sympy.Rational(1, 1000)
    assert Order().nonnegative(wrong) is None


def test_strict_and_not_strict() -> None:
    """(x - 1)^2 is 0 at 1; on x > 1 it is positive, on x >= 1 it is not."""
    square = (X - 1) ** 2
    assert Order().nonnegative(square) is not None
    assert Order().nonnegative(square, strict=True) is None
    for closed in (True, False):
        order = Order()
        order.declare(X, (sympy.Integer(1), closed), None)
        assert (order.nonnegative(sympy.expand(square), strict=True) is not None) == (not closed)


def test_ranges_hold_at_points() -> None:
    """No value of a random expression leaves the range that is told of it."""
    r = random.Random(3)
    pieces = [sympy.tanh(X), sympy.sin(Y), sympy.exp(-(X**2)), abs(Y), sympy.cosh(X), sympy.Integer(2), X**2]
    for _ in range(60):
        first, second, third = (r.choice(pieces) for _ in range(3))
        expression = r.choice((1, -2)) * first * second + third**2 - second
        bounds = range_of(expression, Order().ends)
        function = sympy.lambdify((X, Y), expression, "numpy")
        values = [float(function(r.uniform(-3, 3), r.uniform(-3, 3))) for _ in range(50)]
        assert float(bounds.low) - ROUND <= min(values)
        assert max(values) <= float(bounds.high) + ROUND
