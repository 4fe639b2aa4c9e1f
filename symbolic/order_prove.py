r"""The prover of inequalities: L <= R, L < R, and positive semidefinite differences, as trees and context -> a proof.

    convert both sides as for an equality  ->  d = R - L  ->  d >= 0 by signs, polynomials, logarithms, calculus

It runs in the worker.  The answer is JSON as that of `prove`; the normal form is what was shown of d.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import sympy

from .context import Context
from .domains import Domain
from .formal import Formal, NotFormal
from .moments import TooManyTerms
from .order_facts import known_fact
from .order_signs import Order
from .prove import both_sides, on_paths, prove, written_out
from .tree import Apply, Name, Node, integer
from .unfold import TooLarge

STRICT = ("<", ">", "succ", "prec")
SWAPPED = (">", ">=", "succ", "succeq")
MATRIX = ("succ", "succeq", "prec", "preceq")
LARGEST_MATRIX = 4


def prove_order(lhs: Node, relation: str, rhs: Node, context: Context) -> dict[str, Any]:
    """Try to prove lhs relation rhs under the declarations of the context."""
    small, large = (rhs, lhs) if relation in SWAPPED else (lhs, rhs)
    strict = relation in STRICT
    fact = known_fact(small, large, strict, context)
    if fact is not None:
        return proved([fact[0]], fact[1])
    formal = Formal(context)
    try:
        if relation in MATRIX:
            return matrix_order(formal, small, large, strict)
        left, right = both_sides(formal, small, large)
        if formal.fixed_times:
            left, right = on_paths(formal, left, right)
        if isinstance(left, sympy.MatrixBase):
            return {"status": "not formal", "reason": "matrices have no order of this kind"}
        gap = given(formal, right - left)
        order = order_of(formal)
        inferred(order, gap)
        rules = order.nonnegative(gap, strict)
    except (NotFormal, TooLarge, TooManyTerms) as error:
        return {"status": "not formal", "reason": str(error)}
    except (ValueError, TypeError, NotImplementedError, ZeroDivisionError, AttributeError) as error:
        return {"status": "not formal", "reason": f"{type(error).__name__}: {str(error)[:200]}"}
    if rules is None and not strict:
        same = prove(small, large, context)
        if same["status"] == "proved":
            return same
    if rules is None:
        return {"status": "open", "reason": "no rule shows the sign of the difference"}
    return proved([*formal.rules, *rules], [*formal.conditions])


def critical_points(body: Node, name: str, context: Context) -> list[Node]:
    """Where the derivative of the body in the name is 0, as far as it is solved for."""
    from .from_sympy import tree_from

    formal = Formal(context)
    try:
        value = formal.scalar(written_out(body, context))
        found = sympy.solve(sympy.simplify(value.diff(formal.symbol(name))), formal.symbol(name))
        return [tree_from(one) for one in found[:4] if isinstance(one, sympy.Expr) and not one.has(sympy.I)]
    except (NotFormal, TooLarge, TooManyTerms, ValueError, TypeError, NotImplementedError, AttributeError):
        return []


def proved(rules: list[str], conditions: list[str]) -> dict[str, Any]:
    unique = list(dict.fromkeys(rules))
    return {"status": "proved", "rules": unique, "conditions": conditions, "normal_form": "the difference is >= 0"}


def order_of(formal: Formal) -> Order:
    """The order prover with the bounds that the context declares of the symbols of both sides."""
    order = Order()
    for name, symbol in formal.symbols.items():
        entry = formal.context.get(name)
        if entry is not None:
            order.declare(symbol, *bounds(formal, entry.domain))
    return order


def given(formal: Formal, gap: Any) -> Any:
    """The gap with `x = y + w`, w >= 0, for every declared `x >= y` between names: once for each name."""
    for name in list(formal.symbols):
        entry = formal.context.get(name)
        if entry is None or entry.domain.is_scalar is False:
            continue
        found = relative_bound(formal, name, entry.domain)
        if found is not None and formal.symbol(name) not in found[0].free_symbols:
            value, sign, strict = found
            width = sympy.Dummy("w", **({"positive": True} if strict else {"nonnegative": True}))
            gap = gap.subs(formal.symbol(name), value + sign * width)
    return gap


def relative_bound(formal: Formal, name: str, domain: Domain) -> tuple[Any, int, bool] | None:
    """The bound of a name by other names: (value, +1 above it or -1 below it, strict); None where there is none."""
    for bound, sign in ((domain.low, 1), (domain.high, -1)):
        value = formal.scalar(bound.value) if bound is not None else None
        if value is not None and bound is not None and value.free_symbols:
            return value, sign, not bound.closed
    signs = {"gt": (1, True), "ge": (1, False), "lt": (-1, True), "le": (-1, False)}
    for condition in domain.conditions:
        if not isinstance(condition, Apply) or condition.op not in signs:
            continue
        (left, right), (sign, strict) = condition.args, signs[condition.op]
        if left == Name(name):
            return formal.scalar(right), sign, strict
        if right == Name(name):
            return formal.scalar(left), -sign, strict
    return None


def inferred(order: Order, gap: Any) -> None:
    """sqrt(c x + d) and log(c x + d) have values for c x + d >= 0 only: what is shown need hold there alone."""
    arguments = [(r.base, True) for r in gap.atoms(sympy.Pow) if r.exp == sympy.Rational(1, 2)]
    arguments += [(logarithm.args[0], False) for logarithm in gap.atoms(sympy.log)]
    for argument, closed in arguments:
        symbols = list(argument.free_symbols)
        if len(symbols) != 1 or not argument.is_polynomial(symbols[0]) or sympy.degree(argument, symbols[0]) != 1:
            continue
        slope = argument.coeff(symbols[0], 1)
        end = sympy.cancel(-argument.coeff(symbols[0], 0) / slope)
        low, high = order.ends(symbols[0])
        if slope > 0 and (low is None or low[0] < end):
            order.bounds[symbols[0]] = ((end, closed), high)
        elif slope < 0 and (high is None or high[0] > end):
            order.bounds[symbols[0]] = (low, (end, closed))


def bounds(formal: Formal, domain: Domain) -> tuple[Any, Any]:
    """The lower and upper bound of a name, each (value, closed) or None; only numbers count."""
    found = []
    for bound in (domain.low, domain.high):
        value = formal.scalar(bound.value) if bound is not None else None
        usable = value is not None and value.is_number and value.is_finite
        found.append((value, bound.closed) if usable and bound is not None else None)
    return found[0], found[1]


def matrix_order(formal: Formal, small: Node, large: Node, strict: bool) -> dict[str, Any]:
    """large - small is positive (semi)definite: its principal minors are (nonnegative) positive."""
    sides = []
    for side, other in ((small, large), (large, small)):
        del other
        sides.append(None if side == integer(0) else both_sides(formal, side, side)[0])
    shaped = next(s for s in sides if s is not None)
    if not isinstance(shaped, sympy.MatrixBase) or shaped.rows != shaped.cols or shaped.rows > LARGEST_MATRIX:
        return {"status": "not formal", "reason": "expected square matrices of at most 4 rows"}
    left, right = (sympy.zeros(shaped.rows) if s is None else sympy.Matrix(s) for s in sides)
    gap = (right - left).applyfunc(sympy.simplify)
    if gap != gap.T:
        return {"status": "open", "reason": "the difference is not symmetric"}
    order, rules = order_of(formal), ["a symmetric matrix is positive by its principal minors"]
    for size in range(1, gap.rows + 1):
        for chosen in combinations(range(gap.rows), size):
            if strict and chosen != tuple(range(size)):
                continue
            minor = gap.extract(list(chosen), list(chosen)).det()
            found = order.nonnegative(minor, strict)
            if found is None:
                return {"status": "open", "reason": "no rule shows the sign of a principal minor"}
            rules += found
    return proved([*formal.rules, *rules], [*formal.conditions])
