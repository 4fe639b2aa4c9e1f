r"""Pictures of a flow's law: samples carried forward beside the density carried along, with a test under each pair.

The samples move by dz/dt = f from draws of the start law; the density at a point is found by integrating backward,

    log p(x, t) = log p0(z(0)) - int_0^t div f ds.

The two meet only in the histogram cells: a joint chi-square test compares the counts with the probabilities of the
cells, and says which defect so few samples could show.  A trajectory that leaves every bounded set is counted and
reported, never drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..numeric.schemes import adaptive_scheme
from ..numeric.solution import Status
from ..symbolic.context import Context, FlowLaw
from ..symbolic.tree import Array, Bind
from .flow_numerics import FlowNumerics, StartLaw, flow_numerics

PANELS, PANEL_SAMPLES, LAST_SAMPLES = 6, 1000, 3000
CELLS, COARSE = 24, 3
LEVEL, POWER = 1e-3, 0.99
FEWEST = 6.0
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """One flow with everything that its pictures share; the density by `derived` callables where there are some."""

    law: FlowLaw
    numbers: FlowNumerics
    start: StartLaw
    seed: int
    accuracy: float = 1e-7
    moments: tuple[float, ...] = ()
    derived: Any = None

    @property
    def times(self) -> list[float]:
        """The times of the pictures: those that were asked for, else equally spaced ones."""
        return list(self.moments) or [float(t) for t in np.linspace(*self.law.times, PANELS)]

    @property
    def settings(self) -> str:
        """The parameter values of the pictures, for a caption."""
        names = [n for n in self.law.parameters if n in self.numbers.point.values]
        values = ", ".join(f"{n} = {self.numbers.point.values[n]}" for n in names)
        return f" Parameters: {values}." if values else ""

    def divergence(self, t: float, z: Any) -> Any:
        """div f by dual numbers."""
        node = Bind("divergence", self.law.variables, (Array(tuple((part,) for part in self.numbers.components)),))
        return self.numbers.expression(node)(t, z)

    def pair(self, t: float, z: Any) -> Any:
        """Field and divergence."""
        if self.derived is None:
            return self.numbers.field(t, z), self.divergence(t, z)
        found = self.derived.augmented(t, np.column_stack([z, np.zeros(len(z))]))
        return found[:, :-1], -found[:, -1]

    def log_density(self, x: Any, t: float) -> Any:
        """log p(x, t) by the paths back to the start, tried again at random ones; -inf where none arrives."""
        from ..numeric.flow_density import transport
        from ..numeric.solution import Status

        first = self.law.times[0]
        if t == first:
            return self.start.log_density(x)
        alone = self.numbers.autonomous
        found = transport(self.pair, x, (t, first), accuracy=self.accuracy, autonomous=alone, seed=self.seed)
        if not np.isin(found.status, (Status.OK, Status.BLEW_UP)).all():
            raise ArithmeticError("a path back to the start cannot be followed")
        log_p = np.full(len(x), -np.inf)
        here = found.arrived
        log_p[here] = self.start.log_density(found.end[here]) + found.log_jacobian[here]
        return log_p


def flow_pictures(context: Context, law: FlowLaw, seed: int) -> tuple[list[Json], list[Json]]:
    """Figures and findings of one flow.  Raises ValueError or ArithmeticError where its start law has no density."""
    numbers = flow_numerics(context, law, (), seed)
    scene = Scene(law, numbers, numbers.start(), seed)
    draws = scene.start.draw(LAST_SAMPLES, seed)
    run = adaptive_scheme(1e-9, autonomous=numbers.autonomous).value(numbers.field, draws, np.array(scene.times))
    findings = blow_up(scene, draws, run)
    states = run.states
    if law.dimension == 1:
        return [curve(scene, states[-1])], findings
    if law.dimension != 2:
        return [], findings
    box = extent(states)
    figures = [panels(scene, states[:, :PANEL_SAMPLES], box), last(scene, states[-1], box)]
    uniform = pit(scene, states[-1])
    return figures + ([uniform] if uniform else []), findings


# -- cells -------------------------------------------------------------------------------------------------------------
def extent(states: Any) -> tuple[float, float, float, float]:
    """A square that holds all but a few samples at every time, of at most a few times the usual size."""
    size = np.abs(states[np.isfinite(states)])
    half = float(f"{1.02 * np.quantile(size, 0.999):.2g}")
    return (-half, half, -half, half)


def averages(scene: Scene, box: tuple[float, float, float, float], t: float) -> Any:
    """Mean density of each cell by the 2 x 2 Gauss-Legendre rule, (CELLS, CELLS)."""
    axes = []
    for low, high in (box[:2], box[2:]):
        h = (high - low) / CELLS
        centres = low + h * (np.arange(CELLS) + 0.5)
        axes.append(np.stack([centres - h / np.sqrt(12), centres + h / np.sqrt(12)], axis=1).ravel())
    points = np.stack([p.ravel() for p in np.meshgrid(*axes, indexing="ij")], axis=1)
    density = np.exp(scene.log_density(points, t)).reshape(CELLS, 2, CELLS, 2)
    return density.mean(axis=(1, 3))


def counts(samples: Any, box: tuple[float, float, float, float]) -> Any:
    """Samples per cell; lost ones fall into no cell."""
    kept = samples[np.isfinite(samples).all(axis=1)]
    found, _, _ = np.histogram2d(kept[:, 0], kept[:, 1], bins=CELLS, range=(box[:2], box[2:]))
    return found


def cell_area(box: tuple[float, float, float, float]) -> float:
    return (box[1] - box[0]) * (box[3] - box[2]) / CELLS**2


def tested(observed: Any, probabilities: Any, n: int) -> tuple[str, float]:
    """The joint chi-square test over pooled cells, in a few words, and its p-value."""
    from ..numeric.goodness_of_fit import chi_square_test
    from ..numeric.power import chi_square_detectable_effect

    many, p = pooled(observed, probabilities, n)
    if len(p) < 2:
        return "too few samples in the cells for a test", 1.0
    result = chi_square_test(many, p)
    effect = chi_square_detectable_effect(n=n, cells=len(p), alpha=LEVEL, power=POWER).at_effect
    return f"p = {result.p_value:.2g} (chi-square, {len(p)} cells); shows {effect:.0%} rms error", result.p_value


def pooled(observed: Any, probabilities: Any, n: int) -> tuple[Any, Any]:
    """Blocks of cells that expect enough counts; the others, the outside and the lost ones are one cell."""
    shape = (observed.shape[0] // COARSE, COARSE) * observed.ndim
    axes = tuple(range(1, 2 * observed.ndim, 2))
    many, p = observed.reshape(shape).sum(axis=axes).ravel(), probabilities.reshape(shape).sum(axis=axes).ravel()
    order = np.argsort(p)[::-1]
    many, p = many[order], p[order]
    kept = int((n * p >= FEWEST).sum())
    while kept and n * (1 - p[:kept].sum()) < FEWEST:
        kept -= 1
    rest = 1 - p[:kept].sum()
    return np.append(many[:kept], n - many[:kept].sum()), np.append(p[:kept], rest)


# -- figures -----------------------------------------------------------------------------------------------------------
def panels(scene: Scene, states: Any, box: tuple[float, float, float, float]) -> Json:
    """Samples and density at equally spaced times."""
    n, area = states.shape[1], cell_area(box)
    histograms, densities, texts = [], [], []
    for t, samples in zip(scene.times, states, strict=True):
        observed, density = counts(samples, box), averages(scene, box, t)
        histograms.append(rounded(observed / (n * area)))
        densities.append(rounded(density))
        texts.append(tested(observed, density * area, n)[0])
    name = scene.law.name
    return {
        "id": f"{name}-densities",
        "kind": "transported_density",
        "of": name,
        "title": f"The law of {name}(t) at {len(scene.times)} times",
        "caption": f"Above: histograms of {n} samples carried along the flow. Below: the density carried along it, "
        f"averaged over each cell. One colour scale. Under each pair the joint chi-square test of the counts, and the "
        f"root mean square relative error of a cell's probability that {n} samples show at level {LEVEL:g} with power "
        f"{POWER:g}.{scene.settings}",
        "sentence": f"Heat maps of {n} samples of {name}(t) above the exact density, at t = "
        + ", ".join(f"{t:g}" for t in scene.times),
        "data": {
            "extent": list(box),
            "times": [short(t) for t in scene.times],
            "histograms": histograms,
            "densities": densities,
            "n": n,
            "tests": texts,
        },
    }


def last(scene: Scene, samples: Any, box: tuple[float, float, float, float]) -> Json:
    """Samples beside the density at the last time."""
    n, area, t = len(samples), cell_area(box), scene.times[-1]
    observed, density = counts(samples, box), averages(scene, box, t)
    name = scene.law.name
    return {
        "id": f"{name}-histogram",
        "kind": "histogram",
        "of": name,
        "title": f"The law of {name}(t) at t = {t:g}",
        "caption": f"{n} samples beside the exact density, one colour scale; joint chi-square test at level {LEVEL:g} "
        f"with power {POWER:g} for the stated error.{scene.settings}",
        "sentence": f"Histogram of {n} samples of {name}({t:g}) beside its exact density",
        "data": {
            "extent": list(box),
            "times": [short(t)],
            "histograms": [rounded(observed / (n * area))],
            "densities": [rounded(density)],
            "n": n,
            "tests": [tested(observed, density * area, n)[0]],
        },
    }


def pit(scene: Scene, samples: Any) -> Json | None:
    """Probability integral transform by pulling the samples back to the start with SciPy's integrator."""
    from ..numeric.goodness_of_fit import dkw_radius, ks_p_value, ks_statistic, normal_uniforms, radius_uniforms
    from ..numeric.ode import solve_ivp_witness
    from ..numeric.power import distribution_detectable_effect

    kept = samples[np.isfinite(samples).all(axis=1)]
    if len(kept) < len(samples):
        return None
    n = len(kept)
    back = solve_ivp_witness(scene.numbers.field, kept, np.array(scene.law.times[::-1]), rtol=1e-6, atol=1e-8)
    try:
        w = scene.start.pull(back.require_all())
    except (ValueError, ArithmeticError):
        return None
    uniforms = [*normal_uniforms(w).T, radius_uniforms(w)]
    names = [*(f"coordinate {i}" for i in range(1, w.shape[1] + 1)), "radius"]
    names = [f"{name}, p = {ks_p_value(ks_statistic(u), n):.2g}" for name, u in zip(names, uniforms, strict=True)]
    grid = np.linspace(0, 1, 101)
    curves = [np.searchsorted(np.sort(u), grid, side="right") / n - grid for u in uniforms]
    gap = distribution_detectable_effect(n=n, alpha=LEVEL / len(curves), power=POWER).at_effect
    name, t = scene.law.name, scene.times[-1]
    return {
        "id": f"{name}-pit",
        "kind": "pit",
        "of": name,
        "title": f"Samples of {name}({t:g}) pulled back to the start",
        "caption": f"Each of the {n} samples is carried back to t = {scene.times[0]:g} by other code (SciPy's DOP853), "
        f"then sent through the distribution function of the start law; the differences stay inside the band with "
        f"probability {1 - LEVEL:g}.{scene.settings}",
        "sentence": f"Empirical distribution functions of the pulled back samples of {name}({t:g}), minus the "
        "diagonal, with a band",
        "data": {
            "names": names,
            "grid": [short(u) for u in grid],
            "differences": [rounded(c) for c in curves],
            "band": short(dkw_radius(n, LEVEL, curves=len(curves))),
            "n": n,
            "detectable": f"a gap of {gap:.2g} between distribution functions (level {LEVEL:g}, power {POWER:g})",
        },
    }


def curve(scene: Scene, samples: Any) -> Json:
    """One dimension: the density over the histogram of the samples at the last time."""
    kept, n, t = samples[np.isfinite(samples)], len(samples), scene.times[-1]
    low, high = (float(f"{v:.3g}") for v in np.quantile(kept, (0.001, 0.999)))
    bins = 2 * CELLS
    h = (high - low) / bins
    centres = low + h * (np.arange(bins) + 0.5)
    points = np.stack([centres - h / np.sqrt(12), centres + h / np.sqrt(12)], axis=1).reshape(-1, 1)
    density = np.exp(scene.log_density(points, t)).reshape(bins, 2).mean(axis=1)
    observed, _ = np.histogram(kept, bins=bins, range=(low, high))
    text, _ = tested(observed.astype(float), density * h, n)
    name = scene.law.name
    return {
        "id": f"{name}-density",
        "kind": "lines",
        "of": name,
        "title": f"The law of {name}(t) at t = {t:g}",
        "caption": f"{n} samples carried along the flow, and the density carried along it: {text} (level {LEVEL:g}, "
        f"power {POWER:g}).{scene.settings}",
        "sentence": f"Histogram of {n} samples of {name}({t:g}) and its exact density",
        "data": {
            "x": [short(c) for c in centres],
            "x_label": name,
            "y_label": "density",
            "bands": [],
            "log_x": False,
            "log_y": False,
            "series": [
                {"name": f"{n} samples", "y": rounded(observed / (n * h)), "dashed": False},
                {"name": "exact density", "y": rounded(density), "dashed": True},
            ],
        },
    }


# -- findings ----------------------------------------------------------------------------------------------------------
def blow_up(scene: Scene, draws: Any, run: Any) -> list[Json]:
    """What became of trajectories that did not reach the last time; none, nothing to say."""
    if run.arrived.all():
        return []
    name, t1 = scene.law.name, scene.law.times[1]
    lost = ~run.arrived
    first = int(np.argmin(run.lost_at))
    escaped = bool((run.status[lost] == Status.BLEW_UP).all())
    text = f"{int(lost.sum())} of {len(draws)} trajectories do not reach t = {t1:g} (a share of {lost.mean():.3g})."
    exact = escape(scene, draws[lost][np.argsort(run.lost_at[lost])[:8]])
    if exact:
        text += f" {exact}"
    else:
        text += f" The first, from {point_text(draws[first])}, is lost at t = {run.lost_at[first]:.6g} by integration:"
        text += f" it {Status(int(run.status[first])).sentence}."
    if escaped:
        text += f" The density of {name}(t) has mass below 1 from then on."
    text += " The pictures count the lost ones in no cell."
    what = "leave every bounded set" if escaped else "cannot be followed"
    kind = "blow_up" if escaped else "lost"
    return [{"kind": kind, "of": name, "title": f"Trajectories of {name} {what} before t = {t1:g}", "text": text}]


def escape(scene: Scene, starts: Any) -> str:
    """The earliest blow-up among some starts, enclosed, for a field whose coordinates are alone."""
    from ..numeric.balls import to_text
    from ..numeric.escape import blow_up_time

    numbers = scene.numbers
    if not (numbers.separable and numbers.autonomous):
        return ""
    found = []
    for row in starts:
        for index, value in enumerate(row):
            start = Fraction(float(value)).limit_denominator(10**4)
            try:
                one = blow_up_time(numbers.coordinate(index), start, 96)
            except (ArithmeticError, ValueError):
                continue
            if one.escapes and one.time is not None:
                found.append((float(one.time.mid()), index, start, one.time))
    if not found:
        return ""
    _, index, start, time = min(found, key=lambda e: e[0])
    text = to_text(time, 8)
    decimals = text[1:].split(" +/- ")[0] if text.startswith("[") else text
    return (
        f"Exactly: from {scene.law.variables[index]} = {start} the path reaches infinity after the time {decimals}, "
        "the enclosed integral of du/f(u)."
    )


def point_text(row: Any) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in row) + ")"


def short(value: float) -> float:
    """Four significant digits; a value below 1e-12 is 0."""
    return float(f"{value:.4g}") if abs(value) > 1e-12 else 0.0


def rounded(values: Any) -> list[Any]:
    """Nested lists of short numbers."""
    return [rounded(v) if np.ndim(v) else short(float(v)) for v in values]
