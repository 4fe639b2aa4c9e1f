"""How cost grows: with the length of a document, the size of a class, the dimension of a derivation.

    python benchmarks/bench_growth.py [--quick]

Each case ends with the exponent that least squares fits to log seconds against log size, over the upper half of the
sizes, where fixed costs no longer hide it: 1 is linear.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import measure
from bench_symbolic import trace_proof
from equality_material import sheet
from measure import Contender, Entry, race
from sympy.core.cache import clear_cache

from twofold.checks.check import Options, check_source
from twofold.checks.material import material_of
from twofold.symbolic.source import Source

LENGTHS = (10, 30, 100, 300, 1000, 2000, 5000)
CLASSES = (1, 3, 10, 30, 100, 300, 1000)
DIMENSIONS = (2, 5, 10, 20, 50)


def growth(case: str, sizes: Sequence[int], make: Callable[[int], Callable[[], Any]], repeats: int = 3) -> list[Entry]:
    """Seconds at every size, and the fitted exponent in the note of the last."""
    rows: list[Entry] = []
    for size in sizes:
        one = Contender(name="twofold", prepare=lambda n=size: make(n), ours=True, repeats=repeats)
        rows += race("growth", case, size, [one])
    slope = exponent([(row.size, row.seconds or 0.0) for row in rows])
    print(f"  {case}: exponent {slope:.2f}")
    last = rows[-1]
    rows[-1] = Entry(**{name: getattr(last, name) for name in last.__slots__} | {"note": f"exponent {slope:.2f}"})
    return rows


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of log seconds against log size over the upper half of the sizes."""
    upper = points[len(points) // 2 :]
    x, y = [math.log(n) for n, _ in upper], [math.log(s) for _, s in upper]
    return statistics.linear_regression(x, y).slope


def read_only(links: int) -> Callable[[], Any]:
    text, _ = sheet(1, links)
    return lambda: material_of(Source("sheet.md", text))


def judged(links: int) -> Callable[[], Any]:
    text, _ = sheet(1, links)
    return lambda: check_source(Source("sheet.md", text), Options(prove=False, figures=False))


def class_judged(students: int) -> Callable[[], Any]:
    """A class by numbers, ten links each, document after document."""
    texts = [sheet(student, 10)[0] for student in range(students)]

    def work() -> None:
        for text in texts:
            check_source(Source("sheet.md", text), Options(prove=False, figures=False))

    return work


def class_taken_in(students: int) -> Callable[[], Any]:
    """What a batch does before anything is judged: a zip with a file for each student becomes rows and tasks."""
    from twofold.checks.batch.intake import open_submissions
    from twofold.checks.batch.records import Settings
    from twofold.checks.batch.tasks import Plan

    place = Path(tempfile.mkdtemp()) / "class.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for student in range(students):
            archive.writestr(f"student{student}/sheet.md", sheet(student, 10)[0])

    def work() -> int:
        with open_submissions(place) as taken:
            return len(Plan(taken.rows, Settings()).tasks)

    return work


def derivation(n: int) -> Callable[[], Any]:
    proof = trace_proof(n)

    def work() -> bool:
        clear_cache()
        return proof()

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; there is no peer to compare with")
    few = parser.parse_args().quick
    if few:
        rows = growth("document read", LENGTHS[:3], read_only, 1) + growth("trace proof", DIMENSIONS[:3], derivation, 1)
        measure.write("growth", rows, folder=measure.RESULTS / "quick")
        return
    rows = growth("document read", LENGTHS, read_only, 1)
    rows += growth("document judged by numbers", LENGTHS, judged, 1)
    rows += growth("class judged by numbers, 10 links each", CLASSES, class_judged, 1)
    rows += growth("class taken in", CLASSES, class_taken_in, 3)
    rows += growth("trace proof in n dimensions", DIMENSIONS, derivation, 5)
    measure.write("growth", rows)


if __name__ == "__main__":
    main()
