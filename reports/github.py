r"""GitHub workflow commands: each verdict that needs a reader becomes an annotation on its line.

`::error file=F,line=L,col=C,endLine=L,endColumn=C,title=T::message`, with `%`, line breaks and, in properties, `:` and
`,` escaped, so that a document can neither forge a second command nor end its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .escape import github_data, github_property
from .headline import headline, label

_LEVEL = {"refuted": "error", "fault": "error", "undecided": "warning", "unread": "warning"}


def _command(level: str, name: str, step: Mapping[str, Any], title: str, message: str) -> str:
    span = step["span"]
    place = f"line={span['line']},col={span['column']},endLine={span['end_line']},endColumn={span['end_column']}"
    return f"::{level} file={github_property(name)},{place},title={github_property(title)}::{github_data(message)}"


def _commands(run: Mapping[str, Any]) -> Iterator[str]:
    name = str(run["source"].get("name", "-"))
    for step in run["steps"]:
        outcome = step.get("outcome")
        if outcome in _LEVEL:
            yield _command(_LEVEL[outcome], name, step, f"{outcome}: {label(step)}", step["message"])
        for warning in step.get("warnings", ()):
            yield _command("warning", name, step, f"warning: {label(step)}", warning)


def render_github(run: Mapping[str, Any]) -> str:
    """One workflow command per line, the headline as a notice at the end."""
    name = github_property(run["source"].get("name", "-"))
    return "\n".join([*_commands(run), f"::notice file={name},title=twofold::{github_data(headline(run))}"]) + "\n"
