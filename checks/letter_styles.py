r"""A bold letter and the same letter plain: `\mathbf m = A (\mathbf x - \mu)` in one section, `N(m, s^2)` in another.

Bold letters are vectors, and everywhere else their style is the writer's own affair: a name is the same name.  Only
where a vector is defined by a formula with a bold letter, and a section without that formula writes the letter plain
throughout, it may be a name of its own.  Then there are two readings; where the definition does not fit the shapes of
the claim, the plain name alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..symbolic import shapes_of_syntax as look
from ..symbolic.context import Context, Entry
from ..symbolic.shapes import ShapeError, normal, shape_of
from ..symbolic.tree import Node, Number, free_names
from .claim import Claim
from .document_rows import Row

_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|pmb|vec|symbf)\b")
OWN = "a plain letter beside a bold one"


@dataclass(frozen=True)
class Styles:
    """How each letter is written in each section: the marks `bold`, `plain` and `other`."""

    headings: tuple[int, ...] = ()
    marks: tuple[tuple[tuple[int, str], frozenset[str]], ...] = ()

    def section(self, place: int) -> int:
        return bisect_right(self.headings, place)

    def of(self, name: str, section: int) -> frozenset[str]:
        return next((marks for key, marks in self.marks if key == (section, name)), frozenset())

    def own(self, names: Iterable[str], place: int, context: Context) -> tuple[str, ...]:
        """The names that are written plain here, and are defined as bold vectors elsewhere."""
        here = self.section(place)
        return tuple(
            name
            for name in sorted(set(names))
            if (entry := context.get(name)) is not None
            and is_vector_by_formula(entry)
            and (there := self.section(entry.span.start)) != here
            and self.of(name, there) == {"bold"}
            and self.of(name, here) == {"plain"}
        )


def letter_styles(rows: Sequence[Row], headings: Sequence[int]) -> Styles:
    """The styles of a document, as its formulas show them."""
    places = tuple(sorted(headings))
    found: dict[tuple[int, str], set[str]] = {}
    for row in rows:
        section = bisect_right(places, row.span.start)
        for side in (row.lhs, row.rhs):
            for word in look.words(side) if side is not None else ():
                found.setdefault((section, word.text), set()).add(style_of(word.raw, word.text))
    return Styles(places, tuple((key, frozenset(marks)) for key, marks in found.items()))


def style_of(raw: str, name: str) -> str:
    if _BOLD.match(raw):
        return "bold"
    return "plain" if raw.lstrip("\\") == name else "other"


def is_vector_by_formula(entry: Entry) -> bool:
    """Whether a vector is defined by other names."""
    return entry.kind == "vector" and entry.value is not None and bool(free_names(entry.value))


def with_own(context: Context, names: Iterable[str]) -> Context:
    """The context in which the names are numbers of their own."""
    fresh = [Entry(name=name, kind="scalar", span=context.entries[name].span, rule=OWN) for name in names]
    kept = {key: entry for key, entry in context.entries.items() if key not in set(names)}
    return replace(context, entries=kept).declare(*fresh)


def fits(claim: Claim) -> bool:
    """Whether the shapes of a claim fit for every size."""
    try:
        left, right = (shape_of(side, claim.context) for side in (claim.lhs, claim.rhs))
    except ShapeError:
        return False
    left, right = normal(left), normal(right)
    return left is None or right is None or is_zero(claim.lhs, claim.rhs) or len(left) == len(right)


def is_zero(*sides: Node) -> bool:
    return any(isinstance(side, Number) and side.value == 0 for side in sides)
