"""The page is one inert, self-contained, accessible file, whatever the document holds."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise

import pytest
from parsed_page import Page

from twofold.reports.html import fragment, render_html
from twofold.reports.mathml import ELEMENTS as MATHML

OUTCOMES = ("proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")
# What the prose of a document may become: bare elements, which can neither load nor act.
PROSE = {
    (tag, "") for tag in ("p", "em", "strong", "code", "ul", "ol", "li", "blockquote", "pre", "br", "hr", "h3", "h4")
}


@pytest.fixture(scope="module")
def page(shared_run: dict) -> Page:
    return Page(render_html(shared_run))


def of_mathml(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {pair for pair in pairs if pair[0] in MATHML}


def test_the_same_run_gives_the_same_bytes(run: dict) -> None:
    """Also with other times, since the time that a run took is no part of its report."""
    first = render_html(run)
    run["timing"] = {"wall": 99.0}
    assert render_html(run) == first


def test_another_process_and_hash_seed_give_the_same_bytes(run: dict, tmp_path: object) -> None:
    """Neither the order of a set nor the clock nor an address in memory is in the page."""
    import json

    code = (
        "import json, sys, hashlib; from twofold.reports.html import render_html;"
        "print(hashlib.sha256(render_html(json.load(sys.stdin)).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(run),
            text=True,
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_nothing_is_loaded_and_nothing_runs(page: Page) -> None:
    """No script, no handler, no address but anchors of the page and embedded data; the policy says the same."""
    assert not page.named("script", "iframe", "object", "embed", "link", "base", "form", "img")
    for tag, found, _ in page.elements:
        for name, value in found.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "xlink:href", "src", "action"):
                assert (value or "").startswith(("#", "data:image/png;base64,")), (tag, name, value)
    style = "".join(data for tag, data in page.text if tag == "style")
    assert all(address.startswith("data:font/woff2") for address in re.findall(r"url\(([^)]*)", style))
    assert "@import" not in style
    policy = next(found["content"] for _, found, _ in page.named("meta") if found.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"


def test_hostile_text_adds_no_element_and_no_attribute(run: dict, hostile_run: dict) -> None:
    """The elements and attributes of a hostile page are those of the harmless page, bare prose, and MathML."""
    found = Page(render_html(hostile_run)).shape()
    harmless = Page(render_html(run | {"figures": []})).shape()
    assert found - of_mathml(found) <= harmless | PROSE
    assert not any(name.startswith("on") or name in ("href", "src") for tag, name in of_mathml(found))


def test_hostile_text_loads_nothing(hostile_run: dict) -> None:
    """The page of a hostile run passes the same test as the harmless one."""
    test_nothing_is_loaded_and_nothing_runs(Page(render_html(hostile_run)))


def test_hostile_text_stays_readable(hostile_run: dict, hostile_text: str) -> None:
    """What was written is shown, control and bidi characters as escapes."""
    page = Page(render_html(hostile_run))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page.words())
    plain = re.match(r"[\w ]{5,}", hostile_text)
    assert plain is None or plain[0] in page.words()


def test_every_element_is_closed(page: Page) -> None:
    """Template and formulas are balanced, so nothing leaks from one step into the next."""
    assert page.unclosed == []
    assert page.path == []


def test_every_id_is_unique_and_every_anchor_leads_somewhere(page: Page) -> None:
    """Inside figures too, where matplotlib repeats its ids."""
    ids = [found["id"] for _, found, _ in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    targets = [v[1:] for _, found, _ in page.elements for n, v in found.items() if n.endswith("href") and v[0] == "#"]
    assert targets and set(targets) <= set(ids)


def test_ids_that_collide_are_told_apart(run: dict) -> None:
    """Two claims whose ids differ only in characters that an anchor cannot hold keep their own anchors."""
    run["steps"][1]["id"], run["steps"][2]["id"] = "a b", "a/b"
    ids = [found["id"] for _, found, _ in Page(render_html(run | {"figures": []})).elements if "id" in found]
    assert len(ids) == len(set(ids))


def test_the_page_says_what_it_is(page: Page, run: dict) -> None:
    """Language, title with the numbers, one main heading, headings in order without a gap."""
    assert page.named("html")[0][1]["lang"] == "en"
    title = "".join(data for tag, data in page.text if tag == "title")
    assert title.startswith("twofold failed on 1 of 10 steps") and run["title"] in title
    levels = [int(tag[1]) for tag, _, _ in page.named("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.named("main")) == 1


def test_every_picture_has_a_sentence(page: Page, run: dict) -> None:
    """A reader who cannot see a figure is told what it shows."""
    told = [found.get("aria-label") for tag, found, _ in page.named("svg")]
    assert told == [item["sentence"] for item in (run["figures"][i] for i in (2, 0, 1, 3))]
    assert all(found["role"] == "img" for _, found, _ in page.named("svg"))


def test_every_verdict_is_a_word(page: Page, run: dict) -> None:
    """Beside each claim stands its outcome as text, never colour or a sign alone."""
    verdicts = [data for tag, data in page.text if tag == "b" and data in OUTCOMES]
    for outcome in OUTCOMES:
        count = sum(step["outcome"] == outcome for step in run["steps"])
        assert verdicts.count(outcome) >= count > 0


def test_the_strip_names_every_step(page: Page, run: dict) -> None:
    """One cell per claim, with its place and outcome as its name."""
    cells = [found for tag, found, path in page.named("a") if any(p == "ol.strip" for p in path)]
    assert [cell["aria-label"].split(": ")[-1] for cell in cells] == [
        s["outcome"] for s in run["steps"] if s["outcome"]
    ]


def test_wide_things_have_scrollers_of_their_own(page: Page) -> None:
    """On a phone the page never scrolls sideways: formulas, tables and drawings sit in a box that does."""
    boxes = {"f", "wide", "card wide", "lines", "lines ragged", "fix", "m"}
    for tag, found, path in page.named("math", "table", "svg"):
        in_a_sentence = tag == "math" and "display" not in found and path[-1] == "p."
        assert in_a_sentence or any(step.split(".", 1)[1] in boxes for step in path), (tag, path)
    assert any(found.get("content") == "width=device-width, initial-scale=1" for _, found, _ in page.named("meta"))


def test_the_numbers_of_a_statistical_test_are_shown(page: Page) -> None:
    """False-alarm rate, power, smallest effect, n, seed, and the controls that were caught."""
    words = page.words()
    for part in (
        "2.5e-07",
        "0.999 against a covariance that is 8 % too large",
        "40\u202f000".replace("\u202f", "\\u202f"),
        "1184203",
        "3 of 3",
    ):
        assert part in words or part.replace("\\u202f", "\u202f") in words, part


def test_a_counterexample_shows_its_point_and_both_sides(page: Page) -> None:
    """Anyone can re-check it by hand."""
    words = page.words()
    for part in ("y1 = 1", "y2 = -1/2", "[0.0155214 +/- 4.8e-8]", "[0.0062086 +/- 4.1e-8]", "[0.0093128 +/- 8.9e-8]"):
        assert part in words


def test_an_unknown_kind_of_figure_is_a_table(page: Page) -> None:
    """A run of a later version loses nothing and stops nothing."""
    assert "A kind from a later version" in page.words()
    assert '["Vega", "Deneb"]' in page.words()


def test_a_command_repeats_the_run(run: dict) -> None:
    """Without a recorded command one is made from source, seed and rate, quoted for a shell."""
    del run["provenance"]["command"]
    run["source"]["name"] = "my file; rm -rf x.md"
    assert (
        "twofold check 'my file; rm -rf x.md' --seed 4 --alpha 1e-06"
        in Page(render_html(run | {"figures": []})).words()
    )


def test_the_fragment_stands_alone(run: dict) -> None:
    """A notebook cell: one root with its style, no figures, no document, ids that no other cell has."""
    markup = fragment(run)
    page = Page(markup)
    assert page.elements[0][0] == "div" and page.path == [] and page.unclosed == []
    assert not page.named("html", "head", "body", "svg", "script", "main")
    assert all(found["id"].startswith("t9c1e6ab0-") for _, found, _ in page.elements if "id" in found)
    assert len(markup) < 110_000


def test_every_rule_of_the_style_stays_inside_the_report(run: dict) -> None:
    """In a notebook the style must not touch the page around it."""
    style = re.search(r"<style>(.*?)</style>", fragment(run), re.DOTALL)[1]
    for selectors in re.findall(r"(?:^|[{}])\s*([^{}@]+?)\s*\{", style):
        assert all(part.strip().startswith(".twofold") for part in re.split(r",(?![^(]*\))", selectors)), selectors


def test_a_page_without_figures_imports_no_plotting(run: dict) -> None:
    """matplotlib costs most of a second: only for a run that has something to draw."""
    import json

    code = (
        "import json, sys; from twofold.reports.html import render_html; render_html(json.load(sys.stdin));"
        "print([m for m in ('matplotlib', 'sympy', 'scipy') if m in sys.modules])"
    )
    text = json.dumps(run | {"figures": []})
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_long_document_stays_light(long_run: dict) -> None:
    """300 claims with all their evidence: under 2 kB each beside the font and the style, about 60 kB compressed."""
    import gzip

    data = render_html(long_run).encode()
    assert len(data) < 300 * 1600 + 75_000
    assert len(gzip.compress(data, 6)) < 90_000


def test_an_empty_run_is_a_page(run: dict) -> None:
    """Nothing found is said, not shown as success."""
    assert (
        "No claim found: nothing was checked."
        in Page(render_html(run | {"steps": [], "figures": [], "derivations": []})).words()
    )


def test_plain_notation_is_typeset_as_understood_and_shown_as_written(run: dict) -> None:
    """`tr(df/dz)` typeset as TeX would be five italic letters; the reader sees the formula, and what was typed."""
    only = [step for step in run["steps"] if step["label"] == "trace"]
    only[0] |= {"lhs": "tr(dz)", "rhs": "3*z1^2", "understood_tex": r"\operatorname{tr} J = 3 z_1^2"}
    page = Page(render_html(run | {"steps": only, "figures": [], "derivations": []}))
    assert ("mi", "tr") in page.text
    assert ("code", "tr(dz) = 3*z1^2") in page.text


def test_a_relation_in_plain_notation_has_its_sign(run: dict) -> None:
    """`Y ~ N(0, S)` shows a tilde, where TeX would read a space; an inequality shows its sign."""
    for relation, sign in (("~", "\u223c"), ("<=", "\u2264")):
        only = [run["steps"][2] | {"lhs": "Y", "rhs": "S", "relation": relation}]
        assert ("mo", sign) in Page(render_html(run | {"steps": only, "figures": [], "derivations": []})).text
