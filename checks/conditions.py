r"""Whether a written inequality claims something or supposes it, and under what a claim stands.

    Let $x > 0$.   for $|x| < 1$   if $b^2 < 4ac$   with $n \ge 2$      conditions: not judged, they restrict claims
    Hence $a \le b$.   $$e^x \ge 1 + x$$   a = b \le c                  claims
    $a + b > c$ alone in a sentence                                     unclear: judged; where it fails it may be a
                                                                        condition, so that it is not refuted

The words before the formula decide, in a closed list.  A name that is not defined, against a number or another name,
is a condition wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..symbolic import shapes_of_syntax as look
from ..symbolic.context import Context
from ..symbolic.domains import condition_node
from ..symbolic.elaborate import Elaborator
from ..symbolic.source import ReadError, Source
from ..symbolic.syntax import Syntax
from ..symbolic.tree import Node, free_names
from ..symbolic.vocabulary import CONSTANT_WORDS
from .claim import ORDER
from .document_rows import Row
from .proportional import density_variables

SUPPOSING = re.compile(
    r"(?i)\b(?:let|if|for|all|any|every|each|when|whenever|where|with|assum\w*|suppos\w*|given|provided|such that|"
    r"assume that|suppose that|provided that|requir\w*|need|unless|under|until|once|condition|conditions|constraint|"
    r"subject to|s\.t\.|iff|only if|case|cases|choose|take|fix|or|consider|forall)\s*$"
)
CLAIMING = re.compile(
    r"(?i)\b(?:hence|so|thus|therefore|then|is|are|have|has|had|get|gets|gives|give|since|because|follows|obtain|find|"
    r"shows|show|prove|means|imply|implies|conclude|satisfies|indeed|clearly|obviously|inequality|bound|yields|that|"
    r"thus|know|moreover|also|always|therefore,|consequently|i\.e\.)[,:]?\s*$"
)
DEMANDING = re.compile(
    r"(?i)\b(?:condition|requirement|constraint|restriction|assumption)s?\s+(?:is|are|reads?|becomes?)"
    r"(?:\s+that)?\s*:?\s*$"
)
RESTRICTING = re.compile(
    r"(?i)\b(?:positive|nonnegative|non-negative|negative|small|large|unit|probabilit\w+|between|greater|less|smaller|"
    r"larger|at least|at most|interval|bounded|sufficiently|strictly|domain|distinct|nonzero|convex|increasing)\b"
)
LOCAL = re.compile(r"(?i)\b(?:if|when|whenever|unless|until|once|case|cases|or|iff)\s*$")
SENTENCE_END = re.compile(r"[.;!?](?:\s|$)")
BEFORE, AFTER = 400, 120
DECORATION = re.compile(r"(?:\\(?:q?quad|text|mathrm|textrm|forall|[,;:! ])|[\s${}&,(]|\\\\|\\\(|\\\[)+$")
MAYBE = "it fails at a point, and where it stands it may be a condition: begin with 'let' or with 'hence'"


def lead(row: Row, source: Source) -> str:
    """The text in front of an inequality, up to the formula or the sentence before, without decoration."""
    begin = min(row.lhs_span.start, row.span.start)
    text = source.text[max(0, begin - 80) : begin]
    marked = text.replace(r"\forall", " for all ")
    previous = ""
    while previous != marked:
        previous, marked = marked, DECORATION.sub("", marked)
    return marked


def standing(chain: Sequence[Row], row: Row, source: Source, context: Context) -> str:
    """What an inequality of a chain is where it stands: "claim", "condition" or "unclear"."""
    assert row.lhs is not None and row.rhs is not None
    for side, other in ((row.lhs, row.rhs), (row.rhs, row.lhs)):
        word = look.bare_word(side)
        if word is None or is_defined(context, word.text):
            continue
        if look.number_like(other) or look.bare_word(other) is not None:
            return "condition"
        if word.text not in {w.text for w in look.words(other)}:
            return "condition" if row.inline else "unclear"
    first = chain[0]
    if any(r.relation == "=" for r in chain):
        # `where $r = b/a > 1$` says what r is, and supposes that it is larger than 1.
        supposes = (
            first.inline and first.relation == "=" and re.search(r"(?i)\b(?:where|with|let)\s*$", lead(first, source))
        )
        named = first.lhs is not None and look.bare_word(first.lhs) is not None
        return "unclear" if supposes and named else "claim"
    before = lead(first, source)
    if row.inline and DEMANDING.search(before):
        return "condition"  # `The condition is $w^T u > -1$`
    if SUPPOSING.search(before):
        return "condition"
    begins = first.opens_display or new_row(first, source)
    return "claim" if CLAIMING.search(before) or (begins and not row.inline) else "unclear"


def new_row(row: Row, source: Source) -> bool:
    r"""Whether a display begins a new row with the formula: `\ c &\le d`."""
    text = source.text[: row.lhs_span.start].rstrip(" \n\t&{")
    return text.endswith(r"\\")


def chain_of(rows: Sequence[Row], index: int) -> list[Row]:
    """The rows of the chain of a row: each begins where the one before ends."""
    first = last = index
    while first > 0 and follows(rows[first - 1], rows[first]):
        first -= 1
    while last + 1 < len(rows) and follows(rows[last], rows[last + 1]):
        last += 1
    return list(rows[first : last + 1])


def follows(before: Row, row: Row) -> bool:
    """Whether the left side of a row is the right side of the row before."""
    return bool(row.relation) and before.span.start <= row.lhs_span.start < before.span.stop


def is_defined(context: Context, name: str) -> bool:
    """Whether a name stands for something, so that an inequality about it says more than where it lives."""
    entry = context.get(name)
    if entry is None and name in CONSTANT_WORDS:
        return True
    return entry is not None and (entry.value is not None or entry.kind not in ("scalar", "vector", "matrix"))


def restricted_in_words(row: Row, source: Source) -> bool:
    """Whether words around the claim restrict its names in a way that is not read."""
    begin = row.lhs_span.start
    text = source.text[max(0, begin - BEFORE) : row.span.stop + AFTER]
    return RESTRICTING.search(text) is not None


def supposed(rows: Sequence[Row], row: Row, headings: Sequence[int], source: Source) -> list[Row]:
    """The conditions of a claim: those of its sentence, and what was supposed before it in its section."""
    place = row.lhs_span.start
    first = max((h for h in headings if h <= place), default=0)
    last = min((h for h in headings if h > place), default=place + 10**9)
    found = []
    for other in (r for r in rows if first <= r.lhs_span.start < min(last, row.span.stop + AFTER) and r is not row):
        before = other.span.stop <= place
        between = source.text[other.span.stop : place] if before else source.text[row.span.stop : other.lhs_span.start]
        if not before and "\n\n" in between:
            continue
        lasting = before and not LOCAL.search(lead(other, source))
        if lasting or SENTENCE_END.search(between) is None:
            found.append(other)
    return found


def under(context: Context, names: frozenset[str], conditions: Sequence[Row]) -> tuple[Context, list[str], bool]:
    """The context with the conditions on the names of a claim; their texts; whether all of them were understood."""
    texts: list[str] = []
    understood = True
    for row in conditions:
        node = condition_of(context, row)
        if node is None:
            understood = understood and not mentions(row, names)
            continue
        inside = free_names(node)
        if not inside & names or known(context, row):
            continue
        holder = next((n for n in sorted(inside) if (e := context.get(n)) is not None and e.kind == "scalar"), None)
        if not inside <= names or holder is None:
            understood = False
            continue
        entry = context.get(holder)
        assert entry is not None
        if node in entry.domain.conditions:
            continue
        domain = replace(entry.domain, conditions=(*entry.domain.conditions, node))
        context = context.declare(replace(entry, domain=domain))
        texts.append(f"{row.lhs_text.strip()} {row.relation} {row.rhs_text.strip()}")
    return context, texts, understood


def known(context: Context, row: Row) -> bool:
    """Whether the condition bounds one name by a number, and the bounds of that name are declared."""
    for side, other in ((row.lhs, row.rhs), (row.rhs, row.lhs)):
        word = look.bare_word(side) if side is not None else None
        entry = context.get(word.text) if word is not None else None
        if other is not None and look.number_like(other) and entry is not None and entry.domain.declared:
            return bool(entry.domain.low or entry.domain.high)
    return False


def condition_of(context: Context, row: Row) -> Node | None:
    """The condition as a truth-valued tree; None where it is not one of scalars."""
    if row.lhs is None or row.rhs is None or row.relation not in ORDER[:5]:
        return None
    el = Elaborator(context, implicit=True)
    try:
        return condition_node(row.relation, el.node(row.lhs), el.node(row.rhs))
    except ReadError:
        return None


def mentions(row: Row, names: frozenset[str]) -> bool:
    """Whether a condition that is not understood speaks of one of the names."""
    sides: list[Syntax] = [s for s in (row.lhs, row.rhs) if s is not None]
    return any(word.text in names for side in sides for word in look.words(side))


class Suppositions:
    """The inequalities of a document: which of them are claims, and the conditions that these stand under."""

    def __init__(self, rows: Sequence[Row], source: Source, headings: Sequence[int], at: Callable[[int], Context]):
        self.source, self.headings, self.at = source, headings, at
        self.standings: dict[int, str] = {}
        for index, row in enumerate(rows):
            if row.relation in ORDER and not row.unread and row.lhs is not None and row.rhs is not None:
                place = row.span.start
                self.standings[place] = standing(chain_of(rows, index), row, source, at(place))
        self.places = {row.span.start: index for index, row in enumerate(rows)}
        self.rows = rows
        self.conditions = [r for r in rows if self.standings.get(r.span.start) == "condition"]

    def of(self, row: Row) -> str:
        """ "claim", "condition", "unclear", or "" for what is no inequality."""
        return self.standings.get(row.span.start, "")

    def density_of_chain(self, row: Row) -> tuple[str, ...]:
        """The variables of the density that the chain of a row begins with."""
        index = self.places.get(row.span.start)
        first = chain_of(self.rows, index)[0].lhs if index is not None else None
        return density_variables(first) if first is not None else ()

    def under(self, row: Row, context: Context, names: frozenset[str]) -> tuple[Context, str, str]:
        """The context with the conditions of a claim, what is said of them, and why a failure may be none."""
        found, texts, understood = under(context, names, supposed(self.conditions, row, self.headings, self.source))
        said = f"where {' and '.join(texts)}" if texts else ""
        if self.of(row) == "unclear" and names:
            return found, said, MAYBE  # what holds no name is no condition
        if not understood:
            return found, said, "it fails at a point, and a condition of this section is not understood"
        undeclared = [n for n in names if (e := context.get(n)) is not None and e.rule.startswith("undeclared")]
        if undeclared and restricted_in_words(row, self.source):
            return (
                found,
                said,
                f"it fails at a point; what the text says of {', '.join(sorted(undeclared))} is not read",
            )
        return found, said, ""
