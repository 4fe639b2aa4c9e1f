"""From findings to the record of a student: names put back, several documents made one run.

A text is judged under a neutral name (`submission.md`), so that the same text of two students is judged once. Here the
run gets the name of the file. Documents of one student are judged apart (a letter may mean two things in two of them)
and stand in one run after the other: lines count on through the joined text, and a repeated id gets a suffix.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..run import Run
from .intake import Row
from .records import Judged, Status
from .supervise import Finding

BETWEEN = "\n\n"  # between two documents in the joined text
GRAVEST_FIRST = (Status.CRASHED, Status.LIMIT, Status.UNREADABLE, Status.PARTLY_READ, Status.GRADED)
SUMMED = (
    "statements",
    "claims",
    "proved",
    "enclosed",
    "supported",
    "refuted",
    "undecided",
    "unread",
    "fault",
    "warnings",
)


def neutral(kind: str) -> str:
    """The name under which a text of a format is judged."""
    return f"submission.{kind}"


def assembled(row: Row, findings: Sequence[Finding], class_size: int, under: str) -> Judged:
    """The record of a student from the findings of the documents, in their order."""
    pairs = list(zip(row.documents, findings, strict=True))
    several = len(pairs) > 1
    reasons = list(row.reasons)
    for document, finding in pairs:
        told = [reason.replace(neutral(document.format), document.name) for reason in finding.reasons]
        reasons.extend(r if document.name in r or not several else f"{document.name}: {r}" for r in told)
    runs = [(d.name, named(f.run, neutral(d.format), d.name)) for d, f in pairs if f.run is not None]
    run, starts = joined(runs, row.sha256)
    return Judged(
        student=row.student,
        name=row.name,
        slug=row.slug,
        number=row.number,
        class_size=class_size,
        ids=row.ids,
        files=tuple(name for name, _ in runs) or tuple(document.name for document in row.documents),
        starts=starts,
        status=row.status or status_of([finding.status for finding in findings], row.partly),
        late=row.late,
        same_as=row.same_as,
        reasons=tuple(reasons),
        sha256=row.sha256,
        under=under,
        run_json=None if run is None else json.dumps(run, ensure_ascii=False, allow_nan=False),
    )


def status_of(found: Sequence[Status], partly: bool) -> Status:
    """The gravest status; where only some of the documents could be read, `partly read`."""
    if Status.UNREADABLE in found and set(found) != {Status.UNREADABLE}:
        partly, found = True, [status for status in found if status is not Status.UNREADABLE]
    status = next(status for status in GRAVEST_FIRST if status in found)
    return Status.PARTLY_READ if status is Status.GRADED and partly else status


def named(run: Mapping[str, Any], neutral: str, name: str) -> dict[str, Any]:
    """A run under the name of its file."""
    context = [
        {**entry, "declared_at": name + entry["declared_at"].removeprefix(neutral)} if "declared_at" in entry else entry
        for entry in run["context"]
    ]
    provenance = {**run["provenance"], "command": run["provenance"]["command"].replace(neutral, name)}
    title = name if run["title"] == neutral else run["title"]
    source = {**run["source"], "name": name}
    return {**run, "source": source, "title": title, "context": context, "provenance": provenance}


def joined(runs: Sequence[tuple[str, dict[str, Any]]], sha256: str) -> tuple[dict[str, Any] | None, tuple[int, ...]]:
    """One run of several, and the line at which each begins."""
    if len(runs) < 2:
        return (runs[0][1], (1,)) if runs else (None, ())
    texts = [run["source"]["text"] for _, run in runs]
    starts = [1]
    for text in texts[:-1]:
        starts.append(starts[-1] + lines(text + BETWEEN))
    steps: list[dict[str, Any]] = []
    for (_, run), start in zip(runs, starts, strict=True):
        steps.extend(moved(run["steps"], start - 1, {step["id"] for step in steps}))
    first = runs[0][1]
    whole = {
        **first,
        "source": {"name": ", ".join(name for name, _ in runs), "sha256": sha256, "text": BETWEEN.join(texts)},
        "summary": summed([run["summary"] for _, run in runs], steps),
        "steps": steps,
    }
    for key in ("context", "derivations", "figures", "findings", "experiments"):
        if key in first:
            whole[key] = [item for _, run in runs for item in run[key]]
    return whole, tuple(starts)


def lines(text: str) -> int:
    """Line ends of a text, as `Source` counts them: CRLF, LF and a lone CR."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def moved(steps: Sequence[Mapping[str, Any]], by: int, taken: set[str]) -> list[dict[str, Any]]:
    """Steps further down in a text, with ids that are not taken."""
    new = {step["id"]: free(step["id"], taken) for step in steps}
    found = []
    for step in steps:
        spans = {
            key: {**step[key], "line": step[key]["line"] + by, "end_line": step[key]["end_line"] + by}
            for key in ("span", "lhs_span")
        }
        links = {key: [new.get(one, one) for one in step[key]] for key in ("follows_from", "carried_from")}
        found.append({**step, **spans, **links, "id": new[step["id"]]})
    return found


def free(name: str, taken: set[str]) -> str:
    found, k = name, 2
    while found in taken:
        found, k = f"{name}-d{k}", k + 1
    return found


def summed(summaries: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    wrong = (s["id"] for s in steps if s["outcome"] == "refuted" and not s["carried_from"])
    return {key: sum(s[key] for s in summaries) for key in SUMMED} | {"first_wrong": next(wrong, None)}


def hollow(judged: Judged) -> dict[str, Any]:
    """The run of a student who has none."""
    source = {"name": ", ".join(judged.files) or judged.student, "sha256": judged.sha256, "text": ""}
    return Run(source=source, title="", steps=()).as_dict()
