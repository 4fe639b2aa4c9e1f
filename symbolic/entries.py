r"""One entry of a report's derivations: steps that were verified, printed; or the reason why they are not shown.

A derivation of which one equality is left open by `verify_steps` is not printed at all: its entry says which step it
was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .derivation import Condition, Derivation, DerivationStep, Label, verify_steps
from .textbook import Textbook


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondRoute:
    """Whether another route arrives at the same result; None: not decided, or there is no other (`how` is "")."""

    agree: bool | None
    how: str

    def to_json(self) -> dict[str, Any]:
        """The fields, with the number of routes."""
        return {"routes": 2 if self.how else 1, "agree": self.agree, "how": self.how}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The derivation of one object as a report prints it, before verification."""

    of: str
    kind: str
    title: str
    steps: tuple[DerivationStep, ...]
    book: Textbook
    second: SecondRoute
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The entry; without steps when one of them was not verified."""
        derivation = Derivation(title=self.title, steps=self.steps, conditions=self.conditions)
        checks = verify_steps(derivation)
        unproved = [self.steps[check.index].rule for check in checks if check.outcome == "open"]
        if self.second.agree is False:
            return not_shown(self.of, self.kind, self.title, f"a second route disagrees: {self.second.how}")
        if unproved:
            return not_shown(self.of, self.kind, self.title, f"the step '{unproved[0]}' was not verified")
        return {
            "of": self.of,
            "kind": self.kind,
            "title": self.title,
            "conditions": [*texts(self.conditions, "assumed"), *self.notes],
            "steps": list(_printed(self.steps, self.book)),
            "agreement": self.second.to_json(),
        }


def not_shown(of: str, kind: str, title: str, reason: str) -> dict[str, Any]:
    """An entry that says why there is no derivation to see."""
    second = SecondRoute(agree=None, how="")
    return {
        "of": of,
        "kind": kind,
        "title": title,
        "conditions": [f"not shown: {reason}"],
        "steps": [],
        "agreement": second.to_json(),
    }


def texts(conditions: Iterable[Condition], status: str) -> list[str]:
    """The texts of the conditions of one status, each once."""
    return list(dict.fromkeys(condition.text for condition in conditions if condition.status == status))


def _printed(steps: Sequence[DerivationStep], book: Textbook) -> Iterable[dict[str, Any]]:
    """The steps as JSON; one that continues a chain repeats the left side of the chain."""
    lhs = ""
    for step in steps:
        lhs = lhs if step.lhs is None else side(step.lhs, book)
        held = texts(step.conditions, "discharged")
        yield {
            "rule": step.rule,
            "tex_lhs": lhs,
            "relation": step.relation,
            "tex_rhs": side(step.rhs, book),
            "conditions": texts(step.conditions, "assumed"),
            "note": f"satisfied here: {'; '.join(held)}" if held else "",
        }


def side(value: Any, book: Textbook) -> str:
    """TeX of a side: a label's own, otherwise the book's."""
    return value.tex if isinstance(value, Label) else book.tex(value)
