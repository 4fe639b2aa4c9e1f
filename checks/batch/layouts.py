"""Who handed in what: files as the usual course systems export them, sorted by student.

======================  ===============================================================================================
a file per student      `alice.md`; several of one stem (`alice.md`, `alice.tex`) belong together
a folder per student    `alice/solution.md`, with folders in it
Moodle                  `Ada Lovelace_1234567_assignsubmission_file_/solution.md`, or flat: all that before its name
Canvas                  `lovelaceada_123_456_solution.md`, `lovelaceada_LATE_123_456_solution-2.md`
nbgrader                `submitted/alice/homework1/solution.md`, with `timestamp.txt`
Gradescope              `submission_123456/solution.md`, with `submission_metadata.yml`
======================  ===============================================================================================

One folder around everything is looked through. Files of the system and hidden ones are counted and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .names import natural, shown
from .place import Entry

MOODLE = re.compile(r"(?s)(?P<name>.+)_(?P<number>\d{1,19})_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)")
CANVAS = re.compile(r"(?s)(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d{1,19})_(?:\d{1,19})_(?P<rest>.+)")
GRADESCOPE = re.compile(r"submission_(?P<number>\d{1,19})")
BLIND = re.compile(r"Participant[ _]\d{1,19}")
JUNK = frozenset(("__macosx", "thumbs.db", "desktop.ini", "timestamp.txt", "submission_metadata.yml"))
# What someone may have handed in instead of a document; a lone file of any other kind is no submission.
TEXTS = (
    ".pdf",
    ".doc",
    ".docx",
    ".odt",
    ".rtf",
    ".txt",
    ".ipynb",
    ".pages",
    ".ps",
    ".djvu",
    ".lyx",
    ".ltx",
    ".markdown",
)
HANDED_IN = (*TEXTS, ".jpg", ".jpeg", ".png", ".heic", ".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".xz", ".bz2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """What one student handed in.

    `key` tells students apart; `ids` are the names that the course system gives; `entries` lie under the student alone.
    """

    key: str
    name: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    late: bool = False
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Piles by student, the files that belong to nobody, and how many files of the system were passed over."""

    piles: tuple[Pile, ...]
    strays: tuple[str, ...] = ()
    junk: int = 0


def sort_out(entries: Sequence[Entry], assignment: str = "", archive: bool = False) -> Sorted:
    """The piles of a place, in natural order of their keys."""
    kept = [entry for entry in entries if not is_junk(entry)]
    kept = unwrapped(kept, archive)
    piles: dict[str, Pile] = {}
    strays: list[str] = []
    for entry in kept:
        pile = pile_of(entry)
        if pile is None:
            strays.append(shown("/".join(entry.parts)))
            continue
        if assignment and not of_assignment(entry, assignment):
            pile = replace(pile, entries=())
        known = piles.get(pile.key, pile)
        more = pile.entries if known is not pile else ()
        piles[pile.key] = replace(known, entries=(*known.entries, *more), late=known.late or pile.late)
    ordered = sorted(piles.values(), key=lambda pile: (natural(pile.key), pile.key))
    return Sorted(piles=tuple(map(sorted_files, ordered)), strays=tuple(strays), junk=len(entries) - len(kept))


def is_junk(entry: Entry) -> bool:
    """Hidden files, files of the system, and what editors and office programs leave beside a file."""
    hidden = any(part.startswith((".", "~$")) and part != ".." for part in entry.parts)
    left = entry.name.endswith(("~", ".swp", ".swo", ".tmp"))
    return hidden or left or any(part.casefold() in JUNK for part in entry.parts)


def unwrapped(entries: list[Entry], archive: bool) -> list[Entry]:
    """The entries without a folder that holds all of them, where it cannot be a student's.

    Such a folder holds folders with documents in them; in an archive several documents are enough.
    """
    tops = {entry.parts[0] for entry in entries}
    if len(tops) != 1 or any(len(entry.parts) < 2 for entry in entries) or not entries:
        return entries
    if MOODLE.fullmatch(entries[0].parts[0]) or GRADESCOPE.fullmatch(entries[0].parts[0]):
        return entries
    nested = any(len(entry.parts) > 2 for entry in entries if entry.is_document or entry.refused)
    several = sum(1 for entry in entries if len(entry.parts) == 2 and entry.is_document) > 1
    if not nested and not (archive and several):
        return entries
    return unwrapped([replace(entry, parts=entry.parts[1:]) for entry in entries], archive)


def pile_of(entry: Entry) -> Pile | None:
    """The student of one entry, with the entry; None for a lone file that nobody hands in."""
    if len(entry.parts) > 1 or entry.folder:
        return folder_pile(entry)
    name = entry.name
    if match := MOODLE.fullmatch(name):
        return moodle_pile(match, entry, match["rest"] or name)
    if match := CANVAS.fullmatch(name):
        return Pile(
            key=f"{match['name']}_{match['number']}",
            ids={"canvas": match["number"], "canvas_name": match["name"]},
            late=match["late"] is not None,
            entries=(renamed(entry, match["rest"]),),
        )
    if not entry.is_document and not name.casefold().endswith(HANDED_IN) and not entry.refused:
        return None
    stem, _, _ = name.rpartition(".")
    odd = name != name.rstrip(" .")  # `a.md.` is not the file of the one who handed in `a.md`
    return Pile(key=name if odd or not stem else stem, entries=(entry,))


def folder_pile(entry: Entry) -> Pile:
    top, rest = entry.parts[0], entry.parts[1:]
    inner = replace(entry, parts=rest) if rest else entry
    if match := MOODLE.fullmatch(top):
        return moodle_pile(match, inner)
    if match := GRADESCOPE.fullmatch(top):
        return Pile(key=top, ids={"gradescope": match["number"]}, entries=(inner,))
    return Pile(key=top, entries=(inner,))


def moodle_pile(match: re.Match[str], entry: Entry, rest: str = "") -> Pile:
    """Moodle writes the participant's number behind the name; with blind marking the number is all there is."""
    name, number = match["name"], match["number"]
    one = renamed(entry, rest) if rest else entry
    known = "" if BLIND.fullmatch(name) else name
    return Pile(key=f"{name}_{number}", name=known, ids={"moodle": number}, entries=(one,))


def renamed(entry: Entry, name: str) -> Entry:
    """An entry under the name that the student gave it."""
    return replace(entry, parts=(*entry.parts[:-1], name))


def of_assignment(entry: Entry, assignment: str) -> bool:
    """Whether a file lies in the folder of an assignment beneath the student's (`student/assignment/file`)."""
    return len(entry.parts) > 2 and entry.parts[1] == assignment


def sorted_files(pile: Pile) -> Pile:
    files: Iterable[Entry] = sorted(pile.entries, key=lambda e: (natural("/".join(e.parts)), e.parts))
    return replace(pile, entries=tuple(files))
