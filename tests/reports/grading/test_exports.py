"""Every export has exactly the keys that the course system reads, and no name or formula acts in any of them."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction

import pytest
from by_hand import key, marked, part

from twofold.reports.escape import csv_cell
from twofold.reports.grading.exports import gradescope, junit, prairielearn
from twofold.reports.grading.gradebook import canvas, gradebook
from twofold.reports.grading.marks import Cell, StudentMarks
from twofold.reports.grading.worksheet import WorksheetError, filled

FORMULAS = ("=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "a\n=1", " =1", "\uff1d1", "|x", '=HYPERLINK("x")')
HOSTILE = (
    "<script>alert(1)</script>",
    "]]></testsuite>",
    "\x1b[2J",
    "\u202eabc",
    "::error::x",
    'a,b;c"d',
    "\x00\ufffe",
)

# What Gradescope and PrairieLearn document; a key that is none of these is ignored or refused.
TOP = {
    "score",
    "execution_time",
    "output",
    "output_format",
    "test_output_format",
    "test_name_format",
    "visibility",
    "stdout_visibility",
    "extra_data",
    "tests",
    "leaderboard",
}
TEST = {
    "score",
    "max_score",
    "status",
    "name",
    "name_format",
    "number",
    "output",
    "output_format",
    "tags",
    "visibility",
    "extra_data",
}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
SEEN = {"visible", "hidden", "after_due_date", "after_published"}
PRAIRIE = {"gradable", "score", "format_errors", "message", "output", "images", "tests"}
PRAIRIE_TEST = {"name", "description", "points", "max_points", "message", "output", "images"}


def waits() -> StudentMarks:
    mark = marked().parts[0]
    return marked("ada", replace(mark, points=None, cell=Cell.LOOK, settled=False, review=("line 3: unread",)))


def students() -> list[StudentMarks]:
    """One with points, one who waits, one whose submission could not be judged."""
    lost = replace(waits(), student="eve", slug="eve", has_run=False, status="crashed", reasons=("signal 11",))
    return [marked(), waits(), lost]


@pytest.mark.parametrize("student", students())
def test_gradescope_has_the_documented_keys(student: StudentMarks) -> None:
    """A score on top, since a part that waits has none; the number of a test is a text."""
    found = json.loads(json.dumps(gradescope(key(), student), allow_nan=False))
    assert set(found) <= TOP
    assert isinstance(found["score"], int | float)
    assert found["output_format"] in FORMATS
    assert found["visibility"] in SEEN
    for test in found["tests"]:
        assert set(test) <= TEST
        assert test["visibility"] in SEEN
        assert test.get("status", "passed") in ("passed", "failed")
        assert isinstance(test.get("number", "1"), str)
        assert ("score" in test) == ("status" in test)


def test_gradescope_tells_a_failed_run_from_a_wrong_answer() -> None:
    """A visible row says that it failed; the reason is for the instructor alone; no part is failed by it."""
    found = gradescope(key(), students()[2])
    shown = [test for test in found["tests"] if test["visibility"] == "visible"]
    assert shown[0]["name"] == "Autograder Failed"
    assert "signal 11" not in json.dumps(shown)
    assert any("signal 11" in test["output"] for test in found["tests"] if test["visibility"] == "hidden")
    assert all(test.get("status") != "failed" for test in found["tests"])


def test_gradescope_keeps_what_the_instructor_reads_hidden() -> None:
    found = gradescope(key(), waits())
    assert "line 3: unread" not in json.dumps([t for t in found["tests"] if t["visibility"] == "visible"])
    assert "line 3: unread" in json.dumps([t for t in found["tests"] if t["visibility"] == "hidden"])


def test_gradescope_hides_a_hidden_part() -> None:
    found = gradescope(key(part(hidden=True)), marked())
    assert [test["visibility"] for test in found["tests"]] == ["hidden"]


@pytest.mark.parametrize("student", students())
def test_prairielearn_has_the_documented_keys(student: StudentMarks) -> None:
    """A score from 0 to 1 where it is gradable, points on all tests, less than a megabyte."""
    found = json.loads(json.dumps(prairielearn(key(), student), allow_nan=False))
    assert set(found) <= PRAIRIE
    assert isinstance(found["gradable"], bool)
    if found["gradable"]:
        assert 0 <= found["score"] <= 1
    tests = found.get("tests", [])
    assert all(set(test) <= PRAIRIE_TEST for test in tests)
    assert len({("points" in test, "max_points" in test) for test in tests}) <= 1


def test_prairielearn_stays_under_its_limit() -> None:
    """However many parts there are."""
    parts = tuple(part(str(n), title="x" * 500) for n in range(3000))
    marks = tuple(replace(marked().parts[0], part=str(n)) for n in range(3000))
    assert len(json.dumps(prairielearn(key(*parts), marked("ada", *marks)))) < 1_000_000


def test_junit_is_xml_with_the_counts_that_are_in_it() -> None:
    """Whatever the names hold; what waits is skipped and never passed."""
    named = [replace(student, student=name) for name, student in zip(HOSTILE, students() * 3, strict=False)]
    root = ET.fromstring(junit(key(title=HOSTILE[0]), named))
    assert root.tag == "testsuites"
    for suite in root:
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == sum(1 for _ in suite.iter(tag))
        assert {"name", "tests", "failures", "errors"} <= set(suite.attrib)
    waiting = ET.fromstring(junit(key(), [waits()]))
    assert [child.tag for child in waiting.iter("testcase") for child in child] == ["skipped"]
    assert int(root.attrib["tests"]) == len(named)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_the_gradebook_has_a_row_for_everybody() -> None:
    """The total is empty while a person has to decide, and the points so far are there."""
    header, *lines = rows(gradebook(key(), students()))
    found = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["total"] for row in found] == ["2.5", "", ""]
    assert [row["needs_review"] for row in found] == ["no", "yes", "yes"]
    assert [row["status"] for row in found] == ["graded", "graded", "crashed"]


def test_canvas_finds_its_columns_and_its_row_of_points() -> None:
    """The five leading columns, then the assignment; the second row begins with four spaces."""
    student = replace(marked("s1"), ids={"canvas": "77", "login": "ada@x"}, name="Lovelace, Ada")
    found = rows(canvas(key(title="Homework (123)"), [student, waits()]))
    assert found[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework (123)"]
    assert found[1][0] == "    Points Possible"
    assert found[1][-1] == "4"
    assert found[2] == ["Lovelace, Ada", "77", "s1", "ada@x", "", "2.5"]
    assert found[3][-1] == ""


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    """In no line of it, and in no form that a spreadsheet takes for one."""
    cell = rows(csv_cell(text) + "\r\n")[0][0]
    for line in cell.split("\n"):
        assert line.lstrip()[:1] not in tuple("=+-@|\uff1d\uff0b\uff0d\uff20")
        assert line[:1] not in ("\t", "\r")


@pytest.mark.parametrize("text", ["12.5", "-3", "Ada", "O'Neil", "a-b", "x = 1", ""])
def test_what_is_harmless_stays(text: str) -> None:
    assert rows(csv_cell(text) + "\r\n") == ([[text]])


# -- Moodle ------------------------------------------------------------------------------------------------------------
SHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    'Participant 12,"Ada  Lovelace",ada@x.org,"Submitted - ",,10.00,Yes,"Monday, 1 June 2026, 10:00",-,""\r\n'
    "Participant 13,Bob,bob@x.org,,,10.00,Yes,-,-,\r\n"
    "Participant 14,Eve,eve@x.org,,,10.00,No,-,-,old\r\n"
)


def class_of_three() -> list[StudentMarks]:
    ada = replace(marked("u1"), ids={"moodle": "12"})
    eve = replace(marked("eve"), ids={"email": "eve@x.org"})
    return [ada, replace(waits(), student="bob", ids={"email": "bob@x.org"}), eve]


def test_only_two_columns_of_the_worksheet_change() -> None:
    """Every other cell byte for byte, with its quotes, spaces and line ends; who waits or is locked stays untouched."""
    comments = {"u1": "Part 1: <b>well</b>"}
    found = filled(SHEET, key(), class_of_three(), comments)
    before, after = SHEET.split("\r\n"), found.split("\r\n")
    assert [after[0], *after[2:]] == [before[0], *before[2:]]
    assert after[1] == before[1].replace(",,10.00", ",6.25,10.00").replace(',""', ',"Part 1: <b>well</b>"')


def test_a_decimal_comma_stays_one() -> None:
    """2.5 of 4 is 6,25 of 10,00; the cell is quoted, since a comma parts cells."""
    found = filled(SHEET.replace("10.00", '"10,00"'), key(), class_of_three(), {})
    assert ',"6,25","10,00",' in found
    semicolons = SHEET.split("\r\n")[0].replace(",", ";") + "\r\nParticipant 12;Ada;;;;10,00;Yes;-;-;\r\n"
    assert ';"6,25";10,00;' in filled(semicolons, key(), class_of_three(), {})


def test_a_worksheet_without_its_columns_is_refused() -> None:
    with pytest.raises(WorksheetError, match="'Identifier'"):
        filled("Name,Grade,Feedback comments\r\nAda,,\r\n", key(), [], {})
    with pytest.raises(WorksheetError, match="quote"):
        filled(SHEET + '"open', key(), [], {})


def test_a_line_end_alone_is_a_line_end() -> None:
    """Worksheets that were saved on another system come back as they are."""
    for end in ("\n", "\r"):
        sheet = SHEET.replace("\r\n", end)
        assert filled(sheet, key(), [], {}) == sheet


def test_points_are_scaled_exactly() -> None:
    """A third of the points is a third of the maximum, rounded once."""
    third = replace(marked("u1").parts[0], points=Fraction(4, 3))
    ada = replace(marked("u1", third), ids={"moodle": "12"})
    assert ",3.33,10.00," in filled(SHEET, key(), [ada], {})
