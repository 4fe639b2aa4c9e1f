r"""Markov chains run side by side: the record of a run, what a kernel is, and the loop over its steps.

A kernel moves n chains at once.  It takes the target as callables of points x (n, d),

    energy(x) -> (n,)        E, the unnormalised negative log density, +inf where the density is 0
    slope(x) -> (n,), (n, d) E and grad_x E together: what they share is computed once

and holds no state: a step takes a `State` and a generator and returns the next `State`.  Each chain uses its own
normal and uniform numbers, so chains are independent given independent starts.

What may go wrong is recorded chain by chain and never raised: `lost_at` is the first step after which a state was no
finite point within `REACH` (the chain stays NaN from there on), `bad_proposals` counts proposals at which the energy
or its gradient was no number (an adjusted kernel rejects them and goes on).

Evaluations are counted in points: one call of `energy` for n chains is n evaluations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .moments import Floats
from .sampling import generator

Energy = Callable[[Floats], Floats]
Slope = Callable[[Floats], tuple[Floats, Floats]]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

# A chain this far out is lost, though its numbers may stay finite for hundreds of steps more.
REACH = 1e8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Where n chains stand: points x (n, d), energy (n,) and gradient (n, d) there as far as the kernel keeps them.

    `accepted` (n,) and `bad` (n,) tell of the step that led here.
    """

    x: Floats
    energy: Floats
    gradient: Floats
    accepted: Mask
    bad: Mask


class Kernel(Protocol):
    """One algorithm at one setting."""

    @property
    def name(self) -> str: ...

    @property
    def energies_per_step(self) -> int: ...

    @property
    def gradients_per_step(self) -> int: ...

    def start(self, x: Floats) -> State: ...

    def step(self, state: State, rng: np.random.Generator) -> State: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chains:
    """A run of n chains: states (steps, n, d) after each kept step, the start not among them.

    acceptance (n,): share of proposals taken.  lost_at (n,): see the module, 0 for never.  The evaluations include
    those at the start.
    """

    kernel: str
    states: Floats
    last: State
    acceptance: Floats
    lost_at: Counts
    bad_proposals: Counts
    energy_evaluations: int
    gradient_evaluations: int

    @property
    def lost(self) -> int:
        """How many chains were lost."""
        return int(np.count_nonzero(self.lost_at))

    @property
    def never_moved(self) -> int:
        """How many chains took no proposal in the whole run."""
        return int(np.count_nonzero(self.acceptance == 0))

    @property
    def evaluations(self) -> int:
        """Energy and gradient evaluations together."""
        return self.energy_evaluations + self.gradient_evaluations


def run_chains(
    kernel: Kernel, start: Floats | State, steps: int, seed: int, *, discard: int = 0, keep_every: int = 1
) -> Chains:
    """Run `discard` + `steps` steps from points (n, d), or on from a state, and keep every `keep_every`-th.

    Raises:
        ValueError: starts of another shape, or not finite, or without finite energy; no step to keep.
    """
    if steps < 1 or discard < 0 or not 1 <= keep_every <= steps:
        raise ValueError(f"Expected steps >= keep_every >= 1 and discard >= 0; got {steps}, {keep_every}, {discard}")
    state = start if isinstance(start, State) else kernel.start(checked_starts(start))
    n, d = state.x.shape
    fresh = 0 if isinstance(start, State) else n
    rng = generator(seed)
    states = np.empty((steps // keep_every, n, d))
    taken, bad, lost_at = np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    with np.errstate(all="ignore"):
        for step in range(1, discard + steps + 1):
            state = kernel.step(state, rng)
            taken += state.accepted
            bad += state.bad
            near = np.abs(state.x) <= REACH
            if not near.all():
                out = ~near.all(axis=1)
                lost_at[out & (lost_at == 0)] = step
                state.x[out] = np.nan
            kept = step - discard
            if kept > 0 and kept % keep_every == 0:
                states[kept // keep_every - 1] = state.x
    total = discard + steps
    return Chains(
        kernel=kernel.name,
        states=states,
        last=state,
        acceptance=taken / total,
        lost_at=lost_at,
        bad_proposals=bad,
        energy_evaluations=n * total * kernel.energies_per_step + fresh * min(1, kernel.energies_per_step),
        gradient_evaluations=n * total * kernel.gradients_per_step + fresh * min(1, kernel.gradients_per_step),
    )


def checked_starts(x: Floats) -> Floats:
    """Starts as a float array (n, d), n, d >= 1, all finite; a copy.  ValueError otherwise."""
    found = np.array(x, dtype=float)
    if found.ndim != 2 or not found.size:
        raise ValueError(f"Expected starts of shape (chains, dimension); got shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("Expected finite starts; got NaN or infinity")
    return found


def first_state(x: Floats, energy: Floats, gradient: Floats) -> State:
    """The state before the first step.  ValueError where the energy of a start is no finite number."""
    if energy.shape != (len(x),) or gradient.shape not in ((0, 0), x.shape):
        raise ValueError(
            f"Expected an energy of shape ({len(x)},) and a gradient of shape {x.shape}; got {energy.shape} and "
            f"{gradient.shape}"
        )
    if not np.isfinite(energy).all():
        raise ValueError("Expected starts of finite energy; got one where the density is 0 or has no value")
    none = np.zeros(len(x), dtype=bool)
    return State(x=x, energy=energy, gradient=gradient, accepted=none, bad=none)


def metropolis_choice(old: State, new: State, log_ratio: Floats, rng: np.random.Generator) -> State:
    """Take each proposal with probability min(1, exp(log_ratio)); one whose ratio is no number is not taken.

    N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087; W. K. Hastings, Biometrika 57 (1970) 97.
    """
    taken = -rng.standard_exponential(len(log_ratio)) < log_ratio
    # One flag for each entry: a flag for a row of two or three would be looked up for every short row anew.
    rows = np.repeat(taken, new.x.shape[1]).reshape(new.x.shape)
    kept = new.gradient if not new.gradient.size else np.where(rows, new.gradient, old.gradient)
    return State(
        x=np.where(rows, new.x, old.x),
        energy=np.where(taken, new.energy, old.energy),
        gradient=kept,
        accepted=taken,
        bad=new.bad,
    )


def not_finite(gradient: Floats) -> Mask:
    """Rows of (n, d) with an entry that is no finite number; the usual answer, none, by one pass over all entries."""
    finite = np.isfinite(gradient)
    if finite.all():
        return np.zeros(len(gradient), dtype=bool)
    return np.asarray(~finite.all(axis=1))


def squared_length(x: Floats) -> Floats:
    """The sum of squares of each row of (n, d), (n,)."""
    found: Floats = x[:, 0] * x[:, 0]
    for i in range(1, x.shape[1]):
        found += x[:, i] * x[:, i]
    return found


def proposed(x: Floats, energy: Floats, gradient: Floats | None = None) -> State:
    """A proposal; bad where its energy is NaN or -inf or its gradient no number (+inf is density 0: only rejected)."""
    # -inf would be taken and never left.
    bad = ~(energy > -np.inf)
    if gradient is None:
        gradient = np.empty((0, 0))
    else:
        bad |= not_finite(gradient)
    if bad.any():
        energy = np.where(bad, np.inf, energy)
    return State(x=x, energy=energy, gradient=gradient, accepted=bad, bad=bad)
