"""The law of Y = A Z checked on draws: streamed moments and cells against whole arrays, at N = 10^6 and 10^7.

    covariance           N draws, sample mean and covariance, likelihood ratio of the claimed A A^T
    covariance and law   the same, and whether draws are normal: a chi-square over 16 x 16 cells of L^-1 y (twofold);
                         a histogram of exp(-|L^-1 y|^2 / 2), or Kolmogorov-Smirnov on it (whole arrays)

twofold draws chunks, so its memory does not grow.  `error` is the largest error of an entry of the covariance.  Memory
is measured in a child process: the high-water mark over what is resident after all imports, in MiB.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402 - threads are set before numpy is loaded
import subprocess  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import measure  # noqa: E402
import numpy as np  # noqa: E402
from measure import Contender, Entry, race  # noqa: E402

A = np.array([[0.6, 0.4], [0.2, 0.8]])
CLAIMED = A @ A.T
LOWER = np.linalg.cholesky(CLAIMED)
ZERO = np.zeros(2)
PER_AXIS = 16
LOOP = 10_000  # samples of the loop, from which the rest is extrapolated
Found = tuple[Any, float]  # the sample covariance, a p-value


def covariance_error(found: Found) -> float:
    return float(np.abs(found[0] - CLAIMED).max())


# -- twofold -----------------------------------------------------------------------------------------------------------
def stream() -> Any:
    from twofold.numeric.sampling import GaussianStream

    return GaussianStream(mean=ZERO, cholesky_factor=A)


def cells_of(y: Any) -> Any:
    from twofold.numeric.goodness_of_fit import gaussian_pull_back, normal_cells

    return normal_cells(gaussian_pull_back(y, ZERO, LOWER), PER_AXIS)


def covariance(n: int) -> Found:
    from twofold.numeric.gaussian_tests import covariance_test
    from twofold.numeric.sampling import stream_moments

    moments = stream_moments(stream().chunks(n, 1))
    return moments.covariance, covariance_test(moments, CLAIMED).p_value


def both_on_one_stream(n: int) -> Found:
    """One pass: the moments and the cells of each chunk."""
    from twofold.numeric.gaussian_tests import covariance_test
    from twofold.numeric.goodness_of_fit import chi_square_test
    from twofold.numeric.sampling import stream_moments

    counts = np.zeros(PER_AXIS**2, dtype=np.int64)

    def counted() -> Iterator[Any]:
        for y in stream().chunks(n, 1):
            counts[:] += cells_of(y)
            yield y

    moments = stream_moments(counted())
    return moments.covariance, min(covariance_test(moments, CLAIMED).p_value, chi_square_test(counts).p_value)


def both_as_checked(n: int) -> Found:
    """As the checks do it: each test on a stream of its own seed, so that both are independent."""
    from twofold.numeric.goodness_of_fit import chi_square_test
    from twofold.numeric.sampling import stream_counts

    found, p = covariance(n)
    return found, min(p, chi_square_test(stream_counts(stream().chunks(n, 2), cells_of)).p_value)


# -- whole arrays ------------------------------------------------------------------------------------------------------
def drawn(n: int) -> Any:
    return np.random.default_rng(1).standard_normal((n, 2)) @ A.T


def likelihood(found: Any, n: int) -> float:
    """p-value of the likelihood ratio, the formula alone."""
    from scipy.special import gammaincc

    ratio = np.linalg.solve(CLAIMED, found)
    return float(gammaincc(1.5, (n - 1) * (np.trace(ratio) - np.log(np.linalg.det(ratio)) - 2) / 2))


def whole(n: int) -> Found:
    found = np.cov(drawn(n), rowvar=False)
    return found, likelihood(found, n)


def multivariate(n: int) -> Found:
    found = np.cov(np.random.default_rng(1).multivariate_normal(ZERO, CLAIMED, size=n), rowvar=False)
    return found, likelihood(found, n)


def scipy_multivariate(n: int) -> Found:
    from scipy.stats import multivariate_normal

    found = np.cov(multivariate_normal(ZERO, CLAIMED, seed=1).rvs(n), rowvar=False)
    return found, likelihood(found, n)


def uniforms(y: Any) -> Any:
    """exp(-|L^-1 y|^2 / 2), uniform under the claim."""
    w = np.linalg.solve(LOWER, y.T)
    return np.exp(-0.5 * (w**2).sum(axis=0))


def whole_histogram(n: int) -> Found:
    from scipy.stats import chisquare

    y = drawn(n)
    found = np.cov(y, rowvar=False)
    counts, _ = np.histogram(uniforms(y), bins=64, range=(0, 1))
    return found, min(likelihood(found, n), chisquare(counts).pvalue)


def whole_kstest(n: int) -> Found:
    from scipy.stats import kstest

    y = drawn(n)
    found = np.cov(y, rowvar=False)
    return found, min(likelihood(found, n), kstest(uniforms(y), "uniform").pvalue)


def multivariate_kstest(n: int) -> Found:
    from scipy.stats import kstest

    y = np.random.default_rng(1).multivariate_normal(ZERO, CLAIMED, size=n)
    found = np.cov(y, rowvar=False)
    return found, min(likelihood(found, n), kstest(uniforms(y), "uniform").pvalue)


def loop(n: int) -> Found:
    """A draw at a time, sums by hand."""
    rng = np.random.default_rng(1)
    total, products, counts = np.zeros(2), np.zeros((2, 2)), [0] * 64
    for _ in range(n):
        y = A @ rng.standard_normal(2)
        total += y
        products += np.outer(y, y)
        w = np.linalg.solve(LOWER, y)
        counts[min(63, int(64 * np.exp(-0.5 * (w @ w))))] += 1
    return products / n - np.outer(total, total) / n**2, 1.0


Work = Callable[[int], Found]
COVARIANCE: dict[str, Work] = {
    "twofold, streamed": covariance,
    "numpy, whole arrays, np.cov": whole,
    "numpy multivariate_normal, np.cov": multivariate,
    "scipy multivariate_normal, np.cov": scipy_multivariate,
}
LAW: dict[str, Work] = {
    "twofold, one stream": both_on_one_stream,
    "twofold, a stream for each test (as checked)": both_as_checked,
    "numpy, whole arrays, np.cov, np.histogram": whole_histogram,
    "numpy, whole arrays, np.cov, scipy kstest": whole_kstest,
    "numpy multivariate_normal, np.cov, scipy kstest": multivariate_kstest,
}
SLOW = ("scipy kstest", "scipy multivariate")


def contenders(works: dict[str, Work], n: int) -> list[Contender]:
    found = [
        Contender(
            name=name, prepare=lambda work=work: lambda: checked(work, n), error=covariance_error,
            ours=name.startswith("twofold"), repeats=3 if any(word in name for word in SLOW) else 5,
        )
        for name, work in works.items()
    ]  # fmt: skip
    part = min(n, LOOP)
    if works is LAW:
        found.append(
            Contender(
                name="a loop over samples",
                prepare=lambda: lambda: loop(part),
                error=covariance_error,
                repeats=1,
                scale=n / part,
                note=f"extrapolated from {part} samples",
            )
        )
    return found


def checked(work: Work, n: int) -> Found:
    """The result; the claim is true, so a tiny p-value is a fault of the contender."""
    found = work(n)
    if found[1] < 1e-6:
        raise ArithmeticError(f"a true claim is rejected: p = {found[1]:.2g}")
    return found


# -- memory ------------------------------------------------------------------------------------------------------------
def status(key: str) -> int:
    """A figure of this process in KiB, as Linux tells it."""
    with Path("/proc/self/status").open(encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(key + ":"))


def peak(name: str, n: int) -> None:
    """Print the high-water mark over what is resident once everything is imported, in MiB."""
    work = {**COVARIANCE, **LAW}[name]
    work(10_000)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # forget the high-water mark of the imports
    before = status("VmRSS")
    work(n)
    print((status("VmHWM") - before) / 1024)


def memory(works: dict[str, Work], n: int, case: str) -> list[Entry]:
    rows = []
    for name in works:
        child = subprocess.run(
            [sys.executable, __file__, "--peak", name, "--size", str(n)], capture_output=True, text=True, check=False
        )
        ran = child.returncode == 0
        rows.append(
            Entry(
                workload="gaussian",
                case=f"{case}, N = {n:.0e}: peak memory in MiB",
                size=n,
                name=name,
                ours=name.startswith("twofold"),
                ran=ran,
                seconds=float(child.stdout) if ran else None,
                note="" if ran else child.stderr[-150:],
            )
        )
    for row in rows:
        print(f"  {row.name:<50} {row.seconds or float('nan'):10.1f} MiB {row.note}")
    return rows


def full() -> list[Entry]:
    rows = []
    for n in (10**6, 10**7):
        for works, case in ((COVARIANCE, "covariance"), (LAW, "covariance and law")):
            rows += race("gaussian", f"{case}, N = {n:.0e}", n, contenders(works, n))
            rows += memory(works, n, case)
    return rows


def quick() -> list[Entry]:
    return race("gaussian", "quick, covariance and law, N = 1e6", 10**6, contenders(LAW, 10**6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one case at N = 10^6")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=10**6, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak:
        peak(asked.peak, asked.size)
    else:
        folder = measure.RESULTS / "quick" if asked.quick else measure.RESULTS
        measure.write("gaussian", quick() if asked.quick else full(), (), folder)


if __name__ == "__main__":
    main()
