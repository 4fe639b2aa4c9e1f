"""W5: checks of equality per second, wrong verdicts counted, and a class of three hundred with fifty links each.

    python benchmarks/bench_equality.py [--quick]

Twenty typical pairs, once after parsing and once from their TeX; the pair set of the tests; a class.  A wrong verdict
is a true pair rejected or a false one accepted; what a method leaves open is none.  SymPy's caches are emptied before
every check: a grader meets each pair once.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import measure
import numpy as np
import sympy
from equality_material import TYPICAL, Pair, question, sheet
from measure import Contender, Entry, race
from sympy.core.cache import clear_cache

from twofold.checks.budget import Budget
from twofold.checks.check import Options, check_source
from twofold.checks.course import Course
from twofold.checks.equal import context_of, equal, judge, readings
from twofold.checks.planner import Planner
from twofold.checks.shared import Shared
from twofold.checks.worker import Limits, Worker
from twofold.symbolic.formal import Formal
from twofold.symbolic.source import ReadError, Source

PAIRS = Path(__file__).resolve().parent.parent / "tests" / "quality" / "pairs.jsonl"
STUDENTS, LINKS = 300, 50
Answer = bool | None  # equal, not equal, or open


def wrong(pairs: Sequence[Pair]) -> Callable[[list[Answer]], float]:
    """How many answers are wrong."""
    return lambda answers: float(sum(a is not None and a != p.equal for a, p in zip(answers, pairs, strict=True)))


def answer(verdict: Any) -> Answer:
    return True if verdict.outcome.passes else False if verdict.outcome.value == "refuted" else None


# -- ours --------------------------------------------------------------------------------------------------------------
def after_parsing(pairs: Sequence[Pair]) -> Callable[[], list[Answer]]:
    read = [readings(p.lhs, p.rhs, context_of(p.symbols))[0][1] for p in pairs]
    planner = Planner(worker=Worker(), budget=Budget(), seed=0, patient=False, proofs=False)
    return lambda: [answer(judge(planner, *sides)) for sides in read]


def from_tex(pairs: Sequence[Pair], prove: bool = False) -> Callable[[], list[Answer]]:
    def one(pair: Pair) -> Answer:
        try:
            return answer(equal(pair.lhs, pair.rhs, where=pair.symbols, prove=prove))
        except ReadError:
            return None

    return lambda: [one(pair) for pair in pairs]


# -- SymPy -------------------------------------------------------------------------------------------------------------
def differences(pairs: Sequence[Pair]) -> list[Any]:
    """lhs - rhs as SymPy objects, read by our reader: the peer is given its parsing for nothing."""
    found = []
    for pair in pairs:
        lhs, rhs, context, _ = readings(pair.lhs, pair.rhs, context_of(pair.symbols))[0][1]
        formal = Formal(context)
        found.append(formal.convert(lhs) - formal.convert(rhs))
    return found


class Late(Exception):  # noqa: N818 - a limit of time
    pass


def within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """The answer of a check, open where it passes its limit."""

    def ring(*_: Any) -> None:
        raise Late

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return work()
    except (Late, Exception):  # a crash of the peer is an open answer as well
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def sympy_checks(objects: Sequence[Any], check: Callable[[Any], Answer], limit: float) -> Callable[[], list[Answer]]:
    def run() -> list[Answer]:
        found = []
        for thing in objects:
            clear_cache()
            found.append(within(limit, lambda thing=thing: check(thing)))
        return found

    return run


def simplified(difference: Any) -> Answer:
    return bool(sympy.simplify(difference) == 0)


def equals(difference: Any) -> Answer:
    found = difference.equals(0)
    return None if found is None else bool(found)


def at_points(difference: Any) -> Answer:
    """lambdify, eight points, a tolerance of 1e-9 relative to the largest value met."""
    names = sorted(difference.free_symbols, key=str)
    draw = np.random.default_rng(1)
    points = [np.abs(draw.standard_normal(8)) if n.is_positive else draw.standard_normal(8) for n in names]
    terms = sympy.Add.make_args(difference)
    values = [np.broadcast_to(sympy.lambdify(names, t, "numpy")(*points), 8) for t in terms]
    scale = np.max(np.abs(values)) or 1.0
    return bool(np.max(np.abs(sum(values))) <= 1e-9 * scale)


def sympified(
    texts: Sequence[tuple[str, dict[str, Any]]], check: Callable[[Any], Answer]
) -> Callable[[], list[Answer]]:
    def run() -> list[Answer]:
        found = []
        for text, names in texts:
            clear_cache()
            found.append(check(sympy.sympify(text, locals=names)))
        return found

    return run


def math_verify(pairs: Sequence[Pair]) -> Callable[[], list[Answer]]:
    from math_verify import parse, verify

    def run() -> list[Answer]:
        return [bool(verify(parse(f"${p.lhs}$"), parse(f"${p.rhs}$"))) for p in pairs]

    return run


def peer(name: str, prepare: Callable[[], Callable[[], Any]], pairs: Sequence[Pair], **more: Any) -> Contender:
    return Contender(name=name, prepare=prepare, error=wrong(pairs), **more)


def ours(name: str, prepare: Callable[[], Callable[[], Any]], pairs: Sequence[Pair], **more: Any) -> Contender:
    return Contender(name=name, prepare=prepare, error=wrong(pairs), ours=True, **more)


# -- cases -------------------------------------------------------------------------------------------------------------
def typical(repeats: int) -> list[Entry]:
    objects = differences(TYPICAL)
    texts = [(str(d), {s.name: s for s in d.free_symbols}) for d in objects]
    n = len(TYPICAL)
    parsed = race(
        "equality",
        f"{n} typical pairs, after parsing",
        n,
        [
            ours("twofold, balls at points", lambda: after_parsing(TYPICAL), TYPICAL),
            peer("SymPy simplify", lambda: sympy_checks(objects, simplified, 60), TYPICAL, repeats=repeats),
            peer("SymPy equals", lambda: sympy_checks(objects, equals, 60), TYPICAL, repeats=repeats),
            peer("lambdify at 8 points", lambda: sympy_checks(objects, at_points, 60), TYPICAL, repeats=repeats),
        ],
    )
    whole = race(
        "equality",
        f"{n} typical pairs, from text",
        n,
        [
            ours("twofold from TeX, balls at points", lambda: from_tex(TYPICAL), TYPICAL),
            peer("sympify, simplify", lambda: sympified(texts, simplified), TYPICAL, repeats=repeats),
            peer("sympify, lambdify at 8 points", lambda: sympified(texts, at_points), TYPICAL, repeats=repeats),
            peer(
                "Math-Verify from TeX", lambda: math_verify(TYPICAL), TYPICAL, repeats=repeats, needs=("math_verify",)
            ),
        ],
    )
    return [*parsed, *whole]


def rows_of_tests(step: int) -> list[Pair]:
    """Every `step`-th pair of the tests that has one answer and that SymPy can be given."""
    found = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["expected"] in ("equal", "not_equal"):
            found.append(Pair(row["lhs"], row["rhs"], row["symbols"], row["expected"] == "equal"))
    return found[::step]


def given_to_sympy(pairs: Sequence[Pair]) -> list[Pair]:
    def takes(pair: Pair) -> bool:
        try:
            return isinstance(differences([pair])[0], sympy.Expr)
        except Exception:  # matrices of open size, functions without a rule: not for simplify
            return False

    return [pair for pair in pairs if takes(pair)]


def pair_set(step: int, limit: float) -> list[Entry]:
    pairs = given_to_sympy(rows_of_tests(step))
    objects = differences(pairs)
    many = rows_of_tests(1)
    note = f"{limit:g} s at most for a pair, open beyond"
    compared = race(
        "equality",
        f"{len(pairs)} pairs of the tests",
        len(pairs),
        [
            ours("twofold from TeX, balls at points", lambda: from_tex(pairs), pairs, repeats=3),
            peer("SymPy simplify", lambda: sympy_checks(objects, simplified, limit), pairs, repeats=1, note=note),
            peer("SymPy equals", lambda: sympy_checks(objects, equals, limit), pairs, repeats=1, note=note),
        ],
    )
    alone = race(
        "equality",
        f"all {len(many)} pairs of the tests",
        len(many),
        [ours("twofold from TeX, balls at points", lambda: from_tex(many), many, repeats=1)],
    )
    return [*compared, *alone]


# -- a class -----------------------------------------------------------------------------------------------------------
def class_of(students: int) -> list[Entry]:
    """All documents read and judged by numbers, one after the other in one process; then a proof of each distinct link.

    They share what `twofold check SHEET..` shares: the form of a formula that was read before, and the verdict of an
    equal claim.  The second row is the same with nothing shared, as where each sheet has a process of its own.
    """
    sheets = [sheet(student) for student in range(students)]
    numbers, bad = by_numbers(sheets, Course(shared=Shared()))
    alone, _ = by_numbers(sheets[: max(1, students // 10)], Course())
    alone *= students / max(1, students // 10)
    distinct = sorted({line for text, _ in sheets for line in text.splitlines() if line.startswith("$$")})
    start = time.process_time()
    proofs, proved = proofs_of(distinct)
    proofs += time.process_time() - start
    common = {"workload": "equality", "case": f"class of {students} x {LINKS} links", "size": students * LINKS}
    note = f"{bad} wrong verdicts; {1e6 * numbers / students / LINKS:.0f} us a link"
    rows = [
        entry(common, "refutation level", numbers, bad, note),
        entry(common, "refutation level, nothing shared", alone, bad, "extrapolated from a tenth of the sheets"),
        entry(common, f"proofs of {len(distinct)} distinct links", proofs, 0, f"{proved} proved, the others refuted"),
    ]
    measure.show(rows)
    return rows


def by_numbers(sheets: Sequence[tuple[str, list[bool]]], course: Course) -> tuple[float, int]:
    """CPU seconds, and how many verdicts are wrong."""
    start, bad = time.process_time(), 0
    for text, holds in sheets:
        run = check_source(Source("sheet.md", text), Options(prove=False, figures=False), course=course)
        bad += sum(s.outcome.passes != good for s, good in zip(run.claims, holds, strict=True))
    return time.process_time() - start, bad


def entry(common: dict[str, Any], name: str, seconds: float, error: float, note: str) -> Entry:
    times = {"seconds": seconds, "fastest": seconds, "slowest": seconds}
    return Entry(**common, **times, name=name, ours=True, ran=True, error=error, note=note)


def proofs_of(lines: Sequence[str]) -> tuple[float, int]:
    """CPU seconds in the worker, and how many links are proved."""
    where = {"x": "real", "y": "real", "s": "positive"}
    proved = 0
    with Worker(limits=Limits(wall=10.0, cpu=10.0)) as worker:
        planner = Planner(worker=worker, budget=Budget(), seed=0, patient=False)
        for line in lines:
            lhs, rhs = line.strip("$ ").split(" = ")
            verdict = judge(planner, *readings(lhs, rhs, context_of(where))[0][1])
            proved += verdict.outcome.value == "proved"
        return worker.used, proved


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="the typical pairs alone")
    assert question(0)
    if parser.parse_args().quick:
        measure.write("equality", typical(1), ("math-verify",), measure.RESULTS / "quick")
        return
    rows = [*typical(3), *pair_set(12, 5.0), *class_of(STUDENTS)]
    measure.write("equality", rows, ("math-verify",))


if __name__ == "__main__":
    main()
