"""The outer net of what is computed in this process: a step that takes too long is cut, and says so.

Effort is planned in counted units, and what SymPy does happens in the worker.  What is left can still be dear: many
points, each with its integrals, or a search for the slip behind a refutation.  So a step has a limit in CPU seconds of
this process (the load of the machine does not count), and a document has a reserve that its costly steps share:

    limit of the next step = min(STEP budgets, 1 s + what is left of the reserve of RESERVE budgets)

where everything above one second of a step is taken from the reserve.  n steps take at most n + RESERVE * budget
seconds, whatever they hold; a long document of plain steps never touches the reserve.

A signal cannot interrupt one long call of C code; such calls are kept short by costs that are predicted.  Where there
are no interval timers (Windows), and outside of the main thread, there is no net.
"""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

STEP, RESERVE = 3.0, 30.0  # in budgets, the limit of one symbolic proof
FREE = 1.0  # seconds of a step that are not taken from the reserve
AGAIN = 0.5  # seconds after which an exception that C code swallowed is raised once more


class OutOfTime(BaseException):
    """The time of a step is over."""


class Deadline:
    """While entered, OutOfTime is raised after `seconds` of CPU time; `over` says that it was, whatever became of it.

    Deadlines nest: an inner one never outlasts the outer one.

    >>> with Deadline(60.0) as outer, Deadline(5.0) as inner:
    ...     (outer.over, inner.over)
    (False, False)
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = False
        self._timing = False
        self._before: Any = None
        self._left, self._start = 0.0, 0.0

    def __enter__(self) -> Self:
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            return self
        self._left, self._start = signal.getitimer(signal.ITIMER_VIRTUAL)[0], time.process_time()
        self._before = signal.signal(signal.SIGVTALRM, self._ring)
        shortest = min(self.seconds, self._left) if self._left else self.seconds
        signal.setitimer(signal.ITIMER_VIRTUAL, max(shortest, 1e-3), AGAIN)
        self._timing = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._timing:
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        self._timing = False
        signal.signal(signal.SIGVTALRM, self._before if self._before is not None else signal.SIG_DFL)
        if self._left:
            used = time.process_time() - self._start
            signal.setitimer(signal.ITIMER_VIRTUAL, max(self._left - used, 1e-3), AGAIN)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._timing:
            self.over = True
            raise OutOfTime

    def check(self) -> None:
        """Raise OutOfTime when the time was over, whatever became of the first one: C code may have swallowed it."""
        if self.over:
            raise OutOfTime


@dataclass(slots=True)
class Patience:
    """What a document still may use beyond the first second of each step."""

    budget: float
    reserve: float

    @classmethod
    def of(cls, budget: float) -> Patience:
        return cls(budget, RESERVE * budget)

    @property
    def limit(self) -> float:
        """Seconds that the next step may use."""
        return min(STEP * self.budget, FREE + self.reserve)

    def spend(self, seconds: float) -> None:
        """Take what a step used beyond its first second from the reserve.

        >>> patience = Patience.of(1.0)
        >>> patience.spend(30.5)
        >>> patience.limit
        1.5
        """
        self.reserve = max(0.0, self.reserve - max(0.0, seconds - FREE))
