r"""The table of floats: numpy arrays of any shape, vectorised over samples.

A value is a float or an array (n,); operations broadcast.  Floats carry no certainty: what they find is an estimate and
decides nothing by itself.  Where an operation has no value the result is NaN, and the caller counts them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from .operations import Indeterminate, check_arity, choose


class Floats:
    """The table of double-precision arrays."""

    __slots__ = ()

    def number(self, value: Fraction) -> float:
        return float(value)

    def constant(self, name: str) -> Any:
        if name == "imaginary":
            raise Indeterminate("the imaginary unit needs complex arithmetic", more_bits_may_help=False)
        return {"pi": np.pi, "e": np.e, "inf": np.inf, "euler_gamma": np.euler_gamma, "i": 1j}[name]

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return _piecewise(args)
        rule = _RULES.get(op)
        if rule is None:
            raise Indeterminate(f"{op} is not in the table of floats", more_bits_may_help=False)
        with np.errstate(all="ignore"):
            return rule(*args)

    def det(self, rows: tuple[tuple[Any, ...], ...]) -> Any:
        return np.linalg.det(_stack(rows))

    def inverse(self, rows: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
        stacked = _stack(rows)
        try:
            found = np.linalg.inv(stacked)
        except np.linalg.LinAlgError:
            found = _inverses(stacked)
        return tuple(tuple(found[..., i, j] for j in range(len(rows))) for i in range(len(rows)))

    def exponential(self, rows: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
        from scipy.linalg import expm

        found = expm(_stack(rows))
        return tuple(tuple(found[..., i, j] for j in range(len(rows))) for i in range(len(rows)))


def _stack(rows: tuple[tuple[Any, ...], ...]) -> Any:
    flat = np.broadcast_arrays(*[np.asarray(e, dtype=float) for row in rows for e in row])
    return np.stack(flat, axis=-1).reshape(*flat[0].shape, len(rows), len(rows[0]))


def _inverses(stacked: Any) -> Any:
    """Inverses one by one, NaN for a singular matrix: one bad sample does not spoil the others."""
    found = np.full_like(stacked, np.nan)
    for index in np.ndindex(stacked.shape[:-2]):
        with suppress(np.linalg.LinAlgError):
            found[index] = np.linalg.inv(stacked[index])
    return found


def _piecewise(args: tuple[Any, ...]) -> Any:
    forced = [a() if callable(a) else a for a in args]
    if all(isinstance(c, bool | np.bool_) for c in forced[0 : 2 * (len(forced) // 2) : 2]):
        return choose(tuple(forced))
    conditions, values = forced[: 2 * (len(forced) // 2) : 2], forced[1::2]
    otherwise = forced[-1] if len(forced) % 2 else np.nan
    return np.select([np.asarray(c) for c in conditions], values[: len(conditions)], otherwise)


def _power(base: Any, exponent: Any) -> Any:
    """Small whole exponents as products, odd denominators as real roots of negative numbers."""
    if isinstance(exponent, int | float | np.number) and float(exponent).is_integer() and 0 <= exponent <= 16:
        return _whole_power(base, int(exponent))
    return np.power(_inexact(base), exponent)


def _inexact(x: Any) -> Any:
    """As floats, unless complex already (the complex step differentiates through this table)."""
    found = np.asarray(x)
    return found if np.iscomplexobj(found) else found.astype(float)


def _whole_power(base: Any, exponent: int) -> Any:
    found, square = np.ones_like(_inexact(base)), base
    while exponent:
        if exponent & 1:
            found = found * square
        square = square * square
        exponent >>= 1
    return found


def _root(x: Any, n: Any) -> Any:
    """The real n-th root, n one whole number for all samples; a negative x has one where n is odd."""
    orders = np.unique(np.asarray(n))
    if len(orders) != 1:
        raise Indeterminate("a root whose order varies over the samples", more_bits_may_help=False)
    n = orders[0]
    if int(n) % 2:
        return np.sign(x) * np.abs(x) ** (1.0 / n)
    return np.power(_inexact(x), 1.0 / n)


def _special(name: str) -> Callable[..., Any]:
    def rule(*args: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(*args)

    return rule


def _loggamma(x: Any) -> Any:
    """log gamma(x) where gamma(x) > 0, else NaN: scipy's `gammaln` is the log of its size."""
    import scipy.special

    return np.where(scipy.special.gammasgn(x) > 0, scipy.special.gammaln(x), np.nan)


def _all(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *args: reduce(function, args)


_RULES: dict[str, Callable[..., Any]] = {
    "add": lambda *args: reduce(np.add, args, 0.0),
    "mul": lambda *args: reduce(np.multiply, args, 1.0),
    "neg": np.negative,
    "div": np.true_divide,
    "pow": _power,
    "sqrt": np.sqrt,
    "root": _root,
    "exp": np.exp,
    "log": lambda x: np.log(_inexact(x)),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "coth": lambda x: 1 / np.tanh(x),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "mod": np.mod,
    "min": _all(np.minimum),
    "max": _all(np.maximum),
    "erf": _special("erf"),
    "erfc": _special("erfc"),
    "gamma": _special("gamma"),
    "loggamma": _loggamma,
    "digamma": _special("psi"),
    "binomial": _special("binom"),
    "besseli": _special("iv"),
    "factorial": lambda x: _special("gamma")(np.add(x, 1.0)),
    "sigmoid": _special("expit"),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "re": np.real,
    "im": np.imag,
    "conj": np.conj,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": lambda *args: reduce(np.logical_and, args),
    "or": lambda *args: reduce(np.logical_or, args),
    "not": np.logical_not,
}
