"""The trapezoidal estimate is as accurate as its own error estimate says, and refuses what does not decay."""

import math

import numpy as np
import pytest
from scipy import special

from twofold.numeric import trapezoid as module
from twofold.numeric.trapezoid import boltzmann_moments, decay_box, trapezoid_estimate


def double_well(x):
    return x[:, 0] ** 4 / 4 - x[:, 0] ** 2


def test_the_log_partition_function_of_a_double_well_has_its_bessel_form():
    k = 0.5
    closed = math.log(math.pi / 2 * math.sqrt(2) * math.exp(k) * (special.iv(0.25, k) + special.iv(-0.25, k)))
    found = boltzmann_moments(double_well, None, 1)
    assert abs(found.log_partition_function - closed) <= found.log_error_estimate + 8 * np.finfo(float).eps
    assert found.log_error_estimate < 1e-14


def test_expectations_obey_the_stein_identity():
    """E[x E'(x)] = 1, so E[x^4] - 2 E[x^2] = 1."""
    found = boltzmann_moments(double_well, lambda x: np.stack([x[:, 0] ** 2, x[:, 0] ** 4], axis=1), 1)
    second, fourth = found.expectations
    assert abs(fourth - 2 * second - 1) <= found.error_estimates @ [2, 1]


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_gaussian_off_the_centre_has_its_volume(dimension):
    """The covariance is I/4 + 11^T/9; det = 4^-d (1 + 4d/9) by the matrix determinant lemma."""
    covariance = np.eye(dimension) / 4 + np.ones((dimension, dimension)) / 9
    precision = np.linalg.inv(covariance)
    found = boltzmann_moments(
        lambda x: 0.5 * np.einsum("mi,ij,mj->m", x - 3, precision, x - 3), lambda x: x, dimension,
        relative_tolerance=1e-11,
    )  # fmt: skip
    truth = dimension / 2 * math.log(2 * math.pi) + 0.5 * math.log(4.0**-dimension * (1 + 4 * dimension / 9))
    # the entries of the inverse are rounded: a relative error of d eps cond < 1e-14 in each
    assert abs(found.log_partition_function - truth) <= found.log_error_estimate + 1e-14
    assert np.all(np.abs(found.expectations - 3) <= found.error_estimates)
    assert found.log_error_estimate < 1e-10


def test_the_error_estimate_covers_the_error_at_a_kink():
    """exp(-abs x) converges like h^2 only; the integral is 2."""
    found = trapezoid_estimate(lambda x: np.exp(-np.abs(x[:, 0] - 0.1)), ((-45.0, 45.0),), nodes=4096)
    error = abs(found.value[0] - 2)
    assert 1e-9 < error <= found.error_estimate[0]


def test_a_box_that_cuts_mass_off_shows_in_the_error_estimate():
    found = trapezoid_estimate(lambda x: np.exp(-(x[:, 0] ** 2) / 2), ((-3.0, 3.0),))
    assert abs(found.value[0] - math.sqrt(2 * math.pi)) <= 1.6 * found.error_estimate[0]
    assert found.error_estimate[0] > 1e-3


def test_memory_does_not_grow_with_the_number_of_nodes():
    assert max(len(x) for x in module.grid(((0.0, 1.0),) * 3, 64)) == module.CHUNK


def test_chunks_and_nodes_make_up_the_whole_grid():
    nodes = np.concatenate(list(module.grid(((0.0, 1.0), (2.0, 4.0)), 300)))
    assert nodes.shape == (90_000, 2)
    assert len(np.unique(nodes, axis=0)) == 90_000


@pytest.mark.parametrize(
    "energy",
    [lambda x: -(x[:, 0] ** 2), lambda x: np.tanh(x[:, 0]), lambda x: x[:, 0]],
    ids=["down", "bounded", "tilt"],
)
def test_an_energy_that_does_not_grow_is_refused(energy):
    with pytest.raises(ValueError, match="grows in every direction"):
        decay_box(energy, 1)


def test_an_integrand_that_is_not_finite_is_refused_with_the_place():
    with pytest.raises(ValueError, match="not at"):
        trapezoid_estimate(lambda x: np.where(x[:, 0] > 0.5, np.nan, 1.0), ((0.0, 1.0),))


def test_four_dimensions_are_refused():
    with pytest.raises(ValueError, match="1, 2 or 3"):
        trapezoid_estimate(lambda x: np.exp(-(x**2).sum(1)), ((-1.0, 1.0),) * 4)
