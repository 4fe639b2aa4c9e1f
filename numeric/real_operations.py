r"""The operations of real ball arithmetic, one function each, with the condition under which it has a value.

    tan = sin / cos, sec = 1 / cos, csc = 1 / sin, cot = cos / sin
    sigmoid x = 1 / (1 + exp(-x)),   softplus x = log(1 + exp x)

A function asks for its condition first (`x > 0` on a ball means: certainly) and calls the library after that, so that
an undefined argument is told apart from one that is not known well enough. The caller sets the precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from . import special_balls as special
from .enclosures import Real, disjoint, hull, sign, to_ball
from .operations import Indeterminate, Undefined
from .real_powers import power, real_root, square_root

_ZERO, _ONE = fmpq(0), fmpq(1)


def _add(*terms: Real) -> Real:
    return sum(terms, start=_ZERO)


def _mul(*factors: Real) -> Real:
    product: Real = _ONE
    for factor in factors:
        product = product * factor
    return product


def divide(a: Real, b: Real) -> Real:
    of = sign(b)
    if of == 0:
        raise Undefined("division by zero")
    if of is None:
        raise Indeterminate("the divisor cannot be told from zero")
    return a / b


def _log(x: Real) -> Real:
    if x > 0:
        return to_ball(x).log()
    if x <= 0:
        raise Undefined("log of a number that is not positive")
    raise Indeterminate("log: the argument cannot be told from zero")


def _within_one(x: Real, name: str, *, closed: bool) -> arb:
    """x as a ball once abs(x) <= 1 (closed) or abs(x) < 1 is certain."""
    size = abs(x)
    if size < 1 or (closed and size <= 1):
        return to_ball(x)
    if size > 1 or (not closed and size >= 1):
        raise Undefined(f"{name} outside its domain")
    raise Indeterminate(f"{name}: the argument cannot be told from the end of the domain")


def _acosh(x: Real) -> Real:
    if x >= 1:
        return to_ball(x).acosh()
    if x < 1:
        raise Undefined("acosh of a number below 1")
    raise Indeterminate("acosh: the argument cannot be told from 1")


def _atan2(y: Real, x: Real) -> Real:
    if sign(y) == 0 and sign(x) == 0:
        raise Indeterminate("atan2(0, 0) depends on the convention", more_bits_may_help=False)
    if sign(y) is None and sign(x) in (0, None):
        raise Indeterminate("atan2: the point cannot be told from the origin")
    if sign(x) is None and sign(y) == 0:
        raise Indeterminate("atan2: the point cannot be told from the origin")
    return arb.atan2(to_ball(y), to_ball(x))


def _abs(x: Real) -> Real:
    return abs(x) if sign(x) is not None else hull(fmpq(0), x.abs_upper())


def _sign(x: Real) -> Real:
    of = sign(x)
    return arb(0, 1) if of is None else fmpq(of)


def _floor(x: Real) -> Real:
    return fmpq(x.floor()) if isinstance(x, fmpq) else x.floor()


def _mod(a: Real, n: Real) -> Real:
    if n == 0:
        raise Undefined("mod by zero")
    if not n > 0:
        raise Indeterminate("mod by a number that is not certainly positive", more_bits_may_help=not n < 0)
    value = a - n * _floor(a / n)
    if isinstance(value, fmpq):
        return value
    # the remainder lies in [0, n) whatever the rounding of the quotient was
    whole = hull(fmpq(0), to_ball(n).upper())
    return to_ball(value).intersection(whole) if to_ball(value).is_finite() else whole


def _sigmoid(x: Real) -> Real:
    ball = to_ball(x)
    if ball.mid() < 0:
        grown = ball.exp()  # exp(x) / (1 + exp(x)) = 1 - 1 / (1 + exp(x)); the first form keeps the relative accuracy
        return grown / (1 + grown) if ball.rad() < 1 else 1 / (1 + (-ball).exp())
    return 1 / (1 + (-ball).exp())


def _softplus(x: Real) -> Real:
    """log(1 + exp x) = x + log(1 + exp(-x)), the second form for large x."""
    ball = to_ball(x)
    return ball + (-ball).exp().log1p() if ball > 30 else ball.exp().log1p()


def _extreme(pick: Callable[[arb, arb], arb], least: bool) -> Callable[..., Real]:
    def fold(*values: Real) -> Real:
        best = values[0]
        for value in values[1:]:
            if value <= best:
                best = value if least else best
            elif value >= best:
                best = best if least else value
            else:
                best = pick(to_ball(best), to_ball(value))
        return best

    return fold


def _compare(relation: Callable[[Any, Any], Any], opposite: Callable[[Any, Any], Any]) -> Callable[[Real, Real], bool]:
    def decide(a: Real, b: Real) -> bool:
        if relation(a, b):
            return True
        if opposite(a, b):
            return False
        raise Indeterminate("the two sides of a condition cannot be told apart")

    return decide


def _ball(method: str) -> Callable[[Real], Real]:
    """An operation of arb that is defined on the whole real line."""
    compute = getattr(arb, method)
    return lambda x: compute(to_ball(x))


def _over(numerator: Callable[[arb], Any], denominator: str) -> Callable[[Real], Real]:
    """numerator(x) / denominator(x), undefined where the denominator vanishes (tan = sin / cos)."""
    below = getattr(arb, denominator)
    return lambda x: divide(numerator(to_ball(x)), below(to_ball(x)))


def _off_zero(name: str) -> Callable[[Real], Real]:
    """csch, coth: on the real line the only pole is 0. Not as quotients, which would lose all digits at large x."""
    compute = getattr(arb, name)

    def checked(x: Real) -> Real:
        of = sign(x)
        if of == 0:
            raise Undefined(f"{name} has a pole at 0")
        if of is None:
            raise Indeterminate(f"{name}: the argument cannot be told from 0")
        return compute(to_ball(x))

    return checked


_LT = _compare(lambda a, b: a < b, lambda a, b: a >= b)
_LE = _compare(lambda a, b: a <= b, lambda a, b: a > b)
_EQ = _compare(lambda a, b: a == b, disjoint)
ON_INFINITY = frozenset(("neg", "min", "max", "lt", "le", "gt", "ge", "eq", "ne", "re", "conj"))
_ENTIRE = ("exp", "sin", "cos", "atan", "sinh", "cosh", "tanh", "sech", "asinh", "erf", "erfc")

REAL_OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: _ball(name) for name in _ENTIRE},
    "add": _add,
    "mul": _mul,
    "neg": lambda x: -x,
    "div": divide,
    "pow": power,
    "sqrt": square_root,
    "root": real_root,
    "log": _log,
    "tan": _over(arb.sin, "cos"),
    "sec": _over(lambda x: arb(1), "cos"),
    "csc": _over(lambda x: arb(1), "sin"),
    "cot": _over(arb.cos, "sin"),
    "csch": _off_zero("csch"),
    "coth": _off_zero("coth"),
    "asin": lambda x: _within_one(x, "asin", closed=True).asin(),
    "acos": lambda x: _within_one(x, "acos", closed=True).acos(),
    "atanh": lambda x: _within_one(x, "atanh", closed=False).atanh(),
    "acosh": _acosh,
    "atan2": _atan2,
    "abs": _abs,
    "sign": _sign,
    "floor": _floor,
    "ceil": lambda x: -_floor(-x),
    "mod": _mod,
    "min": _extreme(arb.min, True),
    "max": _extreme(arb.max, False),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "gamma": special.gamma,
    "loggamma": special.loggamma,
    "digamma": special.digamma,
    "factorial": special.factorial,
    "binomial": special.binomial,
    "besseli": special.besseli,
    "re": lambda x: x,
    "im": lambda x: fmpq(0),
    "conj": lambda x: x,
    "lt": _LT,
    "le": _LE,
    "gt": lambda a, b: _LT(b, a),
    "ge": lambda a, b: _LE(b, a),
    "eq": _EQ,
    "ne": lambda a, b: not _EQ(a, b),
    "and": lambda *conditions: all(conditions),
    "or": lambda *conditions: any(conditions),
    "not": lambda condition: not condition,
}
