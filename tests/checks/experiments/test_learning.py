"""Learning a flow: recovery, wrong likelihoods, gradients broken on purpose, parameters that no data determine."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from twofold.checks.experiments import learning, learning_rows
from twofold.checks.experiments.bench import flow_bench
from twofold.checks.experiments.learning_model import learning_model
from twofold.checks.experiments.record import BadExperiment, experiment_from_json
from twofold.symbolic import derive_sensitivity

sys.path.insert(0, str(Path(__file__).parent))
import flows

QUICK = {"n": 120, "compared": 10}


def by_id(found):
    return {row.id: row for row in found.rows}


@pytest.fixture(scope="module")
def plane():
    """The whole experiment on the coupled flow with two parameters, with its defaults."""
    return learning.experiment(*flows.flow(flows.LEARN), {}, 7)


def test_every_statement_holds_on_the_coupled_flow(plane):
    """Exact, one gradient, the inverse map, determined, recovered, described."""
    assert {row.id: row.holds for row in plane.rows} == {
        "exact-likelihood": "yes",
        "inverse-map": "yes",
        "gradient": "yes",
        "identifiable": "yes",
        "recovery": "yes",
        "description": "yes",
    }


def test_the_record_is_json(plane):
    """Round trip without NaN; the figures are those of a fit."""
    assert experiment_from_json(json.loads(json.dumps(plane.to_json(), allow_nan=False))).to_json() == plane.to_json()
    assert [figure["id"] for figure in plane.figures] == ["z-likelihood", "z-fitted"]


def test_wrong_likelihoods_end_elsewhere(plane):
    """Both controls of the recovery are caught, and said."""
    row = by_id(plane)["recovery"]
    assert (row.evidence[0].caught, row.evidence[0].tried) == (2, 2)
    assert "without the log-determinant" in row.measured and "sign turned" in row.measured


def log_density_by_scipy(x, a, c):
    """log p of one point of dz/dt = a z + c sin z at t = 1, written out: other field, other code."""

    def rate(t, state):
        z = state[0]
        return [a * z + c * math.sin(z), -(a + c * math.cos(z))]

    z0, change = solve_ivp(rate, (1, 0), [x, 0.0], "LSODA", rtol=1e-11, atol=1e-12).y[:, -1]
    return -0.5 * z0 * z0 - 0.5 * math.log(2 * math.pi) - change


def test_the_likelihood_is_that_of_a_hand_written_integration():
    """Ten points on the line, LSODA at 1e-11."""
    model = learning_model(flow_bench(*flows.flow(flows.SCALE, 1), 1), 1e-10)
    theta = np.array([0.3, 0.5])
    x = model.simulate(10, theta, 4)
    ours = model.likelihood.log_density(x, theta)
    assert np.abs(ours - [log_density_by_scipy(float(v), 0.3, 0.5) for v in x[:, 0]]).max() < 1e-7


def test_the_maximiser_is_that_of_scipys_bounded_search():
    """One parameter, the other held fast in the field: Brent's method on the hand-written likelihood."""
    body = 'field = "a*z + sin(z)/2", times = [0, 1], parameters = { a = "real" }, at = { a = 0.3 }'
    model = learning_model(flow_bench(*flows.flow(body, 1), 1), 1e-8)
    x = model.simulate(40, np.array([0.3]), 4)
    exact = minimize_scalar(
        lambda a: -sum(log_density_by_scipy(float(v), a, 0.5) for v in x[:, 0]), (0.0, 0.3), method="brent", tol=1e-8
    ).x
    from twofold.numeric.maximum_likelihood import maximise

    assert abs(maximise(model.likelihood, x, np.array([0.1]), model.bounds).theta[0] - exact) < 1e-5


# -- broken on purpose -------------------------------------------------------------------------------------------------
def gradient_of(body, dimension):
    model = learning_model(flow_bench(*flows.flow(body, dimension), 1), 1e-8)
    theta = np.array([0.4] * len(model.names))
    return learning_rows.gradient_row(model, model.simulate(12, theta, 5), theta)


def test_the_sign_of_the_adjoint_is_seen(monkeypatch):
    """da/dt = +J^T a in place of -J^T a."""
    right = derive_sensitivity.adjoint_equations

    def wrong(flow):
        found = right(flow)
        return derive_sensitivity.Adjoint(
            costate=found.costate,
            log_density_costate=found.log_density_costate,
            costate_rate=-found.costate_rate,
            parameter_integrand=found.parameter_integrand,
            end_time_rate=found.end_time_rate,
            derivation=found.derivation,
        )

    assert gradient_of(flows.SCALE, 1).holds == "yes"
    monkeypatch.setattr(derive_sensitivity, "adjoint_equations", wrong)
    assert gradient_of(flows.SCALE, 1).holds == "not decided"


def test_a_lost_term_of_the_sensitivities_is_seen(monkeypatch):
    """dm/dt without the partial derivative of the divergence in theta."""
    right = derive_sensitivity.sensitivity_equations

    def wrong(flow):
        found = right(flow)
        lost = found.log_density_rate + flow.divergence.diff(flow.parameters[0]) * found.log_density.ones(1, 2)
        return derive_sensitivity.Sensitivity(
            state=found.state,
            log_density=found.log_density,
            state_rate=found.state_rate,
            log_density_rate=lost,
            derivation=found.derivation,
        )

    monkeypatch.setattr(derive_sensitivity, "sensitivity_equations", wrong)
    assert gradient_of(flows.SCALE, 1).holds == "not decided"


# -- parameters that are not determined --------------------------------------------------------------------------------
def test_a_rotation_of_a_standard_normal_law_determines_nothing():
    """The density does not move with b: singular information is said, nothing is claimed to be recovered."""
    found = learning.experiment(*flows.flow(flows.SPIN), QUICK, 3)
    rows = by_id(found)
    assert rows["identifiable"].holds == rows["recovery"].holds == "not decided"
    assert "singular" in rows["identifiable"].measured and any("singular" in text for text in found.findings)
    assert found.tables[0]["rows"][0][-1] == "none"
    # The flow keeps the start law: forward from the data gives the same number, and no claim is made.
    assert rows["inverse-map"].holds == "not decided"


def test_two_parameters_that_enter_as_a_sum_are_not_determined():
    """(a + c) z: the direction (1, -1) is named."""
    row = by_id(learning.experiment(*flows.flow(flows.TWICE, 1), QUICK, 3))["identifiable"]
    assert row.holds == "not decided"
    assert "+1 a -1 c" in row.measured or "-1 a +1 c" in row.measured


# -- data from a file --------------------------------------------------------------------------------------------------
def test_data_from_a_file_are_fitted(tmp_path):
    """N(0, e^2) under dz/dt = a z has its maximum at a = log(mean x^2)/2; no truth, so no recovery."""
    body = 'field = "a*z", times = [0, 1], parameters = { a = "real" }, at = { a = 0.5 }'
    x = np.random.default_rng(1).standard_normal(300) * math.e
    (tmp_path / "x.csv").write_text("\n".join(map(repr, x.tolist())), encoding="utf-8")
    found = learning.experiment(*flows.flow(body, 1), {"data": "x.csv", "folder": tmp_path, "compared": 5}, 3)
    rows = by_id(found)
    assert "recovery" not in rows
    assert rows["maximum"].holds == rows["description"].holds == "yes"
    estimate = float(found.tables[0]["rows"][0][3])
    assert abs(estimate - math.log((x**2).mean()) / 2) < 1e-5  # six digits are printed


def test_data_that_the_flow_cannot_make_are_not_described(tmp_path):
    """A law with two narrow bumps is no N(0, s^2): both halves of the data refuse the description."""
    body = 'field = "a*z", times = [0, 1], parameters = { a = "real" }, at = { a = 0.5 }'
    x = np.where(np.arange(400) % 2, 1.0, -1.0) + 0.01 * np.random.default_rng(2).standard_normal(400)
    np.save(tmp_path / "x.npy", x)
    found = learning.experiment(*flows.flow(body, 1), {"data": "x.npy", "folder": tmp_path, "compared": 5}, 3)
    assert by_id(found)["description"].holds == "no"


@pytest.mark.parametrize(
    ("body", "dimension", "settings", "message"),
    (
        (flows.GATE, 2, {}, "the flow z has no parameters to learn; add one"),
        (flows.LEARN, 2, {"truth": {"a": -1.0}}, "a in its domain"),
        (flows.LEARN, 2, {"truth": {"q": 1.0}}, "parameters out of a, b"),
        (flows.LEARN, 2, {"start": {"a": 0.0}}, "a in its domain"),
        (flows.LEARN, 2, {"trut": {"a": 1.0}}, "did you mean 'truth'"),
        (flows.LEARN, 2, {"n": 1}, "from 2"),
        (flows.LEARN, 2, {"data": "x.csv"}, "permission"),
        (flows.LEARN, 2, {"data": "x.csv", "n": 5}, "either 'data' from a file or"),
        (flows.LEARN, 2, {"folder": "/"}, "a setting of 'learning'; got 'folder'"),
    ),
)
def test_bad_input_is_told(body, dimension, settings, message):
    """No parameters, values outside of the domain, unknown names, files without permission."""
    with pytest.raises(BadExperiment, match=message):
        learning.experiment(*flows.flow(body, dimension), settings, 1)


def test_a_start_law_that_depends_on_a_parameter_is_told():
    """The sensitivities start at zero: the start must be free of theta."""
    body = 'field = ["a*z1", "-z2"], times = [0, 1], parameters = { a = "positive" }, at = { a = 1 }'
    with pytest.raises(BadExperiment, match="does not depend on the parameters"):
        context, law = flows.flow(body, 2, "N(0, I_2)")
        other = flows.flow(body, 2, "N(0, I_2)")[0].laws["Z"]
        from dataclasses import replace

        from twofold.symbolic.tree import Array, Name, integer

        moving = replace(other, covariance=Array(((Name("a"), integer(0)), (integer(0), integer(1)))))
        learning.experiment(replace(context, laws={**context.laws, "Z": moving}), law, {}, 1)
