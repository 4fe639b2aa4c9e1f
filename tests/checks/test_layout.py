"""A document is laid out in pieces that cover its formulas, with TeX that can be typeset and macros expanded."""

from __future__ import annotations

import pytest

from twofold.checks.layout import is_document, is_latex, layout, offset_of, tex_between

MACROS = "\\newcommand{\\sq}[1]{#1^2}\n\n$$\\sq{a} = \\sq{b}$$\n"


def formulas(text: str, name: str = "d.md", signs: dict[int, str] | None = None) -> list[str]:
    return [piece.tex for piece in layout(name, text, signs) if piece.kind in ("inline", "display")]


def test_macros_are_expanded() -> None:
    """What is shown is what is judged: the definition of the document, not the usual meaning of a name."""
    assert formulas(MACROS) == ["a^2 = b^2"]
    assert formulas("\\renewcommand{\\det}{0\\cdot}\n\n$\\det A$") == [r"0\cdot A"]


def test_a_macro_bomb_is_not_shown() -> None:
    """A formula that cannot be expanded within the limits has no TeX."""
    bomb = "".join(
        f"\\newcommand{{\\{c}x}}{{\\{d}x\\{d}x\\{d}x\\{d}x}}\n"
        for c, d in zip("abcdefghijk", "bcdefghijkl", strict=True)
    )
    assert formulas(bomb + "\n$\\ax$") == [""]


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        (
            r"\begin{align} a &= b \label{x} \\ &= c \tag{3} \end{align}",
            r"\begin{aligned} a &= b  \\ &= c  \end{aligned}",
        ),
        (r"\begin{equation} a = b \nonumber \end{equation}", " a = b  "),
        (r"\begin{gather*} a \\ b \end{gather*}", r"\begin{gathered} a \\ b \end{gathered}"),
        (r"\begin{eqnarray} a &=& b \end{eqnarray}", r"\begin{array}{rcl} a &=& b \end{array}"),
        (r"$$\begin{align*} a &= b \end{align*}$$", r"\begin{aligned} a &= b \end{aligned}"),
        ("$a < b$", "a < b"),
    ],
)
def test_numbers_and_labels_are_taken_out(text: str, tex: str) -> None:
    """Environments that number their rows become the same environments without numbers."""
    assert formulas(text) == [tex]


def test_a_number_stands_over_its_sign() -> None:
    """Only at the place that was asked for, and only over a relation sign."""
    text = "$a = b = c$"
    assert formulas(text, signs={text.rindex("="): "2"}) == [r"a = b \overset{2}{=} c"]
    assert formulas(text, signs={1: "9"}) == ["a = b = c"]
    assert formulas("$a < b$", signs={3: "1"}) == [r"a \overset{1}{\lt} b"]


def test_the_pieces_tell_their_places() -> None:
    """Each piece is the text between its offsets; lines are those of the source."""
    text = "# Title $x$\n\ntext `code`\n\n$$a\n= b$$\n"
    pieces = layout("d.md", text)
    assert all(text[piece.start : piece.stop] == piece.whole for piece in pieces)
    assert all(text[piece.inner :].startswith(piece.text) for piece in pieces)
    assert [(p.kind, p.line, p.end_line) for p in pieces if p.kind == "display"] == [("display", 5, 6)]


def test_places_become_offsets() -> None:
    """Lines and columns from 1; a place outside of the text is -1."""
    text = "ab\r\ncd\re"
    assert offset_of("d.md", text, [(1, 1), (2, 2), (3, 1), (9, 1), (1, 0)]) == [0, 5, 7, -1, -1]


def test_a_side_of_a_formula_is_expanded_without_its_sign() -> None:
    """From the relation sign to the end of the right side, and a left side that begins with a bracket."""
    pieces = layout("d.md", MACROS)
    sign = MACROS.index(" = ") + 1
    assert tex_between(pieces, sign, MACROS.rindex("$$")) == "b^2"
    text = "$(a) = (b)$"
    assert tex_between(layout("d.md", text), 1, 4) == "(a)"


def test_what_is_a_document() -> None:
    """A problem file is not, by its name or its sections; LaTeX is told by its name or its first command."""
    assert is_document("a.md", "text") and is_document("<stdin>", "text $x$")
    assert (
        not is_document("a.toml", "x = 1")
        and not is_document("<stdin>", "[[claim]]\n")
        and not is_document("a.md", " ")
    )
    assert is_latex("a.tex", "") and is_latex("<stdin>", "\\documentclass{article}") and not is_latex("a.md", "x")
