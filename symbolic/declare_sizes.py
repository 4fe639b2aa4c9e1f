r"""What a document shows of a name without declaring it: the size of a vector, the value of a step.

x - \mu, \mu = (2, 1)        x is a vector of two entries, for a difference has one shape
with step h = 0.1            h is that number from there on, where the sentence says so and nothing used h before
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .syntax import Infix, Syntax, Word

if TYPE_CHECKING:
    from .said import Said

# The words that fix a number for what follows; `for` and `at` speak of one point only.
FIXES = re.compile(r"(?:step|step[ -]?size|rate|with|set|take|choose|fix|let|put)\s*(?:\$|\\\()?\s*$", re.IGNORECASE)


def columns(said: Iterable[Said]) -> dict[str, int]:
    """Names that are set equal to a literal column of more than one entry, with their sizes."""
    found = {}
    for item in said:
        if item.lhs is None or item.rhs is None or item.relation not in ("=", ":=") or item.continued:
            continue
        word, rows = look.bare_word(item.lhs), look.matrix(item.rhs)
        if word is not None and rows is not None and len(rows.rows) > 1 and all(len(row) == 1 for row in rows.rows):
            found[word.text] = len(rows.rows)
    return found


def size_beside(item: Said, sizes: Mapping[str, int], declared: Container[str]) -> tuple[Word, int] | None:
    """An undeclared name that is added to, or subtracted from, a column of known size."""
    stack: list[Syntax] = [side for side in (item.lhs, item.rhs) if side is not None]
    while stack:
        current = stack.pop()
        if isinstance(current, Infix) and current.op == "add":
            words = [w for part in current.args if (w := look.bare_word(unsigned(part))) is not None]
            known = [sizes[w.text] for w in words if w.text in sizes]
            free = [w for w in words if w.text not in declared and w.text not in sizes and "_" not in w.text]
            if known and free:
                return free[0], known[0]
        stack.extend(look.parts(current))
    return None


def size_in_a_sum(name: str, sizes: Mapping[str, int], said: Iterable[Said]) -> int | None:
    r"""`x = Wz + \mu + \varepsilon` with mu a column: a term of the sum has its size."""
    stack = [side for item in said for side in (item.lhs, item.rhs) if side is not None]
    while stack:
        current = stack.pop()
        if isinstance(current, Infix) and current.op == "add":
            words = {w.text for part in current.args if (w := look.bare_word(unsigned(part))) is not None}
            known = {sizes[word] for word in words - {name} if word in sizes}
            if name in words and len(known) == 1:
                return known.pop()
        stack.extend(look.parts(current))
    return None


def unsigned(syntax: Syntax) -> Syntax:
    return syntax.args[0] if isinstance(syntax, Infix) and syntax.op == "neg" else syntax


def fixes_a_number(name: str, item: Said, said: Sequence[Said]) -> bool:
    """Whether `with step h = 0.1` gives h its value for what follows: said once, and nothing before it speaks of h."""
    if FIXES.search(item.lead) is None:
        return False
    for other in said:
        word = look.bare_word(other.lhs) if other.lhs is not None else None
        if other is not item and word is not None and word.text == name:
            return False
        used = {w.text for side in (other.lhs, other.rhs) if side is not None for w in look.words(side)}
        if other.span.start < item.span.start and name in used:
            return False
    return True
