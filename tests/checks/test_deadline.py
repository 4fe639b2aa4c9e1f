"""A step ends when its CPU time is over, and costly steps share what a document may use."""

from __future__ import annotations

import signal
import time

import pytest

from twofold.checks.check import judged_now
from twofold.checks.deadline import RESERVE, STEP, Deadline, OutOfTime, Patience

SLACK = 0.5  # seconds: one tick of the timer and the rounding of its clock, many times over


def spin(seconds: float) -> None:
    """Use CPU time of this process."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_work_that_takes_too_long_is_cut() -> None:
    """OutOfTime comes at the limit, through nets for errors."""
    start = time.process_time()
    with pytest.raises(OutOfTime), Deadline(0.2) as deadline:
        try:
            spin(5.0)
        except Exception:
            raise AssertionError("a net for errors caught it") from None
    assert deadline.over and 0.15 < time.process_time() - start < 0.2 + SLACK


def test_nothing_happens_in_time() -> None:
    """A deadline that is kept leaves neither timer nor handler."""
    before = signal.getsignal(signal.SIGVTALRM)
    with Deadline(5.0) as deadline:
        spin(0.01)
    assert not deadline.over and signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_an_inner_deadline_does_not_lift_the_outer() -> None:
    """After an inner limit the outer one still rings, and an inner one never outlasts it."""
    start = time.process_time()
    with pytest.raises(OutOfTime), Deadline(0.4):
        with pytest.raises(OutOfTime), Deadline(0.1):
            spin(5.0)
        with Deadline(60.0):
            spin(5.0)
    assert time.process_time() - start < 0.4 + 2 * SLACK


def test_costly_steps_share_a_reserve() -> None:
    """A thousand steps that use all they may use take at most one second each and the reserve."""
    patience, used = Patience.of(1.0), 0.0
    for _ in range(1000):
        used += patience.limit
        patience.spend(patience.limit)
    assert used == pytest.approx(1000 + RESERVE) and Patience.of(1.0).limit == STEP


def test_a_step_that_is_cut_says_so() -> None:
    """The verdict of a step over its limit is undecided, and names the limit."""

    class Slow:
        class budget:  # noqa: N801
            seconds = 0.1

        class worker:  # noqa: N801
            used = 0.0

        def judge(self, claim: object) -> None:
            spin(5.0)

    verdict = judged_now(None, Slow(), Patience.of(0.1), True)  # type: ignore[arg-type]
    assert verdict.outcome == "undecided" and "limit:" in verdict.evidence[0].reason  # type: ignore[union-attr]
