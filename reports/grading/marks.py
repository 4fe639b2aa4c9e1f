"""Marks: what each part of a submission earned, why, and what a person still has to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Cell(StrEnum):
    """What became of a part.  `look` waits for a person; no other one does.

    ========  ==========================================================================================
    right     the answer agrees with the key, and no step of the part is wrong
    slip      the answer agrees all the same; a step on the way is wrong
    follows   a wrong answer that follows from an earlier error alone
    wrong     the answer differs from the key
    absent    nothing was handed in for this part
    look      undecided, unread, refuted by statistics alone, or not found among the lines of the part
    person    set by a person
    ========  ==========================================================================================
    """

    RIGHT = "right"
    SLIP = "slip"
    FOLLOWS = "follows"
    WRONG = "wrong"
    ABSENT = "absent"
    LOOK = "look"
    PERSON = "person"


GLYPHS = {
    Cell.RIGHT: "\u2713",
    Cell.SLIP: "\u2713\u2717",
    Cell.FOLLOWS: "\u2192",
    Cell.WRONG: "\u2717",
    Cell.ABSENT: "\u2013",
    Cell.LOOK: "?",
    Cell.PERSON: "\u270e",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A wrong step of the student's own: its id, line, kind (of the diagnosis, or ""), and the sentences for both."""

    step: str
    line: int
    kind: str
    message: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMark:
    """The mark of one part.

    Attributes:
        points: None while a person has to decide.
        settled: False while a person should look, whatever the points.
        said: sentences for the student; empty for a hidden part.
        review: sentences for the instructor: why a person should look.
        answer: the value that was judged, as understood, "" where none was found; line: where it stands.
        group: what equal answers share, whatever their notation.
        judged_with: the ids of earlier steps that were taken as given.
        steps: the ids of the steps of the part.
        code: what happened, short and stable, for statistics: equal codes are equal stories.
        comment: of a person who set the points.
    """

    part: str
    points: Fraction | None
    worth: Fraction
    cell: Cell
    settled: bool = True
    said: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    milestones: Mapping[str, Fraction | None] = field(default_factory=dict)
    answer: str = ""
    group: str = ""
    line: int = 0
    why: str = ""
    judged_with: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    code: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentMarks:
    """One student: the marks of every part, and what the intake told.

    `keeps`: the share of the points that is kept (a late submission may lose some).
    """

    student: str
    name: str
    slug: str
    status: str
    parts: tuple[PartMark, ...]
    ids: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    keeps: Fraction = Fraction(1)
    reasons: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()  # what a person should look at and belongs to no part
    has_run: bool = True
    verdicts: Mapping[str, int] = field(default_factory=dict)

    @property
    def so_far(self) -> Fraction:
        """The points that are there, whatever still waits."""
        return self.keeps * sum((part.points for part in self.parts if part.points is not None), Fraction(0))

    @property
    def points(self) -> Fraction | None:
        """The total; None while a part waits for a person, so that no export takes it for a mark."""
        return None if any(part.points is None for part in self.parts) else self.so_far

    @property
    def review(self) -> tuple[str, ...]:
        """Everything that a person should look at, by part; what holds for the whole submission stands once."""
        if not self.has_run and not self.settled:
            return tuple(dict.fromkeys(reason for part in self.parts if not part.settled for reason in part.review))
        found = [f"{part.part}: {reason}" for part in self.parts if not part.settled for reason in part.review]
        return (*found, *self.stray)

    @property
    def settled(self) -> bool:
        return all(part.settled for part in self.parts) and not self.stray
