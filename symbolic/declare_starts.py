r"""Declarations of the starting point of a flow in a document, and of the density at the start.

    Z(0) = a,   Z_1(0) = a_1,   z(0) = z_0             the names of the starting point
    "with starting point $a = (a_1, a_2)$"             likewise, said in prose
    Z_1(t) = g(a_1, t) with g(a_1, 0) = a_1            likewise, by the solution itself, where nothing else says it
    p_0(a) = ..,   p_{Z_0}(a) = ..,   p(a, 0) = ..     the density at the start

A name of the starting point stands for z(0) as a function of the state and the time: what the flow gives, and not what
the document writes for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from . import shapes_of_syntax as look
from .context import Context, Entry, FlowLaw, component_names
from .domains import Domain
from .elaborate import Elaborator
from .evaluate import Evaluator
from .notation import Declaration
from .shapes import shape_of
from .source import ReadError, Span
from .syntax import Num, Syntax, Word
from .tree import Array, Call, Name, Node, substitute
from .unfold import spell_vectors, unfold
from .vocabulary import CONSTANT_WORDS, FUNCTION_WORDS

if TYPE_CHECKING:
    from .said import Said

STARTING = re.compile(
    r"\b(?:start(?:s|ed|ing)?|initial|begin(?:s|ning)?)\b(?:\s+\w+){0,4}[\s,:]*(?:\$|\\\(|\\\[)*\s*$", re.IGNORECASE
)
Moving = tuple[str, tuple[str, ...]]
"""A flow and the names of its components."""


def start_declaration(item: Said, flows: Iterable[Declaration], taken: Mapping[str, str]) -> Declaration | None:
    """`Z(0) = a`, `Z_1(0) = a_1`, `a = Z(0)`, or a column of names that the words before it call the start."""
    if item.lhs is None or item.rhs is None or item.relation not in ("=", ":="):
        return None
    for flow in flows:
        moving = components_of(flow)
        for side, other in ((item.lhs, item.rhs), (item.rhs, item.lhs)):
            position = at_zero(side, moving)
            names = words_of(other) if position is not None else None
            if position is not None and names is not None:
                found = named_start(moving, position, names, item.span, taken)
                if found is not None:
                    return found
        if STARTING.search(item.lead):
            names = words_of(item.rhs) or ()
            head = look.bare_word(item.lhs)
            if head is not None and len(names) == len(moving[1]) > 1:
                return named_start(moving, 0, names, item.span, taken, head.text)
    return None


def components_of(flow: Declaration) -> Moving:
    """The names of a flow's declaration are: the path, its components where there are several, field and density."""
    inner = flow.names[1:-2]
    return flow.names[0], inner or (flow.names[0],)


def at_zero(side: Syntax, moving: Moving) -> int | None:
    """0 for the whole path at time 0, i for its component i; None for anything else."""
    found = look.call(side)
    if found is None or len(found[1]) != 1 or not isinstance(found[1][0], Num) or float(found[1][0].text) != 0:
        return None
    head = found[0].text
    if head == moving[0]:
        return 0
    return moving[1].index(head) + 1 if head in moving[1] else None


def words_of(side: Syntax) -> tuple[str, ...] | None:
    """One name, or a column of names."""
    word = look.bare_word(side)
    if word is not None:
        return (word.text,)
    entries = look.column(side)
    names = [look.bare_word(e) for e in entries] if entries is not None else [None]
    return None if any(n is None for n in names) else tuple(n.text for n in names if n is not None)


def named_start(
    moving: Moving, position: int, names: tuple[str, ...], span: Span, taken: Mapping[str, str], head: str = ""
) -> Declaration | None:
    """The declaration that makes `names` the starting point; None where a name means something else already."""
    flow, variables = moving
    if position:
        if len(names) != 1:
            return None
        base, _, index = names[0].rpartition("_")
        names = component_names(base, len(variables)) if base and index == str(position) else ()
    elif len(names) == 1 and len(variables) > 1:
        head, names = names[0], component_names(names[0], len(variables))
    if len(names) != len(variables) or len(set(names)) != len(names):
        return None
    if any(taken.get(n, "law") != "law" or n in CONSTANT_WORDS for n in (*names, *((head,) if head else ()))):
        return None
    law = head if taken.get(head) == "law" else names[0] if taken.get(names[0]) == "law" else ""
    return build_start(flow, names, head, law, span)


def build_start(flow: str, names: tuple[str, ...], head: str, start_law: str, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        law = context.laws.get(flow)
        if not isinstance(law, FlowLaw):
            raise ReadError(f"expected the flow of {flow}", span)
        if start_law and start_law not in context.laws:
            raise ReadError(f"expected the law of {start_law}", span)
        start = law.start or start_law or (f"{flow}_0" if f"{flow}_0" in context.laws else None)
        kept = {n: e for n, e in context.entries.items() if n not in (head, *names)}
        entries = [
            Entry(name=n, kind="start", of=flow, position=i, span=span, rule=f"the starting point of {flow}")
            for i, n in enumerate(names, 1)
        ]
        return replace(context, entries=kept).with_law(replace(law, start=start, start_names=names), *entries)

    # Its first name is its own: a law of the start that has the name of the starting point is another declaration.
    named = (f"{flow}(0)", *(n for n in dict.fromkeys((head, *names)) if n and n != start_law))
    return Declaration(names=named, kind="start", span=span, rule="the starting point of a flow", build=build)


# -- by the solution ---------------------------------------------------------------------------------------------------
def solution_starts(
    said: Sequence[Said], flows: Iterable[Declaration], taken: Mapping[str, str]
) -> Iterator[Declaration]:
    """The starting points as they occur in solutions `Z_i(t) = g(.., t)`: names that nobody declares.

    Where each solution has one such name, it is the start of its component, if one of the solutions says so at t = 0.
    """
    for flow in flows:
        moving = components_of(flow)
        field = field_words(said, flow)
        found: dict[int, tuple[str, Said]] = {}
        confirmed = False
        for position, time, item in solutions(said, moving):
            own = {*moving[1], moving[0], time, *field, *CONSTANT_WORDS, *FUNCTION_WORDS}
            unknown = [n for n in dict.fromkeys(w.text for w in words_in(item.rhs)) if n not in own | set(taken)]
            if len(unknown) == 1:
                found.setdefault(position, (unknown[0], item))
                confirmed = confirmed or is_start(unknown[0], item.rhs, time)
        if found and confirmed:
            position, (name, item) = min(found.items())
            place = item.span._replace(stop=item.span.start)
            declaration = named_start(moving, position if len(moving[1]) > 1 else 0, (name,), place, taken)
            if declaration is not None:
                yield declaration


def words_in(side: Syntax | None) -> Iterator[Word]:
    return look.words(side) if side is not None else iter(())


def field_words(said: Iterable[Said], flow: Declaration) -> set[str]:
    """Every name in the field, as far as it is written where the flow is declared or where the field has its name."""
    found: set[str] = set()
    for item in said:
        head = look.call(item.lhs) if item.lhs is not None else None
        if item.rhs is not None and (item.span == flow.span or (head is not None and head[0].text == flow.names[-2])):
            found |= {w.text for w in look.words(item.rhs)}
    return found


def solutions(said: Iterable[Said], moving: Moving) -> Iterator[tuple[int, str, Said]]:
    """Statements `Z_i(t) = ..` with t a name."""
    for item in said:
        head = look.call(item.lhs) if item.lhs is not None and item.relation == "=" else None
        if head is None or item.rhs is None or head[0].text not in moving[1] or len(head[1]) != 1:
            continue
        time = look.bare_word(head[1][0])
        if time is not None:
            yield moving[1].index(head[0].text) + 1, time.text, item


def is_start(name: str, side: Syntax | None, time: str) -> bool:
    """Whether a solution at time 0 is the name itself, in floats at three numbers."""
    if side is None:
        return False
    el = Elaborator(Context(), implicit=True)
    try:
        node = el.node(side)
    except ReadError:
        return False
    values = [0.3, 0.62, 0.85]
    others = dict.fromkeys(el.implied, 0.77)
    try:
        found = [Evaluator(Reals(), Known({**others, name: v, time: 0.0})).value(node) for v in values]
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return False
    return all(isinstance(f, float) and abs(f - v) < 1e-9 for f, v in zip(found, values, strict=True))


class Known:
    """Names as numbers; nothing else has a value."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values

    def name(self, evaluator: Evaluator, node: Name) -> float:
        return self.values[node.name]

    def call(self, evaluator: Evaluator, node: Any) -> float:
        raise KeyError(node)

    bind = derived = call


class Reals:
    """Python floats as a table of operations: enough to look at a formula, not to judge it."""

    def number(self, value: Fraction) -> float:
        return float(value)

    def constant(self, name: str) -> float:
        return {"pi": math.pi, "e": math.e}[name]

    def apply(self, op: str, args: tuple[float, ...]) -> float:
        if op in _ARITHMETIC:
            return float(_ARITHMETIC[op](*args))
        if op == "add":
            return math.fsum(args)
        if op == "mul":
            return math.prod(args)
        return float(getattr(math, {"abs": "fabs"}.get(op, op))(*args))


_ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "neg": lambda a: -a,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "sech": lambda a: 1 / math.cosh(a),
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
}


# -- the density at the start ------------------------------------------------------------------------------------------
def start_density_declaration(item: Said, flows: Iterable[Declaration], taken: Mapping[str, str]) -> Declaration | None:
    """`p_0(a) = ..` with p the density of a flow."""
    if item.lhs is None or item.rhs is None or item.relation not in ("=", ":=") or item.continued:
        return None
    found = look.call(item.lhs)
    if found is None or found[0].text in taken:
        return None
    for flow in flows:
        name, variables = components_of(flow)
        if found[0].text not in start_density_names(flow):
            continue
        arguments = [look.bare_word(a) for a in found[1]]
        if len(arguments) not in (1, len(variables)) or any(a is None for a in arguments):
            continue
        formal = tuple(a.text for a in arguments if a is not None)
        if len(formal) < len(variables):
            formal = component_names(formal[0], len(variables))
        return build_density(name, found[0].text, formal, item.rhs, item.span)
    return None


def start_density_use(said: Iterable[Said], flow: Declaration, taken: Mapping[str, str]) -> Declaration | None:
    """`p_0(..)` that is used and written nowhere: the density of the declared start, else any positive function."""
    name, variables = components_of(flow)
    for item in said:
        for side in (item.lhs, item.rhs):
            for head, _ in look.calls_in(side) if side is not None else ():
                if head.text in start_density_names(flow) and head.text not in taken:
                    return unwritten_density(name, head.text, variables, item.span)
    return None


def unwritten_density(flow: str, name: str, variables: tuple[str, ...], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        law = context.laws.get(flow)
        if not isinstance(law, FlowLaw):
            raise ReadError(f"expected the flow of {flow}", span)
        if any(n.endswith("(0)") for n in context.expected):
            raise ReadError(f"the start of {flow} is declared further down", span)
        if law.start is not None:
            entry = Entry(name=name, kind="density", of=law.start, span=span, rule=f"density of {law.start}")
            return context.declare(entry)
        n = len(variables)
        domain = Domain(arity=n, positive_values=True, text=f"positive function({n}), undefined")
        entry = Entry(name=name, kind="function", domain=domain, span=span, rule=f"density of {flow} at the start")
        density = Call(name, tuple(Name(v) for v in variables))
        return context.with_law(replace(law, start_density=density), entry)

    place = span._replace(stop=span.start)
    return Declaration(names=(name,), kind="start density", span=place, rule="the density at the start", build=build)


def start_density_names(flow: Declaration) -> tuple[str, ...]:
    density, name = flow.names[-1], flow.names[0]
    short = density.partition("_")[0]
    return f"{density}_0", f"{short}_0", f"{short}_{name}_0"


def build_density(flow: str, name: str, formal: tuple[str, ...], rhs: Syntax, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        law = context.laws.get(flow)
        if not isinstance(law, FlowLaw):
            raise ReadError(f"expected the flow of {flow}", span)
        start = law.start or (f"{flow}_0" if f"{flow}_0" in context.laws else None)
        if start is not None:
            entry = Entry(name=name, kind="density", of=start, span=span, rule=f"density of {start}")
            return context.with_law(replace(law, start=start), entry)
        # The arguments hide what their names mean elsewhere; the vector of them is spelled by its components.
        hidden = {n: e for n, e in context.entries.items() if n not in {*formal, formal[0].rpartition("_")[0]}}
        reading = replace(context, entries=hidden).declare(*(Entry(name=n, kind="scalar") for n in formal))
        el = Elaborator(reading, implicit=True)
        node = spell_vectors(unfold(el.node(rhs), el.context), el.context)
        if isinstance(node, Array) or shape_of(node, el.context) not in ((), None):
            raise ReadError("expected a scalar density", span)
        values: dict[str, Node] = {f: Name(v) for f, v in zip(formal, law.variables, strict=True)}
        extended = context.declare(*el.implied.values())
        entry = Entry(
            name=name,
            kind="function",
            domain=Domain(arity=len(formal), positive_values=True, text=f"function({len(formal)})"),
            value=node,
            arguments=formal,
            span=span,
            rule=f"density of {flow} at the start",
        )
        return extended.with_law(replace(law, start_density=substitute(node, values)), entry)

    return Declaration(names=(name,), kind="start density", span=span, rule="the density at the start", build=build)
