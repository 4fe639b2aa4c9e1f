r"""Flows whose field is written with matrices: solution, divergence, log-density, each with a slip beside it."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
FIELD = r"""# A linear flow

Let $\dot{z} = Az$ with $A = \begin{pmatrix} -1 & 2 \\ 0 & -3 \end{pmatrix}$. Then CLAIM.
"""
SHIFTED = r"""# A shifted flow

Let $B = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}$ and $c = \begin{pmatrix} 1 \\ 2 \end{pmatrix}$. The state
moves by
$$ \frac{dx}{dt} = Bx + c. $$
Then CLAIM.
"""


def last(text: str, claim: str) -> str:
    run = check_source(Source("doc.md", text.replace("CLAIM", claim)), Options(seed=0, figures=False))
    return str(run.steps[-1].outcome or run.steps[-1].kind)


@pytest.mark.parametrize(
    ("text", "true", "false"),
    [
        (FIELD, r"$z(t) = e^{tA} z(0)$", r"$z(t) = e^{-tA} z(0)$"),
        (FIELD, r"$\frac{d}{dt} \log p(z(t), t) = -\operatorname{tr} A$", r"$\frac{d}{dt} \log p(z(t), t) = 3$"),
        (FIELD, r"$\frac{d}{dt} \log p(z(t), t) = 4$", r"$\frac{d}{dt} \log p(z(t), t) = 4.004$"),
        (SHIFTED, r"$\frac{d}{dt} \log p(x(t), t) = 0$", r"$\frac{d}{dt} \log p(x(t), t) = 1$"),
    ],
)
def test_a_field_of_matrices_is_a_field(text: str, true: str, false: str) -> None:
    assert last(text, true) in PASSES
    assert last(text, false) == "refuted"
