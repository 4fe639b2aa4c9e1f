"""What a document says, relation by relation, as the collector of declarations sees it, and what is read off a side.

Nothing here knows what is declared: these are facts about how something is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from . import shapes_of_syntax as look
from .source import Span
from .syntax import Command, Group, Infix, Num, Relation, Rows, Script, Syntax, Word
from .syntax import Sequence as Juxtaposed

MOMENTS = ("E", "H", "h", "I", "Var", "Cov", "KL", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One relation as the collector sees it: sides (None where unread), place, and the text just before (`lead`).

    `words` is the prose of its sentence before it, `sentence` the place where that sentence begins.
    """

    relation: str
    lhs: Syntax | None
    rhs: Syntax | None
    span: Span
    inline: bool = False
    continued: bool = False
    lead: str = ""
    section: int = 0
    words: str = ""
    sentence: int = 0
    # What stands on both sides: every name, every `name(..)`; the name that is the whole left side, or ""; and whether
    # a relation stands inside the right side.
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    calls: tuple[tuple[Word, tuple[Syntax, ...]], ...] = field(init=False, repr=False, compare=False)
    left: str = field(init=False, repr=False, compare=False)
    open: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sides = [side for side in (self.lhs, self.rhs) if side is not None]
        word = look.bare_word(self.lhs) if self.lhs is not None else None
        object.__setattr__(self, "names", frozenset(w.text for side in sides for w in look.words(side)))
        object.__setattr__(self, "calls", tuple(found for side in sides for found in look.calls_in(side)))
        object.__setattr__(self, "left", word.text if word is not None else "")
        object.__setattr__(self, "open", self.rhs is not None and has_open_relation(self.rhs))

    @property
    def sides(self) -> tuple[Syntax | None, Syntax | None]:
        return self.lhs, self.rhs


def spelled(syntax: Syntax) -> str:
    """`z` of `(z_1, z_2)`: the vector that a list of numbered names spells out."""
    parts = look.column(syntax) or ()
    names = [w.text for p in parts if (w := look.bare_word(p)) is not None]
    bases = {n.rpartition("_")[0] for n in names}
    numbered = [n.rpartition("_")[2] for n in names] == [str(i) for i in range(1, len(parts) + 1)]
    return next(iter(bases)) if len(parts) > 1 and numbered and len(bases) == 1 else ""


def takes_moments(syntax: Syntax) -> bool:
    """Whether an expectation, a variance, an entropy or a divergence stands in an expression."""
    stack: list[Syntax] = [syntax]
    while stack:
        current = stack.pop()
        if isinstance(current, Command) and current.name == "expect":
            return True
        if isinstance(current, Juxtaposed):
            for first, second in zip(current.items, current.items[1:], strict=False):
                head = first.base if isinstance(first, Script) else first
                name = head.text.partition("_")[0] if isinstance(head, Word) else ""
                # `H (X - m)` with a matrix H is a product; `H(X)`, `H(X | Y)` is none.
                plain = isinstance(second, Group) and all(
                    isinstance(i, Word) or (isinstance(i, Infix) and i.op in ("given", "semicolon"))
                    for i in second.items
                )
                if isinstance(second, Group) and name in MOMENTS and (plain or name not in ("H", "h", "I")):
                    return True
        stack.extend(look.parts(current))
    return False


def has_density(syntax: Syntax) -> bool:
    """Whether `p(..)`, `q_Y(..)` stands in an expression."""
    return any(head.text.partition("_")[0] in ("p", "q") for head, _ in look.calls_in(syntax))


def has_open_relation(syntax: Syntax) -> bool:
    """A relation that is not the range of a sum or a product."""
    if isinstance(syntax, Script) and isinstance(syntax.base, Command):
        return False
    if isinstance(syntax, Relation):
        return True
    return any(has_open_relation(part) for part in look.parts(syntax))


def in_differentials(lhs: Syntax | None, rhs: Syntax | None) -> bool:
    r"""`\mathrm{d} X_t = b\,\mathrm{d}t + \mathrm{d} W_t`: an equation between differentials."""
    left = look.peeled(lhs) if lhs is not None else None
    if not isinstance(left, Juxtaposed) or rhs is None or len(left.items) > 3:
        return False
    starts = isinstance(left.items[0], Word) and left.items[0].text == "d" and bool(head_name(left.items[1]))
    return starts and any(first == "d" for first, _ in adjacent(rhs))


def holds_rows(syntax: Syntax) -> bool:
    """Whether a matrix or a column stands in an expression."""
    stack = [syntax]
    while stack:
        current = stack.pop()
        if isinstance(current, Rows):
            return True
        stack.extend(look.parts(current))
    return False


def adjacent(side: Syntax | None) -> Iterator[tuple[str, str]]:
    """Pairs of names that stand next to each other."""
    stack = [side] if side is not None else []
    while stack:
        current = stack.pop()
        if isinstance(current, Juxtaposed):
            for first, second in zip(current.items, current.items[1:], strict=False):
                one, two = head_name(first), head_name(second)
                if one and two:
                    yield one, two
        stack.extend(look.parts(current))


def head_name(item: Syntax) -> str:
    base = item.base if isinstance(item, Script) else item
    return base.text if isinstance(base, Word) else ""


def spaces(said: Sequence[Said]) -> dict[str, tuple[int | str, ...]]:
    r"""The names that live in a space `\mathbb{R}^n`, with their shapes; the first place counts."""
    found: dict[str, tuple[int | str, ...]] = {}
    for item in said:
        word = look.bare_word(item.lhs) if item.relation == "in" and item.lhs is not None else None
        shape = real_space(item.rhs) if word is not None and item.rhs is not None else None
        if word is not None and shape:
            found.setdefault(word.text, shape)
    return found


def real_space(syntax: Syntax) -> tuple[int | str, ...] | None:
    """`\\mathbb{R}`, `\\mathbb{R}^2`, `\\mathbb{R}^n`, `\\mathbb{R}^{m \\times n}`; None for another set."""
    inner = look.peeled(syntax)
    if isinstance(inner, Word) and inner.text == "RR":
        return ()
    if isinstance(inner, Script) and isinstance(inner.base, Word) and inner.base.text == "RR" and inner.sup is not None:
        power = look.peeled(inner.sup)
        if isinstance(power, Infix) and power.op == "cross" and len(power.args) == 2:
            rows, columns = (size_of(look.peeled(part)) for part in power.args)
            return None if rows is None or columns is None else (rows, columns) if columns != 1 else (rows,)
        size = size_of(power)
        return None if size is None else (size,) if size != 1 else ()
    return None


def size_of(syntax: Syntax) -> int | str | None:
    """A size of a vector or a matrix: a whole number up to 12 or a name."""
    if isinstance(syntax, Num) and syntax.text.isdigit() and 1 <= int(syntax.text) <= 12:
        return int(syntax.text)
    return syntax.text if isinstance(syntax, Word) else None


def square(syntax: Syntax) -> Word | None:
    """The name in `s^2`: a variance that the document names by its root."""
    inner = look.peeled(syntax)
    if not isinstance(inner, Script) or inner.sub is not None or inner.primes or not isinstance(inner.base, Word):
        return None
    power = look.peeled(inner.sup) if inner.sup is not None else None
    return inner.base if isinstance(power, Num) and power.text == "2" else None
