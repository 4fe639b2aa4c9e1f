"""Results for course systems, one student at a time: Gradescope, PrairieLearn; and JUnit for the class.

What students may read stands apart from what only the instructor sees.  A part that waits for a person has no score of
its own; its points are not in the total, and the text says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..escape import visible, xml
from .key import Key, Part, points_text
from .marks import Cell, PartMark, StudentMarks

LARGEST = 1_000_000  # bytes that PrairieLearn takes
LONGEST = 2_000  # characters of one message
WAITS = "A person decides about this part."


def number(points: Fraction) -> float | int:
    """Points as JSON: at most two decimals."""
    value = round(float(points), 2)
    return int(value) if value == int(value) else value


def sentences(mark: PartMark) -> str:
    """What a student reads about a part."""
    told = [*mark.said, *(f"Line {m.line}: {m.told}" for m in mark.mistakes)]
    if mark.comment:
        told.append(f"From your instructor: {mark.comment}")
    if mark.points is None:
        told.append(WAITS)
    return visible("\n".join(told), keep="\n")[:LONGEST]


def summary(key: Key, student: StudentMarks) -> str:
    """The first line that a student reads: of the parts that are not hidden."""
    shown = [mark for part, mark in zip(key.parts, student.parts, strict=True) if not part.hidden]
    waiting = sum(1 for mark in shown if mark.points is None)
    reached = student.keeps * sum((mark.points for mark in shown if mark.points is not None), Fraction(0))
    worth = sum((mark.worth for mark in shown), Fraction(0))
    late = f" Late: {points_text(student.keeps * 100)} % of the points are kept." if student.keeps != 1 else ""
    rest = f" {waiting} of {len(shown)} parts wait for a person." if waiting else ""
    return f"{points_text(reached)} of {points_text(worth)} points.{rest}{late}"


# -- Gradescope --------------------------------------------------------------------------------------------------------
def gradescope(key: Key, student: StudentMarks) -> dict[str, Any]:
    """`results.json` of a Gradescope autograder."""
    tests = [
        gradescope_test(part, mark, n) for n, (part, mark) in enumerate(zip(key.parts, student.parts, strict=True), 1)
    ]
    if not student.has_run:
        reasons = "; ".join((*student.reasons, *student.stray)) or student.status
        tests.insert(0, {"name": "Autograder Failed", "output": "A person looks at your submission.", **VISIBLE})
        tests.insert(1, {"name": "Why", "output": visible(f"{student.status}: {reasons}")[:LONGEST], **HIDDEN})
    if student.review:
        tests.append({"name": "For a person", "output": visible("\n".join(student.review), keep="\n"), **HIDDEN})
    return {
        "score": number(student.so_far),
        "output": summary(key, student),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"settled": student.settled, "status": student.status},
        "tests": tests,
    }


VISIBLE = {"visibility": "visible"}
HIDDEN = {"visibility": "hidden"}


def gradescope_test(part: Part, mark: PartMark, n: int) -> dict[str, Any]:
    found: dict[str, Any] = {"name": visible(part.title), "number": str(n), "max_score": number(part.points)}
    if mark.points is not None:
        found["score"] = number(mark.points)
        found["status"] = "passed" if mark.points >= mark.worth else "failed"
    return found | {
        "output": sentences(mark),
        "output_format": "text",
        "tags": [mark.cell.value],
        "visibility": "hidden" if part.hidden else "visible",
        "extra_data": {"code": mark.code},
    }


# -- PrairieLearn ------------------------------------------------------------------------------------------------------
def prairielearn(key: Key, student: StudentMarks) -> dict[str, Any]:
    """`results.json` of a PrairieLearn external grader; a submission that could not be judged is not gradable."""
    if not student.has_run:
        reason = visible("; ".join(student.reasons) or student.status)[:LONGEST]
        return {"gradable": False, "format_errors": [f"{student.status}: {reason}"], "message": "A person looks at it."}
    pairs = [(p, m) for p, m in zip(key.parts, student.parts, strict=True) if not p.hidden]
    share = student.so_far / key.points if key.points else Fraction(0)
    found = {
        "gradable": True,
        "score": min(1.0, max(0.0, float(share))),
        "message": summary(key, student),
        "tests": [
            {
                "name": visible(part.title),
                "description": part.id,
                "points": number(mark.points or Fraction(0)),
                "max_points": number(part.points),
                "message": sentences(mark),
            }
            for part, mark in pairs
        ],
    }
    return found if len(json.dumps(found)) < LARGEST else {**found, "tests": [], "output": "too many parts to list"}


# -- JUnit -------------------------------------------------------------------------------------------------------------
ELEMENTS = {
    Cell.WRONG: "failure",
    Cell.ABSENT: "failure",
    Cell.LOOK: "skipped",
    Cell.SLIP: "failure",
    Cell.FOLLOWS: "failure",
}


def junit(key: Key, marks: Sequence[StudentMarks]) -> str:
    """A suite per student, a case per part; points as properties of the suite."""
    counts = [count for student in marks for count in [tally(student)]]
    totals = {name: sum(count[name] for count in counts) for name in ("tests", "failures", "errors", "skipped")}
    head = " ".join(f'{name}="{totals[name]}"' for name in ("tests", "failures", "errors"))
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites name="{xml(key.title)}" {head}>']
    for student in marks:
        lines.extend(suite(key, student))
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def tally(student: StudentMarks) -> dict[str, int]:
    found = [ELEMENTS.get(part.cell) for part in student.parts]
    return {
        "tests": len(found),
        "failures": found.count("failure"),
        "errors": 0,
        "skipped": found.count("skipped"),
    }


def suite(key: Key, student: StudentMarks) -> Iterator[str]:
    numbers = " ".join(f'{name}="{count}"' for name, count in tally(student).items())
    yield f'  <testsuite name="{xml(student.student)}" {numbers}>'
    values = {
        "points": points_text(student.so_far),
        "max": points_text(key.points),
        "status": student.status,
        "settled": "yes" if student.settled else "no",
    }
    properties = "".join(f'<property name="{name}" value="{xml(value)}"/>' for name, value in values.items())
    yield f"    <properties>{properties}</properties>"
    for part, mark in zip(key.parts, student.parts, strict=True):
        element = ELEMENTS.get(mark.cell)
        head = f'    <testcase classname="{xml(student.student)}" name="{xml(part.id)}"'
        if element is None:
            yield f"{head}/>"
            continue
        said = "; ".join((*mark.review, *(f"line {m.line}: {m.message}" for m in mark.mistakes), mark.why))
        kind = f' type="{xml(mark.cell.value)}"' if element == "failure" else ""
        yield f'{head}><{element}{kind} message="{xml(said[:LONGEST])}"/></testcase>'
    yield "  </testsuite>"
