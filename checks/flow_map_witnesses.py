r"""Claims about the flow map: z(t) together with z(0), the Jacobian dz(t)/dz(0), or the density at two times.

    z(t) = z(0) / sqrt(1 - 2 t z(0)^2)        log|det dz(t)/dz(0)| = sum_i log(f_i(z_i(t)) / f_i(z_i(0)))

Every occurrence is replaced by its value on the path of a random start: in balls where the coordinates of an autonomous
field are alone (`numeric.separable`), so that disjoint sides refute; else in floats by DOP853, with the Jacobian by
complex step, and a finer run for the error.  The density moves with the determinant:

    p(z(t), t) = p0(z(t0)) / |det dz(t)/dz(t0)|.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..numeric.balls import RealBalls, to_ball, working_precision
from ..numeric.operations import Indeterminate, Undefined
from ..symbolic.context import FlowLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch, normal
from ..symbolic.tree import Array, Bind, Call, Name, Node, children, with_children
from . import controls
from .budget import Budget
from .claim import Claim
from .evidence import Counterexample, Enclosure, Estimate, Evidence, Obstacle
from .flow_numerics import FlowNumerics, flow_numerics, spread
from .interpret import Meaning
from .points import number_of
from .pointwise import Probe, Side, compare, difference_text, shown

METHOD = "the flow map enclosed at points"
BITS = 128
WANTED, ATTEMPTS = 6, 24
FAR = 1e3


class Unsupported(ValueError):  # noqa: N818 - an answer, not a failure
    """The claim uses the flow in a way that has no numeric rule here."""


@dataclass(frozen=True)
class Located:
    """Both sides with states, Jacobians and densities replaced by names.

    `states` maps a name to (component, time tree), `jacobians` to (row, column, later, earlier), `densities` to a time.
    """

    lhs: Node
    rhs: Node
    states: Mapping[str, tuple[int, Node]]
    jacobians: Mapping[str, tuple[int, int, Node, Node]]
    densities: Mapping[str, Node]


def flow_map(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Enclosure, counterexample or estimate of a claim about the flow map."""
    part, law = claim.parts[0], claim.law
    if not isinstance(law, FlowLaw):
        return []
    try:
        numbers = flow_numerics(part.context, law, part.unfolded, seed)
        located = Locator(numbers).both(*part.unfolded)
        if numbers.separable and numbers.autonomous:
            return in_balls(numbers, located, seed)
        return in_floats(numbers, located, seed)
    except (ArithmeticError, ValueError, TypeError, NotImplementedError, np.linalg.LinAlgError) as error:
        if isinstance(error, Unsupported) and claim.kind != "flow_map":
            return []
        return [Obstacle(method="flow map", reason=str(error) or type(error).__name__)]


# -- reading -----------------------------------------------------------------------------------------------------------
class Locator:
    """Replaces what only the flow map can answer by fresh names."""

    def __init__(self, numbers: FlowNumerics) -> None:
        self.numbers, self.law = numbers, numbers.law
        self.states: dict[str, tuple[int, Node]] = {}
        self.jacobians: dict[str, tuple[int, int, Node, Node]] = {}
        self.densities: dict[str, Node] = {}

    def both(self, lhs: Node, rhs: Node) -> Located:
        left, right = self.visit(lhs), self.visit(rhs)
        return Located(left, right, self.states, self.jacobians, self.densities)

    def visit(self, node: Node) -> Node:
        if isinstance(node, Bind) and node.tag == "flow_map":
            return self.jacobian(node)
        if isinstance(node, Bind) and node.op == "diff" and self.law.time in node.names:
            raise Unsupported("a derivative in time beside the flow map is not evaluated here")
        if isinstance(node, Call):
            entry = self.numbers.context.get(node.name)
            own = entry is not None and entry.of == self.law.name
            if own and entry is not None and entry.kind == "density":
                return self.density(node)
            if own and entry is not None and entry.kind in ("path", "component"):
                return self.state(node, entry.position)
        parts = children(node)
        return with_children(node, tuple(self.visit(part) for part in parts)) if parts else node

    def fresh(self, table: dict[str, Any], prefix: str, value: Any) -> Name:
        for name, known in table.items():
            if known == value:
                return Name(name)
        name = f"_{prefix}{len(table)}"
        table[name] = value
        return Name(name)

    def state(self, node: Call, position: int) -> Node:
        indices = (position - 1,) if position else range(self.law.dimension)
        names = [self.fresh(self.states, "z", (index, node.args[0])) for index in indices]
        return names[0] if len(names) == 1 else Array(tuple((n,) for n in names))

    def path_time(self, node: Node) -> Node:
        """The time of a path, whole or spelled by components in order."""
        calls = [row[0] for row in node.rows] if isinstance(node, Array) else [node]
        spelled = tuple(c.name for c in calls if isinstance(c, Call)) == self.law.variables
        whole = len(calls) == 1 and isinstance(calls[0], Call) and calls[0].name == self.law.name
        times = {c.args for c in calls if isinstance(c, Call)}
        if not (spelled or whole) or len(times) != 1 or len(next(iter(times))) != 1:
            raise Unsupported("expected the Jacobian of the state at one time by the state at another")
        return next(iter(times))[0]

    def jacobian(self, node: Bind) -> Node:
        later, earlier = self.path_time(node.args[0]), self.path_time(node.args[1])
        d = self.law.dimension
        rows = [[self.fresh(self.jacobians, "j", (i, j, later, earlier)) for j in range(d)] for i in range(d)]
        return rows[0][0] if d == 1 else Array(tuple(tuple(row) for row in rows))

    def density(self, node: Call) -> Node:
        if len(node.args) != self.law.dimension + 1:
            raise Unsupported("expected the density at a state and a time")
        *state, time = node.args
        if self.path_time(Array(tuple((s,) for s in state)) if len(state) > 1 else state[0]) != time:
            raise Unsupported("expected the density along the path at one time")
        return self.fresh(self.densities, "p", time)


def moment(numbers: FlowNumerics, node: Node, now: Fraction) -> Fraction:
    """The value of a time tree when the running time is `now`."""
    value = number_of(node, {**numbers.point.values, numbers.law.time: now})
    if value is None:
        raise Unsupported("a time in the claim has no value")
    return value


def start_time(numbers: FlowNumerics) -> Fraction:
    return Fraction(numbers.law.times[0]).limit_denominator(10**6)


def running_times(numbers: FlowNumerics) -> list[Fraction]:
    begin, end = (Fraction(t).limit_denominator(10**6) for t in numbers.law.times)
    return [begin + (end - begin) * share for share in (Fraction(1), Fraction(3, 7), Fraction(4, 5))]


# -- balls -------------------------------------------------------------------------------------------------------------
def in_balls(numbers: FlowNumerics, located: Located, seed: int) -> list[Evidence]:
    """Both sides enclosed at random starts; disjoint sides refute."""
    r = random.Random(seed)
    probes: list[tuple[Probe, Callable[[Node], Side]]] = []
    reason = ""
    for attempt in range(ATTEMPTS):
        start = tuple(Fraction(r.randint(1, 14), 10) * r.choice((-1, 1)) for _ in numbers.law.variables)
        now = running_times(numbers)[attempt % 3]
        try:
            side = evaluator_at(numbers, located, start, now)
        except (Undefined, Indeterminate) as error:
            reason = error.reason
            continue
        found = compare(labelled(numbers, start, now), side(located.lhs), side(located.rhs), BITS)
        if found.verdict == "differ":
            return [against(numbers, found)]
        if found.verdict == "agree":
            probes.append((found, side))
        else:
            reason = next((t for s in (found.lhs, found.rhs) for t in (s.unknown, s.undefined) if t), reason)
        if len(probes) == WANTED:
            break
    if len(probes) < 2:
        return [Obstacle(method="flow map", reason=reason or "both sides have a value at no start that was tried")]
    caught, tried = caught_slips(located, probes)
    widest = max(p.radius for p, _ in probes)
    return [
        Enclosure(
            method=METHOD,
            residual=f"|lhs - rhs| <= {widest:.2g}",
            radius=widest,
            bits=BITS,
            covers="points",
            points=len(probes),
            caught=caught,
            tried=tried,
            detail="states and derivatives of the flow map enclosed by int du/f(u) = t, at starts off the equilibria",
        )
    ]


def labelled(numbers: FlowNumerics, start: Sequence[Fraction], now: Fraction) -> Any:
    """The point as evidence shows it: start state, time, parameters."""
    from .points import Point

    law = numbers.law
    values = {n: v for n, v in numbers.point.values.items() if n not in (*law.variables, law.time)}
    begin = f"{start_time(numbers)}"
    return Point({**{f"{n}({begin})": v for n, v in zip(law.variables, start, strict=True)}, law.time: now, **values})


def evaluator_at(
    numbers: FlowNumerics, located: Located, start: Sequence[Fraction], now: Fraction
) -> Callable[[Node], Side]:
    """Evaluates trees of the claim on the path of one start.  Raises Undefined or Indeterminate where it is lost."""
    from ..numeric.separable import Trajectory, enclose_flow

    table, begin = RealBalls(BITS), start_time(numbers)
    known: dict[tuple[int, Fraction], Trajectory] = {}

    def path(index: int, node: Node) -> Trajectory:
        time = moment(numbers, node, now) - begin
        if (index, time) not in known:
            known[index, time] = enclose_flow(numbers.coordinate(index), start[index], time, BITS)
        return known[index, time]

    bound: dict[str, Any] = {numbers.law.time: table.number(now)}
    bound |= {name: table.number(value) for name, value in zip(numbers.law.start_names, start, strict=False)}
    with working_precision(BITS):
        for name, (index, node) in located.states.items():
            bound[name] = path(index, node).state
        for name, (i, j, later, earlier) in located.jacobians.items():
            zero = table.number(Fraction(0))
            slope = to_ball(path(i, later).log_derivative) - to_ball(path(i, earlier).log_derivative)
            bound[name] = table.apply("exp", (slope,)) if i == j else zero
        for name, node in located.densities.items():
            logs = [to_ball(path(i, node).log_derivative) for i in range(numbers.law.dimension)]
            bound[name] = table.apply("mul", (base_density(numbers, table, start), (-sum(logs[1:], logs[0])).exp()))
    ev = Evaluator(table, Meaning(numbers.context, numbers.point, bound=bound))

    def side(node: Node) -> Side:
        try:
            value = normal(ev.value(node))
        except Undefined as error:
            return Side(undefined=error.reason)
        except (Indeterminate, Mismatch) as error:
            return Side(unknown=str(error))
        return Side(value=value)

    return side


def base_density(numbers: FlowNumerics, table: RealBalls, start: Sequence[Fraction]) -> Any:
    """The density at the first time; any positive one where no start law is declared."""
    ev = Evaluator(table, Meaning(numbers.context, numbers.point))
    return ev.scalar(ev.heads.density_now(ev, numbers.law, [table.number(s) for s in start]))  # type: ignore[attr-defined]


def against(numbers: FlowNumerics, probe: Probe) -> Counterexample:
    from .pointwise import point_text

    entry = f"({probe.entry[0]}, {probe.entry[1]})" if probe.entry else ""
    return Counterexample(
        method=METHOD,
        point=point_text(probe.point),
        lhs=shown(probe.lhs, probe.entry),
        rhs=shown(probe.rhs, probe.entry),
        difference=difference_text(probe),
        bits=BITS,
        entry=entry,
    )


def caught_slips(located: Located, probes: Sequence[tuple[Probe, Callable[[Node], Side]]]) -> tuple[int, int]:
    """How many slips of the right side that certainly differ from it, at half of the starts, the test catches."""
    half = len(probes) // 2
    matrix = isinstance(probes[0][0].rhs.value, Grid)
    caught = tried = 0
    for _, variant in (*controls.whole_side(located.rhs, matrix), *controls.inside(located.rhs)):

        def seen(own: str, part: Sequence[tuple[Probe, Callable[[Node], Side]]], variant: Node = variant) -> bool:
            sides = ((getattr(p, own), side(variant), p.point) for p, side in part)
            return any(
                compare(point, left, right, BITS).verdict in ("differ", "one-sided") for left, right, point in sides
            )

        if seen("rhs", probes[half:]):
            tried += 1
            caught += seen("lhs", probes)
    return caught, tried


# -- floats ------------------------------------------------------------------------------------------------------------
def in_floats(numbers: FlowNumerics, located: Located, seed: int) -> list[Evidence]:
    """Both sides by DOP853 at random starts, compared with a finer run; a difference alone refutes nothing."""
    from ..numeric.schemes import ROUNDING, adaptive_scheme

    starts = numbers.start().draw(24, seed)
    scheme = adaptive_scheme(1e-9, autonomous=numbers.autonomous)
    starts = starts[arrived(numbers, starts, scheme.value)]
    if len(starts) < 12:
        return [Obstacle(method="flow map", reason="more than half of the trajectories leave every bounded set")]
    slips = [variant for _, variant in (*controls.whole_side(located.rhs, False), *controls.inside(located.rhs))]
    residuals: list[Any] = []
    errors: list[float] = []
    caught, shown_wrong = np.zeros(len(slips), bool), np.zeros(len(slips), bool)
    for now in running_times(numbers)[:2]:
        coarse, fine = (
            values(numbers, located, starts, now, run, (located.lhs, located.rhs, *slips))
            for run in (scheme.value, scheme.finer)
        )
        if not np.isfinite(coarse[:2]).all():
            return [Obstacle(method="flow map", reason="a side has no value at some of the random starts")]
        gaps = np.abs(coarse[0] - coarse[1] - fine[0] + fine[1])
        size = 1 + np.abs(coarse[0]).max()
        residuals.append(coarse[0] - coarse[1])
        errors.append(float(2 * gaps.max() + ROUNDING * size))
        with np.errstate(all="ignore"):
            shown_wrong |= (np.abs(coarse[2:] - coarse[1]) > 1e-9 * np.abs(coarse[1]).max()).any(axis=1)
            caught |= (np.abs(coarse[0] - coarse[2:]) > errors[-1]).any(axis=1)
    worst = int(np.argmax([np.abs(r).max() / e for r, e in zip(residuals, errors, strict=True)]))
    at = int(np.argmax(np.abs(residuals[worst])))
    estimate = Estimate(
        method="flow map by integration",
        residual=float(residuals[worst][at]),
        error_estimate=errors[worst],
        how=scheme.how,
        caught=int((caught & shown_wrong).sum()),
        tried=int(shown_wrong.sum()),
        detail=f"{len(starts)} starts at two times; Jacobians by complex step, no derivative of the field",
    )
    if estimate.agrees:
        return [estimate]
    far = abs(estimate.residual) > FAR * estimate.error_estimate
    words = f"more than {FAR:g} times the error" if far else "beyond the error"
    reason = f"the estimate disagrees {words}: residual {estimate.residual:.3g}, error {estimate.error_estimate:.3g}"
    return [estimate, Obstacle(method="flow map", reason=reason)]


def arrived(numbers: FlowNumerics, starts: Any, run: Any) -> Any:
    return run(numbers.field, starts, np.array(numbers.law.times)).arrived


def at_starts(numbers: FlowNumerics, density: Node, starts: Any) -> Any:
    """The written density at the start, at the rows of `starts`."""
    return numbers.expression(density)(float(start_time(numbers)), starts)


def values(numbers: FlowNumerics, located: Located, starts: Any, now: Fraction, run: Any, trees: Sequence[Node]) -> Any:
    """Trees of the claim on the paths of all starts, (trees, starts)."""
    from ..numeric.floats import Floats
    from ..numeric.sensitivities import complex_step_jacobian

    begin = float(start_time(numbers))
    states: dict[float, Any] = {begin: starts}
    slopes: dict[float, Any] = {begin: np.broadcast_to(np.eye(starts.shape[1]), (len(starts), *(starts.shape[1],) * 2))}

    def at(node: Node) -> float:
        time = float(moment(numbers, node, now))
        if time not in states:
            states[time] = run(numbers.field, starts, np.array([begin, time])).require_all()
        return time

    def jacobian(node: Node) -> Any:
        time = float(moment(numbers, node, now))
        if time not in slopes:
            slopes[time] = complex_step_jacobian(numbers.field, starts, (begin, time), run)
        return slopes[time]

    bound: dict[str, Any] = {numbers.law.time: float(now)}
    bound |= {name: starts[:, i] for i, name in enumerate(numbers.law.start_names)}
    for name, (index, node) in located.states.items():
        bound[name] = states[at(node)][:, index]
    for name, (i, j, later, earlier) in located.jacobians.items():
        bound[name] = (jacobian(later) @ np.linalg.inv(jacobian(earlier)))[:, i, j]
    for name, node in located.densities.items():
        log_det = np.linalg.slogdet(jacobian(node))[1]
        written = numbers.law.start_density
        density = (
            np.exp(numbers.start().log_density(starts)) if written is None else at_starts(numbers, written, starts)
        )
        bound[name] = density * np.exp(-log_det)
    ev = Evaluator(Floats(), Meaning(numbers.context, numbers.point, bound=bound))
    found = []
    for tree in trees:
        value = normal(ev.value(tree))
        if isinstance(value, Grid):
            raise Unsupported("expected scalar sides of a claim about the flow map of a field that is not separable")
        found.append(spread(value, starts))
    return np.stack(found)
