"""Many samples along a flow: three ways, each held against closed forms, and what gives a map up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from twofold.numeric import flow_density as module
from twofold.numeric.flow_density import LINES_FROM, PLANE_FROM, transport
from twofold.numeric.flow_direct import carry
from twofold.numeric.flow_map_line import line_maps
from twofold.numeric.flow_map_plane import plane_map
from twofold.numeric.solution import Status

ACCURACY = 1e-8  # the bound of every comparison below is the promise itself
SPAN = (0.0, 0.5)


def draws(n: int, d: int, seed: int = 7) -> Any:
    return np.random.default_rng(seed).standard_normal((n, d))


def circle(_: float, z: Any) -> Any:
    """x' = x (1 - r^2) - y, y' = y (1 - r^2) + x; divergence 2 - 4 r^2."""
    x, y = z.T
    g = 1 - x * x - y * y
    return np.stack([x * g - y, y * g + x], axis=1), 2 - 4 * (x * x + y * y)


def circle_exact(z: Any, t: float) -> Any:
    """r^2 obeys a logistic equation, the angle is t: z(t) = R(t) z / w^(1/2), q = 2 t - 2 log w, w = 1 + r^2 (e^2t-1).

    The log-Jacobian: of r dr dtheta, r(t)^2 = r^2 e^2t / w, d r(t)^2 / d r^2 = e^2t / w^2.
    """
    w = 1 + (z**2).sum(axis=1) * np.expm1(2 * t)
    turn = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
    return (z @ turn.T) * np.exp(t) / np.sqrt(w)[:, None], 2 * t - 2 * np.log(w)


def bernoulli(_: float, z: Any) -> Any:
    """z' = z - z^3 in one coordinate; as `circle` without the angle."""
    return z - z**3, 1 - 3 * z[:, 0] ** 2


def both(t: float, z: Any) -> Any:
    """z - z^3 in each coordinate."""
    return z - z**3, (1 - 3 * z**2).sum(axis=1)


def bernoulli_exact(z: Any, t: float) -> Any:
    """z(t) = z e^t / w^(1/2), dz(t)/dz = e^t / w^(3/2), w = 1 + z^2 (e^2t - 1)."""
    w = 1 + z**2 * np.expm1(2 * t)
    return z * np.exp(t) / np.sqrt(w), (t - 1.5 * np.log(w)).sum(axis=1)


def cubed(_: float, z: Any) -> Any:
    """z' = z^3: blows up at t = 1 / (2 z^2)."""
    return z**3, 3 * (z**2).sum(axis=1)


def driven(t: float, z: Any) -> Any:
    """z' = z sin 3t + 1, which uses the time; linear."""
    return z * np.sin(3 * t) + 1, np.full(len(z), np.sin(3 * t))


def worst(found: Any, exact: Any) -> float:
    """Of all samples; z relative to 1 + |z|, as promised."""
    end, q = exact
    return float(max(np.abs(found.log_jacobian - q).max(), (np.abs(found.end - end) / (1 + np.abs(end))).max()))


# -- each way against a closed form ------------------------------------------------------------------------------------
@pytest.mark.parametrize("span", [(0.0, 0.5), (0.5, 0.25)])
def test_each_sample_integrated(span: tuple[float, float]) -> None:
    """Direct integration, forward and backward, is as good as promised and says what it found."""
    z = 0.8 * draws(3000, 2) if span[0] > span[1] else draws(3000, 2)
    z = z[(z**2).sum(axis=1) < 2] if span[0] > span[1] else z  # backward, w vanishes at r^2 = 1 / (1 - e^-2t)
    found = transport(circle, z, span, accuracy=ACCURACY, autonomous=True)
    assert found.how.startswith("each sample")
    assert worst(found, circle_exact(z, span[1] - span[0])) <= ACCURACY
    assert 0 < found.error_estimate <= ACCURACY


def test_coordinates_by_tables() -> None:
    """A table for each coordinate meets the closed form at every sample, and holds far fewer paths."""
    z = draws(LINES_FROM, 2)
    found = transport(both, z, SPAN, accuracy=ACCURACY, coordinates=[bernoulli, bernoulli], autonomous=True)
    assert found.how.startswith("one table")
    assert found.integrated < len(z) / 10
    assert worst(found, bernoulli_exact(z, 0.5)) <= ACCURACY


def test_the_plane_by_cells() -> None:
    """Polynomials on a quadtree meet the closed form of a coupled field at every sample."""
    z = draws(PLANE_FROM, 2)
    found = transport(circle, z, SPAN, accuracy=ACCURACY, autonomous=True)
    assert found.how.startswith("polynomials")
    assert found.integrated < len(z) / 2
    assert worst(found, circle_exact(z, 0.5)) <= ACCURACY


def test_a_field_that_uses_the_time() -> None:
    """z(1) of z' = z sin 3t + 1 is affine: two of its values give all others; q is int sin 3t."""
    z = draws(LINES_FROM, 1)
    found = transport(driven, z, (0.0, 1.0), accuracy=ACCURACY, coordinates=[driven])
    q = (1 - np.cos(3.0)) / 3
    s = np.linspace(0, 1, 4001)
    weights = np.ones(4001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    offset = (np.exp((np.cos(3 * s) - np.cos(3)) / 3) * weights).sum() / 12000  # Simpson, error below 1e-13
    assert found.how.startswith("a table")
    assert worst(found, (z * np.exp(q) + offset, np.full(len(z), q))) <= ACCURACY


def test_far_samples_do_not_stretch_a_map() -> None:
    """A few samples a million times farther out are integrated themselves, the rest by a map."""
    z = draws(LINES_FROM, 1)
    z[:5, 0] = [1e6, -1e5, 300.0, -40.0, 1e3]

    def pull(_: float, z: Any) -> Any:
        """z' = -tanh z: sinh z(t) = e^-t sinh z, and far out z(t) = z - t."""
        return -np.tanh(z), -(1 - np.tanh(z[:, 0]) ** 2)

    found = transport(pull, z, SPAN, accuracy=ACCURACY, coordinates=[pull], autonomous=True)
    near = np.abs(z[:, 0]) < 30
    end = np.arcsinh(np.exp(-0.5) * np.sinh(z[near]))
    assert found.how.startswith("a table")
    assert np.abs(found.end[near] - end).max() <= ACCURACY * 10  # relative to 1 + |z|, |z| < 9
    assert np.abs(found.end[~near] - (z[~near] - 0.5 * np.sign(z[~near])))[:, 0].max() <= ACCURACY * 1e6


def test_paths_that_blow_up() -> None:
    """z' = z^3: exactly the samples with 2 z^2 t >= 1 are lost, and the map says nothing of them."""
    z = 0.35 * draws(LINES_FROM, 1)  # about 0.4 % are lost
    found = transport(cubed, z, SPAN, accuracy=ACCURACY, coordinates=[cubed], autonomous=True)
    w = 1 - z[:, 0] ** 2  # 1 - 2 t z^2 at t = 1/2
    clear = np.abs(w) > 1e-3
    assert (found.arrived == (w > 0))[clear].all()
    assert (found.status[~found.arrived & clear] == Status.BLEW_UP).all()
    assert np.isnan(found.log_jacobian[~found.arrived]).all()
    kept = found.arrived & clear
    # q = -3/2 log w; a path amplifies its errors by up to w^(-3/2).
    assert (np.abs(found.log_jacobian + 1.5 * np.log(np.where(kept, w, 1.0)))[kept] * w[kept] ** 1.5).max() <= ACCURACY


# -- what gives a map up -----------------------------------------------------------------------------------------------
def test_a_broken_promise_is_seen() -> None:
    """Coordinates that do see each other: the map is given up, with the reason, and the answer is right still."""
    z = draws(LINES_FROM, 2)
    found = transport(circle, z, SPAN, accuracy=ACCURACY, coordinates=[bernoulli, bernoulli], autonomous=True)
    assert found.how.startswith("each sample")
    assert "given up: one table" in found.how
    assert worst(found, circle_exact(z, 0.5)) <= ACCURACY


@pytest.mark.parametrize("where", ["line", "plane"])
def test_one_wrong_coefficient_is_seen(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The constant of a cell that holds few samples off by a thousandth: caught, as every cell is tried."""

    def broken_lines(*arguments: Any) -> Any:
        made = line_maps(*arguments)
        one = made.maps[0]
        table = one.table.copy()
        cell = np.argsort(one.starts)[1]  # near the end, where samples are few, but without the outermost one
        first = 1 + one.starts[cell]
        table[1, 0, first : first + one.widths[cell]] *= 1.001
        return replace(made, maps=(replace(one, table=table),) * len(made.maps))

    def broken_plane(*arguments: Any) -> Any:
        made = plane_map(*arguments)
        powers = made.powers.copy()
        held = np.bincount(made.cell[made.grid.codes(arguments[1])], minlength=len(powers))[: len(powers)]
        powers[held.argmin(), 0, 0] *= 1.001
        return replace(made, powers=powers)

    monkeypatch.setattr(module, "line_maps", broken_lines)
    monkeypatch.setattr(module, "plane_map", broken_plane)
    if where == "line":
        z, pair, promise = draws(LINES_FROM, 2), both, [bernoulli, bernoulli]
        exact = bernoulli_exact(z, 0.5)
    else:
        z, pair, promise = draws(PLANE_FROM, 2), circle, None
        exact = circle_exact(z, 0.5)
    for seed in range(4):  # random samples alone miss such a cell for some of these
        found = transport(pair, z, SPAN, accuracy=ACCURACY, coordinates=promise, autonomous=True, seed=seed)
        assert "given up" in found.how
    assert worst(found, exact) <= ACCURACY


def test_a_kink_is_left_to_the_integrator() -> None:
    """z' = |z|: the cells around 0 hold no polynomial; every sample is right none the less (z e^t or z e^-t)."""

    def kink(_: float, z: Any) -> Any:
        return np.abs(z), np.sign(z[:, 0])

    z = draws(LINES_FROM, 1)
    found = transport(kink, z, SPAN, accuracy=ACCURACY, coordinates=[kink], autonomous=True)
    assert found.how.startswith("a table")
    assert "samples integrated themselves" in found.how
    q = 0.5 * np.sign(z)
    assert worst(found, (z * np.exp(q), q[:, 0])) <= ACCURACY


def test_equal_samples_have_no_map() -> None:
    """Samples that fill no interval or box are integrated."""
    z = np.ones((PLANE_FROM, 2))
    found = transport(circle, z, SPAN, accuracy=ACCURACY, autonomous=True)
    assert found.how.startswith("each sample")
    assert "given up" not in found.how
    assert worst(found, circle_exact(z, 0.5)) <= ACCURACY


def test_too_coarse_a_tolerance_is_made_finer() -> None:
    """Errors that grow along the path (z' = z over t = 12, by e^12) are seen, and the integration done again."""

    def away(_: float, z: Any) -> Any:
        return np.stack([z[:, 0] + np.sin(z[:, 1]), -z[:, 1]], axis=1), np.zeros(len(z))

    z = draws(500, 2)
    found = transport(away, z, (0.0, 12.0), accuracy=1e-9, autonomous=True)
    assert "again at 5e-13" in found.how  # a hundredth of the second tolerance
    assert found.error_estimate <= 1e-9
    end = z[:, 1] * np.exp(-12)
    assert np.abs(found.end[:, 1] - end).max() <= 1e-9


def test_where_every_path_is_lost() -> None:
    """No cell holds a polynomial, no sample arrives, and nothing passes for a number."""
    z = 3 + 0.001 * draws(LINES_FROM, 1)  # 2 z^2 t = 9 > 1
    found = transport(cubed, z, SPAN, accuracy=ACCURACY, coordinates=[cubed], autonomous=True)
    assert not found.arrived.any()
    assert np.isnan(found.end).all()
    assert np.isnan(found.log_jacobian).all()


# -- misuse ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_samples_must_be_finite(value: float) -> None:
    z = draws(LINES_FROM, 1)
    z[17] = value
    with pytest.raises(ValueError, match="Expected finite start states"):
        transport(bernoulli, z, SPAN, coordinates=[bernoulli])


def test_no_samples() -> None:
    found = transport(circle, np.empty((0, 2)), SPAN)
    assert found.end.shape == (0, 2)
    assert found.error_estimate == 0


@pytest.mark.parametrize("accuracy", [0.0, 1e-13, 1.0])
def test_an_accuracy_out_of_reach(accuracy: float) -> None:
    with pytest.raises(ValueError, match="Expected 1e-12 <= accuracy < 1"):
        transport(circle, draws(10, 2), SPAN, accuracy=accuracy)


# -- the direct integration alone --------------------------------------------------------------------------------------
def test_rows_with_steps_of_their_own() -> None:
    """Paths that blow up among others that do not: each has the status and the time of its own."""
    z = np.concatenate([draws(300, 1), [[2.0], [-3.0]]])
    found = carry(cubed, z, (0.0, 1.0), 1e-9, autonomous=True)
    blow_up = 1 / (2 * z[:, 0] ** 2)
    lost = blow_up < 1
    assert (found.status == np.where(lost, Status.BLEW_UP, Status.OK)).all()
    np.testing.assert_allclose(found.lost_at[lost], blow_up[lost], atol=1e-7)  # error of the integration near the pole


def test_the_error_falls_with_the_tolerance() -> None:
    """A hundredth of the tolerance leaves less than a fifth of the error (order 8: a hundredth)."""
    z = draws(500, 2)
    errors = [np.abs(carry(circle, z, SPAN, tol).integral - circle_exact(z, 0.5)[1]).max() for tol in (1e-6, 1e-8)]
    assert errors[1] < errors[0] / 5
