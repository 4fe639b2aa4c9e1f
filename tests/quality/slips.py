r"""Rewrites that keep the value of a right side, slips that change it, and a judge of both that is not ours.

Slips: a constant +-1 or times 1 + 10^-k (k = 3, 6, 9, 12), the sign of a constant or term, a dropped term or factor,
names exchanged, a neighbouring function.  `value` evaluates a tree by mpmath at 50 digits, expectations by mpmath.quad.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath

from twofold.symbolic.tree import Apply, Array, Bind, Call, Name, Node, Number, children, with_children

Path = tuple[int, ...]
NEIGHBOUR = {"tanh": "sinh", "sin": "cos", "cos": "sin", "sech": "tanh", "exp": "cosh", "log": "sqrt", "cosh": "sinh"}


def places(node: Node, path: Path = (), inside: bool = False) -> Iterator[tuple[Path, Node]]:
    """Every node with its path.  Not the law of an expectation, and no exponent in one: x^(2 + 1e-9) has no mean."""
    yield path, node
    bound = inside or isinstance(node, Bind)
    for index, part in enumerate(children(node)):
        fixed = isinstance(node, Bind) or (inside and isinstance(node, Apply) and node.op == "pow")
        if not (fixed and index > 0):
            yield from places(part, (*path, index), bound)


def put(node: Node, path: Path, new: Node) -> Node:
    if not path:
        return new
    parts = list(children(node))
    parts[path[0]] = put(parts[path[0]], path[1:], new)
    return with_children(node, tuple(parts))


def product(*args: Node) -> Node:
    return Apply("mul", args)


def slips(node: Node, at: Path) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Number) and node.value:
        for name, changed in (
            ("constant + 1", node.value + 1),
            ("constant - 1", node.value - 1),
            *((f"constant times 1 + 1e-{k}", node.value * (1 + Fraction(1, 10**k))) for k in (3, 6, 9, 12)),
            ("sign of a constant", -node.value),
        ):
            yield name, number(changed)
    if isinstance(node, Apply) and node.op == "add" and len(node.args) > 1:
        for i, term in enumerate(node.args):
            rest = node.args[:i] + node.args[i + 1 :]
            yield "dropped term", rest[0] if len(rest) == 1 else Apply("add", rest)
            yield "sign of a term", Apply("add", (*node.args[:i], Apply("neg", (term,)), *node.args[i + 1 :]))
    if isinstance(node, Apply) and node.op == "mul" and len(node.args) > 1:
        for i in range(len(node.args)):
            rest = node.args[:i] + node.args[i + 1 :]
            yield "dropped factor", rest[0] if len(rest) == 1 else Apply("mul", rest)
    if isinstance(node, Apply) and node.op in NEIGHBOUR:
        yield "neighbouring function", Apply(NEIGHBOUR[node.op], node.args)


def number(value: Fraction) -> Node:
    size = Number(Fraction(abs(value).numerator))
    found: Node = size if value.denominator == 1 else Apply("div", (size, Number(Fraction(value.denominator))))
    return Apply("neg", (found,)) if value < 0 else found


def exchanged(node: Node) -> Node:
    """Names and components with index 1 and 2, or x and y, or a and b, exchanged."""
    pairs = {"y_1": "y_2", "z_1": "z_2", "x": "y", "a": "b"}
    swap = pairs | {v: k for k, v in pairs.items()}
    if isinstance(node, Name):
        return Name(swap.get(node.name, node.name))
    if isinstance(node, Call):
        return Call(swap.get(node.name, node.name), tuple(exchanged(a) for a in node.args))
    if isinstance(node, Bind):
        return node
    return with_children(node, tuple(exchanged(p) for p in children(node)))


def mutants(node: Node) -> list[tuple[str, Node]]:
    found = [(name, put(node, path, new)) for path, part in places(node) for name, new in slips(part, path)]
    return [*found, ("names exchanged", exchanged(node))]


# -- rewrites ----------------------------------------------------------------------------------------------------------
def rewrites(node: Node, r: random.Random) -> Iterator[Node]:
    """Other ways to write a node."""
    one = Number(Fraction(1))
    if isinstance(node, Number) and node.value > 1:
        yield Apply("div", (Number(node.value * 7), Number(Fraction(7))))
        yield Apply("add", (Number(node.value - 1), one))
    if isinstance(node, Apply):
        if node.op == "add" or (node.op == "mul" and not any(isinstance(a, Array) for a in node.args)):
            yield Apply(node.op, tuple(reversed(node.args)))
        if node.op == "mul" and isinstance(node.args[-1], Apply) and node.args[-1].op == "add":
            front = node.args[:-1]
            yield Apply("add", tuple(product(*front, term) for term in node.args[-1].args))
        if node.op == "neg":
            yield product(Apply("neg", (one,)), node.args[0])
        yield from rewritten_function(node)


def rewritten_function(node: Apply) -> Iterator[Node]:
    one, two = Number(Fraction(1)), Number(Fraction(2))
    u = node.args[0] if node.args else one
    up, down = Apply("exp", (u,)), Apply("exp", (Apply("neg", (u,)),))
    if node.op == "tanh":
        yield Apply("div", (Apply("add", (up, Apply("neg", (down,)))), Apply("add", (up, down))))
        yield Apply("div", (Apply("sinh", (u,)), Apply("cosh", (u,))))
    if node.op == "sech":
        yield Apply("div", (two, Apply("add", (up, down))))
        yield Apply("div", (one, Apply("cosh", (u,))))
    if node.op == "cosh":
        yield Apply("div", (Apply("add", (up, down)), two))
    if node.op == "exp":
        yield Apply("div", (one, down))
    if node.op == "pow" and node.args[1] == two:
        yield product(u, u)


def rewritten(node: Node, r: random.Random, times: int) -> Node:
    """The tree with some nodes written in another way."""
    for _ in range(times):
        choices = [(path, new) for path, part in places(node) for new in rewrites(part, r)]
        if choices:
            path, new = r.choice(choices)
            node = put(node, path, new)
    return node


# -- an independent judge ----------------------------------------------------------------------------------------------
Env = Mapping[str, Any]
RULES: dict[str, Callable[..., Any]] = {
    "neg": lambda x: -x,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    **{n: getattr(mpmath, n) for n in ("exp", "log", "sin", "cos", "tanh", "sinh", "cosh", "sech", "sqrt")},
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}


def value(node: Node, env: Env) -> Any:
    """The value at 50 digits; arrays as lists of entries."""
    if isinstance(node, Number):
        return mpmath.mpf(node.value.numerator) / node.value.denominator
    if isinstance(node, Name):
        return {"pi": mpmath.pi, "e": mpmath.e}.get(node.name, env.get(node.name))
    if isinstance(node, Call):
        return env[node.name]
    if isinstance(node, Array):
        return [value(entry, env) for row in node.rows for entry in row]
    if isinstance(node, Bind):
        return expectation(node, env)
    parts = [value(a, env) for a in node.args]
    if node.op == "add":
        return mpmath.fsum(parts)
    if node.op == "mul":
        return mpmath.fprod(parts)
    return RULES[node.op](*parts)


def expectation(node: Bind, env: Env) -> Any:
    """E_p[g] for p = exp(-(a x^4 - b x^2)) / Z."""

    def kernel(x: Any) -> Any:
        return mpmath.exp(-(env["a"] * x**4 - env["b"] * x**2))

    ends = [-12, -4, -1, 0, 1, 4, 12]
    return mpmath.quad(lambda x: value(node.args[0], {**env, "x": x}) * kernel(x), ends) / mpmath.quad(kernel, ends)


def same(left: Node, right: Node, names: Mapping[str, bool], seed: int = 0) -> bool:
    """Whether two trees have equal values at random points (relative 1e-30); `names` maps a name to "positive"."""
    r = random.Random(seed)
    with mpmath.workdps(50):
        for _ in range(5):
            env = {n: mpmath.mpf(r.randint(1, 99)) / 37 * (1 if p else r.choice((-1, 1))) for n, p in names.items()}
            a, b = value(left, env), value(right, env)
            pairs = list(zip(a, b, strict=True)) if isinstance(a, list) else [(a, b)]
            if any(abs(x - y) > mpmath.mpf(10) ** -30 * (1 + abs(x)) for x, y in pairs):
                return False
    return True
