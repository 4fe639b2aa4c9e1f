"""A trace of many coupled terms is proved in time linear in the terms, and nothing false is proved on the way."""

from __future__ import annotations

import pytest
import sympy

from twofold.symbolic.differentiate import diff
from twofold.symbolic.pythagoras import parts_of_sum, squares_as_sech, vanishes_by_squares, vanishes_multiplied_out
from twofold.symbolic.zero import prove_zero

x, y = sympy.symbols("x y", real=True)
T, S = sympy.tanh, sympy.sech


def ring(n: int, wrong: int = -1) -> sympy.Expr:
    """The trace of z_i' = tanh(z_i z_{i+1}) with sech^2 minus that with 1 - tanh^2; `wrong`: a term with sech^3."""
    z = sympy.symbols(f"z1:{n + 1}", real=True)
    pairs = [(z[i], z[(i + 1) % n]) for i in range(n)]
    return sympy.Add(
        *(b * (S(a * b) ** (3 if i == wrong else 2) - 1 + T(a * b) ** 2) for i, (a, b) in enumerate(pairs))
    )


def test_a_large_ring_is_proved_and_one_wrong_term_in_it_is_not() -> None:
    """Over one denominator it would have 2^40 terms."""
    proof = prove_zero(ring(40))
    assert proof is not None and "sech^2 = 1 - tanh^2" in proof.rules and proof.conditions == ()
    assert vanishes_by_squares(ring(40, wrong=17)) is None


@pytest.mark.parametrize(
    ("expr", "zero"),
    [
        (S(x) ** 5 - S(x) * (1 - T(x) ** 2) ** 2, True),
        (sympy.cosh(x) ** 4 - (1 + sympy.sinh(x) ** 2) ** 2, True),
        (sympy.sin(x * y) ** 2 + sympy.cos(x * y) ** 2 - 1, True),
        (sympy.cosh(x) ** 2 + sympy.sinh(x) ** 2 - 1, False),
        (sympy.sin(x) ** 2 - sympy.cos(x) ** 2 - 1, False),
        (S(x) ** 2 - 1 + T(y) ** 2, False),
        (S(x) ** 3 - 1 + T(x) ** 2, False),
    ],
)
def test_squares_are_written_by_their_relation(expr: sympy.Expr, zero: bool) -> None:
    """True identities vanish, near misses do not."""
    assert (vanishes_by_squares(expr) is not None) is zero


def test_what_may_be_undefined_is_left_to_the_normal_form_which_says_so() -> None:
    """1/x and log x are no polynomials: their proof has a condition."""
    assert vanishes_by_squares(S(1 / x) ** 2 - 1 + T(1 / x) ** 2) is None
    proof = prove_zero((x**2 - 1) / (x - 1) - x - 1)
    assert proof is not None and proof.conditions


def test_a_sum_falls_into_parts_without_a_function_in_common() -> None:
    """sin x and its square belong together; what has no function is a part of its own."""
    terms = sympy.exp(y) + sympy.sin(x) ** 2 + x * sympy.sin(x) + x + 3
    parts = parts_of_sum(terms)
    assert len(parts) == 3 and sympy.Add(*parts) == terms
    assert parts_of_sum(sympy.exp(x) * sympy.sin(y) + sympy.sin(y) + sympy.exp(x)) == [
        sympy.exp(x) * sympy.sin(y) + sympy.sin(y) + sympy.exp(x)
    ]


@pytest.mark.parametrize(
    "expr",
    [
        x**3 * T(x * y) / (1 + x**2),
        sympy.exp(-x * y) * sympy.sin(x) ** 4,
        sympy.log(x**2 + 1) ** x,
        sympy.Abs(x) * S(x),
    ],
)
def test_derivatives_are_those_of_difference_quotients(expr: sympy.Expr) -> None:
    """Central differences in 60 digits: their error is of the order h^2 = 10^-40."""
    at = {x: sympy.Rational(7, 5), y: sympy.Rational(-3, 4)}
    h = sympy.Float("1e-20", 60)
    quotient = (expr.subs({**at, x: at[x] + h}) - expr.subs({**at, x: at[x] - h})) / (2 * h)
    assert abs(sympy.N(diff(expr, x).subs(at).doit() - quotient, 60)) < 1e-30


def test_undefined_functions_cancel_when_multiplied_out() -> None:
    """The rate of log p at a fixed point, p'/p; with one term missing it does not cancel."""
    p = sympy.Function("p")(x, y)
    whole = (p * T(x) + p.diff(x) * S(y)) / p - T(x) - sympy.log(p).diff(x) * S(y)
    assert vanishes_multiplied_out(whole)
    assert not vanishes_multiplied_out(whole + T(x))
    assert not vanishes_multiplied_out((x + y) ** 4001)  # too many terms: not proved, and at once


def test_sech_is_printed_for_its_square_and_nothing_else() -> None:
    """1 - tanh^2 alone; a longer sum stays as it is."""
    assert squares_as_sech(x * (1 - T(x) ** 2)) == x * S(x) ** 2
    assert squares_as_sech(T(y) ** 2 - 1) == -(S(y) ** 2)
    assert squares_as_sech(y + 1 - T(x) ** 2) == y + 1 - T(x) ** 2
