"""Solved documents and their mutations: what is true passes, what is false is refuted where it stands.

`NAME.md` or `NAME.tex` is a solved homework in which every formula is true.  `NAME.mutations.json` lists single errors:
replace the unique `find` by `replace`; `failing_links` holds the lines of the links that become false.  An error that
only the sentence around it reveals (`needs_prose`) need not be found, but must not make another link refuted.
`missed` marks what the product does not find yet; one that is found after all fails, so that the mark is struck out.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run, StepRecord
from twofold.symbolic.source import Source

HERE = Path(__file__).parent
OPEN = HERE.parents[2] / "shared" / "open" / "docs"
PASSING = {"proved", "enclosed", "supported"}
FAILING = {"refuted", "fault"}
# One document in three and one mutation in sixty run always, the rest under the marker `quality`.
DOCUMENT_STEP, MUTATION_STEP = 3, 60


def documents(folder: Path) -> list[Path]:
    """The documents that have a list of mutations."""
    stems = (path.name.removesuffix(".mutations.json") for path in folder.glob("*.mutations.json"))
    return sorted(path for stem in stems for kind in (".md", ".tex") if (path := folder / f"{stem}{kind}").is_file())


DOCUMENTS = documents(HERE) + documents(OPEN)
# Documents by someone who had not seen the product; the lines around an error count as its place.  Long runs all.
STRANGERS = documents(HERE / "strangers")


def mutations(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.with_suffix(".mutations.json").read_text(encoding="utf-8"))
    return found


def cases() -> list[Any]:
    """Every mutation; all but a fixed subset are long runs."""
    pairs = [(path, item) for path in DOCUMENTS for item in mutations(path)]
    found = [pytest.param(*pair, id=pair[1]["id"], marks=long(i, MUTATION_STEP)) for i, pair in enumerate(pairs)]
    others = [(path, item) for path in STRANGERS for item in mutations(path)]
    return found + [pytest.param(*pair, id=pair[1]["id"], marks=pytest.mark.quality) for pair in others]


def long(index: int, step: int) -> tuple[pytest.MarkDecorator, ...]:
    return () if index % step == 0 else (pytest.mark.quality,)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def judged(path: Path, text: str) -> Run:
    return check_source(Source(path.name, text), Options(figures=False))


def outcome(step: StepRecord) -> str:
    return step.outcome.value if step.outcome is not None else ""


def lines(step: StepRecord) -> set[int]:
    """The lines that a link stands on, both sides."""
    places = (step.span, step.lhs_span)
    return {line for place in places for line in range(place.line, (place.end_line or place.line) + 1)}


def told(step: StepRecord) -> str:
    return f"{step.span.line}: {outcome(step)}: {step.understood}"


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.stem, marks=long(i, DOCUMENT_STEP)) for i, path in enumerate(DOCUMENTS)]
    + [pytest.param(path, id=path.stem, marks=pytest.mark.quality) for path in STRANGERS],
)
def test_true_links_pass(path: Path) -> None:
    """In a document that is all true nothing is refuted, nothing fails, and five claims of six pass."""
    steps = [step for step in judged(path, text_of(path)).steps if outcome(step)]
    assert [told(step) for step in steps if outcome(step) in FAILING] == []
    weak = [told(step) for step in steps if outcome(step) not in PASSING]
    assert len(weak) <= len(steps) / 6, weak


def test_documents_of_the_shared_folder_are_tried() -> None:
    """The sample documents are tried where they are; where they are not, that is said."""
    if not OPEN.is_dir():
        pytest.skip(f"no sample documents at {OPEN}: they are not part of the repository")
    assert documents(OPEN)


@pytest.mark.parametrize(("path", "item"), cases())
def test_an_error_is_refuted_where_it_stands(path: Path, item: dict[str, Any]) -> None:
    """A single error is refuted on a link that it makes false, and no other link is."""
    text = text_of(path)
    assert text.count(item["find"]) == 1
    run = judged(path, text.replace(item["find"], item["replace"]))
    refuted = [step for step in run.steps if outcome(step) in FAILING]
    false = {item["line"], *(link["line"] for link in item["failing_links"])}
    assert [told(step) for step in refuted if not lines(step) & false] == []
    found = any(lines(step) & false for step in refuted)
    if item.get("needs_prose"):
        return
    assert found != bool(item.get("missed")), item["note"]
