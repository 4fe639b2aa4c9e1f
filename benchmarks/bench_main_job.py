"""The main job measured: start-up, one check of the homework, enclosures, the lowered field.

Prints one line per figure: what, measured, against what, ratio.  CPU seconds of this machine; the ratios carry over.
"""

from __future__ import annotations

import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5


def child_cpu(*command: str) -> float:
    """CPU seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median_of(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


def row(what: str, value: float, unit: str, against: str = "", other: float = 0.0) -> None:
    ratio = f"{value / other:8.2f} x {against} ({other:.3g} {unit})" if other else ""
    print(f"{what:<58} {value:10.4g} {unit:<4} {ratio}")


def start_up() -> None:
    bare = median_of(lambda: child_cpu("-c", "pass"))
    row("twofold --help", median_of(lambda: child_cpu("-m", "twofold", "--help")), "s", "a bare interpreter", bare)
    row(
        "twofold --version", median_of(lambda: child_cpu("-m", "twofold", "--version")), "s", "a bare interpreter", bare
    )


def main_job() -> None:
    sympy = median_of(lambda: child_cpu("-c", "import sympy"))
    job = ("-m", "twofold", "check", "examples/homework.toml", "--no-figures")
    row("check of the homework, no figures", child_cpu(*job), "s", "importing SymPy", sympy)
    report = ("-m", "twofold", "check", "examples/homework.toml", "--report", "/dev/null")
    row("check of the homework, figures and report", child_cpu(*report), "s", "importing SymPy", sympy)


def enclosures() -> None:
    from twofold.numeric.balls import radius
    from twofold.numeric.separable import enclose_flow
    from twofold.numeric.tails import integrate_boltzmann

    def energy(table, x):  # type: ignore[no-untyped-def]
        power = table.apply("pow", (x, table.number(Fraction(4))))
        square = table.apply("pow", (x, table.number(Fraction(2))))
        quarter = table.apply("mul", (table.number(Fraction(1, 4)), power))
        return table.apply("add", (quarter, table.apply("neg", (square,))))

    def field(table, z):  # type: ignore[no-untyped-def]
        return table.apply("tanh", (table.apply("pow", (z, table.number(Fraction(3)))),))

    start = time.process_time()
    z = integrate_boltzmann(energy, None, 96)
    took = time.process_time() - start
    row("log Z of x^4/4 - x^2, 96 bits: radius", float(radius(z.log())), "")
    row("  time", took * 1e3, "ms")
    start = time.process_time()
    path = enclose_flow(field, Fraction(4, 5), Fraction(1, 2))
    took = time.process_time() - start
    row("log-Jacobian of tanh(z^3) at t = 1/2: radius", float(radius(path.log_derivative)), "")
    row("  time", took * 1e3, "ms")


def lowering() -> None:
    import numpy as np
    import sympy

    from twofold.symbolic.lower import lower_field

    z1, z2 = sympy.symbols("z_1 z_2", real=True)
    entries = [sympy.tanh(z1**3), sympy.tanh(z2**3)]
    trace = sympy.diff(entries[0], z1) + sympy.diff(entries[1], z2)
    plain = sympy.lambdify((z1, z2), [*entries, trace], "numpy")
    ours = lower_field(sympy.Matrix(entries), (z1, z2), with_divergence=True)
    samples = np.random.default_rng(20261122).standard_normal((8192, 2))

    def per_sample(call: Callable[[], object]) -> float:
        call()
        start = time.process_time()
        for _ in range(50):
            call()
        return (time.process_time() - start) / 50 / len(samples) * 1e9

    slow = median_of(lambda: per_sample(lambda: plain(samples[:, 0], samples[:, 1])))
    fast = median_of(lambda: per_sample(lambda: ours(0.0, samples)))
    row("field and trace of tanh(z^3), per sample", fast, "ns", "plain lambdify", slow)


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {REPEATS}, CPU time")
    start_up()
    main_job()
    enclosures()
    lowering()


if __name__ == "__main__":
    main()
