"""The output folder: one run at a time, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from .journal import StorageError, sync_folder

if sys.platform != "win32":
    import fcntl

LOCK = "lock"


class Busy(RuntimeError):  # noqa: N818 - a state, not a mistake
    """Another run is at work on the same output folder; the whole message for a person."""


class OutputLock:
    """The right to write into a folder, held while entered.

    The kernel holds the lock for the process and drops it at its death, whatever it died of: a lock file that a killed
    run left behind is no obstacle. The process number in the file serves the message alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            self._file = os.open(self.folder / LOCK, flags, 0o644)
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be written to: {error.strerror or error}") from error
        try:
            self._take()
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._file)

    def _take(self) -> None:
        try:
            exclusively(self._file)
        except BlockingIOError as error:
            holder = os.pread(self._file, 100, 0).decode("ascii", "replace").strip() if sys.platform != "win32" else ""
            raise Busy(
                f"{self.folder}: another run{f' (process {holder})' if holder.isdigit() else ''} is writing there. "
                "Wait for it, or give another folder with --out."
            ) from error
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be locked: {error.strerror or error}") from error
        with contextlib.suppress(OSError):  # a full disk: only the message of a second run misses the number
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode("ascii"))


def exclusively(file: int) -> None:
    """Lock an open file for this process, or raise BlockingIOError at once."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(str(error)) from error
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Draft:
    """A file that is being written; a full disk is a StorageError with the name that the file is to have."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path, self._stream = path, stream

    def write(self, data: bytes | str) -> None:
        """Add bytes, or text as UTF-8."""
        with told(self.path):
            self._stream.write(data.encode("utf-8") if isinstance(data, str) else data)

    def finish(self) -> None:
        """Force it to the disk."""
        with told(self.path):
            self._stream.flush()
            os.fsync(self._stream.fileno())


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system refuses, as a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: could not be written: {error.strerror or error}") from error


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Draft]:
    """A new file that takes its name when it is complete and on the disk; on an error the old one stays.

    Raises:
        StorageError: the disk is full, or refuses.
    """
    place = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with told(path):
        stream = place.open("xb")
    try:
        draft = Draft(path, stream)
        yield draft
        draft.finish()
        stream.close()
        with told(path):
            place.replace(path)
    finally:
        with contextlib.suppress(OSError):  # what could not be written was told above
            stream.close()
        with contextlib.suppress(OSError):
            place.unlink(missing_ok=True)
    sync_folder(path.parent)
