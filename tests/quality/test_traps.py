"""The traps whose domain is a sentence, set up by hand: laws, flows and energies that a naive checker believes."""

from __future__ import annotations

import pytest

from twofold.checks.api import check
from twofold.checks.equal import equal
from twofold.checks.verdict import Outcome

PASSES = (Outcome.PROVED, Outcome.ENCLOSED, Outcome.SUPPORTED)


def outcomes(text: str) -> list[Outcome]:
    return [step.verdict.outcome for step in check(text, figures=False).steps if step.verdict is not None]


def test_a_partition_function_that_is_infinite_has_no_gradient() -> None:
    """dv02: E = theta x^4 - x^6 is not integrable, so grad log Z = -E[x^4] is never passed."""
    text = """
[energies]
p = { variables = ["x"], parameters = { theta = "real" }, energy = "theta*x^4 - x^6" }
[[claim]]
id = "gradient"
plain = "grad(log(Z), theta) = -E_p[x^4]"
"""
    (found,) = outcomes(text)
    assert found not in PASSES


def test_a_partial_derivative_is_not_the_total_one() -> None:
    """la07: at a fixed point of space, d/dt log p is not minus the divergence of the field."""
    text = """
[laws]
S = "N(0, 1)"
[flows]
z = { start = "S", field = ["tanh(z^3)"], times = [0, 0.5] }
[[claim]]
id = "partial"
plain = "partial(log(p(z, t)), t) = -div(f, z)"
"""
    assert outcomes(text) == [Outcome.REFUTED]


def test_the_logarithm_of_a_mean_is_not_the_mean_of_the_logarithm() -> None:
    """ic07: for X = e^Z, log E[X] = 1/2 and E[log X] = 0."""
    density = r"\frac{1}{\sqrt{2\pi}}e^{-z^2/2}"
    left = rf"\ln\int_{{-\infty}}^{{\infty}}e^z{density}\,dz"
    right = rf"\int_{{-\infty}}^{{\infty}}z{density}\,dz"
    assert equal(left, right).outcome is Outcome.REFUTED


@pytest.mark.parametrize(("right", "expected"), [("1/phi", True), ("0", False)])
def test_a_support_that_moves_has_a_boundary_term(right: str, expected: bool) -> None:
    """ic03: with E = 0 on (0, phi) the normaliser is phi: d/dphi log Z = 1/phi, and not -E[dE/dphi] = 0."""
    left = r"\frac{d}{d\phi}\ln\int_0^{\phi}1\,dx"
    found = equal(left, right if right == "0" else r"\frac{1}{\phi}", where={r"\phi": "positive"}).outcome
    assert (found in PASSES) is expected
    assert (found is Outcome.REFUTED) is not expected
