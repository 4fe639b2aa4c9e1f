r"""What a naive integration costs, by balls at a few starts and over a sample: growth, work, and the log-density.

    accumulation   |error(t1)| against |error(t0 + (t1 - t0)/5)|, at one step size
    work           error of Euler against that of RK4, at equally many evaluations of the field
    magnification  error of the log-density against the error of the state, both by Euler

Each is a comparison of two errors at the same starts (`ordering.Comparison`).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ...numeric.ball_steps import exact_tableau
from ...numeric.ode import dop853, fixed_steps
from ...numeric.tableaus import EULER, RK4, Tableau
from ..evidence import Counterexample, Disproof, Evidence, Obstacle
from .ordering import Comparison, consistent, over_sample
from .record import Row
from .solver_paths import BITS, Errors, SolverPaths, middle
from .solver_work import ADAPTIVE, WorkPrecision, WorkRun

PARTS = 5
REFERENCE = 1e-9
"""What errors over a sample may be wrong by: a reference at tolerance 1e-11, carried along by the flow."""
Settings = dict[str, Any]


def comparison(paths: SolverPaths, larger: Any, smaller: Any, names: tuple[str, str], method: str) -> Comparison:
    law = paths.bench.law
    point = {f"start {k}": "(" + ", ".join(str(v) for v in start) + ")" for k, start in enumerate(paths.starts, 1)} | {
        law.time: f"{paths.bench.span[1]:g}"
    }
    exact = paths.bench.exact
    return Comparison(
        method=method,
        larger=larger,
        smaller=smaller,
        names=names,
        point=point,
        points=len(paths.starts),
        bits=BITS,
        error=0.0 if exact else paths.floor(paths.span),
        how=f"steps in {BITS} bits; reference: {paths.references(paths.span)[0].how}",
    )


def accumulation_row(paths: SolverPaths, draws: Any, settings: Settings) -> Row:
    """Euler's error early and late, at one step size."""
    steps, certain = settings["steps"], paths.bench.exact
    early = paths.moment(Fraction(1, PARTS))
    method = exact_tableau(EULER)
    first = paths.errors(method, steps // PARTS, early, certain=certain).state
    last = paths.errors(method, steps, paths.span, certain=certain).state
    names = ("the error at the end", "the error after a fifth")
    test = comparison(paths, last, first, names, "error over time")
    accurate = paths.errors(exact_tableau(RK4), steps, paths.span, certain=certain).state
    control = comparison(paths, accurate, first, ("", ""), "error over time").refused
    times, errors = errors_over_time(paths, draws, steps, EULER)
    _, better = errors_over_time(paths, draws, steps, RK4)
    sample = over_sample(errors[-1], errors[0], REFERENCE, names, len(draws), not better[-1] > errors[0] + REFERENCE)
    low, high = paths.bench.span
    return Row(
        id="error-accumulates",
        statement="As the steps are repeated, the error of Euler's method accumulates.",
        measured=f"At h = {(high - low) / steps:.3g} the root mean square error of the state over {len(draws)} paths "
        f"is {', '.join(f'{e:.2e}' for e in errors)} at t = {', '.join(f'{t:g}' for t in times)}: a factor "
        f"{errors[-1] / errors[0] if errors[0] else math.inf:.3g} from the first to the last.",
        conditions="Where the flow contracts, early errors are forgotten, and the error can go down again.",
        evidence=consistent(test.evidence((control,)), sample),
    )


def errors_over_time(paths: SolverPaths, draws: Any, steps: int, tableau: Tableau) -> tuple[list[float], list[float]]:
    """Root mean square error of the states over a sample at the end of each fifth of the time span."""
    bench = paths.bench
    times = np.linspace(*bench.span, PARTS + 1)
    rough = fixed_steps(tableau, bench.derived.field, draws, times, steps=steps // PARTS).states[1:]
    exact = dop853(bench.written.field, draws, times, rtol=1e-11, atol=1e-11, autonomous=bench.numbers.autonomous)
    gaps = np.sqrt(((rough - exact.states[1:]) ** 2).sum(axis=2).mean(axis=1))
    return [float(f"{t:.6g}") for t in times[1:]], [float(g) for g in gaps]


def work_row(paths: SolverPaths, work: WorkPrecision, settings: Settings) -> Row:
    """Euler against RK4 at equal work."""
    evaluations = settings["evaluations"]
    certain = paths.bench.exact
    euler = paths.errors(exact_tableau(EULER), evaluations, paths.span, certain=certain)
    better = paths.errors(exact_tableau(RK4), evaluations // RK4.stages, paths.span, certain=certain)
    twice = paths.errors(exact_tableau(EULER), 2 * evaluations, paths.span, certain=certain)
    evidence: list[Evidence] = []
    floor = paths.floor(paths.span)
    for name in ("state", "log_density"):
        a, b = getattr(euler, name), getattr(better, name)
        if middle(a, floor) <= floor:
            continue
        words = f"error of the {name.replace('_', '-')}"
        test = comparison(paths, a, b, (f"Euler's {words}", "that of RK4"), f"equal work: {words}")
        control = comparison(paths, getattr(twice, name), a, ("", ""), "equal work").refused
        evidence += at_this_work(consistent(test.evidence((control,)), work_sample(work, evaluations, name)))
    accuracy = settings["accuracy"]
    needed = {m: work.work_for(m, accuracy) for m in (EULER.name, RK4.name, ADAPTIVE)}
    words = ", ".join(f"{m} {w:.0f}" if math.isfinite(w) else f"{m} more than was tried" for m, w in needed.items())
    return Row(
        id="small-steps",
        statement="Even a moderate accuracy takes Euler's method very small steps; Runge-Kutta methods give more "
        "accuracy for the same work.",
        measured=f"At {evaluations} evaluations of the field the errors of state / log-density are "
        f"{size_text(euler, floor)} by Euler and {size_text(better, floor)} by RK4. "
        f"Evaluations a path for {accuracy:g} on both: {words}.",
        conditions="At one or two evaluations, or on fields without derivatives, a higher order need not pay.",
        evidence=tuple(evidence) or (Obstacle(method="equal work", reason="Euler's method is exact on this flow"),),
    )


def at_this_work(found: tuple[Evidence, ...]) -> list[Evidence]:
    """Too coarse a step may leave RK4 behind: that refutes nothing, for the statement is about better accuracy."""
    return [
        Obstacle(method=one.method, reason=f"{one.detail}, at this work") if isinstance(one, Counterexample) else one
        for one in found
    ]


def size_text(errors: Errors, floor: float) -> str:
    """State / log-density; an error below the floor is none."""
    sizes = (middle(errors.state, floor), middle(errors.log_density, floor))
    return " / ".join(f"{size:.2e}" if size > floor else "none" for size in sizes)


def work_sample(work: WorkPrecision, evaluations: int, name: str) -> Evidence:
    """Euler against RK4 over the sample, at the runs with the most evaluations not above the wanted ones."""
    a, b = (getattr(run_at(work, method, evaluations), name) for method in (EULER.name, RK4.name))
    coarse = getattr(run_at(work, EULER.name, evaluations // 2), name)
    names = (f"Euler's error of the {name.replace('_', '-')}", "that of RK4")
    return over_sample(a, b, 10 * work.floor, names, work.paths, not a > coarse)


def run_at(work: WorkPrecision, method: str, evaluations: int) -> WorkRun:
    return max((r for r in work.runs[method] if r.evaluations <= max(evaluations, 4)), key=lambda r: r.evaluations)


def magnification_row(paths: SolverPaths, work: WorkPrecision, settings: Settings) -> Row:
    """The error of the log-density against that of the state, by Euler."""
    words = ", ".join(f"{method} {ratio:.2f}" for method in work.runs if (ratio := work.ratio_at(method, 1e-3)) >= 0)
    return Row(
        id="log-density-magnified",
        statement="The errors of the state are magnified when the log-density is computed.",
        measured=f"Error of the log-density over error of the state, root mean squares of {work.paths} paths, where "
        f"the state is good to about 0.001: {words}.",
        conditions="The factor is about the size of the gradient of div f along the path, and the error of the trace's "
        "own quadrature; it is 0 where div f does not depend on the state.",
        evidence=magnification_evidence(paths, work, settings["steps"]),
    )


def magnification_evidence(paths: SolverPaths, work: WorkPrecision, steps: int) -> tuple[Evidence, ...]:
    bench = paths.bench
    if bench.constant_divergence:
        reason = f"div {bench.law.field_name} is free of {', '.join(bench.law.variables)}"
        return (
            Disproof(
                method="log-density against state",
                rule="the trace of df/dz does not depend on the state",
                steps=(reason, "its integral has no error of the state"),
            ),
        )
    errors = paths.errors(exact_tableau(EULER), steps, paths.span, certain=bench.exact)
    names = ("the error of the log-density", "the error of the state")
    test = comparison(paths, errors.log_density, errors.state, names, "log-density against state")
    # The log-density of RK4 at the same starts is better than Euler's state: that comparison must not pass.
    better = paths.errors(exact_tableau(RK4), steps, paths.span, certain=bench.exact)
    control = comparison(paths, better.log_density, errors.state, ("", ""), "control").refused
    rough, fine = run_at(work, EULER.name, steps), work.runs[RK4.name][-1]
    sample = over_sample(
        rough.log_density, rough.state, 10 * work.floor, names, work.paths, not fine.log_density > rough.state
    )
    return consistent(test.evidence((control,)), sample)


__all__ = ["accumulation_row", "magnification_row", "work_row"]
