"""Macros mean what the document says, keep their places, and cannot explode."""

from __future__ import annotations

import pytest

from twofold.symbolic.sides import parse_side
from twofold.symbolic.source import ReadError, Source
from twofold.symbolic.statements import Link, Unread, read_statements


def links(text: str) -> list[Link]:
    return [s for s in read_statements(Source("d.md", text)) if isinstance(s, Link)]


def sides(text: str) -> list[tuple[str, str]]:
    return [(x.lhs.text, x.rhs.text) for x in links(text) if x.lhs and x.rhs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r"\newcommand{\E}[2][p]{\mathbb{E}_{#1}[#2]} $\E{x} = \E[q]{y}$",
            (r"\mathbb{E}_{p}[x]", r"\mathbb{E}_{q}[y]"),
        ),
        (r"\newcommand\half{\frac12} $\half x = y$", (r"\frac12 x", "y")),
        (r"\def\sq#1{#1^2} $\sq{a+b} = \sq z$", ("a+b^2", "z^2")),
        (r"\DeclareMathOperator{\tr}{tr} $\tr A = 1$", (r"\operatorname{tr} A", "1")),
        (r"\DeclareMathOperator*{\amax}{arg\,max} $\amax A = 1$", (r"\argmax  A", "1")),
        (r"\DeclarePairedDelimiter{\abs}{\lvert}{\rvert} $\abs*{x} = 1$", (r"\lvert x \rvert", "1")),
        (r"\let\eps\varepsilon $\eps = 1$", (r"\varepsilon", "1")),
        (r"\renewcommand{\det}{0\cdot} $\det A = 0$", (r"0\cdot A", "0")),
        (r"\renewcommand{\frac}[2]{#2/#1} $\frac{1}{2} = 2$", ("2/1", "2")),
        (r"\providecommand{\det}{x}\providecommand{\mine}{y} $\det A = \mine$", (r"\det A", "y")),
        (r"$$\newcommand{\q}{3} \q = 4$$", ("3", "4")),
        (r"\newcommand{\al}{\alpha} $\al x = 1$", (r"\alpha x", "1")),
        (r"\let\old\det\renewcommand{\det}{|\old|} $\det = 1$", (r"|\det|", "1")),
    ],
)
def test_a_call_is_replaced(text: str, expected: tuple[str, str]) -> None:
    """Each way to define a macro is honoured, redefinitions of known commands included."""
    assert sides(text) == [expected]


def test_a_relation_made_by_a_macro_is_a_relation() -> None:
    r"""`\neq` redefined as `=` is an equality: never the usual meaning."""
    assert [x.sign.text for x in links(r"\renewcommand{\neq}{=} $$1 \neq 2$$")] == ["="]


def test_tokens_of_a_macro_have_the_place_of_the_call() -> None:
    """An error inside a body is shown at the call; an argument keeps its own place."""
    text = "\\newcommand{\\bad}[1]{\\unknown #1}\n$y = \\bad{x}$"
    side = links(text)[0].rhs
    assert side is not None
    assert side.tex == r"\bad{x}"
    with pytest.raises(ReadError, match=r"not read: \\unknown") as caught:
        parse_side(Source("d.md", text), side)
    span = caught.value.span
    assert (span.line, span.column, span.end_column) == (2, 6, 13)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\def\a{\b}\def\b{\a} $$\a = 1$$", "nests deeper"),
        (r"\newcommand{\a}{\a\a} $$\a = 1$$", "nests deeper"),
        (r"\newcommand{\d}[1]{#1#1} $$" + r"\d{" * 40 + "x" + "}" * 40 + " = 1$$", "more than"),
        (
            "\\newcommand{\\a}{" + "x" * 500 + r"}\newcommand{\b}{" + r"\a" * 60 + r"} $$\b = 1$$",
            "more than 20000 tokens",
        ),
    ],
)
def test_a_bomb_is_one_unread_formula(text: str, reason: str) -> None:
    """The limit is named, and the next formula is read."""
    first, second = read_statements(Source("d.md", text + "\n\n$$1 = 2$$"))
    assert isinstance(first, Unread)
    assert reason in first.problem
    assert isinstance(second, Link)
    assert not second.problem


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"\def\foo(#1){#1} $\foo(3) = 3$ $2 = 2$", r"\\foo"),
        (r"\renewcommand{=}{x} $1 = 2$ $2 < 3$", "="),
        (r"\renewenvironment{pmatrix}{x}{y} $\begin{pmatrix} 1 \end{pmatrix} = 2$ $2 = 2$", "pmatrix"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(text: str, name: str) -> None:
    """Only the links that use it are unread."""
    first, second = links(text)
    assert name.strip("\\") in first.problem
    assert not second.problem


def test_changed_characters_leave_everything_unread() -> None:
    r"""After `\catcode` no formula can be trusted."""
    (found,) = read_statements(Source("d.tex", "\\catcode`\\$=12 \\[1 = 1\\]"))
    assert isinstance(found, Unread)
    assert "catcode" in found.problem
