"""`results.jsonl`: one Run a line in the order of the class, each with its `submission`; reading it, joining shards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .assemble import hollow
from .output import written_whole
from .records import Judged, judged_from

RESULTS = "results.jsonl"


class MergeError(ValueError):
    """Results that do not belong together, or not all of them; the whole message for a person."""


def line_of(judged: Judged) -> bytes:
    """One line: the run (an empty one where there is none) and the record without it."""
    run = json.loads(judged.run_json) if judged.run_json is not None else hollow(judged)
    line = {**run, "submission": {**judged.row(), "has_run": judged.run_json is not None}}
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace") + b"\n"


def judged_of(line: bytes) -> Judged:
    """The record of a line.  Raises ValueError for any other line."""
    data = json.loads(line)
    if not isinstance(data, dict) or not isinstance(data.get("submission"), dict):
        raise ValueError("Expected a run with a 'submission'; got something else")
    row = data.pop("submission")
    has_run = row.pop("has_run")
    return judged_from(row, json.dumps(data, ensure_ascii=False, allow_nan=False) if has_run else None)


def read_results(path: Path) -> Iterator[Judged]:
    """The records of a results file, one in memory at a time.

    Raises:
        MergeError: a line that is not one.
    """
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield checked(line, path, number)


def checked(line: bytes, path: Path, number: int) -> Judged:
    try:
        return judged_of(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MergeError(f"{path}:{number}: not a line of results: {type(error).__name__}: {error}"[:300]) from error


def merge(paths: Sequence[Path], path: Path) -> int:
    """Join the results of shards into what one run would have written; returns the number of students.

    Only a small row of each line is held; the lines are copied.

    Raises:
        MergeError: a student is missing or there twice, or the shards were judged under different settings.
        StorageError: it cannot be written.
    """
    places: dict[int, tuple[Path, int]] = {}
    told: dict[str, Any] = {}
    for source in paths:
        for judged, offset in located(source):
            agree(told, "class_size", judged.class_size, source)
            agree(told, "under", judged.under, source)
            if judged.number in places:
                raise MergeError(f"{source}: {judged.student} is in {places[judged.number][0]} too")
            places[judged.number] = source, offset
    lost = told.get("class_size", 0) - len(places)
    if lost or not places:
        raise MergeError(f"{lost} of {told.get('class_size', 0)} students are in none of these files: give all shards")
    with written_whole(path) as stream:
        for number in sorted(places):
            source, offset = places[number]
            with source.open("rb") as lines:
                lines.seek(offset)
                stream.write(lines.readline())
    return len(places)


def located(path: Path) -> Iterator[tuple[Judged, int]]:
    """The records of a file with the offsets of their lines."""
    offset = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                yield checked(line, path, number), offset
                offset += len(line)
    except OSError as error:
        raise MergeError(f"{path}: cannot be read: {error.strerror or error}") from error


def agree(told: dict[str, Any], key: str, value: Any, path: Path) -> None:
    """All shards are of one class under one set of settings."""
    if told.setdefault(key, value) != value:
        what = "of another class" if key == "class_size" else "under other settings or by another version"
        raise MergeError(f"{path}: judged {what} than the files before it")
