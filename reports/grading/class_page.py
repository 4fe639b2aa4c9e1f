r"""`index.html`: the class at a glance.  What needs a person comes first; then the matrix, hard parts and clusters.

One cell per part, in the order of the class; no script.  A pure function of the marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..headline import counted
from ..html import rendered_page
from .feedback import TONES
from .gradebook import cell_of
from .key import Key, Part, points_text
from .marks import GLYPHS, Cell, PartMark, StudentMarks

SMALLEST_CLUSTER = 2
LINE = re.compile(r"(?<=: )line (?P<line>\d+): ")
MEANINGS = (
    (Cell.RIGHT, "the answer agrees with the key and no step is wrong"),
    (Cell.SLIP, "the answer agrees; a step on the way is wrong"),
    (Cell.FOLLOWS, "a wrong answer that follows from an earlier error alone"),
    (Cell.WRONG, "the answer differs from the key"),
    (Cell.ABSENT, "nothing was handed in for this part"),
    (Cell.LOOK, "a person has to look"),
    (Cell.PERSON, "set by a person"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One cell of the matrix."""

    glyph: str
    tone: str
    points: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentView:
    """One row of the matrix."""

    student: str
    name: str
    href: str
    status: str
    late: bool
    total: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """How the class did in one part."""

    title: str
    share: str
    counts: tuple[tuple[str, str, int], ...]
    hardest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One reason why a person should look, and whose work it is: name, page and line of each."""

    reason: str
    students: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One wrong answer that several students gave, or one mistake that several made."""

    part: str
    what: str
    students: tuple[tuple[str, str], ...]


def class_page(key: Key, marks: Sequence[StudentMarks], notes: Sequence[str]) -> str:
    """The page of the class."""
    copies = [(s.student, href(s), ", ".join(s.same_as)) for s in marks if s.same_as]
    comments = [
        (s.student, href(s), part.part, cell_of(part.points), part.comment)
        for s in marks
        for part in s.parts
        if part.cell is Cell.PERSON
    ]
    return rendered_page(
        "class.html.j2",
        title=key.title,
        headline=headline(marks),
        waiting=waiting(marks),
        parts=[(part.id, part.title, points_text(part.points)) for part in key.parts],
        maximum=points_text(key.points),
        students=[student_view(key, s) for s in marks],
        meanings=[(GLYPHS[cell], TONES[cell], cell.value, text) for cell, text in MEANINGS],
        statistics=statistics(key, marks),
        answers=clusters(key, marks, answers_of),
        slips=clusters(key, marks, slips_of),
        copies=copies,
        comments=comments,
        notes=list(notes),
    )


def waiting(marks: Sequence[StudentMarks]) -> list[Waiting]:
    """The reasons why a person should look, each once with all its students: those that settle most come first."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for student in marks:
        for told in student.review:
            line = LINE.search(told)
            reason = told if line is None else told[: line.start()] + told[line.end() :]
            place = "" if line is None else f" line {line['line']}"
            found.setdefault(reason, []).append((student.student, href(student), place))
    groups = [Waiting(reason=reason, students=tuple(who)) for reason, who in found.items()]
    return sorted(groups, key=lambda group: -len({student for student, _, _ in group.students}))


def headline(marks: Sequence[StudentMarks]) -> str:
    """`6 submissions: 4 settled, 2 need a person.`"""
    settled = sum(1 for s in marks if s.settled)
    rest = len(marks) - settled
    need = f", {rest} {'needs' if rest == 1 else 'need'} a person" if rest else ""
    return f"{counted(len(marks), 'submission')}: {settled} settled{need}."


def href(student: StudentMarks) -> str:
    return f"feedback/{student.slug}.html"


def student_view(key: Key, student: StudentMarks) -> StudentView:
    return StudentView(
        student=student.student,
        name=student.name,
        href=href(student),
        status=student.status,
        late=student.late,
        total=cell_of(student.points) or f"{points_text(student.so_far)} so far",
        cells=tuple(cell_view(part, mark) for part, mark in zip(key.parts, student.parts, strict=True)),
    )


def cell_view(part: Part, mark: PartMark) -> CellView:
    points = "waits" if mark.points is None else f"{cell_of(mark.points)} of {points_text(mark.worth)}"
    return CellView(
        glyph=GLYPHS[mark.cell],
        tone=TONES[mark.cell],
        points=cell_of(mark.points) or "waits",
        title=f"{part.title}: {mark.cell.value}, {points}",
    )


# -- statistics --------------------------------------------------------------------------------------------------------
def statistics(key: Key, marks: Sequence[StudentMarks]) -> list[PartView]:
    """Per part: the mean share of the points over those who have some, and how often each cell occurs."""
    shares = {part.id: mean_share(part, marks) for part in key.parts}
    known = [share for share in shares.values() if share is not None]
    lowest = min(known, default=None)
    return [
        PartView(
            title=part.title,
            share="-" if shares[part.id] is None else f"{round(100 * float(shares[part.id] or 0))} %",
            counts=tuple(
                (GLYPHS[cell], TONES[cell], count)
                for cell in Cell
                if (count := sum(1 for m in of_part(part, marks) if m.cell is cell))
            ),
            hardest=lowest is not None and lowest < 1 and shares[part.id] == lowest,
        )
        for part in key.parts
    ]


def of_part(part: Part, marks: Sequence[StudentMarks]) -> list[PartMark]:
    return [mark for student in marks for mark in student.parts if mark.part == part.id]


def mean_share(part: Part, marks: Sequence[StudentMarks]) -> Fraction | None:
    found = [mark.points / mark.worth for mark in of_part(part, marks) if mark.points is not None and mark.worth]
    return sum(found, Fraction(0)) / len(found) if found else None


def answers_of(mark: PartMark) -> list[tuple[str, str]]:
    """A wrong answer: what equal ones share, and the text."""
    return [(mark.group or mark.answer, mark.answer)] if mark.cell in (Cell.WRONG, Cell.FOLLOWS) and mark.answer else []


def slips_of(mark: PartMark) -> list[tuple[str, str]]:
    return [(kind, kind) for kind in dict.fromkeys(m.kind for m in mark.mistakes if m.kind)]


def clusters(
    key: Key, marks: Sequence[StudentMarks], told: Callable[[PartMark], list[tuple[str, str]]]
) -> list[Cluster]:
    """What several students share, the most frequent first; of several notations the shortest is shown."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    texts: dict[tuple[str, str], str] = {}
    titles = {part.id: part.title for part in key.parts}
    for student in marks:
        for mark in student.parts:
            for group, text in told(mark):
                place = titles[mark.part], group
                found.setdefault(place, []).append((student.student, href(student)))
                texts[place] = min(texts.get(place, text), text, key=lambda shown: (len(shown), shown))
    large = [(texts[place], place[0], who) for place, who in found.items() if len(who) >= SMALLEST_CLUSTER]
    large.sort(key=lambda item: (-len(item[2]), item[1], item[0]))
    return [Cluster(part=part, what=what, students=tuple(who)) for what, part, who in large]
