r"""Marks of one document: a pure function of its Run, the key, and how its answers agree with the key.

Two questions are never merged: does a step follow from the student's own line before (local), and does the value agree
with the key (global).

| the way to the answer          | the answer against the key | mark                                                  |
| ------------------------------ | -------------------------- | ----------------------------------------------------- |
| no wrong step                  | agrees                     | full                                                  |
| wrong steps of its own         | agrees                     | the answer stands; each wrong step takes `error`      |
| carries an earlier error alone | differs                    | method, and `follow_through` of the answer, capped    |
| no wrong step                  | differs                    | method, capped: other premises                        |
| wrong steps of its own         | differs                    | method, capped, less `error` for each                 |
| any                            | undecided, unread          | no loss, to a person (or as the key says)             |
| steps, but no answer found     | -                          | to a person                                           |
| nothing at all                 | -                          | 0                                                     |

Only a counterexample or a disproof takes marks; a statistical refutation goes to a person, unless the key says
otherwise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...checks.batch import Judged, Status
from ...checks.run import Run, StepRecord
from ...checks.verdict import Outcome, Verdict
from .compare import SAME, Agreement, Found, is_deterministic
from .follow import Cap, cap_of
from .forms import form_remark
from .key import Form, Key, Milestone, Part, Unresolved, points_text
from .locate import Located, value_of
from .marks import Cell, Mistake, PartMark, StudentMarks
from .needs import free_names

_CORRECTS = re.compile(r"should be|belongs here|is missing: ")
NOTHING = (Status.MISSING, Status.EMPTY)
Asked = Mapping[int, Found]  # by the index of the step whose value was compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one part of one document."""

    run: Run
    part: Part
    key: Key
    located: Located
    answers: Asked
    milestones: Mapping[str, Asked]

    def step(self, index: int) -> StepRecord:
        return self.run.steps[index]

    def found(self, index: int) -> Found:
        """How the value of a step agrees; SAME where nothing had to be asked."""
        if not value_of(self.step(index)):
            return Found(agreement=Agreement.OPEN, reason="the line of the answer could not be read")
        return self.answers.get(index, SAME)

    def answer(self) -> tuple[int | None, Found | None]:
        """The line of the answer and how it agrees: the named one, else the first candidate that agrees."""
        if self.located.answer is not None:
            return self.located.answer, self.found(self.located.answer)
        for index in self.located.candidates:
            if self.found(index).agreement is Agreement.AGREES:
                return index, self.found(index)
        return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of a part, sorted by what they mean for the marks."""

    own: tuple[StepRecord, ...]
    carried: tuple[StepRecord, ...]
    doubtful: tuple[StepRecord, ...]
    counted: int


def sorted_steps(evidence: Evidence, excused: int | None) -> Steps:
    """`excused`: the step of an answer that agrees within what the key allows (a rounded number)."""
    own: list[StepRecord] = []
    carried: list[StepRecord] = []
    doubtful: list[StepRecord] = []
    counted: set[str] = set()
    for index in evidence.located.steps:
        step = evidence.step(index)
        if step.outcome is Outcome.REFUTED and index != excused:
            certain = evidence.key.statistical_refutes or is_deterministic(step.verdict or Verdict())
            (carried if step.carried_from else own if certain else doubtful).append(step)
            if step.carried_from and counts(step):  # right from the student's own earlier line
                counted.add(step.understood)
        elif step.outcome in (Outcome.UNDECIDED, Outcome.UNREAD, Outcome.FAULT):
            doubtful.append(step)
        elif step.outcome is not None and counts(step):
            counted.add(step.understood)
    return Steps(own=tuple(own), carried=tuple(carried), doubtful=tuple(doubtful), counted=len(counted))


def counts(step: StepRecord) -> bool:
    """Whether a valid step is work: it uses the line before or a name. `1 = 1` is always right."""
    value = value_of(step)
    same = bool(value) and step.understood == f"{value} {step.relation} {value}"
    return not same and bool(step.follows_from or free_names(step.understood))


# -- one part ----------------------------------------------------------------------------------------------------------
def mark_part(evidence: Evidence) -> PartMark:
    """The mark of a part."""
    index, found = evidence.answer()
    rounded = index if found is not None and found.agreement is Agreement.AGREES and evidence.part.bound() else None
    steps = sorted_steps(evidence, rounded)
    mark = judged(evidence, steps, index, found)
    mark = with_milestones(mark, evidence)
    shown = evidence.key.show_corrections
    mistakes = tuple(mistake(step, evidence.part, shown) for step in steps.own)
    mark = replace(
        mark,
        review=(*mark.review, *(doubt(step) for step in steps.doubtful)),
        settled=mark.settled and not steps.doubtful,
        mistakes=mistakes,
        judged_with=tuple(dict.fromkeys(i for step in steps.carried for i in step.carried_from)),
        steps=tuple(evidence.step(i).id for i in evidence.located.steps),
        code="-".join([mark.cell.value, *(slip.kind or "unknown" for slip in mistakes)]),
    )
    return replace(mark, said=()) if evidence.part.hidden else mark


def judged(evidence: Evidence, steps: Steps, index: int | None, found: Found | None) -> PartMark:
    """The points for the answer and the way to it."""
    part = evidence.part
    base = PartMark(part=part.id, points=Fraction(0), worth=part.points, cell=Cell.ABSENT)
    if index is None or found is None:
        return not_found(base, evidence, steps)
    step = evidence.step(index)
    base = replace(base, answer=value_of(step), line=step.span.line, why=found.reason)
    method = max(Fraction(0), part.method - part.error * len(steps.own))
    if found.agreement is Agreement.AGREES:
        return agreeing(base, evidence, steps, method)
    if found.agreement is Agreement.DIFFERS or (
        found.agreement is Agreement.STATISTICAL and evidence.key.statistical_refutes
    ):
        return differing(base, evidence, steps, step, method)
    word = "by statistics alone" if found.agreement is Agreement.STATISTICAL else "not decided"
    reason = f"line {step.span.line}: the answer against the key: {word}: {found.reason}"
    return replace(
        base,
        points=unresolved(part, part.answer, method),
        cell=Cell.LOOK,
        settled=False,
        said=("The answer was not decided by the program; a person looks at it.",),
        review=(reason,),
    )


def unresolved(part: Part, answer: Fraction, method: Fraction) -> Fraction | None:
    """What a part is worth whose answer is not decided."""
    if part.unresolved is Unresolved.WAIT:
        return None
    return method + (answer if part.unresolved is Unresolved.FULL else 0)


def not_found(base: PartMark, evidence: Evidence, steps: Steps) -> PartMark:
    """No line states the answer: nothing was handed in, or a person has to look for it."""
    if not evidence.located.steps:
        return replace(base, said=("Nothing was found for this part.",))
    zero = evidence.part.unresolved is Unresolved.ZERO
    return replace(
        base,
        points=Fraction(0) if zero else None,
        cell=Cell.LOOK,
        settled=False,
        said=("The answer was not found among your lines; a person looks at it.",),
        review=("no line states this quantity, and none of the last lines equals it",),
    )


def agreeing(base: PartMark, evidence: Evidence, steps: Steps, method: Fraction) -> PartMark:
    part = evidence.part
    lost, remark = form_remark(part, base.answer)
    said = [remark] if remark else []
    if steps.own:
        said.insert(0, "The answer is right; a step on the way is not. Two errors may cancel.")
    points = max(Fraction(0), method + part.answer - lost)
    return replace(base, points=points, cell=Cell.SLIP if steps.own else Cell.RIGHT, said=tuple(said))


def differing(base: PartMark, evidence: Evidence, steps: Steps, step: StepRecord, method: Fraction) -> PartMark:
    """A wrong answer: what it follows from decides; the method is capped by what the part needed in the key."""
    part = evidence.part
    cap = cap_of(part.needs, base.answer, steps.counted)
    capped = min(method, part.method * cap.method)
    if steps.own:
        return replace(
            base, points=capped, cell=Cell.WRONG, said=(f"The answer is not right.{told(cap.method_reason)}",)
        )
    if steps.carried:
        given = part.answer * part.follow_through * cap.answer
        said = f"Right from your earlier lines, one of which is not.{told(cap.answer_reason or cap.method_reason)}"
        return replace(base, points=capped + given, cell=Cell.FOLLOWS, said=(said,))
    if part.form is Form.DECIMAL and step.outcome is not None and step.outcome.passes:
        said = f"The answer is not precise enough: {part.places} places are asked for."
        return replace(base, points=capped, cell=Cell.WRONG, said=(said,))
    return premises(base, step, capped, cap)


def premises(base: PartMark, step: StepRecord, capped: Fraction, cap: Cap) -> PartMark:
    """Differs although no step is wrong: other premises, or a line that only defines. A person may want to look."""
    reason = f"line {step.span.line}: the answer differs although no step is wrong: other premises?"
    return replace(
        base,
        points=capped,
        cell=Cell.WRONG,
        settled=False,
        said=(f"The answer is not right, although each step follows from the one before.{told(cap.method_reason)}",),
        review=(reason,),
    )


def told(reason: str) -> str:
    return f" {reason}" if reason else ""


# -- required steps ----------------------------------------------------------------------------------------------------
def with_milestones(mark: PartMark, evidence: Evidence) -> PartMark:
    """The mark with the points of the required steps."""
    if mark.cell is Cell.ABSENT:
        return replace(mark, milestones={m.id: Fraction(0) for m in evidence.part.milestones})
    for milestone in evidence.part.milestones:
        points, said, review = milestone_points(milestone, evidence)
        total = None if mark.points is None or points is None else mark.points + points
        mark = replace(
            mark,
            points=total,
            milestones={**mark.milestones, milestone.id: points},
            said=(*mark.said, *([said] if said else [])),
            review=(*mark.review, *([review] if review else [])),
            settled=mark.settled and not review,
        )
    return mark


def milestone_points(milestone: Milestone, evidence: Evidence) -> tuple[Fraction | None, str, str]:
    """Points of a required step, the sentence for the student, the reason for a person to look."""
    part, indices = evidence.part, evidence.located.milestones.get(milestone.id, ())
    asked = evidence.milestones.get(milestone.id, {})
    found = {i: asked.get(i, SAME) for i in indices}
    reached = next((i for i, f in found.items() if f.agreement is Agreement.AGREES), None)
    if reached is not None:
        step = evidence.step(reached)
        if step.outcome is Outcome.REFUTED and not step.carried_from:
            return Fraction(0), f"{milestone.title}: reached by a step that does not hold.", ""
        return milestone.points, "", ""
    open_ones = [i for i, f in found.items() if f.agreement in (Agreement.OPEN, Agreement.STATISTICAL)]
    named = milestone.id in evidence.located.named
    unread = any(evidence.step(i).outcome is Outcome.UNREAD for i in evidence.located.steps)
    if (open_ones and named) or (not named and unread):
        full = part.unresolved is not Unresolved.ZERO
        return (milestone.points if full else Fraction(0)), "", f"required step '{milestone.title}' was not decided"
    if named and all(evidence.step(i).carried_from for i in indices):
        return milestone.points * part.follow_through, f"{milestone.title}: right from your earlier lines.", ""
    word = "is not right" if named else "is missing"
    return Fraction(0), f"The required step '{milestone.title}' {word}.", ""


# -- sentences ---------------------------------------------------------------------------------------------------------
def mistake(step: StepRecord, part: Part, corrections: bool) -> Mistake:
    """A wrong step of its own, as the student is told: by the hint of the key for this kind, else by the diagnosis.

    What says how it should be is told only where the key shows corrections.
    """
    diagnosis = (step.verdict or Verdict()).diagnosis
    kind = diagnosis.kind if diagnosis else ""
    told = diagnosis.message if diagnosis else "The two sides differ."
    if not corrections and _CORRECTS.search(told):
        told = f"The two sides differ; a likely slip: {kind}."
    return Mistake(step=step.id, line=step.span.line, kind=kind, message=step.message, told=part.hints.get(kind, told))


def doubt(step: StepRecord) -> str:
    outcome = step.outcome.value if step.outcome else ""
    word = "refuted by statistics alone" if step.outcome is Outcome.REFUTED else outcome
    return f"line {step.span.line}: {word}: {step.message}"


# -- a student ---------------------------------------------------------------------------------------------------------
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


__all__ = ["Evidence", "mark_part", "mark_student", "points_text"]
