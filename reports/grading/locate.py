r"""Where the parts of a key are solved in a document: by heading, by the typed left side, else by the value.

    document -> chains of links -> the steps of each part -> its answer, or the lines that may be it

A part with a heading owns the section under it.  Parts that share a section (or have none) divide its steps among them:
each owns what leads up to the statement of its quantity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...checks.key_text import split
from ...checks.layout import is_document, layout
from ...checks.run import Run, StepRecord
from .key import Key, Part, Target

CANDIDATES = 8  # lines that are compared with the key where none names the quantity
EQUAL = ("=", "approx")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|,|;|!|:| )|[\s{}&]|\\(?:quad|qquad)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A part in a document, by indices of steps.

    Attributes:
        steps: those that belong to the part.
        answer: the last link of the last chain that names the quantity, or None.
        candidates: where none does, the ends of chains that may be the answer, the last first.
        milestones: for each required step the links that may reach it; those that name it, else all.
        named: of the milestones, those whose quantity is named.
        headed: the part was found by its heading.
    """

    steps: tuple[int, ...]
    answer: int | None = None
    candidates: tuple[int, ...] = ()
    milestones: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    headed: bool = False


def locate(run: Run, key: Key) -> dict[str, Located]:
    """Every part of the key in a document."""
    chains = chains_of(run.steps)
    grounds = territories(run, key.parts)
    found: dict[str, Located] = {}
    for ground in dict.fromkeys(grounds.values()):
        sharing = [part for part in key.parts if grounds[part.id] == ground]
        inside = [chain for chain in chains if chain[0] in ground]
        found |= divided(run.steps, sharing, ground, inside)
    return {part.id: found[part.id] for part in key.parts}


def chains_of(steps: Sequence[StepRecord]) -> list[tuple[int, ...]]:
    """Links whose left side is the right side of the one before, as indices."""
    found: list[list[int]] = []
    for index, step in enumerate(steps):
        before = steps[index - 1] if index else None
        chained = before is not None and (before.span.end_line, before.span.end_column) == (
            step.lhs_span.end_line,
            step.lhs_span.end_column,
        )
        if chained:
            found[-1].append(index)
        else:
            found.append([index])
    return [tuple(chain) for chain in found]


# -- sections ----------------------------------------------------------------------------------------------------------
def territories(run: Run, parts: Sequence[Part]) -> dict[str, tuple[int, ...]]:
    """For each part the steps among which it is looked for: its section, else all that lie in nobody's section."""
    sections = sections_of(run, parts)
    inside = {
        name: tuple(i for i, step in enumerate(run.steps) if start <= step.span.line < stop)
        for name, (start, stop) in sections.items()
    }
    taken = {i for steps in inside.values() for i in steps}
    rest = tuple(i for i in range(len(run.steps)) if i not in taken)
    return {part.id: inside.get(part.id, rest) for part in parts}


def sections_of(run: Run, parts: Sequence[Part]) -> dict[str, tuple[int, int]]:
    """The lines [start, stop) of the section of each part whose heading is there."""
    headings = headings_of(run)
    found: dict[str, tuple[int, int]] = {}
    starts: dict[str, int] = {}
    for part in parts:
        number = heading_for(part.heading, [text for _, _, text in headings])
        if number is not None:
            starts[part.id] = number
    for name, number in starts.items():
        line, level, _ = headings[number]
        ends = (
            other
            for k, (other, depth, _) in enumerate(headings)
            if k > number and (depth <= level or k in starts.values())
        )
        found[name] = line, next(ends, 10**9)
    return found


def headings_of(run: Run) -> list[tuple[int, int, str]]:
    """Line, level and words of every heading."""
    name, text = run.source.get("name", ""), run.source.get("text", "")
    if not is_document(name, text):
        return []
    return [(p.line, p.level, words(p.text)) for p in layout(name, text) if p.kind == "heading"]


def words(text: str) -> str:
    """The words of a title in small letters, one space apart."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def heading_for(wanted: str, headings: Sequence[str]) -> int | None:
    """The heading that is the wanted one, else the first that begins with it, else the first that holds it."""
    sought = words(wanted)
    if not sought:
        return None
    tests = (
        lambda text: text == sought,
        lambda text: text.startswith(f"{sought} "),
        lambda text: f" {sought} " in f" {text} ",
    )
    return next((k for test in tests for k, text in enumerate(headings) if test(text)), None)


# -- answers -----------------------------------------------------------------------------------------------------------
def divided(
    steps: Sequence[StepRecord], parts: Sequence[Part], ground: tuple[int, ...], chains: Sequence[tuple[int, ...]]
) -> dict[str, Located]:
    """The steps of a section among the parts that share it."""
    naming = {part.id: [chain for chain in chains if names(steps, chain, part.target)] for part in parts}
    order = sorted((p for p in parts if naming[p.id]), key=lambda p: (naming[p.id][0], parts.index(p)))
    found: dict[str, Located] = {}
    begin = 0
    for number, part in enumerate(order):
        later = order[number + 1 :]
        stop = min((naming[p.id][0][0] for p in later if naming[p.id][0] > naming[part.id][0]), default=len(steps))
        mine = [chain for chain in naming[part.id] if chain[0] < stop] or naming[part.id][:1]
        alone = not later and bool(part.heading)
        end = len(steps) if alone else mine[-1][-1] + 1
        owned = tuple(i for i in ground if begin <= i < end)
        found[part.id] = located(steps, part, owned, chains, mine[-1][-1])
        begin = max(begin, end)
    taken = {i for item in found.values() for i in item.steps}
    left = tuple(i for i in ground if i not in taken)
    for part in parts:
        if part.id not in found:
            found[part.id] = located(steps, part, left, chains, None)
    return found


def located(
    steps: Sequence[StepRecord],
    part: Part,
    owned: tuple[int, ...],
    chains: Sequence[tuple[int, ...]],
    answer: int | None,
) -> Located:
    readable = [i for i in owned if value_of(steps[i])]
    ends = [chain[-1] for chain in chains if chain[-1] in owned and value_of(steps[chain[-1]])]
    milestones: dict[str, tuple[int, ...]] = {}
    named = set()
    for milestone in part.milestones:
        naming = [chain[-1] for chain in chains if chain[-1] in readable and names(steps, chain, milestone.target)]
        if naming:
            named.add(milestone.id)
        milestones[milestone.id] = tuple(naming[-1:] or readable[::-1][: 2 * CANDIDATES])
    return Located(
        steps=owned,
        answer=answer,
        candidates=() if answer is not None else tuple(ends[::-1][:CANDIDATES]),
        milestones=milestones,
        named=frozenset(named),
        headed=bool(part.heading),
    )


def names(steps: Sequence[StepRecord], chain: tuple[int, ...], target: Target) -> bool:
    """Whether a left side of the chain is the quantity, as understood or as written."""
    return any(is_named(steps[i], target) for i in chain)


def is_named(step: StepRecord, target: Target) -> bool:
    if step.relation not in EQUAL:
        return False
    lhs = split(step.understood, "=")[0] if step.understood else ""
    return bool(lhs) and (lhs in target.names or squeezed(step.lhs) in {squeezed(tex) for tex in target.tex})


def squeezed(tex: str) -> str:
    """TeX without what is layout alone."""
    return _LAYOUT.sub("", tex)


def value_of(step: StepRecord) -> str:
    """The right side of an equality, exact or rounded, as understood; "" for what has none."""
    equal = step.relation in EQUAL and bool(step.understood) and not step.unread
    return split(step.understood, "=")[1] if equal else ""
