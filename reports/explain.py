r"""One step in full, for `twofold explain DOC:LINE`: as written, as understood, and everything that was found.

rules of the proof in order, conditions, the point of a counterexample with the balls of both sides, controls, and
for a statistical test its false-alarm rate, power, smallest effect, n and seed
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .describe import Description, describe, difference, marks
from .escape import terminal
from .headline import MEANINGS, label
from .reading import origin, understood

_WIDTH = 15


def steps_on(run: Mapping[str, Any], line: int) -> list[Mapping[str, Any]]:
    """The steps of a line: those whose relation sign or right side is there, else those whose left side is."""
    for key in ("span", "lhs_span"):
        found = [step for step in run["steps"] if step[key]["line"] <= line <= step[key]["end_line"]]
        if found:
            return found
    return []


def nearest_line(run: Mapping[str, Any], line: int) -> int | None:
    """The line nearest to a given one that holds a step."""
    lines = [step["span"]["line"] for step in run["steps"]]
    return min(lines, key=lambda other: (abs(other - line), other)) if lines else None


def render_explain(run: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """The given steps of a run, one block each."""
    return "\n".join("\n".join(_step(run, step, place)) + "\n" for place in [_places(run, steps)] for step in steps)


def _places(run: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {step["id"]: f"step {number} of {len(steps)} on this line" for number, step in enumerate(steps, 1)}


def _row(name: str, value: object) -> str:
    return f"  {name.ljust(_WIDTH)} {terminal(value)}"


def _step(run: Mapping[str, Any], step: Mapping[str, Any], places: Mapping[str, str]) -> Iterator[str]:
    where = f"{terminal(run['source'].get('name', '-'))}:{step['span']['line']}:{step['span']['column']}"
    outcome = step.get("outcome") or step["kind"]
    title = f" {terminal(step['label'])}:" if step.get("label") else ""
    count = f" ({places[step['id']]})" if len(places) > 1 else ""
    yield f"{where}:{title} {outcome}{count}"
    yield _row("as written", " ".join(f"{step['lhs']} {step['relation']} {step['rhs']}".split()))
    if step.get("outcome") != "unread":
        yield _row("as understood", understood(step))
    if step.get("claim_kind"):
        yield _row("kind", step["claim_kind"].replace("_", " "))
    if step.get("outcome"):
        yield _row("outcome", f"{step['outcome']}: {MEANINGS[step['outcome']]}")
        if step["outcome"] != "unread":
            yield _row("routes", ", ".join(word for _, word in marks(step).words))
        yield _row("found", step["message"])
    yield from _circumstances(run, step)
    yield from _evidence(step.get("evidence", ()), "  ")
    for reading in step.get("readings", ()):
        yield f"  read as {terminal(reading['name'])}: {reading['outcome']}"
        yield from _evidence(reading["evidence"], "    ")


def _circumstances(run: Mapping[str, Any], step: Mapping[str, Any]) -> Iterator[str]:
    """What the verdict depends on, and what it means for the steps around."""
    titles = {other["id"]: label(other) for other in run["steps"]}
    slip = step.get("diagnosis")
    if slip:
        yield _row("likely slip", slip["message"])
        if slip.get("correction"):
            yield _row("correction", slip["correction"])
    for condition in step.get("conditions", ()):
        yield _row("holds if", condition)
    for warning in step.get("warnings", ()):
        yield _row("warning", warning)
    for key, words in (("follows_from", "follows from"), ("carried_from", "carries error of")):
        names = [titles[ident] for ident in step.get(key, ()) if ident in titles]
        if names:
            yield _row(words, ", ".join(names))
    if step.get("conclusion_stands") is not None:
        yield _row("conclusion", "stands all the same" if step["conclusion_stands"] else "does not stand")
    for entry in _used(run, step):
        about = ", ".join(str(part) for part in (entry["type"], entry["domain"], origin(entry)) if part)
        yield _row(f"  {entry['name']}", about)


def _used(run: Mapping[str, Any], step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The names that the step uses, each as it is declared; a name with several meanings has several."""
    words = set(re.findall(r"[^\W\d]\w*", str(step.get("understood") or "")))
    return [entry for entry in run.get("context", ()) if entry["name"] in words]


def _evidence(pieces: Iterable[Mapping[str, Any]], indent: str) -> Iterator[str]:
    for piece in pieces:
        told = describe(piece)
        yield f"{indent}{terminal(told.method or told.kind)} ({terminal(told.kind)})"
        yield from _lines(piece, told, indent + "  ")


def _lines(piece: Mapping[str, Any], told: Description, indent: str) -> Iterator[str]:
    if piece["type"] == "Counterexample":
        table = difference(piece)
        for name, value in table.point:
            yield f"{indent}at {terminal(name)} = {terminal(value)}"
        if table.entry:
            yield f"{indent}entry {terminal(table.entry)}"
        for side, value in (("left side", table.lhs), ("right side", table.rhs), ("difference", table.difference)):
            yield f"{indent}{side.ljust(_WIDTH)} {terminal(value)}"
    for number, step in enumerate(told.steps, 1):
        yield f"{indent}{number}. {terminal(step)}"
    for name, value in told.facts:
        yield f"{indent}{terminal(name).ljust(_WIDTH)} {terminal(value)}"
