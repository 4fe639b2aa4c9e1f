r"""Training an energy by gradient ascent with Markov chains for E_p[grad E], many trainings side by side.

    phi <- phi + eta C^-1 (mean over chains of grad E - mean over data of grad E),   C = Cov over the data of grad E

C makes the step independent of the units of the parameters; eta is constant, and the result is the mean over the last
half of the updates (Polyak, Ruppert).  Where the chains of an update start:

    fresh         noise, N(mean, variance) of the data, anew for every update
    persistent    where the update before left them                                     (Tieleman 2008)
    cd            at data points                           contrastive divergence       (Hinton 2002)

then k steps of Metropolis or of Metropolis-adjusted Langevin.  R trainings run as one array: chain i of training r has
its own phi_r.  A training stops where its phi leaves the domain, where its chains are lost, or where phi is `FAR`
standard errors of a single data point from the start (it runs away); it is counted, and the others go on.

Source: G. E. Hinton, Neural Comput. 14 (2002) 1771; T. Tieleman, ICML 2008, 1064; B. T. Polyak, A. B. Juditsky, SIAM J.
Control Optim. 30 (1992) 838.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numeric.chains import REACH, Mask, State
from ...numeric.sampling import generator
from ..budget import step_seed
from .chain_kernels import make
from .energy_model import EnergyModel
from .record import Told, untold

Array = NDArray[np.float64]
STARTS = ("fresh", "persistent", "cd")
RATE, FAR = 0.3, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How the model term of a gradient is made: `start` of its `chains`, `steps` k of size `step_size`."""

    start: str
    kernel: str
    steps: int
    chains: int
    step_size: float

    @property
    def title(self) -> str:
        names = {"fresh": "fresh chains", "persistent": "persistent chains", "cd": "contrastive divergence"}
        return f"{names[self.start]}, k = {self.steps}"

    @property
    def evaluations(self) -> int:
        """Evaluations of E and of its gradient for one update, with those at the start of the chains."""
        return (1 if self.kernel == "walk" else 2) * self.chains * (self.steps + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trainings:
    """R trainings: path (updates + 1, R, k), results (R, k), the update at which each stopped (R,), 0 for never.

    noise (R, k): standard deviation of the model term over the last half of the updates.  The path of a training that
    stopped is NaN from there on; its result is where it stopped.
    """

    scheme: Scheme
    path: Array
    results: Array
    stopped: NDArray[np.int64]
    noise: Array

    @property
    def lost(self) -> int:
        return int(np.count_nonzero(self.stopped))


def train(
    model: EnergyModel,
    data: Array,
    scheme: Scheme,
    start: Array,
    seed: int,
    *,
    updates: int = 150,
    trainings: int = 32,
    rate: float = RATE,
    told: Told = untold,
) -> Trainings:
    """R trainings from the parameters `start` (k,) on the data (n, d); `told` hears of every update."""
    rng = generator(seed)
    data_term = DataTerm(model, data)
    low, high = model.bounds(start)
    far = FAR * np.sqrt(np.abs(np.diagonal(data_term.at(start[None])[1][0])))
    phi = np.tile(start, (trainings, 1))
    path, terms = [phi], []
    stopped = np.zeros(trainings, dtype=np.int64)
    x = chain_starts(scheme, data, trainings, rng)
    with np.errstate(all="ignore"):
        for update in range(1, updates + 1):
            told(update, updates, f"updates with {scheme.title}")
            if scheme.start != "persistent" and update > 1:
                x = chain_starts(scheme, data, trainings, rng)
            x = moved(model, scheme, x, phi, rng)
            term = model_term(model, x, phi, scheme.chains)
            terms.append(term)
            gradient, precision = data_term.at(phi)
            phi = phi + rate * np.einsum("rij,rj->ri", precision, term - gradient)
            inside = (phi > low) & (phi < high) & (np.abs(phi - start) <= far)
            out: Mask = np.asarray(~inside.all(axis=1))
            stopped[out & (stopped == 0)] = update
            path.append(phi)
            # Where it led is kept in the path once; from the next update on there is nothing.
            phi = np.where((stopped > 0)[:, None], np.nan, phi)
    found, half = np.array(path), updates // 2
    return Trainings(
        scheme=scheme,
        path=found,
        results=np.where((stopped > 0)[:, None], last_known(found), found[half + 1 :].mean(axis=0)),
        stopped=stopped,
        noise=np.array(terms[half:]).std(axis=0, ddof=1),
    )


def last_known(path: Array) -> Array:
    """The last finite parameters of each training, from paths (updates + 1, R, k)."""
    known: Mask = np.asarray(np.isfinite(path).all(axis=2))
    last = len(path) - 1 - known[::-1].argmax(axis=0)
    found: Array = path[last, np.arange(path.shape[1])]
    return found


class DataTerm:
    """Mean over the data of grad E, and the inverse of its covariance, for R parameter points; once if linear."""

    def __init__(self, model: EnergyModel, data: Array) -> None:
        self.model, self.data = model, data
        self.known = self._one(model.values) if model.linear else None

    def at(self, phi: Array) -> tuple[Array, Array]:
        """(R, k) and (R, k, k)."""
        if self.known is not None:
            gradient, precision = self.known
            r = len(phi)
            return np.broadcast_to(gradient, (r, len(gradient))), np.broadcast_to(precision, (r, *precision.shape))
        parts = [self._one(one) for one in phi]
        return np.array([g for g, _ in parts]), np.array([p for _, p in parts])

    def _one(self, phi: Array) -> tuple[Array, Array]:
        k = len(self.model.names)
        if not np.isfinite(phi).all():
            return np.full(k, np.nan), np.full((k, k), np.nan)
        values = self.model.parameter_gradient(self.data, phi)
        covariance = np.asarray(np.atleast_2d(np.cov(values.T)), dtype=float)
        # The covariance of a few points is known to 1/sqrt(n) only, and may be singular: a ridge of that size.
        variances = np.diag(covariance)
        ridge = np.diag(np.where(variances > 0, variances, 1.0)) / np.sqrt(len(self.data))
        return values.mean(axis=0), np.asarray(np.linalg.inv(covariance + ridge), dtype=float)


def chain_starts(scheme: Scheme, data: Array, trainings: int, rng: np.random.Generator) -> Array:
    """Starts (R N, d) of the chains of all trainings."""
    count = trainings * scheme.chains
    if scheme.start == "cd":
        chosen: Array = data[rng.integers(len(data), size=count)]
        return chosen
    noise = rng.standard_normal((count, data.shape[1]))
    drawn: Array = data.mean(axis=0) + data.std(axis=0) * noise
    return drawn


def moved(model: EnergyModel, scheme: Scheme, x: Array, phi: Array, rng: np.random.Generator) -> Array:
    """k steps of every chain (R N, d) at the parameters of its training (R, k); a lost chain becomes NaN."""
    each = np.repeat(phi, scheme.chains, axis=0)
    kernel = make(model, scheme.kernel, scheme.step_size, each)
    energy, gradient = (model.energy(x, each), np.empty((0, 0))) if scheme.kernel == "walk" else model.slope(x, each)
    state = kernel_state(x, energy, gradient)
    for _ in range(scheme.steps):
        state = kernel.step(state, rng)
    found: Array = np.where(np.abs(state.x) <= REACH, state.x, np.nan)
    return found


def kernel_state(x: Array, energy: Array, gradient: Array) -> State:
    """A state that may hold NaN: the chains of a training that stopped."""
    none = np.zeros(len(x), dtype=bool)
    return State(x=x, energy=energy, gradient=gradient, accepted=none, bad=none)


def model_term(model: EnergyModel, x: Array, phi: Array, chains: int) -> Array:
    """Mean of grad E over the chains of each training, (R, k)."""
    values = model.parameter_gradient(x, np.repeat(phi, chains, axis=0))
    means: Array = values.reshape(len(phi), chains, -1).mean(axis=1)
    return means


# -- bias of short chains --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class ShortChain:
    """The model term after k steps, along the exact gradient: its error in units of that gradient, and its error."""

    steps: int
    bias: float
    error: float


def short_chain_bias(
    model: EnergyModel, direction: Array, truth: Array, scheme: Scheme, starts: Callable[[int, int], Array],
    phi: Array, seed: int, chains: int,
) -> ShortChain:  # fmt: skip
    r"""w^T (E_k[grad E] - E_p[grad E]) at phi, from independent chains; w^T gradient = 1, truth = E_p[grad E]."""
    x = starts(chains, step_seed(seed, "starts"))
    kernel = make(model, scheme.kernel, scheme.step_size, phi)
    rng = generator(step_seed(seed, "chains"))
    state = kernel.start(x)
    with np.errstate(all="ignore"):
        for _ in range(scheme.steps):
            state = kernel.step(state, rng)
    values = (model.parameter_gradient(state.x, phi) - truth) @ direction
    return ShortChain(
        steps=scheme.steps, bias=float(values.mean()), error=float(values.std(ddof=1)) / float(np.sqrt(chains))
    )
