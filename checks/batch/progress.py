"""Progress on standard error: a bar with the time left on a terminal, one plain line a document anywhere else.

[#########...........................]  75/300 judged, 15 known before, 4 min left
75/300 ada: graded, 31 of 33 claims hold, 2 refuted
75/300 and 20 claims of those under way
"""

from __future__ import annotations

import time
from typing import TextIO

from .engine import Progress
from .names import shown

WIDTH = 36
PORTION = 20  # claims of the documents under way from which a plain line tells of them
PAUSE = 0.2  # seconds between two drawings of the bar


class Reporter:
    """Prints how far a batch is; hand `report` to `judge_all` and call `close` at the end."""

    def __init__(self, stream: TextIO, terminal: bool | None = None) -> None:
        self.stream = stream
        self.terminal = stream.isatty() if terminal is None else terminal
        self.drawn = -PAUSE
        self.open = False
        self.told = 0  # steps that were told of the documents under way

    def report(self, progress: Progress) -> None:
        if progress.student:
            self._line(f"{progress.done}/{progress.total} {line_of(progress)}")
            self.told = 0
        elif not self.terminal and progress.known and progress.done == progress.known:
            self._line(f"{progress.known}/{progress.total} known from before")
        elif not self.terminal and progress.steps >= self.told + PORTION:
            self.told = progress.steps
            self._line(f"{progress.done}/{progress.total} and {progress.steps} claims of those under way")
        now = time.monotonic()
        if self.terminal and progress.total and (now - self.drawn >= PAUSE or progress.done == progress.total):
            self.drawn, self.open = now, True
            print(f"\r\x1b[K{bar(progress)}", end="", file=self.stream, flush=True)

    def close(self) -> None:
        """Leave the terminal with the cursor on a line of its own."""
        if self.open:
            print(file=self.stream, flush=True)
            self.open = False

    def _line(self, text: str) -> None:
        start = "\r\x1b[K" if self.open else ""
        print(f"{start}{text}", file=self.stream, flush=True)
        self.drawn = -PAUSE


def line_of(progress: Progress) -> str:
    """What was finished, on one line of visible characters."""
    status = progress.status.value if progress.status is not None else ""
    return ", ".join(part for part in (f"{shown(progress.student)}: {status}", progress.detail) if part)


def bar(progress: Progress) -> str:
    """The bar with the figures.

    >>> print(bar(Progress(done=75, total=300, known=15, elapsed=60.0)))
    [#########...........................]  75/300 judged, 15 known before, 4 min left
    """
    full = WIDTH * progress.done // max(1, progress.total)
    parts = [f"{progress.done:>{len(str(progress.total))}}/{progress.total} judged"]
    if progress.known:
        parts.append(f"{progress.known} known before")
    if progress.steps:
        parts.append(f"{progress.steps} claims under way")
    if progress.left is not None and progress.done < progress.total:
        parts.append(f"{duration(progress.left)} left")
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {', '.join(parts)}"


def duration(seconds: float) -> str:
    """A time in the words of a person.

    >>> duration(8.2), duration(61.0), duration(226.0), duration(7300.0)
    ('9 s', '1 min', '4 min', '2 h 2 min')
    """
    if seconds < 60:
        return f"{int(seconds) + (seconds % 1 > 0)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
