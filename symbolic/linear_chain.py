r"""Chains of Gaussian variables: moments of linear forms, also given others, as heads over the declared chain.

Every variable that a question touches is written in coordinates v_1, .., v_n, in the order of the chain,

    v = B v + c + e,      e ~ N(0, D),      B strictly lower triangular:

a law N(m, S) gives c = m and D = S, a conditional law y | x ~ N(A x + b, S) gives the rows A of B, c = b and D = S; an
affine image is no coordinate but a linear form.  The heads carry what was declared and no moment that was derived:

    chain_mean(B, c, D, T, t)              E[T v + t]             chain_mean(B, c, D, T, t, G, g, y)    the same given
    chain_covariance(B, c, D, T, t)        Cov(T v + t)           G v + g = y; likewise chain_covariance

The symbolic route propagates moments and takes the Schur complement; the numeric one solves the precision of the joint
density for what is given.  Variables without a law of their own count as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .affine import coefficients, left_factor, signed_terms
from .context import AffineLaw, ConditionalLaw, Context, GaussianLaw, component_names
from .source import ReadError, Span
from .tree import Apply, Array, Name, Node, Number, add, column, free_names, integer, mul, neg

LIMIT = 12
ZERO, ONE = integer(0), integer(1)


@dataclass(frozen=True, slots=True)
class Form:
    """A linear form: coefficients of the coordinates, and a constant."""

    terms: Mapping[int, Node]
    constant: Node = ZERO


@dataclass
class Chain:
    """The coordinates that a question needs, built name by name; `letter` is the model under which it is asked."""

    context: Context
    letter: str
    span: Span
    rows: list[Form] = field(default_factory=list)
    noise: dict[tuple[int, int], Node] = field(default_factory=dict)
    known: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    parents: set[str] = field(default_factory=set)
    plain: frozenset[str] = frozenset()

    # -- names -----------------------------------------------------------------------------------------------------
    def is_random(self, name: str) -> bool:
        """Whether the name has a law, or the vector has whose component it is."""
        return self.has_law(name) or self.component(name) is not None

    def has_law(self, name: str) -> bool:
        law = self.context.laws.get(name)
        known = isinstance(law, GaussianLaw | AffineLaw) or self.context.conditional(name, self.letter) is not None
        entry = self.context.get(name)
        spelled = entry is not None and entry.kind in ("law", "scalar") and entry.value is not None
        return known or (spelled and any(self.is_random(n) for n in free_names(entry.value) if n != name))  # type: ignore[union-attr, arg-type]

    def component(self, name: str) -> tuple[str, int] | None:
        """(x, 2) of `x_2` where the vector x has a law."""
        base, _, index = name.rpartition("_")
        if not base or not index.isdigit():
            return None
        own = self.context.laws.get(base)
        known = self.context.conditional(base, self.letter) or (
            own if isinstance(own, GaussianLaw | AffineLaw) else None
        )
        return (base, int(index)) if known is not None and 1 <= int(index) <= known.dimension > 1 else None

    def drawn_from(self, name: str) -> set[str]:
        """The names that the law of a name refers to."""
        part, conditional = self.component(name), self.context.conditional(name, self.letter)
        law, entry = self.context.laws.get(name), self.context.get(name)
        if conditional is not None:
            return {*conditional.given, *free_names(conditional.mean)}
        if isinstance(law, GaussianLaw):
            return set()
        if isinstance(law, AffineLaw):
            return {law.base}
        if part is not None:
            return {part[0]}
        return set() if entry is None or entry.value is None else set(free_names(entry.value))

    def dimension(self, name: str) -> int:
        law = self.context.conditional(name, self.letter) or self.context.laws.get(name)
        return 1 if law is None else law.dimension

    def forms(self, name: str) -> tuple[Form, ...]:
        """The components of a random name in coordinates."""
        if name in self.known:
            return self.known[name]
        if name in self.open:
            raise ReadError(f"expected the law of '{name}' without a circle of conditions", self.span)
        self.open.append(name)
        self.known[name] = self.built(name)
        self.open.remove(name)
        return self.known[name]

    def built(self, name: str) -> tuple[Form, ...]:
        part = self.component(name)
        conditional = self.context.conditional(name, self.letter)
        law = self.context.laws.get(name)
        if conditional is not None:
            return self.drawn(conditional)
        if isinstance(law, GaussianLaw):
            self.roots.append(name)
            return self.coordinates(law.dimension, self.entries(law.mean, law.dimension), law.covariance)
        if isinstance(law, AffineLaw):
            base = self.forms(law.base)
            d = self.context.laws[law.base].dimension
            offsets = vector_entries(law.offset, law.dimension)
            return tuple(
                combined([(entry_of(law.matrix, i, j, law.dimension, d), base[j]) for j in range(d)], offsets[i])
                for i in range(law.dimension)
            )
        if part is not None:
            return (self.forms(part[0])[part[1] - 1],)
        entry = self.context.get(name)
        if entry is not None and entry.value is not None:
            return self.of(entry.value)
        raise ReadError(f"expected the law of '{name}'", self.span)

    def entries(self, node: Node, size: int) -> tuple[Form, ...]:
        return tuple(Form({}, entry) for entry in vector_entries(node, size))

    def drawn(self, law: ConditionalLaw) -> tuple[Form, ...]:
        """The coordinates of y | x ~ N(A x + b, S)."""
        self.parents |= {n for n in law.given if not self.is_random(n)}
        means = self.of(law.mean) if self.random_in(law.mean) else self.entries(law.mean, law.dimension)
        if len(means) != law.dimension:
            raise ReadError(f"expected a mean of {law.dimension} components for '{law.name}'", self.span)
        for name in sorted(self.random_in(law.covariance)):
            raise ReadError(f"not read: a covariance of '{law.name}' that depends on '{name}'", self.span)
        if not law.given and not self.random_in(law.mean):
            self.roots.append(law.name)
        return self.coordinates(law.dimension, means, law.covariance)

    def coordinates(self, size: int, means: tuple[Form, ...], covariance: Node) -> tuple[Form, ...]:
        """New coordinates with these means, linear in the coordinates before, and this covariance."""
        start = len(self.rows)
        self.rows.extend(means)
        if len(self.rows) > LIMIT:
            raise ReadError(f"expected at most {LIMIT} Gaussian coordinates in one question", self.span)
        for i in range(size):
            for j in range(size):
                entry = entry_of(covariance, i, j, size, size)
                if entry != ZERO:
                    self.noise[start + i, start + j] = entry
        return tuple(Form({start + i: ONE}) for i in range(size))

    # -- expressions -----------------------------------------------------------------------------------------------
    def random_in(self, node: Node) -> set[str]:
        return {n for n in free_names(node) if self.is_random(n)}

    def of(self, node: Node) -> tuple[Form, ...]:
        """The components of an expression that is linear in random names.  Raises ReadError for any other."""
        names = tuple(sorted(self.random_in(node)))
        if isinstance(node, Name) and names:
            return self.forms(node.name)
        if isinstance(node, Array) and node.shape[1] == 1:
            return tuple(self.of(row[0])[0] for row in node.rows)
        if any(self.dimension(n) > 1 for n in names):
            return self.vector(node, names)
        found = coefficients(node, names)
        if found is None:
            raise ReadError("expected an expression that is linear in the random variables", self.span)
        pairs = [(c, self.forms(n)[0]) for c, n in zip(found[0], names, strict=True)]
        return (combined(pairs, found[1]),)

    def vector(self, node: Node, names: Sequence[str]) -> tuple[Form, ...]:
        """`A x + b`, `A x + B y`, `\\sqrt{a} x + e` of random vectors of one size, or images of them."""
        sizes = {self.dimension(n) for n in names}
        if len(sizes) != 1:
            raise ReadError("expected random vectors of one dimension", self.span)
        d = sizes.pop()
        sums: list[list[tuple[Node, Form]]] = [[] for _ in range(d)]
        offsets: list[list[Node]] = [[] for _ in range(d)]
        for term, sign in signed_terms(node):
            used = [n for n in names if n in free_names(term)]
            if not used:
                for i, entry in enumerate(vector_entries(term, d)):
                    offsets[i].append(entry if sign > 0 else neg(entry))
                continue
            factor = left_factor(quotient(term), used[0], d) if len(used) == 1 else None
            if factor is None:
                raise ReadError("expected an expression that is linear in the random vectors", self.span)
            base = self.forms(used[0])
            for i in range(d):
                for j in range(d):
                    entry = self.factor_entry(factor, i, j, d)
                    sums[i].append((entry if sign > 0 else times(integer(-1), entry), base[j]))
        return tuple(combined(sums[i], add(*offsets[i]) if offsets[i] else ZERO) for i in range(d))

    def factor_entry(self, factor: Node, i: int, j: int, d: int) -> Node:
        """The entry of what stands in front of a vector: a matrix, or a number times the identity."""
        from .shapes import ShapeError, shape_of

        try:
            shape = shape_of(factor, self.context)
        except ShapeError as error:
            raise ReadError(error.message, self.span) from None
        if shape == ():
            return factor if i == j else ZERO
        return entry_of(factor, i, j, d, d)

    # -- the heads -------------------------------------------------------------------------------------------------
    def arguments(self, targets: Sequence[Form], given: Sequence[Form], values: Sequence[Node]) -> tuple[Node, ...]:
        """(B, c, D, T, t) and, where something is given, (G, g, y)."""
        n = len(self.rows)
        if n == 0:
            raise ReadError("expected a random variable that is not given", self.span)
        self.refuse_dependence()
        noise = Array(tuple(tuple(self.noise.get((i, j), ZERO) for j in range(n)) for i in range(n)))
        found = (*matrix_and_constant(self.rows, n), noise, *matrix_and_constant(targets, n))
        chain = (found[0], found[1], found[2], found[3], found[4])
        return chain if not given else (*chain, *matrix_and_constant(given, n), column(*values))

    def refuse_unknown_parents(self) -> None:
        """A law given x answers a question without x only where x has a law: E[y] is no number of x."""
        for name in sorted(self.parents - self.plain):
            raise ReadError(f"expected the law of '{name}', or '{name}' behind the bar", self.span)

    def refuse_dependence(self) -> None:
        """Two laws that nothing joins are independent only where the document says so."""
        for i, first in enumerate(self.roots):
            for second in self.roots[:i]:
                if frozenset((first, second)) not in self.context.independent:
                    raise ReadError(f"expected a joint law of '{second}' and '{first}'", self.span)


def matrix_and_constant(forms: Sequence[Form], n: int) -> tuple[Array, Array]:
    rows = tuple(tuple(form.terms.get(j, ZERO) for j in range(n)) for form in forms)
    return Array(rows), column(*(form.constant for form in forms))


def combined(pairs: Sequence[tuple[Node, Form]], constant: Node) -> Form:
    """sum c_k form_k + constant."""
    terms: dict[int, list[Node]] = {}
    constants: list[Node] = [] if constant == ZERO else [constant]
    for factor, form in pairs:
        if factor == ZERO:
            continue
        for index, coefficient in form.terms.items():
            terms.setdefault(index, []).append(times(factor, coefficient))
        if form.constant != ZERO:
            constants.append(times(factor, form.constant))
    return Form({k: add(*parts) for k, parts in terms.items()}, add(*constants) if constants else ZERO)


def times(first: Node, second: Node) -> Node:
    if ZERO in (first, second):
        return ZERO
    return second if first == ONE else first if second == ONE else mul(first, second)


def quotient(term: Node) -> Node:
    """`x / c` as `(1/c) x`, so that the vector stands last."""
    if isinstance(term, Apply) and term.op == "div":
        return mul(Apply("div", (ONE, term.args[1])), term.args[0])
    return term


def vector_entries(node: Node, size: int) -> tuple[Node, ...]:
    """The entries of a column; a 0 stands for the zero vector."""
    if isinstance(node, Array):
        if node.shape[0] != size:
            raise ReadError(f"expected a column of {size} entries; got {node.shape[0]}", node.span)
        return tuple(row[0] for row in node.rows)
    if isinstance(node, Number) and node.value == 0:
        return (ZERO,) * size
    return (node,) if size == 1 else tuple(Apply("entry", (node, integer(i + 1))) for i in range(size))


def entry_of(node: Node, i: int, j: int, rows: int, columns: int) -> Node:
    """The entry (i, j), from 0, of a matrix as written; of a number times the identity without forming it."""
    if isinstance(node, Array):
        return node.rows[i][j]
    if isinstance(node, Apply) and node.op == "identity":
        return ONE if i == j else ZERO
    if isinstance(node, Apply) and node.op == "mul":
        units = [k for k, part in enumerate(node.args) if isinstance(part, Apply) and part.op == "identity"]
        if len(units) == 1 and (rest := tuple(p for k, p in enumerate(node.args) if k != units[0])):
            scalar = rows * columns == 1 or len(rest) == 1
            if scalar:
                inner = mul(*rest)
                return inner if i == j else ZERO
    if rows == columns == 1:
        return node
    return Apply("entry", (node, integer(i + 1), integer(j + 1)))


def scalars_of(name: str, dimension: int) -> tuple[Node, ...]:
    """The points of a name: itself, or its components."""
    return tuple(Name(n) for n in component_names(name, dimension))
