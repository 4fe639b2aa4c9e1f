"""Documents are cut where an author would cut them, in linear time, and nothing broken hides what follows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.symbolic.blocks import Block, notation_of, read_blocks
from twofold.symbolic.source import Source


def cut(text: str, notation: str = "markdown") -> list[tuple[str, str]]:
    """Kind and content of every block but prose."""
    blocks = read_blocks(Source("d", text), notation)
    return [(b.kind, text[b.inner_start : b.inner_stop].strip()) for b in blocks if b.kind != "prose"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is $x = 1$.", [("inline", "x = 1")]),
        ("so $$x = 1$$ holds", [("display", "x = 1")]),
        (r"so \(x\) and \[y\]", [("inline", "x"), ("display", "y")]),
        (r"so \\(x\\) and \\[y\\]", [("inline", "x"), ("display", "y")]),
        ("\\begin{align*}\na &= b\n\\end{align*}", [("display", "a &= b")]),
        ("{% math %} x {% endmath %}", [("display", "x")]),
        ("```math\nx = 1\n```", [("display", "x = 1")]),
        ("$`x = 1`$", [("inline", "x = 1")]),
        ("$$\na = 1\n\n+ 2\n$$", [("display", "a = 1\n\n+ 2")]),
        ("$ x_1 = 1 $", [("inline", "x_1 = 1")]),
        (r"\$5 and $y$", [("inline", "y")]),
    ],
)
def test_mathematics_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    """Every way of the field to mark mathematics in Markdown is known."""
    assert cut(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$10, and Bob gives Eve $",
        "It costs $5 or $6.",
        "from $5-$6",
        "a price of $20 and a price of $30 more",
        r"only \$x = 1\$ here",
    ],
)
def test_money_is_no_mathematics(text: str) -> None:
    """A dollar before an amount opens nothing."""
    assert cut(text) == []


@pytest.mark.parametrize(
    "text",
    ["`$x = 1$`", "```\n$x = 1$\n```", "~~~ python\n$x = 1$\n~~~", "<!-- $x = 1$ -->", "<pre>$x = 1$</pre>"],
)
def test_code_and_comments_are_skipped(text: str) -> None:
    """No mathematics is read from code or from comments."""
    assert [kind for kind, _ in cut(text)] in (["code"], ["comment"])


def test_a_twofold_block_is_handed_over() -> None:
    """A fence with the info string twofold is a table, whatever stands in it."""
    assert cut('```twofold\n[symbols]\nt = "$x$"\n```\n') == [("twofold", '[symbols]\nt = "$x$"')]


@pytest.mark.parametrize("opening", ["$$", r"\[", r"\(", r"\begin{align}", "$"])
def test_unclosed_mathematics_ends_with_its_paragraph(opening: str) -> None:
    """A missing end is reported at its place, and the next formula is read all the same."""
    text = f"First {opening}x_1 = 1\n\nThen $$y = 2$$ and \\[z\\] and $w$."
    blocks = [b for b in read_blocks(Source("d", text), "markdown") if b.is_mathematics]
    assert blocks[0].broken
    assert blocks[0].start == 6
    assert [text[b.inner_start : b.inner_stop] for b in blocks if not b.broken] == ["y = 2", "z", "w"]


def headings(text: str, notation: str = "markdown") -> list[tuple[int, str]]:
    blocks = read_blocks(Source("d", text), notation)
    return [(b.level, text[b.inner_start : b.inner_stop]) for b in blocks if b.kind == "heading"]


def test_headings_of_markdown_have_their_level_and_their_mathematics() -> None:
    """The mathematics of a heading is a block inside the heading."""
    text = "# One\n\n## The $x$ part\n"
    assert headings(text) == [(1, "One"), (2, "The $x$ part")]
    assert ("inline", "x") in cut(text)


def test_headings_of_plain_text_stand_alone() -> None:
    """A line of the closed list between blank lines is a heading; in a paragraph or a list it is not."""
    text = (
        "Title\n\nProblem 1 : flow\n\nPart ( B - 2 )\n\n1. Setup\n\nPart (C) of this\nis open.\n\n"
        "1. Generate 1000 samples from it.\n2. Collect\n"
    )
    assert headings(text) == [(1, "Problem 1 : flow"), (2, "Part ( B - 2 )"), (1, "1. Setup")]


def test_headings_in_bold_and_underlined() -> None:
    """Alone or before its paragraph where it names a problem; a word in bold, and a rule below a sentence, are none."""
    text = (
        "**Problem 1**\n\nLet $x$.\n\n**Exercise 2: Flows.** Let $y$ be\n\n__Question 3__\n\nProblem 4\n---------\n\n"
        "The flow\n===\n\nA sentence that ends.\n---\n\n**Gamma.** no\n\nand **Problem 5** is\n\n**(a)** no\n"
    )
    found = [(5, "Problem 1"), (5, "Exercise 2: Flows"), (5, "Question 3"), (2, "Problem 4"), (1, "The flow")]
    assert headings(text) == found
    tex = "\\noindent\\textbf{Problem 4.} Let $x$\n\n\\textbf{Problem 5: The trace}\n\n{\\bf Problem 6}\n"
    assert headings(tex, "latex") == [(5, "Problem 4"), (5, "Problem 5: The trace"), (5, "Problem 6")]


LATEX = r"""\documentclass{article}
\newcommand{\E}{\mathbb{E}} % $never$
\begin{document}
\section{One $x$} % $y = 1$
Text $a
= b$ and \verb|$c$| \[d\]
\begin{verbatim} $e$ \end{verbatim}
\begin{equation*} f \end{equation*}
\end{document} $g$
"""


def test_a_latex_file_is_read_between_its_marks() -> None:
    """Preamble, comments and verbatim are apart; the body gives its mathematics."""
    assert notation_of(Source("d", LATEX)) == "latex"
    found = cut(LATEX, "latex")
    assert [text for kind, text in found if kind in ("inline", "display")] == ["x", "a\n= b", "d", "f"]
    assert found[0][0] == "preamble"
    assert headings(LATEX, "latex") == [(1, "One $x$")]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_places_do_not_depend_on_line_ends(end: str) -> None:
    """A lone CR ends a line, CRLF ends one line."""
    text = end.join(["# Head", "", "Text", "$$x$$"])
    source = Source("d", text)
    block = next(b for b in read_blocks(source, "markdown") if b.kind == "display")
    assert source.place(block.start) == (4, 1)


_PARTS = ["$", "$$", "`", "```", "\n", "\n\n", r"\(", r"\)", r"\[", r"\begin{align}", r"\end{align}", "<!--", "-->"]
_PARTS += ["x", " ", "10", "=", "\\", "# ", "%", "{% math %}", r"\section{", "}", "1. Setup", r"\newcommand{\a}{b}"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=30), st.sampled_from(["markdown", "latex"]))
def test_blocks_are_ordered_and_cover_the_text(parts: list[str], notation: str) -> None:
    """No character that is not blank is lost, whatever is left open."""
    text = "".join(parts)
    blocks: tuple[Block, ...] = read_blocks(Source("d", text), notation)
    assert [b.start for b in blocks] == sorted(b.start for b in blocks)
    covered = set[int]()
    for block in blocks:
        assert 0 <= block.start <= block.inner_start <= block.inner_stop <= block.stop <= len(text)
        covered.update(range(block.start, block.stop))
    assert all(text[i].isspace() for i in range(len(text)) if i not in covered)


@pytest.mark.parametrize(
    "part", ["$", "$a ", "`", "``` ", r"\(", r"\begin{align}", "<!--", "{% math %}", "$x$ text\n\n"]
)
def test_time_is_linear(part: str) -> None:
    """Four times the text costs at most eight times the time: a quadratic search would cost sixteen.

    The least of three runs is compared, so that a busy machine does not decide.
    """

    def least(n: int) -> float:
        times = []
        for _ in range(3):
            begin = time.process_time()
            read_blocks(Source("d", part * n), "markdown")
            times.append(time.process_time() - begin)
        return min(times)

    assert least(40_000) <= 8 * least(10_000) + 0.02
