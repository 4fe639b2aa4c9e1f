"""Witnesses of energies: true claims are supported with every control caught, wrong ones are objected to.

Statistical tests at levels 1e-4 and 1e-5 with exact variance: a true claim is rejected at a rate of 1e-9; fixed seeds.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from twofold.checks import energy_sampling
from twofold.checks.budget import Budget
from twofold.checks.claim import Claim
from twofold.checks.energy_sampling import monte_carlo
from twofold.checks.energy_witnesses import difference_quotient, estimate
from twofold.checks.evidence import Bearing, Estimate, Evidence, Obstacle, StatisticalTest
from twofold.checks.law_sampling import LawStream
from twofold.checks.planner import KINDS, witness
from twofold.checks.statements import links_of
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

DOCUMENT = """
[energies.q]
variables = ["x"]
parameters = { a = "positive", b = "real" }
energy = "a*x^4 - b*x^2"
at = { a = 0.25, b = 1 }
[energies.p]
variables = ["x1", "x2"]
parameters = { k = "positive", c = "real" }
energy = "k*(x1^4 + x2^4)/4 - (x1^2 + x2^2)/2 + c*x1*x2"
at = { k = 1, c = 0.5 }
energy_name = "Ep"
partition = "Zp"
[energies.w]
variables = ["w1", "w2", "w3"]
parameters = { m = "positive" }
energy = "m*(w1^4 + w2^4 + w3^4) + w1*w2*w3/5"
at = { m = 0.5 }
energy_name = "Ew"
partition = "Zw"
[energies.v]
variables = ["v1", "v2", "v3", "v4"]
parameters = { n = "positive" }
energy = "n*(v1^2 + v2^2 + v3^2 + v4^2)"
at = { n = 1 }
energy_name = "Ev"
partition = "Zv"
[[claim]]
"""
BUDGET = Budget()


def claim(text: str) -> Claim:
    links, _ = links_of(read_problem(Source(name="t", text=DOCUMENT + f'plain = "{text}"\n')))
    assert links[0].claim is not None, links[0].unread
    return links[0].claim


def only(found: list[Evidence], kind: type) -> Evidence:
    assert [type(e) for e in found] == [kind], found
    return found[0]


TRUE_IN_SPACE = [
    "diff(log(Zp), c) = -E_p[x1*x2]",
    "-E_p[x1*x2] = diff(log(Zp), c)",
    "E_p[x1*diff(Ep(x1, x2), x1) + x2*diff(Ep(x1, x2), x2)] = 2",
    "grad(log(Zp), [k, c]) = -E_p[grad(Ep(x1, x2), [k, c])]",
    "diff(log(Zw), m) = -E_w[w1^4 + w2^4 + w3^4]",
    "diff(log(Zp), c, c) = E_p[x1^2*x2^2] - E_p[x1*x2]^2",
]


@pytest.mark.parametrize("text", TRUE_IN_SPACE)
def test_a_true_claim_in_the_plane_or_space_is_estimated(text: str) -> None:
    """The residual lies within an error of at most 1e-10 of the size, and every slip is told apart."""
    found = only(estimate(claim(text), BUDGET, 3), Estimate)
    assert isinstance(found, Estimate)
    assert found.bearing is Bearing.FOR
    assert found.tried >= 2
    assert found.error_estimate <= 1e-10 * max(1.0, found.scale)


WRONG_IN_SPACE = [
    "diff(log(Zp), c) = E_p[x1*x2]",
    "E_p[x1*diff(Ep(x1, x2), x1)] = 2",
    "E_p[x1*diff(Ep(x1, x2), x1) + x2*diff(Ep(x1, x2), x2)] = 2.002",
    "diff(log(Zw), m) = -E_w[w1^4 + w2^4]",
    "diff(log(Zp), c, c) = E_p[x1^2*x2^2] + E_p[x1*x2]^2",
]


@pytest.mark.parametrize("text", WRONG_IN_SPACE)
def test_a_wrong_claim_in_the_plane_or_space_is_objected_to(text: str) -> None:
    """A sign, a dropped term, a slip of 0.1 %: the estimate does not bear, and the obstacle says why."""
    found = estimate(claim(text), BUDGET, 3)
    assert found[0].bearing is Bearing.NONE
    assert isinstance(found[1], Obstacle)
    assert "disagrees" in found[1].reason


def test_four_dimensions_are_declined() -> None:
    """Beyond three dimensions there is an obstacle and no number."""
    found = only(estimate(claim("E_v[v1^2] = 1/2"), BUDGET, 3), Obstacle)
    assert "4 dimensions" in found.reason  # type: ignore[union-attr]


TRUE_QUOTIENTS = [
    "diff(log(Z), a) = -E_q[x^4]",
    "grad(log(Z), [a, b]) = [-E_q[x^4], E_q[x^2]]",
    "diff(log(Z), a, a) = E_q[x^8] - E_q[x^4]^2",
    "diff(log(Z), a, b) = -E_q[x^6] + E_q[x^4]*E_q[x^2]",
]


@pytest.mark.parametrize("text", TRUE_QUOTIENTS)
def test_a_difference_quotient_confirms_a_true_derivative(text: str) -> None:
    """Enclosures with 192 bits and a step of 2^-40 leave an error far below 1e-9 of the size."""
    found = only(difference_quotient(claim(text), BUDGET, 3), Estimate)
    assert isinstance(found, Estimate)
    assert found.bearing is Bearing.FOR
    assert found.error_estimate <= 1e-9 * max(1.0, found.scale)


@pytest.mark.parametrize(
    "text",
    [
        "diff(log(Z), a) = -1.001*E_q[x^4]",
        "diff(log(Z), a) = E_q[x^4]",
        "diff(log(Z), a, b) = E_q[x^6] - E_q[x^4]*E_q[x^2]",
    ],
)
def test_a_difference_quotient_objects_to_a_wrong_derivative(text: str) -> None:
    """A slip of 0.1 % and a sign do not bear."""
    found = difference_quotient(claim(text), BUDGET, 3)
    assert found[0].bearing is Bearing.NONE
    assert isinstance(found[1], Obstacle)


TRUE_MEANS = [
    "diff(log(Z), a) = -E_q[x^4]",
    "4*a*E_q[x^4] - 2*b*E_q[x^2] = 1",
    "grad(log(Z), [a, b]) = -E_q[grad(E(x), [a, b])]",
    "diff(log(Zp), c) = -E_p[x1*x2]",
]


@pytest.mark.parametrize("text", TRUE_MEANS)
def test_a_true_expectation_survives_its_draws(text: str) -> None:
    """The two-stage test passes with stated power, and its controls are caught."""
    found = only(monte_carlo(claim(text), BUDGET, 5), StatisticalTest)
    assert isinstance(found, StatisticalTest)
    assert found.bearing is Bearing.FOR
    assert found.caught == found.tried >= 2
    assert found.power >= 0.99


@pytest.mark.parametrize(
    "text",
    ["diff(log(Z), a) = E_q[x^4]", "diff(log(Z), a) = -1.1*E_q[x^4]", "diff(log(Zp), c) = E_p[x1*x2]", "E_q[x^2] = 2"],
)  # fmt: skip
def test_a_wrong_expectation_is_rejected(text: str) -> None:
    """A sign, 10 %, a wrong number: both stages reject."""
    assert only(monte_carlo(claim(text), BUDGET, 5), StatisticalTest).bearing is Bearing.AGAINST


def test_a_claim_that_is_not_affine_in_its_means_is_not_sampled() -> None:
    """A square of an expectation has another null law; no test is made."""
    assert monte_carlo(claim("E_q[x^2]^2 = 2.7739"), BUDGET, 5) == []


def test_heavy_integrands_are_not_sampled() -> None:
    """Where the skewness spoils the normal tail, no test is made: exp(x^4/8) under exp(-x^4/4) has few moments."""
    found = monte_carlo(claim("E_q[exp(x^4/8)] = 1"), BUDGET, 5)
    assert not [e for e in found if isinstance(e, StatisticalTest)]


def test_a_biased_sampler_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws that are 5 % too wide reject the true claim: the test can see its own sampler fail."""
    original = energy_sampling.law_stream

    def wide(*arguments: object, **options: object) -> LawStream:
        stream = original(*arguments, **options)  # type: ignore[arg-type]
        return LawStream(
            dimension=stream.dimension, chunks=lambda n, seed: (np.asarray(1.05 * x) for x in stream.chunks(n, seed))
        )

    monkeypatch.setattr(energy_sampling, "law_stream", wide)
    assert (
        only(monte_carlo(claim("diff(log(Z), a) = -E_q[x^4]"), BUDGET, 5), StatisticalTest).bearing is Bearing.AGAINST
    )


def test_the_planner_knows_the_witnesses() -> None:
    """Every name in the table of kinds has its function."""
    for kind in ("partition", "expectation", "energy_density", "integral", "derivative"):
        assert all(callable(witness(name)) for name in KINDS[kind])


@pytest.mark.parametrize(
    "module", ["energy_witnesses", "energy_sampling", "grid_integrals", "integrable", "polynomials"]
)
def test_a_witness_of_energies_shares_nothing_with_the_proof(module: str) -> None:
    """No SymPy, no symbolic derivation, no prover is imported by the numeric route."""
    program = (
        f"import sys, twofold.checks.{module}; "
        "print(*[m for m in sys.modules if m.split('.')[0] == 'sympy' or 'symbolic.formal' in m "
        "or 'symbolic.derive' in m or m.endswith('symbolic.prove')])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
