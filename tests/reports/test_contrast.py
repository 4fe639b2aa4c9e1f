"""A box shows where two formulas differ, and changes nothing else about the formula."""

from __future__ import annotations

import pytest

from twofold.reports.contrast import difference_boxed, entry_boxed, right_side
from twofold.reports.mathml import mathml


@pytest.mark.parametrize(
    ("mine", "other", "inside"),
    [
        (r"\frac{5}{4\pi} e^{-x}", r"\frac{5}{2\pi} e^{-x}", "<mn>4</mn>"),
        (r"x^2 + 3y", r"x^3 + 3y", "<mn>2</mn>"),
        ("a + b - c", "a + b + c", "<mo"),
        (
            r"\begin{bmatrix} 5 & 3 \\ 3 & 10 \end{bmatrix}",
            r"\begin{bmatrix} 5 & 3 \\ 3 & 9 \end{bmatrix}",
            "<mn>10</mn>",
        ),
        (
            r"a + b + c + d + e + \operatorname{sech}^{2}(x)",
            r"a + b + c + d + e + \operatorname{sech}(x)",
            "<msup><mi>sech</mi><mn>2</mn></msup>",
        ),
        (r"\frac12 x + b + c + d", r"\frac34 x + b + c + d", "<mfrac>"),
    ],
)
def test_the_part_that_differs_is_boxed(mine: str, other: str, inside: str) -> None:
    """Equal ends are taken off, also inside of groups; arguments of a fraction are never torn from it."""
    markup = mathml(difference_boxed(mine, other))
    box = markup[markup.index("<menclose") : markup.index("</menclose>")]
    assert box.count("<menclose") == 1 and inside in box


@pytest.mark.parametrize(
    ("mine", "other"), [("x", "x"), ("a + b", "c"), ("", "x"), (r"\frac{1}{2}", r"\frac{3}{4}"), ("a b", "a c b")]
)
def test_no_box_where_it_would_tell_nothing(mine: str, other: str) -> None:
    """Equal formulas, formulas without a common part, and a part that is missing have no box."""
    assert difference_boxed(mine, other) == ""


def leaves(markup: str) -> str:
    import re

    return "".join(re.sub(r"<[^<>]*>", " ", markup).split())


@pytest.mark.parametrize(
    "other", [r"\frac{13}{4}x^{2}-y", r"\sqrt{13}", r"\frac{12}{5}x^{3}-y", r"-\frac{12}{4}x^{2}-y"]
)
def test_the_signs_are_those_that_were_written(other: str) -> None:
    """With or without a box the formula has the same signs in the same order."""
    mine = r"\frac{12}{4}x^{2}-y"
    shown = difference_boxed(mine, other)
    assert not shown or leaves(mathml(shown)) == leaves(mathml(mine))


def test_an_entry_of_a_matrix_is_boxed() -> None:
    """The entry that a counterexample names, counted from 1; none outside of the matrix, none in a product."""
    matrix = r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
    markup = mathml(entry_boxed(matrix, "(2, 1)"))
    assert '<menclose notation="box"><mn>3</mn></menclose>' in markup and markup.count("menclose") == 2
    assert entry_boxed(matrix, "(3, 1)") == "" and entry_boxed(matrix + matrix, "(1, 1)") == ""


def test_the_right_side_of_a_printed_equation() -> None:
    """A sign in the bounds of a sum is not the relation."""
    assert right_side(r"\sum_{i=1}^{n} a = b + 1") == "b+1"
    assert right_side("a") == ""
