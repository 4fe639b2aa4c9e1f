r"""States and the integral of the divergence, for a whole batch: sorted chunks that share their steps.

    dz/dt = f(t, z),    dq/dt = g(t, z),    q(t0) = 0,      g the divergence of f (or whatever is to be integrated).

The method is Dormand-Prince 8(5,3) with the local error of z and q held below tolerance (1 + |z|) and
tolerance (1 + |q|). What makes it fast for many rows:

* rows sorted by |z|_inf, so that one step size fits a chunk: no mask, no row of its own time;
* components first in memory, (s, d, n), so that a sum over stages is one product of a row of the tableau with a
  matrix; q enters no stage, only the last sums;
* the steps to the end are made equal, so that no step is cut short.

A row that wants steps far below those of its chunk, or has no value, is taken out and integrated from the start by
`adaptive.integrate`, which tells what becomes of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .adaptive import Control, integrate
from .runge_kutta import first_step
from .solution import Floats, States, Status, VectorField, checked_start, size_of
from .tableaus import DOP853

Pair = Callable[[float, States], tuple[States, Floats]]
"""f(t, z) of shape (n, d) and g(t, z) of shape (n,), z of shape (n, d)."""

Carrier = Callable[[Floats, float], "Carried"]
"""Points (n, d) and a tolerance to where they are carried: `carry` with the rest of its arguments bound."""

CHUNK_ROWS, CHUNK_FLOATS = 8192, 32768
STEPS, ATTEMPTS = 10_000, 2_000
"""Of a row with steps of its own; of a chunk."""
FEW, LITTLE = 100, 50_000
"""Up to so many steps to the end, or steps of single rows, no row is worth being taken out."""
APART = 16.0
FLOOR = 1e-10
SAFETY = 0.9
STRETCH = 1.08
"""A step may be longer than wanted by so much if one step fewer does: the safety allows for it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """Where rows ended: end (n, d) and integral (n,), NaN where lost; status and lost_at (n,) as in `Solution`."""

    end: Floats
    integral: Floats
    status: NDArray[np.int8]
    lost_at: Floats
    evaluations: int

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Mask of the rows that arrived, shape (n,)."""
        arrived: NDArray[np.bool_] = self.status == Status.OK
        return arrived


def carry(
    pair: Pair, points: Floats, span: tuple[float, float], tolerance: float, *, autonomous: bool = False
) -> Carried:
    """Carry points (n, d) from span[0] to span[1]. `autonomous` promises that f and g do not use t.

    Raises ValueError for points that are not finite, times that are equal, a tolerance outside [1e-14, 1).
    """
    if not 1e-14 <= tolerance < 1:
        raise ValueError(f"Expected 1e-14 <= tolerance < 1; got {tolerance}")
    z, times = checked_start(points, np.array(span))
    n, d = z.shape
    out = Carried(
        end=np.full((n, d), np.nan),
        integral=np.full(n, np.nan),
        status=np.zeros(n, np.int8),
        lost_at=np.full(n, np.inf),
        evaluations=0,
    )
    order = np.argsort(size_of(z))
    width = max(64, min(CHUNK_ROWS, CHUNK_FLOATS // max(d, 1)))
    evaluations, apart, hint = 0, [np.zeros(0, np.intp)], None
    with np.errstate(all="ignore"):
        for low in range(0, n, width):
            march = _March(pair, z, order[low : low + width], times, tolerance, hint)
            hint = march.run() or hint
            out.end[march.places], out.integral[march.places] = march.z.T, march.q
            evaluations += march.evaluations
            apart.append(march.apart)
    alone = np.concatenate(apart)
    if len(alone):
        evaluations += _one_by_one(pair, z[alone], times, tolerance, autonomous, alone, out)
    return Carried(end=out.end, integral=out.integral, status=out.status, lost_at=out.lost_at, evaluations=evaluations)


class _March:
    """One chunk on its way: z (d, m), q (m,), the stage derivatives k (13, d, m) and rates r (13, m)."""

    def __init__(
        self, pair: Pair, z: Floats, places: NDArray[np.intp], times: Floats, tolerance: float, hint: float | None
    ) -> None:
        self.pair, self.tolerance, self.hint = pair, tolerance, hint
        self.now, self.until = float(times[0]), float(times[1])
        self.places, self.apart = places, np.zeros(0, np.intp)
        self.evaluations = 0
        self.begin(np.ascontiguousarray(z[places].T), np.zeros(len(places)))
        self.slope(self.now, self.z, 0)

    def begin(self, z: Floats, q: Floats) -> None:
        """Room for the rows that are still in the chunk."""
        self.z, self.q = z, q
        self.k = np.empty((DOP853.stages + 1, *z.shape))
        self.rates = np.empty((DOP853.stages + 1, z.shape[1]))

    def slope(self, t: float, z: Floats, stage: int) -> None:
        field, rate = self.pair(t, z.T)
        self.k[stage], self.rates[stage] = field.T, rate
        self.evaluations += z.shape[1]

    def run(self) -> float | None:
        """March to the end; the first step that would have done, a hint for the next chunk. None: none was taken."""
        span, sign = abs(self.until - self.now), math.copysign(1.0, self.until - self.now)
        self.remove(~np.isfinite(self.k[0]).all(axis=0))
        wanted = self.hint or (self.first() if len(self.places) else span)
        first = None
        for _ in range(ATTEMPTS):
            if self.now == self.until or not len(self.places):
                return first
            left = abs(self.until - self.now)
            pieces = max(1, math.ceil(left / (STRETCH * wanted)))
            step = left / pieces
            new, q, ratio = self.attempt(sign * step)
            factor = _factors(ratio)
            least = min(10.0, float(factor.min()))
            if accepted := ratio.max() <= 1:
                self.z, self.q = new, q
                self.now = self.until if pieces == 1 else self.now + sign * step
                self.k[0], self.rates[0] = self.k[-1], self.rates[-1]
                first = first or step * least
            wanted = max(wanted, step * least) if accepted and least >= 1 else step * least
            if pieces > FEW and pieces * len(self.places) > LITTLE:
                usual = float(np.median(factor))
                if least < usual / APART or step * least < span * FLOOR:
                    apart = factor < max(usual / 2, span * FLOOR / step)
                    self.remove(apart)
                    wanted = step * float(factor[~apart].min(initial=10.0))
        self.remove(np.ones(len(self.places), bool))
        return first

    def first(self) -> float:
        """The usual first step: a good guess costs less than a safe one."""
        scale = self.tolerance * (1 + np.abs(self.z.T))

        def field(t: float, z: States) -> States:
            return self.pair(t, z)[0]

        return float(np.median(first_step(DOP853, field, self.now, self.z.T, self.k[0].T, scale)))

    def attempt(self, h: float) -> tuple[Floats, Floats, Floats]:
        """New states and integrals, and the error of each row over the tolerated one; inf where it has no value."""
        stages, shape = DOP853.stages, self.z.shape
        flat = self.k.reshape(stages + 1, -1)
        for i in range(1, stages):
            moved = (DOP853.a[i, :i] @ flat[:i]).reshape(shape)
            moved *= h
            moved += self.z
            self.slope(self.now + float(DOP853.c[i]) * h, moved, i)
        new = (DOP853.b @ flat[:stages]).reshape(shape)
        new *= h
        new += self.z
        self.slope(self.now + h, new, stages)
        q = self.q + h * (DOP853.b @ self.rates[:stages])
        e5, e3 = (self.worst(row, flat, new, q) for row in DOP853.errors)
        e5 *= e5
        ratio = abs(h) * e5 / np.sqrt(e5 + 0.01 * e3 * e3 + 1e-300)
        ratio[~np.isfinite(ratio)] = np.inf
        return new, q, ratio

    def worst(self, row: Floats, flat: Floats, new: Floats, q: Floats) -> Floats:
        """The largest component of an error estimate over its scale, for each row."""
        parts = np.abs((row @ flat).reshape(new.shape))
        parts /= self.tolerance * (1 + np.maximum(np.abs(self.z), np.abs(new)))
        worst: Floats = np.abs(row @ self.rates) / (self.tolerance * (1 + np.abs(q)))
        for part in parts:
            np.maximum(worst, part, out=worst)
        worst[np.isnan(parts).any(axis=0)] = np.nan
        return worst

    def remove(self, mask: NDArray[np.bool_]) -> None:
        """Take rows out, for `_one_by_one`."""
        if not mask.any():
            return
        self.apart = np.concatenate([self.apart, self.places[mask]])
        first, rate = self.k[0][:, ~mask], self.rates[0][~mask]
        self.places = self.places[~mask]
        self.begin(np.ascontiguousarray(self.z[:, ~mask]), self.q[~mask])
        self.k[0], self.rates[0] = first, rate


def _factors(ratio: Floats) -> Floats:
    """By how much the next step of each row may be longer (Hairer, Norsett, Wanner I, II.4)."""
    factors: Floats = np.clip(SAFETY * ratio ** (-1.0 / DOP853.error_order), 0.2, 1e3)
    return factors


def _one_by_one(
    pair: Pair,
    z: Floats,
    times: Floats,
    tolerance: float,
    autonomous: bool,
    places: NDArray[np.intp],
    out: Carried,
) -> int:
    """Rows with steps of their own, written to their places; returns evaluations."""
    control = Control(rtol=tolerance, atol=tolerance, autonomous=autonomous, step_limit=STEPS)
    found = integrate(DOP853, augmented(pair), np.concatenate([z, np.zeros((len(z), 1))], axis=1), times, control)
    out.end[places], out.integral[places] = found.final[:, :-1], found.final[:, -1]
    out.status[places], out.lost_at[places] = found.status, found.lost_at
    return found.evaluations


def augmented(pair: Pair) -> VectorField:
    """The field of the state (z, q), shape (n, d + 1)."""

    def field(t: float, state: States) -> States:
        value, rate = pair(t, state[:, :-1])
        return np.concatenate([value, np.asarray(rate)[:, None]], axis=1)

    return field
