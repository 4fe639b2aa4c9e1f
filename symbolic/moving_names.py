r"""Names that move: which derivatives in time are equations of a flow, and which are derivatives along its path.

\dot x_1 = .., \dot x_2 = ..            the components of one flow, when all of them are written
\frac{dr}{dt} = x_1(t) \dot x_1(t)      a derivative along the path of x; it declares nothing
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .syntax import Syntax

if TYPE_CHECKING:
    from .said import Said

MOST = 12


def moves_with_others(name: str, rhs: Syntax, time: str) -> bool:
    """Whether the right side speaks of the path of other names only."""
    used = {w.text for w in look.words(rhs)}
    if any(u == name or u.startswith((f"{name}_", f"{name}dot")) for u in used):
        return False
    along = {
        head.text
        for head, arguments in look.calls_in(rhs)
        if len(arguments) == 1 and (w := look.bare_word(arguments[0])) is not None and w.text == time
    }
    return any("dot" in u for u in used) or any("_" in head for head in along)


def derivative_rows(said: Iterable[Said]) -> dict[str, Syntax]:
    """Right sides of the equations `\\dot x = ..` whose left side is one name, by that name; the first of each."""
    found: dict[str, Syntax] = {}
    for item in said:
        if item.relation not in ("=", ":=") or item.lhs is None or item.rhs is None or item.continued:
            continue
        derivative = look.time_derivative(item.lhs)
        if derivative is None:
            continue
        head = look.call(derivative[0])
        word = head[0] if head is not None else look.bare_word(derivative[0])
        if word is not None:
            found.setdefault(word.text, item.rhs)
    return found


def component_equations(name: str, said: Iterable[Said]) -> tuple[str, tuple[Syntax, ...]] | None:
    """For `x_1`: the vector x and the right sides for x_1, .., x_n, where the document writes all of them (n > 1)."""
    base, _, index = name.rpartition("_")
    if not base or not index.isdigit():
        return None
    rows = derivative_rows(said)
    entries: list[Syntax] = []
    while len(entries) < MOST and f"{base}_{len(entries) + 1}" in rows:
        entries.append(rows[f"{base}_{len(entries) + 1}"])
    return (base, tuple(entries)) if len(entries) > 1 and int(index) <= len(entries) else None
