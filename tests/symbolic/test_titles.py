"""Titles are plain words: no marks, no backslash, no colon at the end."""

from __future__ import annotations

import pytest

from twofold.symbolic.titles import plain_title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("# Homework 3: the map $z^3$:", "Homework 3: the map z^3"),
        ("**Exercise 2.**", "Exercise 2"),
        (r"\section{A \textbf{bold} one}", "A bold one"),
        (r"\title{Energies \& scores}", "Energies & scores"),
        (r"## With $\sigma > 0$ and $\beta_t \in (0,1)$", "With σ > 0 and β_t ∈ (0,1)"),
        ("## _Notes_ on p_Y and snake_case", "Notes on p_Y and snake_case"),
        ("Generative models, problem 1", "Generative models, problem 1"),
        ("  ", ""),
    ],
)
def test_a_title_is_plain(written: str, title: str) -> None:
    assert plain_title(written) == title
    assert plain_title(title) == title


def test_a_title_is_short() -> None:
    """A line of 10^5 signs is cut at 120."""
    assert len(plain_title("a" * 100_000)) == 120
