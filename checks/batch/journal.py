"""The journal: what was judged, in lines that tell themselves whether they are whole.

    <sha256 of the rest, 64 hexadecimal digits> <key> <JSON>\\n

Lines are only ever added. A record counts from the moment at which its line is on the disk (fsync); a line that a kill,
a full disk or a flipped bit has spoiled does not carry its own hash and is passed over, wherever it stands; the next
record begins on a line of its own. Of two records of a key (one was forgotten and made anew) the last counts. In memory
stay the keys and the places of the lines.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HASH = 64
LONGEST = 256 << 20  # bytes of a line that is still read: no limit of a document lets one grow so long
FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class StorageError(RuntimeError):
    """A result could not be kept; the whole message for a person."""


class Journal:
    """Records by key in an append-only file. Safe for the threads of one process; `lock` keeps other processes out.

    `durable`: every record is forced to the disk before `put` returns. Without, the last ones may be lost when the
    machine (not the process) dies, which is enough for what can be computed again.

    Attributes:
        spoiled: lines of the file that did not carry their own hash.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path, self.durable = path, durable
        self.spoiled = 0
        self._places: dict[str, tuple[int, int]] = {}  # key -> offset and length of its line
        self._guard = threading.Lock()
        try:
            self._file = os.open(path, FLAGS, 0o644)
            new = os.fstat(self._file).st_size == 0
            self._end = self._scan()
        except OSError as error:
            raise StorageError(f"{path}: cannot be used as a journal: {error.strerror or error}") from error
        if new and durable:
            sync_folder(path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._places))

    def get(self, key: str) -> Any | None:
        """The record of a key, or None; one that was spoiled since it was written counts as lost."""
        place = self._places.get(key)
        if place is None:
            return None
        record = whole(os.pread(self._file, place[1], place[0]))
        return None if record is None else json.loads(record[1])

    def put(self, key: str, value: Any) -> None:
        """Add a record, unless there is one of this key.

        Raises:
            StorageError: the disk is full, or refuses: nothing of the record counts.
        """
        body = f"{key} {json.dumps(value, allow_nan=False, separators=(',', ':'))}".encode("ascii")
        line = hashlib.sha256(body).hexdigest().encode("ascii") + b" " + body + b"\n"
        with self._guard:
            if key not in self._places:
                self._append(key, line)

    def forget(self, keys: set[str]) -> None:
        """Take no notice of these records from now on, so that new ones may be put; the lines stay."""
        self._places = {key: place for key, place in self._places.items() if key not in keys}

    def _append(self, key: str, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
            if self.durable:
                os.fsync(self._file)
        except OSError as error:
            self._mend()
            raise StorageError(
                f"{self.path}: a result could not be kept: {error.strerror or error}. "
                f"The {len(self._places)} results before it are safe; make room and run the same command again."
            ) from error
        self._places[key] = (self._end, len(line))
        self._end += len(line)

    def _mend(self) -> None:
        """After a failed write: cut off what was written of the line, or else end it."""
        try:
            os.ftruncate(self._file, self._end)
        except OSError:
            self._end = os.fstat(self._file).st_size

    def _scan(self) -> int:
        """Find the whole lines; end a torn last one, and return the size."""
        end, torn = 0, False
        with os.fdopen(os.dup(self._file), "rb") as stream:
            stream.seek(0)
            while line := stream.readline(LONGEST):
                record = whole(line)
                if record is None:
                    self.spoiled += 1
                else:
                    self._places[record[0]] = end, len(line)
                end, torn = end + len(line), not line.endswith(b"\n")
        if torn:
            end += os.write(self._file, b"\n")
        return end


def whole(line: bytes) -> tuple[str, bytes] | None:
    """Key and JSON of a line that carries its own hash; None for any other."""
    body = line[HASH + 1 :].removesuffix(b"\n")  # a line that lacks its end alone is whole: it gets one
    if line[HASH : HASH + 1] != b" ":
        return None
    if hashlib.sha256(body).hexdigest().encode("ascii") != line[:HASH]:
        return None
    key, separator, text = body.partition(b" ")
    return (key.decode("ascii"), text) if separator else None


def sync_folder(folder: Path) -> None:
    """Force the names of a folder to the disk (where a folder can be opened)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
