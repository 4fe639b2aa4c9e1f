"""Integrals with singular ends and slow decay, against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq

from twofold.numeric.operations import Undefined
from twofold.numeric.singular_ends import integrate_open, integrate_slow

F = Fraction
BITS = 64


def power(e: Fraction) -> Callable[[Any, Any], Any]:
    return lambda table, x: table.apply("pow", (x, table.number(e)))


def log(table: Any, x: Any) -> Any:
    return table.apply("log", (x,))


def arcsine(table: Any, x: Any) -> Any:
    square = table.apply("neg", (table.apply("mul", (x, x)),))
    below = table.apply("sqrt", (table.apply("add", (table.number(F(1)), square)),))
    return table.apply("div", (table.number(F(1)), below))


def cauchy(table: Any, x: Any) -> Any:
    below = table.apply("add", (table.number(F(1)), table.apply("mul", (x, x))))
    return table.apply("div", (table.number(F(1)), below))


@pytest.mark.parametrize("q", [F(1, 2), F(1, 3), F(3, 4)])
def test_an_algebraic_singularity_is_enclosed(q: Fraction) -> None:
    """int_0^1 x^-q dx contains 1/(1 - q), with a radius below 1e-8."""
    found = integrate_open(power(-q), F(0), F(1), BITS)
    exact = 1 / (1 - q)
    assert found.overlaps(arb(fmpq(exact.numerator, exact.denominator)))
    assert found.rad() < 1e-8


def test_a_logarithm_is_enclosed() -> None:
    """int_0^1 log x dx = -1."""
    assert integrate_open(log, F(0), F(1), BITS).contains(-1)


def test_both_ends_may_be_singular() -> None:
    """int_-1^1 dx / sqrt(1 - x^2) = pi."""
    found = integrate_open(arcsine, F(-1), F(1), BITS)
    assert found.overlaps(arb.pi())
    assert found.rad() < 1e-10


@pytest.mark.parametrize(("low", "inner"), [(F(0), ()), (F(-1), (F(0),))])
def test_a_pole_certainly_diverges(low: Fraction, inner: tuple[Fraction, ...]) -> None:
    """int dx/x over an interval with 0 at an end or inside has no value, for all its symmetry."""
    with pytest.raises(Undefined):
        integrate_open(power(F(-1)), low, F(1), BITS, inner)


def test_a_slow_decay_is_enclosed() -> None:
    """int_R dx/(1 + x^2) = pi and int_1^inf x^-2 dx = 1, to radii that a cut alone would not reach."""
    line = integrate_slow(cauchy, None, None, BITS)
    half = integrate_slow(power(F(-2)), F(1), None, BITS)
    assert line.overlaps(arb.pi())
    assert half.contains(1)
    assert max(float(line.rad()), float(half.rad())) < 1e-14
