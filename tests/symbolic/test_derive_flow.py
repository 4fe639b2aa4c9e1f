"""The log-density equations of a flow, its sensitivities and its exact identities agree with integration in floats."""

import numpy as np
import pytest
import sympy

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_flow import flow_derivation, with_sech
from twofold.symbolic.derive_sensitivity import adjoint_equations, sensitivity_equations
from twofold.symbolic.derive_separable_flow import closed_form_flow_map, is_separable, separable_identity

x, y, t, a, b = sympy.symbols("x y t a b", real=True)
f, g = (sympy.Function(name)(x, y, t) for name in "fg")

FLOWS = {
    "seed": ([sympy.tanh(x**3), sympy.tanh(y**3)], []),
    "seed with parameters": ([sympy.tanh(a * x**3), sympy.tanh(b * y**3)], [a, b]),
    "limit cycle": ([x * (1 - x**2 - y**2) - a * y, y * (1 - x**2 - y**2) + a * x], [a]),
    "forced": ([sympy.sin(x * y) + t * a, -x + b * y * sympy.exp(-t)], [a, b]),
    "undefined": ([f, g], []),
}
CONCRETE = [name for name in FLOWS if name != "undefined"]
THETA = {a: 0.8, b: 0.6}


def runge_kutta(rate, state, end, steps=400):
    """Classical RK4 in floats: the oracle, written here."""
    h, now = end / steps, 0.0
    for _ in range(steps):
        k1 = rate(now, state)
        k2 = rate(now + h / 2, state + h / 2 * k1)
        k3 = rate(now + h / 2, state + h / 2 * k2)
        k4 = rate(now + h, state + h * k3)
        state, now = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), now + h
    return state


def numeric(expressions, symbols):
    """A float function by sympy.lambdify on math, of the listed symbols in one sequence."""
    call = sympy.lambdify([symbols], list(expressions), modules="math")
    return lambda values: np.array(call(list(values)), dtype=float)


def field_function(name, theta):
    """The field as rate(t, z) in floats."""
    components, _ = FLOWS[name]
    call = numeric([component.subs(theta) for component in components], [x, y, t])
    return lambda now, z: call([*z, now])


def log_jacobian(name, theta, z0, end):
    """log|det dz(end)/dz(0)| by central differences of the integrated flow map."""
    h = 1e-5
    moved = [runge_kutta(field_function(name, theta), z0 + s * h * e, end) for e in np.eye(2) for s in (1, -1)]
    columns = [(moved[0] - moved[1]) / (2 * h), (moved[2] - moved[3]) / (2 * h)]
    return float(np.linalg.slogdet(np.array(columns).T)[1])


@pytest.mark.parametrize("name", FLOWS)
def test_every_step_can_be_recomputed(name):
    """No step stays open, for concrete fields and for undefined functions f(z, t)."""
    components, parameters = FLOWS[name]
    flow = flow_derivation(components, [x, y], t, parameters)
    derivations = [flow.derivation]
    if parameters:
        derivations += [sensitivity_equations(flow).derivation, adjoint_equations(flow).derivation]
    for derivation in derivations:
        assert [c.index for c in verify_steps(derivation) if c.outcome == "open"] == []


@pytest.mark.parametrize("name", CONCRETE)
def test_total_rate_integrates_to_minus_the_log_jacobian(name):
    """-integral of tr df/dz along the path equals -log|det dz(t)/dz(0)| of the numeric flow map."""
    components, parameters = FLOWS[name]
    flow = flow_derivation(components, [x, y], t, parameters)
    rate = field_function(name, THETA)
    divergence = numeric([flow.log_density_rate.subs(THETA)], [x, y, t])
    z0 = np.array([0.7, -0.9])
    augmented = runge_kutta(
        lambda now, s: np.append(rate(now, s[:2]), divergence([s[0], s[1], now])), np.append(z0, 0.0), 0.5
    )
    # central differences with h = 1e-5: h^2 f''' / 6 is about 1e-10, rounding eps / h about 1e-11 per entry
    assert abs(augmented[2] + log_jacobian(name, THETA, z0, 0.5)) < 5e-9


def test_seed_trace_as_the_textbook_prints_it():
    """The trace of the seed's field is 3 z1^2 sech^2(z1^3) + 3 z2^2 sech^2(z2^3)."""
    flow = flow_derivation(FLOWS["seed"][0], [x, y], t)
    expected = 3 * x**2 * sympy.sech(x**3) ** 2 + 3 * y**2 * sympy.sech(y**3) ** 2
    assert with_sech(flow.divergence) == expected


def test_the_partial_rate_satisfies_the_continuity_equation():
    """For the Ornstein-Uhlenbeck-like flow dz/dt = -z the exact log-density has the derived derivative at fixed z."""
    flow = flow_derivation([-x], [x], t)
    log_density = t - x**2 * sympy.exp(2 * t) / 2 - sympy.log(2 * sympy.pi) / 2
    assert sympy.simplify(sympy.diff(log_density, t) - flow.partial_rate_of(log_density)) == 0


def test_partial_and_total_rate_differ_at_the_known_point():
    """At z = (1, 1), t = 0, p standard normal: the fixed-point rate is -0.997, the rate along the path -2.520."""
    flow = flow_derivation(FLOWS["seed"][0], [x, y], t)
    partial = flow.partial_rate_of(-(x**2 + y**2) / 2).subs({x: 1, y: 1})
    total = flow.log_density_rate.subs({x: 1, y: 1})
    assert (round(float(partial), 3), round(float(total), 3)) == (-0.997, -2.520)


def with_log_density(rate, trace):
    """The field of (z, l), l' = -trace."""
    return lambda now, s: np.append(rate(now, s[:2]), -trace([s[0], s[1], now]))


def theta_gradient_by_differences(name, z0, end, weights, parameter):
    """Central difference in theta of w . z(t1) + w_l l(t1), where l is the integral of -div f."""
    components = FLOWS[name][0]
    divergence = sympy.Add(*(sympy.diff(c, v) for c, v in zip(components, (x, y), strict=True)))
    values = []
    for sign in (1, -1):
        theta = THETA | {parameter: THETA[parameter] + sign * 1e-5}
        rate, trace = field_function(name, theta), numeric([divergence.subs(theta)], [x, y, t])
        joint = with_log_density(rate, trace)
        values.append(weights @ runge_kutta(joint, np.append(z0, 0.0), end))
    return (values[0] - values[1]) / 2e-5


PARAMETRIC = [name for name in CONCRETE if FLOWS[name][1]]


@pytest.mark.parametrize("name", PARAMETRIC)
def test_forward_sensitivities_agree_with_differences(name):
    """S and m integrated forward give the gradient in theta that central differences give."""
    components, parameters = FLOWS[name]
    k = len(parameters)
    forward = sensitivity_equations(flow_derivation(components, [x, y], t, parameters))
    unknowns = [x, y, t, *forward.state, *forward.log_density]
    rates = numeric([e.subs(THETA) for e in (*components, *forward.state_rate, *forward.log_density_rate)], unknowns)
    z0, weights = np.array([0.7, -0.9]), np.array([1.0, -2.0, 0.5])
    end = runge_kutta(lambda now, s: rates([s[0], s[1], now, *s[2:]]), np.concatenate([z0, np.zeros(3 * k)]), 0.5)
    state, log_density = end[2 : 2 + 2 * k].reshape(2, k), end[2 + 2 * k :]
    for j, parameter in enumerate(parameters):
        gradient = weights[:2] @ state[:, j] + weights[2] * log_density[j]
        # central difference: h^2 / 6 times third derivatives (below 100) = 2e-9, rounding 1e-11
        assert abs(gradient - theta_gradient_by_differences(name, z0, 0.5, weights, parameter)) < 2e-8


@pytest.mark.parametrize("name", PARAMETRIC)
def test_adjoint_gives_the_same_gradient(name):
    """The adjoint integrated backward from a(t1) = w gives the gradient that central differences give."""
    components, parameters = FLOWS[name]
    k = len(parameters)
    adjoint = adjoint_equations(flow_derivation(components, [x, y], t, parameters))
    z0, weights, end = np.array([0.7, -0.9]), np.array([1.0, -2.0, 0.5]), 0.5
    z1 = runge_kutta(field_function(name, THETA), z0, end)
    theta = THETA | {adjoint.log_density_costate: weights[2]}
    right = [e.subs(theta) for e in (*components, *adjoint.costate_rate, *adjoint.parameter_integrand)]
    rates = numeric(right, [x, y, t, *adjoint.costate])
    backward = lambda s, state: -rates([state[0], state[1], end - s, state[2], state[3]])  # noqa: E731
    final = runge_kutta(backward, np.concatenate([z1, weights[:2], np.zeros(k)]), end)
    for j, parameter in enumerate(parameters):
        assert abs(-final[4 + j] - theta_gradient_by_differences(name, z0, end, weights, parameter)) < 2e-8


def test_separable_identity_equals_the_integrated_trace():
    """log|f(z_t)/f(z_0)|, summed, is the numeric log-Jacobian of the seed's flow."""
    flow = flow_derivation(FLOWS["seed"][0], [x, y], t)
    identity = separable_identity(flow)
    z0 = np.array([0.7, -0.9])
    z1 = runge_kutta(field_function("seed", {}), z0, 0.5)
    values = dict(zip((*identity.variables, *identity.start), (*z1, *z0), strict=True))
    assert abs(float(identity.log_jacobian.subs(values)) - log_jacobian("seed", {}, z0, 0.5)) < 5e-9


def test_separable_identity_at_an_equilibrium():
    """At f(z0) = 0 the term is t f'(z0), the exact log-Jacobian of the linearised coordinate."""
    identity = separable_identity(flow_derivation([sympy.sin(x)], [x], t))
    assert identity.equilibrium_terms[0].subs({identity.start[0]: 0, t: 2}) == 2


@pytest.mark.parametrize("name", ["limit cycle", "forced", "undefined"])
def test_coupled_or_time_dependent_fields_have_no_separable_identity(name):
    """The identity is only given for a proved diagonal, autonomous field."""
    components, parameters = FLOWS[name]
    assert separable_identity(flow_derivation(components, [x, y], t, parameters)) is None


def test_time_dependent_diagonal_field_is_separable_but_has_no_identity():
    """A diagonal Jacobian alone is not enough."""
    flow = flow_derivation([t * x, y], [x, y], t)
    assert is_separable(flow)
    assert separable_identity(flow) is None


def test_hidden_separability_is_proved():
    """An off-diagonal entry that vanishes only after rewriting does not hide a separable field."""
    hidden = x + y * (sympy.cosh(1) ** 2 - sympy.sinh(1) ** 2 - 1)
    assert is_separable(flow_derivation([hidden, y], [x, y], t))


MAPS = {
    "logistic": ([x * (1 - x)], [x]),
    "blow-up": ([x**2], [x]),
    "rotation": ([y, -x], [x, y]),
    "affine": ([-a * x + b], [x]),
    "tangent and cubic": ([1 + x**2, -(y**3)], [x, y]),
}


@pytest.mark.parametrize("name", MAPS)
def test_closed_flow_maps_agree_with_integration(name):
    """A flow map in closed form takes the value that RK4 reaches, from a positive and from a negative start."""
    components, variables = MAPS[name]
    closed = closed_form_flow_map(flow_derivation(components, variables, t, [a, b]))
    call = numeric([c.subs(THETA) for c in components], variables)
    for z0 in (np.array([0.3, 0.5]), np.array([-0.4, -0.2])):
        start = z0[: len(variables)]
        values = dict(zip((*closed.start, t), (*start, 0.4), strict=True)) | THETA
        exact = np.array(sympy.Matrix(closed.state).subs(values).evalf().tolist(), dtype=float).ravel()
        # RK4 with h = 1e-3: global error below 1e-11 on these fields
        assert np.max(np.abs(exact - runge_kutta(lambda _, z: call(z), start, 0.4))) < 1e-10


def test_a_map_that_sympy_cannot_prove_is_none():
    """No closed form is claimed for a coupled nonlinear field."""
    assert closed_form_flow_map(flow_derivation(FLOWS["limit cycle"][0], [x, y], t, [a])) is None


def test_roles_and_dimensions_are_checked():
    """A symbol in two roles, or a missing component, is refused."""
    with pytest.raises(ValueError, match="Expected 2 components"):
        flow_derivation([x], [x, y], t)
    with pytest.raises(ValueError, match="one occurs twice"):
        flow_derivation([x], [x], x)
    with pytest.raises(ValueError, match="flow with parameters"):
        sensitivity_equations(flow_derivation([x], [x], t))
