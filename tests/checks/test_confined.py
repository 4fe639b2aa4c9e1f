"""A claim is judged from what it can reach of its document, so that others who declare the same share its verdict."""

from __future__ import annotations

import pytest

from twofold.checks.batch.fingerprint import fingerprint
from twofold.checks.confined import confined
from twofold.checks.key_text import Source
from twofold.checks.material import material_of
from twofold.symbolic.context import Context

GAUSS = (
    "Let $Z \\sim \\mathcal{N}(0, I_2)$ and $Y = A Z$ with $A = \\begin{pmatrix} 1 & 2 \\\\ 0 & 1 \\end{pmatrix}$.\n\n"
)
FLOW = "The state $s(t)$ moves by $\\frac{d}{dt} s = -s$ from $s(0) \\sim \\mathcal{N}(0, 1)$.\n\n"
CLAIM = "$$\\operatorname{Cov}(Y) = A A^T$$\n"


def context(text: str) -> Context:
    """What the last claim of a document can reach."""
    links = material_of(Source("a.md", text), "").links
    claim = [link.claim for link in links if link.claim is not None][-1]
    return confined(claim).context


@pytest.mark.parametrize("other", [FLOW, "Let $g(x) = x^2$ for $x > 0$.\n\n", FLOW + "Let $B = 3$.\n\n"])
def test_what_it_does_not_use_makes_no_difference(other: str) -> None:
    """The same claim beside other declarations reaches the same entries and laws."""
    assert fingerprint(context(GAUSS + CLAIM)) == fingerprint(context(GAUSS + other + CLAIM))


@pytest.mark.parametrize(
    ("was", "is_"),
    [("1 & 2", "1 & 3"), ("\\mathcal{N}(0, I_2)", "\\mathcal{N}(0, 4 I_2)")],
)
def test_what_it_uses_makes_one(was: str, is_: str) -> None:
    """A matrix of the map and the law that is mapped are reached through the names of the claim."""
    assert was in GAUSS
    assert fingerprint(context(GAUSS + CLAIM)) != fingerprint(context(GAUSS.replace(was, is_) + CLAIM))


def test_the_names_of_a_flow_are_all_reached() -> None:
    """A claim about the density of a flow has its field, its path and its start."""
    found = context(GAUSS + FLOW + "$$\\frac{d}{dt} \\log p(s(t), t) = 1$$\n")
    assert {"s", "t", "p"} <= set(found.entries)
    assert set(found.laws) >= {"s"}
    assert "Y" not in found.entries


def test_an_inverse_reaches_its_function() -> None:
    """`f^{-1}(y)` rests on the formula of f, though f itself stands nowhere in the claim."""
    text = "Let $\\sigma(x) = \\frac{1}{1+e^{-x}}$.\n\n$$\\sigma^{-1}(y) = \\log\\frac{y}{1-y}$$\n"
    (claim,) = [link.claim for link in material_of(Source("d.md", text), "").links if link.claim is not None]
    assert "sigma" in confined(claim).context.entries
