r"""Words of probability over chains of Gaussian variables: moments and densities, given others or not.

    E[x_{t-1} | x_t, x_0]    Var(X | Y = y)    Cov(x_s, x_t | x_0)    p(x | y)    q(x_{t-1} | x_t, x_0)

Each becomes a head over the declared chain (`linear_chain`); E[u v] is written as Cov(u, v) + E[u] E[v].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .affine import signed_terms
from .context import AffineLaw, MappedLaw, component_names
from .linear_chain import Chain, Form, vector_entries
from .sample_words import sample_moment
from .shapes_of_syntax import words as every_word
from .source import NOWHERE, ReadError, Span
from .syntax import Group, Infix, Relation, Syntax, Word
from .tree import Apply, Array, Name, Node, add, free_names, integer, mul, neg, walk
from .vector_laws import vector_moments

if TYPE_CHECKING:
    from .elaborate import Elaborator

LETTERS = ("p", "q", "f")
INDICES = ("i", "j", "k", "l", "n", "t")
MOMENTS = {
    "E": "mean",
    "Var": "variance",
    "var": "variance",
    "V": "variance",
    "Cov": "covariance",
    "cov": "covariance",
}


# The places of c, t, g and y among the arguments of a head.
CONSTANTS = (1, 4, 6, 7)


def zeros_like(array: Array) -> Array:
    return Array(tuple(tuple(integer(0) for _ in row) for row in array.rows))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked and what is given: `u, v | w = y, z` with values None where the name is its own value."""

    asked: tuple[Syntax, ...]
    given: tuple[tuple[Syntax, Syntax | None], ...]


def question(items: Sequence[Syntax]) -> Question:
    """The items of a bracket, cut at the bar."""
    asked: list[Syntax] = []
    given: list[Syntax] = []
    barred = False
    for item in items:
        if isinstance(item, Infix) and item.op == "given" and not barred:
            asked.append(item.args[0])
            right = item.args[1]
            given.extend(right.items if isinstance(right, Group) and right.open == "{" else (right,))
            barred = True
        else:
            (given if barred else asked).append(item)
    return Question(tuple(asked), tuple(event(g) for g in given))


def event(syntax: Syntax) -> tuple[Syntax, Syntax | None]:
    """`Y = y` as the variable and its value."""
    if isinstance(syntax, Relation) and [r.text for r in syntax.relations] == ["="]:
        return syntax.sides[0], syntax.sides[1]
    return syntax, None


# -- the chain behind a question ---------------------------------------------------------------------------------------
def concerned(el: Elaborator, items: Sequence[Syntax], letter: str = "", bound: bool = False) -> bool:
    """Whether a name of the bracket has a law given others, is an image of two laws, or is asked under a condition.

    A bound name is no random variable, but may be the point of a density (`bound`).
    """
    chain = Chain(el.context, letter, NOWHERE)
    names = {w.text for item in items for w in every_word(item)} - (set() if bound else set(el.bound))
    random = {n for n in names if chain.is_random(n)}
    barred = any(isinstance(item, Infix) and item.op == "given" for item in items)
    return bool(random) and (barred or any(is_chained(chain, n) for n in random) or several_roots(chain, random))


def is_sampled(el: Elaborator, arguments: Group) -> bool:
    """Whether a name of the bracket has a law as `x_i`, or stands for an expression with such names."""
    if len(arguments.items) != 1 or (isinstance(arguments.items[0], Infix) and arguments.items[0].op == "given"):
        return False
    used = {w.text for w in every_word(arguments.items[0])} - set(el.bound)
    entries = [el.entry(n) for n in used]
    for entry in entries:
        if entry is not None and entry.value is not None:
            used |= free_names(entry.value)
            used |= {n for part in walk(entry.value) for n in free_names(part)}
    return any(n in el.context.laws and n.rpartition("_")[2] in INDICES and "_" in n for n in used)


def of_vectors(el: Elaborator, items: Sequence[Syntax]) -> bool:
    """Whether an expression in a random vector stands in the bracket, and not the vector alone."""
    chain = Chain(el.context, "", NOWHERE)
    names = {w.text for item in items if not isinstance(item, Word) for w in every_word(item)} - set(el.bound)
    return any(chain.has_law(n) and chain.dimension(n) > 1 for n in names)


def is_chained(chain: Chain, name: str, level: int = 0) -> bool:
    """Whether a law given others lies behind the name."""
    if chain.context.conditional(name, chain.letter) is not None or chain.component(name) is not None:
        return True
    law = chain.context.laws.get(name)
    entry = chain.context.get(name)
    behind = [law.base] if isinstance(law, AffineLaw | MappedLaw) else []
    if law is None and entry is not None and entry.value is not None:
        behind = sorted(free_names(entry.value))
    return level < 20 and any(is_chained(chain, n, level + 1) for n in behind if n != name)


def several_roots(chain: Chain, names: set[str]) -> bool:
    """Whether more than one law of its own lies behind the names."""
    found: set[str] = set()
    stack, seen = list(names), set()
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        law = chain.context.laws.get(name)
        entry = chain.context.get(name)
        if law is not None:
            stack.append(law.base) if isinstance(law, AffineLaw | MappedLaw) else found.add(name)
        elif entry is not None and entry.value is not None:
            stack.extend(free_names(entry.value))
    return len(found) > 1


def letter_of(el: Elaborator, names: set[str], span: Span) -> str:
    """The model under which names are asked about where none is written: the only one that knows them."""
    letters = {c.letter for c in el.context.conditionals.values() if c.letter and (c.name in names or not names)}
    if len(letters) > 1:
        raise ReadError(f"expected the law under the sign: {' or '.join(sorted(letters))}", span)
    return next(iter(letters), "")


@dataclass
class Asked:
    """A chain with what is given in its coordinates."""

    chain: Chain
    given: tuple[Form, ...]
    values: tuple[Node, ...]

    def head(self, op: str, forms: Sequence[Form]) -> Node:
        """A moment of forms; a covariance does not depend on any constant, nor on the values of what is given."""
        declared = self.as_declared(op, forms)
        if declared is not None:
            return declared
        parts = self.chain.arguments(forms, self.given, self.values)
        if op == "chain_covariance":
            parts = tuple(zeros_like(p) if isinstance(p, Array) and i in CONSTANTS else p for i, p in enumerate(parts))
        return Apply(op, parts, self.chain.span)

    def as_declared(self, op: str, forms: Sequence[Form]) -> Node | None:
        """The mean or variance of one number that is drawn from numbers alone, as its law says them."""
        if self.given or len(forms) != 1 or forms[0].constant != integer(0) or len(forms[0].terms) != 1:
            return None
        (index, coefficient), *_ = forms[0].terms.items()
        row = self.chain.rows[index]
        others = [j for i, j in self.chain.noise if i == index and j != index]
        if coefficient != integer(1) or row.terms or others:
            return None
        return row.constant if op == "chain_mean" else self.chain.noise.get((index, index))

    def mean(self, forms: Sequence[Form]) -> Node:
        return self.head("chain_mean", forms)

    def covariance(self, first: Sequence[Form], second: Sequence[Form]) -> Node:
        """Cov(u, v), of all components with each other."""
        if list(first) == list(second):
            return self.head("chain_covariance", first)
        whole = self.head("chain_covariance", (*first, *second))
        n = len(first)
        rows = tuple(
            tuple(Apply("entry", (whole, integer(i + 1), integer(n + j + 1))) for j in range(len(second)))
            for i in range(n)
        )
        return rows[0][0] if n == len(second) == 1 else Array(rows)


def asked_of(el: Elaborator, found: Question, letter: str, span: Span) -> Asked:
    """The chain of a question; names without a law behind the bar are numbers."""
    chain = Chain(el.context, letter, span)
    forms: list[Form] = []
    values: list[Node] = []
    plain: set[str] = set()
    nodes = [random_node(el, chain, variable) for variable, _ in found.given]
    asked = [random_node(el, chain, event(item)[0]) for item in found.asked]
    refuse_unjoined(chain, asked, nodes)
    if is_closed(chain, asked, nodes):
        for node, (variable, value) in zip(nodes, found.given, strict=True):
            assert isinstance(node, Name)
            plain.add(node.name)
            if chain.is_random(node.name):
                entries = value_entries(el, value if value is not None else variable, chain.dimension(node.name))
                chain.known[node.name] = tuple(Form({}, entry) for entry in entries)
        chain.plain = frozenset(plain)
        return Asked(chain, (), ())
    for node, (variable, value) in zip(nodes, found.given, strict=True):
        if not chain.random_in(node):
            if not isinstance(node, Name) or value is not None:
                raise ReadError("expected a random variable behind the bar", variable.span)
            plain.add(node.name)
            continue
        parts = chain.of(node)
        forms.extend(parts)
        values.extend(value_entries(el, value if value is not None else variable, len(parts)))
    chain.plain = frozenset(plain)
    return Asked(chain, tuple(forms), tuple(values))


def value_entries(el: Elaborator, syntax: Syntax, size: int) -> tuple[Node, ...]:
    """The value of a variable by components; an undeclared x of a random vector has the components x_1, .., x_n."""
    if size > 1 and isinstance(syntax, Word) and not el.knows(syntax.text):
        names = component_names(syntax.text, size)
        for name in names:
            if not el.knows(name):
                el.imply(name, "a component of a value")
        return tuple(Name(name, syntax.span) for name in names)
    if size == 1 and isinstance(syntax, Word) and not el.knows(syntax.text):
        el.imply(syntax.text, "a value")  # a number, also where x_1 and x_2 are known
    return vector_entries(el.node(syntax), size)


def random_node(el: Elaborator, chain: Chain, syntax: Syntax) -> Node:
    """An expression in random names; the small letter of a random X stands for X."""
    if isinstance(syntax, Word) and not chain.is_random(syntax.text):
        capital = syntax.text[:1].upper() + syntax.text[1:]
        if chain.is_random(capital):
            return Name(capital, syntax.span)
    return el.node(syntax)


def is_closed(chain: Chain, asked: Sequence[Node], given: Sequence[Node]) -> bool:
    """Whether what is given are variables that lie before all that is asked: then they are numbers to it.

    No given variable may come from an ancestor of the question that is not given itself: q(x_t | x_{t-1}) is closed,
    q(x_{t-1} | x_t) is not.
    """
    names = {node.name for node in given if isinstance(node, Name)}
    if not given or len(names) != len(given):
        return False
    targets = {n for node in asked for n in free_names(node)}
    before = ancestors(chain, targets, names)
    return not any(before & ancestors(chain, {name}, names - {name}) for name in names)


def refuse_unjoined(chain: Chain, asked: Sequence[Node], given: Sequence[Node]) -> None:
    """What is given tells nothing of what is asked only where the document says that they are independent."""
    before = ancestors(chain, {n for node in asked for n in free_names(node)}, set())
    for node in given:
        behind = ancestors(chain, set(free_names(node)), set())
        if not before or not behind or before & behind:
            continue
        for first in sorted(roots_among(chain, before)):
            for second in sorted(roots_among(chain, behind)):
                if frozenset((first, second)) not in chain.context.independent:
                    raise ReadError(f"expected a joint law of '{first}' and '{second}'", chain.span)


def roots_among(chain: Chain, names: set[str]) -> set[str]:
    """The names that are drawn from no other."""
    return {name for name in names if not any(chain.is_random(n) for n in chain.drawn_from(name))}


def ancestors(chain: Chain, names: set[str], cut: set[str]) -> set[str]:
    """The names and all that they are drawn from, not through the cut."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name in found or name in cut or not chain.is_random(name):
            continue
        found.add(name)
        stack.extend(chain.drawn_from(name))
    return found


# -- moments -----------------------------------------------------------------------------------------------------------
def chain_moments(el: Elaborator, word: Word, arguments: Group, span: Span, letter: str | None = None) -> Node | None:
    """E, Var, Cov of a question about a chain; None where no chain is concerned."""
    kind = MOMENTS.get(word.text)
    if kind is None:
        return None
    vectors = vector_moments(el, kind, arguments, span)
    if vectors is not None:
        return vectors
    if letter is None:
        letter = letter_of(el, {w.text for i in arguments.items for w in every_word(i)}, span)
    sampled = sample_moment(el, kind, el.node(arguments.items[0]), span) if is_sampled(el, arguments) else None
    if sampled is not None:
        return sampled
    if not concerned(el, arguments.items, letter) and not of_vectors(el, arguments.items):
        return None
    found = question(arguments.items)
    if len(found.asked) not in ((1, 2) if kind == "covariance" else (1,)):
        raise ReadError(f"expected {'two variables' if kind == 'covariance' else 'one expression'}", span)
    asked = asked_of(el, found, letter, span)
    nodes = [random_node(el, asked.chain, item) for item in found.asked]
    if kind == "mean":
        node = expected(asked, nodes[0])
    else:
        forms = [asked.chain.of(n) for n in (nodes[0], nodes[-1])]
        node = asked.covariance(*forms)
    asked.chain.refuse_unknown_parents()
    return node


def expected(asked: Asked, node: Node) -> Node:
    """E of a linear form, and of sums of products of two of them."""
    chain = asked.chain
    names = chain.random_in(node)
    if not names:
        return node
    if isinstance(node, Apply) and node.op == "div" and not chain.random_in(node.args[1]):
        return Apply("div", (expected(asked, node.args[0]), node.args[1]))
    try:
        return asked.mean(chain.of(node))
    except ReadError:
        terms = signed_terms(node)
        if len(terms) > 1:
            return add(*(expected(asked, t) if sign > 0 else neg(expected(asked, t)) for t, sign in terms))
        pair = product_of_two(chain, node)
        if pair is None:
            raise
    factors, first, second = pair
    left, right = chain.of(first), chain.of(second)
    if len(left) != 1 or len(right) != 1:
        raise ReadError("not read: the expectation of a product of vectors", chain.span)
    moment = add(asked.covariance(left, right), mul(asked.mean(left), asked.mean(right)))
    return mul(*factors, moment) if factors else moment


def log_of_density(node: Node) -> Node:
    """log(e^a / sqrt(b)) as a - log(b) / 2: the logarithm of a written Gaussian density is a quadratic form."""
    if not (isinstance(node, Apply) and node.op == "log"):
        return node
    inner = node.args[0]
    if not (isinstance(inner, Apply) and inner.op == "div"):
        return node
    top, bottom = inner.args
    if isinstance(top, Apply) and top.op == "exp" and isinstance(bottom, Apply) and bottom.op == "sqrt":
        return add(top.args[0], neg(Apply("div", (Apply("log", bottom.args), integer(2)))))
    return node


def product_of_two(chain: Chain, node: Node) -> tuple[tuple[Node, ...], Node, Node] | None:
    """(factors, u, v) of `c u v` or `c u^2`."""
    factors = node.args if isinstance(node, Apply) and node.op == "mul" else (node,)
    random: list[Node] = []
    plain: list[Node] = []
    for factor in factors:
        if not chain.random_in(factor):
            plain.append(factor)
        elif isinstance(factor, Apply) and factor.op == "pow" and factor.args[1] == integer(2):
            random.extend((factor.args[0], factor.args[0]))
        else:
            random.append(factor)
    return (tuple(plain), random[0], random[1]) if len(random) == 2 else None
