"""Hostile folders and archives: what is odd is refused by name with a reason, what lies beside it can be judged.

The samples are built by the maker of the hostile documents; nothing here is judged, see `test_hostile.py` for that.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch import IntakeError, Status, Submissions, open_submissions

REFUSED = (Status.UNREADABLE, Status.DUPLICATE, Status.EMPTY)
# Entries of which one part must be refused and another must be there all the same.
BESIDE = {"file-link-peer", "zip-absolute", "zip-symlink", "zip-backslash"}
# What is done otherwise than the index asks, and why that is as good.
OTHERWISE = {
    "file-deep-folder": ({"refused"}, "a file four hundred folders down is refused, and the limit is stated"),
    "file-junk": (
        {"clear_error"},
        "nothing but files of the system: there is nothing to grade, and their number is told",
    ),
}


@pytest.fixture(scope="module")
def samples(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, dict[str, Any]]]]:
    """Every sample that is a folder or an archive: its place and its row of the index."""
    spec = importlib.util.spec_from_file_location("make_hostile", shared / "hostile" / "make_hostile.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    lines = (shared / "hostile" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["kind"] in ("folder", "archive")]
    assert len(rows) > 25
    root = tmp_path_factory.mktemp("hostile")
    found = {}
    for row in rows:
        place = root / row["id"]
        place.mkdir()
        before = Path.cwd()
        os.chdir(place)  # a socket's path is short
        try:
            maker.BUILDERS[row["id"]](place)
        finally:
            os.chdir(before)
        archives = sorted(place.glob("subs.*"))
        found[row["id"]] = (archives[0] if row["kind"] == "archive" else place, row)
    yield found


def class_of(submissions: Submissions) -> set[str]:
    """Which of the classes of the index an intake belongs to."""
    found = {"refused" for row in submissions.rows if row.status in REFUSED or row.partly}
    if any(row.documents for row in submissions.rows):
        found |= {"normal_verdict", "neutralised"}
    if any(row.status is Status.DUPLICATE or any("damaged" in r for r in row.reasons) for row in submissions.rows):
        found.add("clear_error")
    return found


def files_of(root: Path) -> set[bytes]:
    return {os.path.join(top, name) for top, _, names in os.walk(os.fsencode(root)) for name in names}  # noqa: PTH118


def test_every_sample_has_an_accepted_class(samples: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    wrong = {}
    root = Path(os.path.commonpath([place for place, _ in samples.values()]))
    before = files_of(root)
    for name, (place, row) in samples.items():
        try:
            with open_submissions(place) as submissions:
                found = class_of(submissions)
                texts = [submissions.text(d) for r in submissions.rows for d in r.documents]
                shown = [r.student for r in submissions.rows] + [
                    reason for r in submissions.rows for reason in r.reasons
                ]
        except IntakeError as error:
            found, texts, shown = {"clear_error", "refused"}, [], [str(error)]
        if not found & (set(row["accept"]) | OTHERWISE.get(name, (set(), ""))[0]):
            wrong[name] = f"{found} is not among {row['accept']}"
        if name in BESIDE and not texts:
            wrong[name] = "nothing beside it was taken"
        if any(not text.isprintable() for text in shown):
            wrong[name] = f"shown as it is: {shown}"
    assert wrong == {}
    assert files_of(root) == before  # nothing was written


@pytest.mark.parametrize(
    ("name", "students"),
    [
        ("file-norm-clash", 2),
        ("file-reserved-names", 5),
        ("file-hardlink-peer", 2),
        ("file-two-by-one", 1),
        ("file-nonutf8-name", 1),
    ],
)
def test_nobody_is_lost(samples: dict[str, tuple[Path, dict[str, Any]]], name: str, students: int) -> None:
    """As many rows as students, each with a file name of its own on a disk that is blind to case."""
    with open_submissions(samples[name][0]) as submissions:
        assert len(submissions.rows) == students == len({row.slug.casefold() for row in submissions.rows})
        assert all(row.documents for row in submissions.rows)
