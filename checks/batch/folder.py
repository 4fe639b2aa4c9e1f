"""A folder of submissions: plain files only, no link followed, nothing outside of it reached.

Every folder on the way to a file is opened beneath the one before (`dir_fd`, O_NOFOLLOW), so that a link put there
between listing and reading leads nowhere. Where the system has no such calls (Windows) paths are used, and links are
refused by what `lstat` says.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..command import MAX_BYTES
from .place import DEEPEST, MOST_ENTRIES, NOTHING_IN_IT, TOO_LARGE, Entry, IntakeError, Refused

BENEATH = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
KINDS = {
    stat.S_IFLNK: "a link; links are not followed",
    stat.S_IFIFO: "a named pipe, not a plain file",
    stat.S_IFSOCK: "a socket, not a plain file",
    stat.S_IFCHR: "a device, not a plain file",
    stat.S_IFBLK: "a device, not a plain file",
}


class Folder:
    """The files beneath a folder, but for those `aside` (the output folder, the key, the roster)."""

    def __init__(self, root: Path, aside: frozenset[tuple[int, int]] = frozenset()) -> None:
        self.root, self.aside = root, aside

    def entries(self) -> list[Entry]:
        found: list[Entry] = []
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            listing, reason = self._listing(parts)
            if reason:
                found.append(Entry(parts=parts, refused=reason, folder=True))
            for name, status in listing:
                if (status.st_dev, status.st_ino) in self.aside:
                    continue
                path = (*parts, name)
                if stat.S_ISDIR(status.st_mode) and len(path) < DEEPEST:
                    waiting.append(path)
                else:
                    found.append(Entry(parts=path, refused=why_not(status), handle=path))
                if len(found) + len(waiting) > MOST_ENTRIES:
                    raise IntakeError(f"{self.root}: expected at most {MOST_ENTRIES} files; got more")
        return sorted(found, key=lambda entry: entry.parts)

    def read(self, entry: Entry) -> bytes:
        if entry.refused:
            raise Refused(entry.refused)
        try:
            with os.fdopen(self._opened(entry.handle), "rb") as stream:
                reason = why_not(os.fstat(stream.fileno()))
                data = b"" if reason else stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise Refused(f"cannot be read: {error.strerror or error}") from error
        if reason:
            raise Refused(reason)
        if len(data) > MAX_BYTES:
            raise Refused(TOO_LARGE)
        return data

    def close(self) -> None:
        return None

    def _listing(self, parts: tuple[str, ...]) -> tuple[list[tuple[str, os.stat_result]], str]:
        """Names of a folder with what they are, or why there are none; at the top that is an error."""
        try:
            found = beneath_listing(self.root, parts) if BENEATH else plain_listing(self.root.joinpath(*parts))
        except OSError as error:
            if parts:
                return [], f"a folder that cannot be read: {error.strerror or error}"
            raise IntakeError(f"{self.root}: cannot be read: {error.strerror or error}") from error
        return found, NOTHING_IN_IT if parts and not found else ""

    def _opened(self, parts: tuple[str, ...]) -> int:
        if BENEATH:
            return beneath(self.root, parts, os.O_RDONLY)
        return os.open(self.root.joinpath(*parts), os.O_RDONLY | getattr(os, "O_BINARY", 0))


def plain_listing(folder: Path) -> list[tuple[str, os.stat_result]]:
    return [(path.name, path.lstat()) for path in sorted(folder.iterdir())]


def beneath_listing(root: Path, parts: tuple[str, ...]) -> list[tuple[str, os.stat_result]]:
    handle = beneath(root, parts, os.O_RDONLY | os.O_DIRECTORY)
    try:
        names = sorted(os.listdir(handle))  # noqa: PTH208 - of an open folder
        return [(name, os.stat(name, dir_fd=handle, follow_symlinks=False)) for name in names]
    finally:
        os.close(handle)


def beneath(root: Path, parts: tuple[str, ...], flags: int) -> int:
    """Open a path step by step, following no link. A FIFO does not block the opening."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        more = flags | os.O_NONBLOCK if last else os.O_RDONLY | os.O_DIRECTORY
        try:
            step = os.open(part, more | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
        finally:
            os.close(handle)
        handle = step
    return handle


def why_not(status: os.stat_result) -> str:
    """Why a file is not read; "" for a plain one of bearable size."""
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        return f"a folder more than {DEEPEST - 1} folders down"
    if kind != stat.S_IFREG:
        return KINDS.get(kind, "not a plain file")
    return TOO_LARGE if status.st_size > MAX_BYTES else ""
