r"""A document as material: every relation sign becomes one link, under the notation that the document itself declares.

    blocks -> statements -> declarations (mathematics, prose, `twofold` blocks) -> a context for every place -> links

A link is a definition when it is the statement that declares its name, an assignment when it gives a moment to a time
(`t = 0`), notation when it says where a name lives, and a claim otherwise.  When in doubt: a claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..symbolic import shapes_of_syntax as look
from ..symbolic.affine import affine_parts
from ..symbolic.averages import declared_averages
from ..symbolic.bessel_words import declared_bessel
from ..symbolic.blocks import Block, read_blocks
from ..symbolic.context import AffineLaw, Context, FlowLaw
from ..symbolic.declare_conditionals import conditional_said
from ..symbolic.declare_functions import declared_in_prose, typed_functions, typed_names
from ..symbolic.declares import Collector
from ..symbolic.derivative_places import applied_names
from ..symbolic.domains import contradiction
from ..symbolic.elaborate import READINGS, Ambiguous, Elaborator
from ..symbolic.evaluation_marks import integration_names
from ..symbolic.experiments import ExperimentRequest
from ..symbolic.extremes import names_best_point
from ..symbolic.functions_alone import spelled_out
from ..symbolic.heads import BY_VECTOR
from ..symbolic.notation import Contexts, Declaration, Notation, ordered
from ..symbolic.open_functions import declare_open_functions
from ..symbolic.opening import end_of_opening
from ..symbolic.problem import Statement, read_problem
from ..symbolic.prose import Sentence, said_in_prose, sentence_before
from ..symbolic.reading import read_syntax
from ..symbolic.said import Said, has_density, in_differentials, spelled, square, takes_moments
from ..symbolic.sequences import with_sequences
from ..symbolic.shapes import ShapeError, shape_of
from ..symbolic.source import ReadError, Source, Span
from ..symbolic.syntax import Syntax, Word
from ..symbolic.taken_anew import Places, Sentences, concludes, places_of, taken_anew, told_apart, unread_laws
from ..symbolic.titles import plain_title
from ..symbolic.tree import Apply, Bind, Call, Name, Node, calls, free_names, integer, walk
from ..symbolic.unfold import TooLarge
from ..symbolic.vector_laws import behind_vector, with_images, with_numbers_bound
from .antiderivatives import differentiated
from .approximations import approximate_statement
from .chain_claims import IN_LAW, at_points, chain_law_claim, equal_in_law, is_lawful
from .claim import ORDER, Claim, Part, make_claim
from .conditions import MAYBE, Suppositions, is_defined, lead, standing
from .confined import names_in
from .document_rows import Row, not_read, read_rows
from .given_values import KINDS as GIVEN_KINDS
from .given_values import Givens, binds, freed, given_values, has_value, with_values
from .letter_styles import Styles, fits, letter_styles, with_own
from .mapped_names import mapped_equality
from .material import Material
from .membership import lives_in, member_claim
from .own_names import (
    choices,
    computes,
    defines_anew,
    foreign,
    function_heads,
    is_bare_operator,
    is_solution,
    moving_with,
    told_elsewhere,
    unspoken,
    words_of_row,
)
from .path_equations import along_path, given_start
from .proportional import density_variables, propositions
from .running_state import on_one_path
from .shared import Shared
from .statements import Link, law_node, read_statement
from .tied_points import tied_readings
from .two_signs import BOTH_SIGNS, either_signs, two_signed
from .vector_claims import vector_law_claim

JUDGED = ("=", ":=", "~", "propto", *ORDER)
TIMES = ("t", "s", "tau")
LEAD = 80
AT = re.compile(r"(?i)\b(?:at|for|when|if|time|moment|point)\s*$")
OPERATOR = "an operator stands where a number is read"
SOLVED = "whether an equation before it gives this value is not judged; no value of the name is declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the `twofold` blocks of a document declare, claim and ask for."""

    context: Context = field(default_factory=Context)
    statements: tuple[Statement, ...] = ()
    experiments: tuple[ExperimentRequest, ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()


def document_material(source: Source, ground: Context | None = None, shared: Shared | None = None) -> Material:
    """Read a document.  Nothing is dropped: what is not understood becomes an unread link with its place.

    `ground`: names that are declared as if a block at its beginning had done it.
    """
    blocks = read_blocks(source)
    table = tables(source, blocks, ground or Context())
    base = table.context
    rows = read_rows(source, blocks, shared.forms if shared is not None else None)
    headings = [block.start for block in blocks if block.kind == "heading"]
    sentences = Sentences.of(source, blocks)
    said = [
        one
        for row in rows
        for one in (said_of(row, source, headings, sentences), *shared_bounds(row, source, headings))
    ]
    prose = list(said_in_prose(source, prose_pieces(blocks)))
    opening = end_of_opening([(block.start, block.level) for block in blocks if block.kind == "heading"])
    made_of = {law.name: frozenset(names_in(law)) for law in base.laws.values()}
    collector = Collector([*prose, *said], opening=opening, ground=made_of)
    named = [*typed_functions(arrows(rows)), *declared_in_prose(source, prose_pieces(blocks))]
    named += [*declared_bessel(source, prose_pieces(blocks)), *declared_averages(source)]
    collector.random |= set(base.laws) | {d.names[0] for d in named if d.kind == "law"}
    collector.open_functions |= {d.names[0] for d in named if d.kind == "function"}
    collected = [*named, *collector.collect()]
    places = places_of(blocks, opening)
    collected = told_apart([*prose, *said], collected, places, opening, made_of)
    collected += taken_anew([*prose, *said], collected, places, opening, made_of)
    collected += unread_laws(source, prose_pieces(blocks))
    declarations = ordered(given_start(with_starts(d), base) for d in collected if not is_settled(d, base))
    notation = Notation(declarations, base)
    contexts = Contexts(notation)
    linker = Linker(source, blocks, contexts, notation)
    linker.places = places
    links = [*linker.links(rows), *linker.links_of_blocks(table.statements)]
    everywhere = tuple(contexts.at(edge) for edge in (0, *contexts.edges))
    return Material(
        source=source,
        title=title_of(source, blocks),
        links=tuple(sorted(links, key=lambda link: link.span.start)) if table.statements else tuple(links),
        contexts=everywhere,
        findings=(*table.findings, *redefinitions(notation, source), *contradictions(everywhere)),
        experiments=tuple((request, contexts.at(request.span.start)) for request in table.experiments),
    )


def arrows(rows: Sequence[Row]) -> list[tuple[str, str, Span]]:
    r"""The rows of an arrow, such as `f: \mathbb{R} \to \mathbb{R}`."""
    return [(row.lhs_text, row.rhs_text, row.span) for row in rows if row.relation == "to"]


def is_settled(declaration: Declaration, base: Context) -> bool:
    """Whether a block has said what the names are; `x ~ N(0, 1)` may give a law to a number that a block declares."""
    known = [entry for name in declaration.names if (entry := base.get(name)) is not None]
    if declaration.kind == "value" and any(c.name == declaration.names[0] for c in base.conditionals.values()):
        return any(e.value is not None for e in known)
    if declaration.rule in ("X ~ N(m, S)", "X | Y ~ N(m, S)"):
        return any(e.kind not in ("scalar", "vector") or e.value is not None or e.name in base.laws for e in known)
    return bool(known)


def with_starts(declaration: Declaration) -> Declaration:
    """A density at the start of a flow is told from a claim about one by its values; nothing else is looked at."""
    if declaration.kind != "start density":
        return declaration
    from .start_density import settled

    return settled(declaration)


def said_of(row: Row, source: Source, headings: Sequence[int] = (), sentences: Sentences | None = None) -> Said:
    begin = min(row.lhs_span.start, row.span.start)
    words, sentence = sentences.before(begin) if sentences is not None else ("", begin)
    return Said(
        relation=row.relation,
        lhs=row.lhs,
        rhs=row.rhs,
        span=row.span,
        inline=row.inline,
        continued=row.continued,
        lead=source.text[max(0, begin - LEAD) : begin],
        section=sum(1 for place in headings if place < begin),
        words=words,
        sentence=sentence,
    )


def shared_bounds(row: Row, source: Source, headings: Sequence[int]) -> list[Said]:
    r"""`\sigma, \tau > 0`: the bound of each name of a list."""
    lefts = names_listed(row, source)
    if not lefts:
        return []
    try:
        right = read_syntax(row.rhs_text, "tex", source, row.span) if row.rhs is None else row.rhs
    except ReadError:
        return []
    return [said_of(replace(row, lhs=left, rhs=right), source, headings) for left in lefts]


def names_listed(row: Row, source: Source) -> list[Syntax]:
    """The names of `a, b > 0` or of a list of names in a set; none for any other row."""
    names = row.lhs_plain.split(",")
    listed = row.inline and row.lhs is None and len(names) > 1
    if not listed or row.relation not in ("<", "<=", ">", ">=", "in"):
        return []
    try:
        found = [read_syntax(name.strip(), "tex", source, row.lhs_span) for name in names]
    except ReadError:
        return []
    return found if all(look.bare_word(name) is not None for name in found) else []


def prose_pieces(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Stretches of prose with the inline mathematics in them."""
    pieces: list[tuple[int, int]] = []
    for block in blocks:
        if block.kind not in ("prose", "inline"):
            continue
        if pieces and pieces[-1][1] == block.start:
            pieces[-1] = (pieces[-1][0], block.stop)
        else:
            pieces.append((block.start, block.stop))
    return pieces


def title_of(source: Source, blocks: Sequence[Block]) -> str:
    """The first heading, else the first line of text."""
    for block in blocks:
        if block.kind == "heading":
            text = plain_title(source.text[block.inner_start : block.inner_stop])
            if text:
                return text
    line = next((item.strip() for item in source.text.splitlines() if item.strip()), "")
    return plain_title(line) or source.name


def tables(source: Source, blocks: Sequence[Block], ground: Context) -> Tables:
    """What `twofold` blocks hold; a block that cannot be read is a finding, and the rest is still judged."""
    found = Tables(context=ground)
    for block in blocks:
        if block.kind != "twofold":
            continue
        try:
            problem = read_problem(alone(source, block))
        except ReadError as error:
            title = f"The twofold block at line {source.place(block.start)[0]} is not read"
            finding = {"kind": "unread_block", "title": title, "text": str(error)}
            found = replace(found, findings=(*found.findings, finding))
            continue
        base, more = found.context, problem.context
        found = replace(
            found,
            context=base.joined(more),
            statements=(*found.statements, *problem.statements),
            experiments=(*found.experiments, *problem.experiments),
        )
    return found


def alone(source: Source, block: Block) -> Source:
    """The source with everything but the block blank: what is read of it has its true line and column."""
    blank = re.sub(r"[^\n]", " ", source.text[: block.inner_start])
    return Source(source.name, blank + source.text[block.inner_start : block.inner_stop])


def in_one_layout(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node]:
    r"""A derivative by a vector is a row or a column as the other side is: `\partial x^T x/\partial x = 2x`."""
    try:
        left, right = shape_of(lhs, context), shape_of(rhs, context)
    except ShapeError:
        return lhs, rhs
    if left is None or right is None or len(left) != 2 or left != right[::-1] or left == right:
        return lhs, rhs
    if isinstance(lhs, Bind) and lhs.tag == BY_VECTOR:
        return Apply("transpose", (lhs,)), rhs
    if isinstance(rhs, Bind) and rhs.tag == BY_VECTOR:
        return lhs, Apply("transpose", (rhs,))
    return lhs, rhs


def names_of(row: Row, context: Context) -> set[str]:
    """The names in a row, what their definitions are made of, and the vectors whose components are among them."""
    pending = {word.text for side in (row.lhs, row.rhs) if side is not None for word in look.words(side)}
    names: set[str] = set()
    while pending:
        name = pending.pop()
        names.add(name)
        entry = context.get(name)
        whole = entry.value if entry is not None else None
        made_of = {*free_names(whole), *calls(whole)} if whole is not None else set()
        made_of |= {size for size in entry.domain.shape if isinstance(size, str)} if entry is not None else set()
        pending |= (made_of | behind_vector(name, context)) - names
    return names | {name.rpartition("_")[0] for name in names if name.rpartition("_")[2].isdigit()}


def maybe_matrices(el: Elaborator, lhs: Node, rhs: Node, text: str) -> str:
    """Undeclared capitals in a product, where the document speaks of matrices, or transposed: not taken as reals.

    Numbers commute and are their own transposes, so that A B = B A and (A B)^T = A^T B^T would pass.
    """
    capitals = {name for name in el.implied if len(name) == 1 and name.isupper()}
    if not capitals:
        return ""
    speaks = re.search(r"(?i)\bmatri(?:x|ces)\b", text) is not None
    for node in (*walk(lhs), *walk(rhs)):
        if not isinstance(node, Apply) or node.op not in ("mul", "transpose", "trace", "pow"):
            continue
        inside = sorted({name for part in node.args for name in free_names(part)} & capitals)
        if node.op == "pow" and not is_inverse_of_product(node, capitals):
            continue
        if inside and (node.op != "mul" or (speaks and len(inside) > 1)):
            return f"whether {' and '.join(inside)} are numbers or matrices is not declared"
    return ""


def is_inverse_of_product(node: Apply, capitals: set[str]) -> bool:
    """`(AB)^{-1}` of capitals alone."""
    base, exponent = node.args
    if exponent != Apply("neg", (integer(1),)) or not isinstance(base, Apply) or base.op != "mul":
        return False
    return all(isinstance(part, Name) and part.name in capitals for part in base.args)


def contradictions(contexts: Sequence[Context]) -> tuple[Mapping[str, Any], ...]:
    """Names about which the document says what cannot hold together: nothing is proved from that."""
    found: dict[str, Mapping[str, Any]] = {}
    for context in contexts:
        for entry in context:
            why = contradiction(entry.domain) if entry.kind == "scalar" else ""
            if why:
                title = f"What is said of {entry.name} cannot hold together"
                found.setdefault(entry.name, {"kind": "contradiction", "title": title, "text": why})
    return tuple(found.values())


def redefinitions(notation: Notation, source: Source) -> tuple[Mapping[str, Any], ...]:
    """Names that the document declares twice with different meanings."""
    found = []
    for first, second in notation.redefinitions():
        names = sorted(set(first.names) & set(second.names))
        found.append(
            {
                "kind": "redefinition",
                "title": f"{', '.join(names)} is declared twice",
                "text": f"As a {first.kind} at line {first.span.line} and as a {second.kind} at line "
                f"{second.span.line}: each place is read with the declaration before it.",
            }
        )
    return tuple(found)


def block_claim(statement: Statement, unread: str) -> Link:
    """A claim of a block that could not be read."""
    span, text = statement.span, statement.text
    parts: dict[str, Any] = {"lhs_span": span, "lhs_text": text, "rhs_text": "", "text": text}
    return Link(label=statement.id, relation="=", span=span, unread=unread, **parts)


class Linker:
    """Turns rows into links, one by one, under the context of their place."""

    def __init__(self, source: Source, blocks: Sequence[Block], contexts: Contexts, notation: Notation) -> None:
        self.source = source
        self.blocks = blocks
        self.contexts = contexts
        self.declaring = {d.span: d for d in notation.declarations if d.defines}
        self.taken: list[str] = []
        self.givens = Givens()
        self.given_spans: frozenset[Span] = frozenset()
        self.styles = Styles()
        self.places = Places(())
        self.sentences = Sentences.of(source, blocks)
        self.heads: frozenset[str] = frozenset()
        # Names to which some statement gives a law that was not understood, and its line.
        self.unread_laws: dict[str, int] = {}
        # Names of which the document says what cannot hold together, and where it began to speak of them.
        self.bounded: dict[str, tuple[int, int]] = {}
        self.failed: dict[int, set[Span]] = {}
        # The variables of the last integrals: what a bracket with bounds behind them is taken in.
        self.integrated: tuple[str, ...] = ()
        # How notation with several readings is read just now: see `in_each_reading`.
        self.choices: Mapping[str, str] = {}

    def links(self, rows: Sequence[Row]) -> list[Link]:
        self.givens = given_values(rows, self.blocks, self.source, self.declaring)
        self.given_spans = self.givens.spans()
        found: list[Link] = []
        headings = [block.start for block in self.blocks if block.kind == "heading"]
        self.styles = letter_styles(rows, headings)
        self.heads = function_heads(rows)
        self.supposed = Suppositions(rows, self.source, headings, self.contexts.at)
        for row in rows:
            sentence = self.sentence(row)
            if sentence is not None:
                found.append(self.sentence_link(row, sentence))
            if row.relation:
                found.append(self.under_read_laws(row, self.link(row)))
        return found

    def under_read_laws(self, row: Row, link: Link) -> Link:
        """The link; undecided where it speaks of the law of a name after a law of that name that could not be read."""
        sides = [side for side in (row.lhs, row.rhs) if side is not None]
        if row.relation == "~" and link.unread and row.lhs is not None:
            names = [word.text for word in look.words(row.lhs)][:1]
            self.unread_laws |= {name: self.source.place(row.span.start)[0] for name in names}
        if link.undecided.endswith("at the start is not declared") and row.lhs is not None:
            # The formula of a density whose start is told in words: what follows may rest on it.
            line = self.source.place(row.span.start)[0]
            self.unread_laws |= {w.text: line for w in look.words(row.lhs) if w.text in ("p", "q")}
        if row.lhs is not None and look.time_derivative(row.lhs) is not None:
            return link
        if link.claim is None or not any(takes_moments(side) or has_density(side) for side in sides):
            return link
        for word in (word.text for side in sides for word in look.words(side)):
            if word in self.unread_laws:
                reason = f"the law that line {self.unread_laws[word]} gives to {word} is not read"
                return Link(**self.base(row), sides=self.sides(row), undecided=reason)
        return link

    def links_of_blocks(self, statements: Sequence[Statement]) -> list[Link]:
        """`[[claim]]` of `twofold` blocks, each under the notation of its place; an unread one is a step too."""
        found: list[Link] = []
        for statement in statements:
            context = self.contexts.at(statement.span.start)
            try:
                links, _ = read_statement(statement, self.source, context, self.taken)
            except ReadError as error:
                reason = not_read(error.message)
                links = [block_claim(statement, reason)]
            self.taken.extend(link.claim.id for link in links if link.claim is not None)
            found.extend(links)
        return found

    # -- one row ---------------------------------------------------------------------------------------------------
    def base(self, row: Row) -> dict[str, Any]:
        return {
            "label": "",
            "relation": row.relation,
            "span": row.span,
            "lhs_span": row.lhs_span,
            "lhs_text": row.lhs_text,
            "rhs_text": row.rhs_text,
            "text": f"{row.lhs_text} {row.relation} {row.rhs_text}",
        }

    def link(self, row: Row) -> Link:
        base = self.base(row)
        if names_listed(row, self.source) or (row.relation == "to" and typed_names(row.lhs_text, row.rhs_text)):
            return Link(**base, kind="notation")
        if row.unread or row.lhs is None or row.rhs is None:
            return Link(**base, unread=row.unread or "not read")
        kind = self.kind(row)
        if kind != "claim":
            against = self.against_before(row)
            return Link(**base, unread=against) if against else Link(**base, kind=kind, sides=self.sides(row))
        if row.relation == "approx" and (found := self.approximation(row, base)) is not None:
            return found
        if row.relation == "in" and (member := self.member(row, base)) is not None:
            return member
        if row.relation not in JUDGED:
            return Link(
                **base,
                sides=self.sides(row),
                kind="notation" if row.relation in ("in", "to", "implies", "iff") else "claim",
                undecided=f"the relation '{row.relation}' is not judged",
            )
        if row.span in self.givens.found and self.is_free(row):
            return Link(**base, sides=self.sides(row), undecided=SOLVED)
        try:
            return self.in_each_reading(row, base)
        except ReadError as error:
            return Link(**base, unread=not_read(error.message))

    def in_each_reading(self, row: Row, base: dict[str, Any]) -> Link:
        """The claim of a row; where its notation is read in several ways, with each of them as a reading."""
        try:
            return self.claim_link(row, base)
        except Ambiguous as doubt:
            kind, before = doubt.kind, self.choices
            if kind not in READINGS or kind in before:
                raise
        found: list[Link] = []
        for choice in READINGS[kind]:
            self.choices = {**before, kind: choice}
            try:
                found.append(self.in_each_reading(row, base))
            finally:
                self.choices = before
        claims = [(told, link.claim) for told, link in zip(READINGS[kind].values(), found, strict=True) if link.claim]
        plain = len(claims) == len(found) and not any(link.readings for link in found)
        return replace(found[0], readings=tuple(claims)) if plain else found[0]

    def approximation(self, row: Row, base: dict[str, Any]) -> Link | None:
        """A decimal, a step of an ODE or an estimator; None for an approximation of another kind."""
        assert row.lhs is not None and row.rhs is not None
        holding, _ = self.givens.at(row.span.start, names_of(row, self.contexts.at(row.span.start)))
        el = Elaborator(with_values(self.contexts.at(row.span.start), holding), implicit=True)
        try:
            lhs, rhs = el.node(row.lhs), el.node(row.rhs)
        except ReadError as error:
            return Link(**base, unread=not_read(error.message))
        found = approximate_statement(lhs, rhs, el.context, row.span, self.taken)
        if found is None:
            return None
        self.taken.append(found["claim"].id)
        return Link(**base, **found)

    def sides(self, row: Row) -> tuple[Node, Node] | None:
        """Both sides of what is not judged, as they are understood where they stand; None when one is not."""
        assert row.lhs is not None and row.rhs is not None
        el = Elaborator(self.contexts.at(row.span.start), implicit=True)
        try:
            lhs = el.node(row.lhs)
            return lhs, law_node(el, row.rhs, lhs) if row.relation == "~" else el.node(row.rhs)
        except ReadError:
            return None

    def kind(self, row: Row) -> str:
        """definition, assignment, notation or claim."""
        declaration = self.declaring.get(row.span)
        if declaration is not None and self.holds(declaration):
            return "claim" if self.restates(row, declaration) else "definition"
        if row.span in self.given_spans | self.givens.found and self.is_free(row):
            return "assignment" if row.span in self.given_spans else "claim"
        word = look.bare_word(row.lhs) if row.lhs is not None else None
        if row.rhs is not None and word is not None and row.relation == "=" and look.number_like(row.rhs):
            entry = self.contexts.at(row.span.start).get(word.text)
            if row.inline and (word.text in TIMES or (entry is not None and entry.kind in ("time", "index"))):
                return "assignment"
            if row.inline and (entry is None or entry.rule.startswith("undeclared")):
                return "assignment"
        if word is not None and row.rhs is not None and self.is_event(word, row.rhs, row):
            return "notation"
        if word is not None and row.inline and row.relation == "=" and self.is_moment(word.text, row):
            return "assignment"
        if row.relation in (":=",):
            return "definition"
        if word is not None and row.relation == "=" and row.rhs is not None and names_best_point(row.rhs):
            # `\theta^* = \arg\max_\theta g` names the best point, whatever g is.
            return "claim" if word.text in self.contexts.at(row.span.start) else "definition"
        if self.supposed.of(row) == "condition":
            return "notation"
        if row.relation == "~" and not self.is_law_claim(row):
            return "notation"
        if row.relation == "=" and in_differentials(row.lhs, row.rhs):
            return "notation"  # `dX_t = -X_t dt + dW_t` says what X is; it holds in no point
        return "claim"

    def against_before(self, row: Row) -> str:
        """Why a bound cannot be said of a name beside what was said of it before; "" where it can."""
        word = look.bare_word(row.lhs) if row.lhs is not None and row.relation in ORDER else None
        entry = self.contexts.at(row.span.start).get(word.text) if word is not None else None
        if entry is None or entry.kind != "scalar" or not contradiction(entry.domain):
            return ""
        before = self.bounded.setdefault(entry.name, self.source.place(row.span.start))
        if before == self.source.place(row.span.start):
            return ""
        return f"not read: it cannot hold together with what {before[0]}:{before[1]} says of {entry.name}"

    def is_moment(self, name: str, row: Row) -> bool:
        r"""`at $t = \frac{\log 2}{\beta}$`: a place or moment that has a formula, and no claim about every t."""
        entry = self.contexts.at(row.span.start).get(name)
        free = entry is None or (entry.kind in ("scalar", "time", "index") and not has_value(entry))
        return free and not row.continued and AT.search(lead(row, self.source)) is not None

    def is_free(self, row: Row) -> bool:
        """Whether the name that a row sets equal to a constant may still have any value, and names no derived thing."""
        name = look.bare_word(row.lhs) or square(row.lhs) if row.lhs is not None else None
        entry = self.contexts.at(row.span.start).get(name.text) if name is not None else None
        if name is not None and self.styles.own([name.text], row.span.start, self.contexts.at(row.span.start)):
            return True
        return entry is None or (entry.kind in GIVEN_KINDS and not has_value(entry))

    def restates(self, row: Row, declaration: Declaration) -> bool:
        """Whether a density at the start is written for a law that is known without it."""
        entry = self.contexts.at(row.span.start).get(declaration.names[0])
        return declaration.kind == "start density" and entry is not None and entry.kind == "density"

    def is_event(self, word: Word, rhs: Syntax, row: Row) -> bool:
        """`given X_2 = x_2`: a random variable at a point or a number; `X = (X_1, X_2)` spells it out."""
        if not row.inline or row.relation != "=":
            return False
        entry = self.contexts.at(row.span.start).get(word.text)
        small = look.bare_word(rhs) is not None or look.number_like(rhs)
        if entry is not None and entry.rule == f"a point of {word.text}" and spelled(rhs) == word.text:
            return True
        return entry is not None and entry.kind == "law" and (small or spelled(rhs) == word.text)

    def holds(self, declaration: Declaration) -> bool:
        """Whether the declaration could be understood where it stands."""
        try:
            declaration.build(self.contexts.at(declaration.offset))
        except (ReadError, ShapeError):
            return False
        return True

    def is_law_claim(self, row: Row) -> bool:
        """`Y ~ N(m, S)` about a random variable whose law is declared otherwise."""
        word = look.bare_word(row.lhs) if row.lhs is not None else None
        context = self.contexts.at(row.span.start)
        if row.lhs is not None and row.rhs is not None and conditional_said("~", row.lhs, row.rhs) is not None:
            return True
        return word is not None and (word.text in context.vectors or is_lawful(context, word.text))

    # -- claims ----------------------------------------------------------------------------------------------------
    def claim_link(self, row: Row, base: dict[str, Any]) -> Link:
        """The claim of a row; a plain letter may be a name of its own beside a bold vector (`letter_styles`)."""
        context = self.contexts.at(row.span.start)
        words = words_of_row(row)
        if gap := unspoken(row, context, self.heads):
            return Link(**base, undecided=gap)
        own = self.styles.own(words, row.span.start, context)
        if not own:
            link = self.claim_apart(row, base, context, foreign(words, row.span.start, context, self.places))
            return Link(**base, undecided=OPERATOR) if is_bare_operator(link.claim) else link
        plain, defined = self.claim_at(row, base, with_own(context, own)), None
        if plain.claim is None or plain.readings:
            return plain
        try:
            defined = self.claim_at(row, base, context)
        except ReadError:
            return plain
        if defined.claim is None or defined.readings or not fits(defined.claim):
            return plain
        names = ", ".join(own)
        told = (f"with {names} as a number of its own", f"with {names} as defined")
        return replace(plain, readings=((told[0], plain.claim), (told[1], defined.claim)))

    def claim_apart(self, row: Row, base: dict[str, Any], context: Context, names: Sequence[str]) -> Link:
        """The claim of a row; names that another chapter declares may be numbers of their own here (`own_names`)."""
        try:
            link, failed = self.claim_at(row, base, context), None
        except ReadError as error:
            link, failed = None, error
        if not names or (link is not None and link.claim is None):
            if failed is not None or link is None:
                raise failed or ReadError("expected a claim", row.span)
            if depending := moving_with(link.claim, words_of_row(row)):
                return self.held_still(row, base, context, link, depending)
            solved = is_solution(row, context) and not (link.readings or link.tentative or link.alternatives)
            return replace(link, tentative=SOLVED) if solved else link
        others = [found for own in choices(names) if (found := self.claim_as_own(row, base, context, own)) is not None]
        if link is None or link.claim is None or not fits(link.claim):
            if others:
                return others[0]
            if failed is not None or link is None:
                raise failed or ReadError("expected a claim", row.span)
        if link.readings or link.tentative or link.alternatives:
            return link
        told = told_elsewhere(names, context)
        computed = computes(row, context) and concludes(self.sentences.before(row.lhs_span.start)[0])
        if (defines_anew(row, names, context) and not computed) or link.claim is None or not fits(link.claim):
            return replace(link, tentative=f"it fails with {told}, under another heading: it may be meant anew")
        claims = tuple(other.claim for other in others if other.claim is not None)
        reason = f"it fails with {told}, under another heading; it holds where the letters are free numbers"
        return replace(link, tentative=reason, alternatives=claims) if claims else link

    def held_still(self, row: Row, base: dict[str, Any], context: Context, link: Link, names: Sequence[str]) -> Link:
        r"""`\frac{\partial}{\partial m} \log q(z)` after `z = m + s e`: z may be held still, or move with m."""
        other = self.claim_as_own(row, base, context, names)
        if other is None or other.claim is None or link.readings or link.tentative or link.alternatives:
            return link
        reason = (
            f"it fails where {', '.join(names)} moves with what is differentiated by, as defined; it may be held still"
        )
        return replace(link, tentative=reason, alternatives=(other.claim,))

    def claim_as_own(self, row: Row, base: dict[str, Any], context: Context, own: Sequence[str]) -> Link | None:
        """The claim with names as numbers of their own; None where it makes no sense so, or one is a function."""
        if self.heads & set(own):
            return None
        try:
            link = self.claim_at(row, base, with_own(context, own))
        except ReadError:
            return None
        return None if link.claim is None or link.readings or not fits(link.claim) else link

    def claim_at(self, row: Row, base: dict[str, Any], context: Context) -> Link:
        """The claim of a row under the values that its sentence gives; two readings where they may still be meant."""
        holding, lingering = self.givens.at(row.span.start, names_of(row, context))
        link = self.claim_with(row, base, with_values(context, holding)) if holding else None
        if link is None or link.claim is None or binds(holding, link.claim.lhs, link.claim.rhs):
            try:
                link = self.claim_under(row, base, context)
            except ReadError:
                # What makes no sense for every value may make sense with those that may still be meant.
                other = self.claim_with(row, base, with_values(with_values(context, holding), lingering))
                if other is None or other.claim is None or other.readings:
                    raise
                told = ", ".join(item.told for item in lingering.values())
                return replace(other, readings=((f"with {told}", other.claim),))
        if not lingering or link.claim is None or link.readings or binds(lingering, link.claim.lhs, link.claim.rhs):
            return link
        other = self.claim_with(row, base, with_values(with_values(context, holding), lingering))
        if other is None or other.claim is None or other.claim.context == link.claim.context:
            return link
        told = ", ".join(item.told for item in lingering.values())
        if all(item.stop < item.section_end <= row.span.start for item in lingering.values()):
            # The values of one sentence under another heading: too far to pass what needs them, too near to accuse.
            reason = f"it fails for some values; it may hold with {told}, given in a sentence under another heading"
            return replace(link, tentative=reason, alternatives=(other.claim,))
        return replace(link, readings=(("for every value", link.claim), (f"with {told}", other.claim)))

    def claim_with(self, row: Row, base: dict[str, Any], context: Context) -> Link | None:
        """The claim with values in place of names; None where it makes no sense with them (d/dx at x = 2)."""
        try:
            return self.claim_under(row, base, context)
        except ReadError:
            return None

    def claim_under(self, row: Row, base: dict[str, Any], context: Context) -> Link:
        assert row.lhs is not None and row.rhs is not None
        self.integrated = integration_names(row.lhs, row.rhs) or self.integrated
        alone = spelled_out(row.lhs, row.rhs, context) if row.relation != "~" else None
        if alone is not None:
            row = replace(row, lhs=alone[0], rhs=alone[1])
        assert row.lhs is not None and row.rhs is not None
        shown = applied_names(row.lhs, row.rhs)
        el = Elaborator(context, implicit=True, integrated=self.integrated, choices=self.choices, applied=shown)
        declare_open_functions(el, row.lhs, row.rhs, self.source.text)
        if row.relation == "=" and either_signs(row.lhs, row.rhs):
            both = two_signed(row.lhs, row.rhs, el, row.span, self.taken)
            self.taken.append(both.id)
            return Link(**{**base, "relation": "="}, claim=both, condition=BOTH_SIGNS)
        if row.relation == "~" and (claim := chain_law_claim(el, row.lhs, row.rhs, row.span, self.taken)) is not None:
            self.taken.append(claim.id)
            return Link(**base, claim=claim)
        if (claim := vector_law_claim(el, row.relation, row.lhs, row.rhs, row.span, self.taken)) is not None:
            self.taken.append(claim.id)
            return Link(**base, claim=claim)
        lhs = el.node(row.lhs)
        rhs = law_node(el, row.rhs, lhs) if row.relation == "~" else el.node(row.rhs)
        relation = row.relation if row.relation in ("~", "propto", *ORDER) else "="
        if guess := maybe_matrices(el, lhs, rhs, self.source.text):
            return Link(**{**base, "relation": relation}, undecided=guess)
        if relation == "=":
            lhs, rhs = on_one_path(*differentiated(lhs, rhs), el.context)
        lhs, rhs, el.context = at_points(lhs, rhs, with_images(lhs, rhs, with_numbers_bound(lhs, rhs, el.context)))
        lhs, rhs, el.context = with_sequences(lhs, rhs, el.context)
        if relation == "propto":
            said = density_variables(row.lhs) or self.supposed.density_of_chain(row)
            found = propositions(said, lhs, rhs, el.context, row.span, self.taken)
            self.taken += [found["claim"].id] if "claim" in found else []
            return Link(**{**base, "relation": relation}, **found)
        if relation in ORDER:
            return self.order_link(row, {**base, "relation": relation}, lhs, rhs, el.context)
        drawn = equal_in_law(lhs, rhs, el.context, row.span, self.taken) if relation == "=" else None
        if drawn is not None:
            self.taken.append(drawn.id)
            return Link(**{**base, "relation": relation}, claim=drawn, condition=IN_LAW)
        lhs, rhs = along_path(lhs, rhs, el.context)
        el.context = freed(el.context, lhs, rhs)
        lhs, rhs = in_one_layout(lhs, rhs, el.context)
        claim = random_equality(lhs, rhs, el.context, row.span, self.taken)
        claim = claim or mapped_equality(lhs, rhs, el.context, row.span, self.taken)
        claim = claim or make_claim(lhs, relation, rhs, el.context, row.span, self.taken)
        if missing := flow_gap(claim):
            return Link(**{**base, "relation": relation}, undecided=missing)
        self.taken.append(claim.id)
        return Link(**{**base, "relation": relation}, claim=claim, readings=readings(claim))

    def member(self, row: Row, base: dict[str, Any]) -> Link | None:
        """`\\in` about something that is defined; None where it says where a name lives, or is not judged."""
        assert row.lhs is not None and row.rhs is not None
        context = self.contexts.at(row.span.start)
        status = standing([row], row, self.source, context)
        word = look.bare_word(row.lhs)
        if status == "condition" or (word is not None and not is_defined(context, word.text)):
            return None
        if word is not None and lives_in(context, word.text, row.rhs):
            return None
        el = Elaborator(context, implicit=True)
        try:
            claim = member_claim(el, row.lhs, row.rhs, row.span, self.taken)
        except ReadError:
            return None
        if claim is None:
            return None
        self.taken.append(claim.id)
        return Link(**base, claim=claim, tentative=MAYBE if status == "unclear" else "")

    def order_link(self, row: Row, base: dict[str, Any], lhs: Node, rhs: Node, context: Context) -> Link:
        """An inequality under the conditions of its section."""
        names = names_within(lhs, rhs, context)
        context, condition, tentative = self.supposed.under(row, context, names)
        claim = make_claim(lhs, row.relation, rhs, context, row.span, self.taken)
        if missing := flow_gap(claim):
            return Link(**base, undecided=missing)
        self.taken.append(claim.id)
        return Link(**base, claim=claim, condition=condition, tentative=tentative)

    # -- sentences -------------------------------------------------------------------------------------------------
    def sentence(self, row: Row) -> Sentence | None:
        """A sentence before a display that says what the display is: only for the first row of the display."""
        if not row.opens_display:
            return None
        index = next((i for i, b in enumerate(self.blocks) if b.start <= row.lhs_span.start < b.stop), None)
        if index is None or index == 0:
            return None
        start = index
        while start > 0 and self.blocks[start - 1].kind in ("prose", "inline"):
            start -= 1
        if start == index:
            return None
        return sentence_before(self.source, self.blocks[start].start, self.blocks[index].start)

    def sentence_link(self, row: Row, sentence: Sentence) -> Link:
        """`the inverse of M is:` as a claim: inverse(M) = the first side of the display."""
        base = self.base(row)
        base.update(
            relation="=",
            span=row.lhs_span,
            lhs_span=sentence.span,
            rhs_text=row.lhs_text,
            lhs_text=self.source.text[sentence.span.start : sentence.span.stop].strip(),
        )
        try:
            el = Elaborator(self.contexts.at(row.span.start), implicit=True)
            of = el.node(sentence.of)
            op = {"inv": "inverse", "det": "det", "tr": "trace", "transpose": "transpose"}[sentence.noun]
            assert row.lhs is not None
            claim = make_claim(Apply(op, (of,)), "=", el.node(row.lhs), el.context, row.lhs_span, self.taken)
        except ReadError as error:
            return Link(**base, unread=not_read(error.message))
        self.taken.append(claim.id)
        return Link(**base, claim=claim)


def names_within(lhs: Node, rhs: Node, context: Context) -> frozenset[str]:
    """The names that both sides depend on once definitions are written out."""
    try:
        return frozenset().union(*(free_names(side) for side in Part(lhs, rhs, context).unfolded))
    except (TooLarge, ShapeError):
        return free_names(lhs) | free_names(rhs)


def flow_gap(claim: Claim) -> str:
    """What a claim about a flow lacks to be judged; "" for every other claim."""
    if not any(isinstance(law, FlowLaw) for law in claim.context.laws.values()):
        return ""
    from .flow_gaps import missing_start

    return missing_start(claim)


def random_equality(lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]) -> Claim | None:
    """`Y = AZ` about random vectors: the same affine map of the same base."""
    law = context.laws.get(lhs.name) if isinstance(lhs, Name) else None
    if not isinstance(law, AffineLaw):
        return None
    base = context.laws.get(law.base)
    found = affine_parts(rhs, law.base, base.dimension) if base is not None else None
    if found is None or law.base not in {base_name(name) for name in free_names(rhs)}:
        return None
    claim = make_claim(lhs, "=", rhs, context, span, taken)
    parts = (Part(law.matrix, found[0], context, "matrix"), Part(law.offset, found[1], context, "offset"))
    return replace(claim, kind="random_variable", subject=law.name, parts=parts)


def base_name(name: str) -> str:
    """The vector of a component, `Z` of `Z_1`; any other name itself."""
    head, _, index = name.rpartition("_")
    return head if head and index.isdigit() else name


def readings(claim: Claim) -> tuple[tuple[str, Claim], ...]:
    """Live readings: a partial derivative in time of something that is taken along a path may mean the total one."""
    if not any(is_partial_along_path(node, claim.context) for node in walk(claim.lhs)):
        return tied_readings(claim)

    def total(node: Node) -> Node:
        return (
            replace(node, tag="total")
            if isinstance(node, Bind) and is_partial_along_path(node, claim.context)
            else node
        )

    from ..symbolic.tree import rewrite

    other = make_claim(rewrite(claim.lhs, total), claim.relation, claim.rhs, claim.context, claim.span, (claim.id,))
    return (("the total derivative along the path", other), ("the partial derivative at a fixed point", claim))


def is_partial_along_path(node: Node, context: Context) -> bool:
    """`∂/∂t g(z(t), t)` with z the path of a flow."""
    if not isinstance(node, Bind) or node.op != "diff" or node.tag != "partial" or len(node.names) != 1:
        return False
    for part in walk(node.args[0]):
        law = context.law_of(part.name) if isinstance(part, Call) else None
        entry = context.get(part.name) if isinstance(part, Call) else None
        if (
            isinstance(law, FlowLaw)
            and entry is not None
            and entry.kind in ("path", "component")
            and node.names == (law.time,)
        ):
            return True
    return False
