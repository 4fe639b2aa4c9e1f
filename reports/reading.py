r"""What was understood, for `twofold read`: one line per relation sign, the names, and the reading rate.

    file:line:column: kind: understood

where the kind is claim, definition, assignment, notation, or unread with the reason.  Most false alarms of a checker
are misreadings: this is the place to look first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .escape import terminal
from .headline import coverage, reading_rate

SCHEMA = "twofold.reading/1"
_FIELDS = ("id", "label", "kind", "claim_kind", "relation", "span", "lhs_span", "lhs", "rhs", "understood")
# A cell of the table of names is cut behind so many characters.
_WIDEST = 48


def understood(step: Mapping[str, Any]) -> str:
    """How a statement was understood; what has no tree of its own (a set, an arrow) as it was written."""
    if step.get("outcome") == "unread":
        return str(step["message"])
    return str(step.get("understood") or " ".join(f"{step['lhs']} {step['relation']} {step['rhs']}".split()))


def render_reading(run: Mapping[str, Any]) -> str:
    """The statements, a blank line, the names, a blank line, the summary."""
    blocks = [
        "\n".join(_statements(run)),
        "\n".join(_names(run)),
        f"{coverage(run)} (reading rate {reading_rate(run)}).",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _statements(run: Mapping[str, Any]) -> Iterator[str]:
    name = terminal(run["source"].get("name", "-"))
    for step in run["steps"]:
        place = f"{name}:{step['span']['line']}:{step['span']['column']}"
        label = f"{terminal(step['label'])}: " if step.get("label") else ""
        kind = "unread" if step.get("outcome") == "unread" else step["kind"]
        yield f"{place}: {kind}: {label}{terminal(understood(step))}"
        for warning in step.get("warnings", ()):
            yield f"{place}: warning: {label}{terminal(warning)}"
    for finding in run.get("findings", ()):
        said = ": ".join(terminal(finding[key]) for key in ("title", "text") if finding.get(key))
        yield f"{name}: finding: {said}"


def origin(entry: Mapping[str, Any]) -> str:
    """Where a name comes from: `line 23`, or the rule that made it."""
    place = str(entry.get("declared_at") or "").rsplit(":", 2)
    return f"line {place[1]}" if len(place) == 3 else str(entry.get("rule") or "")


def _names(run: Mapping[str, Any]) -> Iterator[str]:
    entries = run.get("context", ())
    if not entries:
        return
    rows = [("name", "type", "domain", "declared")]
    rows += [(str(e["name"]), str(e["type"]), str(e["domain"]), origin(e)) for e in entries]
    shown = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in shown) for i in range(3)]
    for row in shown:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()


def _cell(text: str) -> str:
    inert = terminal(text)
    return inert if len(inert) <= _WIDEST else inert[: _WIDEST - 1] + "\u2026"


def reading_json(run: Mapping[str, Any]) -> str:
    """One line of JSON, `twofold.reading/1`; an unread statement carries `unread`, its reason."""
    steps = [
        {key: step[key] for key in _FIELDS} | {"unread": step["message"] if step.get("outcome") == "unread" else None}
        for step in run["steps"]
    ]
    unread = sum(1 for step in steps if step["unread"] is not None)
    kinds = {kind: sum(1 for s in steps if s["kind"] == kind and s["unread"] is None) for kind in _KINDS}
    found = {
        "schema": SCHEMA,
        "source": {key: run["source"][key] for key in ("name", "sha256")},
        "title": run.get("title", ""),
        "summary": {"statements": len(steps), **kinds, "unread": unread},
        "context": list(run.get("context", ())),
        "steps": steps,
        "findings": list(run.get("findings", ())),
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n"


_KINDS = ("claim", "definition", "assignment", "notation")
