"""Remainders of huge integers, against Python's own integers where these can be built."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from twofold.symbolic.residues import carmichael, remainder, told_apart, with_remainders
from twofold.symbolic.tree import Apply, Node, Number, integer


def power(a: Node, b: Node) -> Node:
    return Apply("pow", (a, b))


@given(st.integers(2, 30), st.integers(2, 12), st.integers(7, 9), st.integers(1, 2000))
def test_towers_agree_with_exact_integers(a: int, b: int, c: int, m: int) -> None:
    """a^(b^c) mod m equals pow(a, b**c, m), whether or not a and m are coprime."""
    tower = power(integer(a), power(integer(b), integer(c)))
    assert remainder(tower, m) == pow(a, b**c, m)


@given(st.integers(1, 3000))
def test_the_carmichael_exponent_is_a_period(n: int) -> None:
    """a^lambda = 1 modulo n for every unit a tried."""
    units = [a for a in range(1, 12) if all(a % p or n % p for p in (2, 3, 5, 7, 11))]
    assert all(pow(a, carmichael(n), n) == 1 % n for a in units)


def test_sums_and_signs_are_followed() -> None:
    """(10^(10^10) - 3) mod 7 by Euler's theorem: 10 = 3 mod 7, order 6, 10^10 = 4 mod 6, 3^4 = 4."""
    node = Apply("add", (power(integer(10), power(integer(10), integer(10))), Apply("neg", (integer(3),))))
    assert remainder(node, 7) == (4 - 3) % 7


def test_a_mod_node_becomes_its_value() -> None:
    """9^(9^9) mod 10 is 9: 9 is -1 modulo 10 and the exponent is odd."""
    node = Apply("mod", (power(integer(9), power(integer(9), integer(9))), integer(10)))
    assert with_remainders(node) == Number(Fraction(9))


def test_different_integers_are_told_apart_and_equal_ones_never() -> None:
    """X and X + 1 differ modulo a prime; X and X do not."""
    huge = power(integer(2), power(integer(2), integer(100)))
    assert told_apart(huge, Apply("add", (huge, integer(1)))) is not None
    assert told_apart(huge, huge) is None


def test_what_is_no_integer_has_no_remainder() -> None:
    """Fractions, negative exponents and functions are refused."""
    assert remainder(Number(Fraction(1, 2)), 5) is None
    assert remainder(power(integer(2), integer(-1)), 5) is None
    assert remainder(Apply("sin", (integer(2),)), 5) is None
