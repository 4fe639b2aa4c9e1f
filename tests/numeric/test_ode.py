"""Integrators: orders against exact solutions, order conditions, independent witnesses, blow-up, undefined fields."""

import numpy as np
import pytest

from twofold.numeric import ode
from twofold.numeric.solution import Status
from twofold.numeric.tableaus import DOP853, DOPRI5, EULER, MIDPOINT, RK4

EVERY = (EULER, MIDPOINT, RK4, DOPRI5, DOP853)


def limit_cycle(t, z):
    """r^2 obeys the logistic equation: r(t)^2 = r0^2 e^(2t) / (1 + r0^2 (e^(2t) - 1)), and the angle grows by t."""
    x, y = z[:, 0], z[:, 1]
    pull = 1 - x * x - y * y
    return np.stack([x * pull - y, y * pull + x], axis=1)


def limit_cycle_exact(z, t):
    square = (z**2).sum(axis=1)
    shrink = np.exp(t) / np.sqrt(1 + square * np.expm1(2 * t))
    c, s = np.cos(t), np.sin(t)
    return shrink[:, None] * np.stack([c * z[:, 0] - s * z[:, 1], s * z[:, 0] + c * z[:, 1]], axis=1)


def driven(t, z):
    """z' = z cos t, so z(t) = z0 exp(sin t): the time argument of the stages matters."""
    return z * np.cos(t)


def samples(n, d=2, seed=5):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("tableau", EVERY, ids=lambda t: t.name)
def test_weights_satisfy_the_quadrature_conditions(tableau):
    """sum b_i c_i^(q-1) = 1/q up to the order, and fails at order + 1."""
    # Rounding: at most 12 products of size below 50 each.
    tolerance = 12 * 50 * 2.0**-52
    defects = [abs(tableau.b @ tableau.c ** (q - 1) - 1 / q) for q in range(1, tableau.order + 1)]
    assert max(defects) < tolerance


@pytest.mark.parametrize("tableau", (RK4, DOPRI5, DOP853), ids=lambda t: t.name)
def test_coefficients_satisfy_the_tree_conditions_to_order_four(tableau):
    """The non-quadrature trees: b.(Ac) = 1/6, b.(c Ac) = 1/8, b.(A c^2) = 1/12, b.(A A c) = 1/24."""
    a, b, c = tableau.a, tableau.b, tableau.c
    values = [b @ (a @ c), b @ (c * (a @ c)), b @ (a @ c**2), b @ (a @ (a @ c))]
    assert np.allclose(values, [1 / 6, 1 / 8, 1 / 12, 1 / 24], rtol=0, atol=12 * 50 * 2.0**-52)


# Step counts inside the clean range: enough for the leading term, few enough to stay above rounding.
COUNTS = {
    "Euler": (2560, 5120),
    "midpoint": (320, 640),
    "RK4": (160, 320),
    DOPRI5.name: (160, 320),
    DOP853.name: (20, 40),
}


def observed_order(tableau, span):
    """log2 of the ratio of relative errors on z' = 8 z cos t, z(t) = z0 exp(8 sin t), when the step is halved."""
    start = np.array([[0.7], [-1.3]])
    growth = np.exp(8 * (np.sin(span[1]) - np.sin(span[0])))
    coarse, fine = (
        np.abs(
            ode.fixed_steps(tableau, lambda t, z: 8 * driven(t, z), start, span, steps=n).final / growth - start
        ).max()
        for n in COUNTS[tableau.name]
    )
    return np.log2(coarse / fine)


@pytest.mark.parametrize("tableau", EVERY, ids=lambda t: t.name)
def test_observed_order_is_the_claimed_one(tableau):
    """The slope of log error against log h is the order to 0.1, averaged over both directions of time.

    The next term of the error changes sign with the direction, so the average removes it.
    """
    forward, backward = observed_order(tableau, (0.0, 2.0)), observed_order(tableau, (2.0, 0.0))
    assert abs((forward + backward) / 2 - tableau.order) < 0.1


@pytest.mark.parametrize("autonomous", (False, True))
@pytest.mark.parametrize("method", (ode.dopri5, ode.dop853))
def test_adaptive_error_is_near_the_tolerance(method, autonomous):
    """The limit-cycle field contracts outside r = 1/sqrt(3) and expands by at most e^t inside: error < steps x tol."""
    start = samples(500)
    found = method(limit_cycle, start, (0.0, 1.0), rtol=1e-9, atol=1e-9, autonomous=autonomous)
    # Local errors below 1e-9 (1 + |z|) <= 5e-9, at most 40 steps of any row, each amplified by at most e.
    assert np.abs(found.require_all() - limit_cycle_exact(start, 1.0)).max() < 40 * 5e-9 * np.e


def test_a_smaller_tolerance_gives_a_smaller_error():
    """Over six decades of tolerance the error falls by at least four."""
    start = samples(300)
    exact = limit_cycle_exact(start, 1.0)
    loose, tight = (
        np.abs(ode.dop853(limit_cycle, start, (0.0, 1.0), rtol=tol, atol=tol).final - exact).max()
        for tol in (1e-5, 1e-11)
    )
    assert tight < 1e-4 * loose


def test_a_driven_field_is_integrated_backward_in_time():
    """From t = 2 to 0 and z' = z cos t the state is multiplied by exp(-sin 2)."""
    start = samples(100, 1)
    found = ode.dop853(driven, start, (2.0, 1.0, 0.0), rtol=1e-11, atol=1e-12)
    # 20 steps of 1e-11 (1 + |z|), amplified by at most exp(2).
    assert np.abs(found.final - start * np.exp(-np.sin(2.0))).max() < 20 * 4e-11 * np.e**2


def test_scipy_agrees():
    """SciPy's driver of the same pair, other code, gives the same states."""
    start = samples(50, 3)

    def field(t, z):
        return np.sin(z[:, [1, 2, 0]]) - 0.5 * z * np.cos(3 * t)

    ours = ode.dop853(field, start, (0.0, 0.3, 1.0), rtol=1e-11, atol=1e-11)
    theirs = ode.solve_ivp_witness(field, start, (0.0, 0.3, 1.0))
    # Lipschitz constant below 1.5 on a span of 1: amplification below 4.5; 30 local errors of 1e-11 (1 + 3).
    assert np.abs(ours.states - theirs.states).max() < 30 * 4e-11 * 4.5


@pytest.mark.parametrize("autonomous", (False, True))
def test_finite_time_blow_up_is_dated(autonomous):
    """z' = z^3 from z0 leaves every bound at t = 1 / (2 z0^2); exactly the rows with that time before t1 are."""
    start = np.concatenate([samples(40, 1), [[0.0], [1.5], [-3.0]]])
    found = ode.dop853(lambda t, z: z**3, start, (0.0, 0.25, 0.5), autonomous=autonomous)
    with np.errstate(divide="ignore"):
        true = 0.5 / start[:, 0] ** 2
    lost = true <= 0.5
    assert (found.status == np.where(lost, Status.BLEW_UP, Status.OK)).all()
    # Relative error of 1/z^2: about 100 steps of 1e-10.
    assert np.abs(found.lost_at[lost] / true[lost] - 1).max() < 100 * 1e-10
    assert found.share_lost == lost.mean()


@pytest.mark.parametrize(
    "run", (lambda f, z: ode.rk4(f, z, (0, 0.3, 1.0), steps=50), lambda f, z: ode.dop853(f, z, (0, 0.3, 1.0)))
)
def test_nan_stands_only_where_a_trajectory_was_lost(run):
    """States are finite up to the loss and NaN after it."""
    found = run(lambda t, z: z**3, np.array([[0.1], [1.0], [2.0]]))
    finite = np.isfinite(found.states).all(axis=2)
    assert (finite == (found.times[:, None] < found.lost_at[None, :])).all()
    assert list(found.status) == [Status.OK, Status.BLEW_UP, Status.BLEW_UP]


def test_backward_blow_up_has_its_time():
    """z' = -z^3 backward from t = 0 blows up at t = -1 / (2 z0^2)."""
    found = ode.dop853(lambda t, z: -(z**3), np.array([[1.0]]), (0.0, -2.0))
    assert found.status[0] == Status.BLEW_UP
    assert abs(found.lost_at[0] + 0.5) < 100 * 1e-10


@pytest.mark.parametrize(
    "run", (lambda f, z: ode.rk4(f, z, (0.0, 2.0), steps=200), lambda f, z: ode.dop853(f, z, (0.0, 2.0)))
)
def test_leaving_the_domain_of_the_field_is_no_blow_up(run):
    """z' = -1 - sqrt(z) from 1 reaches 0, beyond which the root has no value, at t = 2 - 2 log 2."""
    found = run(lambda t, z: -1 - np.sqrt(z), np.array([[1.0]]))
    assert found.status[0] == Status.UNDEFINED
    assert abs(found.lost_at[0] - (2 - 2 * np.log(2))) < 2.0 / 200


def test_fast_decay_within_bounds_is_no_blow_up():
    """A stiff decay that exhausts the step limit is reported as that."""
    found = ode.dop853(lambda t, z: -1e5 * z, np.array([[1.0]]), (0.0, 2.0), step_limit=50)
    assert found.status[0] == Status.STEP_LIMIT
    assert "steps" in found.describe()


def test_a_large_but_finite_growth_is_not_lost():
    """z' = 100 z over one unit of time reaches e^100 = 2.7e43 and arrives."""
    found = ode.dop853(lambda t, z: 100 * z, np.array([[1.0]]), (0.0, 1.0))
    # 100 to 1000 steps of relative size 1e-10.
    assert abs(found.require_all()[0, 0] / np.exp(100.0) - 1) < 1000 * 1e-10


def test_rows_do_not_depend_on_their_batch():
    """With steps of their own, rows integrated alone, permuted and in another batch agree to rounding."""
    start = samples(300)
    whole = ode.dop853(limit_cycle, start, (0.0, 1.0), autonomous=True).final
    order = np.random.default_rng(1).permutation(300)
    part = ode.dop853(limit_cycle, start[order[:70]], (0.0, 1.0), autonomous=True).final
    # Sums of at most 12 products may be associated otherwise; 20 steps, amplification e.
    assert np.abs(whole[order[:70]] - part).max() < 20 * 12 * 30 * 2.0**-52 * np.e


def test_the_complex_step_passes_through_an_integrator():
    """d z(t)/d z0 of z' = z cos t is exp(sin t), read off the imaginary part at h = 1e-30."""
    start = np.array([[0.4 + 1e-30j]])
    found = ode.dop853(driven, start, (0.0, 1.0), rtol=1e-12, atol=1e-12)
    assert abs(found.final[0, 0].imag / 1e-30 - np.exp(np.sin(1.0))) < 20 * 1e-12 * np.e


@pytest.mark.parametrize(
    ("change", "message"),
    (
        ({"start": np.zeros(3)}, "shape \\(n, d\\)"),
        ({"start": np.full((2, 1), np.nan)}, "finite start states"),
        ({"times": (0.0,)}, "at least two finite times"),
        ({"times": (0.0, 1.0, 0.5)}, "strictly increasing or strictly decreasing"),
        ({"field": lambda t, z: z[:, 0]}, "return shape"),
        ({"rtol": 0.0}, "rtol"),
        ({"step_limit": 0}, "step_limit"),
    ),
)
def test_misuse_is_told(change, message):
    """Wrong shapes, times and tolerances raise ValueError that names them."""
    arguments = {"field": driven, "start": np.ones((2, 1)), "times": (0.0, 1.0), **change}
    field, start, times = (arguments.pop(name) for name in ("field", "start", "times"))
    with pytest.raises(ValueError, match=message):
        ode.dop853(field, start, times, **arguments)


def test_require_all_names_the_loss():
    """Asking for all states of a batch with a lost row raises, with the time of the loss."""
    found = ode.dop853(lambda t, z: z**3, np.array([[1.0]]), (0.0, 1.0))
    with pytest.raises(ArithmeticError, match=r"left every bound in finite time, the first at t = 0.5"):
        found.require_all()
