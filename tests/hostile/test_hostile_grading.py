"""Hostile documents as submissions of a class, from the folder to the pages: everybody has a row, nothing acts.

The outcome of each must be one that the index accepts: by its verdicts, or by the status of its row.
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_hostile import CLASS, OTHERWISE, PLAIN, alive

import twofold
from twofold.checks.batch import read_results

KEY = """title = "1 + 1"
[grading]
unresolved = "zero"
[[grading.part]]
id = "1"
points = 1
target = "a"
value = "314159265"
"""
# What a row may say in the place of a verdict: a place and a reason are in it.
STATUS = {
    "unreadable": {"refused", "clear_error"},
    "empty": {"refused", "clear_error", "normal_verdict"},
    "limit": {"undecided"},
    "partly read": {"refused"},
    "duplicate": {"refused", "clear_error"},
}
EVERY = 40
OURS = ("a href=feedback/", "a href=../index.html")


def stored(shared: Path) -> dict[str, dict[str, Any]]:
    lines = (shared / "hostile" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["kind"] in ("document", "problem_file") and row["file"]]
    return {row["id"]: row for row in rows if Path(row["file"]).suffix in (".md", ".tex", ".toml")}


def faults(shared: Path, rows: dict[str, dict[str, Any]], folder: Path) -> dict[str, str]:
    """What came out that must not, by the id of the document."""
    place, out = folder / "submissions", folder / "out"
    place.mkdir()
    for name, row in rows.items():
        shutil.copyfile(shared / "hostile" / row["file"], place / f"{name}{Path(row['file']).suffix}")
    key = folder / "key.toml"
    key.write_text(KEY, encoding="utf-8")
    twofold.grade(place, key=key, out=out, jobs=2)
    found: dict[str, str] = {}
    for judged in read_results(out / "results.jsonl"):
        row, run = rows[judged.student], judged.run()
        steps = [s for s in (run.steps if run is not None else ()) if s.outcome and s.tex not in PLAIN]
        classes = {CLASS[s.outcome.value] for s in steps if s.outcome} or {"normal_verdict"}
        classes |= STATUS.get(judged.status.value, set())
        accept = set(row["accept"]) | OTHERWISE.get(row["id"], (set(), ""))[0]
        if judged.status.value == "crashed" or "fault" in classes:
            found[judged.student] = f"{judged.status.value}: {judged.reasons}"
        elif not classes & accept and "neutralised" not in accept:
            found[judged.student] = f"{sorted(classes)} instead of {sorted(accept)}"
    for page in out.rglob("*.html"):
        live = [one for one in alive(page.read_text(encoding="utf-8")) if not one.startswith(OURS)]
        if live:
            found[page.name] = f"alive: {live[:3]}"
    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as stream:
        graded = {row["student"]: row["total"] for row in csv.DictReader(stream)}
    assert set(graded) == set(rows)
    found |= {name: f"{total} points" for name, total in graded.items() if total not in ("", "0")}
    return found


def test_a_sample_of_hostile_submissions(shared: Path, tmp_path: Path) -> None:
    """One in forty."""
    rows = stored(shared)
    names = sorted(rows)[::EVERY]
    assert faults(shared, {name: rows[name] for name in names}, tmp_path) == {}


@pytest.mark.quality
def test_every_hostile_submission(shared: Path, tmp_path: Path) -> None:
    """All that are stored as documents."""
    rows = stored(shared)
    assert len(rows) > 150
    assert faults(shared, rows, tmp_path) == {}
