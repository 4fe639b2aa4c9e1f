"""No text of a document can act in any output format."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from twofold.reports import escape

ANY = st.text(
    st.characters() | st.sampled_from("\x1b\x00\n\r\t\u202e\u2066\u200b\ufffe\ud800`*_[]<>&|#:,%\"'\\"), max_size=60
)


class Tags(HTMLParser):
    """Collects what a browser would see as elements, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(markup: str) -> Tags:
    parser = Tags()
    parser.feed(markup)
    parser.close()
    return parser


def moves_the_terminal(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") for char in text)


@given(ANY)
def test_terminal_text_is_one_inert_line(text: str) -> None:
    """No control, bidi or separator character survives."""
    assert not moves_the_terminal(escape.terminal(text))


@given(ANY)
def test_html_text_opens_no_element_and_ends_no_attribute(text: str) -> None:
    """Between tags and between quotes the text stays text, and stays readable."""
    content = parsed(f"<p>{escape.html(text)}</p>")
    assert content.tags == ["p"]
    assert content.text == escape.visible(text, keep="\n\t")
    for quote in "\"'":
        assert parsed(f"<p title={quote}{escape.html(text)}{quote}>").attributes == [
            ("title", escape.visible(text, keep="\n\t"))
        ]


@given(ANY)
def test_xml_text_is_always_well_formed(text: str) -> None:
    """Whatever the text holds, the document parses and holds one element."""
    root = ET.fromstring(f'<a b="{escape.xml(text)}">{escape.xml(text)}</a>')
    assert list(root) == []
    assert (root.text or "") == escape.visible(text, keep="\n\t").replace("\ufffe", "\\ufffe").replace(
        "\uffff", "\\uffff"
    )


@given(ANY)
def test_a_workflow_message_holds_no_line_break(text: str) -> None:
    """Neither the message nor a property can end the command."""
    assert not re.search(r"[\r\n]", escape.github_data(text) + escape.github_property(text))
    assert not re.search(r"[:,]", escape.github_property(text))


def test_a_percent_sign_is_escaped_before_the_rest() -> None:
    """`%0A` in a document stays those three characters: decoding as GitHub does gives the text back."""
    decoded = escape.github_data("a%0Ab\n").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert decoded == "a%0Ab\n"


def bare(text: str) -> str:
    """Markdown with every backslash escape taken out: what is left is live."""
    return re.sub(r"\\[!-/:-@\[-`{-~]", "", text)


@given(ANY)
def test_markdown_text_holds_no_live_mark(text: str) -> None:
    """No emphasis, code, link, table cell, HTML or mathematics can start; no heading, list or quote at the start."""
    shown = escape.markdown(text)
    assert "\n" not in shown and not moves_the_terminal(shown)
    live = bare(shown)
    assert not re.search(r"[`*_\[\]|~$<]", live)
    assert not re.match(r"\s|[#+\-=>]|\d{1,9}[.)]", shown)


def test_markdown_text_makes_no_link_of_an_address() -> None:
    """GitHub turns bare addresses into links; these stay text."""
    shown = escape.markdown("see https://evil.example or www.evil.example or javascript:alert(1)")
    assert "https:/" not in shown and "www." not in shown and "javascript:a" not in shown


@given(ANY)
def test_a_code_span_is_longer_than_any_fence_inside(text: str) -> None:
    """The span ends where it was meant to end."""
    shown = escape.markdown_code(text)
    fence = re.match(r"`+", shown)[0]
    inside = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence)
    assert fence not in re.findall(r"`+", inside)


@given(ANY)
def test_a_code_block_is_longer_than_any_fence_inside(text: str) -> None:
    """No line inside can close the block."""
    first, *inside, last = escape.markdown_block(text, "tex").split("\n")
    assert first == f"{last}tex"
    assert not any(line.strip().startswith(last) for line in inside)
