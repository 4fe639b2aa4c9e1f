"""Witnesses of densities and entropies: true ones pass with every control caught, wrong ones are objected to."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from twofold.checks import law_sampling
from twofold.checks.budget import Budget
from twofold.checks.claim import Claim
from twofold.checks.density_cells import Cells
from twofold.checks.density_witnesses import density
from twofold.checks.entropy_witnesses import entropy, relative_entropy
from twofold.checks.evidence import Bearing, Estimate, Evidence, Obstacle, StatisticalTest
from twofold.checks.statements import links_of
from twofold.numeric.moments import Floats
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

BUDGET = Budget(samples=100_000, alpha_first=1e-3, alpha_second=1e-4)
DOCUMENT = """
[symbols]
s = "positive"
k = "real"
rho = "(-1,1)"
[laws]
Z = "N(0, I_2)"
X = "N(1, s^2)"
R = "N(0, [[1, rho], [rho, 1]])"
F = "N(1000, 1/1000000)"
B = "N([0, 0, 0], [[2, 1, 0], [1, 3, 1], [0, 1, 1]])"
W = "N([1, 2], [[2, 1], [1, 3]])"
[maps]
Y = { of = "Z", matrix = [["3/5", "2/5"], ["1/5", "4/5"]] }
L = { of = "X", forward = ["exp(x)"], variables = ["x"], targets = ["y"], inverse = ["log(y)"] }
G = { of = "X", forward = ["1/(1 + exp(-x))"], variables = ["x"], targets = ["v"], inverse = ["log(v/(1 - v))"] }
D = { of = "Z", matrix = [[1, 2], [2, 4]] }
[maps.U]
of = "Z"
forward = ["x1", "x2 + x1^2"]
variables = ["x1", "x2"]
targets = ["u1", "u2"]
inverse = ["u1", "u2 - u1^2"]
[energies.q]
variables = ["x"]
parameters = { a = "positive", b = "real" }
energy = "a*x^4 - b*x^2"
at = { a = 0.25, b = 1 }
partition = "Zq"
[[claim]]
id = "it"
plain = "CLAIM"
"""
QUADRATIC = "17/4*y1^2 - 11/2*y1*y2 + 13/4*y2^2"
NORMAL = f"5/(4*pi)*exp(-1/2*({QUADRATIC}))"
TRUE = [
    f"p_Y(y1, y2) = {NORMAL}",
    "1/(s*sqrt(2*pi))*exp(-(k - 1)^2/(2*s^2)) = p_X(k)",
    f"log(p_Y(y1, y2)) = log(5/(4*pi)) - 1/2*({QUADRATIC})",
    "p_X(x) = 1/(s*sqrt(2*pi))*exp(-(x - 1)^2/(2*s^2))",
    "p_R(r1, r2) = 1/(2*pi*sqrt(1 - rho^2))*exp(-(r1^2 - 2*rho*r1*r2 + r2^2)/(2*(1 - rho^2)))",
    "p_F(x) = 1000/sqrt(2*pi)*exp(-500000*(x - 1000)^2)",
    "p_L(y) = 1/(y*s*sqrt(2*pi))*exp(-(log(y) - 1)^2/(2*s^2))",
    "p_G(v) = 1/(v*(1 - v))*1/(s*sqrt(2*pi))*exp(-(log(v/(1 - v)) - 1)^2/(2*s^2))",
    "p_U(u1, u2) = 1/(2*pi)*exp(-(u1^2 + (u2 - u1^2)^2)/2)",
    # det = 2 (3 - 1) - 1 = 3; the inverse by cofactors: [[2, -1, 1], [-1, 2, -2], [1, -2, 5]] / 3.
    "p_B(b1, b2, b3) = 1/sqrt((2*pi)^3*3)*exp(-(2*b1^2 + 2*b2^2 + 5*b3^2 - 2*b1*b2 + 2*b1*b3 - 4*b2*b3)/6)",
    "q(x) = exp(-a*x^4 + b*x^2)/Zq",
]
# What each method must see: the mass any constant, the cells any shape, jointly.
WRONG_MASS = [
    f"p_Y(y1, y2) = 1.001*{NORMAL}",
    f"p_Y(y1, y2) = 1/(2*pi)*exp(-1/2*({QUADRATIC}))",
    f"log(p_Y(y1, y2)) = log(4/(5*pi)) - 1/2*({QUADRATIC})",
    "p_L(y) = 1/(s*sqrt(2*pi))*exp(-(log(y) - 1)^2/(2*s^2))",
    "q(x) = exp(-a*x^4 + 1.01*b*x^2)/Zq",
]
WRONG_SHAPE = [
    "p_Y(y1, y2) = sqrt(221)/(8*pi)*exp(-1/2*(17/4*y1^2 + 13/4*y2^2))",
    "p_Y(y1, y2) = 5/(4*pi)*exp(-1/2*(17/4*y1^2 + 11/2*y1*y2 + 13/4*y2^2))",
    # Right marginals, no dependence: only a joint test can see it.
    "p_Y(y1, y2) = 25/(2*pi*sqrt(221))*exp(-1/2*(25/13*y1^2 + 25/17*y2^2))",
    "p_X(x) = 1/(s*sqrt(2*pi))*exp(-(x - 1.05)^2/(2*s^2))",
    "p_X(x) = 1/(2*s)*exp(-abs(x - 1)/s)",
    "p_U(u1, u2) = 1/(2*pi)*exp(-(u1^2 + (u2 - 1.05*u1^2)^2)/2)",
    f"p_Y(y1, y2) = 2.5*{NORMAL}",
]


def claim_of(text: str) -> Claim:
    links, _ = links_of(read_problem(Source("x.toml", DOCUMENT.replace("CLAIM", text))))
    assert links[0].claim is not None
    return links[0].claim


def found(text: str, seed: int = 3) -> list[Evidence]:
    return density(claim_of(text), BUDGET, seed)


@pytest.mark.parametrize("text", TRUE)
def test_a_true_density_is_witnessed_twice(text: str) -> None:
    """Mass and cells both speak for it, and both have caught every wrong variant."""
    mass, cells = found(text)
    assert isinstance(mass, Estimate)
    assert isinstance(cells, StatisticalTest)
    for piece in (mass, cells):
        assert piece.bearing is Bearing.FOR, piece
        assert piece.caught == piece.tried >= 2
    assert mass.error_estimate < 1e-6


@pytest.mark.parametrize("text", WRONG_MASS)
def test_a_wrong_constant_shows_in_the_mass(text: str) -> None:
    """The estimate disagrees and an obstacle says by how much; a float difference does not refute by itself."""
    pieces = found(text)
    assert isinstance(pieces[0], Estimate)
    assert not pieces[0].agrees
    assert any(isinstance(p, Obstacle) and "disagrees" in p.reason for p in pieces)


@pytest.mark.parametrize("text", WRONG_SHAPE)
def test_a_wrong_shape_shows_in_the_cells(text: str) -> None:
    """Lost or flipped cross term, lost dependence, shift, wrong family, wrong map, mass above 1: both seeds reject."""
    assert any(isinstance(p, StatisticalTest) and p.bearing is Bearing.AGAINST for p in found(text))


def test_a_negative_density_is_named() -> None:
    """A density with mass 1 that is negative somewhere: the place is told."""
    pieces = found("p_X(x) = 1/(s*sqrt(2*pi))*exp(-(x - 1)^2/(2*s^2))*(1 + 2*(x - 1)/s)")
    assert any(isinstance(p, Obstacle) and "negative" in p.reason for p in pieces)


def test_a_degenerate_law_has_no_density() -> None:
    """The draws lie on a line of the plane: said, not divided by 0."""
    (piece,) = found("p_D(d1, d2) = exp(-d1^2)")
    assert isinstance(piece, Obstacle)
    assert "degenerate" in piece.reason


def test_a_value_of_a_density_is_left_to_others() -> None:
    """`p_R(0, 0) = ..` is one number and no density."""
    assert found("p_R(0, 0) = 1/(2*pi*sqrt(1 - rho^2))") == []


def test_a_broken_sampler_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependence of 0.05 between the deviates makes the true density look wrong, with right marginals."""
    right = law_sampling.normal_chunks

    def leaning(n: int, d: int, seed: int) -> Iterator[Floats]:
        for chunk in right(n, d, seed):
            chunk[:, 1] = 0.05 * chunk[:, 0] + math.sqrt(1 - 0.05**2) * chunk[:, 1]
            yield chunk

    monkeypatch.setattr(law_sampling, "normal_chunks", leaning)
    mass, cells = found(TRUE[0])
    assert (mass.bearing, cells.bearing) == (Bearing.FOR, Bearing.AGAINST)


def test_p_values_of_a_true_density_are_uniform_enough() -> None:
    """At level 0.1, 60 seeds reject at most 16 times: binomial tail 1e-4. Cells, pilot and quadrature leave no bias."""
    claim = claim_of("p_U(u1, u2) = 1/(2*pi)*exp(-(u1^2 + (u2 - u1^2)^2)/2)")
    runs = [density(claim, Budget(samples=20_000), seed)[1] for seed in range(60)]
    assert sum(isinstance(p, StatisticalTest) and p.p_value < 0.1 for p in runs) <= 16


def test_cell_integrals_of_a_polynomial_are_exact() -> None:
    """int x^2 y over [0, 1] x [0, 2], [1, 3] x [0, 2] by hand: 2/3 and 52/3; 4 nodes are exact to rounding."""
    cells = Cells(edges=(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0])))
    np.testing.assert_allclose(cells.integrals(lambda w: w[:, 0] ** 2 * w[:, 1], 4), [2 / 3, 52 / 3], rtol=1e-14)


def test_cells_count_inside_and_outside() -> None:
    """Rows go to the product cell they lie in, all others to the cell outside."""
    cells = Cells(edges=(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 5.0])))
    w = np.array([[0.5, 1.0], [0.5, 4.0], [2.0, 1.0], [2.0, 4.0], [-1.0, 1.0], [2.0, 9.0], [np.inf, 1.0]])
    assert cells.index(w).tolist() == [0, 1, 2, 3, 4, 4, 4]


# -- entropies ---------------------------------------------------------------------------------------------------------
ENTROPIES = [
    ("entropy(Y) = 1/2*log((2*pi*e)^2*4/25)", Bearing.FOR),
    ("1/2*log(2*pi*e*s^2) = entropy(X)", Bearing.FOR),
    ("entropy(L) = 1/2*log(2*pi*e*s^2) + 1", Bearing.FOR),
    ("entropy(Y) = 1/2*log((2*pi*e)^2*2/5)", Bearing.AGAINST),
    ("entropy(Y) = log((2*pi*e)^2*4/25)", Bearing.AGAINST),
    ("entropy(X) = 1/2*log(2*pi*s^2)", Bearing.AGAINST),
    ("entropy(L) = 1/2*log(2*pi*e*s^2)", Bearing.AGAINST),
    # tr S^-1 = 5/5, m^T S^-1 m = (3 - 4 + 8)/5, det S = 5: KL(N(0, I), N(m, S)) by hand.
    ("KL(Z, W) = 1/2*(1 + 7/5 - 2 + log(5))", Bearing.FOR),
    ("KL(W, Z) = 1/2*(5 + 5 - 2 - log(5))", Bearing.FOR),
    ("KL(Z, W) = 1/2*(5 + 5 - 2 - log(5))", Bearing.AGAINST),
    ("KL(Z, W) = 1/2*(1 + 7/5 - 2 - log(5))", Bearing.AGAINST),
]


@pytest.mark.parametrize(("text", "bearing"), ENTROPIES)
def test_entropies_are_tested_by_means_over_draws(text: str, bearing: Bearing) -> None:
    """True ones pass with both controls caught; a lost factor, sign or direction is rejected on both seeds."""
    claim = claim_of(text)
    (piece,) = (entropy if claim.kind == "entropy" else relative_entropy)(claim, BUDGET, 8)
    assert isinstance(piece, StatisticalTest)
    assert piece.bearing is bearing
    assert piece.caught == piece.tried == 2
