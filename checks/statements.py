r"""From the statements of a problem file to claims: chains split into links, relations understood, places kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..symbolic.context import Context
from ..symbolic.elaborate import Elaborator
from ..symbolic.problem import Problem, Statement
from ..symbolic.reading import law_call, read_syntax
from ..symbolic.source import NOWHERE, ReadError, Source, Span
from ..symbolic.syntax import Relation, Syntax, Token
from ..symbolic.tree import Apply, Name, Node
from .approximations import approximate_statement
from .claim import ORDER, Claim, make_claim
from .path_equations import along_path

JUDGED = ("=", "~", "propto", *ORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One relation sign: a claim, or the reason why it is unread; `sides` is how something else was understood."""

    label: str
    relation: str
    span: Span
    lhs_span: Span
    lhs_text: str
    rhs_text: str
    text: str
    claim: Claim | None = None
    unread: str = ""
    hint: str = ""
    implied: tuple[str, ...] = field(default=())
    kind: str = "claim"
    undecided: str = ""
    condition: str = ""
    tentative: str = ""  # why a refutation would be none: the statement may be a condition
    alternatives: tuple[Claim, ...] = ()  # what it may claim as well: a tentative refutation needs all to fail
    readings: tuple[tuple[str, Claim], ...] = ()
    sides: tuple[Node, Node] | None = None


def links_of(problem: Problem, lenient: bool = False) -> tuple[tuple[Link, ...], Context]:
    """Every link of a problem file, in order, and the context with the names that claims declared by their use.

    Raises:
        ReadError: a claim that cannot be read at all is an error of the file, with its place; `lenient`: it is unread.
    """
    found: list[Link] = []
    context = problem.context
    for statement in problem.statements:
        try:
            links, context = read_statement(statement, problem.source, context, [k.claim.id for k in found if k.claim])
        except ReadError as error:
            if not lenient:
                raise
            links = [unread_link(statement, error)]
        found.extend(links)
    return tuple(found), context


def unread_link(statement: Statement, error: ReadError) -> Link:
    """A claim of which nothing could be read."""
    return Link(
        label=statement.id,
        relation="=",
        span=error.span,
        lhs_span=statement.span,
        lhs_text=statement.text,
        rhs_text="",
        text=statement.text,
        unread=f"not read: {error.message}",
        hint=error.hint,
    )


def read_statement(
    statement: Statement, source: Source, context: Context, taken: list[str]
) -> tuple[list[Link], Context]:
    syntax = read_syntax(statement.text, statement.notation, source, statement.span)
    if not isinstance(syntax, Relation):
        raise ReadError(f"expected a relation such as '=' in claim '{statement.id}'", syntax.span)
    links: list[Link] = []
    for index, token in enumerate(syntax.relations):
        label = statement.id if index == 0 else f"{statement.id} ({index + 1})"
        link, context = read_link(label, syntax, index, token, statement, source, context, taken)
        links.append(link)
        if link.claim is not None:
            taken = [*taken, link.claim.id]
    return links, context


def read_link(
    label: str,
    syntax: Relation,
    index: int,
    token: Token,
    statement: Statement,
    source: Source,
    context: Context,
    taken: list[str],
) -> tuple[Link, Context]:
    left, right = syntax.sides[index], syntax.sides[index + 1]
    span = token.span.to(right.span)
    base: dict[str, Any] = {
        "label": label,
        "relation": token.text,
        "span": span,
        "lhs_span": left.span,
        "lhs_text": written(source, left.span, statement.text),
        "rhs_text": written(source, right.span, statement.text),
        "text": statement.text,
    }
    if token.text == "approx":
        el = Elaborator(context)
        found = approximate_statement(el.node(left), el.node(right), el.context, span, taken)
        if found is not None:
            return Link(**base, **found, implied=tuple(el.implied)), el.context
    if token.text not in JUDGED:
        return Link(**base, unread=f"not read: the relation '{token.raw}' is not judged"), context
    el = Elaborator(context)
    lhs = el.node(left)
    rhs = law_node(el, right, lhs) if token.text == "~" else el.node(right)
    if token.text == "propto":
        return Link(**base, **proportional(syntax, left, lhs, rhs, el.context, span, taken)), el.context
    if token.text == "=":
        lhs, rhs = along_path(lhs, rhs, el.context)
    claim = make_claim(lhs, token.text, rhs, el.context, span, taken)
    return Link(**base, claim=claim, implied=tuple(el.implied)), el.context


def proportional(
    chain: Relation, left: Syntax, lhs: Node, rhs: Node, context: Context, span: Span, taken: list[str]
) -> dict[str, Any]:
    """The claim of a proportionality, in the variables of the density that its chain begins with."""
    from .proportional import density_variables, propositions

    return propositions(density_variables(left) or density_variables(chain.sides[0]), lhs, rhs, context, span, taken)


def written(source: Source, span: Span, text: str) -> str:
    """The piece of the source, or the whole text where the place is not exact."""
    piece = source.text[span.start : span.stop]
    return piece if piece and span != NOWHERE and piece in text else text


def law_node(el: Elaborator, syntax: Syntax, lhs: Node) -> Node:
    """`N(m, S)` on the right of `~`."""
    call = law_call(syntax)
    if call is None or call[0] not in ("N", "Normal", "Gaussian") or len(call[1].items) != 2:
        raise ReadError("expected a law such as N(0, S) on the right of '~'", syntax.span)
    if not isinstance(lhs, Name) or el.context.law_of(lhs.name) is None:
        raise ReadError("expected a declared random variable on the left of '~'", syntax.span)
    return Apply("normal_density", tuple(el.node(item) for item in call[1].items), syntax.span)
