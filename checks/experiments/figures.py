r"""Figures of a flow put to the test: samples beside the transported density, and what so few samples could show.

    samples-match    are these samples from that density?  joint and marginal tests at the last time
    missing-flow     n samples expose a generator without the flow
    five-euler       n samples do not show the error of five Euler steps

The last two are statements about the power of the tests, measured on data sets that the defective generators made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...numeric.ode import dop853
from ...symbolic.context import Context, FlowLaw
from ..budget import step_seed
from ..flow_pictures import Scene, curve, extent, panels, pit
from .bench import FlowBench, flow_bench
from .figure_rows import exposure_rows, match_row, power_figure, power_table
from .figure_tests import defects, exposure, require_well_conditioned
from .record import BadExperiment, Experiment
from .settings import Number, Numbers, Setting, as_text, read_settings

SETTINGS: dict[str, Setting] = {
    "n": Number(3000, 200, 50_000, whole=True),
    "times": Numbers(None, -1e6, 1e6, most=8),
    "sets": Number(40, 20, 400, whole=True),
}
MOST_SAMPLES = 2_000_000


def experiment(context: Context, law: FlowLaw, settings: Mapping[str, Any], seed: int) -> Experiment:
    """Draw and test samples of one flow.

    Settings: n samples of every picture and data set; times of the pictures (default: six over the time span);
    sets of n samples for the power of the tests.
    Raises BadExperiment.
    """
    wanted = read_settings("figures", settings, SETTINGS)
    if wanted["n"] * wanted["sets"] > MOST_SAMPLES:
        raise BadExperiment(f"expected n x sets of at most {MOST_SAMPLES}; got {wanted['n']} x {wanted['sets']}")
    bench = flow_bench(context, law, step_seed(seed, law.name, "parameters"))
    times = picture_times(law, wanted["times"])
    try:
        require_well_conditioned(bench, step_seed(seed, law.name, "condition"))
        return drawn(bench, times, wanted, seed)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        raise BadExperiment(f"expected a flow that can be followed in numbers; {law.name}: {error}") from None
    except BadExperiment:
        raise
    except ValueError as error:
        raise BadExperiment(str(error)) from None


def picture_times(law: FlowLaw, given: tuple[float, ...] | None) -> tuple[float, ...]:
    """Sorted times within the span; by default six."""
    if given is None:
        return tuple(float(t) for t in np.linspace(*law.times, 6))
    low, high = law.times
    if any(not low <= t <= high for t in given):
        raise BadExperiment(f"expected times from {low:g} to {high:g}, the time span of {law.name}; got {given}")
    return tuple(sorted(set(given)))


def drawn(bench: FlowBench, times: tuple[float, ...], wanted: dict[str, Any], seed: int) -> Experiment:
    law, n = bench.law, wanted["n"]
    scene = replace(bench.scene(seed, tolerance=1e-5), moments=times)
    states, lost = sampled(bench, times, n, step_seed(seed, law.name, "samples"))
    seen = [
        exposure(bench, defect, n, wanted["sets"], step_seed(seed, law.name, defect.id)) for defect in defects(bench)
    ]
    again = [
        exposure(bench, one.defect, n, wanted["sets"], step_seed(seed, law.name, f"{one.defect.id} again"))
        for one in seen[1:4:2]
    ]
    rows = (match_row(bench, scene, n, seed), *exposure_rows(seen, again, n, seed))
    return Experiment(
        kind="figures",
        of=law.name,
        title=f"Samples of {law.name} beside its density, and what they show",
        seed=seed,
        settings=as_text({**wanted, "times": times}),
        rows=rows,
        figures=(*pictures(bench, scene, states), power_figure(bench, seen, n)),
        tables=(power_table(seen, n),),
        findings=(f"{lost} of {n} paths do not reach t = {law.times[1]:g}.",) if lost else (),
        cost={"samples": n * (1 + wanted["sets"] * (len(seen) + len(again)))},
    )


def sampled(bench: FlowBench, times: tuple[float, ...], n: int, seed: int) -> tuple[Any, int]:
    """States at the times (m, n, d), by the written field, and the number of lost paths."""
    draws = bench.start.draw(n, seed)
    grid = np.array(times if times[0] == bench.span[0] else (bench.span[0], *times))
    if len(grid) == 1:
        return draws[None], 0
    run = dop853(bench.written.field, draws, grid, rtol=1e-8, atol=1e-8, autonomous=bench.numbers.autonomous)
    return run.states[-len(times) :], int((~run.arrived).sum())


def pictures(bench: FlowBench, scene: Scene, states: Any) -> list[Mapping[str, Any]]:
    """Heat maps in the plane, a curve on the line; the probability integral transform at the last time."""
    found: list[Mapping[str, Any]] = []
    if bench.dimension == 1:
        found.append(curve(scene, states[-1]))
    elif bench.dimension == 2:
        found.append(panels(scene, states, extent(states)))
    if scene.times[-1] == bench.span[1]:
        uniform = pit(scene, states[-1])
        found += [uniform] if uniform else []
    return [dict(one, id=f"{one['id']}-experiment") for one in found]
