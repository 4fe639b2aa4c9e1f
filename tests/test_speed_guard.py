"""The guard of speed compares ratios with the stored ones: a loss is told, a peer that did not run is none."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def quick() -> ModuleType:
    spec = importlib.util.spec_from_file_location("twofold_benchmarks_quick", HERE / "quick.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name: str, seconds: float | None, ours: bool = False) -> dict[str, Any]:
    ran = seconds is not None
    return {"workload": "w", "case": "c", "name": name, "ours": ours, "ran": ran, "seconds": seconds, "note": "absent"}


def test_a_ratio_is_how_many_times_slower_a_peer_is(quick: ModuleType) -> None:
    """Ours 2 s, a peer 10 s: 5 times; a peer that is not installed has no ratio and is named."""
    found, absent = quick.ratios_of([row("ours", 2.0, ours=True), row("slow", 10.0), row("gone", None)])
    assert found == {"w | c | slow": 5.0}
    assert absent == ["w | c | gone: absent"]


@pytest.mark.parametrize(("now", "fails"), [(7.1, False), (6.9, True), (20.0, False)])
def test_a_loss_of_more_than_thirty_percent_is_a_line(quick: ModuleType, now: float, fails: bool) -> None:
    """Stored 10: 7 is the limit; a peer that did not run is not compared."""
    assert bool(quick.lost({"w | c | slow": now}, {"w | c | slow": 10.0, "w | c | gone": 3.0})) is fails


@pytest.mark.parametrize(("second", "code"), [(11.0, 0), (6.0, 1)])
def test_a_disturbed_turn_is_measured_again(
    quick: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, second: float, code: int
) -> None:
    """The first run lost half; the better of two decides, and the stored ratios stay as they are."""
    stored = tmp_path / "ratios.json"
    stored.write_text(json.dumps({"w | c | slow": 10.0}))
    runs = iter([5.0, second])
    monkeypatch.setattr(quick, "STORED", stored)
    monkeypatch.setattr(quick, "measured", lambda script: [row("ours", 1.0, ours=True), row("slow", next(runs))])
    assert quick.guard([Path("bench_w.py")], False) == code
    assert json.loads(stored.read_text()) == {"w | c | slow": 10.0}
