r"""Concrete invertible maps, with their inverses in closed form, for claims about an undefined f and its f^{-1}.

On the line f(u) = a sinh(b u + c) + d, or an affine map, rising or falling (the exponential of an affine map where the
values must be positive).  In n dimensions f(z) = L U (f_1(z_1), .., f_n(z_n)) + d with unit triangular L and U, whose
Jacobian has no zero entry; the inverse substitutes back.
"""

from __future__ import annotations

import random
from fractions import Fraction

from ..symbolic.context import Context
from ..symbolic.tree import Apply, Name, Node, Number, add, column, mul, neg, substitute

LARGEST = 3


def rational(r: random.Random, low: int = 1, high: int = 9) -> Node:
    """A short rational of either sign."""
    return Number(Fraction(r.choice((-1, 1)) * r.randint(low, high), r.choice((2, 3, 4, 5))))


def on_the_line(r: random.Random, index: int, positive: bool, u: Node, y: Node) -> tuple[Node, Node]:
    """f(u) as a tree in u, and f^{-1}(y) as one in y."""
    a, b, c, d = rational(r), rational(r, 1, 4), rational(r), rational(r)
    inside = add(mul(b, u), c)
    if positive:
        return Apply("exp", (inside,)), Apply("div", (add(Apply("log", (y,)), neg(c)), b))
    if index % 4 == 3:
        return add(mul(b, u), d), Apply("div", (add(y, neg(d)), b))
    back = Apply("asinh", (Apply("div", (add(y, neg(d)), a)),))
    return add(mul(a, Apply("sinh", (inside,))), d), Apply("div", (add(back, neg(c)), b))


def pair(size: int, r: random.Random, index: int, positive: bool) -> tuple[tuple[str, ...], Node, Node]:
    """The formal arguments, f and f^{-1} as trees in them; of vectors as columns."""
    arguments = tuple(f"_a{i}" for i in range(1, size + 1))
    names: list[Node] = [Name(a) for a in arguments]
    if size == 1:
        forward, backward = on_the_line(r, index, positive, names[0], names[0])
        return arguments, forward, backward
    lower = {(i, j): rational(r, 1, 4) for i in range(size) for j in range(i)}
    upper = {(j, i): rational(r, 1, 4) for i in range(size) for j in range(i)}
    bent = [on_the_line(r, index + i, False, names[i], Name("_y")) for i in range(size)]
    mixed = [combined(i, range(i + 1, size), upper, [f for f, _ in bent]) for i in range(size)]
    images = [combined(i, range(i), lower, mixed) for i in range(size)]
    first: list[Node] = []
    for i in range(size):
        first.append(add(names[i], *(neg(mul(lower[i, j], first[j])) for j in range(i))))
    second = list(first)
    for i in reversed(range(size)):
        second[i] = add(first[i], *(neg(mul(upper[i, j], second[j])) for j in range(i + 1, size)))
    undone = [substitute(bent[i][1], {"_y": second[i]}) for i in range(size)]
    return arguments, column(*images), column(*undone)


def combined(i: int, others: range, factors: dict[tuple[int, int], Node], parts: list[Node]) -> Node:
    """part i plus multiples of others."""
    return add(parts[i], *(mul(factors[i, j], parts[j]) for j in others))


def density_body(arguments: tuple[str, ...], r: random.Random) -> Node:
    """A mixture of two Gaussian densities of independent components: positive, of total mass 1, not symmetric."""
    weight = Number(Fraction(r.randint(2, 8), 10))
    other = Number(Fraction(1) - weight.value)
    return add(mul(weight, bump(arguments, r)), mul(other, bump(arguments, r)))


def bump(arguments: tuple[str, ...], r: random.Random) -> Node:
    factors: list[Node] = []
    for argument in arguments:
        mean, scale = Number(Fraction(r.randint(-6, 6), 4)), Number(Fraction(r.randint(3, 7), 4))
        z = Apply("div", (add(Name(argument), neg(mean)), scale))
        kernel = Apply("exp", (neg(Apply("div", (Apply("pow", (z, Number(Fraction(2)))), Number(Fraction(2))))),))
        root = Apply("sqrt", (mul(Number(Fraction(2)), Name("pi")),))
        factors.append(Apply("div", (kernel, mul(scale, root))))
    return mul(*factors)


def map_size(context: Context, name: str) -> int:
    """The dimension of the space that a map leads to; 1 for a function with values on the line."""
    entry = context.get(name)
    size = entry.domain.shape[0] if entry is not None and entry.domain.shape else 1
    return size if isinstance(size, int) and size <= LARGEST else 0
