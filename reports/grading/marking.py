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
from dataclasses import replace
from fractions import Fraction

from ...checks.run import StepRecord
from ...checks.verdict import Outcome, Verdict
from .compare import Agreement, Found, is_deterministic
from .fingerprints import fingerprint
from .follow import Cap, cap_of
from .forms import form_remark
from .key import Form, Part, Unresolved
from .locate import value_of
from .marks import Cell, Mistake, PartMark
from .part_evidence import Evidence, Steps, sorted_steps
from .quantities import renamed
from .required import with_milestones

_CORRECTS = re.compile(r"should be|belongs here|is missing: ")


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
    group = fingerprint(renamed(value_of(step), evidence.located.renamed.get(index, {})))
    base = replace(base, answer=value_of(step), group=group, line=step.span.line, why=found.reason)
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
        points=unresolved(part, base.answer, method, steps.counted),
        cell=Cell.LOOK,
        settled=False,
        said=("The answer was not decided by the program; a person looks at it.",),
        review=(reason,),
    )


def unresolved(part: Part, value: str, method: Fraction, counted: int) -> Fraction | None:
    """What a part is worth whose answer is not decided: with `zero`, what a wrong answer would be worth."""
    if part.unresolved is Unresolved.WAIT:
        return None
    if part.unresolved is Unresolved.ZERO:
        return min(method, part.method * cap_of(part.needs, value, counted).method)
    return method + part.answer


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
    if step.outcome is Outcome.REFUTED and not is_deterministic(step.verdict or Verdict()):
        outcome = "refuted by statistics alone"
    return f"line {step.span.line}: {outcome}: {step.message}"
