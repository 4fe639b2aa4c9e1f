r"""When is Euler's method unstable on this flow?  The step from which on it amplifies what the flow contracts.

    |1 + h lambda| > 1  with  Re lambda <= 0,      lambda an eigenvalue of df/dz at a visited state

A step below the time span at which this happens answers "yes", and is shown by the method itself: the derivative of its
one-step map, taken through the integrator, has a multiplier of modulus 1 at that very step.  "No step" is claimed for
fields whose coordinates are alone, where f_i' >= -2/(t1 - t0) is enclosed on the whole box that the paths visit.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ...numeric.ode import dop853
from ...numeric.stability import StepLimit, one_step_multipliers, slope_at_least, step_limit, unstable_from
from ...numeric.tableaus import DOPRI5, EULER, MIDPOINT, RK4, Tableau
from ..evidence import Disproof, Estimate, Evidence, Obstacle
from .bench import FlowBench
from .record import Row

MOMENTS = 6
METHOD = "linear stability at the visited states"
SHOWN = 1e-6
"""A multiplier counts as 1 within this; the controls move the step by 1 %, the multiplier by about as much."""


def stability_row(bench: FlowBench, draws: Any) -> tuple[Row, dict[str, Any]]:
    """The answer for Euler's method, and a table of the limits of all methods."""
    times = np.linspace(*bench.span, MOMENTS)
    run = dop853(bench.derived.field, draws, times, rtol=1e-8, atol=1e-8, autonomous=bench.numbers.autonomous)
    states = run.states[:, run.arrived]
    limits = {t.name: step_limit(t, bench.derived.field, times, states) for t in (EULER, MIDPOINT, RK4, DOPRI5)}
    found = limits[EULER.name]
    length = bench.span[1] - bench.span[0]
    evidence = unstable(bench, found, times, states) if found.step < length else never(bench, states, length)
    row = Row(
        id="euler-unstable",
        statement="Simple methods like Euler's can be unstable.",
        measured=answer(bench, found, states, length),
        conditions=condition(found, length),
        evidence=(evidence,),
    )
    return row, limit_table(limits, length)


def answer(bench: FlowBench, found: StepLimit, states: Any, length: float) -> str:
    visited = f"{states.shape[0] * states.shape[1]} visited states"
    bound = math.exp(min(700.0, max(0.0, found.growth) * length))
    own = (
        f"The flow itself amplifies a small error at most {bound:.3g}-fold (logarithmic norm up to {found.growth:.4g})."
    )
    if found.step == 0.0:
        return f"At {visited} an eigenvalue is imaginary: Euler's method turns outwards at every step. {own}"
    if math.isfinite(found.step):
        value = f"{found.eigenvalue:.4g}" if found.eigenvalue.imag else f"{found.eigenvalue.real:.4g}"
        where = "below" if found.step < length else "above"
        limit = f"Unstable from h = {found.step:.4g} on (eigenvalue {value}; {visited})"
        return f"{limit}, {where} the time span {length:g}. {own}"
    return f"No eigenvalue of df/dz contracts at {visited}: not for this field, at no step. {own}"


def condition(found: StepLimit, length: float) -> str:
    if found.step < length:
        return (
            f"Stable in this sense for h below {found.step:.4g}; where it is stable, Euler's error is still of order h."
        )
    return f"A field with an eigenvalue below -2/h is contracted too fast for Euler: -{2 / length:.3g} for one step."


def limit_table(limits: dict[str, StepLimit], length: float) -> dict[str, Any]:
    def text(step: float) -> str:
        return f"{step:.4g}" if math.isfinite(step) else "none"

    rows = [[name, text(one.step), "yes" if one.step < length else "no"] for name, one in limits.items()]
    return {
        "title": "The step from which on a method is unstable",
        "columns": ["method", "step", f"below the time span {length:g}"],
        "rows": rows,
    }


# -- yes ---------------------------------------------------------------------------------------------------------------
def unstable(bench: FlowBench, found: StepLimit, times: Any, states: Any) -> Evidence:
    """The one-step map at the state that asks for the limit, differentiated through the integrator."""
    flat = states.reshape(-1, states.shape[2])
    t = float(times[found.index // states.shape[1]])
    state = flat[found.index]
    # On the imaginary axis the limit is 0, and the multiplier at a small step tells: it is outside of the circle.
    h = found.step or 0.05 / abs(found.eigenvalue)
    expected = abs(1 + h * found.eigenvalue)

    def distance(tableau: Tableau, step: float) -> float:
        sizes = np.abs(one_step_multipliers(tableau, bench.derived.field, t, state, step))
        return float(np.abs(sizes - expected).min())

    wrong = [distance(EULER, 1.01 * h), distance(EULER, h / 1.01), distance(RK4, h)]
    return Estimate(
        method=METHOD,
        residual=distance(EULER, h),
        error_estimate=SHOWN,
        how=f"derivative of one Euler step of size {h:.4g} at t = {t:.4g}, by complex step through the integrator: a "
        f"multiplier of modulus {expected:.6g}, while the flow does not amplify there",
        caught=sum(value > SHOWN for value in wrong),
        tried=len(wrong),
        detail="wrong variants: a step 1 % larger, 1 % smaller, and RK4 in place of Euler",
    )


# -- no ----------------------------------------------------------------------------------------------------------------
def never(bench: FlowBench, states: Any, length: float) -> Evidence:
    """f_i' >= -2/length on the visited box, so h lambda >= -2 for every step that fits: certified, or not."""
    if not bench.exact:
        reason = "no step below the time span was found at the visited states; between them nothing is certified"
        return Obstacle(method=METHOD, reason=reason)
    least = -Fraction(2) / Fraction(length)
    low, high = states.min(axis=(0, 1)), states.max(axis=(0, 1))
    for i, (a, b) in enumerate(zip(low, high, strict=True)):
        box = Fraction(math.floor(100 * a), 100), Fraction(math.ceil(100 * b), 100)
        if slope_at_least(bench.numbers.coordinate(i), *box, least) is not True:
            return Obstacle(method=METHOD, reason=f"the slope of component {i + 1} is not bounded by balls on {box}")
    names = ", ".join(f"{n} in [{a:.2f}, {b:.2f}]" for n, a, b in zip(bench.law.variables, low, high, strict=True))
    return Disproof(
        method=METHOD,
        rule="no eigenvalue of df/dz is contracted faster than a single step over the whole time can follow",
        steps=(
            f"the paths stay in {names}",
            f"there f_i' >= {float(least):.4g} for every component, by balls over a bisection",
            f"so |1 + h f_i'| <= 1 wherever f_i' <= 0, for every h up to {length:g}",
        ),
    )


__all__ = ["stability_row", "unstable_from"]
