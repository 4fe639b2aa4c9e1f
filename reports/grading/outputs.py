"""The output folder: every file whole or not at all, under names that are safe on every disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...checks.batch import StorageError, written_whole
from ...checks.run import Run
from ..escape import html
from .class_page import class_page
from .exports import gradescope, junit, prairielearn, sentences
from .feedback import feedback_page
from .gradebook import canvas, gradebook
from .key import Key
from .marks import StudentMarks
from .worksheet import filled

FOLDERS = ("feedback", "gradescope", "prairielearn")


class Outputs:
    """Writes what an instructor gets; the pages of students as they come, the rest at the end."""

    def __init__(self, out: Path, key: Key) -> None:
        self.out, self.key = out, key
        for name in FOLDERS:
            try:
                (out / name).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{out / name}: cannot be made: {error.strerror or error}") from error

    def student(self, marks: StudentMarks, run: Run | None, data: Mapping[str, Any]) -> None:
        """What one student gets: the page, and the results for two course systems."""
        write(self.out / "feedback" / f"{marks.slug}.html", feedback_page(self.key, marks, run, data))
        write(self.out / "gradescope" / f"{marks.slug}.json", as_json(gradescope(self.key, marks)))
        write(self.out / "prairielearn" / f"{marks.slug}.json", as_json(prairielearn(self.key, marks)))

    def of_class(
        self, marks: Sequence[StudentMarks], notes: Sequence[str] = (), worksheet: bytes | None = None
    ) -> None:
        """What the instructor gets.

        Raises:
            WorksheetError: the worksheet is none of Moodle's.
            StorageError: a file cannot be written; the others are there whole.
        """
        if worksheet is not None:
            comments = {student.student: comment(self.key, student) for student in marks}
            text = filled(worksheet.decode("utf-8"), self.key, marks, comments)
            write(self.out / "moodle.csv", text)
        write(self.out / "gradebook.csv", gradebook(self.key, marks))
        write(self.out / "canvas.csv", canvas(self.key, marks))
        write(self.out / "junit.xml", junit(self.key, marks))
        write(self.out / "index.html", class_page(self.key, marks, notes))


def comment(key: Key, student: StudentMarks) -> str:
    """The comment for Moodle, which takes it for HTML: one line per part."""
    pairs = zip(key.parts, student.parts, strict=True)
    lines = [f"{part.title}: {sentences(mark) or mark.cell.value}" for part, mark in pairs if not part.hidden]
    return "<br>".join(html(line).replace("\n", "<br>") for line in lines)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file; one that holds these bytes already is left alone: forcing 300 files to the disk takes seconds."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        same = path.is_file() and not path.is_symlink() and path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        with written_whole(path) as stream:
            stream.write(data)
