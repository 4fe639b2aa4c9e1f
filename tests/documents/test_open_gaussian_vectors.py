r"""Gaussian vectors whose dimension is a name: moments, marginal and posterior, in general and with numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
MODEL = r"""# A factor model

Let $\mathbf z \in \mathbb R^k$ with $\mathbf z \sim \mathcal N(0, I)$, and
$$ \mathbf x = W \mathbf z + \mu + \varepsilon, \qquad \varepsilon \sim \mathcal N(0, \sigma^2 I), $$
where $W$ is a $d \times k$ matrix and $\sigma > 0$. INDEPENDENT
Put $C = W W^\top + \sigma^2 I$ and $M = W^\top W + \sigma^2 I$. It follows that

$$ CLAIM $$

## With numbers

Now $d = 2$ and $k = 1$, and
$$ W = \begin{pmatrix} 2 \\ 1 \end{pmatrix}, \quad \mu = \begin{pmatrix} 1 \\ -1 \end{pmatrix},
\quad \sigma^2 = \frac12. $$
For $\mathbf x = (x_1, x_2)^\top$ we find

$$ NUMBER $$
"""
SAID = r"The noise $\varepsilon$ is independent of $\mathbf z$."
TRIVIAL = "1 + 1 = 2"


def judged(claim: str = TRIVIAL, number: str = TRIVIAL, independent: str = SAID) -> tuple[str, str]:
    """The outcomes of the general claim and of the one with numbers."""
    text = MODEL.replace("CLAIM", claim).replace("NUMBER", number).replace("INDEPENDENT", independent)
    run = check_source(Source("doc.md", text), Options(seed=0, figures=False))
    found = [str(step.outcome) for step in run.steps if step.outcome]
    assert len(found) == 2, found
    return found[0], found[1]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (
            r"\operatorname{Cov}(\mathbf x) = W \operatorname{Cov}(\mathbf z) W^\top + \operatorname{Cov}(\varepsilon)",
            r"\operatorname{Cov}(\mathbf x) = W \operatorname{Cov}(\mathbf z) W^\top - \operatorname{Cov}(\varepsilon)",
        ),
        (
            r"\operatorname{Cov}(\mathbf x) = W W^\top + \sigma^2 I",
            r"\operatorname{Cov}(\mathbf x) = W W^\top + 1.001 \sigma^2 I",
        ),
        (
            r"\operatorname{Cov}(\mathbf x, \mathbf z) = W",
            r"\operatorname{Cov}(\mathbf x, \mathbf z) = 1.001 W",
        ),
        (r"\mathbb E[\mathbf x] = \mu", r"\mathbb E[\mathbf x] = 1.001 \mu"),
        (
            r"\mathbb E[\mathbf x \mid \mathbf z] = W \mathbf z + \mu",
            r"\mathbb E[\mathbf x \mid \mathbf z] = W \mathbf z",
        ),
        (
            r"p(\mathbf x) = \mathcal N(\mathbf x \mid \mu, C)",
            r"p(\mathbf x) = \mathcal N(\mathbf x \mid \mu, 1.001 C)",
        ),
        (
            r"p(\mathbf z \mid \mathbf x) = N(\mathbf z \mid M^{-1} W^\top (\mathbf x - \mu), \sigma^2 M^{-1})",
            r"p(\mathbf z \mid \mathbf x) = N(\mathbf z \mid M^{-1} W^\top (\mathbf x - \mu), \sigma M^{-1})",
        ),
        (
            r"\mathbb E[\mathbf z \mid \mathbf x] = W^\top C^{-1} (\mathbf x - \mu)",
            r"\mathbb E[\mathbf z \mid \mathbf x] = 1.001 W^\top C^{-1} (\mathbf x - \mu)",
        ),
        (
            r"\operatorname{Cov}(\mathbf z \mid \mathbf x) = I - W^\top C^{-1} W",
            r"\operatorname{Cov}(\mathbf z \mid \mathbf x) = I - 1.001 W^\top C^{-1} W",
        ),
        (
            r"\mathbf z^\top \mathbf z + \mu^\top W \mathbf z = (\mathbf z + W^\top \mu)^\top \mathbf z",
            r"\mathbf z^\top \mathbf z + \mu^\top W \mathbf z = (\mathbf z + 1.001 W^\top \mu)^\top \mathbf z",
        ),
    ],
)
def test_a_vector_of_any_dimension(true: str, false: str) -> None:
    assert judged(true)[0] in PASSES
    assert judged(false)[0] == "refuted"


def posterior() -> tuple[Fraction, Fraction]:
    """Gain per unit of W^T (x - mu) and variance of z given x, by the sum of precisions: 1 + W^T W / s^2."""
    precision = 1 + Fraction(2 * 2 + 1 * 1) / Fraction(1, 2)
    return 1 / precision / Fraction(1, 2), 1 / precision


def test_numbers_of_a_later_section() -> None:
    gain, variance = posterior()
    mean = rf"\mathbb E[z \mid \mathbf x] = \frac{{{gain.numerator}}}{{{gain.denominator}}} (2 x_1 + x_2 - 1)"
    assert judged(number=mean)[1] in PASSES
    assert judged(number=mean.replace("- 1)", "- 1.001)"))[1] == "refuted"
    spread = rf"\operatorname{{Var}}(z \mid \mathbf x) = \frac{{{variance.numerator}}}{{{variance.denominator}}}"
    assert judged(number=spread)[1] in PASSES
    assert judged(number=spread + r" \cdot 1.001")[1] == "refuted"
    assert judged(number=r"\frac{\sigma^2}{M} = \frac{1}{11}")[1] in PASSES
    assert judged(number=r"\frac{\sigma^2}{M} = \frac{1}{12}")[1] == "refuted"
    assert judged(number=r"-(1 - 2 z)^2 = -4 z^2 + 4 z - 1")[1] in PASSES


@pytest.mark.parametrize(
    "claim",
    [
        r"\operatorname{Cov}(\mathbf x) = W W^\top + \sigma^2 I",
        r"\mathbb E[\mathbf z \mid \mathbf x] = 0",
        r"p(\mathbf x) = \mathcal N(\mathbf x \mid \mu, 2 C)",
    ],
)
def test_without_independence_no_joint_law_is_taken(claim: str) -> None:
    assert judged(claim, independent="")[0] in ("unread", "undecided")


def test_a_size_that_may_be_one_disproves_nothing() -> None:
    """M is k x k: where k = 1 it is a number that may divide."""
    assert judged(r"\frac{\sigma^2}{M} = \sigma^2 M^{-1}")[0] == "undecided"


def test_two_laws_that_nothing_joins() -> None:
    """`p(x) = N(x | m, s)` beside a law of z says nothing of z given x."""
    text = "# A\n\nLet $z \\sim N(0, 1)$ and $p(x) = N(x \\mid 1, 3)$. Then $$ E[z \\mid x] = \\frac{x - 1}{3}. $$\n"
    run = check_source(Source("doc.md", text), Options(seed=0, figures=False))
    assert [str(s.outcome) for s in run.steps if s.outcome] == ["unread"]


def test_a_counterexample_shows_its_sizes() -> None:
    text = MODEL.replace("CLAIM", r"\operatorname{Cov}(\mathbf x) = 2 W W^\top + \sigma^2 I").replace("NUMBER", TRIVIAL)
    run = check_source(Source("doc.md", text.replace("INDEPENDENT", SAID)), Options(seed=0, figures=False))
    refuted = next(step for step in run.steps if str(step.outcome) == "refuted")
    assert "W = [[" in refuted.message and "sigma" in refuted.message
