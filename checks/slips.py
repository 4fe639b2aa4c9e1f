r"""What a slip is: one typical mistake with its sentence, and how it is undone at one node of the written side.

A slip is data: its kind, its sentence, and `undo(node, setting)`, which yields what should have stood at the node and
the words that the sentence quotes:

    u        -> -u, 2 u, u/2, sqrt u, 1/u, log u, |u|      sign, factor, root, reciprocal, logarithm, modulus lost
    f(u)     -> f(u) u'                                    the inner derivative lost
    u^n      -> (n + 1) u^n, n u^(n - 1)                   the power rule
    u v      -> u + v                                      a product for a sum
    u^k+v^k  -> (u + v)^k                                  a power taken term by term

Nothing here decides: a candidate becomes a diagnosis only when balls find it equal to the other side.  The
catalogue in its order is in `slip_catalogue`, quantities taken for each other in `confusions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..symbolic.context import Context
from ..symbolic.printing import plain
from ..symbolic.shapes import Shape, ShapeError, normal, shape_of
from ..symbolic.tree import Apply, Bind, Name, Node, Number, free_names, integer, mul, neg, walk

Fix = tuple[Node, tuple[str, ...]]
Undo = Callable[[Node, "Setting"], Iterator[Fix]]
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
LONGEST = 48
TWO, HALF = integer(2), Apply("div", (integer(1), integer(2)))


@dataclass(frozen=True, slots=True)
class Setting:
    """What a slip may look at: the other side, the context, and the role of the node where it is undone.

    role: whole (the side), term (of a sum, or an entry), exponent (argument of exp, second of a power), part.
    """

    lhs: Node
    context: Context
    role: str = "part"
    place: str = ""

    @property
    def by(self) -> tuple[str, ...]:
        """The names by which the other side differentiates."""
        found = [n for node in walk(self.lhs) if isinstance(node, Bind) and node.op in DERIVATIVES for n in node.names]
        return tuple(dict.fromkeys(found))

    def has(self, *ops: str) -> bool:
        """Whether the other side contains one of the operations."""
        return any(isinstance(n, Apply | Bind) and n.op in ops for n in walk(self.lhs))

    def shape(self, node: Node) -> Shape:
        try:
            return normal(shape_of(node, self.context))
        except ShapeError:
            return None

    def scalar(self, node: Node) -> bool:
        return self.shape(node) == ()


DERIVATIVES = frozenset(("diff", "gradient", "jacobian", "divergence", "hessian", "laplacian"))


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake: `sentence` is a format of the words that `undo` yields; `roles` limits where it is undone."""

    kind: str
    sentence: str
    undo: Undo
    roles: tuple[str, ...] = ()
    matrices: bool = False


def shown(node: Node) -> str:
    """A piece of a formula inside a sentence; a long one is only pointed at."""
    text = plain(node)
    return text if len(text) <= LONGEST else "this part"


def opposite(node: Node) -> Node:
    """-node, without two signs in a row."""
    if isinstance(node, Apply) and node.op == "neg":
        return node.args[0]
    if isinstance(node, Number) and node.value < 0:
        return Number(-node.value)
    return neg(node)


def times(factor: Node, node: Node) -> Node:
    """factor * node, the factor in front and the sign before both."""
    if isinstance(node, Apply) and node.op == "neg":
        return neg(times(factor, node.args[0]))
    if isinstance(node, Apply) and node.op == "mul":
        return Apply("mul", (factor, *node.args))
    return mul(factor, node)


def ordinal(index: int) -> str:
    return ORDINALS[index] if index < len(ORDINALS) else f"{index + 1}th"


def is_op(node: Node, *ops: str) -> bool:
    return isinstance(node, Apply) and node.op in ops


def with_argument(node: Apply, index: int, new: Node) -> Apply:
    return Apply(node.op, (*node.args[:index], new, *node.args[index + 1 :]))


def is_exponential(node: Node) -> bool:
    """exp(u), or e^u."""
    return is_op(node, "exp") or (isinstance(node, Apply) and node.op == "pow" and node.args[0] == Name("e"))


def is_neg(node: Node) -> bool:
    return is_op(node, "neg")


def terms_of(node: Node) -> Sequence[Node]:
    return node.args if isinstance(node, Apply) and node.op == "add" else ()


def factors_of(node: Node) -> list[Node]:
    if isinstance(node, Apply) and node.op in ("mul", "div"):
        return [f for part in node.args for f in (factors_of(part) or [part])]
    return []


def known_names(setting: Setting) -> set[str]:
    return set(free_names(setting.lhs))
