"""Quadrature on a grid: closed values within the stated error, derivatives, boxes, half lines, slow tails."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import special

from twofold.checks.grid_integrals import GridIntegrals
from twofold.checks.interpret import Meaning
from twofold.checks.points import Sampler
from twofold.checks.statements import links_of
from twofold.numeric.balls import Indeterminate, RealBalls
from twofold.numeric.floats import Floats
from twofold.symbolic.evaluate import Evaluator
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

ENERGIES = """
[energies.q]
variables = ["x"]
parameters = { a = "positive" }
energy = "a*x^4"
at = { a = 0.5 }
[energies.g]
variables = ["y1", "y2"]
parameters = { r = "(-1,1)" }
energy = "(y1^2 - 2*r*y1*y2 + y2^2)/2"
at = { r = 0.5 }
energy_name = "Eg"
partition = "Zg"
[energies.h]
variables = ["u1", "u2", "u3"]
energy = "(u1^2 + u2^2 + u3^2)/2 + u3"
energy_name = "Eh"
partition = "Zh"
[[claim]]
"""


def value(text: str, table: Any = None) -> Any:
    """The left side of `text = 0` at the declared parameters."""
    problem = read_problem(Source(name="t", text=ENERGIES + f'plain = "{text} = 0"\n'))
    links, _ = links_of(problem)
    claim = links[0].claim
    assert claim is not None, links[0].unread
    part = claim.parts[0]
    point = Sampler(part.context, part.unfolded, 1).point(0)
    ev = Evaluator(table or Floats(), Meaning(part.context, point, integrals=GridIntegrals()))
    return ev.value(part.unfolded[0])


QUARTIC = 2 * special.gamma(1.25) * 0.5**-0.25  # int exp(-a x^4) = 2 Gamma(5/4) a^(-1/4)
CLOSED = [
    ("Z", QUARTIC),
    ("diff(log(Z), a)", -1 / (4 * 0.5)),
    ("diff(log(Z), a, a)", 1 / (4 * 0.5**2)),
    ("E_q[x^4]", 1 / (4 * 0.5)),
    ("Zg", 2 * math.pi / math.sqrt(0.75)),
    ("E_g[y1*y2]", 0.5 / 0.75),
    ("diff(log(Zg), r)", 0.5 / 0.75),
    ("Zh", (2 * math.pi) ** 1.5 * math.exp(0.5)),
    ("E_h[u3]", -1.0),
    ("E_g[(y1 - E_g[y1])^2]", 1 / 0.75),
    ("integral(integral(exp(-s*t), s, 0, 1), t, 0, 1)", 0.796599599297053),
    ("integral(exp(-s)/sqrt(s), s, 0, inf)", math.sqrt(math.pi)),
    ("integral(1/(1 + s^2)^2, s)", math.pi / 2),
    ("integral(log(s), s, 0, 1)", -1.0),
]


@pytest.mark.parametrize(("text", "expected"), CLOSED)
def test_a_closed_value_lies_within_the_stated_error(text: str, expected: float) -> None:
    """|value - closed form| <= error estimate, and that is below 1e-10: Gamma functions, determinants, Ein(1).

    4 eps of the closed form are allowed for the rounding of the oracle itself.
    """
    found = value(text, RealBalls(64))
    middle, error = float(found.mid()), float(found.rad())
    assert abs(middle - expected) <= error + 1e-15 * abs(expected)
    assert error <= 1e-10 * max(1.0, abs(expected))


def test_a_singularity_at_an_end_that_is_not_zero_widens_the_error() -> None:
    """1/sqrt(1 - s) over (0, 1): nodes closer to 1 than a rounding cost sqrt(eps), and the error says so."""
    found = value("integral(1/sqrt(1 - s), s, 0, 1)", RealBalls(64))
    assert abs(float(found.mid()) - 2.0) <= float(found.rad()) <= 1e-5


def test_floats_give_the_middle_of_the_ball() -> None:
    """Over the table of floats the same quadrature answers with the value alone."""
    assert value("Zg") == pytest.approx(2 * math.pi / math.sqrt(0.75), rel=1e-13)


def test_a_divergent_integral_has_no_quadrature() -> None:
    """1/sqrt(1 + s^2) is not integrable: no number is given for it."""
    with pytest.raises(Indeterminate):
        value("integral(1/sqrt(1 + s^2), s)")


def test_a_lost_slope_of_the_substitution_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of closed values can fail: without dx/dt the integral over (0, 1) is another one."""
    from twofold.checks import grid_integrals

    finite = grid_integrals.Axis._finite
    monkeypatch.setattr(
        grid_integrals.Axis, "_finite", lambda s, t, a, b: (finite(s, t, a, b)[0], 2 * finite(s, t, a, b)[1])
    )
    assert abs(float(value("integral(log(s), s, 0, 1)")) + 2.0) < 1e-9
