"""The author's prose becomes paragraphs, lists and emphasis; nothing that it holds becomes markup of its own."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.reports.prose import Prose

ALLOWED = {"p", "em", "strong", "code", "ul", "ol", "li", "blockquote", "br", "hr", "div", "table", "thead", "tbody"}
ALLOWED |= {"tr", "th", "td"}


class Tags(HTMLParser):
    """Every element, and whether each is closed by its own end tag."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed = False
        self.words = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.crossed = self.crossed or not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.words += data


def shown(text: str, latex: bool = False) -> str:
    prose = Prose(latex=latex)
    prose.text(text)
    return prose.blocks()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a *b* c", "<p>a <em>b</em> c</p>"),
        ("a **b *c* d** e", "<p>a <strong>b <em>c</em> d</strong> e</p>"),
        ("***x***", "<p><em><strong>x</strong></em></p>"),
        ("_b_ and snake_case_name", "<p><em>b</em> and snake_case_name</p>"),
        ("from 0 to t^* , and t^* .", "<p>from 0 to t^* , and t^* .</p>"),
        (r"\*plain\*", "<p>*plain*</p>"),
        ("- one\n- two\n  more", "<ul><li>one</li><li>two more</li></ul>"),
        ("3. three\n4. four", '<ol start="3"><li>three</li><li>four</li></ol>'),
        ("text\n- item", "<p>text</p><ul><li>item</li></ul>"),
        ("> said\n> so", "<blockquote><p>said\nso</p></blockquote>"),
        ("---", "<hr>"),
        ("one  \ntwo", "<p>one<br>two</p>"),
    ],
)
def test_markdown_is_rendered(text: str, markup: str) -> None:
    """The constructs of everyday Markdown look like what they mean."""
    assert shown(text) == markup


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        (r"\emph{a} and \textbf{b}", "<p><em>a</em> and <strong>b</strong></p>"),
        (r"\textbf{a \emph{b}}", "<p><strong>a <em>b</em></strong></p>"),
        (r"50\% of ``all'' -- yes", "<p>50% of \u201call\u201d \u2013 yes</p>"),
        ("\\begin{itemize}\n\\item one\n\\item two\n\\end{itemize}", "<ul><li>one</li><li>two</li></ul>"),
        (r"\begin{theorem}[Bayes] It holds.", "<p><strong>Theorem (Bayes).</strong> It holds.</p>"),
        (r"\label{x}see \eqref{eq:a}, \cite{b}", "<p>see (eq:a), [b]</p>"),
        (r"\odd{arg}", "<p><code>\\odd</code> arg</p>"),
        (r"\emph{one \item two}", "<p><em>one</em></p><ul><li>two</li></ul>"),
    ],
)
def test_latex_prose_is_rendered(text: str, markup: str) -> None:
    """The commands of everyday LaTeX look like what they mean; an unknown command is shown with its argument."""
    assert shown(text, latex=True) == markup


def test_a_link_is_text() -> None:
    """Where a link leads can be read, and not followed."""
    for markup in (shown("[click](javascript:alert(1))"), shown("[c](http://e.example/x)")):
        assert "<a" not in markup and "href" not in markup
    assert "http://e.example/x" in shown("[c](http://e.example/x)")
    assert "<a" not in shown(r"\href{javascript:alert(1)}{x}", latex=True)


def test_raw_html_is_shown_not_passed(hostile_text: str) -> None:
    """No element of a submission reaches the page, in either language, and its words can still be read."""
    for latex in (False, True):
        found = Tags(shown(hostile_text, latex))
        assert {tag for tag, _ in found.seen} <= ALLOWED
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", found.words)


def test_a_private_character_of_the_author_is_no_placeholder() -> None:
    """The characters that stand for finished pieces cannot be forged."""
    prose = Prose()
    prose.text("\ue000 and \ue001")
    prose.markup("<code>x</code>")
    assert prose.blocks().count("<code>x</code>") == 1


MARKS = st.text(alphabet="*_`[]()<>&\\{}|-+#~!\"' \n\t1.ax$\ue000", max_size=80)
LATEX = st.lists(
    st.sampled_from(
        [r"\emph{", r"\textbf{", "}", "{", r"\item ", "\n", "a", r"\begin{proof}", r"\end{proof}", r"\\", "<b>"]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(MARKS.map(lambda t: (t, False)), LATEX.map(lambda t: (t, True)), MARKS.map(lambda t: (t, True))))
def test_any_text_gives_closed_elements_of_the_list(case: tuple[str, bool]) -> None:
    """Whatever the marks: elements nest, close, and are of the list, with no attribute but the few of our own."""
    found = Tags(shown(*case))
    assert not found.crossed and not found.open
    assert {tag for tag, _ in found.seen} <= ALLOWED
    assert {name for _, attributes in found.seen for name in attributes} <= {"start", "scope", "class"}


@pytest.mark.parametrize("text", ["**a " * 20_000, "[" * 60_000, "_a " * 30_000, "*" * 60_000, r"\emph{" * 20_000])
def test_the_time_is_bounded(text: str) -> None:
    """Open marks without an end cost a bounded search each: 60 kB in a second or two, not in minutes.

    The bound is loose (ten seconds): a search to the end from each mark would take minutes.
    """
    start = time.process_time()
    shown(text)
    shown(text, latex=True)
    assert time.process_time() - start < 10
