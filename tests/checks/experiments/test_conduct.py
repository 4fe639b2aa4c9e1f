"""Experiments of a run: which are made, under which notation, and what becomes of those that cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.command import exit_code
from twofold.checks.evidence import Counterexample, Estimate, Obstacle
from twofold.checks.experiments import conduct
from twofold.checks.experiments.record import BadExperiment, Experiment, Row, experiment_from_json
from twofold.checks.run import Run
from twofold.checks.run_json import run_from
from twofold.symbolic.source import Source

BLOCK = """\
[laws]
Z = "N(0, 1)"
[flows]
z = { start = "Z", field = ["-z"], times = [0, 1] }
w = { start = "Z", field = ["-a*w"], field_name = "g", density = "q", times = [0, 1], parameters = { a = "positive" } }
[energies]
p = { variables = ["x"], parameters = { b = "positive" }, energy = "b*x^2" }
"""
ASKED = '[[experiment]]\nkind = "solvers"\nof = "z"\nsteps = [8, 16]\n'
SEEN = Estimate(method="halving", residual=0.1, error_estimate=0.2, how="h/2", caught=1, tried=1)
AGAINST = Counterexample(method="balls", point={"h": "1"}, lhs="1", rhs="2", difference="1", bits=64)
CRASH = Obstacle(method="twofold", reason="crash", fault=True)


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any, int]]:
    """The modules of the kinds replaced by one that notes what it was asked."""
    calls: list[tuple[str, str, Any, int]] = []

    def maker(kind: str) -> Callable[..., Experiment]:
        def experiment(context: Any, law: Any, settings: Any, seed: int, told: Any = None) -> Experiment:
            calls.append((kind, law.name, dict(settings), seed))
            if settings.get("steps") == 0:
                raise BadExperiment("expected at least one step; got 0")
            if settings.get("steps") == 1:
                raise RuntimeError("broken")
            row = Row(id="a", statement="It holds.", measured="0.1 of 0.2", evidence=(SEEN,))
            return Experiment(kind=kind, of=law.name, title=f"{kind} of {law.name}", seed=seed, rows=(row,))

        return experiment

    monkeypatch.setattr(conduct, "maker", maker)
    return calls


def run_of(text: str, everything: bool = False) -> Run:
    document = f"# A flow\n\n```twofold\n{text}```\n\nThen $1 + 1 = 2$.\n"
    return check_source(Source("doc.md", document), Options(seed=0, experiments=everything))


def test_what_a_document_asks_for_is_made_at_its_place(kinds: list[Any]) -> None:
    """One call with the settings as written; the record carries the line of its header in the document."""
    run = run_of(BLOCK + ASKED)
    assert [call[:3] for call in kinds] == [("solvers", "z", {"steps": (8, 16)})]
    assert [(e.kind, e.of, e.line) for e in run.experiments] == [("solvers", "z", 11)]
    assert exit_code(run, strict=False) == 0


def test_everything_makes_what_each_object_allows_and_nothing_twice(kinds: list[Any]) -> None:
    """A flow without parameters has nothing to learn; what the document asks for is not made again."""
    run_of(BLOCK + ASKED, everything=True)
    made = [(kind, name) for kind, name, _, _ in kinds]
    assert made == [
        ("solvers", "z"),
        ("figures", "z"),
        ("figures", "w"),
        ("learning", "w"),
        ("solvers", "w"),
        ("sampling", "p"),
        ("training", "p"),
    ]


def test_a_seed_depends_on_the_object_and_the_kind_alone(kinds: list[Any]) -> None:
    """So that one experiment more does not change another."""
    run_of(BLOCK + ASKED)
    run_of(BLOCK, everything=True)
    seeds = {}
    for kind, name, _, seed in kinds:
        assert seeds.setdefault((kind, name), seed) == seed
    assert len(set(seeds.values())) == len(seeds)


def test_nothing_is_made_without_being_asked_for(kinds: list[Any]) -> None:
    assert run_of(BLOCK).experiments == ()
    assert not kinds


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ('kind = "solvers"', "expected 'of' with one of the names z, w; got none"),
        ('kind = "solvers"\nof = "zz"', "expected the name of a declared flow; got 'zz' (did you mean 'z'?)"),
        ('kind = "sampling"\nof = "z"', "expected the name of a declared energy; got 'z' (declared: p)"),
        ('kind = "solvers"\nof = "z"\nsteps = 0', "expected at least one step; got 0"),
    ],
)
def test_what_cannot_be_made_is_a_finding(kinds: list[Any], asked: str, said: str) -> None:
    run = run_of(f"{BLOCK}[[experiment]]\n{asked}\n")
    assert run.experiments == ()
    assert [(f["kind"], f["title"], f["text"]) for f in run.findings if f["kind"] == "no_experiment"] == [
        ("no_experiment", "Not made: the experiment at line 11", said)
    ]
    assert exit_code(run, strict=False) == 0


def test_a_crash_is_a_fault_and_loud(kinds: list[Any]) -> None:
    run = run_of(f'{BLOCK}[[experiment]]\nkind = "solvers"\nof = "z"\nsteps = 1\n')
    assert [f["text"] for f in run.findings if f["kind"] == "fault"] == ["RuntimeError: broken"]
    assert exit_code(run, strict=False) == 4


def test_a_run_with_experiments_survives_its_json(kinds: list[Any]) -> None:
    data = run_of(BLOCK + ASKED).as_dict()
    assert data["experiments"][0]["rows"][0]["holds"] == "yes"
    assert run_from(data).as_dict() == data


@pytest.mark.parametrize(
    ("evidence", "holds"),
    [((SEEN,), "yes"), ((AGAINST,), "no"), ((), "not decided"), ((SEEN, AGAINST), "no"), ((SEEN, CRASH), "fault")],
)
def test_whether_a_statement_holds_is_computed_from_its_evidence(evidence: Any, holds: str) -> None:
    row = Row(id="a", statement="s", measured="m", evidence=evidence)
    made = Experiment(kind="solvers", of="z", title="t", seed=0, rows=(row,), cost={"steps": 3})
    assert row.holds == holds
    assert experiment_from_json(made.to_json()) == made


def test_an_uncaught_control_decides_nothing() -> None:
    """A check that cannot fail is no answer."""
    blind = Estimate(method="halving", residual=0.1, error_estimate=0.2, how="h/2", caught=0, tried=1)
    assert Row(id="a", statement="s", measured="m", evidence=(blind,)).holds == "not decided"


def test_data_are_read_only_where_the_command_line_allows_it(tmp_path: Path) -> None:
    """A document cannot open a file by itself; with permission it reads beside itself alone."""
    (tmp_path / "x.csv").write_text("\n".join(f"{k / 100}" for k in range(-150, 150)), encoding="utf-8")
    flow = '[laws]\nZ = "N(0, 1)"\n[flows]\nw = { start = "Z", field = ["-a*w"], parameters = { a = "positive" } }\n'
    asked = flow + '[[experiment]]\nkind = "learning"\ndata = "x.csv"\ncompared = 4\n'
    source = Source("d.md", f"# A\n\n```twofold\n{asked}```\n\n$1 + 1 = 2$\n")
    closed = check_source(source, Options(seed=0))
    assert closed.experiments == ()
    assert any("--data" in finding["text"] for finding in closed.findings)
    opened = check_source(source, Options(seed=0, data=tmp_path))
    assert [item.kind for item in opened.experiments] == ["learning"]
    forged = Source("d.md", source.text.replace("compared = 4", f'folder = "{tmp_path}"'))
    assert check_source(forged, Options(seed=0)).experiments == ()


def test_a_fit_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kind tells from within comes out as a bar on the line of the run."""

    def maker(kind: str) -> Callable[..., Experiment]:
        def experiment(context: Any, law: Any, settings: Any, seed: int, told: Any = None) -> Experiment:
            if told is not None:
                told(25, 100, "iterations")
            return Experiment(kind=kind, of=law.name, title=kind, seed=seed)

        return experiment

    monkeypatch.setattr(conduct, "maker", maker)
    heard: list[tuple[int, int, str]] = []
    document = f"```twofold\n{BLOCK}[[experiment]]\nkind = 'learning'\nof = 'w'\n```\n\nThen $1 + 1 = 2$.\n"
    check_source(Source("doc.md", document), Options(seed=0), lambda *told: heard.append(told))
    assert (0, 1, "learning [#####...............] 25/100 iterations") in heard
