r"""Grading a class: judge, compare with the key, mark, write.

    submissions -> Runs (journal) -> questions -> agreements (journal) -> marks -> outputs

The two middle stages keep what they found by its content; the last two are pure, so an edited key costs only what it
asks anew.  One Run is in memory at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...checks.batch import Judged, read_results
from ...checks.run import Run
from ...checks.run_json import run_from
from .compare import SAME, Agreement, Found, Question, definitions, question, redefined
from .key import Key, Part, Target
from .locate import Located, head_of, locate, value_of
from .marking import mark_part
from .marks import Cell, PartMark, StudentMarks
from .needs import free_names
from .overrides import Override, overridden
from .part_evidence import Evidence
from .students import mark_student

See = Callable[[StudentMarks, Run | None, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked about one document: for each part and required step, by the line whose value is compared.

    None stands for a value that is written as in the key.  `heads`: where no line names the quantity, whether the left
    side from which a candidate was reached has the value of the key.
    """

    located: Mapping[str, Located]
    answers: Mapping[str, Mapping[int, Question | None]]
    heads: Mapping[str, Mapping[int, Question | None]]
    milestones: Mapping[str, Mapping[int, Question | None]]

    def questions(self) -> Iterator[Question]:
        for asked in (*self.answers.values(), *self.heads.values(), *self.milestones.values()):
            yield from (question for question in asked.values() if question is not None)


def asking(run: Run, key: Key, given: str) -> Asking:
    """The questions of a document: a pure function of its Run and the key."""
    located = locate(run, key, given)
    own = definitions(run, known_names(key, given))
    answers: dict[str, Mapping[int, Question | None]] = {}
    heads: dict[str, Mapping[int, Question | None]] = {}
    milestones: dict[str, Mapping[int, Question | None]] = {}

    def asked(where: Located, target: Target, indices: Iterable[int], bound: str) -> dict[int, Question | None]:
        values = {i: value_of(run.steps[i]) for i in indices}
        return {i: question(v, target.value, bound, given, own, where.renamed.get(i)) for i, v in values.items() if v}

    for part in key.parts:
        where = located[part.id]
        lines = where.candidates if where.answer is None else (where.answer,)
        answers[part.id] = asked(where, part.target, lines, part.bound())
        sides = {end: head_of(run.steps[first]) for end, first in where.heads.items()}
        heads[part.id] = {
            end: question(side, part.target.value, "", given, own, where.renamed.get(end))
            for end, side in sides.items()
            if side
        }
        for milestone in part.milestones:
            indices = where.milestones.get(milestone.id, ())
            milestones[milestone.id] = asked(where, milestone.target, indices, "")
    return Asking(located=located, answers=answers, heads=heads, milestones=milestones)


def known_names(key: Key, given: str) -> frozenset[str]:
    """The names that the key uses: a student's definition of one of these does not replace it."""
    targets = [*(part.target for part in key.parts), *(m.target for part in key.parts for m in part.milestones)]
    return frozenset(name for target in targets for name in free_names(target.value)) | declared(given)


def declared(given: str) -> frozenset[str]:
    """The names that stand on the left in a `twofold` table."""
    return frozenset(
        line.partition("=")[0].strip().strip('"') for line in given.splitlines() if "=" in line and line[:1] != "["
    )


def given_of(key: Key, student: str) -> str | None:
    """What the submission of a student is read under; None for one without a variant where all have one."""
    if not key.variants:
        return key.given
    return key.given_for.get(student)


def questions_of(judged: Judged, key: Key) -> list[Question]:
    """Everything that has to be asked about a submission."""
    run, given = judged.run(), given_of(key, judged.student)
    return [] if run is None or given is None else list(asking(run, key, given).questions())


def marks_of(judged: Judged, run: Run | None, key: Key, answers: Mapping[str, Found]) -> StudentMarks:
    """The marks of a submission: a pure function of its Run, the key and the answers."""
    given = given_of(key, judged.student)
    if run is None:
        return mark_student(judged, key, None)
    if given is None:
        without = replace(judged, reasons=("the table of variants has no row for this student",))
        return mark_student(without, key, None)
    asked = asking(run, key, given)
    known = known_names(key, given)
    return mark_student(judged, key, [mark_one(part, run, key, asked, answers, known) for part in key.parts], run)


def mark_one(
    part: Part, run: Run, key: Key, asked: Asking, answers: Mapping[str, Found], known: frozenset[str]
) -> PartMark:
    def certain(text: str, found: Found) -> Found:
        """Neither answer proves anything where the student means something else by a name."""
        name = redefined(run, text, known) if found.agreement in (Agreement.DIFFERS, Agreement.AGREES) else ""
        reason = f"it uses {name}, which the document defines itself; {found.reason}"
        return Found(agreement=Agreement.OPEN, reason=reason) if name else found

    def answer(question: Question | None) -> Found:
        return SAME if question is None else answers[question.id]

    def found(questions: Mapping[int, Question | None]) -> dict[int, Found]:
        return {i: certain(value_of(run.steps[i]), answer(q)) for i, q in questions.items()}

    where = asked.located[part.id]
    sides = {i: head_of(run.steps[where.heads[i]]) for i in asked.heads[part.id]}
    return mark_part(
        Evidence(
            run=run,
            part=part,
            key=key,
            located=where,
            answers=found(asked.answers[part.id]),
            heads={i: certain(sides[i], answer(q)) for i, q in asked.heads[part.id].items()},
            milestones={m.id: found(asked.milestones[m.id]) for m in part.milestones},
        )
    )


def mark_all(
    results: Path, key: Key, answers: Mapping[str, Found], overrides: Sequence[Override], see: See
) -> list[StudentMarks]:
    """The marks of every record of a results file; `see` is shown each with its run, and then the run is let go."""
    found = []
    for judged in read_results(results):
        data = {} if judged.run_json is None else json.loads(judged.run_json)
        run = run_from(data) if data else None
        marks = overridden(marks_of(judged, run, key, answers), overrides)
        see(marks, run, data)
        found.append(marks)
    return found


__all__ = ["Cell", "asking", "mark_all", "marks_of", "questions_of"]
