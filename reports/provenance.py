"""The foot of a report: names as they were read, facts beside the verdicts, and what is needed to repeat the run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any


def provenance(run: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Names and values of what is needed to repeat the run, the command apart."""
    known = [("source", run["source"].get("name", "")), ("sha256", run["source"].get("sha256", ""))]
    rest = [(str(k), _joined(v)) for k, v in run.get("provenance", {}).items() if k != "command"]
    return tuple((name, value) for name, value in [*known, *rest] if value)


def _joined(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    return "" if value is None else str(value)


def context(run: Mapping[str, Any]) -> tuple[tuple[str, str, str, str], ...]:
    """Each name with its type, its domain, and the place or rule that declared it."""
    return tuple(
        (
            str(entry["name"]),
            str(entry["type"]),
            str(entry["domain"]),
            str(entry.get("declared_at") or entry.get("rule", "")),
        )
        for entry in run.get("context", ())
    )


def findings(run: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Facts that are not verdicts: a title and a text."""
    return tuple(
        (str(item.get("title") or item.get("kind", "Finding").replace("_", " ")), str(item.get("text", "")))
        for item in run.get("findings", ())
    )


def command(run: Mapping[str, Any]) -> str:
    """The command that repeats the run; every word quoted for a shell."""
    recorded = run.get("provenance", {}).get("command")
    if isinstance(recorded, list | tuple):
        return shlex.join(str(word) for word in recorded)
    if recorded:
        return str(recorded)
    words = ["twofold", "check", str(run["source"].get("name", "-"))]
    for option in ("seed", "alpha"):
        value = run.get("provenance", {}).get(option)
        if value is not None:
            words += [f"--{option}", str(value)]
    return shlex.join(words)
