r"""Witnesses of a written rate of the log-density along a flow: d/dt log p(z(t), t) = g, a total derivative.

None of them differentiates g's source or the field.  With dz/dt = f(z, t) and z(t) from integration,

    (a) separable f      sum_i log|f_i(z_i(t)) / f_i(z_i(0))| = -int_0^t g ds, enclosed     (`flow_enclosure`)
    (b) any f            log|det dz(t)/dz(0)| by sensitivities of our DOP853 = -int_0^t g ds by SciPy's
    (c) d <= 2           the density carried by the written g has mass 1
    (d) d >= 3           d_t p + div(p f) = 0 for the density carried by the written g, by differences

The integral of g along a path is linear in g, so the negative controls (a slip of 0.1 %, the sign, a slip inside g)
ride along as further columns of one integration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numeric.schemes import ROUNDING, Scheme, adaptive_scheme
from ..numeric.solution import Solution, Status
from ..symbolic.context import FlowLaw
from ..symbolic.tree import Bind, Call, Name, Node, walk
from .budget import Budget
from .claim import Claim
from .controls import SLIP
from .deadline import Deadline, OutOfTime
from .divergence_witness import divergence_theorem
from .evidence import Estimate, Evidence, Obstacle
from .flow_numerics import FlowNumerics, Rate, StartLaw, flow_numerics
from .isolate import Isolated, isolate

METHOD = "log-density along the flow"
STARTS = 48
INSIDE_SLIPS = 4
COARSE = 0.1
FAILURES = (ArithmeticError, ValueError, TypeError, NotImplementedError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class RateClaim:
    """A claim d/dt log p(z(t), t) = g at numbers."""

    numbers: FlowNumerics
    start: StartLaw
    equation: Isolated
    seed: int
    span: tuple[float, float]

    def rate(self, equation: Isolated | None = None) -> Rate:
        """The written g(t, z)."""
        solved = equation or self.equation

        def g(t: float, z: Any) -> Any:
            found = solved.value(lambda node, more: self.numbers.expression(node, more)(t, z))
            return np.asarray(found)

        return g

    @property
    def autonomous(self) -> bool:
        time = self.numbers.law.time
        used = [self.numbers.depends_on(side) for side in (self.equation.lhs, self.equation.rhs)]
        return self.numbers.autonomous and not any(time in names for names in used)


def log_density(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
    """Witnesses of a written total derivative of the log-density."""
    try:
        read = read_claim(claim, seed)
        if read is None:
            return []
        lost, starts = surviving(read)
    except FAILURES as error:
        return [Obstacle(method=METHOD, reason=str(error) or type(error).__name__)]
    if len(starts) < STARTS / 2:
        return [Obstacle(method=METHOD, reason=f"more than half of the trajectories are lost: {lost}")]
    from .flow_enclosure import enclosed_rate

    found: list[Evidence] = []
    steps: list[Callable[[RateClaim], Sequence[Evidence]]] = [enclosed_rate, lambda r: [along_paths(r, starts, lost)]]
    if not lost:
        planar = read.numbers.law.dimension <= 2
        steps.append(mass if planar else lambda r: [continuity(r, starts)])
    for step in steps:
        try:
            with Deadline(budget.seconds) as deadline:
                found += step(read)
                deadline.check()
        except OutOfTime:
            # What the other witnesses found stands, and the outer limit of the step is not reached.
            found.append(Obstacle(method=METHOD, reason=f"limit: {budget.seconds:.3g} s of computing for one witness"))
        except FAILURES as error:
            found.append(Obstacle(method=METHOD, reason=str(error) or type(error).__name__))
    return [*found, *objections(found)]


def read_claim(claim: Claim, seed: int) -> RateClaim | None:
    """The flow and the isolated rate; None for a derivative at a fixed point, or in another form."""
    part, law = claim.parts[0], claim.law
    if not isinstance(law, FlowLaw):
        return None
    target = total_rate(part.unfolded, claim, law)
    if target is None:
        return None
    numbers = flow_numerics(part.context, law, part.unfolded, seed)
    equation = isolate(*part.unfolded, target)
    return RateClaim(numbers, numbers.start(), equation, seed, law.times)


def total_rate(sides: Sequence[Node], claim: Claim, law: FlowLaw) -> Bind | None:
    """The node d/dt log p(z(t), t), a total derivative along the path."""
    path = tuple(Call(name, (Name(law.time),)) for name in law.variables)
    for side in sides:
        for node in walk(side):
            if not (isinstance(node, Bind) and node.op == "diff" and node.tag == "total" and node.names == (law.time,)):
                continue
            inner = node.args[0]
            density = getattr(inner, "args", (None,))[0]
            entry = claim.context.get(density.name) if isinstance(density, Call) else None
            is_log = getattr(inner, "op", "") == "log" and entry is not None and entry.kind == "density"
            if is_log and isinstance(density, Call) and density.args[: law.dimension] == path:
                return node
    return None


def surviving(read: RateClaim) -> tuple[str, Any]:
    """What became of random starts over the time span: a sentence about the lost ones, and the survivors."""
    z = read.start.draw(STARTS, read.seed)
    found = adaptive_scheme(1e-8, autonomous=read.numbers.autonomous).value(read.numbers.field, z, np.array(read.span))
    return ("" if found.arrived.all() else found.describe()), z[found.arrived]


def objections(found: Sequence[Evidence]) -> list[Evidence]:
    """An obstacle for every estimate that disagrees."""
    return [
        Obstacle(
            method=piece.method,
            reason=f"the estimate disagrees: residual {piece.residual:.3g}, error {piece.error_estimate:.3g}",
        )
        for piece in found
        if isinstance(piece, Estimate) and not piece.agrees
    ]


# -- (b) ---------------------------------------------------------------------------------------------------------------
def along_paths(read: RateClaim, starts: Any, lost: str) -> Estimate:
    """log|det dz(t)/dz(0)| by sensitivities against minus the integral of the written rate, by other code."""
    from ..numeric.sensitivities import flow_map_log_abs_det

    numbers = read.numbers
    rates = [read.rate(), *finite_slips(read, starts)]
    determinant = flow_map_log_abs_det(
        numbers.field, starts, read.span, adaptive_scheme(1e-10, autonomous=numbers.autonomous)
    )
    # The slips need no error of their own: they are told by gaps far above it, and ride on a coarse run.
    integral = integrals(numbers, rates[:1], starts, read.span, scipy_scheme())
    slips = slipped_integrals(numbers, rates[1:], starts, read.span, scipy_scheme())
    # |coarse - exact| <= 2 |coarse - finer| once the finer run is at least twice as accurate; the largest gap of the
    # batch stands for all paths, since a gap may vanish by accident on one of them.
    value = integral.value[:, 0]
    error = 2 * float(integral.error_estimate[:, 0].max() + determinant.error_estimate.max())
    residual = determinant.value + value
    wrong = [(1 + float(SLIP)) * value, -value, *slips.T]
    shown = [w for w in wrong if (np.abs(w - value) > 1e-9 * (1e-3 + np.abs(value).max())).any()]
    caught = sum(bool((np.abs(determinant.value + w) > error).any()) for w in shown)
    return Estimate(
        method="Jacobian of the flow map",
        residual=float(residual[np.argmax(np.abs(residual))]),
        error_estimate=error,
        how=f"log|det dz(t)/dz(0)| by {determinant.how}; integral of the written rate by {integral.how}",
        caught=caught,
        tried=len(shown),
        detail=_starts_text(len(starts), read.span, lost),
    )


def finite_slips(read: RateClaim, starts: Any) -> list[Rate]:
    """A few rates with one slip inside, with a value at every start and end of a path."""
    run = adaptive_scheme(1e-6, autonomous=read.numbers.autonomous).value
    ends = run(read.numbers.field, starts, np.array(read.span)).require_all()
    found: list[Rate] = []
    for _, variant in read.equation.slips():
        rate = read.rate(variant)
        if (
            len(found) < INSIDE_SLIPS
            and np.isfinite(rate(read.span[0], starts)).all()
            and np.isfinite(rate(read.span[1], ends)).all()
        ):
            found.append(rate)
    return found


def _starts_text(count: int, span: tuple[float, float], lost: str) -> str:
    text = f"{count} starting points, t from {span[0]:g} to {span[1]:g}"
    return f"{text}; lost ones left out ({lost})" if lost else text


def scipy_scheme() -> Scheme:
    """SciPy's DOP853 at 1e-9, compared with 1e-12."""
    from ..numeric.ode import solve_ivp_witness

    def at(tolerance: float) -> Any:
        def run(field: Any, start: Any, times: Any) -> Solution:
            return solve_ivp_witness(field, start, times, rtol=tolerance, atol=tolerance)

        return run

    how = "SciPy's DOP853 at 1e-09, compared with 1e-12"
    return Scheme(value=at(1e-9), finer=at(1e-12), factor=1.0, how=how)


def integrals(
    numbers: FlowNumerics, rates: Sequence[Rate], starts: Any, span: tuple[float, float], scheme: Scheme
) -> Any:
    """int g ds along the paths from `starts`, one column for each rate, (n, k), as an Approximation."""
    return scheme.compare(lambda run: integrated(numbers, rates, starts, span, run))


def slipped_integrals(
    numbers: FlowNumerics, rates: Sequence[Rate], starts: Any, span: tuple[float, float], scheme: Scheme
) -> Any:
    """The same by the coarse run alone, (n, k)."""
    return integrated(numbers, rates, starts, span, scheme.value) if rates else np.zeros((len(starts), 0))


def integrated(numbers: FlowNumerics, rates: Sequence[Rate], starts: Any, span: tuple[float, float], run: Any) -> Any:
    """State and integrals together, by one run; the integrals at the end."""
    d = numbers.law.dimension

    def augmented(t: float, state: Any) -> Any:
        z = state[:, :d]
        found = np.concatenate([numbers.field(t, z), *(g(t, z)[:, None] for g in rates)], axis=1)
        if not np.isfinite(found).all():
            # SciPy would shorten its step for ever.
            raise ArithmeticError("the written rate has no value somewhere on a path")
        return found

    begin = np.concatenate([starts, np.zeros((len(starts), len(rates)))], axis=1)
    return run(augmented, begin, np.array(span)).require_all()[:, d:]


# -- (c) ---------------------------------------------------------------------------------------------------------------
def mass(read: RateClaim) -> list[Evidence]:
    """The integral of exp(log p0(z(0)) + int g ds) is 1; finer nodes when a control would slip through.

    Nodes cannot mend what the paths leave open, and a first error beyond `COARSE` is not theirs alone.
    """
    bounds = image_box(read)
    if bounds is None:
        return []
    rules = (513, 1025) if len(bounds) == 1 else (97, 161)
    found = mass_with(read, bounds, rules[0])
    enough = found.caught == found.tried or not found.error_estimate <= COARSE
    return [found if enough else mass_with(read, bounds, rules[1])]


def mass_with(read: RateClaim, bounds: tuple[tuple[float, float], ...], nodes: int) -> Estimate:
    from ..numeric.flow import total_mass

    kept: dict[str, Any] = {}

    def carried(factor: float) -> Any:
        def log_p(x: Any) -> Any:
            if not kept:
                kept.update(pulled_back(read, x))
            return kept["base"] + factor * kept["integral"]

        return log_p

    found = total_mass(carried(1.0), bounds, nodes=nodes)
    error = found.error_estimate + found.value * float(kept["error"])
    slips = [
        total_mass(carried(1 + float(SLIP)), bounds, nodes=nodes).value,
        total_mass(carried(-1.0), bounds, nodes=nodes).value,
    ]
    slips = slips if np.abs(kept["integral"]).max() > 1e-9 else []
    return Estimate(
        method="mass of the carried density",
        residual=float(found.value - 1.0),
        error_estimate=float(error),
        how=f"{found.how}; paths back to the start by {kept['how']}",
        caught=sum(abs(value - 1.0) > error for value in slips),
        tried=len(slips),
        detail=f"density at t = {read.span[1]:g} carried by the written rate from the start law",
    )


def image_box(read: RateClaim) -> tuple[tuple[float, float], ...] | None:
    """A box that holds the image of the ball of radius 6.5 standard deviations of the start law.

    None where the flow stretches the far ones so much that equal nodes would miss the bulk, or loses them.
    """
    d = read.numbers.law.dimension
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    w = np.array([[-1.0], [1.0]]) if d == 1 else np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ball = read.start.push(np.concatenate([3.0 * w, 6.5 * w]))
    run = adaptive_scheme(1e-6, autonomous=read.numbers.autonomous).value
    reached = run(read.numbers.field, ball, np.array(read.span))
    if not reached.arrived.all():
        return None
    usual, image = reached.final[: len(w)], reached.final
    if (np.ptp(image, axis=0) > 2 * (6.5 / 3.0) * np.ptp(usual, axis=0)).any():
        return None
    return tuple((float(low), float(high)) for low, high in zip(image.min(axis=0), image.max(axis=0), strict=True))


def pulled_back(read: RateClaim, x: Any) -> dict[str, Any]:
    """log p0 of the starts that arrive at x, and int g ds on the way; -inf where no path arrives from the start."""
    d = read.numbers.law.dimension
    rate, n = read.rate(), len(x)

    def augmented(t: float, state: Any) -> Any:
        z = state[:, :d]
        return np.concatenate([read.numbers.field(t, z), rate(t, z)[:, None]], axis=1)

    begin = np.concatenate([x, np.zeros((n, 1))], axis=1)

    def run(integrator: Any) -> Any:
        found = integrator(augmented, begin, np.array(read.span[::-1]))
        if not np.isin(found.status, (Status.OK, Status.BLEW_UP)).all():
            raise ArithmeticError(f"the mass is not tested: {found.describe()}")
        base, integral = np.full(n, -np.inf), np.zeros(n)
        arrived = found.final[found.arrived]
        base[found.arrived] = read.start.log_density(arrived[:, :d])
        integral[found.arrived] = -arrived[:, d]
        return np.stack([base, integral])

    found = adaptive_scheme(1e-6, autonomous=read.autonomous).compare(run)
    weight = np.exp(found.value[0] + found.value[1])
    error = found.error_estimate.sum(axis=0)
    usable = np.isfinite(weight) & np.isfinite(error)
    share = float((error * weight)[usable].sum() / max(float(weight[usable].sum()), 1e-300))
    return {"base": found.value[0], "integral": found.value[1], "error": share + ROUNDING, "how": found.how}


# -- (d) ---------------------------------------------------------------------------------------------------------------
def continuity(read: RateClaim, starts: Any) -> Estimate:
    """The continuity equation of the density that the written rate carries, at a few points, by differences."""
    from ..numeric.flow import continuity_residual

    scheme = adaptive_scheme(1e-7)
    middle = (read.span[0] + read.span[1]) / 2
    points = scheme.value(read.numbers.field, starts[:6], np.array([read.span[0], middle])).require_all()
    rate = read.rate()

    def residual(factor: float) -> Any:
        def divergence(t: float, z: Any) -> Any:
            return -factor * rate(t, z)

        return continuity_residual(
            read.numbers.field, divergence, read.start.log_density, points, (read.span[0], middle), scheme
        )

    found, slip = residual(1.0), residual(1 + float(SLIP))
    error = 2 * float(found.error_estimate.max())
    return Estimate(
        method="continuity equation",
        residual=float(found.value[np.argmax(np.abs(found.value))]),
        error_estimate=error,
        how=found.how,
        caught=int(np.abs(slip.value).max() > error),
        tried=1,
        detail=f"(d_t p + div(p f)) / p at {len(points)} points, t = {middle:g}",
    )


__all__ = ["RateClaim", "divergence_theorem", "log_density"]
