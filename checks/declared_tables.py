"""What a document declares in words and formulas, as the tables of a problem file.

    `Let Z ~ N(0, I_2), Y = AZ`        laws.Z = "N(0, I_2)"     maps.Y = { of = "Z", matrix = "A" }
    `W = e^X, and let w > 0`           maps.W = { of = "X", variables = ["x"], forward = ["e^x"], .. }    symbols.w
    `dz/dt = f(z) with z(0) = Z`       flows.z = { start = "Z", field = [..] }
    `p(x) = e^{-E(x)}/Z`               energies.p = { variables = ["x"], energy = "E(x)", .. }

One declaration after another, each behind what it needs as far as the document says it in that order; a value that is
no text of a table (a law of open size) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..symbolic.context import (
    AffineLaw,
    Context,
    EnergyLaw,
    Entry,
    FlowLaw,
    GaussianLaw,
    Law,
    MappedLaw,
    component_names,
)
from ..symbolic.domains import Domain
from ..symbolic.printing import plain
from ..symbolic.source import Source
from ..symbolic.tree import Apply, Array, Node, Number
from .material import material_of

Declared = tuple[str, str, object]  # section, name, value


def declared_tables(source: Source) -> Iterator[Declared]:
    """Section, name and value of everything that a document declares; of a name that it declares twice the first."""
    contexts = material_of(source).contexts
    seen: set[tuple[str, str]] = set()
    for find in (symbols_of, laws_of):
        for context in contexts:
            for section, name, value in find(context):
                if (section, name) not in seen:
                    seen.add((section, name))
                    yield section, name, value


# -- symbols -----------------------------------------------------------------------------------------------------------
def symbols_of(context: Context) -> Iterator[Declared]:
    """Numbers, vectors and matrices with their domains or values, and functions of which nothing else is said."""
    for entry in context:
        words = symbol_words(entry)
        if words:
            yield "symbols", entry.name, words


def symbol_words(entry: Entry) -> str:
    if entry.kind == "function" and entry.value is None and entry.domain.arity:
        return f"{'positive ' if entry.domain.positive_values else ''}function({entry.domain.arity})"
    if entry.kind not in ("scalar", "vector", "matrix") or entry.arguments or entry.of:
        return ""
    return f"= {plain(entry.value)}" if entry.value is not None else domain_words(entry.domain)


def domain_words(domain: Domain) -> str:
    """A domain in the words of a table: `positive`, `> 2, <= 3`, `symmetric matrix(2, 2)`, `= 3`."""
    if domain.value is not None:
        return f"= {plain(domain.value)}"
    sizes = ", ".join(str(size) for size in domain.shape)
    if len(domain.shape) == 2:
        return " ".join([*sorted(domain.traits), f"matrix({sizes})"])
    if domain.shape:
        return f"vector({sizes})"
    words = [] if domain.field == "real" else [domain.field]
    for bound, sign in ((domain.low, ">"), (domain.high, "<")):
        if bound is not None:
            words.append(bound_words(bound.value, sign, bound.closed))
    return ", ".join([*words, *(["nonzero"] if domain.nonzero else [])]) or "real"


def bound_words(value: Node, sign: str, closed: bool) -> str:
    if sign == ">" and isinstance(value, Number) and value.value == 0:
        return "nonnegative" if closed else "positive"
    return f"{sign}{'=' if closed else ''} {plain(value)}"


# -- laws --------------------------------------------------------------------------------------------------------------
def laws_of(context: Context) -> Iterator[Declared]:
    """The laws of a context, those of components of a declared vector apart."""
    vectors = [law for law in context.laws.values() if law.dimension > 1]
    components = {name for law in vectors for name in component_names(law.name, law.dimension)}
    for law in context.laws.values():
        found = None if law.name in components else law_table(law)
        if found is not None:
            yield found[0], law.name, found[1]


def law_table(law: Law) -> tuple[str, object] | None:
    """The section of a law and what stands there; None for a kind of law that no table declares."""
    if isinstance(law, GaussianLaw):
        return "laws", f"N({'0' if is_zero(law.mean) else plain(law.mean)}, {plain(law.covariance)})"
    if isinstance(law, AffineLaw):
        offset = {} if is_zero(law.offset) else {"offset": plain(law.offset)}
        return "maps", {"of": law.base, "matrix": plain(law.matrix), **offset}
    if isinstance(law, MappedLaw):
        inverse = {} if law.inverse is None else {"inverse": texts(law.inverse)}
        told = {"variables": list(law.variables), "forward": texts(law.forward), "targets": list(law.targets)}
        return "maps", {"of": law.base, **told, **inverse}
    if isinstance(law, FlowLaw):
        return "flows", flow_table(law)
    return ("energies", energy_table(law)) if isinstance(law, EnergyLaw) else None


def flow_table(law: FlowLaw) -> dict[str, Any]:
    usual = component_names(law.name, law.dimension)
    names = {"field_name": (law.field_name, "f"), "density": (law.density_name, "p"), "time": (law.time, "t")}
    return {
        **({"start": law.start} if law.start else {}),
        "field": texts(law.field),
        **({} if law.variables == usual else {"variables": list(law.variables)}),
        **({} if law.times == (0.0, 1.0) else {"times": list(law.times)}),
        **{key: name for key, (name, default) in names.items() if name and name != default},
        **parameters(law.parameters, law.at),
    }


def energy_table(law: EnergyLaw) -> dict[str, Any]:
    names = {"energy_name": (law.energy_name, "E"), "partition": (law.partition_name, "Z")}
    return {
        "variables": list(law.variables),
        **parameters(law.parameters, law.at),
        "energy": plain(law.energy),
        **{key: name for key, (name, default) in names.items() if name and name != default},
    }


def parameters(domains: Mapping[str, Domain], at: Mapping[str, Node]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if domains:
        found["parameters"] = {name: domain_words(domain) for name, domain in domains.items()}
    if at:
        found["at"] = {name: plain(value) for name, value in at.items()}
    return found


def texts(nodes: Sequence[Node]) -> list[str]:
    return [plain(node) for node in nodes]


def is_zero(node: Node) -> bool:
    """Whether a written number, vector or matrix is 0."""
    if isinstance(node, Array):
        return all(is_zero(entry) for row in node.rows for entry in row)
    return (isinstance(node, Number) and node.value == 0) or (isinstance(node, Apply) and node.op == "zeros")
