r"""How bounds far out pass through bounded functions, comparisons, and the list of all rules.

a bounded monotone g: g(f) in [g(inf f), g(sup f)];   floor f in f + [-1, 0]
softplus f = log(exp f + exp 0),  1 / (1 + exp(-f)) with its logarithm,  0 < erfc f <= exp(-f^2) for f >= 0
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb

from . import expansions as ex
from . import growth_algebra as algebra
from .balls import RealBalls
from .enclosures import Real, to_ball
from .growth_algebra import Growing

if TYPE_CHECKING:
    from .growth import Growth


def _bounded(low: arb, high: arb) -> Callable[[Growth, Growing], Growing]:
    return lambda table, f: Growing(terms=ex.constant(ex.bounds(low, high)))


def _monotone(op: str, low: Real, high: Real, *, rising: bool = True) -> Callable[[Growth, Growing], Growing]:
    """A bounded monotone function lies between its values at the ends of the range of its argument."""

    def rule(table: Growth, f: Growing) -> Growing:
        span, real = table.range_of(f), RealBalls(table.bits)
        ends = [(span.lower, low if rising else high), (span.upper, high if rising else low)]
        found = [to_ball(real.apply(op, (x,))) if x.is_finite() else to_ball(limit) for x, limit in ends]
        return Growing(terms=ex.constant(ex.bounds(*(found if rising else reversed(found)))))

    return rule


_sigmoid_range = _monotone("sigmoid", arb(0), arb(1))
_erfc_range = _monotone("erfc", arb(0), arb(2), rising=False)


def _sigmoid(table: Growth, f: Growing) -> Growing:
    """1 / (1 + exp(-f)); its logarithm keeps the decay where f -> -inf."""
    found = algebra.reciprocal(
        table, algebra.add(table, table.number(Fraction(1)), algebra.exponential(table, algebra.negative(table, f)))
    )
    terms = _sigmoid_range(table, f).terms if table.range_of(f).lower.is_finite() else found.terms
    return Growing(terms=terms, logarithm=found.logarithm)


def _erfc(table: Growth, f: Growing) -> Growing:
    """0 < erfc f <= exp(-f^2) for f >= 0."""
    if table.sign(f) <= 0:
        return _erfc_range(table, f)
    weight = algebra.exponential(table, algebra.negative(table, algebra.multiply(table, f, f)))
    return Growing(terms=ex.multiply(weight.terms, ex.constant(ex.bounds(0, 1))))


def _extreme(least: bool) -> Callable[..., Growing]:
    def rule(table: Growth, *values: Growing) -> Growing:
        if least:
            return algebra.negative(table, rule_max(table, *(algebra.negative(table, v) for v in values)))
        return rule_max(table, *values)

    def rule_max(table: Growth, *values: Growing) -> Growing:
        return Growing(terms=algebra.largest(table, [v.terms for v in values]))

    return rule


def _compare(less: bool) -> Callable[[Growth, Growing, Growing], bool]:
    def rule(table: Growth, a: Growing, b: Growing) -> bool:
        of = table.sign(algebra.add(table, a, algebra.negative(table, b)))
        if of == 0:
            raise algebra.unknown("a condition")
        return (of < 0) == less

    return rule


_ONE = arb(1)
RULES: dict[str, Callable[..., Any]] = {
    "add": algebra.add,
    "mul": algebra.multiply,
    "neg": algebra.negative,
    "div": algebra.divide,
    "pow": algebra.power,
    "root": algebra.root,
    "sqrt": lambda table, f: algebra.power(table, f, table.number(Fraction(1, 2))),
    "exp": algebra.exponential,
    "log": algebra.log_of,
    "abs": algebra.absolute,
    "sign": algebra.signum,
    "sinh": algebra.sinh,
    "cosh": algebra.cosh,
    "asinh": algebra.asinh,
    "sech": lambda table, f: algebra.reciprocal(table, algebra.cosh(table, f)),
    "csch": lambda table, f: algebra.reciprocal(table, algebra.sinh(table, f)),
    "softplus": lambda table, f: algebra.log_of(
        table, algebra.add(table, algebra.exponential(table, f), algebra.exponential(table, table.number(Fraction(0))))
    ),
    "sin": _bounded(-_ONE, _ONE),
    "cos": _bounded(-_ONE, _ONE),
    "tanh": _monotone("tanh", -_ONE, _ONE),
    "erf": _monotone("erf", -_ONE, _ONE),
    "erfc": _erfc,
    "sigmoid": _sigmoid,
    "atan": _monotone("atan", arb(-2), arb(2)),  # pi / 2 < 2
    "atan2": lambda table, y, x: Growing(terms=ex.constant(ex.bounds(-4, 4))),
    "floor": lambda table, f: Growing(terms=ex.add(f.terms, ex.constant(ex.bounds(-1, 0)))),
    "ceil": lambda table, f: Growing(terms=ex.add(f.terms, ex.constant(ex.bounds(0, 1)))),
    "min": _extreme(True),
    "max": _extreme(False),
    "re": lambda table, f: f,
    "conj": lambda table, f: f,
    "im": lambda table, f: table.number(Fraction(0)),
    "lt": _compare(True),
    "le": _compare(True),
    "gt": _compare(False),
    "ge": _compare(False),
}
