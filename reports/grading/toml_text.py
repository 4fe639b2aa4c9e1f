"""A table as TOML: one text for one table, whatever its comments and layout were; every string is escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(table: Mapping[str, Any]) -> str:
    """Plain values first, then one section for each table.

    >>> print(toml_text({"symbols": {"t": "positive"}, "seed": 4}), end="")
    seed = 4
    <BLANKLINE>
    [symbols]
    t = "positive"
    """
    lines = [f"{key_text(key)} = {value_text(value)}" for key, value in table.items() if not is_section(value)]
    for key, value in table.items():
        if is_section(value):
            lines += ["", *section(key, value)]
    return "\n".join(lines).lstrip("\n") + "\n"


def is_section(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def section(key: str, value: Any) -> Iterator[str]:
    """A table, or an array of tables, one level down: what is deeper stands inline."""
    for table in [value] if isinstance(value, Mapping) else value:
        yield f"[{key_text(key)}]" if isinstance(value, Mapping) else f"[[{key_text(key)}]]"
        yield from (f"{key_text(name)} = {value_text(item)}" for name, item in table.items())


def key_text(key: str) -> str:
    return key if _BARE.fullmatch(key) else string(key)


def string(text: str) -> str:
    """A basic string; TOML knows no escape for the delete character and none for half of a pair but `\\u`."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def literal(text: str) -> str:
    """A formula as a person would write it: in single quotes, so that backslashes stay."""
    return f"'{text}'" if "\\" in text and "'" not in text and text.isprintable() else string(text)


def value_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    return repr(value)
