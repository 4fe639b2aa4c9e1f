"""What runs inside the worker: the zygote, which forks, and the child, which computes.

The zygote imports and warms what the jobs need, then obeys orders of one byte on its control line: ``F`` fork a child
that serves the line handed over with the order, ``K`` kill it, ``R`` reap one that is leaving. It has one thread (a
fork copies no other), computes nothing afterwards, and leaves when the supervisor does: at the end of file of the
control line, or when it finds itself with another parent, within half a second.

The child limits itself before it reads a request: no file may grow (RLIMIT_FSIZE 0), few descriptors, no core file, no
further process (where the user is not root, whom that limit does not bind), standard streams closed, a process group of
its own, SIGKILL when the zygote dies. Each call then sets the soft limits on CPU time and address space. Both count
from the start of the process, so the CPU limit is what was used plus what is allowed, in whole seconds.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import math
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

if sys.platform != "win32":  # where there are no limits but the wall clock of the supervisor
    import resource

PATIENCE = 1.0  # seconds that a leaving child may take before it is killed
WATCH = 0.5  # seconds between two looks at whether the supervisor still lives
DESCRIPTORS = 32
REASON = 1000  # characters of a reason
SET_PDEATHSIG, SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h


def look_up(name: str) -> Callable[..., Any]:
    """The function of ``module:function``."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def preload(names: list[str]) -> None:
    """Import the modules, call the functions, and keep the collector from touching (and so copying) their pages."""
    for name in names:
        if ":" in name:
            look_up(name)()
        else:
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def silence() -> None:
    """Point the three standard streams at the null device: nothing printed can look like a reply."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


# The child ------------------------------------------------------------------------------------------------------------


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
    if sys.platform != "win32":
        set_soft(resource.RLIMIT_CPU, math.ceil(time.process_time() + cpu))
        set_soft(resource.RLIMIT_AS, memory)


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


def perform(jobs: dict[str, str], job: str, argument: Any, limits: dict[str, Any]) -> tuple[str, str, str]:
    """Run a job within its limits: status, the value as JSON text, reason."""
    allow(limits["cpu"], limits["memory"])
    try:
        value = json.dumps(look_up(jobs[job])(argument), allow_nan=False, separators=(",", ":"))
    except MemoryError:
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
            status, value, reason = perform(jobs, **json.loads(line))
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


# The zygote -----------------------------------------------------------------------------------------------------------


class Zygote:
    """The warm parent of the children. It holds at most one at a time."""

    def __init__(self, control: socket.socket, jobs: dict[str, str], supervisor: int) -> None:
        self.control, self.jobs, self.supervisor = control, jobs, supervisor
        self.child = 0

    def run(self) -> None:
        """Obey orders until the supervisor is gone."""
        self.answer({})
        try:
            while True:
                while not select.select([self.control], [], [], WATCH)[0]:
                    if os.getppid() != self.supervisor:
                        return
                order, lines, _, _ = socket.recv_fds(self.control, 1, 1)
                if not order:
                    return
                self.obey(order, lines)
        finally:
            self.end(0.0)

    def obey(self, order: bytes, lines: list[int]) -> None:
        if order == b"F":
            self.end(0.0)
            self.fork(socket.socket(fileno=lines[0]))
            self.answer({})
        else:
            self.answer(self.end(PATIENCE if order == b"R" else 0.0))

    def answer(self, message: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(message).encode("ascii") + b"\n")

    def fork(self, line: socket.socket) -> None:
        zygote = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            self.control.close()
            run_child(line, self.jobs, zygote)
        line.close()

    def end(self, patience: float) -> dict[str, Any]:
        """Reap the child, after ``patience`` seconds with force: it and what it may have started in its group."""
        if not self.child:
            return {"lost": True}
        deadline, forced = time.monotonic() + patience, False
        gone, status, used = os.wait4(self.child, os.WNOHANG)
        while not gone:
            if time.monotonic() >= deadline:
                forced = True
                self.kill()
            else:
                time.sleep(0.001)
            gone, status, used = os.wait4(self.child, 0 if forced else os.WNOHANG)
        self.child = 0
        code = os.waitstatus_to_exitcode(status)
        return {
            "code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "cpu": used.ru_utime + used.ru_stime,
            "forced": forced,
        }

    def kill(self) -> None:
        try:
            os.killpg(self.child, signal.SIGKILL)
        except ProcessLookupError:  # it had no time yet to make a group of its own
            os.kill(self.child, signal.SIGKILL)


def main(options: dict[str, Any]) -> None:
    """Be the zygote, or (where there is no fork) the child itself."""
    sys.path.extend(options["path"])
    if options["mode"] == "zygote":
        control = socket.socket(fileno=options["control"])
        preload(options["preload"])
        silence()
        Zygote(control, options["jobs"], options["parent"]).run()
        return
    preload(options["preload"])
    line = socket.create_connection(("127.0.0.1", options["port"]))
    line.sendall(options["token"].encode("ascii"))
    silence()
    confine()
    with line, line.makefile("rwb") as stream:
        serve(stream, options["jobs"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
