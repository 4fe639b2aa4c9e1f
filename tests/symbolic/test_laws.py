"""The public laws: what they derive agrees with independent numbers, and what they refuse they refuse by name."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy
import pytest
import sympy

from twofold import Energy, Flow, Gaussian, pushforward

IDENTITY = [[1, 0], [0, 1]]


def value(expression: Any, **at: float) -> float:
    """A number by SymPy's evaluation at named symbols."""
    return float(expression.evalf(subs={s: at[s.name] for s in expression.free_symbols}))


# -- what is taken -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "mean",
    [
        [Fraction(1, 2), 0.1],
        (0.5, Fraction(1, 10)),
        sympy.Matrix([sympy.Rational(1, 2), sympy.Rational(1, 10)]),
        numpy.array([0.5, 0.1]),
        [[0.5], [0.1]],
    ],
    ids=["list", "tuple", "matrix", "array", "rows"],
)
def test_a_vector_is_taken_in_every_form_and_exactly(mean: Any) -> None:
    """0.5 and 0.1 are one half and one tenth, whatever carries them."""
    assert list(Gaussian(mean, IDENTITY).mean) == [sympy.Rational(1, 2), sympy.Rational(1, 10)]


def test_integers_of_arrays_are_taken() -> None:
    """An integer array is a matrix of integers."""
    assert Gaussian(0, numpy.array([[2, 1], [1, 2]])).determinant == 3


def test_floats_inside_an_expression_are_the_decimals_that_are_written() -> None:
    """0.3*x is three tenths of x: no binary fraction enters a derivation."""
    x = sympy.Symbol("x", real=True)
    assert Energy(0.3 * x**2, [x]).energy == sympy.Rational(3, 10) * x**2


@pytest.mark.parametrize(
    "build",
    [
        lambda: Gaussian(["a", 0], IDENTITY),
        lambda: Gaussian(0, "eye(2)"),
        lambda: Gaussian(0, [["1", 0], [0, 1]]),
        lambda: pushforward("A", Gaussian(0, 1)),
        lambda: pushforward(2, Gaussian(0, 1), offset="b"),
        lambda: pushforward(lambda z: "z", Gaussian(0, 1)),
        lambda: Flow(["z"], [sympy.Symbol("z")]),
        lambda: Flow([1], ["z"]),
        lambda: Flow([1], "z"),
        lambda: Energy("x**2", [sympy.Symbol("x")]),
        lambda: Energy(1, [sympy.Symbol("x")], ["a"]),
        lambda: Energy(1, [sympy.Symbol("x")], support=[("0", 1)]),
    ],
)
def test_text_is_refused_everywhere(build: Any) -> None:
    """SymPy would run a string as Python: none is ever taken."""
    with pytest.raises(TypeError, match="Expected"):
        build()


def test_text_is_not_run(tmp_path: Any) -> None:
    """A string that is a program is refused before anything is done with it."""
    target = tmp_path / "created"
    with pytest.raises(TypeError, match="got the text"):
        Energy(f"__import__('pathlib').Path({str(target)!r}).touch()", [sympy.Symbol("x")])
    assert not target.exists()


@pytest.mark.parametrize("bad", [True, None, object(), 1j, {}])
def test_what_is_no_number_is_refused(bad: Any) -> None:
    """Truth values, None and other objects are no numbers."""
    with pytest.raises(TypeError, match=r"Expected a (real )?number"):
        Gaussian(bad, 1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, sympy.oo, sympy.nan, sympy.zoo])
def test_what_is_not_finite_is_refused(bad: Any) -> None:
    """NaN and infinities are no parameters."""
    with pytest.raises(ValueError, match="finite"):
        Gaussian(bad, 1)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[1, 2], [3, 1]], "symmetric"),
        ([[1, 2], [2, 1]], "positive semidefinite"),
        (-1, "positive semidefinite"),
        ([[1, 0]], "square"),
        ([[1, 0], [0]], "equal length"),
        ([], "list of rows"),
        ([1, 1], "list of rows"),
    ],
)
def test_a_covariance_that_is_none_is_refused(covariance: Any, message: str) -> None:
    """A covariance is a symmetric positive semidefinite matrix."""
    with pytest.raises(ValueError, match=message):
        Gaussian([0, 0] if covariance != -1 else 0, covariance)


def test_a_mean_of_another_length_is_refused() -> None:
    """Mean and covariance have one dimension."""
    with pytest.raises(ValueError, match="mean of shape"):
        Gaussian([0, 0, 0], IDENTITY)


# -- what is derived ---------------------------------------------------------------------------------------------------
def test_the_density_of_an_image_is_that_of_numpy() -> None:
    """p_Y at a point against the textbook formula evaluated by numpy's linear algebra."""
    matrix, point = numpy.array([[0.6, 0.4], [0.2, 0.8]]), numpy.array([0.7, -1.3])
    covariance = matrix @ matrix.T
    form = point @ numpy.linalg.solve(covariance, point)
    wanted = math.exp(-form / 2) / (2 * math.pi * math.sqrt(numpy.linalg.det(covariance)))
    found = value(pushforward(matrix, Gaussian(0, IDENTITY)).density, y_1=0.7, y_2=-1.3)
    # A few operations of 53 bits in the oracle, condition number below 10: relative error below 1e-13.
    assert found == pytest.approx(wanted, rel=1e-13)


def test_images_compose() -> None:
    """The image of an image is the image under the product."""
    first, second = [[1, 2], [0, 1]], [[3, 0], [1, 1]]
    twice = pushforward(second, pushforward(first, Gaussian([1, 2], IDENTITY), offset=[1, 0]), offset=[0, 5])
    product = sympy.Matrix(second) * sympy.Matrix(first)
    once = pushforward(
        product, Gaussian([1, 2], IDENTITY), offset=sympy.Matrix(second) * sympy.Matrix([1, 0]) + sympy.Matrix([0, 5])
    )
    assert (twice.mean, twice.covariance) == (once.mean, once.covariance)


def test_a_degenerate_image_has_moments_and_no_density() -> None:
    """Rank 1 in the plane: covariance yes, density no, and the message says why."""
    law = pushforward([[1, 1], [2, 2]], Gaussian(0, IDENTITY))
    assert law.is_degenerate
    assert law.covariance == sympy.Matrix([[2, 4], [4, 8]])
    with pytest.raises(ValueError, match="rank 1"):
        _ = law.density


def test_the_image_under_a_map_has_mass_one() -> None:
    """exp(Z) is log-normal: the density integrates to 1 by an independent quadrature."""
    law = pushforward(sympy.exp, Gaussian(0, 1), variables=[sympy.Symbol("x", positive=True)])
    density = sympy.lambdify(law.variables, law.density)
    # Midpoints in u = log x on [-12, 12]; the density of u is smooth and decays: the rule converges geometrically.
    step = 24 / 4000
    nodes = [-12 + step * (k + 0.5) for k in range(4000)]
    assert sum(density(math.exp(u)) * math.exp(u) for u in nodes) * step == pytest.approx(1, abs=1e-10)


def test_a_map_that_is_not_one_to_one_is_refused_when_a_branch_is_left_out() -> None:
    """z^2 with the inverse +sqrt alone leaves out the negative preimages."""
    x = sympy.Symbol("x", positive=True)
    with pytest.raises(ValueError, match="one to one"):
        pushforward(lambda z: z**2, Gaussian(0, 1), inverse=sympy.sqrt, variables=[x])


def test_the_rate_of_the_log_density_is_minus_the_divergence() -> None:
    """For a linear field A z the divergence is the trace of A."""
    z = sympy.symbols("z_1 z_2", real=True)
    flow = Flow([2 * z[0] + z[1], -5 * z[1]], z)
    assert (flow.divergence, flow.log_density_rate) == (-3, 3)


def test_a_flow_has_its_map_and_its_log_jacobian() -> None:
    """dz/dt = -z: z(t) = z0 e^(-t)."""
    z, start, t = sympy.symbols("z z_0 t", real=True)
    found = Flow([-z], [z], t).flow_map([start])
    assert found is not None
    assert sympy.simplify(found.state[0] - start * sympy.exp(-t)) == 0


@pytest.mark.parametrize("method", ["sensitivity", "adjoint"])
def test_sensitivities_need_parameters(method: str) -> None:
    """Without parameters there is nothing to differentiate in."""
    z = sympy.Symbol("z", real=True)
    with pytest.raises(ValueError, match="parameter"):
        getattr(Flow([z], [z]), method)()


def test_the_partition_function_is_the_integral() -> None:
    """Z of x^4/4 - x^2 against a midpoint sum over [-8, 8]."""
    x = sympy.Symbol("x", real=True)
    found = value(Energy(x**4 / 4 - x**2, [x]).partition_function)
    step = 16 / 4000
    nodes = [-8 + step * (k + 0.5) for k in range(4000)]
    # The integrand is analytic and below e^-900 at the ends: the rule converges geometrically, rounding remains.
    assert found == pytest.approx(sum(math.exp(-(u**4) / 4 + u**2) for u in nodes) * step, rel=1e-12)


def test_an_energy_that_does_not_confine_has_no_partition_function() -> None:
    """The integral of e^(x^2) diverges, and it is said."""
    x = sympy.Symbol("x", real=True)
    with pytest.raises(ValueError, match="infinite"):
        _ = Energy(-(x**2), [x]).partition_function


def test_an_energy_without_parameters_has_a_score() -> None:
    """grad log p = -grad E, and a derivation that says so."""
    x = sympy.Symbol("x", real=True)
    energy = Energy(x**4, [x])
    assert list(energy.score) == [-4 * x**3]
    assert "Score" in str(energy.derivation)


# -- what is printed ---------------------------------------------------------------------------------------------------
def laws() -> list[Any]:
    x, a = sympy.Symbol("x", real=True), sympy.Symbol("a", positive=True)
    z = sympy.symbols("z_1 z_2", real=True)
    return [
        Gaussian(0, [[2, 1], [1, 2]]),
        pushforward([[1, 1], [2, 2]], Gaussian(0, IDENTITY)),
        pushforward(sympy.sinh, Gaussian(0, 1)),
        Flow([sympy.tanh(z[0] ** 3), sympy.tanh(z[1] ** 3)], z),
        Energy(a * x**4, [x], [a]),
        Energy(x**4, [x]),
    ]


@pytest.mark.parametrize("law", laws(), ids=lambda law: type(law).__name__)
def test_a_derivation_prints_as_plain_text(law: Any) -> None:
    """Every step with its rule, and no TeX command is left over."""
    text = str(law.derivation)
    assert "\\" not in text
    assert all(step.rule in text for step in law.derivation.steps if "\\" not in step.rule)


@pytest.mark.parametrize("law", laws(), ids=lambda law: type(law).__name__)
def test_a_derivation_prints_in_a_notebook(law: Any) -> None:
    """One display with a row a step and balanced braces."""
    tex = law.derivation._repr_latex_()
    assert tex.startswith("$") and tex.endswith("$")
    assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}")
    assert tex.count("&&") == len(law.derivation.steps)


@pytest.mark.parametrize("law", laws(), ids=lambda law: type(law).__name__)
def test_the_steps_of_a_derivation_hold(law: Any) -> None:
    """Every equality is proved again from its two sides alone."""
    from twofold.symbolic.derivation import all_equal

    assert all_equal(law.derivation)
