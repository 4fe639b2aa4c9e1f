"""The guard of speed: every benchmark in its short form, and its ratios against those that are stored.

    python benchmarks/quick.py [--update] [NAME ...]

A ratio is how many times slower a peer is than ours, in turns in one process: it carries over between machines where
seconds do not, and no second is stored.  A ratio that has fallen by more than 30 % is a line and exit code 1.  A turn
that was disturbed is measured again: the best of two runs counts.  `--update` stores the ratios as they are now.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STORED = HERE / "ratios.json"
QUICK = HERE / "results" / "quick"
LOSS = 0.30

Ratios = dict[str, float]  # "workload | case | peer" -> how many times slower than ours


def ratios_of(entries: Iterable[Mapping[str, Any]]) -> tuple[Ratios, list[str]]:
    """The ratios of every case, and the peers that did not run."""
    cases: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        cases.setdefault((entry["workload"], entry["case"]), []).append(entry)
    found: Ratios = {}
    absent: list[str] = []
    for (workload, case), members in cases.items():
        ours = next((e["seconds"] for e in members if e["ours"] and e["ran"]), None)
        for entry in members:
            if entry["ours"] or not ours:
                continue
            if entry["ran"] and entry["seconds"]:
                found[f"{workload} | {case} | {entry['name']}"] = entry["seconds"] / ours
            elif not entry["ran"]:
                absent.append(f"{workload} | {case} | {entry['name']}: {entry['note']}")
    return found, absent


def measured(script: Path) -> list[Mapping[str, Any]]:
    """Run one benchmark in its short form; its entries.  Raises RuntimeError where it failed."""
    name = script.stem.removeprefix("bench_")
    places = (QUICK / f"{name}.json", QUICK.parent / f"{name}-quick.json")
    for place in places:
        place.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, str(script), "--quick"], stdout=subprocess.DEVNULL, check=False)
    result = next((place for place in places if place.exists()), None)
    if done.returncode or result is None:
        raise RuntimeError(f"{script.name} --quick failed with exit status {done.returncode}")
    entries: list[Mapping[str, Any]] = json.loads(result.read_text(encoding="utf-8"))["entries"]
    return entries


def lost(now: Ratios, stored: Mapping[str, float]) -> list[str]:
    """A line for every ratio that has fallen by more than `LOSS`.

    >>> lost({"a | b | peer": 6.0}, {"a | b | peer": 10.0, "a | c | peer": 3.0})
    ['a | b | peer: 6 x, was 10 x (-40 %)']
    """
    return [
        f"{name}: {now[name]:.3g} x, was {before:.3g} x ({now[name] / before - 1:+.0%})".replace("%)", " %)")
        for name, before in stored.items()
        if name in now and now[name] < (1 - LOSS) * before
    ]


def best(first: Ratios, second: Ratios) -> Ratios:
    return {name: max(first.get(name, 0.0), second.get(name, 0.0)) for name in {**first, **second}}


def guard(scripts: Sequence[Path], update: bool) -> int:
    """Measure all, compare, tell; the exit code."""
    stored: Ratios = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    bad: list[str] = []
    for script in scripts:
        try:
            now, absent = ratios_of(measured(script))
            if not update and lost(now, stored):
                now = best(now, ratios_of(measured(script))[0])
        except RuntimeError as error:
            bad.append(str(error))
            continue
        for line in absent:
            print(f"not compared: {line}")
        if update:
            stored |= {name: float(f"{value:.3g}") for name, value in now.items()}
        bad += lost(now, stored)
        print(f"{script.name}: {len(now)} ratios")
    if update:
        STORED.write_text(json.dumps(dict(sorted(stored.items())), indent=1) + "\n", encoding="utf-8")
    for line in bad:
        print(f"slower: {line}", file=sys.stderr)
    return 1 if bad else 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("names", nargs="*", metavar="NAME", help="symbolic, equality, ... (default: all)")
    arguments.add_argument("--update", action="store_true", help="store the ratios as they are now")
    given = arguments.parse_args()
    scripts = sorted(HERE.glob("bench_*.py"))
    if given.names:
        scripts = [s for s in scripts if s.stem.removeprefix("bench_") in given.names]
    QUICK.mkdir(parents=True, exist_ok=True)
    return guard(scripts, given.update)


if __name__ == "__main__":
    sys.exit(main())
