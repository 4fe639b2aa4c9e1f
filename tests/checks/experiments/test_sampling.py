"""Sampling experiments: true kernels pass, each slip is caught, biases and mixing against independent numbers."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy

import twofold
from twofold.checks.budget import Budget
from twofold.checks.evidence import Bearing, Obstacle
from twofold.checks.experiments import kernel_invariance, unadjusted_bias, variance_law, well_mixing
from twofold.checks.experiments.chain_kernels import EXACT, make, slips
from twofold.checks.experiments.energy_model import declared
from twofold.checks.experiments.gradient_estimate import agreement, student_test, too_skew
from twofold.checks.experiments.record import BadExperiment, experiment_from_json
from twofold.checks.experiments.sampling import experiment, findings
from twofold.checks.experiments.sampling_bench import EnergyBench, energy_bench
from twofold.checks.experiments.sampling_rows import SamplingRows
from twofold.checks.verdict import Outcome, combine

sys.path.insert(0, str(Path(__file__).parent))
from energies import law, problem

SMALL = {"exact_starts": 5000, "chains": 512, "steps": 60}


@cache
def bench(name: str) -> EnergyBench:
    return energy_bench(*law(name), None, 3)


@cache
def run(name: str):
    return experiment(*law(name), {}, 11)


def rows(name: str):
    return {row.id: row for row in run(name).rows}


# -- invariance from exact starts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ("well", "plane"))
@pytest.mark.parametrize("kernel", EXACT)
def test_a_right_kernel_keeps_the_law(name, kernel):
    """For, with both slips caught: supported."""
    b = bench(name)
    evidence = kernel_invariance.invariance(b.model, b.draws, b.tuning, kernel, 5)
    assert combine(evidence) is Outcome.SUPPORTED
    assert (evidence[0].caught, evidence[0].tried) == (2, 2)


@pytest.mark.parametrize("name", ("well", "deep", "normal", "plane"))
@pytest.mark.parametrize("kernel", EXACT)
def test_each_slip_is_caught_at_the_strict_level(name, kernel):
    """No Hastings ratio, wrong drift, and their like, at 1e-5 in each of three seeds."""
    b = bench(name)
    for what, wrong in slips(b.model, kernel, b.tuning.steps[kernel]).items():
        test = kernel_invariance.tester(b.model, b.draws, wrong, kernel_invariance.STARTS, kernel_invariance.STEPS)
        assert [s for s in range(3) if test(s).p_value > 1e-5] == [], what


def test_a_slip_is_refuted_as_evidence(monkeypatch):
    """With the Hastings ratio gone from the kernel itself the row is refuted, not passed."""
    from twofold.numeric.adjusted_langevin import AdjustedLangevin

    monkeypatch.setattr(AdjustedLangevin, "log_proposal_ratio", lambda self, old, new: np.zeros(len(new.x)))
    b = bench("well")
    assert combine(kernel_invariance.invariance(b.model, b.draws, b.tuning, "mala", 5)) is Outcome.REFUTED


@pytest.mark.parametrize("shift", (1e-3, 1e-2))
def test_a_slip_too_small_for_the_sample_is_not_passed_off_as_seen(shift):
    """A ratio off by 0.1 % or 1 % is below the printed effect: not refuted, and the effect is printed."""
    b = bench("well")
    kernel = b.tuning.kernel(b.model, "walk")
    right = type(kernel).log_ratio

    class Off(type(kernel)):
        def log_ratio(self, old, new):
            return right(self, old, new) * (1 + shift)

    wrong = Off(kernel.energy, kernel.step_size)
    test = kernel_invariance.tester(b.model, b.draws, wrong, 20_000, 3)
    assert test(1).p_value > 1e-5
    assert "a gap of" in kernel_invariance.detectable(20_000, 1, Budget())


def test_without_exact_draws_nothing_is_claimed():
    """An obstacle that names the reason."""
    b = bench("space")
    (piece,) = kernel_invariance.invariance(b.model, None, b.tuning, "walk", 5)
    assert isinstance(piece, Obstacle)
    assert "no exact draws" in piece.reason


def test_chains_that_never_move_are_no_invariance():
    """A step size so large that nothing is accepted: the law is kept trivially, and that is not called support."""
    b = bench("well")
    frozen = make(b.model, "walk", 1e9)
    with pytest.raises(ValueError, match="do not move"):
        kernel_invariance.tester(b.model, b.draws, frozen, 2000, 4)(1)


# -- the estimate ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ("well", "plane", "space"))
@pytest.mark.parametrize("kernel", EXACT)
def test_the_estimate_agrees_with_quadrature(name, kernel):
    """In one, two and three variables, with shifted truths caught."""
    b = bench(name)
    evidence = agreement(b.sampled(2048, 200), b.varying_truth, kernel, 7)
    assert combine(evidence) is Outcome.SUPPORTED
    assert evidence[0].caught == evidence[0].tried >= 2


@pytest.mark.parametrize("share", (1e-3, 0.2))
def test_a_wrong_truth_is_refuted_where_the_power_says_so(share):
    """20 % off is refuted; 0.1 % off is far below what 2048 chains tell, and is not."""
    b = bench("well")
    wrong = replace(b.varying_truth, means=b.varying_truth.means * (1 + share))
    outcome = combine(agreement(b.sampled(2048, 200), wrong, "walk", 7))
    assert (outcome is Outcome.REFUTED) == (share > 0.1)


def test_chains_from_one_well_are_refuted():
    """Starts in one place give another mean of an odd gradient: (x - m)^2 / 2 s^2 in m, one step from 3 sds off."""
    b = bench("curved")
    sampled = b.sampled(512, 4)
    away = type(sampled)(
        model=sampled.model,
        tuning=sampled.tuning,
        entries=sampled.entries,
        starts=lambda n, seed: np.full((n, 1), 2.5),
        chains=512,
        steps=4,
    )
    assert combine(agreement(away, b.varying_truth, "walk", 7)) in (Outcome.REFUTED, Outcome.UNDECIDED)
    far = student_test(away.estimate("walk", 1).chain_means, b.varying_truth.means)
    assert far.p_value < 1e-9


def test_the_student_law_is_not_trusted_where_means_are_skew():
    """A few huge values among chain means: no test."""
    means = np.random.default_rng(1).normal(size=(500, 1))
    assert too_skew(means, 1e-5) == ""
    means[:3] = 40
    assert "too skew" in too_skew(means, 1e-5)


# -- variance ----------------------------------------------------------------------------------------------------------
def test_the_variance_falls_like_one_over_n():
    """Slope -1 within five standard errors, and tau of the walk from the variance as from the autocorrelations."""
    b = bench("normal")
    found = variance_law.variance_law(b.sampled(2048, 200), b.varying_truth, "walk", 0, 9)
    assert abs(found.fit.slope + 1) < 5 * found.fit.standard_error
    both = np.hypot(found.tau_by_variance.error, found.tau_by_autocorrelation.error)
    assert abs(found.tau_by_variance.value - found.tau_by_autocorrelation.value) < 5 * both
    assert found.tau_by_variance.value > 2


def test_independent_draws_have_slope_minus_one_and_tau_one():
    """The control: exact draws."""
    b = bench("well")
    found = variance_law.independent(b.draws.draw, lambda x: b.model.parameter_gradient(x)[:, 0], 2)
    assert abs(found.slope + 1) < 5 * found.standard_error


# -- the unadjusted chain ----------------------------------------------------------------------------------------------
def stationary_bias(model, truth, h):
    """E_h[g] - E_p[g] of the Euler-Maruyama chain on the line: its density as the leading eigenvector of the kernel.

    An oracle without sampling: 400 nodes, the kernel N(x - h E'(x), 2h) by the trapezoidal rule, 2^14 steps of it.
    """
    x = np.linspace(-6, 6, 400)
    _, slope = model.slope(x[:, None])
    mean = x - h * slope[:, 0]
    matrix = np.exp(-((x[:, None] - mean[None, :]) ** 2) / (4 * h))
    matrix /= np.sqrt(4 * np.pi * h)
    matrix *= x[1] - x[0]
    for _ in range(14):
        matrix = matrix @ matrix
        matrix /= matrix.sum(axis=0).max()
    density = matrix @ np.exp(-model.energy(x[:, None]))
    density /= density.sum()
    return density @ model.parameter_gradient(x[:, None]) - truth.means


@pytest.mark.parametrize("name", ("well", "normal"))
def test_the_bias_of_the_unadjusted_chain_is_that_of_its_stationary_law(name):
    """Measured biases within five standard errors of the eigenvector's, at every step size without losses."""
    b = bench(name)
    law_ = unadjusted_bias.bias_law(b.sampled(2048, 200), b.varying_truth, b.wells.stiffness, 4)
    kept = [p for p in law_.points if not p.lost]
    assert len(kept) >= 3
    for point in kept:
        exact = stationary_bias(b.model, b.varying_truth, point.step)
        assert (np.abs(point.bias - exact) < 5 * point.error).all()


def test_the_bias_on_the_normal_law_is_known():
    """Variance 1/(c (1 - c h/2)): bias of E[x^2/2] = h / (4 (1 - c h / 2)) ... at c = 1.5."""
    b = bench("normal")
    for step in (0.1, 0.4):
        found = unadjusted_bias.bias_at(b.sampled(2048, 200), b.varying_truth, step, 1.5, 6)
        exact = (1 / (1.5 * (1 - 1.5 * step / 2)) - 1 / 1.5) / 2
        assert abs(found.bias[0] - exact) < 5 * found.error[0]


def test_the_step_at_which_chains_are_lost_is_bracketed():
    """N(0, 1/c): lost from h = 2/c on, exactly; the bracket of ratio 1.25 holds it."""
    b = bench("normal")
    found = unadjusted_bias.stability(b.model, b.starts, b.wells.stiffness, 3)
    assert found.linear == pytest.approx(2 / 1.5)
    assert found.stable < 2 / 1.5 < found.unstable
    assert found.unstable / found.stable < 1.6


# -- wells -------------------------------------------------------------------------------------------------------------
def test_deep_wells_are_not_left_and_r_hat_from_one_place_does_not_see_it():
    """Barrier 12: hardly a crossing, E[x] off by a standard deviation, R-hat near 1 from there, large from both."""
    b = bench("deep")
    found = well_mixing.mixing(b.tuning.kernel(b.model, "mala"), b.wells, b.place, 200, 5)
    assert found.crossed < 20
    assert found.bias.size > 0.9
    assert found.r_hat_one_place < 1.05 < 1.3 < found.r_hat_spread
    assert found.needed is None
    assert found.words == "non-convergence seen"


def test_one_well_is_forgotten():
    """The normal law: E[x] right soon; what was seen is never called convergence."""
    b = bench("normal")
    found = well_mixing.mixing(b.tuning.kernel(b.model, "mala"), b.wells, b.place, 400, 5)
    assert found.wells == 1
    assert found.bias.size < 0.05
    assert found.needed is not None
    assert found.words == "no non-convergence seen"


# -- the whole experiment ----------------------------------------------------------------------------------------------
def test_the_rows_of_the_double_well():
    """Right kernels and estimates hold; the bias holds; nothing is stuck between shallow wells; no fault."""
    found = rows("well")
    for kernel in EXACT:
        assert found[f"invariant-{kernel}"].holds == "yes"
        assert found[f"estimate-{kernel}"].holds == "yes"
        assert found[f"stuck-{kernel}"].holds == "no"
    for name in ("variance-slope", "autocorrelation-price", "unadjusted-biased", "unadjusted-order"):
        assert found[name].holds == "yes"
    assert found["unadjusted-unstable"].holds == "yes"


def test_the_answer_depends_on_the_model():
    """Between deep wells the same sentence holds."""
    assert {rows("deep")[f"stuck-{kernel}"].holds for kernel in EXACT} == {"yes"}


def test_a_record_survives_its_json_and_a_rerun():
    """Same bytes again, and the record comes back from them; every figure has numbers only."""
    import json

    first = json.dumps(run("well").to_json())
    assert json.dumps(experiment(*law("well"), {}, 11).to_json()) == first
    assert json.dumps(experiment_from_json(json.loads(first)).to_json()) == first
    assert "NaN" not in first


def test_an_energy_without_parameters_is_sampled_for_its_mean():
    """E[E] stands for the gradient."""
    found = experiment(*law("alone"), {"exact_starts": 5000}, 3)
    row = next(r for r in found.rows if r.id == "estimate-walk")
    assert "E[E]" in row.measured
    assert row.holds == "yes"


def test_chains_that_never_move_are_a_finding():
    """With steps of 1e9 no proposal is taken: findings say so, and no row calls an estimate right."""
    b = energy_bench(*law("well"), None, 3)
    b.__dict__["tuning"] = replace(b.tuning, steps=dict.fromkeys(b.tuning.steps, 1e9))
    found = SamplingRows(b, 512, 60, 2000, Budget())
    assert any("512 of 512 chains never moved" in text for text in findings(found))
    for row in (found.estimate("walk"), found.invariant("walk")):
        assert row.holds == "not decided"


def test_a_law_too_wide_for_a_grid_is_refused():
    """(1 + x^2)^-3: no exact draws, and chains from a grid are not near it."""
    text = 'variables = ["x"], parameters = { a = "positive" }, energy = "a*log(1+x^2)", at = { a = 3 }'
    with pytest.raises(BadExperiment, match="not near p"):
        experiment(*problem(text), SMALL, 1)


def test_an_object_of_a_program_is_sampled_too():
    """twofold.Energy through `declared`."""
    x, c = sympy.Symbol("x", real=True), sympy.Symbol("c", positive=True)
    found = experiment(*declared(twofold.Energy(c * x**2 / 2, [x], [c]), {"c": 1.5}), SMALL, 3)
    assert {r.id: r.holds for r in found.rows}["estimate-walk"] != "no"


def test_a_constant_entry_is_named():
    """E = a x^2 + c: dE/dc is left out and said."""
    found = experiment(*law("shift"), SMALL, 3)
    assert any("dE/dc is constant" in text for text in found.findings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"chain": 5}, "did you mean 'chains'"),
        ({"chains": 3}, "an integer from 256"),
        ({"at": {"a": -1.0}}, "outside of its domain"),
        ({"at": {"a": float("nan")}}, "numbers by name"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    """Unknown key, out of range, parameters outside of the domain, NaN."""
    with pytest.raises(BadExperiment, match=message):
        experiment(*law("well"), settings, 1)


def test_evidence_never_speaks_for_a_kernel_whose_slips_were_not_caught():
    """With 150 starts the missing Hastings ratio goes unseen: not decided rather than supported."""
    b = bench("well")
    evidence = kernel_invariance.invariance(b.model, b.draws, b.tuning, "mala", 5, n=150)
    assert evidence[0].caught < evidence[0].tried
    assert evidence[0].bearing is Bearing.NONE
