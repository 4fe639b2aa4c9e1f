"""What a document is given beside its own text: declarations that hold as if its author had written them.

A class solves one problem: its symbols and laws stand on the problem sheet, and nobody copies them into a solution.
They come as the text of a `twofold` table, and are the ground on which the document's own declarations build.
"""

from __future__ import annotations

from dataclasses import replace

from ..symbolic.context import Context
from ..symbolic.source import NOWHERE, Source

RULE = "given with the problem"


def given_context(text: str) -> Context:
    """The context of a `twofold` table; its names stand at no place of the document.

    >>> given_context('[symbols]\\nt = "positive"').entries["t"].rule
    'given with the problem'

    Raises:
        ReadError: the table cannot be read; the place is one of the table.
    """
    if not text.strip():
        return Context()
    from ..symbolic.problem import read_problem

    context = read_problem(Source("what is given", text)).context
    entries = {n: replace(e, span=NOWHERE, rule=e.rule or RULE) for n, e in context.entries.items()}
    return replace(context, entries=entries)


def on_ground(given: Context, own: Context) -> Context:
    """A context over what is given; where both declare a name, its own declaration holds."""
    return replace(own, entries={**given.entries, **own.entries}, laws={**given.laws, **own.laws})
