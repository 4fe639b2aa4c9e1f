"""What a document about energies, scores and flows on the line means by its notation, and what is no support."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.points import Sampler
from twofold.symbolic.context import Context, Entry
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Name
from twofold.symbolic.unfold import unfold

EXPONENTIAL = r"""The energy is $U_\lambda(x) := \lambda x$, where $\lambda > 0$, and
$q_\lambda(x) \propto \exp(-U_\lambda(x))$ with

$$Z(\lambda) = \int_0^\infty e^{-\lambda x}\,dx$$

"""
WELL = r"""Let $V(x) = \frac{x^4}{4} - \frac{x^2}{2}$.

"""


def last(text: str) -> str:
    """The outcome of the last statement."""
    return str(check_source(Source("note.md", text), Options(figures=False)).steps[-1].outcome)


@pytest.mark.parametrize("side", [r"V'(x) = x^3 - x", r"V''(1) = 2", r"V''(0) = -1"])
def test_prime_of_a_defined_function_is_its_derivative(side: str) -> None:
    """V' and V'' of a V that the document defines pass, at a name and at a number."""
    assert last(f"{WELL}$${side}$$\n") == "proved"


def test_wrong_derivative_at_a_number_is_refuted() -> None:
    """V''(1) = 3 is refuted, for V''(x) = 3x^2 - 1."""
    assert last(WELL + "$$V''(1) = 3$$\n") == "refuted"


def test_expectation_on_the_half_line_is_taken_over_it() -> None:
    r"""E[x] = 1/lambda for the energy lambda x whose normaliser runs from 0."""
    assert last(EXPONENTIAL + r"$$\mathbb{E}_{x\sim q_\lambda}[x] = \frac{1}{\lambda}$$" + "\n") == "proved"


def test_false_claim_that_holds_at_one_point_is_refuted() -> None:
    r"""-E[d^2 log q / d lambda^2] = 1/lambda holds at lambda = 1 alone; the truth is 1/lambda^2."""
    claim = (
        r"$$-\mathbb E_{x\sim q_\lambda}\left[\frac{\partial^2}{\partial\lambda^2}\log q_\lambda(x)\right]"
        r"=\frac{1}{\lambda}$$"
    )
    assert last(EXPONENTIAL + claim + "\n") == "refuted"


def test_points_of_a_sampler_are_distinct() -> None:
    """No point is drawn twice, whatever the seed."""
    context = Context().declare(Entry(name="a", kind="scalar"))
    for seed in range(50):
        points = [repr(p.values) for p in Sampler(context, (unfold(Name("a"), context),), seed).points(6)]
        assert len(set(points)) == 6


def test_a_normaliser_of_other_parameters_is_not_that_of_the_declared_law() -> None:
    r"""`Z(\lambda)` of another energy once stood for the constant Z of the law before, and true lines were refuted."""
    text = (
        "# One\n\nThe energy $E(x) = \\frac{x^4}{4} - \\frac{x^2}{2}$ defines "
        "$p(x) = \\frac{e^{-E(x)}}{Z}$ with $Z = \\int_{-\\infty}^{\\infty} e^{-E(x)} dx$.\n\n"
        "# Two\n\nThe case that you can check: $E_\\lambda(x) = \\frac{\\lambda x^2}{2}$ with $\\lambda > 0$. Then\n\n"
        r"$$Z(\lambda) = \int_{-\infty}^{\infty} e^{-\lambda x^2/2}\,dx = \sqrt{\frac{2\pi}{\lambda}}, \qquad"
        r" \log Z(\lambda) = \frac12 \log(2\pi) - \frac12 \log \lambda.$$"
    )
    run = check_source(Source("doc.md", text), Options(seed=0, figures=False, prove=False))
    outcomes = [str(step.outcome) for step in run.steps if step.kind == "claim"]
    assert "supported" in outcomes
    assert set(outcomes) <= {"supported", "enclosed", "unread", "undecided"}
