"""Declarations of types, bounds, values and functions: from what a statement says to entries of the context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import shapes_of_syntax as look
from .context import Context, Entry
from .domains import ZERO, Bound, Domain
from .elaborate import Elaborator
from .notation import Declaration
from .said import Said
from .shapes import shape_of
from .source import ReadError, Span
from .syntax import Syntax, Word
from .tree import Apply, Name, Node, walk
from .vocabulary import CONSTANT_WORDS

TYPE = "x in R^n"


def type_declaration(word: Word, shape: tuple[int | str, ...], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        domain = Domain(shape=shape, text=f"vector({shape[0]})" if shape else "real")
        kind = "vector" if shape else "scalar"
        return with_vector(context, Entry(name=word.text, kind=kind, domain=domain, span=span))

    return Declaration(names=(word.text,), kind="type", span=span, rule=TYPE, build=build)


def with_vector(context: Context, vector: Entry) -> Context:
    """The context with the vector; free numbers y_1, y_2 declared beside it are its components from here on."""
    size = vector.domain.shape[0] if len(vector.domain.shape) == 1 else 0
    components = {f"{vector.name}_{i}" for i in range(1, size + 1)} if isinstance(size, int) else set()
    kept = {n: e for n, e in context.entries.items() if n not in components or not is_free_number(e)}
    return replace(context, entries=kept).declare(vector)


def is_free_number(entry: Entry) -> bool:
    domain = entry.domain
    return entry.kind == "scalar" and entry.value is None and domain.low is None and domain.high is None


ARGUMENTS = "arguments of a density"


def arguments_declaration(law: str, names: tuple[str, ...], span: Span, several: bool = False) -> Declaration:
    """The names as arguments of a density: the single one of a vector is a vector, those of `several` are numbers."""

    def build(context: Context) -> Context:
        known = context.laws.get(law)
        if known is None:
            raise ReadError(f"expected the law of {law}", span)
        rule = f"argument of the density of {law}"
        if len(names) == 1 and known.dimension > 1 and not several:
            domain = Domain(shape=(known.dimension,), text=f"vector({known.dimension})")
            return with_vector(context, Entry(name=names[0], kind="vector", domain=domain, span=span, rule=rule))
        return context.declare(*(Entry(name=n, kind="scalar", span=span, rule=rule) for n in names))

    return Declaration(names=names, kind="type", span=span, rule=ARGUMENTS, build=build, defines=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBound:
    """`x > 0` and `0 < x` between dollars: a name, the number, on which side and whether it is included."""

    word: Word
    number: Syntax
    below: bool
    closed: bool
    place: int


def bound_of(item: Said) -> WrittenBound | None:
    """The bound that an inequality between a name and a number states."""
    if item.relation not in ("<", "<=", ">", ">=") or not item.inline or item.lhs is None or item.rhs is None:
        return None
    for side, other, low in (
        (item.lhs, item.rhs, item.relation[0] == ">"),
        (item.rhs, item.lhs, item.relation[0] == "<"),
    ):
        word = look.bare_word(side)
        if word is None or word.text in CONSTANT_WORDS or look.bare_word(other) is not None:
            continue
        if {w.text for w in look.words(other)} <= set(CONSTANT_WORDS):
            closed = item.relation.endswith("=")
            return WrittenBound(word=word, number=other, below=low, closed=closed, place=item.span.start)
    return None


def bound_declaration(word: Word, bounds: Sequence[WrittenBound], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        ends: dict[str, Bound] = {}
        for bound in bounds:
            value = Elaborator(context).node(bound.number)
            ends.setdefault("low" if bound.below else "high", Bound(value=value, closed=bound.closed))
        domain = Domain(low=ends.get("low"), high=ends.get("high"), text="by an inequality")
        return context.declare(Entry(name=word.text, kind="scalar", domain=domain, span=span))

    return Declaration(names=(word.text,), kind="type", span=span, rule="an inequality", build=build)


def value_declaration(name: str, rhs: Syntax, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        from .declarations import symbol_entry

        el = Elaborator(context, implicit=True)
        node = el.node(rhs)
        if goes_through(name, node, el.context):
            raise ReadError(f"'{name}' is defined through itself", span)
        entry = symbol_entry(name, Domain(value=node, text="by its definition"), span, el.context)
        return el.context.declare(entry)

    return Declaration(names=(name,), kind="value", span=span, rule="a definition", build=build)


def goes_through(name: str, node: Node, context: Context) -> bool:
    """Whether a value leads back to the name: `x = z` and `z = x` are one definition and one claim."""
    seen: set[str] = set()
    pending = [node]
    while pending:
        for part in walk(pending.pop()):
            if not isinstance(part, Name) or part.name in seen:
                continue
            if part.name == name:
                return True
            seen.add(part.name)
            entry = context.get(part.name)
            if entry is not None and entry.value is not None and not entry.arguments:
                pending.append(entry.value)
    return False


def square_declaration(name: str, rhs: Syntax, span: Span) -> Declaration:
    """`s^2 = ..` declares s as the positive root."""

    def build(context: Context) -> Context:
        from .declarations import symbol_entry

        el = Elaborator(context, implicit=True)
        node = Apply("sqrt", (el.node(rhs),), span)
        domain = Domain(value=node, low=Bound(value=ZERO, closed=False), text="positive, by its square")
        return el.context.declare(symbol_entry(name, domain, span, el.context))

    return Declaration(names=(name,), kind="value", span=span, rule="a definition of its square", build=build)


def function_declaration(name: str, formal: tuple[str, ...], rhs: Syntax, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True, bound=formal)
        node = el.node(rhs)
        shape = shape_of(node, el.context.declare(*(Entry(name=n, kind="scalar") for n in formal if n not in context)))
        domain = Domain(arity=len(formal), shape=shape or (), text=f"function({len(formal)})")
        entry = Entry(name=name, kind="function", domain=domain, value=node, arguments=formal, span=span)
        return el.context.declare(entry)

    return Declaration(names=(name,), kind="function", span=span, rule="a definition", build=build)
