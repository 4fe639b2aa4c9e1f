"""A class whose mistakes are known: nobody is accused, and what was planted is found where it stands.

The class comes from `benchmarks/classroom`, which asserts by numpy that every planted mistake is false and that nothing
else is; `python benchmarks/grade_class.py` measures the whole of it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
SIZE = 12


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


def test_the_class_is_the_same_every_time_and_knows_its_mistakes(bench: None) -> None:
    """Forty students: the same texts twice; all kinds of links; every relation sign stands at its place."""
    from classroom.school import school  # type: ignore[import-not-found]

    students, again = school(40), school(40)
    assert [s.files for s in students] == [s.files for s in again]
    found: Counter[str] = Counter()
    for student in students:
        links = student.truth.links
        found.update(link.status for link in links)
        lines = student.files[0][1].decode().split("\n") if links else []
        assert all(lines[k.line - 1][k.column - 1 :].startswith(("=", "\\approx")) for k in links)
    assert set(found) == {"right", "beside", "wrong", "carried", "garbled"}
    assert found["wrong"] > 30


@pytest.mark.quality
def test_nobody_is_accused_and_every_planted_mistake_is_found(bench: None, tmp_path: Path) -> None:
    """Twelve students through the command line, from a cold start and again."""
    from classroom.school import write_class
    from grade_class import compare, grade  # type: ignore[import-not-found]

    truths = write_class(tmp_path, SIZE)
    grade(tmp_path, 1)
    tally = compare(truths, tmp_path / "out", 3)
    accused = {pair: n for pair, n in tally.links.items() if pair[0] in ("right", "beside") and pair[1] == "refuted"}
    assert accused == {}, tally.notes
    assert not tally.links["elsewhere", "refuted"]
    assert tally.found.total() >= 10
    assert not tally.missed
