r"""Moodle's offline grading worksheet, filled in place: every byte but those of two columns stays as it is.

The import takes `Identifier`, `Grade` and `Last modified (grade)`, and refuses a row that was changed elsewhere; so a
cell that we do not mean to write is never written anew, with its quotes, its spaces and its line end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...checks.batch.names import folded
from ..escape import csv_cell
from .gradebook import cell_of
from .key import Key
from .marks import StudentMarks

IDENTIFIER, NAME, EMAIL = "Identifier", "Full name", "Email address"
GRADE, MAXIMUM, LOCKED, COMMENTS = "Grade", "Maximum Grade", "Grade can be changed", "Feedback comments"
# A quoted cell with its doubled quotes, or a bare one up to the delimiter; then the delimiter or the line end.
_CELL = r'("(?:[^"]|"")*"|[^"{d}\r\n][^{d}\r\n]*|)({d}|\r\n|\n|\r|\Z)'


class WorksheetError(ValueError):
    """A file that is no worksheet of Moodle; the whole message for a person."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A cell as it stands: its bytes, what they mean, and what follows it."""

    written: str
    after: str

    @property
    def text(self) -> str:
        bare = self.written.strip()
        return bare[1:-1].replace('""', '"') if bare.startswith('"') else bare


def rows_of(text: str, delimiter: str) -> list[list[Raw]]:
    """The rows of a CSV, every byte of it in some cell."""
    pattern = re.compile(_CELL.replace("{d}", re.escape(delimiter)))
    rows: list[list[Raw]] = [[]]
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise WorksheetError(f"the worksheet cannot be read: a quote is not closed (character {position + 1})")
        rows[-1].append(Raw(match[1], match[2]))
        position = match.end()
        if match[2] != delimiter:
            rows.append([])
    return [row for row in rows if row]


def filled(worksheet: str, key: Key, marks: Sequence[StudentMarks], comments: Mapping[str, str]) -> str:
    """The worksheet with the grades and comments of those who have a total; `comments` by student, as HTML.

    Points are scaled to the maximum of the row, and written with a decimal comma where the maximum has one.  A row that
    is locked, or whose student is not among the marks or still waits for a person, stays as it is.

    Raises:
        WorksheetError: it lacks a column that the import needs.
    """
    mark = "\ufeff" if worksheet.startswith("\ufeff") else ""
    text = worksheet.removeprefix("\ufeff")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = rows_of(text, delimiter)
    names = [cell.text for cell in rows[0]] if rows else []
    for wanted in (IDENTIFIER, GRADE, COMMENTS):
        if wanted not in names:
            raise WorksheetError(f"expected a column '{wanted}' in the worksheet; got {', '.join(names)[:200]}")
    found = Finder(marks)
    lines = [mark + written(rows[0])]
    for row in rows[1:]:
        cells = {name: cell.text for name, cell in zip(names, row, strict=False)}
        student = found.student(cells)
        new = {} if student is None or locked(cells) else grades(cells, key, student, comments)
        lines.append(written(row, {names.index(name): text for name, text in new.items()}))
    return "".join(lines)


def written(row: Sequence[Raw], new: Mapping[int, str] | None = None) -> str:
    cells = (new or {}).get
    return "".join((cells(number, raw.written)) + raw.after for number, raw in enumerate(row))


def locked(cells: Mapping[str, str]) -> bool:
    return cells.get(LOCKED, "Yes").casefold() in ("no", "false", "0")


def grades(cells: Mapping[str, str], key: Key, student: StudentMarks, comments: Mapping[str, str]) -> dict[str, str]:
    """The two cells of a row; none while the student has no total."""
    if student.points is None:
        return {}
    maximum = number(cells.get(MAXIMUM, ""))
    points = student.points if maximum is None or not key.points else student.points * maximum / key.points
    comma = "," in cells.get(MAXIMUM, "") or "," in cells.get(GRADE, "")
    grade = cell_of(points).replace(".", ",") if comma else cell_of(points)
    return {GRADE: f'"{grade}"' if comma else grade, COMMENTS: csv_cell(comments.get(student.student, ""))}


def number(text: str) -> Fraction | None:
    match = re.fullmatch(r"(\d+)(?:[.,](\d+))?", text.strip())
    return Fraction(f"{match[1]}.{match[2] or 0}") if match else None


class Finder:
    """Finds the student of a row: by the number of the participant, the address, the id, or a name that one has."""

    def __init__(self, marks: Sequence[StudentMarks]) -> None:
        self.by: dict[tuple[str, str], list[StudentMarks]] = {}
        for student in marks:
            handles = (
                ("number", student.ids.get("moodle", "")),
                ("email", student.ids.get("email", "").casefold()),
                ("email", student.student.casefold()),
                ("name", folded(student.name)),
                ("name", folded(student.student)),
            )
            for handle in dict.fromkeys(handles):
                if handle[1]:
                    self.by.setdefault(handle, []).append(student)

    def student(self, cells: Mapping[str, str]) -> StudentMarks | None:
        participant = re.search(r"(\d+)\s*\Z", cells.get(IDENTIFIER, ""))
        handles = (
            ("number", participant[1] if participant else ""),
            ("email", cells.get(EMAIL, "").casefold()),
            ("name", folded(cells.get(NAME, ""))),
        )
        for handle in handles:
            if len(self.by.get(handle, ())) == 1:
                return self.by[handle][0]
        return None
