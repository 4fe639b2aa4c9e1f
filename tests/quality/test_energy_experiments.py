"""False alarms, calibration, power and coverage of the experiments on energies, over many seeds.

    false alarms    0 in 2000 seeds of every test of a true statement, by the two-stage rule
    calibration     pooled p-values at 1e-2 and 1e-3: counts within the exact 99 % binomial band
    power           every negative control caught at both stages in at least 99 % of 200 seeds
    coverage        the 95 % interval of a parameter over 200 fits: count within the exact 99 % binomial band

The symbolic part is done once; the numbers of draws are those of the experiments, fewer where the null is exact.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.special import erfc
from scipy.stats import binom

from twofold.checks.budget import Budget, step_seed
from twofold.checks.experiments import kernel_invariance, variance_law
from twofold.checks.experiments.chain_kernels import EXACT, slips
from twofold.checks.experiments.gradient_estimate import student_test
from twofold.checks.experiments.likelihood import ExactLikelihood
from twofold.checks.experiments.sampling_bench import EnergyBench, energy_bench
from twofold.checks.experiments.thresholds import quantile
from twofold.checks.experiments.training_bench import Simulator
from twofold.checks.two_stage import STAGE_POWER, seeds_of, strict_level
from twofold.numeric.chains import run_chains
from twofold.numeric.goodness_of_fit import ks_test
from twofold.numeric.paired import signed_rank_test
from twofold.numeric.power import noncentrality_for
from twofold.numeric.statistics import chi_square_tail

sys.path.insert(0, str(Path(__file__).parents[1] / "checks" / "experiments"))
from energies import law

pytestmark = pytest.mark.quality

SEEDS, SMALL_SEEDS = 2000, 200
FIRST, SECOND = Budget().alpha_first, Budget().alpha_second
STRICT = strict_level(Budget())
Test = Callable[[int], float]


@cache
def bench(name: str) -> EnergyBench:
    return energy_bench(*law(name), None, 3)


def band(n: int, rate: float) -> tuple[int, int]:
    """The counts that an exact binomial test at 1 % accepts."""
    return int(binom.ppf(0.005, n, rate)), int(binom.ppf(0.995, n, rate))


# -- p-values of true statements ---------------------------------------------------------------------------------------
def pairs(name: str, kernel: str, seed: int) -> float:
    """Signed ranks of energies before and after, 2000 exact starts: the null does not depend on n."""
    b = bench(name)
    start = b.draws.draw(2000, step_seed(seed, "starts"))
    end = run_chains(b.tuning.kernel(b.model, kernel), start, 1, step_seed(seed, "chains"), discard=2).last.x
    return signed_rank_test(b.model.energy(end) - b.model.energy(start)).p_value


def after(name: str, kernel: str, seed: int) -> float:
    """The law after the steps, 2000 exact starts."""
    b = bench(name)
    start = b.draws.draw(2000, step_seed(seed, "starts"))
    end = run_chains(b.tuning.kernel(b.model, kernel), start, 1, step_seed(seed, "chains"), discard=2).last.x
    return ks_test(b.draws.uniforms(end)).p_value


def estimate(name: str, kernel: str, seed: int) -> float:
    """The mean over 2048 chains of 60 steps against quadrature."""
    b = bench(name)
    return student_test(b.sampled(2048, 60).estimate(kernel, seed).chain_means, b.varying_truth.means).p_value


def wilks(name: str, seed: int) -> float:
    """2 n (l(phi_hat) - l(truth)) of 2000 exact draws."""
    m, exact = bench(name).model, likelihoods(name)
    data = bench(name).draws.draw(2000, seed)
    top = exact.fit(data, m.values).point.value
    return chi_square_tail(max(0.0, 4000 * (top - exact.at(data, m.values).value)), len(m.names))


@cache
def likelihoods(name: str) -> ExactLikelihood:
    return ExactLikelihood(bench(name).model)


def true_statements() -> Iterator[tuple[str, Test]]:
    for kernel in EXACT:
        yield f"pairs {kernel}", lambda seed, k=kernel: pairs("well", k, seed)
        yield f"law {kernel}", lambda seed, k=kernel: after("well", k, seed + 10**6)
        yield f"estimate {kernel}", lambda seed, k=kernel: estimate("normal", k, seed)
    yield "likelihood ratio", lambda seed: wilks("well", seed)


def test_true_statements_are_not_refuted_and_p_values_are_calibrated(capsys: pytest.CaptureFixture[str]) -> None:
    """2000 seeds of ten tests: no two-stage rejection, exceedances pooled over all of them within their bands."""
    found: dict[str, list[float]] = {}
    alarms = []
    for name, test in true_statements():
        found[name] = [test(seed) for seed in range(SEEDS)]
        alarms += [(name, s) for s, p in enumerate(found[name]) if p <= FIRST and test(s + 10**7) <= SECOND]
    pooled = np.concatenate([np.array(values) for values in found.values()])
    counts = {level: int((pooled <= level).sum()) for level in (1e-2, 1e-3)}
    with capsys.disabled():
        print(f"\n{len(pooled)} p-values, two-stage alarms {len(alarms)}; at 1e-2 and 1e-3: {counts}")
        for name, values in found.items():
            print(f"  {name:18} {sum(p <= 1e-2 for p in values):4d} {sum(p <= 1e-3 for p in values):3d} of {SEEDS}")
    assert alarms == []
    for level, count in counts.items():
        low, high = band(len(pooled), level)
        assert low <= count <= high, (level, count, low, high)


def test_slopes_and_prices_are_calibrated(capsys: pytest.CaptureFixture[str]) -> None:
    """The variance against N and against autocorrelation, 2000 seeds: no alarm, exceedances within their bands."""
    b = bench("normal")
    sampled = b.sampled(2048, 200)
    slopes, prices = [], []
    for seed in range(SEEDS):
        found = variance_law.variance_law(sampled, b.varying_truth, "walk", 0, seed)
        slopes.append((found.fit.slope + 1) / found.fit.standard_error)
        prices.append(found.price[0] / found.price[1])
    for name, z in (("slope", np.array(slopes)), ("price", np.array(prices))):
        counts = [int((np.abs(z) > limit).sum()) for limit in (2.5758, 3.2905)]
        alarms = np.count_nonzero(erfc(np.abs(z) / np.sqrt(2)) <= FIRST)
        with capsys.disabled():
            print(f"\n{name}: {counts} of {SEEDS} beyond 1e-2 and 1e-3, {alarms} beyond 1e-4")
            print(f"  mean {np.mean(z):.3f}, sd {np.std(z):.3f}")
        for count, level in zip(counts, (1e-2, 1e-3), strict=True):
            low, high = band(SEEDS, level)
            assert low <= count <= high, (name, level, count, low, high)
        # A two-stage alarm needs 1e-5 on a second sample as well: none is at hand that is larger.
        assert np.abs(z).max() < 4.9


# -- power -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ("well", "normal"))
@pytest.mark.parametrize("kernel", EXACT)
def test_slips_are_caught(name: str, kernel: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each slip of each kernel at both stages, in at least 198 of 200 seeds."""
    b = bench(name)
    for what, wrong in slips(b.model, kernel, b.tuning.steps[kernel]).items():
        test = kernel_invariance.tester(b.model, b.draws, wrong, kernel_invariance.STARTS, kernel_invariance.STEPS)
        caught = sum(all(test(s).p_value <= STRICT for s in seeds_of(seed)) for seed in range(SMALL_SEEDS))
        with capsys.disabled():
            print(f"\n{name}, {kernel}, {what}: caught in {caught} of {SMALL_SEEDS}")
        assert caught >= 0.99 * SMALL_SEEDS


def test_shifted_truths_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """The estimate: a truth shifted by twice the stated effect, either way."""
    b = bench("normal")
    sampled = b.sampled(2048, 200)
    caught = {1: 0, -1: 0}
    for seed in range(SMALL_SEEDS):
        means = [sampled.estimate("walk", s).chain_means for s in seeds_of(seed)]
        error = means[0].std(axis=0, ddof=1) / np.sqrt(len(means[0]))
        effect = (quantile(STRICT / 2) + quantile(1 - STAGE_POWER)) * error
        for sign in caught:
            wrong = b.varying_truth.means + sign * 2 * effect
            caught[sign] += all(student_test(m, wrong).p_value <= STRICT for m in means)
    with capsys.disabled():
        print(f"\nshifted truths: caught {caught} of {SMALL_SEEDS}")
    assert min(caught.values()) >= 0.99 * SMALL_SEEDS


def test_wrong_parameters_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """The likelihood ratio: a parameter off by twice the stated effect, either way."""
    name, n = "well", 2000
    m, exact = bench(name).model, likelihoods(name)
    shift = np.sqrt(noncentrality_for(len(m.names), STRICT, STAGE_POWER) / n)
    effects = shift / np.sqrt(np.diag(exact.moments(m.values).covariance))
    wrong = [m.values + sign * 2 * e * np.eye(2)[i] for i, e in enumerate(effects) for sign in (1, -1)]
    caught = np.zeros(len(wrong), dtype=int)
    for seed in range(SMALL_SEEDS):
        stages = [bench(name).draws.draw(n, s) for s in seeds_of(seed)]
        tops = [exact.fit(data, m.values).point.value for data in stages]
        for i, claimed in enumerate(wrong):
            p = [
                chi_square_tail(max(0.0, 2 * n * (top - exact.at(data, claimed).value)), 2)
                for data, top in zip(stages, tops, strict=True)
            ]
            caught[i] += max(p) <= STRICT
    with capsys.disabled():
        print(f"\nwrong parameters: caught {caught.tolist()} of {SMALL_SEEDS}")
    assert caught.min() >= 0.99 * SMALL_SEEDS


# -- coverage ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ("well", "normal"))
def test_intervals_cover_as_often_as_they_say(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """95 % intervals from the information over 200 fits of 2000 points each, for every parameter."""
    m, exact = bench(name).model, likelihoods(name)
    source = Simulator(m, m.values)
    inside = np.zeros(len(m.names), dtype=int)
    for seed in range(SMALL_SEEDS):
        found = exact.fit(source.draw(2000, step_seed(seed, "coverage")), m.values)
        inside += np.abs(found.phi - m.values) <= 1.959964 * found.standard_errors
    low, high = band(SMALL_SEEDS, 0.95)
    with capsys.disabled():
        print(f"\n{name}: {inside.tolist()} of {SMALL_SEEDS} intervals hold the truth; accepted {low} to {high}")
    assert ((low <= inside) & (inside <= high)).all()
