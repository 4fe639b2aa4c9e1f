r"""Slips of calculus and of copying: functions, names, derivatives, terms and factors lost.

f(u) for f(u) u'      x^n for n x^(n-1)      u for grad u      cos for sin      z_1 for z_2      a term too few
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..symbolic.printing import plain
from ..symbolic.tree import FUNCTIONS, Apply, Bind, Call, Name, Node, Number, add, free_names, mul, neg, walk
from .algebra_slips import exponent_off_by_one
from .slips import TWO, Fix, Setting, factors_of, is_neg, is_op, known_names, opposite, shown, terms_of, times


# -- functions ---------------------------------------------------------------------------------------------------------
def lost_log(node: Node, setting: Setting) -> Iterator[Fix]:
    if not is_op(node, "log"):
        yield Apply("log", (node,)), (shown(node),)


def extra_log(node: Node, setting: Setting) -> Iterator[Fix]:
    if is_op(node, "log") and isinstance(node, Apply):
        yield node.args[0], (shown(node.args[0]),)


def lost_modulus(node: Node, setting: Setting) -> Iterator[Fix]:
    if not is_op(node, "abs"):
        yield Apply("abs", (node,)), (shown(node),)


NEIGHBOURS = {
    "sin": ("cos",),
    "cos": ("sin",),
    "sinh": ("cosh",),
    "cosh": ("sinh",),
    "tanh": ("sech", "coth"),
    "sech": ("tanh", "csch"),
    "tan": ("sec", "cot"),
    "sec": ("tan", "csc"),
    "erf": ("erfc",),
    "erfc": ("erf",),
    "min": ("max",),
    "max": ("min",),
    "sigmoid": ("softplus",),
    "softplus": ("sigmoid",),
}


def other_function(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply):
        for name in NEIGHBOURS.get(node.op, ()):
            yield Apply(name, node.args), (node.op, name)


def other_index(node: Node, setting: Setting) -> Iterator[Fix]:
    """A component for another of the same vector: z_1 for z_2."""
    if isinstance(node, Name) and "_" in node.name:
        stem = node.name.rsplit("_", 1)[0]
        for name in sorted(known_names(setting)):
            if name != node.name and name.rsplit("_", 1)[0] == stem and "_" in name:
                yield Name(name), (node.name, name)


def other_name(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Name) and node.name in setting.context:
        shape = setting.shape(node)
        for name in sorted(known_names(setting)):
            if name != node.name and setting.shape(Name(name)) == shape:
                yield Name(name), (node.name, name)


# -- derivatives -------------------------------------------------------------------------------------------------------
def inner_derivative(node: Node, setting: Setting) -> Iterator[Fix]:
    """f(u) -> f(u) u' for every compound argument u just below a function or a power."""
    for inner in dict.fromkeys((*inner_parts(setting.lhs), *inner_parts(node))):
        for name in setting.by:
            if name in free_names(inner):
                slope = Bind("diff", (name,), (inner,), "d")
                yield mul(node, slope), (shown(inner),)


def inner_parts(node: Node) -> list[Node]:
    """Compound arguments of the functions that a node is made of."""
    found: list[Node] = []
    for part in walk(node):
        if isinstance(part, Apply) and (part.op in FUNCTIONS or part.op == "pow"):
            inner = part.args[0]
            if isinstance(inner, Apply) and inner not in found:
                found.append(inner)
        if len(found) >= 3:
            break
    return found


def power_factor(node: Node, setting: Setting) -> Iterator[Fix]:
    """The exponent n of a power on the other side, lost as a factor."""
    if setting.by and not is_op(node, "neg"):
        for exponent in exponents(setting.lhs):
            yield times(exponent, node), (plain(exponent),)


def exponents(node: Node) -> list[Node]:
    powers = [p for p in walk(node) if isinstance(p, Apply) and p.op == "pow"]
    found: list[Node] = [p.args[1] for p in powers if isinstance(p.args[1], Number)]
    return list(dict.fromkeys(found))[:4]


def power_not_lowered(node: Node, setting: Setting) -> Iterator[Fix]:
    if setting.by:
        for new, words in exponent_off_by_one(node, setting):
            if int(Fraction(words[1])) < int(Fraction(words[0])) if all(w.isdigit() for w in words) else True:
                yield new, words


def lost_gradient(node: Node, setting: Setting) -> Iterator[Fix]:
    """u where its derivative belongs, by the names of the other side."""
    for part in walk(setting.lhs):
        if isinstance(part, Bind) and part.op in ("diff", "gradient") and depends(node, part.names):
            yield Bind(part.op, part.names, (node, *part.args[1:]), part.tag), (shown(node),)
            return


def depends(node: Node, names: tuple[str, ...]) -> bool:
    """Whether a node may depend on the names: a call may, by the parameters that it does not show."""
    return any(isinstance(p, Call) for p in walk(node)) or bool(set(names) & free_names(node))


def lost_gradient_of_log(node: Node, setting: Setting) -> Iterator[Fix]:
    """u' / u for the derivative of log u: the denominator lost."""
    for part in walk(setting.lhs):
        if isinstance(part, Apply) and part.op == "log" and setting.by:
            yield Apply("div", (node, part.args[0])), (shown(part.args[0]),)


# -- what one side has and the other has not ---------------------------------------------------------------------------
def lost_term(node: Node, setting: Setting) -> Iterator[Fix]:
    for term in terms_of(setting.lhs):
        yield Apply("add", (*(terms_of(node) or (node,)), term)), (shown(term),)


def lost_cross_term(node: Node, setting: Setting) -> Iterator[Fix]:
    """x^2 + y^2 for (x + y)^2: the cross term."""
    for part in (setting.lhs, *factors_of(setting.lhs), *terms_of(setting.lhs)):
        if isinstance(part, Apply) and part.op == "pow" and part.args[1] == TWO and len(terms_of(part.args[0])) == 2:
            first, second = terms_of(part.args[0])
            cross = times(TWO, mul(first, opposite(second))) if is_neg(second) else mul(TWO, first, second)
            cross = neg(cross) if is_neg(second) else cross
            yield Apply("add", (*(terms_of(node) or (node,)), cross)), (shown(part),)


def extra_term(node: Node, setting: Setting) -> Iterator[Fix]:
    terms = terms_of(node)
    for index, term in enumerate(terms):
        yield add(*terms[:index], *terms[index + 1 :]), (shown(term),)


def lost_factor(node: Node, setting: Setting) -> Iterator[Fix]:
    for factor in factors_of(setting.lhs):
        if not isinstance(factor, Number):
            yield times(factor, node), (shown(factor),)
            yield Apply("div", (node, factor)), (f"1/({shown(factor)})",)


def extra_factor(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "mul":
        for index, factor in enumerate(node.args):
            yield mul(*node.args[:index], *node.args[index + 1 :]), (shown(factor),)
    if isinstance(node, Apply) and node.op == "div":
        yield node.args[0], (f"1/({shown(node.args[1])})",)
