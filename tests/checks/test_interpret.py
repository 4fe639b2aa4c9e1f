"""The numeric meaning of densities, derivatives and integrals, against closed forms and mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from twofold.checks.integrals import BallIntegrals
from twofold.checks.interpret import Meaning
from twofold.checks.points import Point
from twofold.checks.statements import links_of
from twofold.numeric.balls import Indeterminate, RealBalls, Undefined, to_ball, working_precision
from twofold.numeric.floats import Floats
from twofold.symbolic.evaluate import Evaluator, Grid
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

BITS = 128
Values = dict[str, Fraction]


def evaluated(text: str, formula: str, values: Values, table: Any = None) -> Any:
    """The value of a formula under declarations at a point, over balls unless another table is given."""
    # The claim `formula = 0` declares what a formula declares by its use.
    links, context = links_of(read_problem(Source("meaning.toml", f"{text}\n[[claim]]\nplain = '{formula} = 0'\n")))
    claim = links[-1].claim
    assert claim is not None
    left, _ = claim.parts[0].unfolded
    meaning = Meaning(context, Point(values), integrals=BallIntegrals())
    return Evaluator(table or RealBalls(BITS), meaning).value(left)


def number(value: Any) -> Any:
    with working_precision(BITS):
        ball = to_ball(value)
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def contains(value: Any, expected: Any) -> bool:
    """Whether a ball holds a reference that is known to 25 digits, and is narrow."""
    with working_precision(BITS):
        ball = to_ball(value)
    gap = abs(number(value) - expected)
    return bool(
        gap <= mpmath.mpf(float(ball.rad())) + abs(expected) * mpmath.mpf(10) ** -25 and float(ball.rad()) < 1e-9
    )


def q(text: str) -> Fraction:
    return Fraction(text)


# -- densities ---------------------------------------------------------------------------------------------------------
GAUSSIAN = '[laws]\nX = "N([1, -1/2], [[2, 1/2], [1/2, 1]])"'


def normal_pdf(x: Any, mean: Any, covariance: Any) -> float:
    """The density of N(m, S) by numpy: an eigenvalue route that shares no step with ours."""
    values, vectors = np.linalg.eigh(np.asarray(covariance, float))
    w = vectors.T @ (np.asarray(x, float) - np.asarray(mean, float))
    return float(np.prod(np.exp(-(w**2) / (2 * values)) / np.sqrt(2 * np.pi * values)))


def test_gaussian_density() -> None:
    """exp(-(x - m)^T S^-1 (x - m)/2) / sqrt((2 pi)^2 det S)."""
    found = evaluated(GAUSSIAN, "p_X(x1, x2)", {"x_1": q("3/2"), "x_2": q("1/4")})
    expected = normal_pdf([1.5, 0.25], [1, -0.5], [[2, 0.5], [0.5, 1]])
    assert float(number(found)) == pytest.approx(expected, rel=1e-13)  # the reference is one of floats


@pytest.mark.parametrize(
    ("matrix", "offset"),
    [
        pytest.param([["3/5", "2/5"], ["1/5", "4/5"]], None, id="square"),
        pytest.param([["3/5", "-2"], ["1/5", "4/5"]], ["1", "-1/3"], id="with offset"),
        pytest.param([["1", "2"]], None, id="onto a line"),
    ],
)
def test_density_of_an_affine_image(matrix: list[list[str]], offset: list[str] | None) -> None:
    """The density of A X + b is that of N(A m + b, A S A^T)."""
    rows = "[" + ", ".join("[" + ", ".join(f'"{e}"' for e in row) + "]" for row in matrix) + "]"
    shift = "" if offset is None else ", offset = [" + ", ".join(f'"{e}"' for e in offset) + "]"
    text = f'{GAUSSIAN}\n[maps]\nY = {{ of = "X", matrix = {rows}{shift} }}'
    a = np.array([[float(q(e)) for e in row] for row in matrix])
    b = np.zeros(len(a)) if offset is None else np.array([float(q(e)) for e in offset])
    point = [0.75, -0.5][: len(a)]
    names = [f"y_{i + 1}" for i in range(len(a))] if len(a) > 1 else ["y"]
    shown = ", ".join(n.replace("_", "") for n in names)
    found = evaluated(text, f"p_Y({shown})", {n: Fraction(p) for n, p in zip(names, point, strict=True)})
    mean, covariance = a @ [1, -0.5] + b, a @ np.array([[2, 0.5], [0.5, 1]]) @ a.T
    assert float(number(found)) == pytest.approx(normal_pdf(point, mean, covariance), rel=1e-12)


def test_density_of_a_map() -> None:
    """X = exp(Z): p(x) = exp(-log(x)^2/2) / (x sqrt(2 pi))."""
    text = '[laws]\nZ = "N(0, 1)"\n[maps]\n'
    text += 'X = { of = "Z", variables = ["z"], forward = ["exp(z)"], targets = ["x"], inverse = ["log(x)"] }'
    found = evaluated(text, "p_X(x)", {"x": q("5/2")})
    with mpmath.workdps(40):
        x = mpmath.mpf(5) / 2
        assert contains(found, mpmath.exp(-(mpmath.log(x) ** 2) / 2) / (x * mpmath.sqrt(2 * mpmath.pi)))


def test_moments_entropy_and_divergence() -> None:
    """Closed forms of Gaussian laws in one dimension."""
    text = '[laws]\nP = "N(1, 4)"\nQ = "N(-1, 9)"'
    with mpmath.workdps(40):
        assert contains(evaluated(text, "H(P)", {}), mpmath.log(2 * mpmath.pi * mpmath.e * 4) / 2)
        expected = mpmath.log(mpmath.mpf(3) / 2) + mpmath.mpf(4 + 4) / 18 - mpmath.mpf(1) / 2
        assert contains(evaluated(text, "KL(P, Q)", {}), expected)


# -- the density of a flow ---------------------------------------------------------------------------------------------
FLOW = """
[laws]
Z = "N(0, I_2)"
[flows]
z = { start = "Z", field = ["sin(z2) - z1/2", "z1*z2/3 + cos(z1)"], times = [0, 1] }
"""
AT = {"z_1": q("2/5"), "z_2": q("-3/7"), "t": q("0")}


def field(z: Any) -> Any:
    return np.array([math.sin(z[1]) - z[0] / 2, z[0] * z[1] / 3 + math.cos(z[0])])


def divergence(z: Any) -> float:
    return -0.5 + z[0] / 3


def transported_log_density(z: Any, t: float) -> float:
    """log p(z, t): back along the path by DOP853 with the divergence integrated beside it."""
    from scipy.integrate import solve_ivp

    def backwards(_: float, s: Any) -> Any:
        return np.array([*(-field(s[:2])), -divergence(s[:2])])

    if t == 0:
        end = np.array([*z, 0.0])
    else:
        sign = 1.0 if t > 0 else -1.0
        end = solve_ivp(
            lambda u, s: sign * backwards(u, s), (0, abs(t)), [*z, 0.0], method="DOP853", rtol=1e-13, atol=1e-14
        ).y[:, -1]
    return float(-(end[0] ** 2 + end[1] ** 2) / 2 - math.log(2 * math.pi) + end[2])


def test_partial_time_derivative_of_a_flow_density() -> None:
    """d/dt log p(z, t) at a fixed z, against differences of densities transported by DOP853.

    Five-point differences with h = 1e-2: truncation h^4 max|f^(5)|/30 < 1e-8 times a constant of order one, rounding
    1e-13/h = 1e-11.
    """
    found = float(number(evaluated(FLOW, "∂/∂t log(p(z, t))", AT)))
    z, h = (0.4, -3 / 7), 1e-2
    p = {k: transported_log_density(z, k * h) for k in (-2, -1, 1, 2)}
    slope = (p[-2] - 8 * p[-1] + 8 * p[1] - p[2]) / (12 * h)
    assert found == pytest.approx(slope, abs=1e-7)


def test_total_time_derivative_of_a_flow_density() -> None:
    """d/dt log p(z(t), t) along the path is -div f."""
    found = float(number(evaluated(FLOW, "d/dt log(p(z(t), t))", AT)))
    assert found == pytest.approx(-divergence((0.4, -3 / 7)), rel=1e-13)


def test_mixed_derivative_of_a_flow_density() -> None:
    """d/dz1 d/dt log p = -d/dz1 (div f + f . grad log p), with grad log p = -z at the start."""
    found = float(number(evaluated(FLOW, "diff(diff(log(p(z1, z2, t)), t), z1)", AT)))
    z1, z2 = 0.4, -3 / 7
    # f . z = z1 sin z2 - z1^2/2 + z1 z2^2/3 + z2 cos z1, div f = -1/2 + z1/3
    expected = math.sin(z2) - z1 + z2**2 / 3 - z2 * math.sin(z1) - 1 / 3
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_density_at_another_time_is_not_guessed() -> None:
    """p(z, t) away from the running time needs the flow map: refused."""
    with pytest.raises(Indeterminate, match="flow map"):
        evaluated(FLOW, "p(z1, z2, 1/2)", AT)


# -- derivatives -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "reference"),
    [
        ("diff(sin(x*y), x)", lambda f: mpmath.diff(f, (2.0, 0.5), (1, 0))),
        ("diff(diff(sin(x*y), x), y)", lambda f: mpmath.diff(f, (2.0, 0.5), (1, 1))),
        ("diff(sin(x*y), x, x)", lambda f: mpmath.diff(f, (2.0, 0.5), (2, 0))),
        (
            "laplacian(sin(x*y), [x, y])",
            lambda f: mpmath.diff(f, (2.0, 0.5), (2, 0)) + mpmath.diff(f, (2.0, 0.5), (0, 2)),
        ),
    ],
)
def test_derivatives(formula: str, reference: Callable[[Any], Any]) -> None:
    """Partial derivatives of sin(x y) at (2, 1/2), first, mixed and second."""
    found = evaluated('[symbols]\nx = "real"\ny = "real"', formula, {"x": q("2"), "y": q("1/2")})
    with mpmath.workdps(40):
        expected = reference(lambda u, v: mpmath.sin(u * v))
        assert abs(number(found) - expected) < mpmath.mpf(10) ** -15


def test_hessian_and_jacobian() -> None:
    """Hessian of x^2 y and Jacobian of (x y, x + y) at (2, 3)."""
    text, point = '[symbols]\nx = "real"\ny = "real"', {"x": q("2"), "y": q("3")}
    hessian = evaluated(text, "hessian(x^2*y, [x, y])", point)
    assert isinstance(hessian, Grid)
    assert [[float(number(e)) for e in row] for row in hessian.rows] == [[6, 4], [4, 0]]
    jacobian = evaluated(text, "jacobian([x*y, x + y], [x, y])", point)
    assert [[float(number(e)) for e in row] for row in jacobian.rows] == [[3, 2], [1, 1]]


# -- integrals ---------------------------------------------------------------------------------------------------------
PARAMETER = '[symbols]\na = "positive"\nb = "real"'


@pytest.mark.parametrize(
    ("formula", "reference"),
    [
        pytest.param(
            "integral(sin(a*x), x, 0, a^2)",
            lambda a, b: mpmath.quad(lambda x: mpmath.sin(a * x), [0, a**2]),
            id="moving end",
        ),
        pytest.param(
            "integral(exp(-a*x^2 + b*x), x)",
            lambda a, b: mpmath.sqrt(mpmath.pi / a) * mpmath.exp(b**2 / (4 * a)),
            id="line",
        ),
        pytest.param(
            "integral(exp(-a*x^2), x, b, inf)",
            lambda a, b: mpmath.sqrt(mpmath.pi / a) / 2 * mpmath.erfc(mpmath.sqrt(a) * b),
            id="half line with a moving end",
        ),
        pytest.param(
            "integral(x*exp(-a*x^4), x, -inf, b)",
            lambda a, b: mpmath.quad(lambda x: x * mpmath.exp(-a * x**4), [-mpmath.inf, -1, 0, b]),
            id="half line to the left",
        ),
        pytest.param(
            "integral(exp(-b*x^2), x, a*b, inf)",
            lambda a, b: mpmath.sqrt(mpmath.pi / b) / 2 * mpmath.erfc(mpmath.sqrt(b) * a * b),
            id="end and integrand move together",
        ),
        pytest.param(
            "integral(exp(-a*x), x, b, b + 1)",
            lambda a, b: (mpmath.exp(-a * b) - mpmath.exp(-a * (b + 1))) / a,
            id="both ends",
        ),
    ],
)
@pytest.mark.parametrize("order", ["", "a", "b"])
def test_integrals_and_their_derivatives(formula: str, reference: Callable[..., Any], order: str) -> None:
    """An integral and its derivative by a parameter, ends included (Leibniz), against mpmath."""
    asked = formula if not order else f"diff({formula}, {order})"
    found = evaluated(PARAMETER, asked, {"a": q("3/2"), "b": q("1/3")})
    with mpmath.workdps(40):
        a, b = mpmath.mpf(3) / 2, mpmath.mpf(1) / 3
        orders = {"": (0, 0), "a": (1, 0), "b": (0, 1)}[order]
        expected = mpmath.diff(reference, (a, b), orders) if order else reference(a, b)
        assert abs(number(found) - expected) < mpmath.mpf(10) ** -14


@pytest.mark.parametrize("formula", ["integral(exp(x^2), x)", "integral(1/x, x, 1, inf)", "integral(exp(-x), x)"])
def test_divergent_integrals_have_no_value(formula: str) -> None:
    """A divergent integral is undefined or cannot be told; it never gets a number."""
    with pytest.raises((Undefined, Indeterminate)):
        evaluated("", formula, {})


def test_expectation_of_an_energy() -> None:
    """E_p[x^2] for p = exp(-a x^4)/Z is Gamma(3/4)/(Gamma(1/4) sqrt a)."""
    text = '[energies]\np = { variables = ["x"], parameters = { a = "positive" }, energy = "a*x^4", at = { a = 2 } }'
    with mpmath.workdps(40):
        expected = mpmath.gamma(0.75) / mpmath.gamma(0.25) / mpmath.sqrt(2)
        assert contains(evaluated(text, "E_p[x^2]", {"a": q("2")}), expected)
        # d/da = -E_p[x^2]/(2 a), since E_p[x^2] scales as a^(-1/2)
        assert contains(evaluated(text, "diff(E_p[x^2], a)", {"a": q("2")}), -expected / 4)


# -- the same over floats ----------------------------------------------------------------------------------------------
def test_floats_and_balls_agree() -> None:
    """The same tree over both tables gives the same density."""
    point = {"x_1": q("3/2"), "x_2": q("1/4")}
    balls = float(number(evaluated(GAUSSIAN, "log(p_X(x1, x2))", point)))
    floats = float(evaluated(GAUSSIAN, "log(p_X(x1, x2))", point, Floats()))
    assert floats == pytest.approx(balls, rel=1e-13)
