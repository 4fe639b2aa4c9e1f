r"""The page that a student gets back: the student's own document with verdicts in the margin, and the marks above it.

Nothing of the key is in it but what the student reached: no value of the key, no correction unless the key shows them,
and of a hidden part neither a verdict nor a sentence, nor a link that would tell of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...checks.run import Run, StepRecord
from ...checks.verdict import Diagnosis, Verdict
from ..html import page_of, rendered_page
from .exports import summary
from .gradebook import cell_of
from .key import Key, points_text
from .marks import GLYPHS, Cell, StudentMarks

TONES = {
    Cell.RIGHT: "proved",
    Cell.SLIP: "supported",
    Cell.FOLLOWS: "enclosed",
    Cell.WRONG: "refuted",
    Cell.ABSENT: "unread",
    Cell.LOOK: "undecided",
    Cell.PERSON: "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A row of the table of marks."""

    title: str
    points: str
    worth: str
    cell: str
    glyph: str
    tone: str
    line: int
    said: tuple[str, ...]
    mistakes: tuple[tuple[int, str], ...]
    comment: str


def feedback_page(key: Key, student: StudentMarks, run: Run | None) -> str:
    """The page of a student; a pure function of marks and Run."""
    page = None if run is None else page_of(for_student(run, key, student).as_dict())
    return rendered_page(
        "feedback.html.j2",
        title=key.title,
        name=student.name or student.student,
        summary=summary(key, student),
        rows=part_rows(key, student),
        reasons=student.reasons if run is None else (),
        late=student.late,
        page=page,
    )


def part_rows(key: Key, student: StudentMarks) -> list[PartRow]:
    return [
        PartRow(
            title=part.title,
            points="waits" if mark.points is None else cell_of(mark.points),
            worth=points_text(part.points),
            cell=mark.cell.value,
            glyph=GLYPHS[mark.cell],
            tone=TONES[mark.cell],
            line=mark.line,
            said=mark.said,
            mistakes=tuple((m.line, m.told) for m in mark.mistakes),
            comment=mark.comment,
        )
        for part, mark in zip(key.parts, student.parts, strict=True)
        if not part.hidden
    ]


def for_student(run: Run, key: Key, student: StudentMarks) -> Run:
    """The Run without what the student is not to see."""
    hidden = hidden_steps(key, student)
    told = {m.step: m.told for mark in student.parts for m in mark.mistakes}
    steps = tuple(shown_step(step, hidden, told, key.show_corrections) for step in run.steps)
    return replace(run, steps=steps, figures=(), experiments=(), findings=())


def hidden_steps(key: Key, student: StudentMarks) -> frozenset[str]:
    """The ids of the steps of hidden parts."""
    pairs = zip(key.parts, student.parts, strict=True)
    return frozenset(name for part, mark in pairs if part.hidden for name in mark.steps)


def shown_step(step: StepRecord, hidden: frozenset[str], told: Mapping[str, str], corrections: bool) -> StepRecord:
    """A step as its author may see it."""
    if step.id in hidden:
        return replace(step, verdict=None, unread="", warnings=(), follows_from=(), carried_from=())
    open_to_all = replace(
        step,
        follows_from=tuple(name for name in step.follows_from if name not in hidden),
        carried_from=tuple(name for name in step.carried_from if name not in hidden),
    )
    verdict = step.verdict or Verdict()
    if verdict.diagnosis is None or corrections:
        return open_to_all
    sentence = told.get(step.id, "")
    diagnosis = Diagnosis(kind=verdict.diagnosis.kind, message=sentence, correction="") if sentence else None
    return replace(open_to_all, verdict=replace(verdict, diagnosis=diagnosis))
