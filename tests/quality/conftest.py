"""What the measurements share: makers of claims, slips, and one warm worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twofold.checks.budget import Budget
from twofold.checks.planner import Planner
from twofold.checks.statements import links_of
from twofold.checks.verdict import Verdict
from twofold.checks.worker import Limits, Worker
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file are no package

Judge = Callable[[str, int], Verdict]


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """`judge(text of a problem file with one claim, seed)` -> its verdict, by all routes."""
    with Worker(limits=Limits(wall=10.0, cpu=10.0)) as worker:

        def verdict(text: str, seed: int) -> Verdict:
            links, _ = links_of(read_problem(Source("quality.toml", text)))
            claim = links[-1].claim
            assert claim is not None
            return Planner(worker=worker, budget=Budget(samples=20_000), seed=seed).judge(claim)

        yield verdict
