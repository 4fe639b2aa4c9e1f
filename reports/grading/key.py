"""The key of an assignment: its parts, what each is worth, and how an answer is recognised and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Form(StrEnum):
    """How an answer must be written; never mixed with whether it is right."""

    ANY = "any"
    DECIMAL = "decimal"
    FACTORED = "factored"
    EXPANDED = "expanded"
    NUMBER = "number"


class Unresolved(StrEnum):
    """What an answer is worth that could not be decided, until a person has looked."""

    FULL = "full"
    WAIT = "wait"
    ZERO = "zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A quantity: the left sides by which it is recognised, and its value, all as understood under what is given.

    Attributes:
        names: the typed left side, and other left sides that mean the same.
        tex: left sides compared as written, for names that the key does not declare (spaces do not count).
        value: the right value in plain notation.
    """

    names: tuple[str, ...]
    value: str
    tex: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A required step: a quantity that must be reached by steps that hold, and its points."""

    id: str
    title: str
    points: Fraction
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the answer of a part needed in the model solution: the measure of follow-through, whatever was left of it.

    Attributes:
        steps: the judged steps of the model solution.
        names: the free names of the value; shape: its rows and columns; size: its signs.
    """

    steps: int = 1
    names: tuple[str, ...] = ()
    shape: str = ""
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the assignment.

    Attributes:
        points: of the whole part: `answer` for the value, those of the milestones, and the rest for the method.
        error: what each error of the student's own takes from the points for the method.
        follow_through: the share of `answer` for a wrong value that follows from an earlier error alone.
        heading: the heading under which students solve it, or "".
        form, places, form_points: how the answer must be written, and what another form costs.
        tolerance: how far a number may be off, or "" for equality.
        hidden: feedback for students tells nothing about this part.
        hints: sentences for students by the kind of mistake.
    """

    id: str
    title: str
    points: Fraction
    target: Target
    answer: Fraction
    error: Fraction
    follow_through: Fraction = Fraction(1)
    heading: str = ""
    form: Form = Form.ANY
    places: int = 0
    form_points: Fraction = Fraction(0)
    tolerance: str = ""
    hidden: bool = False
    unresolved: Unresolved = Unresolved.FULL
    milestones: tuple[Milestone, ...] = ()
    needs: Needs = field(default_factory=Needs)
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> Fraction:
        """The points for the way to the answer."""
        return self.points - self.answer - sum((m.points for m in self.milestones), Fraction(0))

    def bound(self) -> str:
        """How far a value may lie from that of the key, as an exact number; "" for equality.

        A decimal of n places is right when it is the rounded value: within 1/2 of 10^-n.
        """
        return f"1/{2 * 10**self.places}" if self.form is Form.DECIMAL and not self.tolerance else self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The key of an assignment.

    Attributes:
        given: the declarations of the key as the text of a `twofold` table; every submission is read under them.
        given_for: the same for students with a variant of their own.
        variants: whether there are variants; a student without one cannot be marked.
        statistical_refutes: whether a statistical refutation takes marks without a person.
        show_corrections: whether feedback shows what should have been written.
        late: the share of the points that a late submission keeps.
    """

    title: str
    parts: tuple[Part, ...]
    given: str = ""
    given_for: Mapping[str, str] = field(default_factory=dict)
    variants: bool = False
    statistical_refutes: bool = False
    show_corrections: bool = False
    late: Fraction = Fraction(1)

    @property
    def points(self) -> Fraction:
        return sum((part.points for part in self.parts), Fraction(0))

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.id == name), None)


def points_text(points: Fraction) -> str:
    """Points for a person and for every export: at most two decimals, no trailing zeros.

    >>> points_text(Fraction(5, 2)), points_text(Fraction(3)), points_text(Fraction(1, 3))
    ('2.5', '3', '0.33')
    """
    rounded = (abs(points) * 100 + Fraction(1, 2)).__floor__()
    whole, rest = divmod(rounded, 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if points < 0 and rounded else text
