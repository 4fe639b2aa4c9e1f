"""All hostile documents as one class, with honest students among them: every one has its row, and nobody is harmed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch import Judged, Settings, Status, judge_all, open_submissions
from twofold.checks.batch import tasks as tasks_module

HONEST = {
    "ada.md": "Let $x > 0$.\n\n$$\\sqrt{x^2} = x = \\exp(\\log x)$$\n\n$$(x + 1)^2 = x^2 + 2 x + 2$$\n",
    "zoe.md": "Let $Z \\sim \\mathcal{N}(0, I_2)$ and $Y = 2 Z$. Then\n\n$$\\operatorname{Cov}(Y) = 4 I_2$$\n",
}


@pytest.fixture(autouse=True)
def one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program text may be edited while the test runs."""
    monkeypatch.setattr(tasks_module, "code_key", lambda: "this program")


def judged(folder: Path, out: Path, jobs: int) -> dict[str, Judged]:
    with open_submissions(folder) as submissions:
        return {record.student: record for record in judge_all(submissions, Settings(), out, jobs=jobs)}


def stored(shared: Path) -> dict[str, dict[str, Any]]:
    """The documents of the index that are kept as files, by id."""
    lines = (shared / "hostile" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["kind"] in ("document", "problem_file") and row["file"]]
    return {row["id"]: row for row in rows if Path(row["file"]).suffix in (".md", ".tex", ".toml")}


def outcomes(record: Judged) -> set[str]:
    run = record.run()
    return set() if run is None else {step.outcome.value for step in run.steps if step.outcome}


@pytest.mark.quality
def test_a_class_of_hostile_documents(shared: Path, tmp_path: Path) -> None:
    """No process of ours is brought down for good, no fault, no true step accused, no false one passed."""
    rows = stored(shared)
    assert len(rows) > 150
    alone, among = tmp_path / "alone", tmp_path / "among"
    for folder in (alone, among):
        folder.mkdir()
        for name, text in HONEST.items():
            (folder / name).write_text(text, encoding="utf-8")
    for name, row in rows.items():
        shutil.copyfile(shared / "hostile" / row["file"], among / f"{name}{Path(row['file']).suffix}")
    records = judged(among, tmp_path / "out", jobs=2)
    assert set(records) == {*rows, "ada", "zoe"}
    for name, record in judged(alone, tmp_path / "out alone", jobs=1).items():
        assert replace(record, number=0, class_size=0) == replace(records[name], number=0, class_size=0)
    wrong = [name for name, record in records.items() if record.status is Status.CRASHED or "fault" in outcomes(record)]
    wrong += [name for name, row in rows.items() if row["truth"] is True and "refuted" in outcomes(records[name])]
    passes = {"proved", "enclosed", "supported"}
    for name, row in rows.items():
        found = outcomes(records[name])
        if row["truth"] is False and "refuted" not in found and found and found <= passes:
            wrong.append(name)
    assert wrong == []
