r"""Functions that nobody declares and that a formula of integrals is about, whatever they are.

    \frac{d}{d\theta} \int_0^1 f(x, \theta) dx = \int_0^1 \frac{\partial f}{\partial \theta} dx

A letter that often is a function, in front of a list of several names, in a formula with integrals on both sides, is
a smooth function of so many numbers of which nothing else is known: such a line exchanges integrals, derivatives and
limits, and holds for every such function or is wrong.  On one side alone (`V(G, D) = ..`) it may be any quantity, and
where the document says a word of it, it is not just any function.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .context import Entry
from .derivative_places import applied_names
from .domains import Domain
from .evaluation_marks import integration_names
from .syntax import Syntax

if TYPE_CHECKING:
    from .elaborate import Elaborator

PROPERTIES = re.compile(r"(?i)\b(?:vanish|zero|symmetr|antisym|periodic|support|odd\b|even\b|constant|function|kernel)")
LETTERS = ("f", "g", "h", "F", "G")


def declare_open_functions(el: Elaborator, lhs: Syntax, rhs: Syntax, text: str) -> None:
    """Declare the unknown functions of a formula with integrals on both sides; `text` is all of the document."""
    if not (integration_names(lhs) and integration_names(rhs)):
        return
    both = {w.text for w in look.words(lhs)} & {w.text for w in look.words(rhs)}
    for name, arguments in applied_names(lhs, rhs).items():
        told = name not in LETTERS or el.knows(name) or says_of(name, text)
        if name in both and not told and one_count(name, len(arguments), lhs, rhs):
            count = len(arguments)
            domain = Domain(arity=count, text=f"function({count})")
            entry = Entry(name=name, kind="function", domain=domain, rule=f"undeclared: a function of {count} numbers")
            el.context = el.context.declare(entry)
            el.implied[name] = entry


def says_of(name: str, text: str) -> bool:
    r"""Whether a document says anything of a function beside the lines of integrals that it stands in.

    >>> says_of("f", "since $f$ vanishes at $0$"), says_of("f", r"$$\int f(x, y) dx = \int f(z, y) dz$$")
    (True, False)
    """
    lines = [line for line in text.splitlines() if r"\int" not in line]
    named = re.compile(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])")
    return any(named.search(line) or PROPERTIES.search(line) for line in lines)


def one_count(name: str, count: int, *sides: Syntax) -> bool:
    """Whether the function has so many arguments wherever it has any."""
    return all(len(args) == count for side in sides for head, args in look.calls_in(side) if head.text == name)
