"""Exact draws: moments by quadrature, closed forms, joint law, measured accuracy, supports, and refusals."""

import numpy as np
import pytest
from scipy.special import ndtr

from twofold.numeric.exact_draws import find_support, invert_cubic, line_table
from twofold.numeric.gaussian_tests import gaussian_test
from twofold.numeric.goodness_of_fit import (
    chi_square_test,
    gaussian_pull_back,
    ks_test,
    normal_uniforms,
    product_cells,
)
from twofold.numeric.moments import sample_moments
from twofold.numeric.plane_draws import lagrange_weights, plane_table

N = 100_000
# Five standard errors: false-alarm rate 6e-7 for each mean.
ERRORS = 5.0


def double_well(x):
    return 0.25 * x[:, 0] ** 4 - x[:, 0] ** 2


def coupled_wells(z):
    return 2 * (z[:, 0] ** 2 - 1) ** 2 + 2 * (z[:, 1] ** 2 - 1) ** 2 + (z[:, 1] - z[:, 0]) ** 2


def trapezoid_mean(energy, d, function, reach=6.0, nodes=601):
    """E[function] by the trapezoidal rule, which is exact to rounding for these entire densities."""
    axis = np.linspace(-reach, reach, nodes)
    grid = np.stack([g.ravel() for g in np.meshgrid(*[axis] * d)], axis=1)
    weight = np.exp(-energy(grid))
    return (weight @ function(grid)) / weight.sum()


def mean_agrees(sample, exact, square):
    """The sample mean is within five standard errors, with the exact variance."""
    return abs(sample.mean() - exact) < ERRORS * np.sqrt((square - exact**2) / len(sample))


@pytest.mark.parametrize("power", (1, 2, 4))
def test_moments_on_the_line_agree_with_quadrature(power):
    """Sample means of x, x^2, x^4 of the double well against the trapezoidal rule."""
    x = line_table(double_well).draw(N, seed=1)
    first = trapezoid_mean(double_well, 1, lambda g: g[:, 0] ** power)
    second = trapezoid_mean(double_well, 1, lambda g: g[:, 0] ** (2 * power))
    assert mean_agrees(x[:, 0] ** power, first, second)


@pytest.mark.parametrize("function", (lambda z: z[:, 0] * z[:, 1], lambda z: z[:, 1] ** 2, lambda z: z[:, 0]))
def test_moments_on_the_plane_agree_with_quadrature(function):
    """Sample means of xy, y^2 and x of two coupled wells against the trapezoidal rule."""
    z = plane_table(coupled_wells).draw(N, seed=2)
    exact = trapezoid_mean(coupled_wells, 2, function)
    assert mean_agrees(function(z), exact, trapezoid_mean(coupled_wells, 2, lambda g: function(g) ** 2))


def test_a_correlated_gaussian_has_its_joint_law():
    """Draws of N(0, S), correlation 0.9, pass likelihood ratio and joint cells at 1e-6; the independent law fails."""
    s = np.array([[1.0, 0.9], [0.9, 1.0]])
    p = np.linalg.inv(s)
    z = plane_table(lambda x: 0.5 * np.einsum("ni,ij,nj->n", x, p, x)).draw(N, seed=3)
    u = normal_uniforms(gaussian_pull_back(z, np.zeros(2), np.linalg.cholesky(s)))
    assert gaussian_test(sample_moments(z), np.zeros(2), s).p_value > 1e-6
    assert chi_square_test(product_cells(u, 16)).p_value > 1e-6
    assert gaussian_test(sample_moments(z), np.zeros(2), np.eye(2)).p_value < 1e-12


@pytest.mark.parametrize(("centre", "scale"), ((0.0, 1.0), (300.0, 0.1), (-5.0, 40.0)))
def test_the_stated_accuracy_holds_on_a_normal_law(centre, scale):
    """Quantiles of a table of N(centre, scale^2), put into the true distribution function, miss u by the accuracy."""
    table = line_table(lambda x: 0.5 * ((x[:, 0] - centre) / scale) ** 2)
    u = np.linspace(1e-6, 1 - 1e-6, 10_001)
    gap = np.abs(ndtr((table.quantile(u) - centre) / scale) - u).max()
    assert gap <= table.accuracy + 8 * 2.0**-52 <= 1e-9 + 8 * 2.0**-52
    assert table.log_mass == pytest.approx(np.log(scale * np.sqrt(2 * np.pi)), abs=1e-9)


def test_the_stated_accuracy_holds_for_conditionals():
    """Under N(0, S) the conditional of y at x is N(0.8 x, 0.36): quantiles at 20000 points miss by few accuracies."""
    p = np.linalg.inv(np.array([[1.0, 0.8], [0.8, 1.0]]))
    table = plane_table(lambda x: 0.5 * np.einsum("ni,ij,nj->n", x, p, x), accuracy=1e-6)
    rng = np.random.default_rng(5)
    x, u = rng.standard_normal(20_000), rng.random(20_000)
    gap = np.abs(ndtr((table.conditional_quantile(x, u) - 0.8 * x) / 0.6) - u)
    # The accuracy averages the largest gap of a column over x; the mean gap over u is below that.
    assert gap.mean() <= table.accuracy <= 1e-6


def test_a_kink_is_resolved_by_refinement():
    """The Laplace density e^(-|x|)/2 has a kink; its quantile at u < 1/2 is log 2u."""
    table = line_table(lambda x: np.abs(x[:, 0]))
    u = np.linspace(1e-4, 0.5, 1000)
    # dx = du / p(x) with p(x) = u.
    assert (np.abs(table.quantile(u) - np.log(2 * u)) * u).max() < 2e-9


def test_a_finite_support_is_respected():
    """Energy 0 on (1, 3) is the uniform law there, and exp(-E) = x on (0, 2) has quantile 2 sqrt(u)."""
    flat = line_table(lambda x: np.zeros(len(x)), (1.0, 3.0))
    assert np.abs(flat.quantile(np.array([0.0, 0.25, 1.0])) - [1.0, 1.5, 3.0]).max() < 1e-14
    with np.errstate(divide="ignore"):
        ramp = line_table(lambda x: -np.log(x[:, 0]), (0.0, 2.0))
    u = np.linspace(0.01, 1, 50)
    assert np.abs(ramp.quantile(u) - 2 * np.sqrt(u)).max() < 1e-8


def test_a_box_is_respected_on_the_plane():
    """exp(-E) = x + y on the unit square: F(x) = (x^2 + x)/2, and all draws stay in the square."""
    with np.errstate(divide="ignore"):
        z = plane_table(lambda z: -np.log(z.sum(axis=1)), ((0.0, 1.0), (0.0, 1.0))).draw(20_000, seed=6)
    assert ((z >= 0) & (z <= 1)).all()
    for column in z.T:
        assert ks_test((column**2 + column) / 2).p_value > 1e-6
    # E[xy] = 1/3, E[x^2 y^2] = 1/6; independence would give (7/12)^2 = 0.340.
    assert mean_agrees(z[:, 0] * z[:, 1], 1 / 3, 1 / 6)


@pytest.mark.parametrize("shift", (0.0, 7.5))
def test_the_normalising_constant_comes_with_the_table(shift):
    """log Z of the double well plus a constant against the trapezoidal rule, to the accuracy of the table."""
    axis = np.linspace(-6, 6, 601)
    exact = np.log(np.trapezoid(np.exp(-double_well(axis[:, None])), axis)) - shift
    assert abs(line_table(lambda x: double_well(x) + shift).log_mass - exact) < 1e-9


def test_draws_are_reproducible_and_streams_are_the_same_draws():
    """One seed, one sample; another seed, another; chunks are pieces of the draw."""
    table = line_table(double_well)
    draw = table.draw(40_000, seed=9)
    assert np.array_equal(draw, table.draw(40_000, seed=9))
    assert not np.array_equal(draw, table.draw(40_000, seed=10))
    assert np.array_equal(draw, np.concatenate(list(table.chunks(40_000, seed=9))))


def test_the_support_of_a_far_narrow_density_is_found():
    """exp(-(x - 300)^2 50) has its mass near 300; the found interval holds 300 +- 9 standard deviations."""
    ((low, high),) = find_support(lambda x: 50 * (x[:, 0] - 300) ** 2, 1)
    assert low < 299.1
    assert high > 300.9


def test_a_deeper_well_beyond_a_barrier_is_found():
    """A narrow well at 0 ends at |x| = 1 for every practical purpose; the deeper one at 20 carries the mass."""
    energy = lambda x: np.minimum(100 * x[:, 0] ** 2, (x[:, 0] - 20) ** 2 - 5)  # noqa: E731
    x = line_table(energy, accuracy=1e-7).draw(1000, seed=1)[:, 0]
    # Masses sqrt(pi/100) = 0.177 and e^5 sqrt(pi) = 263: one draw in 1500 stays at 0.
    assert (x > 10).mean() > 0.99


def test_cubics_are_inverted():
    """For a monotone cubic with flat ends, value(s(u)) = u to two roundings."""
    u = np.linspace(0, 1, 1001)
    s = invert_cubic(u, (np.zeros_like(u), np.ones_like(u)), (np.zeros_like(u), np.zeros_like(u)))
    assert np.abs(s * s * (3 - 2 * s) - u).max() <= 4 * 2.0**-52


def test_interpolation_is_exact_for_quintics():
    """Six points reproduce x^5, also at the ends of the table."""
    nodes = np.linspace(-1, 1, 9)
    x = np.linspace(-1, 1, 101)
    first, weights = lagrange_weights(nodes, x)
    # Lebesgue constant of six points at the ends: about 4; 6 terms.
    assert np.abs((weights * nodes[first + np.arange(6)[:, None]] ** 5).sum(axis=0) - x**5).max() < 100 * 2.0**-52


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    (
        (lambda: line_table(lambda x: np.zeros(len(x))), ValueError, "rises at infinity"),
        (lambda: line_table(lambda x: -(x[:, 0] ** 2)), ValueError, "rises at infinity"),
        (lambda: plane_table(lambda z: z[:, 0] ** 2), ValueError, "rises at infinity"),
        (lambda: line_table(lambda x: x[:, 0] * np.nan, (0.0, 1.0)), ArithmeticError, "not a number"),
        (lambda: line_table(lambda x: x[:, 0] * 0 + np.inf, (0.0, 1.0)), ValueError, "positive mass"),
        (lambda: line_table(lambda x: x, (0.0, 1.0)), ValueError, "energy to return shape"),
        (lambda: line_table(lambda x: np.sign(x[:, 0]), (-1.0, 2.0), accuracy=1e-14), ArithmeticError, "accurate to"),
    ),
)
def test_what_cannot_be_drawn_is_told(call, kind, message):
    """Densities without a normaliser, undefined energies and unreached accuracies raise, with the reason."""
    with pytest.raises(kind, match=message):
        call()
