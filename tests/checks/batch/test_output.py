"""The output folder: one run at a time whoever died there before, and files that are whole or as they were."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.checks.batch.journal import StorageError
from twofold.checks.batch.output import LOCK, Busy, OutputLock, written_whole

HOLDER = """
import sys
from pathlib import Path
from twofold.checks.batch.output import OutputLock
with OutputLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    command = [sys.executable, "-P", "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with (
            pytest.raises(Busy, match=rf"another run \(process {process.pid}\) is writing there"),
            OutputLock(tmp_path),
        ):
            raise AssertionError("two runs in one folder")
    finally:
        process.communicate()
    with OutputLock(tmp_path):
        assert (tmp_path / LOCK).read_text() == f"{os.getpid()}\n"


def test_the_lock_of_a_killed_run_is_no_obstacle(tmp_path: Path) -> None:
    """The file is still there, with the number of a dead process."""
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / LOCK).read_text() == f"{process.pid}\n"
    with OutputLock(tmp_path):
        pass


def test_an_output_that_cannot_be_a_folder_is_told_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError, match="out: cannot be written to"), OutputLock(tmp_path / "out"):
        raise AssertionError("entered")


def test_a_file_is_complete_or_as_before(tmp_path: Path) -> None:
    """An error in the middle leaves the old file, and nothing else."""
    path = tmp_path / "a.csv"
    with written_whole(path) as stream:
        stream.write(b"old")
    with pytest.raises(RuntimeError, match="half way"), written_whole(path) as stream:
        stream.write(b"new")
        raise RuntimeError("half way")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    refused = pytest.raises(StorageError, match=r"a\.csv: could not be written: File too large")
    with refused, limited(100), written_whole(path) as stream:
        stream.write(b"new" * 1000)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@contextlib.contextmanager
def limited(size: int) -> Iterator[None]:
    """Files of at most so many bytes: the nearest thing to a full disk that every system can be asked for."""
    resource = pytest.importorskip("resource", reason="file size limits exist on POSIX systems alone")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_link_of_that_name_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a.csv").symlink_to(tmp_path / "mine")
    with written_whole(tmp_path / "a.csv") as stream:
        stream.write(b"new")
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "a.csv").read_bytes() == b"new" and not (tmp_path / "a.csv").is_symlink()
