"""Chebyshev coefficients against polynomials whose coefficients are known."""

import numpy as np

from twofold.numeric import chebyshev

EPS = np.finfo(float).eps


def test_a_polynomial_has_its_own_coefficients() -> None:
    """4 x^3 - 3 x + 2 (2 x^2 - 1) is T_3 + 2 T_2; its powers are -2, -3, 4, 4; nothing else occurs."""
    x = chebyshev.points(8)
    values = 4 * x**3 - 3 * x + 2 * (2 * x**2 - 1)
    found = chebyshev.transform(8) @ values
    np.testing.assert_allclose(found, [0, 0, 2, 1, 0, 0, 0, 0], atol=64 * EPS)  # sums of 8 terms below 3
    powers = chebyshev.to_powers(8) @ found
    np.testing.assert_allclose(powers, [-2, -3, 4, 4, 0, 0, 0, 0], atol=64 * EPS * 2.42**8)
    y = np.array([-0.3, 0.7])
    np.testing.assert_allclose(chebyshev.basis(y, 8) @ found, 4 * y**3 - 3 * y + 2 * (2 * y**2 - 1), atol=64 * EPS)


def test_the_tail_sees_even_functions() -> None:
    """cos(9 x) is even: its last coefficient of an even count is 0, the one before it is not."""
    coefficients = chebyshev.transform(8) @ np.cos(9 * chebyshev.points(8))
    assert abs(coefficients[-1]) < 1e-14
    assert chebyshev.tail(coefficients) > 0.1
