"""The flow map in the prover: identities between z(t) and z(0) are proved with their conditions, wrong ones are not."""

import json
from typing import Any

import pytest

from twofold.checks.statements import links_of
from twofold.symbolic.problem import read_problem
from twofold.symbolic.prove import prove
from twofold.symbolic.source import Source

FLOWS = """
[laws]
Z = "N(0, I_2)"
[flows]
z = { start = "Z", field = ["tanh(z1^3)", "tanh(z2^3)"], times = [0, 0.5] }
u = { start = "Z", field = ["-u2*u1", "u1-u2"], times = [0, 0.5], field_name = "h", density = "r" }
[[claim]]
"""
JACOBIAN = "log(abs(det(jacobian(z(t), z(0)))))"
IDENTITY = "log(tanh(z1(t)^3)/tanh(z1(0)^3)) + log(tanh(z2(t)^3)/tanh(z2(0)^3))"


def proof_of(text: str) -> dict[str, Any]:
    links, _ = links_of(read_problem(Source(name="p.toml", text=FLOWS + f"plain = {json.dumps(text)}\n")))
    claim = links[0].claim
    assert claim is not None, links[0].unread
    return prove(claim.lhs, claim.rhs, claim.context)


@pytest.mark.parametrize(
    "text",
    [
        f"{JACOBIAN} = {IDENTITY}",
        f"log(p(z(t), t)) - log(p(z(0), 0)) = -({IDENTITY})",
        "det(jacobian(z(t), z(0))) = tanh(z1(t)^3)/tanh(z1(0)^3) * tanh(z2(t)^3)/tanh(z2(0)^3)",
        "log(r(u(t), t)) = log(r(u(0), 0)) - log(abs(det(jacobian(u(t), u(0)))))",
    ],
)
def test_a_true_identity_is_proved(text: str) -> None:
    """The exact log-Jacobian and the density at two times are proved, and smoothness is a condition."""
    found = proof_of(text)
    assert found["status"] == "proved"
    assert any("continuously differentiable" in c for c in found["conditions"])


def test_the_equilibrium_is_named_as_an_exception() -> None:
    """Where f_i(z_i(0)) = 0 the quotient has no value, and the condition says so."""
    assert any("equilibrium" in c for c in proof_of(f"{JACOBIAN} = {IDENTITY}")["conditions"])


@pytest.mark.parametrize(
    "text",
    [
        f"{JACOBIAN} = -({IDENTITY})",
        f"{JACOBIAN} = 1.001*({IDENTITY})",
        f"log(p(z(t), t)) - log(p(z(0), 0)) = {IDENTITY}",
        "z1(t) = z1(0)",
        "log(r(u(t), t)) = log(r(u(0), 0)) + log(abs(det(jacobian(u(t), u(0)))))",
        "log(r(u(t), t)) = log(r(u(0), 0))",
        "grad(log(p(z, t)), z1) = 0*z1(0)",
    ],
)
def test_a_false_identity_is_not_proved(text: str) -> None:
    """A sign, a slip of 0.1 %, a missing Jacobian, a derivative at a fixed point."""
    assert proof_of(text)["status"] != "proved"
