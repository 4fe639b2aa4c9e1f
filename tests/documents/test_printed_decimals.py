r"""`\approx` with printed decimals, entry by entry: half a unit of the last place is what a printed number means."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

MATRIX = r"$\frac{1}{61} \begin{pmatrix} 77 \\ 121 \end{pmatrix} \approx \begin{pmatrix} 1.2623 \\ LAST \end{pmatrix}$"


@pytest.mark.parametrize(
    ("second", "outcome"),
    # 121/61 = 1.98360655..: the fourth place is 6, half a unit of it is 5e-5.
    [("1.9836", "enclosed"), ("1.98361", "enclosed"), ("1.9837", "refuted"), ("1.9835", "refuted"), ("2", "enclosed")],
)
def test_a_matrix_of_decimals_is_judged_entry_by_entry(second: str, outcome: str) -> None:
    run = check_source(Source("d.md", f"# A\n\n{MATRIX.replace('LAST', second)}\n"), Options(seed=0))
    assert [str(step.outcome) for step in run.steps] == [outcome]
