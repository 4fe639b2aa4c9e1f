"""The work behind `twofold check`: sources in, renderings out, one exit code."""

from __future__ import annotations

import argparse
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..symbolic.source import ReadError, Source
from .check import Options, check_source
from .course import Course
from .documents import Judged
from .run import Run
from .shared import Shared
from .verdict import Outcome

MAX_BYTES = 2_000_000
HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
OK, REFUTED, USAGE, UNDECIDED, FAULT, NOTHING, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


class Unreadable(ValueError):  # noqa: N818 - a finding about the input
    """A file that cannot be taken: the whole message for a person."""


def read_source(name: str) -> Source:
    """The text of a document.  Raises Unreadable with what to do."""
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_bytes(Path(name))
    except OSError as error:
        raise Unreadable(f"{name}: cannot be read: {error.strerror or error}") from None
    shown = "<stdin>" if name == "-" else name
    return Source(shown, decoded(data, shown))


def decoded(data: bytes, shown: str) -> str:
    """The text of a document.  Raises Unreadable, which begins with the name as it is to be shown."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{shown}: expected at most {MAX_BYTES} bytes; got more")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(f"{shown}: expected UTF-8; got UTF-16. Convert it, for example with iconv -f UTF-16 -t UTF-8")
    if b"\x00" in data[:8192]:
        raise Unreadable(f"{shown}: expected text; got a binary file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{shown}: expected UTF-8; byte {error.start} is not ({error.reason})") from None


def read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise Unreadable(f"{path}: expected a file; got a folder")
    if not path.exists():
        raise Unreadable(f"{path}: no such file")
    if not path.is_file():
        raise Unreadable(f"{path}: expected a plain file")
    with path.open("rb") as handle:
        return handle.read(MAX_BYTES + 1)


class Progress:
    """A line on standard error for what takes longer than a second; silent when that is not a terminal."""

    def __init__(self, name: str, stream: Any) -> None:
        import time

        self.name, self.stream = name, stream
        self.clock = time.monotonic
        self.start = self.clock()
        self.shown = False

    def __call__(self, done: int, total: int, label: str) -> None:
        if not self.stream.isatty() or self.clock() - self.start < 1.0:
            return
        self.shown = done < total
        text = f"{self.name}: {done}/{total} {label}" if done < total else ""
        print(f"\r\x1b[K{text[:100]}", end="", file=self.stream, flush=True)


def run_check(arguments: argparse.Namespace, renderers: Callable[[], Any]) -> int:
    """Check every document; print, write, and return the exit code of the worst one."""
    if arguments.jobs > 1 and len(arguments.documents) > 1 and "-" not in arguments.documents:
        from .documents import flags_of, judge_in_parallel

        judged, interrupted = judge_in_parallel(arguments.documents, flags_of(arguments), arguments.jobs)
    else:
        judged, interrupted = judge_in_turn(arguments)
    runs = [item.run for item in judged if item.run is not None]
    for item in judged:
        sys.stderr.write(item.message)
    codes = [item.code for item in judged if item.run is None]
    codes.extend(exit_code(run, arguments.strict) for run in runs)
    if runs and not written(runs, arguments, renderers):
        codes.append(USAGE)
    return INTERRUPTED if interrupted or any(run.interrupted for run in runs) else worst(codes)


def judge_in_turn(arguments: argparse.Namespace) -> tuple[list[Judged], bool]:
    """One document after the other, in this process; an interrupted run is the last."""
    found: list[Judged] = []
    course = Course(shared=Shared())  # a formula that one document read and judged, another need not
    for name in arguments.documents:
        try:
            found.append(judge_document(name, arguments, course))
        except KeyboardInterrupt:
            return found, True
        run = found[-1].run
        if run is not None and run.interrupted:
            return found, True
    return found, False


def judge_document(name: str, arguments: argparse.Namespace, course: Course | None = None) -> Judged:
    """The run of one document, or the message that says why there is none."""
    try:
        source = read_source(name)
    except Unreadable as error:
        return Judged(message=f"twofold: {visible(str(error))}\n", code=USAGE)
    options = Options(
        seed=arguments.seed,
        alpha=arguments.alpha,
        seconds=arguments.budget,
        figures=not (arguments.no_figures or arguments.no_proofs),
        prove=not arguments.no_proofs,
        experiments=arguments.experiments,
        data=Path(name).parent if arguments.data and name != "-" else None,
        keep_partial=True,
        command=("twofold", "check", source.name, *seed_flags(arguments)),
    )
    try:
        return Judged(run=check_source(source, options, Progress(source.name, sys.stderr), course))
    except ReadError as error:
        lines = error.explain(source).replace(source.name, visible(source.name)).split("\n")
        return Judged(message="\n".join(visible(line) for line in lines) + "\n", code=USAGE)
    except Exception as error:  # the last net: no traceback reaches a user, and no crash looks like a refutation
        reason = f"{type(error).__name__}: {error}"[:300]
        message = visible(f"twofold: {source.name}: a fault of twofold itself: {reason}") + "\n"
        return Judged(message=message, code=FAULT)


def visible(line: str) -> str:
    r"""One line for a terminal: control, format and separator characters as escapes, so that no text acts on it.

    >>> print(visible("a\x1b[31mb"))
    a\x1b[31mb
    """
    return "".join(c if unicodedata.category(c) not in HIDDEN else ascii(c)[1:-1] for c in line)


def written(runs: list[Run], arguments: argparse.Namespace, renderers: Callable[[], Any]) -> bool:
    """Whether everything could be written; a reader of standard output that has gone is no failure."""
    try:
        renderers().write(runs, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would be written once more at exit, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"twofold: {error.filename or 'output'}: cannot be written: {error.strerror or error}", file=sys.stderr)
        return False
    return True


def seed_flags(arguments: argparse.Namespace) -> list[str]:
    """The flags that change verdicts, as given."""
    found = []
    if arguments.seed is not None:
        found += ["--seed", str(arguments.seed)]
    if arguments.alpha is not None:
        found += ["--alpha", str(arguments.alpha)]
    if arguments.budget != 10.0:
        found += ["--budget", f"{arguments.budget:g}"]
    if arguments.no_proofs:
        found += ["--no-proofs"]
    return found


def exit_code(run: Run, strict: bool) -> int:
    """The code of one run: a fault outweighs a refutation, which outweighs silence."""
    if run.count(Outcome.FAULT) or any(finding.get("kind") == "fault" for finding in run.findings):
        return FAULT
    if any(s.outcome is Outcome.REFUTED and not s.carried_from for s in run.steps):
        return REFUTED
    judged = [s for s in run.claims if s.outcome is not Outcome.UNREAD]
    if not judged:
        return NOTHING
    if strict and (run.count(Outcome.UNDECIDED) or run.count(Outcome.UNREAD)):
        return UNDECIDED
    return OK


def worst(codes: list[int]) -> int:
    """Of several documents the gravest code."""
    for code in (FAULT, USAGE, REFUTED, NOTHING, UNDECIDED):
        if code in codes:
            return code
    return OK
