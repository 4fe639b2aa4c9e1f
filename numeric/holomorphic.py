r"""Tables for integrands of a real variable: complex balls around the real line, and intervals of it.

`flint.acb.integral` bounds an integral over [a, b] by evaluating the integrand on complex neighbourhoods, where it must
be holomorphic, and on real intervals, where it need not be. So an integrand that is real on the real line is evaluated
over two tables:

* `HolomorphicBalls`: its operations continue the real ones analytically from the real line; where a ball meets a
  branch cut, a pole, or (abs, sign, min, max, floor, a real cube root) the line Re z = kink, they raise Indeterminate.
  abs z = z or -z, sign z = +-1, z^(1/3) = +-(+-z)^(1/3), by the certain sign of Re z.
* `IntervalBalls`: `RealBalls`, with one difference: at the end of a domain (sqrt on an interval [0, h], whose lower end
  is rounded to just below 0) an even root takes the nonnegative part of the interval.

F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS 2018 (LNCS 10931), 255-263.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, acb_mat, arb, ctx, fmpq, fmpz

from .balls import RealBalls, require_square
from .enclosures import exact_rational, hull, sign, to_ball, working_precision
from .operations import Indeterminate, Undefined, check_arity, choose

Value = Any  # acb near the real line; arb or fmpq for what does not depend on the variable


class IntervalBalls:
    """The table of intervals of the real line at `bits` bits (contract: `operations.Operations`)."""

    __slots__ = ("_real", "bits", "constant", "det", "inverse", "number")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._real = RealBalls(bits)
        self.number, self.constant = self._real.number, self._real.constant
        self.det, self.inverse = self._real.det, self._real.inverse

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        try:
            return self._real.apply(op, args)
        except Indeterminate:
            if op not in ("sqrt", "root", "pow") or sign(args[0]) is not None or not args[0].upper() > 0:
                raise
            if op != "sqrt" and not args[1] > 0:
                raise
            # increasing on [0, upper], and 0 at 0
            return hull(fmpq(0), self._real.apply(op, (args[0].upper(), *args[1:])))


class HolomorphicBalls:
    """The table of functions that are real on the real line, on complex balls at `bits` bits.

    Raises:
        Indeterminate: the ball is not certainly inside the domain of holomorphy.
        Undefined: an exact division by zero, and what does not depend on the variable and has no real value.
    """

    __slots__ = ("_real", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._real = RealBalls(bits)

    def number(self, value: Fraction) -> Value:
        return self._real.number(value)

    def constant(self, name: str) -> Value:
        return acb(0, 1) if name == "imaginary" else self._real.constant(name)

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        for a in args:
            if type(a) is acb:
                break
        else:
            return self._real.apply(op, args)
        if ctx.prec == self.bits:
            return _continued(op, args)
        with working_precision(self.bits):
            return _continued(op, args)

    def det(self, rows: tuple[tuple[Value, ...], ...]) -> Value:
        require_square(rows)
        if not any(isinstance(a, acb) for row in rows for a in row):
            return self._real.det(rows)
        with working_precision(self.bits):
            return _finite("det", complex_matrix(rows).det())

    def inverse(self, rows: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
        require_square(rows)
        if not any(isinstance(a, acb) for row in rows for a in row):
            return self._real.inverse(rows)
        with working_precision(self.bits):
            try:
                return tuple(tuple(_finite("inverse", a) for a in row) for row in complex_matrix(rows).inv().tolist())
            except ZeroDivisionError:
                raise Indeterminate("the matrix cannot be told from a singular one") from None


def _continued(op: str, args: tuple[Any, ...]) -> Any:
    """The operation at complex arguments, at the precision in force."""
    if op in MEROMORPHIC:
        return _finite(op, MEROMORPHIC[op](*[_complex(a) for a in args]))
    if op not in _OPERATIONS:
        raise Indeterminate(f"{op} is not continued analytically", more_bits_may_help=False)
    return _finite(op, _OPERATIONS[op](*args))


def complex_matrix(rows: tuple[tuple[Value, ...], ...]) -> Any:
    return acb_mat(len(rows), len(rows), [_complex(a) for row in rows for a in row])


def _complex(value: Value) -> acb:
    return value if type(value) is acb else acb(to_ball(value))


def _finite(op: str, value: Any) -> Any:
    if type(value) is acb and not value.is_finite():
        raise Indeterminate(f"{op}: a singularity may lie in the ball, or its value is too large")
    return value


def _side(value: Value) -> int:
    """The certain sign of the real part; Indeterminate on a ball that meets the imaginary axis."""
    of = sign(_complex(value).real)
    if not of:
        raise Indeterminate("not holomorphic across a kink or a branch cut")
    return of


def _require(certain: bool, name: str) -> None:
    if not certain:
        raise Indeterminate(f"{name}: the ball may meet a branch cut")


def _sum(*terms: Value) -> acb:
    return sum([_complex(t) for t in terms], start=acb(0))


def _product(*factors: Value) -> acb:
    value = acb(1)
    for factor in factors:
        value = value * _complex(factor)
    return value


def _divide(a: acb, b: acb) -> acb:
    if b == 0:
        raise Undefined("division by zero")
    return a / b


def _power(b: Value, e: Value) -> acb:
    exact = None if isinstance(e, acb) else exact_rational(e)
    if exact is None:
        return _complex(b).pow(_complex(e), analytic=True)
    if exact == 0:
        if _complex(b).contains(0):
            raise Indeterminate("0^0 may occur on the ball")
        return acb(1)
    p, q = int(exact.p), int(exact.q)
    if q == 1:
        return _complex(b) ** fmpz(p)
    return _root(b, q) ** fmpz(p)


def _root(x: Value, n: int) -> acb:
    z = _complex(x)
    if n % 2:
        return _side(z) * (_side(z) * z).root(n)
    if n == 2:
        return z.sqrt(analytic=True)
    return z.pow(acb(fmpq(1, n)), analytic=True)


def _real_root(x: Value, n: Value) -> acb:
    order = None if isinstance(n, acb) else exact_rational(n)
    if order is None or order == 0:
        raise Indeterminate("root: the order is not a known number")
    return _power(x, 1 / order)


def _softplus(z: acb) -> acb:
    """z + log(1 + exp(-z)) where Re z > 0: there abs(exp(-z)) < 1, so the logarithm meets no cut."""
    if z.real > 0:
        return z + (1 + (-z).exp()).log(analytic=True)
    return (1 + z.exp()).log(analytic=True)


def _asin(z: acb) -> acb:
    _require(bool(z.real > -1 and z.real < 1), "asin")
    return z.asin()


def _atan(z: acb) -> acb:
    _require(bool(z.imag > -1 and z.imag < 1), "atan")
    return z.atan()


def _asinh(z: acb) -> acb:
    _require(bool(z.imag > -1 and z.imag < 1), "asinh")
    return z.asinh()


def _acosh(z: acb) -> acb:
    _require(bool(z.real > 1), "acosh")
    return z.acosh()


def _atanh(z: acb) -> acb:
    _require(bool(z.real > -1 and z.real < 1), "atanh")
    return z.atanh()


def _loggamma(z: acb) -> acb:
    _require(bool(z.real > 0), "loggamma")
    return z.lgamma()


def _atan2(y: acb, x: acb) -> acb:
    """atan(y/x) for Re x > 0, else +-pi/2 - atan(x/y) by the sign of Re y: the angle off the negative half axis."""
    if x.real > 0:
        return _atan(y / x)
    return _side(y) * acb(arb.pi() / 2) - _atan(x / y)


def _besseli(nu: Value, x: Value) -> acb:
    order = None if isinstance(nu, acb) else exact_rational(nu)
    if order is None or order.q != 1:
        _require(bool(_complex(x).real > 0), "besseli")
    return _complex(x).bessel_i(_complex(nu if order is None or order.q != 1 else abs(order)))


def _floor(z: acb) -> acb:
    return z.real_floor(analytic=True)


def _fold(method: str) -> Callable[..., acb]:
    pick = getattr(acb, method)

    def fold(*values: Value) -> acb:
        best = _complex(values[0])
        for value in values[1:]:
            best = pick(best, _complex(value), analytic=True)
        return best

    return fold


def _binomial(n: Value, k: Value) -> acb:
    count = None if isinstance(k, acb) else exact_rational(k)
    if count is None or count.q != 1 or not 0 <= count <= 1000:
        raise Indeterminate("binomial is continued analytically for a fixed small integer below only")
    value = acb(1)
    for j in range(int(count.p)):
        value = value * (_complex(n) - j) / (j + 1)
    return value


def _compare(left_is_less: bool) -> Callable[[Value, Value], bool]:
    return lambda a, b: (_side(_complex(a) - _complex(b)) < 0) == left_is_less


_NATIVE = ("exp", "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth")
# Meromorphic in the plane: at a pole the library answers with an infinite ball, and no cut can be crossed.
MEROMORPHIC: dict[str, Callable[..., acb]] = {
    **{name: getattr(acb, name) for name in (*_NATIVE, "erf", "erfc", "gamma", "digamma")},
    "add": _sum,
    "mul": _product,
    "neg": lambda z: -z,
    "div": _divide,
    "factorial": lambda z: (z + 1).gamma(),
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
}

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "pow": _power,
    "root": _real_root,
    "sqrt": lambda z: _root(z, 2),
    "log": lambda z: z.log(analytic=True),
    "softplus": _softplus,
    "asin": _asin,
    "acos": lambda z: acb(arb.pi() / 2) - _asin(z),
    "atan": _atan,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "atan2": lambda y, x: _atan2(_complex(y), _complex(x)),
    "loggamma": _loggamma,
    "besseli": _besseli,
    "binomial": _binomial,
    "abs": lambda z: _side(z) * z,
    "sign": lambda z: acb(_side(z)),
    "floor": _floor,
    "ceil": lambda z: -_floor(-z),
    "mod": lambda a, n: _complex(a) - _complex(n) * _floor(_complex(a) / _complex(n)),
    "min": _fold("real_min"),
    "max": _fold("real_max"),
    "re": lambda z: z,
    "conj": lambda z: z,
    "im": lambda z: acb(0),
    "lt": _compare(True),
    "le": _compare(True),
    "gt": _compare(False),
    "ge": _compare(False),
}
