r"""The order of each method, observed on the state and on the log-density, and what the adaptive pair's tolerance buys.

    error(n) ~ C n^-p,   p = 1 Euler, 2 midpoint, 4 RK4, 5 Dormand-Prince 5(4) at fixed steps;   error ~ tolerance^1

The steps are taken in balls at a few starts (`solver_paths`), so that rounding hides nothing; that the integrators
take these very steps in floats is checked beside it.  An order is a statement about short steps: it is observed over
the first eighth of the time span, and over the first 64th or 512th where the slopes do not settle there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ...numeric.ball_steps import ExactTableau, exact_tableau, steps_in_balls
from ...numeric.order import ObservedOrder, observe_order
from ...numeric.tableaus import DOPRI5, EULER, MIDPOINT, RK4, Tableau
from ..evidence import Estimate, Evidence, Obstacle
from .bench import FlowBench
from .record import Row
from .solver_paths import BITS, SolverPaths, middle

WITHIN = 0.1
SHARES = (Fraction(1, 8), Fraction(1, 64), Fraction(1, 512))
# Steps at which a method starts, and at most takes: its evaluations stay of one size.
COUNTS = {EULER.name: (8, 256), MIDPOINT.name: (8, 128), RK4.name: (4, 64), DOPRI5.name: (4, 64)}
METHODS = (EULER, MIDPOINT, RK4, DOPRI5)


@dataclass(frozen=True, slots=True)
class MethodOrder:
    """What was observed of one method; `log_density` has nothing to see where the divergence is constant."""

    method: ExactTableau
    state: ObservedOrder
    log_density: ObservedOrder
    share: Fraction

    @property
    def seen(self) -> tuple[ObservedOrder, ...]:
        return tuple(one for one in (self.state, self.log_density) if not one.nothing_to_see)

    def deviation(self, nominal: int | None = None) -> float:
        """The largest distance of the last two slopes of either quantity from the nominal order."""
        order = self.method.order if nominal is None else nominal
        return max((one.deviation(order) for one in self.seen), default=0.0)


def method_order(paths: SolverPaths, method: ExactTableau) -> MethodOrder:
    """The observed order of one method, on the first share of the time span over which its slopes settle."""
    first, most = COUNTS[method.name]
    found: MethodOrder | None = None
    for share in SHARES:
        span = paths.moment(share)
        kept: dict[int, Any] = {}

        floor = paths.floor(span)

        def error(name: str, n: int, span: Any = span, kept: Any = kept, floor: float = floor) -> float:
            if n not in kept:
                kept[n] = paths.errors(method, n, span)
            return middle(getattr(kept[n], name), floor)

        state = observe_order(partial(error, "state"), first, most, floor)
        change = observe_order(partial(error, "log_density"), first, most, floor)
        found = MethodOrder(method, state, change, share)
        if all(one.settled for one in found.seen):
            break
    assert found is not None
    return found


def order_rows(paths: SolverPaths) -> tuple[list[Row], list[dict[str, Any]]]:
    """The row about the orders, and its table."""
    found = [method_order(paths, exact_tableau(tableau)) for tableau in METHODS]
    if not any(one.seen for one in found):
        evidence: tuple[Evidence, ...] = (
            Obstacle(method="observed order", reason="every method is exact on this flow: there is no error to see"),
        )
    else:
        evidence = (order_evidence(paths, found), *integrators_agree(paths))
    words = "; ".join(f"{one.method.name} {order_text(one)}" for one in found)
    row = Row(
        id="orders",
        statement="Halving the step divides the error of Euler's method by 2, of the midpoint rule by 4, of RK4 by 16, "
        "of Dormand-Prince 5(4) by 32: on the state and on the log-density.",
        measured=f"Observed orders, state / log-density: {words}.",
        conditions="The field must be as often differentiable as the order asks, and the step short enough.",
        evidence=evidence,
    )
    return [row], [order_table(found)]


def order_text(one: MethodOrder) -> str:
    return " / ".join("exact" if q.nothing_to_see else f"{q.last[-1]:.3f}" if q.last else "none" for q in pair(one))


def pair(one: MethodOrder) -> tuple[ObservedOrder, ObservedOrder]:
    return one.state, one.log_density


def order_table(found: list[MethodOrder]) -> dict[str, Any]:
    rows = []
    for one in found:
        for name, q in (("state", one.state), ("log-density", one.log_density)):
            last = ", ".join(f"{s:.3f}" for s in q.last) or "none above the floor"
            error = f"{q.errors[-1]:.2e}" if math.isfinite(q.errors[-1]) else "not finite"
            rows.append([one.method.name, str(one.method.order), name, last, str(q.steps[-1]), str(one.share), error])
    columns = ["method", "order", "quantity", "last two slopes", "steps", "share of the time", "error there"]
    return {"title": "Observed orders of fixed steps", "columns": columns, "rows": rows}


def order_evidence(paths: SolverPaths, found: list[MethodOrder]) -> Estimate:
    """The largest deviation from nominal, and whether wrong methods and a dropped trace would deviate more."""
    worst = max(found, key=lambda one: one.deviation())
    caught = [one.deviation() > WITHIN for one in controls(paths, found)]
    caught += [found[k].deviation(nominal) > WITHIN for k, nominal in ((0, 4), (1, 1), (2, 5)) if found[k].seen]
    how = paths.references(paths.moment(worst.share))[0].how
    return Estimate(
        method="observed order",
        residual=worst.deviation(),
        error_estimate=WITHIN,
        how=f"slopes of the root mean square error over {len(paths.starts)} starts in {BITS} bits, last two pairs "
        f"above {paths.floor(paths.moment(worst.share)):.1g}; reference: {how}",
        caught=sum(caught),
        tried=len(caught),
        detail="wrong variants: Euler taken for RK4, the midpoint rule for Euler, RK4 for order 5, RK4 with two "
        "weights exchanged, the trace dropped",
    )


def controls(paths: SolverPaths, found: list[MethodOrder]) -> list[MethodOrder]:
    """RK4 with two weights exchanged, and RK4 whose log-density stays where it was."""
    good = found[METHODS.index(RK4)]
    span = paths.moment(good.share)
    wrong = replace(exact_tableau(RK4), b=tuple(exact_tableau(RK4).b[k] for k in (1, 0, 3, 2)))
    counts = good.state.steps[:4]
    errors = [paths.errors(wrong, n, span) for n in counts]
    broken = MethodOrder(
        good.method,
        ObservedOrder(counts, tuple(middle(e.state, good.state.floor) for e in errors), good.state.floor),
        ObservedOrder(counts, tuple(middle(e.log_density, good.state.floor) for e in errors), good.state.floor),
        good.share,
    )
    dropped = ObservedOrder(counts, (paths.change(span),) * len(counts), good.state.floor)
    variants = [broken] if broken.seen else []
    return variants + ([replace(good, log_density=dropped)] if not dropped.nothing_to_see else [])


# -- the integrators in floats -----------------------------------------------------------------------------------------
def integrators_agree(paths: SolverPaths, steps: int = 16) -> list[Evidence]:
    """The integrators take the steps that were measured: the same numbers up to rounding, and no other method's."""
    bench, span = paths.bench, paths.span
    known = {
        t.name: [
            steps_in_balls(exact_tableau(t), bench.in_table, s, span, steps, BITS, certain=False) for s in paths.starts
        ]
        for t in METHODS
    }
    gaps, rounding, wrong = [], [], []
    for tableau in METHODS:
        floats = float_steps(bench, tableau, paths.starts, steps)
        exact = as_floats(known[tableau.name])
        other = as_floats(known[MIDPOINT.name if tableau is EULER else EULER.name])
        allowed = rounding_of(bench, tableau, steps, exact)
        gaps.append(float(np.abs(floats - exact).max()))
        rounding.append(allowed)
        wrong.append(bool(np.abs(floats - other).max() > allowed))
    if not np.isfinite(gaps).all():
        return [Obstacle(method="steps of the integrators", reason=f"a path is lost at {steps} steps")]
    share = [g / r for g, r in zip(gaps, rounding, strict=True)]
    worst = int(np.argmax(share))
    return [
        Estimate(
            method="steps of the integrators",
            residual=gaps[worst],
            error_estimate=rounding[worst],
            how=f"{steps} steps of each method in floats against the same steps in {BITS} bits; allowed: 4 roundings a "
            "stage, carried along by the flow",
            caught=sum(wrong),
            tried=len(wrong),
            detail="wrong variants: the numbers of Euler in the place of each other method's, of midpoint in Euler's",
        )
    ]


def float_steps(bench: FlowBench, tableau: Tableau, starts: Any, steps: int) -> Any:
    """(z, q) of the production integrator on the derived callables, (k, d + 1)."""
    from ...numeric.ode import dopri5, euler, fixed_steps, midpoint, rk4

    named: Mapping[str, Any] = {EULER.name: euler, MIDPOINT.name: midpoint, RK4.name: rk4}
    z = np.array([[*(float(v) for v in start), 0.0] for start in starts])
    times = np.array(bench.span)
    if tableau.name in named:
        return named[tableau.name](bench.derived.augmented, z, times, steps=steps).final
    assert dopri5 is not None
    return fixed_steps(tableau, bench.derived.augmented, z, times, steps=steps).final


def as_floats(found: list[tuple[list[Any], Any]]) -> Any:
    return np.array([[*(float(v.mid()) for v in z), float(q.mid())] for z, q in found])


def rounding_of(bench: FlowBench, tableau: Tableau, steps: int, exact: Any) -> float:
    """4 roundings of the largest number for every stage, carried along by exp(logarithmic norm x time)."""
    from ...numeric.stability import jacobians

    low, high = bench.span
    j = jacobians(bench.derived.field, low, exact[:, :-1])
    growth = float(np.linalg.eigvalsh((j + np.swapaxes(j, 1, 2)) / 2)[:, -1].max())
    carried = math.exp(min(50.0, max(0.0, growth) * (high - low)))
    return 4 * tableau.stages * steps * float(np.finfo(float).eps) * (1 + float(np.abs(exact).max())) * carried


__all__ = ["METHODS", "MethodOrder", "method_order", "order_rows"]
