"""Training experiments: the exact likelihood, short chains, where schemes end, divergence as a finding, bad input."""

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from twofold.checks.budget import Budget
from twofold.checks.experiments.chain_training import STARTS, Scheme, train
from twofold.checks.experiments.energy_model import energy_model
from twofold.checks.experiments.likelihood import ExactLikelihood
from twofold.checks.experiments.record import BadExperiment, experiment_from_json
from twofold.checks.experiments.training import experiment, starting_point
from twofold.checks.experiments.training_bench import Simulator, TrainingBench
from twofold.checks.experiments.training_rows import TrainingRows
from twofold.checks.verdict import Outcome, combine

sys.path.insert(0, str(Path(__file__).parent))
from energies import law, model, problem


@cache
def bench(name: str, n: int = 2000, kernel: str = "walk", seed: int = 5) -> TrainingBench:
    m = model(name)
    data = Simulator(m, m.values).draw(n, seed)
    return TrainingBench(
        model=m,
        data=data,
        truth=m.values,
        start=starting_point(m, {}),
        kernel=kernel,
        chains=100,
        updates=150,
        seed=seed,
    )


@cache
def run(name: str):
    return experiment(*law(name), {}, 11)


def rows(name: str):
    return {row.id: row for row in run(name).rows}


# -- exact gradients ---------------------------------------------------------------------------------------------------
def test_the_fit_of_a_normal_law_is_its_closed_form():
    """c x^2 / 2: c = 1 / mean(x^2), standard error c sqrt(2/n)."""
    b = bench("normal")
    exact = 1 / float((b.data**2).mean())
    assert b.fit.phi[0] == pytest.approx(exact, rel=1e-6)
    assert b.fit.standard_errors[0] == pytest.approx(exact * np.sqrt(2 / len(b.data)), rel=1e-5)


def test_the_fit_of_mean_and_deviation_is_their_closed_form():
    """(x - m)^2 / 2 s^2, not linear in its parameters: the sample mean and standard deviation."""
    b = bench("curved")
    assert b.fit.phi == pytest.approx([b.data.mean(), b.data.std()], rel=1e-6)


@pytest.mark.parametrize("name", ("well", "plane", "curved"))
def test_gradient_and_hessian_are_those_of_the_likelihood(name):
    """Central differences of l alone, h = 1e-4: errors h^2 and eps / h^2."""
    b = bench(name)
    exact, phi, h = ExactLikelihood(b.model), b.start, 1e-4
    here = exact.at(b.data, phi)
    for i, e in enumerate(np.eye(len(phi))):
        above, below = exact.at(b.data, phi + h * e), exact.at(b.data, phi - h * e)
        assert here.gradient[i] == pytest.approx((above.value - below.value) / (2 * h), abs=1e-5)
        assert here.hessian[i] == pytest.approx((above.gradient - below.gradient) / (2 * h), abs=1e-4, rel=1e-4)


@pytest.mark.parametrize("name", ("well", "plane"))
def test_recovery_is_supported_and_wrong_truths_are_refuted(name):
    """The truth passes with all shifted ones caught; a truth that is 20 % off is refuted."""
    found = TrainingRows(bench(name), Budget())
    evidence = found.wilks(bench(name).truth)
    assert combine(evidence) is Outcome.SUPPORTED
    assert evidence[0].caught == evidence[0].tried == 2 * len(bench(name).model.names)


@pytest.mark.parametrize("share", (1e-3, 0.3))
def test_a_claimed_truth_is_judged_by_its_distance(share):
    """Data from other parameters than claimed: 30 % off is refuted, 0.1 % is below what 2000 points tell."""
    m = model("normal")
    wrong = m.values * (1 + share)
    b = TrainingBench(
        model=m, data=Simulator(m, m.values).draw(2000, 5), truth=m.values, start=starting_point(m, {}), kernel="walk",
        chains=100, updates=150, seed=5,
    )  # fmt: skip
    source = Simulator(m, m.values)
    exact = ExactLikelihood(m)
    statistics = []
    for stage in (1, 2):
        data = source.draw(2000, stage)
        top = exact.fit(data, b.start).point.value
        statistics.append(2 * 2000 * (top - exact.at(data, wrong).value))
    # The 1e-5 quantile of chi2_1 is 19.5.
    assert (min(statistics) > 19.5) == (share > 0.1)


def test_the_information_of_a_sum_is_singular():
    """(a + b) x^2: only a + b can be learned, and the direction is named."""
    m = model("sum")
    found = ExactLikelihood(m).fit(Simulator(m, m.values).draw(500, 1), m.values)
    assert "not identifiable" in found.problem
    assert "in a" in found.problem
    assert "in b" in found.problem


def test_a_shift_of_the_energy_is_not_identifiable():
    """a x^2 + c: the density does not depend on c."""
    m = model("shift")
    found = ExactLikelihood(m).fit(Simulator(m, m.values).draw(500, 1), m.values)
    assert "does not depend on c" in found.problem


def test_units_of_parameters_do_not_matter():
    """1e6 (x - 5)^2: dE/da has deviation 1e-6 and dE/dm 1e3; both are found, by the closed forms."""
    text = (
        'variables = ["x"], parameters = { a = "positive", m = "real" }, energy = "a*(x-m)^2", at = { a = 1e6, m = 5 }'
    )
    m = energy_model(*problem(text))
    data = Simulator(m, m.values).draw(2000, 1)
    found = ExactLikelihood(m).fit(data, m.values * 1.5 - np.array([0.0, 2.499]))
    assert found.problem == ""
    assert found.phi == pytest.approx([1 / (2 * data.var()), data.mean()], rel=1e-6)
    assert found.standard_errors == pytest.approx(
        [found.phi[0] * np.sqrt(2 / 2000), np.sqrt(1 / (2 * found.phi[0]) / 2000)], rel=1e-4
    )


# -- short chains ------------------------------------------------------------------------------------------------------
def test_no_step_from_the_data_is_no_gradient_at_all():
    """k chains that stay at the data estimate the data term: the bias is -1 exactly; with many steps it goes to 0."""
    b = bench("well")
    frozen = TrainingBench(**{k: getattr(b, k) for k in b.__dataclass_fields__ if not k.startswith("_")})
    still = type(b.tuning)(
        steps={**b.tuning.steps, "walk": 1e-9},
        acceptance=b.tuning.acceptance,
        evaluations=0,
        reached=b.tuning.reached,
    )
    frozen.__dict__["tuning"] = still
    found = frozen.short("cd", 1, 3)
    assert abs(found.bias + 1) < 5 * found.error
    assert abs(b.short("cd", 64, 3).bias) < 5 * b.short("cd", 64, 3).error


def test_longer_chains_are_nearer():
    """|bias| at 1, 4 and 16 steps, from data and from noise."""
    b = bench("well")
    for start in ("cd", "fresh"):
        first, fourth, sixteenth = (abs(b.short(start, k, 7).bias) for k in (1, 4, 16))
        assert first > fourth > sixteenth


@pytest.mark.parametrize("start", STARTS)
def test_trainings_with_long_chains_end_at_the_maximum(start):
    """Ten steps on the normal law: within two standard errors of the closed form, nothing lost, evaluations counted."""
    b = bench("normal")
    found = b.trainings(start, 10, 4)
    assert found.lost == 0
    assert np.abs(b.scores(found.results).mean(axis=0)).max() < 1
    assert found.scheme.evaluations == 100 * 11


def test_a_training_that_leaves_its_domain_stops_and_is_counted():
    """A rate far too large drives c below 0: where it led is kept, after it there is nothing, no NaN in results."""
    b = bench("normal")
    scheme = Scheme(start="cd", kernel="walk", steps=1, chains=10, step_size=1.0)
    found = train(b.model, b.data, scheme, b.start, 1, updates=60, trainings=16, rate=40.0)
    assert found.lost == 16
    assert np.isfinite(found.results).all()
    for training in range(16):
        stop = int(found.stopped[training])
        assert np.isfinite(found.path[: stop + 1, training]).all()
        assert np.isnan(found.path[stop + 1 :, training]).all()
        last = found.results[training, 0]
        assert last <= 0 or abs(last - b.start[0]) > 10


def test_divergence_of_chains_is_a_finding():
    """Fresh chains of one step between deep wells run away; the experiment says when, where and that it did."""
    found = run("deep")
    text = next(t for t in found.findings if t.startswith("fresh chains, k = 1"))
    assert "diverged" in text
    assert "c = " in text
    assert rows("deep")["training-fresh-1"].holds == "yes"
    assert "NaN" not in json.dumps(found.to_json())


# -- the whole experiment ----------------------------------------------------------------------------------------------
def test_the_rows_of_the_double_well():
    """Recovery holds; short chains are biased; contrastive divergence of ten steps is not far off."""
    found = rows("well")
    assert found["recovered"].holds == "yes"
    assert found["short-chains-fresh"].holds == "yes"
    assert found["short-chains-cd"].holds == "yes"
    assert found["training-fresh-1"].holds == "yes"
    assert found["training-cd-10"].holds == "no"


def test_the_four_downsides_are_answered_for_the_model():
    """Z is known on the line; deep wells are slow and shallow ones are not; a hundred draws are noisy in both."""
    shallow, deep = rows("well"), rows("deep")
    assert {r for r in shallow if r.startswith("downside")} == {
        "downside-normaliser", "downside-slow", "downside-noisy", "downside-dear"
    }  # fmt: skip
    assert shallow["downside-normaliser"].holds == deep["downside-normaliser"].holds == "no"
    assert (shallow["downside-slow"].holds, deep["downside-slow"].holds) == ("no", "yes")
    assert shallow["downside-noisy"].holds == deep["downside-noisy"].holds == "yes"
    assert deep["downside-dear"].holds == "yes"
    assert all(r.conditions for r in (*shallow.values(), *deep.values()) if r.id.startswith("downside"))


def test_a_record_survives_its_json_and_a_rerun():
    """Same bytes again, and the record comes back from them."""
    first = json.dumps(run("well").to_json())
    assert json.dumps(experiment(*law("well"), {}, 11).to_json()) == first
    assert json.dumps(experiment_from_json(json.loads(first)).to_json()) == first


def test_langevin_chains_may_be_asked_for():
    """kernel = "mala": the evaluations count gradients too."""
    found = experiment(*law("normal"), {"kernel": "mala", "updates": 40, "n": 500}, 3)
    assert found.cost["evaluations an update, contrastive divergence, k = 1"] == 2 * 100 * 2


# -- bad input ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("well", {"start": {"a": -1.0}}, "a start at which p exists; a = -1 is outside"),
        ("well", {"start": {"q": 1.0}}, "parameters a, b in 'start'; got 'q'"),
        ("well", {"truth": {"a": 0.0}}, "outside of its domain"),
        ("well", {"n": 1}, "an integer from 2"),
        ("well", {"kernel": "nuts"}, "'walk' or 'mala'"),
        ("well", {"n": 50, "data": "x.csv"}, "either 'data' from a file or 'n'"),
        ("well", {"data": "x.csv"}, "permission to read files"),
        ("free", {"start": {"a": -0.01}}, "not integrable"),
        ("alone", {}, "with parameters to learn"),
        ("sum", {"n": 200}, "not identifiable"),
        ("shift", {"n": 200}, "not identifiable"),
    ],
)
def test_what_cannot_be_trained_is_refused(name, settings, message):
    """Each by its own sentence."""
    with pytest.raises(BadExperiment, match=message):
        experiment(*law(name), settings, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\nnan\n2\n", "row 2 of 'd.csv' holds NaN"),
        ("1,2\n3,4\n", "shape \\(n, 1\\)"),
        ("1.5\n", "at least two data points"),
        ("x\none\n", "numbers in line 2"),
    ],
)
def test_data_that_are_no_sample_are_refused(tmp_path, text, message):
    """NaN, two columns for one variable, a single point, words."""
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(BadExperiment, match=message):
        experiment(*law("well"), {"data": "d.csv", "folder": tmp_path}, 1)


def test_data_from_a_file_have_no_truth(tmp_path):
    """The fit is shown; recovery is not decided."""
    m = model("normal")
    np.save(tmp_path / "d.npy", Simulator(m, m.values).draw(400, 1))
    found = experiment(*law("normal"), {"data": "d.npy", "folder": tmp_path, "updates": 40}, 1)
    row = next(r for r in found.rows if r.id == "recovered")
    assert row.holds == "not decided"
    assert "400 points" in row.measured


def test_data_at_the_bottom_of_a_well_have_no_maximum():
    """All points at 0: the likelihood of c x^2 / 2 rises without end, and that is said, not a number printed."""
    m = model("normal")
    found = ExactLikelihood(m).fit(np.zeros((50, 1)) + 1e-9, m.values)
    assert "could not be raised" in found.problem or "no maximum" in found.problem


def test_few_points_are_a_finding():
    """Ten points for two parameters."""
    found = experiment(*law("well"), {"n": 10, "updates": 40}, 2)
    assert any("10 points for 2 parameters" in text for text in found.findings)
