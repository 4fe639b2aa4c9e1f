r"""Wrong numbers: one written number solved for, a constant factor, arithmetic that does not come out.

The number is found by the secant method on  L - R(c) = 0  at one point, recognised as a rational of small height, and
verified at the other points.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numeric.balls import to_ball, working_precision
from ..symbolic.evaluate import Grid, Value
from ..symbolic.printing import plain
from ..symbolic.tree import ARITHMETIC, CONSTANTS, Apply, Array, Name, Node, Number, mul, size, walk
from .agreement import Bench, exact_tree, number_tree, rational_in
from .controls import replaced
from .narrowing import Focus

SOLVE_BITS = 320
STEPS = 14


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnosis with its corrected right side as a tree; None where the correction is the true side itself."""

    kind: str
    message: str
    tree: Node | None


def value_of(bench: Bench, node: Node) -> Value:
    return bench.value(node, bench.wrong_at, 512)


def is_numeric(bench: Bench, rhs: Node) -> bool:
    """Whether the written part is plain arithmetic of written numbers, against a constant."""
    operations = (*ARITHMETIC, "sqrt")
    for node in walk(rhs):
        known = isinstance(node, Number | Array) or (isinstance(node, Apply) and node.op in operations)
        if not known and not (isinstance(node, Name) and node.name in CONSTANTS):
            return False
    return bench.constant and not any(isinstance(n, Name) for n in walk(rhs))


def arithmetic(bench: Bench, focus: Focus) -> Found | None:
    """The value that should have come out, where it is rational."""
    value = exact_tree(value_of(bench, focus.lhs))
    if value is None or size(value) > 60:
        return None
    subject = focus.entry or "the right side"
    return Found("arithmetic", f"The arithmetic does not come out: {subject} should be {plain(value)}.", value)


def wrong_number(bench: Bench, focus: Focus) -> Found | None:
    """One written number solved for: sides that agree with another number there, at every point."""
    numbers = [(i, n) for i, n in enumerate(walk(focus.rhs)) if isinstance(n, Number)]
    if bench.constant and len(numbers) > 1:
        return None
    exponents = {
        i + 1 + size(n.args[0]) for i, n in enumerate(walk(focus.rhs)) if isinstance(n, Apply) and n.op == "pow"
    }
    for index, node in numbers[:12]:
        value = solved(bench, focus, index, node)
        if value is None or value == node.value:
            continue
        candidate = replaced(focus.rhs, index, number_tree(value))
        if bench.accepts(candidate):
            kind, subject = ("exponent", "exponent") if index in exponents else ("number", "number")
            message = f"The {subject} {plain(node)} should be {plain(number_tree(value))}."
            return Found(kind, message, candidate)
    return None


def solved(bench: Bench, focus: Focus, index: int, node: Number) -> Fraction | None:
    """The secant method for the number, at the point where the sides differ; a rational of small height or None."""
    target = first_apart(bench, bench.value(focus.lhs, bench.wrong_at, SOLVE_BITS))

    def residual(value: Any) -> Any:
        exact = Fraction(int(value.man_exp()[0])) * Fraction(2) ** int(value.man_exp()[1])
        got = bench.value(replaced(focus.rhs, index, Number(exact)), bench.wrong_at, SOLVE_BITS)
        return to_ball(first_apart(bench, got) - target).mid()

    try:
        with working_precision(SOLVE_BITS):
            a, b = (ball(v) for v in (node.value, node.value * Fraction(9, 8) + Fraction(1, 16)))
            fa, fb = residual(a), residual(b)
            for _ in range(STEPS):
                if fb == 0 or fb == fa:
                    break
                a, b, fa = b, (b - fb * (b - a) / (fb - fa)).mid(), fb
                if abs(b) > 10**6:
                    return None
                fb = residual(b)
            return rational_in(b, bits=160, largest=1000)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return None


def ball(value: Fraction) -> Any:
    from flint import arb, fmpq

    return arb(fmpq(value.numerator, value.denominator)).mid()


def first_apart(bench: Bench, value: Value) -> Any:
    """A scalar, or the first entry of a matrix."""
    return value.rows[0][0] if isinstance(value, Grid) else value


def constant_ratio(bench: Bench, focus: Focus) -> Found | None:
    """L = c R with one simple c at every point."""
    left, right = (bench.value(n, bench.wrong_at, SOLVE_BITS) for n in (focus.lhs, focus.rhs))
    if isinstance(left, Grid) or isinstance(right, Grid) or left is None or right is None:
        return None
    try:
        with working_precision(SOLVE_BITS):
            factor = rational_in(to_ball(left) / to_ball(right), bits=160, largest=1000)
    except (TypeError, ValueError, ZeroDivisionError, AttributeError):
        return None
    if factor is None or factor == 0:
        return None
    candidate = mul(number_tree(factor), focus.rhs)
    if not bench.accepts(candidate):
        return None
    return Found("factor", f"The right side should be multiplied by {plain(number_tree(factor))}.", candidate)
