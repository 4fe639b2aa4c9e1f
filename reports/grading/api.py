"""Grading from Python: `twofold.grade`."""

from __future__ import annotations

from pathlib import Path

from ...checks.batch import Executor
from .course import Grading, Order, Told, carry_out, nobody


def grade(
    place: Path | str,
    *,
    key: Path | str,
    out: Path | str,
    roster: Path | str | None = None,
    overrides: Path | str | None = None,
    worksheet: Path | str | None = None,
    assignment: str = "",
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    fresh: bool = False,
    retry: bool = False,
    seed: int | None = None,
    alpha: float | None = None,
    prove: bool = True,
    tell: Told = nobody,
) -> Grading:
    """Grade a class and write everything into `out`, as `twofold grade` does.

    Args:
        place: a folder or zip of submissions, or the `results.jsonl` of a run, to be marked without judging anew.
        key: the key file. out: the folder for everything that is written; what a run there has found is used again.
        roster: a CSV of the students. overrides: a person's decisions. worksheet: Moodle's, to be filled.
        jobs: submissions judged at a time on this machine.
        executor: anything with `submit() -> Future` that judges them elsewhere (dask, concurrent.futures, ..).
        shard: (i, n): judge part i of n and write nothing but its results; `Grading.marks` is empty then.
        prove: False judges by numbers alone, as a first look; nothing is proved, and the notes say so.
        tell: called with "judging" or "comparing" and the progress.

    Returns:
        The key and the marks of every student, with fractions as points.

    Raises:
        GradingError (a ValueError): the key, the overrides, the submissions or another file cannot be used.
        Busy (a RuntimeError): another run is at work in `out`.
        StorageError: a result could not be kept; what was found before is safe.
    """
    return carry_out(
        Order(
            place=Path(place),
            key=Path(key),
            out=Path(out),
            roster=None if roster is None else Path(roster),
            overrides=None if overrides is None else Path(overrides),
            worksheet=None if worksheet is None else Path(worksheet),
            assignment=assignment,
            jobs=jobs,
            shard=shard,
            fresh=fresh,
            retry=retry,
            seed=seed,
            alpha=alpha,
            prove=prove,
            executor=executor,
        ),
        tell,
    )
