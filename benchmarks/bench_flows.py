"""The log-density of a flow at many samples, against the integrators that a user would take.

    python benchmarks/bench_flows.py [--quick | PART ...]

Each contender reaches |error| <= 1e-8 for all samples: peers at the loosest half-decade tolerance that does, twofold at
the accuracy that is its default, with everything that it does by itself in the time: the choice of the way, maps,
and the trial of the answer.  Slow peers run once, after the others; parts that are named are measured anew and the
rest of the results is kept.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse  # noqa: E402 - threads are set before numpy is loaded
import json  # noqa: E402
from collections.abc import Callable, Iterable  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import sympy  # noqa: E402
from flow_cases import CASES, END, SEED, WANTED, Case, error_of, ring, separable  # noqa: E402
from flow_peers import PEERS, Peer  # noqa: E402
from measure import RESULTS, Contender, Entry, cpu, loosest, missing, race, write  # noqa: E402

import twofold  # noqa: E402

OURS = "twofold"
SMALL = 5_000
TOLERANCES = tuple(10 ** (-k / 2) for k in range(10, 30))
VERSIONS = ("torch", "torchdiffeq", "zuko", "jax", "diffrax", "heyoka")
SIZES = (
    *(("sep", 1_000), ("sep", 100_000), ("lc", 1_000), ("lc", 100_000), ("ten", 100_000)),
    *(("sep", 1_000_000), ("lc", 1_000_000)),
)
FLAT = "flat solve_ivp DOP853"
EVERY_TENTH = 10 ** np.arange(-3.0, -12.5, -1)


def ours(case: Case, z: Any, accuracy: float = WANTED) -> Callable[[], Any]:
    flow = case.flow
    return lambda: twofold.carried_log_density(flow, z, (0, END), accuracy=accuracy)


def contenders(case: Case, n: int, peers: Iterable[Peer]) -> list[Contender]:
    z, error = case.samples(n), error_of(case.name, n)
    first = Contender(
        name=OURS,
        prepare=lambda: ours(case, z),
        error=lambda found: error(found.log_jacobian),
        ours=True,
        repeats=7,
    )
    return [first, *(of_peer(peer, case, z, error) for peer in peers)]


def of_peer(peer: Peer, case: Case, z: Any, error: Callable[[Any], float]) -> Contender:
    """A peer at the loosest tolerance that reaches the wanted error: looked for on few samples, then held on all."""
    samples = z[: peer.few] if peer.few else z
    ready: list[Any] = []

    def prepare() -> Callable[[], Any]:
        few = peer.make(case, samples[:SMALL])
        tolerance, _ = loosest(few, error, WANTED, TOLERANCES)
        run = peer.make(case, samples)
        while True:
            found = run(tolerance)
            if error(found) <= WANTED or tolerance < TOLERANCES[-1]:
                break
            tolerance /= 10**0.5
        ready.append(found)
        print(f"    {peer.name}: tolerance {tolerance:.1g}, error {error(found):.1e}", flush=True)
        return lambda: ready.pop() if ready else run(tolerance)  # the run that settled it is not done again

    told = f"extrapolated from {peer.few} samples" if peer.few else peer.note
    scale = len(z) / len(samples)
    return Contender(
        name=peer.name, prepare=prepare, error=error, needs=peer.needs, repeats=peer.repeats, scale=scale, note=told
    )


def once(peer: Peer, case: Case, z: Any, error: Callable[[Any], float]) -> Entry:
    """A slow peer: the run that settles its tolerance is the one that is told."""
    what = ("flow log-density", f"{case.name}, N = {len(z):g}, t = {END}", len(z), peer.name, False)
    absent = missing(peer.needs)
    if absent:
        return not_run(what, f"{', '.join(absent)} not installed")
    try:
        tolerance, _ = loosest(peer.make(case, z[:SMALL]), error, WANTED, TOLERANCES)
        run = peer.make(case, z)
        while True:
            seconds, found = cpu(lambda tolerance=tolerance: run(tolerance))
            if error(found) <= WANTED or tolerance < TOLERANCES[-1]:
                return row(*what, seconds, error(found), f"tolerance {tolerance:.1g}")
            tolerance /= 10**0.5
    except Exception as fault:  # a peer that fails is told, and the others go on
        return not_run(what, f"{type(fault).__name__}: {fault}"[:200])


def not_run(what: tuple[str, str, float, str, bool], why: str) -> Entry:
    workload, case, size, name, own = what
    return Entry(workload=workload, case=case, size=size, name=name, ours=own, ran=False, note=f"not run: {why}")


def density(name: str, n: int, peers: Iterable[Peer] = PEERS) -> list[Entry]:
    """Those that are quick take turns, the others follow."""
    case, slow = CASES[name], [peer for peer in peers if peer.repeats == 1 and not peer.few]
    turns = contenders(case, n, [peer for peer in peers if peer not in slow])
    entries = race("flow log-density", f"{name}, N = {n:g}, t = {END}", n, turns)
    return entries + [once(peer, case, case.samples(n), error_of(name, n)) for peer in slow]


# -- the field alone ---------------------------------------------------------------------------------------------------
def lowered(name: str, n: int = 8192, times: int = 50) -> list[Entry]:
    """Field and trace at n samples, `times` times: ours against what sympy.lambdify prints."""
    case, z = CASES[name], CASES[name].samples(n)
    flow, pair = case.flow, case.pair()
    target = [*flow.field, sympy.Add(*(sympy.diff(f, x) for f, x in zip(flow.field, flow.variables, strict=True)))]
    exact = case.rates(np, list(z.T))[1]

    def repeated(function: Callable[[], Any]) -> Callable[[], Callable[[], Any]]:
        return lambda: lambda: [function() for _ in range(times)][-1]

    def printed(cse: bool) -> Callable[[], Any]:
        function = sympy.lambdify(flow.variables, target, modules="numpy", cse=cse)
        return lambda: function(*z.T)[-1]

    def error(found: Any) -> float:
        return float(np.abs(found - exact).max())

    rows = [
        ("twofold", lambda: pair(0.0, z)[1]),
        ("sympy.lambdify", printed(False)),
        ("sympy.lambdify, cse", printed(True)),
        ("written by hand in numpy", lambda: case.rates(np, list(z.T))[1]),
    ]
    return race(
        "lowered field and trace",
        f"{name}, {n} samples, {times} times",
        n * times,
        [Contender(name=row, prepare=repeated(f), error=error, ours=row == OURS) for row, f in rows],
    )


# -- time against reached error ----------------------------------------------------------------------------------------
def precision(name: str, n: int) -> list[Entry]:
    """Each contender over a range of tolerances, one turn each; `size` is the tolerance."""
    case, error = CASES[name], error_of(name, n)
    z, found = case.samples(n), []
    runs: list[tuple[str, bool, Callable[[float], Any]]] = [
        (OURS, True, lambda accuracy: ours(case, z, accuracy)().log_jacobian)
    ]
    runs += [(p.name, False, p.make(case, z)) for p in PEERS if not p.few and not missing(p.needs)]
    for who, own, run in runs:
        for tolerance in EVERY_TENTH.tolist():
            run(tolerance) if who.startswith(("heyoka", "diffrax")) else None  # what is compiled once is not counted
            seconds, q = cpu(lambda run=run, tolerance=tolerance: run(tolerance))
            found.append(row("work and precision", f"{name}, N = {n:g}", tolerance, who, own, seconds, error(q)))
            if seconds > 20:
                break
    return found


def row(
    workload: str, case: str, size: float, name: str, own: bool, seconds: float, error: float | None, note: str = ""
) -> Entry:
    print(f"  {workload} | {case} | {size:g} | {name}: {seconds:.4g} s, error {error} {note}", flush=True)
    return Entry(
        workload=workload, case=case, size=size, name=name, ours=own, ran=True, seconds=seconds, error=error, note=note
    )


# -- growth ------------------------------------------------------------------------------------------------------------
def growth(most: int) -> list[Entry]:
    """Seconds of twofold against the number of samples and against the dimension."""
    sizes = [(name, 10**k) for name in CASES for k in range(3, 8) if 10**k <= most // (20 if name == "ten" else 1)]
    found = [grown(f"{name}: samples", n, CASES[name], n) for name, n in sizes]
    kinds = (("separable", separable, 100_000, (1, 2, 4, 8, 16, 32)), ("ring", ring, 10_000, (4, 8, 16, 32)))
    for kind, rates, n, dimensions in kinds:
        found += [grown(f"{kind}, N = {n:g}: dimension", d, Case(kind, d, rates), n) for d in dimensions]
    return found


def grown(label: str, size: float, case: Case, n: int) -> Entry:
    z = np.random.default_rng(SEED).standard_normal((n, case.dimension))
    work = ours(case, z)
    work()
    took = sorted(cpu(work)[0] for _ in range(3 if n < 10**7 else 1))
    return row("growth", label, size, OURS, True, took[len(took) // 2], None)


def parts() -> dict[str, Callable[[], list[Entry]]]:
    """What can be measured alone, the long ones last."""
    found: dict[str, Callable[[], list[Entry]]] = {
        "lowered": lambda: [e for name in CASES for e in lowered(name)],
        "growth": lambda: growth(10**7),
        "precision": lambda: [e for name in ("sep", "lc") for e in precision(name, 20_000)],
    }
    found |= {f"{name}-{n}": lambda name=name, n=n: density(name, n) for name, n in SIZES}
    return found


def stored() -> list[Entry]:
    """What was measured before."""
    path = RESULTS / "flows.json"
    entries = json.loads(path.read_text(encoding="utf-8"))["entries"] if path.exists() else []
    return [Entry(**entry) for entry in entries]


def measured(names: Iterable[str]) -> None:
    """Measure parts and keep them at once, in the place of what was there of their cases."""
    for name in names:
        print(f"-- {name}", flush=True)
        new = parts()[name]()
        cases = {(e.workload, e.case) for e in new}
        print(write("flows", [*(e for e in stored() if (e.workload, e.case) not in cases), *new], VERSIONS))


def quick() -> list[Entry]:
    by_name = {peer.name: peer for peer in PEERS}
    flat, loop, taylor = (by_name[name] for name in (FLAT, "python loop solve_ivp DOP853", "heyoka, batches"))
    entries = lowered("sep")
    entries += density("sep", 100_000, [flat, loop, by_name["torchdiffeq dopri8, step_t"], taylor])
    entries += density("lc", 100_000, [flat, taylor])
    return entries + density("ten", 20_000, [flat])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("parts", nargs="*", metavar="PART", choices=[*parts(), []], help=", ".join(parts()))
    arguments.add_argument("--quick", action="store_true", help="small sizes, for the guard")
    given = arguments.parse_args()
    if given.quick:
        print(write("flows", quick(), VERSIONS, RESULTS / "quick"))
    else:
        measured(given.parts or parts())


if __name__ == "__main__":
    main()
