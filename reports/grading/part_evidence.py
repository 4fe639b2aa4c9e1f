"""What is known about one part of one document, and what its steps mean for the marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...checks.run import Run, StepRecord
from ...checks.verdict import Outcome, Verdict
from .compare import SAME, Agreement, Found, is_deterministic
from .key import Key, Part
from .locate import Located, value_of
from .needs import free_names

Asked = Mapping[int, Found]  # by the index of the step whose value was compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one part of one document.

    `heads`: for a candidate how the left side from which it was reached stands to the value of the key.
    """

    run: Run
    part: Part
    key: Key
    located: Located
    answers: Asked
    milestones: Mapping[str, Asked]
    heads: Asked = field(default_factory=dict)

    def step(self, index: int) -> StepRecord:
        return self.run.steps[index]

    def found(self, index: int) -> Found:
        """How the value of a step agrees; SAME where nothing had to be asked."""
        if not value_of(self.step(index)):
            return Found(agreement=Agreement.OPEN, reason="the line of the answer could not be read")
        return self.answers.get(index, SAME)

    def answer(self) -> tuple[int | None, Found | None]:
        """The line of the answer and how it agrees.

        The line that names the quantity; else the last one that was reached from a left side of its value; else the
        last one that has the value itself.
        """
        if self.located.answer is not None:
            return self.located.answer, self.found(self.located.answer)
        for index in self.located.candidates:
            if index in self.heads and self.heads[index].agreement is Agreement.AGREES:
                return index, self.found(index)
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
