"""Experiments as rendered: every statement with its answer, in its place, and no text of a document as markup."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.reports.html import render_html
from twofold.reports.markdown import render_markdown
from twofold.reports.text import render_text

TEXT = "# A flow\n\nBefore.\n\n```twofold\n[[experiment]]\nkind = 'solvers'\n```\n\nAfter.\n"


def statement(**changed: Any) -> dict[str, Any]:
    plain = {
        "id": "a",
        "statement": "Euler's method can be unstable.",
        "measured": "The largest stable step is 1.32.",
        "holds": "no",
        "conditions": "It would be for h above 1.32.",
        "outcome": "refuted",
        "evidence": [],
    }
    return {**plain, **changed}


@pytest.fixture
def measured(run: dict[str, Any]) -> dict[str, Any]:
    item = {
        "kind": "solvers",
        "of": "z",
        "title": "Is Euler enough for z?",
        "seed": 7,
        "line": 6,
        "settings": {"steps": "8, 16"},
        "rows": [
            statement(),
            statement(id="b", statement="<script>alert(1)</script>", holds="yes", measured="a | b", conditions=""),
            statement(id="c", statement="\u202ebad\x1b[31m", holds="not decided", conditions=""),
        ],
        "figures": [
            {"kind": "unknown", "of": "z", "title": "Order", "caption": "Slope 1", "sentence": "s", "data": {"h": 1}}
        ],
        "tables": [{"title": "Work", "columns": ["steps", "error"], "rows": [["8", "0.25"]]}],
        "findings": ["one path left every bounded set"],
        "cost": {"field evaluations": 123456},
    }
    source = {**run["source"], "name": "doc.md", "text": TEXT}
    return {**run, "source": source, "steps": [], "experiments": [item]}


def test_every_part_of_an_experiment_is_on_the_page(measured: dict[str, Any]) -> None:
    page = render_html(measured)
    for text in (
        "Is Euler enough for z?",
        "Euler&#39;s method can be unstable.",
        "does not hold",
        "The largest stable step is 1.32.",
        "It would be for h above 1.32.",
        "Work",
        "0.25",
        "one path left every bounded set",
        "123,456",
        "Slope 1",
    ):
        assert text in page, text


def test_an_experiment_stands_where_the_document_asks_for_it(measured: dict[str, Any]) -> None:
    page = render_html(measured)
    assert page.index("Before.") < page.index("Is Euler enough") < page.index("After.")


def test_an_experiment_without_a_place_stands_in_a_section_of_its_own(measured: dict[str, Any]) -> None:
    measured["experiments"][0]["line"] = 0
    page = render_html(measured)
    assert page.index("After.") < page.index("<h2>Experiments</h2>") < page.index("Is Euler enough")


def test_no_text_of_a_document_becomes_markup(measured: dict[str, Any]) -> None:
    page = render_html(measured)
    assert "<script>" not in page
    assert "\u202e" not in page and "\x1b" not in page
    told = render_markdown(measured)
    assert "<script>" not in told
    assert "a \\| b" in told


def test_a_terminal_has_one_line_per_statement(measured: dict[str, Any]) -> None:
    lines = render_text(measured).splitlines()
    assert (
        "doc.md:6: does not hold: Euler's method can be unstable. The largest stable step is 1.32. "
        "(It would be for h above 1.32.)" in lines
    )
    assert any(line.startswith("doc.md:6: not decided: ") and "\x1b" not in line for line in lines)
    assert "doc.md:6: finding: one path left every bounded set" in lines
