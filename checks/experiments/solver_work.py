r"""Work and precision over a sample: errors of every method against its evaluations of the field, in floats.

The integrators run on the derived field and trace; the reference is SciPy's DOP853 on the written trees, other code on
the other route.  The error of a run is the root mean square over the sample of |z - z_ref| and |q - q_ref|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numeric.ode import dopri5, fixed_steps, solve_ivp_witness
from ...numeric.order import fitted_slope
from ...numeric.tableaus import DOPRI5, EULER, MIDPOINT, RK4
from ..evidence import Estimate, Evidence, Obstacle
from .bench import FlowBench
from .record import BadExperiment, Row

MOST_EVALUATIONS = 2048
TOLERANCES = tuple(10.0**-k for k in range(2, 12))
ADAPTIVE = f"{DOPRI5.name}, adaptive"
SLOPE_WITHIN = 0.2
MARGIN = 100.0


@dataclass(frozen=True, slots=True)
class WorkRun:
    """One run of one method: evaluations a path, errors; infinite errors where a path was lost."""

    evaluations: float
    state: float
    log_density: float


@dataclass(frozen=True, slots=True)
class WorkPrecision:
    """Runs by method, in order of work, and the error of the reference."""

    runs: dict[str, tuple[WorkRun, ...]]
    floor: float
    paths: int

    def work_for(self, method: str, accuracy: float) -> float:
        """Evaluations a path from which on both errors stay at or below the accuracy; infinite when never."""
        found = math.inf
        for run in reversed(self.runs[method]):
            if not max(run.state, run.log_density) <= accuracy:
                break
            found = run.evaluations
        return found

    def ratio_at(self, method: str, accuracy: float) -> float:
        """Error of the log-density over that of the state, at the run whose state error is nearest to the accuracy."""
        runs = [run for run in self.runs[method] if MARGIN * self.floor < run.state < math.inf]
        if not runs:
            return math.nan
        best = min(runs, key=lambda run: abs(math.log(run.state / accuracy)))
        return best.log_density / best.state


def work_precision(bench: FlowBench, draws: Any) -> WorkPrecision:
    """Every method over the sample.  Raises BadExperiment when the reference does not agree with a second one."""
    start = np.concatenate([draws, np.zeros((len(draws), 1))], axis=1)
    times = np.array(bench.span)
    exact, floor = reference(bench, start, times)
    field = bench.derived.augmented
    runs: dict[str, tuple[WorkRun, ...]] = {}
    for tableau in (EULER, MIDPOINT, RK4):
        counts = [2**k for k in range(13) if 2**k * tableau.stages <= MOST_EVALUATIONS]
        found = [(n * tableau.stages, fixed_steps(tableau, field, start, times, steps=n).final) for n in counts]
        runs[tableau.name] = tuple(errors(work, final, exact) for work, final in found)
    adaptive = []
    for tolerance in TOLERANCES:
        one = dopri5(field, start, times, rtol=tolerance, atol=tolerance, autonomous=bench.numbers.autonomous)
        adaptive.append(errors(one.evaluations / len(draws), one.final, exact))
    runs[ADAPTIVE] = tuple(adaptive)
    return WorkPrecision(runs, floor, len(draws))


def reference(bench: FlowBench, start: Any, times: Any) -> tuple[Any, float]:
    """States and log-density changes by SciPy on the written trees, and by how much our own DOP853 differs."""
    from ...numeric.ode import dop853

    written = solve_ivp_witness(bench.written.augmented, start, times, rtol=1e-12, atol=1e-13)
    own = dop853(bench.derived.augmented, start, times, rtol=1e-13, atol=1e-13, autonomous=bench.numbers.autonomous)
    if not (written.arrived.all() and own.arrived.all()):
        raise BadExperiment("expected paths that an accurate integrator can follow; some were lost")
    return written.final, float(np.abs(written.final - own.final).max()) + 1e-15


def errors(work: float, final: Any, exact: Any) -> WorkRun:
    with np.errstate(all="ignore"):
        gap = final - exact
        state, change = np.sqrt((gap[:, :-1] ** 2).sum(axis=1).mean()), np.sqrt((gap[:, -1] ** 2).mean())
    return WorkRun(float(work), finite(float(state)), finite(float(change)))


def finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


# -- the adaptive pair -------------------------------------------------------------------------------------------------
def adaptive_row(work: WorkPrecision) -> Row:
    """The slope of log error against log tolerance."""
    runs = [
        (tolerance, run)
        for tolerance, run in zip(TOLERANCES, work.runs[ADAPTIVE], strict=True)
        if MARGIN * work.floor < max(run.state, run.log_density) < math.inf
    ]
    slopes, evidence = {}, []
    for name in ("state", "log_density"):
        points = [(t, getattr(run, name)) for t, run in runs if getattr(run, name) > MARGIN * work.floor][-6:]
        if len(points) >= 4:
            slopes[name] = fitted_slope([t for t, _ in points], [e for _, e in points])[0]
    if slopes:
        evidence.append(slope_evidence(slopes, work))
    else:
        evidence.append(Obstacle(method="error against tolerance", reason="too few errors above the reference's own"))
    text = ", ".join(f"{value:.2f} ({name.replace('_', '-')})" for name, value in slopes.items()) or "none"
    return Row(
        id="adaptive",
        statement="The error of the adaptive pair goes down in proportion to its tolerance.",
        measured=f"Slope of log error against log tolerance: {text}.",
        conditions="The pair of order 5 takes steps in proportion to tolerance^(1/5); where its fixed steps still show "
        "an order between 5 and 6, the slope lies between 1 and 1.2.",
        evidence=tuple(evidence),
    )


def slope_evidence(slopes: dict[str, float], work: WorkPrecision) -> Evidence:
    nominal = DOPRI5.order / DOPRI5.error_order
    residual = max((value - nominal for value in slopes.values()), key=abs)
    wrong = [blind_slope(work), nominal / 2]
    return Estimate(
        method="error against tolerance",
        residual=residual,
        error_estimate=SLOPE_WITHIN,
        how=f"least squares over the last tolerances above {MARGIN * work.floor:.1g}, {work.paths} paths; the slope "
        "is the order, 5 to 6, over the 5 of the step control",
        caught=sum(abs(value - nominal) > SLOPE_WITHIN for value in wrong),
        tried=len(wrong),
        detail="wrong variants: a method that ignores the tolerance, and half the slope",
    )


def blind_slope(work: WorkPrecision) -> float:
    """The slope of a method that takes the same steps at every tolerance: its error does not move."""
    error = work.runs[RK4.name][-1].state or 1e-16
    return fitted_slope(TOLERANCES[:6], [error] * 6)[0]


# -- what is drawn -----------------------------------------------------------------------------------------------------
def work_figure(bench: FlowBench, work: WorkPrecision, quantity: str) -> dict[str, Any]:
    """Error against evaluations, both logarithmic."""
    name = quantity.replace("_", "-")
    t = bench.span[1]
    series = [
        {
            "name": method,
            "x": [short(run.evaluations) for run in runs],
            "y": [shown(getattr(run, quantity), work.floor) for run in runs],
            "dashed": False,
        }
        for method, runs in work.runs.items()
    ]
    return {
        "id": f"{bench.law.name}-work-{name}",
        "kind": "lines",
        "of": bench.law.name,
        "title": f"Work and precision: the {name} of {bench.law.name} at t = {t:g}",
        "caption": f"Root mean square error of the {name} over {work.paths} paths against the evaluations of the field "
        f"for each path. The reference is good to {work.floor:.1g}; errors below it are not shown.",
        "sentence": f"Error of the {name} against evaluations of the field, for {', '.join(work.runs)}",
        "data": {
            "x": [],
            "x_label": "evaluations of the field, each path",
            "y_label": f"error of the {name}",
            "log_x": True,
            "log_y": True,
            "bands": [],
            "series": series,
        },
    }


def shown(error: float, floor: float) -> float | None:
    return float(f"{error:.3g}") if floor < error < 1e3 else None


def short(value: float) -> float:
    return float(f"{value:.4g}")


def work_table(work: WorkPrecision, accuracies: Sequence[float] = (1e-2, 1e-3, 1e-6, 1e-9)) -> dict[str, Any]:
    """Evaluations a path that each method needs for an accuracy of state and log-density."""
    rows = [
        [method, *(f"{w:.0f}" if math.isfinite(w := work.work_for(method, a)) else "more" for a in accuracies)]
        for method in work.runs
    ]
    return {
        "title": f"Evaluations of the field that state and log-density need (up to {MOST_EVALUATIONS})",
        "columns": ["method", *(f"to {a:g}" for a in accuracies)],
        "rows": rows,
    }
