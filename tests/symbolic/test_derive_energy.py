"""The gradients derived for an energy-based density agree with quadrature, and the derivations hold for any energy."""

import math

import numpy as np
import pytest
import sympy

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_energy import energy_derivation, stein_identity, undefined_energy

x, y = sympy.symbols("x y", real=True)
a, b = sympy.symbols("a b", positive=True)
POINT = {a: sympy.Rational(3, 4), b: sympy.Rational(4, 3)}
LINE, HALF_LINE = (-sympy.oo, sympy.oo), (sympy.Integer(0), sympy.oo)

ENERGIES = {
    "double well": (a * x**4 - b * x**2, [x], None),
    "coupled": (a * (x**4 + y**2) - b * x * y, [x, y], None),
    "mixture": (-sympy.log(sympy.exp(-((x - a) ** 2) / 2) + sympy.exp(-((x + b) ** 2) / 2)), [x], None),
    "exponential": (a * x + b * x**2, [x], [HALF_LINE]),
    "cosh": (a * sympy.cosh(x) + b * x, [x], None),
}


def integral(function, names, support):
    """The trapezoid sum in floats, the oracle: exact to rounding for these entire, fast decaying integrands.

    Half lines by x = e^u, so that both ends decay.
    """
    grids, weights = [], []
    for interval in support or [LINE] * len(names):
        u, step = (
            np.linspace(-40, 6, 4001, retstep=True) if interval == HALF_LINE else np.linspace(-9, 9, 401, retstep=True)
        )
        grids.append(np.exp(u) if interval == HALF_LINE else u)
        weights.append(step * (np.exp(u) if interval == HALF_LINE else np.ones_like(u)))
    call = sympy.lambdify(names, function.subs(POINT), "numpy")
    values = call(*np.meshgrid(*grids, indexing="ij")) * math.prod(np.meshgrid(*weights, indexing="ij"))
    return math.fsum(values.ravel())


def value_of_integrals(expression, names, support):
    """The expression with each unevaluated integral replaced by its quadrature."""
    numbers = {node: sympy.Float(integral(node.function, names, support)) for node in expression.atoms(sympy.Integral)}
    return float(expression.xreplace(numbers).subs(POINT))


def log_partition_difference(energy, names, support, parameter):
    """d log Z by the five-point formula with h = 1e-3: error h^4 f^(5) / 30, and rounding eps / h, each about 1e-12."""
    values = []
    for k in (-2, -1, 1, 2):
        moved = energy.subs(parameter, POINT[parameter] + k * sympy.Rational(1, 1000))
        values.append(math.log(integral(sympy.exp(-moved), names, support)))
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / 0.012


@pytest.mark.parametrize("name", ENERGIES)
def test_gradient_of_log_partition_agrees_with_quadrature(name):
    """-E[dE/dphi] by quadrature equals the numeric derivative of log Z."""
    energy, names, support = ENERGIES[name]
    law = energy_derivation(energy, names, [a, b], support)
    for k, parameter in enumerate((a, b)):
        derived = value_of_integrals(law.log_partition_gradient[k], names, support)
        # the five-point error, with fifth derivatives of log Z below 1e3 at this point
        assert abs(derived - log_partition_difference(energy, names, support, parameter)) < 1e-9


@pytest.mark.parametrize("name", [*ENERGIES, "undefined, d=1, k=1", "undefined, d=2, k=2"])
def test_every_step_can_be_recomputed(name):
    """No step stays open, for concrete energies and for an undefined E(x, phi)."""
    if name in ENERGIES:
        energy, names, support = ENERGIES[name]
        law = energy_derivation(energy, names, [a, b], support)
    else:
        law = energy_derivation(*undefined_energy(*((1, 1) if name.endswith("k=1") else (2, 2))))
    checks = verify_steps(law.derivation)
    assert [law.derivation.steps[c.index].rule for c in checks if c.outcome == "open"] == []


def test_hessian_of_log_partition_agrees_with_quadrature():
    """Cov(grad E) - E[Hess E] is the second derivative of log Z, for an energy that is not linear in the parameter."""
    energy = a**2 * x**4 + x**2
    law = energy_derivation(energy, [x], [a])
    h = sympy.Rational(1, 1000)
    low, mid, high = (math.log(integral(sympy.exp(-energy.subs(a, POINT[a] + k * h)), [x], None)) for k in (-1, 0, 1))
    # central second difference: h^2 / 12 times a fourth derivative below 1e3 is 1e-4 * 1
    assert abs(value_of_integrals(law.hessian[0, 0], [x], None) - (low - 2 * mid + high) / 1e-6) < 1e-4


def test_score_is_free_of_the_partition_function():
    """grad_x log p = -grad_x E, without any integral."""
    law = energy_derivation(a * x**4 - b * x**2, [x], [a, b])
    assert law.score == sympy.Matrix([2 * b * x - 4 * a * x**3])


def test_conditions_are_discharged_only_for_confining_polynomials():
    """Dominated differentiation is proved for a x^4 - b x^2 with a > 0, and assumed for an undefined energy."""
    status = lambda law: {c.status for c in law.derivation.all_conditions() if "dominates" in c.text}  # noqa: E731
    known = energy_derivation(a * x**4 - b * x**2, [x], [a, b])
    unknown = energy_derivation(*undefined_energy(1, 1))
    unsigned = energy_derivation(sympy.Symbol("c", real=True) * x**4, [x], [sympy.Symbol("c", real=True)])
    assert (status(known), status(unknown), status(unsigned)) == ({"discharged"}, {"assumed"}, {"assumed"})


def test_support_that_moves_with_a_parameter_is_refused():
    """On (0, phi) the formula is false (a boundary term is missing), so it is not derived."""
    with pytest.raises(ValueError, match="support free of the parameters; it depends on a"):
        energy_derivation(sympy.Integer(0) * x, [x], [a], [(sympy.Integer(0), a)])


def test_roles_are_checked():
    """No parameter, or a symbol in two roles, is refused."""
    with pytest.raises(ValueError, match="at least one parameter"):
        energy_derivation(x**2, [x], [])
    with pytest.raises(ValueError, match="one occurs twice"):
        energy_derivation(x**2, [x], [x])


@pytest.mark.parametrize("name", ["double well", "coupled", "exponential", "mixture"])
def test_stein_identity_holds_numerically(name):
    """E[x . grad E] = d by quadrature."""
    energy, names, support = ENERGIES[name]
    derivation = stein_identity(energy, names, support)
    value = value_of_integrals(derivation.result["expectation"], names, support)
    assert abs(value - len(names)) < 1e-12  # ratio of two sums, each exact to some units in the last place
    assert all(check.outcome != "open" for check in verify_steps(derivation))


def test_stein_identity_is_refused_on_an_interval():
    """On [-1, 1] boundary terms remain."""
    with pytest.raises(ValueError, match="boundary term remains"):
        stein_identity(x**2, [x], [(sympy.Integer(-1), sympy.Integer(1))])
