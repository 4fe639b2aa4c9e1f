"""A zip of submissions, read in memory member by member: nothing is extracted.

What is refused, each with its reason: a path that leaves the archive (absolute, a drive, `..`), a link or a device, an
encrypted member, a method other than stored and deflated (the others may ask for gigabytes to unpack anything), a ratio
or size beyond the limits, two members of one name. Sizes in the directory may lie, so every read is limited as well.
The size of the directory is looked at before Python's reader builds an object for each of its entries.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import Path

from ..command import MAX_BYTES
from .place import DEEPEST, MOST_ENTRIES, NOTHING_IN_IT, TOO_LARGE, Entry, IntakeError, Refused

RATIO = 500  # uncompressed bytes of one compressed byte; one formula thousands of times reaches 220, zeros 1030
SMALL = 100_000  # bytes below which no ratio matters
DIRECTORY = 32 << 20  # bytes of the directory
TOTAL = 1 << 30  # bytes of all documents together
DUPLICATE = "two members of the archive bear this name"
END, END64 = b"PK\x05\x06", b"PK\x06\x06"


class Archive:
    """The members of a zip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            check_directory(path)
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, struct.error, ValueError, NotImplementedError, UnicodeError) as error:
            raise IntakeError(f"{path}: not a zip that can be read, or damaged: {error}") from error

    def entries(self) -> list[Entry]:
        members = [(split(info.orig_filename), info) for info in self._zip.infolist()]
        files = [(parts, info) for parts, info in members if not is_folder(info)]
        holding = {parts[:n] for parts, _ in files for n in range(1, len(parts))}
        hollow = {parts for parts, info in members if is_folder(info) and parts and ".." not in parts} - holding
        if len(files) > MOST_ENTRIES:
            raise IntakeError(f"{self.path}: expected at most {MOST_ENTRIES} members; got {len(files)}")
        times = Counter(parts for parts, _ in files)
        found = [Entry(parts=parts, refused=NOTHING_IN_IT, folder=True) for parts in hollow]
        seen: set[tuple[str, ...]] = set()
        total = 0
        for parts, info in files:
            reason = path_reason(info.orig_filename, parts) or (DUPLICATE if times[parts] > 1 else "") or why_not(info)
            total += 0 if reason else info.file_size
            if total > TOTAL:
                reason = f"the documents of the archive have more than {TOTAL} bytes together"
            if parts not in seen:
                found.append(Entry(parts=parts or ("?",), refused=reason, handle=info))
            seen.add(parts)
        return sorted(found, key=lambda entry: entry.parts)

    def read(self, entry: Entry) -> bytes:
        if entry.refused:
            raise Refused(entry.refused)
        try:
            with self._zip.open(entry.handle) as stream:
                data = stream.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Refused(f"damaged in the archive: {error}") from error
        except (OSError, RuntimeError, NotImplementedError, ValueError, struct.error) as error:
            raise Refused(f"cannot be read: {error}") from error
        if len(data) > MAX_BYTES:
            raise Refused(TOO_LARGE)
        return data

    def close(self) -> None:
        self._zip.close()


def check_directory(path: Path) -> None:
    """Refuse a directory of more than `DIRECTORY` bytes before anything is made of it.

    Its size stands in the end record (22 bytes and a comment of at most 65535), in the 64-bit one where that is full.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 17)))
        tail = stream.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) < place + 22:
        raise zipfile.BadZipFile("it has no end record, as when it was cut off")
    (length,) = struct.unpack("<L", tail[place + 12 : place + 16])
    wide = tail.rfind(END64, 0, place)
    if length == 0xFFFFFFFF and wide >= 0:
        (length,) = struct.unpack("<Q", tail[wide + 40 : wide + 48])
    if length > DIRECTORY:
        raise IntakeError(f"{path}: the directory of the archive has {length} bytes; at most {DIRECTORY} are read")


def split(name: str) -> tuple[str, ...]:
    """The parts of a member's path; a backslash separates too, as the programs that write it mean it."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))


def is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\"))


def path_reason(name: str, parts: tuple[str, ...]) -> str:
    """Why a path is not taken."""
    if name.startswith(("/", "\\")) or (name[:1].isalpha() and name[1:2] == ":"):
        return "an absolute path"
    if ".." in parts:
        return "a path that leaves the archive"
    if "\x00" in name:
        return "a name with a NUL character"
    if not parts:
        return "a member without a name"
    return f"a file more than {DEEPEST - 1} folders down" if len(parts) > DEEPEST else ""


def why_not(info: zipfile.ZipInfo) -> str:
    """Why a member is not read, as far as the directory tells; "" for an ordinary one."""
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    if kind == stat.S_IFLNK:
        return "a link; links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "not a plain file"
    if info.flag_bits & 0x1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed by a method other than stored or deflated"
    if info.file_size > MAX_BYTES:
        return TOO_LARGE
    if info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size):
        return f"packed {info.file_size // max(1, info.compress_size)} to one, as archives are that are meant to harm"
    return ""
