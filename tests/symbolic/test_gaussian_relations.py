"""Marginals, conditionals, products and divergences of Gaussian laws agree with linear algebra in floats."""

import numpy as np
import pytest
import sympy

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_gaussian import gaussian_law
from twofold.symbolic.gaussian_relations import conditional, density_product, kullback_leibler, marginal

R = sympy.Rational
x, y, u = sympy.symbols("x y u", real=True)
s, t = sympy.symbols("s t", positive=True)
M1, S1 = sympy.Matrix([1, R(1, 2), -1]), sympy.Matrix([[3, 1, R(1, 2)], [1, 2, 0], [R(1, 2), 0, 1]])
M2, S2 = sympy.Matrix([0, 1, R(1, 3)]), sympy.Matrix([[2, 0, R(1, 3)], [0, 1, R(-1, 4)], [R(1, 3), R(-1, 4), 2]])


def floats(matrix):
    """The matrix as a float array."""
    return np.array(sympy.Matrix(matrix).evalf().tolist(), dtype=float)


def log_density(point, mean, covariance):
    """log N(point; mean, covariance) by LU in floats."""
    gap = np.ravel(point) - floats(mean).ravel()
    sigma = floats(covariance)
    return -0.5 * (len(gap) * np.log(2 * np.pi) + np.linalg.slogdet(sigma)[1] + gap @ np.linalg.solve(sigma, gap))


def is_verified(derivation):
    """No step stays open."""
    return all(check.outcome != "open" for check in verify_steps(derivation))


def test_marginal_selects_blocks_in_order():
    """The marginal of coordinates 2, 0 has the permuted blocks."""
    law = marginal(M1, S1, [2, 0])
    assert (law.mean, law.covariance) == (sympy.Matrix([-1, 1]), sympy.Matrix([[1, R(1, 2)], [R(1, 2), 3]]))
    assert is_verified(law.derivation)


@pytest.mark.parametrize("given", [[0], [1, 2], [2, 0]])
def test_conditional_density_is_joint_over_marginal(given):
    """log p(x_a|x_b) = log p(x) - log p(x_b) at random points."""
    rest = [i for i in range(3) if i not in given]
    for point in np.random.default_rng(2).uniform(-2, 2, (5, 3)):
        exact = [sympy.Rational(float(v)) for v in point]
        law = conditional(M1, S1, given, [exact[i] for i in given])
        joint = log_density(point, M1, S1)
        part = log_density(point[given], floats(M1)[given], floats(S1)[np.ix_(given, given)])
        # covariances with condition below 10: twenty operations, values below 20
        assert abs(log_density(point[rest], law.mean, law.covariance) - (joint - part)) < 1e-12
        assert is_verified(law.derivation)


def test_symbolic_conditional():
    """For correlation rho the textbook formula of the bivariate law comes out."""
    rho = sympy.Symbol("rho", real=True)
    law = conditional(sympy.Matrix([0, 0]), sympy.Matrix([[s**2, rho * s * t], [rho * s * t, t**2]]), [1], [y])
    assert sympy.simplify(law.mean[0] - rho * s / t * y) == 0
    assert sympy.simplify(law.covariance[0, 0] - s**2 * (1 - rho**2)) == 0
    assert is_verified(law.derivation)


def test_product_of_densities_holds_at_points():
    """N(x; m1, S1) N(x; m2, S2) = scale N(x; c, C), the scale included."""
    found = density_product([x, y, u], M1, S1, M2, S2)
    assert is_verified(found.law.derivation)
    for point in np.random.default_rng(4).uniform(-2, 2, (5, 3)):
        left = log_density(point, M1, S1) + log_density(point, M2, S2)
        right = float(sympy.log(found.scale)) + log_density(point, found.law.mean, found.law.covariance)
        assert abs(left - right) < 1e-12  # values below 40, condition below 10


def test_divergence_agrees_with_quadrature_in_one_dimension():
    """KL equals the integral of p log(p/q) by the trapezoid rule, exact to rounding for Gaussian integrands."""
    value = kullback_leibler(
        sympy.Matrix([1]), sympy.Matrix([[2]]), sympy.Matrix([R(-1, 2)]), sympy.Matrix([[3]])
    ).value
    grid, step = np.linspace(-20, 22, 4001, retstep=True)
    p = np.exp(-((grid - 1) ** 2) / 4) / np.sqrt(4 * np.pi)
    ratio = -((grid - 1) ** 2) / 4 + (grid + 0.5) ** 2 / 6 + 0.5 * np.log(3 / 2)
    assert abs(float(value) - step * np.sum(p * ratio)) < 1e-13


def test_divergence_of_a_law_from_itself_is_zero():
    """KL(N || N) = 0, also symbolically, and it is not symmetric."""
    S = sympy.Matrix([[s, 0], [0, t]])
    zero = kullback_leibler(sympy.Matrix([x, y]), S, sympy.Matrix([x, y]), S)
    assert sympy.simplify(zero.value) == 0
    assert kullback_leibler(M1, S1, M2, S2).value != kullback_leibler(M2, S2, M1, S1).value


def test_divergence_in_three_dimensions_is_entropy_and_cross_entropy():
    """KL = -h(p) - E_p[log q], the expectation by exact Gauss-Hermite nodes on the Cholesky factor."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)  # exact to degree 5; log q is quadratic
    factor, mean = np.linalg.cholesky(floats(S1)), floats(M1).ravel()
    cross = 0.0
    for i in np.ndindex(3, 3, 3):
        weight = np.prod(weights[list(i)]) / (2 * np.pi) ** 1.5
        cross -= weight * log_density(mean + factor @ nodes[list(i)], M2, S2)
    entropy = float(gaussian_law(M1, S1).entropy)
    assert abs(float(kullback_leibler(M1, S1, M2, S2).value) - (cross - entropy)) < 1e-12


def test_singular_blocks_and_bad_indices_are_refused():
    """Conditioning on a constant, indices out of range, and divergences of degenerate laws raise."""
    flat = sympy.Matrix([[1, 0], [0, 0]])
    zero = sympy.Matrix([0, 0])
    with pytest.raises(ValueError, match="S_bb invertible"):
        conditional(zero, flat, [1], [0])
    with pytest.raises(ValueError, match="indices from 0 to 1"):
        marginal(zero, flat, [2])
    with pytest.raises(ValueError, match="some coordinates given and some left"):
        conditional(zero, sympy.eye(2), [0, 1], [0, 0])
    with pytest.raises(ValueError, match="S_1 invertible"):
        kullback_leibler(zero, flat, zero, sympy.eye(2))
    with pytest.raises(ValueError, match="S_2 invertible"):
        kullback_leibler(zero, sympy.eye(2), zero, flat)
