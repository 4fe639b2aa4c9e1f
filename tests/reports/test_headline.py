"""The headline states the numbers of a run, worst news first, and never sounds like success when nothing was judged."""

from __future__ import annotations

import pytest

from twofold.reports.headline import coverage, first_failure, headline


def run_with(**counts: int) -> dict:
    steps = []
    for outcome, count in counts.items():
        steps += [
            {
                "id": f"{outcome}{k}",
                "kind": "claim",
                "outcome": outcome,
                "carried_from": [],
                "label": "",
                "span": {"line": k + 1, "column": 1},
            }
            for k in range(count)
        ]
    return {"steps": steps, "source": {"name": "a.md"}}


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"proved": 12, "enclosed": 2}, "All 14 claims hold: 12 proved, 2 enclosed."),
        ({"supported": 1}, "The one claim holds: supported."),
        ({"proved": 32, "refuted": 1}, "1 of 33 steps refuted."),
        ({"proved": 1, "undecided": 2, "unread": 1}, "1 of 4 claims hold: 1 proved; 2 undecided, 1 unread."),
        ({"undecided": 3}, "None of 3 claims decided: 3 undecided."),
        ({"unread": 2}, "No claim could be read: 2 statements not understood."),
        ({"fault": 1, "refuted": 1, "proved": 1}, "twofold failed on 1 of 3 steps (a fault of its own); 1 refuted."),
        ({}, "No claim found: nothing was checked."),
    ],
)
def test_the_sentence_states_every_number(counts: dict[str, int], sentence: str) -> None:
    """Each mixture of outcomes has one sentence."""
    assert headline(run_with(**counts)) == sentence


def test_a_carried_error_is_counted_apart() -> None:
    """Two refuted steps of which one carries the other are not two mistakes."""
    run = run_with(refuted=2)
    run["steps"][1]["carried_from"] = ["refuted0"]
    assert headline(run) == "2 of 2 steps refuted (1 only carries an earlier error)."


@pytest.mark.parametrize("bad", ["refuted", "undecided", "unread", "fault"])
def test_one_bad_step_among_many_is_never_hidden(bad: str) -> None:
    """The word "All" appears only when every claim passed."""
    sentence = headline(run_with(proved=500) | {"steps": run_with(proved=500, **{bad: 1})["steps"]})
    assert "All" not in sentence
    assert "1" in sentence


def test_the_first_failure_is_the_first_that_carries_nothing(run: dict) -> None:
    """A fault comes before a refutation; without one, the first refuted step that carries no earlier error."""
    assert first_failure(run)["id"] == "k1"
    run["steps"] = [step for step in run["steps"] if step["outcome"] != "fault"]
    assert first_failure(run)["id"] == "d4"


def test_the_coverage_counts_every_statement_once(run: dict) -> None:
    """Claims, definitions and notation add up with what was not understood."""
    assert coverage(run) == "12 statements: 1 definition, 9 claims, 1 notation; 1 not understood"
