"""The journal: cut anywhere, flipped anywhere, full anywhere, it gives back whole records and never a wrong one."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch import journal as module
from twofold.checks.batch.journal import Journal, StorageError

RECORDS = {f"key{n}": {"n": n, "text": "\n\u2028é" * n} for n in range(4)}


def written(path: Path) -> bytes:
    with Journal(path, durable=False) as journal:
        for key, value in RECORDS.items():
            journal.put(key, value)
    return path.read_bytes()


def held(path: Path) -> dict[str, Any]:
    with Journal(path, durable=False) as journal:
        return {key: journal.get(key) for key in journal}


def test_records_come_back_in_another_process(tmp_path: Path) -> None:
    written(tmp_path / "j")
    assert held(tmp_path / "j") == RECORDS


def test_a_journal_cut_at_any_byte_keeps_every_whole_record_and_takes_new_ones(tmp_path: Path) -> None:
    """The records whose bytes are all there (their line end apart) are kept; what is put then is found later."""
    data = written(tmp_path / "j")
    ends = [n for n, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data) + 1):
        (tmp_path / "cut").write_bytes(data[:cut])
        whole = list(RECORDS)[: sum(cut >= end for end in ends)]
        with Journal(tmp_path / "cut", durable=False) as journal:
            assert list(journal) == whole
            journal.put("new", "later")
        assert held(tmp_path / "cut") == {**{key: RECORDS[key] for key in whole}, "new": "later"}


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    """No flip makes a wrong record: at most two are lost (a line end joins two lines), the others are as written."""
    data = written(tmp_path / "j")
    for place in range(len(data)):
        spoiled = bytearray(data)
        spoiled[place] ^= 1 << place % 8
        (tmp_path / "flip").write_bytes(spoiled)
        found = held(tmp_path / "flip")
        assert len(found) >= len(RECORDS) - 2
        assert all(RECORDS[key] == value for key, value in found.items())
        assert len(found) < len(RECORDS)


def test_spoiled_lines_are_counted(tmp_path: Path) -> None:
    written(tmp_path / "j")
    with (tmp_path / "j").open("ab") as stream:
        stream.write(b"something else\n" * 3)
    with Journal(tmp_path / "j") as journal:
        assert (journal.spoiled, len(journal)) == (3, len(RECORDS))


def test_a_record_is_put_once(tmp_path: Path) -> None:
    """The first value of a key stays; after it is forgotten a new one may be put, which holds from then on."""
    with Journal(tmp_path / "j") as journal:
        journal.put("a", 1)
        journal.put("a", 2)
        assert journal.get("a") == 1
        journal.forget({"a"})
        assert "a" not in journal and journal.get("a") is None
        journal.put("a", 3)
    assert held(tmp_path / "j") == {"a": 3}


@pytest.mark.parametrize("room", [0, 1, 70, 100])
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """A write that ends in the middle of a line raises; the records before it stand, and one put later is found."""
    path = tmp_path / "j"
    left = [room]

    def write(file: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        part = data[: left[0]]
        left[0] -= len(part)
        return write_really(file, part)

    write_really = os.write
    written(path)
    with Journal(path) as journal:
        monkeypatch.setattr(module.os, "write", write)
        with pytest.raises(StorageError, match=r"No space left on device\. The 4 results before it are safe"):
            journal.put("new", "x" * 100)
        monkeypatch.undo()
        assert "new" not in journal
        journal.put("new", "later")
        assert journal.get("new") == "later"
    assert held(path) == {**RECORDS, "new": "later"}


def test_a_full_disk_that_cannot_even_be_cut_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the failed write left stands as a spoiled line, and the next record begins on a line of its own."""

    def half(file: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return write_really(file, data[:90])

    def refuse(file: int, size: int) -> None:
        raise OSError(1, "Operation not permitted")

    write_really = os.write
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.put("a", 1)
        monkeypatch.setattr(module.os, "write", half)
        monkeypatch.setattr(module.os, "ftruncate", refuse)
        with pytest.raises(StorageError, match="No space left"):
            journal.put("b", "x" * 40)
        monkeypatch.undo()
    assert held(path) == {"a": 1}
    with Journal(path) as journal:
        journal.put("b", 2)
    assert held(path) == {"a": 1, "b": 2}


def test_a_file_over_the_limit_of_the_system_is_told(tmp_path: Path) -> None:
    """RLIMIT_FSIZE, which the system sets: as a full disk."""
    resource = pytest.importorskip("resource", reason="file size limits exist on POSIX systems alone")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(tmp_path / "j") as journal:
        journal.put("a", 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, hard))
        try:
            with pytest.raises(StorageError, match="File too large"):
                journal.put("b", "x" * 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        journal.put("c", 3)
    assert held(tmp_path / "j") == {"a": 1, "c": 3}


def test_threads_put_whole_lines(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", durable=False) as journal:
        threads = [
            threading.Thread(target=lambda n=n: [journal.put(f"{n}-{k}", "x" * n) for k in range(50)]) for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(journal.get(f"{n}-{k}") == "x" * n for n in range(4) for k in range(50))
    assert len(held(tmp_path / "j")) == 200


def test_a_journal_is_no_link(tmp_path: Path) -> None:
    """A link planted in the output folder is not written through."""
    (tmp_path / "target").write_text("mine")
    (tmp_path / "j").symlink_to(tmp_path / "target")
    with pytest.raises(StorageError, match="cannot be used as a journal"):
        Journal(tmp_path / "j")
    assert (tmp_path / "target").read_text() == "mine"
