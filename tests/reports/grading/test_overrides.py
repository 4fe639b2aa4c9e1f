"""A person has the last word: it is applied after everything else, shown, and its mistakes have places."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from by_hand import key, marked, part

from twofold.checks.key_text import ReadError, Source
from twofold.reports.grading.marks import Cell
from twofold.reports.grading.overrides import check_students, overridden, read_overrides

ONE = '[[override]]\nstudent = "ada"\npart = "1"\npoints = 3.5\ncomment = "Seen."\n'


def test_it_sets_the_points_and_settles_the_part() -> None:
    """Whatever was found: also where a person was waited for."""
    overrides = read_overrides(Source("o.toml", ONE), key())
    waiting = marked("ada")
    waiting = replace(waiting, parts=(replace(waiting.parts[0], points=None, settled=False, review=("why",)),))
    found = overridden(waiting, overrides)
    assert found.points == Fraction(7, 2)
    assert found.settled
    assert (found.parts[0].cell, found.parts[0].comment) == (Cell.PERSON, "Seen.")


def test_it_touches_nobody_else() -> None:
    overrides = read_overrides(Source("o.toml", ONE), key())
    assert overridden(marked("bob"), overrides) == marked("bob")


@pytest.mark.parametrize(
    ("old", "new", "told", "place"),
    [
        ('part = "1"', 'part = "11"', "did you mean '1'", "part"),
        ("points = 3.5", "points = 5", "at most the points of the part, 4", "points"),
        ("points = 3.5", "points = -1", "number from 0", "points"),
        ("points = 3.5", "", "a number", "[[override]]"),
        ("comment", "coment", "did you mean 'comment'", "coment"),
        ("[[override]]", "[[overide]]", "did you mean 'override'", "[[overide"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, told: str, place: str) -> None:
    text = ONE.replace(old, new)
    with pytest.raises(ReadError, match=r"expected") as caught:
        read_overrides(Source("o.toml", text), key())
    assert told in f"{caught.value.message} {caught.value.hint}"
    assert text.split("\n")[caught.value.span.line - 1].startswith(place)


def test_a_student_who_is_not_in_the_class_is_told() -> None:
    """With the nearest one who is."""
    overrides = read_overrides(Source("o.toml", ONE.replace("ada", "adda")), key())
    with pytest.raises(ReadError, match="adda") as caught:
        check_students(overrides, ["ada", "bob"])
    assert "ada" in (caught.value.hint or "")
    assert caught.value.span.line == 2


def test_one_part_of_a_student_is_set_once() -> None:
    with pytest.raises(ReadError, match="one override"):
        read_overrides(Source("o.toml", ONE + ONE), key(part()))
    assert read_overrides(Source("o.toml", "  \n"), key()) == ()
