r"""What a key needs of the reader: its table with places, and how an equality of it is understood.

A key is written and read like a problem file; its formulas become the text that a Run shows as `understood`, so that
what a student wrote and what the key says can be compared sign by sign before anything is computed.
"""

from __future__ import annotations

import json
import re

from ..symbolic.problem import SECTIONS, Locator, load_table, toml_type, unknown_key
from ..symbolic.source import ReadError, Source, Span
from ..symbolic.vocabulary import BINDER_WORDS, FUNCTION_WORDS, LAW_WORDS
from .check import step_record
from .material import material_of

DECLARING = ("symbols", "laws", "maps", "flows", "energies")
# What is written as a function and is an operation: its operand is what it is about, not an argument of any letter.
OPERATORS = frozenset(("E", "I", *BINDER_WORDS, *FUNCTION_WORDS, *LAW_WORDS))


def understood_sides(given: str, lhs: str, rhs: str) -> tuple[str, str]:
    """Both sides of an equality as they are understood under what is given; each in plain notation or in TeX.

    Two sides of different notations are read one by one, each against itself.

    >>> understood_sides('[symbols]\\nx = "real"', "(x+1)^2", "x*x")
    ('(x + 1)^2', 'x*x')

    Raises:
        ReadError: a side cannot be read.
    """
    if is_tex(lhs) == is_tex(rhs):
        return sides_of(claim_text(lhs, rhs), given)
    return sides_of(claim_text(lhs, lhs), given)[0], sides_of(claim_text(rhs, rhs), given)[0]


def claims_of(source: Source) -> dict[str, tuple[str, str]]:
    """What each claim of a key begins and ends with, as understood; reading it finds every mistake of the declarations.

    Raises:
        ReadError: a declaration or a claim cannot be read, with its place in the key.
    """
    found: dict[str, tuple[str, str]] = {}
    for link in material_of(source).links:
        lhs, rhs = split(step_record(link, None).understood, link.relation)
        name = re.sub(r" \(\d+\)\Z", "", link.label)
        found[name] = (found[name][0] if name in found else lhs, rhs)
    return found


def is_tex(text: str) -> bool:
    """Whether a formula is TeX: a command, or a group in braces."""
    return "\\" in text or "{" in text


def claim_text(lhs: str, rhs: str, relation: str = "=", notation: str = "") -> str:
    """A problem file of one claim; without a notation, TeX where a sign of it is written."""
    notation = notation or ("tex" if is_tex(lhs) or is_tex(rhs) else "plain")
    return f"[[claim]]\n{notation} = {json.dumps(f'{lhs} {relation} {rhs}', ensure_ascii=True)}\n"


def sides_of(text: str, given: str) -> tuple[str, str]:
    links = material_of(Source("key.toml", text), given).links
    unread = next((link for link in links if link.unread), None)
    if unread is not None:
        raise ReadError(unread.unread, unread.span)
    if len(links) != 1:
        raise ReadError("expected an expression; got a chain of relations", links[0].span)
    return split(step_record(links[0], None).understood, "=")


def split(understood: str, relation: str) -> tuple[str, str]:
    """The two sides of a relation as it is understood; the sign outside of all brackets parts them.

    >>> split("sum(k, (k, 1, n)) = n*(n + 1)/2", "=")
    ('sum(k, (k, 1, n))', 'n*(n + 1)/2')
    """
    depth = 0
    for match in re.finditer(rf"[(\[{{]|[)\]}}]| {re.escape(relation)} ", understood):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
        elif depth == 0:
            return understood[: match.start()], understood[match.end() :]
    return understood, ""


__all__ = [
    "DECLARING",
    "OPERATORS",
    "SECTIONS",
    "Locator",
    "ReadError",
    "Source",
    "Span",
    "claim_text",
    "claims_of",
    "is_tex",
    "load_table",
    "split",
    "toml_type",
    "understood_sides",
    "unknown_key",
]
