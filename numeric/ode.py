"""Integrators for dz/dt = f(t, z) over whole batches of trajectories, forward and backward in time.

Fixed steps (`euler`, `midpoint`, `rk4`): `steps` equal steps between successive output times; the methods that a
derivation speaks about, whose order and failure are themselves objects of study. Adaptive (`dopri5`, `dop853`): local
error held below atol + rtol |z| for every trajectory; the methods for answers. `solve_ivp_witness` is SciPy's DOP853
on the flattened batch: other code for the same coefficients, slower, kept as an independent witness.

All take the start states (n, d), float or complex, and the times (m >= 2,) with the start first, increasing or
decreasing, and return a `Solution`; a trajectory that cannot be continued is reported there and never raises.

The global error is not the tolerance: it is the sum of the local errors, each amplified by up to
exp(integral of the logarithmic norm of df/dz). Compare two tolerances, or two step counts, to estimate it.
"""

from typing import Any

import numpy as np

from .adaptive import Control, integrate
from .runge_kutta import advance, stages
from .solution import BOUND, Floats, Solution, States, Status, VectorField, checked_start, evaluate, size_of, why_lost
from .tableaus import DOP853, DOPRI5, EULER, MIDPOINT, RK4, Tableau

__all__ = ["Solution", "Status", "dop853", "dopri5", "euler", "fixed_steps", "midpoint", "rk4", "solve_ivp_witness"]


def euler(field: VectorField, start: States, times: Floats, *, steps: int) -> Solution:
    """Order 1: z + h f(t, z)."""
    return fixed_steps(EULER, field, start, times, steps=steps)


def midpoint(field: VectorField, start: States, times: Floats, *, steps: int) -> Solution:
    """Order 2: z + h f(t + h/2, z + h/2 f(t, z))."""
    return fixed_steps(MIDPOINT, field, start, times, steps=steps)


def rk4(field: VectorField, start: States, times: Floats, *, steps: int) -> Solution:
    """Order 4: the classical Runge-Kutta method."""
    return fixed_steps(RK4, field, start, times, steps=steps)


def dopri5(
    field: VectorField,
    start: States,
    times: Floats,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    autonomous: bool = False,
    step_limit: int = 10_000,
) -> Solution:
    """Dormand-Prince 5(4). `autonomous` promises that f does not use t: then each row takes steps of its own.

    Raises ValueError for start states, times or tolerances that make no sense.
    """
    control = Control(rtol=rtol, atol=atol, autonomous=autonomous, step_limit=step_limit)
    return integrate(DOPRI5, field, start, times, control)


def dop853(
    field: VectorField,
    start: States,
    times: Floats,
    *,
    rtol: float = 1e-10,
    atol: float = 1e-12,
    autonomous: bool = False,
    step_limit: int = 10_000,
) -> Solution:
    """Dormand-Prince 8(5,3): the cheapest way to errors below about 1e-6. Arguments as for `dopri5`."""
    control = Control(rtol=rtol, atol=atol, autonomous=autonomous, step_limit=step_limit)
    return integrate(DOP853, field, start, times, control)


def fixed_steps(tableau: Tableau, field: VectorField, start: States, times: Floats, *, steps: int) -> Solution:
    """`steps` equal steps of an explicit Runge-Kutta method between successive times.

    A trajectory is lost at the last time at which its state was finite and below 1e100 in size.
    """
    if steps < 1:
        raise ValueError(f"Expected steps >= 1; got {steps}")
    z, times = checked_start(start, times)
    states = np.full((len(times), *z.shape), np.nan, dtype=z.dtype)
    states[0] = z
    status = np.full(len(z), Status.OK, dtype=np.int8)
    lost_at = np.full(len(z), np.inf)
    place, evaluations = np.arange(len(z)), 0
    with np.errstate(all="ignore"):
        for i in range(1, len(times)):
            grid = np.linspace(times[i - 1], times[i], steps + 1)
            for now, then in zip(grid[:-1].tolist(), grid[1:].tolist(), strict=True):
                new = _fixed_step(tableau, field, now, z, then - now)
                evaluations += tableau.stages * len(z)
                kept = size_of(new) <= BOUND
                if not kept.all():
                    status[place[~kept]] = why_lost(field, now, z[~kept], np.full((~kept).sum(), then - now))
                    lost_at[place[~kept]] = now
                    place, new = place[kept], new[kept]
                z = new
            states[i, place] = z
    name = f"{tableau.name}, {steps} step{'s' if steps > 1 else ''}"
    return Solution(times=times, states=states, status=status, lost_at=lost_at, evaluations=evaluations, method=name)


def _fixed_step(tableau: Tableau, field: VectorField, t: float, z: States, h: float) -> States:
    k = stages(tableau, field, t, z, evaluate(field, t, z), h, h)
    return advance(tableau, z, k, h)


def solve_ivp_witness(
    field: VectorField, start: States, times: Floats, *, rtol: float = 1e-12, atol: float = 1e-13
) -> Solution:
    """SciPy's DOP853 on the batch as one flat state. When it stops early, the whole batch counts as lost there.

    Raises ValueError as `dop853`; the loss of a single trajectory cannot be told apart here.
    """
    from scipy.integrate import solve_ivp

    z, times = checked_start(start, times)

    def flat(t: float, y: Any) -> Any:
        return evaluate(field, t, y.reshape(z.shape)).ravel()

    with np.errstate(all="ignore"):
        result = solve_ivp(flat, (times[0], times[-1]), z.ravel(), "DOP853", t_eval=times, rtol=rtol, atol=atol)
    states = np.full((len(times), *z.shape), np.nan, dtype=z.dtype)
    reached = result.y.shape[1]
    states[:reached] = result.y.T.reshape(reached, *z.shape)
    arrived = bool(result.success) and bool(np.isfinite(states).all())
    status = np.full(len(z), Status.OK if arrived else Status.STEP_LIMIT, dtype=np.int8)
    lost_at = np.full(len(z), np.inf if arrived else result.t[-1] if reached else times[0])
    return Solution(
        times=times,
        states=states,
        status=status,
        lost_at=lost_at,
        evaluations=int(result.nfev) * len(z),
        method=f"scipy solve_ivp DOP853, rtol {rtol:g}, atol {atol:g}",
    )
