"""Samples beside their density: right ones pass, wrong ones are refused, and the power that is stated is the power."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from twofold.checks.experiments import figure_rows, figure_tests, figures
from twofold.checks.experiments.bench import flow_bench
from twofold.checks.experiments.record import BadExperiment, experiment_from_json
from twofold.numeric.goodness_of_fit import chi_square_test

sys.path.insert(0, str(Path(__file__).parent))
import flows


def by_id(found):
    return {row.id: row for row in found.rows}


@pytest.fixture(scope="module")
def gate():
    """The whole experiment on the gate, with its defaults: 3000 samples."""
    return figures.experiment(*flows.flow(flows.GATE), {}, 7)


def test_three_thousand_points_expose_a_missing_flow_not_five_euler_steps(gate):
    """What was measured for this flow in another program (table of the note): 1 and 0."""
    assert {row.id: row.holds for row in gate.rows} == {
        "samples-match": "yes",
        "missing-flow": "yes",
        "five-euler": "yes",
    }
    shares = {row[0]: [float(v) for v in row[1:5]] for row in gate.tables[0]["rows"]}
    assert shares["no flow"] == [1.0, 1.0, 1.0, 1.0]
    assert max(shares["five Euler steps"]) <= 0.1 and max(shares["t = 0.49 for 0.5"]) <= 0.1
    assert max(shares["the flow itself"]) <= 0.1  # level 1e-3 over 40 sets


def test_the_record_is_json_with_the_smallest_defect(gate):
    """Round trip, and every statistical piece says at which effect it has its power."""
    assert experiment_from_json(json.loads(json.dumps(gate.to_json(), allow_nan=False))).to_json() == gate.to_json()
    assert all(piece.at_effect for row in gate.rows for piece in row.evidence)
    assert gate.figures[0]["data"]["times"] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_rotation_is_not_exposed_by_samples():
    """The flow keeps the start law, so that "n samples expose a missing flow" is refuted, twice over."""
    found = by_id(figures.experiment(*flows.flow(flows.TURN), {"n": 400, "times": [0.5]}, 3))
    assert found["missing-flow"].holds == "no"


def test_a_line_has_its_curve_and_its_tests():
    """One dimension: a curve in place of heat maps."""
    found = figures.experiment(*flows.flow(flows.LINE, 1), {"n": 500}, 3)
    assert by_id(found)["samples-match"].holds == "yes"
    assert [figure["kind"] for figure in found.figures] == ["lines", "pit", "lines"]


def test_samples_of_another_flow_are_refused(monkeypatch):
    """Samples that stop at t = 0.4 in place of 0.5, 20000 of them: both stages reject, the row says no."""
    right = figure_rows.dop853

    def early(field, start, times, **more):
        return right(field, start, np.array([0.0, 0.4]), **more)

    monkeypatch.setattr(figure_rows, "dop853", early)
    b = flow_bench(*flows.flow(flows.GATE), 1)
    row = figure_rows.match_row(b, b.scene(3, tolerance=1e-5), 20_000, 3)
    assert row.holds == "no"
    assert row.evidence[0].p_second is not None


def test_the_predicted_power_is_that_of_simulated_multinomials():
    """Cell probabilities 1/k (1 +- e): the share of rejections in 400 simulated tables, to four binomial deviations."""
    k, n, effect = 16, 900, 0.25
    p = (1 + effect * np.where(np.arange(k) % 2, 1, -1)) / k
    one = figure_tests.Exposure(figure_tests.Defect("", "", lambda z: z), 1, {}, 0, effect**2, k)
    rng = np.random.default_rng(5)
    level = figure_tests.LEVEL / 3
    share = np.mean([chi_square_test(rng.multinomial(n, p)).p_value <= level for _ in range(400)])
    predicted = one.predicted(n)
    assert abs(share - predicted) < 4 * np.sqrt(predicted * (1 - predicted) / 400) + 0.01


def test_the_divergence_of_cells_is_without_the_bias_of_its_noise():
    """Equal cells: its mean over 300 tables is 0 to five standard errors, where the plain sum would be 15/500."""
    rng = np.random.default_rng(6)
    found = [figure_tests.divergence_of(rng.multinomial(500, np.full(16, 1 / 16))) for _ in range(300)]
    assert abs(np.mean(found)) < 5 * np.std(found) / np.sqrt(300) < 15 / 500


@pytest.mark.parametrize(("sees", "sure", "impossible"), ((True, 40, 20), (False, 0, 16)))
def test_the_binomial_answers_are_those_of_exact_sums(sees, sure, impossible):
    """P(K <= k) at 0.9 and P(K >= k) at 0.1 by summation; the clear cases are clear."""
    from math import comb

    def exact(k):
        q = figure_rows.SEES if sees else figure_rows.BLIND
        ks = range(k + 1) if sees else range(k, 41)
        return sum(comb(40, j) * q**j * (1 - q) ** (40 - j) for j in ks)

    for k in range(41):
        assert abs(figure_rows.binomial_p(k, 40, sees) - exact(k)) < 1e-12
    assert figure_rows.binomial_p(sure, 40, sees) > 0.5
    assert figure_rows.binomial_p(impossible, 40, sees) < figure_rows.FIRST


def test_the_number_of_samples_for_half_the_power_is_found_for_any_defect():
    """Gross, ordinary, faint and no defects: the answer brackets power one half, and the search ends."""
    for per_sample in (50.0, 3.0, 0.1, 1e-4, 1e-7):
        one = figure_tests.Exposure(figure_tests.Defect("", "", lambda z: z), 1, {}, 0, per_sample, 64)
        n = float(figure_rows.samples_for_half(one))
        assert one.predicted(int(1.1 * n) + 1) >= 0.5
        assert n <= 12 or one.predicted(int(0.9 * n)) <= 0.5
    none = figure_tests.Exposure(figure_tests.Defect("", "", lambda z: z), 1, {}, 0, -1e-9, 64)
    assert figure_rows.samples_for_half(none) == "very many"


def test_paths_that_run_away_are_no_false_alarm():
    """dz/dt = z^3 up to 0.2 loses starts beyond 1.58: what is left is not accused of being cut off."""
    found = by_id(figures.experiment(*flows.flow('field = "z^3", times = [0, 0.2]', 1), {"n": 600}, 5))
    assert found["samples-match"].holds == "yes"
    assert found["missing-flow"].evidence[0].caught == 1  # the right generator is not rejected


def test_a_time_span_that_cannot_be_followed_back_is_told():
    """dz/dt = -z over 100: exp(100) backward leaves nothing of the start."""
    with pytest.raises(BadExperiment, match="followed back to its start"):
        figures.experiment(*flows.flow('field = "-z", times = [0, 100]', 1), {"n": 300}, 5)


@pytest.mark.parametrize(
    ("settings", "message"),
    (
        ({"times": [0.7]}, "times from 0 to 0.5"),
        ({"n": 10}, "from 200"),
        ({"set": 5}, "did you mean 'sets'"),
        ({"n": 50_000, "sets": 400}, "n x sets"),
    ),
)
def test_settings_are_checked(settings, message):
    """Times outside of the span, too few or too many samples."""
    with pytest.raises(BadExperiment, match=message):
        figures.experiment(*flows.flow(flows.GATE), settings, 1)
