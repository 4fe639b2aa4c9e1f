"""The enclosed flow contains the closed form, or what mpmath's Taylor integrator finds."""

from fractions import Fraction

import flint
import mpmath
import pytest

from twofold.numeric.enclosures import radius, to_ball, working_precision
from twofold.numeric.operations import Indeterminate, Undefined
from twofold.numeric.separable import enclose_flow


def number(table, x):
    return table.number(Fraction(x))


def cube(table, z):
    return table.apply("pow", (z, number(table, 3)))


def cubic_tanh(table, z):
    return table.apply("tanh", (cube(table, z),))


def minus(table, z):
    return table.apply("neg", (z,))


def logistic(table, z):
    return table.apply("mul", (z, table.apply("add", (number(table, 1), table.apply("neg", (z,))))))


def root(table, z):
    return table.apply("sqrt", (z,))


def contains(found, truth, digits):
    """truth is right to `digits` digits after the point."""
    with working_precision(300):
        return to_ball(found).overlaps(flint.arb(mpmath.nstr(truth, 45)) + flint.arb(0, f"1e-{digits}"))


# field, z0, t, z(t), dz_t/dz_0 in closed form
CLOSED_FORMS = {
    "dz/dt = -z": (minus, "2", "1", lambda: 2 * mpmath.exp(-1), lambda: mpmath.exp(-1)),
    "dz/dt = -z, long": (minus, "1", "60", lambda: mpmath.exp(-60), lambda: mpmath.exp(-60)),
    "dz/dt = z^3": (cube, "1", "1/4", lambda: mpmath.sqrt(2), lambda: 2 * mpmath.sqrt(2)),
    "dz/dt = z^3, near its escape": (
        cube, "1", "49/100", lambda: 1 / mpmath.sqrt(mpmath.mpf(1) / 50), lambda: mpmath.mpf(50) ** 1.5,
    ),
    "dz/dt = z^3, backwards": (cube, "-1", "-4", lambda: -mpmath.mpf(1) / 3, lambda: mpmath.mpf(1) / 27),
    "logistic": (
        logistic, "1/3", "2", lambda: mpmath.exp(2) / (2 + mpmath.exp(2)),
        lambda: 9 * mpmath.exp(2) / (2 + mpmath.exp(2)) ** 2,
    ),
    "dz/dt = sqrt z": (root, "1", "1", lambda: mpmath.mpf(9) / 4, lambda: mpmath.mpf(3) / 2),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSED_FORMS)
def test_state_and_log_derivative_contain_their_closed_forms(case):
    field, start, time, state, derivative = CLOSED_FORMS[case]
    found = enclose_flow(field, Fraction(start), Fraction(time))
    with mpmath.workdps(60):
        assert contains(found.state, state(), 40)
        assert contains(found.log_derivative, mpmath.log(derivative()), 40)
    assert radius(found.state) <= flint.arb("1e-30") * abs(to_ball(found.state))
    assert radius(found.log_derivative) <= flint.arb("1e-25")


@pytest.mark.parametrize("start", ["1/1000", "1/2", "4/5", "-11/10", "3"])
def test_the_cubic_tanh_flow_contains_what_a_taylor_integrator_finds(start):
    """mpmath.odefun at 30 digits, z and int f'(z) ds together; its own tolerance is 1e-30, so 1e-25 is safe."""
    start = Fraction(start)
    with mpmath.workdps(30):
        path = mpmath.odefun(
            lambda t, y: [mpmath.tanh(y[0] ** 3), 3 * y[0] ** 2 * mpmath.sech(y[0] ** 3) ** 2],
            0, [mpmath.mpf(start.numerator) / start.denominator, mpmath.mpf(0)],
        )  # fmt: skip
        state, log_derivative = path(mpmath.mpf(1) / 2)
    found = enclose_flow(cubic_tanh, start, Fraction(1, 2))
    assert contains(found.state, state, 25)
    assert contains(found.log_derivative, log_derivative, 25)
    assert radius(found.state) < flint.arb("1e-15")
    assert radius(found.log_derivative) < flint.arb("1e-15")


def test_the_integral_of_the_divergence_along_the_path_is_the_log_derivative():
    def slope(table, z):
        sech = table.apply("sech", (cube(table, z),))
        return table.apply("mul", (number(table, 3), z, z, sech, sech))

    path = enclose_flow(cubic_tanh, Fraction(4, 5), Fraction(1, 2))
    along = path.integral(slope)
    assert to_ball(along).overlaps(to_ball(path.log_derivative))
    assert radius(along) < flint.arb("1e-25")


def test_a_wrong_divergence_along_the_path_gives_disjoint_balls():
    def wrong(table, z):
        return table.apply("mul", (number(table, 3), z, z, table.apply("sech", (cube(table, z),))))

    path = enclose_flow(cubic_tanh, Fraction(4, 5), Fraction(1, 2))
    assert not to_ball(path.integral(wrong)).overlaps(to_ball(path.log_derivative))


def test_an_equilibrium_stays_and_its_derivative_grows_with_the_slope():
    """Logistic field at 1: f'(1) = -1, so log dz_t/dz_0 = -t; at rest int g = t g(z_0)."""
    found = enclose_flow(logistic, Fraction(1), Fraction(3, 2))
    assert found.equilibrium
    assert (str(found.state), str(found.log_derivative)) == ("1", "-3/2")
    assert str(found.integral(lambda table, z: table.apply("add", (z, z)))) == "3"


def test_no_time_leaves_everything_in_place():
    found = enclose_flow(cubic_tanh, Fraction(1, 3), Fraction(0))
    assert (str(found.state), str(found.log_derivative)) == ("1/3", "0")


def test_an_equilibrium_that_paths_may_leave_is_indeterminate():
    with pytest.raises(Indeterminate, match="smooth"):
        enclose_flow(root, Fraction(0), Fraction(1))


@pytest.mark.parametrize(
    ("field", "start", "time"), [(cube, 1, "1/2"), (cube, 1, 2), (lambda t, z: root(t, minus(t, z)), -1, 3)]
)
def test_a_path_that_ends_before_the_time_is_indeterminate(field, start, time):
    with pytest.raises(Indeterminate, match=r"not enclosed|cannot be followed"):
        enclose_flow(field, Fraction(start), Fraction(time), 64)


def test_a_field_without_a_value_at_the_start_is_undefined():
    with pytest.raises(Undefined, match="square root"):
        enclose_flow(root, Fraction(-1), Fraction(1))
