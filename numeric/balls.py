r"""Real arithmetic whose every result is certain: the table `RealBalls`, over `flint.arb`.

A value is an exact rational while it is short, else a ball [m - r, m + r] that contains the true number; a condition
is a boolean. Two disjoint results prove that two formulas differ at a point. Definedness has three answers
(`operations.py`) and follows real mathematics:

    log x needs x > 0;  sqrt x needs x >= 0;  a / b needs b != 0;  asin, acos need abs(x) <= 1;  ...
    b^(p/q), q odd, gcd(p, q) = 1, is (b^(1/q))^p with the real root, so (-8)^(1/3) = -2;
    b^e for any other e needs b > 0, or b = 0 and e > 0;
    0^0 and atan2(0, 0) depend on the convention of the text: Indeterminate, for nobody can be accused over them;
    mod(a, n) = a - n floor(a / n), n > 0.

The arithmetic is that of F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
IEEE Transactions on Computers 66 (2017), 1281-1292. Overflow to an infinite ball is Indeterminate, never a value.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from .enclosures import (
    Real,
    ball_interval,
    disjoint,
    exact_rational,
    fraction_to_real,
    gap,
    radius,
    sign,
    to_ball,
    to_text,
    working_precision,
)
from .operations import CONSTANTS, Indeterminate, Operations, Undefined, check_arity, choose
from .real_operations import ON_INFINITY, REAL_OPERATIONS

__all__ = [
    "Indeterminate",
    "Operations",
    "Real",
    "RealBalls",
    "Undefined",
    "ball_interval",
    "disjoint",
    "exact_rational",
    "gap",
    "radius",
    "sign",
    "to_ball",
    "to_text",
    "working_precision",
]

Rows = tuple[tuple[Real, ...], ...]


class RealBalls:
    """The table of real balls at `bits` bits of working precision.

    Rationals stay exact up to `exact_bits` bits of numerator plus denominator. Methods raise `Undefined` and
    `Indeterminate` as described above; ValueError for an unknown operation.

    >>> table = RealBalls(64)
    >>> third = table.number(Fraction(1, 3))
    >>> to_text(table.apply("exp", (third,)), 10)
    '[1.395612425 +/- 8.61e-11]'
    >>> table.apply("div", (third, table.apply("add", (third, table.number(Fraction(-1, 3))))))
    Traceback (most recent call last):
        ...
    twofold.numeric.operations.Undefined: division by zero
    """

    __slots__ = ("bits", "exact_bits")

    def __init__(self, bits: int, exact_bits: int | None = None) -> None:
        if bits < 2:
            raise ValueError(f"Expected a precision of at least 2 bits; got {bits}.")
        self.bits = bits
        self.exact_bits = max(512, 4 * bits) if exact_bits is None else exact_bits

    def number(self, value: Fraction) -> Real:
        found = fraction_to_real(value)
        if found.p.bit_length() + found.q.bit_length() <= self.exact_bits:
            return found
        with working_precision(self.bits):
            return self.settled("number", found)

    def constant(self, name: str) -> Real:
        if name in ("i", "imaginary"):
            raise Indeterminate("the imaginary unit needs complex arithmetic", more_bits_may_help=False)
        if name not in CONSTANTS:
            raise ValueError(f"Expected one of {', '.join(CONSTANTS)}; got {name!r}.")
        with working_precision(self.bits):
            return {"pi": arb.pi, "e": arb.const_e, "inf": arb.pos_inf, "euler_gamma": arb.const_euler}[name]()

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        if op not in ON_INFINITY:
            for a in args:
                if type(a) is arb and not a.is_finite():
                    raise Indeterminate(f"{op} of an infinite value", more_bits_may_help=False)
        if ctx.prec == self.bits:  # inside an integral it is, and half of the time would go into setting it again
            return self.settled(op, REAL_OPERATIONS[op](*args))
        with working_precision(self.bits):
            return self.settled(op, REAL_OPERATIONS[op](*args))

    def det(self, rows: Rows) -> Real:
        """Determinant of a square matrix given by rows: exact when every entry is. Undefined when not square."""
        require_square(rows)
        with working_precision(self.bits):
            return self.settled("det", _matrix(rows).det())

    def inverse(self, rows: Rows) -> Rows:
        """Inverse: Undefined when exactly singular or not square, Indeterminate when the balls do not tell."""
        require_square(rows)
        with working_precision(self.bits):
            matrix = _matrix(rows)
            try:
                found = matrix.inv().tolist()
            except ZeroDivisionError:
                if isinstance(matrix, fmpq_mat):
                    raise Undefined("the matrix is singular") from None
                raise Indeterminate("the matrix cannot be told from a singular one") from None
            return tuple(tuple(self.settled("inverse", entry) for entry in row) for row in found)

    def exponential(self, rows: Rows) -> Rows:
        """exp of a square matrix, enclosed (scaling and squaring with a bound of the remainder, in FLINT)."""
        require_square(rows)
        n = len(rows)
        with working_precision(self.bits):
            found = arb_mat(n, n, [to_ball(entry) for row in rows for entry in row]).exp().tolist()
            return tuple(tuple(self.settled("matexp", entry) for entry in row) for row in found)

    def settled(self, op: str, value: Any) -> Any:
        """Keep short rationals exact, give long ones a radius, and let nothing infinite pass for a value."""
        if type(value) is arb:
            if value.is_finite():
                if not value.is_exact():
                    return value
                exact = exact_rational(value)
                return value if exact is None else self.settled(op, exact)
            if op in ON_INFINITY and not value.is_nan() and value.is_exact():
                return value
            raise Indeterminate(f"{op}: no finite enclosure at {self.bits} bits")
        if isinstance(value, fmpq) and value.p.bit_length() + value.q.bit_length() > self.exact_bits:
            return arb(value)
        return value


def require_square(rows: tuple[tuple[Any, ...], ...]) -> None:
    """Raise Undefined unless there are as many columns in every row as there are rows."""
    if any(len(row) != len(rows) for row in rows):
        raise Undefined("the matrix is not square")


def _matrix(rows: Rows) -> Any:
    n = len(rows)
    entries = [entry for row in rows for entry in row]
    if all(isinstance(entry, fmpq) for entry in entries):
        return fmpq_mat(n, n, entries)
    return arb_mat(n, n, [to_ball(entry) for entry in entries])
