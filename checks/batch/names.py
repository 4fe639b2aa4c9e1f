"""Names that come from outside: shown without acting on a terminal, compared across spellings, made into file names.

Nothing is ever opened by a name made here: entries are read by their own handles.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from ..command import visible

LONGEST = 120  # characters of a name that are shown
SLUG = 60
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d|index|results|gradebook)")


def shown(name: str) -> str:
    r"""A name for a person: one line, control and direction characters as escapes, undecodable bytes as \xNN.

    >>> print(shown("a\nb\u202e.md"), shown("caf\udce9.md"))
    a\nb\u202e.md caf\xe9.md
    """
    text = "".join(f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in name)
    text = visible(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def folded(name: str) -> str:
    """A name as it is compared: without case, accents, spaces and punctuation.

    >>> folded("María-José O'Neil") == folded("maria jose oneil")
    True
    """
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.casefold() if c.isalnum())


def spellings(full_name: str) -> set[str]:
    """The ways in which course systems write a person's name: every rotation of its words.

    >>> sorted(spellings("Ada Lovelace"))
    ['adalovelace', 'lovelaceada']
    """
    words = [word for word in (folded(part) for part in re.split(r"[\s,]+", full_name)) if word]
    return {"".join(words[k:] + words[:k]) for k in range(len(words))}


def slugs(names: Iterable[str]) -> list[str]:
    """A file name for each: ASCII letters, digits, `-`, `_`, unique without regard to case, none that is reserved.

    A name that cannot be written so, or that another one has, carries a piece of its hash; so it does not depend on the
    order of the others.

    >>> [slug.partition("-")[0] for slug in slugs(["bob", "Ada", "ada", "../x", "CON"])]
    ['bob', 'Ada', 'ada', 'x', 'CON']
    """
    wanted = list(names)
    simple = [simplified(name) for name in wanted]
    counts: dict[str, int] = {}
    for text in simple:
        counts[text.casefold()] = counts.get(text.casefold(), 0) + 1
    return [
        text if text == name and counts[text.casefold()] == 1 and not RESERVED.fullmatch(text) else marked(text, name)
        for text, name in zip(simple, wanted, strict=True)
    ]


def simplified(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")[:SLUG]


def marked(text: str, name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{text}-{digest}" if text else digest


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key for sorting that puts `part2` before `part10`."""
    return [(0, int(p), "") if p.isdecimal() and len(p) < 19 else (1, 0, p) for p in re.split(r"(\d+)", name) if p]
