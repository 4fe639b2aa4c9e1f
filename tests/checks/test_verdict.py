"""The outcome of a claim is a function of its evidence, and of nothing else."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.checks.evidence import (
    Bearing,
    Counterexample,
    Disproof,
    Enclosure,
    Estimate,
    Evidence,
    Obstacle,
    Proof,
    StatisticalTest,
    from_json,
    to_json,
)
from twofold.checks.planner import joined
from twofold.checks.verdict import Outcome, Reading, Verdict, combine

PROOF = Proof(method="derived", rules=("ring",), conditions=("x > 0",), exceptions=("x = 1",))
BALLS = Enclosure(method="balls", residual="0", radius=1e-70, bits=256, covers="points", points=12, caught=4, tried=4)
CONSTANT = replace(BALLS, covers="constant", points=1)
DOMAIN = replace(BALLS, covers="domain")
ESTIMATE = Estimate(method="quadrature", residual=1e-12, error_estimate=1e-11, how="rule doubled", caught=2, tried=2)
TEST = StatisticalTest(
    method="likelihood ratio",
    statistic=1.0,
    p_value=0.4,
    alpha=1e-4,
    power=0.99,
    at_effect="1 %",
    n=1000,
    seed=1,
    null_law="chi2",
    alpha_second=1e-5,
    caught=2,
    tried=2,
)
REJECTION = replace(TEST, p_value=1e-9, p_second=1e-9, seed_second=2)
POINT = Counterexample(method="balls", point={"x": "1/2"}, lhs="1", rhs="2", difference="-1", bits=64)
DISPROOF = Disproof(method="shapes", rule="shapes", steps=("2 x 2 and 3 x 3",), point={"x": "1"})
OBSTACLE = Obstacle(method="prover", reason="no proof", tried=("ring",))
CRASH = Obstacle(method="twofold", reason="crash", fault=True)
SILENT = Estimate(method="quadrature", residual=1.0, error_estimate=1e-11, how="", caught=2, tried=2)


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        ((), "undecided"),
        ((OBSTACLE,), "undecided"),
        ((CRASH,), "fault"),
        ((CRASH, PROOF, BALLS), "fault"),
        ((CRASH, POINT), "fault"),
        ((PROOF, POINT), "fault"),
        ((PROOF, BALLS, DISPROOF), "fault"),
        ((PROOF, REJECTION), "fault"),
        ((CONSTANT, POINT), "fault"),
        ((DOMAIN, DISPROOF), "fault"),
        ((CONSTANT, REJECTION), "fault"),
        ((POINT,), "refuted"),
        ((DISPROOF, OBSTACLE), "refuted"),
        ((BALLS, POINT), "refuted"),
        ((ESTIMATE, POINT), "refuted"),
        ((REJECTION,), "refuted"),
        ((BALLS, REJECTION), "refuted"),
        ((PROOF,), "undecided"),
        ((PROOF, SILENT), "undecided"),
        ((PROOF, BALLS), "proved"),
        ((PROOF, ESTIMATE), "proved"),
        ((PROOF, TEST), "proved"),
        ((PROOF, CONSTANT, OBSTACLE), "proved"),
        ((CONSTANT,), "enclosed"),
        ((DOMAIN, TEST), "enclosed"),
        ((BALLS,), "supported"),
        ((ESTIMATE, OBSTACLE), "supported"),
        ((TEST,), "supported"),
        ((SILENT,), "undecided"),
        ((replace(BALLS, caught=3),), "undecided"),
        ((replace(BALLS, caught=0, tried=0),), "undecided"),
        ((replace(ESTIMATE, caught=1),), "undecided"),
        ((replace(TEST, power=0.4),), "undecided"),
        ((replace(TEST, caught=1),), "undecided"),
    ],
)
def test_truth_table(evidence: tuple[Evidence, ...], outcome: str) -> None:
    """Each row of the table in the module, in every order of the pieces."""
    assert {combine(order).value for order in permutations(evidence)} == {outcome}


@pytest.mark.parametrize(
    "piece",
    [
        replace(CONSTANT, radius=math.inf),
        replace(CONSTANT, radius=math.nan),
        replace(ESTIMATE, residual=math.nan),
        replace(ESTIMATE, error_estimate=math.inf),
        replace(ESTIMATE, error_estimate=math.nan),
        replace(ESTIMATE, caught=0, tried=0),
        replace(TEST, p_value=math.nan),
        replace(TEST, p_value=-0.1),
        replace(REJECTION, p_value=math.nan),
        replace(REJECTION, p_second=math.nan),
    ],
)
def test_what_is_no_number_says_nothing(piece: Evidence) -> None:
    """A radius, error estimate or p-value that is not finite, or an estimate without controls, bears on nothing."""
    assert piece.bearing is Bearing.NONE
    assert combine([piece, PROOF]) is Outcome.UNDECIDED


def test_one_stage_does_not_reject() -> None:
    """A small first p-value alone never refutes, nor does it support: the second seed decides."""
    assert replace(TEST, p_value=1e-9).bearing is Bearing.NONE
    assert replace(TEST, p_value=1e-9, p_second=0.2).bearing is Bearing.FOR


PIECES = st.sampled_from(
    (PROOF, BALLS, CONSTANT, DOMAIN, ESTIMATE, TEST, REJECTION, POINT, DISPROOF, OBSTACLE, CRASH, SILENT)
)


@given(st.lists(PIECES, max_size=6))
def test_laws_of_combine(evidence: list[Evidence]) -> None:
    """Over all sets of evidence: nothing against passes; a proof never meets a refutation; a fault is never hidden."""
    outcome = combine(evidence)
    against = any(p.bearing is Bearing.AGAINST for p in evidence)
    proof = any(isinstance(p, Proof) for p in evidence)
    assert not (against and outcome.passes)
    assert (outcome is Outcome.REFUTED) <= (against and not proof)
    assert (outcome is Outcome.PROVED) <= (proof and any(p.bearing is Bearing.FOR for p in evidence if p != PROOF))
    assert (CRASH in evidence or (against and proof)) <= (outcome is Outcome.FAULT)
    assert outcome is combine(reversed(evidence))
    assert outcome is combine([*evidence, OBSTACLE])
    assert not combine([*evidence, POINT]).passes


@given(
    st.sampled_from((PROOF, BALLS, CONSTANT, ESTIMATE, TEST, REJECTION, POINT, DISPROOF, OBSTACLE, CRASH)),
    st.floats(width=64),
)
def test_evidence_survives_json(piece: Evidence, number: float) -> None:
    """from_json(to_json(e)) == e through a strict JSON text, whatever the floats in it."""
    if isinstance(piece, Enclosure):
        piece = replace(piece, radius=number)
    if isinstance(piece, StatisticalTest):
        piece = replace(piece, statistic=number, p_second=number)
    text = json.dumps(to_json(piece), allow_nan=False)
    again = from_json(json.loads(text))
    assert again == piece or (math.isnan(number) and repr(again) == repr(piece))
    assert to_json(again) == to_json(piece)


def test_unknown_evidence_is_refused() -> None:
    """A type that does not exist is an error that names the known ones."""
    with pytest.raises(ValueError, match="expected an evidence type out of Proof"):
        from_json({"type": "Oracle"})


@pytest.mark.parametrize(
    ("readings", "outcome"),
    [
        (((POINT,), (PROOF, BALLS)), "proved"),
        (((POINT,), (DISPROOF,)), "refuted"),
        (((POINT,), (OBSTACLE,)), "undecided"),
        (((BALLS,), (CONSTANT,)), "enclosed"),
        (((PROOF, BALLS), (PROOF, POINT)), "fault"),
    ],
)
def test_readings(readings: tuple[tuple[Evidence, ...], ...], outcome: str) -> None:
    """The best natural reading decides, a claim false under all is refuted, a fault in any is a fault."""
    found = tuple(Reading(name=str(k), evidence=e) for k, e in enumerate(readings))
    assert Verdict(readings=found).outcome.value == outcome
    assert Verdict(readings=found, evidence=(CRASH,)).outcome is Outcome.FAULT


def test_a_part_does_not_speak_for_the_whole() -> None:
    """With one part enclosed and the other open, the claim is open; with one at points, it is supported at most."""
    mean, covariance = CONSTANT, OBSTACLE
    assert combine(joined([mean, covariance], [Outcome.ENCLOSED, Outcome.UNDECIDED])) is Outcome.UNDECIDED
    assert combine(joined([CONSTANT, BALLS], [Outcome.ENCLOSED, Outcome.SUPPORTED])) is Outcome.SUPPORTED
    assert combine(joined([CONSTANT, CONSTANT], [Outcome.ENCLOSED, Outcome.ENCLOSED])) is Outcome.ENCLOSED
