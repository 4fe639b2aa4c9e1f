r"""Experiments in a report: each statement in words, whether it holds for this model, what was measured, the evidence.

The same facts in three renderings: views for the page, lines for a terminal, a table for Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .describe import Description, describe
from .escape import markdown, terminal

if TYPE_CHECKING:
    from .figures import FigureView

WORDS = {"yes": "holds", "no": "does not hold", "not decided": "not decided", "fault": "fault"}
TONES = {"yes": "supported", "no": "undecided", "not decided": "undecided", "fault": "fault"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """One row: the statement, the answer for this model, and what it rests on."""

    statement: str
    answer: str
    tone: str
    measured: str
    conditions: str
    evidence: tuple[Description, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentView:
    """One experiment as a page shows it."""

    anchor: str
    title: str
    line: int
    rows: tuple[StatementView, ...]
    figures: tuple[FigureView, ...]
    tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...]
    findings: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]


def experiment_views(run: Mapping[str, Any]) -> tuple[ExperimentView, ...]:
    """Every experiment of the run, in order."""
    return tuple(_view(item, number) for number, item in enumerate(run.get("experiments", ()), 1))


def _view(item: Mapping[str, Any], number: int) -> ExperimentView:
    from .figures import figure_view

    return ExperimentView(
        anchor=f"experiment-{number}",
        title=str(item["title"]),
        line=int(item.get("line", 0)),
        rows=tuple(_statement(row) for row in item["rows"]),
        figures=tuple(figure_view(figure, f"e{number}f{k}-") for k, figure in enumerate(item["figures"], 1)),
        tables=tuple(_table(table) for table in item["tables"]),
        findings=tuple(str(text) for text in item["findings"]),
        settings=_settings(item),
    )


def _statement(row: Mapping[str, Any]) -> StatementView:
    return StatementView(
        statement=str(row["statement"]),
        answer=WORDS.get(row["holds"], str(row["holds"])),
        tone=TONES.get(row["holds"], "undecided"),
        measured=str(row["measured"]),
        conditions=str(row["conditions"]),
        evidence=tuple(describe(piece) for piece in row["evidence"]),
    )


def _table(table: Mapping[str, Any]) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    rows = tuple(tuple(str(cell) for cell in row) for row in table["rows"])
    return str(table["title"]), tuple(str(name) for name in table["columns"]), rows


def _settings(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a rerun needs, and what it costs."""
    cost = tuple((str(name), f"{count:,}") for name, count in item["cost"].items())
    return (*((str(k), str(v)) for k, v in item["settings"].items()), ("seed", str(item["seed"])), *cost)


# -- a terminal ------------------------------------------------------------------------------------------------------
def terminal_lines(run: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    """(place, word, message) of each statement."""
    for item in run.get("experiments", ()):
        place = f"{name}:{item['line']}" if item.get("line") else name
        for row in item["rows"]:
            word = WORDS.get(row["holds"], str(row["holds"]))
            unless = f" ({terminal(row['conditions'])})" if row["conditions"] else ""
            yield place, word, f"{terminal(row['statement'])} {terminal(row['measured'])}{unless}"
        for text in item["findings"]:
            yield place, "finding", terminal(text)


# -- Markdown --------------------------------------------------------------------------------------------------------
def markdown_lines(run: Mapping[str, Any]) -> Iterator[str]:
    """A section with one table an experiment; nothing when there is none."""
    items: Sequence[Mapping[str, Any]] = run.get("experiments", ())
    if not items:
        return
    yield "## Experiments"
    yield ""
    for item in items:
        yield f"### {markdown(item['title'])}"
        yield ""
        yield "| statement | for this model | measured | otherwise |"
        yield "| --- | --- | --- | --- |"
        for row in item["rows"]:
            cells = (row["statement"], WORDS.get(row["holds"], row["holds"]), row["measured"], row["conditions"])
            yield f"| {' | '.join(markdown(str(cell)) for cell in cells)} |"
        yield ""
        yield from (f"- {markdown(text)}" for text in item["findings"])
        if item["findings"]:
            yield ""
