"""Gradebooks as CSV: our own with everything, and one that Canvas imports.  Every cell is quoted and guarded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..escape import csv_cell
from .key import Key, points_text
from .marks import StudentMarks


def cell_of(points: Fraction | None) -> str:
    """A mark; empty while a person has to decide."""
    return "" if points is None else points_text(points)


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows with the line ends that RFC 4180 asks for."""
    return "".join(",".join(csv_cell(cell) for cell in row) + "\r\n" for row in rows)


def gradebook(key: Key, marks: Sequence[StudentMarks]) -> str:
    """`gradebook.csv`: a row per student, whatever was handed in; `total` is empty while a part waits for a person."""
    header = [
        "student",
        "name",
        *(part.id for part in key.parts),
        "total",
        "points_so_far",
        "max",
        "status",
        "late",
        "needs_review",
        "review",
        "overrides",
        "verdicts",
    ]
    return csv_text([header, *(row_of(key, student) for student in marks)])


def row_of(key: Key, student: StudentMarks) -> list[str]:
    overrides = [f"{part.part}: {part.comment}" for part in student.parts if part.cell.value == "person"]
    return [
        student.student,
        student.name,
        *(cell_of(part.points) for part in student.parts),
        cell_of(student.points),
        points_text(student.so_far),
        points_text(key.points),
        student.status,
        "yes" if student.late else "no",
        "no" if student.settled else "yes",
        " | ".join((*student.reasons, *student.review)),
        " | ".join(overrides),
        ", ".join(f"{count} {word}" for word, count in student.verdicts.items()),
    ]


def canvas(key: Key, marks: Sequence[StudentMarks]) -> str:
    """A CSV for Canvas's gradebook import: rows are found by ID, SIS ids and name; an empty cell changes nothing."""
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", key.title]
    possible = ["    Points Possible", "", "", "", "", points_text(key.points)]
    rows = [
        [
            student.name or student.student,
            student.ids.get("canvas", ""),
            "" if "canvas" in student.ids and student.student == student.ids["canvas"] else student.student,
            student.ids.get("login", ""),
            student.ids.get("section", ""),
            cell_of(student.points),
        ]
        for student in marks
    ]
    return csv_text([header, possible, *rows])
