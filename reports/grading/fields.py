"""The keys of one table of a key file, each read with its type, or refused with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...checks.key_text import ReadError, toml_type, unknown_key
from .places import Place

MOST_POINTS = 10_000


class Fields:
    """A table, where it stands, what it is called in messages, and the keys that it may have.

    Raises:
        ReadError: it has another key, or is no table.
    """

    def __init__(self, table: Any, place: Place, name: str, known: Sequence[str]) -> None:
        if not isinstance(table, dict):
            raise ReadError(f"expected a table for {name}; got {toml_type(table)}", place.head())
        self.table: dict[str, Any] = table
        self.place, self.name = place, name
        for key in table:
            if key not in known:
                raise unknown_key(key, tuple(known), place.key(key), name)

    def wrong(self, key: str, wanted: str) -> ReadError:
        value = self.table.get(key)
        got = "nothing" if value is None else toml_type(value) if not isinstance(value, str) else repr(value[:60])
        return ReadError(f"expected {wanted} for '{key}' in {self.name}; got {got}", self.place.key(key))

    def text(self, key: str, default: str | None) -> str:
        """A text; where there is no default it must be there."""
        value = self.table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, "a text")
        return value

    def word(self, key: str, words: Sequence[str], default: str) -> str:
        """One of a few words."""
        value = self.table.get(key, default)
        if value not in words:
            raise self.wrong(key, "one of " + ", ".join(f"'{word!s}'" for word in words))
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def points(self, key: str, default: Fraction | None) -> Fraction:
        """A number that is not negative, exactly as written: 0.1 is a tenth."""
        value = self.table.get(key, default)
        if isinstance(value, Fraction):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, "a number")
        if not 0 <= value <= MOST_POINTS:
            raise self.wrong(key, f"a number from 0 to {MOST_POINTS}")
        return Fraction(str(value))

    def share(self, key: str, default: Fraction) -> Fraction:
        """A number from 0 to 1; true is 1 and false is 0."""
        if isinstance(self.table.get(key), bool):
            return Fraction(int(self.table[key]))
        value = self.points(key, default)
        if value > 1:
            raise self.wrong(key, "a share from 0 to 1")
        return value

    def whole(self, key: str, default: int, most: int) -> int:
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise self.wrong(key, f"a whole number from 0 to {most}")
        return value

    def mapping(self, key: str) -> dict[str, Any]:
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return value

    def texts(self, key: str) -> Mapping[str, str]:
        """A table of texts."""
        value = self.mapping(key)
        if not all(isinstance(text, str) for text in value.values()):
            raise self.wrong(key, "a table of texts")
        return value

    def list_of_texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "an array of texts")
        return tuple(value)

    def tables(self, key: str) -> list[dict[str, Any]]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"[[..{key}]], an array of tables")
        return value
