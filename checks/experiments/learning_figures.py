"""Figures of a fit: the likelihood over the iterations, and the fitted density beside the true one or the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..flow_pictures import CELLS, rounded, short
from .learning_fit import Learned


def iteration_figure(learned: Learned) -> dict[str, Any]:
    """Mean log-likelihood after each iteration, with that of the truth where it is known."""
    path = learned.fit.path
    series = [{"name": "fit", "y": [round(v, 6) for v in path], "dashed": False}]
    if learned.truth is not None:
        level = float(np.mean(learned.model.likelihood.log_density(learned.data, learned.truth)))
        series.append({"name": "at the truth", "y": [round(level, 6)] * len(path), "dashed": True})
    name = learned.model.bench.law.name
    return {
        "id": f"{name}-likelihood",
        "kind": "lines",
        "of": name,
        "title": f"Learning {name}: the likelihood over the iterations",
        "caption": f"Mean log-likelihood of {len(learned.data)} data points, in nats, after each iteration of L-BFGS-B "
        f"with the gradient of the sensitivity equations. End: {learned.estimate}.",
        "sentence": "Mean log-likelihood against the iterations of the optimiser",
        "data": {
            "x": list(range(len(path))),
            "x_label": "iteration",
            "y_label": "mean log-likelihood, nats",
            "log_x": False,
            "log_y": False,
            "bands": [],
            "series": series,
        },
    }


def density_figure(learned: Learned) -> list[dict[str, Any]]:
    """Fitted beside true density, or beside the data where no truth is known; in one and two dimensions."""
    d = learned.model.bench.dimension
    if d == 1:
        return [on_a_line(learned)]
    return [in_the_plane(learned)] if d == 2 else []


def density(learned: Learned, points: Any, theta: Any) -> Any:
    return np.exp(learned.model.likelihood.log_density(points, theta))


def on_a_line(learned: Learned) -> dict[str, Any]:
    law, data = learned.model.bench.law, learned.data[:, 0]
    low, high = (float(f"{v:.3g}") for v in np.quantile(data, (0.002, 0.998)))
    h = (high - low) / (2 * CELLS)
    x = low + h * (np.arange(2 * CELLS) + 0.5)
    counts, _ = np.histogram(data, bins=2 * CELLS, range=(low, high))
    series = [
        {"name": f"{len(data)} data points", "y": rounded(counts / (len(data) * h)), "dashed": False},
        {"name": "fitted density", "y": rounded(density(learned, x[:, None], learned.fit.theta)), "dashed": False},
    ]
    if learned.truth is not None:
        series.append(
            {"name": "true density", "y": rounded(density(learned, x[:, None], learned.truth)), "dashed": True}
        )
    return {
        "id": f"{law.name}-fitted",
        "kind": "lines",
        "of": law.name,
        "title": f"The fitted density of {law.name} at t = {law.times[1]:g}",
        "caption": f"Histogram of the data and the density at {learned.estimate}.",
        "sentence": f"Histogram of {len(data)} data points with the fitted density",
        "data": {
            "x": [short(v) for v in x],
            "x_label": law.name,
            "y_label": "density",
            "log_x": False,
            "log_y": False,
            "bands": [],
            "series": series,
        },
    }


def in_the_plane(learned: Learned) -> dict[str, Any]:
    law, data = learned.model.bench.law, learned.data
    half = float(f"{1.05 * np.quantile(np.abs(data), 0.998):.2g}")
    cells = CELLS if learned.truth is None else 2 * CELLS
    h = 2 * half / cells
    centres = -half + h * (np.arange(cells) + 0.5)
    points = np.stack([p.ravel() for p in np.meshgrid(centres, centres, indexing="ij")], axis=1)
    fitted = density(learned, points, learned.fit.theta).reshape(cells, cells)
    if learned.truth is not None:
        other, name = density(learned, points, learned.truth).reshape(cells, cells), "true density"
    else:
        found, _, _ = np.histogram2d(data[:, 0], data[:, 1], bins=cells, range=((-half, half), (-half, half)))
        other, name = found / (len(data) * h * h), f"{len(data)} data points"
    return {
        "id": f"{law.name}-fitted",
        "kind": "histogram",
        "of": law.name,
        "title": f"The fitted density of {law.name} at t = {law.times[1]:g}",
        "caption": f"The density at {learned.estimate}, beside the {name}; one colour scale, values at cell centres.",
        "sentence": f"Heat maps of the fitted density and of the {name}",
        "data": {
            "extent": [-half, half, -half, half],
            "times": [short(law.times[1])],
            "names": ["fitted density", name],
            "histograms": [rounded(fitted)],
            "densities": [rounded(other)],
            "n": len(data),
            "tests": [],
        },
    }
