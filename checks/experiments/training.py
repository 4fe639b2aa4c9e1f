r"""Training an energy by maximum likelihood: exact gradients, and gradients from Markov chains.

The rows: what the exact likelihood finds; how wrong gradients from short chains are; where training with fresh chains,
persistent chains and contrastive divergence ends; and the four downsides of Markov chains in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...symbolic.context import Context, EnergyLaw
from ..budget import Budget, step_seed
from .chain_training import Trainings
from .data_file import read_data
from .downsides import Downsides
from .energy_model import EnergyModel, energy_model
from .record import BadExperiment, Experiment, Told, untold
from .sampling_rows import finite
from .settings import Named, Number, Setting, Text, as_text, read_settings
from .training_bench import LENGTHS, Simulator, TrainingBench
from .training_rows import TrainingRows

Array = NDArray[np.float64]
SETTINGS: Mapping[str, Setting] = {
    "n": Number(2000, 2, 100_000, whole=True),
    "truth": Named(),
    "start": Named(),
    "data": Text(),
    "kernel": Text("walk"),
    "chains": Number(100, 10, 5000, whole=True),
    "k": Number(10, 2, 200, whole=True),
    "updates": Number(150, 20, 2000, whole=True),
}
# A parameter that spreads over more than this factor is shown on a logarithmic axis.
WIDE = 50


def experiment(
    context: Context, law: EnergyLaw, settings: Mapping[str, Any], seed: int, told: Told = untold
) -> Experiment:
    """Train one energy.

    Settings: n data points simulated at truth (default: the declared values), or data from a file; start of training
    (default: 1.5 times the truth); kernel "walk" or "mala"; chains and k, the steps of longer chains; updates.
    `folder` is no setting of a document: the program puts the Path there from which data may be read.  `told` hears
    of the updates of the trainings that are shown.
    Raises BadExperiment.
    """
    given = dict(settings)
    folder = given.pop("folder") if isinstance(given.get("folder"), Path) else None
    wanted = read_settings("training", given, SETTINGS)
    check_settings(law, settings, wanted)
    model = energy_model(context, law, wanted["truth"])
    truth = None if wanted["data"] else model.values
    data = (
        read_data(wanted["data"], folder, law.dimension)
        if wanted["data"]
        else Simulator(model, model.values).draw(wanted["n"], step_seed(seed, law.name, "data"))
    )
    bench = TrainingBench(
        model=model,
        data=data,
        truth=truth,
        start=starting_point(model, wanted["start"] or {}),
        kernel=wanted["kernel"],
        chains=wanted["chains"],
        updates=wanted["updates"],
        seed=seed,
    )
    return made(bench, wanted, told)


def check_settings(law: EnergyLaw, settings: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if not law.parameters:
        raise BadExperiment(f"expected an energy with parameters to learn; {law.name} has none")
    if wanted["kernel"] not in ("walk", "mala"):
        raise BadExperiment(f"expected 'walk' or 'mala' for 'kernel'; got '{wanted['kernel']}'")
    if wanted["data"] and ("n" in settings or "truth" in settings):
        raise BadExperiment("expected either 'data' from a file or 'n' and 'truth' of a simulation; got both")


def starting_point(model: EnergyModel, given: Mapping[str, float]) -> Array:
    """Given values; else 1.5 times the declared ones (1/2 for 0) where there is a model, or those themselves."""
    unknown = sorted(set(given) - set(model.names))
    if unknown:
        raise BadExperiment(f"expected parameters {', '.join(model.names)} in 'start'; got '{unknown[0]}'")
    guess = np.where(model.values == 0, 0.5, 1.5 * model.values)
    if model.outside(guess):
        guess = model.values.copy()
    found = np.array([given.get(n, float(v)) for n, v in zip(model.names, guess, strict=True)])
    reason = model.outside(found)
    if reason:
        raise BadExperiment(f"expected a start at which {model.law.name} exists; {reason}")
    return found


def made(bench: TrainingBench, wanted: Mapping[str, Any], told: Told = untold) -> Experiment:
    law, k = bench.model.law, wanted["k"]
    rows = TrainingRows(bench, Budget())
    schemes = (("fresh", 1), ("fresh", k), ("persistent", 1), ("cd", 1), ("cd", k))
    recovered = rows.recovered()  # first: without a maximum of the likelihood there is nothing to compare with
    shown = tuple(bench.trainings(start, steps, bench.own("shown"), told) for start, steps in schemes)
    return Experiment(
        kind="training",
        of=law.name,
        title=f"Training {law.name} by maximum likelihood, with exact gradients and with Markov chains",
        seed=bench.seed,
        settings=as_text(wanted) | {"start": bench.model.describe(bench.start)},
        rows=(
            recovered,
            rows.short_row("fresh", 1),
            rows.short_row("cd", 1),
            *(rows.scheme_row(start, steps) for start, steps in schemes),
            *Downsides(bench, Budget()).rows(),
        ),
        figures=tuple(f for f in (path_figure(bench, shown), bias_figure(bench)) if f),
        tables=(scheme_table(bench, shown),),
        findings=tuple(findings(bench, shown)),
        cost={
            "evaluations, exact fit": bench.fit.evaluations,
            **{f"evaluations an update, {t.scheme.title}": t.scheme.evaluations for t in shown},
        },
    )


# -- tables and figures ------------------------------------------------------------------------------------------------
def scheme_table(bench: TrainingBench, shown: tuple[Trainings, ...]) -> Mapping[str, Any]:
    """Where each scheme ends, how its gradients scatter, what an update costs."""
    names = bench.model.names
    exact = [f"{v:.4g} +- {e:.2g}" for v, e in zip(bench.fit.phi, bench.fit.standard_errors, strict=True)]
    lines = [["exact gradients", *exact, "0", f"{bench.fit.point.nodes + len(bench.data):,}", "0"]]
    for found in shown:
        mean, spread = found.results.mean(axis=0), found.results.std(axis=0, ddof=1)
        known = found.noise[found.stopped == 0]
        noise = f"{float(np.sqrt((known**2).mean(axis=0))[0]):.3g}" if len(known) else "-"
        lines.append(
            [
                found.scheme.title,
                *(f"{m:.4g} (spread {s:.2g})" for m, s in zip(mean, spread, strict=True)),
                noise,
                f"{found.scheme.evaluations + len(bench.data):,}",
                f"{found.lost} of {len(found.stopped)}",
            ]
        )
    return {
        "title": f"Training {bench.model.law.name}: where it ends, after {bench.updates} updates",
        "columns": [
            "gradient", *names, f"scatter of the model term of d/d{names[0]}", "evaluations an update", "ran away"
        ],
        "rows": lines,
    }  # fmt: skip


def path_figure(bench: TrainingBench, shown: tuple[Trainings, ...]) -> Mapping[str, Any]:
    """The first parameter along the updates, mean over the trainings that go on."""
    name = bench.model.names[0]
    series: list[dict[str, Any]] = []
    for found in shown:
        with np.errstate(all="ignore"):
            known = np.isfinite(found.path[:, :, 0])
            total, count = np.where(known, found.path[:, :, 0], 0.0).sum(axis=1), known.sum(axis=1)
            mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        if found.lost:
            # A mean over fewer and fewer trainings would show those that happen to go on.
            mean[int(found.stopped[found.stopped > 0].min()) :] = np.nan
        series.append({"name": found.scheme.title, "y": finite(mean)})
    updates = bench.updates + 1
    shown_values = [v for one in series for v in one["y"] if v is not None]
    series.append({"name": "maximum of the likelihood", "y": [float(bench.fit.phi[0])] * updates, "dashed": True})
    return {
        "id": f"{bench.model.law.name}-training",
        "kind": "lines",
        "of": bench.model.law.name,
        "title": f"Training {bench.model.law.name}: {name} along the updates",
        "caption": f"Mean over {len(shown[0].stopped)} trainings of {bench.chains} chains each; a curve ends where the "
        "first of its trainings runs away.",
        "sentence": f"The parameter {name} against the number of updates, for each way to make the gradient",
        "data": {
            "x": list(range(updates)),
            "x_label": "updates",
            "y_label": name,
            "log_x": False,
            "log_y": min(shown_values) > 0 and max(shown_values) > WIDE * min(shown_values),
            "bands": [],
            "series": series,
        },
    }


def bias_figure(bench: TrainingBench) -> Mapping[str, Any]:
    """The bias of gradients from chains of k steps."""
    series: list[dict[str, Any]] = []
    for start, title in (("fresh", "from noise"), ("cd", "from data")):
        found = bench.short_table(start)
        series.append({"name": title, "y": finite([abs(s.bias) for s in found])})
    floor = finite([2 * s.error for s in bench.short_table("cd")])
    series.append({"name": "two standard errors", "y": floor, "dashed": True})
    return {
        "id": f"{bench.model.law.name}-short-chains",
        "kind": "lines",
        "of": bench.model.law.name,
        "title": f"Bias of gradients from short chains of {bench.model.law.name}",
        "caption": "At the start of training, along the exact gradient and in units of it.",
        "sentence": "Bias of the gradient against the number of steps of the chains, from noise and from data",
        "data": {
            "x": list(LENGTHS),
            "x_label": "steps k",
            "y_label": "bias, in units of the gradient",
            "log_x": True,
            "log_y": True,
            "bands": [],
            "series": series,
        },
    }


# -- findings ----------------------------------------------------------------------------------------------------------
def findings(bench: TrainingBench, shown: tuple[Trainings, ...]) -> list[str]:
    found = []
    n, k = len(bench.data), len(bench.model.names)
    if n < 10 * k:
        found.append(
            f"{n} points for {k} parameters: standard errors from the information matrix are not to be trusted."
        )
    return found + [ran_away(bench, trainings) for trainings in shown if trainings.lost]


def ran_away(bench: TrainingBench, found: Trainings) -> str:
    """When and where the first training of a scheme stopped, and why."""
    first = int(np.argmin(np.where(found.stopped > 0, found.stopped, found.stopped.max() + 1)))
    phi = found.results[first]
    reason = bench.model.outside(phi) or "it is more than a hundred standard errors of one data point from the start"
    return (
        f"{found.scheme.title}: {found.lost} of {len(found.stopped)} trainings diverged, the first at update "
        f"{int(found.stopped[first])} with {bench.model.describe(phi)} ({reason})."
    )
