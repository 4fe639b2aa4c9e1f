"""Runs a small class with a stand-in for the judging, in a process that the tests may kill.

    run FOLDER OUT LOG [SECONDS]     judge once; each judging takes so many seconds (-1: until LOG with .go exists)
    every FOLDER OUT LOG             die at the first, second, .. act of writing, each time resumed; prints how often

The stand-in appends one line to LOG before it judges a text, so that the tests see what was judged and how often.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from twofold.checks.batch import crew, engine, tasks
from twofold.checks.batch.intake import open_submissions
from twofold.checks.batch.records import Settings, Status
from twofold.checks.batch.supervise import Finding

ACTS = ("write", "fsync", "replace", "rename", "ftruncate")


class QuickSlot:
    """Judges at once, in this process: the text is the verdict."""

    log: Path
    seconds = 0.0
    watch = None

    def __init__(self, settings: Settings, claims: Any) -> None:
        self.claims = claims

    def __enter__(self) -> QuickSlot:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def abort(self) -> None:
        return None

    def judge(self, name: str, text: str, given: str) -> Finding:
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{text.strip()}\n")
        time.sleep(max(0.0, self.seconds))
        while self.seconds < 0 and not self.log.with_suffix(".go").exists():
            time.sleep(0.01)
        self.claims.put(f"claim of {text.strip()}", {"holds": text})
        return Finding(status=Status.GRADED, run=a_run(name, text, given))


def a_run(name: str, text: str, given: str) -> dict[str, Any]:
    counts = (
        "statements",
        "claims",
        "proved",
        "enclosed",
        "supported",
        "refuted",
        "undecided",
        "unread",
        "fault",
        "warnings",
    )
    return {
        "schema": "twofold.run/1",
        "source": {"name": name, "sha256": "", "text": text},
        "title": name,
        "summary": {**dict.fromkeys(counts, 1), "first_wrong": None},
        "context": [{"name": "x", "type": "scalar", "domain": given, "declared_at": f"{name}:1:1"}],
        "steps": [],
        "derivations": [],
        "figures": [],
        "findings": [],
        "experiments": [],
        "provenance": {"command": f"twofold check {name}"},
        "timing": {},
    }


def grade(folder: Path, out: Path, jobs: int = 2) -> int:
    with open_submissions(folder) as submissions:
        return sum(1 for _ in engine.judge_all(submissions, Settings(), out, jobs=jobs))


def dying(act: int) -> None:
    """Have this process killed at its n-th act of writing: before every second one, after (or within) the others."""
    left = [act]

    def wrapped(name: str) -> Any:
        really = getattr(os, name)

        def act_or_die(*arguments: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                if act % 3 == 1 and name == "write":
                    really(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                elif act % 3 == 2:
                    really(*arguments, **more)
                os.kill(os.getpid(), signal.SIGKILL)
            return really(*arguments, **more)

        return act_or_die

    for name in ACTS:
        setattr(os, name, wrapped(name))


def child(folder: Path, out: Path, act: int) -> int:
    """A process that grades the class and dies at an act (0: never); its wait status."""
    pid = os.fork()
    if pid == 0:
        if act:
            dying(act)
        try:
            grade(folder, out)
        except BaseException:
            os._exit(9)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def every(folder: Path, out: Path, log: Path) -> list[dict[str, Any]]:
    """What came of a death at each act of writing of a run, until one lives."""
    found = []
    for act in range(1, 10_000):
        shutil.rmtree(out, ignore_errors=True)
        log.write_text("")
        died = child(folder, out, act)
        before = kept(out)
        log_before = log.read_text().splitlines()
        status = child(folder, out, 0)
        again = log.read_text().splitlines()[len(log_before) :]
        results = (out / "results.jsonl").read_bytes().decode()
        left = sorted(path.name for path in out.iterdir())
        found.append({"died": died, "status": status, "kept": before, "again": again, "results": results, "left": left})
        if died == 0:
            return found
    return found


def kept(out: Path) -> list[str]:
    """The texts whose findings are in the journal."""
    from twofold.checks.batch.journal import Journal

    if not (out / "journal.jsonl").exists():
        return []
    with Journal(out / "journal.jsonl", durable=False) as journal:
        return sorted(journal.get(key)["run"]["source"]["text"].strip() for key in journal)


if __name__ == "__main__":
    command, folder, out, log = sys.argv[1], *map(Path, sys.argv[2:5])
    QuickSlot.log, QuickSlot.seconds = log, float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    crew.Slot = QuickSlot  # type: ignore[assignment, misc]
    tasks.code_key = lambda: "this program"  # it may be edited while the tests run
    if command == "every":
        print(json.dumps(every(folder, out, log)))
    else:
        print(grade(folder, out))
