"""Folders as course systems export them: each student one row, under the right name, whatever lies there."""

from __future__ import annotations

import os
import socket
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from twofold.checks.batch.folder import Folder
from twofold.checks.batch.intake import Row, Submissions, open_submissions
from twofold.checks.batch.place import IntakeError, Refused
from twofold.checks.batch.records import Status

TEXT = "$$1 + 1 = 2$$\n"


def a_folder(root: Path, *names: str) -> Path:
    """Files with a text of their own each (its name is in it, so that no two are the same)."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{TEXT}{name}\n", encoding="utf-8")
    return root


def a_zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path


def table(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def told(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The documents of each student, by id."""
    return {row.student: [document.name for document in row.documents] for row in rows}


LAYOUTS = [
    ("a file each", ["bob.md", "ada.tex", "eve.toml"], {"ada": ["ada.tex"], "bob": ["bob.md"], "eve": ["eve.toml"]}),
    ("two of one stem", ["ada.md", "ada.tex"], {"ada": ["ada.md", "ada.tex"]}),
    (
        "a folder each",
        ["ada/x/part10.md", "ada/x/part2.md", "bob/a.md"],
        {"ada": ["x/part2.md", "x/part10.md"], "bob": ["a.md"]},
    ),
    (
        "Moodle, folders",
        ["Ada Lovelace_17_assignsubmission_file_/a.md", "Bob B._9_assignsubmission_file_/a.md"],
        {"Ada Lovelace_17": ["a.md"], "Bob B._9": ["a.md"]},
    ),
    (
        "Moodle, flat",
        ["Ada Lovelace_17_assignsubmission_file_a.md", "Ada Lovelace_17_assignsubmission_file_b_2_c.md"],
        {"Ada Lovelace_17": ["a.md", "b_2_c.md"]},
    ),
    ("Moodle, blind", ["Participant 17_17_assignsubmission_file_/a.md"], {"Participant 17_17": ["a.md"]}),
    (
        "Canvas",
        ["lovelaceada_12_345_homework-1.md", "lovelaceada_12_346_more.md", "bobb_LATE_13_347_a_b.md"],
        {"bobb_13": ["a_b.md"], "lovelaceada_12": ["homework-1.md", "more.md"]},
    ),
    ("nbgrader", ["submitted/ada/hw1/a.md", "submitted/bob/hw1/a.md"], {"ada": ["hw1/a.md"], "bob": ["hw1/a.md"]}),
    (
        "Gradescope",
        ["assignment/submission_7/a.md", "assignment/submission_8/a.md"],
        {"submission_7": ["a.md"], "submission_8": ["a.md"]},
    ),
    ("one student's folder", ["ada/a.md", "ada/b.md"], {"ada": ["a.md", "b.md"]}),
]


@pytest.mark.parametrize(("what", "files", "expected"), LAYOUTS, ids=[row[0] for row in LAYOUTS])
def test_a_layout_is_understood_in_a_folder_and_in_a_zip(
    tmp_path: Path, what: str, files: list[str], expected: dict[str, list[str]]
) -> None:
    folder = a_folder(tmp_path / "in", *files)
    places = [folder, a_zip(folder, tmp_path / "in.zip")]
    if what == "one student's folder":  # several documents in one folder of a zip are a class in a folder
        places = places[:1]
    for place in places:
        with open_submissions(place) as submissions:
            assert told(submissions.rows) == expected
            for row in submissions.rows:
                assert row.status is None and not row.reasons
                assert all(submissions.text(document).startswith(TEXT) for document in row.documents)
            assert [row.number for row in submissions.rows] == list(range(len(expected)))


def test_a_folder_around_a_zipped_class_is_looked_through(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "hw1/ada.md", "hw1/bob.md")
    with open_submissions(a_zip(folder, tmp_path / "in.zip")) as submissions:
        assert told(submissions.rows) == {"ada": ["ada.md"], "bob": ["bob.md"]}


def test_one_assignment_of_several_is_taken(tmp_path: Path) -> None:
    """A student who handed in another assignment alone has handed in nothing for this one."""
    folder = a_folder(tmp_path / "in", "ada/hw1/a.md", "ada/hw2/a.md", "bob/hw2/a.md")
    with open_submissions(folder, assignment="hw1") as submissions:
        assert told(submissions.rows) == {"ada": ["hw1/a.md"], "bob": []}
        assert [row.status for row in submissions.rows] == [None, Status.MISSING]


def test_late_is_what_canvas_marks(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "ada_1_2_a.md", "bob_LATE_3_4_a.md")
    with open_submissions(folder) as submissions:
        assert {row.student: row.late for row in submissions.rows} == {"ada_1": False, "bob_3": True}


def test_what_a_group_handed_in_is_each_one_s(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "submission_7/a.md")
    people = [line for n in (1, 2) for line in (f"  - :name: P{n}", f"    :sid: '{n}'")]
    table(folder / "submission_metadata.yml", "submission_7:", "  :submitters:", *people)
    roster = table(tmp_path / "roster.csv", "sid,name", "2,P Two", "1,P One")
    with open_submissions(folder, roster=roster) as submissions:
        assert told(submissions.rows) == {"2": ["a.md"], "1": ["a.md"]}
        assert [row.same_as for row in submissions.rows] == [("1",), ("2",)]


def test_gradescope_tells_whose_it_is(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "submission_7/a.md", "submission_8/a.md")
    lines = [
        "submission_7:",
        "  :submitters:",
        "  - :name: Ada L",
        "    :sid: '42'",
        "    :email: ada@x.org",
        "  :score: 1",
    ]
    table(folder / "submission_metadata.yml", *lines, "submission_8: !!python/object/apply:os.system ['false']")
    roster = table(tmp_path / "roster.csv", "sid,name", "42,Ada Lovelace", "43,Bob")
    with open_submissions(folder, roster=roster) as submissions:
        assert [(row.student, row.name, row.status) for row in submissions.rows] == [
            ("42", "Ada Lovelace", None),
            ("43", "Bob", Status.MISSING),
            ("submission_8", "", None),
        ]


ROSTERS = [
    ("ids", ["student_id", "ada", "zoe"], ["ada.md"]),
    ("a name in any order", ["student_id,name", "ada,Ada María Lovelace", "zoe,Zoe"], ["Lovelace Ada Maria.md"]),
    (
        "Canvas",
        [
            "Student,ID,SIS User ID,SIS Login ID,Section",
            "    Points Possible,,,,",
            '"Lovelace, Ada",12,ada,x,S',
            "Zoe,9,zoe,z,S",
        ],
        ["qq_12_5_a.md"],
    ),
    (
        "Canvas, by name",
        ["Student;ID;SIS User ID;Section", '"Lovelace, Ada";12;ada;S', "Zoe;9;zoe;S"],
        ["lovelaceada_77_5_a.md"],
    ),
    (
        "Moodle",
        ["Identifier,Full name,ID number,Grade", "Participant 17,Ada L,ada,", "Participant 3,Zoe,zoe,"],
        ["Somebody_17_assignsubmission_file_/a.md"],
    ),
    ("an address", ["email,student_id", "ada@x.org,ada", "zoe@x.org,zoe"], ["ada@x.org/a.md"]),
    ("first and last", ["id,first_name,last_name", "ada,Ada,Lovelace", "zoe,Zoe,Z"], ["Ada Lovelace/a.md"]),
    ("a byte order mark", ["\ufeffstudent_id", "ada", "zoe"], ["ada.md"]),
]


@pytest.mark.parametrize(("what", "lines", "files"), ROSTERS, ids=[row[0] for row in ROSTERS])
def test_a_roster_names_students_and_finds_the_missing(
    tmp_path: Path, what: str, lines: list[str], files: list[str]
) -> None:
    roster = table(tmp_path / "roster.csv", *lines)
    with open_submissions(a_folder(tmp_path / "in", *files), roster=roster) as submissions:
        assert [(row.student, row.status) for row in submissions.rows] == [("ada", None), ("zoe", Status.MISSING)]
        assert [row.reasons for row in submissions.rows] == [(), ()]


def test_a_stranger_is_a_row_and_an_ambiguous_name_is_not_guessed(tmp_path: Path) -> None:
    """Two students called Ada: a file `Ada` is neither's."""
    roster = table(tmp_path / "roster.csv", "student_id,name,late", "1,Ada,yes", "2,Ada,no")
    with open_submissions(a_folder(tmp_path / "in", "Ada.md", "1.md"), roster=roster) as submissions:
        found = [(row.student, row.status, row.late, row.reasons) for row in submissions.rows]
    assert found == [
        ("1", None, True, ()),
        ("2", Status.MISSING, False, ()),
        ("Ada", None, False, ("not in the roster",)),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["mark,comment", "1,2"], r"expected a header with a column such as 'student_id'"),
        (["student_id"], r"and a student; found none"),
        (["student_id", "ada", "bob", "ada"], r"ada stands in it twice \(students 1 and 3\)"),
    ],
)
def test_a_roster_that_names_nobody_or_one_twice_is_an_error(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(IntakeError, match=message):
        open_submissions(a_folder(tmp_path / "in", "ada.md"), roster=table(tmp_path / "roster.csv", *lines))


def test_files_that_cannot_be_judged_are_rows_with_a_status(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "good.md", "part/a.md")
    (folder / "empty.md").write_bytes(b" \n\n")
    (folder / "utf16.md").write_bytes("$$1=1$$".encode("utf-16"))
    (folder / "latin.md").write_bytes(b"caf\xe9")
    (folder / "binary.tex").write_bytes(b"\x89PNG\r\n\0\0")
    (folder / "scan.pdf").write_bytes(b"%PDF")
    (folder / "part" / "scan.pdf").write_bytes(b"%PDF")
    (folder / "large.md").write_bytes(b"x" * 2_000_001)
    (folder / "nothing").mkdir()
    with open_submissions(folder) as submissions:
        rows = {row.student: row for row in submissions.rows}
    assert {name: row.status for name, row in rows.items()} == {
        "binary": Status.UNREADABLE,
        "empty": Status.EMPTY,
        "good": None,
        "large": Status.UNREADABLE,
        "latin": Status.UNREADABLE,
        "nothing": Status.EMPTY,
        "part": None,
        "scan": Status.UNREADABLE,
        "utf16": Status.UNREADABLE,
    }
    assert rows["part"].partly and rows["part"].reasons == ("scan.pdf: not judged: expected .md, .tex or .toml",)
    assert rows["latin"].reasons == ("latin.md: expected UTF-8; byte 3 is not (unexpected end of data)",)


def test_what_belongs_to_nobody_is_left_alone_and_said(tmp_path: Path) -> None:
    """Files of the system, and data or program files beside the submissions: never read, never run, never a student."""
    folder = a_folder(
        tmp_path / "in", "ada.md", "sympy.py", "x.pth", "grades.csv", ".DS_Store", "__MACOSX/ada.md", "Thumbs.db"
    )
    with open_submissions(folder) as submissions:
        assert told(submissions.rows) == {"ada": ["ada.md"]}
        assert submissions.notes == (
            "grades.csv: no submission; left alone",
            "sympy.py: no submission; left alone",
            "x.pth: no submission; left alone",
            "3 hidden or system files were passed over",
        )


def test_key_roster_and_output_are_no_submissions(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "ada.md", "key.toml", "out/results.md")
    roster = table(folder / "roster.csv", "student_id", "ada")
    with open_submissions(folder, roster=roster, aside=[folder / "key.toml", folder / "out"]) as submissions:
        assert told(submissions.rows) == {"ada": ["ada.md"]} and not submissions.notes


def test_the_same_bytes_of_two_students_are_noted(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "ada.md")
    (folder / "bob.md").write_bytes((folder / "ada.md").read_bytes())
    (folder / "eve.md").hardlink_to(folder / "ada.md")
    with open_submissions(folder) as submissions:
        assert [row.same_as for row in submissions.rows] == [("bob", "eve"), ("ada", "eve"), ("ada", "bob")]


def test_names_that_differ_in_their_form_alone_are_two_students(tmp_path: Path) -> None:
    """The same name composed and decomposed, or in capitals: two rows, two ids, two file names on any disk."""
    names = [unicodedata.normalize(form, "josé") for form in ("NFC", "NFD")]
    folder = a_folder(tmp_path / "in", *(f"{name}.md" for name in names), "Eva.md", "eva.md")
    with open_submissions(folder) as submissions:
        ids = [row.student for row in submissions.rows]
        slugs = {row.slug.casefold() for row in submissions.rows}
        reasons = [row.reasons for row in submissions.rows if row.student.startswith("jos")]
    assert sorted(ids) == ["Eva", "eva", "josé", "josé (2)"] and len(slugs) == 4
    assert reasons == [("another submission bears this name",)] * 2


POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and bytes in names are made as POSIX systems do")


@POSIX
def test_links_pipes_and_sockets_are_rows_and_are_not_opened(tmp_path: Path) -> None:
    """A link to a file, to a folder, to itself, to nothing; a pipe (nobody writes: opening it would wait for ever)."""
    folder = a_folder(tmp_path / "in", "ada.md", "bob/a.md")
    a_folder(tmp_path / "outside", "secret.md")
    (folder / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    (folder / "peer.md").symlink_to("ada.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "dangling.md").symlink_to("nothing.md")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "bob" / "b.md").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.md")
    here = Path.cwd()
    os.chdir(folder)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.md")
    finally:
        os.chdir(here)
    with open_submissions(folder) as submissions:
        found = {row.student: (row.status, row.reasons) for row in submissions.rows}
    link = "a link; links are not followed"
    assert found == {
        "ada": (None, ()),
        "bob": (None, (f"b.md: {link}",)),
        "dangling": (Status.UNREADABLE, (f"dangling.md: {link}",)),
        "link": (Status.UNREADABLE, (f"link.md: {link}",)),
        "linked": (Status.UNREADABLE, (f"linked: {link}",)),
        "loop": (Status.UNREADABLE, (f"loop.md: {link}",)),
        "peer": (Status.UNREADABLE, (f"peer.md: {link}",)),
        "pipe": (Status.UNREADABLE, ("pipe.md: a named pipe, not a plain file",)),
        "socket": (Status.UNREADABLE, ("socket.md: a socket, not a plain file",)),
    }


@POSIX
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_put_there_after_the_listing_leads_nowhere(tmp_path: Path, what: str) -> None:
    """Between listing and reading a student swaps the file, or its folder, for a link to a secret."""
    folder = a_folder(tmp_path / "in", "ada/a.md")
    a_folder(tmp_path / "outside", "a.md")
    place = Folder(folder)
    (entry,) = place.entries()
    (folder / "ada" / "a.md").unlink()
    if what == "file":
        (folder / "ada" / "a.md").symlink_to(tmp_path / "outside" / "a.md")
    else:
        (folder / "ada").rmdir()
        (folder / "ada").symlink_to(tmp_path / "outside")
    with pytest.raises(Refused, match=r"cannot be read: (Too many levels of symbolic links|Not a directory)"):
        place.read(entry)


@POSIX
def test_a_file_changed_while_the_class_is_graded_is_told(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "ada.md")
    with open_submissions(folder) as submissions:
        (folder / "ada.md").write_text("$$1 = 3$$")
        with pytest.raises(ValueError, match=r"ada\.md: it was changed while the class was being graded"):
            submissions.text(submissions.rows[0].documents[0])


@POSIX
def test_a_name_that_is_not_utf8_is_shown_by_its_bytes(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", "ada.md")
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md"))).write_text(TEXT)
    with open_submissions(folder) as submissions:
        row = submissions.rows[1]
        assert (row.student, submissions.text(row.documents[0])) == (r"caf\xe9", TEXT)


def test_a_folder_four_hundred_deep_is_told(tmp_path: Path) -> None:
    deep = tmp_path / "in" / "ada"
    deep.mkdir(parents=True)
    handle = os.open(deep, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("x", dir_fd=handle)
        inner = os.open("x", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    a_folder(tmp_path / "in", "bob.md")
    with open_submissions(tmp_path / "in") as submissions:
        ada, bob = submissions.rows
        assert ada.status is Status.UNREADABLE and "folders down" in ada.reasons[0] and bob.status is None


@pytest.mark.parametrize("place", ["nowhere", "empty", "a.txt"])
def test_nothing_to_grade_is_one_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("no archive")
    with pytest.raises(IntakeError, match=r"no such folder or file|nothing to grade|not a zip"):
        open_submissions(tmp_path / place)


def test_more_documents_than_anyone_hands_in_are_told(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", *(f"ada/{n}.md" for n in range(25)))
    with open_submissions(folder) as submissions:
        (row,) = submissions.rows
    assert len(row.documents) == 20 and len(row.reasons) == 5 and "at most 20 documents" in row.reasons[0]


def test_rows_are_small(tmp_path: Path) -> None:
    """Nothing of a text is held: a class of 200 MB is a few rows."""
    import tracemalloc

    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.md").write_bytes(b"%d" % number + b"x" * 1_900_000)
    tracemalloc.start()
    submissions: Submissions = open_submissions(folder)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(submissions.rows) == 20 and held < 500_000 and peak < 12_000_000
