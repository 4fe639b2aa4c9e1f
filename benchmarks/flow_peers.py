"""What a user would take in place of twofold for the density of a flow: each peer as `run(tolerance) -> q`.

Every peer is given the field with its trace in products (`flow_cases`), float64, one thread, and one state for the
whole batch, which is the fast way for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flow_cases import END, Case

Run = Callable[[float], Any]
FEW = 200


@dataclass(frozen=True)
class Peer:
    """A peer: `make(case, z)` gives the run; `few` is the number of samples that a loop is extrapolated from."""

    name: str
    make: Callable[[Case, Any], Run]
    needs: tuple[str, ...] = ()
    repeats: int = 1
    few: int | None = None
    note: str = ""


def loop(method: str) -> Callable[[Case, Any], Run]:
    """The student's loop: one call of solve_ivp for each sample."""

    def make(case: Case, z: Any) -> Run:
        from scipy.integrate import solve_ivp

        def rates(t: float, state: Any) -> Any:
            field, trace = case.rates(np, list(state[:-1]))
            return [*field, trace]

        def one(start: Any, tol: float) -> float:
            found = solve_ivp(rates, (0, END), [*start, 0.0], method, rtol=max(tol, 1e-13), atol=tol)
            return float(found.y[-1, -1])

        return lambda tol: np.array([one(start, tol) for start in z])

    return make


def flat(method: str) -> Callable[[Case, Any], Run]:
    """solve_ivp on the whole batch as one flat state, with our lowered field."""

    def make(case: Case, z: Any) -> Run:
        from scipy.integrate import solve_ivp

        rates = case.flat()
        start = np.concatenate([z.T.ravel(), np.zeros(len(z))])

        def run(tol: float) -> Any:
            found = solve_ivp(rates, (0, END), start, method, rtol=max(tol, 1e-13), atol=tol, t_eval=[END])
            return found.y[-len(z) :, -1]

        return run

    return make


def torchdiffeq(case: Case, z: Any, *, stop: bool) -> Run:
    """dopri8; `stop` ends the last step at the end instead of interpolating back to it."""
    import torch
    from torchdiffeq import odeint

    torch.set_num_threads(1)
    start = torch.cat([torch.tensor(z.T), torch.zeros((1, len(z)), dtype=torch.float64)])
    times = torch.tensor([0.0, END], dtype=torch.float64)

    def rates(t: Any, state: Any) -> Any:
        field, trace = case.rates(torch, list(state[:-1]))
        return torch.stack([*field, trace])

    def run(tol: float) -> Any:
        options = {"step_t": times[1:]} if stop else {}
        with torch.no_grad():
            found = odeint(rates, start, times, rtol=tol, atol=tol, method="dopri8", options=options)
        return found[-1, -1].numpy()

    return run


def zuko(case: Case, z: Any) -> Run:
    import torch
    from zuko.utils import odeint

    torch.set_num_threads(1)
    start = torch.cat([torch.tensor(z.T), torch.zeros((1, len(z)), dtype=torch.float64)])

    def rates(t: Any, state: Any) -> Any:
        field, trace = case.rates(torch, list(state[:-1]))
        return torch.stack([*field, trace])

    def run(tol: float) -> Any:
        with torch.no_grad():
            return odeint(rates, start, 0.0, END, atol=tol, rtol=tol)[-1].numpy()

    return run


def diffrax(case: Case, z: Any) -> Run:
    """Dopri8 on one flat state, compiled once for all tolerances."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    import diffrax as dx

    def rates(t: Any, state: Any, _: Any) -> Any:
        field, trace = case.rates(jnp, list(state[:-1]))
        return jnp.stack([*field, trace])

    @jax.jit
    def solve(start: Any, tol: Any) -> Any:
        control = dx.PIDController(rtol=tol, atol=tol)
        found = dx.diffeqsolve(
            dx.ODETerm(rates), dx.Dopri8(), 0.0, END, None, start, stepsize_controller=control, max_steps=100_000
        )
        return found.ys[-1, -1]

    start = jnp.concatenate([jnp.asarray(z.T), jnp.zeros((1, len(z)))])
    return lambda tol: np.asarray(solve(start, tol))


def heyoka(case: Case, z: Any) -> Run:
    """Taylor series compiled for the field, in batches as wide as the registers; compiled for each tolerance."""
    import heyoka as hy

    names = [f"z{i}" for i in range(case.dimension)]
    variables = hy.make_vars(*names, "q")
    field, trace = case.rates(hy, list(variables[:-1]))
    system = list(zip(variables, [*field, trace], strict=True))
    lanes = hy.recommended_simd_size()
    padded = np.concatenate([z, np.repeat(z[-1:], -len(z) % lanes, axis=0)])
    blocks = np.ascontiguousarray(padded.reshape(-1, lanes, case.dimension).transpose(0, 2, 1))
    compiled: dict[float, Any] = {}

    def run(tol: float) -> Any:
        if tol not in compiled:
            compiled[tol] = hy.taylor_adaptive_batch(system, np.zeros((case.dimension + 1, lanes)), tol=tol)
        one = compiled[tol]
        found = np.empty((len(blocks), lanes))
        state, ends = one.state, np.full(lanes, END)
        for block, q in zip(blocks, found, strict=True):
            one.set_time(0.0)
            state[:-1], state[-1] = block, 0.0
            one.propagate_until(ends)
            q[:] = state[-1]
        return found.ravel()[: len(z)]

    return run


PEERS = (
    Peer("flat solve_ivp DOP853", flat("DOP853"), repeats=3),
    Peer("flat solve_ivp RK45", flat("RK45")),
    Peer("python loop solve_ivp DOP853", loop("DOP853"), few=FEW),
    Peer("python loop solve_ivp RK45", loop("RK45"), few=FEW),
    Peer("torchdiffeq dopri8", lambda case, z: torchdiffeq(case, z, stop=False), ("torch", "torchdiffeq")),
    Peer("torchdiffeq dopri8, step_t", lambda case, z: torchdiffeq(case, z, stop=True), ("torch", "torchdiffeq")),
    Peer("zuko odeint", zuko, ("torch", "zuko")),
    Peer("diffrax Dopri8, flat", diffrax, ("jax", "diffrax"), repeats=3),
    Peer("heyoka, batches", heyoka, ("heyoka",), repeats=3),
)
