r"""Where the parts of a key are solved in a document: by heading, by the typed left side, else by the value.

    document -> chains of links -> the steps of each part -> its answer, or the lines that may be it

A left side is the quantity in whatever letters, and with the student's own names written out (`quantities`).

A part with a heading owns the section under it.  Parts that share a section (or have none) divide its steps among them:
each owns what leads up to the statement of its quantity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...checks.key_text import split
from ...checks.run import Run, StepRecord
from .key import Key, Part, Target
from .needs import free_names
from .quantities import Letters, Renaming, closing, fixed_names, lone_letter, renaming
from .sections import territories

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
        heads: for each candidate the first link of its chain, whose left side may be the quantity by its value.
        renamed: for the answer, candidates and milestones the letters of the student that stand for others of the key.
        milestones: for each required step the links that may reach it; those that name it, else all.
        named: of the milestones, those whose quantity is named.
        headed: the part was found by its heading.
    """

    steps: tuple[int, ...]
    answer: int | None = None
    candidates: tuple[int, ...] = ()
    heads: Mapping[int, int] = field(default_factory=dict)
    renamed: Mapping[int, Renaming] = field(default_factory=dict)
    milestones: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    headed: bool = False


def locate(run: Run, key: Key, given: str = "") -> dict[str, Located]:
    """Every part of the key in a document that is read under `given`."""
    chains = chains_of(run.steps)
    grounds = territories(run, key.parts)
    found: dict[str, Located] = {}
    for ground in dict.fromkeys(grounds.values()):
        sharing = [part for part in key.parts if grounds[part.id] == ground]
        inside = [chain for chain in chains if chain[0] in ground]
        naming = Naming(run.steps, ground, fixed_names(given or key.given))
        found |= divided(naming, sharing, ground, inside)
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


# -- answers -----------------------------------------------------------------------------------------------------------
class Naming:
    """Which chains of a section name a quantity, and in which letters."""

    def __init__(self, steps: Sequence[StepRecord], ground: Sequence[int], fixed: frozenset[str]) -> None:
        self.steps = steps
        self.aliases = aliases(steps)
        self.letters = Letters(fixed=fixed, own=valued(steps, ground))

    def of_chain(self, chain: tuple[int, ...], target: Target) -> Renaming | None:
        """The letters in which a left side of the chain is the quantity, as understood or as written; None: in none."""
        found = (self.of_step(self.steps[i], target) for i in chain)
        return next((letters for letters in found if letters is not None), None)

    def of_step(self, step: StepRecord, target: Target) -> Renaming | None:
        if step.relation not in EQUAL or not step.understood:
            return None
        if squeezed(step.lhs) in {squeezed(tex) for tex in target.tex}:
            return {}
        lhs = split(step.understood, step.relation)[0]
        written = dict.fromkeys((lhs, written_out(lhs, self.aliases)))
        found = (renaming(text, name, self.letters) for text in written for name in target.names)
        return next((letters for letters in found if letters is not None), None)


def divided(
    naming: Naming, parts: Sequence[Part], ground: tuple[int, ...], chains: Sequence[tuple[int, ...]]
) -> dict[str, Located]:
    """The steps of a section among the parts that share it."""
    stated = {p.id: [chain for chain in chains if naming.of_chain(chain, p.target) is not None] for p in parts}
    order = sorted((p for p in parts if stated[p.id]), key=lambda p: (stated[p.id][0], parts.index(p)))
    found: dict[str, Located] = {}
    begin = 0
    for number, part in enumerate(order):
        later = order[number + 1 :]
        stop = min(
            (stated[p.id][0][0] for p in later if stated[p.id][0] > stated[part.id][0]), default=len(naming.steps)
        )
        mine = [chain for chain in stated[part.id] if chain[0] < stop] or stated[part.id][:1]
        alone = not later and bool(part.heading)
        end = len(naming.steps) if alone else mine[-1][-1] + 1
        owned = tuple(i for i in ground if begin <= i < end)
        found[part.id] = located(naming, part, owned, chains, mine[-1])
        begin = max(begin, end)
    taken = {i for item in found.values() for i in item.steps}
    left = tuple(i for i in ground if i not in taken)
    for part in parts:
        if part.id not in found:
            found[part.id] = located(naming, part, left, chains, None)
    return found


def located(
    naming: Naming,
    part: Part,
    owned: tuple[int, ...],
    chains: Sequence[tuple[int, ...]],
    answer: tuple[int, ...] | None,
) -> Located:
    readable = [i for i in owned if value_of(naming.steps[i])]
    ended = [chain for chain in chains if chain[-1] in owned and value_of(naming.steps[chain[-1]])]
    candidates = [] if answer is not None else ended[::-1][:CANDIDATES]
    renamed: dict[int, Renaming] = {
        chain[-1]: lone_letter(value_of(naming.steps[chain[-1]]), part.target.value, naming.letters)
        for chain in candidates
    }
    if answer is not None:
        renamed[answer[-1]] = naming.of_chain(answer, part.target) or {}
    milestones: dict[str, tuple[int, ...]] = {}
    named = set()
    for milestone in part.milestones:
        stated = [chain for chain in ended if naming.of_chain(chain, milestone.target) is not None][-1:]
        if stated:
            named.add(milestone.id)
            renamed[stated[0][-1]] = naming.of_chain(stated[0], milestone.target) or {}
        milestones[milestone.id] = tuple(chain[-1] for chain in stated) or tuple(readable[::-1][: 2 * CANDIDATES])
    return Located(
        steps=owned,
        answer=answer[-1] if answer is not None else None,
        candidates=tuple(chain[-1] for chain in candidates),
        heads={chain[-1]: chain[0] for chain in candidates},
        renamed=renamed,
        milestones=milestones,
        named=frozenset(named),
        headed=bool(part.heading),
    )


# -- a student's own names ---------------------------------------------------------------------------------------------
def aliases(steps: Sequence[StepRecord]) -> dict[str, str]:
    """Names that a document gives to a quantity: `Sigma` for `Cov(Y)`."""
    found = {}
    for step in steps:
        if step.kind in ("definition", "assignment", "notation") and step.relation == "=":
            name, value = split(step.understood, "=")
            head = re.match(r"[^\W\d]\w*(?=\()", value)
            if name.isidentifier() and head and closing(value, head.end()) == len(value) - 1:
                found[name] = value
    return found


def written_out(text: str, names: Mapping[str, str]) -> str:
    """A left side with the student's names replaced, where each stands for something in brackets of its own.

    >>> written_out("det(Sigma)", {"Sigma": "Cov(Y)"})
    'det(Cov(Y))'
    """
    return re.sub(r"[^\W\d]\w*(?![\w(])", lambda match: names.get(match[0], match[0]), text)


def valued(steps: Sequence[StepRecord], ground: Sequence[int]) -> frozenset[str]:
    """The names that a document gives a value, in this section, or a constant anywhere: they are no mere letters."""
    found = set()
    for index, step in enumerate(steps):
        if step.kind in ("definition", "assignment") and step.relation == "=":
            name, value = split(step.understood, "=")
            if index in ground or not free_names(value):
                found.add(name)
    return frozenset(found)


def squeezed(tex: str) -> str:
    """TeX without what is layout alone."""
    return _LAYOUT.sub("", tex)


def head_of(step: StepRecord) -> str:
    """The left side of an equality as understood, where it is about something; "" for numbers alone."""
    equal = step.relation in EQUAL and bool(step.understood) and not step.unread
    lhs = split(step.understood, step.relation)[0] if equal else ""
    return lhs if free_names(lhs) else ""


def value_of(step: StepRecord) -> str:
    """The right side of an equality, exact or rounded, as understood; "" for what has none."""
    equal = step.relation in EQUAL and bool(step.understood) and not step.unread
    return split(step.understood, "=")[1] if equal else ""
