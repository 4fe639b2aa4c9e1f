r"""A written density as a function of arrays, and coordinates in which it is round.

The claim `p_Y(y) = g(y)` (or its logarithm) is read as: g is the density of Y.  Coordinates come from a pilot sample of
the declared law, so that boxes and cells fit whatever its place, scale, correlation and support:

    y_i = h_i(s_i)       h the identity, a + exp(s), b - exp(s), or a + (b - a) / (1 + exp(-s)), by the support of y_i
    s = m + L w          m and L L^T the mean and covariance of the pilot in s

The density of w is F(w) = g(y) prod_i h_i'(s_i) |det L|: of mass 1, and near a standard normal in scale.  The change of
coordinates is fixed before the claim is tested and costs nothing of its independence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..symbolic.context import AffineLaw, Context, EnergyLaw, FlowLaw, FreeLaw, Law, MappedLaw
from ..symbolic.tree import Apply, Call, Name, Node, free_names
from .budget import step_seed
from .claim import Claim
from .law_sampling import Array, LawStream, NoDraws, columns, floats, law_stream, parameter_point, written_out
from .points import Point, bound_of

PILOT = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDensity:
    """g at numbers: `tree` over the names `arguments`; where it is a logarithm, g = exp(sign tree), else sign = 0."""

    context: Context
    law: Law
    point: Point
    arguments: tuple[str, ...]
    tree: Node
    sign: int
    constants: Mapping[str, float]

    def __call__(self, y: Array) -> Array:
        """g of points (m, d), shape (m,); NaN where it has no value."""
        values: dict[str, Any] = {**self.constants, **dict(zip(self.arguments, y.T, strict=True))}
        ev = floats(self.context, self.point, values)
        with np.errstate(all="ignore"):
            found = np.asarray(ev.scalar(ev.value(self.tree)), dtype=float)
            found = np.exp(self.sign * found) if self.sign else found
        return np.broadcast_to(found, (len(y),))


def read_density(claim: Claim, seed: int) -> tuple[WrittenDensity, LawStream] | None:
    """The written density of a claim with the stream of its law; None where no side is a density at plain variables.

    Raises:
        NoDraws, EmptyDomain, TooLarge, Mismatch, Indeterminate: the law cannot be drawn or the side not evaluated.
    """
    part = claim.parts[0]
    for index, side in enumerate((part.lhs, part.rhs)):
        call, sign = density_call(side)
        law = None if call is None else claim.context.law_of(call.name)
        if call is None or law is None or isinstance(law, FlowLaw) or law.dimension > 3:
            continue
        if is_open(claim.context, law):
            continue  # a density of which nothing is known has no draws
        arguments = variable_names(call, law, claim.context)
        if arguments is None:
            continue
        context = written_out(claim.context)
        law = context.laws[law.name]
        point = parameter_point(context, law, part.unfolded, seed)
        written = part.unfolded[1 - index]
        density = WrittenDensity(
            context=context,
            law=law,
            point=point,
            arguments=arguments,
            tree=written,
            sign=sign,
            constants=normalisers(context, point, written),
        )
        return density, law_stream(context, law, point)
    return None


def is_open(context: Context, law: Law | None) -> bool:
    """Whether a law is made from one of which the density alone has a name."""
    while isinstance(law, AffineLaw | MappedLaw):
        law = context.laws.get(law.base)
    return isinstance(law, FreeLaw)


def density_call(side: Node) -> tuple[Call | None, int]:
    """(p(y), 0), or (p(y), 1) of log p(y), (p(y), -1) of -log p(y); (None, 0) of anything else."""
    if isinstance(side, Call):
        return side, 0
    if isinstance(side, Apply) and side.op == "log" and isinstance(side.args[0], Call):
        return side.args[0], 1
    if isinstance(side, Apply) and side.op == "neg":
        call, sign = density_call(side.args[0])
        return (call, -1) if sign == 1 else (None, 0)
    return None, 0


def variable_names(call: Call, law: Law, context: Context) -> tuple[str, ...] | None:
    """The names at which a density is written, one for each dimension; None for values, or for another function."""
    entry = context.get(call.name)
    arguments = call.args[: law.dimension]
    names = tuple(a.name for a in arguments if isinstance(a, Name))
    if entry is None or entry.kind != "density" or len(names) != law.dimension or len(set(names)) != len(names):
        return None
    known = [entry for name in names if (entry := context.get(name)) is not None]
    if any(entry.value is not None or entry.domain.value is not None for entry in known):
        return None  # `p(u, v)` where u = x^2 stands for a value: nothing is said at other u
    return names


def normalisers(context: Context, point: Point, tree: Node) -> dict[str, float]:
    """Values of the partition functions in a tree, by quadrature of the declared energies."""
    from ..numeric.trapezoid import boltzmann_moments

    found = {}
    for name in sorted(free_names(tree)):
        entry, law = context.get(name), context.law_of(name)
        if entry is None or entry.kind != "partition" or not isinstance(law, EnergyLaw):
            continue
        energy = energy_function(context, law, point)
        found[name] = float(np.exp(boltzmann_moments(energy, None, law.dimension).log_partition_function))
    return found


def energy_function(context: Context, law: EnergyLaw, point: Point) -> Any:
    def energy(x: Array) -> Array:
        return columns(context, point, (law.energy,), dict(zip(law.variables, x.T, strict=True)), len(x))[:, 0]

    return energy


# -- coordinates -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """h from the line onto the open interval (low, high)."""

    low: float = -np.inf
    high: float = np.inf

    def forward(self, s: Array) -> tuple[Array, Array]:
        """(h(s), h'(s))."""
        if np.isfinite(self.low) and np.isfinite(self.high):
            share = 1 / (1 + np.exp(-s))
            return self.low + (self.high - self.low) * share, (self.high - self.low) * share * (1 - share)
        if np.isfinite(self.low):
            return self.low + np.exp(s), np.exp(s)
        if np.isfinite(self.high):
            return self.high - np.exp(s), np.exp(s)
        return s, np.ones_like(s)

    def inverse(self, y: Array) -> Array:
        """h^-1(y); NaN outside the interval."""
        if np.isfinite(self.low) and np.isfinite(self.high):
            return np.asarray(np.log((y - self.low) / (self.high - y)))
        if np.isfinite(self.low):
            return np.asarray(np.log(y - self.low))
        return np.asarray(np.log(self.high - y)) if np.isfinite(self.high) else y

    def stretched(self, y: Array, factor: float) -> Array:
        """y moved away from the end of the interval (or from 0) by a factor."""
        end = self.low if np.isfinite(self.low) else self.high if np.isfinite(self.high) else 0.0
        return end + factor * (y - end)

    @property
    def bounded(self) -> bool:
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coordinates:
    """w <-> y as in the docstring of this module."""

    charts: tuple[Chart, ...]
    center: Array
    factor: Array

    def points(self, w: Array) -> tuple[Array, Array]:
        """(y, |dy/dw|) of w (m, d)."""
        s = self.center + w @ self.factor.T
        with np.errstate(all="ignore"):
            parts = [chart.forward(column) for chart, column in zip(self.charts, s.T, strict=True)]
        y = np.stack([part[0] for part in parts], axis=1)
        return y, np.prod([part[1] for part in parts], axis=0) * float(np.prod(np.diag(self.factor)))

    def pull_back(self, y: Array) -> Array:
        """w of y (m, d); NaN outside the support."""
        return np.asarray(np.linalg.solve(self.factor, (inverse_charts(self.charts, y) - self.center).T).T)


def inverse_charts(charts: Sequence[Chart], y: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.stack([chart.inverse(column) for chart, column in zip(charts, y.T, strict=True)], axis=1)


def coordinates(density: WrittenDensity, stream: LawStream, seed: int) -> tuple[Coordinates, Array]:
    """Coordinates from a pilot sample, and the pilot in them.

    Raises:
        NoDraws: the claim is about a part of the support only, or the law has no density.
    """
    pilot = stream.draw(PILOT, step_seed(seed, "pilot"))
    charts = tuple(chart_of(density, pilot, i) for i in range(stream.dimension))
    s = inverse_charts(charts, pilot)
    if not np.isfinite(s).all():
        raise NoDraws("the claim is about a part of the support only: some draws lie outside its declared domain")
    spread = np.atleast_2d(np.cov(s.T))
    deviations = np.sqrt(np.diag(spread))
    scaled = spread / np.outer(deviations, deviations) if (deviations > 0).all() else np.zeros_like(spread)
    # A sample on a hyperplane has a correlation matrix with an eigenvalue of the size of rounding.
    if np.linalg.eigvalsh(scaled).min() <= 64 * len(scaled) * np.finfo(float).eps:
        raise NoDraws("the law is degenerate: it has no density")
    found = Coordinates(
        charts=charts, center=s.mean(axis=0), factor=np.asarray(np.linalg.cholesky(spread), dtype=float)
    )
    return found, found.pull_back(pilot)


def chart_of(density: WrittenDensity, pilot: Array, i: int) -> Chart:
    """The chart of coordinate i: its declared bounds, else 0 and 1 where the written side has no value beyond them."""
    entry = density.context.get(density.arguments[i])
    if entry is not None:
        low, high = (bound_of(b, density.point.values) for b in (entry.domain.low, entry.domain.high))
        if low is not None or high is not None:
            found = Chart()
            found = replace(found, low=float(low)) if low is not None else found
            return replace(found, high=float(high)) if high is not None else found
    y = pilot[:, i]
    above = bool((y > 0).all()) and missing(density, pilot, i, -y)
    below = bool((y < 0).all()) and missing(density, pilot, i, -y)
    if above and bool((y < 1).all()) and missing(density, pilot, i, 1 / y):
        return Chart(low=0.0, high=1.0)
    return Chart(low=0.0) if above else Chart(high=0.0) if below else Chart()


def missing(density: WrittenDensity, pilot: Array, i: int, moved: Array) -> bool:
    """Whether the written side has no value, or 0, wherever coordinate i is moved there."""
    beyond = pilot[:512].copy()
    beyond[:, i] = moved[:512]
    values = density(beyond)
    return bool((np.isnan(values) | (values == 0)).all())
