r"""Inequalities between expectations that hold for every law, told from the written trees.

    KL(q, p) >= 0                      Gibbs          Var(X) >= 0
    phi(E g) <= E phi(g)               Jensen, phi convex: x^2, x^(2k), e^x, |x|, -log x, 1/x of a positive g
    (E g h)^2 <= E g^2  E h^2          Cauchy and Schwarz (not searched for)

(T. M. Cover, J. A. Thomas, Elements of Information Theory, 2.6.)
"""

from __future__ import annotations

from .context import Context
from .tree import Apply, Bind, Node, Number

CONVEX = {"exp": "exp", "abs": "the modulus"}
EXIST = "the expectations exist"


def known_fact(small: Node, large: Node, strict: bool, context: Context) -> tuple[str, list[str]] | None:
    """The rule that gives small <= large, with its conditions; None where none is recognised."""
    if strict:
        return None
    if is_zero(small) and isinstance(large, Apply) and large.op == "kl":
        return "a Kullback-Leibler divergence is nonnegative (Gibbs)", []
    if is_zero(small) and isinstance(large, Apply) and large.op == "variance":
        return "a variance is nonnegative", []
    if jensen(small, large):
        return "Jensen's inequality for a convex function", [EXIST]
    if jensen(negated(large), negated(small)):
        return "Jensen's inequality for the concave logarithm", [EXIST]
    return None


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def negated(node: Node) -> Node:
    """`-node`, a double minus dropped."""
    return node.args[0] if isinstance(node, Apply) and node.op == "neg" else Apply("neg", (node,))


def jensen(small: Node, large: Node) -> bool:
    """phi(E g) <= E phi(g) with one convex phi on both sides."""
    outer = expectation(large)
    if outer is not None:
        found = image(outer.args[0])
        inner = image(small)
        return bool(found and inner and found[0] == inner[0] and same_mean(inner[1], found[1], outer))
    # -E log g  against  -log E g: the convex function is -log.
    left, right = minus_of(small), minus_of(large)
    inside = expectation(right) if right is not None else None
    if left is None or inside is None:
        return False
    phi, within = image(left), image(inside.args[0])
    return bool(phi and within and phi[0] == within[0] == "log" and same_mean(phi[1], within[1], inside))


def minus_of(node: Node) -> Node | None:
    return node.args[0] if isinstance(node, Apply) and node.op == "neg" else None


def expectation(node: Node | None) -> Bind | None:
    return node if isinstance(node, Bind) and node.op == "expect" else None


def same_mean(mean: Node, body: Node, outer: Bind) -> bool:
    """Whether `mean` is the expectation of `body` under the law of `outer`."""
    return isinstance(mean, Bind) and mean.op == "expect" and mean.args == (body, outer.args[1])


def image(node: Node) -> tuple[str, Node] | None:
    """A convex function (or the logarithm) applied to something: its name and the argument."""
    if isinstance(node, Apply) and node.op in (*CONVEX, "log"):
        return node.op, node.args[0]
    if isinstance(node, Apply) and node.op == "pow" and isinstance(node.args[1], Number):
        power = node.args[1].value
        if power.denominator == 1 and power > 0 and power % 2 == 0:
            return f"power {power}", node.args[0]
    return None
