"""Several documents at a time: one process for each, JSON back, results in the order in which they were named.

Threads would share the working precision of the ball arithmetic; processes share nothing.  A child is this program on
one document, so what it finds does not depend on how many run beside it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from .run import Run
from .run_json import run_from

if TYPE_CHECKING:
    import subprocess

POLL = 0.02
PATIENCE = 10.0  # seconds in which an interrupted child may write what it has


@dataclass(slots=True)
class Judged:
    """What became of one document: a run, or a message for standard error and the code that it exits with."""

    run: Run | None = None
    message: str = ""
    code: int = 0


@dataclass(slots=True)
class Child:
    """A document under way; its output goes to files, so that no pipe can fill up."""

    process: subprocess.Popen[bytes]
    output: IO[bytes] = field(repr=False)
    errors: IO[bytes] = field(repr=False)

    def collect(self) -> Judged:
        """The run or the message of a child that has ended."""
        texts = []
        for stream in (self.output, self.errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
            stream.close()
        code = self.process.returncode
        if texts[0].strip():
            return Judged(run=run_from(json.loads(texts[0])))
        if code < 0:
            return Judged(message=f"twofold: a process was ended by signal {-code} before it had a result\n", code=4)
        return Judged(message=texts[1], code=code or 4)


def start(name: str, flags: Sequence[str]) -> Child:
    """The check of one document in a process of its own."""
    import subprocess
    import tempfile

    output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - they live with the child
    command = [sys.executable, "-P", "-m", "twofold", "check", *flags, "--json", "-", "--", name]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
    return Child(process, output, errors)


def judge_in_parallel(names: Sequence[str], flags: Sequence[str], jobs: int) -> tuple[list[Judged], bool]:
    """Every document by at most `jobs` processes; and whether it was interrupted, which keeps what is there."""
    found: dict[int, Judged] = {}
    running: dict[int, Child] = {}
    waiting = list(enumerate(names))
    interrupted = False
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                index, name = waiting.pop(0)
                running[index] = start(name, flags)
            reap(running, found)
            time.sleep(POLL)
    except KeyboardInterrupt:
        interrupted = True
        stop(running, found)
    return [found[index] for index in sorted(found)], interrupted


def reap(running: dict[int, Child], found: dict[int, Judged]) -> None:
    for index in [i for i, child in running.items() if child.process.poll() is not None]:
        found[index] = running.pop(index).collect()


def stop(running: dict[int, Child], found: dict[int, Judged]) -> None:
    """Ask every child for what it has, and end those that do not answer."""
    for child in running.values():
        if os.name == "posix":
            child.process.send_signal(signal.SIGINT)
    end = time.monotonic() + PATIENCE
    while running and time.monotonic() < end:
        reap(running, found)
        time.sleep(POLL)
    for child in running.values():
        child.process.kill()
        child.process.wait()


def flags_of(arguments: Any) -> list[str]:
    """The flags of a child: what changes its run, and nothing of how it is printed."""
    given = {flag: getattr(arguments, flag) for flag in ("seed", "alpha", "budget")}
    found = [f"--{flag}={value!r}" for flag, value in given.items() if value is not None]
    found += ["--no-figures"] if arguments.no_figures else []
    found += ["--no-proofs"] if arguments.no_proofs else []
    found += ["--experiments"] if arguments.experiments else []
    return [*found, *(["--data"] if arguments.data else [])]
