r"""Complex ball arithmetic with principal branches: the table `ComplexBalls`, over `flint.acb`.

For claims whose names are declared complex. A value is an exact rational while it is real, short and known, else a
complex ball. Powers and roots are principal: b^e = exp(e log b), -pi < Im log b <= pi, so (-8)^(1/3) = 1 + i sqrt 3
here and -2 in `RealBalls`. abs, re, im, conj are the true ones (not holomorphic; for integrands: `holomorphic.py`).
Operations that need an order (floor, min, lt, ...) take numbers that are certainly real.

    log 0, a / 0, cot 0, atanh(+-1), atan(+-i): Undefined when exact, Indeterminate when the ball does not tell

A ball across a branch cut gives a ball that contains both sides of the jump.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from flint import acb, arb, fmpq, fmpz

from .balls import RealBalls, require_square
from .enclosures import Real, exact_rational, to_ball, working_precision
from .holomorphic import MEROMORPHIC, complex_matrix
from .operations import Indeterminate, Undefined, check_arity, choose

Complex: TypeAlias = acb | fmpq
Rows = tuple[tuple[Complex, ...], ...]

_ORDERED = frozenset(("floor", "ceil", "mod", "min", "max", "lt", "le", "gt", "ge", "atan2"))
_EXACT = frozenset(("add", "mul", "neg", "div", "abs", "sign", "factorial", "binomial", "gamma", "eq", "ne"))


class ComplexBalls:
    """The table of complex balls at `bits` bits (contract: `operations.Operations`).

    Raises, from its methods:
        Undefined: certainly no value, by the conventions above.
        Indeterminate: not known at this precision.
    """

    __slots__ = ("_real", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._real = RealBalls(bits)

    def number(self, value: Fraction) -> Complex:
        return self._lifted(self._real.number(value))

    def constant(self, name: str) -> Complex:
        return acb(0, 1) if name in ("i", "imaginary") else self._lifted(self._real.constant(name))

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        if op in ("and", "or", "not"):
            return self._real.apply(op, args)
        if op in _ORDERED:
            return self._lifted(self._real.apply(op, tuple(_certainly_real(op, a) for a in args)))
        if op in _EXACT and all(isinstance(a, fmpq) for a in args):
            return self._lifted(self._real.apply(op, args))
        with working_precision(self.bits):
            if op in ("eq", "ne"):
                return _equal(*args) == (op == "eq")
            return self._finite(op, _operation(op)(*args))

    def det(self, rows: Rows) -> Complex:
        require_square(rows)
        if all(isinstance(a, fmpq) for row in rows for a in row):
            return self._lifted(self._real.det(rows))
        with working_precision(self.bits):
            return self._finite("det", complex_matrix(rows).det())

    def inverse(self, rows: Rows) -> Rows:
        require_square(rows)
        if all(isinstance(a, fmpq) for row in rows for a in row):
            return tuple(tuple(self._lifted(a) for a in row) for row in self._real.inverse(rows))
        with working_precision(self.bits):
            try:
                found = complex_matrix(rows).inv().tolist()
            except ZeroDivisionError:
                raise Indeterminate("the matrix cannot be told from a singular one") from None
            return tuple(tuple(self._finite("inverse", a) for a in row) for row in found)

    def exponential(self, rows: Rows) -> Rows:
        require_square(rows)
        with working_precision(self.bits):
            found = complex_matrix(rows).exp().tolist()
            return tuple(tuple(self._finite("matexp", a) for a in row) for row in found)

    def _lifted(self, value: Any) -> Any:
        return acb(value) if isinstance(value, arb) else value

    def _finite(self, op: str, value: Any) -> Complex:
        if isinstance(value, acb):
            if not value.is_finite():
                raise Indeterminate(f"{op}: no finite enclosure at {self.bits} bits")
            exact = exact_rational(value.real) if value.imag == 0 else None
            return value if exact is None else exact
        return value


def complex_disjoint(a: Complex, b: Complex) -> bool:
    """True when two complex values certainly differ."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a != b)
    with working_precision(2048):
        first, second = _ball(a), _ball(b)
    return first.is_finite() and second.is_finite() and not first.overlaps(second)


def _ball(value: Complex) -> acb:
    return value if isinstance(value, acb) else acb(to_ball(value))


def _certainly_real(op: str, value: Complex) -> Real:
    if isinstance(value, fmpq):
        return value
    if value.imag == 0:
        return value.real
    if value.imag > 0 or value.imag < 0:
        raise Undefined(f"{op} of a number that is not real")
    raise Indeterminate(f"{op}: the argument cannot be told from a real number", more_bits_may_help=False)


def _equal(a: Complex, b: Complex) -> bool:
    if complex_disjoint(a, b):
        return False
    if _ball(a) == _ball(b):
        return True
    raise Indeterminate("the two sides of a condition cannot be told apart")


def _operation(op: str) -> Callable[..., Any]:
    if op in _OPERATIONS:
        return _OPERATIONS[op]
    if op in MEROMORPHIC:
        compute = MEROMORPHIC[op]
        zeros = _POLES.get(op)

        def meromorphic(*args: Complex) -> acb:
            if zeros is not None and zeros(args[0]):
                raise Undefined(f"{op} has a pole here")
            return compute(*(_ball(a) for a in args))

        return meromorphic
    raise Indeterminate(f"{op} is not taken for complex numbers", more_bits_may_help=False)


def _is_zero(value: Complex) -> bool:
    return bool(_ball(value) == 0)


def _is_nonpositive_integer(value: Complex) -> bool:
    return isinstance(value, fmpq) and value.q == 1 and value <= 0


def _nonzero(op: str, compute: Callable[[acb], acb], *poles: acb) -> Callable[[Complex], acb]:
    """compute(z), undefined exactly at the given points."""

    def checked(value: Complex) -> acb:
        z = _ball(value)
        if any(z == pole for pole in poles):
            raise Undefined(f"{op} has a singularity here")
        return compute(z)

    return checked


def _power(b: Complex, e: Complex) -> Any:
    exact = e if isinstance(e, fmpq) else None
    if exact is not None and exact.q == 1 and exact != 0:
        if exact < 0 and _is_zero(b):
            raise Undefined("a negative power of zero")
        return _integer_power(b, int(exact.p))
    if _is_zero(b):
        if exact is not None and exact == 0:
            raise Indeterminate("0^0 depends on the convention of the text", more_bits_may_help=False)
        real_part = _ball(e).real
        if real_part > 0:
            return fmpq(0)
        if real_part < 0:
            raise Undefined("a negative power of zero")
        raise Indeterminate("a power of zero whose exponent has no certain real part")
    if _ball(b).contains(0):
        raise Indeterminate("a power of a number that cannot be told from zero")
    if exact is not None and exact == 0:
        return fmpq(1)
    return _ball(b).pow(_ball(e))


def _integer_power(b: Complex, n: int) -> Any:
    if isinstance(b, fmpq) and max(b.p.bit_length(), b.q.bit_length()) * abs(n) <= 4096:
        return b**n
    return _ball(b) ** fmpz(n)


def _root(x: Complex, n: Complex) -> Any:
    if not isinstance(n, fmpq) or n == 0:
        raise Undefined("the 0-th root") if isinstance(n, fmpq) else Indeterminate("root: the order is not known")
    return _power(x, 1 / n)


def _sqrt(x: Complex) -> Any:
    return _ball(x).sqrt()


def _sign(x: Complex) -> acb:
    z = _ball(x)
    if z.contains(0):
        raise Indeterminate("sign of a number that cannot be told from zero")
    return z / abs(z)


def _loggamma(x: Complex) -> acb:
    if _is_nonpositive_integer(x):
        raise Undefined("loggamma has a pole here")
    return _ball(x).lgamma()


def _besseli(nu: Complex, x: Complex) -> acb:
    return _ball(x).bessel_i(_ball(abs(nu) if isinstance(nu, fmpq) and nu.q == 1 else nu))


_POLES: dict[str, Callable[[Complex], bool]] = {
    **dict.fromkeys(("cot", "csc", "coth", "csch"), _is_zero),
    **dict.fromkeys(("gamma", "digamma"), _is_nonpositive_integer),
    "factorial": lambda z: isinstance(z, fmpq) and z.q == 1 and z < 0,
}

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "pow": _power,
    "root": _root,
    "sqrt": _sqrt,
    "log": _nonzero("log", lambda z: z.log(), acb(0)),
    "asin": lambda z: _ball(z).asin(),
    "acos": lambda z: _ball(z).acos(),
    "atan": _nonzero("atan", lambda z: z.atan(), acb(0, 1), acb(0, -1)),
    "asinh": lambda z: _ball(z).asinh(),
    "acosh": lambda z: _ball(z).acosh(),
    "atanh": _nonzero("atanh", lambda z: z.atanh(), acb(1), acb(-1)),
    "softplus": lambda z: (1 + _ball(z).exp()).log(),
    "loggamma": _loggamma,
    "besseli": _besseli,
    "abs": lambda z: acb(abs(_ball(z))),
    "sign": _sign,
    "re": lambda z: acb(_ball(z).real),
    "im": lambda z: acb(_ball(z).imag),
    "conj": lambda z: _ball(z).conjugate(),
}
