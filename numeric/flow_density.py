r"""The law of a flow at very many samples: the fastest way that holds, and what it is worth.

    log p(z(t1), t1) = log p(z(t0), t0) - q,    q = int_t0^t1 div f(z(t), t) dt = log |det dz(t1)/dz(t0)|.

Three ways to z(t1) and q:

* each sample is integrated (`flow_direct`);
* the coordinates do not see each other, which the caller has proved and says by handing in one callable for each: one
  table for each coordinate (`flow_map_line`);
* very many samples in the plane: a quadtree of polynomials (`flow_map_plane`).

Whichever it is, the answer is then tried: random samples, the outermost ones, and a random point of every cell of a
map are integrated again with the field itself at a hundredth of the tolerance. The largest deviation is the error that
is reported. A map that deviates by more than half the wanted accuracy is given up, and every sample is integrated; a
direct integration is then done again with a smaller tolerance. With m random samples tried, a share s of worse ones
among all has stayed unseen with probability (1 - s)^m: 200 of them leave no room for 3.5 % (at one in a thousand).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .flow_direct import Carried, Carrier, Pair, carry
from .flow_map_line import line_maps
from .flow_map_plane import plane_map
from .solution import Floats, Status

TRIED = 200
"""Random samples that are integrated again."""
LINES_FROM, PLANE_FROM = 10_000, 60_000
"""With fewer samples each is integrated."""
FINER, FINEST = 100.0, 1e-13
MAP, DIRECT = 3.0, 5.0
"""A map is made for a third of the wanted accuracy. The error of one step may be five times it: the method of order 8
is carried on by the better of its two results, and errors came out ten times smaller than the tolerance."""
UNSEEN = 2.0
"""What was not tried may be so many times worse."""


class FlowMap(Protocol):
    """z(t1) (n, d) and q (n,) of points (n, d), NaN where nothing is said, from the paths of a few `nodes`."""

    @property
    def nodes(self) -> int: ...
    @property
    def how(self) -> str: ...
    def __call__(self, points: Floats) -> tuple[Floats, Floats]: ...
    def probes(self, rng: np.random.Generator) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transported:
    """Samples carried along a flow.

    Attributes:
        end: z(t1), shape (n, d); NaN where lost.
        log_jacobian: q, shape (n,); NaN where lost.
        status, lost_at: shape (n,), as in `Solution`.
        error_estimate: the largest deviation of q, or of z relative to 1 + |z|, of what was integrated again.
        integrated: paths that were integrated for the answer; the samples themselves without a map.
        how: the way and the trial in words.
    """

    end: Floats
    log_jacobian: Floats
    status: NDArray[np.int8]
    lost_at: Floats
    error_estimate: float
    integrated: int
    how: str

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Mask of the samples that arrived, shape (n,)."""
        arrived: NDArray[np.bool_] = self.status == Status.OK
        return arrived


def transport(
    pair: Pair,
    samples: Floats,
    span: tuple[float, float],
    *,
    accuracy: float = 1e-8,
    coordinates: Sequence[Pair] | None = None,
    autonomous: bool = False,
    seed: int = 0,
) -> Transported:
    """Carry samples (n, d) from span[0] to span[1], forward or backward.

    Args:
        pair: field and divergence.
        accuracy: wanted for q, and for z relative to 1 + |z|; what was reached is in the result.
        coordinates: a promise that component i of the field depends on z_i (and t) alone, with its field and its
            derivative as a pair of states (m, 1). Equal coordinates may share one callable, and then share a map.
        autonomous: promises that the field does not use t.
        seed: of the choice of what is tried.

    Raises ValueError for samples that are not finite, for a span of no length, for an accuracy outside [1e-12, 1).
    """
    if not 1e-12 <= accuracy < 1:
        raise ValueError(f"Expected 1e-12 <= accuracy < 1; got {accuracy}")
    z = np.asarray(samples, dtype=float)

    def bound(one: Pair) -> Carrier:
        return lambda points, tolerance: carry(one, points, span, tolerance, autonomous=autonomous)

    carrier = bound(pair)
    rng = np.random.default_rng(seed)
    made, given_up = None, ""
    if z.ndim == 2 and np.isfinite(z).all():
        shared = {id(one): bound(one) for one in coordinates or ()}
        lines = None if coordinates is None else [shared[id(one)] for one in coordinates]
        made = _made(carrier, lines, z, accuracy / MAP)
    if made is not None:
        found = _trial(carrier, z, *_completed(carrier, z, made, accuracy), accuracy, made, rng)
        if found.error_estimate <= accuracy / UNSEEN:
            return found
        given_up = f"; given up: {found.how}"
    tolerance = min(DIRECT * accuracy, 0.1)
    while True:
        found = _trial(carrier, z, carrier(z, tolerance), len(z), min(tolerance, accuracy), None, rng)
        if found.error_estimate <= accuracy / UNSEEN or tolerance <= FINEST * FINER:
            return replace(found, how=found.how + given_up)
        tolerance = max(tolerance / FINER, FINEST * FINER)


def _made(carrier: Carrier, lines: Sequence[Carrier] | None, z: Floats, tolerance: float) -> FlowMap | None:
    """The map that fits; None where none does or pays."""
    if lines is not None:
        return line_maps(lines, z, tolerance) if len(z) >= LINES_FROM else None
    return plane_map(carrier, z, tolerance) if z.shape[1] == 2 and len(z) >= PLANE_FROM else None


def _completed(carrier: Carrier, z: Floats, made: FlowMap, accuracy: float) -> tuple[Carried, int]:
    """The samples by the map, and those of which it says nothing integrated; how many these were."""
    end, integral = made(z)
    status, lost_at = np.zeros(len(z), np.int8), np.full(len(z), np.inf)
    left = np.flatnonzero(np.isnan(integral))
    if len(left):
        rest = carrier(z[left], accuracy)
        end[left], integral[left] = rest.end, rest.integral
        status[left], lost_at[left] = rest.status, rest.lost_at
    return Carried(end=end, integral=integral, status=status, lost_at=lost_at, evaluations=0), len(left)


def _trial(
    carrier: Carrier,
    z: Floats,
    answer: Carried,
    alone: int,
    tolerance: float,
    made: FlowMap | None,
    rng: np.random.Generator,
) -> Transported:
    """The answer, for which `alone` samples were integrated, with its largest deviation from a finer integration."""
    n = len(z)
    rows = np.arange(n) if n <= TRIED else rng.integers(n, size=TRIED)
    rows = np.concatenate([rows, z.argmin(axis=0), z.argmax(axis=0)]) if n else rows
    finer = max(tolerance / FINER, FINEST)
    points, claimed = z[rows], np.column_stack([answer.end[rows], answer.integral[rows]])
    if made is not None:
        probes = made.probes(rng)
        values = np.column_stack(made(probes))
        known = np.isfinite(values).all(axis=1)
        points, claimed = np.concatenate([points, probes[known]]), np.concatenate([claimed, values[known]])
    again = carrier(points, finer)
    deviation = _deviation(claimed, np.column_stack([again.end, again.integral]))
    tried = f"{min(n, TRIED)} random samples and the outermost ones"
    way = "each sample by DOP853"
    if made is not None:
        tried = f"{len(points) - len(rows)} points of its cells, {tried}"
        way = made.how + (f", and {alone} samples integrated themselves" if alone else "")
    return Transported(
        end=answer.end,
        log_jacobian=answer.integral,
        status=answer.status,
        lost_at=answer.lost_at,
        error_estimate=deviation,
        integrated=alone + (made.nodes if made is not None else 0),
        how=f"{way}; {tried} integrated again at {finer:.1g}: largest deviation {deviation:.2g}",
    )


def _deviation(claimed: Floats, again: Floats) -> float:
    """The largest |claimed - again|, of states relative to 1 + |z|; inf where only one of the two was lost."""
    lost = np.isnan(claimed).any(axis=1)
    if (lost != np.isnan(again).any(axis=1)).any():
        return np.inf
    scale = np.ones_like(again)
    scale[:, :-1] += np.abs(again[:, :-1])
    gaps = np.abs(claimed - again)[~lost] / scale[~lost]
    return float(gaps.max(initial=0.0))
