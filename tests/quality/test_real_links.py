r"""Equalities of public teaching material, each judged in a document of one display under the notation of its source.

`real/NAME.toml` is the `twofold` block of one source document: what its subject says of the names (a schedule in
(0, 1), a law, functions), and nothing that is meant for a single link.  The links stand beside the repository.  A link
whose left side carries a condition (`p_Y(y),\ Y = 2X + 1`) is set as its author would: the claim, then the condition.

    pytest tests/quality/test_real_links.py -m quality -s
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

BLOCKS = Path(__file__).with_name("real")
PASSES = ("proved", "enclosed", "supported")
BOUNDS = {("matt", 151): r"\le", ("matt", 165): r"\ge", ("dgm_vae", 113): r"\ge"}
CONDITION = re.compile(r",\s*(?:\\quad|\\qquad|\\ )\s*|\\ \\text\{(?:with|for)\}\\ ")


def display(link: dict[str, Any]) -> str:
    """The display of a link: its relation first, conditions behind it."""
    relation = BOUNDS.get((link["doc"], link["line"]), "=")
    lhs, *conditions = CONDITION.split(link["lhs"])
    if conditions and ":\\ " in conditions[-1]:  # `p(x) for x_0 ~ N: E[x]` is about what stands behind the colon
        conditions[-1], lhs = conditions[-1].split(":\\ ", 1)
    behind = "".join(rf",\quad {c}" for c in conditions if c)
    return f"{lhs} {relation} {link['rhs']}{behind}"


def judged(link: dict[str, Any]) -> str:
    """The outcome of the first claim of the document."""
    block = (BLOCKS / f"{link['doc']}.toml").read_text(encoding="utf-8")
    text = f"# {link['doc']}\n\n```twofold\n{block}```\n\n$$\n{display(link)}\n$$\n"
    run = check_source(Source(f"{link['doc']}.md", text), Options(seed=0, figures=False))
    assert not any(f["kind"] == "unread_block" for f in run.findings), run.findings
    step = run.steps[0]
    return str(step.outcome) if step.kind == "claim" else step.kind


def is_wrong(truth: str, outcome: str) -> bool:
    """A true link that is refuted, a false one that passes, a fault."""
    passed, refuted = outcome in PASSES, outcome == "refuted"
    return outcome == "fault" or (refuted and truth == "true") or (passed and truth == "false")


@pytest.mark.quality
def test_no_true_link_is_refuted_and_no_false_one_passes(shared: Path) -> None:
    """Of the real links no true one is refuted and no false one passes; 24 of the 50 at least are decided."""
    path = shared / "real" / "links.jsonl"
    if not path.is_file():
        pytest.skip(f"no links at {path}: they are not part of the repository")
    links = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [(link, judged(link)) for link in links]
    table: Counter[tuple[str, str]] = Counter()
    for link, outcome in found:
        table[link["truth"], outcome] += 1
        if outcome not in (*PASSES, "refuted"):
            print(f"{link['doc']} {link['line']} {link['truth']}: {outcome}: {link['lhs']} = {link['rhs']}")
    print("\n".join(f"{truth:6s} {outcome:12s} {count}" for (truth, outcome), count in sorted(table.items())))
    wrong = [(link["doc"], link["line"], outcome) for link, outcome in found if is_wrong(link["truth"], outcome)]
    assert not wrong
    assert sum(outcome in (*PASSES, "refuted") for _, outcome in found) >= 24
