"""Who judges: threads of this process with a slot each, or the executor of a cluster. Both hand back findings.

A crew takes tasks one by one as it has room (a text is in memory while it is judged), keeps each finding the moment
it is there, and tells the engine of it in a few words: a consumer that takes its time delays nothing and holds nothing.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ..command import Unreadable
from .records import DocumentLimits, Settings, Status
from .supervise import Claims, Finding, Slot, finding_from
from .tasks import Task

Read = Callable[[Task], str]
Keep = Callable[[Task, Finding], None]
IN_FLIGHT = 32  # chunks handed to an executor at a time
CHUNK = (8, 64)  # fewest and most documents of one chunk: each starts a zygote, which takes two seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finding that was kept: whose, its status, its figures in a few words."""

    student: str
    status: Status
    detail: str


class Crew(Protocol):
    """Judges every task and keeps the findings; `take` tells of each, in any order."""

    def steps(self) -> int:
        """How many claims of the documents under way have a verdict, as far as that is known here."""
        ...

    def take(self, seconds: float) -> Made:
        """The next one; raises `queue.Empty` when none came in time, and what made the crew fail."""
        ...

    def stop(self) -> None:
        """End at once; what is under way is lost."""
        ...


class Threads:
    """`jobs` threads, each with a zygote of its own."""

    def __init__(
        self, tasks: Iterator[Task], read: Read, keep: Keep, settings: Settings, claims: Claims, jobs: int
    ) -> None:
        self._tasks, self._read, self._keep, self._settings, self._claims = tasks, read, keep, settings, claims
        self._made: queue.SimpleQueue[Made | BaseException] = queue.SimpleQueue()
        self._turn = threading.Lock()
        self._stopped = threading.Event()
        self._slots: list[Slot] = []
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def steps(self) -> int:
        return sum(watch.steps for slot in list(self._slots) if (watch := slot.watch) is not None)

    def take(self, seconds: float) -> Made:
        made = self._made.get(timeout=seconds)
        if isinstance(made, BaseException):
            raise made
        return made

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            while thread.is_alive():
                for slot in list(self._slots):
                    slot.abort()
                thread.join(0.1)

    def _work(self) -> None:
        try:
            with Slot(self._settings, self._claims) as slot:
                self._slots.append(slot)
                while (taken := self._next()) is not None:
                    task, made = taken
                    made = slot.judge(task.name, made, task.given) if isinstance(made, str) else made
                    if self._stopped.is_set():
                        return
                    self._made.put(kept(task, made, self._keep))
        except BaseException as error:  # raised by `take`, where it can be seen
            self._made.put(error)

    def _next(self) -> tuple[Task, str | Finding] | None:
        with self._turn:  # one thread reads at a time: an archive has one position
            task = None if self._stopped.is_set() else next(self._tasks, None)
            return None if task is None else (task, text_of(task, self._read))


def kept(task: Task, finding: Finding, keep: Keep) -> Made:
    keep(task, finding)
    return Made(student=task.student, status=finding.status, detail=detail(finding.run))


def detail(run: Mapping[str, Any] | None) -> str:
    """The figures of a run in a few words."""
    if run is None:
        return ""
    summary = run["summary"]
    passed = sum(summary[key] for key in ("proved", "enclosed", "supported"))
    parts = [f"{passed} of {summary['claims']} claims hold"]
    parts += [f"{summary[key]} {key}" for key in ("refuted", "undecided", "unread", "fault") if summary[key]]
    return ", ".join(parts)


def text_of(task: Task, read: Read) -> str | Finding:
    """The text of a task, or the finding that it has none (any more)."""
    try:
        return read(task)
    except Unreadable as error:
        return Finding(status=Status.UNREADABLE, reasons=(str(error),), lost=True)


class Executor(Protocol):
    """Anything like `concurrent.futures.Executor`: a thread or process pool, a client of dask.distributed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any: ...


class Cluster:
    """Chunks of documents for an executor, as JSON text there and back; a chunk is judged by `judge_chunk`.

    A chunk that comes to nothing (its machine was lost) is a crash of each of its documents; a crash of this kind is
    not kept, so that a rerun judges them.
    """

    def __init__(self, tasks: list[Task], read: Read, keep: Keep, settings: Settings, executor: Executor) -> None:
        size = max(CHUNK[0], min(CHUNK[1], len(tasks) // IN_FLIGHT))
        self._chunks = iter([tasks[k : k + size] for k in range(0, len(tasks), size)])
        self._read, self._keep, self._settings, self._executor = read, keep, settings, executor
        self._done: queue.SimpleQueue[tuple[list[Task], Any]] = queue.SimpleQueue()
        self._made: list[tuple[Task, Finding]] = []
        self._futures: set[Any] = set()
        for _ in range(IN_FLIGHT):
            self._submit()

    def steps(self) -> int:
        return 0

    def take(self, seconds: float) -> Made:
        if not self._made:
            tasks, future = self._done.get(timeout=seconds)
            self._futures.discard(future)
            self._made.extend(opened(tasks, future))
            self._submit()
        return kept(*self._made.pop(0), self._keep)

    def stop(self) -> None:
        for future in list(self._futures):
            future.cancel()

    def _submit(self) -> None:
        """Hand over the next chunk that has a text in it, if there is one."""
        sent: list[Task] = []
        documents: list[dict[str, str]] = []
        while not sent and (tasks := next(self._chunks, None)) is not None:
            for task in tasks:
                text = text_of(task, self._read)
                if isinstance(text, Finding):
                    self._made.append((task, text))
                else:
                    sent.append(task)
                    documents.append({"key": task.key, "name": task.name, "text": text, "given": task.given})
        if sent:
            request = json.dumps({"settings": asdict(self._settings), "documents": documents}, allow_nan=False)
            future = self._executor.submit(judge_chunk, request)
            self._futures.add(future)
            future.add_done_callback(lambda done: self._done.put((sent, done)))


def opened(tasks: list[Task], future: Any) -> list[tuple[Task, Finding]]:
    """The findings of a chunk."""
    try:
        found = {key: finding_from(data) for key, data in json.loads(future.result()).items()}
        return [(task, found[task.key]) for task in tasks]
    except Exception as error:  # whatever an executor raises for a lost machine
        reason = f"crash: the executor lost it ({type(error).__name__}: {error})"[:300]
        return [(task, Finding(status=Status.CRASHED, reasons=(reason,), lost=True)) for task in tasks]


class Shared(dict[str, Any]):
    """Verdicts shared by the documents of a chunk."""

    def put(self, key: str, value: Any) -> None:
        self[key] = value


def judge_chunk(request: str) -> str:
    """Judge the documents of a chunk, wherever an executor runs this: JSON in, JSON out."""
    data = json.loads(request)
    settings = settings_from(data["settings"])
    with Slot(settings, Shared()) as slot:
        found = {d["key"]: slot.judge(d["name"], d["text"], d["given"]).as_dict() for d in data["documents"]}
    return json.dumps(found, allow_nan=False)


def settings_from(data: Mapping[str, Any]) -> Settings:
    return Settings(**{**data, "limits": DocumentLimits(**data["limits"])})
