"""The sentence that every report begins or ends with, and the few counts that it is made of.

One sentence, with the numbers, worst news first: "1 of 33 steps refuted; 2 undecided." or "All 14 claims hold:
12 proved, 2 enclosed."  A run without claims never sounds like a success.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OUTCOMES = ("proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")
PASSING = ("proved", "enclosed", "supported")

# What the words mean, for a reader who meets them for the first time.
MEANINGS = {
    "proved": "proved in symbols, and an independent numeric witness agrees",
    "enclosed": "rigorous arithmetic encloses the difference of the two sides around zero",
    "supported": "tested in numbers at a stated error and power, not proved",
    "refuted": "the two sides differ; a point or an argument shows it",
    "undecided": "tried, could not decide; the obstacle is named",
    "unread": "not understood; nothing was guessed",
    "fault": "a fault of twofold itself; please report it",
}


def judged(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps that carry an outcome: every claim, and every statement that could not be read."""
    return [step for step in run["steps"] if step.get("outcome")]


def tally(run: Mapping[str, Any]) -> dict[str, int]:
    """How many steps have each outcome, in the order of `OUTCOMES`."""
    found = [step["outcome"] for step in judged(run)]
    return {outcome: found.count(outcome) for outcome in OUTCOMES}


def first_failure(run: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The step to look at first: a fault, else the first refuted step that does not merely carry an earlier error."""
    steps = judged(run)
    for wanted in ("fault", "refuted"):
        for step in steps:
            if step["outcome"] == wanted and not step.get("carried_from"):
                return step
    return next((step for step in steps if step["outcome"] == "refuted"), None)


def counted(number: int, noun: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(counts: Mapping[str, int], words: Sequence[str]) -> str:
    return ", ".join(f"{counts[word]} {word}" for word in words if counts[word])


def headline(run: Mapping[str, Any]) -> str:
    """The sentence of a run.

    Never claims success when nothing was judged, and counts a step that only carries an earlier error apart.
    """
    counts = tally(run)
    total = sum(counts.values())
    if total == 0:
        return "No claim found: nothing was checked."
    passed = sum(counts[word] for word in PASSING)
    if passed == total:
        if total == 1:
            return f"The one claim holds: {_listed(counts, PASSING).removeprefix('1 ')}."
        return f"All {total} claims hold: {_listed(counts, PASSING)}."
    if counts["unread"] == total:
        return f"No claim could be read: {counted(total, 'statement')} not understood."
    if counts["fault"] or counts["refuted"]:
        return _bad_news(run, counts, total)
    rest = _listed(counts, ("undecided", "unread"))
    if not passed:
        return f"None of {counted(total, 'claim')} decided: {rest}."
    return f"{passed} of {total} claims hold: {_listed(counts, PASSING)}; {rest}."


def _bad_news(run: Mapping[str, Any], counts: Mapping[str, int], total: int) -> str:
    steps = "step" if total == 1 else "steps"
    parts = []
    if counts["fault"]:
        parts.append(f"twofold failed on {counts['fault']} of {total} {steps} (a fault of its own)")
    if counts["refuted"]:
        carried = sum(1 for step in judged(run) if step["outcome"] == "refuted" and step.get("carried_from"))
        number = f"{counts['refuted']} of {total} {steps}" if not parts else str(counts["refuted"])
        note = f" ({carried} only {'carries' if carried == 1 else 'carry'} an earlier error)" if carried else ""
        parts.append(f"{number} refuted{note}")
    rest = _listed(counts, ("undecided", "unread"))
    sentence = "; ".join([*parts, *([rest] if rest else [])])
    return f"{sentence}."


def coverage(run: Mapping[str, Any], displays: int | None = None) -> str:
    """`34 statements: 31 claims, 2 definitions, 1 notation; 0 not understood`; of a document, its displays in front."""
    steps = run["steps"]
    kinds: dict[str, int] = {}
    for step in steps:
        if step.get("outcome") != "unread":
            kinds[step["kind"]] = kinds.get(step["kind"], 0) + 1
    unread = sum(1 for step in steps if step.get("outcome") == "unread")
    parts = ", ".join(
        counted(number, kind) if kind != "notation" else f"{number} {kind}" for kind, number in kinds.items()
    )
    front = f"{counted(displays, 'display')}, " if displays is not None else ""
    rate = f" (reading rate {reading_rate(run)})" if displays is not None and steps else ""
    return f"{front}{counted(len(steps), 'statement')}: {parts or 'none read'}; {unread} not understood{rate}"


def reading_rate(run: Mapping[str, Any]) -> str:
    """The share of the statements that were understood, rounded down: `100 %` only when all were."""
    steps = run["steps"]
    read = sum(1 for step in steps if step.get("outcome") != "unread")
    return f"{100 * read // len(steps)} %" if steps else "none"


def label(step: Mapping[str, Any]) -> str:
    """How people call a step: the author's id, or its line."""
    line = step["span"]["line"]
    return f"{step['label']} (line {line})" if step.get("label") else f"line {line}"
