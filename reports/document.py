r"""The author's document with verdicts in the margin: rows of text and formulas, each with the steps that it holds.

A row is a paragraph, a heading, a display, or code.  A step belongs to the row in which its relation sign stands; where
a row holds several judged steps they are numbered, and the same numbers stand over the signs in the formula.  Steps
whose place is not in the document are left over and shown as a list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from ..checks.layout import Piece, is_document, is_latex, layout, offset_of, tex_between
from .contrast import difference_boxed, entry_boxed, right_side
from .headline import PASSING, counted
from .mathml import formula
from .page import StepView, correction_view
from .stretches import Stretch, body_of, levels, stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A refuted step: what it follows from, what was written, and where the two differ when it can be told."""

    lead: str
    given: Markup
    written: Markup
    correction: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A step in its row: its number there ("" when it is alone), and what the row says about it."""

    number: str
    step: StepView
    contrast: Contrast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row: the author's text, the cards in the margin, what is told openly, and what is told on demand."""

    kind: str
    body: Markup
    cards: tuple[NoteView, ...] = ()
    quiet: tuple[tuple[str, tuple[StepView, ...]], ...] = ()
    told: tuple[NoteView, ...] = ()
    folded: tuple[NoteView, ...] = ()
    figures: tuple[int, ...] = ()
    experiments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """The rows of the document, how many displays it has, and the steps without a place in it."""

    rows: tuple[RowView, ...]
    displays: int
    left: tuple[StepView, ...]
    figures: frozenset[int]
    experiments: frozenset[int]


def document_view(run: Mapping[str, Any], steps: Sequence[StepView]) -> DocumentView | None:
    """The document of a run with its steps in place; None for a problem file and for a run without its text."""
    name, text = str(run["source"].get("name", "")), str(run["source"].get("text", ""))
    if not is_document(name, text):
        return None
    pieces = layout(name, text)
    found = list(stretches(pieces))
    offsets = offset_of(name, text, [_begin(step["span"]) for step in run["steps"]])
    homes = _homes(found, offsets)
    numbers = _numbers(homes, steps)
    signs = {offsets[i]: number for i, number in numbers.items() if steps[i].outcome}
    if signs:
        found = list(stretches(layout(name, text, signs)))
    figures = _figure_places(run, found, name, text)
    experiments = _experiment_places(run, found, name, text)
    latex = is_latex(name, text)
    depths = levels([s.level for s in found if s.kind == "heading"])
    contrasts = _contrasts(run, steps, pieces)
    rows = []
    for index, stretch in enumerate(found):
        level = next(depths) if stretch.kind == "heading" else 0
        body = body_of(stretch, latex, level)
        held = [i for i, home in enumerate(homes) if home == index]
        placed = tuple(sorted(k for k, place in figures.items() if place == index))
        measured = tuple(sorted(k for k, place in experiments.items() if place == index))
        if body or held or placed or measured:
            row = _row(stretch.kind, body, held, steps, numbers, contrasts, placed)
            rows.append(replace(row, experiments=measured))
    return DocumentView(
        rows=tuple(rows),
        displays=sum(1 for piece in pieces if piece.kind == "display"),
        left=tuple(step for step, home in zip(steps, homes, strict=True) if home is None),
        figures=frozenset(figures),
        experiments=frozenset(experiments),
    )


def _begin(span: Mapping[str, int]) -> tuple[int, int]:
    return span["line"], span["column"]


def _end(span: Mapping[str, int]) -> tuple[int, int]:
    return span["end_line"], span["end_column"]


# -- steps in their rows --------------------------------------------------------------------------------------------
def _homes(stretches: Sequence[Stretch], offsets: Sequence[int]) -> list[int | None]:
    """For each step the index of the row that holds its relation sign."""
    starts = [stretch.start for stretch in stretches]
    found: list[int | None] = []
    for offset in offsets:
        index = bisect_right(starts, offset) - 1
        found.append(index if index >= 0 and offset < stretches[index].stop else None)
    return found


def _numbers(homes: Sequence[int | None], steps: Sequence[StepView]) -> dict[int, str]:
    """The numbers of the judged steps of each row that holds more than one."""
    found: dict[int, str] = {}
    for home in dict.fromkeys(homes):
        judged = [i for i, h in enumerate(homes) if h == home and h is not None and steps[i].outcome]
        if len(judged) > 1:
            found.update((i, str(number)) for number, i in enumerate(judged, 1))
    return found


def _row(
    kind: str,
    body: Markup,
    held: Sequence[int],
    steps: Sequence[StepView],
    numbers: Mapping[int, str],
    contrasts: Mapping[int, Contrast],
    figures: tuple[int, ...],
) -> RowView:
    cards = tuple(
        NoteView(number=numbers.get(i, ""), step=_trimmed(steps[i]), contrast=contrasts.get(i))
        for i in held
        if steps[i].outcome
    )
    return RowView(
        kind=kind,
        body=body,
        cards=cards,
        quiet=_quiet([steps[i] for i in held if not steps[i].outcome]),
        told=tuple(card for card in cards if is_told(card.step)),
        folded=tuple(card for card in cards if not is_told(card.step)),
        figures=figures,
    )


def _quiet(steps: Sequence[StepView]) -> tuple[tuple[str, tuple[StepView, ...]], ...]:
    """What is not judged, by kind: `2 definitions`."""
    kinds = {step.kind: tuple(other for other in steps if other.kind == step.kind) for step in steps}
    return tuple(
        (kind if len(found) == 1 or kind == "notation" else counted(len(found), kind), found)
        for kind, found in kinds.items()
    )


def _trimmed(step: StepView) -> StepView:
    """Without what the document itself shows, and what is said once, at the first error."""
    return replace(
        step,
        written="",
        message="" if step.readings and step.warnings else step.message,
        conclusion="" if step.carried_from else step.conclusion,
    )


def is_told(step: StepView) -> bool:
    """Whether a step is told openly: it does not simply hold."""
    return step.outcome not in PASSING or bool(step.warnings or step.readings or step.conditions)


def _contrasts(run: Mapping[str, Any], steps: Sequence[StepView], pieces: Sequence[Piece]) -> dict[int, Contrast]:
    """For each refuted step what was written against what it follows from."""
    name, text = str(run["source"]["name"]), str(run["source"]["text"])
    ends: dict[tuple[int, int], int] = {}
    found = {}
    for index, step in enumerate(run["steps"]):
        if steps[index].outcome == "refuted" and step.get("lhs") and step.get("rhs"):
            before = ends.get(_end(step["lhs_span"]))
            lead = f"follows from {steps[before].name}" if before is not None else "left side"
            places = [f(step[key]) for key in ("lhs_span", "span") for f in (_begin, _end)]
            a, b, c, d = offset_of(name, text, places)
            sides = tex_between(pieces, a, b) or step["lhs"], tex_between(pieces, c, d) or step["rhs"]
            found[index] = _contrast(step, lead, *sides)
        ends[_end(step["span"])] = index
    return found


def _contrast(step: Mapping[str, Any], lead: str, left: str, right: str) -> Contrast:
    entry = next((str(p.get("entry", "")) for p in step.get("evidence", ()) if p["type"] == "Counterexample"), "")
    correction = (step.get("diagnosis") or {}).get("correction", "")
    ours = right_side(step.get("understood_tex", ""))
    marked = entry_boxed(right, entry) if entry else ""
    if not marked and correction:
        marked = difference_boxed(right, correction) or difference_boxed(ours, correction)
    other = entry_boxed(left, entry) if entry else ""
    if not marked:
        marked, other = difference_boxed(right, left), other or difference_boxed(left, right)
    return Contrast(
        lead=lead,
        given=_side(other or left),
        written=_side(marked or right),
        correction=_correction(correction, right, ours),
    )


def _correction(correction: str, *wrong: str) -> Markup:
    """The corrected side, with a box around what was wrong or missing when it can be told."""
    marked = next((found for side in wrong if (found := difference_boxed(correction, side))), "")
    return _side(marked) if marked else correction_view(correction)


def _side(tex: str) -> Markup:
    return Markup(formula(tex, display=True))


# -- figures --------------------------------------------------------------------------------------------------------
def _figure_places(run: Mapping[str, Any], stretches: Sequence[Stretch], name: str, text: str) -> dict[int, int]:
    """For each figure whose object is declared in the document, the row that declares it."""
    found: dict[int, int] = {}
    for number, figure in enumerate(run.get("figures", ())):
        places = _declared(run.get("context", ()), str(figure.get("of", "")))
        homes = _homes(stretches, offset_of(name, text, places)) if places else []
        home = next((h for h in homes if h is not None), None)
        if home is not None:
            found[number] = home
    return found


def _experiment_places(run: Mapping[str, Any], stretches: Sequence[Stretch], name: str, text: str) -> dict[int, int]:
    """For each experiment the row in which it is asked for, or in which its object is declared."""
    found: dict[int, int] = {}
    for number, item in enumerate(run.get("experiments", ())):
        places = [(int(item["line"]), 1)] if item.get("line") else []
        home = next(iter(_homes(stretches, offset_of(name, text, places))), None) if places else None
        if home is not None:
            found[number] = home
    return found


def _declared(context: Iterable[Mapping[str, Any]], of: str) -> list[tuple[int, int]]:
    """Where a name is declared; a flow first, since it is a flow that has figures of its own."""
    entries = [entry for entry in context if entry["name"] == of and entry.get("declared_at")]
    entries.sort(
        key=lambda entry: "path" not in str(entry.get("type", "")) and "flow" not in str(entry.get("type", ""))
    )
    found = []
    for entry in entries:
        match = re.search(r":(\d{1,9}):(\d{1,9})$", str(entry["declared_at"]))
        if match:
            found.append((int(match[1]), int(match[2])))
    return found
