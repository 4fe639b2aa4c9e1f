"""Adaptive integration of many trajectories: error control for each row, steps shared where they must be.

Local error control: a step h of a row is accepted when its estimated error is below atol + rtol |z|, and the next step
is h min(10, max(1/5, 0.9 ratio^(-1/q))) with q the order of the estimate (Hairer, Norsett, Wanner I, II.4).

Two ways to march, by the `autonomous` promise of the caller:

* f does not use t: every row takes steps of its own. Rows are independent, so the result of a row does not depend on
  which other rows are in the batch.
* f uses t: all rows of a chunk share t and h, the smallest that any row wants. Rows are sorted by |z|_inf, so that one
  step size fits a chunk; a row that wants a step 16 times smaller than the median is a straggler and is taken out
  with the others of its kind, in a march of their own.

A row whose step falls below what t resolves, whose |z| passes 1e100, or which needs more than `step_limit` steps
between two output times is lost; `solution.why_lost` says why.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .runge_kutta import advance, error_ratio, first_step, stages
from .solution import BOUND, Floats, Solution, States, Status, VectorField, checked_start, evaluate, size_of, why_lost
from .tableaus import Tableau

CHUNK_FLOATS = 16384
STRAGGLER = 16.0
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What an adaptive march is held to; `step_limit` counts the steps of a row between two output times."""

    rtol: float
    atol: float
    autonomous: bool
    step_limit: int

    def __post_init__(self) -> None:
        if not (1e-15 <= self.rtol < 1 and 0 < self.atol < math.inf):
            raise ValueError(f"Expected 1e-15 <= rtol < 1 and atol > 0; got rtol {self.rtol}, atol {self.atol}")
        if self.step_limit < 1:
            raise ValueError(f"Expected step_limit >= 1; got {self.step_limit}")


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Rows on their way: place in the result (n,), time t (n,), state z and slope k (n, d), wanted step h (n,)."""

    place: NDArray[np.intp]
    t: Floats
    z: States
    h: Floats
    k: States

    def only(self, mask: Mask) -> "_Rows":
        return _Rows(place=self.place[mask], t=self.t[mask], z=self.z[mask], h=self.h[mask], k=self.k[mask])


@dataclass(slots=True, kw_only=True)
class _Arrivals:
    """Where rows ended between two output times, in the places of the start; filled as they arrive or are lost."""

    z: States
    h: Floats
    status: NDArray[np.int8]
    lost_at: Floats
    evaluations: int = 0

    def arrive(self, rows: _Rows) -> None:
        self.z[rows.place], self.h[rows.place] = rows.z, rows.h

    def lose(self, rows: _Rows, status: NDArray[np.int8]) -> None:
        self.status[rows.place], self.lost_at[rows.place] = status, rows.t


def _march(
    pair: Tableau, field: VectorField, rows: _Rows, until: float, control: Control, left: int, out: _Arrivals
) -> None:
    """Carry rows to the time `until` in at most `left` steps; the outcome is written to `out`."""
    while len(rows.place):
        if not control.autonomous and (apart := rows.h < np.median(rows.h) / STRAGGLER).any():
            _march(pair, field, rows.only(apart), until, control, left, out)
            rows = rows.only(~apart)
            continue
        if left == 0:
            out.lose(rows, np.full(len(rows.place), Status.STEP_LIMIT, dtype=np.int8))
            return
        left -= 1
        out.evaluations += pair.stages * len(rows.place)
        accepted, last = _attempt(pair, field, rows, until, control)
        floor = 16 * np.maximum(np.spacing(np.abs(rows.t)), np.spacing(abs(until) * 1e-6))
        stuck = (~accepted & (rows.h < floor)) | (size_of(rows.z) > BOUND)
        if stuck.any():
            lost = rows.only(stuck)
            reach = np.copysign(1e4 * floor[stuck], until - lost.t)
            out.lose(lost, why_lost(field, float(lost.t[0]), lost.z, reach))
        arrived = accepted & last & ~stuck
        if arrived.any():
            out.arrive(rows.only(arrived))
        if (gone := stuck | arrived).any():
            rows = rows.only(~gone)


def _attempt(pair: Tableau, field: VectorField, rows: _Rows, until: float, control: Control) -> tuple[Mask, Mask]:
    """Try one step; move the accepted rows, set the wanted steps, and return (accepted, the step reaches `until`)."""
    remaining = np.abs(until - rows.t)
    step = np.minimum(rows.h, remaining)
    if not control.autonomous:
        step[:] = step.min()
    last = step >= remaining * (1 - 1e-12)
    signed = np.copysign(step, until - rows.t)[:, None]
    t, clock = float(rows.t[0]), float(signed[0, 0])
    k = stages(pair, field, t, rows.z, rows.k, signed, clock)
    new = advance(pair, rows.z, k, signed)
    k[-1] = evaluate(field, t + clock, new)
    scale = control.atol + control.rtol * np.maximum(np.abs(rows.z), np.abs(new))
    ratio = error_ratio(pair, k, step, scale)
    accepted = ratio <= 1
    if not control.autonomous:
        accepted[:] = accepted.all()
    rows.h = _next_step(pair, rows.h, step, ratio)
    rows.t = np.where(accepted, np.where(last, until, rows.t + signed[:, 0]), rows.t)
    rows.z = np.where(accepted[:, None], new, rows.z)
    rows.k = np.where(accepted[:, None], k[-1], rows.k)
    return accepted, last


def _next_step(pair: Tableau, wanted: Floats, taken: Floats, ratio: Floats) -> Floats:
    """The next wanted steps; a row that was held back by others, or by an output time, keeps its own wish."""
    with np.errstate(divide="ignore"):
        factor = np.clip(0.9 * ratio ** (-1.0 / pair.error_order), 0.2, 10.0)
    held_back = (taken < wanted) & (factor >= 1)
    return np.where(held_back, np.maximum(wanted, taken * factor), taken * factor)


def integrate(pair: Tableau, field: VectorField, start: States, times: Floats, control: Control) -> Solution:
    """Solve dz/dt = f(t, z) from start (n, d) at times[0] through all `times`, by the embedded pair."""
    z, times = checked_start(start, times)
    n, d = z.shape
    states = np.full((len(times), n, d), np.nan, dtype=z.dtype)
    states[0] = z
    status = np.full(n, Status.OK, dtype=np.int8)
    lost_at = np.full(n, np.inf)
    order = np.argsort(size_of(z), kind="stable")
    width = max(64, CHUNK_FLOATS // max(d, 1))
    evaluations = 0
    with np.errstate(all="ignore"):
        for low in range(0, n, width):
            evaluations += _chunk(pair, field, order[low : low + width], times, control, states, status, lost_at)
    name = f"{pair.name}, rtol {control.rtol:g}, atol {control.atol:g}"
    return Solution(times=times, states=states, status=status, lost_at=lost_at, evaluations=evaluations, method=name)


def _chunk(
    pair: Tableau,
    field: VectorField,
    places: NDArray[np.intp],
    times: Floats,
    control: Control,
    states: States,
    status: NDArray[np.int8],
    lost_at: Floats,
) -> int:
    """Carry the rows `places` through all times, writing into the arrays of the solution; returns evaluations."""
    z = states[0, places]
    k = evaluate(field, float(times[0]), z)
    h = first_step(pair, field, float(times[0]), z, k, control.atol + control.rtol * np.abs(z))
    evaluations = 2 * len(places)
    for i in range(1, len(times)):
        n = len(places)
        out = _Arrivals(z=np.full_like(z, np.nan), h=h, status=np.zeros(n, np.int8), lost_at=np.full(n, np.inf))
        rows = _Rows(place=np.arange(n), t=np.full(n, times[i - 1]), z=z, h=h.copy(), k=k)
        _march(pair, field, rows, float(times[i]), control, control.step_limit, out)
        evaluations += out.evaluations
        states[i, places], status[places], lost_at[places] = out.z, out.status, out.lost_at
        here = out.status == Status.OK
        places, z, h = places[here], out.z[here], out.h[here]
        if not len(places):
            break
        if i + 1 < len(times):
            k = evaluate(field, float(times[i]), z)
            evaluations += len(places)
    return evaluations
