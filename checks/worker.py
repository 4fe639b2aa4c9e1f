"""The warm, killable worker: the only place where SymPy works without a bound on its time or its memory.

SymPy can hang, exhaust the memory or abort the process. Nothing inside a process stops that reliably (a signal handler
does not run during one long C call), so it happens in a process of its own, which may be killed:

    supervisor (this file) --- control ---> zygote: one thread, SymPy imported and warm, computes nothing
            |                                  | fork, reap, kill
            '--------- JSON lines -----------> child: serves call after call, until it is killed or misbehaves

A call goes to the living child; after a limit, a crash or a kill the next call gets a fresh one, forked from the warm
zygote within milliseconds. One ``Worker`` serves one thread, and starts nothing before the first call. Between two
documents ``renew`` sees to it that none inherits what the one before left in SymPy's caches. A long job may speak
before it answers (``hear``); a second worker of the same thread may share the zygote (``beside``), so that a job which
judges a document can ask for proofs that are made in another child.

=========================  ========  ==============================================================================
what happens in the child  status    how it is noticed
=========================  ========  ==============================================================================
the job returns            ok        its JSON
the job raises             error     the exception, with its place
wall clock                 limit     the monotonic clock of the supervisor, then SIGKILL (no signal handler can refuse)
CPU time                   limit     RLIMIT_CPU, SIGXCPU
memory                     limit     RLIMIT_AS, MemoryError
recursion                  limit     RecursionError at Python's own limit, which is never raised
reply too large            limit     measured by the child, and once more by the supervisor
killed from outside        limit     SIGKILL that nobody here sent: what the system does when memory runs out
SIGSEGV, SIGFPE, SIGABRT   crash     the wait status
zygote lost                crash     end of file; the next call starts another
=========================  ========  ==============================================================================

Effort is planned by the jobs in counted units; the limits here are the outer net, and a reply that they cut says so.

What holds where: on Linux everything above. On macOS the kernel does not enforce RLIMIT_AS, and a busy child outlives a
killed zygote up to its CPU limit. Without ``os.fork`` (Windows) there is neither zygote nor limit on CPU and memory:
each child is a new interpreter, the wall clock still holds, and a fresh child costs the import of SymPy.
"""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from .jobs import JOBS
from .worker_line import disturbed, encode, receive, send

if TYPE_CHECKING:
    import socket

    from .worker_process import Exit, Forked, Spawned

Status = Literal["ok", "limit", "crash", "error"]
Hear = Callable[[Any], Any]
"""The answer to what a job says before it ends, both JSON."""
PRELOAD = ("twofold.checks.jobs:warm",)
ENVELOPE = 1 << 14  # bytes that a reply may need beside its value: status, cost, a reason of 1000 escaped characters
NOT_STARTED = "worker not started"
STARTS = 3  # starts that may fail in a row before the worker gives up: a broken installation does not heal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one call may use: ``wall`` and ``cpu`` in seconds, ``memory`` (address space) and ``output`` in bytes.

    The CPU limit is enforced in whole seconds, rounded up. Memory counts everything mapped, the warm SymPy included.

    Raises:
        ValueError: a limit is not a positive finite number.
    """

    wall: float = 10.0
    cpu: float = 10.0
    memory: int = 1 << 30
    output: int = 1 << 20

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"Expected a positive finite limit on {name}; got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call used, in seconds: ``wall`` seen by the supervisor, ``cpu`` counted by the kernel for the child."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a call: the job's ``value`` when ``status`` is ``ok``, the ``reason`` otherwise."""

    status: Status
    value: Any = None
    reason: str = ""
    cost: Cost


class Prover(Protocol):
    """What makes proofs: a worker, or what passes the calls on to one. `used` counts their CPU seconds."""

    used: float

    def call(self, job: str, argument: Any = None, *, limits: Limits | None = None) -> Reply: ...


class Worker:
    """Run jobs in a process that may be killed.

    ``jobs`` names the jobs (``module:function``, looked up in the child), ``preload`` the modules or functions with
    which the zygote warms up, ``path`` folders in which the child finds further modules. With ``beside`` all three, and
    the zygote, are those of another worker.

    >>> with Worker(limits=Limits(wall=5.0)) as worker:
    ...     worker.call("echo", {"x": 1}).value
    {'x': 1}
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        jobs: Mapping[str, str] = JOBS,
        preload: Sequence[str] = PRELOAD,
        path: Sequence[str] = (),
        fork: bool | None = None,
        beside: Worker | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._fork, self._beside = fork, beside
        if beside is None:
            self._jobs: Mapping[str, str] = dict(jobs)
            self._preload = tuple(preload)
            self._path = tuple(str(Path(folder).absolute()) for folder in path)
        else:
            self._jobs, self._preload, self._path = beside._jobs, beside._preload, beside._path
        self._known: Forked | Spawned | None = None
        self.used = 0.0  # CPU seconds of all calls
        self._line: socket.socket | None = None
        self._spent = 0.0  # CPU seconds of the living child up to the end of its last call
        self._failed: list[str] = []  # why the last starts failed

    @property
    def _processes(self) -> Forked | Spawned:
        """What starts and ends the child; made when it is first needed: a run without proofs needs no process."""
        from .worker_process import Forked, Setup, Spawned, can_fork

        if self._known is None:
            setup = Setup(jobs=dict(self._jobs), preload=self._preload, path=self._path)
            beside = self._beside._processes if self._beside is not None else None
            if isinstance(beside, Forked):
                self._known = Forked(setup, beside.zygote)
            elif beside is None and (can_fork() if self._fork is None else self._fork):
                self._known = Forked(setup)
            else:
                self._known = Spawned(setup)
        return self._known

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child and the zygote. A later call would start them again."""
        if self._line is not None:
            self._end(kill=True)
        if self._known is not None:
            self._known.close()

    def abort(self) -> None:
        """Kill its processes, from any thread: a call under way ends as a crash."""
        if self._known is not None:
            self._known.abort()

    def renew(self) -> None:
        """The next call gets a fresh child, forked from the zygote."""
        if self._line is not None:
            self._end(kill=True)

    def call(self, job: str, argument: Any = None, *, limits: Limits | None = None, hear: Hear | None = None) -> Reply:
        """Run one job in the child and wait for its reply, which comes at the latest when the wall clock says so.

        The time that a cold start takes is not counted against the call. With ``hear`` the job is handed a function to
        speak with; what it says goes to ``hear``, whose value is the answer to it. All that is said counts as output.

        Raises:
            ValueError: there is no job of that name, or the argument is not JSON (NaN and infinity are not).
            TypeError: the argument holds an object that JSON does not know.
        """
        if job not in self._jobs:
            raise ValueError(f"Expected one of the jobs {', '.join(sorted(self._jobs))}; got {job!r}")
        allowed = limits or self.limits
        asks = {} if hear is None else {"asks": True}
        try:
            request = encode({"job": job, "argument": argument, "limits": asdict(allowed), **asks})
        except RecursionError:
            return Reply(status="limit", reason="recursion limit: argument too deep", cost=Cost(wall=0.0, cpu=0.0))
        try:
            line = self._ready()
        except OSError as error:
            return Reply(status="crash", reason=f"{NOT_STARTED}: {error}", cost=Cost(wall=0.0, cpu=0.0))
        start = time.monotonic()
        try:
            reply = self._exchange(line, request, allowed, start, hear)
        except BaseException:  # interrupted between request and reply: the child would answer the wrong call
            self._end(kill=True)
            raise
        self.used += reply.cost.cpu
        return reply

    def _exchange(self, line: socket.socket, request: bytes, limits: Limits, start: float, hear: Hear | None) -> Reply:
        """Send the request, wait for the line that answers it, and end a child that must not serve another call."""
        try:
            deadline, room = start + limits.wall, limits.output + ENVELOPE
            send(line, request, deadline)
            answer = receive(line, deadline, room)
            while hear is not None and (said := asked(answer)) is not None:
                room -= len(answer)
                send(line, encode({"answer": hear(said[0])}), deadline)
                answer = receive(line, deadline, room)
        except TimeoutError:
            return self._ended(start, "limit", f"wall clock limit {limits.wall:g} s", kill=True)
        except OverflowError:
            return self._ended(start, "limit", f"output limit {limits.output} bytes", kill=True)
        except (EOFError, ConnectionError):
            return self._ended(start, "crash", None, kill=False, limits=limits)
        try:
            fields = json.loads(answer)
            status, value, reason, spent = (fields[name] for name in ("status", "value", "reason", "cpu"))
        except (ValueError, TypeError, LookupError, RecursionError):
            return self._ended(start, "crash", "worker answered with something else than a reply", kill=True)
        if status == "limit":  # what a MemoryError or a RecursionError left half done must not serve another call
            return self._ended(start, status, reason, kill=True)
        cost = Cost(wall=time.monotonic() - start, cpu=spent - self._spent)
        self._spent = spent
        return Reply(status=status, value=value, reason=reason, cost=cost)

    def _ended(
        self, start: float, status: Status, reason: str | None, *, kill: bool, limits: Limits | None = None
    ) -> Reply:
        """End the child; without a reason, read from its wait status what it died of."""
        before = self._spent
        end = self._end(kill=kill)
        if reason is None:
            status, reason = cause(end, limits or self.limits)
        return Reply(
            status=status, reason=reason, cost=Cost(wall=time.monotonic() - start, cpu=max(0.0, end.cpu - before))
        )

    def _ready(self) -> socket.socket:
        """The line to a living child, a fresh one where the last is gone; OSError where none can be started."""
        if self._line is not None and (not self._processes.alive() or disturbed(self._line)):
            self._end(kill=True)
        if self._line is None:
            if len(self._failed) >= STARTS:
                raise OSError(f"{self._failed[-1]} (given up after {STARTS} starts)")
            try:
                self._line = self._processes.start()
            except OSError as error:
                self._failed.append(str(error))
                raise
            self._failed, self._spent = [], 0.0
        return self._line

    def _end(self, *, kill: bool) -> Exit:
        if self._line is not None:
            self._line.close()
            self._line = None
        return self._processes.end(kill=kill)


def asked(line: bytes) -> tuple[Any] | None:
    """What a job says before it answers; None for anything else."""
    if not line.startswith(b'{"ask":'):
        return None
    try:
        return (json.loads(line)["ask"],)
    except (ValueError, LookupError, RecursionError):
        return None


def cause(end: Exit, limits: Limits) -> tuple[Status, str]:
    """What a child died of that gave no reply."""
    if end.lost:
        return "crash", "worker lost"
    if end.signal == getattr(signal, "SIGXCPU", None):
        return "limit", f"CPU limit {limits.cpu:g} s"
    if end.signal == getattr(signal, "SIGKILL", None) and not end.forced:
        return "limit", f"killed from outside by signal {end.signal} (SIGKILL), as the system does when memory runs out"
    if end.signal is not None and not end.forced:
        return "crash", f"signal {end.signal} ({signal.Signals(end.signal).name})"
    return "crash", f"worker left without a reply (exit status {end.code})"
