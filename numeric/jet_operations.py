r"""How each operation that is not a plain function of one number acts on a power series.

The chain and product rules for sums, products, quotients, powers, roots, atan2, Bessel's I and the operations with
kinks. A fractional power has the coefficients of (b_0 + e)^r, c_(k+1) = c_k (r - k) / ((k + 1) b_0); an integer power
n >= 0 is multiplied out, so b_0 may be 0. Where the operation is not certainly smooth: Indeterminate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flint import fmpq

from . import series
from .enclosures import Real, disjoint, exact_integer, exact_rational, sign
from .operations import Indeterminate
from .series import Series

if TYPE_CHECKING:
    from .jets import Jets


def _smooth_side(x: Series, name: str) -> int:
    of = sign(x[0])
    if not of:
        raise Indeterminate(f"{name} is not differentiable at 0")
    return of


def _sum(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    total: Series = (series.ZERO,)
    for a in args:
        total = series.add(total, a)
    return total


def _product(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    product: Series = (series.ONE,)
    for a in args:
        product = series.multiply(product, a, table.length)
    return product


def _power(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    base, exponent = args
    if len(exponent) > 1:
        if not base[0] > 0:
            raise Indeterminate("a power with a variable exponent needs a base that is certainly positive")
        logarithm = table.apply("log", (base,))
        expanded: Series = table.apply("exp", (table.apply("mul", (exponent, logarithm)),))
        return expanded
    n = exact_integer(exponent[0])
    if n is not None and n >= 0:
        return series.integer_power(base, n, table.length)
    if not sign(base[0]):
        raise Indeterminate("a fractional power is not smooth at 0")
    return series.compose(series.real_power(base[0], exponent[0], value, table.length), base, table.length)


def _root(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    order = exact_rational(args[1][0]) if len(args[1]) == 1 else None
    if order is None:
        raise Indeterminate("root: the order is not a known number", more_bits_may_help=False)
    return _power(table, (args[0], (1 / order,)), value)


def _atan2(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    """d atan2(y, x) = (x dy - y dx) / (x^2 + y^2), off the cut y = 0, x < 0."""
    y, x = args
    if not (x[0] > 0 or y[0] > 0 or y[0] < 0):
        raise Indeterminate("atan2 may jump at this point")
    n = table.length
    turning = series.add(
        series.multiply(x, series.derivative(y), n), series.scale(series.multiply(y, series.derivative(x), n), -1)
    )
    square = series.add(series.multiply(x, x, n), series.multiply(y, y, n))
    return series.integral(series.quotient(turning, square, n - 1), value)


def _extreme(least: bool) -> Callable[[Jets, tuple[Series, ...], Real], Series]:
    def pick(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
        best = args[0]
        for a in args[1:]:
            if not disjoint(a[0], best[0]):
                raise Indeterminate("min or max is not certainly smooth where two arguments may agree")
            best = a if bool(a[0] < best[0]) == least else best
        return best

    return pick


def _between_jumps(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    """floor, ceil: constant unless the argument may be an integer."""
    exact = exact_rational(args[0][0])
    at_jump = exact.q == 1 if exact is not None else exact_integer(value) is None
    if at_jump:
        raise Indeterminate("floor or ceil may jump at this point")
    return (value,)


def _mod(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    whole = table.apply("floor", (table.apply("div", args),))
    return series.add(args[0], series.scale(series.multiply(args[1], whole, table.length), -1))


def _binomial(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    count = exact_integer(args[1][0]) if len(args[1]) == 1 else None
    if count is None or not 0 <= count <= 1000:
        raise Indeterminate("binomial is differentiated for a fixed small integer below only", more_bits_may_help=False)
    product: Series = (series.ONE,)
    for j in range(count):
        factor = series.scale(series.add(args[0], (fmpq(-j),)), fmpq(1, j + 1))
        product = series.multiply(product, factor, table.length)
    return product


def _besseli(table: Jets, args: tuple[Series, ...], value: Real) -> Series:
    if len(args[0]) > 1:
        raise Indeterminate("besseli is differentiated for a fixed order only", more_bits_may_help=False)
    return series.compose(series.bessel(args[0][0], args[1][0], table.length), args[1], table.length)


EXPANSIONS: dict[str, Callable[[Jets, tuple[Series, ...], Real], Series]] = {
    "add": _sum,
    "mul": _product,
    "neg": lambda table, args, value: series.scale(args[0], -1),
    "div": lambda table, args, value: series.quotient(args[0], args[1], table.length),
    "pow": _power,
    "sqrt": lambda table, args, value: _power(table, (args[0], (fmpq(1, 2),)), value),
    "root": _root,
    "atan2": _atan2,
    "abs": lambda table, args, value: series.scale(args[0], _smooth_side(args[0], "abs")),
    "sign": lambda table, args, value: (fmpq(_smooth_side(args[0], "sign")),),
    "min": _extreme(True),
    "max": _extreme(False),
    "floor": _between_jumps,
    "ceil": _between_jumps,
    "mod": _mod,
    "binomial": _binomial,
    "besseli": _besseli,
    "re": lambda table, args, value: args[0],
    "conj": lambda table, args, value: args[0],
    "im": lambda table, args, value: (series.ZERO,),
}
