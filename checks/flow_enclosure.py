r"""The written rate of a separable flow, integrated in balls and held against the exact log-Jacobian.

For dz_i/dt = f_i(z_i) the derivative of the flow map is dz_i(t)/dz_i(0) = f_i(z_i(t)) / f_i(z_i(0)), so that a right
rate g obeys

    sum_i log|f_i(z_i(t)) / f_i(z_i(0))| + int_0^t g ds = 0,
    int_0^t g_i(z_i(s)) ds = int_{z_i(0)}^{z_i(t)} g_i(u) / f_i(u) du

where g = sum_i g_i(z_i) + constant, read off the written sum.  Both sides are enclosed: a residual ball around 0
witnesses, a ball away from 0 refutes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numeric.balls import RealBalls, to_ball, working_precision
from ..symbolic.tree import Apply, Node, Number, add, mul, neg
from .controls import SLIP
from .evidence import Counterexample, Enclosure, Evidence
from .pointwise import short

if TYPE_CHECKING:
    from .flow_numerics import FlowNumerics
    from .flow_witnesses import RateClaim

METHOD = "exact log-Jacobian of a separable flow"
BITS = 96
POINTS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """A written expression as a sum: one tree for each coordinate that occurs, and the constant rest."""

    coordinates: dict[str, Node]
    constant: Node


def enclosed_rate(read: RateClaim) -> list[Evidence]:
    """Enclosure or counterexample; nothing when the flow or the written rate does not split by coordinates."""
    numbers, plain = read.numbers, read.equation.plain
    if not (numbers.separable and numbers.autonomous) or plain is None:
        return []
    parts = split(numbers, plain[0])
    if parts is None:
        return []
    probes = [probe(read, parts, plain[1], start, time) for start, time in starts(read)]
    with working_precision(BITS):
        for one in probes:
            if not (one.jacobian + one.total()).contains(0):
                return [counterexample(read, one)]
        residuals = [one.jacobian + one.total() for one in probes]
        widest = max(float(r.abs_upper()) for r in residuals) * (1 + 2.0**-50)
        caught, tried = controls_of(probes)
    return [
        Enclosure(
            method=METHOD,
            residual=f"|log|det dz(t)/dz(0)| + integral of the written rate| <= {widest:.2g}",
            radius=widest,
            bits=BITS,
            covers="points",
            points=len(probes),
            caught=caught,
            tried=tried,
            detail="sum of log|f_i(z_i(t))/f_i(z_i(0))|, no trace and no derivative taken",
        )
    ]


@dataclass(frozen=True, slots=True)
class Probe:
    """One start and time: the log-Jacobian, and the integrals of each coordinate's part of the rate and of the rest."""

    start: tuple[Fraction, ...]
    time: Fraction
    jacobian: Any
    integrals: tuple[Any, ...]

    def total(self) -> Any:
        return sum(self.integrals[1:], self.integrals[0])


def starts(read: RateClaim) -> list[tuple[tuple[Fraction, ...], Fraction]]:
    """Random rational starts of ordinary size at two times of the span."""
    r = random.Random(read.seed)
    length = Fraction(read.span[1] - read.span[0]).limit_denominator(10**6)
    found = []
    for index in range(POINTS):
        z = tuple(Fraction(r.randint(3, 14), 10) * r.choice((-1, 1)) for _ in read.numbers.law.variables)
        found.append((z, length if index % 2 == 0 else length * Fraction(3, 7)))
    return found


def probe(read: RateClaim, parts: Parts, sign: int, start: Sequence[Fraction], time: Fraction) -> Probe:
    """Enclose one start.  Raises Undefined and Indeterminate, as where the path leaves every bounded set."""
    from ..numeric.separable import enclose_flow

    numbers, table = read.numbers, RealBalls(BITS)
    jacobian = to_ball(table.number(Fraction(0)))
    integrals = []
    with working_precision(BITS):
        for index, name in enumerate(numbers.law.variables):
            path = enclose_flow(numbers.coordinate(index), start[index], time, BITS)
            jacobian = jacobian + to_ball(path.log_derivative)
            if name in parts.coordinates:
                integrals.append(sign * to_ball(path.integral(numbers.of_one_name(parts.coordinates[name], name))))
        constant = numbers.of_one_name(parts.constant, "_")(table, table.number(Fraction(0)))
        integrals.append(sign * to_ball(constant) * to_ball(table.number(time)))
    return Probe(tuple(start), time, jacobian, tuple(integrals))


def controls_of(probes: Sequence[Probe]) -> tuple[int, int]:
    """A slip of 0.1 %, the wrong sign, and the part of one coordinate dropped: each shows at some start."""
    factor = to_ball(RealBalls(BITS).number(1 + SLIP))
    wrong: list[list[Any]] = [[factor * p.total() for p in probes], [-p.total() for p in probes]]
    wrong += [[p.total() - p.integrals[k] for p in probes] for k in range(len(probes[0].integrals))]
    wrong = [v for v in wrong if any(not (w - p.total()).contains(0) for w, p in zip(v, probes, strict=True))]
    caught = [v for v in wrong if any(not (p.jacobian + w).contains(0) for w, p in zip(v, probes, strict=True))]
    return len(caught), len(wrong)


def counterexample(read: RateClaim, one: Probe) -> Counterexample:
    law = read.numbers.law
    point = {f"{name}(0)": str(value) for name, value in zip(law.variables, one.start, strict=True)}
    point |= {law.time: str(one.time)}
    point |= {n: str(v) for n, v in read.numbers.point.values.items() if n not in (*law.variables, law.time)}
    return Counterexample(
        method=METHOD,
        point=point,
        lhs=short(-one.jacobian),
        rhs=short(one.total()),
        difference=short(-one.jacobian - one.total(), 6),
        bits=BITS,
        detail="change of the log-density over the time span: exact, and by the written rate",
    )


# -- reading a sum -----------------------------------------------------------------------------------------------------
def split(numbers: FlowNumerics, node: Node) -> Parts | None:
    """A written expression by coordinates, or None when a term mixes coordinates or uses the time."""
    found: dict[str, list[Node]] = {name: [] for name in numbers.law.variables}
    rest: list[Node] = []
    for term in terms(node, numbers):
        used = numbers.depends_on(term)
        if not used:
            rest.append(term)
        elif len(used) == 1 and (name := next(iter(used))) in found:
            found[name].append(term)
        else:
            return None
    constant = add(*rest) if rest else Number(Fraction(0))
    return Parts({name: add(*parts) for name, parts in found.items() if parts}, constant)


def terms(node: Node, numbers: FlowNumerics) -> list[Node]:
    """The terms of a sum, with signs and constant factors multiplied out."""
    if isinstance(node, Apply) and node.op == "add":
        return [t for part in node.args for t in terms(part, numbers)]
    if isinstance(node, Apply) and node.op == "neg":
        return [neg(t) for t in terms(node.args[0], numbers)]
    if isinstance(node, Apply) and node.op == "div" and not numbers.depends_on(node.args[1]):
        return [Apply("div", (t, node.args[1])) for t in terms(node.args[0], numbers)]
    if isinstance(node, Apply) and node.op == "mul":
        moving = [part for part in node.args if numbers.depends_on(part)]
        fixed = [part for part in node.args if not numbers.depends_on(part)]
        if len(moving) == 1 and fixed:
            return [mul(*fixed, t) for t in terms(moving[0], numbers)]
    return [node]


__all__ = ["enclosed_rate", "split"]
