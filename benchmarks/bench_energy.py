"""log Z and its gradient for coupled double wells on the line, in the plane and in space, against quadratures.

    E = sum_i (a x_i^4 - b x_i^2) + c sum_{i<j} x_i x_j,   a = 1/4, b = 1, c = 1/2;   log Z and d log Z/d(a, b, c)

One contender answers everything each time.  Error: the largest of |log Z - truth| and of the relative errors of the
gradient.  The truth is a plain tensor sum in long double, checked against itself on fewer nodes.  Peers are given the
box [-5, 5]^d, and an integrand in products (x*x, no powers); one row has it as one would write it, with x**4.

asked    every contender is asked for 12 digits, as one who does not know the answer does.  twofold finds its box and
         estimates its error.
reached  the loosest tolerance at which 12 digits happen to be reached, which only the truth can tell: for twofold the
         fewest nodes of its rule on the box of the peers, without an estimate.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402 - threads are set before numpy is loaded
import math  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from fractions import Fraction  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

import measure  # noqa: E402
import numpy as np  # noqa: E402
from measure import Contender, Entry, race  # noqa: E402

AT = (0.25, 1.0, 0.5)
HALF = 5.0
DIGITS = 1e-12
MANY = 50  # calls of a fast contender in one turn


def weights(x: Any) -> Any:
    """exp(-E) times (1, -sum x^4, sum x^2, -sum x_i x_j) of points (m, d), shape (m, 4), in the precision of x."""
    square = x * x
    second, fourth = square.sum(axis=1), (square * square).sum(axis=1)
    pairs = (x.sum(axis=1) ** 2 - second) / 2
    weight = np.exp(AT[1] * second - AT[0] * fourth - AT[2] * pairs)
    return weight[:, None] * np.stack([np.ones_like(second), -fourth, second, -pairs], axis=1)


def answer(sums: Any) -> Any:
    """(log Z, gradient) of (Z, Z gradient)."""
    return np.array([math.log(sums[0]), *(sums[1:] / sums[0])])


def tensor(d: int, n: int, half: float = 6.0) -> Any:
    """The trapezoidal sum in long double, a slab at a time."""
    axis = (np.arange(n, dtype=np.longdouble) + np.longdouble(0.5)) * (2 * np.longdouble(half) / n) - half
    rest = np.stack([g.ravel() for g in np.meshgrid(*[axis] * (d - 1), indexing="ij")], axis=1) if d > 1 else None
    total = np.zeros(4, dtype=np.longdouble)
    for value in axis:
        x = np.full((1, 1), value) if rest is None else np.column_stack([np.full(len(rest), value), rest])
        total += weights(x).sum(axis=0)
    return total * (2 * np.longdouble(half) / n) ** d


@cache
def truth(d: int) -> Any:
    fine, coarse = (tensor(d, n) for n in ((240, 180) if d < 3 else (96, 84)))
    found = np.array([float(np.log(fine[0])), *(float(v) for v in fine[1:] / fine[0])])
    again = np.array([float(np.log(coarse[0])), *(float(v) for v in coarse[1:] / coarse[0])])
    if np.abs(found - again).max() > 1e-13:
        raise ArithmeticError(f"the truth in {d} dimensions is not settled: {found - again}")
    return found


def error_in(d: int) -> Callable[[Any], float]:
    def error(found: Any) -> float:
        gap = np.abs(np.asarray(found) - truth(d))
        gap[1:] /= np.maximum(np.abs(truth(d)[1:]), 1e-300) if d > 1 else np.array([*np.abs(truth(d)[1:3]), 1.0])
        return float(gap.max())

    return error


def as_written(x: Any) -> Any:
    """The same, as the formula reads: numpy takes its time for x**4."""
    d = x.shape[1]
    pairs = sum(x[:, i] * x[:, j] for i in range(d) for j in range(i + 1, d))
    energy = (AT[0] * x**4 - AT[1] * x**2).sum(axis=1) + AT[2] * pairs
    return np.exp(-energy)[:, None] * np.stack([np.ones(len(x)), -(x**4).sum(1), (x**2).sum(1), -pairs], axis=1)


# -- ours --------------------------------------------------------------------------------------------------------------
def rule_of(d: int) -> tuple[Any, Any]:
    """The rule, lowered, and the parameters."""
    import sympy

    import twofold

    x, (a, b, c) = sympy.symbols(f"x:{d}", real=True), sympy.symbols("a b c", real=True)
    wells = sum(a * v**4 - b * v**2 for v in x)
    pulls = sum((x[i] * x[j] for i in range(d) for j in range(i + 1, d)), sympy.S.Zero)
    rule = twofold.Quadrature(twofold.Energy(wells + c * pulls, x, [a, b, c]), relative_tolerance=DIGITS)
    return rule, dict(zip((a, b, c), AT, strict=True))


def ours(d: int) -> Callable[[], Any]:
    rule, at = rule_of(d)

    def work() -> Any:
        found = rule(at)
        return np.array([found.log_partition_function, *found.gradient])

    return many(work, MANY)


def own_rule(d: int) -> Callable[[float], Any]:
    """The sums over one lattice of 1 / `tolerance` nodes an axis, no search and no estimate."""
    from twofold.numeric.lattice import Parts, lattice

    rule, _ = rule_of(d)
    parts, box = Parts.of(rule.blocks, d, 3, AT), ((-HALF, HALF),) * d

    def work(tolerance: float) -> Any:
        n = round(1 / tolerance)
        with np.errstate(all="ignore"):
            found = lattice(parts, box, n)
        log_z = math.log(found.total) + found.log_scale + d * math.log(2 * HALF / n)
        return np.array([log_z, *(-found.sums / found.total)])

    return work


def enclosed() -> Callable[[], Any]:
    """On the line in balls of 64 bits, tails included: the middle of each ball, which holds the truth."""
    from twofold.numeric.balls import to_ball, working_precision
    from twofold.numeric.tails import integrate_boltzmann

    def power(k: int) -> Callable[[Any, Any], Any]:
        return lambda table, x: table.apply("pow", (x, table.number(Fraction(k))))

    def energy(table: Any, x: Any) -> Any:
        quartic = table.apply("mul", (table.number(Fraction(1, 4)), power(4)(table, x)))
        return table.apply("add", (quartic, table.apply("neg", (power(2)(table, x),))))

    def work() -> Any:
        with working_precision(64):
            z = to_ball(integrate_boltzmann(energy, None, 64))
            fourth, second = (to_ball(integrate_boltzmann(energy, power(k), 64)) / z for k in (4, 2))
            balls = [z.log(), -fourth, second]
        if any(float(ball.rad()) > 1e-15 * (1 + abs(float(ball.mid()))) for ball in balls):
            raise ArithmeticError(f"wide enclosures: {balls}")
        return np.array([*(float(ball.mid()) for ball in balls), 0.0])

    return work


# -- peers -------------------------------------------------------------------------------------------------------------
def many(work: Callable[[], Any], times: int) -> Callable[[], Any]:
    def repeated() -> Any:
        for _ in range(times):
            found = work()
        return found

    return repeated


def scipy_quad(tolerance: float) -> Any:
    from scipy.integrate import quad

    def part(k: int) -> float:
        def f(x: float) -> float:
            square = x * x
            return math.exp(AT[1] * square - AT[0] * square * square) * (1.0, -square * square, square)[k]

        return quad(f, -HALF, HALF, epsabs=0, epsrel=tolerance, limit=200)[0]

    return answer(np.array([part(0), part(1), part(2), 0.0]))


def scipy_quad_vec(tolerance: float) -> Any:
    from scipy.integrate import quad_vec

    def f(x: float) -> Any:
        square = x * x
        return math.exp(AT[1] * square - AT[0] * square * square) * np.array([1.0, -square * square, square, 0.0])

    return answer(quad_vec(f, -HALF, HALF, epsabs=0, epsrel=tolerance)[0])


def scipy_tanhsinh(tolerance: float) -> Any:
    from scipy.integrate import tanhsinh

    def f(x: Any, p: Any) -> Any:
        square = x * x
        return np.exp(AT[1] * square - AT[0] * square * square) * np.where(
            p == 0, 1.0, np.where(p == 1, square, square * square)
        )

    found = tanhsinh(f, -HALF, HALF, args=(np.arange(3),), rtol=tolerance).integral
    return answer(np.array([found[0], -found[2], found[1], 0.0]))


def scipy_cubature(d: int, rule: str, body: Any = weights) -> Callable[[float], Any]:
    from scipy.integrate import cubature

    return lambda tolerance: answer(cubature(body, [-HALF] * d, [HALF] * d, rule=rule, rtol=tolerance).estimate)


def scipy_nquad(d: int, parts: int = 4) -> Callable[[float], Any]:
    from scipy.integrate import nquad

    def f(*args: float) -> float:
        *x, k = args
        second = sum(v * v for v in x)
        fourth = sum(v**4 for v in x)
        pairs = (sum(x) ** 2 - second) / 2
        return math.exp(AT[1] * second - AT[0] * fourth - AT[2] * pairs) * (1.0, -fourth, second, -pairs)[int(k)]

    def work(tolerance: float) -> Any:
        options = {"epsabs": 0, "epsrel": tolerance}
        sums = [nquad(f, [(-HALF, HALF)] * d, args=(k,), opts=options)[0] for k in range(parts)]
        return answer(np.array(sums)) if parts == 4 else math.log(sums[0])

    return work


def cubature_package(d: int) -> Callable[[float], Any]:
    from cubature import cubature

    def f(x: Any, *_: Any) -> Any:
        return weights(x.reshape(-1, d))

    def work(tolerance: float) -> Any:
        found, _ = cubature(
            f, d, 4, [-HALF] * d, [HALF] * d, abserr=0.0, relerr=tolerance, adaptive="h", vectorized=True
        )
        return answer(found)

    return work


def vegas_integrator(d: int) -> Callable[[float], Any]:
    """`tolerance` sets the evaluations: the error falls with their root only."""
    import gvar
    import vegas

    batch = vegas.lbatchintegrand(weights)

    def work(tolerance: float) -> Any:
        gvar.ranseed(1)
        integrator = vegas.Integrator([[-HALF, HALF]] * d)
        count = int(1.0 / tolerance)
        integrator(batch, nitn=5, neval=count)
        found = integrator(batch, nitn=10, neval=count)
        return answer(np.array([found[k].mean for k in range(4)]))

    return work


def gauss_hermite(d: int) -> Callable[[float], Any]:
    """`tolerance` is 1 / nodes an axis."""

    def work(tolerance: float) -> Any:
        nodes, w = np.polynomial.hermite.hermgauss(round(1 / tolerance))
        x = np.stack([g.ravel() for g in np.meshgrid(*[nodes] * d, indexing="ij")], axis=1)
        mass = np.prod([g.ravel() for g in np.meshgrid(*[w] * d, indexing="ij")], axis=0)
        return answer((mass * np.exp((x * x).sum(axis=1))) @ weights(x))

    return work


# -- cases -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Peer:
    """A way to integrate: work by tolerance, the tolerances to try from loose to strict, how it is asked 12 digits.

    `asked` is None where it cannot be asked (Monte Carlo, a fixed rule): the strictest stands in.
    """

    name: str
    work: Callable[[float], Any]
    needs: tuple[str, ...]
    tolerances: tuple[float, ...]
    asked: float | None = DIGITS
    repeats: int = 3
    times: int = 1  # calls in one turn


def peers(d: int) -> list[Peer]:
    scipy, decades = ("scipy",), tuple(10.0**-k for k in range(2, 13))
    grids = tuple(1 / n for n in ((10, 20, 40, 60, 80, 100) if d < 3 else (10, 20, 40, 60)))
    line = [
        Peer("scipy quad", scipy_quad, scipy, decades, repeats=5, times=20),
        Peer("scipy quad_vec", scipy_quad_vec, scipy, decades, repeats=5, times=5),
        Peer("scipy tanhsinh", scipy_tanhsinh, scipy, decades, repeats=5, times=5),
    ]
    space = [
        Peer("scipy cubature genz-malik", scipy_cubature(d, "genz-malik"), scipy, (1e-2, 1e-4, 1e-6), None, 1),
        Peer(
            "scipy cubature gk21, x**4 as written",
            scipy_cubature(d, "gk21", as_written),
            scipy,
            decades[::2],
            repeats=1,
        ),
    ]
    plane = [Peer("scipy nquad", scipy_nquad(d), scipy, (1e-4, 1e-8), repeats=1)]
    cub = decades if d < 3 else decades[:5]
    return [
        *(line if d == 1 else space),
        *(plane if d == 2 else []),
        Peer("scipy cubature gk21", scipy_cubature(d, "gk21"), scipy, decades, repeats=5 - d, times=(4, 2, 1)[d - 1]),
        Peer("cubature package", cubature_package(d), ("cubature",), cub, DIGITS if d < 3 else None, 2),
        Peer("Gauss-Hermite", gauss_hermite(d), (), grids, None),
        Peer("vegas", vegas_integrator(d), ("vegas",), (1e-3, 1e-4, 1e-5), None, 1),
    ]  # fmt: skip


def contender(d: int, peer: Peer, tolerance: float, note: str, *, mine: bool = False) -> Contender:
    return Contender(
        name=peer.name, prepare=lambda: many(lambda: peer.work(tolerance), peer.times), error=error_in(d),
        needs=peer.needs, repeats=peer.repeats, scale=1 / peer.times, note=note, ours=mine,
    )  # fmt: skip


def loosest(d: int, peer: Peer) -> tuple[float, str]:
    """The loosest tolerance that reaches 12 digits, else the one with the smallest error; with a note."""
    if measure.missing(peer.needs):
        return peer.tolerances[0], ""
    reached: dict[float, float] = {}
    for tolerance in peer.tolerances:
        try:
            reached[tolerance] = error_in(d)(peer.work(tolerance))
        except (ArithmeticError, ValueError, RuntimeError):
            continue
        if reached[tolerance] <= DIGITS:
            return tolerance, f"at {tolerance:.1g}"
    best = min(reached, key=lambda t: reached[t])
    return best, f"12 digits not reached; best at {best:.1g}"


def names(d: int) -> str:
    return f"{d} variable{'s' * (d > 1)}"


def our_contenders(d: int) -> list[Contender]:
    own = Contender(
        name="twofold.Quadrature", prepare=lambda: ours(d), error=error_in(d), ours=True, repeats=7, scale=1 / MANY,
        note="box found, error estimated",
    )  # fmt: skip
    balls = Contender(
        name="twofold, enclosed in balls", prepare=enclosed, error=error_in(1), ours=True, repeats=5,
        note="rigorous, tails included, radii below 1e-15",
    )  # fmt: skip
    return [own, balls] if d == 1 else [own]


def asked(d: int) -> list[Entry]:
    """Everybody is asked for 12 digits."""
    rivals = []
    for peer in peers(d):
        tolerance = peer.tolerances[-1] if peer.asked is None else peer.asked
        note = f"asked {tolerance:.0e}" if peer.asked else f"cannot give 12 digits here; at {tolerance:.1g}"
        rivals.append(contender(d, peer, tolerance, note))
    if d == 3:
        rivals.append(space_nquad())
    return race("energy", f"log Z and gradient, {names(d)}, asked for 12 digits", d, [*our_contenders(d), *rivals])


def reached(d: int) -> list[Entry]:
    """Everybody at the loosest tolerance that reaches 12 digits, or at the best that is reached."""
    nodes = tuple(1 / n for n in range(24, 100, 4))
    own = Peer("twofold, one sum on the given box", own_rule(d), (), nodes, None, 7, MANY)
    tolerance = loosest(d, own)[0]
    rivals = [contender(d, own, tolerance, f"{round(1 / tolerance)} nodes an axis", mine=True)]
    rivals.extend(contender(d, peer, *loosest(d, peer)) for peer in peers(d))
    return race("energy", f"log Z and gradient, {names(d)}, 12 digits reached", d, rivals)


def space_nquad() -> Contender:
    """log Z alone, at a loose tolerance: four times that for a whole answer."""
    return Contender(
        name="scipy nquad", prepare=lambda: lambda: scipy_nquad(3, 1)(1e-3), repeats=1, scale=4, needs=("scipy",),
        error=lambda found: abs(found - truth(3)[0]), note="Z alone at tolerance 1e-3, times four",
    )  # fmt: skip


def work_precision(d: int) -> list[Entry]:
    """A row for each of some tolerances of each peer: time against error; the note names the curve."""
    own = Peer(
        "twofold, one sum on the given box", own_rule(d), (), tuple(1 / n for n in (16, 24, 32, 40, 48)), None, 5, MANY
    )
    curves = [
        (peer, t)
        for peer in (own, *peers(d))
        for t in (peer.tolerances[::2] if len(peer.tolerances) > 6 else peer.tolerances)
    ]
    rows = [
        replace(contender(d, peer, t, peer.name), name=f"{peer.name} @ {t:.2g}", repeats=min(peer.repeats, 2))
        for peer, t in curves
    ]
    return race("energy", f"work and precision, {names(d)}", d, [*our_contenders(d)[:1], *rows])


def quick() -> list[Entry]:
    """A few peers in each dimension, at fixed tolerances."""
    picks = {
        1: {"scipy quad": DIGITS, "scipy quad_vec": DIGITS},
        2: {"scipy cubature gk21": DIGITS},
        3: {"cubature package": 1e-4},
    }  # fmt: skip
    rows = []
    for d, rivals in picks.items():
        field = [
            contender(d, peer, rivals[peer.name], f"asked {rivals[peer.name]:.0e}")
            for peer in peers(d)
            if peer.name in rivals
        ]
        rows.extend(race("energy", f"quick, {names(d)}", d, [*our_contenders(d), *field]))
    return rows


def full() -> list[Entry]:
    return [row for d in (1, 2, 3) for row in (*asked(d), *reached(d), *work_precision(d))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ratios against one or two peers, in seconds")
    few = parser.parse_args().quick
    folder = measure.RESULTS / "quick" if few else measure.RESULTS
    measure.write("energy", quick() if few else full(), ("vegas", "cubature"), folder)


if __name__ == "__main__":
    main()
