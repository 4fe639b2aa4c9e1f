"""Rejection from cells in space: the law of the draws against moments by other means, and cells that are too coarse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import gamma

from twofold.numeric.space_draws import SpaceTable, around, falls, space_table
from twofold.numeric.trapezoid import decay_box

PRECISION = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 4.0]])
N = 200_000


def normal(x):
    return 0.5 * np.einsum("ni,ij,nj->n", x, PRECISION, x)


def quartic(x):
    return (x**4).sum(axis=1) / 4


def steep(x):
    return np.cosh(30 * x).sum(axis=1)


@pytest.fixture(scope="module")
def gaussian() -> SpaceTable:
    return space_table(normal, decay_box(normal, 3))


def worst_z(x: np.ndarray, mean: np.ndarray, second: np.ndarray) -> float:
    """The largest of the standardised gaps of means and second moments."""
    pairs = x[:, :, None] * x[:, None, :]
    gaps = [np.abs(x.mean(axis=0) - mean) / (x.std(axis=0) / math.sqrt(len(x)))]
    gaps.append(np.abs(pairs.mean(axis=0) - second).ravel() / (pairs.std(axis=0).ravel() / math.sqrt(len(x))))
    return float(np.concatenate(gaps).max())


def test_a_normal_law_has_its_moments_and_its_normaliser(gaussian: SpaceTable) -> None:
    """12 normal gaps: 5 standard errors are passed by chance once in 10^5 seeds."""
    x = gaussian.draw(N, 3)
    assert worst_z(x, np.zeros(3), np.linalg.inv(PRECISION)) < 5
    assert abs(gaussian.log_mass - (1.5 * math.log(2 * math.pi) - 0.5 * np.linalg.slogdet(PRECISION)[1])) < 1e-10
    # Twice the second moments would be seen from a relative error of 5 sqrt(2/N) = 1.6 % on.
    assert worst_z(x * 1.01, np.zeros(3), np.linalg.inv(PRECISION)) > 5


def test_a_quartic_law_has_the_moments_of_its_gamma_functions() -> None:
    """E x^2 of exp(-x^4/4) is 2 Gamma(3/4)/Gamma(1/4)."""
    table = space_table(quartic, decay_box(quartic, 3))
    second = 2 * gamma(0.75) / gamma(0.25)
    assert worst_z(table.draw(N, 4), np.zeros(3), second * np.eye(3)) < 5
    assert table.accuracy < 1e-4


def test_kept_points_follow_the_law_within_a_cell(gaussian: SpaceTable) -> None:
    """Without rejection the points would be uniform in a cell: the mean place in cells left of 0 tells."""
    x = gaussian.draw(N, 5)
    index = np.floor((x - gaussian.corner) / gaussian.widths)
    place = (x - gaussian.corner) / gaussian.widths - index
    left = index[:, 0] == 29
    slope = (normal(x[left] + [1e-6, 0, 0]) - normal(x[left])).mean() / 1e-6 * gaussian.widths[0]
    # p falls like exp(-slope u) over u in [0, 1]: the mean of u is 1/2 - slope/12 to first order.
    error = 1 / math.sqrt(12 * left.sum())
    assert abs(place[left, 0].mean() - 0.5 + slope / 12) < 5 * error + slope**2 / 100
    assert abs(slope) / 12 > 5 * error


def test_the_fall_within_a_cell_is_bounded_from_above() -> None:
    """Against the least of 500 points in each cell."""
    rng = np.random.default_rng(1)
    box = decay_box(quartic, 3)
    n, width = 16, np.array([(high - low) / 16 for low, high in box])
    corner = np.array([low for low, _ in box])
    cells = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    middles = quartic(corner + width * (cells + 0.5))
    bound = falls(middles.reshape(n, n, n)).ravel()
    for _ in range(500):
        assert (middles - quartic(corner + width * (cells + rng.random(cells.shape))) <= bound + 1e-12).all()


def test_cells_that_are_too_coarse_are_refused() -> None:
    with pytest.raises(ValueError, match=r"kept|fast"):
        space_table(steep, ((-3.0, 3.0),) * 3, per_axis=8)
    with pytest.raises(ValueError, match="positive mass"):
        space_table(lambda x: np.full(len(x), np.inf), ((-1.0, 1.0),) * 3, per_axis=8)


def test_a_wrong_fall_is_measured(gaussian: SpaceTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half of the fall the kept points miss the law, and the table says so."""
    monkeypatch.setattr("twofold.numeric.space_draws.falls", lambda middle: falls(middle) / 2)
    with pytest.raises(ValueError, match="falls too fast"):
        space_table(normal, decay_box(normal, 3))


def test_a_neighbourhood_reaches_one_place_in_every_direction() -> None:
    values = np.zeros((5, 5, 5))
    values[2, 2, 2] = 1.0
    assert around(values).sum() == 27
