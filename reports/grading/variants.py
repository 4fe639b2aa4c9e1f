"""Variants: what is given to each student alone, from a table with a row per student and a column per symbol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...checks.batch.place import IntakeError
from ...checks.batch.roster import table as csv_table
from ...checks.command import MAX_BYTES, Unreadable, decoded
from ...checks.key_text import ReadError, Source, claims_of, unknown_key
from .fields import Fields
from .toml_text import toml_text

KEYS = ("table", "student", "symbols")


def read_variants(grading: Fields, given: Mapping[str, Any], folder: Path | None) -> dict[str, str]:
    """The declarations of each student: those of the key, with the symbols of the student's row in their place.

    A cell is a value (`[[1, 2], [3, 4]]`) or a domain (`> 2`).

    Raises:
        ReadError: there is no such table, it lacks a column, or a cell cannot be read; the place is in the key.
    """
    fields = Fields(grading.mapping("variants"), grading.place, "[grading.variants]", KEYS)
    name = fields.text("table", None)
    place = fields.place.key("table")
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ReadError("expected a table beside the key; got a path that leads elsewhere", place)
    path = (folder or Path()) / name
    try:
        with path.open("rb") as stream:
            rows = csv_table(decoded(stream.read(MAX_BYTES + 1), str(path)), path)
    except OSError as error:
        raise ReadError(f"expected the table of variants; {path}: {error.strerror or error}", place) from None
    except (Unreadable, IntakeError) as error:
        raise ReadError(f"expected the table of variants; {error}", place) from None
    if not rows:
        raise ReadError(f"expected a row per student in {path}; got none", place)
    column = fields.text("student", "student").casefold()
    columns = {key.casefold(): key for key in fields.list_of_texts("symbols")} or {
        key: key for key in rows[0] if key not in (column, "name")
    }
    for wanted in (column, *columns):
        if wanted not in rows[0]:
            raise unknown_key(wanted, tuple(rows[0]), place, str(path))
    declared = {key.casefold(): key for key in given.get("symbols", {})}
    names = {key: declared.get(key, shown) for key, shown in columns.items()}
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        text = toml_text({**given, "symbols": {**given.get("symbols", {}), **cells(row, names)}})
        try:
            claims_of(Source("variant.toml", text))
        except ReadError as error:
            raise ReadError(f"expected values that can be read; {path}, row {number}: {error.message}", place) from None
        if row[column] in found:
            raise ReadError(f"expected one row per student; {path} has {row[column]!r} twice", place)
        found[row[column]] = text
    return found


def cells(row: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """The symbols of a row; a bare value is a fixed one."""
    return {name: domain(row.get(column, "")) for column, name in names.items()}


def domain(cell: str) -> str:
    words = ("=", "<", ">", "|", "(", "real", "complex", "integer", "positive", "negative", "non", "vector", "matrix")
    return cell if cell.startswith(words) else f"= {cell}"
