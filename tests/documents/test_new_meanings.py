r"""A name under another heading: what is said of it there says nothing of the same letter before."""

from __future__ import annotations

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
NOTES = r"""# Notes

Let $X \sim \mathcal N(\mu, \sigma^2)$ with the density
$$ p(x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(x-\mu)^2}{2\sigma^2}\right),
\qquad \mathbb E[X^2] = SECOND. $$

## Logistic

The function $\sigma(x) = \frac{1}{1+e^{-x}}$ has $\sigma(-x) = 1 - \sigma(x)$.

## Matrices

For $x \in \mathbb R^n$ and $A, B \in \mathbb R^{n\times n}$ we have $\operatorname{tr}(AB) = \operatorname{tr}(BA)$.
"""


def outcomes(second: str) -> dict[str, str]:
    run = check_source(Source("d.md", NOTES.replace("SECOND", second)), Options(seed=0, figures=False))
    return {step.lhs: str(step.outcome) for step in run.steps if step.outcome}


def test_a_later_vector_and_a_later_function_are_not_the_earlier_numbers() -> None:
    found = outcomes(r"\mu^2 + \sigma^2")
    assert len(found) >= 4
    assert set(found.values()) <= set(PASSES), found


def test_the_earlier_numbers_can_still_be_wrong() -> None:
    found = outcomes(r"\mu^2 + 1.001\sigma^2")
    assert found[r"\mathbb E[X^2]"] == "refuted"
    assert [outcome for outcome in found.values() if outcome == "refuted"] == ["refuted"]
