r"""Values at places: `\left. g \right|_{x=a}`, `[F]_a^b`, `\left. F \right|_0^\infty`, and primes of known functions.

    [F]_a^b  =  F(b) - F(a),  an end at which F is infinite or of the form 0 times infinity being a limit from inside
    \tanh'(u)  =  d tanh(v)/dv  at v = u

The variable is the one that is written (`_{x=a}`), else the variable of an integral beside the bracket, else the only
free name of F.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .source import ReadError, Span
from .syntax import Command, Group, Relation, Script, Sequence, Syntax, Word
from .tree import Apply, Bind, Call, Name, Node, Number, add, fold, free_names, neg, size, substitute, walk

if TYPE_CHECKING:
    from .elaborate import Elaborator

# The variable of a derivative that has no name of its own in the text.
INNER = "v_"
# Functions whose argument 0 is no point of continuity.
SINGULAR_AT_ZERO = ("log", "loggamma", "digamma", "gamma", "cot", "csc", "coth", "csch", "sign")
# A constant is looked at where it is short: nothing grows here.
MAX_BITS, MAX_EXPONENT = 400, 40
MOST_NODES = 1_000
INFINITIES = (Name("inf"), neg(Name("inf")))


def is_evaluated(syntax: Script) -> bool:
    """A bar with a place, or square brackets with two bounds."""
    group = syntax.base
    if not isinstance(group, Group) or syntax.primes or syntax.sub is None or len(group.items) != 1:
        return False
    return group.open == "at" or (group.open == "[" and syntax.sup is not None)


def evaluated(el: Elaborator, syntax: Script) -> Node:
    """The value at a place, or the difference of the values at two."""
    assert isinstance(syntax.base, Group) and syntax.sub is not None
    inside, span = syntax.base.items[0], syntax.span
    low, high = places(syntax.sub), places(syntax.sup) if syntax.sup is not None else []
    if syntax.sup is None:
        return at_all(el, inside, low, span)
    if len(low) != 1 or len(high) != 1:
        raise ReadError("expected one place below and one above", span)
    written = low[0][0] or high[0][0]
    body = within(el, inside, written)
    name = written or variable(el, body, span)
    if name not in free_names(body):
        raise ReadError(f"expected '{name}' to occur where it is given bounds", span)
    ends = (el.node(low[0][1]), el.node(high[0][1]))
    first, last = (end_value(body, name, ends[i], ends[1 - i], above=not i, span=span) for i in (0, 1))
    return add(last, neg(first))


def at_all(el: Elaborator, inside: Syntax, where: list[tuple[str, Syntax]], span: Span) -> Node:
    """`g |_{x=a, y=b}`: all values at once."""
    body = within(el, inside, *(name for name, _ in where if name))
    points = [el.node(place) for _, place in where]
    names = [name or variable(el, body, span) for name, _ in where]
    if any(free_names(point) & set(names) for point in points[1:]) or len(set(names)) < len(names):
        raise ReadError("not read: values at places that depend on each other", span)
    for name, point in zip(names, points, strict=True):
        if name not in free_names(body):
            raise ReadError(f"expected '{name}' to occur where it is given a value", span)
        body = Bind("at", (name,), (body, point), "", span)
    return body


def within(el: Elaborator, inside: Syntax, *names: str) -> Node:
    """The expression with the names as variables of its own, unless they are declared."""
    inner = el.with_bound(*(n for n in names if n and not el.knows(n)))
    body = inner.node(inside)
    el.context = inner.context
    return body


def places(script: Syntax) -> list[tuple[str, Syntax]]:
    """`x = a, y = b` or `a`: names (or "") and places."""
    items = script.items if isinstance(script, Group) and script.open == "{" else (script,)
    found: list[tuple[str, Syntax]] = []
    for item in items:
        if isinstance(item, Relation):
            name = item.sides[0]
            if len(item.sides) != 2 or item.relations[0].text != "=" or not isinstance(name, Word):
                raise ReadError("expected a place as x = a", item.span)
            found.append((name.text, item.sides[1]))
        else:
            found.append(("", item))
    return found


def integration_names(*sides: Syntax | None) -> tuple[str, ...]:
    r"""The names behind a d in a formula with an integral sign: `\int .. dx`."""
    stack: list[Syntax] = [side for side in sides if side is not None]
    names: dict[str, None] = {}
    integrals = False
    while stack:
        current = stack.pop()
        integrals |= isinstance(current, Command) and current.name.startswith("int")
        if isinstance(current, Sequence):
            pairs = zip(current.items, current.items[1:], strict=False)
            found = (b.text for a, b in pairs if isinstance(a, Word) and a.text == "d" and isinstance(b, Word))
            names.update(dict.fromkeys(found))
        stack.extend(look.parts(current))
    return tuple(names) if integrals else ()


def variable(el: Elaborator, body: Node, span: Span) -> str:
    """The name whose value a bare bound is."""
    free = {n for n in free_names(body) if el.shape(Name(n)) in ((), None)}
    for candidates in (free & set(el.integrated), free):
        if len(candidates) == 1:
            return next(iter(candidates))
    raise ReadError("expected the variable of the bracket", span, "write [F]_{x=a}^{x=b}")


def end_value(body: Node, name: str, end: Node, other: Node, *, above: bool, span: Span) -> Node:
    """F at an end; its limit from inside where the end is infinite or F is singular there."""
    if end in INFINITIES:
        return Bind("limit", (name,), (body, end), "", span)
    if singular(body, name, end):
        left, right = rational(end), rational(other)
        if left is not None and right is not None:
            above = left < right
        elif other in INFINITIES:
            above = other == Name("inf")
        return Bind("limit", (name,), (body, end), "+" if above else "-", span)
    return Bind("at", (name,), (body, end), "", span)


def singular(body: Node, name: str, end: Node) -> bool:
    """Whether some logarithm, denominator or negative power has the argument 0 at the end."""
    if size(body) > MOST_NODES:
        raise ReadError("expected a shorter expression before its bounds", body.span)
    for node in walk(body):
        inside = singular_part(node)
        if inside is not None and name in free_names(inside) and rational(substitute(inside, {name: end})) == 0:
            return True
    return False


def singular_part(node: Node) -> Node | None:
    """What must not be 0."""
    if not isinstance(node, Apply):
        return None
    if node.op in SINGULAR_AT_ZERO:
        return node.args[0]
    if node.op == "div":
        return node.args[1]
    exponent = rational(node.args[1]) if node.op == "pow" else None
    return node.args[0] if node.op == "pow" and (exponent is None or exponent < 0) else None


def rational(node: Node) -> Fraction | None:
    """The value of an arithmetic tree of rational numbers; None for anything else."""
    found: Fraction | None = fold(node, value_of)
    return found


def constants(node: Node) -> set[Fraction]:
    """The values of all parts of a tree that are arithmetic of rational numbers."""
    found: set[Fraction] = set()

    def combine(n: Node, parts: tuple[Fraction | None, ...]) -> Fraction | None:
        value = value_of(n, parts)
        if value is not None:
            found.add(value)
        return value

    fold(node, combine)
    return found


def value_of(n: Node, parts: tuple[Fraction | None, ...]) -> Fraction | None:
    """A node from the values of its parts; None where it has no short rational one."""
    if isinstance(n, Number):
        return n.value
    known = [p for p in parts if p is not None]
    if not isinstance(n, Apply) or len(known) < len(parts) or any(bits(p) > MAX_BITS for p in known):
        return None
    if n.op == "add":
        return sum(known, Fraction(0))
    if n.op == "neg":
        return -known[0]
    if n.op == "mul":
        return reduce(mul, known)
    if n.op == "div":
        return known[0] / known[1] if known[1] else None
    if n.op == "pow" and known[1].denominator == 1 and 0 <= known[1] <= MAX_EXPONENT:
        return Fraction(known[0] ** int(known[1]))
    return known[0] if n.op in ("sqrt", "abs") and known[0] == 0 else None


def bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


# -- primes ------------------------------------------------------------------------------------------------------------
def primed(applied: Node, primes: int, span: Span) -> Node:
    r"""`f'(u)` of a declared function, `\tanh'(u)` of a known one."""
    if isinstance(applied, Call):
        return Call(applied.name + "'" * primes, applied.args, span)
    if isinstance(applied, Apply) and len(applied.args) == 1 and applied.op not in ("abs", "norm", "det", "trace"):
        inner = Apply(applied.op, (Name(INNER),), span)
        slope = Bind("diff", (INNER,) * primes, (inner,), "d", span)
        return Bind("at", (INNER,), (slope, applied.args[0]), "", span)
    raise ReadError("expected a function before the prime", span)


def order_in_brackets(sup: Syntax | None) -> Syntax | None:
    """What stands in the brackets of `f^{(3)}`, `x^{(i)}`; None for any other exponent."""
    if isinstance(sup, Group) and sup.open == "{" and len(sup.items) == 1:
        inner = sup.items[0]
        if isinstance(inner, Group) and inner.open == "(" and len(inner.items) == 1:
            return inner.items[0]
    return None
