"""Infinite sums in balls, against closed forms; what diverges has no value."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

from twofold.checks.equal import chosen, context_of
from twofold.checks.integrals import BallIntegrals
from twofold.checks.interpret import Meaning
from twofold.checks.points import Point
from twofold.numeric.balls import RealBalls, Undefined, to_ball, working_precision
from twofold.symbolic.evaluate import Evaluator


def enclosed(text: str, bits: int = 128, **values: Fraction) -> arb:
    context = context_of(dict.fromkeys(values, "real"))
    ((_, (tree, _, context, _)),) = chosen(text, "0", context, "tex", {})
    meaning = Meaning(context, Point(values), integrals=BallIntegrals())
    with working_precision(bits):
        return to_ball(Evaluator(RealBalls(bits), meaning).value(tree))


def test_the_exponential_series() -> None:
    """sum x^k/k! contains e^x at x = 3/2, to a radius of 1e-30."""
    found = enclosed(r"\sum_{k=0}^{\infty}\frac{x^k}{k!}", x=Fraction(3, 2))
    with working_precision(200):
        assert found.overlaps((arb(3) / 2).exp())
    assert found.rad() < 1e-30


@pytest.mark.parametrize("r", [Fraction(9, 10), Fraction(-2, 3), Fraction(1, 7)])
def test_the_geometric_series(r: Fraction) -> None:
    """sum r^k contains 1/(1 - r), also for negative r."""
    found = enclosed(r"\sum_{k=0}^{\infty}r^k", r=r)
    with working_precision(200):
        assert found.overlaps(arb(1) / (1 - arb(r.numerator) / r.denominator))
    assert found.rad() < 1e-30


def test_a_theta_sum_is_told_from_its_integral() -> None:
    """sum exp(-n^2/10) exceeds sqrt(10 pi) by 1.5e-42 (Poisson summation), and the ball sees it."""
    found = enclosed(r"\sum_{n=-\infty}^{\infty}e^{-n^2/10}", bits=256)
    with working_precision(300):
        gap = found - (10 * arb.pi()).sqrt()
        expected = 2 * (10 * arb.pi()).sqrt() * (-10 * arb.pi() ** 2).exp()
        assert gap > 0
        assert abs(gap - expected) < expected / 1000


def test_a_power_decay_leaves_a_wide_ball() -> None:
    """sum 1/k^2 contains pi^2/6; its ball is honest about the tail that was cut."""
    found = enclosed(r"\sum_{k=1}^{\infty}\frac{1}{k^2}")
    assert found.overlaps(arb.pi() ** 2 / 6)
    assert found.rad() > 1e-6


@pytest.mark.parametrize("text", [r"\sum_{k=1}^{\infty}\frac1k", r"\sum_{k=0}^{\infty}2^k"])
def test_a_divergent_sum_has_no_value(text: str) -> None:
    """The harmonic series and sum 2^k are undefined, not large."""
    with pytest.raises(Undefined):
        enclosed(text)
