r"""Gaussian vectors whose dimension is a name: `z \in R^k, z ~ N(0, I)`, `x = W z + \mu + e` with W a d x k matrix.

Every question is put in terms of the independent vectors r_i ~ N(m_i, S_i) that have a law of their own.  With
u = sum A_i r_i + a, v = sum B_i r_i + b and w = sum G_i r_i + g the heads carry what was declared, and no moment:

    vector_mean(n, m_1, S_1, .., A_1, .., a)                            E u
    vector_covariance(n, m_1, S_1, .., A_1, .., a, B_1, .., b)          Cov(u, v)
    either with  G_1, .., g, y  behind                                  the same given w = y

The symbolic route spells the moments out as matrix algebra (`vector_moments.spelled_moment`); the numeric one solves
the joint density at seeded sizes.  Source: Bishop 2006, sections 2.3.1 and 12.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .affine import signed_terms
from .context import Context, Entry, VectorLaw
from .domains import Domain
from .shapes import ShapeError, shape_of
from .source import ReadError, Span
from .syntax import Group, Syntax
from .tree import Apply, Bind, Name, Node, add, free_names, integer, mul, neg, rewrite, substitute, walk

if TYPE_CHECKING:
    from .elaborate import Elaborator

OPEN = Apply("identity", ())
ZERO = integer(0)
Size = int | str


# -- declarations ------------------------------------------------------------------------------------------------------
def declare_vector(context: Context, name: str, size: Size, mean: Node, covariance: Node, span: Span) -> Context:
    """`z ~ N(m, S)` in R^k: a law of its own."""
    covariance = rewrite(covariance, lambda n: unit(size) if n == OPEN else n)
    law = VectorLaw(name=name, size=size, mean=mean, covariance=covariance, span=span)
    return with_vector(context, law)


def declare_image(context: Context, name: str, node: Node, span: Span) -> Context:
    """`x = W z + m + e`: x is a point of its own, and what it is made of is asked for by its moments."""
    try:
        shape = shape_of(node, context)
    except ShapeError as error:
        raise ReadError(error.message, error.span) from None
    size = shape[0] if shape and shape[1] == 1 else 1
    if shape is None or (shape and shape[1] != 1):
        raise ReadError("expected a vector made of random vectors", span)
    return with_vector(context, VectorLaw(name=name, size=size, value=node, span=span))


def with_vector(context: Context, law: VectorLaw) -> Context:
    shape = () if law.size == 1 else (law.size,)
    domain = Domain(shape=shape, text=f"vector({law.size})" if shape else "real")
    kind = "vector" if shape else "scalar"
    entry = Entry(name=law.name, kind=kind, domain=domain, span=law.span, rule=f"a point of {law.name}")
    return replace(context.declare(entry), vectors={**context.vectors, law.name: law})


def unit(size: Size) -> Node:
    if size == 1:
        return integer(1)
    return Apply("identity", (Name(size) if isinstance(size, str) else integer(size),))


def upstream(context: Context, names: Sequence[str]) -> set[str]:
    """The random vectors that names are made of, and they themselves."""
    found: set[str] = set()
    pending = [name for name in names if name in context.vectors]
    while pending:
        name = pending.pop()
        value = context.vectors[name].value
        found.add(name)
        if value is not None:
            pending.extend(n for n in free_names(value) if n in context.vectors and n not in found)
    return found


def resized(context: Context, sizes: Mapping[str, int]) -> Context:
    """The context in which names of sizes are whole numbers: a vector of one entry is a number."""
    entries = {name: reshaped(entry, sizes) for name, entry in context.entries.items()}
    vectors = {}
    for name, law in context.vectors.items():
        size = sizes.get(law.size, law.size) if isinstance(law.size, str) else law.size
        mean, covariance = (with_sizes(node, sizes) for node in (law.mean, law.covariance))
        value = None if law.value is None else with_sizes(law.value, sizes)
        vectors[name] = replace(law, size=size, mean=mean, covariance=covariance, value=value)
    return replace(context, entries=entries, vectors=vectors)


def with_sizes(node: Node, sizes: Mapping[str, int]) -> Node:
    def sized(part: Node) -> Node:
        if isinstance(part, Apply) and part.op == "identity" and part.args and isinstance(part.args[0], Name):
            return unit(sizes.get(part.args[0].name, part.args[0].name))
        return part

    return rewrite(node, sized)


def reshaped(entry: Entry, sizes: Mapping[str, int]) -> Entry:
    shape = entry.domain.shape
    if entry.kind not in ("vector", "matrix") or not any(size in sizes for size in shape):
        return entry
    new = tuple(sizes.get(size, size) if isinstance(size, str) else size for size in shape)
    new = new[:-1] if new[-1] == 1 else new
    new = () if new == (1,) else new
    kind = {0: "scalar", 1: "vector", 2: "matrix"}[len(new)]
    return replace(entry, kind=kind, domain=replace(entry.domain, shape=new))


def behind_vector(name: str, context: Context) -> set[str]:
    """The names that the law of a random vector is written with."""
    law = context.vectors.get(name)
    trees = (law.mean, law.covariance, law.value) if law is not None else ()
    return {found for tree in trees if tree is not None for found in free_names(tree)}


def with_images(lhs: Node, rhs: Node, context: Context) -> Context:
    """The context of a claim that speaks of x and of what x is made of: x has its value then; alone, x is any point."""
    if not context.vectors:
        return context
    used = reached(free_names(lhs) | free_names(rhs), context)
    for name, law in context.vectors.items():
        entry = context.get(name)
        if law.value is None or entry is None or entry.value is not None or entry.domain.value is not None:
            continue
        if name in used and used & (upstream(context, [name]) - {name}):
            domain = replace(entry.domain, value=law.value)
            context = context.declare(replace(entry, value=law.value, domain=domain))
    return context


def with_numbers_bound(lhs: Node, rhs: Node, context: Context) -> Context:
    r"""The context in which z of `\int_a^b f(z) dz` is a number, whatever vector the letter names elsewhere."""
    free = free_names(lhs) | free_names(rhs)
    for part in (*walk(lhs), *walk(rhs)):
        if not isinstance(part, Bind) or part.op != "integral" or len(part.names) != 1 or len(part.args) != 3:
            continue
        entry = context.get(part.names[0])
        if entry is None or entry.name in free or not any(isinstance(size, str) for size in entry.domain.shape):
            continue
        context = context.declare(replace(entry, kind="scalar", value=None, domain=Domain(), rule="integrated over"))
    return context


def reached(names: Iterable[str], context: Context) -> set[str]:
    """The names and all that their definitions are made of."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        found.add(name)
        entry = context.get(name)
        if entry is not None and entry.value is not None:
            pending.extend(free_names(entry.value) - found)
    return found


# -- linear forms ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Linear:
    """sum A_i r_i + a over the vectors with a law of their own; what is not named has no part in it."""

    factors: tuple[tuple[str, Node], ...]
    constant: Node = ZERO

    def factor(self, root: str) -> Node:
        return next((node for name, node in self.factors if name == root), ZERO)


def linear_form(node: Node, context: Context, span: Span) -> Linear:
    """An expression as a linear form.  Raises ReadError for any other."""
    for name in reversed(list(context.vectors)):
        value = context.vectors[name].value
        if value is not None:
            node = substitute(node, {name: value})
    factors: dict[str, list[Node]] = {}
    constants: list[Node] = []
    for front, term, sign in distributed(node, (), context):
        used = [name for name in free_names(term) if name in context.vectors]
        if not used:
            whole = mul(*front, term) if front else term
            constants.append(whole if sign > 0 else neg(whole))
            continue
        if not isinstance(term, Name):
            raise ReadError("expected an expression that is linear in the random vectors", span)
        factor = matrix_in_front(front, context.vectors[term.name].size, context, span)
        factors.setdefault(term.name, []).append(factor if sign > 0 else neg(factor))
    found = tuple((name, add(*parts)) for name, parts in sorted(factors.items()))
    return Linear(found, add(*constants) if constants else ZERO)


def distributed(node: Node, front: tuple[Node, ...], context: Context) -> list[tuple[tuple[Node, ...], Node, int]]:
    """The terms of `A (B x + c) / s` with the matrices in front of each."""
    found: list[tuple[tuple[Node, ...], Node, int]] = []
    for term, sign in signed_terms(node):
        before = front
        if isinstance(term, Apply) and term.op == "div" and random_in(term.args[0], context):
            before, term = (*before, Apply("div", (integer(1), term.args[1]))), term.args[0]
        if isinstance(term, Apply) and term.op == "mul" and random_in(term.args[-1], context):
            before, term = (*before, *term.args[:-1]), term.args[-1]
        whole = term == node and before == front
        inner = [(before, term, 1)] if whole or isinstance(term, Name) else distributed(term, before, context)
        found.extend((ahead, part, sign * mark) for ahead, part, mark in inner)
    return found


def random_in(node: Node, context: Context) -> bool:
    return any(name in context.vectors for name in free_names(node))


def matrix_in_front(front: tuple[Node, ...], size: Size, context: Context, span: Span) -> Node:
    """What stands in front of a vector; numbers as multiples of the identity."""
    if any(random_in(part, context) for part in front):
        raise ReadError("expected an expression that is linear in the random vectors", span)
    if not front:
        return unit(size)
    whole = mul(*front)
    try:
        shape = shape_of(whole, context)
    except ShapeError as error:
        raise ReadError(error.message, span) from None
    return whole if shape or size == 1 else mul(whole, unit(size))


# -- questions ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Inquiry:
    """Forms that are asked about, and one that is given with its value."""

    context: Context
    span: Span
    given: tuple[Linear, Node] | None = None

    def head(self, op: str, *forms: Linear) -> Node:
        used = [*forms, *([self.given[0]] if self.given is not None else [])]
        roots = sorted({name for form in used for name, _ in form.factors})
        self.refuse_dependence(roots)
        args: list[Node] = [integer(len(roots))]
        for name in roots:
            law = self.context.vectors[name]
            args += [law.mean, law.covariance]
        for form in used:
            args += [*(form.factor(name) for name in roots), form.constant]
        return Apply(op, (*args, *([self.given[1]] if self.given is not None else [])), self.span)

    def mean(self, form: Linear) -> Node:
        return self.head("vector_mean", form)

    def covariance(self, first: Linear, second: Linear) -> Node:
        return self.head("vector_covariance", first, second)

    def refuse_dependence(self, roots: Sequence[str]) -> None:
        """Two laws that nothing joins are independent only where the document says so."""
        for i, first in enumerate(roots):
            for second in roots[:i]:
                if frozenset((first, second)) not in self.context.independent:
                    raise ReadError(f"expected a joint law of '{second}' and '{first}'", self.span)


def asks_vectors(el: Elaborator, items: Sequence[Syntax]) -> bool:
    """Whether a random vector of open size stands in a bracket."""
    from .shapes_of_syntax import words

    named = {w.text for item in items for w in words(item)} - set(el.bound)
    return any(name in el.context.vectors for name in named)


def inquiry(el: Elaborator, behind: Sequence[tuple[Syntax, Syntax | None]], span: Span) -> Inquiry:
    """A question under what stands behind the bar: one vector, or nothing."""
    if len(behind) > 1:
        raise ReadError("not read: several random vectors behind the bar", span)
    given = None
    for variable, value in behind:
        node = el.node(variable)
        point = el.node(value) if value is not None else node
        if not random_in(node, el.context):
            raise ReadError("expected a random vector behind the bar", variable.span)
        given = (linear_form(node, el.context, span), point)
    return Inquiry(el.context, span, given)


def vector_moments(el: Elaborator, kind: str, arguments: Group, span: Span) -> Node | None:
    """E, Var, Cov of random vectors of open size; None where none stands in the bracket."""
    if not asks_vectors(el, arguments.items):
        return None
    from .chain_words import question

    found = question(arguments.items)
    asked, items = inquiry(el, found.given, span), found.asked
    if len(items) not in ((1, 2) if kind == "covariance" else (1,)):
        raise ReadError(f"expected {'two variables' if kind == 'covariance' else 'one expression'}", span)
    nodes = [el.node(item) for item in items]
    if kind == "mean":
        return expected(asked, nodes[0])
    first, second = (linear_form(node, el.context, span) for node in (nodes[0], nodes[-1]))
    if not first.factors or not second.factors:
        raise ReadError("expected a random vector that is not given", span)
    return asked.covariance(first, second)


def expected(asked: Inquiry, node: Node) -> Node:
    r"""E of a linear form, and of `u v^T`: Cov(u, v) + E u (E v)^T."""
    if isinstance(node, Apply) and node.op == "mul" and len(node.args) == 2:
        first, second = node.args
        if isinstance(second, Apply) and second.op == "transpose" and random_in(first, asked.context):
            left, right = (linear_form(n, asked.context, asked.span) for n in (first, second.args[0]))
            square = mul(asked.mean(left), Apply("transpose", (asked.mean(right),)))
            return add(asked.covariance(left, right), square)
    form = linear_form(node, asked.context, asked.span)
    if not form.factors:
        raise ReadError("expected a random vector that is not given", asked.span)
    return asked.mean(form)


def law_question(
    el: Elaborator, name: str, behind: Sequence[tuple[Syntax, Syntax | None]], span: Span
) -> tuple[Node, Node, Size]:
    """Mean, covariance and size of a random vector of open size given another."""
    asked = inquiry(el, behind, span)
    form = linear_form(Name(name), el.context, span)
    return asked.mean(form), asked.covariance(form, form), el.context.vectors[name].size


# -- the head and its parts --------------------------------------------------------------------------------------------
