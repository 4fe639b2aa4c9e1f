"""Jobs that misbehave, one per row of the table of faults; they run inside the worker, never in a test."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any


def loop(seconds: Any) -> None:
    """Loop for ever and refuse every signal that can be refused."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGXCPU, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def burn(seconds: Any) -> None:
    while True:
        pass


def long_c_call(seconds: Any) -> None:
    """One call into C during which no Python signal handler runs."""
    pow(3, 10**9)


def hoard(size: int) -> None:
    held = []
    while True:
        held.append(bytearray(size))


def segfault(argument: Any) -> None:
    ctypes.string_at(0)


def abort(argument: Any) -> None:
    os.abort()


def divide(argument: Any) -> None:
    os.kill(os.getpid(), signal.SIGFPE)


def recurse(argument: Any) -> Any:
    return recurse(argument)


def recurse_in_c(argument: Any) -> Any:
    """The recursion of a C library: no Python frame, so Python's own limit never sees it."""
    libc = ctypes.CDLL(None)
    step = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    sys.setrecursionlimit(10**9)
    array = (ctypes.c_int * 2)(1, 0)

    def compare(left: Any, right: Any) -> int:
        libc.qsort(array, 2, 4, callback)
        return 0

    callback = step(compare)
    return compare(None, None)


def suicide(argument: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forge(size: int) -> str:
    """Print what looks like replies on both standard streams, around Python and through it."""
    line = b'{"status": "ok", "value": "forged", "reason": "", "cpu": 0.0}\n'
    for stream in (1, 2):
        for _ in range(size // len(line)):
            os.write(stream, line)
    print(line.decode())
    return "true answer"


def huge(size: int) -> str:
    return "x" * size


def flood(size: int) -> None:
    """Write without end on every descriptor that is open, past the code that limits replies."""
    while True:
        for descriptor in range(3, 32):
            try:
                os.write(descriptor, b"x" * size)
            except OSError:
                continue


def write_file(path: str) -> None:
    Path(path).write_bytes(b"x")


def orphan(argument: Any) -> None:
    """Start a further process that holds the line open, then loop."""
    if os.fork() == 0:
        time.sleep(600)
    while True:
        pass


def fail(text: str) -> None:
    raise ValueError(text)


def infinite(argument: Any) -> float:
    return float("inf")


def leave(code: int) -> None:
    os._exit(code)


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def deep(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def square(number: int) -> int:
    return number**2


def facts(argument: Any) -> dict[str, Any]:
    """What the process finds around it."""
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "group": os.getpgrp(),
        "environment": sorted(os.environ),
        "folder": str(Path.cwd()),
        "path": sys.path,
        "recursion": sys.getrecursionlimit(),
        "hash": hash("twofold"),
        "files": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "streams": [os.path.realpath(f"/proc/self/fd/{n}") for n in (0, 1, 2)],
        "modules": sorted(sys.modules),
    }


def spend(seconds: float) -> None:
    """Use so much processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def chatty(questions: list[Any], ask: Any) -> list[Any]:
    """Say each and return the answers; `"die"` ends the process instead."""
    answers = []
    for question in questions:
        if question == "die":
            os._exit(3)
        answers.append(ask(question))
    return answers
