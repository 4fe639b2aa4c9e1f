r"""Infinite sums in balls: terms up to a cut, and a proved bound of all that follow.

    sum_{k >= a} t(k)  =  sum_{k=a}^{N} t(k)  +  tail,   |tail| <= int_N^inf B(x) dx,   |t(x)| <= B(x) for x >= N,

with B decreasing, from the growth table (`numeric/growth.py`).  A term is first taken apart into factors: what is
b^e(k) or exp(q(k)) joins one exponent, a factorial in a denominator enters it by Stirling's lower bound

    m! >= (m/e)^m >= exp(m (log M - 1))   for m >= M,

and what is left is algebraic.  Where the terms decay like a power the cut leaves a wide ball: it can refute, and says
nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb

from ..numeric.balls import Indeterminate, RealBalls, Undefined, ball_interval, working_precision
from ..numeric.unbounded import bound_beyond
from ..symbolic.evaluate import Evaluator, Value
from ..symbolic.tree import Apply, Bind, Name, Node, Number, add, free_names, integer, mul, neg, substitute
from .integrals import componentwise, in_growth, is_infinite

if TYPE_CHECKING:
    from .interpret import Meaning

FIRST_CUT = 32
LARGEST_CUT = 1 << 12
SLOW = Fraction(1, 40)  # a tail that shrinks less than this from one cut to the next decays like a power


@dataclass(frozen=True, slots=True)
class Term:
    """A product: algebraic factors and one exponent; `signed` when the sign of a base was dropped, or a bound used."""

    factors: tuple[Node, ...]
    exponent: tuple[Node, ...]
    factorials: tuple[Node, ...]
    signed: bool


def is_endless(node: Node) -> bool:
    """Whether the node is a sum or a product with an infinite bound."""
    return isinstance(node, Bind) and node.op in ("sum", "product") and any(is_infinite(a) for a in node.args[1:])


def infinite_sum(meaning: Meaning, ev: Evaluator, node: Bind) -> Value:
    """The enclosure of a sum with an infinite bound.

    Raises:
        Undefined: the sum certainly diverges.
        Indeterminate: no bound of its tail is known.
    """
    if len(node.names) != 1 or node.op != "sum":
        raise Indeterminate("an infinite product is not enclosed", more_bits_may_help=False)
    body, low, high = node.args
    name = node.names[0]
    if not isinstance(ev.table, RealBalls):
        return under_a_derivative(meaning, ev, body, name, low, high)
    if is_infinite(low) and not is_infinite(high):
        return one_sided(meaning, ev, mirrored(body, name), name, neg(high))
    if is_infinite(low):
        rest = one_sided(meaning, ev, mirrored(body, name), name, integer(1))
        return ev.table.apply("add", (one_sided(meaning, ev, body, name, integer(0)), rest))
    return one_sided(meaning, ev, body, name, low)


def under_a_derivative(meaning: Meaning, ev: Evaluator, body: Node, name: str, low: Node, high: Node) -> Value:
    """Term by term: every dual part of the terms is a series of its own, with a bound of its own tail.

    The series of the derivatives converges uniformly near the point, as its bound holds for the whole ball.
    """
    from .interpret import whole

    first = whole(ev, ev.value(low))
    if first is None or not is_infinite(high):
        raise Indeterminate("an infinite sum inside a derivative is not enclosed", more_bits_may_help=False)

    def enclose(integrand: Any, bits: int) -> arb:
        table, cut = RealBalls(bits), max(FIRST_CUT, 2 * first)
        while cut <= LARGEST_CUT:
            try:
                tail = bound_beyond(integrand, 1, cut, bits)
            except (Undefined, Indeterminate):
                tail = None
            if tail is not None and tail < arb(2) ** -(bits // 2):
                parts = [integrand(table, table.number(Fraction(k))) for k in range(first, cut + 1)]
                with working_precision(bits):
                    return arb(table.apply("add", tuple(parts))) + arb(0, tail.upper())
            cut *= 2
        raise Indeterminate("the decay of the terms of a sum is not known", more_bits_may_help=False)

    return componentwise(meaning, ev, body, name, enclose)


def mirrored(body: Node, name: str) -> Node:
    """The terms at -k."""
    return substitute(body, {name: neg(Name(name))})


def one_sided(meaning: Meaning, ev: Evaluator, body: Node, name: str, low: Node) -> Value:
    from .interpret import whole

    first = whole(ev, ev.value(low))
    if first is None:
        raise Indeterminate("the lower bound of a sum is no whole number", more_bits_may_help=False)
    terms = [taken_apart(part, name) for part in addends(body, name)]
    cut, tail = best_cut(meaning, ev, terms, name, max(FIRST_CUT, 2 * first))
    parts = [meaning_at(meaning, ev, name, k).value(body) for k in range(first, cut + 1)]
    total = ev.table.apply("add", tuple(ev.scalar(p) for p in parts))
    with working_precision(ev.table.bits):
        return arb(total) + arb(0, tail.upper())


def meaning_at(meaning: Meaning, ev: Evaluator, name: str, k: int) -> Evaluator:
    return meaning.inside(ev, {name: ev.table.number(Fraction(k))})


def best_cut(meaning: Meaning, ev: Evaluator, terms: list[Term], name: str, cut: int) -> tuple[int, arb]:
    """The first cut at which the tail is below the precision, or the last that is worth its terms."""
    best: tuple[int, arb] | None = None
    while cut <= LARGEST_CUT:
        bounds = [tail_of(meaning, ev, term, name, cut, alone=len(terms) == 1) for term in terms]
        if all(b is not None for b in bounds):
            tail = sum((b for b in bounds if b is not None), arb(0))
            slow = best is not None and not tail < best[1] * arb(SLOW.numerator) / SLOW.denominator
            best = cut, tail
            if tail < arb(2) ** -ev.table.bits or slow:
                break
        cut *= 2
    if best is None:
        raise Indeterminate("the decay of the terms of a sum is not known", more_bits_may_help=False)
    return best


def tail_of(meaning: Meaning, ev: Evaluator, term: Term, name: str, cut: int, alone: bool) -> arb | None:
    """A bound of the sum of |term| beyond the cut, or None."""
    exponent = list(term.exponent)
    for m in term.factorials:
        start = value_at(meaning, ev, m, name, cut)
        if start is None or start < 3:
            return None
        # log M - 1 from M = m(cut); m grows with k, so the bound holds for all that follow.
        exponent.append(neg(mul(m, add(Apply("log", (Number(start),)), integer(-1)))))
    body = mul(*term.factors, Apply("exp", (add(*exponent),))) if exponent else mul(integer(1), *term.factors)

    def integrand(table: Any, x: Any) -> Any:
        here = in_growth(meaning, table)
        return here.inside(Evaluator(table, here), {name: x}, table).value(body)

    try:
        return bound_beyond(integrand, 1, cut, ev.table.bits)
    except Undefined:
        if term.signed or term.factorials or not alone:
            return None
        raise Undefined("the sum diverges: far out its terms are at least a multiple of 1/k in size") from None
    except Indeterminate:
        return None


def value_at(meaning: Meaning, ev: Evaluator, node: Node, name: str, k: int) -> Fraction | None:
    low, high = ball_interval(meaning_at(meaning, ev, name, k).value(node))
    return low if isinstance(low, Fraction) and low == high else None


# -- taking a term apart -----------------------------------------------------------------------------------------------
def addends(body: Node, name: str) -> list[Node]:
    """The terms of a sum that is written as one; a sum inside a product stays."""
    if isinstance(body, Apply) and body.op == "add":
        return [part for a in body.args for part in addends(a, name)]
    if isinstance(body, Apply) and body.op == "neg":
        return [neg(part) for part in addends(body.args[0], name)]
    if isinstance(body, Apply) and body.op == "div" and isinstance(body.args[0], Apply) and body.args[0].op == "add":
        return [Apply("div", (part, body.args[1])) for part in addends(body.args[0], name)]
    return [body]


def taken_apart(body: Node, name: str) -> Term:
    found = Term((), (), (), False)
    stack: list[tuple[Node, int]] = [(body, 1)]
    while stack:
        node, sign = stack.pop()
        found, more = with_factor(found, node, sign, name)
        stack.extend(more)
    return found


def with_factor(term: Term, node: Node, sign: int, name: str) -> tuple[Term, list[tuple[Node, int]]]:
    """The term with one factor more (sign -1: in the denominator), and the factors into which it falls."""
    if isinstance(node, Apply) and name in free_names(node):
        if node.op in ("mul", "neg"):
            return replace(term, signed=term.signed or node.op == "neg"), [(a, sign) for a in node.args]
        if node.op == "div":
            return term, [(node.args[0], sign), (node.args[1], -sign)]
        if node.op == "exp":
            return replace(term, exponent=(*term.exponent, signed(node.args[0], sign))), []
        if node.op == "pow" and name not in free_names(node.args[0]):
            # |b|^e = exp(e log |b|): the sign of the base does not matter for a bound.
            size = Apply("log", (Apply("abs", (node.args[0],)),))
            power = signed(mul(node.args[1], size), sign)
            doubtful = not (isinstance(node.args[0], Number) and node.args[0].value > 0)
            return replace(term, exponent=(*term.exponent, power), signed=term.signed or doubtful), []
        if node.op == "factorial" and sign < 0 and rising(node.args[0], name):
            return replace(term, factorials=(*term.factorials, node.args[0])), []
    one = node if sign > 0 else Apply("div", (integer(1), node))
    return replace(term, factors=(*term.factors, one)), []


def signed(node: Node, sign: int) -> Node:
    return node if sign > 0 else neg(node)


def rising(node: Node, name: str) -> bool:
    """Whether the node is c k + d with a whole c >= 1 by its form."""
    if isinstance(node, Name):
        return node.name == name
    if isinstance(node, Apply) and node.op == "add":
        dependent = [a for a in node.args if name in free_names(a)]
        return len(dependent) == 1 and rising(dependent[0], name)
    if isinstance(node, Apply) and node.op == "mul":
        dependent = [a for a in node.args if name in free_names(a)]
        others = [a for a in node.args if name not in free_names(a)]
        positive = all(isinstance(a, Number) and a.value > 0 for a in others)
        return len(dependent) == 1 and positive and rising(dependent[0], name)
    return False
