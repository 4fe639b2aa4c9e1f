r"""Rows about samples: they follow the transported density; so many of them expose this defect, and not that one.

A statement "n samples expose it" is put to the test as power >= `SEES`, "n samples do not show it" as power <= `BLIND`:
of `sets` data sets k were rejected, and k is binomial.  A rejection by two independent lots of data sets refutes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...numeric.goodness_of_fit import chi_square_test, dkw_test, normal_uniforms, radius_uniforms
from ...numeric.ode import dop853, solve_ivp_witness
from ...numeric.power import chi_square_detectable_effect, distribution_detectable_effect
from ..budget import step_seed
from ..evidence import StatisticalTest
from ..flow_pictures import Scene, averages, cell_area, counts, extent, pooled
from .bench import FlowBench
from .figure_tests import LEVEL, TESTS, Exposure, per_axis
from .record import Row

FIRST, SECOND, POWER = 1e-4, 1e-5, 0.99
SEES, BLIND, HALF = 0.9, 0.1, 0.5
WIDER = 1.5


# -- do the samples follow the density? --------------------------------------------------------------------------------
def match_row(bench: FlowBench, scene: Scene, n: int, seed: int) -> Row:
    """Joint and marginal tests of n samples at the last time."""
    t0, t1 = bench.span

    def samples(purpose: str) -> tuple[Any, Any]:
        draws = bench.start.draw(n, step_seed(seed, bench.law.name, purpose))
        if purpose == "control":
            draws = draws.mean(axis=0) + WIDER * (draws - draws.mean(axis=0))
        run = dop853(
            bench.written.field, draws, np.array([t0, t1]), rtol=1e-8, atol=1e-8, autonomous=bench.numbers.autonomous
        )
        return run.final[run.arrived], draws[~run.arrived]

    tests: list[StatisticalTest] = []
    if bench.dimension == 2:
        tests.append(cells_test(bench, scene, samples, n, seed))
    tests.append(pulled_test(bench, samples, n, seed))
    told = "; ".join(f"{t.method}: p = {t.p_value:.2g}, would show {t.at_effect}" for t in tests)
    return Row(
        id="samples-match",
        statement=f"The samples of {bench.law.name}({t1:g}) follow the density that is carried along the flow.",
        measured=f"{n} samples. {told} (power {POWER:g}).",
        conditions="A test of the samples at hand; smaller defects than those named go unseen.",
        evidence=tuple(tests),
    )


def two_stages(test: Any) -> tuple[Any, float | None, int]:
    """The first result, the second p-value where the first asks for it, and whether the control is caught."""
    first = test("first")
    second = test("second").p_value if first.p_value <= FIRST else None
    return first, second, int(test("control").p_value <= FIRST)


def cells_test(bench: FlowBench, scene: Scene, samples: Any, n: int, seed: int) -> StatisticalTest:
    """Counts in cells of the plane against the probabilities that the transported density gives them."""
    t1 = bench.span[1]
    made = samples("first")
    box = extent(made[0])
    probabilities = averages(scene, box, t1) * cell_area(box)

    def of(drawn: tuple[Any, Any]) -> Any:
        # Lost paths are in no cell: they count with what is outside of the box.
        return chi_square_test(*pooled(counts(drawn[0], box), probabilities, n))

    first, second, caught = two_stages(lambda purpose: of(made if purpose == "first" else samples(purpose)))
    cells = len(pooled(counts(made[0], box), probabilities, n)[1])
    effect = chi_square_detectable_effect(n=n, cells=cells, alpha=FIRST, power=POWER).at_effect
    return staged(
        bench, seed, (first, second, caught),
        method="joint chi-square over cells of the plane",
        at_effect=f"a root mean square error of {effect:.0%} of the cells' probabilities",
        n=n,
        detail="samples by the written field, density by the derived trace",
    )  # fmt: skip


def staged(
    bench: FlowBench,
    seed: int,
    found: tuple[Any, float | None, int],
    *,
    method: str,
    at_effect: str,
    n: int,
    detail: str,
) -> StatisticalTest:
    """The record of both stages of a test of n samples, whose control starts from too wide a law."""
    first, second, caught = found
    return StatisticalTest(
        method=method,
        statistic=first.statistic,
        p_value=first.p_value,
        alpha=FIRST,
        power=POWER,
        at_effect=at_effect,
        n=n,
        seed=step_seed(seed, bench.law.name, "first"),
        null_law=first.null_law,
        p_second=second,
        alpha_second=None if second is None else SECOND,
        seed_second=None if second is None else step_seed(seed, bench.law.name, "second"),
        caught=caught,
        tried=1,
        detail=f"{detail}; wrong variant: a start law {WIDER:g} times as wide",
    )


def pulled_test(bench: FlowBench, samples: Any, n: int, seed: int) -> StatisticalTest:
    """Coordinates and radius of the samples carried back by other code, against the start law."""
    d = bench.dimension

    def of(drawn: tuple[Any, Any]) -> Any:
        times = np.array(bench.span[::-1])
        back = solve_ivp_witness(bench.written.field, drawn[0], times, rtol=1e-7, atol=1e-9).require_all()
        # Paths that left every bounded set stand where they started: without them the start law would look cut off.
        w = bench.start.pull(np.concatenate([back, drawn[1]]))
        return dkw_test(np.concatenate([normal_uniforms(w), radius_uniforms(w)[:, None]], axis=1))

    first, second, caught = two_stages(lambda purpose: of(samples(purpose)))
    effect = distribution_detectable_effect(n=n, alpha=FIRST / (d + 1), power=POWER).at_effect
    return staged(
        bench, seed, (first, second, caught),
        method="marginals and radius, carried back",
        at_effect=f"a gap of {effect:.2g} between distribution functions",
        n=n,
        detail="carried back by SciPy's DOP853 on the written trees",
    )  # fmt: skip


# -- what would so many samples show? ----------------------------------------------------------------------------------
def exposure_rows(seen: list[Exposure], again: list[Exposure], n: int, seed: int) -> list[Row]:
    """`seen`: right, no flow, one Euler step, five, a shorter time; `again`: no flow and five steps, other seeds."""
    right, none, one, five, short = seen
    missing = Row(
        id="missing-flow",
        statement=f"{n} samples expose a generator without the flow.",
        measured=f"{rate(none)}; by the joint test alone {share(none, 'joint')}, {none.predicted(n):.3g} from theory. "
        f"The right generator: {rate(right)}.",
        conditions="A flow that keeps the start law, or hardly moves it, is not seen in samples.",
        evidence=(power_test(none, again[0], right, n, seed, sees=True),),
    )
    blind = Row(
        id="five-euler",
        statement=f"{n} samples do not show the error of five Euler steps.",
        measured=f"{rate(five)} (joint test from theory: {five.predicted(n):.3g}); one Euler step: {rate(one)}; "
        f"{short.defect.name}: {rate(short)}. By theory the joint test sees five Euler steps in half of the data sets "
        f"from about {samples_for_half(five)} samples on.",
        conditions="More samples, or a longer time, show it.",
        evidence=(power_test(five, again[1], none, n, seed, sees=False),),
    )
    return [missing, blind]


def rate(one: Exposure) -> str:
    return f"{one.any_rejected} of {one.sets} data sets of {one.defect.name} were rejected"


def share(one: Exposure, test: str) -> str:
    return f"{one.rejected[test] / one.sets:.2f}"


def samples_for_half(one: Exposure) -> str:
    """The n at which the joint test has power one half, to two digits."""
    if one.per_sample <= 0:
        return "very many"
    low, high = 10, 10**9
    if one.predicted(high) < HALF:
        return "more than 10^9"
    while high - low > max(1.0, 0.01 * low):
        middle = max(low + 1, int((low * high) ** 0.5))
        low, high = (middle, high) if one.predicted(middle) < HALF else (low, middle)
    return f"{float(f'{high:.2g}'):.0f}"


def power_test(one: Exposure, again: Exposure, control: Exposure, n: int, seed: int, *, sees: bool) -> StatisticalTest:
    """The number of rejected data sets, held against a power of `SEES` at least, or of `BLIND` at most."""
    p, second = (binomial_p(e.any_rejected, e.sets, sees) for e in (one, again))
    ask = p <= FIRST
    claim = f"a power of at least {SEES:g}" if sees else f"a power of at most {BLIND:g}"
    return StatisticalTest(
        method="data sets of a defective generator",
        statistic=one.any_rejected / one.sets,
        p_value=p,
        alpha=FIRST,
        power=power_at_half(one.sets, sees),
        at_effect=f"a power of {HALF:g} in place of {SEES if sees else BLIND:g}",
        n=one.sets,
        seed=seed,
        null_law=f"binomial({one.sets}, {SEES if sees else BLIND:g}), exact",
        p_second=second if ask else None,
        alpha_second=SECOND if ask else None,
        seed_second=seed if ask else None,
        caught=int(binomial_p(control.any_rejected, control.sets, sees) <= FIRST),
        tried=1,
        detail=f"{claim} of the joint, marginal and radius tests together (level {LEVEL:g}) at n = {n}; "
        f"wrong variant: {control.defect.name} in the place of {one.defect.name}",
    )


def binomial_p(k: int, sets: int, sees: bool) -> float:
    """P(K <= k) under power `SEES`, or P(K >= k) under power `BLIND`."""
    from scipy.special import bdtr, bdtrc

    if sees:
        return float(bdtr(k, sets, SEES))
    return 1.0 if k == 0 else float(bdtrc(k - 1, sets, BLIND))


def power_at_half(sets: int, sees: bool) -> float:
    """The probability that the first stage rejects when the power is one half."""
    from scipy.special import bdtr, bdtrc

    ks = [k for k in range(sets + 1) if binomial_p(k, sets, sees) <= FIRST]
    if not ks:
        return 0.0
    return float(bdtr(max(ks), sets, HALF)) if sees else float(bdtrc(min(ks) - 1, sets, HALF))


# -- what is shown -----------------------------------------------------------------------------------------------------
def power_table(seen: list[Exposure], n: int) -> dict[str, Any]:
    rows = [
        [
            one.defect.name,
            *(share(one, test) for test in TESTS),
            f"{one.any_rejected / one.sets:.2f}",
            f"{one.predicted(n):.3g}",
        ]
        for one in seen
    ]
    return {
        "title": f"Share of {seen[0].sets} data sets of {n} samples that were rejected (level {LEVEL:g} in all)",
        "columns": ["generator", *TESTS, "any", "joint, by theory"],
        "rows": rows,
    }


def power_figure(bench: FlowBench, seen: list[Exposure], n: int) -> dict[str, Any]:
    """Power of the joint test against the number of samples, for every defect."""
    grid = [float(f"{v:.3g}") for v in np.geomspace(100, 1e6, 41)]
    series = [
        {"name": one.defect.name, "y": [float(f"{one.predicted(int(m)):.4g}") for m in grid], "dashed": False}
        for one in seen[1:]
    ]
    name, d = bench.law.name, bench.dimension
    return {
        "id": f"{name}-power",
        "kind": "lines",
        "of": name,
        "title": f"How many samples of {name}({bench.span[1]:g}) show a defect",
        "caption": f"Power of the joint chi-square test over {per_axis(n, d) ** d} equal cells at level "
        f"{LEVEL / len(TESTS):.2g}, by the noncentral chi-square with the noncentrality of each defect, which "
        f"{seen[0].sets * n} samples of it gave.",
        "sentence": "Power of the joint test against the number of samples, for each defect",
        "data": {
            "x": grid,
            "x_label": "samples",
            "y_label": "power",
            "log_x": True,
            "log_y": False,
            "bands": [],
            "series": series,
        },
    }
