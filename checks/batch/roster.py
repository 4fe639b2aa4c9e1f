"""The roster: who should have handed in, under which of the names that course systems use.

Any CSV with a header will do: a list of ids, or what a course system exports (a Moodle worksheet, a Canvas gradebook,
a Gradescope or nbgrader roster). A submission is matched by an id, a course system's number, an address or a login, or
the full name in any order of its words; a key that two students share matches neither.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..command import MAX_BYTES, Unreadable, decoded
from .layouts import Pile
from .names import folded, shown, spellings
from .place import IntakeError

ID = (
    "student_id",
    "student id",
    "sid",
    "id number",
    "sis user id",
    "sis login id",
    "username",
    "user_id",
    "login",
    "user",
)
NAME = ("full name", "name", "student name")
FIRST, LAST = ("first name", "first_name", "firstname"), ("last name", "last_name", "lastname", "surname")
EMAIL = ("email", "email address", "e-mail", "mail")
LATE = ("late",)
YES = ("1", "yes", "true", "late", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A row of the roster."""

    student: str
    name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    late: bool = False

    def handles(self) -> Iterator[tuple[str, str]]:
        """The keys by which a submission may be found, each with its kind."""
        for kind in ("moodle", "canvas"):
            if kind in self.ids:
                yield kind, self.ids[kind]
        for text in (self.student, self.ids.get("login", ""), self.ids.get("email", "")):
            yield "word", folded(text)
        yield "word", folded(self.ids.get("email", "").partition("@")[0])
        for spelling in spellings(self.name):
            yield "name", spelling


def read_roster(path: Path) -> list[Student]:
    """The students of a CSV in its order.

    Raises:
        IntakeError: it cannot be read, has no column that names students, or names one twice.
    """
    try:
        with path.open("rb") as stream:
            text = decoded(stream.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise IntakeError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Unreadable as error:
        raise IntakeError(str(error)) from error
    rows = table(text, path)
    students = [student for row in rows if (student := student_of(row)) is not None]
    if not students:
        expected = "'student_id', 'name' or 'email'"
        raise IntakeError(f"{path}: expected a header with a column such as {expected}, and a student; found none")
    seen: dict[str, int] = {}
    for number, student in enumerate(students, 1):
        if student.student in seen:
            raise IntakeError(
                f"{path}: {shown(student.student)} stands in it twice (students {seen[student.student]} and {number})"
            )
        seen[student.student] = number
    return students


def table(text: str, path: Path) -> list[dict[str, str]]:
    """The rows by column, names of columns in small letters; commas, semicolons or tabs."""
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise IntakeError(f"{path}: not a table that can be read: {error}") from error
    names = [name.strip().casefold() for name in found[0]] if found else []
    return [dict(zip(names, (cell.strip() for cell in row), strict=False)) for row in found[1:] if any(row)]


def student_of(row: Mapping[str, str]) -> Student | None:
    """The student of a row; None for one that names nobody, and for Canvas's row of maximal points."""
    ids: dict[str, str] = {}
    moodle = re.fullmatch(r"(?:\D*\s)?(\d+)", row.get("identifier", ""))
    if moodle:
        ids["moodle"] = moodle[1]
    canvas = "sis user id" in row or "sis login id" in row
    name = first(row, NAME) or " ".join(part for part in (first(row, FIRST), first(row, LAST)) if part)
    if canvas:
        name = name or row.get("student", "")
        if name.strip().casefold() == "points possible":
            return None
        ids["canvas"] = row.get("id", "")
        ids["login"] = row.get("sis login id", "")
    ids["email"] = first(row, EMAIL)
    plain = "" if canvas else row.get("student", "") or row.get("id", "")
    student = first(row, ID) or plain or ids["email"] or name or row.get("identifier", "") or ids.get("canvas", "")
    if not student:
        return None
    late = first(row, LATE).casefold() in YES
    return Student(student=student, name=name, ids={k: v for k, v in ids.items() if v}, late=late)


def first(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")


class Matcher:
    """Finds the student of a pile."""

    def __init__(self, students: Sequence[Student]) -> None:
        self.by_key: dict[tuple[str, str], set[int]] = {}
        self.exact = {student.student: number for number, student in enumerate(students)}
        for number, student in enumerate(students):
            for key in student.handles():
                if key[1]:
                    self.by_key.setdefault(key, set()).add(number)

    def find(self, pile: Pile) -> int | None:
        """The number of the student, by the surest key that one student alone has."""
        if pile.key in self.exact:
            return self.exact[pile.key]
        for key in keys_of(pile):
            found = self.by_key.get(key, set())
            if len(found) == 1:
                return next(iter(found))
        return None


def keys_of(pile: Pile) -> Iterator[tuple[str, str]]:
    for kind in ("moodle", "canvas"):
        if kind in pile.ids:
            yield kind, pile.ids[kind]
    words = (pile.ids.get("email", ""), pile.ids.get("sid", ""), pile.key if not pile.ids else "")
    yield from (("word", folded(word)) for word in words if word)
    names = (pile.name, pile.ids.get("canvas_name", ""), pile.key if not pile.ids else "")
    yield from (("name", folded(name)) for name in names if name)
