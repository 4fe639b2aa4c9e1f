"""Witnesses of flows: true claims pass, slips are objected to, a broken integrator is seen, SymPy is not imported."""

import json
import subprocess
import sys

import numpy as np
import pytest

from twofold.checks import divergence_witness, flow_map_witnesses, flow_witnesses
from twofold.checks.budget import Budget
from twofold.checks.claim import Claim
from twofold.checks.evidence import Bearing, Counterexample, Enclosure, Estimate, Evidence, Obstacle
from twofold.checks.flow_numerics import flow_numerics
from twofold.checks.pictures import pictures
from twofold.checks.statements import links_of
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

FLOWS = """
[laws]
Z = "N(0, I_2)"
X = "N(1/4, 1/4)"
[flows]
z = { start = "Z", field = ["tanh(z1^3)", "tanh(z2^3)"], times = [0, 0.5] }
x = { start = "X", field = ["x^3"], times = [0, 0.3], field_name = "g", density = "q" }
u = { start = "Z", field = ["-u2*u1", "u1-u2"], times = [0, 0.5], field_name = "h", density = "r" }
s = { start = "X", field = ["sin(s) + s*t"], times = [0, 1], field_name = "k", density = "w" }
[[claim]]
"""
TRACE = "3*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3)^2"
RATE = "3*z1(t)^2*sech(z1(t)^3)^2 + 3*z2(t)^2*sech(z2(t)^3)^2"
JACOBIAN = "log(abs(det(jacobian(z(t), z(0)))))"
IDENTITY = "log(tanh(z1(t)^3)/tanh(z1(0)^3)) + log(tanh(z2(t)^3)/tanh(z2(0)^3))"


def claim_of(text: str) -> Claim:
    problem = read_problem(Source(name="p.toml", text=FLOWS + f"plain = {json.dumps(text)}\n"))
    links, _ = links_of(problem)
    found = links[0].claim
    assert found is not None, links[0].unread
    return found


def divergence(text: str) -> list[Evidence]:
    return divergence_witness.divergence_theorem(claim_of(text), Budget(), 11)


def rate(text: str) -> list[Evidence]:
    return flow_witnesses.log_density(claim_of(text), Budget(), 11)


def flow_map(text: str) -> list[Evidence]:
    return flow_map_witnesses.flow_map(claim_of(text), Budget(), 11)


def speaks_for(found: list[Evidence]) -> bool:
    """Some witness is for the claim with all controls caught, and nothing objects."""
    witnesses = [p for p in found if isinstance(p, Estimate | Enclosure)]
    caught = all(p.caught == p.tried > 0 and p.bearing is Bearing.FOR for p in witnesses)
    return bool(witnesses) and caught and len(witnesses) == len(found)


def objects(found: list[Evidence]) -> bool:
    return any(isinstance(p, Counterexample) for p in found) or any(
        isinstance(p, Obstacle) and "disagrees" in p.reason for p in found
    )


@pytest.mark.parametrize(
    "text",
    [f"div(f, z) = {TRACE}", f"{TRACE} = div(f, z)", f"-({TRACE}) = -trace(jacobian(f(z), z))", "div(g, x) = 3*x^2",
     "div(h, u) = -u2 - 1"],
)  # fmt: skip
def test_a_true_divergence_equals_the_flux_in_every_form(text: str) -> None:
    """The written divergence integrates to the flux, whichever way round it is written."""
    assert speaks_for(divergence(text))


@pytest.mark.parametrize(
    "text",
    ["div(f, z) = 3.003*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3)^2", "div(f, z) = 3*z1^2*sech(z1^3)^2",
     "div(g, x) = -3*x^2", "div(h, u) = -u2 + 1"],
)  # fmt: skip
def test_a_wrong_divergence_misses_the_flux(text: str) -> None:
    """A slip of 0.1 %, a dropped term and a sign are objected to."""
    assert objects(divergence(text))


@pytest.mark.parametrize(
    "text",
    [f"d/dt log(p(z(t), t)) = -({RATE})", f"{RATE} = -d/dt log(p(z(t), t))",
     f"2*({RATE}) + d/dt log(p(z(t), t)) = {RATE}",
     "d/dt log(r(u(t), t)) = u2(t) + 1", "d/dt log(w(s(t), t)) = -cos(s(t)) - t"],
)  # fmt: skip
def test_a_true_rate_is_witnessed_in_every_form(text: str) -> None:
    """Sensitivities, mass and enclosures agree with a right rate of the log-density."""
    assert speaks_for(rate(text))


@pytest.mark.parametrize(
    "text",
    [f"d/dt log(p(z(t), t)) = -1.001*({RATE})", f"d/dt log(p(z(t), t)) = {RATE}",
     "d/dt log(p(z(t), t)) = -3*z1(t)^2*sech(z1(t)^3)^2", "d/dt log(r(u(t), t)) = u2(t) + 1.001",
     "d/dt log(w(s(t), t)) = -cos(s(t)) - 1.001*t"],
)  # fmt: skip
def test_a_wrong_rate_is_objected_to(text: str) -> None:
    """A slip of 0.1 %, the sign and a dropped term are objected to."""
    assert objects(rate(text))


def test_the_enclosed_rate_is_narrow() -> None:
    """For a separable flow the residual is enclosed below 1e-15."""
    enclosures = [p for p in rate(f"d/dt log(p(z(t), t)) = -({RATE})") if isinstance(p, Enclosure)]
    assert enclosures and enclosures[0].radius <= 1e-15


def test_a_rate_at_a_fixed_point_is_left_to_the_points() -> None:
    """A partial derivative has no path to integrate along."""
    assert rate("∂/∂t log(p(z, t)) = -div(f, z)") == []


def test_a_broken_integrator_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SciPy's states pushed off by 0.1 %, the right rate no longer agrees."""
    from twofold.numeric import ode

    right = ode.solve_ivp_witness

    def broken(field, start, times, **options):  # type: ignore[no-untyped-def]
        return right(lambda t, z: 1.001 * field(t, z), start, times, **options)

    monkeypatch.setattr(ode, "solve_ivp_witness", broken)
    assert objects(rate("d/dt log(r(u(t), t)) = u2(t) + 1"))


@pytest.mark.parametrize(
    "text",
    [f"{JACOBIAN} = {IDENTITY}", f"log(p(z(t), t)) - log(p(z(0), 0)) = -({IDENTITY})",
     "x(t) = x(0)/sqrt(1 - 2*t*x(0)^2)",
     "log(r(u(0), 0)) - log(r(u(t), t)) = log(abs(det(jacobian(u(t), u(0)))))"],
)  # fmt: skip
def test_a_true_claim_about_the_flow_map_is_witnessed(text: str) -> None:
    """Identities of the flow map hold on enclosed or integrated paths."""
    assert speaks_for(flow_map(text))


@pytest.mark.parametrize(
    "text",
    [f"{JACOBIAN} = -({IDENTITY})", f"{JACOBIAN} = 1.001*({IDENTITY})", "x(t) = x(0)/sqrt(1 - t*x(0)^2)",
     "x(t) = x(0)/sqrt(1 - 2.002*t*x(0)^2)"],
)  # fmt: skip
def test_a_wrong_claim_about_a_separable_flow_map_is_refuted(text: str) -> None:
    """Disjoint balls on a path are a counterexample."""
    assert any(isinstance(p, Counterexample) for p in flow_map(text))


def test_floats_alone_never_refute() -> None:
    """A wrong claim about a flow that is not separable is an obstacle with its residual."""
    found = flow_map("u1(t) = u1(0) - u2(0)*t")
    assert objects(found) and not any(isinstance(p, Counterexample) for p in found)


def test_the_field_is_evaluated_from_the_tree() -> None:
    """Field and structure as declared."""
    context = claim_of("x = x").context
    numbers = flow_numerics(context, context.laws["z"], (), 1)  # type: ignore[arg-type]
    z = numbers.start().draw(50, 3)
    assert np.abs(numbers.field(0.0, z) - np.tanh(z**3)).max() <= 4 * np.finfo(float).eps
    assert numbers.separable and numbers.autonomous
    assert not flow_numerics(context, context.laws["u"], (), 1).separable  # type: ignore[arg-type]
    assert not flow_numerics(context, context.laws["s"], (), 1).autonomous  # type: ignore[arg-type]


def test_pictures_are_finite_small_and_the_same_again() -> None:
    """Figures hold finite numbers in few bytes and do not change on a rerun; a blow-up is a finding with its time."""
    context = claim_of("x = x").context
    figures, findings = pictures(context, 4, 1e-6)
    text = json.dumps(figures, allow_nan=False)
    assert len(text) < 300_000 and text == json.dumps(pictures(context, 4, 1e-6)[0])
    assert {f["kind"] for f in figures if f["of"] == "z"} == {"transported_density", "histogram", "pit"}
    blow_ups = [f for f in findings if f["kind"] == "blow_up"]
    assert [f["of"] for f in blow_ups] == ["x"] and "Exactly" in blow_ups[0]["text"]


def test_a_picture_of_the_wrong_time_fails_its_test() -> None:
    """Samples at t = 0 against the density at t = 0.5: the chi-square test sees it."""
    from twofold.checks.flow_pictures import Scene, averages, cell_area, counts, tested
    from twofold.numeric.schemes import adaptive_scheme

    context = claim_of("x = x").context
    numbers = flow_numerics(context, context.laws["z"], (), 1)  # type: ignore[arg-type]
    scheme = adaptive_scheme(1e-7, autonomous=True)
    scene = Scene(numbers.law, numbers, numbers.start(), 1)
    box = (-3.6, 3.6, -3.6, 3.6)
    draws = scene.start.draw(3000, 5)
    moved = scheme.value(numbers.field, draws, np.array([0.0, 0.5])).final
    density = averages(scene, box, 0.5) * cell_area(box)
    assert tested(counts(moved, box), density, 3000)[1] > 1e-4
    assert tested(counts(draws, box), density, 3000)[1] < 1e-6


def test_the_witnesses_do_not_know_the_symbolic_route() -> None:
    """Importing them loads neither SymPy nor a derivation."""
    code = (
        "import sys; from twofold.checks import flow_witnesses, flow_map_witnesses, flow_pictures, flow_enclosure; "
        "print([m for m in sys.modules if m == 'sympy' or '.derive_' in m or '.formal' in m or m.endswith('.prove')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
