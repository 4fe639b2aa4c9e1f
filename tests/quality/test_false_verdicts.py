"""True claims, however written, are never refuted; slips never pass.

The share of each outcome is measured on claims of eight families.  By the rule of three, no event in n tries bounds the
rate by 3/n at 95 %.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from slips import mutants, rewritten, same
from true_claims import true_claim

from twofold.checks.statements import links_of
from twofold.checks.verdict import Outcome, Verdict
from twofold.symbolic.printing import plain
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Node

Judge = Callable[[str, int], Verdict]
NAMES = {**dict.fromkeys(("x", "y", "y_1", "y_2", "z_1", "z_2", "b"), False), "a": True}


def right_side(text: str) -> Node:
    links, _ = links_of(read_problem(Source("quality.toml", text)))
    claim = links[-1].claim
    assert claim is not None
    return claim.rhs


def accused(judge: Judge, seeds: range) -> tuple[Counter[Outcome], list[str]]:
    """Outcomes of rewritten true claims, and those that were accused or called a fault."""
    found: Counter[Outcome] = Counter()
    wrong = []
    for seed in seeds:
        claim = true_claim(seed)
        rhs = rewritten(right_side(claim.text()), random.Random(seed), times=seed % 4)
        outcome = judge(claim.text(plain(rhs)), seed).outcome
        found[outcome] += 1
        if not (outcome.passes or outcome is Outcome.UNDECIDED):
            wrong.append(f"{outcome}: {claim.text(plain(rhs))}")
    return found, wrong


def passed(judge: Judge, seeds: range) -> tuple[Counter[Outcome], list[str], int]:
    """Outcomes of claims with one slip, those that passed though false, and how many slips changed nothing."""
    found: Counter[Outcome] = Counter()
    wrong, equal = [], 0
    for seed in seeds:
        claim = true_claim(seed)
        rhs = right_side(claim.text())
        name, mutant = random.Random(seed).choice(mutants(rhs))
        outcome = judge(claim.text(plain(mutant)), seed).outcome
        if outcome.passes and same(rhs, mutant, NAMES):
            equal += 1
            continue
        found[outcome] += 1
        if outcome.passes or outcome is Outcome.FAULT:
            wrong.append(f"{outcome} ({name}): {claim.text(plain(mutant))}")
    return found, wrong, equal


def test_rewrites_are_not_accused(judge: Judge) -> None:
    """Of 24 rewritten true claims none is refuted or a fault, and most pass."""
    found, wrong = accused(judge, range(24))
    assert not wrong, "\n".join(wrong)
    assert sum(n for o, n in found.items() if o.passes) >= 20, found


def test_slips_do_not_pass(judge: Judge) -> None:
    """Of 36 claims with one slip none passes, and most are refuted."""
    found, wrong, _ = passed(judge, range(100, 136))
    assert not wrong, "\n".join(wrong)
    assert found[Outcome.REFUTED] >= 30, found


@pytest.mark.quality
def test_rate_of_false_accusations(judge: Judge) -> None:
    """Of 300 rewritten true claims none is refuted or a fault; at most 5 % stay undecided."""
    found, wrong = accused(judge, range(1000, 1300))
    print("true claims:", dict(found))
    assert not wrong, "\n".join(wrong)
    assert found[Outcome.UNDECIDED] <= 15, found


@pytest.mark.quality
def test_rate_of_false_passes(judge: Judge) -> None:
    """Of 300 claims with one slip none passes; at most 5 % stay undecided."""
    found, wrong, equal = passed(judge, range(2000, 2300))
    print("slips:", dict(found), "changed nothing:", equal)
    assert not wrong, "\n".join(wrong)
    assert found[Outcome.UNDECIDED] <= 15, found
