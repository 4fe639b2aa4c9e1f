r"""Quantities taken for each other: wrong variants of the true side that reproduce the written one.

    tr J / det J            (A B)^-1 = A^-1 B^-1        E[u]^2 for E[u^2]        (u v)' = u' v'
    Cov(A X + b): A^T S A, A S A, A A^T, A S            entrywise inverse        partial for total derivative
    p_N(y): 1/det S, no normaliser, no 1/2, S for S^-1  det(c M) = c det M       f(u + v) = f(u) + f(v)

A variant says what went wrong; the corrected formula comes from `right`, the textbook form of the node, or from the
value of the true side.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..symbolic.context import Context
from ..symbolic.shapes import ShapeError, shape_of
from ..symbolic.tree import FUNCTIONS, Apply, Array, Bind, Call, Node, Number, add, integer, mul, neg
from .law_confusions import Confusion, of_density, of_derivative, of_expectation, of_moment
from .slips import TWO, is_op, shown, terms_of


def confusions(node: Node, context: Context) -> Iterator[Confusion]:
    """The typical wrong values of one node."""
    if isinstance(node, Apply):
        yield from of_operation(node)
        yield from of_power(node)
        yield from of_logarithm(node)
        yield from of_matrix(node, context)
        yield from of_moment(node, context)
    elif isinstance(node, Bind):
        yield from of_derivative(node, context)
        yield from of_expectation(node)
    elif isinstance(node, Call):
        yield from of_density(node, context)


# -- operations --------------------------------------------------------------------------------------------------------
def of_operation(node: Apply) -> Iterator[Confusion]:
    first = node.args[0] if node.args else None
    if node.op in (*FUNCTIONS, "det", "inverse") and len(node.args) == 1 and first is not None:
        if len(terms := terms_of(first)) > 1:
            wrong = Apply("add", tuple(Apply(node.op, (t,)) for t in terms))
            yield Confusion("term by term", f"{node.op} of a sum is no sum of {node.op}s.", wrong)
            if node.op == "sqrt":
                wrong = Apply("add", tuple(rooted(t) for t in terms))
                yield Confusion("term by term", "The root of a sum is no sum of roots.", wrong)
        if is_op(first, "mul") and isinstance(first, Apply) and node.op not in ("det", "inverse", "abs", "sqrt"):
            front, rest = first.args[0], mul(*first.args[1:])
            message = f"The factor {shown(front)} cannot be pulled out of the argument of {node.op}."
            yield Confusion("multiple pulled out", message, mul(front, Apply(node.op, (rest,))))


def rooted(term: Node) -> Node:
    """sqrt(u^2) as careless as it is written: u."""
    if isinstance(term, Apply) and term.op == "pow" and term.args[1] == TWO:
        return term.args[0]
    return Apply("sqrt", (term,))


def of_power(node: Apply) -> Iterator[Confusion]:
    if node.op == "pow" and len(terms := terms_of(node.args[0])) > 1:
        wrong = Apply("add", tuple(Apply("pow", (t, node.args[1])) for t in terms))
        yield Confusion("term by term", "A power of a sum is no sum of powers.", wrong, square(node))
    if node.op == "pow" and is_op(node.args[0], "pow") and isinstance(node.args[0], Apply):
        base, inner = node.args[0].args
        right = Apply("pow", (base, product_of(inner, node.args[1])))
        wrong = Apply("pow", (base, add(inner, node.args[1])))
        yield Confusion("exponents", "The exponents of a power of a power are multiplied, not added.", wrong, right)
    if node.op == "mul" and all(is_op(p, "pow") for p in node.args) and len(node.args) == 2:
        (base, m), (other, n) = (p.args for p in node.args if isinstance(p, Apply))
        if base == other:
            wrong, right = Apply("pow", (base, mul(m, n))), Apply("pow", (base, sum_of(m, n)))
            yield Confusion(
                "exponents", "The exponents of a product of powers are added, not multiplied.", wrong, right
            )


def of_logarithm(node: Apply) -> Iterator[Confusion]:
    first = node.args[0] if node.args else None
    if node.op == "log" and isinstance(first, Apply) and first.op in ("mul", "div"):
        logs = tuple(Apply("log", (p,)) for p in first.args)
        right = Apply("add", logs) if first.op == "mul" else Apply("add", (logs[0], neg(logs[1])))
        message = "The logarithm of a product is a sum, and of a quotient a difference, of logarithms."
        yield Confusion("log rule", message, Apply(first.op, logs), right)
    if node.op == "mul" and is_op(node.args[-1], "log") and isinstance(node.args[-1], Apply):
        front, inner = mul(*node.args[:-1]), node.args[-1].args[0]
        message = "A factor in front of a logarithm is a power inside it, not a factor."
        right = Apply("log", (Apply("pow", (inner, front)),))
        yield Confusion("log rule", message, Apply("log", (mul(front, inner),)), right)


def lost_operation(node: Node) -> Iterator[Confusion]:
    """f(u) = u: the operation itself was forgotten."""
    names = {
        "sqrt": ("missing root", "The square root was not taken."),
        "pow": ("power", "The power was not taken."),
        "log": ("missing log", "The logarithm was not taken."),
        "exp": ("missing exponential", "The exponential was not taken."),
        "inverse": ("inverse", "The matrix is not inverted."),
        "transpose": ("transposed", "The matrix is not transposed."),
        "abs": ("modulus", "The absolute value was not taken."),
    }
    if isinstance(node, Apply) and node.op in names:
        kind, message = names[node.op]
        yield Confusion(kind, message, node.args[0])


def square(node: Apply) -> Node | None:
    """(u + v)^2 written out."""
    terms = terms_of(node.args[0])
    if node.args[1] != TWO or len(terms) != 2:
        return None
    u, v = terms
    minus = is_op(v, "neg")
    plain_v = v.args[0] if isinstance(v, Apply) and minus else v
    cross = mul(TWO, u, plain_v)
    return add(Apply("pow", (u, TWO)), neg(cross) if minus else cross, Apply("pow", (plain_v, TWO)))


def product_of(a: Node, b: Node) -> Node:
    return Number(a.value * b.value) if isinstance(a, Number) and isinstance(b, Number) else mul(a, b)


def sum_of(a: Node, b: Node) -> Node:
    return Number(a.value + b.value) if isinstance(a, Number) and isinstance(b, Number) else add(a, b)


# -- matrices ----------------------------------------------------------------------------------------------------------
def of_matrix(node: Apply, context: Context) -> Iterator[Confusion]:
    if node.op in ("trace", "det", "inverse", "transpose") and node.args:
        inside = node.args[0]
        size = size_of(inside, context)
        if node.op == "trace":
            diagonal = [entry(inside, i, i) for i in range(1, size + 1)]
            message = "The determinant stands where the trace belongs."
            yield Confusion("det for trace", message, Apply("det", (inside,)), add(*diagonal) if diagonal else None)
            if size:
                everything = [entry(inside, i, j) for i in range(1, size + 1) for j in range(1, size + 1)]
                message = "The trace sums the diagonal alone; entries off it are counted too."
                yield Confusion("trace", message, add(*everything), add(*diagonal))
        if node.op == "det":
            message = "The trace stands where the determinant belongs."
            yield Confusion("trace for det", message, Apply("trace", (inside,)), determinant(inside, size))
            if size == 2:
                message = "The determinant is a d - b c; the sign between the products is wrong."
                yield Confusion("determinant", message, permanent(inside), determinant(inside, size))
            yield from scalar_out(inside, size)
        if node.op == "inverse" and size:
            one = integer(1)
            rows = range(1, size + 1)
            reciprocals = Array(tuple(tuple(Apply("div", (one, entry(inside, i, j))) for j in rows) for i in rows))
            yield Confusion("entrywise inverse", "A matrix is not inverted entry by entry.", reciprocals)
            yield from wrong_adjugates(inside, size)
        if node.op in ("inverse", "transpose") and is_op(inside, "mul") and isinstance(inside, Apply):
            parts = tuple(Apply(node.op, (p,)) for p in inside.args)
            message = f"The {node.op} of a product reverses the order of its factors."
            yield Confusion("order", message, Apply("mul", parts), Apply("mul", parts[::-1]))


def scalar_out(inside: Node, size: int) -> Iterator[Confusion]:
    if isinstance(inside, Apply) and inside.op in ("mul", "div") and size:
        front, matrix = (inside.args[0], mul(*inside.args[1:])) if inside.op == "mul" else inside.args[::-1]
        inner = Apply("det", (matrix,))
        power = Apply("pow", (front, integer(size)))
        wrong, right = (
            (mul(front, inner), mul(power, inner))
            if inside.op == "mul"
            else (Apply("div", (inner, front)), Apply("div", (inner, power)))
        )
        message = f"A scalar leaves a determinant with a power: {shown(front)} should be to the power {size}."
        yield Confusion("scalar out of det", message, wrong, right)


def wrong_adjugates(inside: Node, size: int) -> Iterator[Confusion]:
    if size != 2:
        return
    a, b, c, d = (entry(inside, i, j) for i in (1, 2) for j in (1, 2))
    det = Apply("det", (inside,))
    right = Apply("div", (Array(((d, neg(b)), (neg(c), a))), det))
    for kind, message, rows in (
        ("diagonal", "The entries on the diagonal are not exchanged.", ((a, neg(b)), (neg(c), d))),
        ("off-diagonal signs", "The signs off the diagonal are not changed.", ((d, b), (c, a))),
        ("adjugate", "The inverse needs its diagonal exchanged and its other signs changed.", ((a, b), (c, d))),
    ):
        yield Confusion(kind, message, Apply("div", (Array(rows), det)), right)
    message = "The adjugate must be divided by the determinant."
    yield Confusion("determinant of inverse", message, Array(((d, neg(b)), (neg(c), a))), right)


def size_of(node: Node, context: Context) -> int:
    """The size of a small square matrix, else 0."""
    try:
        shape = shape_of(node, context)
    except ShapeError:
        return 0
    if shape is None or len(shape) != 2 or shape[0] != shape[1] or not isinstance(shape[0], int):
        return 0
    return shape[0] if 2 <= shape[0] <= 4 else 0


def entry(node: Node, i: int, j: int) -> Node:
    if isinstance(node, Array):
        return node.rows[i - 1][j - 1]
    return Apply("entry", (node, integer(i), integer(j)))


def determinant(inside: Node, size: int) -> Node | None:
    if size != 2:
        return None
    a, b, c, d = (entry(inside, i, j) for i in (1, 2) for j in (1, 2))
    return add(mul(a, d), neg(mul(b, c)))


def permanent(inside: Node) -> Node:
    a, b, c, d = (entry(inside, i, j) for i in (1, 2) for j in (1, 2))
    return add(mul(a, d), mul(b, c))
