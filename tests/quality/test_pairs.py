"""Pairs of expressions with known answers: nothing false is accepted, nothing true is refused.

`pairs.jsonl` has pairs of our own over all kinds of mathematics; the open material stands beside the repository.  The
figures are printed by

    pytest tests/quality/test_pairs.py -m quality -s
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.equal import equal
from twofold.symbolic.source import ReadError

OWN = Path(__file__).with_name("pairs.jsonl")
PASSES = ("proved", "enclosed", "supported")
# What an outcome may be: an open pair has no answer on its domain, an ambiguous one may pass with a warning.
RIGHT: Mapping[str, tuple[str, ...]] = {
    "equal": PASSES,
    "not_equal": ("refuted",),
    "open": ("undecided", "refuted"),
    "true": ("proved", "enclosed"),
    "true_where_defined": ("proved",),
    "refuted": ("refuted",),
    "undefined": ("undecided", "refuted"),
    "ambiguous": ("undecided", "proved"),
}
PROSE = ("rm02", "la07", "dv02", "ic03", "ic07")  # traps whose domain is a sentence: set up by hand in test_traps.py


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def links(chains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each line of a derivation against the one before, up to the first wrong one."""
    for chain in chains:
        wrong = chain["first_wrong"]
        for i in range(1, len(chain["lines"]) if wrong is None else wrong + 1):
            yield {
                "id": f"{chain['id']}.{i}",
                "lhs": chain["lines"][i - 1],
                "rhs": chain["lines"][i],
                "symbols": chain["symbols"],
                "expected": "not_equal" if i == wrong else "equal",
                "category": "chains",
            }


def outcome(row: Mapping[str, Any]) -> str:
    try:
        return str(equal(row["lhs"], row["rhs"], where=row["symbols"]).outcome)
    except ReadError:
        return "unread"


def judged(material: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str, float]]:
    found = []
    for row in material:
        start = time.perf_counter()
        found.append((row, outcome(row), time.perf_counter() - start))
    return found


def wrong(found: list[tuple[dict[str, Any], str, float]]) -> list[str]:
    """False acceptances, false refusals and faults."""
    bad = []
    for row, got, _ in found:
        decided = got in (*PASSES, "refuted", "fault")
        if decided and got not in RIGHT[row["expected"]]:
            bad.append(f"{row['id']}: {got}, expected {row['expected']}: {row['lhs']} = {row['rhs']}")
    return bad


def undecided(found: list[tuple[dict[str, Any], str, float]]) -> list[str]:
    return [row["id"] for row, got, _ in found if got in ("undecided", "unread") and got not in RIGHT[row["expected"]]]


def report(title: str, found: list[tuple[dict[str, Any], str, float]]) -> None:
    """The table of docs/quality.md."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row, got, _ in found:
        word = "accepted" if got in PASSES else got
        for key in (row.get("category", "traps"), "all"):
            table[key][word] += 1
    times = sorted(t for _, _, t in found)
    print(f"\n{title}: {len(found)} pairs")
    for name, counts in table.items():
        print(f"  {name:18s} " + ", ".join(f"{word} {count}" for word, count in sorted(counts.items())))
    print(f"  median {1000 * times[len(times) // 2]:.0f} ms, 95 % {times[int(0.95 * len(times))]:.2f} s")


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """The worker is started once, outside the times."""
    equal("1 + 1", "2")


def test_no_pair_of_a_sample_of_ours_is_judged_wrongly() -> None:
    """Every fifth pair of our own: no false acceptance, no false refusal, no fault."""
    found = judged(rows(OWN)[::5])
    assert not wrong(found)


@pytest.mark.quality
def test_no_pair_of_ours_is_judged_wrongly_and_few_stay_open() -> None:
    """All pairs of our own: nothing wrong, at most 3 % open."""
    found = judged(rows(OWN))
    report("own pairs", found)
    assert not wrong(found)
    assert len(undecided(found)) <= 0.03 * len(found), undecided(found)


@pytest.mark.parametrize("name", ["equal", "chains", "traps"])
def test_open_material_is_judged_rightly(name: str, shared: Path) -> None:
    """The open pairs, derivations and traps: nothing wrong, at most 3 % open."""
    material = rows(shared / "open" / f"{name}.jsonl")
    if name == "chains":
        material = list(links([chain for chain in material if chain["mode"] == "expression"]))
    found = judged([row for row in material if row["id"] not in PROSE])
    report(name, found)
    assert not wrong(found)
    assert len(undecided(found)) <= 0.03 * len(found), undecided(found)


def variants(row: Mapping[str, Any]) -> Iterator[str]:
    """Right sides that are certainly wrong: off by 1e-9 relative, by 1e-12, by the sign; a right side 0 only shifts."""
    right = row["rhs"]
    if right != "0":
        yield rf"\left({right}\right)\cdot 1.000000001"
    if row["category"] not in ("matrices", "vectors"):
        yield rf"{right}+10^{{-12}}"
        if right != "0":
            yield rf"-\left({right}\right)"


@pytest.mark.quality
def test_no_wrong_variant_of_a_true_pair_is_accepted() -> None:
    """Every third true pair of our own, its right side slightly wrong: never accepted, no fault."""
    true = [row for row in rows(OWN) if row["expected"] == "equal"][::3]
    wrong_pairs = [{**row, "rhs": right, "expected": "not_equal"} for row in true for right in variants(row)]
    found = judged(wrong_pairs)
    report("wrong variants", found)
    assert not wrong(found)
