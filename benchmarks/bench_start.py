"""Start-up: the command against a bare interpreter, a cold check of one formula against importing SymPy.

    python benchmarks/bench_start.py [--quick]

Every turn is a fresh process, its own files cached by the system; CPU seconds of the child with all its children.
"""

from __future__ import annotations

import argparse
import compileall
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import measure
from measure import Entry

ROOT = Path(__file__).resolve().parent.parent
FALSE = "from twofold import equal; assert equal('1', '2').outcome == 'refuted'"
NUMBERS = "from twofold import equal; assert equal('sin(x)^2 + cos(x)^2', '1', where={'x': 'real'}, prove=False)"
DOCUMENT = "Let $x > 0$.\n\n$$ (x+1)^2 = x^2 + 1 $$\n"
HOMEWORK = ("-m", "twofold", "check", "examples/homework.toml", "--no-figures")


def child(*command: str, given: str = "") -> Callable[[], float]:
    """CPU seconds of a command of the interpreter, its children with it; a crash is no measurement."""

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, input=given, text=True, capture_output=True, check=False
        )
        if done.returncode > 1:
            raise RuntimeError(done.stderr[-500:])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def race(case: str, contenders: dict[str, tuple[bool, Callable[[], float]]], repeats: int) -> list[Entry]:
    """Contenders take turns, as in `measure.race`; what is measured is a child and not this process."""
    turns: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, (_, run) in contenders.items():
            turns[name].append(run())
    rows = []
    for name, (ours, _) in contenders.items():
        took = sorted(turns[name])
        times = {"seconds": took[len(took) // 2], "fastest": took[0], "slowest": took[-1]}
        rows.append(Entry(workload="start", case=case, size=1, name=name, ours=ours, ran=True, **times))
    measure.show(rows)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns, without the homework")
    few = parser.parse_args().quick
    # A program that was used before has its bytecode, also where the environment forbids to write it by the way.
    for room in ("symbolic", "numeric", "checks", "reports"):
        compileall.compile_dir(ROOT / room, quiet=2)
    compileall.compile_dir(ROOT, maxlevels=0, quiet=2)
    repeats = 7 if few else 15
    bare, sympy = (False, child("-c", "pass")), (False, child("-c", "import sympy"))
    rows = race(
        "--help", {"twofold --help": (True, child("-m", "twofold", "--help")), "bare interpreter": bare}, repeats
    )
    rows += race("--version", {"twofold --version": (True, child("-m", "twofold", "--version")), "bare": bare}, repeats)
    rows += race("import", {"import twofold": (True, child("-c", "import twofold")), "bare interpreter": bare}, repeats)
    for case, code in (("a false formula, cold", FALSE), ("a true formula by numbers, cold", NUMBERS)):
        rows += race(case, {"twofold.equal": (True, child("-c", code)), "import sympy": sympy}, repeats)
    check = child("-m", "twofold", "check", "-", "--no-figures", "--no-proofs", given=DOCUMENT)
    rows += race("check of a false formula, cold", {"twofold check": (True, check), "import sympy": sympy}, repeats)
    if not few:
        homework = {"twofold check of the homework": (True, child(*HOMEWORK)), "import sympy": sympy}
        rows += race("the homework, 37 steps", homework, 1)
    measure.write("start", rows, folder=measure.RESULTS / "quick" if few else measure.RESULTS)


if __name__ == "__main__":
    main()
