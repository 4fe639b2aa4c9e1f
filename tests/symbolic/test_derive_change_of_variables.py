"""The density of x = f(z) is p_Z(z)/|det J_f(z)| summed over the preimages z of x, and only true inverses are used."""

import numpy as np
import pytest
import sympy

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_change_of_variables import change_of_variables

z, x, z1, z2, x1, x2, m = sympy.symbols("z x z1 z2 x1 x2 m", real=True)
s, p, q = sympy.symbols("s p q", positive=True)
NORMAL = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
NORMAL_2 = sympy.exp(-(z1**2 + z2**2) / 2) / (2 * sympy.pi)
PARAMETERS = {m: 0.4, s: 1.7}

# map, variables, base density, images, and all preimages of f(z) as functions of one of them
ONE = {
    "affine": ([m + s * z], [z], NORMAL, [x], [lambda v: v]),
    "log-normal": ([sympy.exp(m + s * z)], [z], NORMAL, [p], [lambda v: v]),
    "cube": ([z**3], [z], NORMAL, [x], [lambda v: v]),
    "shifted fifth power": ([2 - 3 * z**5], [z], NORMAL, [x], [lambda v: v]),
    "square": ([z**2], [z], NORMAL, [p], [lambda v: v, lambda v: -v]),
    "logistic": ([1 / (1 + sympy.exp(-z))], [z], NORMAL, [p], [lambda v: v]),
    "sinh": ([sympy.sinh(z)], [z], NORMAL, [x], [lambda v: v]),
    "tanh": ([sympy.tanh(z)], [z], NORMAL, [x], [lambda v: v]),
    "affine coupling": ([z1, sympy.exp(z1) * z2 + sympy.sin(z1)], [z1, z2], NORMAL_2, [x1, x2], [lambda v: v]),
    "triangular, other order": ([z1 * s + z2**2, z2**3 + 1], [z1, z2], NORMAL_2, [x1, x2], [lambda v: v]),
    "two squares": (
        [z1**2, z2**2],
        [z1, z2],
        NORMAL_2,
        [p, q],
        [lambda v, a=a, b=b: v * np.array([a, b]) for a in (1, -1) for b in (1, -1)],
    ),
    "rotation": ([z1 + z2, z1 - z2], [z1, z2], NORMAL_2, [x1, x2], [lambda v: v]),
}


def numeric(expressions, symbols):
    """Float function of the symbols as one sequence, with the parameters set."""
    call = sympy.lambdify(
        [symbols], [e.subs(PARAMETERS) for e in expressions], modules=["math", {"Abs": abs, "sign": np.sign}]
    )
    return lambda values: np.array(call([float(v) for v in values]), dtype=float)


def abs_det(function, point):
    """|det J| by central differences with h = 1e-5: relative error about 1e-9 on these maps."""
    h = 1e-5
    columns = [(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))]
    return abs(np.linalg.det(np.array(columns).T))


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("form", ["density", "density_by_forward_jacobian"])
def test_density_is_the_sum_over_the_preimages(name, form):
    """Both forms equal sum p_Z(z)/|det J_f(z)| at images of random points, the Jacobian by differences."""
    forward, variables, base, images, preimages = ONE[name]
    derived = change_of_variables(forward, variables, base, images)
    f, p_z = numeric(forward, variables), numeric([base], variables)
    density = numeric([getattr(derived, form)], images)
    for point in np.random.default_rng(5).uniform(-1.4, 1.4, size=(6, len(variables))):
        expected = sum(p_z(pre(point))[0] / abs_det(f, pre(point)) for pre in preimages)
        assert abs(density(f(point))[0] - expected) <= 1e-6 * expected  # differences: h^2 f'''/f' below 1e-7 here


@pytest.mark.parametrize("name", ONE)
def test_every_step_can_be_recomputed(name):
    """Inverse and Jacobian identities are proved again from their two sides."""
    derived = change_of_variables(*ONE[name][:4])
    checks = verify_steps(derived.derivation)
    assert [derived.derivation.steps[c.index].rule for c in checks if c.outcome == "open"] == []


@pytest.mark.parametrize("name", ONE)
def test_number_of_branches(name):
    """As many branches as real preimages; complex solutions of the equations are dropped."""
    assert len(change_of_variables(*ONE[name][:4]).branches) == len(ONE[name][4])


def test_log_abs_det_jacobian_of_a_coupling_layer():
    """log|det J| of an affine coupling layer is its log-scale."""
    derived = change_of_variables(*ONE["affine coupling"][:4])
    assert sympy.expand_log(derived.log_abs_det_jacobian, force=True) == z1


def test_given_inverse_is_used():
    """A map that cannot be inverted by coordinates is derived with a given inverse."""
    forward = [sympy.exp(z1 + z2), z1 - z2]
    inverse = [(sympy.log(p) + x2) / 2, (sympy.log(p) - x2) / 2]
    derived = change_of_variables(forward, [z1, z2], NORMAL_2, [p, x2], [inverse])
    assert derived.branches[0].forward_jacobian_determinant == -2 * p


REFUSED = {
    "wrong inverse": (([z1 + z2, z1 - z2], [z1, z2], NORMAL_2, [x1, x2], [[x1, x2]]), "is not proved to be x1"),
    "inverse of the wrong sign": (([z**2], [z], NORMAL, [x], [[sympy.sqrt(-x)]]), "is not proved to be x"),
    "singular": (([z1 + z2, 2 * z1 + 2 * z2], [z1, z2], NORMAL_2, [x1, x2]), "vanishes everywhere"),
    "no inverse found": (([z + sympy.tanh(z)], [z], NORMAL, [x]), "none was found"),
    "dimensions": (([z1], [z1, z2], NORMAL_2, [x1, x2]), "got 1, 2 and 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_change_of_variables_is_refused(name):
    """False inverses, singular maps and unsolvable ones raise, and say why."""
    arguments, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        change_of_variables(*arguments)
