r"""Values that a document gives to names for a while: "for $t = 0$", "take $a = 3$ and $b = 4$", "say $\sigma^2 = 2$".

Such an equality is no claim: it cannot be wrong, and what follows is said under it.  How long it holds is told by the
words before it:

    now, let, set, take, put, fix, choose, say, suppose, assume, consider, use     to the end of the section
    no word, in a display                                                     likewise
    for, at, with, when, if, where, given; or no word at all                  to the end of the sentence

A sentence runs on through the displays inside it.  After that the author may or may not mean the value still: a later
claim with the name has two readings, with the value and without, and is refuted only when it fails under both.

After "so", "hence", "we get" and the like `x = 3` says what an equation has told, which nothing here can judge; it is
neither a value nor, for a free x, a claim about all x.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..symbolic import shapes_of_syntax as look
from ..symbolic.blocks import Block
from ..symbolic.context import Context, Entry
from ..symbolic.declare_values import square_declaration, value_declaration
from ..symbolic.said import square
from ..symbolic.shapes import ShapeError
from ..symbolic.source import ReadError, Source, Span
from ..symbolic.syntax import Script, Syntax
from ..symbolic.tree import Bind, Name, Node, Number, free_names, walk
from ..symbolic.unfold import TooLarge, unfold
from ..symbolic.vector_laws import resized
from ..symbolic.vocabulary import CONSTANT_WORDS, FUNCTION_WORDS
from .document_rows import Row

LONG = "now|let|set|setting|take|taking|put|fix|choose|say|suppose|assume|assuming|consider|use|using|pick|specialise"
SHORT = (
    "for|at|with|when|if|where|given|case|as|plug|plugging|evaluated|evaluate|insert|inserting|since|because|and"
    "|substitute|substituting|substitution"
)
FOUND = (
    "so|then|hence|thus|therefore|get|gets|gives|give|yields|yield|obtain|obtains|find|finds|have|equals|is|becomes"
    "|follows|implies|means|conclude|conclusion|solution|solving|answer|result"
)
_WORD = re.compile(rf"(?i)\b(?:(?P<long>{LONG})|(?P<short>{SHORT})|(?P<found>{FOUND}))\b")
_NAMING = re.compile(
    r"(?i)\b(?:with|where|for|let|set|setting|take|put|writing|introduce|using|changes?\s+of\s+variables?(?:\s+to)?"
    r"|substitut(?:e|es|ed|ing|ions?)(?:\s+(?:for|of))?)\s*$"
)
_STOP = re.compile(r"[.!?](?=\s|$|\\\]|\$)|\n[ \t]*\n")
KINDS = ("scalar", "vector", "matrix", "index", "parameter", "law", "path", "component")
FAR = 400
LARGEST = 12
DERIVATIVES = ("diff", "gradient", "jacobian", "divergence", "laplacian", "hessian")


@dataclass(frozen=True, slots=True)
class Given:
    """One value, where it is given, and up to where it surely holds."""

    name: str
    rhs: Syntax
    squared: bool
    span: Span
    stop: int
    section_end: int

    @property
    def told(self) -> str:
        return f"{self.name}{'^2' if self.squared else ''} as given at line {self.span.line}"

    def within(self, context: Context) -> Context:
        """The context with this value; unchanged where the name stands for something that has no value."""
        entry = context.get(self.name)
        if entry is not None and (entry.kind not in KINDS or has_value(entry)):
            return context
        free = without(context, self.name)
        make = square_declaration if self.squared else value_declaration
        try:
            return make(self.name, self.rhs, self.span).build(free)
        except (ReadError, ShapeError):
            return context


def has_value(entry: Entry) -> bool:
    return entry.value is not None or entry.domain.value is not None


def without(context: Context, name: str) -> Context:
    """The context without an entry, so that it may be declared."""
    return replace(context, entries={key: entry for key, entry in context.entries.items() if key != name})


@dataclass(frozen=True, slots=True)
class Givens:
    """All values that a document gives for a while, in order of place; and what it says to have found."""

    items: tuple[Given, ...] = ()
    found: frozenset[Span] = frozenset()

    def spans(self) -> frozenset[Span]:
        return frozenset(item.span for item in self.items)

    def at(self, place: int, names: Iterable[str]) -> tuple[dict[str, Given], dict[str, Given]]:
        """For names of a claim: the values that hold at its place, and those that may still be meant."""
        holding: dict[str, Given] = {}
        lingering: dict[str, Given] = {}
        wanted = frozenset(names)
        for item in self.items:
            if item.name not in wanted or item.span.start >= place:
                continue
            holding.pop(item.name, None)
            lingering.pop(item.name, None)
            if place < item.stop:
                holding[item.name] = item
            else:
                lingering[item.name] = item
        return holding, lingering


def given_values(rows: Sequence[Row], blocks: Sequence[Block], source: Source, declared: Iterable[Span] = ()) -> Givens:
    """The values that rows of a document give.

    A row of `declared` is a definition, which holds everywhere, and is none.
    """
    taken = frozenset(declared)
    edges = [block.start for block in blocks if block.kind == "heading"]
    items: list[Given] = []
    found: set[Span] = set()
    for number, row in enumerate(rows):
        after = rows[number + 1] if number + 1 < len(rows) else None
        name, value = named(row, after) if not is_substitution(row, blocks, source) else (word_of(row), row.rhs)
        if name is None or row.span in taken or value is None:
            continue
        kind = said_before(row, blocks, source)
        if kind == "found":
            found.add(row.span)
            continue
        end = next((edge for edge in edges if edge > row.span.start), len(source.text))
        stop = end if kind == "long" else min(end, sentence_end(row, blocks, source))
        items.append(Given(name[0], value, name[1], row.span, stop, end))
    return Givens(tuple(items), frozenset(found))


def is_substitution(row: Row, blocks: Sequence[Block], source: Source) -> bool:
    r"""`with $s = \operatorname{sech}^2(z_1)$ this is ..`: a name for an expression, right behind such a word."""
    word = word_of(row) if row.inline and row.relation == "=" and not row.continued else None
    if word is None or row.rhs is None or look.has_relation(row.rhs):
        return False
    if word[0] in {other.text for other in look.words(row.rhs)}:
        return False
    return _NAMING.search(prose_before(row.lhs_span.start, blocks, source)) is not None


def word_of(row: Row) -> tuple[str, bool] | None:
    """The bare name on the left of a row."""
    word = look.bare_word(row.lhs) if row.lhs is not None else None
    return (word.text, False) if word is not None and word.text not in (*CONSTANT_WORDS, *FUNCTION_WORDS) else None


def named(row: Row, after: Row | None) -> tuple[tuple[str, bool] | None, Syntax | None]:
    """The name that a row gives a value, and the value: that of the whole chain in `b = h = 0`."""
    found = given_name(row)
    if found is not None:
        return found, row.rhs
    last = given_name(after) if after is not None and after.lhs is row.rhs else None
    word = look.bare_word(row.lhs) if row.lhs is not None else None
    if last is None or word is None or after is None or row.relation != "=":
        return None, None
    return (word.text, False), after.rhs


def given_name(row: Row) -> tuple[str, bool] | None:
    """The name in `name = constant`, and whether its square is given; None for anything else."""
    if row.relation != "=" or row.continued or row.lhs is None or row.rhs is None:
        return None
    if not is_constant(row.rhs):
        return None
    word = look.bare_word(row.lhs)
    if word is not None:
        return None if word.text in CONSTANT_WORDS or word.text in FUNCTION_WORDS else (word.text, False)
    root = square(row.lhs)
    return (root.text, True) if root is not None else None


def is_constant(syntax: Syntax) -> bool:
    r"""Whether a side holds no name: `\frac12`, `\sqrt 2`, `(1, 2)^T`."""
    inner = look.peeled(syntax)
    if isinstance(inner, Script) and inner.sup is not None and inner.sub is None:
        marks = {word.text for word in look.words(inner.sup)}
        if marks and marks <= {"T", "top", "intercal"}:
            inner = inner.base
    used = {word.text for word in look.words(inner)}
    return not used - set(CONSTANT_WORDS) - set(FUNCTION_WORDS) and not look.has_relation(inner)


def said_before(row: Row, blocks: Sequence[Block], source: Source) -> str:
    """`long`, `short` or `found`: by the last telling word between the beginning of the sentence and the formula."""
    text = prose_before(row.lhs_span.start, blocks, source)
    words = [match.lastgroup or "" for match in _WORD.finditer(text)]
    plain = [match[0].lower() for match in _WORD.finditer(text)]
    while plain and plain[-1] in ("and", "as"):  # `take a = 3 and b = 4`
        plain.pop()
        words.pop()
    return words[-1] if words else "short" if row.inline else "long"


def prose_before(place: int, blocks: Sequence[Block], source: Source) -> str:
    """The prose of the sentence before a place, without its formulas."""
    pieces = []
    for block in islice(blocks, bisect_left(blocks, place - FAR, key=ends), None):
        if block.start >= place:
            break
        if block.kind == "prose":
            pieces.append(source.text[max(block.start, place - FAR) : min(block.stop, place)])
        elif block.kind != "inline":
            pieces.append("\n\n")
    text = " ".join(pieces)
    stops = [match.end() for match in _STOP.finditer(text)]
    return text[stops[-1] :] if stops else text


def sentence_end(row: Row, blocks: Sequence[Block], source: Source) -> int:
    """Where the sentence of a row ends: at a full stop of the text or at the end of a display, or before an empty line
    that no display follows."""
    place = row.span.stop
    first = bisect_right(blocks, place, key=ends)
    for number, block in enumerate(islice(blocks, first, None), first):
        if block.kind == "heading":
            return block.start
        if block.kind == "display" and re.search(r"\.\s*(?:\\end\{\w+\*?\}|\$\$|\\\])?\s*$", text_of(block, source)):
            return block.stop
        if block.kind == "prose":
            text = source.text[max(block.start, place) : block.stop]
            for match in _STOP.finditer(text):
                after = text[match.end() :].strip()
                follows = blocks[number + 1].kind == "display" if number + 1 < len(blocks) else False
                if match[0].startswith("\n") and not after and follows:
                    continue  # an empty line before a display does not end a sentence
                if (
                    match[0].startswith("\n")
                    and not text[: match.start()].strip()
                    and before_is_display(blocks, number)
                ):
                    continue  # nor does one behind it
                return max(block.start, place) + match.start()
    return len(source.text)


def ends(block: Block) -> int:
    """Where a block ends: blocks stand in order."""
    return block.stop


def before_is_display(blocks: Sequence[Block], number: int) -> bool:
    return number > 0 and blocks[number - 1].kind == "display"


def text_of(block: Block, source: Source) -> str:
    return source.text[block.start : block.stop]


def with_values(context: Context, values: Mapping[str, Given]) -> Context:
    """The context in which the names have their given values, and sizes are what these values say."""
    sizes: dict[str, int] = {}
    for item in values.values():
        before, context = context.get(item.name), item.within(context)
        sizes |= sizes_told(before, context.get(item.name))
    return resized(context, sizes) if sizes else context


def sizes_told(before: Entry | None, after: Entry | None) -> dict[str, int]:
    """The sizes that a value gives: `k = 1` its own, a matrix of 2 x 1 those of a d x k matrix."""
    if after is None or after.value is None:
        return {}
    whole = after.value
    if isinstance(whole, Number) and whole.value.denominator == 1 and 1 <= whole.value <= LARGEST:
        return {after.name: int(whole.value)}
    if before is None or not before.domain.shape:
        return {}
    pairs = zip((*before.domain.shape, 1), (*after.domain.shape, 1, 1), strict=False)
    return {old: new for old, new in pairs if isinstance(old, str) and isinstance(new, int)}


def freed(context: Context, *nodes: Node) -> Context:
    r"""The context in which a name that the claim differentiates by is free, whatever it was set equal to.

    `a = w^T z + b`, `\frac{d}{da} \tanh a = \operatorname{sech}^2 a` speaks of every a.  Where the claim also has names
    that the value is made of, they are not independent of it, and nothing is freed.
    """
    derivatives = (part for node in nodes for part in walk(node) if isinstance(part, Bind) and part.op in DERIVATIVES)
    by = {name for part in derivatives for name in part.names}
    for name in sorted(by):
        entry = context.get(name)
        if entry is None or entry.kind != "scalar" or not has_value(entry) or entry.arguments:
            continue
        loose = without(context, name).declare(Entry(name=name, kind="scalar", span=entry.span, rule=entry.rule))
        made_of = free_names(entry.value or entry.domain.value or Name(name)) - {name}
        try:
            used = {n for node in nodes for n in free_names(unfold(node, loose))}
        except TooLarge:
            return context
        if not made_of & used:
            context = loose
    return context


def binds(names: Iterable[str], *nodes: Node) -> bool:
    """Whether a name is differentiated, integrated or summed over: then the claim is about all of its values."""
    wanted = set(names)
    return any(isinstance(part, Bind) and wanted & set(part.names) for node in nodes for part in walk(node))
