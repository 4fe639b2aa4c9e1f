"""`twofold key`, `twofold grade`, `twofold merge`: files in, files out, one exit code; progress on standard error."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from ...checks.api import source_of
from ...checks.batch import Busy, MergeError, NoProcess, Progress, StorageError, merge
from ...checks.batch.results import RESULTS
from ...checks.check import Options, check_source
from ...checks.command import visible
from ...checks.key_text import ReadError
from ...checks.verdict import Outcome
from .course import Grading, GradingError, Order, carry_out
from .key import points_text
from .propose import propose

OK, REFUTED, USAGE, FAULT = 0, 1, 2, 4
BAR = 24


def run_key(arguments: argparse.Namespace) -> int:
    """Print the key that a model solution proposes; what is wrong in the solution is told on standard error."""
    try:
        source = source_of(Path(arguments.solution))
    except (OSError, ValueError) as error:
        return complain(str(error))
    try:
        run = check_source(source, Options(figures=False))
    except ReadError as error:
        return complain(error.explain(source))
    for step in run.claims:
        if step.outcome is not None and not step.outcome.passes:
            place = f"{source.name}:{step.span.line}:{step.span.column}"
            print(visible(f"{place}: {step.outcome.value}: {step.message}"), file=sys.stderr)
    sys.stdout.write(propose(run))
    sys.stdout.flush()
    return FAULT if run.count(Outcome.FAULT) else REFUTED if run.count(Outcome.REFUTED) else OK


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade a class; the last line says what was written and what waits for a person."""
    order = Order(
        place=Path(arguments.folder),
        key=Path(arguments.key),
        out=Path(arguments.out),
        roster=optional(arguments.roster),
        overrides=optional(arguments.overrides),
        worksheet=optional(arguments.worksheet),
        assignment=arguments.assignment or "",
        jobs=arguments.jobs or os.cpu_count() or 1,
        shard=arguments.shard,
        fresh=arguments.fresh,
        retry=arguments.retry,
        seed=arguments.seed,
        alpha=arguments.alpha,
        prove=not arguments.no_proofs,
    )
    try:
        grading = carry_out(order, Teller())
    except (GradingError, Busy, StorageError, NoProcess) as error:
        return complain(str(error))
    print_result(grading, order)
    return OK


def run_merge(arguments: argparse.Namespace) -> int:
    """Join the results of shards into what one run would have written."""
    out = Path(arguments.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        number = merge([results_in(Path(name)) for name in arguments.results], out / RESULTS)
    except (MergeError, StorageError, OSError) as error:
        return complain(str(error))
    print(f"{out / RESULTS}: {number} submissions")
    return OK


def results_in(place: Path) -> Path:
    """A results file, or the one in an output folder."""
    return place / RESULTS if place.is_dir() else place


def optional(name: str | None) -> Path | None:
    return None if name is None else Path(name)


def complain(message: str) -> int:
    for line in f"twofold: {message}".split("\n"):
        print(visible(line), file=sys.stderr)
    return USAGE


def print_result(grading: Grading, order: Order) -> None:
    """One line per student, then where everything is."""
    for note in grading.notes:
        print(visible(note), file=sys.stderr)
    if order.shard != (1, 1):
        print(
            f"{visible(str(order.out / RESULTS))}: part {order.shard[0]} of {order.shard[1]}; join with twofold merge"
        )
        return
    for student in grading.marks:
        total = "waits" if student.points is None else points_text(student.points)
        look = "" if student.settled else f"; look at: {student.review[0] if student.review else ''}"
        print(visible(f"{student.student}: {total} of {points_text(grading.key.points)} ({student.status}){look}"))
    waiting = sum(1 for student in grading.marks if not student.settled)
    rest = f"{waiting} need a person" if waiting != 1 else "1 needs a person"
    print(f"{len(grading.marks)} submissions graded, {rest}: {visible(str(order.out / 'index.html'))}")


class Teller:
    """Progress on standard error: a bar on a terminal, else a line per finished submission at most once a second."""

    def __init__(self) -> None:
        self.bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.last = 0.0

    def __call__(self, stage: str, progress: Progress) -> None:
        done = progress.done >= progress.total
        pause = 0.1 if self.bar else 1.0 if progress.student else 5.0
        if not progress.total or (time.monotonic() - self.last < pause and not done):
            return
        self.last = time.monotonic()
        left = "" if progress.left is None else f", {progress.left:.0f} s left"
        if progress.steps and not done:  # the first documents of a class take longest: what they share is judged once
            left = f", {progress.steps} claims of those under way{left}"
        text = f"{stage}: {progress.done} of {progress.total}{left}"
        if self.bar:
            full = BAR * progress.done // progress.total
            end = "\n" if done else ""
            print(f"\r\x1b[K[{'#' * full}{'.' * (BAR - full)}] {text}", end=end, file=sys.stderr, flush=True)
        else:
            who = (
                f" ({visible(progress.student)}: {progress.status})" if progress.student and stage == "judging" else ""
            )
            print(f"{text}{who}", file=sys.stderr, flush=True)
