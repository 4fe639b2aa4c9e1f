"""The work behind `twofold read` and `twofold explain`: documents in, text or JSON out, one exit code."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..checks.command import FAULT, NOTHING, OK, REFUTED, USAGE, judge_document, worst, written
from ..checks.reading import read_document
from ..checks.run import Run
from .escape import terminal
from .explain import nearest_line, render_explain, steps_on
from .reading import reading_json, render_reading


@dataclass(frozen=True, slots=True)
class Printer:
    """What `checks.command.written` calls: writes one text to standard output."""

    text: str

    def write(self, _runs: Sequence[Run], _arguments: argparse.Namespace) -> None:
        sys.stdout.write(self.text)


def run_read(arguments: argparse.Namespace) -> int:
    """Print every statement as understood; 0, 2 for an unreadable source, 5 when no statement could be read."""
    codes, texts = list[int](), list[str]()
    for name in arguments.documents:
        found = read_document(name)
        sys.stderr.write(found.message)
        if found.run is None:
            codes.append(found.code)
            continue
        run = found.run.as_dict()
        texts.append(reading_json(run) if arguments.format == "json" else render_reading(run))
        understood = [step for step in found.run.steps if not step.unread]
        codes.append(OK if understood else NOTHING)
    if texts and not written([], arguments, lambda: Printer("".join(texts))):
        codes.append(USAGE)
    return worst(codes)


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the steps of one line in full; 0, 1 when one of them is refuted, 2 usage, 4 fault, 5 nothing judged."""
    place = re.fullmatch(r"(.+):(\d{1,9})(?::\d{0,9})?", arguments.place, re.DOTALL)
    if place is None:
        print(f"twofold: expected DOC:LINE, such as notes.md:33; got {terminal(arguments.place)}", file=sys.stderr)
        return USAGE
    name, line = place[1], int(place[2])
    found = read_document(name) if name != "-" else judge_document(name, arguments)
    steps = steps_on(found.run.as_dict(), line) if found.run is not None else []
    if name != "-" and any(step["kind"] == "claim" for step in steps):  # what is not judged needs no check
        found = judge_document(name, arguments)
    sys.stderr.write(found.message)
    if found.run is None:
        return found.code
    run = found.run.as_dict()
    steps = steps_on(run, line)
    if not steps:
        return no_step(run, line)
    text = f"{json.dumps(steps, ensure_ascii=False)}\n" if arguments.format == "json" else render_explain(run, steps)
    return explained(steps) if written([found.run], arguments, lambda: Printer(text)) else USAGE


def no_step(run: Mapping[str, Any], line: int) -> int:
    """Say that nothing stands on a line, and what is nearest."""
    name, nearest = terminal(run["source"]["name"]), nearest_line(run, line)
    hint = f"; the nearest stands on line {nearest}" if nearest is not None else ""
    print(f"twofold: {name}: no statement stands on line {line}{hint}", file=sys.stderr)
    return USAGE if nearest is not None else NOTHING


def explained(steps: Sequence[Mapping[str, Any]]) -> int:
    """The exit code of the steps that were explained, as `check` would give it for them alone."""
    outcomes = [step.get("outcome") for step in steps]
    if "fault" in outcomes:
        return FAULT
    wrong = any(step.get("outcome") == "refuted" and not step.get("carried_from") for step in steps)
    return REFUTED if wrong else OK
