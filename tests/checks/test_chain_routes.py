r"""Both routes to the moments of a chain of Gaussian variables, against an oracle that shares neither formula.

The oracle integrates the joint density, a product of the laws that were declared: moments of what is asked, given the
rest, are ratios of integrals over the numbers that are left.  Bounds: scipy's quadrature reports an absolute error near
1e-10 on these smooth densities over 12 standard deviations (the mass beyond is below 1e-30), so 1e-7 is generous; the
smallest slip that the tests plant is 1e-3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from scipy.integrate import quad

from twofold.checks.interpret import Meaning
from twofold.checks.points import Point
from twofold.numeric.balls import RealBalls, ball_interval
from twofold.symbolic.context import Context
from twofold.symbolic.evaluate import Evaluator, normal
from twofold.symbolic.formal import Formal
from twofold.symbolic.tree import Apply, Array, Node, Number

# x ~ N(1/2, 2),  y | x ~ N(3 x - 1, 1/2): two coordinates, one noise each.
MEAN, VARIANCE = Fraction(1, 2), Fraction(2)
SLOPE, SHIFT, NOISE = Fraction(3), Fraction(-1), Fraction(1, 2)
AT = Fraction(5, 4)
Entries = list[list[Fraction]]


def array(rows: Entries) -> Array:
    return Array(tuple(tuple(Number(Fraction(e)) for e in row) for row in rows))


def head(op: str, target: Entries, given: Entries | None = None, noise: Fraction = NOISE) -> Node:
    """The moment of `target` (rows over x, y), given rows at the value AT."""
    parts = [
        array([[0, 0], [SLOPE, 0]]),  # type: ignore[list-item]
        array([[MEAN], [SHIFT]]),
        array([[VARIANCE, 0], [0, noise]]),  # type: ignore[list-item]
        array(target),
        array([[0] for _ in target]),  # type: ignore[list-item]
    ]
    if given is not None:
        parts += [array(given), array([[0]]), array([[AT]])]  # type: ignore[list-item]
    return Apply(op, tuple(parts))


def joint(x: float, y: float) -> float:
    """p(x) p(y | x) as declared, up to a factor."""
    first = (x - float(MEAN)) ** 2 / (2 * float(VARIANCE))
    second = (y - float(SLOPE) * x - float(SHIFT)) ** 2 / (2 * float(NOISE))
    return math.exp(-first - second)


def ratio(g: Callable[[float], float], line: Callable[[float], float]) -> float:
    """The mean of g along a line of the plane, weighted with the joint density."""
    top, _ = quad(lambda u: g(u) * line(u), -20, 20, limit=400, points=[0, 0.5, 1])
    bottom, _ = quad(line, -20, 20, limit=400, points=[0, 0.5, 1])
    return float(top / bottom)


def conditional_oracle(line: Callable[[float], float]) -> tuple[float, float]:
    mean = ratio(lambda u: u, line)
    return mean, ratio(lambda u: (u - mean) ** 2, line)


def symbolic(node: Node) -> float:
    return float(Formal(Context()).convert(node))


def numeric(node: Node) -> float:
    context = Context()
    ev = Evaluator(RealBalls(256), Meaning(context, Point(values={}, functions={})))
    low, high = ball_interval(ev.scalar(normal(ev.value(node))))
    assert high - low < Fraction(1, 10**60)
    return float(low)


# x given y = AT;  y given x = AT;  x given x + y = AT, along the line (u, AT - u).
CASES = {
    "x | y": ([[1, 0]], [[0, 1]], lambda u: joint(u, float(AT))),
    "y | x": ([[0, 1]], [[1, 0]], lambda u: joint(float(AT), u)),
    "x | x + y": ([[1, 0]], [[1, 1]], lambda u: joint(u, float(AT) - u)),
}


@pytest.mark.parametrize("route", [symbolic, numeric])
@pytest.mark.parametrize("case", CASES)
def test_conditional_moments_are_ratios_of_integrals(case: str, route: Callable[[Node], float]) -> None:
    """Mean and variance given the other number, or given the sum; a noise off by 1e-3 is seen."""
    target, given, line = CASES[case]
    mean, variance = conditional_oracle(line)
    rows, constraint = ([[Fraction(e) for e in row] for row in m] for m in (target, given))
    assert route(head("chain_mean", rows, constraint)) == pytest.approx(mean, abs=1e-7)
    assert route(head("chain_covariance", rows, constraint)) == pytest.approx(variance, abs=1e-7)
    wrong = route(head("chain_covariance", rows, constraint, NOISE + Fraction(1, 1000)))
    assert abs(wrong - variance) > 1e-5


@pytest.mark.parametrize("route", [symbolic, numeric])
def test_moments_without_a_condition(route: Callable[[Node], float]) -> None:
    """E y = 3 E x - 1 and Var y = 9 Var x + 1/2, Cov(x, y) = 3 Var x, from the laws by hand."""
    assert route(head("chain_mean", [[Fraction(0), Fraction(1)]])) == pytest.approx(0.5, abs=1e-12)
    assert route(head("chain_covariance", [[Fraction(0), Fraction(1)]])) == pytest.approx(18.5, abs=1e-12)
    both = head("chain_covariance", [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
    assert route(Apply("entry", (both, Number(Fraction(1)), Number(Fraction(2))))) == pytest.approx(6, abs=1e-12)
