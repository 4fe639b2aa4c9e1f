"""The opening of a document: what stands before its first section, where a homework says what is given.

What is said there holds throughout, until a section says something else; what is said in a section holds in it.
"""

from __future__ import annotations

from collections.abc import Sequence


def end_of_opening(headings: Sequence[tuple[int, int]]) -> int:
    """Where the first section begins, from (place, level) of every heading; a title over all of them is no section.

    >>> end_of_opening([(0, 1), (40, 2), (90, 2)]), end_of_opening([(40, 2), (90, 2)]), end_of_opening([(10, 1)])
    (40, 40, 10)
    """
    if not headings:
        return 0
    (first, level), *rest = headings
    is_title = bool(rest) and all(level < other for _, other in rest)
    return rest[0][0] if is_title else first
