"""What a document restates of its key passes when it says the same, and is refuted when it says something else."""

from __future__ import annotations

from twofold.checks.check import Options, check_source
from twofold.checks.material import material_of
from twofold.symbolic.source import Source

GIVEN = """[laws]
X = "N(0, 1)"
Z = "N(0, I_2)"
[maps.W]
of = "X"
variables = ["x"]
forward = ["exp(x)"]
targets = ["w"]
inverse = ["log(w)"]
[maps.V]
of = "Z"
variables = ["a", "b"]
forward = ["a", "b + a^2"]
targets = ["v1", "v2"]
inverse = ["v1", "v2 - v1^2"]
"""
SAID = r"""
We have $W = e^X$, $X = \log W$, and $V = \begin{pmatrix} Z_1 \\ Z_2 + Z_1^2 \end{pmatrix}$ with $Z \in \mathbb{R}^2$.

But $W = e^{2X}$, $W = e^{-X}$ and $V = \begin{pmatrix} Z_1 \\ Z_2 - Z_1^2 \end{pmatrix}$. Hence $Z \in \mathbb{R}^3$.
"""


def test_a_restated_set_up_is_judged_value_by_value() -> None:
    r"""exp(x) is e^x, whose inverse is the logarithm, and (a, b + a^2) as declared; `Z \in R^2` says nothing new.

    e^{2x} differs at x = 1, e^{-x} as well: W = e^{-X} is another variable than W = e^X, though both have one law.
    """
    run = check_source(Source("a.md", SAID), Options(given=GIVEN, figures=False))
    found = [(step.outcome.value if step.outcome else step.kind) for step in run.steps]
    assert found == ["proved", "proved", "proved", "notation", *["refuted"] * 4]


def test_moments_are_no_maps_of_values() -> None:
    r"""E[W] = E[e^X] is about means: its sides must not be compared at a value of X."""
    text = r"$$\mathbb{E}[W] = \mathbb{E}[e^X]$$ and $$\operatorname{Var}(W) = \operatorname{Var}(e^X)$$"
    links = material_of(Source("a.md", text), GIVEN).links
    assert len(links) == 2
    assert all(link.claim is None or link.claim.kind != "random_variable" for link in links)
