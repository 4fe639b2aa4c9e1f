"""The integrators, measured on a flow: answers that are known, broken integrators that are caught, bad input."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from twofold.checks.evidence import Counterexample
from twofold.checks.experiments import bench, solver_orders, solvers
from twofold.checks.experiments.bench import flow_bench, surviving
from twofold.checks.experiments.ordering import consistent, over_sample
from twofold.checks.experiments.record import BadExperiment, experiment_from_json
from twofold.checks.experiments.solver_mass import masses, pieces_of
from twofold.checks.experiments.solver_paths import solver_paths
from twofold.checks.experiments.solver_stability import stability_row
from twofold.checks.experiments.solver_work import reference, work_precision
from twofold.numeric import ode
from twofold.numeric.tableaus import EULER, RK4
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

sys.path.insert(0, str(Path(__file__).parent))
import flows

QUICK = {"n": 40, "mass_steps": [5, 10, 20, 40]}


def by_id(found):
    return {row.id: row for row in found.rows}


@pytest.fixture(scope="module")
def gate():
    """The whole experiment on the gate, with its defaults."""
    return solvers.experiment(*flows.flow(flows.GATE), {}, 7)


def test_every_statement_is_answered_on_the_gate(gate):
    """f' >= 0: never unstable; everything else that is said about Euler holds."""
    found = {row.id: row.holds for row in gate.rows}
    assert found == {
        "euler-unstable": "no",
        "error-accumulates": "yes",
        "orders": "yes",
        "adaptive": "yes",
        "small-steps": "yes",
        "log-density-magnified": "yes",
        "mass-defect": "yes",
    }


def test_the_record_is_json_and_repeats(gate):
    """No NaN, no infinity, the same record from the JSON and from a second run on another order of settings."""
    text = json.dumps(gate.to_json(), allow_nan=False)
    assert experiment_from_json(json.loads(text)).to_json() == gate.to_json()
    small = [solvers.experiment(*flows.flow(flows.LINE, 1), QUICK, 3).to_json() for _ in range(2)]
    assert small[0] == small[1]


def test_orders_are_within_a_tenth_and_wrong_ones_are_seen(gate):
    """The row carries both checks, each with all of its controls caught."""
    orders, steps = by_id(gate)["orders"].evidence
    assert abs(orders.residual) <= 0.1 and orders.caught == orders.tried == 5
    assert steps.caught == steps.tried == 4


def test_the_mass_of_eulers_density_is_that_of_a_direct_integral():
    """One step of Euler on the gate: int phi(z) exp(-h f'(z)) (1 + h f'(z)) dz by SciPy's quadrature, squared."""
    h = 0.5

    def integrand(z):
        slope = 3 * z * z * (1 - math.tanh(z**3) ** 2)
        return math.exp(-z * z / 2 - h * slope) * (1 + h * slope) / math.sqrt(2 * math.pi)

    line = quad(integrand, -8, 8, limit=200, epsabs=1e-12)[0]
    found = masses(pieces_of(flow_bench(*flows.flow(flows.GATE), 1)), EULER, (1,))[1][0]
    # The trapezoidal rule is good to 1e-8 here, the tail beyond 6.5 to 1e-9.
    assert abs(found - line**2) < 1e-7
    assert abs(found - 0.900) < 5e-4


def test_work_and_precision_are_those_of_scipy():
    """Errors of the state against SciPy's LSODA, row by row: RK4 at 8 steps to a thousandth of the error."""
    from scipy.integrate import solve_ivp

    b = flow_bench(*flows.flow(flows.STIFF), 1)
    draws = surviving(b, 25, 2)[0]

    def field(t, z):
        return [-z[0] + math.sin(z[1] * t) / 4, -50 * z[1]]

    exact = np.array([solve_ivp(field, (0, 1), z, "LSODA", rtol=1e-12, atol=1e-13).y[:, -1] for z in draws])
    ours = ode.rk4(b.derived.field, draws, np.array([0.0, 1.0]), steps=64).final
    error = math.sqrt(((ours - exact) ** 2).sum(axis=1).mean())
    run = next(r for r in work_precision(b, draws).runs[RK4.name] if r.evaluations == 4 * 64)
    assert abs(run.state / error - 1) < 1e-3


def test_the_step_of_instability_is_two_over_lambda():
    """On the stiff field the limit is 2/50, below the span: yes; on dz/dt = -8 z it is 1/4; on the sine it is 2."""
    for body, dimension, limit in ((flows.STIFF, 2, "0.04"), (flows.DECAY, 1, "0.25")):
        found = stability(body, dimension)
        assert found.holds == "yes" and f"h = {limit} " in found.measured
    line = stability(flows.LINE, 1)
    assert line.holds == "no" and "above the time span" in line.measured


def stability(body, dimension):
    b = flow_bench(*flows.flow(body, dimension), 1)
    return stability_row(b, surviving(b, 40, 2)[0])[0]


def test_on_a_rotation_euler_turns_outwards_at_every_step():
    """Eigenvalues +-i: unstable at every h; the trace is 0, so no error of the log-density: not magnified."""
    found = by_id(solvers.experiment(*flows.flow(flows.TURN), QUICK, 3))
    assert found["euler-unstable"].holds == "yes" and "every step" in found["euler-unstable"].measured
    assert found["log-density-magnified"].holds == "no"
    assert found["orders"].holds == "yes" and "exact" in found["orders"].measured


def test_an_error_that_goes_down_again_is_not_said_to_accumulate():
    """dz/dt = -8 z forgets: Euler's error after a fifth is larger than at the end, in balls: no."""
    found = by_id(solvers.experiment(*flows.flow(flows.DECAY, 1), {**QUICK, "steps": 100}, 3))["error-accumulates"]
    assert found.holds == "no"
    assert found.evidence[0].type == "Counterexample"


def test_three_dimensions_are_answered_without_the_mass():
    """The mass row says that it is not measured; the others stand."""
    found = by_id(solvers.experiment(*flows.flow(flows.SPATIAL, 3), QUICK, 3))
    assert found["mass-defect"].holds == "not decided" and "two dimensions" in found["mass-defect"].evidence[0].reason
    assert found["orders"].holds == "yes"


# -- broken on purpose -------------------------------------------------------------------------------------------------
def orders_of(body=flows.GATE):
    b = flow_bench(*flows.flow(body), 1)
    return solver_orders.order_rows(solver_paths(b, surviving(b, 40, 2)[0]))[0][0]


def test_wrong_weights_of_rk4_are_caught(monkeypatch):
    """(1, 2, 2, 1)/6 with 1/6 too much on one stage and too little on another: order 1 in place of 4."""
    wrong = replace(RK4, b=np.array([2, 1, 2, 1]) / 6)
    methods = tuple(wrong if t is RK4 else t for t in solver_orders.METHODS)
    monkeypatch.setattr(solver_orders, "METHODS", methods)
    monkeypatch.setattr(solver_orders, "RK4", wrong)
    assert orders_of().holds == "not decided"


def test_the_midpoint_rule_with_eulers_steps_is_caught(monkeypatch):
    """The integrator called midpoint that takes Euler's steps: it does not take the steps that were measured."""
    monkeypatch.setattr(ode, "midpoint", ode.euler)
    row = orders_of()
    assert row.holds == "not decided"
    assert abs(row.evidence[1].residual) > row.evidence[1].error_estimate


def test_a_dropped_trace_is_caught(monkeypatch):
    """The field of (z, log-density) without the divergence: neither the steps nor the work agree."""

    def without(pair):
        return lambda t, state: np.concatenate([pair(t, state[:, :-1])[0], 0 * state[:, -1:]], axis=1)

    monkeypatch.setattr(bench, "augmented_pair", without)
    assert orders_of().holds == "not decided"
    b = flow_bench(*flows.flow(flows.GATE), 1)
    z = np.concatenate([b.start.draw(10, 1), np.zeros((10, 1))], axis=1)
    assert reference(b, z, np.array(b.span))[1] > 1e-3  # the two references disagree


def test_a_step_that_is_too_short_is_caught(monkeypatch):
    """An RK4 that ends a thousandth too early."""
    monkeypatch.setattr(ode, "rk4", lambda f, z, t, steps: ode.fixed_steps(RK4, f, z, t * 0.999, steps=steps))
    assert orders_of().holds == "not decided"


# -- bad input ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings", "message"),
    (({"step": 5}, "did you mean 'steps'"), ({"n": 1}, "from 20"), ({"mass_steps": [0]}, "from 1")),
)
def test_settings_are_checked(settings, message):
    """Unknown keys and values out of range."""
    with pytest.raises(BadExperiment, match=message):
        solvers.experiment(*flows.flow(flows.GATE), settings, 1)


def test_a_flow_that_loses_its_paths_is_told():
    """dz/dt = z^3 up to t = 40 loses nearly all of them."""
    with pytest.raises(BadExperiment, match="most paths"):
        solvers.experiment(*flows.flow(flows.BURST, 1), QUICK, 1)


def test_a_comparison_that_depends_on_the_start_is_left_open():
    """A few starts refute only with the sample behind them; a sample alone refutes nothing."""
    ball = Counterexample(method="m", point={}, lhs="1", rhs="2", difference="-1", bits=64, detail="smaller")
    for sample, kind in (
        (over_sample(2.0, 1.0, 0.1, ("a", "b"), 9, True), "Obstacle"),
        (over_sample(1.0, 2.0, 0.1, ("a", "b"), 9, True), "Counterexample"),
    ):
        assert consistent(ball, sample)[0].type == kind
    assert over_sample(1.0, 1.05, 0.1, ("a", "b"), 9, True).type == "Obstacle"


def test_undefined_functions_are_told():
    """An undefined function has no numbers of its own."""
    laws = '[symbols]\ng = "function(1)"\n[laws]\nZ = "N(0, 1)"\n[flows]\n'
    text = laws + 'z = { start = "Z", field = "g(z)", times = [0, 1] }\n'
    context = read_problem(Source("flow.toml", text)).context
    with pytest.raises(BadExperiment, match="without undefined functions"):
        solvers.experiment(context, context.laws["z"], QUICK, 1)


def test_a_field_without_values_at_the_start_is_told():
    """log z at negative z."""
    with pytest.raises(BadExperiment, match=r"values at draws|followed in numbers"):
        solvers.experiment(*flows.flow('field = "log(z)", times = [0, 1]', 1), QUICK, 1)
