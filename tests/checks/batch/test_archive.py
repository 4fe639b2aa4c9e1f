"""Zips that are meant to harm: each odd member is a row with its reason, the others are read, nothing is written."""

from __future__ import annotations

import os
import re
import stat
import struct
import sys
import time
import zipfile
from pathlib import Path

import pytest

from twofold.checks.batch.archive import DIRECTORY, Archive
from twofold.checks.batch.intake import open_submissions
from twofold.checks.batch.place import IntakeError, Refused
from twofold.checks.batch.records import Status

TEXT = b"$$1 + 1 = 2$$\n"


def member(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def a_zip(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """A zip with an honest member beside those given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in (("honest.md", TEXT), *members):
            archive.writestr(info, data)
    return path


def rows(path: Path) -> dict[str, tuple[Status | None, tuple[str, ...]]]:
    """Status and reasons by student; the honest one must be there, ready to be judged, whatever lies beside it."""
    before = sorted(path.parent.rglob("*"))
    with open_submissions(path) as submissions:
        found = {row.student: (row.status, row.reasons) for row in submissions.rows}
        honest = next(row for row in submissions.rows if row.student == "honest")
        assert submissions.text(honest.documents[0]) == TEXT.decode()
    assert sorted(path.parent.rglob("*")) == before
    assert found.pop("honest") == (None, ())
    return found


ODD = [
    ("absolute", member("/tmp/evil.md"), r"an absolute path"),
    ("drive", member("C:evil.md"), r"an absolute path"),
    ("parent", member("../../evil.md"), r"a path that leaves the archive"),
    ("inner parent", member("a/../../evil.md"), r"a path that leaves the archive"),
    ("backslash", member("..\\evil.md"), r"a path that leaves the archive"),
    ("link", member("evil.md", stat.S_IFLNK | 0o777), r"a link"),
    ("pipe", member("evil.md", stat.S_IFIFO | 0o644), r"not a plain file"),
    ("device", member("evil.md", stat.S_IFCHR | 0o644), r"not a plain file"),
    ("archive in it", member("evil.zip"), r"expected \.md, \.tex or \.toml"),
    ("deep", member("a/" * 30 + "evil.md"), r"folders down"),
]


@pytest.mark.parametrize(("what", "info", "reason"), ODD, ids=[row[0] for row in ODD])
def test_an_odd_member_is_a_row_with_its_reason(tmp_path: Path, what: str, info: zipfile.ZipInfo, reason: str) -> None:
    found = rows(a_zip(tmp_path / "a.zip", (info, b"/etc/passwd")))
    assert len(found) == 1
    ((status, reasons),) = found.values()
    assert status is Status.UNREADABLE and len(reasons) == 1
    assert re.search(reason, reasons[0])


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """200 MB of zeros in 200 KB are refused for their size; 1 MB in 1 KB for its ratio."""
    path = a_zip(tmp_path / "a.zip", ("large.md", b"\0" * 200_000_000), ("dense.md", b" " * 1_000_000))
    found = rows(path)
    assert "larger than" in found["large"][1][0]
    assert "to one, as archives are that are meant to harm" in found["dense"][1][0]


def test_a_repetitive_text_is_no_bomb(tmp_path: Path) -> None:
    """The same step two thousand times compresses well and is still a document."""
    text = b"".join(b"$$x_{%d} + 1 = x_{%d} + 1$$\n\n" % (n % 7, n % 7) for n in range(4000))
    with open_submissions(a_zip(tmp_path / "a.zip", ("long.md", text))) as submissions:
        assert [row.status for row in submissions.rows] == [None, None]


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    """A member says 10 bytes and holds 5 MB: no more than it says is read, and the checksum tells."""
    path = a_zip(tmp_path / "a.zip", ("liar.md", os.urandom(5_000_000)))
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    data = data[: at + 24] + struct.pack("<L", 10) + data[at + 28 :]
    path.write_bytes(data)
    ((status, reasons),) = rows(path).values()
    assert status is Status.UNREADABLE and "damaged in the archive" in reasons[0]


def test_members_of_one_name_are_a_duplicate(tmp_path: Path) -> None:
    """Nobody can say which was meant: one row, no verdict, a status of its own."""
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        a_zip(path, ("twice.md", b"$$1=1$$"), ("twice.md", b"$$1=2$$"))
    assert rows(path) == {"twice": (Status.DUPLICATE, ("twice.md: two members of the archive bear this name",))}


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", ("secret.md", b"$$1=1$$"))
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.rindex(mark) + place] |= 1
    path.write_bytes(data)
    assert rows(path)["secret"] == (Status.UNREADABLE, ("secret.md: encrypted",))


def test_a_method_that_needs_memory_is_refused(tmp_path: Path) -> None:
    """LZMA may ask for a dictionary of gigabytes before it gives one byte."""
    info = member("dear.md")
    info.compress_type = zipfile.ZIP_LZMA
    assert "a method other than stored or deflated" in rows(a_zip(tmp_path / "a.zip", (info, TEXT)))["dear"][1][0]


def test_a_wrong_checksum_is_damage_of_that_member(tmp_path: Path) -> None:
    info = member("bad.md")
    info.compress_type = zipfile.ZIP_STORED
    path = a_zip(tmp_path / "a.zip", (info, b"$$3 = 3$$"))
    path.write_bytes(path.read_bytes().replace(b"$$3 = 3$$", b"$$3 = 4$$"))
    assert "damaged in the archive" in rows(path)["bad"][1][0]


@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
def test_an_archive_that_was_cut_is_one_error(tmp_path: Path, part: float) -> None:
    data = a_zip(tmp_path / "a.zip", ("b.md", os.urandom(2000))).read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: int(part * len(data))])
    with pytest.raises(IntakeError, match=r"a\.zip: not a zip that can be read, or damaged"):
        open_submissions(tmp_path / "a.zip")


def test_bytes_flipped_anywhere_raise_nothing_but_an_intake_error(tmp_path: Path) -> None:
    """A damaged archive is read or refused, member by member; no other exception comes out."""
    data = a_zip(tmp_path / "a.zip", ("x/b.md", b"$$2=2$$" * 20), ("c_1_2_d.md", b"q")).read_bytes()
    for place in range(0, len(data), 3):
        for flip in (0x01, 0xFF):
            spoiled = bytearray(data)
            spoiled[place] ^= flip
            (tmp_path / "a.zip").write_bytes(spoiled)
            try:
                with open_submissions(tmp_path / "a.zip") as submissions:
                    assert all(isinstance(row.status, Status) or row.documents for row in submissions.rows)
            except IntakeError:
                continue


def test_a_directory_too_large_to_be_read_is_refused_before_it_is(tmp_path: Path) -> None:
    """The end record says how large the directory is; nothing is made of one beyond the limit."""
    path = a_zip(tmp_path / "a.zip")
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    path.write_bytes(data[: end + 12] + struct.pack("<L", DIRECTORY + 1) + data[end + 16 :])
    with pytest.raises(IntakeError, match="the directory of the archive has"):
        Archive(path)


def test_an_archive_of_twenty_thousand_members_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(20_000):
            archive.writestr(zipfile.ZipInfo(f"s{number}.md"), b"1 = 1" if number % 2 else b"")
    start = time.process_time()
    with open_submissions(tmp_path / "a.zip") as submissions:
        assert time.process_time() - start < 20.0  # measured: 2 s; anything quadratic takes minutes
        assert len(submissions.rows) == 20_000
        assert {row.status for row in submissions.rows} == {Status.EMPTY, None}
        assert max(len(row.same_as) for row in submissions.rows) == 20


@pytest.mark.parametrize(
    "name",
    ["a\nb.md", "a\x1b[31mb.md", "evil\u202egnp.md", "CON.md", "=cmd|' /C calc'!A0.md", "a" * 300 + ".md", "…  .md"],
)
def test_an_odd_name_is_shown_without_acting(tmp_path: Path, name: str) -> None:
    """The id is one line of visible characters; the file name for outputs is plain ASCII and not reserved."""
    with open_submissions(a_zip(tmp_path / "a.zip", (name, TEXT))) as submissions:
        row = next(row for row in submissions.rows if row.student != "honest")
    assert row.status is None and row.student.isprintable() and len(row.student) <= 120
    assert row.slug.isascii() and row.slug.replace("-", "").replace("_", "").isalnum()
    assert row.slug.lower() not in ("con", "index", "results") and len(row.slug) < 80


def test_reading_a_refused_member_is_refused(tmp_path: Path) -> None:
    """The reason of the listing holds for reading too: nobody opens a member past it."""
    archive = Archive(a_zip(tmp_path / "a.zip", (member("../evil.md"), TEXT)))
    (evil,) = (entry for entry in archive.entries() if entry.refused)
    with pytest.raises(Refused, match="a path that leaves the archive"):
        archive.read(evil)
    archive.close()


def test_nothing_outside_is_opened_or_written(tmp_path: Path) -> None:
    """An audit hook watches the intake of every odd archive above: nothing but the archive itself is opened."""
    path = a_zip(tmp_path / "a.zip", *((info, TEXT) for _, info, _ in ODD[:6]))
    opened: list[str] = []
    watching = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0] and event in ("open", "os.mkdir", "os.symlink", "os.rename", "os.remove"):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    with open_submissions(path) as submissions:
        assert len(submissions.rows) > 5
    watching[0] = False
    assert {name for name in opened if not name.endswith((".py", ".pyc"))} == {str(path)}
