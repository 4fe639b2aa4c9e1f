r"""Sums over samples: the length is a whole number, x_i moves with i, also in what the sum is defined by.

Truth by hand: linearity, log of a product, the derivatives of a Poisson log-likelihood, sum_i x_i/theta - n and
-sum_i x_i/theta^2.
"""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

LIKELIHOOD = "Let $\\theta > 0$ and let $\\ell(\\theta) = \\sum_{i=1}^n (x_i \\log\\theta - \\theta)$.\n\n"
DENSITY = '```twofold\n[symbols]\np = "positive function(1)"\n```\n\n'


def judged(before: str, *formulas: str) -> list[str]:
    run = check_source(
        Source("note.md", before + "".join(f"$${formula}$$\n\n" for formula in formulas)),
        Options(seed=0, figures=False),
    )
    return [str(step.outcome) for step in run.steps[-len(formulas) :]]


def test_the_length_of_a_sum_is_a_whole_number() -> None:
    """sum (a x_i + b) = a sum x_i + n b: false for n = -1, where no sum has a length; the sum may stand on any side."""
    assert judged(
        "",
        r"\sum_{i=1}^n (a x_i + b) = a\sum_{i=1}^n x_i + nb",
        r"nb + a\sum_{i=1}^n x_i = \sum_{i=1}^n (a x_i + b)",
        r"\sum_{i=1}^n (a x_i + b) = a\sum_{i=1}^n x_i + b",
        r"\sum_{i=1}^n (a x_i + b) = a\sum_{i=1}^n x_i + 1.001 nb",
    ) == ["proved", "proved", "refuted", "refuted"]


def test_sums_and_products_without_a_range() -> None:
    """Over all of them, however many: prod exp = exp sum; a letter that numbers nothing is not read."""
    assert judged(
        "",
        r"\prod_i \exp(s_i) = \exp\left(\sum_i s_i\right)",
        r"\sum_i (x_i + y_i) = \sum_i x_i + \sum_i y_i",
        r"\prod_i \exp(s_i) = \exp\left(1.001\sum_i s_i\right)",
        r"\sum_i x_i = 2\sum_i x_i",
        r"\sum_x p = 1",
        r"\sum_i p = 1",
    ) == ["proved", "proved", "refuted", "refuted", "unread", "unread"]


def test_a_product_of_densities_at_samples() -> None:
    """Every sample is a point of its own: the product is no power."""
    assert judged(
        DENSITY,
        r"\log \prod_{i=1}^n p(x_i) = \sum_{i=1}^n \log p(x_i)",
        r"\log \prod_i p(x_i) = \sum_i \log p(x_i)",
        r"\log \prod_{i=1}^n p(x_i) = \sum_{i=1}^n p(x_i)",
        r"\prod_{i=1}^n p(x_i) = p(x_1)^n",
    ) == ["proved", "proved", "refuted", "refuted"]


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        (r"\ell'(\theta) = \frac{1}{\theta}\sum_{i=1}^n x_i - n", "proved"),
        (r"\frac{d\ell}{d\theta} = \frac{1}{\theta}\sum_{i=1}^n x_i - n", "proved"),
        (r"\ell''(\theta) = -\frac{1}{\theta^2}\sum_{i=1}^n x_i", "proved"),
        (r"\ell''(\theta) = \frac{1}{\theta^2}\sum_{i=1}^n x_i", "refuted"),
        (r"\ell'(\theta) = \frac{1}{\theta}\sum_{i=1}^n x_i - 1", "refuted"),
        (r"\ell'(\theta) = \frac{1.001}{\theta}\sum_{i=1}^n x_i - n", "refuted"),
    ],
)
def test_derivatives_of_a_log_likelihood(formula: str, outcome: str) -> None:
    """The samples inside the definition are those of the claim."""
    assert judged(LIKELIHOOD, formula) == [outcome]
