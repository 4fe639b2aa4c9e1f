r"""How much a value holds: its free names, its shape, its size; read off the text in which a Run shows it.

These measure follow-through: a wrong value earns it only where it asks as much as the value of the key does, so that a
trivial wrong answer does not make the rest of the work easy.
"""

from __future__ import annotations

import re

from ...checks.key_text import split

_TOKEN = re.compile(r"[^\W\d]\w*|\d+/\d+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\S")
_NAME = re.compile(r"(?<!\w)[^\W\d]\w*+(?!\()")
_CONSTANTS = frozenset(("e", "pi", "i", "I", "T", "infinity", "gamma"))
_BOUND = re.compile(r", \(?([^\W\d]\w*), ")
_ROW = re.compile(r"\[[^\[\]]*\]")


def free_names(value: str) -> tuple[str, ...]:
    """The names in a value, each once; functions, constants and the T of a transpose are none.

    >>> free_names("x*e^(-x) + exp(k*A^T)")
    ('x', 'k', 'A')
    >>> free_names("integral(e^(-a*x^2), (x, 0, 1))")
    ('a',)
    """
    found = dict.fromkeys(match[0] for match in _NAME.finditer(value))
    bound = _CONSTANTS | {match[1] for match in _BOUND.finditer(value)}
    return tuple(name for name in found if name not in bound and not re.match(r"I_\d", name))


def shape_of(value: str) -> str:
    """`2x2` where the value holds a written matrix, else "".

    >>> shape_of("1/25*[[13, 11], [11, 17]]"), shape_of("[1, 2, 3]"), shape_of("2/5")
    ('2x2', '3x1', '')
    """
    matrix = re.search(r"\[(\[[^\[\]]*\](?:, )?)+\]", value)
    if matrix:
        rows = _ROW.findall(matrix[0])
        return f"{len(rows)}x{commas(rows[0]) + 1}"
    vector = _ROW.search(value)
    return f"{commas(vector[0]) + 1}x1" if vector else ""


def commas(row: str) -> int:
    """The commas of a row outside of round brackets."""
    depth = found = 0
    for char in row:
        depth += {"(": 1, ")": -1}.get(char, 0)
        found += char == "," and depth == 0
    return found


def size_of(value: str) -> int:
    """The signs of a value: names, numbers (4/25 is one, as 0.16 is), operations; brackets and commas do not count.

    >>> size_of("1/25*[[13, 11], [11, 17]]"), size_of("4/25"), size_of("0.16")
    (6, 1, 1)
    """
    return max(1, sum(1 for token in _TOKEN.findall(value) if token not in "()[],"))


__all__ = ["free_names", "shape_of", "size_of", "split"]
