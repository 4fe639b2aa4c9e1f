"""docs/performance.md and its figures, from the results that the benchmarks wrote.

The table of targets (`targets.toml`) with what was measured; every case with all its contenders; time against reached
error and cost against size as figures.  Nothing is measured here, and no figure is typed in by hand.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
FIGURES = DOCS / "performance"
Entry = dict[str, Any]
INTRODUCTION = """# Performance

Written by `make bench` (`benchmarks/page.py`) from `benchmarks/results`; nothing in it is typed in by hand. What a user
would pick instead runs in the same process, taking turns; times are CPU seconds, medians of several turns (slow peers
run once), on one thread. **The ratios carry over to other machines, seconds do not.** For flows and integrals every
peer runs at the loosest half-decade tolerance at which it reaches the stated error; the reached error is in the table.
Compilation, imports and warm-up are not counted for anyone.

    make bench-peers      # the alternatives, in an environment of their own
    make bench            # all of it
    make bench-quick      # have the ratios fallen by more than 30 %? (two minutes)

The stored results come from a shared machine (start, equality, energy, growth and derivations at load 1 to 2, the
others at 2 to 8) and from several states of one day; a workload is replaced as a whole when it is run again. On the
coupled plane at N = 1e6 torchdiffeq and zuko ran once, in a run of their own, and torchdiffeq's default at a preset
1e-13. A loop over samples is extrapolated from 200. Documents are judged up to 2,000 statements, which flatters the row
of 5,000 links. Worse than linear is a document that declares all its letters anew under heading after heading: a
homework repeated 5, 10 and 20 times takes 1.7, 2.6 and 4.9 ms a link to read. An optional extra with compiled stages
was not built: the figures above are numpy alone. In the figures of flows every point is one turn; the loosest of ours
holds one-time work.
"""


def results() -> list[Entry]:
    """The entries of all workloads; a case that was measured again replaces the earlier one."""
    found: list[Entry] = []
    for path in sorted((HERE / "results").glob("*.json")):
        found += json.loads(path.read_text(encoding="utf-8"))["entries"]
    return found


def versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((HERE / "results").glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))["machine"]
    return found


def cases(entries: Iterable[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """Entries by workload and case, in the order of the files."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry["workload"], entry["case"]), []).append(entry)
    return found


def ours(entries: Sequence[Entry]) -> Entry | None:
    return next((e for e in entries if e["ours"] and e["ran"]), None)


# -- targets -----------------------------------------------------------------------------------------------------------
def target_table(entries: list[Entry]) -> list[str]:
    by_case: dict[str, list[Entry]] = {}
    for (_, case), found in cases(entries).items():
        by_case.setdefault(case, []).extend(found)
    lines = ["| workload | against | aim | measured | |", "| --- | --- | --- | --- | --- |"]
    notes: list[str] = []
    for target in tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))["target"]:
        made, missed = target_rows(target, by_case.get(target["case"], []))
        lines += made
        if missed and target.get("why"):
            notes.append(f"- **{target['what']}.** {target['why']}")
    return [*lines, "", *(["Where an aim is missed:", "", *notes, ""] if notes else [])]


def target_rows(target: dict[str, Any], entries: list[Entry]) -> tuple[list[str], bool]:
    mine, what = ours(entries), target["what"]
    if mine is None:
        return [f"| {what} | | | not measured | |"], False
    if "limit" in target:
        met = mine["seconds"] <= target["limit"]
        aim = f"at most {target['limit']:g}"
        return [f"| {what} | | {aim} | {mine['seconds']:.3g} | {'met' if met else '**missed**'} |"], not met
    if "share" in target:
        return share_rows(target, mine, entries)
    rows, missed = [], False
    for peer, aim in target["peers"].items():
        entry = next((e for e in entries if e["name"] == peer), None)
        if entry is None or not entry["ran"]:
            rows.append(f"| {what} | {peer} | {aim:g} x | {entry['note'] if entry else 'not run'} | |")
            continue
        ratio = entry["seconds"] / mine["seconds"]
        missed |= ratio < aim
        rows.append(f"| {what} | {peer} | {aim:g} x | {figure(ratio)} x | {'met' if ratio >= aim else '**missed**'} |")
    return rows, missed


def share_rows(target: dict[str, Any], mine: Entry, entries: list[Entry]) -> tuple[list[str], bool]:
    """Aims of the other kind: ours takes at most so much of what the other takes."""
    rows, missed = [], False
    for peer, aim in target["share"].items():
        entry = next(e for e in entries if e["name"] == peer)
        part = mine["seconds"] / entry["seconds"]
        missed |= part > aim
        told = "met" if part <= aim else "**missed**"
        rows.append(f"| {target['what']} | {peer} | at most {aim:g} of it | {part:.2g} | {told} |")
    return rows, missed


def figure(value: float) -> str:
    """Three digits, thousands with a comma."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.3g}"


# -- every case --------------------------------------------------------------------------------------------------------
def case_tables(entries: list[Entry]) -> list[str]:
    lines: list[str] = []
    workload = ""
    for (kind, case), found in cases(entries).items():
        if kind == "growth" or is_precision(kind, case):
            continue
        if kind != workload:
            lines += [f"## {kind[0].upper()}{kind[1:]}", ""]
            workload = kind
        lines += [f"**{case}**", "", "| | CPU | times ours | reached error | |", "| --- | --- | --- | --- | --- |"]
        lines += [row(e, ours(found), "memory" in case) for e in found]
        lines.append("")
    return lines


def row(entry: Entry, mine: Entry | None, plain: bool = False) -> str:
    if not entry["ran"]:
        return f"| {entry['name']} | | | | {entry['note']} |"
    ratio = "" if mine is None or entry is mine else f"{figure(entry['seconds'] / mine['seconds'])} x"
    name = f"**{entry['name']}**" if entry["ours"] else entry["name"]
    error = "" if entry["error"] is None else f"{entry['error']:.1e}"
    took = f"{entry['seconds']:.3g} MiB" if plain else seconds(entry["seconds"])
    return f"| {name} | {took} | {ratio} | {error} | {entry['note']} |"


def seconds(value: float) -> str:
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.2g} s"


# -- growth ------------------------------------------------------------------------------------------------------------
def growth_table(entries: list[Entry]) -> list[str]:
    lines = ["## How cost grows", "", "| what grows | from | to | cost | exponent |", "| --- | --- | --- | --- | --- |"]
    for case, points in growth(entries).items():
        (n0, s0), (n1, s1) = points[0], points[-1]
        lines.append(f"| {case} | {n0:g} | {n1:g} | {seconds(s0)} to {seconds(s1)} | {exponent(points):.2f} |")
    return [*lines, "", "The exponent is the slope of the last half of the points on logarithmic axes.", ""]


def growth(entries: list[Entry]) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        if entry["workload"] == "growth" and entry["ours"] and entry["ran"]:
            found.setdefault(entry["case"], []).append((float(entry["size"]), float(entry["seconds"])))
    return {case: sorted(points) for case, points in found.items() if len(points) > 1}


def exponent(points: Sequence[tuple[float, float]]) -> float:
    half = points[-max(2, math.ceil(len(points) / 2)) :]
    x, y = np.log([p[0] for p in half]), np.log([p[1] for p in half])
    return float(np.polyfit(x, y, 1)[0])


# -- figures -----------------------------------------------------------------------------------------------------------
def drawn(entries: list[Entry]) -> list[str]:
    """The figures, saved; the lines that show them."""
    import matplotlib

    matplotlib.use("Agg")
    FIGURES.mkdir(exist_ok=True)
    lines: list[str] = []
    all_cases = cases(entries).items()
    precise = {f"{kind}: {case}": found for (kind, case), found in all_cases if is_precision(kind, case)}
    for number, (case, found) in enumerate(precise.items(), 1):
        name = f"precision-{number}.png"
        precision_figure(case, found, FIGURES / name)
        lines += [f"![{case}](performance/{name})", ""]
    grown = growth(entries)
    if grown:
        growth_figure(grown, FIGURES / "growth.png")
        lines += ["![Cost against size](performance/growth.png)", ""]
    return ["## Figures", "", *lines] if lines else []


def is_precision(kind: str, case: str) -> bool:
    """Whether a case is a series of tolerances, drawn and not listed."""
    return "work and precision" in (kind, case.partition(",")[0])


def precision_figure(case: str, found: list[Entry], path: Path) -> None:
    """Time against reached error, a line for each contender."""
    from matplotlib import pyplot as plt

    figure_, axes = plt.subplots(figsize=(7.4, 4.2), layout="constrained")
    lines: dict[str, list[tuple[float, float]]] = {}
    mine: set[str] = set()
    for entry in found:
        if entry["ran"] and entry["error"] is not None:
            name = entry["name"].partition(" @ ")[0]
            lines.setdefault(name, []).append((max(entry["error"], 1e-17), entry["seconds"]))
            mine |= {name} if entry["ours"] or "twofold" in name else set()
    for name, points in lines.items():
        points.sort()
        style = {"linewidth": 2.4, "color": "black"} if name in mine else {"linewidth": 1.1}
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=3.5, label=name, **style)
    axes.set_xlabel("reached error")
    axes.set_ylabel("CPU seconds")
    axes.set_title(case, fontsize=10)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.legend(fontsize=7.5, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure_.savefig(path, dpi=110)
    plt.close(figure_)


def growth_figure(grown: dict[str, list[tuple[float, float]]], path: Path) -> None:
    from matplotlib import pyplot as plt

    figure_, axes = plt.subplots(figsize=(8.4, 4.6), layout="constrained")
    for case, points in grown.items():
        label = f"{case} (exponent {exponent(points):.2f})"
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=3.5, linewidth=1.2, label=label)
    axes.set_xlabel("size")
    axes.set_ylabel("CPU seconds")
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.legend(fontsize=7.5, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure_.savefig(path, dpi=110)
    plt.close(figure_)


def main() -> None:
    entries = results()
    found = versions()
    first = [found.pop(key) for key in ("python", "architecture", "cores")]
    kept = ", ".join(f"{name} {version}" for name, version in sorted(found.items()))
    machine = f"Last run: CPython {first[0]}, {first[1]}, {first[2]} shared cores; {kept}."
    parts = [INTRODUCTION, machine, "", "## Aims", "", *target_table(entries), *growth_table(entries)]
    parts += [*drawn(entries), *case_tables(entries)]
    (DOCS / "performance.md").write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")
    print(f"{DOCS / 'performance.md'}: {len(entries)} entries")


if __name__ == "__main__":
    main()
