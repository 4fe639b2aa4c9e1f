r"""A key proposed from a model solution: its declarations, and one part for each section (or claim) with a result.

The instructor edits it: points, what is required, what is hidden.  What the solution declares in words is written as a
table where that can be done; a declaration or value that the key could not read again stands there as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...checks.declared_tables import declared_tables
from ...checks.key_text import DECLARING, ReadError, Source, claims_of, load_table, split, understood_sides
from ...checks.layout import layout
from ...checks.run import Run
from .key_reader import OWN_NAME
from .locate import EQUAL, chains_of, value_of
from .needs import free_names
from .sections import headings_of
from .toml_text import literal, string, toml_text, value_text

_DECIMAL = re.compile(r"-?\d+\.(\d+)")
CONSTANTS = {"inf", "pi", "e"}


@dataclass(slots=True)
class Proposal:
    """A part: its heading or claim, the quantity and its value, and how many steps led to it."""

    title: str
    target: str = ""
    value: str = ""
    claim: str = ""
    steps: int = 0
    others: list[tuple[str, str]] = field(default_factory=list)


def propose(run: Run) -> str:
    """The text of a key."""
    name = run.source["name"]
    tables, claims = given_tables(run)
    parts = by_claim(run) if name.endswith(".toml") else by_heading(run)
    declared = {key: dict(table) for key, table in tables.items()}
    lines = [
        f"title = {string(run.title or name)}",
        "",
        *(f"# {note}" for note in HOW),
        "",
        *declarations(declared, run, parts),
        *claims,
        "[grading]",
        "follow_through = 1       # share of an answer's points for a wrong value that follows from an earlier error",
        "error = 0.5              # share of the points for the method that each wrong step takes",
        'unresolved = "full"      # or "wait", "zero": what an undecided answer is worth until you have looked',
        'statistical = "review"   # or "refute": whether a statistical refutation takes marks by itself',
        "",
        "# [grading.hints]         # what students read about a kind of mistake, in the place of the diagnosis",
        '# "sign" = "Look at the signs once more."',
        "",
    ]
    given = toml_text(declared) if declared else ""
    for number, part in enumerate(parts, 1):
        lines += part_lines(part, number, given)
    if not parts:
        lines.append("# The solution states no result that was read: write [[grading.part]] yourself.")
    return "\n".join(lines) + "\n"


HOW = (
    "Proposed from a model solution: edit points, and look at every value.",
    "What is declared here is given to every submission; a student's own declaration of a name holds in its place.",
)


def part_lines(part: Proposal, number: int, given: str) -> Iterator[str]:
    """A part of the key; what cannot be read again is a comment."""
    points = max(2, part.steps)
    yield "[[grading.part]]"
    yield f'id = "{number}"'
    if part.title:
        yield f"heading = {string(part.title)}"
    yield f"points = {points}"
    answer = points // 2 if points % 2 == 0 else points / 2
    yield f"answer = {value_text(answer)}               # for the value; the rest is for the way to it"
    if part.claim:
        yield f"claim = {string(part.claim)}"
    else:
        trouble = unreadable(given, part.target, part.value)
        if trouble:
            yield f"# cannot be read under these declarations: {trouble}"
        yield f"target = {literal(part.target)}"
        yield f"value = {literal(part.value)}"
        decimal = _DECIMAL.fullmatch(part.value)
        if decimal:
            yield f'form = "decimal"\nplaces = {len(decimal[1])}               # right is what rounds to this'
    yield f"needs = {{ steps = {max(1, part.steps)} }}"
    yield "# hidden = true          # tell students nothing about this part"
    for target, value in part.others:
        yield "# [[grading.part.step]]  # a step that must be there"
        yield f'# id = "{number} {target[:20].translate(_NO_ID)}"'
        yield "# points = 1"
        yield f"# target = {literal(target)}"
        yield f"# value = {literal(value)}"
    yield ""


_NO_ID = {ord(char): " " for char in "*/^+=,;:[]{}|'\"\\<>&%$#@!?~`"}


def unreadable(given: str, target: str, value: str) -> str:
    """Why a value cannot be read under the declarations, or ""."""
    try:
        understood_sides(given, value, value)
        if not OWN_NAME.fullmatch(target):
            understood_sides(given, target, target)
    except ReadError as error:
        return " ".join(error.message.split())[:150]
    return ""


# -- parts -------------------------------------------------------------------------------------------------------------
def by_heading(run: Run) -> list[Proposal]:
    """A part for each section that holds a result; in a document without headings one for each quantity."""
    headings = titles_of(run)
    found: dict[int, Proposal] = {}
    for chain in chains_of(run.steps):
        first, last = run.steps[chain[0]], run.steps[chain[-1]]
        target, value = split(first.understood, "=")[0], value_of(last)
        judged = sum(1 for i in chain if run.steps[i].outcome is not None)
        if not judged or not value or not free_names(target) or first.relation not in EQUAL:
            continue
        below = [k for k, (line, _) in enumerate(headings) if line <= first.span.line]
        place = below[-1] if below else -1 - chain[0]
        title = headings[below[-1]][1] if below else ""
        part = found.setdefault(place, Proposal(title=title))
        if part.target and part.target != target:
            part.others.append((part.target, part.value))
        part.target, part.value, part.steps = target, value, part.steps + judged
    return [found[place] for place in sorted(found, key=lambda k: (k < 0, abs(k)))]


def titles_of(run: Run) -> list[tuple[int, str]]:
    """Line and text of every heading, as written."""
    if not headings_of(run):
        return []
    pieces = layout(run.source["name"], run.source["text"])
    return [(piece.line, piece.text.strip().rstrip("#").strip()) for piece in pieces if piece.kind == "heading"]


def by_claim(run: Run) -> list[Proposal]:
    """A part for each claim of a problem file."""
    found: dict[str, Proposal] = {}
    for step in run.steps:
        if step.relation != "=":
            continue
        name = re.sub(r" \(\d+\)\Z", "", step.label)
        part = found.setdefault(name, Proposal(title="", claim=name))
        part.steps += step.outcome is not None
    return list(found.values())


# -- declarations ------------------------------------------------------------------------------------------------------
def given_tables(run: Run) -> tuple[dict[str, Mapping[str, str]], list[str]]:
    """The tables that the solution is written with or holds, and the text of its claims."""
    name, text = run.source["name"], run.source["text"]
    if name.endswith(".toml"):
        table = load_table(Source(name, text))
        claims = toml_text({"claim": table["claim"]}).splitlines() if table.get("claim") else []
        return {key: table[key] for key in DECLARING if key in table}, [*claims, ""] if claims else []
    found: dict[str, dict[str, str]] = {}
    for piece in layout(name, text):
        if piece.kind == "twofold":
            try:
                table = load_table(Source(name, piece.text))
            except ReadError:
                continue
            for key in DECLARING:
                found.setdefault(key, {}).update(table.get(key, {}))
    return {key: table for key, table in found.items() if table}, []


def declarations(tables: dict[str, dict[str, Any]], run: Run, parts: Sequence[Proposal]) -> Iterator[str]:
    """The tables as text, completed by what the solution declares in words; `tables` is completed as well."""
    waiting = list(declared_in_words(run, parts))
    for _ in range(2):  # what needs a name that is declared further down finds it the second time
        left_out = []
        for section, name, value in waiting:
            if not any(name in table for table in tables.values()) and (trouble := added(tables, section, name, value)):
                left_out.append((section, name, value, trouble))
        waiting = [(section, name, value) for section, name, value, _ in left_out]
    ordered = {key: tables[key] for key in DECLARING if tables.get(key)}
    tables.clear()
    tables.update(ordered)
    if ordered:
        yield from toml_text(ordered).splitlines()
        yield ""
    for _, name, value, trouble in left_out:
        yield f"# {name} = {value_text(value)}    # left out: {trouble}"
    for name in named_twice(tables):
        yield f"# {name} is a random variable and a partition function: give one of them another name in the solution."


def named_twice(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The partition functions of energies that have the name of a law: a key knows one meaning of a name."""
    energies = [item for item in tables.get("energies", {}).values() if isinstance(item, Mapping)]
    random = {*tables.get("laws", {}), *tables.get("maps", {})}
    return sorted({name for item in energies if (name := str(item.get("partition", "Z"))) in random})


def added(tables: dict[str, dict[str, Any]], section: str, name: str, value: object) -> str:
    """Add a declaration; where the tables cannot be read with it, take it out again and say why."""
    tables.setdefault(section, {})[name] = value
    try:
        claims_of(Source("key.toml", toml_text({key: tables[key] for key in DECLARING if tables.get(key)})))
    except ReadError as error:
        del tables[section][name]
        return " ".join(error.message.split())[:120]
    return ""


def declared_in_words(run: Run, parts: Sequence[Proposal]) -> Iterator[tuple[str, str, object]]:
    """Section, name and value of what a document declares outside of tables, each after what it needs."""
    declared = list(declared_tables(Source(run.source["name"], run.source["text"])))
    yield from declared
    known = {entry.name for entry in run.context} | {name for _, name, _ in declared} | CONSTANTS
    for part in parts:
        for name in free_names(part.value):
            if name not in known and f"{name}[" not in part.value:
                yield "symbols", name, "real"
