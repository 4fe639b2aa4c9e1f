"""Killed at any moment, a batch loses nothing that was judged and judges nothing twice; what it writes is the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch.results import read_results

DRIVER = Path(__file__).parent / "class_driver.py"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the driver forks, and is killed by SIGKILL")


def a_class(root: Path, size: int) -> Path:
    """One text each; the last two have the same."""
    folder = root / "class"
    folder.mkdir()
    for number in range(size):
        (folder / f"s{number:03}.md").write_text(f"text {min(number, size - 2)}\n")
    return folder


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-P", str(DRIVER), *map(str, arguments)]


def test_death_at_every_act_of_writing_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Four documents, three texts; the process dies before, within or after each write, fsync and rename.

    What the journal held then is not judged again, the rest is, and the results are those of a run that lived.
    """
    folder = a_class(tmp_path, 4)
    done = subprocess.run(
        command("every", folder, tmp_path / "out", tmp_path / "log"), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    deaths: list[dict[str, Any]] = json.loads(done.stdout)
    reference = deaths.pop()
    assert reference["died"] == 0 and len(reference["results"].splitlines()) == 4
    # At least one act for the lock, two for each record (write, fsync), and the fsync and rename of the results.
    assert len(deaths) >= 1 + 2 * 3 + 2
    texts = {f"text {n}" for n in range(3)}
    for number, death in enumerate(deaths, 1):
        assert (death["died"], death["status"]) == (9, 0), f"act {number}"  # SIGKILL; then a run to the end
        assert sorted(death["again"]) == sorted(texts - set(death["kept"])), f"act {number}"
        assert death["results"] == reference["results"], f"act {number}"
        assert death["left"] == ["claims.jsonl", "journal.jsonl", "lock", "results.jsonl"], f"act {number}"
    assert any(0 < len(death["kept"]) < 3 for death in deaths)


def killed_at_random_moments(tmp_path: Path, moments: int, seed: int) -> None:
    """Kill a run so often, each time at a random moment of its life, and resume it; then compare."""
    rng, size = random.Random(seed), 2 * moments + 20
    folder, out, log = a_class(tmp_path, size), tmp_path / "out", tmp_path / "log"
    deaths = 0
    for _ in range(moments):
        process = subprocess.Popen(command("run", folder, out, log, 0.02), stdout=subprocess.DEVNULL)
        start = log.stat().st_size if log.exists() else 0
        while process.poll() is None and (not log.exists() or log.stat().st_size == start):
            time.sleep(0.005)  # the interpreter starts; the moments are those of the work itself
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        deaths += process.wait() == -9
    subprocess.run(command("run", folder, out, log), check=True, stdout=subprocess.DEVNULL)
    assert deaths >= moments // 2
    judged = log.read_text().splitlines()
    # Two texts at a time were under way at each death: those alone may have been begun again.
    assert set(judged) == {f"text {n}" for n in range(size - 1)}
    assert len(judged) <= size - 1 + 2 * deaths
    unbroken = tmp_path / "unbroken"
    subprocess.run(command("run", folder, unbroken, log), check=True, stdout=subprocess.DEVNULL)
    assert (out / "results.jsonl").read_bytes() == (unbroken / "results.jsonl").read_bytes()
    assert [judged.number for judged in read_results(out / "results.jsonl")] == list(range(size))


def test_five_deaths_at_random_moments(tmp_path: Path) -> None:
    killed_at_random_moments(tmp_path, 5, seed=1)


@pytest.mark.quality
def test_a_hundred_deaths_at_random_moments(tmp_path: Path) -> None:
    killed_at_random_moments(tmp_path, 100, seed=2)


def test_a_second_run_is_refused_and_the_first_unharmed(tmp_path: Path) -> None:
    folder, out, log = a_class(tmp_path, 20), tmp_path / "out", tmp_path / "log"
    first = subprocess.Popen(command("run", folder, out, log, -1), stdout=subprocess.PIPE, text=True)
    while not log.exists():
        time.sleep(0.01)
    second = subprocess.run(command("run", folder, out, tmp_path / "log2"), capture_output=True, text=True)
    log.with_suffix(".go").touch()
    assert first.communicate()[0] == "20\n" and not (tmp_path / "log2").exists()
    assert second.returncode != 0 and f"another run (process {first.pid}) is writing there" in second.stderr


def test_a_finished_class_is_not_judged_again(tmp_path: Path) -> None:
    """Nothing changed: nothing is judged. One document changed: that one. A new one: that one."""
    folder, out, log = a_class(tmp_path, 6), tmp_path / "out", tmp_path / "log"

    def again() -> list[str]:
        log.write_text("")
        subprocess.run(command("run", folder, out, log), check=True, stdout=subprocess.DEVNULL)
        return log.read_text().splitlines()

    assert sorted(again()) == [f"text {n}" for n in range(5)]
    first = (out / "results.jsonl").read_bytes()
    assert again() == [] and (out / "results.jsonl").read_bytes() == first
    (folder / "s002.md").write_text("another text\n")
    (folder / "t.md").write_text("a late one\n")
    assert sorted(again()) == ["a late one", "another text"]
