r"""Are these samples from that density, and what would so many show?  Tests of samples carried back to the start.

A sample of z(t1), carried back along the flow and through the start law, is standard normal: w.  Then u = Phi(w) is
uniform on the cube, and

    joint      chi-square over equal cells of the cube
    marginal   Kolmogorov-Smirnov of every coordinate
    radius     Kolmogorov-Smirnov of |w|^2 ~ chi2_d

each at level `LEVEL` / 3.  What they expose is measured on data sets that a defective generator made; the joint test
has its power also from theory, with the noncentrality n sum (p - 1/k)^2 k of the defect's cell probabilities p.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numeric.goodness_of_fit import (
    chi_square_test,
    ks_p_value,
    ks_statistic,
    normal_uniforms,
    product_cells,
    radius_uniforms,
)
from ...numeric.ode import dop853, fixed_steps
from ...numeric.power import noncentral_power
from ...numeric.tableaus import EULER
from .bench import FlowBench
from .record import BadExperiment

LEVEL = 1e-3
TESTS = ("joint", "marginal", "radius")
FEWEST_EXPECTED = 20
MOST_STEPS = 60
CONDITION, RETURNS = 400, 5e-3
Generator = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Defect:
    """A generator of samples from draws of the start law, right or wrong, with a short name."""

    id: str
    name: str
    generate: Generator


@dataclass(frozen=True, slots=True)
class Exposure:
    """How often each test rejected `sets` data sets of one generator, and the noncentrality of the joint one."""

    defect: Defect
    sets: int
    rejected: dict[str, int]
    any_rejected: int
    per_sample: float
    cells: int

    def predicted(self, n: int) -> float:
        """The power of the joint test at n samples by the noncentral chi-square."""
        return noncentral_power(self.cells - 1, max(0.0, n * self.per_sample), LEVEL / len(TESTS))


def defects(bench: FlowBench) -> list[Defect]:
    """The right generator first, then defects from gross to fine."""
    t0, t1 = bench.span
    short = t1 - 0.02 * (t1 - t0)

    def flow(z: Any, until: float = t1) -> Any:
        times = np.array([t0, until])
        run = dop853(bench.derived.field, z, times, rtol=1e-6, atol=1e-7, autonomous=bench.numbers.autonomous)
        return run.final

    def euler(steps: int) -> Generator:
        return lambda z: fixed_steps(EULER, bench.derived.field, z, np.array([t0, t1]), steps=steps).final

    return [
        Defect("right", "the flow itself", flow),
        Defect("no-flow", "no flow", lambda z: z),
        Defect("euler-1", "one Euler step", euler(1)),
        Defect("euler-5", "five Euler steps", euler(5)),
        Defect("short", f"t = {short:g} for {t1:g}", lambda z: flow(z, short)),
    ]


def per_axis(n: int, dimension: int) -> int:
    """Cells an axis: at most 8, at least 2, so that every cell expects enough samples."""
    return int(max(2, min(8, np.floor((n / FEWEST_EXPECTED) ** (1 / dimension)))))


def carried_back(bench: FlowBench, samples: Any) -> Any:
    """Standard normal rows; those that arrive from nowhere, being outside of the image, are put far outside."""
    times = np.array(bench.span[::-1])
    # Far more steps than a sample of the flow takes: what needs them runs away backward, and came from nowhere.
    run = dop853(
        bench.derived.field,
        samples,
        times,
        rtol=1e-5,
        atol=1e-6,
        autonomous=bench.numbers.autonomous,
        step_limit=MOST_STEPS,
    )
    w = np.full(samples.shape, 40.0)
    try:
        w[run.arrived] = bench.start.pull(run.final[run.arrived])
    except (ValueError, np.linalg.LinAlgError) as error:
        raise BadExperiment(f"expected a Gaussian start law with a density; {error}") from None
    return w


def require_well_conditioned(bench: FlowBench, seed: int) -> None:
    """Raise BadExperiment where a path followed forward and back again does not return: then no test means anything."""
    draws = bench.start.draw(CONDITION, seed)
    made = defects(bench)[0].generate(draws)
    kept = np.isfinite(made).all(axis=1)
    there, back = bench.start.pull(draws[kept]), carried_back(bench, made[kept])
    gap = float(np.abs(normal_uniforms(there) - normal_uniforms(back)).max(initial=0.0))
    if not gap <= RETURNS:
        raise BadExperiment(
            f"expected a time span over which {bench.law.name} can be followed back to its start; forward and back "
            f"misses by {gap:.2g} in the distribution function: shorten the times"
        )


def p_values(w: Any, cells: int) -> dict[str, float]:
    """Of the three tests on standard normal rows w (n, d)."""
    n, u = len(w), normal_uniforms(w)
    marginal = min(1.0, w.shape[1] * min(ks_p_value(ks_statistic(column), n) for column in u.T))
    return {
        "joint": chi_square_test(product_cells(u, cells)).p_value,
        "marginal": marginal,
        "radius": ks_p_value(ks_statistic(radius_uniforms(w)), n),
    }


def exposure(bench: FlowBench, defect: Defect, n: int, sets: int, seed: int) -> Exposure:
    """Rejections over `sets` data sets of n samples each; lost paths stand where they started."""
    draws = bench.start.draw(n * sets, seed)
    made = defect.generate(draws)
    kept = np.isfinite(made).all(axis=1)
    w = np.empty(made.shape)
    w[kept], w[~kept] = carried_back(bench, made[kept]), bench.start.pull(draws[~kept])
    cells = per_axis(n, bench.dimension)
    rejected = dict.fromkeys(TESTS, 0)
    some = 0
    for part in w.reshape(sets, n, -1):
        found = {name: p <= LEVEL / len(TESTS) for name, p in p_values(part, cells).items()}
        rejected = {name: rejected[name] + found[name] for name in TESTS}
        some += any(found.values())
    counts = product_cells(normal_uniforms(w), cells)
    return Exposure(defect, sets, rejected, some, divergence_of(counts), len(counts))


def divergence_of(counts: Any) -> float:
    """sum (p - 1/k)^2 k of the true cell probabilities, from counts, without the bias of their own noise."""
    k, m = len(counts), counts.sum()
    share = counts / m
    return float(((share - 1 / k) ** 2).sum() * k - (share * (1 - share)).sum() * k / m)
