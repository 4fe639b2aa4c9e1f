"""Draws of a declared law follow that law; what cannot be drawn is told, never replaced.

Statistical assertions: seeds are fixed, each test of a true law would fail at a rate of 1e-6 for a random seed.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from twofold.checks.law_sampling import LawStream, NoDraws, law_stream, parameter_point, square_root, written_out
from twofold.numeric.gaussian_tests import gaussian_test
from twofold.numeric.goodness_of_fit import ks_test, normal_uniforms
from twofold.numeric.moments import sample_moments
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

RARE = 1e-6
DOCUMENT = """
[symbols]
A = "= [[3/5, 2/5], [1/5, 4/5]]"
[laws]
Z = "N(0, I_2)"
W = "N([1, 2], [[2, 1], [1, 3]])"
X = "N(0, 1)"
K = "N(0, [[1, 2], [2, 4]])"
B = "N(0, [[1, 2], [2, 1]])"
[maps]
Y = { of = "W", matrix = "A", offset = [1, "1/2"] }
L = { of = "X", forward = ["exp(x)"], variables = ["x"], targets = ["y"], inverse = ["log(y)"] }
M = { of = "X", forward = ["log(x)"], variables = ["x"], targets = ["y"], inverse = ["exp(y)"] }
[flows]
u = { start = "X", field = ["-u"], times = [0, 1] }
v = { start = "X", field = ["v^3"], times = [0, 1], density = "pv", field_name = "g" }
[energies]
q = { variables = ["x"], energy = "x^2/2" }
r = { variables = ["x", "y"], energy = "x^2 + x*y + y^2", partition = "Zr", energy_name = "Er" }
s = { variables = ["x"], energy = "log(1 + x^2)", partition = "Zs", energy_name = "Es" }
"""


def stream(name: str, time: float | None = None) -> LawStream:
    context = written_out(read_problem(Source("x.toml", DOCUMENT)).context)
    law = context.laws[name]
    return law_stream(context, law, parameter_point(context, law, (), 1), time=time)


@pytest.mark.parametrize(
    ("name", "mean", "covariance"),
    [
        ("W", [1, 2], [[2, 1], [1, 3]]),
        # A = [[.6, .4], [.2, .8]] by hand: A S A^T and A (1, 2) + (1, 1/2).
        ("Y", [2.4, 2.3], [[1.68, 1.76], [1.76, 2.32]]),
        # exp(-(x^2 + x y + y^2)): precision [[2, 1], [1, 2]], so covariance [[2, -1], [-1, 2]] / 3.
        ("r", [0, 0], [[2 / 3, -1 / 3], [-1 / 3, 2 / 3]]),
    ],
)
def test_draws_have_the_moments_of_the_law(name: str, mean: list[float], covariance: list[list[float]]) -> None:
    """Mean and covariance of draws pass the likelihood-ratio test of values computed by hand."""
    draws = stream(name).draw(200_000, 5)
    assert gaussian_test(sample_moments(draws), np.array(mean), np.array(covariance)).p_value > RARE


def test_draws_of_a_singular_law_stay_on_its_range() -> None:
    """N(0, [[1, 2], [2, 4]]) lives on y = 2 x, to the rounding of the spectral root."""
    draws = stream("K").draw(1000, 3)
    assert np.abs(draws[:, 1] - 2 * draws[:, 0]).max() < 1e-7 * np.abs(draws).max()
    assert draws[:, 0].std() > 0.9


def test_a_map_is_applied_to_the_draws_of_its_base() -> None:
    """Draws of exp(X) are exp of the draws of X, from the same seed."""
    np.testing.assert_array_equal(stream("L").draw(100, 9), np.exp(stream("X").draw(100, 9)))


def test_a_flow_carries_the_draws_of_its_start() -> None:
    """dz/dt = -z takes z to z exp(-t), to the tolerance of the integration (1e-9 a step, a few steps)."""
    np.testing.assert_allclose(
        stream("u", 0.5).draw(500, 4), np.exp(-0.5) * stream("X").draw(500, 4), rtol=1e-7, atol=1e-8
    )


def test_exact_draws_of_an_energy() -> None:
    """exp(-x^2 / 2) is the standard normal law."""
    assert ks_test(normal_uniforms(stream("q").draw(100_000, 2)[:, 0])).p_value > RARE


@pytest.mark.parametrize(
    ("name", "reason"),
    [("v", "lost before"), ("M", "no value"), ("B", "semidefinite"), ("s", "no exact draws")],
)
def test_what_cannot_be_drawn_is_told(name: str, reason: str) -> None:
    """Blow-up, a map without a value, an indefinite covariance, an energy that cannot be normalised in practice."""
    with pytest.raises(NoDraws, match=reason):
        stream(name).draw(1000, 1)


def test_an_asymmetric_covariance_is_refused() -> None:
    """A root of a matrix that is no covariance is not made up."""
    with pytest.raises(NoDraws, match="not symmetric"):
        square_root(np.array([[1.0, 0.5], [0.4, 1.0]]))


def test_draws_repeat_for_a_seed_and_differ_between_seeds() -> None:
    """Same seed, same bytes; another seed, other draws."""
    first = stream("Y").draw(64, 7)
    assert (first == stream("Y").draw(64, 7)).all()
    assert not (first == stream("Y").draw(64, 8)).any()


def test_chunks_need_constant_memory() -> None:
    """Ten times the draws need the memory of one chunk (2^14 rows of 2 floats, and the few arrays made from them)."""
    chunks = stream("Y").chunks(400_000, 1)
    next(chunks)
    tracemalloc.start()
    rows = sum(len(chunk) for chunk in chunks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 400_000 - 2**14
    assert peak < 10 * 2**14 * 2 * 8
