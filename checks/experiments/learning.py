r"""Learning a flow by maximum likelihood: dz/dt = f(z, t; theta), theta from data.

    log p(x; theta) = log p0(z(t0)) - int div f dt, backward from x;    theta^ = argmax mean log p(x; theta)

Data are simulated at a given theta, or come from a file beside the document where the program allows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...symbolic.context import Context, FlowLaw
from ..budget import step_seed
from .bench import flow_bench
from .data_file import read_data
from .learning_figures import density_figure, iteration_figure
from .learning_fit import Learned, description_row, identifiable_row, learn, maximum_row, recovery_row
from .learning_model import LearningModel, learning_model
from .learning_rows import exact_row, gradient_row, inverse_row
from .record import BadExperiment, Experiment, Told, untold
from .settings import Named, Number, Setting, Text, as_text, read_settings

SETTINGS: dict[str, Setting] = {
    "n": Number(400, 2, 20_000, whole=True),
    "truth": Named(),
    "start": Named(),
    "data": Text(),
    "iterations": Number(100, 1, 1000, whole=True),
    "compared": Number(64, 2, 1000, whole=True),
    "tolerance": Number(1e-7, 1e-10, 1e-4),
}


def experiment(
    context: Context, law: FlowLaw, settings: Mapping[str, Any], seed: int, told: Told = untold
) -> Experiment:
    """Learn the parameters of one flow.

    Settings: n data points simulated at truth (default: the declared values), or data from a file; start of the
    optimiser (default: half the truth); iterations; compared data points for the rows about the likelihood; tolerance
    of the integration.  `told` hears of every iteration of the fit.  `folder` is no setting of a document: the
    program puts the Path of the folder there from which
    data may be read.
    Raises BadExperiment.
    """
    given = dict(settings)
    folder = given.pop("folder") if isinstance(given.get("folder"), Path) else None
    wanted = read_settings("learning", given, SETTINGS)
    if wanted["data"] and ("n" in settings or "truth" in settings):
        raise BadExperiment("expected either 'data' from a file or 'n' and 'truth' of a simulation; got both")
    model = learning_model(flow_bench(context, law, step_seed(seed, law.name, "parameters")), wanted["tolerance"])
    truth = None if wanted["data"] else model.at(wanted["truth"] or {}, "'truth'")
    start = starting_point(model, truth, wanted["start"] or {})
    data = (
        read_data(wanted["data"], folder, law.dimension)
        if wanted["data"]
        else model.simulate(wanted["n"], truth, step_seed(seed, law.name, "data"))
    )
    try:
        return learned_experiment(model, data, start, truth, wanted, seed, told)
    except ArithmeticError as error:
        raise BadExperiment(
            f"expected data and parameters that {law.name} can be followed for, back to the start; {error}"
        ) from None


def starting_point(model: LearningModel, truth: Any, given: Mapping[str, float]) -> Any:
    """Given values; else half of the truth, or of the declared value, kept inside of the domain."""
    declared = {name: model.declared(name) for name in model.names} if truth is None else {}
    guess = {}
    for i, name in enumerate(model.names):
        value = float(truth[i]) if truth is not None else declared[name]
        low, high = model.bounds[i]
        half = value / 2 if value else 0.25
        inside = (low is None or half > low) and (high is None or half < high)
        guess[name] = half if inside else value
    return model.at({**guess, **given}, "'start'")


def learned_experiment(
    model: LearningModel, data: Any, start: Any, truth: Any, wanted: dict[str, Any], seed: int, told: Told = untold
) -> Experiment:
    law = model.bench.law
    if not np.isfinite(model.likelihood.log_density(data, start)).all():
        raise BadExperiment(f"expected data that {law.name} can make at the start values; some have density 0 there")
    learned = learn(model, data, start, truth, wanted["iterations"], told)
    few, reference = data[: wanted["compared"]], start if truth is None else truth

    def again() -> Learned:
        fresh = model.simulate(wanted["n"], truth, step_seed(seed, law.name, "second data"))
        return learn(model, fresh, start, truth, wanted["iterations"])

    rows = [exact_row(model, few, reference), inverse_row(model, few, reference), gradient_row(model, few, start)]
    rows.append(identifiable_row(learned))
    rows.append(recovery_row(learned, again) if truth is not None else maximum_row(learned))
    rows.append(description_row(learned))
    figures = [iteration_figure(learned), *density_figure(learned)]
    return Experiment(
        kind="learning",
        of=law.name,
        title=f"Learning {law.name} by maximum likelihood",
        seed=seed,
        settings=shown(model, wanted, start, truth, len(data)),
        rows=tuple(rows),
        figures=tuple(figures),
        tables=(fit_table(learned),),
        findings=findings(learned),
        cost={"evaluations of likelihood and gradient": learned.fit.evaluations * len(data)},
    )


def shown(model: LearningModel, wanted: dict[str, Any], start: Any, truth: Any, n: int) -> dict[str, str]:
    values = dict(wanted) | {"n": n, "start": dict(zip(model.names, start, strict=True))}
    values["truth"] = None if truth is None else dict(zip(model.names, truth, strict=True))
    return as_text(values)


def fit_table(learned: Learned) -> dict[str, Any]:
    errors = learned.information.standard_errors
    rows = []
    for i, name in enumerate(learned.model.names):
        truth = "" if learned.truth is None else f"{learned.truth[i]:.6g}"
        spread = "none" if errors is None else f"{errors[i]:.3g}"
        rows.append([name, truth, f"{learned.start[i]:.6g}", f"{learned.fit.theta[i]:.6g}", spread])
    columns = ["parameter", "truth", "start", "estimate", "standard error"]
    return {"title": "What was learned", "columns": columns, "rows": rows}


def findings(learned: Learned) -> tuple[str, ...]:
    found = []
    if learned.information.singular:
        found.append("The information matrix is singular: the data do not determine all parameters.")
    for name, stuck in zip(learned.model.names, learned.fit.at_bound, strict=True):
        if stuck:
            found.append(f"The maximum has {name} at the edge of its domain.")
    if not learned.fit.converged:
        found.append(f"The optimiser stopped before it converged: {learned.fit.message.lower()}.")
    return tuple(found)
