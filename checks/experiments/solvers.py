r"""Euler is not enough: what naive integration costs on this flow, measured.

The rows, in the order in which lecture notes list the downsides:

    euler-unstable         from which step on, or not for this field
    error-accumulates      at one step size, over time
    orders, adaptive       what halving the step, or the tolerance, buys
    small-steps            the same work by Euler and by Runge-Kutta
    log-density-magnified  error of the log-density over error of the state
    mass-defect            the carried density has another mass than 1
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...symbolic.context import Context, FlowLaw
from ..budget import step_seed
from .bench import FlowBench, flow_bench, surviving
from .record import BadExperiment, Experiment
from .settings import Number, Numbers, Setting, as_text, read_settings
from .solver_mass import mass_row
from .solver_orders import order_rows
from .solver_paths import ENCLOSED, solver_paths
from .solver_rows import PARTS, accumulation_row, magnification_row, work_row
from .solver_stability import stability_row
from .solver_work import adaptive_row, work_figure, work_precision, work_table

SETTINGS: dict[str, Setting] = {
    "n": Number(200, 20, 5000, whole=True),
    "steps": Number(40, PARTS, 2000, whole=True),
    "evaluations": Number(96, 4, 1000, whole=True),
    "accuracy": Number(1e-3, 1e-8, 0.5),
    "mass_steps": Numbers((1, 2, 5, 10, 20, 50, 100, 200), 1, 2000, whole=True),
}


def experiment(context: Context, law: FlowLaw, settings: Mapping[str, Any], seed: int) -> Experiment:
    """Measure the integrators on one flow.

    Settings: n paths of the sample; steps of Euler for the growth of the error; evaluations for the comparison at
    equal work; accuracy that is asked of both errors; mass_steps at which the mass is taken.
    Raises BadExperiment.
    """
    wanted = read_settings("solvers", settings, SETTINGS)
    wanted["steps"] -= wanted["steps"] % PARTS
    wanted["evaluations"] -= wanted["evaluations"] % 4
    bench = flow_bench(context, law, step_seed(seed, law.name, "parameters"))
    draws, lost = surviving(bench, wanted["n"], step_seed(seed, law.name, "draws"))
    try:
        return measured(bench, draws, lost, wanted, seed)
    except (ArithmeticError, ValueError, NotImplementedError) as error:
        if isinstance(error, BadExperiment):
            raise
        raise BadExperiment(f"expected a flow that can be followed in numbers; {law.name}: {error}") from None


def measured(bench: FlowBench, draws: Any, lost: int, wanted: dict[str, Any], seed: int) -> Experiment:
    law, paths = bench.law, solver_paths(bench, draws)
    compared = solver_paths(bench, draws, ENCLOSED) if bench.exact else paths
    work = work_precision(bench, draws)
    stability, limits = stability_row(bench, draws)
    orders, order_tables = order_rows(paths)
    mass, mass_figures, mass_tables = mass_row(bench, tuple(sorted(set(wanted["mass_steps"]))))
    figures = [work_figure(bench, work, "state"), work_figure(bench, work, "log_density"), *mass_figures]
    rows = (
        stability,
        accumulation_row(compared, draws, wanted),
        *orders,
        adaptive_row(work),
        work_row(compared, work, wanted),
        magnification_row(compared, work, wanted),
        mass,
    )
    shown = as_text(wanted) | ({"parameters": bench.parameters} if bench.parameters else {})
    return Experiment(
        kind="solvers",
        of=law.name,
        title=f"Integrating {law.name}: Euler and Runge-Kutta methods on state and log-density",
        seed=seed,
        settings=shown,
        rows=rows,
        figures=tuple(figures),
        tables=(*order_tables, limits, work_table(work), *mass_tables),
        findings=findings(bench, lost, len(draws)),
        cost={"evaluations of the field, sample": round(sum(work_cost(work)) * len(draws))},
    )


def work_cost(work: Any) -> list[float]:
    return [run.evaluations for runs in work.runs.values() for run in runs]


def findings(bench: FlowBench, lost: int, kept: int) -> tuple[str, ...]:
    found = []
    if lost:
        found.append(f"{lost} of {lost + kept} paths do not reach t = {bench.span[1]:g}; they are left out.")
    if bench.derived.how == bench.written.how:
        found.append("The field has no symbolic form here: both routes evaluate the written tree.")
    return tuple(found)
