"""Markov chains on double wells: effective draws per CPU second, for an even observable and for hops between the wells.

    line   E = 2 (x^2 - 1)^2          plane   E = 2 (x^2 - 1)^2 + (y - x)^2;          observables (x^2 - 1)^2 and x

The time of an entry is CPU seconds per effective draw, so that ratios of times are ratios of effective draws per CPU
second; its `error` is the gap of the mean from quadrature in standard errors (z).  The effective sample size is Geyer's
initial monotone sequence, written here, about the exact mean; the same for all.  Tuning, warm-up and compilation are
set-up.  All start at the wells.  Peers compute in float32, as is their custom, on one thread.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse  # noqa: E402 - threads are set before numpy is loaded
import math  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass, field, replace  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

import measure  # noqa: E402
import numpy as np  # noqa: E402
from measure import Contender, Entry, race  # noqa: E402

NAMES = ("(x^2 - 1)^2", "x (hops)")
# The same for HMC of all: five leaps, steps tuned to accept 0.9; MALA's step is the one that is tuned to 0.8.
LEAPS, RATE = 5, 0.9
MALA_STEP = {1: 0.06, 2: 0.055}
PLACES = {1: "line", 2: "plane"}


def observed(x: Any) -> Any:
    """The observables of draws (..., d), shape (..., 2)."""
    first = np.asarray(x[..., 0], dtype=float)
    return np.stack([(first**2 - 1) ** 2, first], axis=-1)


@cache
def moments() -> tuple[Any, Any]:
    """Exact means and standard deviations of both; y is integrated out of the plane, so they are those of the line."""
    x = np.linspace(-4, 4, 4001)
    p = np.exp(-2 * (x**2 - 1) ** 2)
    g = observed(x[:, None])
    mean = p @ g / p.sum()
    return mean, np.sqrt(p @ (g - mean) ** 2 / p.sum())


# -- effective sample size ---------------------------------------------------------------------------------------------
def effective(draws: Any, mean: float) -> float:
    """Of draws (steps, chains) whose exact mean is known: autocovariances averaged over chains, Geyer's sequence."""
    n, m = draws.shape
    size = 1 << (2 * n - 1).bit_length()
    power = np.zeros(size // 2 + 1)
    for part in np.array_split(draws - mean, max(1, m // 64), axis=1):
        power += (np.abs(np.fft.rfft(part, size, axis=0)) ** 2).sum(axis=1)
    covariance = np.fft.irfft(power, size)[:n] / (m * (n - np.arange(n)))
    rho = covariance / covariance[0]
    tau, least = -1.0, math.inf
    for k in range(0, n // 2 - 1, 2):
        pair = rho[k] + rho[k + 1]
        if pair <= 0:
            break
        least = min(least, pair)
        tau += 2 * least
    return n * m / max(tau, 1 / math.log10(n * m))


@dataclass
class Runs:
    """Draws of each turn, (steps, chains, d); the first one is the warm call of the harness."""

    draws: list[Any] = field(default_factory=list)

    def worth(self) -> tuple[Any, Any, int]:
        """Effective draws per turn (2,), z over all turns (2,), draws per turn."""
        mean, deviation = moments()
        sizes, means = np.empty((2, len(self.draws), 2))
        for i, draws in enumerate(self.draws):
            g = observed(draws)
            sizes[i] = [effective(g[..., k], mean[k]) for k in (0, 1)]
            means[i] = g.reshape(-1, 2).mean(axis=0)
        weights = sizes / sizes.sum(axis=0)
        z = ((weights * means).sum(axis=0) - mean) / (deviation / np.sqrt(sizes.sum(axis=0)))
        return sizes.mean(axis=0), z, int(self.draws[0][..., 0].size)


# -- ours --------------------------------------------------------------------------------------------------------------
def starts(d: int, chains: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    side = np.where(np.arange(chains) % 2, 1.0, -1.0)[:, None]
    return side * np.ones((chains, d)) + 0.1 * rng.standard_normal((chains, d))


def energy_of(d: int) -> Callable[[Any], Any]:
    """E of points (n, d)."""

    def line(at: Any) -> Any:
        x = at[:, 0]
        s = x * x - 1
        return 2 * s * s

    def plane(at: Any) -> Any:
        x, y = at[:, 0], at[:, 1]
        s, r = x * x - 1, y - x
        return 2 * s * s + r * r

    return line if d == 1 else plane


def slope_of(d: int) -> Callable[[Any], tuple[Any, Any]]:
    """E and its gradient."""

    def line(at: Any) -> tuple[Any, Any]:
        s = at * at - 1
        return (2 * s * s)[:, 0], 8 * at * s

    def plane(at: Any) -> tuple[Any, Any]:
        x, y = at[:, 0], at[:, 1]
        s, r = x * x - 1, y - x
        g = np.empty_like(at)
        pull = 2 * r
        np.subtract(8 * x * s, pull, out=g[:, 0])
        g[:, 1] = pull
        return 2 * s * s + r * r, g

    return line if d == 1 else plane


def own_chains(d: int, kernel: str, chains: int, steps: int, runs: Runs) -> Callable[[], Any]:
    from twofold.numeric.adjusted_langevin import AdjustedLangevin
    from twofold.numeric.chains import run_chains
    from twofold.numeric.hamiltonian import Hamiltonian
    from twofold.numeric.tuning import tuned_step

    slope = slope_of(d)
    rate, first, make = {
        "hmc": (RATE, 0.2, lambda step: Hamiltonian(slope, step, LEAPS)),
        "mala": (0.8, 0.05, lambda step: AdjustedLangevin(slope, step)),
    }[kernel]
    tuned = tuned_step(make, starts(d, chains, 1), rate, 2, first=first)
    ready = run_chains(make(tuned.step_size), tuned.reached, 1, 3, discard=200).last.x
    seeds = iter(range(4, 10**6))

    def work() -> Any:
        found = run_chains(make(tuned.step_size), ready, steps, next(seeds))
        runs.draws.append(found.states)
        return found.acceptance.mean()

    return work


def own_exact(d: int, n: int, runs: Runs) -> Callable[[], Any]:
    from twofold.numeric.exact_draws import line_table
    from twofold.numeric.plane_draws import plane_table

    energy = energy_of(d)
    table = line_table(energy) if d == 1 else plane_table(energy)
    seeds = iter(range(10**6))

    def work() -> Any:
        draws = table.draw(n, next(seeds))
        runs.draws.append(draws[:, None, :])

    return work


# -- peers -------------------------------------------------------------------------------------------------------------
def emcee_walkers(d: int, steps: int, runs: Runs) -> Callable[[], Any]:
    import emcee

    energy = energy_of(d)
    sampler = emcee.EnsembleSampler(64, d, lambda x: -energy(x), vectorize=True)
    sampler.random_state = np.random.RandomState(1).get_state()
    last = [sampler.run_mcmc(starts(d, 64, 1), 500)]

    def work() -> Any:
        sampler.reset()
        last[0] = sampler.run_mcmc(last[0], steps)
        runs.draws.append(sampler.get_chain())

    return work


def blackjax_chains(d: int, kernel: str, chains: int, steps: int, runs: Runs) -> Callable[[], Any]:
    import blackjax
    import jax
    import jax.numpy as jnp

    def log_density(x: Any) -> Any:
        well = 2 * (x[0] ** 2 - 1) ** 2
        return -well if d == 1 else -well - (x[1] - x[0]) ** 2

    first = jnp.asarray(starts(d, chains, 1), dtype=jnp.float32)
    key = jax.random.key(1)
    if kernel == "mala":
        algorithm = blackjax.mala(log_density, step_size=MALA_STEP[d])
    else:
        make, more = (blackjax.nuts, {}) if kernel == "nuts" else (blackjax.hmc, {"num_integration_steps": LEAPS})
        rate = 0.8 if kernel == "nuts" else RATE
        adaptation = blackjax.window_adaptation(make, log_density, target_acceptance_rate=rate, **more)
        (_, parameters), _ = adaptation.run(key, first[0], num_steps=1000)
        algorithm = make(log_density, **parameters)
    states = jax.vmap(algorithm.init)(first)

    @jax.jit
    def run(key: Any, states: Any) -> Any:
        def step(states: Any, key: Any) -> Any:
            states, _ = jax.vmap(algorithm.step)(jax.random.split(key, chains), states)
            return states, states.position

        return jax.lax.scan(step, states, jax.random.split(key, steps))

    keys = iter(range(10**6))
    last = [run(jax.random.key(2), states)[0]]

    def work() -> Any:
        last[0], x = run(jax.random.key(10 + next(keys)), last[0])
        runs.draws.append(np.asarray(x))

    return work


# -- cases -------------------------------------------------------------------------------------------------------------
Make = Callable[[Runs], Callable[[], Any]]


def samplers(d: int, share: float) -> list[tuple[str, Make, tuple[str, ...], bool]]:
    """Name, how it is made, modules, ours; `share` of the usual number of steps."""

    def steps(usual: int) -> int:
        return max(200, int(usual * share))

    def jax(kernel: str, chains: int, usual: int) -> Make:
        return lambda runs: blackjax_chains(d, kernel, chains, steps(usual), runs)

    own = "twofold, numpy, 2048 chains"
    return [
        (f"HMC ({own})", lambda runs: own_chains(d, "hmc", 2048, steps(500), runs), (), True),
        (f"MALA ({own})", lambda runs: own_chains(d, "mala", 2048, steps(1000), runs), (), True),
        ("exact draws (twofold, tables)", lambda runs: own_exact(d, int(1e6 * share), runs), (), True),
        ("emcee, 64 walkers, vectorised", lambda runs: emcee_walkers(d, steps(5000), runs), ("emcee",), False),
        ("blackjax NUTS, 64 chains", jax("nuts", 64, 1000), ("blackjax", "jax"), False),
        ("blackjax NUTS, 1 chain", jax("nuts", 1, 10000), ("blackjax", "jax"), False),
        ("blackjax HMC, 64 chains", jax("hmc", 64, 4000), ("blackjax", "jax"), False),
        ("blackjax MALA, 64 chains", jax("mala", 64, 8000), ("blackjax", "jax"), False),
    ]


def compared(d: int, share: float, keep: Callable[[str], bool], label: str) -> list[Entry]:
    """Rows for both observables, in CPU seconds per effective draw."""
    rows = [row for row in samplers(d, share) if keep(row[0])]
    runs = {name: Runs() for name, *_ in rows}
    contenders = [
        Contender(name=name, prepare=lambda make=make, name=name: make(runs[name]), needs=needs, ours=own, repeats=3)
        for name, make, needs, own in rows
    ]
    taken = race("mcmc", f"{PLACES[d]}, CPU seconds of a run", d, contenders)
    worth = {e.name: runs[e.name].worth() for e in taken if e.ran}
    found = []
    for k, observable in enumerate(NAMES):
        case = f"{label}{PLACES[d]}, {observable}: CPU seconds per effective draw"
        entries = [replace(per_draw(e, worth, k), case=case) for e in taken]
        measure.show(entries)
        found.extend(entries)
    return found


def per_draw(entry: Entry, worth: dict[str, Any], k: int) -> Entry:
    if not entry.ran:
        return entry
    sizes, z, draws = worth[entry.name]
    if abs(z[k]) >= 4:
        raise ArithmeticError(f"{entry.name} is biased: the mean of {NAMES[k]} is off by {z[k]:.1f} standard errors")
    return replace(
        entry, seconds=entry.seconds / sizes[k], fastest=entry.fastest / sizes[k], slowest=entry.slowest / sizes[k],
        error=abs(float(z[k])), note=f"{sizes[k] / entry.seconds:.3g} a second, {draws / sizes[k]:.3g} draws each",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short runs on the line, against emcee and NUTS")
    few = parser.parse_args().quick
    if few:
        shown = ("HMC (twofold", "exact", "emcee", "blackjax NUTS, 64")
        rows = compared(1, 0.2, lambda name: name.startswith(shown), "quick, ")
    else:
        rows = [row for d in (1, 2) for row in compared(d, 1.0, lambda name: True, "")]
    folder = measure.RESULTS / "quick" if few else measure.RESULTS
    measure.write("mcmc", rows, ("jax", "blackjax", "emcee"), folder)


if __name__ == "__main__":
    main()
