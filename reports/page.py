r"""From the JSON of a Run to what a page shows: formulas typeset, evidence in words, every anchor unique.

The templates hold no logic beyond loops and conditions; what they print is decided here, as plain frozen records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .describe import Description, Difference, Marks, deciding, describe, difference, marks
from .headline import PASSING, label, tally
from .mathml import as_code, formula, printed

GLYPHS = {
    "proved": "\u2713\u2713",
    "enclosed": "\u2713",
    "supported": "\u2713",
    "refuted": "\u2717",
    "undecided": "?",
    "unread": "\u2026",
    "fault": "!",
}
_RELATIONS = {"~": r"\sim", "<=": r"\le", ">=": r"\ge", "!=": r"\ne", "==": "="}
# A formula longer than this may need its own scroller on a narrow screen, which must be reachable by keyboard.
_LONG_TEX = 60
# A left side longer than this would push the column of right sides off the page.
_WIDEST_LHS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """One reading of an ambiguous statement, with what was found for it."""

    name: str
    outcome: str
    evidence: tuple[Description, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step as the page shows it."""

    anchor: str
    name: str
    label: str
    line: int
    kind: str
    claim_kind: str
    outcome: str
    formula: Markup
    long: bool
    written: str
    understood: str
    message: str
    marks: Marks
    evidence: tuple[Description, ...]
    differences: tuple[Difference, ...]
    readings: tuple[ReadingView, ...]
    diagnosis: str
    correction: Markup
    conditions: tuple[str, ...]
    warnings: tuple[str, ...]
    carried_from: tuple[tuple[str, str], ...]
    follows_from: tuple[tuple[str, str], ...]
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of a derivation: the rule in a quiet column, then the two sides around the relation sign."""

    rule: str
    lhs: Markup
    relation: Markup
    rhs: Markup
    conditions: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationView:
    """How a derived object follows from what was declared, as a textbook would print it."""

    anchor: str
    title: str
    kind: str
    of: str
    conditions: tuple[str, ...]
    lines: tuple[LineView, ...]
    ragged: bool


def anchors(keys: Iterable[str], prefix: str) -> dict[str, str]:
    """A unique, plain `id` for each key; the same keys give the same ids."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for key in keys:
        base = prefix + (re.sub(r"[^A-Za-z0-9-]+", "-", key)[:40] or "x")
        name, repeat = base, 2
        while name in used:
            name, repeat = f"{base}-{repeat}", repeat + 1
        used.add(name)
        found[key] = name
    return found


def _is_plain(written: str) -> bool:
    """Plain notation (`3*z1^2*sech(z1^3)^2`) must not be typeset as if it were TeX."""
    return "\\" not in written and re.search(r"[*/]|\[\[|\w\(|[a-zA-Z]{2}|[a-zA-Z][0-9]", written) is not None


def relation_tex(relation: str) -> str:
    """The TeX of a relation sign; `~` would be a space there."""
    return _RELATIONS.get(relation, relation)


def _typeset(step: Mapping[str, Any]) -> tuple[Markup, str, str]:
    """The formula of a step, the TeX it was made from, and the written form when that is not what is typeset."""
    if not (step.get("lhs") and step.get("rhs")):
        return Markup(formula(step["tex"], display=True)), step["tex"], ""
    ours = step.get("understood_tex", "")
    if ours and _is_plain(step["lhs"] + step["rhs"]):
        typed = f"{step['lhs']} {step['relation']} {step['rhs']}"
        same = typed.replace(" ", "") == step.get("understood", "").replace(" ", "")
        return Markup(printed(ours, display=True)), ours, "" if same else typed
    written = f"{step['lhs']} {relation_tex(step['relation'])} {step['rhs']}"
    return Markup(formula(written, display=True)), written, ""


def _differences(pieces: Iterable[Mapping[str, Any]]) -> tuple[Difference, ...]:
    return tuple(difference(piece) for piece in pieces if piece["type"] == "Counterexample")


def _reading(reading: Mapping[str, Any]) -> ReadingView:
    return ReadingView(
        name=reading["name"],
        outcome=reading["outcome"],
        evidence=tuple(describe(piece) for piece in reading["evidence"]),
        differences=_differences(reading["evidence"]),
    )


def message(step: Mapping[str, Any]) -> str:
    """The sentence of a step; a counterexample has a table of its own, which says the same."""
    shown = step.get("outcome") == "refuted" and any(p["type"] == "Counterexample" for p in deciding(step))
    return "" if shown else str(step["message"])


def correction_view(text: str) -> Markup:
    """A corrected side: typeset when it is TeX, as code when it is plain notation."""
    if not text:
        return Markup("")
    return Markup(as_code(text) if _is_plain(text) else printed(text, display=True))


def _conclusion(step: Mapping[str, Any]) -> str:
    if step.get("outcome") != "refuted" or step.get("conclusion_stands") is None:
        return ""
    if step["conclusion_stands"]:
        return "The conclusion of this chain stands all the same."
    return "The conclusion of this chain does not stand."


def step_views(run: Mapping[str, Any]) -> tuple[StepView, ...]:
    """Every step of the run, in the order of the source."""
    names = anchors((step["id"] for step in run["steps"]), "s-")
    titles = {step["id"]: label(step) for step in run["steps"]}

    def links(step: Mapping[str, Any], key: str) -> tuple[tuple[str, str], ...]:
        return tuple((names[i], titles[i]) for i in step.get(key, ()) if i in names)

    return tuple(
        _step(step, names[step["id"]], links(step, "carried_from"), links(step, "follows_from"))
        for step in run["steps"]
    )


def _step(
    step: Mapping[str, Any],
    anchor: str,
    carried_from: tuple[tuple[str, str], ...],
    follows_from: tuple[tuple[str, str], ...],
) -> StepView:
    typeset, tex, written = _typeset(step)
    readings = tuple(_reading(reading) for reading in step.get("readings", ()))
    return StepView(
        anchor=anchor,
        name=label(step),
        label=step.get("label") or "",
        line=step["span"]["line"],
        kind=step["kind"],
        claim_kind=step.get("claim_kind") or "",
        outcome=step.get("outcome") or "",
        formula=typeset,
        long=len(tex) > _LONG_TEX,
        written=written,
        understood=step.get("understood") or "",
        message=message(step),
        marks=marks(step),
        evidence=() if readings else tuple(describe(piece) for piece in step.get("evidence", ())),
        differences=() if readings else _differences(step.get("evidence", ())),
        readings=readings,
        diagnosis=(step.get("diagnosis") or {}).get("message", ""),
        correction=correction_view((step.get("diagnosis") or {}).get("correction", "")),
        conditions=tuple(step.get("conditions", ())),
        warnings=tuple(step.get("warnings", ())),
        carried_from=carried_from,
        follows_from=() if step.get("outcome") in PASSING else tuple(x for x in follows_from if x not in carried_from),
        conclusion=_conclusion(step),
    )


def _lines(steps: Iterable[Mapping[str, Any]]) -> Iterable[LineView]:
    """As a textbook: the left side is printed once and stands until it changes."""
    before = None
    for step in steps:
        lhs = step.get("tex_lhs", "")
        shown = "" if lhs == before else lhs
        before = lhs
        yield LineView(
            rule=step.get("rule", ""),
            lhs=Markup(printed(shown, display=True)) if shown else Markup(""),
            relation=Markup(printed(relation_tex(step.get("relation") or "="))),
            rhs=Markup(printed(step.get("tex_rhs", ""), display=True)),
            conditions=tuple(step.get("conditions", ())),
            note=step.get("note", ""),
        )


def derivation_views(run: Mapping[str, Any]) -> tuple[DerivationView, ...]:
    """The derivations of the declared objects, in the order of the run."""
    items = run.get("derivations", ())
    names = anchors((f"{item['of']}-{index}" for index, item in enumerate(items, 1)), "d-")
    return tuple(
        DerivationView(
            anchor=anchor,
            title=item.get("title") or item["of"],
            kind=item.get("kind", "").replace("_", " "),
            of=item["of"],
            conditions=tuple(item.get("conditions", ())),
            lines=tuple(_lines(item["steps"])),
            ragged=any(len(step.get("tex_lhs", "")) > _WIDEST_LHS for step in item["steps"]),
        )
        for item, anchor in zip(items, names.values(), strict=True)
    )


def legend(run: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """The outcomes that occur, with their counts."""
    return tuple((outcome, count) for outcome, count in tally(run).items() if count)
