"""Mutated documents: whatever the bytes are, there is a message or a run, never a traceback, never a fault of ours.

Seeds are the examples, our own hostile files and, where they are, the sample documents.  A mutant is a short excerpt of
one of them with bytes flipped, inserted, removed, doubled, spliced with another or cut off; the sequence is fixed by a
seed, so that a failure can be repeated.  What is asked: no exception but a clear error, no step with the outcome
`fault`, no finding of kind `fault`.  By the rule of three, no failure among n mutants bounds the rate of failures among
such mutants by 3 / n at 95 %.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.command import Unreadable, read_source
from twofold.checks.worker import Limits, Worker
from twofold.symbolic.source import ReadError

ROOT = Path(__file__).parents[2]
EXCERPT = 700  # bytes of a seed in one mutant: a few formulas, so that a mutant takes seconds at most
SIGNS = (b"$", b"$$", b"{", b"}", b"\\", b"=", b"^", b"_", b"&", b"\\\\", b"(", b")", b"|", b"'", b"\\frac", b"\\left(")
SIGNS += (
    b"\\int_0^1",
    b"\\sum_{k=1}^n",
    b"\xe2\x80\xae",
    b"\xc2\xad",
    b"\x00",
    b"\r",
    b"\xff",
    b"%",
    b"#1",
    b"[",
    b"]",
)


def seeds() -> list[bytes]:
    """Documents to mutate, in a fixed order."""
    places = [ROOT / "examples", ROOT / "tests" / "hostile" / "files"]
    shared = Path(os.environ.get("TWOFOLD_SHARED", ROOT.parent / "shared"))
    places += [shared / "seed", shared / "hostile" / "files"]
    files = [f for place in places if place.is_dir() for f in sorted(place.iterdir())]
    return [f.read_bytes()[:50_000] for f in files if f.suffix in (".md", ".tex", ".toml") and f.stat().st_size]


def mutant(material: list[bytes], random_: random.Random) -> bytes:
    """An excerpt with one to six mutations."""
    data = bytearray(excerpt(random_.choice(material), random_))
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(data) + 1)
        kind = random_.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << random_.randrange(8)
        elif kind == 1:
            data[at:at] = random_.choice(SIGNS)
        elif kind == 2:
            del data[at : at + random_.randint(1, 12)]
        elif kind == 3:
            data[at:at] = data[at : at + random_.randint(1, 40)]
        elif kind == 4:
            other = excerpt(random_.choice(material), random_)
            data[at:] = other[random_.randrange(len(other)) :] if other else b""
        else:
            del data[at:]
    return bytes(data)


def excerpt(data: bytes, random_: random.Random) -> bytes:
    start = random_.randrange(max(1, len(data) - EXCERPT // 2))
    return data[start : start + random_.randint(20, EXCERPT)]


class Shared:
    """One warm worker for all mutants: a start for each would take longer than all the rest."""

    def __init__(self, worker: Worker) -> None:
        self.call = worker.call
        self.worker = worker

    @property
    def used(self) -> float:
        return self.worker.used

    def __enter__(self) -> Shared:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def failures(count: int, seed: int, folder: Path) -> Iterator[str]:
    """Mutants that are met with a traceback or a fault."""
    with Worker(limits=Limits(wall=2.0, cpu=2.0)) as worker, pytest.MonkeyPatch.context() as patch:
        patch.setattr("twofold.checks.check.Worker", lambda limits: Shared(worker))
        yield from failures_with(count, seed, folder)


def failures_with(count: int, seed: int, folder: Path) -> Iterator[str]:
    material, random_ = seeds(), random.Random(seed)
    for index in range(count):
        data = mutant(material, random_)
        file = folder / f"mutant.{random_.choice(('md', 'md', 'tex', 'toml'))}"
        file.write_bytes(data)
        try:
            run = check_source(read_source(str(file)), Options(seconds=1.0, figures=False))
            faults = [s.message for s in run.steps if s.outcome and s.outcome.value == "fault"]
            faults += [f["text"] for f in run.findings if f.get("kind") == "fault"]
            run.to_json()
        except (Unreadable, ReadError):
            continue
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}"]
        if faults:
            yield f"{index} of seed {seed} ({file.suffix}): {faults[0][:300]} in {data!r}"


def test_a_hundred_mutants_meet_no_fault(tmp_path: Path) -> None:
    """A hundred mutated documents: a message or a run for each."""
    assert list(failures(100, 1, tmp_path)) == []


@pytest.mark.quality
def test_two_thousand_mutants_meet_no_fault(tmp_path: Path) -> None:
    """Two thousand mutated documents: the rate of faults among such is below 3 / 2000 at 95 %."""
    assert list(failures(2000, 2, tmp_path)) == []
