"""A key is read as it is meant, and every mistake in it is an error with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from twofold.checks.key_text import ReadError, Source
from twofold.reports.grading.key import Form, Key, Unresolved
from twofold.reports.grading.key_reader import read_key
from twofold.reports.grading.toml_text import toml_text

HEAD = """title = "Homework"
[symbols]
A = "= [[3, 2], [1, 4]]"
x = "positive"
[[claim]]
id = "product"
plain = "A*A^T = [[13, 11], [11, 17]]"
[grading]
unresolved = "wait"
error = 0.25
[grading.hints]
sign = "Look at the signs."
"""
PART = """[[grading.part]]
id = "1"
heading = "Problem 1"
points = 4
target = "det(A)"
value = "10"
"""


def read(text: str, folder: Path | None = None) -> Key:
    return read_key(Source("key.toml", text), folder)


def trouble(text: str, folder: Path | None = None) -> tuple[str, int, int]:
    """The message with its hint, the line and the column."""
    with pytest.raises(ReadError) as caught:
        read(text, folder)
    error = caught.value
    return f"{error.message} {error.hint}", error.span.line, error.span.column


def test_a_part_has_what_the_key_says_and_else_what_the_table_says() -> None:
    """Points are exact: half of them are for the answer, and a quarter of the rest is what an error takes."""
    part = read(HEAD + PART).parts[0]
    assert (part.points, part.answer, part.method) == (4, 2, 2)
    assert part.error == Fraction(1, 2)
    assert part.unresolved is Unresolved.WAIT
    assert part.hints == {"sign": "Look at the signs."}
    assert part.target.names == ("det(A)",)
    assert part.heading == "Problem 1"


def test_a_tenth_is_a_tenth() -> None:
    """Three times 0.1 is 3/10: no binary fraction comes near the points."""
    key = read(HEAD + PART.replace("points = 4", "points = 0.1"))
    assert key.points * 3 == Fraction(3, 10)


def test_a_part_may_be_a_claim_of_the_key() -> None:
    """It begins where the claim begins and has the value at its end."""
    part = read(HEAD + '[[grading.part]]\nid = "p"\npoints = 1\nclaim = "product"\n').parts[0]
    assert part.target.names == ("A*A^T",)
    assert part.target.value == "[[13, 11], [11, 17]]"


def test_a_formula_in_tex_is_the_same_formula() -> None:
    """Notation is no difference: a student's document is compared with what was understood."""
    tex = PART.replace('"det(A)"', r"'\det A'").replace('"10"', r"'\frac{20}{2}'")
    target = read(HEAD + tex).parts[0].target
    assert (target.names[0], target.value) == ("det(A)", "20/2")
    assert target.tex == (r"\det A",)


def test_a_name_of_the_students_own_may_be_the_target() -> None:
    """A bare name needs no declaration: the student defines it."""
    target = read(HEAD + PART.replace("det(A)", "P")).parts[0].target
    assert target.names == ("P",)


def test_a_decimal_allows_half_a_unit_of_its_last_place() -> None:
    """0.001 off is wrong for three places, 0.0005 is not."""
    part = read(HEAD + PART + 'form = "decimal"\nplaces = 3\n').parts[0]
    assert part.form is Form.DECIMAL
    assert Fraction(part.bound()) == Fraction(1, 2000)


def test_the_declarations_are_one_text_whatever_their_layout_was() -> None:
    """Comments, order inside [grading] and points change nothing of what submissions are read under."""
    other = HEAD.replace("[symbols]", "# a comment\n[symbols]").replace("error = 0.25", "error = 0.5")
    assert read(HEAD + PART).given == read(other + PART.replace("= 4", "= 9")).given
    assert read(HEAD + PART).given != read(HEAD.replace("[3, 2]", "[3, 1]") + PART.replace("10", "11")).given


@pytest.mark.parametrize(
    ("old", "new", "told", "place"),
    [
        ("heading =", "headng =", "did you mean 'heading'", "headng"),
        ("unresolved =", "unresolvd =", "did you mean 'unresolved'", "unresolvd"),
        ("[grading.hints]", "[gradings.hints]", "did you mean 'grading'", "gradings"),
        ("points = 4", "points = -1", "number from 0", "points = -1"),
        ("points = 4", "points = nan", "a number", "points = nan"),
        ("points = 4", "points = inf", "a number", "points = inf"),
        ("points = 4", "points = true", "a number", "points = true"),
        ("points = 4", 'points = "4"', "a number", 'points = "4"'),
        ("points = 4", "points = 4\nanswer = 5", "at most its points", "answer = 5"),
        ("points = 4", "points = 4\ntolerance = 0", "positive tolerance", "tolerance = 0"),
        ("points = 4", "points = 4\ntolerance = inf", "a number", "tolerance = inf"),
        ("points = 4", "points = 4\nfollow_through = 2", "a share from 0 to 1", "follow_through"),
        ("points = 4", 'points = 4\nform = "decimal"', "expected 'places'", "form = "),
        ("points = 4", 'points = 4\nform = "decimals"', "one of 'any', 'decimal'", "form = "),
        ("points = 4", 'points = 4\nclaim = "produkt"', "did you mean 'product'", "claim = "),
        ('value = "10"', 'value = "10 +"', "formula that can be read", "value = "),
        ('value = "10"', 'value = "q*10"', "got 'q'", "value = "),
        ("det(A)", "det(W)", "got 'W'", "target = "),
        ('id = "1"', "id = 1", "expected a text for 'id'", "id = 1"),
        ('id = "1"', 'id = "=1+1"', "letters, digits", 'id = "=1+1"'),
        ("error = 0.25", "error = 0.25\nerror = 0.5", "expected TOML", ""),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, told: str, place: str) -> None:
    """The line is that of the key in the file, and an unknown key comes with the nearest known one."""
    text = (HEAD + PART).replace(old, new)
    message, line, column = trouble(text)
    assert told in message
    if place:
        assert text.split("\n")[line - 1][column - 1 :].startswith(place)


def test_the_second_of_two_parts_is_the_one_that_is_told() -> None:
    """A place is looked for in its own part: the first one has the same key, spelled right."""
    text = HEAD + PART + PART.replace('"1"', '"2"').replace("points = 4", "points = -4")
    _, line, _ = trouble(text)
    assert text.split("\n")[line - 1] == "points = -4"


def test_two_parts_have_two_ids() -> None:
    """Also where they differ by case alone: columns and file names may not tell them apart."""
    message, _, _ = trouble(HEAD + PART.replace('"1"', '"a"') + PART.replace('"1"', '"A"'))
    assert "its own id" in message


def test_a_key_without_parts_is_none() -> None:
    message, line, _ = trouble(HEAD)
    assert "[[grading.part]]" in message
    assert line == HEAD.split("\n").index("[grading]") + 1


def variants(folder: Path, rows: str) -> str:
    (folder / "v.csv").write_text(rows, encoding="utf-8")
    return HEAD + '[grading.variants]\ntable = "v.csv"\n' + PART.replace('"10"', '"A*A^T"').replace("det(A)", "P")


def test_each_student_has_the_matrix_of_the_table(tmp_path: Path) -> None:
    """The symbol of the row stands in the place of the key's, all else is the same."""
    key = read(variants(tmp_path, 'student,A\nada,"[[1, 2], [3, 4]]"\nbob,"[[5, 6], [7, 8]]"\n'), tmp_path)
    assert set(key.given_for) == {"ada", "bob"}
    assert 'A = "= [[1, 2], [3, 4]]"' in key.given_for["ada"]
    assert 'x = "positive"' in key.given_for["bob"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('student,A\nada,"[[1, 2], [3"\n', "row 2"),
        ("name,A\nada,3\n", "student"),
        ('student,A\nada,"[[1]]"\nada,"[[2]]"\n', "twice"),
        ("student,A\n", "a row per student"),
    ],
)
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, rows: str, told: str) -> None:
    message, line, _ = trouble(variants(tmp_path, rows), tmp_path)
    assert told in message
    assert line > 1


@pytest.mark.parametrize("path", ["../v.csv", "/etc/passwd", "nothing.csv"])
def test_a_table_is_looked_for_beside_the_key_alone(tmp_path: Path, path: str) -> None:
    """A path that leads out of the folder is refused before anything is opened."""
    (tmp_path / "v.csv").write_text('student,A\nada,"[[1]]"\n')
    (tmp_path / "sub").mkdir()
    text = HEAD + f'[grading.variants]\ntable = "{path}"\n' + PART
    message, _, _ = trouble(text, tmp_path / "sub")
    assert "table" in message


def test_a_table_written_and_read_again_is_the_same_table() -> None:
    """Strings with quotes, backslashes, line feeds and odd characters; nested values; empty ones."""
    import tomllib

    table = {
        "seed": 4,
        "symbols": {"\\sigma": 'a"b\\c\nd\te\x7f\u2028', "x y": "real"},
        "maps": {"Y": {"of": "Z", "matrix": [["1", "2"]], "offset": [0, 1.5], "deep": {"a": True}}},
        "claim": [{"id": "a"}, {"id": "b"}],
        "empty": {},
    }
    assert tomllib.loads(toml_text(table)) == table
