"""A small class from the files to the gradebook, through the real engine: the marks that the errors deserve."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from parsed_page import Page

import twofold
from twofold.__main__ import main
from twofold.checks.batch import crew, tasks
from twofold.reports.grading.course import Grading, GradingError

EXAMPLE = Path(__file__).parents[3] / "examples" / "class"
# What stands in examples/class, by hand: (points, cell) of the four parts; 4, 2, 3 and 1 points.
EXPECTED: dict[str, list[tuple[Any, str]]] = {
    "ada": [(4, "right"), (2, "right"), (3, "right"), (1, "right")],
    # An entry of the covariance; its determinant follows; a sign in the derivative.
    "ben": [(1, "wrong"), (2, "follows"), (Fraction(1, 2), "wrong"), (1, "right")],
    # A^T A for A A^T, whose determinant is the same; the derivative not factored; two places for three.
    "chloe": [(1, "wrong"), (2, "right"), (Fraction(5, 2), "right"), (0, "wrong")],
    # The answer of the second part cannot be read.
    "dara": [(4, "right"), (None, "look"), (3, "right"), (1, "right")],
    "finn": [(None, "absent")] * 4,
    "mallory": [(0, "wrong"), (None, "look"), (None, "look"), (None, "look")],
    "gus": [(None, "absent")] * 4,
}


@pytest.fixture(scope="module")
def one_program() -> Iterator[None]:
    """The program text may be edited while the tests run; what is kept here is this test's alone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(tasks, "code_key", lambda: "this program")
    yield
    patch.undo()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, one_program: None) -> Path:
    """A copy of the example with its submissions as the zip that Moodle exports."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    with zipfile.ZipFile(root / "submissions.zip", "w") as archive:
        for file in sorted((EXAMPLE / "submissions").rglob("*.md")):
            archive.write(file, file.relative_to(EXAMPLE / "submissions"))
    return root


def grade(place: Path, **how: Any) -> Grading:
    values = {
        "key": place / "key.toml",
        "out": place / "out",
        "roster": place / "worksheet.csv",
        "worksheet": place / "worksheet.csv",
    }
    return twofold.grade(how.pop("where", place / "submissions.zip"), **{**values, **how})


@pytest.fixture(scope="module")
def graded(place: Path) -> Grading:
    return grade(place)


def short(grading: Grading) -> dict[str, list[tuple[Any, str]]]:
    return {
        student.student.partition("@")[0]: [(part.points, part.cell.value) for part in student.parts]
        for student in grading.marks
    }


def files(out: Path) -> dict[str, bytes]:
    """Everything that is written for people and course systems."""
    kept = ("journal.jsonl", "claims.jsonl", "lock")
    found = (p for p in out.rglob("*") if p.is_file() and p.name not in kept and "compared" not in p.parts)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in found}


def test_the_marks_are_those_that_the_errors_deserve(graded: Grading) -> None:
    """Every part of every student; nobody is missing, and nothing that was not decided is zero."""
    assert short(graded) == EXPECTED


def test_every_file_is_there_and_whole(graded: Grading, place: Path) -> None:
    """One page and two results per student, five files for the instructor, one Run a line."""
    found = files(place / "out")
    slugs = {student.slug for student in graded.marks}
    assert {f"feedback/{s}.html" for s in slugs} | {f"gradescope/{s}.json" for s in slugs} | {
        f"prairielearn/{s}.json" for s in slugs
    } | {"index.html", "gradebook.csv", "canvas.csv", "moodle.csv", "junit.xml", "results.jsonl"} == set(found)
    assert len(found["results.jsonl"].splitlines()) == len(EXPECTED)
    for name, data in found.items():
        if name.endswith(".json"):
            json.loads(data)


def test_nothing_of_a_hostile_submission_acts_on_a_page(graded: Grading, place: Path) -> None:
    """No script, no image, nothing that loads; the name in the gradebook begins no formula."""
    for name, data in files(place / "out").items():
        if name.endswith(".html"):
            page = Page(data.decode())
            assert not {tag for tag, _, _ in page.elements} & {"script", "img", "iframe", "link"}, name
    with (place / "out" / "gradebook.csv").open(encoding="utf-8", newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert "'=1+1 Mallory" in names


def test_the_worksheet_holds_the_grades_of_those_who_have_one(graded: Grading, place: Path) -> None:
    """Scaled to its maximum of 100, with its decimal comma; all other bytes as they were."""
    before = (place / "worksheet.csv").read_bytes().split(b"\r\n")
    after = (place / "out" / "moodle.csv").read_bytes().split(b"\r\n")
    grades = [line.split(b'grading - ",')[1].split(b',"100,00"')[0] for line in after if b'grading - ",' in line]
    assert grades == [b'"100"', b'"45"', b'"55"', b"", b"", b""]
    assert [after[0], *after[4:]] == [before[0], *before[4:]]


def judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden:
        def __init__(self, *arguments: object) -> None:
            raise AssertionError("something is judged")

    monkeypatch.setattr(crew, "Slot", Forbidden)


def test_an_edited_key_judges_nothing_anew(graded: Grading, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other points, hints, shares: all of it from what is kept."""
    judges_nothing(monkeypatch)
    text = (place / "key.toml").read_text(encoding="utf-8")
    edited = place / "edited.toml"
    edited.write_text(text.replace("points = 4\nanswer = 2", "points = 8\nanswer = 6", 1), encoding="utf-8")
    found = grade(place, key=edited)
    assert short(found)["ada"][0] == (8, "right")
    assert short(found)["ben"][1:] == EXPECTED["ben"][1:]
    assert short(grade(place)) == EXPECTED


def test_marks_come_from_the_results_alone(graded: Grading, place: Path, tmp_path: Path) -> None:
    """Without the submissions, with the same bytes out."""
    again = tmp_path / "again"
    grade(place)
    before = files(place / "out")
    shutil.copytree(place / "out" / "compared", again / "compared")
    grade(place, where=place / "out" / "results.jsonl", out=again, roster=None)
    assert files(again) == {name: data for name, data in before.items() if name != "results.jsonl"}


def test_a_person_has_the_last_word(graded: Grading, place: Path) -> None:
    """On a rerun, shown on the page of the class and to the student; others keep their marks."""
    overrides = place / "overrides.toml"
    overrides.write_text(
        '[[override]]\nstudent = "dara@example.org"\npart = "2"\npoints = 1.5\ncomment = "The heart is no sign."\n'
    )
    try:
        found = grade(place)
        assert short(found)["dara"][1] == (Fraction(3, 2), "person")
        assert next(s for s in found.marks if s.student.startswith("dara")).points == Fraction(19, 2)
        assert {k: v for k, v in short(found).items() if k != "dara"} == {
            k: v for k, v in EXPECTED.items() if k != "dara"
        }
        assert "The heart is no sign." in (place / "out" / "index.html").read_text(encoding="utf-8")
        pages = [data.decode() for name, data in files(place / "out").items() if "feedback/" in name]
        assert sum("The heart is no sign." in page for page in pages) == 1
        overrides.write_text('[[override]]\nstudent = "dora@example.org"\npart = "2"\npoints = 1\n')
        with pytest.raises(GradingError, match=r"overrides.toml:2:1.*(?s:.*)dara@example.org"):
            grade(place)
    finally:
        overrides.unlink()


class Here:
    """An executor of the least kind: it does at once what it is given."""

    def submit(self, function: Any, /, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


def test_shards_joined_are_the_whole_class(graded: Grading, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the command line: two parts, one merge, the same marks; the parts take what is kept from a copied folder."""
    whole = (place / "out" / "results.jsonl").read_bytes()
    names = []
    for part in ("1/2", "2/2"):
        out = place / f"part{part[0]}"
        out.mkdir()
        shutil.copy(place / "out" / "journal.jsonl", out)
        arguments = ["--key", str(place / "key.toml"), "--roster", str(place / "worksheet.csv"), "--out", str(out)]
        assert main(["grade", str(place / "submissions.zip"), *arguments, "--shard", part, "--jobs", "1"]) == 0
        names.append(str(out))
    assert main(["merge", *names, "--out", str(place / "joined")]) == 0
    assert (place / "joined" / "results.jsonl").read_bytes() == whole
    assert main(["merge", names[0], "--out", str(place / "half")]) == 2
    assert "give all shards" in capsys.readouterr().err


def test_any_executor_judges(place: Path, tmp_path: Path) -> None:
    """`twofold.grade(.., executor=..)`: a slip of 1e-3 is one, and the right value beside it is right."""
    (tmp_path / "in").mkdir()
    for name, value in (("right", "4/25"), ("slip", "161/1000"), ("close", "0.16")):
        text = rf"## Problem 2{chr(10)}{chr(10)}$$\det \operatorname{{Cov}}(Y) = {value}$$"
        (tmp_path / "in" / f"{name}.md").write_text(text)
    found = grade(place, where=tmp_path / "in", out=tmp_path / "out", roster=None, worksheet=None, executor=Here())
    cells = {student.student: student.parts[1].cell.value for student in found.marks}
    assert cells == {"right": "right", "slip": "wrong", "close": "right"}


def test_each_student_is_judged_by_the_own_variant(place: Path, tmp_path: Path) -> None:
    """One value, right for the matrix of one and wrong for that of the other; who has no row is never marked."""
    (tmp_path / "variants.csv").write_text('student,A\nann,"[[1, 2], [3, 4]]"\nbea,"[[1, 2], [3, 5]]"\n')
    (tmp_path / "key.toml").write_text(
        'title = "V"\n[symbols]\nA = "matrix(2,2)"\n[grading.variants]\ntable = "variants.csv"\n'
        '[[grading.part]]\nid = "1"\npoints = 2\ntarget = "det(A)"\nvalue = "det(A)"\n'
    )
    (tmp_path / "in").mkdir()
    for name in ("ann", "bea", "cid"):
        (tmp_path / "in" / f"{name}.md").write_text("$$\\det A = -2$$\n")
    found = grade(
        place, key=tmp_path / "key.toml", where=tmp_path / "in", out=tmp_path / "out", roster=None, worksheet=None
    )
    assert [(s.parts[0].cell.value, s.points) for s in found.marks] == [("right", 2), ("wrong", 0), ("look", None)]
    assert "no row" in found.marks[2].review[0]


# -- what cannot be graded ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("points = 4", "point = 4", r"key.toml:{line}:1: .*(?s:.*)did you mean 'points'"),
        (
            'value = "4/25"',
            'value = "5/25"',
            r"key.toml:{line}:1: the value of '2' is refuted by what the key declares",
        ),
    ],
)
def test_a_wrong_key_grades_nobody(place: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    """A mistake in it has a place; a value that its own declarations refute would mark the whole class wrong."""
    text = (place / "key.toml").read_text(encoding="utf-8").replace(old, new, 1)
    wrong = tmp_path / "key.toml"
    wrong.write_text(text, encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.md").write_text("$$1 + 1 = 2$$\n")
    line = text[: text.index(new)].count("\n") + 1
    with pytest.raises(GradingError, match=told.format(line=line)):
        grade(place, key=wrong, where=tmp_path / "in", out=tmp_path / "out", roster=None, worksheet=None)
    assert not (tmp_path / "out" / "gradebook.csv").exists()


@pytest.mark.parametrize("name", ["nothing.zip", "key.toml"])
def test_a_place_that_cannot_be_graded_is_told(place: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One message, exit code 2, no traceback."""
    code = main(["grade", str(place / name), "--key", str(place / "key.toml"), "--out", str(place / "none")])
    assert code == 2
    assert capsys.readouterr().err.startswith("twofold: ")


# -- a proposed key ----------------------------------------------------------------------------------------------------
def test_a_proposed_key_can_be_graded_with(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`twofold key`: a part per section, with the quantities of the solution, under which the solution is right."""
    assert main(["key", str(EXAMPLE / "solution.md")]) == 0
    proposed = tmp_path / "key.toml"
    proposed.write_text(capsys.readouterr().out, encoding="utf-8")
    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLE / "solution.md", tmp_path / "in" / "solution.md")
    found = grade(place, key=proposed, where=tmp_path / "in", out=tmp_path / "out", roster=None, worksheet=None)
    assert [part.heading for part in found.key.parts] == [f"Problem {n}" for n in (1, 2, 3, 4)]
    assert [part.target.names[0] for part in found.key.parts] == ["Cov(Y)", "det(Cov(Y))", "g'(x)", "P"]
    assert [mark.cell.value for mark in found.marks[0].parts] == ["right"] * 4
    assert found.marks[0].points == found.key.points


def test_a_first_look_proves_nothing_and_says_so(place: Path, tmp_path: Path) -> None:
    """`--no-proofs`: mistakes and what they carry on are found, no step is proved, the page of the class tells."""
    (tmp_path / "in").mkdir()
    for name in ("ada", "ben"):
        file = next(f for f in (EXAMPLE / "submissions").rglob("*.md") if name in f.parent.name.lower())
        shutil.copy(file, tmp_path / "in" / f"{name}.md")
    out = tmp_path / "out"
    found = grade(place, where=tmp_path / "in", out=out, roster=None, worksheet=None, prove=False)
    runs = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    outcomes = {step["outcome"] for run in runs for step in run["steps"]}
    assert "proved" not in outcomes
    assert {"supported", "refuted"} <= outcomes
    assert "numbers alone" in " ".join(found.notes)
    assert "numbers alone" in (out / "index.html").read_text(encoding="utf-8")
    marks = {student.student: [part.cell.value for part in student.parts] for student in found.marks}
    assert marks["ben"][1] == "follows"  # the determinant of the wrong covariance
