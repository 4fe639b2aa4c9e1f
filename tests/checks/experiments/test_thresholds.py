"""Beyond a threshold, or not, or too near: the three answers, their rates, and controls that must come out."""

import numpy as np
import pytest

from twofold.checks.evidence import Bearing, Obstacle, StatisticalTest
from twofold.checks.experiments.thresholds import Control, Measured, beyond, distribution
from twofold.checks.verdict import Outcome, combine


def asked(truth, error, threshold=1.0, seed=1, controls=(), n=100):
    """Evidence on "truth > threshold" from normal measurements."""

    def measure(own):
        return Measured(truth + error * np.random.default_rng(own).normal(), error, n)

    return beyond(measure, threshold, seed=seed, method="m", unit="units", controls=controls)


ZERO = Control(lambda seed: Measured(0.0, 0.05, 100), above=False)


def test_a_quantity_far_above_is_told():
    """Ten standard errors above: for, with power and control."""
    (piece,) = asked(2.0, 0.1, controls=(ZERO,))
    assert isinstance(piece, StatisticalTest)
    assert piece.bearing is Bearing.FOR
    assert (piece.caught, piece.tried) == (1, 1)
    assert combine((piece,)) is Outcome.SUPPORTED


def test_a_quantity_far_below_is_told():
    """Ten standard errors below: against."""
    (piece,) = asked(0.0, 0.1, controls=(ZERO,))
    assert piece.bearing is Bearing.AGAINST
    assert combine((piece,)) is Outcome.REFUTED


def test_near_the_threshold_nothing_is_told():
    """At the threshold itself, and half a standard error off, which eight times the sample do not tell either."""
    for value in (0.95, 1.0, 1.05):
        assert isinstance(asked(value, 0.1)[0], Obstacle)


def test_a_second_look_with_more_draws_tells_what_the_first_could_not():
    """Two standard errors off are 5.7 of the larger samples; what is of either sign is averaged with its sign."""
    (below,), (above,) = asked(0.8, 0.1, controls=(ZERO,)), asked(1.2, 0.1, controls=(ZERO,))
    assert (below.bearing, above.bearing) == (Bearing.AGAINST, Bearing.FOR)
    assert below.n == above.n == 800

    def noise(own):
        return Measured(0.9 * np.random.default_rng(own).normal(), 0.9, 100, either_sign=True)

    # Means of absolute values of this noise would lie near 0.72, and 4 of their 0.19 standard errors above 0.05.
    (piece,) = beyond(noise, 0.05, seed=3, method="m", unit="units", controls=(ZERO,))
    assert isinstance(piece, Obstacle)


def test_a_control_that_is_not_caught_leaves_it_open():
    """A control of the same size as the quantity cannot come out below."""
    wrong = Control(lambda seed: Measured(2.0, 0.1, 100), above=False)
    (piece,) = asked(2.0, 0.1, controls=(wrong,))
    assert combine((piece,)) is Outcome.UNDECIDED


@pytest.mark.parametrize("value", (np.nan, np.inf))
def test_what_is_no_number_is_an_obstacle(value):
    """NaN, infinity, an error of 0."""
    assert isinstance(asked(value, 0.1)[0], Obstacle)
    assert isinstance(asked(2.0, 0.0)[0], Obstacle)


def test_answers_are_wrong_at_most_as_often_as_they_say():
    """At the threshold either answer is wrong: none in 2000 (rate 1e-9 each)."""
    assert all(isinstance(asked(1.0, 0.1, seed=s)[0], Obstacle) for s in range(2000))


def test_the_stated_margin_is_told_with_its_power():
    """At the printed effect below the threshold at least 95 of 100 are told (stated 99, five binomial sds)."""
    error = 0.1
    told = 0
    for seed in range(100):
        (piece,) = asked(0.0, error, seed=seed)
        margin = float(piece.at_effect.split()[0])
        told += getattr(asked(1.0 - margin, error, seed=1000 + seed)[0], "bearing", None) is Bearing.AGAINST
    assert told >= 94


def test_few_pieces_have_student_tails():
    """P(T_31 <= -4) from the beta function, and the normal limit."""
    from scipy.stats import norm, t

    assert distribution(-4.0, 31) == pytest.approx(t.cdf(-4, 31), rel=1e-9)
    assert distribution(-4.0, np.inf) == pytest.approx(norm.cdf(-4), rel=1e-9)
