r"""The problem file: the `twofold` table of a TOML file -> a context, and the statements to judge.

    title, seed; [symbols] [laws] [maps] [flows] [energies] [[claim]] [[experiment]]; [grading] in an answer key

TOML has no model of its own: every section becomes entries of the one notation context.  Formulas are read by our own
parser; every message carries the line and column of the file.  An unknown key is an error with the nearest known one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .context import Context
from .source import ReadError, Source, Span

if TYPE_CHECKING:
    import tomllib

    from .experiments import ExperimentRequest

MAX_KEY_DEPTH = 16
_DEEP_KEY = re.compile(r"(?m)^[ \t\[]*(?:[\w-]{1,64}[ \t]*\.[ \t]*){16}")  # linear: each part ends at a dot

SECTIONS = {
    "title": "a text",
    "seed": "an integer",
    "symbols": "a table",
    "laws": "a table",
    "maps": "a table",
    "flows": "a table",
    "energies": "a table",
    "claim": "an array of tables",
    "experiment": "an array of tables",
    "grading": "a table",
    "schema": "a text",
    "alpha": "a number",
}
CLAIM_KEYS = ("id", "plain", "tex", "note")
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A claim as written in a problem file: its text, notation and place."""

    id: str
    text: str
    notation: str
    span: Span
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem file as read: the context it declares and the statements it makes."""

    source: Source
    title: str
    seed: int | None
    context: Context
    statements: tuple[Statement, ...]
    experiments: tuple[ExperimentRequest, ...] = ()
    alpha: float | None = None


class Locator:
    """Finds where a key or a text of the parsed table stands in the source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.cursor = 0

    def text(self, value: str, after: int = 0) -> Span:
        """The span of a string value; multi-part or escaped strings fall back to their first line."""
        for wanted in (value, value.replace("\\", "\\\\"), value.split("\n")[0]):
            index = self.source.text.find(wanted, after) if wanted else -1
            if index >= 0:
                return self.source.span(index, index + len(wanted))
        return self.source.span(after, after)

    def key(self, section: str, key: str) -> Span:
        """The span of `key = ..` below `[section]`, or of the section, or of the file's first character."""
        text = self.source.text
        start = 0
        if section:
            header = re.search(rf"(?m)^[ \t]*\[+[ \t]*\"?{re.escape(section)}\"?[ \t.\]]", text)
            start = header.start() if header else 0
            if not key and header:
                return self.source.span(header.start(), header.end())
        found = re.compile(rf"(?<![\w\"'])[\"']?{re.escape(key)}[\"']?[ \t]*=").search(text, start)
        if found is None:
            found = re.search(rf"{re.escape(key)}", text[start:]) if key else None
            offset = start + found.start() if found else start
            return self.source.span(offset, offset + len(key))
        return self.source.span(found.start(), found.start() + len(found[0].rstrip("= \t")))


def unknown_key(key: str, known: tuple[str, ...] | list[str], span: Span, where: str) -> ReadError:
    from difflib import get_close_matches

    nearest = get_close_matches(key, list(known), n=1, cutoff=0.5)
    hint = f"did you mean '{nearest[0]}'?" if nearest else "known keys: " + ", ".join(known)
    return ReadError(f"expected a known key in {where}; got '{key}'", span, hint)


def refuse_deep(source: Source) -> None:
    """Raise ReadError where keys nest deeper than any problem file does: the parser needs their depth squared."""
    found = _DEEP_KEY.search(source.text)
    if found is not None:
        raise ReadError(
            f"expected keys of at most {MAX_KEY_DEPTH} parts (limit: depth); got more", source.span(*found.span())
        )


def toml_error_place(source: Source, error: tomllib.TOMLDecodeError) -> Span:
    match = re.search(r"line (\d+), column (\d+)", str(error))
    if match is None:
        end = len(source.text)
        return source.span(end, end)
    line, col = int(match[1]), int(match[2])
    starts = source.line_starts
    offset = min(starts[min(line, len(starts)) - 1] + col - 1, len(source.text))
    return source.span(offset, min(offset + 1, len(source.text)))


def load_table(source: Source) -> dict[str, Any]:
    """The TOML table.  Raises ReadError with the place of a syntax error, or when the file is empty."""
    if not source.text.strip():
        raise ReadError("expected a problem file; got an empty file", source.span(0, 0))
    refuse_deep(source)
    import tomllib

    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise ReadError(f"expected TOML; {message[:1].lower()}{message[1:]}", toml_error_place(source, error)) from None
    except ValueError:  # CPython reads no integer above 4300 digits
        raise ReadError(
            "expected numbers of moderate size; got one of thousands of digits", source.span(0, 0)
        ) from None
    except RecursionError:
        raise ReadError("expected a table of moderate depth; got one nested too deeply", source.span(0, 0)) from None


def read_problem(source: Source) -> Problem:
    """Read a problem file.

    Raises:
        ReadError: an unknown key, a wrong type, a name that is not declared, a law that cannot be made: with its place.
    """
    from .declarations import declare_all
    from .experiments import read_experiments

    table = load_table(source)
    locator = Locator(source)
    for key, value in table.items():
        if key not in SECTIONS:
            raise unknown_key(key, tuple(SECTIONS), locator.key("", key), "the problem file")
        check_type(key, value, locator)
    context = declare_all(table, locator)
    return Problem(
        source=source,
        title=table.get("title", ""),
        seed=table.get("seed"),
        context=context,
        statements=tuple(read_claims(table.get("claim", []), locator)),
        experiments=tuple(read_experiments(table.get("experiment", []), locator)),
        alpha=table.get("alpha"),
    )


def toml_type(value: object) -> str:
    """What a value of the file is, in the words of TOML."""
    for kind, word in ((bool, "true or false"), (int, "an integer"), (float, "a number"), (str, "a text")):
        if isinstance(value, kind):
            return word
    return {"list": "an array", "dict": "a table"}.get(type(value).__name__, "a date or time")


def check_type(key: str, value: object, locator: Locator) -> None:
    wanted = SECTIONS[key]
    fits = {
        "a text": isinstance(value, str),
        "an integer": isinstance(value, int) and not isinstance(value, bool),
        "a number": isinstance(value, int | float) and not isinstance(value, bool),
        "a table": isinstance(value, dict),
        "an array of tables": isinstance(value, list) and all(isinstance(item, dict) for item in value),
    }[wanted]
    if not fits:
        raise ReadError(f"expected {wanted} for '{key}'; got {toml_type(value)}", locator.key("", key))
    if key == "alpha" and not 0 < float(value) < 0.5:  # type: ignore[arg-type]
        raise ReadError(f"expected a false-alarm rate between 0 and 0.5; got {value}", locator.key("", key))
    if key == "seed" and not 0 <= int(value) < 2**63:  # type: ignore[call-overload]
        raise ReadError(f"expected a seed from 0 to 2^63; got {value}", locator.key("", key))


def read_claims(items: list[dict[str, Any]], locator: Locator) -> list[Statement]:
    found: list[Statement] = []
    cursor = 0
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        header = re.compile(r"(?m)^[ \t]*\[\[[ \t]*claim[ \t]*\]\]").search(locator.source.text, cursor)
        cursor = header.end() if header else cursor
        head = locator.source.span(header.start(), header.end()) if header else locator.source.span(0, 0)
        for key in item:
            if key not in CLAIM_KEYS:
                raise unknown_key(key, CLAIM_KEYS, locator.text(key, cursor), f"claim {number}")
        notation = next((n for n in ("plain", "tex") if n in item), None)
        if notation is None or ("plain" in item and "tex" in item):
            raise ReadError(f"expected 'plain' or 'tex' in claim {number}", head, 'write plain = "det(A) = 2/5"')
        text = item[notation]
        if not isinstance(text, str):
            raise ReadError(f"expected a text for '{notation}' in claim {number}; got {toml_type(text)}", head)
        for key in ("id", "note"):
            if not isinstance(item.get(key, ""), str):
                raise ReadError(f"expected a text for '{key}' in claim {number}; got {toml_type(item[key])}", head)
        name = str(item.get("id", f"claim {number}"))
        if name in seen:
            raise ReadError(f"expected each claim to have its own id; got '{name}' twice", head)
        seen.add(name)
        span = locator.text(text, cursor)
        found.append(
            Statement(
                id=name,
                text=text,
                notation=notation,
                span=span,
                note=str(item.get("note", "")),
            )
        )
        cursor = max(cursor, span.stop)
    return found
