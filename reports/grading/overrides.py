r"""The last word of a person: `overrides.toml`, applied after everything else, and shown as such.

[[override]]
student = "ada"
part = "2"
points = 3
comment = "The integral is right; the program could not decide it."
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...checks.key_text import ReadError, Source, Span, load_table, unknown_key
from .fields import Fields
from .key import Key
from .marks import Cell, PartMark, StudentMarks
from .places import Place

KEYS = ("student", "part", "points", "comment")
_HEAD = re.compile(r"(?m)^[ \t]*\[\[[ \t]*override[ \t]*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The points that a person gives a student for a part, why, and where that stands."""

    student: str
    part: str
    points: Fraction
    comment: str
    span: Span


def read_overrides(source: Source, key: Key) -> tuple[Override, ...]:
    """The overrides of a file, in its order.

    Raises:
        ReadError: an unknown key or part, more points than the part has, a part of a student set twice: with its place.
    """
    if not source.text.strip():
        return ()
    table = load_table(source)
    for name in table:
        if name != "override":
            raise unknown_key(name, ("override",), Place(source, 0, len(source.text)).key(name), "the overrides")
    whole = Fields(table, Place(source, 0, len(source.text)), "the overrides", ("override",))
    heads = [match.start() for match in _HEAD.finditer(source.text)]
    found: dict[tuple[str, str], Override] = {}
    for number, item in enumerate(whole.tables("override")):
        start = heads[number] if number < len(heads) else 0
        stop = heads[number + 1] if number + 1 < len(heads) else len(source.text)
        override = read_one(Fields(item, Place(source, start, stop), f"override {number + 1}", KEYS), key)
        if (override.student, override.part) in found:
            raise ReadError(f"expected one override for part '{override.part}' of {override.student!r}", override.span)
        found[override.student, override.part] = override
    return tuple(found.values())


def read_one(fields: Fields, key: Key) -> Override:
    part = key.part(fields.text("part", None))
    if part is None:
        raise unknown_key(fields.table["part"], tuple(p.id for p in key.parts), fields.place.key("part"), "the key")
    if "points" not in fields.table:
        raise fields.wrong("points", "a number")
    points = fields.points("points", None)
    if points > part.points:
        raise fields.wrong("points", f"at most the points of the part, {part.points}")
    return Override(
        student=fields.text("student", None),
        part=part.id,
        points=points,
        comment=fields.text("comment", ""),
        span=fields.place.key("student"),
    )


def check_students(overrides: Sequence[Override], students: Collection[str]) -> None:
    """Raises ReadError for an override of a student who is not in the class."""
    for override in overrides:
        if override.student not in students:
            raise unknown_key(override.student, tuple(students), override.span, "the class")


def overridden(marks: StudentMarks, overrides: Sequence[Override]) -> StudentMarks:
    """The marks with what a person decided in the place of what was found."""
    mine = {override.part: override for override in overrides if override.student == marks.student}
    return replace(marks, parts=tuple(set_by(mine.get(part.part), part) for part in marks.parts)) if mine else marks


def set_by(override: Override | None, mark: PartMark) -> PartMark:
    if override is None:
        return mark
    return replace(
        mark,
        points=override.points,
        cell=Cell.PERSON,
        settled=True,
        said=mark.said if mark.settled else (),  # that a person looks at it is no longer true
        review=(),
        milestones={},
        comment=override.comment,
    )
