"""Power laws: an exact one, the calibration of the interval, curvature seen, refusals."""

import numpy as np
import pytest

from twofold.numeric.slopes import power_law


def test_an_exact_power_law_is_found():
    """y = 3 x^-1 with any weights."""
    x = np.array([1.0, 4.0, 10.0, 50.0])
    found = power_law(x, 3 / x, np.array([0.1, 0.2, 0.05, 0.3]))
    assert found.slope == pytest.approx(-1, abs=1e-12)
    assert np.exp(found.intercept) == pytest.approx(3, rel=1e-12)
    assert found.fit_p_value > 0.999


def test_the_interval_holds_the_slope_as_often_as_it_says():
    """95 % of 2000 noisy laws, within five binomial standard deviations; the p-values of the fit are uniform enough."""
    x, s = np.geomspace(1, 100, 6), np.linspace(0.05, 0.3, 6)
    rng = np.random.default_rng(1)
    fits = [power_law(x, x**0.7 * np.exp(s * rng.normal(size=6)), s) for _ in range(2000)]
    inside = np.mean([low <= 0.7 <= high for low, high in (f.interval(0.95) for f in fits)])
    assert abs(inside - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 2000)
    assert abs(np.mean([f.fit_p_value < 0.1 for f in fits]) - 0.1) < 5 * np.sqrt(0.09 / 2000)


def test_a_curve_is_no_power_law():
    """y = x + 100 has no one slope, and the fit says so."""
    x = np.geomspace(1, 1000, 8)
    assert power_law(x, x + 100, np.full(8, 0.05)).fit_p_value < 1e-6


@pytest.mark.parametrize(
    ("x", "y", "s", "message"),
    [
        ([1.0], [1.0], [0.1], "at least two points"),
        ([1.0, 2.0], [1.0, -1.0], [0.1, 0.1], "positive finite"),
        ([2.0, 2.0], [1.0, 1.0], [0.1, 0.1], "two different places"),
        ([1.0, 2.0], [1.0, np.inf], [0.1, 0.1], "positive finite"),
    ],
)
def test_what_has_no_slope_is_refused(x, y, s, message):
    """One point, values that have no logarithm, one place."""
    with pytest.raises(ValueError, match=message):
        power_law(np.array(x), np.array(y), np.array(s))
