r"""Special functions of real values with certain definedness: gamma and its kin, binomial coefficients, Bessel's I.

    Gamma has poles at 0, -1, -2, ...; psi = Gamma'/Gamma has the same poles; x! = Gamma(x + 1);
    binom(n, k) = n (n-1) ... (n-k+1) / k! for an integer k >= 0, 0 for an integer k < 0 <= n, and
    binom(n, k) = Gamma(n+1) / (Gamma(k+1) Gamma(n-k+1)) for other k;
    I_nu(x) = sum_m (x/2)^(2m+nu) / (m! Gamma(m+nu+1)), real for x < 0 only where (x/2)^nu is.

Each function expects the caller to have set the working precision. Where texts differ in their conventions
(log Gamma of a negative number, binom of two negative integers) the answer is `Indeterminate`, never a guess.
"""

from __future__ import annotations

from flint import arb, fmpq, fmpz

from .enclosures import Real, exact_integer, exact_rational, sign, to_ball
from .operations import Indeterminate, Undefined

# Factorials up to here are formed exactly (a 30 000-bit integer); beyond, a ball holds them.
LARGEST_EXACT_FACTORIAL = 3000


def _refuse_poles(x: Real, name: str) -> None:
    """Raise unless x certainly avoids 0, -1, -2, ..."""
    if x > 0:
        return
    n = exact_integer(x)
    if n is not None and n <= 0:
        raise Undefined(f"{name} has a pole at {n}")
    if exact_rational(x) is None and to_ball(x).contains_integer():
        raise Indeterminate(f"{name}: the argument cannot be told from a pole")


def gamma(x: Real) -> Real:
    _refuse_poles(x, "gamma")
    n = exact_integer(x)
    return fmpq(fmpz.fac_ui(n - 1)) if n is not None and n <= LARGEST_EXACT_FACTORIAL else to_ball(x).gamma()


def digamma(x: Real) -> Real:
    _refuse_poles(x, "digamma")
    return to_ball(x).digamma()


def loggamma(x: Real) -> Real:
    _refuse_poles(x, "loggamma")
    if x > 0:
        return to_ball(x).lgamma()
    # log Gamma, log abs Gamma and the continuation along the upper half plane differ here
    raise Indeterminate("loggamma of a negative number depends on the convention", more_bits_may_help=not x < 0)


def factorial(x: Real) -> Real:
    return gamma(x + 1)


def binomial(n: Real, k: Real) -> Real:
    count = exact_integer(k)
    if count is None:
        return _binomial_by_gamma(n, k)
    if count < 0:
        if n >= 0:
            return fmpq(0)
        raise Indeterminate("binomial with two negative arguments depends on the convention", more_bits_may_help=False)
    top = exact_integer(n)
    if top is not None and top >= 0:
        if count > top:
            return fmpq(0)
        count = min(count, top - count)
    exact = exact_rational(n)
    if exact is not None and count * (int(exact.p).bit_length() + int(exact.q).bit_length()) <= 30_000:
        return _falling_quotient(exact, count)
    if count < 10_000:
        return to_ball(n).bin(count)
    return _binomial_by_gamma(n, fmpq(count))


def _falling_quotient(n: fmpq, count: int) -> fmpq:
    value = fmpq(1)
    for j in range(count):
        value = value * (n - j) / (j + 1)
    return value


def _binomial_by_gamma(n: Real, k: Real) -> Real:
    if not n > -1:
        raise Indeterminate("binomial of these arguments: outside n > -1 only an integer k is taken")
    return to_ball(n + 1).gamma() * to_ball(k + 1).rgamma() * to_ball(n - k + 1).rgamma()


def besseli(nu: Real, x: Real) -> Real:
    order = exact_integer(nu)
    if order is not None:
        return to_ball(x).bessel_i(arb(abs(order)))  # I_(-n) = I_n
    if x > 0:
        return to_ball(x).bessel_i(to_ball(nu))
    if x == 0:
        if nu > 0:
            return fmpq(0)
        raise _by_order(nu, "besseli of a negative order at 0")
    if x < 0:
        raise _by_order(nu, "besseli of a fractional order at a negative number")
    raise Indeterminate("besseli: the sign of the argument cannot be told")


def _by_order(nu: Real, what: str) -> ArithmeticError:
    """Certain only for an exact order whose power (x/2)^nu has no real value by any convention."""
    exact, negative_at_zero = exact_rational(nu), "at 0" in what
    if exact is not None and sign(exact) and (negative_at_zero or exact.q % 2 == 0):
        return Undefined(what)
    return Indeterminate(what, more_bits_may_help=False)
