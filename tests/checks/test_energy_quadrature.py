"""A declared energy gives log Z, its gradient and expectations in numbers that closed forms confirm."""

import math

import numpy as np
import pytest
import sympy
from scipy import special

import twofold
from twofold.symbolic.energy_blocks import split

X = sympy.symbols("x y z", real=True)
A, B = sympy.symbols("a b", positive=True)


def test_the_quartic_energy_has_its_gamma_form():
    """int exp(-a x^4) = 2 Gamma(5/4) a^(-1/4): d log Z/da = -1/(4 a)."""
    found = twofold.Quadrature(twofold.Energy(A * X[0] ** 4, X[:1], [A]))({A: 3})
    truth = math.log(2 * special.gamma(1.25)) - math.log(3) / 4
    assert abs(found.log_partition_function - truth) <= found.log_error_estimate + 1e-15
    assert abs(found.gradient[0] + 1 / 12) <= found.gradient_error_estimates[0]
    assert abs(found.gradient[0] * 1.001 + 1 / 12) > found.gradient_error_estimates[0]


def test_a_square_of_a_sum_in_space_is_multiplied_out():
    """E = (x + y + z)^2 + a |x|^2 has the precision 2 (11^T + a I): log Z = 3/2 log pi - log(a^2 (a + 3)) / 2."""
    energy = (X[0] + X[1] + X[2]) ** 2 + A * (X[0] ** 2 + X[1] ** 2 + X[2] ** 2)
    assert max(map(len, split(energy, X))) == 2
    found = twofold.Quadrature(twofold.Energy(energy, X, [A]), [X[0] * X[2]])({A: 1})
    assert abs(found.log_partition_function - 1.5 * math.log(math.pi) + 0.5 * math.log(4)) < 1e-13
    assert abs(found.gradient[0] + (2 + 1 / 4) / 2) < 1e-13
    # the inverse of 2 (I + 11^T) is (I - 11^T / 4) / 2
    assert abs(found.expectations[0] + 1 / 8) < 1e-13


def test_a_heavy_tail_is_stretched():
    """int (1 + x^2)^-a = sqrt(pi) Gamma(a - 1/2) / Gamma(a); d log Z/da = psi(a - 1/2) - psi(a)."""
    found = twofold.Quadrature(twofold.Energy(A * sympy.log(1 + X[0] ** 2), X[:1], [A]))({A: 1.5})
    assert abs(found.log_partition_function - math.log(2)) < 1e-13
    assert abs(found.gradient[0] - special.digamma(1) + special.digamma(1.5)) < 1e-12


@pytest.mark.parametrize("power", [0.4, 0.5, 0.6])
def test_a_tail_that_is_too_heavy_is_refused(power):
    with pytest.raises(ValueError, match="grows in every direction"):
        twofold.Quadrature(twofold.Energy(power * sympy.log(1 + X[0] ** 2), X[:1]))()


def test_a_three_variable_term_takes_the_tensor():
    """x y z coupled through tanh is odd: E tanh(x y z) = 0, and log Z is even in a."""
    law = twofold.Energy(X[0] ** 2 + X[1] ** 2 + X[2] ** 2 + B * sympy.tanh(X[0] * X[1] * X[2]), X, [B])
    rule = twofold.Quadrature(law, [X[0] ** 2])
    up, still = rule({B: 1}), rule({B: 1e-9})
    assert abs(still.log_partition_function - 1.5 * math.log(math.pi)) < 1e-13
    assert abs(still.expectations[0] - 0.5) < 1e-13
    assert up.gradient[0] > 0.01


def test_misuse_is_told():
    law = twofold.Energy(A * X[0] ** 2, X[:1], [A])
    with pytest.raises(ValueError, match="one value for each parameter"):
        twofold.Quadrature(law)()
    with pytest.raises(ValueError, match="support"):
        twofold.Quadrature(twofold.Energy(X[0] ** 2, X[:1], support=[(0, 1)]))
    with pytest.raises(TypeError):
        twofold.Quadrature(law, ["x"])
    assert np.isfinite(twofold.Quadrature(law)({A: 2}).log_partition_function)
