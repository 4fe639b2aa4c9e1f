"""From a folder or a zip to rows: one for each student, whatever was handed in, and for each who handed in nothing."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ..command import Unreadable, decoded
from .archive import DUPLICATE, Archive
from .folder import Folder
from .gradescope import METADATA, submitters
from .layouts import Pile, sort_out
from .names import shown, slugs
from .place import NOTHING_IN_IT, Entry, IntakeError, Place, Refused
from .records import Status
from .roster import Matcher, Student, read_roster

MOST_FILES = 20  # documents of one student
MOST_TWINS = 20  # students named as having handed in the same bytes: of a whole class they would be its square


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file that can be judged: its name as shown, its format, the SHA-256 of its bytes, and where it is."""

    name: str
    format: str
    sha256: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One student before anything is judged.  `status`: why nothing will be, or None; the rest as in `Judged`."""

    student: str
    name: str = ""
    slug: str = ""
    number: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    late: bool = False
    documents: tuple[Document, ...] = ()
    status: Status | None = None
    partly: bool = False  # something of it was not taken
    reasons: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of the bytes of a single document; of the list of these where there are several."""
        hashes = [document.sha256 for document in self.documents]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""


class Submissions:
    """The rows of a class and the texts behind them, read on demand; to be closed.

    Attributes:
        rows: in the order of the roster, then (or without one) in natural order of the ids.
        notes: sentences about files that belong to nobody and system files that were passed over.
    """

    def __init__(self, place: Place, rows: Sequence[Row], notes: Sequence[str] = ()) -> None:
        self.rows, self.notes = tuple(rows), tuple(notes)
        self._place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._place.close()

    def text(self, document: Document) -> str:
        """The text of a document.  Raises Unreadable, also when it is not what it was at the intake."""
        try:
            data = self._place.read(document.entry)
        except Refused as error:
            raise Unreadable(f"{document.name}: {error}") from error
        if hashlib.sha256(data).hexdigest() != document.sha256:
            raise Unreadable(f"{document.name}: it was changed while the class was being graded")
        return decoded(data, document.name)


def open_submissions(
    place: str | Path, *, roster: str | Path | None = None, assignment: str = "", aside: Iterable[str | Path] = ()
) -> Submissions:
    """The submissions in a folder or a zip; see `layouts` for the arrangements that are understood.

    `assignment`: of folders `student/assignment/file` (nbgrader) only this one. `aside`: files and folders that are no
    submissions although they lie there: the key, the output folder; the roster is one of them anyway.

    Raises:
        IntakeError: there is no such place, it cannot be read, or it holds nothing to grade.
    """
    path = Path(place)
    students = [] if roster is None else read_roster(Path(roster))
    source = opened(path, [*map(Path, aside), *([] if roster is None else [Path(roster)])])
    try:
        entries = source.entries()
        found = sort_out(entries, assignment, archive=isinstance(source, Archive))
        piles = with_submitters(found.piles, source, entries)
        if not piles and not students:
            aside_too = f" ({found.junk} hidden or system files were passed over)" if found.junk else ""
            expected = "expected .md, .tex or .toml files, or a folder per student"
            raise IntakeError(f"{path}: nothing to grade: {expected}{aside_too}")
        rows = [row_of(pile, source) for pile in piles]
        rows = called(with_roster(rows, piles, students) if roster is not None else rows)
    except BaseException:
        source.close()
        raise
    notes = [f"{name}: no submission; left alone" for name in found.strays]
    if found.junk:
        notes.append(f"{found.junk} hidden or system files were passed over")
    return Submissions(source, with_twins(rows), notes)


def opened(path: Path, aside: Sequence[Path]) -> Folder | Archive:
    if path.is_dir():
        there = [p.stat() for p in aside if p.exists()]
        return Folder(path, frozenset((status.st_dev, status.st_ino) for status in there))
    if not path.exists():
        raise IntakeError(f"{path}: no such folder or file")
    if not path.is_file():
        raise IntakeError(f"{path}: expected a folder or a .zip")
    return Archive(path)


def with_submitters(piles: Sequence[Pile], source: Place, entries: Sequence[Entry]) -> list[Pile]:
    """Piles with the names that a Gradescope export tells about them; what a group handed in is each one's."""
    metadata = next((entry for entry in entries if entry.name == METADATA and len(entry.parts) <= 2), None)
    if metadata is None:
        return list(piles)
    try:
        known = submitters(decoded(source.read(metadata), METADATA))
    except (Refused, Unreadable):
        return list(piles)
    return [
        replace(p, key=p.key if number == 1 else f"{p.key} ({number})", name=who.get("name", p.name), ids=p.ids | who)
        for p in piles
        for number, who in enumerate(known.get(p.key) or [{}], 1)
    ]


def row_of(pile: Pile, source: Place) -> Row:
    """The row of a pile: every file read once, to know what it is."""
    row = Row(student=pile.key, name=shown(pile.name), ids=pile.ids, late=pile.late)
    documents: list[Document] = []
    reasons: list[str] = []
    empty, duplicate = 0, False
    for entry in pile.entries:
        name = shown("/".join(entry.parts))
        try:
            documents.append(document_of(entry, name, source, len(documents)))
        except Empty:
            empty += 1
            reasons.append(f"{name}: empty")
        except (Refused, Unreadable) as error:
            empty += str(error) == NOTHING_IN_IT
            duplicate = duplicate or str(error) == DUPLICATE
            reasons.append(str(error) if isinstance(error, Unreadable) else f"{name}: {error}")
    row = replace(row, documents=tuple(documents), reasons=tuple(reasons), partly=bool(reasons))
    if documents:
        return row
    if duplicate:
        return replace(row, status=Status.DUPLICATE)
    if len(reasons) > empty:
        return replace(row, status=Status.UNREADABLE)
    return replace(row, status=Status.EMPTY if empty else Status.MISSING)


class Empty(Exception):  # noqa: N818 - a finding about the input
    """A file with nothing but white space in it."""


def document_of(entry: Entry, name: str, source: Place, before: int) -> Document:
    """A file as a document.  Raises Refused, Unreadable, Empty."""
    if entry.refused:
        raise Refused(entry.refused)
    if not entry.is_document:
        raise Refused("not judged: expected .md, .tex or .toml")
    if before >= MOST_FILES:
        raise Refused(f"not judged: at most {MOST_FILES} documents of one student are")
    data = source.read(entry)
    if not decoded(data, name).strip():
        raise Empty
    return Document(name=name, format=entry.format, sha256=hashlib.sha256(data).hexdigest(), entry=entry)


def with_roster(rows: Sequence[Row], piles: Sequence[Pile], students: Sequence[Student]) -> list[Row]:
    """The rows in the order of the roster, under its ids: a student without one is missing, a stranger comes last."""
    matcher = Matcher(students)
    taken: dict[int, list[Row]] = {}
    strangers: list[Row] = []
    for row, pile in zip(rows, piles, strict=True):
        number = matcher.find(pile)
        if number is None:
            strangers.append(replace(row, reasons=(*row.reasons, "not in the roster")))
        else:
            taken.setdefault(number, []).append(row)
    found: list[Row] = []
    for number, student in enumerate(students):
        known = {"student": student.student, "name": shown(student.name)}
        late = student.late
        for row in taken.get(number, [Row(student=student.student, status=Status.MISSING)]):
            name = known["name"] or row.name
            ids = row.ids | dict(student.ids)
            found.append(replace(row, student=student.student, name=name, ids=ids, late=row.late or late))
    return [*found, *strangers]


def called(rows: Sequence[Row]) -> list[Row]:
    """The rows numbered, each with an id and a file name of its own.

    Ids are shown text in Unicode's composed form. Two submissions of one id are both there, the second as `id (2)`.
    """
    times: dict[str, int] = {}
    names: list[str] = []
    for row in rows:
        name = shown(unicodedata.normalize("NFC", row.student).strip()) or "?"
        times[name] = times.get(name, 0) + 1
        while times[name] > 1 and f"{name} ({times[name]})" in times:
            times[name] += 1
        names.append(name if times[name] == 1 else f"{name} ({times[name]})")
        times.setdefault(names[-1], 1)
    again = {name for name, count in times.items() if count > 1}
    reasons = [
        (*row.reasons, "another submission bears this name")
        if name.rpartition(" (")[0] in again or name in again
        else row.reasons
        for row, name in zip(rows, names, strict=True)
    ]
    parts = zip(rows, names, slugs(names), reasons, strict=True)
    return [
        replace(row, student=name, slug=slug, number=number, reasons=tuple(reason))
        for number, (row, name, slug, reason) in enumerate(parts)
    ]


def with_twins(rows: Sequence[Row]) -> list[Row]:
    """The rows with the students who handed in the same bytes, at most `MOST_TWINS` of them."""
    same: dict[str, list[str]] = {}
    for row in rows:
        if row.sha256 and len(known := same.setdefault(row.sha256, [])) <= MOST_TWINS:
            known.append(row.student)
    return [replace(row, same_as=others(same.get(row.sha256, []), row.student)) for row in rows]


def others(students: Sequence[str], student: str) -> tuple[str, ...]:
    return tuple(other for other in students if other != student)[:MOST_TWINS]
