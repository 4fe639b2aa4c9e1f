"""The renderers read what `Run.as_dict()` writes: the hand-written runs of these tests have the shape of real ones."""

from __future__ import annotations

import json

import pytest

from twofold.checks import evidence as ev
from twofold.checks.run import ContextRecord, Run, SpanRecord, StepRecord
from twofold.checks.verdict import Diagnosis, Reading, Verdict
from twofold.reports.github import render_github
from twofold.reports.headline import MEANINGS, OUTCOMES
from twofold.reports.html import fragment, render_html
from twofold.reports.junit import render_junit
from twofold.reports.markdown import render_markdown
from twofold.reports.text import render_text

PIECES = (
    ev.Proof(method="expansion", rules=("expand",)),
    ev.Enclosure(
        method="balls", residual="[+/- 1e-30]", radius=1e-30, bits=128, covers="points", points=8, caught=2, tried=2
    ),
    ev.Estimate(method="quadrature", residual=1e-12, error_estimate=1e-10, how="two rules", caught=1, tried=1),
    ev.StatisticalTest(
        method="chi-squared",
        statistic=1.0,
        p_value=0.4,
        alpha=1e-7,
        power=0.99,
        at_effect="5 %",
        n=1000,
        seed=7,
        null_law="chi-squared(3)",
    ),
    ev.Counterexample(
        method="balls", point={"x": "1"}, lhs="[1 +/- 0]", rhs="[2 +/- 0]", difference="[-1 +/- 0]", bits=64
    ),
    ev.Disproof(method="shapes", rule="a vector is not a matrix", steps=("left: vector(2)", "right: matrix(2,2)")),
    ev.Obstacle(method="context", reason="E is not defined", tried=("derivation",)),
)


def record(ident: str, verdict: Verdict | None, **rest: object) -> StepRecord:
    span = SpanRecord(line=3, column=1, end_line=3, end_column=9)
    return StepRecord(
        id=ident,
        kind="claim",
        claim_kind="equality",
        relation="=",
        span=span,
        lhs_span=span,
        tex="x = y",
        lhs="x",
        rhs="y",
        understood="x = y",
        verdict=verdict,
        **rest,
    )


@pytest.fixture
def real() -> Run:
    """A run from the records of the checks: each piece of evidence alone, a reading, a diagnosis, an unread step."""
    steps = [record(f"e{k}", Verdict(evidence=(piece,))) for k, piece in enumerate(PIECES)]
    steps.append(
        record(
            "r", Verdict(readings=(Reading(name="one", evidence=PIECES[:2]), Reading(name="two", evidence=PIECES[4:5])))
        )
    )
    slip = Diagnosis(kind="sign", message="a minus is missing", correction="-y")
    steps.append(record("d", Verdict(evidence=PIECES[4:5], diagnosis=slip)))
    steps.append(record("u", None, unread="the command is not known"))
    return Run(
        source={"name": "a.md", "sha256": "0" * 64},
        title="t",
        steps=tuple(steps),
        context=(ContextRecord(name="x", type="scalar", domain="real", rule="default"),),
        provenance={"seed": 1},
    )


def test_every_renderer_takes_a_real_run(real: Run) -> None:
    """Also after a trip through JSON, which is how a stored run is rendered."""
    data = json.loads(real.to_json())
    for render in (render_html, fragment, render_markdown, render_text, render_junit, render_github):
        assert render(data) == render(real.as_dict())


def test_every_field_of_every_piece_is_told(real: Run) -> None:
    """The page shows the numbers from which a piece of evidence can be replayed."""
    page = render_html(real.as_dict())
    for part in (
        "two rules",
        "chi-squared(3)",
        "0.99 against 5 %",
        "a vector is not a matrix",
        "left: vector(2)",
        "128 bits",
        "E is not defined",
        "[+/- 1e-30]",
        "[-1 +/- 0]",
        "a minus is missing",
        "the command is not known",
    ):
        assert part in page, part


def test_the_words_of_the_outcomes_are_those_of_the_verdict() -> None:
    """Renderers read JSON, so they repeat the seven words; they must stay the same seven."""
    from twofold.checks.verdict import Outcome

    assert set(OUTCOMES) == {outcome.value for outcome in Outcome} == set(MEANINGS)


def test_the_handwritten_run_has_the_fields_of_a_real_one(real: Run, run: dict) -> None:
    """Otherwise the tests of this room would test a form that no run has."""
    data = real.as_dict()
    assert set(run) == set(data)
    assert all(set(step) == set(data["steps"][0]) for step in run["steps"])
    fields = {piece["type"]: set(piece) for step in data["steps"] for piece in step["evidence"]}
    for step in run["steps"]:
        for piece in [*step["evidence"], *(p for r in step["readings"] for p in r["evidence"])]:
            assert set(piece) == fields[piece["type"]]
