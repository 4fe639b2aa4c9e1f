"""The report of a document shows the document, with each verdict beside the formula that it judges."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from parsed_page import Page

from twofold.reports.html import fragment, render_html

TEXT = r"""# Sums of *squares*

Let $a$ be real, and <b>raw</b> HTML; then $x = y$ and $1 + 1 = 2$.

## Proof

$$(a+1)^2 = a^2 + 2a + 1 = a^2 + 3a + 1$$

```python
print("<script>")
```

$$c = \unknowncommand{d}$$
"""


def place(needle: str, after: int = 0) -> tuple[int, int]:
    """Line and column of the first occurrence of some text."""
    offset = TEXT.index(needle, after)
    return TEXT.count("\n", 0, offset) + 1, offset - (TEXT.rfind("\n", 0, offset) + 1) + 1


def step(ident: str, start: str, end: str, lhs_start: str, **rest: Any) -> dict[str, Any]:
    (line, column), (end_line, end_column) = place(start), place(end)
    lhs_line, lhs_column = place(lhs_start)
    return {
        "id": ident,
        "label": "",
        "kind": "claim",
        "claim_kind": "equality",
        "relation": "=",
        "span": {"line": line, "column": column, "end_line": end_line, "end_column": end_column + len(end)},
        "lhs_span": {"line": lhs_line, "column": lhs_column, "end_line": line, "end_column": column - 1},
        "tex": "",
        "lhs": "l",
        "rhs": "r",
        "understood": "",
        "understood_tex": "",
        "outcome": "proved",
        "message": f"found for {ident}",
        "conditions": [],
        "warnings": [],
        "readings": [],
        "evidence": [],
        "diagnosis": None,
        "follows_from": [],
        "carried_from": [],
        "conclusion_stands": None,
    } | rest


SLIP = {"kind": "number", "message": "The number 3 should be 2.", "correction": "a^{2} + 2 a + 1"}
DIFFER = {
    "type": "Counterexample",
    "bearing": "against",
    "method": "ball arithmetic at points",
    "point": {"a": "1"},
    "lhs": "4",
    "rhs": "5",
    "difference": "-1.00000",
    "bits": 64,
    "entry": "",
    "domain": "declared",
    "detail": "",
}


@pytest.fixture
def document_run(run: dict[str, Any]) -> dict[str, Any]:
    steps = [
        step("given", "= y", "y$ and", "x = y", kind="definition", outcome=None),
        step("sum", "= 2$.", "2", "1 + 1 = 2"),
        step("one", "= a^2 + 2a", "2a + 1", "(a+1)^2"),
        step("two", "= a^2 + 3a", "3a + 1", "a^2 + 2a", outcome="refuted", diagnosis=SLIP, evidence=[DIFFER]),
        step("odd", r"= \unknown", "d}", r"c = \un", outcome="unread", message="not read: the command"),
    ]
    steps[3]["lhs_span"] = {
        **steps[3]["lhs_span"],
        **{f"end_{k}": steps[2]["span"][f"end_{k}"] for k in ("line", "column")},
    }
    return run | {
        "source": {"name": "squares.md", "sha256": "ab" * 32, "text": TEXT},
        "steps": steps,
        "derivations": [],
        "figures": [],
        "context": [],
    }


@pytest.fixture
def page(document_run: dict[str, Any]) -> Page:
    return Page(render_html(document_run))


def rows(markup: str) -> list[str]:
    return re.split(r'<div class="row ', markup.split('<section class="doc">')[1].split("</section>")[0])[1:]


def row_with(markup: str, needle: str) -> str:
    return next(row for row in rows(markup) if needle in row)


def test_the_author_s_text_is_there_in_order(page: Page) -> None:
    """Headings, paragraphs, code; emphasis shown; HTML as text."""
    words = page.words()
    found = [words.index(w) for w in ("Sums of", "be real, and", "<b>raw</b> HTML", "Proof", 'print("<script>")')]
    assert found == sorted(found)
    assert ("em", "squares") in page.text


def test_headings_stay_below_those_of_the_page(page: Page) -> None:
    """The document has the levels under the page's second, without a gap."""
    levels = [int(tag[1]) for tag, _, _ in page.named("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    assert ("h4", "Proof") in page.text


def test_a_card_stands_beside_its_formula(document_run: dict[str, Any]) -> None:
    """One card for each judged relation sign, with outcome, both marks and line, in the row of its formula."""
    markup = render_html(document_run)
    display = row_with(markup, "found for one")
    assert re.findall(r'<div class="c (\w+)"', display) == ["proved", "refuted"]
    for part in ("line 7", "symbols", "numbers"):
        assert part in display
    assert 'class="c proved" id="s-sum"' in row_with(markup, "be real")


def test_several_signs_are_numbered_in_the_formula(document_run: dict[str, Any]) -> None:
    """The number of a card is the number over its sign; a row with one judged sign has none."""
    markup = render_html(document_run)
    display = row_with(markup, "found for one")
    assert "<mover><mo>=</mo><mn>1</mn></mover>" in display and "<mover><mo>=</mo><mn>2</mn></mover>" in display
    assert "<mover" not in row_with(markup, "be real")


def test_what_holds_is_folded_and_what_does_not_is_open(document_run: dict[str, Any]) -> None:
    """Evidence of a step that holds on demand; a refuted or unread step is told where it stands."""
    markup = render_html(document_run)
    display = row_with(markup, "found for one")
    details = display[display.index("<details>") :]
    assert "found for one" in details and "The number 3 should be 2." not in details.split("How it was checked")[1]
    assert "<details" not in row_with(markup, "not read: the command")


def test_a_refuted_step_shows_written_against_what_it_follows_from(document_run: dict[str, Any]) -> None:
    """The two sides, the slip, the correction, the point; the differing number in a box."""
    display = row_with(render_html(document_run), "found for one")
    pair = display[display.index('<dl class="pair">') : display.index("</dl>")]
    assert "follows from line 7" in pair and "<dt>written" in pair and "<dt>should be" in pair
    assert '<menclose notation="box"><mn>3</mn></menclose>' in pair
    for part in ("The number 3 should be 2.", "a = 1", "-1.00000"):
        assert part in display


def test_a_definition_is_quiet(document_run: dict[str, Any]) -> None:
    """A word in the margin, no verdict."""
    row = row_with(render_html(document_run), "be real")
    assert '<p class="q"><span id="s-given">definition</span>' in row


def test_a_formula_that_cannot_be_typeset_is_shown_as_written(page: Page) -> None:
    """The source of the display, delimiters and all."""
    assert ("code", r"$$c = \unknowncommand{d}$$") in page.text


def test_a_carried_error_says_so_beside_its_verdict(document_run: dict[str, Any]) -> None:
    """The card and the text name the earlier step."""
    document_run["steps"][3]["carried_from"] = ["sum"]
    display = row_with(render_html(document_run), "found for one")
    assert display.count("carries an earlier error") == 1 and '<a href="#s-sum">line 3</a>' in display


def test_the_coverage_counts_displays(page: Page) -> None:
    """Displays, statements by kind, what was not understood, and the reading rate, rounded down."""
    assert "2 displays, 5 statements: 1 definition, 3 claims; 1 not understood (reading rate 80 %)" in page.words()
    assert "Each step is judged relative to the written step before it." in page.words()


def test_a_step_without_a_place_is_listed(document_run: dict[str, Any]) -> None:
    """Nothing that was judged is lost."""
    far = {"line": 900, "column": 1, "end_line": 900, "end_column": 2}
    document_run["steps"].append(document_run["steps"][1] | {"id": "lost", "span": far, "message": "found far away"})
    markup = render_html(document_run)
    listed = markup[markup.index("Claims without a place in the text") :]
    assert 'id="s-lost"' in listed and "found far away" in listed
    assert "Claims without" not in render_html(document_run | {"steps": document_run["steps"][:-1]})


def test_every_cell_of_the_strip_leads_to_its_card(page: Page) -> None:
    """Anchors are unique and each is there."""
    ids = [found["id"] for _, found, _ in page.elements if "id" in found]
    targets = [found["href"][1:] for _, found, path in page.named("a") if "ol.strip" in path]
    assert len(ids) == len(set(ids)) and len(targets) == 4 and set(targets) <= set(ids)


def test_a_figure_stands_where_its_object_is_declared(run: dict[str, Any], document_run: dict[str, Any]) -> None:
    """After the row that declares it; a figure of something else stays after the document."""
    document_run["figures"] = [run["figures"][3] | {"of": "c"}, run["figures"][3] | {"of": "nothing", "id": "b"}]
    line, column = place(r"c = \un")
    document_run["context"] = [
        {"name": "c", "type": "path of c", "domain": "", "declared_at": f"squares.md:{line}:{column}"}
    ]
    markup = render_html(document_run)
    assert row_with(markup, "unknowncommand").count("<svg") + row_with(markup, "unknowncommand").count("<figure") >= 1
    assert markup.count("<figure") == 2 and "<figure" in markup.split("</section>")[-2] + markup.split("</section>")[-1]


def test_a_problem_file_is_a_list(document_run: dict[str, Any]) -> None:
    """TOML is a table, not a text; a run without its text is a list too."""
    source = document_run["source"]
    for other in (source | {"name": "a.toml"}, source | {"text": ""}):
        markup = render_html(document_run | {"source": other})
        assert '<section class="doc">' not in markup and "<h2>Claims</h2>" in markup
    assert "<section" not in fragment(document_run)


def test_the_same_document_gives_the_same_bytes(document_run: dict[str, Any]) -> None:
    """Also in this view."""
    assert render_html(document_run) == render_html(document_run)


def test_a_hostile_document_adds_no_element(document_run: dict[str, Any], hostile_text: str) -> None:
    """As prose, as a heading, as code, as mathematics."""
    text = f"# {hostile_text}\n\n{hostile_text}\n\n```\n{hostile_text}\n```\n\n${hostile_text}$\n\n$${hostile_text}$$\n"
    for name in ("a.md", "a.tex"):
        page = Page(render_html(document_run | {"source": {"name": name, "sha256": "ab" * 32, "text": text}}))
        assert not page.named("script", "iframe", "img", "b-", "object", "evil")
        assert all(v.startswith("#") for _, found, _ in page.elements for k, v in found.items() if k in ("href", "src"))
        assert not any(k.startswith("on") for _, found, _ in page.elements for k in found)
        assert page.unclosed == [] and page.path == []


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_give_the_same_rows(document_run: dict[str, Any], end: str) -> None:
    """A document written on another system has the same paragraphs and cards."""
    other = document_run | {"source": document_run["source"] | {"text": TEXT.replace("\n", end)}}
    assert len(rows(render_html(other))) == len(rows(render_html(document_run)))
    assert "found for one" in row_with(render_html(other), "<mover>")


def test_what_is_missing_is_boxed_in_the_correction(document_run: dict[str, Any]) -> None:
    """The written side has nothing to box where a square was forgotten; the corrected side has."""
    slip = {"kind": "square", "message": "A square is missing.", "correction": "a^{2} + 3 a^{2} + 1"}
    document_run["steps"][3]["diagnosis"] = slip
    pair = row_with(render_html(document_run), "found for one").split('<dl class="pair">')[1].split("</dl>")[0]
    assert "<menclose" in pair.split("<dt>should be")[1]


def test_the_document_adds_little_weight(document_run: dict[str, Any]) -> None:
    """300 formulas with a judged step each: under 1.2 kB apiece beside the font and the style, so below 450 kB."""
    block = TEXT[TEXT.index("$$(a+1)") :].split("\n")[0].replace(" = a^2 + 3a + 1", "")
    text = "\n\n".join([block] * 300)
    line = document_run["steps"][1] | {"evidence": []}
    steps = [
        line
        | {
            "id": f"s{k}",
            "span": {"line": 2 * k + 1, "column": 11, "end_line": 2 * k + 1, "end_column": 26},
            "lhs_span": {"line": 2 * k + 1, "column": 3, "end_line": 2 * k + 1, "end_column": 10},
        }
        for k in range(300)
    ]
    source = document_run["source"] | {"text": text}
    base = len(render_html(document_run | {"source": source, "steps": []}))
    markup = render_html(document_run | {"source": source, "steps": steps})
    assert markup.count('<div class="c proved"') == 300
    assert (len(markup) - base) / 300 < 1200 and len(markup) < 450_000


def test_a_step_between_rows_is_listed(document_run: dict[str, Any]) -> None:
    """A place that no row shows, such as a comment, belongs to no row."""
    text = TEXT.replace("## Proof", "<!-- $2 = 2$ -->\n\n## Proof")
    hidden = document_run["steps"][1] | {"span": {"line": 5, "column": 9, "end_line": 5, "end_column": 12}}
    markup = render_html(document_run | {"source": document_run["source"] | {"text": text}, "steps": [hidden]})
    assert "Claims without a place in the text" in markup
