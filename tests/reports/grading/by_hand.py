"""Runs, keys and marks written by hand: what the tests of grading need without judging anything."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from twofold.checks.batch import Judged, Status
from twofold.checks.evidence import Counterexample, Enclosure, Obstacle, StatisticalTest
from twofold.checks.run import Run, SpanRecord, StepRecord
from twofold.checks.verdict import Diagnosis, Verdict
from twofold.reports.grading.key import Key, Needs, Part, Target
from twofold.reports.grading.marks import Cell, Mistake, PartMark, StudentMarks

HOLDS = Verdict(
    evidence=(
        Enclosure(
            method="balls", residual="[0 +/- 1e-30]", radius=1e-30, bits=128, covers="constant", tried=1, caught=1
        ),
    )
)
OPEN = Verdict(evidence=(Obstacle(method="prover", reason="limit: time"),))


def differs(kind: str = "", message: str = "", correction: str = "") -> Verdict:
    """A refutation at a point, with a diagnosis where it has a kind."""
    point = Counterexample(method="balls", point={"x": "1"}, lhs="2", rhs="3", difference="-1", bits=128)
    return Verdict(
        evidence=(point,), diagnosis=Diagnosis(kind=kind, message=message, correction=correction) if kind else None
    )


def by_chance() -> Verdict:
    """A refutation by statistics alone."""
    test = StatisticalTest(
        method="mean of draws",
        statistic=9.0,
        null_law="normal",
        p_value=1e-19,
        alpha=1e-7,
        power=0.99,
        at_effect="0.1",
        n=1000,
        seed=1,
        p_second=1e-19,
        alpha_second=1e-3,
        seed_second=2,
    )
    return Verdict(evidence=(test,))


def step(line: int, lhs: str, rhs: str, verdict: Verdict | None = HOLDS, **rest: Any) -> StepRecord:
    """A link alone on its line; `after=n` puts it in a chain behind the link of that column."""
    column = rest.pop("column", 10)
    chained = rest.pop("chained", False)
    left = SpanRecord(line=line, column=1, end_line=line, end_column=column - 1)
    if chained:
        left = SpanRecord(line=line, column=column - 9, end_line=line, end_column=column)
    return StepRecord(
        id=rest.pop("id", f"s{line}-{column}"),
        kind=rest.pop("kind", "claim"),
        claim_kind="equality",
        relation="=",
        span=SpanRecord(line=line, column=column, end_line=line, end_column=column + 10),
        lhs_span=left,
        tex=f"{lhs} = {rhs}",
        lhs=lhs,
        rhs=rhs,
        understood=rest.pop("understood", f"{lhs} = {rhs}"),
        verdict=verdict,
        **rest,
    )


def chain(line: int, *sides: str, verdicts: tuple[Verdict, ...] = ()) -> list[StepRecord]:
    """`a = b = c` on one line."""
    found = []
    for k, (lhs, rhs) in enumerate(itertools.pairwise(sides)):
        verdict = verdicts[k] if k < len(verdicts) else HOLDS
        found.append(step(line, lhs, rhs, verdict, column=10 * (k + 1), chained=k > 0, follows_from=("x",) * (k > 0)))
    return found


def run(steps: list[StepRecord], text: str = "text\n", name: str = "ada.md") -> Run:
    return Run(source={"name": name, "sha256": "0", "text": text}, title="A", steps=tuple(steps))


def part(name: str = "1", **rest: Any) -> Part:
    """Four points: two for the answer, two for the method, one for each error."""
    values = {
        "title": f"Part {name}",
        "points": Fraction(4),
        "target": Target(names=("Q",), value="f(x)*[[1, 2], [3, 4]]"),
        "answer": Fraction(2),
        "error": Fraction(1),
        "needs": Needs(steps=2, names=("x",), shape="2x2", size=7),
    }
    return Part(id=name, **{**values, **rest})


def key(*parts: Part, **rest: Any) -> Key:
    return Key(title=rest.pop("title", "Homework"), parts=parts or (part(),), **rest)


def judged(student: str = "ada", status: Status = Status.GRADED, **rest: Any) -> Judged:
    return Judged(student=student, slug=rest.pop("slug", student), number=0, class_size=1, status=status, **rest)


def marked(student: str = "ada", *marks: PartMark, **rest: Any) -> StudentMarks:
    """The marks of a student; without any one part with full marks and one mistake."""
    mistake = Mistake(step="s", line=3, kind="sign", message="in full", told="as told")
    one = PartMark(
        part="1",
        points=Fraction(5, 2),
        worth=Fraction(4),
        cell=Cell.WRONG,
        said=("The answer is not right.",),
        mistakes=(mistake,),
        answer="1/4",
        line=3,
    )
    values = {"name": "", "slug": "ada", "status": "graded"}
    return StudentMarks(student=student, parts=marks or (one,), **{**values, **rest})
