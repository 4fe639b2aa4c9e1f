r"""JUnit XML, the common `xunit2` form that GitHub, GitLab and Jenkins read.

One suite per document, one case per claim.  Refuted is a failure, a fault of ours an error, undecided and unread are
skipped with their reason: none of them counts as passed.  The form has no attribute for a line, so the place stands
in the message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .escape import xml
from .headline import headline, judged, label, tally

_ELEMENT = {"refuted": "failure", "fault": "error", "undecided": "skipped", "unread": "skipped"}


def _case(name: str, step: Mapping[str, Any]) -> Iterator[str]:
    span = step["span"]
    title = xml(f"{label(step)} [{step['id']}]")
    head = f'    <testcase classname="{xml(name)}" name="{title}"'
    element = _ELEMENT.get(step["outcome"])
    if element is None:
        yield f"{head}/>"
        return
    place = f"{name}:{span['line']}:{span['column']}: {step['outcome']}: {step['message']}"
    kind = (step.get("diagnosis") or {}).get("kind") or step["outcome"]
    yield f"{head}>"
    if element == "skipped":
        yield f'      <skipped message="{xml(place)}"/>'
    else:
        yield f'      <{element} type="{xml(kind)}" message="{xml(place)}">{xml(step["tex"])}</{element}>'
    yield "    </testcase>"


def _suite(run: Mapping[str, Any]) -> Iterator[str]:
    name = str(run["source"].get("name", "-"))
    counts = tally(run)
    numbers = (
        f'tests="{sum(counts.values())}" failures="{counts["refuted"]}" errors="{counts["fault"]}" '
        f'skipped="{counts["undecided"] + counts["unread"]}"'
    )
    yield f'  <testsuite name="{xml(name)}" {numbers}>'
    yield f'    <properties><property name="headline" value="{xml(headline(run))}"/></properties>'
    for step in judged(run):
        yield from _case(name, step)
    yield "  </testsuite>"


def render_junit(*runs: Mapping[str, Any]) -> str:
    """One XML document with a suite per run; no times and no host, so the same runs give the same bytes."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<testsuites name="twofold">']
    for run in runs:
        lines.extend(_suite(run))
    return "\n".join([*lines, "</testsuites>"]) + "\n"
