"""Ctrl-C during a check: seen even where C code swallows the exception that it raises.

A KeyboardInterrupt inside a callback of a C library comes out as some other error, which would look like a fault of
ours.  So the signal also leaves a mark here.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """While entered, `pressed` says whether SIGINT has come; KeyboardInterrupt is raised as ever.

    A handler that someone else has set is left alone, as is every thread but the main one.
    """

    def __init__(self) -> None:
        self.pressed = False
        self.watching = False

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self.handle)
            self.watching = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.watching:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.watching = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.default_int_handler(number, frame)

    def check(self) -> None:
        """Raise KeyboardInterrupt when it was pressed, whatever became of the first one."""
        if self.pressed:
            raise KeyboardInterrupt
