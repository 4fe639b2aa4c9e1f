r"""The page that a student gets back: the student's own document with verdicts in the margin, and the marks above it.

Nothing of the key is in it but what the student reached: no value of the key, no correction unless the key shows them,
and of a hidden part neither a verdict nor a sentence, nor a link that would tell of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...checks.run import Run, StepRecord
from ..html import page_of, rendered_page
from .exports import summary
from .gradebook import cell_of
from .key import Key, points_text
from .locate import Naming
from .marks import GLYPHS, Cell, StudentMarks
from .quantities import fixed_names

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


def feedback_page(key: Key, student: StudentMarks, run: Run | None, data: Mapping[str, Any]) -> str:
    """The page of a student; a pure function of marks and Run (`data`: the same Run as JSON)."""
    page = None if run is None else page_of(for_student(run, data, key, student))
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


def for_student(run: Run, data: Mapping[str, Any], key: Key, student: StudentMarks) -> dict[str, Any]:
    """The Run, as JSON, without what the student is not to see."""
    hidden = hidden_steps(key, student)
    told = {m.step: m.told for mark in student.parts for m in mark.mistakes}
    steps = []
    naming = Naming(run.steps, range(len(run.steps)), fixed_names(key.given))
    answers = {mark.line for mark in student.parts if mark.line}
    for step, written in zip(run.steps, data["steps"], strict=True):
        evidence = key.show_corrections or not (tells(step, key, naming) or step.span.line in answers)
        steps.append(veiled(written) if step.id in hidden else as_told(written, told, hidden, evidence))
    if not key.show_corrections:
        steps = [without_correction(step, told) for step in steps]
    return {**data, "steps": steps, "figures": [], "experiments": [], "findings": [], "derivations": []}


def hidden_steps(key: Key, student: StudentMarks) -> frozenset[str]:
    """The ids of the steps of hidden parts."""
    pairs = zip(key.parts, student.parts, strict=True)
    return frozenset(name for part, mark in pairs if part.hidden for name in mark.steps)


def tells(step: StepRecord, key: Key, naming: Naming) -> bool:
    """Whether the evidence against a step holds a value of the key: its left side is a quantity that is asked for."""
    targets = [part.target for part in key.parts] + [m.target for part in key.parts for m in part.milestones]
    return bool(step.carried_from) or any(naming.of_step(step, target) is not None for target in targets)


def veiled(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step of a hidden part: the author's line and nothing else."""
    bare = {"outcome": None, "message": "", "diagnosis": None, "conclusion_stands": None}
    lists = ("conditions", "warnings", "readings", "evidence", "follows_from", "carried_from")
    return {**step, **bare, **{name: [] for name in lists}}


def as_told(step: Mapping[str, Any], told: Mapping[str, str], hidden: frozenset[str], evidence: bool) -> dict[str, Any]:
    """A step as its author may see it; without `evidence` a refuted one says only that the sides differ."""
    found = {**step, **{name: [i for i in step[name] if i not in hidden] for name in ("follows_from", "carried_from")}}
    if step["outcome"] == "refuted" and not evidence:
        found |= {"evidence": [], "readings": [], "message": told.get(step["id"], "The two sides differ.")}
    return found


def without_correction(step: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    """A step without what it should have been: its diagnosis is the sentence that the student is told, or none."""
    if step["diagnosis"] is None:
        return dict(step)
    message = told.get(step["id"], "")
    diagnosis = {**step["diagnosis"], "message": message, "correction": ""} if message else None
    return {**step, "diagnosis": diagnosis, "message": message or "The two sides differ."}
