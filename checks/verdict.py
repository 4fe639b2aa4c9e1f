r"""Verdict: evidence plus an outcome that is computed from it, never set by hand.

The truth table of `combine` (first row that applies):

| evidence                                                              | outcome     |
| --------------------------------------------------------------------- | ----------- |
| a crash of ours                                                       | `fault`     |
| a proof, or an enclosure that covers the claim, and anything against  | `fault`     |
| a counterexample or a disproof                                        | `refuted`   |
| a statistical rejection at the run's rate                             | `refuted`   |
| a proof and at least one independent numeric witness for the claim    | `proved`    |
| an enclosure of the residual that covers the claim                    | `enclosed`  |
| an estimate or balls at points, with some controls, all caught        | `supported` |
| a test of power above 1/2, with all controls caught                   | `supported` |
| support beside an estimate that disagrees; anything else              | `undecided` |

A claim that could not be read carries no evidence and is `unread`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .evidence import (
    Bearing,
    Enclosure,
    Estimate,
    Evidence,
    Obstacle,
    Proof,
    StatisticalTest,
)


class Outcome(StrEnum):
    """The seven words of a verdict; `.sentence` is what a student reads."""

    PROVED = "proved"
    ENCLOSED = "enclosed"
    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    UNREAD = "unread"
    FAULT = "fault"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def passes(self) -> bool:
        return self in (Outcome.PROVED, Outcome.ENCLOSED, Outcome.SUPPORTED)


_SENTENCES = {
    Outcome.PROVED: "Proved in symbols under the stated conditions, and an independent numeric witness agrees.",
    Outcome.ENCLOSED: "Enclosed: rigorous arithmetic bounds the difference of the two sides around zero.",
    Outcome.SUPPORTED: "Supported: tested in numbers with the stated error and power, not proved.",
    Outcome.REFUTED: "Refuted: the two sides differ.",
    Outcome.UNDECIDED: "Undecided: tried and could not decide; the obstacle is named.",
    Outcome.UNREAD: "Not read: the place and the construct are named; nothing was guessed.",
    Outcome.FAULT: "Fault of twofold: its own methods contradict each other or crashed. Please report it.",
}

# A report's headline is its worst step, in this order.
WORST_FIRST = (
    Outcome.FAULT,
    Outcome.REFUTED,
    Outcome.UNREAD,
    Outcome.UNDECIDED,
    Outcome.SUPPORTED,
    Outcome.ENCLOSED,
    Outcome.PROVED,
)


def is_witness(evidence: Evidence) -> bool:
    """An independent numeric piece that speaks for the claim."""
    return isinstance(evidence, Enclosure | Estimate | StatisticalTest) and evidence.bearing is Bearing.FOR


def combine(evidence: Iterable[Evidence]) -> Outcome:
    """The outcome of the pieces together: a total function, its truth table in the docstring of this module."""
    pieces = tuple(evidence)
    if any(isinstance(piece, Obstacle) and piece.fault for piece in pieces):
        return Outcome.FAULT
    proofs = [p for p in pieces if isinstance(p, Proof)]
    witnesses = [p for p in pieces if is_witness(p)]
    covering = [p for p in witnesses if isinstance(p, Enclosure) and p.covers in ("constant", "domain")]
    against = [p for p in pieces if p.bearing is Bearing.AGAINST]
    if against and (proofs or covering):
        return Outcome.FAULT
    if against:
        return Outcome.REFUTED
    if proofs and witnesses:
        return Outcome.PROVED
    if covering:
        return Outcome.ENCLOSED
    # An estimate that speaks neither for nor against is one that disagrees: nothing else is support beside it.
    dissent = any(isinstance(p, Estimate) and p.bearing is Bearing.NONE for p in pieces)
    if any(_supports(p) for p in witnesses) and not dissent:
        return Outcome.SUPPORTED
    return Outcome.UNDECIDED


def _supports(piece: Evidence) -> bool:
    """Support needs shown power: a check without a caught control is powerless."""
    if isinstance(piece, Enclosure | Estimate):
        return piece.tried > 0 and piece.caught == piece.tried
    if isinstance(piece, StatisticalTest):
        return piece.power > 0.5
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One live reading of an ambiguous statement with what was found for it."""

    name: str
    evidence: tuple[Evidence, ...]

    @property
    def outcome(self) -> Outcome:
        return combine(self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The known slip that turns the right side into the written one."""

    kind: str
    message: str
    correction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All that was found for one claim."""

    evidence: tuple[Evidence, ...] = ()
    readings: tuple[Reading, ...] = ()
    conditions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None

    @property
    def outcome(self) -> Outcome:
        """`combine` of the evidence; with readings, the best natural reading decides (a pass comes with a warning)."""
        found = [reading.outcome for reading in self.readings]
        if not found:
            return combine(self.evidence)
        if combine(self.evidence) is Outcome.FAULT:
            return Outcome.FAULT
        if Outcome.FAULT in found:
            return Outcome.FAULT
        for good in (Outcome.PROVED, Outcome.ENCLOSED, Outcome.SUPPORTED):
            if good in found:
                return good
        return Outcome.REFUTED if all(o is Outcome.REFUTED for o in found) else Outcome.UNDECIDED
