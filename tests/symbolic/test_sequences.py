"""Indexed names under a sum stand for a sequence, the same way on both sides."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source


def outcome(tex: str) -> str:
    run = check_source(Source("sums.md", f"# Sums\n\n$$\n{tex}\n$$\n"), Options(seed=0, figures=False))
    return str(run.steps[0].outcome)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\sum_{i=1}^{2} x_i = x_1 + x_2", "proved"),
        (r"\sum_{i=1}^{n} x_i = \sum_{j=1}^{n} x_j", "proved"),
        (r"\prod_{i=1}^n e^{s_i} = e^{\sum_{i=1}^n s_i}", "proved"),
        (r"\sum_{i=1}^{3} x_i = x_1 + 2 x_2", "refuted"),
        (r"\frac{1}{n} \sum_{i=1}^{n} x_i = x_i", "unread"),
        (r"\sum_{i=1}^{3} x_{i+1} = x_2 + x_3 + x_4", "unread"),
    ],
)
def test_a_name_with_the_index_of_a_sum_moves_with_it(tex: str, expected: str) -> None:
    """x_i under a sum over i is x(i), and x_1 beside it x(1); an index that cannot be placed is not read."""
    assert outcome(tex) == expected
