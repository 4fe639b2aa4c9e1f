"""Peers that may not come to an end: a child with a limit of CPU time, told as not finished where it passes it."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import Any


def child(work: Callable[[], Any], limit: int, pipe: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    start = time.process_time()
    result = work()
    pipe.send((time.process_time() - start, result))


def finished(work: Callable[[], Any], limit: int) -> tuple[float, Any] | None:
    """CPU seconds of the work in a fresh fork of this process, and its result; None where it passes the limit."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(work, limit, there))
    process.start()
    there.close()
    try:
        found: tuple[float, Any] | None = here.recv()
    except EOFError:  # killed by its limit
        found = None
    process.join()
    return found
