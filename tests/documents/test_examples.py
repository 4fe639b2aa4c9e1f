"""The examples that users see first: the true ones hold, each twin is refuted exactly where an error is planted."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.command import exit_code
from twofold.checks.evidence import Counterexample
from twofold.checks.run import Run
from twofold.symbolic.source import Source

FOLDER = Path(__file__).parents[2] / "examples"
DOCUMENTS = sorted(p.name for p in FOLDER.iterdir() if p.is_file())
TRUE = [name for name in DOCUMENTS if "_wrong" not in name]
STRONG = {"proved", "enclosed"}
# Coupled flows and energies in the plane have no enclosure: an estimate is enough there.
ESTIMATED = {"coupled_field.toml", "plane_energy.toml"}


@cache
def run_of(name: str) -> Run:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return check_source(Source(name, text), Options(figures=False))


def twin(name: str) -> str:
    return name.replace(".", "_wrong.")


def test_every_example_has_a_twin() -> None:
    """At the top of the folder stand checkable documents alone, each true one beside its wrong twin; at least eight."""
    assert len(DOCUMENTS) >= 8
    assert {twin(name) for name in TRUE} | set(TRUE) == set(DOCUMENTS)


@pytest.mark.parametrize("name", TRUE)
def test_a_true_example_holds(name: str) -> None:
    """Every claim is proved or enclosed (or supported where an estimate is all there is); exit code 0."""
    run = run_of(name)
    allowed = STRONG | ({"supported"} if name in ESTIMATED else set())
    weak = [
        (s.span.line, s.understood, s.outcome)
        for s in run.claims
        if s.outcome is None or s.outcome.value not in allowed
    ]
    assert weak == []
    assert exit_code(run, strict=True) == 0


@pytest.mark.parametrize("name", TRUE)
def test_a_twin_is_refuted_where_an_error_is_planted_and_nowhere_else(name: str) -> None:
    """The refuted steps of the twin stand on the lines that differ from the true document; exit code 1."""
    true_lines = set((FOLDER / name).read_text(encoding="utf-8").splitlines())
    wrong = (FOLDER / twin(name)).read_text(encoding="utf-8").splitlines()
    planted = {i for i, line in enumerate(wrong, 1) if line not in true_lines and "=" in line and "title" not in line}
    run = run_of(twin(name))
    refuted = [s for s in run.steps if s.outcome is not None and s.outcome.value == "refuted"]
    assert refuted
    assert {s.span.line for s in refuted} <= planted
    assert exit_code(run, strict=False) == 1


@pytest.mark.parametrize("name", TRUE)
def test_a_refutation_shows_both_sides_at_a_point(name: str) -> None:
    """Each planted error is refuted by a counterexample that a person can re-check, not by a statistic."""
    for step in run_of(twin(name)).steps:
        if step.outcome is not None and step.outcome.value == "refuted":
            assert step.verdict is not None
            pieces = [p for p in step.verdict.evidence if isinstance(p, Counterexample)]
            assert pieces
            assert pieces[0].lhs != pieces[0].rhs
