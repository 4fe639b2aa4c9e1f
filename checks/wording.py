"""The sentence of a step: what a person reads on one line of a terminal, made from the evidence alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .evidence import Counterexample, Disproof, Enclosure, Estimate, Evidence, Obstacle, Proof, StatisticalTest
from .verdict import Outcome, Verdict

if TYPE_CHECKING:
    from .run import StepRecord


def _first(evidence: tuple[Evidence, ...], kind: type) -> Evidence | None:
    return next((piece for piece in evidence if isinstance(piece, kind)), None)


def at_point(piece: Counterexample) -> str:
    """`at z1 = 1, z2 = 1: left side -0.99666, right side -2.51985`."""
    where = ", ".join(f"{name} = {value}" for name, value in piece.point.items())
    entry = f" in entry {piece.entry}" if piece.entry else ""
    place = f"at {where}" if where else "in exact arithmetic"
    return f"{place}{entry}: left side {piece.lhs}, right side {piece.rhs}"


def _refuted(evidence: tuple[Evidence, ...]) -> str:
    for piece in evidence:
        if isinstance(piece, Counterexample):
            return at_point(piece)
        if isinstance(piece, Disproof):
            return f"{piece.rule}: {'; '.join(piece.steps)}" if piece.steps else piece.rule
        if isinstance(piece, StatisticalTest) and piece.rejects:
            return (
                f"statistically, by {piece.method}: p = {piece.p_value:.2g}, then {piece.p_second:.2g} on a second seed"
            )
    return "the two sides differ"


def _witnesses(evidence: tuple[Evidence, ...]) -> str:
    names = dict.fromkeys(
        piece.method for piece in evidence if isinstance(piece, Enclosure | Estimate | StatisticalTest)
    )
    return ", ".join(names)


def _passed(outcome: Outcome, evidence: tuple[Evidence, ...]) -> str:
    proof = _first(evidence, Proof)
    witnesses = _witnesses(evidence)
    if outcome is Outcome.PROVED and isinstance(proof, Proof):
        return f"{proof.method}; witnessed by {witnesses}"
    return f"by {witnesses}"


def _undecided(evidence: tuple[Evidence, ...]) -> str:
    reasons = dict.fromkeys(piece.reason for piece in evidence if isinstance(piece, Obstacle))
    return "; ".join(reasons) or "no method applies"


def sentence(step: StepRecord) -> str:
    """The message of a step; a definition says what it defines."""
    if step.unread:
        return step.unread
    outcome = step.outcome
    if outcome is None:
        return f"{step.kind}: {step.understood}"
    return verdict_sentence(step.verdict or Verdict(), carried=bool(step.carried_from))


def verdict_sentence(verdict: Verdict, carried: bool = False) -> str:
    """The message of a verdict: its decisive evidence, the diagnosis, and what depends on the reading."""
    outcome = verdict.outcome
    evidence = verdict.evidence
    if verdict.readings:
        best = next((r for r in verdict.readings if r.outcome is outcome), verdict.readings[0])
        evidence = best.evidence
    if outcome is Outcome.REFUTED:
        text = _refuted(evidence)
    elif outcome.passes:
        text = _passed(outcome, evidence)
    elif outcome is Outcome.FAULT and any(isinstance(p, Obstacle) and p.fault for p in evidence):
        text = "; ".join(dict.fromkeys(p.reason for p in evidence if isinstance(p, Obstacle) and p.fault))
    elif outcome is Outcome.FAULT:
        text = "twofold's own methods contradict each other: " + "; ".join(
            dict.fromkeys(f"{piece.type} ({piece.method})" for piece in evidence)
        )
    else:
        text = _undecided(evidence)
    if verdict.diagnosis is not None:
        text = f"{text}. {verdict.diagnosis.message}"
    if carried:
        text = f"{text} (carries an earlier error)"
    others = [reading for reading in verdict.readings if reading.outcome is not outcome]
    for reading in others:
        text = f"{text}; {reading.outcome.value} when read as {reading.name}"
        if reading.outcome is Outcome.REFUTED:
            text = f"{text} ({_refuted(reading.evidence)})"
    return text
