r"""Names that a document takes anew: "Let now $A = ..$", "with $p(x) = ..$" under a new heading.

A letter has one meaning throughout until a statement gives it another one.  Such a statement is told by the last
telling word of its sentence:

    let, suppose, take, consider, define, with, where, for, if ..        it declares
    then, so, hence, we get, is, becomes ..                             it claims

and by its place: under another heading than the first declaration, or in the same one after *now*, *instead*, *let*.
Under that heading, or from that sentence on, the name has the new meaning, and what other chapters say with the
letter counts for nothing there: the new meaning is read as if they did not have the letter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import shapes_of_syntax as look
from .blocks import Block
from .context import Context
from .declare_conditionals import conditional_said
from .declares import Collector
from .notation import Declaration
from .said import Said, spelled, square
from .said_names import END, is_moment
from .source import ReadError, Source, Span

_DECLARES = (
    "let|set|take|put|fix|choose|suppose|assume|consider|define|defined|denote|write|introduce|instead|for|with|where"
    "|if|given|model|models|start|starts|starting|follow|solve|solves|satisfy|satisfies|obeys|new|replace|sample"
    "|uses|use|redefine|now|over|under|draw|drawn|draws"
)
_CLAIMS = (
    "so|then|hence|thus|therefore|get|gets|gives|give|yields|yield|obtain|obtains|find|finds|have|equals"
    "|becomes|follows|implies|means|conclude|since|because|indeed|check|show|shows|verify|again|recall"
)
_WEAKLY = "is|are|has|same"
_IMPERATIVE = re.compile(r"(?i)\b(?:let|suppose|assume|consider|take|define|choose|set|put|fix)\b")
_TELLING = re.compile(rf"(?i)\b(?:(?P<declares>{_DECLARES})|(?P<claims>{_CLAIMS})|(?P<weakly>{_WEAKLY}))\b")
_MOTION = re.compile(r"(?i)\b(?:ODE|equations?|system|field|dynamics|flow|follows?|solves?|moves?|evolves?|reads)\b")
_ANEW = re.compile(
    r"(?i)\b(?:now|instead|redefine|replace|new|another|different|next|let|set|take|put|fix|choose|suppose|assume"
    r"|consider|define|introduce)\b"
)
_STOP = re.compile(r"[.!?](?=\s|$|\\\]|\$)|\n[ \t]*\n(?=[ \t]*\S)")
CLOSED = re.compile(r"\.\s*(?:\\end\{\w+\*?\}|\$\$|\\\])?\s*$")
FAR = 400


@dataclass(frozen=True, slots=True)
class Region:
    """A heading with what stands under it, up to the next heading of its level or above; and its chapter."""

    start: int
    stop: int
    chapter: tuple[int, int]

    def holds(self, place: int) -> bool:
        return self.start <= place < self.stop


@dataclass(frozen=True, slots=True)
class Places:
    """The headings of a document, as (place, level), without a title above all of them."""

    headings: tuple[tuple[int, int], ...]
    # The level of the chapters: the highest one with several headings.
    top: int = field(init=False)

    def __post_init__(self) -> None:
        counts = Counter(level for _, level in self.headings)
        several = [level for level, count in counts.items() if count > 1]
        object.__setattr__(self, "top", min(several or counts, default=0))

    def region(self, place: int) -> Region:
        before = [i for i, (start, _) in enumerate(self.headings) if start <= place]
        if not before:
            stop = self.headings[0][0] if self.headings else END
            return Region(0, stop, (0, stop))
        last = before[-1]
        first = max((i for i in before if self.headings[i][1] <= self.top), default=0)
        return Region(self.headings[last][0], self.end(last), (self.headings[first][0], self.end(first, self.top)))

    def chapters(self) -> list[tuple[int, int]]:
        """Where each chapter begins and ends; what stands before the first heading is none."""
        return list(dict.fromkeys(self.region(start).chapter for start, _ in self.headings))

    def chapter(self, place: int) -> int:
        """Where the chapter of a place begins; 0 for the opening."""
        return self.region(place).chapter[0]

    def end(self, index: int, least: int = 0) -> int:
        level = max(self.headings[index][1], least)
        return next((start for start, other in self.headings[index + 1 :] if other <= level), END)


def places_of(blocks: Sequence[Block], opening: int) -> Places:
    """The headings behind the title."""
    found = [(block.start, block.level) for block in blocks if block.kind == "heading"]
    title = len(found) > 1 and found[1][0] == opening and found[0][0] < opening
    return Places(tuple(found[1:] if title else found))


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a document, to be asked for the one before a formula."""

    source: Source
    blocks: Sequence[Block]
    starts: Sequence[int]

    @classmethod
    def of(cls, source: Source, blocks: Sequence[Block]) -> Sentences:
        return cls(source, blocks, [block.start for block in blocks])

    def before(self, place: int) -> tuple[str, int]:
        """The prose of the sentence before a formula, without formulas, and where the sentence begins.

        For a formula inside a display it is what stands before the display.
        """
        pieces: list[str] = []
        near = self.near(place)
        told = [b for b in near if b.kind != "prose" or not self.source.text[b.start : min(b.stop, place)].isspace()]
        if told and told[-1].kind == "display":
            near = []  # one display after another: the words before the first one introduce that one alone
        for block in near:
            if block.kind == "prose":
                pieces.append(self.source.text[max(block.start, place - FAR) : min(block.stop, place)])
            elif block.kind == "heading" or (block.kind == "display" and self.is_closed(block)):
                pieces.append(". ")
        text = " ".join(pieces)
        ends = [match.end() for match in _STOP.finditer(text)]
        raw = self.source.text[max(0, place - FAR) : place]
        begin = max((match.end() for match in _STOP.finditer(raw)), default=0)
        return text[ends[-1] :] if ends else text, max(0, place - FAR) + begin

    def near(self, place: int) -> list[Block]:
        """The blocks before a place within reach, without the formula that it stands in."""
        index = bisect_left(self.starts, place) - 1
        found: list[Block] = []
        while index >= 0 and self.blocks[index].stop >= place - FAR:
            block = self.blocks[index]
            if block.kind == "prose" or block.stop <= place:
                found.append(block)
            index -= 1
        return found[::-1]

    def is_closed(self, block: Block) -> bool:
        """Whether a display ends with a full stop."""
        return CLOSED.search(self.source.text[max(block.start, block.stop - 30) : block.stop]) is not None


def declares(words: str) -> bool:
    """Whether the last telling word of a sentence declares."""
    ordered = _IMPERATIVE.search(words) is not None
    telling = [match.lastgroup for match in _TELLING.finditer(words) if match.lastgroup != "weakly" or not ordered]
    return bool(telling) and telling[-1] == "declares"


def concludes(words: str) -> bool:
    """Whether the last telling word of a sentence claims: `Then`, `so`, `we get`."""
    telling = [match.lastgroup for match in _TELLING.finditer(words)]
    return bool(telling) and telling[-1] == "claims"


def moves(item: Said) -> bool:
    """`the ODE becomes dx/dt = ..`: an equation of motion, whatever the verb."""
    return (
        item.lhs is not None and look.time_derivative(item.lhs) is not None and _MOTION.search(item.words) is not None
    )


def heads(item: Said) -> set[str]:
    """The names that a statement may declare: `A` of `A = ..`, `x` of `p(x) = N(x; ..)`, `z` of `dz/dt = ..`."""
    if item.lhs is None or item.rhs is None or item.continued or item.relation not in ("=", ":=", "~", "propto", "in"):
        return set()
    said = conditional_said(item.relation, item.lhs, item.rhs)
    if said is not None:
        return {said.name, f"law of {said.name} under {said.letter}"}
    moved = look.time_derivative(item.lhs)
    side = moved[0] if moved is not None else item.lhs
    word = look.bare_word(side) or square(side)
    called = look.call(side)
    if word is None and called is not None and (moved is not None or all(look.bare_word(a) for a in called[1])):
        word = called[0]
    return {word.text} if word is not None else set()


_UNREAD_LAW = re.compile(
    r"\$(?P<name>\\?[A-Za-z]+(?:_\{?\w\}?)?)\$\s+(?:is|be|has|have|follows?)\s+(?:an?\s+|the\s+)?(?:now\s+)?(?:standard\s+)?"
    r"(?:uniform(?:ly)?|exponential(?:ly)?|Bernoulli|Poisson|Cauchy|Laplace|Laplacian|gamma|Gamma|beta|Beta|binomial"
    r"|geometric|Rademacher|logistic|Student|chi-squared?)\b(?!\s+(?:function|sigmoid|map))"
)


def unread_laws(source: Source, pieces: Sequence[tuple[int, int]]) -> Iterator[Declaration]:
    """`$X$ is uniform on (0, 1)`: from there on X has a law that is not read, whatever its law was before."""
    for start, stop in pieces:
        for match in _UNREAD_LAW.finditer(source.text, start, stop):
            span = source.span(match.start(), match.end())
            name = match["name"].lstrip("\\").replace("{", "").replace("}", "")

            def refuse(context: Context, span: Span = span) -> Context:
                raise ReadError(f"the law that line {span.line} gives is not read", span)

            scope = (match.start(), END)
            yield Declaration(
                names=(name,),
                kind="law",
                span=span,
                rule="a law in words",
                build=refuse,
                scope=scope,
                anew=True,
                defines=False,
            )


def taken_anew(
    said: Sequence[Said],
    known: Sequence[Declaration],
    places: Places,
    opening: int,
    ground: Mapping[str, frozenset[str]],
) -> list[Declaration]:
    """The declarations of names that have another one, each with the stretch of the document in which it holds."""
    found: list[Declaration] = []
    groups: dict[tuple[int, int], list[Said]] = {}
    spans = {d.span for d in known}
    for item in said:
        if item.span in spans or not (declares(item.words) or moves(item) or is_first_law(item, known)):
            continue
        start = start_of(item, known, places)
        if start is not None:
            region = places.region(item.span.start)
            groups.setdefault((start, region.stop), []).append(item)
    for (start, stop), items in groups.items():
        found += declared_there(items, start, stop, said, known, places, opening, ground)
    return found


def is_first_law(item: Said, known: Sequence[Declaration]) -> bool:
    """`The latent variable is z ~ N(0, 1)` before anything else is said of z: no claim, whatever the verb."""
    names = heads(item)
    lawful = item.relation == "~" or any(name.startswith("law of ") for name in names)
    return lawful and all(d.span.start > item.span.start for d in known if names & set(d.names))


def is_solution(item: Said, others: Sequence[Declaration]) -> bool:
    """`z(t) = a e^{-t}` of the state of a flow says how it moves, and takes no name anew."""
    called = look.call(item.lhs) if item.lhs is not None else None
    moving = any(d.kind == "flow" for d in others)
    return moving and called is not None and len(called[1]) == 1 and is_moment(called[1][0])


def start_of(item: Said, known: Sequence[Declaration], places: Places) -> int | None:
    """From where a statement gives its name a new meaning; None where it does not."""
    names, region = heads(item), places.region(item.span.start)
    others = [d for d in known if names & set(d.names) and d.defines]
    moved = item.lhs is not None and look.time_derivative(item.lhs) is not None
    if moved and any(d.kind == "function" for d in others):
        return None  # the derivative of a function that has a formula
    valued = item.lhs is not None and look.bare_word(item.lhs) is not None and item.relation in ("=", ":=")
    if valued and item.rhs is not None and spelled(item.rhs) in names:
        return None  # `x = (x_1, x_2)` spells x out
    if valued and all(d.kind == "type" for d in others):
        return None  # a value of a name of which only the size or sign was said: it holds for a while (`given_values`)
    if not others or is_solution(item, others):
        return None
    if all(not region.holds(d.span.start) for d in others):
        return region.start
    again = _ANEW.search(item.words) is not None or moves(item)
    return item.sentence if again and any(d.span.start < item.span.start for d in others) else None


def declared_there(
    items: Sequence[Said],
    start: int,
    stop: int,
    said: Sequence[Said],
    known: Sequence[Declaration],
    places: Places,
    opening: int,
    ground: Mapping[str, frozenset[str]],
) -> Iterator[Declaration]:
    """What the statements declare where other chapters do not speak of their names, of their letters, or at all."""
    first, last = places.region(items[0].span.start).chapter
    waiting = {item.span for item in items}
    heard = [
        {name for item in items for name in heads(item)},
        {name for item in items for name in words_of(item)},
        None,
    ]
    for names in heard:
        if not waiting:
            return
        kept = [
            other
            for other in said
            if ((place := other.span.start) >= start and first <= place < max(stop, last))
            or (place < opening if names is None else not names & words_of(other))
        ]
        for declaration in Collector(kept, opening=opening, ground=ground).collect():
            if declaration.span in waiting:
                waiting.discard(declaration.span)
                yield replace(declaration, scope=(start, until(declaration, said, known, places)), anew=True)


def until(declaration: Declaration, said: Sequence[Said], known: Sequence[Declaration], places: Places) -> int:
    r"""Up to where a new meaning holds: a number \beta taken anew as a function \beta(t) is the number again in a later
    chapter that gives it no arguments."""
    before = [d for d in known if d.subject == declaration.subject and d.kind != "function"]
    if declaration.kind != "function" or not before:
        return END
    name = declaration.subject
    for start, stop in places.chapters():
        if start <= declaration.span.start:
            continue
        inside = [side for i in said if start <= i.span.start < stop for side in i.sides if side is not None]
        used = any(word.text == name for side in inside for word in look.words(side))
        if used and not any(head.text == name for side in inside for head, _ in look.calls_in(side)):
            return start
    return END


def words_of(item: Said) -> set[str]:
    return {*item.names, *(name.rpartition("_")[0] for name in item.names if name.rpartition("_")[2].isdigit())}


def told_apart(
    said: Sequence[Said],
    known: Sequence[Declaration],
    places: Places,
    opening: int,
    ground: Mapping[str, frozenset[str]],
) -> list[Declaration]:
    """The declarations of a document, those of a letter that chapters before had used otherwise bound to their own.

    What an earlier chapter says with such a letter is read as if the later ones did not have it.
    """
    told = {item.span: item for item in said}
    late: dict[int, Declaration] = {}
    for number, declaration in enumerate(known):
        item = told.get(declaration.span)
        # A flow reaches back where its state moves there already (`Names.is_still_before`).
        if declaration.kind != "flow" and declaration.scope is None and (item is None or declares(item.words)):
            late[number] = declaration
    found: list[Declaration] = list(known)
    for start, stop in places.chapters():
        inside = [item for item in said if start <= item.span.start < stop]
        used = {name for item in inside for name in words_of(item)}
        apart = {n: d for n, d in late.items() if places.chapter(d.span.start) > start and used & set(d.names)}
        names = {name for d in apart.values() for name in d.names if name in used}
        names -= {name for d in known if d.span.start < stop for name in d.names}
        if not names:
            continue
        for number, declaration in apart.items():
            if names & set(declaration.names):
                found[number] = replace(declaration, scope=(places.chapter(declaration.span.start), END))
        kept = [item for item in said if start <= item.span.start < stop or not names & words_of(item)]
        spans = {d.span: number for number, d in enumerate(known)}
        for declaration in Collector(kept, opening=opening, ground=ground).collect():
            if not start <= declaration.span.start < stop:
                continue
            place = spans.get(declaration.span)
            if place is None:
                found.append(replace(declaration, scope=(start, stop), anew=True))
            elif known[place].kind == "law" and declaration.kind in ("value", "function"):
                found[place] = replace(declaration, scope=(start, stop))
    return found
