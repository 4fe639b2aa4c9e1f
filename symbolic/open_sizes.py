r"""Sizes with a name: what a document shows of the dimension of its vectors.

z \in R^k                        z has k entries
x = W z + \mu + e, W of d x k     z has k entries; x, \mu and e have d, as W z has

A name that is set equal to a literal column before, or in the same section, has the size of that column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .declare_sizes import unsigned
from .syntax import Infix, Syntax, Word
from .syntax import Sequence as Juxtaposed

if TYPE_CHECKING:
    from .said import Said

Size = int | str
Shapes = dict[str, tuple[Size, ...]]


def open_shapes(declared: Mapping[str, tuple[Size, ...]], said: Sequence[Said]) -> Shapes:
    """Names of vectors and matrices with a named size: those declared, and those that sums and products tell.

    Nothing where no matrix has a named size: coordinates are not mixed then, and one of them is judged.
    """
    found: Shapes = {name: shape for name, shape in declared.items() if any(isinstance(size, str) for size in shape)}
    if not any(len(shape) == 2 for shape in found.values()):
        return {}
    fixed = dict(literal_columns(said))
    sums = [pair for item in said for pair in sums_of(item)]
    since = declared_in(said)
    before = -1
    while before != len(found):
        before = len(found)
        for section, terms in sums:
            # What a later heading says of a name says nothing here.
            here = {name: shape for name, shape in found.items() if since.get(name, 0) <= section}
            for name, size in told(terms, here):
                if name not in declared and (name not in fixed or fixed[name] > section) and name not in found:
                    found[name] = (size,)
                    since[name] = section
    return found


def declared_in(said: Sequence[Said]) -> dict[str, int]:
    """The first section in which a name is said to live somewhere."""
    first: dict[str, int] = {}
    for item in said:
        word = look.bare_word(item.lhs) if item.lhs is not None and item.relation == "in" else None
        if word is not None:
            first[word.text] = min(item.section, first.get(word.text, item.section))
    return first


def literal_columns(said: Sequence[Said]) -> list[tuple[str, int]]:
    """Names that are set equal to a literal matrix, with the first section in which they are."""
    first: dict[str, int] = {}
    for item in said:
        word = look.bare_word(item.lhs) if item.lhs is not None else None
        if word is None or item.rhs is None or item.relation not in ("=", ":="):
            continue
        if look.matrix(item.rhs) is not None or look.column(item.rhs) is not None:
            first.setdefault(word.text, item.section)
    return list(first.items())


def sums_of(item: Said) -> list[tuple[int, list[Syntax]]]:
    """The terms of every sum in a statement; of `x = W z + e` with x among them."""
    found = []
    stack = [side for side in (item.lhs, item.rhs) if side is not None]
    while stack:
        current = stack.pop()
        if isinstance(current, Infix) and current.op == "add":
            found.append((item.section, list(current.args)))
        stack.extend(look.parts(current))
    word = look.bare_word(item.lhs) if item.lhs is not None else None
    if word is not None and item.rhs is not None and item.relation in ("=", ":=") and not item.continued:
        inner = look.peeled(item.rhs)
        terms = list(inner.args) if isinstance(inner, Infix) and inner.op == "add" else [inner]
        found.append((item.section, [item.lhs, *terms]))  # type: ignore[list-item]
    return found


def told(terms: Sequence[Syntax], known: Shapes) -> list[tuple[str, Size]]:
    """What the terms of one sum tell of each other's size, and a product `W z` of the size of z."""
    found: list[tuple[str, Size]] = []
    sizes: set[Size] = set()
    names: list[str] = []
    for term in terms:
        inner = look.peeled(unsigned(term))
        word = look.bare_word(inner)
        if word is not None:
            names.append(word.text)
            if len(known.get(word.text, ())) == 1:
                sizes.add(known[word.text][0])
        product = of_matrix_and_vector(inner, known)
        if product is not None:
            sizes.add(known[product[0]][0])
            found.append((product[1], known[product[0]][1]))
    if len(sizes) == 1:
        size = sizes.pop()
        found += [(name, size) for name in names]
    return found


def of_matrix_and_vector(syntax: Syntax, known: Shapes) -> tuple[str, str] | None:
    """(W, z) of `W z` with W a matrix of named size."""
    if not isinstance(syntax, Juxtaposed) or len(syntax.items) != 2:
        return None
    first, second = syntax.items
    if not isinstance(first, Word) or not isinstance(second, Word) or len(known.get(first.text, ())) != 2:
        return None
    return first.text, second.text
