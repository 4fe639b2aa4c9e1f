"""How the benchmarks measure: contenders take turns in one process, and the ratio of their medians is what is told.

A machine that is shared runs everything slower for a while; contenders that take turns are slowed alike, so ratios
carry over where seconds do not.  Time is CPU time of the process with all its threads.  What a contender does once
(imports, compilation, warm-up) is its `setup`, told apart.  A contender that is not installed is told as not run.
Equal accuracy: `loosest` finds the loosest half-decade tolerance at which a contender reaches the wanted error.
"""

from __future__ import annotations

import gc
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
VERSIONS = ("twofold", "sympy", "numpy", "scipy", "python-flint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do the work.

    Attributes:
        name: as a reader knows it ("flat solve_ivp DOP853").
        prepare: does what is done once and returns the work, a callable without arguments.
        error: of a result of the work, against the truth; None where the case has no error.
        needs: modules that must be installed.
        ours: whether it is the product.
        repeats: how often it takes its turn at most; slow peers run once.
        scale: work of which one call does 1/scale (a loop over samples that is extrapolated); told in `note`.
    """

    name: str
    prepare: Callable[[], Callable[[], Any]]
    error: Callable[[Any], float] | None = None
    needs: tuple[str, ...] = ()
    ours: bool = False
    repeats: int = 5
    scale: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was measured: median CPU seconds with the fastest and the slowest turn, and the reached error."""

    workload: str
    case: str
    size: float
    name: str
    ours: bool
    ran: bool
    seconds: float | None = None
    fastest: float | None = None
    slowest: float | None = None
    setup: float | None = None
    error: float | None = None
    note: str = ""


def missing(needs: Iterable[str]) -> list[str]:
    """The modules that are not installed."""
    return [name for name in needs if importlib.util.find_spec(name) is None]


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, and its result; the garbage of others is collected before."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def race(workload: str, case: str, size: float, contenders: Sequence[Contender]) -> list[Entry]:
    """Let all contenders take turns; returns an entry for each, also for those that could not run."""
    ready: dict[str, Callable[[], Any]] = {}
    setups: dict[str, float] = {}
    errors: dict[str, float | None] = {}
    why: dict[str, str] = {}
    for one in contenders:
        absent = missing(one.needs)
        if absent:
            why[one.name] = f"not run: {', '.join(absent)} not installed"
            continue
        try:
            setups[one.name], (work, result) = cpu(lambda one=one: first_run(one))
        except Exception as fault:  # a peer that fails is told, and the others go on
            if one.ours:
                raise
            why[one.name] = f"not run: {type(fault).__name__}: {fault}"[:200]
            continue
        errors[one.name] = one.error(result) if one.error else None
        ready[one.name] = work
    turns: dict[str, list[float]] = {name: [] for name in ready}
    for turn in range(max((one.repeats for one in contenders), default=0)):
        for one in contenders:
            if one.name in ready and turn < one.repeats:
                turns[one.name].append(cpu(ready[one.name])[0] * one.scale)
    entries = [entry(workload, case, size, one, turns, setups, errors, why) for one in contenders]
    show(entries)
    return entries


def first_run(one: Contender) -> tuple[Callable[[], Any], Any]:
    work = one.prepare()
    return work, work()


def entry(
    workload: str,
    case: str,
    size: float,
    one: Contender,
    turns: dict[str, list[float]],
    setups: dict[str, float],
    errors: dict[str, float | None],
    why: dict[str, str],
) -> Entry:
    if one.name in why:
        return Entry(
            workload=workload, case=case, size=size, name=one.name, ours=one.ours, ran=False, note=why[one.name]
        )
    took = turns[one.name]
    return Entry(
        workload=workload,
        case=case,
        size=size,
        name=one.name,
        ours=one.ours,
        ran=True,
        seconds=statistics.median(took),
        fastest=min(took),
        slowest=max(took),
        setup=setups[one.name],
        error=errors[one.name],
        note=one.note,
    )


def loosest(
    run: Callable[[float], Any],
    error: Callable[[Any], float],
    wanted: float,
    tolerances: Iterable[float] = tuple(10 ** (-k / 2) for k in range(10, 29)),
) -> tuple[float, float]:
    """The loosest of the tolerances (half decades, 1e-5 to 1e-14) that reaches the wanted error, with the reached one.

    Raises ArithmeticError when none does.
    """
    best = float("inf")
    for tolerance in tolerances:
        reached = error(run(tolerance))
        if reached <= wanted:
            return tolerance, reached
        best = min(best, reached)
    raise ArithmeticError(f"no tolerance reaches an error of {wanted:g}; the best was {best:.2g}")


def ratio(entries: Sequence[Entry], peer: str) -> float | None:
    """How many times slower a peer is than ours; None where one of the two did not run."""
    ours = next((e.seconds for e in entries if e.ours and e.ran), None)
    theirs = next((e.seconds for e in entries if e.name == peer and e.ran), None)
    return None if not ours or theirs is None else theirs / ours


def show(entries: Sequence[Entry]) -> None:
    """A table on the terminal: name, seconds, error, times slower than ours."""
    print(f"\n{entries[0].workload}: {entries[0].case}")
    for e in entries:
        if not e.ran:
            print(f"  {e.name:<44} {e.note}")
            continue
        times = ratio(entries, e.name)
        error = "" if e.error is None else f"error {e.error:8.1e}"
        told = "ours" if e.ours else "" if times is None else f"{times:10.3g} x"
        print(f"  {e.name:<44} {e.seconds:10.4g} s  {error:<16} {told:>12}  {e.note}")


def machine() -> dict[str, str]:
    """What the figures were measured on; nothing that names the machine itself."""
    found = {"python": platform.python_version(), "architecture": platform.machine(), "cores": str(os.cpu_count())}
    for name in VERSIONS:
        found[name] = importlib.metadata.version(name)
    return found


def write(workload: str, entries: Sequence[Entry], peers: Iterable[str] = (), folder: Path = RESULTS) -> Path:
    """Keep the entries of a workload as JSON, with the versions of all that took part (`peers`: distributions)."""
    versions = machine()
    for name in peers:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{workload}.json"
    text = json.dumps({"machine": versions, "entries": [asdict(e) for e in entries]}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path
