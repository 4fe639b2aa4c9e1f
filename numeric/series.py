r"""Truncated power series with real coefficients, and the Taylor coefficients of the elementary functions.

A series u_0 + u_1 e + ... + u_n e^n + O(e^(n+1)) is the tuple (u_0, ..., u_n); a shorter tuple has zeros behind it.
The Taylor coefficients c_k = f^(k)(x) / k! come from recurrences that arithmetic can follow exactly:

    tanh: y' = 1 - y^2;  tan: y' = 1 + y^2;  logistic: y' = y - y^2;  x^r: (k+1) x c_(k+1) = (r-k) c_k;
    asin, acos, atan, asinh, acosh, atanh, erf, softplus: the integral of the series of the derivative;
    I_nu^(k) = 2^-k sum_j binom(k, j) I_(nu-k+2j);  psi = -(1/Gamma)' / (1/Gamma)

(A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 13.) The caller sets the precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb, factorial

from flint import arb, arb_series, ctx, fmpq

from .enclosures import Real, to_ball
from .real_operations import divide
from .special_balls import besseli

Series = tuple[Real, ...]
ZERO, ONE = fmpq(0), fmpq(1)


def add(a: Series, b: Series) -> Series:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return tuple(x + shorter[k] if k < len(shorter) else x for k, x in enumerate(longer))


def scale(a: Series, factor: Real) -> Series:
    return tuple(factor * x for x in a)


def multiply(a: Series, b: Series, length: int) -> Series:
    """The product, cut to `length` coefficients."""
    size = min(length, len(a) + len(b) - 1)
    return tuple(
        sum((a[i] * b[k - i] for i in range(max(0, k - len(b) + 1), min(k + 1, len(a)))), start=ZERO)
        for k in range(size)
    )


def quotient(a: Series, b: Series, length: int) -> Series:
    """a / b by q_k = (a_k - sum_(j>=1) b_j q_(k-j)) / b_0. Raises as a division by b_0 does."""
    found: list[Real] = []
    for k in range(length):
        rest = a[k] if k < len(a) else ZERO
        for j in range(1, min(k + 1, len(b))):
            rest = rest - b[j] * found[k - j]
        found.append(divide(rest, b[0]))
    return tuple(found)


def derivative(a: Series) -> Series:
    return tuple(k * x for k, x in enumerate(a))[1:] or (ZERO,)


def integral(a: Series, constant: Real) -> Series:
    return (constant, *(x / (k + 1) for k, x in enumerate(a)))


def compose(coefficients: Sequence[Real], inner: Series, length: int) -> Series:
    """sum_k c_k (u - u_0)^k by Horner's rule, cut to `length`."""
    step = (ZERO, *inner[1:])
    value: Series = (coefficients[-1],)
    for c in reversed(coefficients[:-1]):
        value = add(multiply(value, step, length), (c,))
    return value


def integer_power(a: Series, n: int, length: int) -> Series:
    """a^n, n >= 0, by repeated squaring: no division, so a_0 may be 0."""
    value: Series = (ONE,)
    while n:
        if n & 1:
            value = multiply(value, a, length)
        n >>= 1
        if n:
            a = multiply(a, a, length)
    return value


def real_power(x: Real, r: Real, value: Real, n: int) -> Series:
    """Coefficients of x^r at x != 0, c_0 = `value`: c_(k+1) = c_k (r - k) / ((k + 1) x)."""
    found = [value]
    for k in range(n - 1):
        found.append(divide(found[-1] * (r - k), x * (k + 1)))
    return tuple(found)


def _cyclic(*derivatives: Callable[[arb], arb]) -> Callable[[Real, Real, int], Series]:
    """f^(k) runs through the given functions: sin -> cos -> -sin -> -cos."""

    def taylor(x: Real, value: Real, n: int) -> Series:
        ball = to_ball(x)
        found = [f(ball) for f in derivatives[: min(n, len(derivatives))]]
        return tuple(found[k % len(derivatives)] / factorial(k) for k in range(n))

    return taylor


def _riccati(constant: int, linear: int, square: int) -> Callable[[Real, Real, int], Series]:
    """y' = constant + linear y + square y^2, y(x) = value."""

    def taylor(x: Real, value: Real, n: int) -> Series:
        y = [value]
        for k in range(n - 1):
            convolution = sum((y[i] * y[k - i] for i in range(k + 1)), start=ZERO)
            y.append(((constant if k == 0 else 0) + linear * y[k] + square * convolution) / (k + 1))
        return tuple(y)

    return taylor


def _reciprocal(of: str) -> Callable[[Real, Real, int], Series]:
    return lambda x, value, n: quotient((ONE,), TAYLOR[of](x, _value(of, x), n), n)


def _value(of: str, x: Real) -> Real:
    return getattr(arb, of)(to_ball(x))


def _root_below(square: int, constant: int, sign: int) -> Callable[[Real, Real, int], Series]:
    """The integral of sign (constant + square x^2)^(-1/2)."""

    def taylor(x: Real, value: Real, n: int) -> Series:
        inner = (constant + square * x * x, 2 * square * x, square * ONE)
        at = inner[0]
        outer = real_power(at, fmpq(-1, 2), divide(ONE, to_ball(at).sqrt()), n)
        return integral(scale(compose(outer, inner, max(1, n - 1)), sign), value)[:n]

    return taylor


def _reciprocal_below(square: int) -> Callable[[Real, Real, int], Series]:
    """The integral of 1 / (1 + square x^2)."""

    def taylor(x: Real, value: Real, n: int) -> Series:
        inner = (1 + square * x * x, 2 * square * x, square * ONE)
        return integral(quotient((ONE,), inner, max(1, n - 1)), value)[:n]

    return taylor


def _error_function(sign: int) -> Callable[[Real, Real, int], Series]:
    def taylor(x: Real, value: Real, n: int) -> Series:
        inner = (-x * x, -2 * x, -ONE)
        peak = sign * 2 / arb.pi().sqrt()
        slope = scale(compose(TAYLOR["exp"](inner[0], ZERO, n), inner, max(1, n - 1)), peak)
        return integral(slope, value)[:n]

    return taylor


def _native(compute: Callable[[arb_series], arb_series], n: int, x: Real) -> Series:
    """Taylor coefficients through FLINT's own series, whose length is a global of the library."""
    before = ctx.cap
    ctx.cap = n
    try:
        found = compute(arb_series([to_ball(x), 1]))
        return tuple(found[k] for k in range(n))
    finally:
        ctx.cap = before


def _digamma(x: Real, value: Real, n: int) -> Series:
    below = _native(lambda s: s.rgamma(), n + 1, x)
    return scale(quotient(derivative(below), below, n), -1)


def bessel(nu: Real, x: Real, n: int) -> Series:
    """Coefficients of I_nu at x, for a fixed order nu."""

    def kth(k: int) -> Real:
        return sum((comb(k, j) * besseli(nu - k + 2 * j, x) for j in range(k + 1)), start=ZERO) / 2**k

    return tuple(kth(k) / factorial(k) for k in range(n))


# name -> (x, f(x), n) -> the first n Taylor coefficients of f at x
TAYLOR: dict[str, Callable[[Real, Real, int], Series]] = {
    "exp": _cyclic(arb.exp),
    "sin": _cyclic(arb.sin, arb.cos, lambda x: -x.sin(), lambda x: -x.cos()),
    "cos": _cyclic(arb.cos, lambda x: -x.sin(), lambda x: -x.cos(), arb.sin),
    "sinh": _cyclic(arb.sinh, arb.cosh),
    "cosh": _cyclic(arb.cosh, arb.sinh),
    "tan": _riccati(1, 0, 1),
    "cot": _riccati(-1, 0, -1),
    "tanh": _riccati(1, 0, -1),
    "coth": _riccati(1, 0, -1),
    "sigmoid": _riccati(0, 1, -1),
    "sec": _reciprocal("cos"),
    "csc": _reciprocal("sin"),
    "sech": _reciprocal("cosh"),
    "csch": _reciprocal("sinh"),
    "log": lambda x, value, n: integral(quotient((ONE,), (x, ONE), max(1, n - 1)), value)[:n],
    "asin": _root_below(-1, 1, 1),
    "acos": _root_below(-1, 1, -1),
    "asinh": _root_below(1, 1, 1),
    "acosh": _root_below(1, -1, 1),
    "atan": _reciprocal_below(1),
    "atanh": _reciprocal_below(-1),
    "erf": _error_function(1),
    "erfc": _error_function(-1),
    "gamma": lambda x, value, n: _native(lambda s: s.gamma(), n, x),
    "factorial": lambda x, value, n: _native(lambda s: s.gamma(), n, x + 1),
    "digamma": _digamma,
    "loggamma": lambda x, value, n: integral(_digamma(x, ZERO, max(1, n - 1)), value)[:n],
    "softplus": lambda x, value, n: integral(TAYLOR["sigmoid"](x, 1 / (1 + (-to_ball(x)).exp()), max(1, n - 1)), value)[
        :n
    ],
}
