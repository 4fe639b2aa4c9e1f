"""Undefined energies are bound to instances whose exp(-E) is integrable, in every argument that holds a variable."""

from __future__ import annotations

from fractions import Fraction

import pytest

from twofold.checks.grid_integrals import GridIntegrals
from twofold.checks.interpret import Meaning
from twofold.checks.points import Sampler, confinement
from twofold.checks.statements import links_of
from twofold.numeric.balls import RealBalls
from twofold.symbolic.evaluate import Evaluator
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Name

CASES = [
    ("function(2)", 'variables = ["x"]', "E(x, phi)"),
    ("function(3)", 'variables = ["x", "y"]', "E(x, y, phi)"),
    ("function(2)", 'variables = ["x"]\ndimension = 2', "E(x, phi)"),
    ("positive function(2)", 'variables = ["x"]', "E(x, phi)"),
    ("function(2)", 'variables = ["x"]', "-E(x - phi, phi)"),
    ("function(2)", 'variables = ["x"]', "-2*E(x, phi) + x^2/2"),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("domain", "variables", "energy"), CASES)
def test_the_instance_of_an_energy_is_integrable(domain: str, variables: str, energy: str, seed: int) -> None:
    """Z is a finite positive number on every instance: two variables, a vector, a sign, a shift, positive values."""
    document = f"""
[symbols]
E = "{domain}"
[energies.p]
{variables}
parameters = {{ phi = "real" }}
energy = "{energy}"
energy_name = "U"
[[claim]]
plain = "diff(log(Z), phi) = 0"
"""
    links, context = links_of(read_problem(Source(name="t", text=document)))
    assert links[0].claim is not None, links[0].unread
    sides = links[0].claim.parts[0].unfolded
    point = Sampler(context, sides, seed).point(1)
    z = Evaluator(RealBalls(64), Meaning(context, point, integrals=GridIntegrals())).value(Name("Z"))
    assert float(z.mid()) > 0
    assert float(z.rad()) <= 1e-9 * float(z.mid())


def test_a_function_outside_every_energy_stays_general() -> None:
    """Only what stands in an energy is made confining."""
    document = '[symbols]\ng = "function(1)"\nu = "real"\n[[claim]]\nplain = "diff(g(u), u) = diff(g(u), u)"\n'
    links, context = links_of(read_problem(Source(name="t", text=document)))
    assert confinement(context, "g") == (1, ())
    assert links[0].claim is not None
    point = Sampler(context, links[0].claim.parts[0].unfolded, 1).point(0)
    assert isinstance(point.values["u"], Fraction)
