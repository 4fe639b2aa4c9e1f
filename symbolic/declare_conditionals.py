r"""Declarations of laws given other variables, in sentences, displays and `twofold` blocks.

    x_t \mid x_{t-1} \sim N(\sqrt{a} x_{t-1}, b)        Y \mid X = x \sim N(2x, 1)
    q(x_t | x_{t-1}) = N(x_t; \sqrt{a} x_{t-1}, b)      p(x) = N(x; 0, 1)

The first statement about a variable (of one letter) declares its law; a later one is a claim about the chain.  A number
without a size is one coordinate: `I` in front of undeclared vectors says that all coordinates follow the same law.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import shapes_of_syntax as look
from .chain_words import event
from .context import ConditionalLaw, Context, Entry, component_names
from .domains import Domain
from .elaborate import Elaborator
from .linear_chain import Chain
from .notation import Declaration
from .reading import law_call
from .shapes import shape_of
from .source import ReadError, Span
from .syntax import Group, Infix, Syntax, Word
from .syntax import Sequence as Juxtaposed
from .tree import Apply, Name, Node, free_names, substitute, walk

NORMAL = ("N", "Normal", "Gaussian")
LETTERS = ("p", "q", "f", "pi")


@dataclass(frozen=True, slots=True)
class Said:
    """name | given ~ N(mean, covariance) as written; `given` pairs a variable with the name of its value."""

    letter: str
    name: str
    given: tuple[tuple[str, str], ...]
    mean: Syntax
    covariance: Syntax


def conditional_said(relation: str, lhs: Syntax, rhs: Syntax) -> Said | None:
    """What a statement says of the law of a name given others; None for any other statement."""
    if relation == "~":
        inner = look.peeled(lhs)
        moments = normal_arguments(rhs, 2)
        if not isinstance(inner, Infix) or inner.op != "given" or moments is None:
            return None
        name = look.bare_word(inner.args[0])
        given = given_names(inner.args[1])
        return None if name is None or given is None else Said("", name.text, given, moments[0], moments[1])
    if relation not in ("=", ":="):
        return None
    return density_said(lhs, rhs)


def density_said(lhs: Syntax, rhs: Syntax) -> Said | None:
    """`q(x | y) = N(x; m, S)`."""
    inner = look.peeled(lhs)
    if not isinstance(inner, Juxtaposed) or len(inner.items) != 2:
        return None
    head, arguments = inner.items
    if not isinstance(head, Word) or not isinstance(arguments, Group) or arguments.open != "(":
        return None
    if head.text.partition("_")[0] not in LETTERS:
        return None
    first, *rest = arguments.items
    barred = isinstance(first, Infix) and first.op == "given"
    name = look.bare_word(first.args[0] if isinstance(first, Infix) and barred else first)
    behind = (first.args[1], *rest) if isinstance(first, Infix) and barred else ()
    if name is None or (rest and not barred):
        return None
    given = given_names(Group("{", tuple(behind), arguments.span)) if behind else ()
    moments = normal_arguments(rhs, 2, name.text)
    return None if given is None or moments is None else Said(head.text, name.text, given, *moments)


def given_names(syntax: Syntax) -> tuple[tuple[str, str], ...] | None:
    """The names behind the bar with the names of their values."""
    items = syntax.items if isinstance(syntax, Group) and syntax.open == "{" else (syntax,)
    found = []
    for item in items:
        variable, value = event(item)
        word, at = look.bare_word(variable), None if value is None else look.bare_word(value)
        if word is None or (value is not None and at is None):
            return None
        found.append((word.text, at.text if at is not None else ""))
    return tuple(found)


def normal_arguments(rhs: Syntax, count: int, point: str = "") -> tuple[Syntax, Syntax] | None:
    """m and S of `N(m, S)`, or of `N(x; m, S)` where the point is asked for."""
    found = law_call(look.peeled(rhs))
    if found is None or found[0] not in NORMAL or len(found[1].items) != count:
        return None
    first, covariance = found[1].items
    if not point:
        return None if isinstance(first, Infix) and first.op in ("semicolon", "given") else (first, covariance)
    if not isinstance(first, Infix) or first.op not in ("semicolon", "given"):
        return None
    word = look.bare_word(first.args[0])
    return (first.args[1], covariance) if word is not None and word.text == point else None


def conditional_declaration(said: Said, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True)
        mean, covariance = el.node(said.mean), el.node(said.covariance)
        return declare_conditional(el.context, said, mean, covariance, span)

    letters = (said.letter,) if said.letter else ()
    names = (f"law of {said.name} under {said.letter}", *letters, said.name)
    return Declaration(names=names, kind="conditional", span=span, rule="X | Y ~ N(m, S)", build=build)


def independence_declaration(first: str, second: str, span: Span) -> Declaration:
    """Two names that the document says are independent."""

    def build(context: Context) -> Context:
        return replace(context, independent=context.independent | {frozenset((first, second))})

    names = (f"independence of {' and '.join(sorted((first, second)))}",)
    return Declaration(names=names, kind="independence", span=span, rule="X and Y are independent", build=build)


def declare_conditional(context: Context, said: Said, mean: Node, covariance: Node, span: Span) -> Context:
    """The context with the law, its name and the names behind the bar."""
    for name, _ in said.given:
        if name in context.expected:
            raise ReadError(f"'{name}' is declared further down", span)
    values = written_values(context, said)
    mean = substitute(mean, values)
    kept = {n: e for n, e in context.entries.items() if n not in values or not e.rule.startswith("undeclared")}
    context = replace(context, entries=kept)
    size = dimension(context, said, mean, covariance)
    law = ConditionalLaw(
        name=said.name,
        dimension=size,
        given=tuple(name for name, _ in said.given),
        mean=mean,
        covariance=covariance,
        letter=said.letter,
        span=span,
    )
    for name in (said.name, *law.given):
        if name not in context:
            context = context.declare(*points(name, size if name == said.name else 1, span))
    context = context.with_conditional(law)
    refuse_nonlinear(context, law, span)
    return context


def written_values(context: Context, said: Said) -> dict[str, Node]:
    """What the names of values stand for: `x` of `X = x`, and the small letter of X, with their components."""
    found: dict[str, Node] = {}
    for name, value in said.given:
        capital = name if name in context.laws or context.conditional(name) else name[:1].upper() + name[1:]
        variable = capital if capital in context.laws else name
        law = context.laws.get(variable)
        parts = component_names(variable, law.dimension) if law is not None else ()
        for written in {value, variable[:1].lower() + variable[1:]} - {"", variable}:
            found[written] = Name(variable)
            if len(parts) > 1:
                found.update({f"{written}_{i}": Name(part) for i, part in enumerate(parts, 1)})
    return found


def refuse_nonlinear(context: Context, law: ConditionalLaw, span: Span) -> None:
    """A mean that is not linear in what is given makes no Gaussian chain: then nothing is declared."""
    chain = Chain(context, law.letter, span)
    if chain.random_in(law.mean):
        chain.forms(law.name)
    unknown = set(law.given) & free_names(law.covariance)
    if unknown:
        raise ReadError(f"not read: a covariance that depends on '{sorted(unknown)[0]}'", span)


def points(name: str, size: int, span: Span) -> tuple[Entry, ...]:
    """The entries of a random name: a capital stands for no number, a small letter for a point."""
    if name[:1].isupper():
        return (Entry(name=name, kind="law", span=span, rule="random, given others"),)
    shape = (size,) if size > 1 else ()
    domain = Domain(shape=shape, text=f"vector({size})" if shape else "real")
    return (
        Entry(name=name, kind="vector" if shape else "scalar", domain=domain, span=span, rule=f"a point of {name}"),
    )


def dimension(context: Context, said: Said, mean: Node, covariance: Node) -> int:
    """The size of a random name: declared, shown by its mean or covariance, or one coordinate."""
    entry = context.get(said.name)
    if entry is not None and entry.kind == "vector" and entry.domain.shape and isinstance(entry.domain.shape[0], int):
        return entry.domain.shape[0]
    for node in walk(covariance):
        if isinstance(node, Apply) and node.op == "identity" and node.args:
            return int(node.args[0].value)  # type: ignore[union-attr]
    for node in (mean, covariance):
        shape = shape_of(node, context)
        if shape and isinstance(shape[0], int):
            return shape[0]
    return 1
