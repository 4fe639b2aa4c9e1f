r"""Real roots and powers with certain definedness.

    x^(1/n), n odd: the real root, for every real x;   n even: needs x >= 0
    b^n, n an integer: every b (n > 0), b != 0 (n < 0)
    b^(p/q) in lowest terms, q odd: (b^(1/q))^p with the real root;   q even: needs b >= 0 (b > 0 when p < 0)
    b^e, e not known to be rational: b > 0, or b = 0 and e > 0

A ball e of positive radius may hide an integer or a fraction of odd denominator, so a negative base with such an
exponent is Indeterminate, never Undefined. An exact power whose length would pass LARGEST_EXACT_POWER bits is not
formed: a ball holds it (9^(9^9) has 1.2e9 bits exactly, but 64 bits and an exponent as a ball).

The caller sets the working precision.
"""

from __future__ import annotations

from flint import arb, fmpq, fmpz

from .enclosures import Real, exact_integer, exact_rational, hull, sign, to_ball
from .operations import Indeterminate, Undefined

LARGEST_EXACT_POWER = 8192
_LARGEST_WORD = 2**31


def square_root(x: Real) -> Real:
    return _principal_root(x, 2)


def real_root(x: Real, n: Real) -> Real:
    """The real n-th root; an n that is not a certain integer means x^(1/n)."""
    if n == 0:
        raise Undefined("the 0-th root")
    order = exact_integer(n)
    if order is None:
        if not (n > 0 or n < 0):
            raise Indeterminate("root: the order cannot be told from zero")
        exact = exact_rational(n)
        return power(x, 1 / n if exact is None else 1 / exact)
    root = _odd_root(x, abs(order)) if order % 2 else _principal_root(x, abs(order))
    return root if order > 0 else _reciprocal(root)


def power(b: Real, e: Real) -> Real:
    """The real power b^e as laid down above."""
    exact = exact_rational(e)
    if exact is None:
        return _general_power(b, e)
    p, q = int(exact.p), int(exact.q)
    if p == 0:
        return _to_the_zero(b)
    if q == 1:
        return _integer_power(b, p)
    if p < 0:
        _refuse_zero(b)
    if b > 0 and (not isinstance(b, fmpq) or _exact_root(b, q) is None):
        return to_ball(b) ** exact
    root = _odd_root(b, q) if q % 2 else _principal_root(b, q)
    return _integer_power(root, p)


def _to_the_zero(b: Real) -> Real:
    if b > 0 or b < 0:
        return fmpq(1)
    raise Indeterminate("0^0 depends on the convention of the text", more_bits_may_help=sign(b) is None)


def _integer_power(b: Real, n: int) -> Real:
    """b^n for an integer n that is not 0."""
    if n < 0:
        _refuse_zero(b)
    if isinstance(b, fmpq):
        length = max(b.p.bit_length(), b.q.bit_length())
        if length * abs(n) <= LARGEST_EXACT_POWER or b == 0:
            return b**n if b else fmpq(0)  # 0 to any positive power, however long; a negative one was refused above
    if n > 0 and n % 2 == 0 and not (b > 0 or b < 0):
        return hull(fmpq(0), b.abs_upper() ** fmpz(n))
    return to_ball(b) ** fmpz(n)


def _refuse_zero(b: Real) -> None:
    if b == 0:
        raise Undefined("a negative power of zero")
    if not (b > 0 or b < 0):
        raise Indeterminate("a negative power of a number that cannot be told from zero")


def _reciprocal(x: Real) -> Real:
    _refuse_zero(x)
    return 1 / x


def _odd_root(x: Real, n: int) -> Real:
    """Monotone on the whole line, so a ball around zero is mapped end by end."""
    if x >= 0:
        return _principal_root(x, n)
    if x <= 0:
        return -_principal_root(-x, n)
    return hull(_odd_root(x.lower(), n), _odd_root(x.upper(), n))


def _principal_root(x: Real, n: int) -> Real:
    """The n-th root of a number that must be nonnegative."""
    if x < 0:
        raise Undefined("an even root of a negative number" if n > 2 else "the square root of a negative number")
    if not x >= 0:
        raise Indeterminate("an even root: the argument cannot be told from zero")
    if isinstance(x, fmpq):
        exact = _exact_root(x, n)
        if exact is not None:
            return exact
    if x == 0:
        return fmpq(0)
    if not x > 0:
        # a ball [0, u] with u > 0: its lower end may be rounded below zero, which arb would refuse
        return hull(fmpq(0), _principal_root(x.upper(), n))
    if n == 2:
        return to_ball(x).sqrt()
    return to_ball(x).root(n) if n < _LARGEST_WORD else to_ball(x) ** (1 / arb(n))


def _exact_root(x: fmpq, n: int) -> fmpq | None:
    if x == 0 or x == 1:
        return x
    if n > max(x.p.bit_length(), x.q.bit_length()):
        return None
    p, q = fmpz(x.p).root(n), fmpz(x.q).root(n)
    return fmpq(p, q) if p**n == x.p and q**n == x.q else None


def _general_power(b: Real, e: Real) -> Real:
    if b > 0:
        return to_ball(b) ** to_ball(e)
    if b == 0:
        if e > 0:
            return fmpq(0)
        if e < 0:
            raise Undefined("a negative power of zero")
        raise Indeterminate("a power of zero: the sign of the exponent cannot be told")
    if b >= 0 and e > 0:
        return hull(fmpq(0), b.upper() ** to_ball(e))
    raise Indeterminate("a power of a number that is not certainly positive: the exponent is not a known fraction")
