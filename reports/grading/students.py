"""The marks of a student: those of the parts, or of nobody where there is no document that could be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from ...checks.batch import Judged, Status
from ...checks.run import Run
from ...checks.verdict import Outcome
from .key import Key, Part, Unresolved
from .marking import doubt
from .marks import Cell, PartMark, StudentMarks

NOTHING = (Status.MISSING, Status.EMPTY)


def mark_student(judged: Judged, key: Key, marks: Sequence[PartMark] | None, run: Run | None = None) -> StudentMarks:
    """The marks of a student; without a run (`marks` is None) a person decides, nothing counts as zero by itself."""
    if marks is None:
        marks = [without_run(part, judged) for part in key.parts]
    return StudentMarks(
        student=judged.student,
        name=judged.name,
        slug=judged.slug,
        status=judged.status.value,
        parts=tuple(marks),
        ids=dict(judged.ids),
        late=judged.late,
        keeps=key.late if judged.late else Fraction(1),
        reasons=judged.reasons,
        same_as=judged.same_as,
        stray=() if run is None else strays(run, marks),
        has_run=run is not None,
        verdicts={} if run is None else counted(run),
    )


def counted(run: Run) -> dict[str, int]:
    """How many steps have each outcome, in the order of the outcomes."""
    found = Counter(step.outcome for step in run.steps)
    return {word.value: found[word] for word in Outcome if found[word]}


def without_run(part: Part, judged: Judged) -> PartMark:
    reason = "; ".join(judged.reasons) or "there is nothing to judge"
    zero = part.unresolved is Unresolved.ZERO
    said = (
        "Nothing was handed in." if judged.status in NOTHING else "Your submission could not be judged by the program."
    )
    return PartMark(
        part=part.id,
        points=Fraction(0) if zero else None,
        worth=part.points,
        cell=Cell.ABSENT if judged.status in NOTHING else Cell.LOOK,
        settled=judged.status in NOTHING and zero,
        said=() if part.hidden else (said,),
        review=(f"{judged.status.value}: {reason}",),
        code=judged.status.value,
    )


def strays(run: Run, marks: Sequence[PartMark]) -> tuple[str, ...]:
    """Steps outside of every part that are wrong or were not understood."""
    owned = {name for mark in marks for name in mark.steps}
    left = [step for step in run.steps if step.id not in owned]
    return tuple(
        f"outside of every part, {doubt(step)}"
        for step in left
        if step.outcome in (Outcome.UNREAD, Outcome.FAULT)
        or (step.outcome is Outcome.REFUTED and not step.carried_from)
    )
