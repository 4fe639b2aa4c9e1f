"""What an integration of many trajectories returned: states, and for each trajectory whether it survived.

A trajectory of dz/dt = f(t, z) may leave every bound in finite time (dz/dt = z^3 does so at t = 1 / (2 z_0^2)), may
run into points where f has no value, or may need more steps than allowed. None of this may pass as a number: a lost
trajectory has a status, the time at which it was lost, and NaN as its state at every later time; a surviving one is
finite throughout.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOUND = 1e100
"""A trajectory beyond this size counts as lost: products of a few such numbers overflow."""

Floats = NDArray[np.float64]
States = NDArray[Any]
"""Shape (n, d), float64 or (for the complex-step derivative) complex128."""
VectorField = Callable[[float, States], States]
"""f(t, z): t a float, z of shape (n, d), the value of shape (n, d); row i of the value depends on row i of z only."""


class Status(IntEnum):
    """What became of one trajectory."""

    OK = 0
    BLEW_UP = 1
    STEP_LIMIT = 2
    UNDEFINED = 3

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Status.OK: "arrived",
    Status.BLEW_UP: "left every bound in finite time",
    Status.STEP_LIMIT: "needed more steps, or smaller ones, than allowed",
    Status.UNDEFINED: "reached a point where the vector field has no value",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """States of n trajectories in d dimensions at m times.

    Attributes:
        times: shape (m,), the first one the start; increasing or decreasing.
        states: shape (m, n, d); NaN from the time on at which a trajectory was lost, and only there.
        status: shape (n,), values of `Status`.
        lost_at: shape (n,), the time at which a trajectory was lost; inf where it was not. A blow-up time is exact to
            the error of the integration: for the adaptive methods about the tolerance, for fixed steps one step.
        evaluations: number of evaluations of the vector field, counted per trajectory and added.
        method: name of the integrator with its steps or tolerances.
    """

    times: Floats
    states: States
    status: NDArray[np.int8]
    lost_at: Floats
    evaluations: int
    method: str

    @property
    def final(self) -> States:
        """States at the last time, shape (n, d)."""
        final: States = self.states[-1]
        return final

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Mask of the trajectories that reached the last time, shape (n,)."""
        arrived: NDArray[np.bool_] = self.status == Status.OK
        return arrived

    @property
    def share_lost(self) -> float:
        """Share of the trajectories that did not reach the last time."""
        return float(np.mean(~self.arrived)) if len(self.status) else 0.0

    def require_all(self) -> States:
        """The final states, or ArithmeticError when a trajectory was lost."""
        if not self.arrived.all():
            raise ArithmeticError(self.describe())
        return self.final

    def describe(self) -> str:
        """One sentence on what became of the trajectories."""
        total = len(self.status)
        parts = [f"{total} trajectories from t = {self.times[0]:.6g} to {self.times[-1]:.6g} by {self.method}"]
        for status in (Status.BLEW_UP, Status.UNDEFINED, Status.STEP_LIMIT):
            lost = self.status == status
            if lost.any():
                when = self.lost_at[lost]
                first = when[np.argmin(np.abs(when - self.times[0]))]
                parts.append(f"{int(lost.sum())} {status.sentence}, the first at t = {first:.6g}")
        if len(parts) == 1:
            parts.append("all arrived")
        return "; ".join(parts)


def checked_start(start: States, times: Floats) -> tuple[States, Floats]:
    """Validated copies: states (n, d) float or complex and finite, times (m >= 2,) finite and strictly monotone."""
    z = np.array(start, dtype=complex if np.iscomplexobj(start) else float)
    t = np.array(times, dtype=float)
    if z.ndim != 2:
        raise ValueError(f"Expected start states of shape (n, d); got shape {z.shape}")
    if not np.isfinite(z).all():
        raise ValueError("Expected finite start states; got NaN or infinity")
    if t.ndim != 1 or len(t) < 2 or not np.isfinite(t).all():
        raise ValueError(f"Expected at least two finite times, the first one the start; got {times!r}")
    steps = np.diff(t)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise ValueError(f"Expected strictly increasing or strictly decreasing times; got {times!r}")
    return z, t


def evaluate(field: VectorField, t: float, z: States) -> States:
    """f(t, z) with its shape and type checked; overflow and undefined values come back as inf and NaN, silently."""
    value = np.asarray(field(t, z))
    if value.shape != z.shape:
        raise ValueError(f"Expected the vector field to return shape {z.shape}; got shape {value.shape}")
    if np.iscomplexobj(value) and not np.iscomplexobj(z):
        raise ValueError("Expected a real vector field at real states; got complex values")
    return value


def size_of(z: States) -> Floats:
    """|z|_inf of each row, shape (n,); NaN where the row holds one."""
    if not 0 < z.shape[1] <= 8:
        size: Floats = np.abs(z).max(axis=1, initial=0.0)
        return size
    # Column by column: numpy reduces a short last axis several times more slowly.
    size = np.abs(z[:, 0])
    for column in z.T[1:]:
        np.maximum(size, np.abs(column), out=size)
    return size


def why_lost(field: VectorField, t: float, z: States, reach: Floats) -> NDArray[np.int8]:
    """Tell blow-up from an undefined field and from a step limit, for rows z that could not be continued from t.

    A blow-up grows, and the time |z| / |f| in which it would double is no longer than `reach`, a time that the
    integrator cannot resolve: near the blow-up time T of dz/dt = z^(1+p), |z| / |f| = p |T - t|. Rows with a direction
    of growth against `reach` (its sign is the direction of time) or with a field of ordinary size are not blow-ups.

    Shapes: z (n, d) finite, reach (n,). A row beyond the square root of `BOUND` is a blow-up too.
    """
    k = evaluate(field, t, z)
    with np.errstate(all="ignore"):
        speed = size_of(k)
        growth = np.sign(reach) * np.real(np.conj(z) * k).sum(axis=1)
        blew_up = (speed * np.abs(reach) >= size_of(z)) & ((growth > 0) | ~np.isfinite(growth)) & ~np.isnan(speed)
        probe = evaluate(field, t, z + reach[:, None] * k)
    undefined = np.isnan(speed) | np.isnan(size_of(probe))
    status = np.where(undefined, Status.UNDEFINED, Status.STEP_LIMIT).astype(np.int8)
    status[blew_up | (size_of(z) > math.sqrt(BOUND))] = Status.BLEW_UP
    return status
