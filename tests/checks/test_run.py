"""The Run and its JSON: the contract, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.budget import split_alpha, step_seed
from twofold.checks.check import Options, check_source, count_tests
from twofold.checks.evidence import StatisticalTest
from twofold.checks.run import Run
from twofold.checks.run_json import run_from
from twofold.checks.statements import links_of
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

TEXT = """
title = "A small document"
seed = 3
[symbols]
x = "real"
s = "positive"
[laws]
Z = "N(0, I_2)"
[maps]
Y = { of = "Z", matrix = [["3/5", "2/5"], ["1/5", "4/5"]] }
[[claim]]
id = "chain"
plain = "(x + 1)^2 = x^2 + 2*x + 1 = x^2 + 1"
[[claim]]
id = "covariance"
plain = "Cov(Y) = 1/25*[[13, 11], [11, 17]]"
[[claim]]
id = "law"
plain = "Y ~ N(0, 1/25*[[13, 11], [11, 18]])"
[[claim]]
id = "bound"
plain = "x^2 ~~ x"
[[claim]]
id = "exception"
plain = "(s^2 - 1)/(s - 1) = s + 1"
"""
SPAN = {"line": int, "column": int, "end_line": int, "end_column": int}
STEP: dict[str, Any] = {
    "id": str,
    "kind": str,
    "claim_kind": str,
    "relation": str,
    "span": dict,
    "lhs_span": dict,
    "tex": str,
    "lhs": str,
    "rhs": str,
    "understood": str,
    "outcome": (str, type(None)),
    "conditions": list,
    "warnings": list,
    "readings": list,
    "evidence": list,
    "diagnosis": (dict, type(None)),
    "follows_from": list,
    "carried_from": list,
    "conclusion_stands": (bool, type(None)),
}
OUTCOMES = ("proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")


@pytest.fixture(scope="module")
def run() -> Run:
    return check_source(Source("small.toml", TEXT), Options(figures=False))


def has(data: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, kind in fields.items():
        assert isinstance(data[name], kind), (name, data[name])


def test_json_is_the_contract(run: Run) -> None:
    """Every key of `twofold.run/1` is there with its type, on every step and piece of evidence."""
    data = json.loads(run.to_json())
    assert data["schema"] == "twofold.run/1"
    has(data["source"], {"name": str, "sha256": str})
    has(data["summary"], {"statements": int, "claims": int, **dict.fromkeys(OUTCOMES, int), "warnings": int})
    assert sum(data["summary"][o] for o in OUTCOMES) == data["summary"]["claims"] == 6
    for entry in data["context"]:
        has(entry, {"name": str, "type": str, "domain": str})
        assert ("declared_at" in entry) != ("rule" in entry)
    for step in data["steps"]:
        has(step, STEP)
        has(step["span"], SPAN)
        has(step["lhs_span"], SPAN)
        assert step["kind"] in ("claim", "definition", "assignment", "notation")
        for piece in step["evidence"]:
            has(piece, {"type": str, "method": str})
    has(data["provenance"], {"twofold": str, "python": str, "sympy": str, "numpy": str, "seed": int, "alpha": float})
    has(data["timing"], {"wall": float, "cpu": float})


def test_one_step_per_link(run: Run) -> None:
    """`a = b = c` is two steps, with the first wrong one named in the summary."""
    data = run.as_dict()
    assert [s["outcome"] for s in data["steps"]] == ["proved", "refuted", "proved", "refuted", "unread", "proved"]
    assert data["summary"]["first_wrong"] == data["steps"][1]["id"]


def test_places_of_a_link(run: Run) -> None:
    """The span of a step runs from its relation sign to the end of its right side."""
    line = TEXT.splitlines()[12]
    first, second = run.steps[0].span, run.steps[1].span
    assert line[first.column - 1 : first.end_column - 1] == "= x^2 + 2*x + 1"
    assert line[second.column - 1 : second.end_column - 1] == "= x^2 + 1"
    left = run.steps[1].lhs_span
    assert line[left.column - 1 : left.end_column - 1] == "x^2 + 2*x + 1"
    assert (first.line, second.line) == (13, 13)


def test_exceptions_are_conditions(run: Run) -> None:
    """A claim that holds but where a denominator vanishes passes with that point named."""
    assert any("s = 1" in c for c in run.steps[-1].to_json()["conditions"])


def test_run_survives_json(run: Run) -> None:
    """run_from reads what to_json wrote: the same bytes, the same outcomes."""
    again = run_from(json.loads(run.to_json()))
    assert again.to_json() == run.to_json()
    assert [s.outcome for s in again.steps] == [s.outcome for s in run.steps]


def test_another_schema_is_refused(run: Run) -> None:
    """A run of another version is not guessed at."""
    with pytest.raises(ValueError, match=r"expected schema twofold\.run/1"):
        run_from({**run.as_dict(), "schema": "twofold.run/2"})


def test_a_rerun_is_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """In a fresh process, with another hash seed and from another folder: all but the timing is the same."""
    path = tmp_path / "small.toml"
    path.write_text(TEXT)
    found = subprocess.run(
        [sys.executable, "-m", "twofold", "check", "small.toml", "--no-figures", "--json", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours, theirs = json.loads(run.to_json()), json.loads(found.stdout)
    for data in (ours, theirs):
        del data["timing"]
    assert list(ours) == list(theirs)
    assert json.dumps(ours) == json.dumps(theirs)


def test_the_order_of_claims_does_not_matter(run: Run) -> None:
    """A step keeps its id, its seed and its evidence when the claims of the document change places."""
    head, *claims = TEXT.split("[[claim]]")
    turned = "[[claim]]".join([head, *reversed(claims)])
    other = check_source(Source("small.toml", turned), Options(figures=False, seed=3))
    ours = {s.id: s.to_json()["evidence"] for s in run.steps}
    theirs = {s.id: s.to_json()["evidence"] for s in other.steps}
    assert ours == theirs


def test_seeds_depend_on_run_step_and_purpose() -> None:
    """A seed is a function of exactly (run seed, id, purpose), and each of the three matters."""
    base = step_seed(1, "abc", "points 0")
    assert base == step_seed(1, "abc", "points 0")
    assert 0 <= base < 2**63
    others = {step_seed(2, "abc", "points 0"), step_seed(1, "abd", "points 0"), step_seed(1, "abc", "points 1")}
    assert len(others | {base}) == 4


@pytest.mark.parametrize("alpha", [0.5, 1e-3, 1e-6, 1e-12])
@pytest.mark.parametrize("tests", [0, 1, 7, 1000, 10**6])
def test_the_false_alarm_rate_is_split(alpha: float, tests: int) -> None:
    """first * second * tests <= alpha (1e-12 for rounding), and the first stage is the wider one."""
    first, second = split_alpha(alpha, tests)
    assert first * second * max(1, tests) <= alpha * (1 + 1e-12)
    assert 0 < second <= first <= 0.1


def test_no_run_makes_more_tests_than_its_rate_allows(run: Run) -> None:
    """The statistical tests of all steps are at most as many as the rate was split over, each at its level."""
    links, _ = links_of(read_problem(Source("small.toml", TEXT)))
    first, second = split_alpha(1e-6, count_tests(links))
    made = [p for s in run.steps if s.verdict for p in s.verdict.evidence if isinstance(p, StatisticalTest)]
    assert made  # the covariance claim is tested on draws
    assert len(made) <= count_tests(links)
    assert {p.alpha for p in made} <= {first}
    assert {p.alpha_second for p in made} <= {None, second}


def test_versions_are_those_of_the_installed_packages() -> None:
    """They are read off the names of folders; the metadata inside says the same."""
    from importlib.metadata import version

    from twofold.checks.provenance import PACKAGES, versions

    found = versions()
    assert {name: found[name] for name in ("twofold", *PACKAGES)} == {n: version(n) for n in ("twofold", *PACKAGES)}
