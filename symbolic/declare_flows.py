r"""Declarations of flows in a document: `\frac{d}{dt} z(t) = f(z(t), t)`, the field written out here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .context import Context, Entry, FlowLaw, component_names
from .domains import ZERO, Bound, Domain
from .elaborate import Elaborator
from .linear_fields import field_size, spelled_field
from .moving_names import component_equations, moves_with_others
from .notation import Declaration
from .source import ReadError, Span
from .syntax import Num, Syntax, Word
from .tree import Apply, Array, Call, Name, Node, integer, rewrite

if TYPE_CHECKING:
    from .said import Said

TIMES = ("t", "s", "tau", "u")
FROM_ZERO = Domain(low=Bound(value=ZERO, closed=True), text="nonnegative", declared=False)
FIELDS = ("f", "v", "u", "g", "F", "b")


def flow_declaration(
    lhs: Syntax, rhs: Syntax, span: Span, said: Sequence[Said], declared: Mapping[str, str]
) -> Declaration | None:
    """The flow that a derivative in time declares; None when the statement is something else, or says it again."""
    found = look.time_derivative(lhs)
    if found is None or found[1] not in TIMES:
        return None
    moving = moving_name(found[0], found[1])
    if moving is None or declared.get(moving[0]) in ("flow", "energy"):
        return None
    name, dimension = moving
    if moves_with_others(name, rhs, found[1]) or is_given(name, found[1], span, said):
        return None
    together = component_equations(name, said)
    if together is not None:
        base, parts = together
        return (
            None
            if declared.get(base) == "flow"
            else build_flow(base, len(parts), found[1], parts, span, list(said), None)
        )
    entries = field_entries(rhs, said, name)
    if entries is None or (dimension > 1 and len(entries) != dimension):
        return None
    dimension = len(entries)
    if dimension == 1 and (size := field_size(entries[0], said)) is not None:
        dimension = size
    return build_flow(name, dimension, found[1], entries, span, list(said), rhs)


def is_given(name: str, time: str, span: Span, said: Iterable[Said]) -> bool:
    r"""`\alpha(t) = e^{-t/2}`, said before its derivative is: a function of time, of which an equation is a claim.

    A solution `z(t) = e^{-t} z_0` speaks of a start, and comes after the flow.
    """
    for item in said:
        head = look.call(item.lhs) if item.lhs is not None and item.relation in ("=", ":=") else None
        if head is None or item.rhs is None or item.continued or item.span.start >= span.start:
            continue
        argument = look.bare_word(head[1][0]) if len(head[1]) == 1 else None
        if head[0].text != name or argument is None or argument.text != time:
            continue
        if not {w.text for w in look.words(item.rhs)} & {name, f"{name}_0"}:
            return True
    return False


def moving_name(body: Syntax, time: str) -> tuple[str, int] | None:
    """The name of what moves and its dimension (1 where one name stands): `z(t)`, `z`, a column of `z_i(t)`."""
    entries = look.column(body)
    if entries is not None:
        names = [moving_word(e, time) for e in entries]
        if any(n is None for n in names):
            return None
        bases = {n.rpartition("_")[0] for n in names if n is not None}
        if len(bases) == 1 and (base := bases.pop()):
            return base, len(names)
        return None
    word = moving_word(body, time)
    return None if word is None else (word, 1)


def moving_word(syntax: Syntax, time: str) -> str | None:
    word = look.bare_word(syntax)
    if word is not None:
        return word.text if len(word.text.partition("_")[0]) <= 5 else None
    found = look.call(syntax)
    if found is None or len(found[1]) != 1:
        return None
    argument = look.bare_word(found[1][0])
    return found[0].text if argument is not None and argument.text == time else None


def field_entries(rhs: Syntax, said: Iterable[Said], name: str) -> tuple[Syntax, ...] | None:
    """The components of the field of z: written here, or where `f(z)` or `f(z(t), t)` is defined."""
    entries = look.column(rhs)
    if entries is not None:
        return entries
    found = look.call(rhs)
    if found is not None and found[1] and (found[0].text == name or not state_like(found[1][0], name)):
        # `z (1 - z)`, `k (m - z)`: products.
        return (rhs,)
    if found is not None and found[0].text not in ("tanh", "sin", "cos", "exp", "log", "sinh", "cosh"):
        for item in said:
            other = look.call(item.lhs) if item.lhs is not None and item.relation in ("=", ":=") else None
            if other is not None and other[0].text == found[0].text and item.rhs is not None:
                return look.column(item.rhs) or (item.rhs,)
        return None
    return (rhs,)


def state_like(argument: Syntax, name: str) -> bool:
    """`z`, `z(t)`, or the first component of either."""
    head = look.call(argument)
    word = head[0] if head is not None else look.bare_word(argument)
    return word is not None and word.text in (name, f"{name}_1")


def density_name(name: str, time: str, said: Iterable[Said]) -> str | None:
    """The function that is applied to the path and the time: `p(z(t), t)`, or to the state and the time."""
    for item in said:
        for side in (item.lhs, item.rhs):
            if side is None:
                continue
            for head, arguments in look.calls_in(side):
                if len(arguments) != 2 or head.text.partition("_")[0] not in ("p", "q", "rho"):
                    continue
                state = look.call(arguments[0])
                first = state[0].text if state is not None else getattr(look.bare_word(arguments[0]), "text", "")
                last = look.bare_word(arguments[1])
                if first == name and last is not None and last.text == time:
                    return None if is_formula(head.text, name, said) else head.text
    return None


def is_formula(density: str, name: str, said: Iterable[Said]) -> bool:
    r"""`\rho(y, t) = ..` of a flow whose start has no law that is read: a function of its own, which claims rest on."""
    given = False
    if density.partition("_")[0] in ("p", "q"):
        return False  # letters of a density, whatever formula stands beside them
    for item in said:
        if item.lhs is None:
            continue
        words = {w.text for w in look.words(item.lhs)}
        if item.relation == "~" and words & {name, f"{name}_0", name.upper()}:
            return False
        head = look.call(item.lhs)
        if head is not None and head[0].text in (f"{density}_0", f"p_{name}_0", "p_0"):
            return False
        if head is None or head[0].text != density or item.continued or item.relation not in ("=", ":="):
            continue
        plain = all(look.bare_word(argument) is not None for argument in head[1])
        given = given or (plain and item.rhs is not None and density not in {w.text for w in look.words(item.rhs)})
    return given


def field_name(name: str, time: str, entries: Sequence[Syntax], rhs: Syntax | None, said: Sequence[Said]) -> str:
    """What the equation calls the field, `f(z)`; else a function of the state that is made of the same names as it.

    `g(z)`, the density of something else, is no field: the field then has a name that the document does not use.
    """
    called = look.call(rhs) if rhs is not None else None
    if called is not None and called[0].text.partition("_")[0] in FIELDS and state_like(called[1][0], name):
        return called[0].text
    made_of = {w.text for entry in entries for w in look.words(entry)} - {time}
    other = False
    for item in said:
        found = look.call(item.lhs) if item.lhs is not None else None
        if found is None or not found[1] or item.rhs is None or item.relation not in ("=", ":="):
            continue
        state = look.call(found[1][0])
        first = state[0].text if state is not None else getattr(look.bare_word(found[1][0]), "text", "")
        if first == name and found[0].text.partition("_")[0] in FIELDS:
            if {w.text for w in look.words(item.rhs)} - {time} == made_of:
                return found[0].text
            other = other or found[0].text == "f"
    return f"f_{name}" if other else "f"


def last_time(time: str, said: Iterable[Said]) -> float:
    """The largest moment that the document names: `t = 0.5`; 1 where it names none."""
    found = []
    for item in said:
        word = look.bare_word(item.lhs) if item.lhs is not None else None
        if word is not None and word.text == time and item.rhs is not None:
            value = look.peeled(item.rhs)
            if isinstance(value, Num):
                found.append(float(value.text))
    return max([f for f in found if 0 < f <= 100], default=1.0)


def build_flow(
    name: str,
    dimension: int,
    time: str,
    entries: tuple[Syntax, ...],
    span: Span,
    said: list[Said],
    rhs: Syntax | None,
) -> Declaration:
    variables = component_names(name, dimension)
    density = density_name(name, time, said) or f"p_{name}"
    field = field_name(name, time, entries, rhs, said)
    end = last_time(time, said)

    def build(context: Context) -> Context:
        from .declarations import declare_flow_names

        if f"{name}_0" in context.expected:
            raise ReadError(f"the law of {name}(0) is declared further down", span)
        known = context.get(time)
        bounded = known is not None and known.domain.low is not None
        context = context.declare(
            Entry(
                name=time,
                kind="time",
                domain=known.domain if known is not None and bounded else FROM_ZERO,
                of=name,
                span=span,
                rule="time of the flow",
            )
        )
        zero = tuple(integer(0) for _ in range(dimension))
        start = f"{name}_0" if f"{name}_0" in context.laws else None
        law = FlowLaw(
            name=name,
            dimension=dimension,
            start=start,
            variables=variables,
            time=time,
            field=zero,
            times=(0.0, end),
            field_name=field,
            density_name=density,
            span=span,
        )
        # The names first, so that the field may be written with z_i(t); then the field itself.
        reading = declare_flow_names(without(context, (name, *variables)), law)
        el = Elaborator(reading, implicit=True)
        whole = el.node(entries[0]) if len(entries) == 1 and dimension > 1 else None
        spelled = spelled_field(whole, law, el.context) if whole is not None else None
        parts = tuple(at_state(part, law) for part in spelled or map(el.node, entries))
        if len(parts) != dimension or any(isinstance(p, Array) for p in parts):
            raise ReadError("expected one component of the field for each component of the state", span)
        return declare_flow_names(without(el.context, (name, *variables, field, density)), replace(law, field=parts))

    names = (name, *variables, field, density) if dimension > 1 else (name, field, density)
    return Declaration(names=names, kind="flow", span=span, rule="dz/dt = f", build=build)


def without(context: Context, names: Iterable[str]) -> Context:
    """The context in which the names are free to be declared anew."""
    kept = {n: e for n, e in context.entries.items() if n not in set(names)}
    return replace(context, entries=kept)


def at_state(node: Node, law: FlowLaw) -> Node:
    """z_i(t) as the coordinate z_i."""

    def rule(n: Node) -> Node:
        if isinstance(n, Call) and n.name in law.variables and n.args == (Name(law.time),):
            return Name(n.name, n.span)
        if isinstance(n, Call) and n.name == law.name and law.dimension == 1:
            return Name(law.variables[0], n.span)
        return n

    return rewrite(node, rule)


__all__ = ["Apply", "Word", "flow_declaration"]
