r"""A plain letter beside a bold vector of another section; divergences of laws with the numbers of a later section."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
TEXT = r"""# General

Here $W$ is a $d\times k$ matrix and $\sigma > 0$. Let $\mathbf m = W^\top \mathbf x$ with $\mathbf x \in \mathbb R^d$.

## Numbers

For $m = \tfrac{8}{11}$ we have

$$ CLAIM $$
"""


@pytest.mark.parametrize(
    ("claim", "outcomes"),
    [(r"1 + m^2 = \frac{185}{121}", PASSES), (r"1 + m^2 = \frac{186}{121}", ("refuted",))],
)
def test_a_plain_letter_is_a_number_of_its_own(claim: str, outcomes: tuple[str, ...]) -> None:
    run = check_source(Source("doc.md", TEXT.replace("CLAIM", claim)), Options(seed=0, figures=False))
    assert "refuted" not in [str(s.outcome) for s in run.steps if s.tex.startswith("m =")]
    assert [str(s.outcome) for s in run.steps if s.outcome][-1] in outcomes


KL = r"""# Numbers

Let $\mu = \begin{pmatrix} 1 \\ -1 \end{pmatrix}$ and $W = \begin{pmatrix} 2 \\ 1 \end{pmatrix}$
and $C = W W^\top + \frac12 I$.

$$ \mathrm{KL}(\mathcal N(\mu, C) \,\|\, \mathcal N(\mu, I)) = CLAIM $$
"""


# tr C = 6, |C| = 11/4: KL = (6 - 2 - log(11/4)) / 2.
@pytest.mark.parametrize(
    ("claim", "outcomes"),
    [(r"2 - \frac12 \log\frac{11}{4}", PASSES), (r"2.001 - \frac12 \log\frac{11}{4}", ("refuted",))],
)
def test_a_divergence_from_white_noise(claim: str, outcomes: tuple[str, ...]) -> None:
    run = check_source(Source("doc.md", KL.replace("CLAIM", claim)), Options(seed=0, figures=False))
    assert [str(s.outcome) for s in run.steps if s.outcome][-1] in outcomes
