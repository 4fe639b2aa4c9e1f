r"""Moments and conditionals of random names: `E[X^2]`, `Var(X_1 - X_2)`, `E[X_1 | X_2 = x]`, `p(x_1 | x_2)`.

They are written out with the means, the covariance and the density of the declared laws, and nothing else:

    E[a X + b]        = a E[X] + b                      E[g(X)] = \int g(x) p_X(x) dx      (X a number)
    Var(a X + b Y)    = a^2 Var X + b^2 Var Y + 2 a b Cov(X, Y)
    p(x | y)          = p(x, y) / p(y)

Moments given others, and those of variables that are declared by laws given others, stand in `chain_words`.

A covariance needs a joint law: two names that no law joins are refused, never taken as independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .affine import coefficients
from .chain_densities import chain_density
from .chain_words import chain_moments
from .context import AffineLaw, GaussianLaw, Law, MappedLaw
from .evaluation_marks import rational
from .shapes_of_syntax import words as every_word
from .source import ReadError, Span
from .syntax import Group, Infix, Relation, Syntax, Word
from .tree import Apply, Bind, Call, Name, Node, add, free_names, integer, mul, neg, substitute

if TYPE_CHECKING:
    from .elaborate import Elaborator

MOMENTS = {"Var": "variance", "var": "variance", "V": "variance", "Cov": "covariance", "cov": "covariance"}
IDENTITIES = (Apply("identity", ()), Apply("identity", (integer(1),)))
SAMPLED = (GaussianLaw, AffineLaw, MappedLaw)


def law_named(el: Elaborator, name: str) -> Law | None:
    """The law of a random name, capital or small; None for any other name and for a bound one."""
    law = el.context.laws.get(name) if name not in el.bound else None
    return law if isinstance(law, SAMPLED) else None


def is_random_name(el: Elaborator, syntax: Syntax) -> bool:
    return isinstance(syntax, Word) and law_named(el, syntax.text) is not None


def has_moments(el: Elaborator, syntax: Syntax) -> bool:
    """Whether the name has a declared or Gaussian law, whose moments need no integral."""
    return isinstance(syntax, Word) and isinstance(law_named(el, syntax.text), GaussianLaw | AffineLaw)


def moment_words(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    """`Var(..)`, `Cov(.., ..)` and `E[..]` of expressions in random names; None where nothing is random."""
    chained = chain_moments(el, word, arguments, span)
    if chained is not None:
        return chained
    used = {w.text for item in arguments.items for w in every_word(item)}
    if not any(law_named(el, name) is not None or is_spelled(el, name) for name in used):
        return None
    items = arguments.items
    if word.text == "E" and len(items) == 1:
        return expected(el, items[0], span)
    if MOMENTS.get(word.text) == "covariance" and len(items) == 2:
        first, second = (el.node(item) for item in items)
        return joint(el, first, second, span)
    if MOMENTS.get(word.text) == "variance" and len(items) == 1 and not has_moments(el, items[0]):
        return spread(el, items[0], span)
    return None


# -- expectations ------------------------------------------------------------------------------------------------------
def expected(el: Elaborator, body: Syntax, span: Span) -> Node:
    """E[body]; what is given stands in `chain_words`."""
    if isinstance(body, Infix) and body.op == "given":
        raise ReadError("expected Gaussian variables with a joint law on both sides of the bar", span)
    return mean(el, written_out(el, el.node(body)), span)


def mean(el: Elaborator, node: Node, span: Span) -> Node:
    names = random_names(el, node)
    if isinstance(node, Name) and names and not isinstance(el.context.laws[node.name], MappedLaw):
        return Apply("mean", (node,), span)
    linear = linear_parts(el, node, names)
    if linear is not None:
        terms = (mul(c, mean(el, Name(n), span)) for n, c in linear[0].items())
        return add(*terms, linear[1])
    return integral(el, node, names, span)


def linear_parts(el: Elaborator, node: Node, names: tuple[str, ...]) -> tuple[dict[str, Node], Node] | None:
    """Coefficients of the random numbers of a linear form, and its constant."""
    laws = [el.context.laws[n] for n in names]
    if not names or isinstance(node, Name) or any(law.dimension != 1 for law in laws):
        return None
    found = coefficients(node, names)
    return None if found is None else (dict(zip(names, found[0], strict=True)), found[1])


def integral(el: Elaborator, node: Node, names: tuple[str, ...], span: Span) -> Node:
    r"""E[g(X)] = \int g(x) p_X(x) dx for one random number, over the Gaussian that it is made of."""
    if len(names) != 1:
        raise ReadError("expected an expectation of one random number, or of a sum of them", span)
    name, law = names[0], el.context.laws[names[0]]
    while isinstance(law, MappedLaw):
        node = substitute(node, {name: substitute(law.forward[0], {law.variables[0]: Name(law.base)})})
        name, law = law.base, el.context.laws[law.base]
    if law.dimension != 1 or f"p_{name}" not in el.context:
        raise ReadError(f"expected an expectation under the law of '{name}' of a number; got one of a vector", span)
    point = free_point(name, node)
    body = mul(substitute(node, {name: Name(point)}), written_density(law, name, Name(point)))
    ends = (neg(Name("inf")), Name("inf"))
    return Bind("integral", (point,), (body, *ends), "", span)


def probability(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    r"""`P(a < X < b) = \int_a^b p_X(x) dx` for one random number with a declared law; None for anything else."""
    event = arguments.items[0] if len(arguments.items) == 1 else None
    if word.text not in ("P", "Pr", "PP") or not isinstance(event, Relation) or len(event.sides) > 3:
        return None
    places = [i for i, side in enumerate(event.sides) if is_random_name(el, side)]
    if len(places) != 1 or not all(r.text in ("<", "<=", ">", ">=") for r in event.relations):
        return None
    name = event.sides[places[0]].text  # type: ignore[union-attr]
    law = el.context.laws[name]
    if law.dimension != 1 or f"p_{name}" not in el.context:
        raise ReadError(f"expected the probability of an event of a number; got one of '{name}'", span)
    ends: dict[str, Node] = {"low": neg(Name("inf")), "high": Name("inf")}
    for left, relation, right in zip(event.sides, event.relations, event.sides[1:], strict=False):
        other, sign = (right, relation.text[0]) if is_random_name(el, left) else (left, "<>"[relation.text[0] == "<"])
        bound = el.node(other)
        if random_names(el, bound) or ends["low" if sign == ">" else "high"] not in (neg(Name("inf")), Name("inf")):
            raise ReadError("expected an event that bounds one random number by numbers", span)
        ends["low" if sign == ">" else "high"] = bound
    low, high = rational(ends["low"]), rational(ends["high"])
    if low is not None and high is not None and low > high:
        raise ReadError("expected an event whose lower bound is below the upper one", span)
    point = free_point(name, add(*ends.values()))
    return Bind("integral", (point,), (written_density(law, name, Name(point)), ends["low"], ends["high"]), "", span)


def written_density(law: Law, name: str, point: Node) -> Node:
    """exp(-(x - m)^2 / (2 s)) / sqrt(2 pi s) for X ~ N(m, s); the density of any other law by its name."""
    if not isinstance(law, GaussianLaw):
        return Call(f"p_{name}", (point,))
    variance = integer(1) if law.covariance in IDENTITIES else law.covariance
    gap = square(add(point, neg(law.mean)))
    exponent = neg(Apply("div", (gap, mul(integer(2), variance))))
    volume = mul(integer(2), Name("pi"), variance)
    return Apply("div", (Apply("exp", (exponent,)), Apply("sqrt", (volume,))))


def free_point(name: str, node: Node) -> str:
    point = name.lower()
    return point if point != name and point not in free_names(node) else f"{name}_point"


def written_out(el: Elaborator, node: Node) -> Node:
    """Names without a law of their own that stand for an expression in random names, written out."""
    for _ in range(8):
        values = {
            n: entry.value
            for n in free_names(node)
            if law_named(el, n) is None and (entry := el.entry(n)) is not None and entry.value is not None
            if any(law_named(el, m) is not None or is_spelled(el, m) for m in free_names(entry.value))
        }
        if not values:
            break
        node = substitute(node, values)
    return node


def is_spelled(el: Elaborator, name: str) -> bool:
    entry = el.entry(name) if name not in el.bound else None
    return entry is not None and entry.kind == "law" and entry.value is not None


def random_names(el: Elaborator, node: Node) -> tuple[str, ...]:
    return tuple(sorted(n for n in free_names(node) if law_named(el, n) is not None))


# -- variances ---------------------------------------------------------------------------------------------------------
def spread(el: Elaborator, body: Syntax, span: Span) -> Node:
    """Var(body)."""
    if isinstance(body, Infix) and body.op == "given":
        raise ReadError("expected Gaussian variables with a joint law on both sides of the bar", span)
    return spread_of(el, written_out(el, el.node(body)), span)


def spread_of(el: Elaborator, node: Node, span: Span) -> Node:
    names = random_names(el, node)
    if isinstance(node, Name) and names and not isinstance(el.context.laws[node.name], MappedLaw):
        return Apply("variance", (node,), span)
    linear = linear_parts(el, node, names)
    if linear is not None:
        pairs = ((a, b) for a in names for b in names)
        return add(*(mul(linear[0][a], linear[0][b], joint(el, Name(a), Name(b), span)) for a, b in pairs))
    return add(integral(el, square(node), names, span), neg(square(integral(el, node, names, span))))


def square(node: Node) -> Node:
    return Apply("pow", (node, integer(2)))


def joint(el: Elaborator, first: Node, second: Node, span: Span) -> Node:
    """Cov(X, Y) of two names that are affine images of one law."""
    if first == second:
        return spread_of(el, first, span)
    if not (isinstance(first, Name) and isinstance(second, Name)):
        raise ReadError("expected the covariance of two random names", span)
    shared = common_base(el, first.name, second.name)
    if shared is None:
        raise ReadError(f"expected a joint law of '{first.name}' and '{second.name}'", span)
    left, right = (row(el, name, shared) for name in (first.name, second.name))
    product = mul(*left, Apply("covariance", (Name(shared),)), *(Apply("transpose", (r,)) for r in reversed(right)))
    return Apply("entry", (product, integer(1), integer(1))) if el.context.laws[shared].dimension > 1 else product


def common_base(el: Elaborator, first: str, second: str) -> str | None:
    chains = [list(bases(el, name)) for name in (first, second)]
    return next((name for name in chains[0] if name in chains[1]), None)


def bases(el: Elaborator, name: str) -> Iterator[str]:
    """The name, what it is an affine image of, and so on."""
    yield name
    law = el.context.laws.get(name)
    while isinstance(law, AffineLaw):
        yield law.base
        law = el.context.laws.get(law.base)


def row(el: Elaborator, name: str, shared: str) -> tuple[Node, ...]:
    """The matrices that lead from the shared base to the name, outermost first."""
    found: list[Node] = []
    while name != shared:
        law = el.context.laws[name]
        assert isinstance(law, AffineLaw)
        found.append(law.matrix)
        name = law.base
    return tuple(found)


# -- densities ---------------------------------------------------------------------------------------------------------
def density_words(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    """`p(x)`, `p(x_1, x_2)`, `p(x_1 | x_2)` where the points are named after random variables; None otherwise."""
    entry = el.entry("p")
    number = entry is None or (entry.kind == "scalar" and not entry.of)
    if word.text != "p" or word.text in el.bound or not number or arguments.open != "(":
        return chain_density(el, word, arguments, span)
    items = arguments.items
    if len(items) == 1 and isinstance(items[0], Infix) and items[0].op == "given":
        first, second = items[0].args
        whole, below = density(el, (first, second), span), density(el, (second,), span)
        if whole is not None and below is not None:
            return Apply("div", (whole, below), span)
        return chain_density(el, word, arguments, span)
    return density(el, items, span) or chain_density(el, word, arguments, span)


def density(el: Elaborator, items: tuple[Syntax, ...], span: Span) -> Node | None:
    """The density of the law whose point the arguments are, in order."""
    if not items or not all(isinstance(item, Word) for item in items):
        return None
    names = [item.text for item in items if isinstance(item, Word)]
    joint = el.entry(f"p_{'_'.join(names)}") if len(names) > 1 else None
    if joint is not None and joint.kind == "density":
        return Call(joint.name, tuple(Name(n, span) for n in names), span)
    law = point_law(el, names[0]) if len(names) == 1 else vector_law(el, names)
    entry = el.entry(f"p_{law}") if law else None
    if entry is None:
        return None
    from .heads import implied_argument, imply_argument, state_arguments

    parts = tuple(imply_argument(el, entry, i, len(items)) if implied_argument(el, i) else el.node(i) for i in items)
    if len(parts) > 1:
        order = [int(n.rpartition("_")[2]) for n in names]
        parts = tuple(part for _, part in sorted(zip(order, parts, strict=True), key=lambda pair: pair[0]))
    return Call(entry.name, state_arguments(el, entry, parts, span), span)


def point_law(el: Elaborator, name: str) -> str:
    """The law that a point is named after: `x` for the law of x or of X."""
    return next((n for n in (name, name[:1].upper() + name[1:]) if law_named(el, n) is not None), "")


def vector_law(el: Elaborator, names: list[str]) -> str:
    """The law whose components the points are, each once."""
    heads = {n.rpartition("_")[0] for n in names}
    law = point_law(el, next(iter(heads))) if len(heads) == 1 else ""
    indices = sorted(n.rpartition("_")[2] for n in names)
    complete = bool(law) and indices == [str(i) for i in range(1, el.context.laws[law].dimension + 1)]
    return law if complete else ""
