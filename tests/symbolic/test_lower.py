"""A lowered expression has the value of the expression, the right shape, and no name of its author in its code."""

import re

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.symbolic.lower import lower, lower_field

x, y, t, theta = sympy.symbols("x y t theta", real=True)
EPSILON = np.finfo(float).eps

EXPRESSIONS = {
    "powers": x**7 - 3 * x**-3 + (x + y) ** 12 / x**2,
    "half-integer powers": sympy.sqrt(x) ** 3 + x ** sympy.Rational(-5, 2),
    "third roots": x ** sympy.Rational(1, 3) + y ** sympy.Rational(2, 3),
    "large power": x**100,
    "exponentials": sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "hyperbolic": sympy.tanh(x**3) + sympy.sech(y) ** 2 + sympy.coth(x) - sympy.csch(y) + sympy.cosh(x) ** -4,
    "trigonometric": sympy.sec(x) + sympy.atan2(y, x) * sympy.cot(x),
    "error function": sympy.erf(x) + sympy.gamma(x) + sympy.besseli(sympy.Rational(1, 4), x),
    "piecewise": sympy.Piecewise((x**3, x > y), (y**2, True)) + sympy.Abs(x - y) + sympy.Max(x, y),
    "constant": sympy.pi**2,
}


def by_mpmath(expression, point):
    """The value in 40 digits by SymPy's evalf, which shares no code with the lowered function."""
    with mpmath.workdps(40):
        return float(expression.evalf(40, subs=point))


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("accuracy", ["absolute", "relative"])
def test_values_are_those_of_the_expression(name, accuracy):
    """Every lowered expression agrees with a 40-digit evaluation at random points."""
    points = np.random.default_rng(7).uniform(0.3, 1.9, size=(5, 2))
    values = lower(EXPRESSIONS[name], [x, y], accuracy=accuracy)(points[:, 0], points[:, 1])
    for (a, b), value in zip(points, values, strict=True):
        exact = by_mpmath(EXPRESSIONS[name], {x: sympy.Float(float(a), 40), y: sympy.Float(float(b), 40)})
        # at most 64 rounded operations on values whose condition number is below 100 on this box
        assert abs(value - exact) <= 6400 * EPSILON * max(1.0, abs(exact))


@settings(max_examples=60, deadline=None)
@given(exponent=st.integers(-64, 64), base=st.floats(0.5, 2.0))
def test_integer_powers_are_correct_to_their_operation_count(exponent, base):
    """z^k by products has a relative error of at most k - 1 rounding units, and one more for a quotient."""
    value = float(lower(x**exponent, [x])(base))
    exact = mpmath.mpf(base) ** exponent
    assert abs(mpmath.mpf(value) - exact) <= (abs(exponent) + 2) * EPSILON * abs(exact)


@pytest.mark.parametrize("expression", [sympy.sech(x) ** 2, 1 - sympy.tanh(x) ** 2], ids=["sech^2", "1 - tanh^2"])
def test_relative_accuracy_of_sech_squared_in_the_tails(expression):
    """accuracy='relative' keeps sech^2 to a few roundings where 1 - tanh^2 in floats has none left."""
    points = np.array([0.0, 1e-9, 0.5, 3.0, 19.5, 40.0, 300.0])
    values = lower(expression, [x])(points)
    exact = np.array([float(mpmath.sech(mpmath.mpf(point)) ** 2) for point in points])
    # cosh is good to 2 ulp in numpy, one square doubles it, the quotient and the product add two halves
    assert np.all(np.abs(values - exact) <= 8 * EPSILON * exact)


def test_absolute_accuracy_of_the_shared_tanh():
    """accuracy='absolute' evaluates sech^2 to 4e-16 absolute."""
    points = np.linspace(-30, 30, 401)
    values = lower(sympy.sech(x) ** 2, [x], accuracy="absolute")(points)
    exact = np.array([float(mpmath.sech(mpmath.mpf(point)) ** 2) for point in points])
    # tanh to 1 ulp (<= 1.1e-16), doubled by the square, and one rounding of the difference (<= 1.1e-16)
    assert np.max(np.abs(values - exact)) <= 4e-16


def test_overflow_of_cosh_is_a_harmless_zero():
    """Beyond the range of cosh the value is 0, without a warning."""
    assert lower(sympy.sech(x) ** 2, [x])(np.array([-800.0, 800.0])).tolist() == [0.0, 0.0]


def test_field_and_trace_need_one_tanh_per_component_and_no_power():
    """The seed's field with its trace compiles to two tanh calls, no cosh, and products in place of powers."""
    field = lower_field([sympy.tanh(x**3), sympy.tanh(y**3)], [x, y], t, with_divergence=True)
    source = field.lowered.source
    assert (source.count("tanh("), source.count("cosh("), source.count("**")) == (2, 0, 0)


def test_field_and_trace_beat_plain_lambdify(capsys):
    """Benchmark: printed for the reader; the operation structure is what the test before asserts."""
    from time import perf_counter

    f = sympy.Matrix([sympy.tanh(x**3), sympy.tanh(y**3)])
    plain = sympy.lambdify([x, y], [*f, f.jacobian([x, y]).trace()], modules="numpy", cse=False)
    ours = lower_field(f, [x, y], t, with_divergence=True)
    z = np.random.default_rng(1).standard_normal((8192, 2))
    seconds = {}
    for name, call in {"plain": lambda: plain(z[:, 0], z[:, 1]), "lowered": lambda: ours(0.0, z)}.items():
        runs = []
        for _ in range(20):
            start = perf_counter()
            call()
            runs.append(perf_counter() - start)
        seconds[name] = min(runs)
    with capsys.disabled():
        rate = {name: value / len(z) * 1e9 for name, value in seconds.items()}
        print(f"\nfield+trace of tanh(z^3): {rate['plain']:.0f} ns plain, {rate['lowered']:.0f} ns lowered", end=" ")
    assert np.allclose(plain(z[:, 0], z[:, 1])[2], ours(0.0, z)[1], rtol=0, atol=1e-14)


def test_shapes_follow_expression_and_sample():
    """Scalars give (n,), columns (n, d), matrices (n, d, e); constants are broadcast to the sample."""
    column, matrix, constant = lower(
        (sympy.Matrix([x, 2]), sympy.Matrix([[x, 1, y], [0, x * y, 3]]), sympy.Integer(4)), [x, y]
    )(np.arange(5.0), 1.0)
    assert (column.shape, matrix.shape, constant.shape) == ((5, 2), (5, 2, 3), (5,))
    assert matrix[3].tolist() == [[3.0, 1.0, 1.0], [0.0, 3.0, 3.0]]


def test_scalars_in_scalars_out():
    """Without an array among the arguments the sample shape is ()."""
    assert lower(x + y, [x, y])(1, 2).shape == ()


def test_complex_step_gives_the_derivative():
    """A complex step through a lowered field reproduces the symbolic derivative to rounding."""
    field = lower_field([sympy.tanh(theta * x**3), x * y**5], [x, y], t, [theta])
    z = np.array([[0.7, -0.4], [1.1, 0.2]])
    step = 1e-30
    derivative = field(0.0, z, 0.8 + 1j * step).imag / step
    expected = [float(v**3 / mpmath.cosh(0.8 * v**3) ** 2) for v in z[:, 0]]
    # ten operations of relative error eps on a value below 1
    assert np.max(np.abs(derivative[:, 0] - expected)) <= 10 * EPSILON
    assert derivative[:, 1].tolist() == [0.0, 0.0]


def test_time_and_parameters_are_arguments_of_the_field():
    """f(t, z, theta) sees time and parameters, per call and per sample."""
    field = lower_field([t * x + theta], [x], t, [theta])
    assert field(2.0, np.array([[3.0], [4.0]]), np.array([10.0, 20.0])).tolist() == [[16.0], [28.0]]


HOSTILE_NAMES = ["__import__('os').system('true')", "lambda: 0", "x\nimport os", "print", "import", "numpy"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_of_symbols_never_reach_the_code(name):
    """A symbol whose name is Python text is an argument under a fixed name, nothing else."""
    symbol = sympy.Symbol(name, real=True)
    lowered = lower(symbol**3 + sympy.tanh(symbol), [symbol])
    words = set(re.findall(r"[A-Za-z_]\w*", lowered.source))
    assert all(re.fullmatch(r"def|return|tanh|_lambdifygenerated|_Dummy_\d+|[px]\d+_\d+", word) for word in words), (
        words
    )
    assert lowered(2.0) == 8 + np.tanh(2.0)


REFUSED = {
    "a free symbol": (x + y, "y is not"),
    "an undefined function": (sympy.Function("f")(x), "f is undefined"),
    "an integral": (sympy.Integral(x, (x, 0, 1)) + x, "got Integral"),
    "a derivative": (sympy.Derivative(sympy.Function("g")(x), x), "undefined|Derivative"),
    "an infinity": (x + sympy.oo, "got Infinity"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_evaluated_is_refused(name):
    """Free symbols, undefined functions and unevaluated operators raise, naming the construct."""
    expression, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        lower(expression, [x])


def test_arguments_must_be_different_symbols():
    """An argument that occurs twice, or is no symbol, is refused."""
    with pytest.raises(ValueError, match="twice"):
        lower(x, [x, x])
    with pytest.raises(ValueError, match="Expected symbols"):
        lower(x, [x, x + 1])


def test_field_checks_its_dimension():
    """Components and variables must be equally many, and states must have that width."""
    with pytest.raises(ValueError, match="Expected 2 components"):
        lower_field([x], [x, y])
    with pytest.raises(ValueError, match=r"shape \(n, 1\)"):
        lower_field([x], [x])(0.0, np.zeros((3, 2)))
