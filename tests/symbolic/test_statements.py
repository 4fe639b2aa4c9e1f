"""Every relation sign of a document ends up in exactly one link, with the sides and the places that the page shows."""

from __future__ import annotations

import gc
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twofold.symbolic.sides import parse_side
from twofold.symbolic.source import ReadError, Source
from twofold.symbolic.statements import Link, Lone, Unread, read_statements

SHARED = Path(__file__).parents[3] / "shared"
DOCUMENTS = (
    (SHARED / "seed" / "homework.md", SHARED / "seed" / "links.json"),
    *((p, p.with_suffix(".links.json")) for p in sorted((SHARED / "open" / "docs").glob("*.md"))),
)


def links(text: str, name: str = "d.md") -> list[Link]:
    return [s for s in read_statements(Source(name, text)) if isinstance(s, Link)]


def chains(text: str) -> list[str]:
    """`lhs sign rhs` of every link, spaces taken out."""
    shown = []
    for link in links(text):
        lhs, rhs = (re.sub(r"[\s&]", "", side.text) if side else "" for side in (link.lhs, link.rhs))
        shown.append(f"{lhs} {link.sign.text} {rhs}")
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # chains, rows, continued rows
        ("$$a = b = c$$", ["a = b", "b = c"]),
        (r"$$\begin{aligned} a &= b, \\ &= c \end{aligned}$$", ["a = b", "b = c"]),
        (r"$$\begin{aligned} a &= b \\ & & = c \\[2pt] d &= e \end{aligned}$$", ["a = b", "b = c", "d = e"]),
        (r"$$\begin{align} a &= b & c &= d \\ &= b_2 & &= d_2 \end{align}$$", ["a = b", "c = d", "b = b_2", "d = d_2"]),
        (r"$$a = b \\ &\quad + c \\ &= d$$", [r"a = b\quad+c", r"b\quad+c = d"]),
        (r"\begin{multline*} a + b \\ + c = d \\ = e \end{multline*}", ["a+b+c = d", "d = e"]),
        (r"\begin{eqnarray} a &=& b \\ &=& c \nonumber \end{eqnarray}", ["a = b", "b = c"]),
        (r"$$a = f( x \\ + y )$$", ["a = f(x+y)"]),
        (r"$$a &= b \\ \times c$$", [r"a = b\timesc"]),
        ("$$a = b$$\n\n# New\n\n$$= c$$", ["a = b", " = c"]),
        (r"$$a =&\; b$$", [r"a = b"]),
        (r"$$a &\quad= b$$", [r"a = b"]),
        ("$$a = b$$\n\nso\n\n$$= c$$", ["a = b", "b = c"]),
        ("$$a = b.$$\n\nwhich gives $= c$, that is $= d$", ["a = b", "b = c", "c = d"]),
        ("$a = b$, but the bound $= c$", ["a = b", " = c"]),
        (r"$$a = b, \quad x > 0 \\ = c$$", ["a = b", "x > 0", "b = c"]),
        # matrices and cases are one thing; systems are several
        (r"$$A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}.$$", [r"A = \begin{pmatrix}12\\34\end{pmatrix}"]),
        (r"$$f = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}$$", [r"f = \begin{cases}1x>0\\0x\le0\end{cases}"]),
        (r"$$\begin{cases} x + y = 1 \\ x - y = 3 \end{cases}$$", ["x+y = 1", "x-y = 3"]),
        (r"$$\begin{array}{rcl} a &=& b \\ &=& c \end{array}$$", ["a = b", "b = c"]),
        (r"$$\left\{\begin{aligned} a &= b \\ c &= d \end{aligned}\right.$$", ["a = b", "c = d"]),
        # commas, gaps, words
        (r"$$a = b , \quad c = d$$", ["a = b", "c = d"]),
        ("$x = 1, y = 2$", ["x = 1", "y = 2"]),
        ("$x = 1, 2$", ["x = 1,2"]),
        ("$f(x, y) = 3$", ["f(x,y) = 3"]),
        (r"$i = 1, \dots, n$", [r"i = 1,\dots,n"]),
        (r"$p(x; \theta) = 2; y = 3$", [r"p(x;\theta) = 2", "y = 3"]),
        (r"$$a = b \text{ and } c = d$$", ["a = b", "c = d"]),
        (r"$$x = a \implies y = b \iff z = c$$", ["x = a", "y = b", "z = c"]),
        (r"$$\forall x > 0: f(x) = 1$$", ["x > 0", "f(x) = 1"]),
        (r"$$\text{learning rate} = 3$$", [r"\text{learningrate} = 3"]),
        (r"$$- \text{trace}(A) = 3$$", [r"-\text{trace}(A) = 3"]),
        # relations that are no statements
        (r"$\sum_{i=1}^n x_i = 3$", [r"\sum_{i=1}^nx_i = 3"]),
        (r"$\mathbb{E}_{x \sim p} [x > 0] = 1$", [r"\mathbb{E}_{x\simp}[x>0] = 1"]),
        (r"$\lim_{x \to 0} f = 1$", [r"\lim_{x\to0}f = 1"]),
        (r"$x^= = \left< y \right>$", [r"x^= = \left\langley\right\rangle"]),
        # relation signs
        ("$a \\le b \\neq c \\approx d \\propto e$", ["a <= b", "b != c", "c approx d", "d propto e"]),
        (r"$x \not= y := z$", ["x != y", "y := z"]),
        (r"$a ≤ b ∈ c$", ["a <= b", "b in c"]),
        (r"$a \stackrel{\text{def}}{=} b \overset{d}{=} c$", ["a := b", "b = c"]),
        (r"$a {=} b \mathrel{=} c$", ["a = b", "b = c"]),
        # what decorates
        (r"$$\boxed{E = m}$$", ["E = m"]),
        (r"$${\color{red} a = b} \tag{1} \label{x}$$", ["a = b"]),
        (r"$$\underbrace{a + b}_{x = 3} = c$$", ["{a+b} = c"]),
        ("$$1 % = 2\n= 1$$", ["1 = 1"]),
        (r"$$\theta = \operatorname*{arg\,max}_t L$$", [r"\theta = \argmax_tL"]),
        ("$$x = 0.5 .$$", ["x = 0.5"]),
    ],
)
def test_a_formula_is_split_as_it_is_read(text: str, expected: list[str]) -> None:
    """Rows, columns, words, commas and decorations split or do not split as a reader of the page would say."""
    assert chains(text) == expected


def test_the_mark_over_a_sign_is_kept() -> None:
    """Equality in distribution is not equality: its mark survives."""
    assert [x.sign.mark for x in links(r"$a \overset{d}{=} b$")] == ["d"]


def test_words_stand_on_both_sides_of_a_split() -> None:
    """The words are the remark of the piece before and the note of the piece behind."""
    first, second = links(r"$$a = b \quad \text{where } c = d$$")
    assert (first.remark, second.note) == ("where", "where")


def test_an_expression_without_relation_is_kept() -> None:
    """`the inverse is:` before a display leaves a lone expression."""
    (found,) = read_statements(Source("d.md", r"The inverse is: $$\frac{1}{2} A,$$"))
    assert isinstance(found, Lone)
    assert found.side.tex == r"\frac{1}{2} A"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("$$= 3$$", "before the relation"), ("$$a =$$", "behind the relation"), ("$$f(x = 3$$", "brackets that close")],
)
def test_half_a_link_says_what_is_missing(text: str, reason: str) -> None:
    """A sign without a side is a link all the same, with its problem."""
    (found,) = links(text)
    assert reason in found.problem


def test_an_invisible_control_character_is_not_dropped() -> None:
    """A separator that looks like nothing makes its link unread; a no-break space and a page break are spaces."""
    (found,) = links("$$a = \x1cb$$")
    assert found.rhs is not None
    with pytest.raises(ReadError, match=r"U\+001C"):
        parse_side(Source("d.md", "$$a = \x1cb$$"), found.rhs)
    assert chains("$$a\u00a0= \x0cb$$") == ["a = b"]


def test_hidden_text_is_refused() -> None:
    """What is judged is what is shown."""
    (found,) = links(r"$$1 {\color{white}+1} = 1$$")
    assert "hides" in found.problem


def test_one_unread_side_loses_nothing_else() -> None:
    """A construct that is not known makes its own links unread, by name."""
    text = r"$$a = \cancel{b} = c$$ $$d = e$$"
    source, outcome = Source("d.md", text), []
    for link in links(text):
        try:
            for side in (link.lhs, link.rhs):
                assert side is not None
                parse_side(source, side)
            outcome.append("")
        except ReadError as error:
            outcome.append(f"{error.span.column}:{error.message}")
    assert outcome == [r"7:not read: \cancel", r"7:not read: \cancel", ""]


def test_spans_are_exact() -> None:
    """The span of a link runs from its sign to the end of the right side; the left side has its own."""
    text = "so\n$$\n  a_1 &= b + c,\\\\\n &= d .$$"
    first, second = links(text)
    assert (first.span.line, first.span.column, first.span.end_column) == (3, 8, 15)
    assert first.lhs_span is not None
    assert (first.lhs_span.line, first.lhs_span.column, first.lhs_span.end_column) == (3, 3, 6)
    assert text[second.span.start : second.span.stop] == "= d"
    assert second.lhs_span == (first.rhs.span if first.rhs else None)
    assert second.continued


# -- an independent count ----------------------------------------------------------------------------------------------
_MATH = re.compile(r"\$\$(.*?)\$\$|\\begin\{(align\*?|equation\*?)\}(.*?)\\end\{\2\}|\$([^$\n]+)\$", re.DOTALL)
_RELATION = re.compile(r"\\(?:approx|propto|sim|in|le|ge|leq|geq|neq|ne|to|equiv)(?![A-Za-z])|:=|=|<|>")
_UP = re.compile(r"\\begin\{[a-z]*matrix\}|[({\[]")
_DOWN = re.compile(r"\\end\{[a-z]*matrix\}|[)}\]]")


def count_relations(text: str) -> int:
    """Relation signs outside all brackets, braces and matrices, by a scan of its own."""
    total = 0
    for match in _MATH.finditer(text):
        formula = next(g for g in (match[1], match[3], match[4]) if g is not None)
        depth, index = 0, 0
        while index < len(formula):
            up, down, sign = (p.match(formula, index) for p in (_UP, _DOWN, _RELATION))
            found = up or down or sign
            depth += bool(up) - bool(down)
            total += bool(sign) and depth == 0
            index = found.end() if found else index + 1
    return total


SAMPLE = r"""Let $x \in \mathbb{R}$ and $f(x) = \sum_{i=1}^3 x^i$.

$$\begin{aligned} f(1) &= 1 + 1 + 1 = 3, \\ &\le 4 \end{aligned}$$
"""


def test_the_independent_count_agrees_on_a_sample() -> None:
    """Five signs stand at depth 0 of the sample."""
    assert count_relations(SAMPLE) == 5
    assert len(links(SAMPLE)) == 5


@pytest.mark.parametrize(("document", "_"), DOCUMENTS, ids=lambda p: p.stem)
def test_every_relation_sign_is_one_link(document: Path, _: Path) -> None:
    """The links of a real document are as many as its relation signs."""
    if not document.exists():
        pytest.skip("the shared documents are not on this machine")
    text = document.read_text(encoding="utf-8")
    found = read_statements(Source(document.name, text))
    assert not [s for s in found if isinstance(s, Unread)]
    assert sum(isinstance(s, Link) for s in found) == count_relations(text)


@pytest.mark.parametrize(("document", "known"), DOCUMENTS, ids=lambda p: p.stem)
def test_the_links_are_the_ones_found_by_hand(document: Path, known: Path) -> None:
    """Each link listed by hand is found on its line with its sides; what has no sign is not a link."""
    if not document.exists():
        pytest.skip("the shared documents are not on this machine")

    def bare(tex: str) -> str:
        return re.sub(r"\s|&|\\\\", "", tex)

    found = [
        (link.sign.span.line, bare(link.lhs.tex), bare(link.rhs.tex))
        for link in links(document.read_text(encoding="utf-8"))
        if link.lhs and link.rhs
    ]
    for row in json.loads(known.read_text(encoding="utf-8")):
        if 'no "=" sign' in row.get("note", ""):
            continue
        wanted = (bare(row["lhs"]), bare(row["rhs"]))
        near = [f for f in found if f[1:] == wanted and abs(f[0] - row["line"]) <= 1]
        assert near, row
        found.remove(near[0])


_PARTS = ["a", "1", "=", "&=", r"\\", ",", ";", r"\quad", r"\text{ and }", "(", ")", "{", "}", "[", "]", "^", "_", " "]
_PARTS += [r"\frac", r"\left", r"\right", r"\begin{aligned}", r"\end{aligned}", r"\begin{cases}", r"\end{cases}", "%\n"]
_PARTS += [
    r"\underbrace",
    r"\boxed",
    r"\overset",
    r"\color",
    r"\not",
    r"\arg",
    r"\max",
    "+",
    "<",
    r"\def",
    r"\newcommand",
]


@settings(max_examples=300, deadline=None)
@example([r"\left", ")", "a", "="])
@given(st.lists(st.sampled_from(_PARTS), max_size=25))
def test_no_formula_breaks_the_reader(parts: list[str]) -> None:
    """Any heap of signs gives statements whose places lie in the formula, and a side parses or raises ReadError."""
    text = "$$" + "".join(parts) + "$$"
    source = Source("d.md", text)
    for found in read_statements(source):
        assert 0 <= found.span.start <= found.span.stop <= len(text)
        if isinstance(found, Link):
            assert found.rhs is None or text[found.rhs.span.start : found.rhs.span.stop] == found.rhs.tex
            for side in (found.lhs, found.rhs):
                try:
                    parse_side(source, side) if side else None
                except ReadError as error:
                    assert error.span.stop <= len(text)


@pytest.mark.parametrize(
    "part", [r"a &= b \\ ", "a, ", r"a=b \quad ", "{a=", r"\underbrace{a}_{b}", r"\overset{", "( a = b "]
)
def test_time_is_linear_in_one_formula(part: str) -> None:
    """Four times the formula costs at most eight times the time: a quadratic split would cost sixteen."""

    def least(n: int) -> float:
        times = []
        for _ in range(3):
            begin = time.process_time()
            read_statements(Source("d.md", "$$" + part * n + "$$"))
            times.append(time.process_time() - begin)
        return min(times)

    gc.disable()  # a collection costs what all other tests left in memory
    try:
        assert least(2_000) <= 8 * least(500) + 0.02
    finally:
        gc.enable()
