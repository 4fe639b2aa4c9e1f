"""Required steps: quantities that must be reached by steps that hold, each with points of its own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ...checks.verdict import Outcome
from .compare import SAME, Agreement
from .key import Milestone, Unresolved
from .marks import Cell, PartMark
from .part_evidence import Evidence


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
