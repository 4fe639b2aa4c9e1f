"""Plain-text mathematics counts where it consists of known names, and English does not."""

from __future__ import annotations

import pytest

from twofold.symbolic.blocks import read_blocks
from twofold.symbolic.prose_math import prose_math
from twofold.symbolic.source import Source

NAMES = frozenset(("A", "Z", "Y", "Z_phi", "theta", "Sigma", "t", "x", "f", "p"))


def found(text: str) -> list[str]:
    source = Source("d.md", text)
    return [m.text for block in read_blocks(source) for m in prose_math(source, block, NAMES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For AA^T we have", ["AA^T"]),
        ("mean 0 and covariance I , the variable Y is", ["I", "Y"]),
        ("a partition function Z_ϕ and θ", ["Z_ϕ", "θ"]),
        ("from 0 to t^* , each", ["t^*"]),
        ("Z ~ N(0, I) and Y ~ N(0, Σ)", ["Z", "N(0, I)", "Y", "N(0, Σ)"]),
        ("the value f(x) of AᵀA", ["f(x)", "AᵀA"]),
        ("A is invertible", ["A"]),
        ("A naive approach. I think of a cat at home. If so, p(cat) and ODE", ["p"]),
        ("see x.y@example.org and file_x", []),
    ],
)
def test_known_names_are_found_in_sentences(text: str, expected: list[str]) -> None:
    """Names, products, powers, calls and the normal law; no article, no pronoun, no word."""
    assert found(text) == expected


def test_places_are_exact() -> None:
    """The span is that of the characters in the document."""
    source = Source("d.md", "One.\nFor AA^T we")
    (only,) = prose_math(source, read_blocks(source)[0], NAMES)
    assert (only.span.line, only.span.column, only.span.end_column) == (2, 5, 9)
    assert only.names == ("A",)
