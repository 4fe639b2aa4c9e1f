r"""The notation context: every name with its type, domain, scope and provenance.

A problem file, a `twofold` block, mathematics and prose produce the same entries.  What is declared as a law, a map, a
flow or an energy is kept as a record of trees; the names that belong to it (the density p_Y, the field f, the
components z_1, the normaliser Z_p) are entries of their own that point to it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .domains import DEFAULT_REAL, Domain
from .source import NOWHERE, Span
from .tree import Node, integer

ZERO = integer(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianLaw:
    """X ~ N(mean, covariance) in R^dimension."""

    name: str
    dimension: int
    mean: Node
    covariance: Node
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class AffineLaw:
    """The law of matrix * base + offset."""

    name: str
    dimension: int
    base: str
    matrix: Node
    offset: Node
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedLaw:
    """The law of forward(base), a bijection of `variables`; `inverse` in terms of `targets`, when given."""

    name: str
    dimension: int
    base: str
    variables: tuple[str, ...]
    forward: tuple[Node, ...]
    targets: tuple[str, ...]
    inverse: tuple[Node, ...] | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeLaw:
    """A law of which nothing is known but that it has a density: `density` names a positive function of mass 1."""

    name: str
    dimension: int
    density: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLaw:
    """dz/dt = field(z, t; parameters), started from the law `start` at t = 0; the law of z(t) for t in `times`.

    `start_names` are names of the starting point where the document gives it some; `start_density` is the density at
    the start as a tree in `variables` where it is given by a formula and not by a law.
    """

    name: str
    dimension: int
    start: str | None
    variables: tuple[str, ...]
    time: str
    field: tuple[Node, ...]
    times: tuple[float, float] = (0.0, 1.0)
    parameters: Mapping[str, Domain] = dataclasses.field(default_factory=dict)
    at: Mapping[str, Node] = dataclasses.field(default_factory=dict)
    field_name: str = "f"
    density_name: str = "p"
    start_names: tuple[str, ...] = ()
    start_density: Node | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyLaw:
    """p(x; phi) = exp(-energy(x, phi)) / Z(phi) on R^dimension; `at` gives the parameters at which numbers are made."""

    name: str
    dimension: int
    variables: tuple[str, ...]
    parameters: Mapping[str, Domain]
    energy: Node
    at: Mapping[str, Node] = dataclasses.field(default_factory=dict)
    energy_name: str = "E"
    partition_name: str = "Z"
    support: tuple[tuple[Node, Node], ...] | None = None
    span: Span = NOWHERE


Law = GaussianLaw | AffineLaw | MappedLaw | FreeLaw | FlowLaw | EnergyLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalLaw:
    """name | given ~ N(mean, covariance), the mean affine in what is given; no law of its own before it is joined.

    `letter` is the density that declares it (`q` of `q(x_t | x_{t-1}) = ..`), "" where a `~` does: laws of different
    letters are laws under different models and are never joined.
    """

    name: str
    dimension: int
    given: tuple[str, ...]
    mean: Node
    covariance: Node
    letter: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorLaw:
    """A Gaussian vector of R^size, the size a name or a whole number: N(mean, covariance), or what `value` makes."""

    name: str
    size: int | str
    mean: Node = ZERO
    covariance: Node = ZERO
    value: Node | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name and what it stands for.

    `kind` is one of: scalar, vector, matrix, function, law (a random variable), field, path, component, start, density,
    energy, partition, time, index.  `of` names the law, flow or energy that it belongs to; `position` the component.
    """

    name: str
    kind: str
    domain: Domain = DEFAULT_REAL
    of: str = ""
    position: int = 0
    value: Node | None = None
    arguments: tuple[str, ...] = ()
    span: Span = NOWHERE
    rule: str = ""

    @property
    def type_name(self) -> str:
        """For a person: `vector(2)`, `density of Y`, `component 1 of z`."""
        if self.kind in ("density", "field", "path", "energy", "partition", "time"):
            return f"{self.kind} of {self.of}" if self.of else self.kind
        if self.kind == "start":
            return f"component {self.position} of the starting point of {self.of}"
        if self.kind == "component":
            return f"component {self.position} of {self.of}"
        if self.domain.arity is not None and self.domain.shape:
            return f"map of R^{self.domain.shape[0]}" if len(self.domain.shape) == 1 else "function"
        if self.domain.shape:
            kind = "vector" if len(self.domain.shape) == 1 else "matrix"
            return f"{kind}({', '.join(str(s) for s in self.domain.shape)})"
        if self.domain.arity is not None:
            return f"function({self.domain.arity})"
        return "random variable" if self.kind == "law" else self.kind


@dataclass(frozen=True)
class Context:
    """Names in order of declaration, and the laws that they belong to.  Immutable: `declare` returns a new one."""

    entries: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    laws: Mapping[str, Law] = dataclasses.field(default_factory=dict)
    # Names that a document declares further down: they are not to be taken as undeclared meanwhile.
    expected: frozenset[str] = frozenset()
    # Laws given other names, by (letter, name); and pairs of names that are said to be independent.
    conditionals: Mapping[tuple[str, str], ConditionalLaw] = dataclasses.field(default_factory=dict)
    independent: frozenset[frozenset[str]] = frozenset()
    # Gaussian vectors whose dimension is a name.
    vectors: Mapping[str, VectorLaw] = dataclasses.field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def get(self, name: str) -> Entry | None:
        return self.entries.get(name)

    def declare(self, *entries: Entry) -> Context:
        return replace(self, entries={**self.entries, **{entry.name: entry for entry in entries}})

    def with_law(self, law: Law, *entries: Entry) -> Context:
        extended = self.declare(*entries)
        return replace(extended, laws={**self.laws, law.name: law})

    def joined(self, other: Context) -> Context:
        """The names and laws of both, those of the other first."""
        return replace(
            self,
            entries={**self.entries, **other.entries},
            laws={**self.laws, **other.laws},
            conditionals={**self.conditionals, **other.conditionals},
            independent=self.independent | other.independent,
            vectors={**self.vectors, **other.vectors},
        )

    def with_conditional(self, law: ConditionalLaw) -> Context:
        return replace(self, conditionals={**self.conditionals, (law.letter, law.name): law})

    def conditional(self, name: str, letter: str = "") -> ConditionalLaw | None:
        """The law of a name given others, under the model of the letter."""
        return self.conditionals.get((letter, name)) or self.conditionals.get(("", name))

    def law_of(self, name: str) -> Law | None:
        """The law that a random variable, density, path, field or partition function belongs to."""
        entry = self.entries.get(name)
        if entry is None:
            return self.laws.get(name)
        return self.laws.get(entry.of or entry.name)

    def nearest(self, name: str) -> str:
        """The nearest declared name, or ""."""
        from difflib import get_close_matches

        found = get_close_matches(name, list(self.entries), n=1, cutoff=0.6)
        return found[0] if found else ""

    def names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(entry.name for entry in self if entry.kind == kind)


def component_names(name: str, dimension: int) -> tuple[str, ...]:
    """`z_1, ..., z_n`; a scalar keeps its own name.

    >>> component_names("z", 2), component_names("x", 1)
    (('z_1', 'z_2'), ('x',))
    """
    if dimension == 1:
        return (name,)
    return tuple(f"{name}_{i}" for i in range(1, dimension + 1))
