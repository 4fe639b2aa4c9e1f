"""One letter for several things: each place is judged with the meaning that it has there, and with no other one."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
MATRICES = r"""# Recitation

## Exercise 1

Let $Z \sim \mathcal{N}(0, I_2)$ and $Y = AZ$ with
$$A = \begin{pmatrix} 2 & 1 \\ 0 & 1 \end{pmatrix}.$$
Then $\det A = 2$.

## Exercise 2

Let now
$$A = \begin{pmatrix} 1 & 0 \\ 1 & 3 \end{pmatrix}.$$
Then $\det A = 3$.
"""
LAWS = r"""# Scores

## Gaussian

For $p(x) = e^{-x^2/2}/\sqrt{2\pi}$ we get $\frac{d}{dx} \log p(x) = -x$.

## Logistic

For $p(x) = \frac{e^{-x}}{(1+e^{-x})^2}$ we get $\frac{d}{dx} \log p(x) = -\tanh(x/2)$.

## The plane

Now let $x \sim \mathcal{N}(0, I_2)$. Then $\operatorname{tr} \operatorname{Cov}(x) = 2$.

## Layers

The slope of the last layer is $\frac{d}{dx} \tanh x = 1 - \tanh^2 x$.
"""


def outcomes(text: str) -> list[str]:
    run = check_source(Source("notes.md", text), Options(seed=0, figures=False))
    return [str(step.outcome) for step in run.steps if step.outcome]


@pytest.mark.parametrize(
    ("text", "slips"),
    [
        (MATRICES, (r"\det A = 2", r"\det A = 3")),
        (LAWS, ("= -x$", r"-\tanh(x/2)", r"Cov}(x) = 2", r"1 - \tanh^2 x")),
    ],
    ids=["matrices", "laws"],
)
def test_each_heading_has_its_own_meaning(text: str, slips: tuple[str, ...]) -> None:
    assert [outcome for outcome in outcomes(text) if outcome not in PASSES] == []
    wrong = text.replace(slips[-1], f"{slips[-1]} + 1/1000")
    assert outcomes(wrong).count("refuted") == 1


def test_a_matrix_written_again_without_a_word_is_not_accused() -> None:
    """It may be meant anew, or be wrong: that cannot be told."""
    assert "refuted" not in outcomes(MATRICES.replace("Let now\n", "\n").replace(r"Then $\det A = 3$.", ""))


@pytest.mark.parametrize(
    "claim",
    [r"$J(\lambda) = -\lambda$", r"$\partial_t p = \partial_x^2 p$", r"$x \dot x = -x^2$"],
    ids=["an unread function", "an operator", "a motion"],
)
def test_what_is_no_number_is_not_multiplied(claim: str) -> None:
    found = outcomes(f"# Notes\n\nWith $J(\\psi) = \\mathbb{{E}}_r[\\psi'(x)]$ we have {claim}.\n")
    assert "refuted" not in found
