r"""Sampling from an energy: what Markov chains get right, at what price, and where they fail, measured.

The rows: each exact kernel leaves p as it is; its mean agrees with quadrature; the variance of that mean against N and
against autocorrelation; the bias of the unadjusted chain against its step, and where it breaks down; what is left of a
common start.  A table tells what a gradient costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...numeric.mixing import longest_stays
from ...symbolic.context import Context, EnergyLaw
from ..budget import Budget
from .chain_kernels import EXACT
from .gradient_estimate import Estimated
from .record import Experiment
from .sampling_bench import EnergyBench, energy_bench
from .sampling_rows import NAMES, SamplingRows, finite
from .settings import Named, Number, Setting, as_text, read_settings
from .unadjusted_bias import CHAINS

SETTINGS: Mapping[str, Setting] = {
    "chains": Number(2048, 256, 20_000, whole=True),
    "steps": Number(200, 50, 5000, whole=True),
    "exact_starts": Number(30_000, 2000, 200_000, whole=True),
    "at": Named(),
}
# The standard error that the cost is told for, in standard deviations of the gradient of the energy.
WANTED_ERROR = 0.01


def experiment(context: Context, law: EnergyLaw, settings: Mapping[str, Any], seed: int) -> Experiment:
    """Measure the samplers on one energy.

    Settings: chains and steps of the estimates; exact_starts of the invariance test; at, parameter values.
    Raises BadExperiment.
    """
    wanted = read_settings("sampling", settings, SETTINGS)
    bench = energy_bench(context, law, wanted["at"], seed)
    rows = SamplingRows(bench, wanted["chains"], wanted["steps"], wanted["exact_starts"], Budget())
    return Experiment(
        kind="sampling",
        of=law.name,
        title=f"Sampling {law.name} by Markov chains: gradient of log {law.partition_name}",
        seed=seed,
        settings=as_text(wanted) | {"parameters": bench.model.describe(), "starts": bench.how_started},
        rows=(
            *(rows.invariant(name) for name in EXACT),
            *(rows.estimate(name) for name in EXACT),
            *rows.variance_rows(),
            *rows.unadjusted_rows(),
            *(rows.stuck(name) for name in EXACT),
        ),
        figures=tuple(figure for figure in (bias_figure(rows), variance_figure(rows), path_figure(rows)) if figure),
        tables=(kernel_table(rows),),
        findings=tuple(findings(rows)),
        cost=cost(rows),
    )


# -- tables ------------------------------------------------------------------------------------------------------------
def kernel_table(rows: SamplingRows) -> Mapping[str, Any]:
    """What each kernel costs on this energy."""
    bench = rows.bench
    lines = []
    for name in EXACT:
        found = rows.estimates[name]
        if isinstance(found, Estimated):
            lines.append(kernel_line(bench, name, found))
    wanted = f"{WANTED_ERROR:.0%} of the spread"
    return {
        "title": f"Cost of an estimate of E[{bench.observed[0]}]",
        "columns": [
            "kernel", "step", "acceptance", "autocorrelation time", "effective draws, one in",
            f"evaluations for an error of {wanted}",
        ],
        "rows": lines,
    }  # fmt: skip


def kernel_line(bench: EnergyBench, name: str, found: Estimated) -> list[str]:
    """Step, acceptance, tau, and evaluations of E and its gradient, counted together."""
    mean = found.estimates[0]
    each = found.run.evaluations / mean.ess
    return [
        NAMES[name],
        f"{bench.tuning.steps[name]:.3g}",
        f"{found.run.acceptance.mean():.2f}",
        f"{mean.tau:.2f} steps",
        f"{each:.3g} evaluations",
        f"{each / WANTED_ERROR**2:.3g}",
    ]


# -- figures -----------------------------------------------------------------------------------------------------------
def bias_figure(rows: SamplingRows) -> Mapping[str, Any] | None:
    """Bias of the unadjusted chain against its step."""
    bench, law = rows.bench, rows.bias
    kept = [p for p in law.points if not p.lost]
    if len(kept) < 2:
        return None
    scale = float(bench.varying_truth.deviations[law.entry])
    label = bench.observed[law.entry]
    steps = np.array([p.step for p in kept])
    bias = np.array([abs(float(p.bias[law.entry])) / scale for p in kept])
    error = np.array([float(p.error[law.entry]) / scale for p in kept])
    return {
        "id": f"{bench.model.law.name}-unadjusted-bias",
        "kind": "lines",
        "of": bench.model.law.name,
        "title": f"Unadjusted Langevin on {bench.model.law.name}: bias against step size",
        "caption": f"Bias of E[{label}] in its standard deviations, from {CHAINS} chains a point against quadrature. "
        "Dashed: proportional to h, through the largest step shown.",
        "sentence": f"Bias of the unadjusted Langevin estimate of E[{label}] against the step size",
        "data": {
            "x": finite(steps),
            "x_label": "step size h",
            "y_label": f"bias of E[{label}], standard deviations",
            "log_x": True,
            "log_y": True,
            "bands": [
                {
                    "name": "two standard errors",
                    "low": finite(np.maximum(bias - 2 * error, bias / 100)),
                    "high": finite(bias + 2 * error),
                }
            ],
            "series": [
                {"name": "measured", "y": finite(bias)},
                {"name": "proportional to h", "y": finite(bias[0] * steps / steps[0]), "dashed": True},
            ],
        },
    }


def variance_figure(rows: SamplingRows) -> Mapping[str, Any] | None:
    """Variance of the estimate against the length of a chain."""
    if not rows.variances:
        return None
    bench, law = rows.bench, next(iter(rows.variances.values()))
    variance = float(bench.varying_truth.deviations[0]) ** 2
    independent = variance / law.lengths
    predicted = law.tau_by_autocorrelation.value * independent
    return {
        "id": f"{bench.model.law.name}-variance",
        "kind": "lines",
        "of": bench.model.law.name,
        "title": f"Variance of the estimate of E[{bench.observed[0]}] against the length of a chain",
        "caption": f"{NAMES['walk']}, over independent chains for each length. Dashed: the same for independent draws, "
        "and times the autocorrelation time.",
        "sentence": "Variance of a chain's mean against its length, beside that of independent draws",
        "data": {
            "x": finite(law.lengths),
            "x_label": "steps N",
            "y_label": f"variance of the mean of {bench.observed[0]}",
            "log_x": True,
            "log_y": True,
            "bands": [],
            "series": [
                {"name": "measured", "y": finite(law.variances)},
                {"name": f"tau = {law.tau_by_autocorrelation.value:.2f}", "y": finite(predicted), "dashed": True},
                {"name": "independent draws", "y": finite(independent), "dashed": True},
            ],
        },
    }


def path_figure(rows: SamplingRows) -> Mapping[str, Any] | None:
    """What is left of a common start."""
    bench = rows.bench
    known = {name: found for name, found in rows.mixings.items() if not isinstance(found, str)}
    if not known:
        return None
    u, steps = bench.model.law.variables[bench.place.coordinate], rows.steps
    return {
        "id": f"{bench.model.law.name}-forgetting",
        "kind": "lines",
        "of": bench.model.law.name,
        "title": f"Chains of {bench.model.law.name} from one place: mean of {u} over the chains",
        "caption": f"All chains start at {u} = {float(bench.place.start[bench.place.coordinate]):.3g}. "
        f"Dashed: E[{u}] by quadrature.",
        "sentence": f"Mean of {u} over the chains against the number of steps, for each kernel, beside its expectation",
        "data": {
            "x": list(range(1, steps + 1)),
            "x_label": "steps",
            "y_label": f"mean of {u}",
            "log_x": False,
            "log_y": False,
            "bands": [],
            "series": [
                *({"name": NAMES[name], "y": finite(found.path)} for name, found in known.items()),
                {"name": "quadrature", "y": [bench.place.mean] * steps, "dashed": True},
            ],
        },
    }


# -- findings and cost -------------------------------------------------------------------------------------------------
def findings(rows: SamplingRows) -> list[str]:
    found = []
    bench = rows.bench
    constant = [n for i, n in enumerate(bench.model.observed_names) if i not in bench.varying]
    if constant:
        found.append(f"{', '.join(constant)} is constant: {bench.model.law.name} does not depend on that parameter.")
    for name in EXACT:
        estimated = rows.estimates[name]
        if isinstance(estimated, str):
            found.append(f"{NAMES[name]}: no estimate, {estimated}.")
            continue
        run = estimated.run
        if run.never_moved:
            found.append(f"{NAMES[name]}: {run.never_moved} of {len(run.acceptance)} chains never moved.")
        longest = int(longest_stays(run.states).max())
        if longest >= rows.steps // 4:
            found.append(
                f"{NAMES[name]}: a chain stayed where it was for {longest} of {rows.steps} steps (proposals overshoot "
                "far out, where the gradient is steep); errors from autocorrelations are too small there."
            )
        if run.bad_proposals.sum():
            found.append(f"{NAMES[name]}: {int(run.bad_proposals.sum())} proposals had no finite energy or gradient.")
    return found


def cost(rows: SamplingRows) -> dict[str, int]:
    """Evaluations of E and of its gradient, in points, for what is shown (tests repeat some of it)."""
    found = {"evaluations, tuning": rows.bench.tuning.evaluations}
    runs = [e.run for e in rows.estimates.values() if isinstance(e, Estimated)]
    found["evaluations, estimates"] = sum(run.evaluations for run in runs)
    found["evaluations, variances"] = sum(law.evaluations for law in rows.variances.values())
    found["evaluations, bias"] = sum(p.evaluations for p in rows.bias.points) + rows.stability.evaluations
    mixed = [m for m in rows.mixings.values() if not isinstance(m, str)]
    found["evaluations, mixing"] = sum(m.evaluations for m in mixed)
    return found
