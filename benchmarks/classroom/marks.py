"""The points that a part deserves by the table of `docs/grading.md`: from what is true of its links, not from a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .chains import Link


@dataclass(frozen=True)
class Worth:
    """A part of the key: its points, those of the answer, and the steps that the model solution took."""

    id: str
    points: Fraction
    answer: Fraction
    steps: int
    target: str
    value: str
    also: tuple[str, ...] = ()
    more: str = ""


ERROR, LATE = Fraction(1, 2), Fraction(4, 5)


def total(points: Mapping[str, str | None], late: bool) -> Fraction | None:
    """The total; None while a part waits for a person."""
    if any(p is None for p in points.values()):
        return None
    return (LATE if late else Fraction(1)) * sum((Fraction(p) for p in points.values() if p is not None), Fraction(0))


def deserved(worth: Worth, links: Sequence[Link], agrees: bool) -> tuple[Fraction | None, bool]:
    """Points, and whether a person has to look; None: no number is deserved before that."""
    if any(link.status == "garbled" for link in links):
        return None, True
    own = sum(1 for link in links if link.status == "wrong")
    carried = sum(1 for link in links if link.status == "carried")
    hold = sum(1 for link in links if link.status in ("right", "carried"))
    full = worth.points - worth.answer
    method = max(Fraction(0), full - ERROR * full * own)
    if agrees:
        return worth.answer + method, False
    method = min(method, full * min(Fraction(1), Fraction(hold, worth.steps)))
    if not own and carried:
        return method + worth.answer, False
    return method, False
