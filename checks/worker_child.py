"""The child of the worker: it limits itself, then answers one request after another.

Before it reads a request: no file may grow (RLIMIT_FSIZE 0), few descriptors, no core file, no further process (where
the user is not root, whom that limit does not bind), a process group of its own, SIGKILL when the zygote dies. Each
call then sets the soft limits on CPU time and address space. Both count from the start of the process, so the CPU limit
is what was used plus what is allowed, in whole seconds.

A long job (the judging of a document) may speak before it answers: a request that says so hands it an ``Asking``. One
line is under way at a time, in one direction, so that what was said before a kill is never lost or torn.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

if sys.platform != "win32":  # where there are no limits but the wall clock of the supervisor
    import resource

DESCRIPTORS = 32
RESERVE = 4 << 20  # bytes
REASON = 1000  # characters of a reason
SET_PDEATHSIG, SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h


def look_up(name: str) -> Callable[..., Any]:
    """The function of ``module:function``."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def confine() -> None:
    """Set the limits that hold for the whole life of the child."""
    sys.dont_write_bytecode = True
    if sys.platform == "win32":
        return
    for name, value in (("FSIZE", 0), ("CORE", 0), ("NOFILE", DESCRIPTORS)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if os.geteuid() != 0:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def die_with(parent: int) -> None:
    """Ask for SIGKILL at the death of the parent, and never for more rights than now (Linux alone knows how)."""
    if sys.platform == "linux":
        import ctypes

        prctl = ctypes.CDLL(None).prctl
        prctl(SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request
            os._exit(0)


def set_soft(kind: int, value: int) -> None:
    """Set a soft limit, at most the hard one; where the system refuses (address space on macOS) it stays as it is."""
    if sys.platform == "win32":
        return
    hard = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    except (ValueError, OSError):
        return


def allow(cpu: float, memory: int) -> None:
    """Set the limits of one call."""
    allow_cpu(cpu)
    if sys.platform != "win32":
        set_soft(resource.RLIMIT_AS, memory)


def allow_cpu(seconds: float) -> None:
    """Allow so many seconds of CPU time from now; a job of many steps renews it at each."""
    if sys.platform != "win32":
        set_soft(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))


def release_memory() -> None:
    """Lift the memory limit: a reply must fit where it was reached, and the next request is not the last call's."""
    if sys.platform != "win32":
        set_soft(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS)[1])


def describe(error: BaseException) -> str:
    """An exception in one line, with the place that raised it."""
    try:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:REASON]
    except Exception:  # its own text cannot be had: a number with too many digits, for instance
        text = type(error).__name__
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return text
    return f"{text} ({os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno})"  # noqa: PTH119


Asking = Callable[[Any], Any]
"""Say something to the supervisor and wait for its answer, both JSON."""


def asking(stream: io.BufferedRWPair[Any, Any]) -> Asking:
    """The way of a job to speak before it answers."""

    def ask(message: Any) -> Any:
        stream.write(json.dumps({"ask": message}, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n")
        stream.flush()
        if not (answer := stream.readline()):
            raise SystemExit(0)  # the supervisor is gone; no job may take that for an error of its own
        return json.loads(answer)["answer"]

    return ask


def perform(
    jobs: dict[str, str], job: str, argument: Any, limits: dict[str, Any], ask: Asking | None = None
) -> tuple[str, str, str]:
    """Run a job within its limits: status, the value as JSON text, reason."""
    reserve = bytearray(RESERVE)  # to be given back first: where memory ran out in small pieces, nothing else is left
    allow(limits["cpu"], limits["memory"])
    more = () if ask is None else (ask,)
    try:
        value = json.dumps(look_up(jobs[job])(argument, *more), allow_nan=False, separators=(",", ":"))
    except MemoryError:
        del reserve
        return "limit", "null", f"memory limit {limits['memory'] / 2**20:g} MiB"
    except RecursionError:
        return "limit", "null", f"recursion limit {sys.getrecursionlimit()}"
    except Exception as error:
        return "error", "null", describe(error)
    finally:
        release_memory()
    if len(value) > limits["output"]:  # JSON is ASCII here: characters are bytes
        return "limit", "null", f"output limit {limits['output']} bytes"
    return "ok", value, ""


def serve(stream: io.BufferedRWPair[Any, Any], jobs: dict[str, str]) -> None:
    """Answer the requests of a line until its end."""
    for line in stream:
        try:
            request = json.loads(line)
            ask = asking(stream) if request.pop("asks", False) else None
            status, value, reason = perform(jobs, **request, ask=ask)
        except RecursionError:
            status, value, reason = "limit", "null", f"recursion limit {sys.getrecursionlimit()}"
        head = json.dumps({"status": status, "reason": reason, "cpu": time.process_time()})
        stream.write(f'{head[:-1]}, "value": {value}}}\n'.encode("ascii"))
        stream.flush()


def run_child(line: socket.socket, jobs: dict[str, str], zygote: int) -> None:
    """The life of a forked child; it leaves through ``_exit``, past everything that the zygote had set up."""
    try:
        os.setpgid(0, 0)
        die_with(zygote)
        confine()
        with line, line.makefile("rwb") as stream:
            serve(stream, jobs)
        os._exit(0)
    finally:
        os._exit(1)
