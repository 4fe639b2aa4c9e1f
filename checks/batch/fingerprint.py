"""Keys of content: two things have one key only when everything that can change a result is equal.

A structure of frozen dataclasses, mappings, tuples, sets and plain values is hashed field by field.  Places in the text
(`Span`) are left out: where a claim stands changes nothing about it.  An object of any other kind raises TypeError,
so that a new kind of field can never be left out by mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ...symbolic.source import Span

ROOMS = ("symbolic", "numeric", "checks")
PLAIN = (str, int, float, bool, Fraction, type(None))


def fingerprint(*things: Any) -> str:
    """The SHA-256 of a structure, by an explicit stack: deep trees need no deep recursion.

    >>> fingerprint((1, "a")) == fingerprint((1, "a")), fingerprint((1, ("a",))) == fingerprint((1, "a"))
    (True, False)

    Raises:
        TypeError: something in it is of a kind that this function does not know.
    """
    digest = hashlib.sha256()
    stack: list[Any] = [things]
    while stack:
        thing = stack.pop()
        if isinstance(thing, Span):
            continue
        if isinstance(thing, PLAIN) and not isinstance(thing, Enum):
            digest.update(f"{type(thing).__name__} {thing!r};".encode("utf-8", "surrogatepass"))
            continue
        name, parts = opened(thing)
        digest.update(f"{name} {len(parts)}(".encode())
        stack.extend(reversed(parts))
    return digest.hexdigest()


def opened(thing: Any) -> tuple[str, list[Any]]:
    """The kind of a structure and what is in it, in an order that does not depend on hashes."""
    kind = type(thing).__name__
    if isinstance(thing, Enum):
        return kind, [thing.value]
    if is_dataclass(thing):
        return kind, [part for field in fields(thing) for part in (field.name, getattr(thing, field.name))]
    if isinstance(thing, Mapping):
        return "map", [part for item in thing.items() for part in item]
    if isinstance(thing, tuple | list):
        return "row", list(thing)
    if isinstance(thing, set | frozenset):
        return "set", sorted(fingerprint(part) for part in thing)
    raise TypeError(f"Expected plain data; got {kind}")


def text_key(parts: Iterable[str]) -> str:
    """The SHA-256 of texts; no two lists of texts run together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


@cache
def code_key() -> str:
    """The SHA-256 of the program text that verdicts depend on: an upgrade judges anew, whatever the version says."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            data = file.read_bytes()
            digest.update(f"{file.relative_to(root).as_posix()} {len(data)}:".encode() + data)
    return digest.hexdigest()
