r"""Integrals over an interval and over the line, enclosed: the result is a ball that contains the integral.

    int_a^b f  in  ball                         (adaptive Gauss-Legendre in balls, flint.acb.integral)
    int_R f  =  int_{-L}^{L} f + tails,   |tails| <= R  given by the caller (growth.py derives such bounds)

An integrand is a function `integrand(table, x)` that is written with the operations of the table (`operations.py`); it
must be real on the real line. It is evaluated over complex balls where holomorphy is needed and over real intervals
elsewhere (`holomorphic.py`). Nothing here may hang: the number of evaluations is limited, and an integral that is not
enclosed within it is Indeterminate.

F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS 2018 (LNCS 10931), 255-263.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, arb, fmpq

from .complex_balls import ComplexBalls
from .enclosures import Real, fraction_to_real, to_ball, working_precision
from .exact import Matrix, ldl
from .holomorphic import HolomorphicBalls, IntervalBalls
from .operations import Indeterminate, Undefined

Integrand = Callable[[Any, Any], Any]
EVALUATIONS = 20_000


def _for_flint(integrand: Integrand, bits: int) -> Callable[[acb, bool], acb]:
    """The integrand as acb.integral calls it; where it has no certain value it says so by a NaN."""
    holomorphic, interval = HolomorphicBalls(bits), IntervalBalls(bits)

    def evaluate(x: acb, analytic: bool) -> acb:
        try:
            value = integrand(holomorphic, x) if analytic else integrand(interval, x.real)
        except (Undefined, Indeterminate):
            return acb("nan")
        return value if isinstance(value, acb) else acb(to_ball(value))

    return evaluate


def integrate_finite(
    integrand: Integrand,
    a: Fraction | Real,
    b: Fraction | Real,
    bits: int,
    *,
    absolute_tolerance: Fraction | None = None,
    evaluations: int = EVALUATIONS,
) -> arb:
    r"""Enclose int_a^b f(x) dx.

    Args:
        integrand: f as `integrand(table, x)`, real on [a, b].
        bits: working precision; the radius wanted is 2^-bits relative to the integral.
        absolute_tolerance: stop earlier at this radius.
        evaluations: limit on the number of evaluations of f; when it is reached the ball is wider, never wrong.

    Raises:
        Indeterminate: no finite enclosure (f is unbounded or undefined somewhere, or the limit is reached).

    >>> from twofold.numeric.enclosures import to_text
    >>> to_text(integrate_finite(lambda table, x: table.apply("exp", (x,)), Fraction(0), Fraction(1), 64), 15)
    '[1.71828182845905 +/- 4.77e-15]'
    """
    with working_precision(bits):
        low, high = _limit(a), _limit(b)
        options: dict[str, Any] = {"eval_limit": evaluations, "depth_limit": 4 * bits + 64}
        if absolute_tolerance is not None:
            options["abs_tol"] = arb(fraction_to_real(absolute_tolerance))
        found = acb.integral(_for_flint(integrand, bits), acb(low), acb(high), **options)
        if not found.is_finite():
            raise Indeterminate("the integral is not enclosed: the integrand is unbounded, undefined or too costly")
        if not found.imag.contains(0):
            raise ValueError("Expected an integrand that is real on the real line; its integral has an imaginary part.")
        return found.real


def integrate_complex(integrand: Integrand, a: Fraction | Real, b: Fraction | Real, bits: int) -> acb:
    """Enclose int_a^b f(x) dx of a complex function of a real variable.

    The integrand must be written with operations that are holomorphic near the path; others make it Indeterminate.
    """
    holomorphic, values = HolomorphicBalls(bits), ComplexBalls(bits)

    def evaluate(x: acb, analytic: bool) -> acb:
        try:
            value = integrand(holomorphic if analytic else values, x)
        except (Undefined, Indeterminate):
            return acb("nan")
        return value if isinstance(value, acb) else acb(to_ball(value))

    with working_precision(bits):
        found = acb.integral(
            evaluate, acb(_limit(a)), acb(_limit(b)), eval_limit=EVALUATIONS, depth_limit=4 * bits + 64
        )
        if not found.is_finite():
            raise Indeterminate("the integral is not enclosed: the integrand is not holomorphic there, or too costly")
        return found


def _limit(x: Fraction | Real) -> arb:
    return arb(fraction_to_real(x)) if isinstance(x, Fraction) else to_ball(x)


def integrate_line(integrand: Integrand, half_width: Fraction, tail: Real, bits: int) -> arb:
    r"""Enclose int_R f = int_{-L}^{L} f + (tails), with L = `half_width`, |tails| <= `tail` in total.

    The tail enters as a radius. When f >= 0 is known, `integrate_line` is still right, only twice as wide as needed.

    Raises:
        Indeterminate: as `integrate_finite`.
        ValueError: the tail bound is not a certain nonnegative finite number.
    """
    bound = to_ball(tail)
    if not bound.is_finite() or not bound >= 0:
        raise ValueError(f"Expected a finite bound of the tails that is >= 0; got {bound}.")
    middle = integrate_finite(integrand, -half_width, half_width, bits)
    with working_precision(bits):
        return middle + arb(0, bound.upper())


def gaussian_tail(scale: Real, start: Real) -> arb:
    r"""int_L^inf exp(-c x^2) dx <= exp(-c L^2) / (2 c L), for c, L > 0 (since x / L >= 1 there)."""
    c, cut = to_ball(scale), to_ball(start)
    return (-c * cut * cut).exp() / (2 * c * cut)


def gaussian_integral(precision_matrix: Matrix, bits: int) -> arb:
    r"""Enclose int_{R^n} exp(-q(x)/2) dx, q(x) = x^T P x, without a determinant.

    P = L D L^T in rationals (L unit lower triangular), so x^T P x = sum_i d_i (L^T x)_i^2; the linear map L^T has
    determinant 1 because it is triangular with ones on the diagonal, hence the integral is the product of

        int_R exp(-d_i y^2 / 2) dy,

    each enclosed by ball quadrature on [-c, c] plus its tail 2 exp(-d_i c^2/2) / (d_i c). For a covariance S give
    P = S^-1: the result then encloses (2 pi)^(n/2) sqrt(det S).

    Raises:
        Undefined: P is symmetric but not positive definite (the integral diverges), or not symmetric.
    """
    factors = ldl(precision_matrix)
    if factors is None or any(d <= 0 for d in factors[1]):
        raise Undefined("the quadratic form is not positive definite, so the integral diverges")
    with working_precision(bits):
        product = arb(1)
        for d in factors[1]:
            product = product * _gaussian_line(d, bits)
        return product


def _gaussian_line(d: Fraction, bits: int) -> arb:
    """int_R exp(-d y^2 / 2) dy: beyond c with d c^2 / 2 >= bits log 2 the tail is below 2^-bits."""
    squared = Fraction(2 * bits) / d
    cut = Fraction(int(squared**0.5 * 2**20) + 2**20, 2**20) if squared < 10**30 else squared
    half = fmpq(d.numerator, 2 * d.denominator)

    def integrand(table: Any, y: Any) -> Any:
        return table.apply(
            "exp", (table.apply("mul", (table.number(-d / 2), table.apply("pow", (y, table.number(Fraction(2)))))),)
        )

    return integrate_line(integrand, cut, 2 * gaussian_tail(half, fraction_to_real(cut)), bits)
