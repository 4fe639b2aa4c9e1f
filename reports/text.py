r"""The result on a terminal: one plain line per claim, the sentence of the run last.

`file:line:column: outcome: message` is what editors, grep and people know.  Every piece of text from the document has
its control and bidi characters shown as escapes, so no message can forge a second line or move the cursor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .escape import terminal
from .experiments import terminal_lines
from .headline import headline, judged

_RESET = "\x1b[0m"
_COLORS = {
    "proved": "\x1b[32m",
    "enclosed": "\x1b[32m",
    "supported": "\x1b[36m",
    "refuted": "\x1b[1;31m",
    "undecided": "\x1b[33m",
    "unread": "\x1b[33m",
    "fault": "\x1b[1;35m",
    "warning": "\x1b[33m",
    "finding": "\x1b[36m",
    "holds": "\x1b[36m",
    "does not hold": "\x1b[33m",
    "not decided": "\x1b[33m",
}


def _word(word: str, color: bool) -> str:
    return f"{_COLORS[word]}{word}{_RESET}" if color and word in _COLORS else word


def _lines(run: Mapping[str, Any], source_name: str, color: bool) -> Iterator[str]:
    name = terminal(source_name)
    for step in run["steps"]:
        place = f"{name}:{step['span']['line']}:{step['span']['column']}"
        label = f"{terminal(step['label'])}: " if step.get("label") else ""
        if step.get("outcome"):
            yield f"{place}: {_word(step['outcome'], color)}: {label}{terminal(step['message'])}"
        for warning in step.get("warnings", ()):
            yield f"{place}: {_word('warning', color)}: {label}{terminal(warning)}"
    for place, word, message in terminal_lines(run, name):
        yield f"{place}: {_word(word, color)}: {message}"
    for finding in run.get("findings", ()):
        said = ": ".join(terminal(finding[key]) for key in ("title", "text") if finding.get(key))
        yield f"{name}: {_word('finding', color)}: {said}"


def render_text(run: Mapping[str, Any], source_name: str | None = None, color: bool = False) -> str:
    """The plain result: a line per claim and per warning, a line per finding, then the headline sentence.

    Args:
        run: `Run.as_dict()`.
        source_name: the name in front of each line; the run's own when None.
        color: colour the outcome words with ANSI codes (only for a terminal; the words stay).
    """
    name = run["source"].get("name", "-") if source_name is None else source_name
    sentence = headline(run)
    if color and judged(run):
        bad = next((word for word in ("fault", "refuted", "undecided", "unread") if f" {word}" in sentence), "proved")
        sentence = f"{_COLORS[bad]}{sentence}{_RESET}"
    return "\n".join([*_lines(run, name, color), sentence]) + "\n"
