"""The engine: every student's record in the order of the class, from a journal that loses nothing.

    rows -> tasks (distinct texts) -> those that the journal lacks -> a crew -> journal -> records, results.jsonl

What was judged is in the journal before anybody sees it; a rerun takes it from there. A record is handed out as soon as
all before it are complete, and is read back from the journal for that: in memory are small rows alone.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .assemble import assembled
from .crew import Cluster, Crew, Executor, Made, Threads
from .intake import Row, Submissions
from .journal import Journal, StorageError
from .output import OutputLock, written_whole
from .records import Judged, Settings, Status
from .results import RESULTS, line_of
from .supervise import Finding, finding_from
from .tasks import Plan, Task, chosen

JOURNAL, CLAIMS = "journal.jsonl", "claims.jsonl"
NEAR = 24  # how many documents the shortest are looked for among
TICK = 0.5  # seconds between two looks at the clock while nothing is finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is. `student` and `status` tell what was finished just now, if anything.

    `steps`: claims of the documents under way that have a verdict.
    """

    done: int
    total: int
    known: int  # of these, found in the journal
    elapsed: float
    steps: int = 0
    student: str = ""
    status: Status | None = None
    detail: str = ""

    @property
    def left(self) -> float | None:
        """Seconds left, from the mean time of what was judged now; None before the first."""
        fresh = self.done - self.known
        return self.elapsed / fresh * (self.total - self.done) if fresh else None


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """No progress."""


def judge_all(
    submissions: Submissions,
    settings: Settings,
    out: str | Path,
    *,
    jobs: int = 1,
    given_for: Mapping[str, str] | None = None,
    shard: tuple[int, int] = (1, 1),
    executor: Executor | None = None,
    fresh: bool = False,
    retry: bool = False,
    report: Report = silent,
) -> Iterator[Judged]:
    """Judge a class; one record per student (of the shard), in order, each as soon as it and all before are complete.

    Args:
        out: the folder of the journal and of `results.jsonl`, which appears when the iterator is exhausted.
        jobs: documents judged at a time, each in processes of its own.
        given_for: a `twofold` table for single students, in place of the one of the settings.
        shard: (i, n): only the students whose hash falls into part i of n.
        executor: judges the documents in place of the processes of this machine (see `crew.Executor`).
        fresh: forget what the journal holds. `retry`: forget what ended by a limit or a crash.

    Raises:
        Busy: another run is at work in the folder.
        StorageError: a result could not be kept. What was judged before is safe, and a rerun goes on from there.
        NoProcess: no process can be started here.
    """
    folder = Path(out)
    rows = chosen(submissions, shard)
    with OutputLock(folder):
        sweep(folder, fresh)
        with Journal(folder / JOURNAL) as journal, Journal(folder / CLAIMS, durable=False) as claims:
            batch = Batch(submissions, Plan(rows, settings, given_for), journal, report)
            if retry:
                batch.forget_failed()
            tasks = batch.waiting()
            with batch.working(tasks, settings, claims, jobs, executor), written_whole(folder / RESULTS) as results:
                for row in rows:
                    judged = batch.record(row)
                    results.write(line_of(judged))
                    yield judged


def sweep(folder: Path, fresh: bool) -> None:
    """Remove the drafts of a run that was killed; for a fresh start also what was kept."""
    for draft in folder.glob(f".{RESULTS}.*"):
        draft.unlink(missing_ok=True)
    if fresh:
        for name in (JOURNAL, CLAIMS):
            (folder / name).unlink(missing_ok=True)


class Batch:
    """The state of one run: which texts are judged, and the crew that judges the others."""

    def __init__(self, submissions: Submissions, plan: Plan, journal: Journal, report: Report) -> None:
        self.submissions, self.plan, self.journal, self.report = submissions, plan, journal, report
        self.passing: dict[str, Finding] = {}  # findings that are not kept: they may be others next time
        self.crew: Crew | None = None
        self.start = time.monotonic()
        self.known = self.done = 0

    def forget_failed(self) -> None:
        """Judge anew what ended by a limit or a crash."""
        failed = {Status.LIMIT.value, Status.CRASHED.value}
        kept = ((key, self.journal.get(key)) for key in self.plan.tasks if key in self.journal)
        self.journal.forget({key for key, value in kept if value is None or value["status"] in failed})

    def waiting(self) -> list[Task]:
        """The tasks that the journal does not answer, in order."""
        found = [task for key, task in self.plan.tasks.items() if key not in self.journal]
        self.known = self.done = len(self.plan.tasks) - len(found)
        self.tell()
        return found

    def working(
        self, tasks: list[Task], settings: Settings, claims: Journal, jobs: int, executor: Executor | None
    ) -> Working:
        def read(task: Task) -> str:
            return self.submissions.text(task.document)

        def crew() -> Crew:
            if executor is not None:
                return Cluster(tasks, read, self.keep, settings, executor)
            shared = Verdicts(claims, self.plan.under)
            order = iter(shortest_first(tasks, jobs, read))
            return Threads(order, read, self.keep, settings, shared, min(jobs, len(tasks)))

        return Working(self, crew if tasks else None)

    def record(self, row: Row) -> Judged:
        """The record of a student; waits for the documents that are not judged yet."""
        findings = [self.finding(key) for key in self.plan.keys(row)]
        return assembled(row, findings, len(self.submissions.rows), self.plan.under)

    def finding(self, key: str) -> Finding:
        while key not in self.passing and key not in self.journal:
            self.wait()
        if key in self.passing:
            return self.passing[key]
        kept = self.journal.get(key)
        if kept is None:
            raise StorageError(f"{self.journal.path}: a result was damaged while the class was being graded; run again")
        return finding_from(kept)

    def keep(self, task: Task, finding: Finding) -> None:
        """Put a finding where it is safe; called by the crew, from any thread."""
        if finding.lost:
            self.passing[task.key] = finding
        else:
            self.journal.put(task.key, finding.as_dict())

    def wait(self) -> None:
        """Wait a little for the crew to make one more."""
        assert self.crew is not None
        try:
            made = self.crew.take(TICK)
        except queue.Empty:
            self.tell()
            return
        self.done += 1
        self.tell(made)

    def tell(self, made: Made | None = None) -> None:
        self.report(
            Progress(
                done=self.done,
                total=len(self.plan.tasks),
                known=self.known,
                elapsed=time.monotonic() - self.start,
                steps=self.crew.steps() if self.crew else 0,
                student=made.student if made else "",
                status=made.status if made else None,
                detail=made.detail if made else "",
            )
        )


class Verdicts:
    """The verdicts of claims that documents of a class share: those of these settings and this program alone."""

    def __init__(self, claims: Journal, under: str) -> None:
        self.claims, self.under = claims, under[:16]

    def get(self, key: str) -> Any | None:
        return self.claims.get(f"{self.under}-{key}")

    def put(self, key: str, value: Any) -> None:
        """Keep a verdict; where there is no room for it, it is found again."""
        with suppress(StorageError):
            self.claims.put(f"{self.under}-{key}", value)


def shortest_first(tasks: list[Task], few: int, read: Callable[[Task], str]) -> list[Task]:
    """The tasks, the `few` shortest of the first ones ahead: something is seen to be done soon.

    A text that cannot be read is told where it is judged.
    """

    def length(task: Task) -> int:
        try:
            return len(read(task))
        except (OSError, ValueError):
            return 0

    ahead = sorted(tasks[:NEAR], key=length)[:few]
    keys = {task.key for task in ahead}
    return [*ahead, *(task for task in tasks if task.key not in keys)]


class Working:
    """The crew of a batch while it is entered; stopped at once on the way out."""

    def __init__(self, batch: Batch, crew: Callable[[], Crew] | None) -> None:
        self.batch, self.make = batch, crew

    def __enter__(self) -> None:
        self.batch.crew = None if self.make is None else self.make()

    def __exit__(self, *error: object) -> None:
        if self.batch.crew is not None:
            self.batch.crew.stop()
            self.batch.crew = None
