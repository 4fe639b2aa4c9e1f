"""A Run from its JSON: what another process judged is printed, rendered and counted like what this one did."""

from __future__ import annotations

from collections.abc import Mapping

from .evidence import Json, from_json, to_json
from .experiments.record import experiment_from_json
from .run import SCHEMA, ContextRecord, Run, SpanRecord, StepRecord
from .verdict import Diagnosis, Reading, Verdict


def run_from(data: Mapping[str, Json]) -> Run:
    """The run that `Run.as_dict` wrote: `run_from(run.as_dict()).as_dict() == run.as_dict()`.

    Raises:
        ValueError: another schema, or an unknown type of evidence.
    """
    if data.get("schema") != SCHEMA:
        raise ValueError(f"expected schema {SCHEMA}; got {data.get('schema')!r}")
    return Run(
        source=data["source"],
        title=data["title"],
        steps=tuple(step_from(step) for step in data["steps"]),
        context=tuple(ContextRecord(**entry) for entry in data["context"]),
        derivations=tuple(data["derivations"]),
        figures=tuple(data["figures"]),
        findings=tuple(data["findings"]),
        experiments=tuple(experiment_from_json(item) for item in data.get("experiments", ())),
        provenance=data["provenance"],
        timing=data["timing"],
    )


def step_from(data: Mapping[str, Json]) -> StepRecord:
    """One step; its outcome is computed again from its evidence."""
    return StepRecord(
        id=data["id"],
        kind=data["kind"],
        claim_kind=data["claim_kind"],
        relation=data["relation"],
        span=SpanRecord(**data["span"]),
        lhs_span=SpanRecord(**data["lhs_span"]),
        tex=data["tex"],
        lhs=data["lhs"],
        rhs=data["rhs"],
        understood=data["understood"],
        understood_tex=data["understood_tex"],
        verdict=verdict_from(data) if data["outcome"] not in (None, "unread") else None,
        label=data["label"],
        unread=data["message"] if data["outcome"] == "unread" else "",
        follows_from=tuple(data["follows_from"]),
        carried_from=tuple(data["carried_from"]),
        conclusion_stands=data["conclusion_stands"],
    )


def verdict_json(verdict: Verdict) -> dict[str, Json]:
    """A verdict alone: `verdict_json(verdict_from(data)) == data` for what this function gave."""
    diagnosis = verdict.diagnosis
    return {
        "evidence": [to_json(piece) for piece in verdict.evidence],
        "readings": [
            {"name": reading.name, "evidence": [to_json(piece) for piece in reading.evidence]}
            for reading in verdict.readings
        ],
        "conditions": list(verdict.conditions),
        "warnings": list(verdict.warnings),
        "diagnosis": {"kind": diagnosis.kind, "message": diagnosis.message, "correction": diagnosis.correction}
        if diagnosis
        else None,
    }


def verdict_from(data: Mapping[str, Json]) -> Verdict:
    readings = tuple(
        Reading(name=reading["name"], evidence=tuple(from_json(piece) for piece in reading["evidence"]))
        for reading in data["readings"]
    )
    return Verdict(
        evidence=tuple(from_json(piece) for piece in data["evidence"]),
        readings=readings,
        conditions=tuple(data["conditions"]),
        warnings=tuple(data["warnings"]),
        diagnosis=Diagnosis(**data["diagnosis"]) if data["diagnosis"] else None,
    )
