"""Transported densities: closed forms, mass, the continuity equation, sensitivities, and what they refute."""

from functools import partial

import numpy as np
import pytest

from twofold.numeric.flow import (
    continuity_residual,
    log_density_along,
    pull_back,
    total_mass,
    transported_log_density,
)
from twofold.numeric.goodness_of_fit import chi_square_test, ks_test, normal_uniforms, product_cells
from twofold.numeric.ode import euler
from twofold.numeric.schemes import adaptive_scheme, stepped_scheme
from twofold.numeric.sensitivities import carried_log_density, central_log_abs_det, flow_map_log_abs_det
from twofold.numeric.tableaus import EULER, RK4

SPAN = (0.0, 0.5)
SCHEME = adaptive_scheme(1e-10, autonomous=True)


def normal(z):
    return -0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * np.log(2 * np.pi)


def limit_cycle(t, z):
    x, y = z[:, 0], z[:, 1]
    pull = 1 - x * x - y * y
    return np.stack([x * pull - y, y * pull + x], axis=1)


def limit_cycle_divergence(t, z):
    return 2 - 4 * (z**2).sum(axis=1)


def limit_cycle_log_det(z, t):
    """Closed form: int div dt = 2 t - 2 log(1 + r0^2 (e^(2t) - 1))."""
    return 2 * t - 2 * np.log1p((z**2).sum(axis=1) * np.expm1(2 * t))


def gate(t, z):
    return np.tanh(z * z * z)


def gate_divergence(t, z):
    return (3 * z * z * (1 - np.tanh(z * z * z) ** 2)).sum(axis=1)


def samples(n=200, d=2, seed=4):
    return np.random.default_rng(seed).standard_normal((n, d))


def test_the_log_density_along_a_path_is_the_closed_form():
    """log p(z(t), t) of the limit-cycle field at two times, with the error no larger than ten times its estimate."""
    z = samples()
    found = log_density_along(limit_cycle, limit_cycle_divergence, normal, z, (0.0, 0.2, 0.5), SCHEME)
    for i, t in enumerate((0.0, 0.2, 0.5)):
        error = np.abs(found.value[i, :, -1] - (normal(z) - limit_cycle_log_det(z, t)))
        # 40 local errors below 1e-10 (1 + |q|) with |q| < 30.
        assert error.max() < 40 * 30e-10
        assert (error <= 10 * found.error_estimate[i, :, -1] + 1e-11).all()


def test_backward_integration_finds_the_same_density():
    """The density at the end point of a path, found by pulling that point back, is the density along the path."""
    z = samples()
    along = log_density_along(limit_cycle, limit_cycle_divergence, normal, z, SPAN, SCHEME).value[-1]
    found = transported_log_density(limit_cycle, limit_cycle_divergence, normal, along[:, :2], SPAN, SCHEME)
    # Backward in time the flow expands by up to |dz0/dzt| < e^8 at the outer samples, on 40 errors of 1e-10.
    assert np.abs(found.value - along[:, -1]).max() < 40 * 1e-10 * np.exp(8)


def test_the_density_is_zero_outside_the_image():
    """The limit-cycle flow maps the plane into the disc of radius (1 - e^(-2t))^(-1/2) = 1.2577 at t = 1/2."""
    radii = np.array([[1.25, 0.0], [0.0, -1.27]])
    found = transported_log_density(
        limit_cycle, limit_cycle_divergence, normal, radii, SPAN, adaptive_scheme(1e-8)
    ).value
    assert np.isfinite(found[0])
    assert found[1] == -np.inf


@pytest.mark.parametrize("method", (flow_map_log_abs_det, central_log_abs_det))
def test_sensitivities_give_the_divergence_integral_without_the_divergence(method):
    """Liouville: log |det dz_t/dz_0| from the field alone is the closed form of int div dt."""
    z = samples()
    found = method(limit_cycle, z, SPAN, SCHEME)
    error = np.abs(found.value - limit_cycle_log_det(z, 0.5))
    assert error.max() < 40 * 30e-10
    assert (error <= 10 * found.error_estimate).all()


def test_a_wrong_divergence_is_seen_by_the_sensitivities():
    """Dropping the sech^2 factor of 3 z^2 sech^2(z^3) leaves a gap of at least 1e-3 where 0.3 < |z| < 1.5."""
    z = samples(seed=9)
    z = z[(np.abs(z) > 0.3).all(axis=1) & (np.abs(z) < 1.5).all(axis=1)]
    log_det = flow_map_log_abs_det(gate, z, SPAN, SCHEME)
    for divergence, right in ((gate_divergence, True), (lambda t, x: (3 * x * x).sum(axis=1), False)):
        path = log_density_along(gate, divergence, normal, z, SPAN, SCHEME).value
        gap = np.abs(path[0, :, -1] - path[-1, :, -1] - log_det.value)
        assert (gap.max() < 40 * 30e-10) if right else (gap.min() > 1e-3)


def test_a_field_that_drops_imaginary_parts_falls_back_to_differences():
    """|z| is not analytic: the complex step would give a wrong determinant; z' = 0.3 |z| z has dz_t/dz_0 closed."""
    z = np.array([[0.5], [-1.0], [1.2]])
    found = flow_map_log_abs_det(lambda t, x: 0.3 * np.abs(x) * x, z, SPAN, SCHEME)
    assert found.how.startswith("central differences")
    # z_t = z_0 / (1 - 0.15 |z_0|), so the derivative is (1 - 0.15 |z_0|)^(-2); errors of 1e-10 / h with h = 2.5e-3.
    assert np.abs(found.value + 2 * np.log1p(-0.15 * np.abs(z[:, 0]))).max() < 10 * 1e-10 / 2.5e-3


def test_a_singular_start_has_determinant_one():
    """At z_0 = 0 of tanh(z^3), where f(z_t)/f(z_0) is 0/0, the log-determinant is 0 and no NaN."""
    found = flow_map_log_abs_det(gate, np.zeros((1, 2)), SPAN, SCHEME)
    assert found.value[0] == 0


@pytest.mark.parametrize(("steps", "mass"), ((1, 0.900), (2, 0.945), (5, 0.976), (10, 0.988)))
def test_euler_loses_mass(steps, mass):
    """Euler's map and Euler's log-density of tanh(z^3) to t = 1/2 carry less than 1 (values to three digits).

    In one dimension the mass is int p0 prod (1 + h f') e^(-h f') dz <= 1; the plane has its square.
    """
    found = total_mass(
        lambda z: carried_log_density(gate, gate_divergence, normal, z, SPAN, partial(euler, steps=steps)),
        ((-8.0, 8.0), (-8.0, 8.0)),
        nodes=161,
    )
    assert abs(found.value - mass) < 0.0005 + found.error_estimate
    z = np.linspace(-8, 8, 4001)
    slope, weight, h = z.copy(), np.exp(-z * z / 2) / np.sqrt(2 * np.pi), 0.5 / steps
    for _ in range(steps):
        rate = 3 * slope**2 * (1 - np.tanh(slope**3) ** 2)
        weight *= (1 + h * rate) * np.exp(-h * rate)
        slope += h * np.tanh(slope**3)
    assert abs(found.value - np.trapezoid(weight, z) ** 2) < found.error_estimate + 1e-9


def test_a_fine_integrator_loses_no_mass():
    """RK4 with 50 steps carries mass 1 to the error estimate."""
    integrator = stepped_scheme(RK4, 50).value
    found = total_mass(
        lambda z: carried_log_density(gate, gate_divergence, normal, z, SPAN, integrator), ((-8.0, 8.0),), nodes=161
    )
    # The mass error of RK4 is below the local error sum, 50 h^5 |f^(4)| with h = 0.01 and |f^(4)| < 1e3.
    assert abs(found.value - 1) < found.error_estimate + 50 * 1e-10 * 1e3


def test_the_transported_density_has_mass_one():
    """The density of the gate flow on the plane integrates to 1; with the divergence's sign wrong it does not."""
    scheme = adaptive_scheme(1e-8, autonomous=True)
    bounds = ((-8.0, 8.0), (-8.0, 8.0))

    def mass(divergence):
        log_density = lambda x: transported_log_density(gate, divergence, normal, x, SPAN, scheme).value  # noqa: E731
        return total_mass(log_density, bounds, nodes=97)

    right, wrong = mass(gate_divergence), mass(lambda t, z: -gate_divergence(t, z))
    assert abs(right.value - 1) < right.error_estimate + 1e-6
    assert abs(wrong.value - 1) > 0.1 + wrong.error_estimate


def test_the_mass_of_known_densities():
    """exp(-|x|^2/2) has mass sqrt(2 pi) and 2 pi; a box that cuts it reports an error at least as large as the cut."""
    for d, exact in ((1, np.sqrt(2 * np.pi)), (2, 2 * np.pi)):
        found = total_mass(lambda z: -0.5 * (z**2).sum(axis=1), ((-9.0, 9.0),) * d, nodes=65)
        assert abs(found.value - exact) <= found.error_estimate < 1e-10
    cut = total_mass(lambda z: -0.5 * (z**2).sum(axis=1), ((-2.0, 2.0),), nodes=65)
    assert abs(cut.value - np.sqrt(2 * np.pi)) <= cut.error_estimate


def test_the_continuity_equation_holds_for_the_right_divergence_only():
    """d_t p + div(p f) = 0 at 30 points to the error estimate, which is below 1e-4; a dropped term leaves more."""
    x = log_density_along(limit_cycle, limit_cycle_divergence, normal, samples(60), SPAN, SCHEME).value[-1, :, :2]
    x = x[(x**2).sum(axis=1) < 0.9][:30]
    scheme = adaptive_scheme(1e-12, autonomous=True)
    right = continuity_residual(limit_cycle, limit_cycle_divergence, normal, x, SPAN, scheme)
    assert right.error_estimate.max() < 1e-4
    assert (np.abs(right.value) <= right.error_estimate).all()
    wrong = continuity_residual(limit_cycle, lambda t, z: 2 - 4 * z[:, 0] ** 2, normal, x, SPAN, scheme)
    assert (np.abs(wrong.value) > wrong.error_estimate + 1e-3).mean() > 0.9


def test_a_time_dependent_field_transports_its_density():
    """z' = z cos t: log p(x, t) = log N(x e^(-sin t)) - d sin t."""
    x = samples(50)
    divergence = lambda t, z: np.full(len(z), 2 * np.cos(t))  # noqa: E731
    found = transported_log_density(
        lambda t, z: z * np.cos(t), divergence, normal, x, (0.3, 1.1), adaptive_scheme(1e-10)
    )
    grown = np.sin(1.1) - np.sin(0.3)
    # 20 local errors of 1e-10 (1 + 4), times |grad log p0| < 4.
    assert np.abs(found.value - (normal(x * np.exp(-grown)) - 2 * grown)).max() < 20 * 5e-10 * 4


def test_samples_of_the_flow_pull_back_to_uniforms():
    """5000 samples by fine RK4 accept the flow at t = 1/2, marginally and jointly, and reject t = 0.3 for it."""
    z = stepped_scheme(RK4, 40).value(gate, samples(5000, seed=31), np.array(SPAN)).final
    for span, right in ((SPAN, True), ((0.0, 0.3), False)):
        u = normal_uniforms(pull_back(gate, z, span, SCHEME).value)
        p = [ks_test(u[:, 0]).p_value, ks_test(u[:, 1]).p_value, chi_square_test(product_cells(u, 8)).p_value]
        # Three tests at 1e-6 / 3 each for the true law; the wrong time is far beyond at this n.
        assert (min(p) > 1e-6 / 3) if right else (max(p) < 1e-4)


@pytest.mark.parametrize("steps", (8, 64))
def test_the_error_estimate_of_a_stepped_scheme_is_the_error(steps):
    """Step halving of Euler estimates its true error within a factor of two."""
    z = samples(100, seed=2)
    scheme = stepped_scheme(EULER, steps)
    found = log_density_along(limit_cycle, limit_cycle_divergence, normal, 0.3 * z, SPAN, scheme)
    error = np.abs(found.value[-1, :, -1] - (normal(0.3 * z) - limit_cycle_log_det(0.3 * z, 0.5)))
    assert 0.5 < np.median(error / found.error_estimate[-1, :, -1]) < 2


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    (
        (lambda: pull_back(limit_cycle, np.array([[2.0, 0.0]]), SPAN, SCHEME), ArithmeticError, "left every bound"),
        (lambda: adaptive_scheme(1e-15), ValueError, "tolerance"),
        (lambda: total_mass(normal, ((1.0, 0.0),)), ValueError, "one or two intervals"),
        (
            lambda: transported_log_density(gate, lambda t, z: z, normal, samples(5), SPAN, SCHEME),
            ValueError,
            "divergence to return shape",
        ),
        (
            lambda: continuity_residual(
                limit_cycle, limit_cycle_divergence, normal, np.array([[2.0, 0.0]]), SPAN, adaptive_scheme(1e-8)
            ),
            ArithmeticError,
            "density is positive",
        ),
    ),
)
def test_misuse_and_losses_are_told(call, kind, message):
    """Points outside the image, wrong shapes and impossible tolerances raise, with the reason."""
    with pytest.raises(kind, match=message):
        call()
