"""The real homework, as it is: every formula ends as it should, by the hand-made list of verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run, StepRecord
from twofold.symbolic.source import Source

PASSING = {"proved", "enclosed", "supported"}
SIGNS = {"approx": "approx", "~": "~", "propto": "propto", "in": "in", "=": "="}


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    shared: Path = request.getfixturevalue("shared")
    return shared / "seed"


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    text = (folder / "homework.md").read_text(encoding="utf-8")
    return check_source(Source("homework.md", text), Options(figures=False))


@pytest.fixture(scope="module")
def wanted(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "links.json").read_text(encoding="utf-8"))
    return found


def plain(tex: str) -> str:
    return "".join(tex.split()).rstrip(".,;")


def pairs(run: Run, wanted: list[dict[str, object]]) -> Iterator[tuple[dict[str, object], StepRecord | None]]:
    """Each row of the list with its step: the same sides; rows that repeat take the steps in order."""
    left = list(run.steps)
    for row in wanted:
        key = (plain(str(row["lhs"])), plain(str(row["rhs"])))
        step = next((s for s in left if (plain(s.lhs), plain(s.rhs)) == key), None)
        if step is None:
            step = next((s for s in left if plain(s.rhs) == key[1] and s.outcome is not None), None)
        if step is not None:
            left.remove(step)
        yield row, step


def test_every_true_link_of_the_homework_passes(run: Run, wanted: list[dict[str, object]]) -> None:
    """A link that the list calls true is proved, enclosed or supported."""
    missed = []
    for row, step in pairs(run, wanted):
        if row["expected"] != "true" or row["relation"] == "approx":
            continue
        if step is None or step.outcome is None or step.outcome.value not in PASSING:
            missed.append((row["id"], row["line"], step.outcome if step else None))
    assert missed == []


def test_nothing_in_the_homework_is_refuted(run: Run) -> None:
    """The homework has no plainly false formula."""
    assert [s.understood for s in run.steps if s.outcome is not None and s.outcome.value == "refuted"] == []


def test_the_partial_derivative_is_true_along_the_path_and_false_at_a_fixed_point(run: Run) -> None:
    """The log-density equation with a partial derivative depends on the reading, and both verdicts are given."""
    (step,) = [s for s in run.steps if s.verdict is not None and s.verdict.readings]
    outcomes = {reading.name: reading.outcome.value for reading in step.verdict.readings}  # type: ignore[union-attr]
    assert outcomes == {
        "the total derivative along the path": "proved",
        "the partial derivative at a fixed point": "refuted",
    }
    assert step.verdict is not None
    assert step.verdict.warnings


def test_moments_of_time_are_assignments(run: Run, wanted: list[dict[str, object]]) -> None:
    """`t = 0` and `t = 1` in one text do not contradict each other."""
    rows = [row for row in wanted if row["kind"] == "assignment" and row["relation"] == "="]
    steps = [s for s in run.steps if s.kind == "assignment"]
    assert len(steps) == len(rows)
