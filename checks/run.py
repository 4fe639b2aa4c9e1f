r"""Run: the document, its steps, the verdicts, the provenance.

Everything that is printed or rendered is a pure function of a Run.  The JSON form is the contract `twofold.run/1`; all
of it but `timing` is byte-identical on a rerun (sorted keys are not used: the order of fields is fixed here).

Beyond the contract, a run carries what a report needs and nothing else in the product may recompute: `title`,
`derivations` (textbook steps of each declared law, flow and energy), `figures` (the numbers behind each picture) and
`findings` (facts that are not verdicts: a blow-up time, a degenerate law) and `experiments` (statements in words that
were measured: `experiments/record.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .evidence import Json, to_json
from .experiments.record import Experiment
from .verdict import WORST_FIRST, Outcome, Verdict

SCHEMA = "twofold.run/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecord:
    """A place in the source: lines and columns from 1, the end exclusive in its column."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to_json(self) -> dict[str, int]:
        return {
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRecord:
    """A name as the reader knows it: its type, its domain, and the place or the rule that declared it."""

    name: str
    type: str
    domain: str
    declared_at: str = ""
    rule: str = ""

    def to_json(self) -> dict[str, str]:
        origin = {"declared_at": self.declared_at} if self.declared_at else {"rule": self.rule}
        return {"name": self.name, "type": self.type, "domain": self.domain, **origin}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One relation sign of the source with all that was found about it."""

    id: str
    kind: str
    claim_kind: str
    relation: str
    span: SpanRecord
    lhs_span: SpanRecord
    tex: str
    lhs: str
    rhs: str
    understood: str
    understood_tex: str = ""
    verdict: Verdict | None = None
    label: str = ""
    unread: str = ""
    follows_from: tuple[str, ...] = ()
    carried_from: tuple[str, ...] = ()
    conclusion_stands: bool | None = None
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of a claim; `unread` for what was not understood; None for a definition and the like."""
        if self.unread:
            return Outcome.UNREAD
        return self.verdict.outcome if self.verdict is not None else None

    @property
    def message(self) -> str:
        """One line for a terminal: the worst news first."""
        return step_message(self)

    def to_json(self) -> dict[str, Json]:
        verdict = self.verdict or Verdict()
        diagnosis = verdict.diagnosis
        outcome = self.outcome
        return {
            "id": self.id,
            "label": self.label,
            "kind": self.kind,
            "claim_kind": self.claim_kind,
            "relation": self.relation,
            "span": self.span.to_json(),
            "lhs_span": self.lhs_span.to_json(),
            "tex": self.tex,
            "lhs": self.lhs,
            "rhs": self.rhs,
            "understood": self.understood,
            "understood_tex": self.understood_tex,
            "outcome": outcome.value if outcome else None,
            "message": self.message,
            "conditions": list(verdict.conditions),
            "warnings": [*self.warnings, *verdict.warnings],
            "readings": [
                {
                    "name": reading.name,
                    "outcome": reading.outcome.value,
                    "evidence": [to_json(piece) for piece in reading.evidence],
                }
                for reading in verdict.readings
            ],
            "evidence": [to_json(piece) for piece in verdict.evidence],
            "diagnosis": {
                "kind": diagnosis.kind,
                "message": diagnosis.message,
                "correction": diagnosis.correction,
            }
            if diagnosis
            else None,
            "follows_from": list(self.follows_from),
            "carried_from": list(self.carried_from),
            "conclusion_stands": self.conclusion_stands,
        }


def step_message(step: StepRecord) -> str:
    """The one sentence that a terminal shows for a step."""
    from .wording import sentence

    return sentence(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One checked document.

    Attributes:
        source: `name` and `sha256` of the input (and its `text`, so that a report can show the document itself).
        steps: one record per relation sign, in the order of the source.
        provenance: versions, seed, false-alarm rate, and the command that repeats the run.
        timing: wall and CPU seconds; the only part that may differ on a rerun.
    """

    source: Mapping[str, str]
    title: str
    steps: tuple[StepRecord, ...]
    context: tuple[ContextRecord, ...] = ()
    derivations: tuple[Mapping[str, Any], ...] = ()
    figures: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    experiments: tuple[Experiment, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    timing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claims(self) -> tuple[StepRecord, ...]:
        """The steps that were judged, or should have been."""
        return tuple(step for step in self.steps if step.outcome is not None)

    def count(self, outcome: Outcome) -> int:
        return sum(1 for step in self.claims if step.outcome is outcome)

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before every step was judged."""
        return any(finding.get("kind") == "interrupted" for finding in self.findings)

    @property
    def first_wrong(self) -> StepRecord | None:
        """The first refuted step that does not merely carry an earlier error."""
        for step in self.steps:
            if step.outcome is Outcome.REFUTED and not step.carried_from:
                return step
        return None

    @property
    def worst(self) -> Outcome | None:
        found = {step.outcome for step in self.claims}
        return next((outcome for outcome in WORST_FIRST if outcome in found), None)

    def summary(self) -> dict[str, Json]:
        first = self.first_wrong
        warnings = sum(len(s.warnings) + len((s.verdict or Verdict()).warnings) for s in self.steps)
        return {
            "statements": len(self.steps),
            "claims": len(self.claims),
            **{outcome.value: self.count(outcome) for outcome in Outcome},
            "warnings": warnings,
            "first_wrong": first.id if first else None,
        }

    def as_dict(self) -> dict[str, Json]:
        return {
            "schema": SCHEMA,
            "source": dict(self.source),
            "title": self.title,
            "summary": self.summary(),
            "context": [entry.to_json() for entry in self.context],
            "steps": [step.to_json() for step in self.steps],
            "derivations": [dict(item) for item in self.derivations],
            "figures": [dict(item) for item in self.figures],
            "findings": [dict(item) for item in self.findings],
            "experiments": [experiment.to_json() for experiment in self.experiments],
            "provenance": dict(self.provenance),
            "timing": dict(self.timing),
        }

    def to_json(self) -> str:
        """One line of JSON, `twofold.run/1`; no NaN or infinity can be in it."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False)
