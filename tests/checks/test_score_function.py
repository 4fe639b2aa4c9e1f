r"""The derivative of an expectation in a parameter of its law: the normaliser moves with the parameter."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

BLOCK = r"""
[symbols]
'\theta' = "real"
[energies]
'p_\theta' = { variables = ["x"], parameters = { '\theta' = "real" }, energy = "x^4 + theta*x + sin(x + theta)" }
"""


def outcome(claim: str, block: str = BLOCK) -> str:
    text = f"# A law with a parameter\n\n```twofold\n{block}```\n\n$$\n{claim}\n$$\n"
    run = check_source(Source("score.md", text), Options(seed=0, figures=False))
    return str(run.steps[-1].outcome)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\mathbb{E}_{p_\theta}[\partial_\theta \log p_\theta(x)] = 0", "proved"),
        (r"\mathbb{E}_{p_\theta}[\partial_\theta \log p_\theta(x)] = 1", "refuted"),
        (
            r"\partial_\theta \mathbb{E}_{p_\theta}[x] = \mathbb{E}_{p_\theta}[x\,\partial_\theta \log p_\theta]",
            "proved",
        ),
        (
            r"\partial_\theta \mathbb{E}_{p_\theta}[x] = -\mathbb{E}_{p_\theta}[x\,\partial_\theta \log p_\theta]",
            "refuted",
        ),
    ],
)
def test_the_normaliser_under_a_derivative_is_no_constant(claim: str, expected: str) -> None:
    """E[d/dtheta log p] = 0 and d/dtheta E[x] = E[x d/dtheta log p], for which log Z must move with theta."""
    assert outcome(claim) == expected
