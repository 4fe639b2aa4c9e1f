r"""Values at places, primes alone, two signs in one, exponentials of matrices: read and judged in documents.

Every true line has a false neighbour beside it, mostly one that is off by a sign or by 1e-3.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.linalg import expm

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run
from twofold.numeric.balls import RealBalls, ball_interval
from twofold.numeric.duals import Duals
from twofold.symbolic.source import Source

LOGISTIC = "Let $\\sigma(x) = \\frac{1}{1+e^{-x}}$.\n\n"
CUBIC = "Let $f(x) = x^3 + x$.\n\n"
POSITIVE = "Let $\\lambda > 0$.\n\n"
ROTATION = "Let $A = \\begin{pmatrix} 0 & 1 \\\\ -1 & 0 \\end{pmatrix}$.\n\n"
ROTATED = r"\begin{pmatrix} \cos t & \sin t \\ -\sin t & \cos t \end{pmatrix}"


def run_of(text: str) -> Run:
    return check_source(Source("note.md", text), Options(seed=0, figures=False))


def judged(before: str, *formulas: str) -> list[str]:
    """The outcome of the last link of each formula, all in one document."""
    run = run_of(before + "".join(f"$${formula}$$\n\n" for formula in formulas))
    lines = sorted({step.span.line for step in run.steps})[-len(formulas) :]
    last = {step.span.line: str(step.outcome) for step in run.steps}
    return [last[line] for line in lines]


def test_values_at_a_bar() -> None:
    """d/dx e^{2x} is 2 at 0, the derivative of x^3 + x is 4 at 1; with \\left., with \\Big and bare."""
    assert judged(
        CUBIC,
        r"\left.\frac{d}{dx} e^{2x}\right|_{x=0} = 2",
        r"\left.\frac{d}{dx} e^{2x}\right|_{x=0} = 2.001",
        r"\frac{df}{dx}\Big|_{x=1} = 4",
        r"\frac{df}{dx}|_{x=1} = 5",
        r"\left. x y^2 \right|_{x=2, y=3} = 18",
        r"\left. x y^2 \right|_{x=2, y=3} = 12",
        "|x|^2 = x^2",
    ) == ["proved", "refuted", "proved", "refuted", "proved", "refuted", "proved"]


def test_brackets_with_bounds() -> None:
    """int x^2 over [0, 1] is 1/3; ends at infinity and at a logarithm's 0 are limits: int of log x is -1."""
    assert judged(
        POSITIVE,
        r"\int_0^1 x^2 \, dx = \left[\frac{x^3}{3}\right]_0^1",
        r"\int_0^1 x^2 \, dx = \left[\frac{x^3}{2}\right]_0^1",
        r"\int_0^\infty \lambda e^{-\lambda x} dx = \left[-e^{-\lambda x}\right]_0^\infty = 1",
        r"\int_0^\infty \lambda e^{-\lambda x} dx = \left. -e^{-\lambda x}\right|_0^\infty = 2",
        r"\int_0^1 \log x \, dx = [x\log x - x]_0^1 = -1",
        r"\int_0^1 \log x \, dx = [x\log x - x]_0^1 = -1.001",
        r"\int_0^1 x e^x dx = x e^x \Big|_0^1 - \int_0^1 e^x dx = 1",
    ) == ["proved", "refuted", "proved", "refuted", "proved", "refuted", "proved"]


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (r"x + x^2 \Big|_0^1 = 2", "how far the bar reaches"),
        (r"x \cdot x^2 \Big|_0^1 = 1", "how far the bar reaches"),
        (r"[a x]_0^1 = a", "variable of the bracket"),
        (r"[y]_{x=0}^{x=1} = 0", "to occur"),
        (r"x^{(3)} = x^3", "ambiguous"),
        (r"x = \pm 2", "one of two"),
    ],
)
def test_what_may_be_meant_in_two_ways_is_not_read(formula: str, reason: str) -> None:
    """No reading is guessed: the bar may reach over the whole sum, `x^{(3)}` may be the third sample."""
    (step,) = run_of(f"$${formula}$$\n").steps
    assert str(step.outcome) == "unread"
    assert reason in step.unread


def test_an_infinite_end_is_never_a_number() -> None:
    """[1/x]_0^1 has no value: it is neither proved nor refuted by a guess."""
    assert judged("", r"[1/x]_0^1 = 3") == ["undecided"]


def test_functions_without_arguments() -> None:
    """sigma' = sigma (1 - sigma), tanh'' = -2 tanh tanh': equations between functions hold at every argument."""
    assert judged(
        LOGISTIC,
        r"\sigma' = \sigma(1-\sigma)",
        r"\sigma' = \sigma(1+\sigma)",
        r"\frac{d\sigma}{dx} = \sigma(1-\sigma)",
        r"\sigma'(2x) = \sigma(2x)(1-\sigma(2x))",
        r"\tanh' = 1 - \tanh^2",
        r"\tanh' = 1 + \tanh^2",
        r"\tanh'' = -2\tanh \tanh'",
        r"\tanh'(x) = 1 - 1.001 \tanh^2(x)",
    ) == ["proved", "refuted", "proved", "proved", "proved", "refuted", "proved", "refuted"]


def test_derivatives_of_an_order_in_brackets() -> None:
    """Of f = x^3 + x: f' = 3 x^2 + 1 with the argument of f itself, f''' = 6 and no cube of f."""
    assert judged(
        CUBIC, "f' = 3x^2+1", "f' = 3x^2+2", "f^{(3)}(x) = 6", "f^{(3)} = 6", "f^{(4)}(x) = 1", "f^{(n)}(x) = 0"
    ) == ["proved", "refuted", "proved", "proved", "refuted", "unread"]


def test_a_primed_letter_stays_a_name() -> None:
    """x' and y' of no function are names: y' = x' + 1 with x' = 2x."""
    assert judged("Let $x' = 2x$ and $y' = x' + 1$.\n\n", "y' = 2x + 1", "y' = 2x") == ["proved", "refuted"]


def test_two_signs_in_one() -> None:
    """Both signs must hold: (a +- b)^2 = a^2 +- 2ab + b^2, cos(x +- y) with the opposite sign."""
    assert judged(
        "",
        r"(a\pm b)^2 = a^2 \pm 2ab + b^2",
        r"(a\pm b)^2 = a^2 + 2ab \pm b^2",
        r"\cos(x\pm y) = \cos x\cos y \mp \sin x\sin y",
        r"\cos(x\pm y) = \cos x\cos y \pm \sin x\sin y",
    ) == ["proved", "refuted", "proved", "refuted"]


def test_exponentials_of_matrices() -> None:
    """exp(tA) of a quarter turn is the rotation by t; its derivative is A exp(tA)."""
    assert judged(
        ROTATION,
        f"e^{{At}} = {ROTATED}",
        f"\\exp(tA) = {ROTATED}".replace("-\\sin", "\\sin"),
        r"\det e^{A} = 1",
        r"\frac{d}{dt} e^{tA} = A e^{tA}",
        r"\frac{d}{dt} e^{tA} = 1.001 A e^{tA}",
    ) == ["proved", "refuted", "proved", "proved", "refuted"]


def test_the_exponential_of_a_matrix_encloses_that_of_another_algorithm() -> None:
    """Balls by FLINT against SciPy's Pade approximant, to 1e-12 of the norm: a float has 16 digits."""
    rows = ((Fraction(1, 3), Fraction(-2)), (Fraction(5, 7), Fraction(1, 2)))
    table = RealBalls(128)
    found = table.exponential(tuple(tuple(table.number(e) for e in row) for row in rows))
    wanted = expm(np.array([[float(e) for e in row] for row in rows]))
    for i in range(2):
        for j in range(2):
            low, high = ball_interval(found[i][j])
            assert float(high - low) < 1e-30
            assert math.isclose(float(low), wanted[i][j], rel_tol=0, abs_tol=1e-12 * np.abs(wanted).max())


def test_the_derivative_of_an_exponential_by_duals() -> None:
    """d/dt exp(tA) = A exp(tA) for A that does not commute with its own transpose; at t = 1."""
    base = RealBalls(128)
    table = Duals(base)
    rows = ((Fraction(1), Fraction(2)), (Fraction(0), Fraction(-1, 2)))
    t = table.seed(base.number(Fraction(1)))
    scaled = tuple(tuple(table.apply("mul", (table.number(e), t)) for e in row) for row in rows)
    found = table.exponential(scaled)
    plain = base.exponential(tuple(tuple(base.number(e) for e in row) for row in rows))
    for i in range(2):
        for j in range(2):
            terms = tuple(base.apply("mul", (base.number(rows[i][k]), plain[k][j])) for k in range(2))
            low, high = ball_interval(base.apply("add", (*terms, base.apply("neg", (found[i][j].derivative,)))))
            assert low <= 0 <= high < Fraction(1, 10**30)


def test_nested_calls_are_looked_into_once() -> None:
    """f(f(..f..)) of depth 40 around a bare f is settled at once: doubling at each level would take years."""
    nested = "f(" * 40 + "f" + ")" * 40
    (_, step) = run_of(f"Let $f(x) = x^2$.\n\n$${nested} = 1$$\n").steps
    assert str(step.outcome) in ("unread", "undecided", "refuted")
