"""Extremes: the place and the value of a maximum, found by calculus on paper, against slips of them."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import StepRecord
from twofold.symbolic.source import Source

BEFORE = "Let $p, q > 0$ and $0 < D < 1$.\n\n"


def steps(text: str) -> list[StepRecord]:
    run = check_source(Source("note.md", text), Options(figures=False))
    return [step for step in run.steps if step.kind == "claim"]


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        # the derivative p/D - q/(1 - D) is 0 at D = p/(p + q), and the second derivative is negative
        (r"\arg\max_D p \log D + q \log(1-D) = \frac{p}{p+q}", "proved"),
        (r"\arg\max_D\,p\log D+q\log(1-D) = \frac{q}{p+q}", "refuted"),
        (r"\arg\max_D p \log D + q \log(1-D) = \frac{p}{1.001p+q}", "refuted"),
        (r"\arg\min_D p \log D + q \log(1-D) = \frac{p}{p+q}", "refuted"),
        (r"\operatorname*{arg\,min}_u (u-x)^2 + (u - y)^2 = \frac{x+y}{2}", "proved"),
        (r"\operatorname{argmax}_u -u^2 = 0", "proved"),
        (r"\arg\max_u -u^2 = 0.001", "refuted"),
        (r"\arg\max_u -(u^2-1)^2 = 1", "undecided"),  # -1 is as good
        (r"\arg\max_{u>0} \log u - u = \arg\max_{u > 0} u e^{-u} = 1", "proved proved"),  # log is increasing
        (r"\arg\max_u e^{-(u-3)^2} = \arg\min_u (u-3)^2", "proved"),
        (r"\arg\max_u e^{-(u-3)^2} = \arg\max_u (u-3)^2", "undecided"),  # the one has no maximum
        (r"\max_u (1-u^2) = 1", "proved"),
        (r"\max_u (1-u^2) = 1.001", "refuted"),
        (r"\max_u (1-u^2) = 0.999", "refuted"),
        (r"\min_{0 \le u \le 1} (u - 2)^2 = 1", "proved"),  # at the end u = 1
        (r"\min_{u} (u - 2)^2 = 1", "refuted"),
        (r"\sup_u \tanh u = 1", "proved"),
        (r"\max_u \tanh u = 1", "refuted"),  # never taken
        (r"\inf_{u > 0} e^{-u} = 0", "proved"),
        (r"\sup_u \frac{1}{1+e^{-u}} = 1.001", "refuted"),
    ],
)
def test_extremes(formula: str, outcome: str) -> None:
    assert " ".join(str(s.outcome) for s in steps(f"{BEFORE}$${formula}$$\n")) == outcome


def test_a_name_for_the_best_point() -> None:
    """The first line names it; what is said of the name afterwards is judged."""
    text = (
        "$$\\hat\\theta = \\arg\\max_\\theta -(\\theta - 2)^2$$\n\n$$\\hat\\theta = 2$$\n\n$$\\hat\\theta = 2.002$$\n"
    )
    assert [str(s.outcome) for s in steps(text)] == ["proved", "refuted"]


def test_the_best_point_lies_in_the_domain() -> None:
    """u = -1 would be best without the bound."""
    assert [str(s.outcome) for s in steps("$$\\arg\\max_{u > 0} -(u+1)^2 = -1$$\n")] == ["refuted"]


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        (r"\mathbf{1}[x>0] + \mathbb{1}_{x \le 0} = 1", "proved"),
        (r"\mathbf{1}[x>0] + [x < 1] = 1", "refuted"),  # both are 1 for 0 < x < 1
        (r"\max(x,0) = x\,1_{\{x>0\}}", "proved"),
        (r"|x| = x\,(2\cdot\mathbf{1}[x>0] - 1)", "proved"),
        (r"|x| = x\,(2\cdot\mathbf{1}[x>0] - 1.001)", "refuted"),
        (r"\int_{-\infty}^{\infty} \mathbb{1}_{(0,2)}(x)\, x\, dx = 2", "proved"),
        (r"\int_{-\infty}^{\infty} \mathbf{1}[0<x<2]\, x\, dx = 2.002", "refuted"),
        (r"\min(x, 1) = x - \max(x-1, 0)", "proved"),
        (r"\operatorname{sign}(x) = 1", "undecided"),  # for positive x only, and x is not declared
    ],
)
def test_indicators(formula: str, outcome: str) -> None:
    assert [str(s.outcome) for s in steps(f"$${formula}$$\n")] == [outcome]
