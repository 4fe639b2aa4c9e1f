r"""The inverse of a function that is given by a tree: its operations undone one by one, from the outside in.

    g(u) = exp(2u + 1):    image -> log(image) -> log(image) - 1 -> (log(image) - 1) / 2

Only where each operation is one to one on the whole line; nothing is solved and nothing is simplified.
"""

from __future__ import annotations

from .context import Context
from .inverse_names import forward_name
from .tree import Apply, Call, Name, Node, Number, add, free_names, integer, mul, neg
from .unfold import one_argument, unfold

INVERSES = {"exp": "log", "log": "exp", "tanh": "atanh", "sinh": "asinh"}


def undone(context: Context, name: str) -> tuple[str, Node] | None:
    """Of a function that the document gives: a variable, and the inverse as a tree in it; None where none is seen."""
    found = one_argument(context, forward_name(name))
    if found is None:
        return None
    formal, body = found
    image = f"{formal}_image"
    inverse = inverse_of(unfold(body, context), formal, Name(image))
    return None if inverse is None else (image, inverse)


def inverse_of(node: Node, point: str, image: Node) -> Node | None:
    """u with g(u) = image, by undoing the operations of g from the outside in; None where one cannot be undone."""
    while node != Name(point):
        if isinstance(node, Call) and len(node.args) == 1:
            # An undefined function: that it is invertible is what the statement about its image assumes.
            image, node = Call(undo_name(node.name), (image,)), node.args[0]
            continue
        if not isinstance(node, Apply):
            return None
        inside = [i for i, part in enumerate(node.args) if point in free_names(part)]
        if len(inside) != 1:
            return None
        undone = undo(node, inside[0], image)
        if undone is None:
            return None
        image, node = undone, node.args[inside[0]]
    return image


def undo_name(name: str) -> str:
    """`f^-1` of f, and f of `f^-1`."""
    return name.removesuffix("^-1") if name.endswith("^-1") else f"{name}^-1"


def undo(node: Apply, place: int, image: Node) -> Node | None:
    """The argument at `place` in terms of the value of the operation."""
    rest = tuple(part for i, part in enumerate(node.args) if i != place)
    if node.op == "sigmoid":
        return Apply("log", (Apply("div", (image, add(integer(1), neg(image)))),))
    if node.op in INVERSES:
        return Apply(INVERSES[node.op], (image,))
    if node.op == "neg":
        return neg(image)
    if node.op == "add":
        return add(image, *(neg(part) for part in rest))
    if node.op == "mul":
        return Apply("div", (image, mul(*rest)))
    if node.op == "div":
        return mul(image, rest[0]) if place == 0 else Apply("div", (rest[0], image))
    return undo_power(node, place, image) if node.op == "pow" else None


def undo_power(node: Apply, place: int, image: Node) -> Node | None:
    """`u^n` with n odd has one real root; `b^u` with b a positive number has its logarithm."""
    other = node.args[1 - place]
    if place == 1:
        positive = other == Name("e") or (isinstance(other, Number) and other.value > 0 and other.value != 1)
        return Apply("div", (Apply("log", (image,)), Apply("log", (other,)))) if positive else None
    odd = isinstance(other, Number) and other.value.denominator == 1 and other.value > 0 and other.value % 2 == 1
    return Apply("root", (image, other)) if odd else None
