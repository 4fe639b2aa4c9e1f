"""Densities that do not exist disprove what is claimed of them; what is not known is never read as divergence."""

from __future__ import annotations

from fractions import Fraction

import pytest

from twofold.checks.claim import Claim
from twofold.checks.evidence import Disproof, Obstacle
from twofold.checks.integrable import integrability, integrability_findings, law_integrability, unknown_integrability
from twofold.checks.planner import no_density
from twofold.checks.polynomials import NotPolynomialError, polynomial
from twofold.checks.statements import links_of
from twofold.symbolic.context import EnergyLaw
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Node


def claim(energy: str, text: str = "E_p[x] = 0", variables: str = '["x"]', at: str = "a = 1") -> Claim:
    document = f"""
[energies.p]
variables = {variables}
parameters = {{ a = "real" }}
energy = "{energy}"
at = {{ {at} }}
[[claim]]
plain = "{text}"
"""
    links, _ = links_of(read_problem(Source(name="t", text=document)))
    assert links[0].claim is not None, links[0].unread
    return links[0].claim


NOT_INTEGRABLE = [
    ("a*x^3", '["x"]'),
    ("-a*x^2", '["x"]'),
    ("0*a*x", '["x"]'),
    ("a*log(1 + x^2)/2", '["x"]'),
    ("sin(a*x)", '["x"]'),
    ("exp(a*x)", '["x"]'),
    ("x^2 - 3*a*x*y + y^2", '["x", "y"]'),
    ("a*x^2", '["x", "y"]'),
    ("a*(x^4 + y^4) - 3*x^2*y^2", '["x", "y"]'),
]


@pytest.mark.parametrize(("energy", "variables"), NOT_INTEGRABLE)
def test_a_density_that_does_not_exist_disproves_the_claim(energy: str, variables: str) -> None:
    """An odd power, a wave, a logarithm at the edge (Cauchy with p = 1), an indefinite form, a missing variable."""
    found = integrability(claim(energy, variables=variables))
    assert [type(e) for e in found] == [Disproof]
    assert found[0].point == ({"a": "1"} if "a" in energy else {})  # type: ignore[union-attr]


INTEGRABLE = [
    ("a*x^4 - x^2", '["x"]'),
    ("a*log(1 + x^2)", '["x"]'),
    ("a*abs(x)", '["x"]'),
    ("x^2 - a*x*y + y^2", '["x", "y"]'),
    ("a*(x^4 + y^4) - x^2*y^2", '["x", "y"]'),
]


@pytest.mark.parametrize(("energy", "variables"), INTEGRABLE)
def test_a_density_that_exists_is_left_alone(energy: str, variables: str) -> None:
    """Cauchy's law, Laplace's, a definite form: neither a disproof nor an obstacle nor a finding."""
    found = claim(energy, variables=variables)
    assert integrability(found) == [] == unknown_integrability(found)
    assert integrability_findings(found.context) == ()


def test_a_form_with_a_zero_is_not_known() -> None:
    """x^4 y^2 + x^2 has a semidefinite leading form: an obstacle, no disproof."""
    found = claim("a*(x^4*y^2 + x^2)", variables='["x", "y"]')
    assert integrability(found) == []
    assert [type(e) for e in unknown_integrability(found)] == [Obstacle]


def test_without_declared_values_nothing_is_said() -> None:
    """A parameter over a whole domain: that some of it has no density does not make the claim false."""
    assert integrability(claim("a*x^2", at="")) == []


def test_a_claim_that_an_integral_is_infinite_is_not_disproved() -> None:
    """`Z = inf` says what is the case."""
    assert integrability(claim("a*x^3", "Z = inf")) == []


def test_the_finding_names_the_law() -> None:
    """A report shows the missing density even when no claim uses it."""
    (found,) = integrability_findings(claim("a*x^3").context)
    assert (found["kind"], found["of"]) == ("not_integrable", "p")


def test_the_planner_asks_before_anything_is_proved() -> None:
    """The formal proof of grad log Z rests on Z < infinity: the disproof comes first and stands alone."""
    assert [type(e) for e in no_density(claim("a*x^3", "diff(log(Z), a) = -E_p[x^3]"))] == [Disproof]


def energy_of(text: str, variables: str) -> tuple[Node, EnergyLaw]:
    found = claim(text, variables=variables)
    law = found.context.laws["p"]
    assert isinstance(law, EnergyLaw)
    return law.energy, law


def test_a_tree_is_read_as_an_exact_polynomial() -> None:
    """(x + a y)^2 / 3 at a = 1/2 is x^2/3 + x y/3 + y^2/12, in rationals."""
    tree, _ = energy_of("(x + a*y)^2/3", '["x", "y"]')
    expected = {(2, 0): Fraction(1, 3), (1, 1): Fraction(1, 3), (0, 2): Fraction(1, 12)}
    assert polynomial(tree, ("x", "y"), {"a": Fraction(1, 2)}) == expected


@pytest.mark.parametrize("text", ["sin(x)", "1/x", "x^(1/2)", "a*x^(-1)", "(x + 1)^400"])
def test_what_is_no_polynomial_is_refused(text: str) -> None:
    """A function, a quotient by a variable, a root, a negative power, a degree beyond the limit."""
    tree, _ = energy_of(text, '["x"]')
    with pytest.raises(NotPolynomialError):
        polynomial(tree, ("x",), {"a": Fraction(1)})


def test_an_undefined_energy_is_not_judged() -> None:
    """Whether exp(-E) is integrable for an undefined E is a condition of the proof, no fact."""
    document = """
[symbols]
E = "function(1)"
[energies.p]
variables = ["x"]
energy = "E(x)"
energy_name = "U"
[[claim]]
plain = "E_p[x] = 0"
"""
    _, context = links_of(read_problem(Source(name="t", text=document)))
    law = context.laws["p"]
    assert isinstance(law, EnergyLaw)
    assert law_integrability(context, law) is None
