r"""Exact derivatives from arithmetic: the table of truncated power series, and gradient, Jacobian, Hessian.

To differentiate f at x along v, evaluate f at the series x + e v:

    f(x + e v) = sum_k e^k / k! (d/de)^k f(x + e v)|_(e=0) + O(e^(n+1))

so the k-th directional derivative is k! times the k-th coefficient, with balls as coefficients: a certain enclosure,
and no symbolic differentiation is involved. Mixed second derivatives come from polarisation,

    u^T H v = (D^2 f[u + v] - D^2 f[u] - D^2 f[v]) / 2,   D^2 f[v] = (d/de)^2 f(x + e v)|_(e=0),

and hence H_ij from the directions e_i, e_j and e_i + e_j. That holds where f is C^2, which every operation here is on
the points it accepts: at a kink (abs, sign, min, max, floor, the end of a domain) the answer is Indeterminate.

A. Griewank, J. Utke, A. Walther, "Evaluating higher derivative tensors by forward propagation of univariate Taylor
series", Mathematics of Computation 69 (2000), 1117-1130.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import factorial
from typing import Any

from . import series
from .balls import RealBalls, require_square
from .enclosures import Real, disjoint, fraction_to_real, working_precision
from .jet_operations import EXPANSIONS
from .operations import Indeterminate, Undefined, check_arity, choose
from .series import Series

Function = Callable[[Any, tuple[Any, ...]], Any]
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class Jets:
    """The table of power series in one unknown, cut after the power `order` (>= 1), coefficients at `bits` bits.

    Raises, from `apply`:
        Undefined: the function itself certainly has no value at the constant terms.
        Indeterminate: that cannot be told, or the function is not certainly smooth there.
    """

    __slots__ = ("_real", "bits", "length", "order")

    def __init__(self, bits: int, order: int) -> None:
        if order < 1:
            raise ValueError(f"Expected an order of at least 1; got {order}.")
        self.bits: int = bits
        self.order: int = order
        self.length: int = order + 1
        self._real = RealBalls(bits)

    def number(self, value: Fraction) -> Series:
        return (self._real.number(value),)

    def constant(self, name: str) -> Series:
        return (self._real.constant(name),)

    def line(self, point: Real, direction: Real) -> Series:
        """The series point + e direction."""
        return (point, direction)

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        if op in ("and", "or", "not"):
            return self._real.apply(op, args)
        values = tuple(a[0] for a in args)
        if op in _COMPARISONS:
            return self._compare(op, args, values)
        value = self._real.apply(op, values)
        if all(len(a) == 1 for a in args):
            return (value,)
        with working_precision(self.bits):
            try:
                found = self._expand(op, args, value)
            except Undefined as undefined:  # the value exists, so it is the derivative that does not
                raise Indeterminate(f"{op} is not differentiable here: {undefined.reason}") from None
            return tuple(self._real.settled(op, c) for c in (value, *found[1 : self.length]))

    def det(self, rows: tuple[tuple[Series, ...], ...]) -> Series:
        require_square(rows)
        return self._faddeev_leverrier(rows)[0]

    def inverse(self, rows: tuple[tuple[Series, ...], ...]) -> tuple[tuple[Series, ...], ...]:
        """Adjugate over determinant. Raises as a division by the determinant does."""
        require_square(rows)
        self._real.inverse(tuple(tuple(entry[0] for entry in row) for row in rows))
        determinant, adjugate = self._faddeev_leverrier(rows)
        return tuple(tuple(self.apply("div", (entry, determinant)) for entry in row) for row in adjugate)

    def _compare(self, op: str, args: tuple[Series, ...], values: tuple[Real, ...]) -> bool:
        if any(len(a) > 1 for a in args) and not disjoint(*values):
            raise Indeterminate("a condition may change at this point")
        return bool(self._real.apply(op, values))

    def _expand(self, op: str, args: tuple[Series, ...], value: Real) -> Series:
        if op in series.TAYLOR:
            return series.compose(series.TAYLOR[op](args[0][0], value, self.length), args[0], self.length)
        if op not in EXPANSIONS:
            raise Indeterminate(f"{op} is not expanded in a power series", more_bits_may_help=False)
        return EXPANSIONS[op](self, args, value)

    def _faddeev_leverrier(self, rows: tuple[tuple[Series, ...], ...]) -> tuple[Series, list[list[Series]]]:
        """(det A, adj A): M_1 = I, c_k = -tr(A M_k) / k, M_(k+1) = A M_k + c_k I.

        det A = (-1)^n c_n, adj A = (-1)^(n-1) M_n (D. K. Faddeev, V. N. Faddeeva, 1963, section 47).

        Divides by integers only, so it holds for series whose constant terms vanish.
        """
        n = len(rows)
        one, zero = self.number(Fraction(1)), self.number(Fraction(0))
        current = [[one if i == j else zero for j in range(n)] for i in range(n)]
        adjugate, coefficient = current, one
        for k in range(1, n + 1):
            adjugate = current
            product = [[self._dot(row, [m[j] for m in current]) for j in range(n)] for row in rows]
            trace = self.apply("add", tuple(product[i][i] for i in range(n)))
            coefficient = self.apply("mul", (self.number(Fraction(-1, k)), trace))
            current = [
                [self.apply("add", (product[i][j], coefficient)) if i == j else product[i][j] for j in range(n)]
                for i in range(n)
            ]
        if n % 2:
            return self.apply("neg", (coefficient,)), adjugate
        return coefficient, [[self.apply("neg", (entry,)) for entry in row] for row in adjugate]

    def _dot(self, a: Sequence[Series], b: Sequence[Series]) -> Series:
        terms = tuple(self.apply("mul", pair) for pair in zip(a, b, strict=True))
        found: Series = self.apply("add", terms)
        return found


def _real(value: Fraction | Real) -> Real:
    return fraction_to_real(value) if isinstance(value, Fraction) else value


def _along(
    function: Function, point: Sequence[Fraction | Real], direction: Sequence[Fraction | Real], order: int, bits: int
) -> Any:
    """The series (or nested tuple of series) of function(x + e v)."""
    if len(point) != len(direction):
        raise ValueError(f"Expected a direction of {len(point)} numbers; got {len(direction)}.")
    table = Jets(bits, order)
    line = tuple(
        (_real(x),) if isinstance(v, Fraction) and v == 0 else (_real(x), _real(v))
        for x, v in zip(point, direction, strict=True)
    )
    return function(table, line)


def _coefficient(found: Series, k: int) -> Real:
    return found[k] * factorial(k) if k < len(found) else series.ZERO


def directional_derivative(
    function: Function,
    point: Sequence[Fraction | Real],
    direction: Sequence[Fraction | Real],
    order: int = 1,
    bits: int = 128,
) -> Real:
    """(d/de)^order f(x + e v) at e = 0, for f given as `function(table, xs) -> value`.

    >>> def square(table, xs):
    ...     return table.apply("pow", (xs[0], table.number(Fraction(2))))
    >>> directional_derivative(square, (Fraction(3),), (Fraction(1),))
    6
    """
    with working_precision(bits):
        return _coefficient(_along(function, point, direction, order, bits), order)


def _unit(i: int, n: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(k == i)) for k in range(n))


def gradient(function: Function, point: Sequence[Fraction | Real], bits: int = 128) -> tuple[Real, ...]:
    """(df/dx_1, ..., df/dx_n) at `point`, one first-order evaluation each."""
    n = len(point)
    return tuple(directional_derivative(function, point, _unit(i, n), 1, bits) for i in range(n))


def jacobian(function: Function, point: Sequence[Fraction | Real], bits: int = 128) -> tuple[tuple[Real, ...], ...]:
    """J_ij = df_i/dx_j, shape (m, n), for `function(table, xs)` that returns m values."""
    with working_precision(bits):
        columns = [
            tuple(_coefficient(f, 1) for f in _along(function, point, _unit(j, len(point)), 1, bits))
            for j in range(len(point))
        ]
    return tuple(zip(*columns, strict=True))


def divergence(function: Function, point: Sequence[Fraction | Real], bits: int = 128) -> Real:
    """tr J = sum_i df_i/dx_i, for a vector field of as many components as there are variables."""
    rows = jacobian(function, point, bits)
    if len(rows) != len(point):
        raise ValueError(f"Expected a field of {len(point)} components; got {len(rows)}.")
    with working_precision(bits):
        return sum((rows[i][i] for i in range(len(rows))), start=series.ZERO)


def hessian(function: Function, point: Sequence[Fraction | Real], bits: int = 128) -> tuple[tuple[Real, ...], ...]:
    """H_ij = d^2 f / dx_i dx_j by polarisation: n (n + 1) / 2 second-order evaluations."""
    n = len(point)

    def second(direction: tuple[Fraction, ...]) -> Real:
        return directional_derivative(function, point, direction, 2, bits)

    with working_precision(bits):
        pure = [second(_unit(i, n)) for i in range(n)]
        entries = {(i, i): pure[i] for i in range(n)}
        for i in range(n):
            for j in range(i):
                both = tuple(a + b for a, b in zip(_unit(i, n), _unit(j, n), strict=True))
                entries[i, j] = entries[j, i] = (second(both) - pure[i] - pure[j]) / 2
    return tuple(tuple(entries[i, j] for j in range(n)) for i in range(n))
