r"""Modified Bessel functions, `I_0(\kappa)`: where the document speaks of Bessel functions.

Without that word I_2 is an identity matrix, and I_0 is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .context import Context, Entry
from .domains import Domain
from .notation import Declaration
from .source import Source, Span
from .syntax import Group, Word
from .tree import Apply, Node, integer

if TYPE_CHECKING:
    from .elaborate import Elaborator

SPOKEN_OF = re.compile(r"\bmodified\s+Bessel\s+functions?\b", re.IGNORECASE)
# The name of an entry that no formula can write: that the document speaks of these functions.
SAID = "modified Bessel function"


def declared_bessel(source: Source, pieces: Sequence[tuple[int, int]]) -> Iterator[Declaration]:
    """The declaration of a document that speaks of modified Bessel functions, at the first place where it does."""
    for start, stop in pieces:
        match = SPOKEN_OF.search(source.text, start, stop)
        if match is not None:
            yield spoken_of(source.span(match.start(), match.end()))
            return


def spoken_of(span: Span) -> Declaration:
    def build(context: Context) -> Context:
        return context.declare(Entry(name=SAID, kind="function", domain=Domain(arity=2, text="I_n(x)"), span=span))

    return Declaration(names=(SAID,), kind="function", span=span, rule=SAID, build=build, strength=0, defines=False)


def bessel(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    """`I_n(x)` of a number, with n written in digits; None for anything else."""
    match = re.fullmatch(r"I_(\d{1,3})", word.text)
    if match is None or el.knows(word.text) or SAID not in el.context:
        return None
    if arguments.open != "(" or len(arguments.items) != 1:
        return None
    argument = el.node(arguments.items[0])
    return None if el.shape(argument) else Apply("besseli", (integer(int(match[1])), argument), span)
