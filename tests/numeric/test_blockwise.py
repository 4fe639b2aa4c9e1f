"""Blocks of few variables give the sums of the whole tensor, with an error estimate that covers the error."""

import math

import numpy as np
import pytest
from scipy import integrate, special

from twofold.numeric import lattice as sums
from twofold.numeric.blockwise import Block, blockwise_moments, combined


def wells(dimension, coupling=0.5):
    """E = sum(x^4/4 - x^2) + c sum x_i x_j; observables sum x^4, sum x^2, sum x_i x_j."""
    ones = [Block((i,), lambda x: (x**4 / 4 - x**2, x**4, x**2), (0, 1)) for i in range(dimension)]
    pairs = [(i, j) for i in range(dimension) for j in range(i + 1, dimension)]
    return ones + [Block(p, lambda x, y: (coupling * x * y, x * y), (2,)) for p in pairs]


def gaussian(precision, mean):
    """x^T P x / 2 about the mean in blocks, with all x_i and all x_i x_j, i <= j, as observables."""
    d = len(mean)
    blocks = []
    for i in range(d):
        blocks.append(Block((i,), lambda x, i=i: (precision[i, i] * (x - mean[i]) ** 2 / 2, x, x * x), (i, d + i)))
        for j in range(i + 1, d):

            def cross(x, y, i=i, j=j):
                return precision[i, j] * (x - mean[i]) * (y - mean[j]), x * y

            blocks.append(Block((i, j), cross, (2 * d + i + j - 1,)))
    return blocks


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_gaussian_has_its_volume_and_moments(dimension):
    """The covariance is A A^T for a triangular A: log Z = d/2 log 2 pi + log det A, up to the inverse's roundoff."""
    lower = np.array([[0.5, 0, 0], [0.3, 0.4, 0], [-0.2, 0.1, 0.6]])[:dimension, :dimension]
    covariance, mean = lower @ lower.T, np.array([1.0, -2.0, 0.5])[:dimension]
    found = blockwise_moments(gaussian(np.linalg.inv(covariance), mean), dimension, 2 * dimension + 3)
    truth = dimension / 2 * math.log(2 * math.pi) + math.log(np.prod(np.diag(lower)))
    # d eps cond(S) < 3 * 2.2e-16 * 20 in each entry of the inverse
    assert abs(found.log_partition_function - truth) <= found.log_error_estimate + 2e-14
    assert found.log_error_estimate < 1e-12
    assert np.abs(found.expectations[:dimension] - mean).max() < 1e-12
    assert np.abs(found.expectations[dimension : 2 * dimension] - mean**2 - np.diag(covariance)).max() < 1e-12
    for i in range(dimension):
        for j in range(i + 1, dimension):
            moment = found.expectations[2 * dimension + i + j - 1]
            assert abs(moment - mean[i] * mean[j] - covariance[i, j]) < 1e-12


def test_a_double_well_has_its_bessel_form():
    k = 0.5
    closed = math.log(math.pi / 2 * math.sqrt(2) * math.exp(k) * (special.iv(0.25, k) + special.iv(-0.25, k)))
    found = blockwise_moments(wells(1), 1, 3)
    assert abs(found.log_partition_function - closed) <= found.log_error_estimate < 1e-14


def test_pairs_in_space_agree_with_nested_adaptive_quadrature():
    """x3 sees only c (x1 + x2): the inner integral by adaptive quad, the outer two by Simpson's rule.

    1e-9 is what its h^4 with h = 0.02 leaves at most.
    """
    x = np.linspace(-5, 5, 501)
    field = np.linspace(-10, 10, 1001)  # every x1 + x2 of the grid
    inner = np.array([integrate.quad(lambda z, b=b: math.exp(z**2 - z**4 / 4 - 0.5 * b * z), -6, 6)[0] for b in field])
    outer = np.exp(x[:, None] ** 2 + x**2 - (x[:, None] ** 4 + x**4) / 4 - 0.5 * x[:, None] * x)
    index = np.arange(501)
    values = outer * inner[index[:, None] + index]
    truth = math.log(integrate.simpson(integrate.simpson(values, x=x), x=x))
    found = blockwise_moments(wells(3), 3, 3)
    assert abs(found.log_partition_function - truth) < 1e-9
    assert found.log_error_estimate < 1e-12
    # and a slip of 1e-3 in the coupling is no less than 1e-4 in log Z
    other = blockwise_moments(wells(3, 0.5005), 3, 3)
    assert abs(other.log_partition_function - truth) > 1e-4


def test_products_of_matrices_and_the_tensor_are_one_sum():
    tensor = [*wells(3), Block((0, 1, 2), lambda x, y, z: (0.0 * x * y * z,))]
    one, two = blockwise_moments(wells(3), 3, 3), blockwise_moments(tensor, 3, 3)
    assert abs(one.log_partition_function - two.log_partition_function) <= 2e-14
    assert np.abs(one.expectations - two.expectations).max() <= 1e-12


def test_factors_that_underflow_in_the_product_are_summed_as_a_tensor(monkeypatch):
    """Couplings of +-400 x y z-pairs cancel in the sum of the energies but not in the factors."""
    pulls = [
        Block((0, 1), lambda x, y: (400 * (x - y),)),
        Block((1, 2), lambda y, z: (400 * (y - z),)),
        Block((0, 2), lambda x, z: (-400 * (x - z),)),
    ]
    called = []
    tensor = sums._tensor
    monkeypatch.setattr(sums, "_tensor", lambda *a: called.append(1) or tensor(*a))
    found = blockwise_moments([*wells(3), *pulls], 3, 3)
    assert called
    assert abs(found.log_partition_function - blockwise_moments(wells(3), 3, 3).log_partition_function) < 1e-11


def test_a_parameter_gradient_is_the_slope_of_log_z():
    """d log Z / dc = -E[sum x_i x_j], against a central difference with its own h^2."""
    found = blockwise_moments(wells(3), 3, 3)
    slopes = []
    for h in (2e-3, 1e-3):
        up, down = (blockwise_moments(wells(3, 0.5 + s * h), 3, 3).log_partition_function for s in (1, -1))
        slopes.append((up - down) / (2 * h))
    richardson = (4 * slopes[1] - slopes[0]) / 3
    # the next term is h^4 f^(5) / 120 ~ 1e-12 times the fifth cumulant of a few hundred; roundoff 1e-14 / 1e-3
    assert abs(found.expectations[2] + richardson) < 1e-9
    assert abs(found.expectations[2] * 1.001 + richardson) > 1e-4


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_error_estimate_covers_the_error_at_a_kink(dimension):
    """exp(-2|x - 0.1|) converges like h^2 only: Z = 1 in every coordinate."""
    blocks = [Block((i,), lambda x: (2 * np.abs(x - 0.1),)) for i in range(dimension)]
    found = blockwise_moments(blocks, dimension, 0)
    assert not found.converged
    assert 1e-9 < abs(found.log_partition_function) <= 2 * found.log_error_estimate


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("centre", [0.0, 0.03])
def test_the_error_estimate_covers_what_a_coarse_rule_gets_wrong(dimension, centre):
    """N(c, s^2 I) on few nodes: rules that are mirror images of each other would agree and be wrong together."""
    for nodes, deviation in ((16, 0.45), (16, 0.55), (24, 0.4)):
        blocks = [Block((i,), lambda x, s=deviation: ((x - centre) ** 2 / (2 * s * s),)) for i in range(dimension)]
        truth = dimension * math.log(deviation * math.sqrt(2 * math.pi))
        parts, box = sums.Parts.of(blocks, dimension, 0), ((-5.0, 5.0),) * dimension
        pair = sums.line_pair(parts, box, nodes) if dimension == 1 else None
        first, second = pair or (sums.lattice(parts, box, nodes), sums.lattice(parts, box, 5 * nodes // 4))
        found = combined(first, second, box, 1e-13)
        assert abs(found.log_partition_function - truth) <= found.log_error_estimate
        assert found.log_error_estimate > 1e-9


def test_two_narrow_wells_far_from_the_nodes_are_both_found():
    """Wells of width 0.004 at 1 and -1.3, hit by no node of the first lattice; both have mass sqrt(pi) / (w sqrt 2)."""
    width = 0.005

    def energy(x):
        return (np.minimum((x - 1.0137) ** 2, (x + 1.3001) ** 2) / width**2, x)

    found = blockwise_moments([Block((0,), energy, (0,))], 1, 1)
    assert abs(found.log_partition_function - math.log(2 * width * math.sqrt(math.pi))) < 1e-12
    assert abs(found.expectations[0] - (1.0137 - 1.3001) / 2) < 1e-12


def test_nodes_far_from_zero_carry_their_roundoff():
    """At 1e4 a node is off by up to 1e-12, in units of a deviation of 1 or 0.001."""
    for deviation in (1.0, 1e-3):
        law = Block((0,), lambda x, s=deviation: ((x - 1e4) ** 2 / (2 * s * s),))
        found = blockwise_moments([law], 1, 0)
        error = abs(found.log_partition_function - math.log(deviation * math.sqrt(2 * math.pi)))
        assert error <= found.log_error_estimate < 1e-8


def test_wells_far_apart_are_found_in_a_box_that_holds_both():
    law = Block((0,), lambda x: (np.minimum((x - 300) ** 2, (x + 400) ** 2) / 2, x), (0,))
    found = blockwise_moments([law], 1, 1, box=((-500.0, 500.0),))
    assert abs(found.log_partition_function - math.log(2 * math.sqrt(2 * math.pi))) <= found.log_error_estimate < 1e-11
    assert abs(found.expectations[0] + 50) <= found.error_estimates[0]


@pytest.mark.parametrize(
    "energy",
    [lambda x: -(x**2), np.tanh, lambda x: x, lambda x: 0 * x],
    ids=("falling", "bounded", "linear", "constant"),
)
def test_what_does_not_die_out_is_refused(energy):
    with pytest.raises(ValueError, match="grows in every direction"):
        blockwise_moments([Block((0,), lambda x: (energy(x),))], 1, 0)


def test_an_energy_without_a_value_is_refused():
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="no number"):
        blockwise_moments([Block((0,), lambda x: (x**2 + np.log(x),))], 1, 0)


@pytest.mark.parametrize(("axes", "observables"), [((1, 0), ()), ((0, 3), ()), ((0,), (5,))])
def test_blocks_that_do_not_fit_are_refused(axes, observables):
    with pytest.raises(ValueError, match="Expected"):
        blockwise_moments([Block(axes, lambda *x: (sum(x),), observables)], 3, 2)
