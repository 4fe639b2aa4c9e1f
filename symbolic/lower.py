r"""From a SymPy expression to a callable on arrays: the one bridge between the symbolic and the numeric room.

`sympy.lambdify` prints :math:`z^3` as ``z**3``, which numpy evaluates about 17 times slower than ``z*z*z``, and
repeats shared subexpressions. Here every expression is put into straight-line form first:

* integer powers up to 64 become products by repeated squaring, :math:`z^{-k}` one quotient; powers of one base share
  their squares;
* :math:`\operatorname{sech}^2 u` and :math:`1 - \tanh^2 u` are one thing, evaluated by one of two formulas:
  ``accuracy="absolute"``: :math:`1 - \tanh^2 u`, which shares the tanh of the field. Absolute error below 4e-16, but
  the relative error grows as :math:`e^{2|u|}` times that and the value is 0 beyond :math:`|u| \approx 19`;
  ``accuracy="relative"``: :math:`1/\cosh^2 u`, correct to a few units in the last place until it underflows (for real
  arguments);
* subexpressions that occur twice are computed once (`sympy.cse`).

Nothing of a document reaches the compiled text: every symbol is replaced by a dummy argument ``v0, v1, ..``, every
node type and every function must be on a list, and an undefined function or a symbol that is not an argument is
refused.

Source: repeated squaring: Knuth, TAOCP vol. 2, section 4.6.3.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef
from sympy.printing.numpy import SciPyPrinter

Accuracy = Literal["absolute", "relative"]

LARGEST_PRODUCT = 64

_FUNCTIONS = (
    *(sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan, sympy.atan2),
    *(sympy.sec, sympy.csc, sympy.cot, sympy.sech, sympy.csch, sympy.coth),
    *(sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh),
    *(sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.floor, sympy.ceiling, sympy.re, sympy.im, sympy.conjugate),
    *(sympy.erf, sympy.erfc, sympy.erfinv, sympy.gamma, sympy.loggamma, sympy.digamma, sympy.polygamma, sympy.beta),
    *(sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk, sympy.lowergamma, sympy.uppergamma),
)
_CONSTANTS = (sympy.Rational, sympy.Float, sympy.NumberSymbol, sympy.core.numbers.ImaginaryUnit)
_LOGIC = (
    *(sympy.Piecewise, sympy.functions.elementary.piecewise.ExprCondPair, sympy.core.relational.Relational),
    *(sympy.And, sympy.Or, sympy.Not, sympy.logic.boolalg.BooleanAtom),
)
_ALLOWED = (sympy.Symbol, sympy.Add, sympy.Mul, sympy.Pow, *_CONSTANTS, *_LOGIC, *_FUNCTIONS)


class _ArrayPrinter(SciPyPrinter):  # type: ignore[misc]
    """Python text for numpy: squares as products, inverses as quotients, functions numpy lacks by the ones it has."""

    def _print_Pow(self, node: Any, rational: bool = False) -> str:
        if node.exp == 2 and node.base.is_Symbol:
            base = self._print(node.base)
            return f"({base}*{base})"
        if node.exp == -1:
            return f"(1/({self._print(node.base)}))"
        return str(super()._print_Pow(node, rational=rational))

    def _print_sech(self, node: Any) -> str:
        return f"(1/{self._module_format('numpy.cosh')}({self._print(node.args[0])}))"

    def _print_csch(self, node: Any) -> str:
        return f"(1/{self._module_format('numpy.sinh')}({self._print(node.args[0])}))"

    def _print_coth(self, node: Any) -> str:
        return f"(1/{self._module_format('numpy.tanh')}({self._print(node.args[0])}))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    r"""A callable of arrays in the order of the arguments; they broadcast to a sample shape (n,) or any other.

    A scalar expression gives an array of the sample shape, a column (d, 1) one of shape (n, d), a matrix (d, e) one of
    shape (n, d, e), a tuple of expressions a tuple of those. Overflow, division by zero and invalid operations follow
    IEEE 754 without a warning: a value outside the domain is nan or an infinity.
    """

    source: str
    function: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    single: bool

    def __call__(self, *arrays: Any) -> Any:
        import numpy as np

        arguments = [_as_numbers(array) for array in arrays]
        shapes = {a.shape for a in arguments} - {()}
        sample = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
        with np.errstate(all="ignore"):
            values = self.function(*arguments)
        results = []
        position = 0
        for shape in self.shapes:
            count = _size(shape)
            results.append(_assemble(values[position : position + count], sample, shape))
            position += count
        return results[0] if self.single else tuple(results)


def lower(expressions: Any, arguments: Sequence[Any], *, accuracy: Accuracy = "relative") -> Lowered:
    """Lower an expression, a matrix, or a sequence of those, to one callable of arrays.

    Args:
        expressions: SymPy expression, matrix, or a sequence of them (they share subexpressions).
        arguments: the symbols, in the order of the arrays.
        accuracy: how sech^2 is evaluated; see the module.

    Raises:
        ValueError: a free symbol is not an argument, an argument occurs twice or is no symbol, or a node or function
            is not on the list (undefined functions, integrals, derivatives, unevaluated sums).
    """
    single = not isinstance(expressions, list | tuple)
    items = (expressions,) if single else tuple(expressions)
    entries = [entry for item in items for entry in (item if isinstance(item, sympy.MatrixBase) else (item,))]
    _check_arguments(arguments)
    for entry in entries:
        _check_nodes(entry, set(arguments))
    dummies = [sympy.Dummy(f"v{i}", **symbol.assumptions0) for i, symbol in enumerate(arguments)]
    renamed = dict(zip(arguments, dummies, strict=True))
    prepared = [_one_form_of_sech(entry.xreplace(renamed), accuracy) for entry in entries]
    function = sympy.lambdify(
        dummies,
        prepared,
        modules="numpy",
        printer=_ArrayPrinter({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": False}),
        cse=_straight_line,
        dummify=True,
    )
    return Lowered(
        source=inspect.getsource(function), function=function, shapes=tuple(map(_shape, items)), single=single
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweredField:
    """``f(t, z, *parameters)``, z of shape (n, d), real or complex: the field (n, d), or field and divergence (n,)."""

    lowered: Lowered
    dimension: int

    def __call__(self, t: Any, z: Any, *parameters: Any) -> Any:
        if z.ndim != 2 or z.shape[1] != self.dimension:
            raise ValueError(f"Expected states of shape (n, {self.dimension}); got {z.shape}")
        return self.lowered(t, *z.T, *parameters)


def lower_field(
    field: Any,
    variables: Sequence[Any],
    time: Any = None,
    parameters: Sequence[Any] = (),
    *,
    with_divergence: bool = False,
    accuracy: Accuracy = "absolute",
) -> LoweredField:
    r"""Lower a vector field :math:`f(z, t; \theta)` to ``f(t, z, *theta)``, z of shape (n, d), result of shape (n, d).

    Args:
        field: d expressions, a sequence or a column.
        variables: the d state symbols.
        time: the symbol of time; None when the field is autonomous.
        parameters: the symbols of theta; each is one more argument of the call (a number, or an array (n,)).
        with_divergence: return the pair (field, divergence of shape (n,)), computed in one pass.
        accuracy: how sech^2 is evaluated; the default suits an integrator, whose error is absolute.

    Complex states and parameters are accepted (complex step): powers, quotients and elementary functions are evaluated
    by their analytic continuation. Where the field itself uses |z|, sign, max or min, it has none.

    Raises:
        ValueError: as `lower`, and when the number of components is not the number of variables.
    """
    column = sympy.ImmutableMatrix(list(field))
    if column.rows != len(variables):
        raise ValueError(f"Expected {len(variables)} components of the field; got {column.rows}")
    arguments = [sympy.Dummy("t") if time is None else time, *variables, *parameters]
    target: Any = column
    if with_divergence:
        divergence = sympy.Add(*(sympy.diff(f, z) for f, z in zip(column, variables, strict=True)))
        target = (column, divergence)
    return LoweredField(lowered=lower(target, arguments, accuracy=accuracy), dimension=len(variables))


def _check_arguments(arguments: Sequence[Any]) -> None:
    for argument in arguments:
        if not isinstance(argument, sympy.Symbol):
            raise ValueError(f"Expected symbols as arguments; got {type(argument).__name__}")
    if len(set(arguments)) != len(arguments):
        raise ValueError("Expected different arguments; one occurs twice")


def _check_nodes(expression: Any, arguments: set[Any]) -> None:
    missing = sorted(str(symbol) for symbol in expression.free_symbols - arguments)
    if missing:
        raise ValueError(f"Expected every symbol among the arguments; {missing[0]} is not")
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, AppliedUndef):
            raise ValueError(f"Expected known functions; {node.func.__name__} is undefined")
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"Expected arithmetic and elementary functions; got {type(node).__name__}")


def _shape(item: Any) -> tuple[int, ...]:
    if not isinstance(item, sympy.MatrixBase):
        return ()
    return (item.rows,) if item.cols == 1 else (item.rows, item.cols)


def _as_numbers(array: Any) -> Any:
    """Floats or complex numbers; what is already such an array is taken as it is."""
    import numpy as np

    found = np.asarray(array)
    if found.dtype.char in "dD":
        return found
    return found.astype(np.complex128 if found.dtype.kind == "c" else np.float64)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _assemble(values: Sequence[Any], sample: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """Stack entry values, each broadcast to the sample shape, along the last axes."""
    import numpy as np

    complex_ones = (v.dtype.kind == "c" if isinstance(v, np.ndarray) else isinstance(v, complex) for v in values)
    kind = np.complex128 if any(complex_ones) else np.float64
    if not shape:
        value = np.asarray(values[0], dtype=kind)
        return value if value.shape == sample else np.broadcast_to(value, sample).copy()
    result = np.empty((len(values), *sample), dtype=kind)  # each entry contiguous
    for index, value in enumerate(values):
        result[index] = value
    few, many = len(shape), len(shape) + len(sample)
    return result.reshape((*shape, *sample)).transpose((*range(few, many), *range(few)))


def _one_form_of_sech(expression: Any, accuracy: Accuracy) -> Any:
    """Write sech^2 and 1 - tanh^2 in the one form that the wanted accuracy asks for."""
    if not expression.has(sympy.tanh, sympy.sech, sympy.cosh):
        return expression
    if accuracy == "absolute":
        return expression.replace(_is_even_sech, lambda e: (1 - sympy.tanh(e.base.args[0]) ** 2) ** abs(e.exp / 2))
    expression = expression.replace(sympy.sech, lambda u: 1 / sympy.cosh(u))
    return expression.replace(_is_one_minus_tanh_squared, lambda e: sympy.cosh(_tanh_argument(e)) ** -2)


def _is_even_sech(node: Any) -> bool:
    if not (node.is_Pow and node.exp.is_Integer and node.exp % 2 == 0):
        return False
    return (isinstance(node.base, sympy.sech) and node.exp > 0) or (isinstance(node.base, sympy.cosh) and node.exp < 0)


def _is_one_minus_tanh_squared(node: Any) -> bool:
    return bool(node.is_Add) and len(node.args) == 2 and _tanh_argument(node) is not None


def _tanh_argument(node: Any) -> Any:
    u = sympy.Wild("u")
    match = node.match(1 - sympy.tanh(u) ** 2)
    return None if match is None else match[u]


def _straight_line(expressions: Sequence[Any], **_: Any) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """Shared subexpressions first, then every integer power as a chain of products; for `lambdify(cse=...)`."""
    replacements, reduced = sympy.cse(
        list(expressions), symbols=sympy.numbered_symbols("x", cls=sympy.Dummy), list=False
    )
    chain = _PowerChain()
    for symbol, value in replacements:
        rewritten = chain.rewrite(value)
        chain.lines.append((symbol, rewritten))
    outputs = [chain.rewrite(expression) for expression in reduced]
    return chain.lines, outputs


class _PowerChain:
    """Straight-line code under construction: a temporary for each power of a base, squares shared."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, Any]] = []
        self._powers: dict[tuple[Any, int], Any] = {}

    def rewrite(self, expression: Any) -> Any:
        """The expression with its integer powers replaced by temporaries; numbers and other nodes stay."""
        if not expression.args or isinstance(expression, sympy.core.relational.Relational):
            return expression
        arguments = [self.rewrite(argument) for argument in expression.args]
        if expression.is_Pow and expression.exp.is_Rational and not expression.base.is_Number:
            return self._power(arguments[0], expression.exp)
        if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
            return expression
        if expression.is_Add or expression.is_Mul:
            return expression.func(*arguments, evaluate=False)
        return expression.func(*arguments)

    def _power(self, base: Any, exponent: Any) -> Any:
        whole = abs(exponent.p) // exponent.q
        if (abs(exponent.p) % exponent.q and exponent.q != 2) or whole > LARGEST_PRODUCT:
            return sympy.Pow(base, exponent, evaluate=False)
        factors = [] if whole == 0 else [self._product(base, int(whole))]
        if exponent.q == 2:
            factors.append(self._temporary((base, 0), sympy.sqrt(base)))
        value = factors[0] if len(factors) == 1 else sympy.Mul(*factors, evaluate=False)
        return sympy.Pow(value, -1, evaluate=False) if exponent < 0 else value

    def _product(self, base: Any, count: int) -> Any:
        if count == 1:
            return base if base.is_Symbol else self._temporary((base, 1), base)
        half = self._product(base, count // 2)
        square = sympy.Mul(half, half, evaluate=False)
        if count % 2:
            square = sympy.Mul(self._temporary((base, count - 1), square), self._product(base, 1), evaluate=False)
        return self._temporary((base, count), square)

    def _temporary(self, key: tuple[Any, int], value: Any) -> Any:
        if key not in self._powers:
            self._powers[key] = sympy.Dummy(f"p{len(self._powers)}")
            self.lines.append((self._powers[key], value))
        return self._powers[key]
