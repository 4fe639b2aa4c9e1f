"""The derived law of an affine image of a Gaussian vector is right, by either route, or is refused with a reason."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.symbolic.derivation import verify_steps
from twofold.symbolic.derive_gaussian import Degenerate, gaussian_law, gaussian_pushforward
from twofold.symbolic.gaussian_by_substitution import agree, pushforward_by_change_of_variables

R = sympy.Rational
a, b, c, d, rho = sympy.symbols("a b c d rho", real=True)
s, u = sympy.symbols("s u", positive=True)

PUSHFORWARDS = {
    "seed": (sympy.Matrix([[R(3, 5), R(2, 5)], [R(1, 5), R(4, 5)]]),),
    "symbolic 2x2": (sympy.Matrix([[a, b], [c, d]]),),
    "symbolic covariance": (
        sympy.Matrix([[a, b]]),
        None,
        None,
        sympy.Matrix([[s**2, rho * s * u], [rho * s * u, u**2]]),
    ),
    "wide with offset": (
        sympy.Matrix([[1, 2, 3], [0, 1, a]]),
        sympy.Matrix([1, b]),
        sympy.Matrix([1, 2, 3]),
        sympy.diag(1, 2, s),
    ),
    "rotation": (sympy.Matrix([[sympy.cos(a), -sympy.sin(a)], [sympy.sin(a), sympy.cos(a)]]),),
    "exponentials and roots": (sympy.Matrix([[sympy.exp(a), 0], [sympy.sqrt(s), sympy.sqrt(2)]]),),
    "singular S, regular image": (sympy.Matrix([[1, 1]]), None, None, sympy.Matrix([[1, 1], [1, 1]])),
    "one dimension": (sympy.Matrix([[s]]), sympy.Matrix([b])),
    "rational 5x7": (sympy.Matrix(5, 7, lambda i, j: R((i * 7 + j * j * 3 + i * j) % 11 - 5, 3)),),
}
POINT = {a: R(7, 5), b: R(-3, 4), c: R(2, 3), d: R(9, 8), rho: R(1, 3), s: R(5, 4), u: R(3, 7)}


def numeric_log_density(arguments, point, y):
    """log N(y; Am+b, A S A^T) by LU in floats (numpy), the oracle."""
    matrix, offset, mean, covariance = (*arguments, None, None, None)[:4]
    as_array = lambda m: np.array(sympy.Matrix(m).subs(point).evalf(30).tolist(), dtype=float)  # noqa: E731
    A = as_array(matrix)
    m = np.zeros((A.shape[1], 1)) if mean is None else as_array(mean)
    S = np.eye(A.shape[1]) if covariance is None else as_array(covariance)
    mu = A @ m + (0 if offset is None else as_array(offset))
    sigma = A @ S @ A.T
    z = y[:, None] - mu
    return float(
        -0.5 * (len(y) * np.log(2 * np.pi) + np.linalg.slogdet(sigma)[1] + (z.T @ np.linalg.solve(sigma, z))[0, 0])
    )


@pytest.mark.parametrize("name", PUSHFORWARDS)
def test_density_agrees_with_linear_algebra_in_floats(name):
    """Density and log-density equal those computed by LU decomposition at a point."""
    law = gaussian_pushforward(*PUSHFORWARDS[name])
    y = np.random.default_rng(3).uniform(-1.5, 1.5, len(law.variables))
    point = POINT | dict(zip(law.variables, map(sympy.Float, y), strict=True))
    expected = numeric_log_density(PUSHFORWARDS[name], POINT, y)
    # condition numbers of these covariances are below 1e4: 1e4 * eps * 20 operations
    tolerance = 5e-11 * max(1.0, abs(expected))
    assert abs(float(law.log_density.subs(point)) - expected) <= tolerance
    assert abs(float(sympy.log(law.density).subs(point)) - expected) <= tolerance


@pytest.mark.parametrize("name", PUSHFORWARDS)
def test_the_two_routes_agree_with_proof(name):
    """The covariance route and the change of variables are proved to give one density."""
    arguments = PUSHFORWARDS[name]
    assert agree(gaussian_pushforward(*arguments), pushforward_by_change_of_variables(*arguments)).proved


@pytest.mark.parametrize("name", PUSHFORWARDS)
def test_every_step_can_be_recomputed(name):
    """No step of either derivation stays open when it is recomputed from its two sides."""
    arguments = PUSHFORWARDS[name]
    for law in (gaussian_pushforward(*arguments), pushforward_by_change_of_variables(*arguments)):
        open_steps = [law.derivation.steps[c.index].rule for c in verify_steps(law.derivation) if c.outcome == "open"]
        assert open_steps == []


def test_routes_of_different_laws_do_not_agree():
    """A transposed matrix (same determinant, same trace of the covariance) is told apart."""
    A = PUSHFORWARDS["seed"][0]
    verdict = agree(gaussian_pushforward(A), pushforward_by_change_of_variables(A.T))
    assert (verdict.proved, len(verdict.failed)) == (False, 1)


def test_the_seed_problem():
    """The homework's matrix gives its printed covariance, determinant, root, precision and quadratic form."""
    law = gaussian_pushforward(PUSHFORWARDS["seed"][0])
    y1, y2 = law.variables
    assert law.covariance == sympy.Matrix([[13, 11], [11, 17]]) / 25
    assert (law.determinant, law.sqrt_determinant) == (R(4, 25), R(2, 5))
    assert law.precision == sympy.Matrix([[17, -11], [-11, 13]]) / 4
    assert sympy.expand(law.quadratic_form - (17 * y1**2 - 22 * y1 * y2 + 13 * y2**2) / 4) == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=6, max_size=6))
def test_random_wide_matrices_agree_or_are_degenerate(entries):
    """For random 2x3 matrices both routes agree when the rank is 2, and both refuse a density otherwise."""
    A = sympy.Matrix(2, 3, entries)
    law = gaussian_pushforward(A)
    if np.linalg.matrix_rank(np.array(A.tolist(), dtype=float)) == 2:
        assert agree(law, pushforward_by_change_of_variables(A)).proved
    else:
        assert isinstance(law, Degenerate)
        with pytest.raises(ValueError, match="degenerate"):
            pushforward_by_change_of_variables(A)


def test_rank_deficient_image_is_degenerate():
    """A singular image has mean, covariance and rank, and a sentence instead of a density."""
    law = gaussian_pushforward(sympy.Matrix([[1, 2], [2, 4]]), sympy.Matrix([1, 0]))
    assert isinstance(law, Degenerate)
    assert (law.rank, law.mean, law.covariance) == (1, sympy.Matrix([1, 0]), sympy.Matrix([[5, 10], [10, 20]]))
    assert "no density" in law.reason


def test_identically_singular_symbolic_image_is_degenerate():
    """det(A S A^T) that vanishes for all values of the symbols is recognised."""
    assert isinstance(gaussian_pushforward(sympy.Matrix([[a, b], [2 * a, 2 * b]])), Degenerate)


def test_symbolic_matrix_carries_its_condition():
    """A free symbolic A is invertible only under an assumed condition; scales known positive discharge it."""
    free = gaussian_pushforward(PUSHFORWARDS["symbolic 2x2"][0])
    known = gaussian_pushforward(sympy.diag(s, u))
    status = lambda law: [c.status for c in law.derivation.all_conditions() if "invertible" in c.text]  # noqa: E731
    assert (status(free), status(known)) == (["assumed"], ["discharged"])


def test_entropy_of_the_seed_law():
    """h = log(2 pi e) + log(2/5) for d = 2 and sqrt(det) = 2/5, in nats."""
    law = gaussian_pushforward(PUSHFORWARDS["seed"][0])
    assert abs(float(law.entropy) - (np.log(2 * np.pi * np.e) + np.log(0.4))) < 1e-14  # four float operations near 2


REFUSED = {
    "indefinite": (sympy.Matrix([[1, 2], [2, 1]]), "positive semidefinite"),
    "negative variance": (sympy.Matrix([[-s, 0], [0, 1]]), "positive semidefinite"),
    "zero variance, nonzero covariance": (sympy.Matrix([[0, 1], [1, 0]]), "zero variance"),
    "not symmetric": (sympy.Matrix([[1, 2], [0, 1]]), r"symmetric covariance; entry \(2, 1\)"),
    "a float": (sympy.Matrix([[sympy.Float("0.5"), 0], [0, 1]]), "exact entries in covariance"),
    "a complex number": (sympy.Matrix([[1, sympy.I], [-sympy.I, 1]]), "real finite entries"),
    "an undeclared symbol": (sympy.diag(sympy.Symbol("q"), 1), "q is not declared real"),
    "a wrong shape": (sympy.eye(3), r"shape \(2, 2\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_covariance_is_refused(name):
    """A covariance that is not one raises, and the message says what is wrong."""
    covariance, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        gaussian_pushforward(sympy.eye(2), None, None, covariance)


def test_law_itself():
    """gaussian_law is the push-forward by the identity."""
    law = gaussian_law(sympy.Matrix([b]), sympy.Matrix([[s**2]]), [a])
    expected = sympy.exp(-((a - b) ** 2) / (2 * s**2)) / sympy.sqrt(2 * sympy.pi * s**2)
    assert sympy.simplify(law.density / expected) == 1


def test_json_is_tex_and_text():
    """to_json carries rule, TeX sides and conditions of each step."""
    report = gaussian_pushforward(PUSHFORWARDS["seed"][0]).derivation.to_json()
    step = next(step for step in report["steps"] if step["rule"].startswith("determinant"))
    assert step["rhs"] == r"\frac{4}{25}"
    assert [condition["status"] for condition in step["conditions"]] == ["discharged"]
