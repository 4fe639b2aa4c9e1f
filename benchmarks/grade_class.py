"""Grades a class whose mistakes are known, and says what came of it: verdicts, places, marks, time and memory.

    python benchmarks/grade_class.py [--size 300] [--jobs 2] [--folder FOLDER] [--show N]

The class is written by `classroom`, which shares nothing with the program; every planted mistake was found false, and
every other link true, by evaluation in numpy.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from classroom.marks import total
from classroom.school import Truth, described, write_class

PASSES = ("proved", "enclosed", "supported")


@dataclass(frozen=True)
class Cost:
    """What one run of the command took; memory is that of all its processes together, in MB."""

    wall: float
    cpu: float
    first: float
    memory: float


def grade(folder: Path, jobs: int) -> Cost:
    """Run `twofold grade` once."""
    command = [
        sys.executable,
        "-m",
        "twofold",
        "grade",
        "submissions.zip",
        "--key",
        "key.toml",
        "--roster",
        "roster.csv",
    ]
    before, start = spent(), time.monotonic()
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*command, "--out", "out", "--jobs", str(jobs)], cwd=folder, stdout=said, stderr=subprocess.PIPE, text=True
        )
        watch = Watch(process.pid)
        watch.start()
        first = 0.0
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("twofold:"):
                print(line, end="")
            if not first and line.startswith("judging: ") and "judging: 0 " not in line:
                first = time.monotonic() - start
        code = process.wait()
    watch.done.set()
    watch.join()
    if code:
        raise SystemExit(f"twofold grade ended with {code}: see {folder / 'said.txt'}")
    return Cost(time.monotonic() - start, spent() - before, first, watch.peak)


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watch(threading.Thread):
    """The largest memory of a process and all below it, looked at twice a second (Linux; elsewhere 0)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.5):
            self.peak = max(self.peak, sum(proportional(pid) for pid in family(self.pid)) / 1024)


def family(root: int) -> set[int]:
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = place.read_text()
        except OSError:
            continue
        parents[int(place.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def proportional(pid: int) -> float:
    """kB of a process, shared pages divided among those that share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


# -- what came of it ---------------------------------------------------------------------------------------------------
class Tally:
    """Verdicts against what is true, marks against those deserved."""

    def __init__(self, show: int) -> None:
        self.links: Counter[tuple[str, str]] = Counter()
        self.totals: Counter[str] = Counter()
        self.marks: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.other: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()
        self.limit, self.notes = show, []  # type: ignore[var-annotated]

    def note(self, kind: str, text: str) -> None:
        self.shown[kind] += 1
        if self.shown[kind] <= self.limit:
            self.notes.append(f"{kind}: {text}")

    def student(self, truth: Truth, run: dict[str, Any] | None, row: dict[str, str]) -> None:
        if truth.kind == "special":
            self.other[f"{truth.status} -> {row['status']}"] += 1
            return
        self.judged(truth, run or {"steps": []})
        self.marked(truth, row)

    def judged(self, truth: Truth, run: dict[str, Any]) -> None:
        steps = {(s["span"]["line"], s["span"]["column"]): s for s in run["steps"]}
        known = set()
        for link in truth.links:
            place = link.line, link.column
            known.add(place)
            step = steps.get(place)
            word = verdict(step)
            self.links[link.status, word] += 1
            where = f"{truth.student} line {link.line}:{link.column}, problem {link.part}: {text_of(step)}"
            if link.status == "wrong":
                hit = word == "refuted"
                (self.found if hit else self.missed)[f"{link.part}: {link.slip}"] += 1
                if not hit:
                    self.note("missed", f"{link.slip}: {word}: {where}")
            elif word in ("refuted", "carried") and link.status in ("right", "beside"):
                self.note("ACCUSED", where)
            elif link.status == "carried" and word != "carried":
                self.note("carried", f"{word}: {where}")
            elif link.status == "right" and word != "passes":
                self.note("open", f"{word}: {where}")
            elif link.status == "garbled" and word == "passes":
                self.note("garbled passes", where)
        for place, step in steps.items():
            if place not in known and step["outcome"]:
                word = verdict(step)
                self.links["elsewhere", word] += 1
                if word != "passes":
                    kind = "ACCUSED elsewhere" if word in ("refuted", "carried") else "elsewhere"
                    self.note(kind, f"{word}: {truth.student} line {place[0]}:{place[1]}: {text_of(step)}")

    def marked(self, truth: Truth, row: dict[str, str]) -> None:
        wanted_total = total(truth.points, truth.late)
        if wanted_total is not None:
            same = row["total"] != "" and abs(float(row["total"]) - float(wanted_total)) < 0.006
            self.totals["equal" if same else "other"] += 1
        for part, wanted in truth.points.items():
            cell = row.get(f"{part}", "")
            where = f"{truth.student} problem {part}: {cell or 'waits'} instead of {wanted}"
            if part in truth.look or wanted is None:
                self.marks["a person decides"] += 1
                continue
            if cell == "":
                self.marks["waits without need"] += 1
                self.note("waits", where)
            elif abs(float(cell) - float(Fraction(wanted))) < 0.006:
                self.marks["equal"] += 1
            else:
                self.marks["too low" if float(cell) < float(Fraction(wanted)) else "too high"] += 1
                self.note("marks", where)


def verdict(step: dict[str, Any] | None) -> str:
    if step is None:
        return "no step"
    word = step["outcome"] or step["kind"]
    if word == "refuted" and step["carried_from"]:
        return "carried"
    return "passes" if word in PASSES else str(word)


def text_of(step: dict[str, Any] | None) -> str:
    if step is None:
        return ""
    message = step.get("message") or step.get("understood") or ""
    return f"{step['lhs']} {step['relation']} {step['rhs']}"[:150].replace("\n", " ") + f" [{message[:150]}]"


def runs(out: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    with (out / "results.jsonl").open(encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            yield record["submission"]["student"], record if "steps" in record else None


def compare(truths: Sequence[Truth], out: Path, show: int) -> Tally:
    tally = Tally(show)
    by_student = {truth.student: truth for truth in truths}
    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["student"]: row for row in csv.DictReader(stream)}
    for student, run in runs(out):
        tally.student(by_student.pop(student), run, rows[student])
    tally.other.update(f"no row: {name}" for name in by_student)
    return tally


def report(tally: Tally, cold: Cost, again: Cost) -> None:
    for note in sorted(tally.notes):
        print(note)
    total = Counter[str]()
    for (status, _), count in tally.links.items():
        total[status] += count
    for status in ("right", "beside", "wrong", "carried", "garbled", "elsewhere"):
        parts = {word: count for (kind, word), count in sorted(tally.links.items()) if kind == status}
        print(f"{status:<10} {total[status]:6}: " + ", ".join(f"{word} {count}" for word, count in parts.items()))
    hits, misses = tally.found.total(), tally.missed.total()
    print(
        f"planted mistakes found at their place: {hits} of {hits + misses} ({100 * hits / max(1, hits + misses):.1f} %)"
    )
    print("missed: " + ", ".join(f"{name} ({count})" for name, count in tally.missed.most_common()))
    print("marks: " + ", ".join(f"{word} {count}" for word, count in tally.marks.most_common()))
    print("totals: " + ", ".join(f"{word} {count}" for word, count in tally.totals.most_common()))
    print("special submissions: " + ", ".join(f"{word} ({count})" for word, count in sorted(tally.other.items())))
    for name, cost in (("cold", cold), ("unchanged", again)):
        print(
            f"{name}: {cost.wall:.1f} s of wall time, {cost.cpu:.1f} s of CPU, "
            f"first row after {cost.first:.1f} s, {cost.memory:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept; otherwise a temporary one")
    parser.add_argument("--show", type=int, default=5, help="how many cases of each kind are printed")
    parser.add_argument("--keep", action="store_true", help="compare what lies in the folder already")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="class-"))
    truths = write_class(folder, options.size)
    print(described(truths), f"load average {os.getloadavg()[0]:.1f}", sep="; ", flush=True)
    if not options.keep:
        shutil.rmtree(folder / "out", ignore_errors=True)
    cold = grade(folder, options.jobs)
    again = grade(folder, options.jobs)
    report(compare(truths, folder / "out", options.show), cold, again)
    if options.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
