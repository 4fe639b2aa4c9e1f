"""Formulas become MathML; what cannot be shown truthfully becomes escaped source; nothing becomes markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.reports.mathml import ELEMENTS, MAX_TEX, formula, mathml, printed

# The behaviour of math-core that pages rely on, read against MathML Core by hand: an upgrade that changes it is seen.
SNAPSHOTS = {
    "x": "<math><mi>x</mi></math>",
    r"\frac{1}{2}": "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
    "y_1^2": "<math><msubsup><mi>y</mi><mn>1</mn><mn>2</mn></msubsup></math>",
    r"\sqrt{x}": "<math><msqrt><mi>x</mi></msqrt></math>",
    "a<b": "<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>",
    r"\text{<b>}": "<math><mtext>&lt;b&gt;</mtext></math>",
    r"\operatorname{tr} A": '<math><mrow><mi>tr</mi><mo lspace="0.1667em">\u2061</mo><mi>A</mi></mrow></math>',
    r"\begin{matrix}1&2\end{matrix}": '<math><mtable displaystyle="false" scriptlevel="0"><mtr><mtd><mn>1</mn></mtd>'
    "<mtd><mn>2</mn></mtd></mtr></mtable></math>",
}


@pytest.mark.parametrize("tex", SNAPSHOTS)
def test_the_typeset_form_is_pinned(tex: str) -> None:
    """Fractions, scripts, roots, relations, text, operators and matrices."""
    assert mathml(tex) == SNAPSHOTS[tex]


def test_a_display_is_marked_as_one() -> None:
    """Display style is what makes limits stand below."""
    assert mathml("x", display=True) == '<math display="block"><mi>x</mi></math>'


@pytest.mark.parametrize(
    "tex",
    [
        r"\nosuchcommand{x}",
        r"\href{javascript:alert(1)}{x}",
        r"\phantom{x} = y",
        r"x + \cancel{y}",
        r"\hspace{-3em} x",
        "{" * 3000,
        "x" * (MAX_TEX + 1),
        "x\u202ey",
        "\x1b[2J",
        "",
        "<script>alert(1)</script>\\",
    ],
)
def test_what_cannot_be_shown_truthfully_is_shown_as_source(tex: str) -> None:
    """Refused, hidden, overprinted, absurdly long or invisible content falls back to escaped code."""
    shown = mathml(tex)
    assert re.fullmatch(r'<code class="tex">[^<>]*</code>', shown)


def test_a_colour_cannot_hide_a_symbol() -> None:
    """White on white is dropped: what is judged is what is shown."""
    assert mathml(r"\color{white} x") == "<math><mrow><mi>x</mi></mrow></math>"


def test_a_thin_negative_space_is_kept() -> None:
    r"""`\!` is ordinary typography."""
    assert "margin-left:-0.16666667em" in mathml(r"\int\!x")


def test_alignment_marks_never_join_the_entries_of_a_matrix() -> None:
    """One link of an aligned chain keeps its matrix: 1 and 2 stay two entries."""
    shown = formula(r"a &= \begin{pmatrix}1&2\end{pmatrix} \\")
    assert "<mn>1</mn></mtd><mtd><mn>2</mn>" in shown
    assert "<mn>12</mn>" not in shown


def test_colours_and_styles_leave_no_inline_style_but_margins() -> None:
    """Aligned columns arrive as classes, so a page needs no style from a formula."""
    shown = mathml(r"\begin{aligned}a&=b\\c&=d\end{aligned}")
    assert "style=" not in shown.replace('displaystyle="', "")
    assert 'class="r"' in shown and 'class="l"' in shown


@pytest.mark.parametrize(
    ("tex", "same"),
    [
        (r"\operatorname{Cov}\left(Y\right)", r"\operatorname{Cov}(Y)"),
        (r"\tanh\left(z_{1}^{3}\right)", r"\tanh(z_{1}^{3})"),
        (r"f\left(g\left(x\right)\right)", r"f(g(x))"),
        (r"\left(\frac{1}{2}\right)", r"\left(\frac{1}{2}\right)"),
        (r"\left(a) + (b\right)", r"\left(a) + (b\right)"),
    ],
)
def test_low_brackets_stand_close_and_tall_ones_grow(tex: str, same: str) -> None:
    """Brackets of our printer shrink only round content without a command or an unmatched bracket."""
    assert printed(tex) == mathml(same)


PIECES = st.sampled_from(
    [
        r"\frac",
        r"\text",
        r"\mathrm",
        r"\href",
        r"\color",
        r"\style",
        r"\class",
        r"\tag",
        r"\left(",
        r"\right)",
        "{",
        "}",
        "^",
        "_",
        "&",
        r"\\",
        "<",
        ">",
        '"',
        "'",
        "javascript:alert(1)",
        "<script>",
        " onload=x ",
        "x",
        "1",
        r"\begin{matrix}",
        r"\end{matrix}",
        r"\operatorname",
        r"\unicode",
        "#",
        "%",
        "$",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_source_becomes_an_element_outside_of_mathml(tex: str) -> None:
    """Random TeX with markup in it yields only MathML elements, or one code element; it never raises."""
    shown = formula(tex, display=True)
    names = set(re.findall(r"<\s*/?\s*([^\s>/]+)", shown))
    assert names <= ELEMENTS or names == {"code"}
    assert not re.search(r"<[^>]*\b(?:href|src|on\w+|id)\s*=", shown)
