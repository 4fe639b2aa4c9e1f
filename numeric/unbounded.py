r"""Integrals over a half line or the whole line, enclosed, for any integrand whose decay can be read off.

    int_a^inf f = int_a^L f + tail,   abs(f(y)) <= c y^k (log y)^j for y >= L, k < -1:
    abs(tail) <= c rho_e int_L^inf y^(k+e) dy = c rho_e L^(k+e+1) / (-k-e-1),

where e = 0 for j = 0, else e = (-k-1)/2 and rho_e = sup_{y >= L} (log y)^j y^-e. The bound of f comes from the growth
table (`growth.py`), in which exp(-c y^k) counts as C y^-24 with the C that holds from L on; so L is doubled until the
bound is below the precision wanted. If on one side f >= c / y, or f <= -c / y, c > 0, the integral diverges.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from . import expansions as ex
from .enclosures import Real, fraction_to_real, to_ball, working_precision
from .expansions import Terms
from .growth import Growth
from .operations import Indeterminate, Undefined
from .quadrature import Integrand, integrate_finite

FIRST_CUT = 4
LARGEST_CUT = 2**40


def integrate_unbounded(
    integrand: Integrand,
    low: Fraction | Real | None,
    high: Fraction | Real | None,
    bits: int,
    *,
    sharp: bool = False,
) -> arb:
    r"""Enclose int_low^high f(x) dx, where None stands for -inf below and +inf above.

    With `sharp` a tail above 2^(-bits/2) is Indeterminate, before the middle is done: `integrate_slow` is better there.

    Raises:
        Undefined: the integral certainly diverges far out.
        Indeterminate: the decay of f is not known, or the middle is not enclosed.

    >>> def bell(table, x):
    ...     return table.apply("exp", (table.apply("neg", (table.apply("mul", (x, x)),)),))
    >>> from twofold.numeric.enclosures import to_text
    >>> to_text(integrate_unbounded(bell, None, None, 64), 10)
    '[1.772453851 +/- 9.46e-11]'
    """
    with working_precision(bits):
        ends = [
            None if e is None else to_ball(fraction_to_real(e) if isinstance(e, Fraction) else e) for e in (low, high)
        ]
        cuts, tail = list(ends), arb(0)
        for place, side in ((0, -1), (1, 1)):
            if ends[place] is None:
                other = ends[1 - place]
                cut, beyond = tail_beyond(integrand, side, arb(0) if other is None else side * other, bits)
                cuts[place], tail = arb(side * cut), tail + beyond
        if sharp and tail > arb(2) ** (-(bits // 2)):
            raise Indeterminate("the integrand decays too slowly for a cut", more_bits_may_help=False)
        middle = integrate_finite(integrand, cuts[0], cuts[1], bits)
        return middle + arb(0, tail.upper())


def tail_beyond(integrand: Integrand, side: int, beyond: arb, bits: int) -> tuple[int, arb]:
    """(L, a bound of the integral of abs(f) over side * x >= L), L > beyond; the smallest L found that is sharp."""
    cut, best = FIRST_CUT, None
    goal = arb(2) ** (-bits)
    while cut <= LARGEST_CUT:
        if beyond < cut:
            bound = bound_beyond(integrand, side, cut, bits)
            if bound is not None and (best is None or bound < best[1]):
                best = cut, bound
            if best is not None and best[1] < goal:
                break
        cut *= 2
    if best is None:
        raise Indeterminate("the decay of the integrand far out is not known", more_bits_may_help=False)
    return best


def bound_beyond(integrand: Integrand, side: int, cut: int, bits: int) -> arb | None:
    table = Growth(bits, side, cut)
    try:
        terms: Terms = integrand(table, table.variable()).terms
    except Indeterminate:
        return None
    for f in (terms, ex.negate(terms)):
        low = ex.lower_bound(f, table.start)
        if low is not None and low[0] > 0 and low[1] >= (Fraction(-1), 0):
            raise Undefined("the integral diverges: far out the integrand is at least a multiple of 1/x in size")
    size = {m: ex.Bounds(arb(0), max(-c.lower, c.upper)) for m, c in terms.items()}
    high = ex.upper_bound(size, table.start)
    if high is None or not high[1][0] < -1:
        return None
    c, (k, j) = high
    slack = (-k - 1) / 2 if j else Fraction(0)
    power = fraction_to_real(k + slack + 1)
    found = c * ex.ratio_bound(-slack, j, table.start) * table.start**power / -power
    return found.upper() if found.is_finite() else None
