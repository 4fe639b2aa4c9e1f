"""Whatever a document does to its process, the steps judged before are kept, it gets a status, and the next is judged.

The children run `document_faults`, whose documents say what happens; the supervision around them is the real one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch.crew import Shared
from twofold.checks.batch.records import DocumentLimits, Settings, Status
from twofold.checks.batch.supervise import DEATHS, Finding, NoProcess, Slot

HERE = Path(__file__).parent
JOBS = {"document": "document_faults:judge", "echo": "document_faults:echo"}
# The kernel counts whole seconds: a step of half a second may take one.
LIMITS = DocumentLimits(cpu=8.0, step=0.5, wall=30.0, memory=1 << 28, output=1 << 20)
SHORT = DocumentLimits(cpu=1.5, step=0.5, wall=30.0, memory=1 << 28, output=1 << 20)


def a_slot(limits: DocumentLimits = LIMITS, claims: Any = None) -> Slot:
    return Slot(Settings(limits=limits), claims, jobs=JOBS, preload=["document_faults"], path=[str(HERE)])


@pytest.fixture(scope="module")
def slot() -> Iterator[Slot]:
    """One slot for the whole file: every test is the "next document" of the one before."""
    with a_slot() as slot:
        yield slot


def verdicts(finding: Finding) -> list[Any]:
    assert finding.run is not None
    return [verdict for _, verdict in finding.run["steps"]]


def holds(line: str) -> dict[str, str]:
    return {"holds": line}


def test_an_honest_document_is_graded(slot: Slot) -> None:
    """Its verdicts, no reason, and the search for carried errors made."""
    finding = slot.judge("a.md", "true\nprove 7\ntrue")
    assert (finding.status, finding.reasons) == (Status.GRADED, ())
    assert verdicts(finding) == [holds("true"), holds("7"), holds("true")]
    assert finding.run is not None and finding.run["summary"]["blamed"]


ROWS = [
    ("burn", Status.LIMIT, r"limit: CPU limit 0.5 s"),
    ("crash", Status.CRASHED, r"crash: signal 11 \(SIGSEGV\)"),
    ("leave", Status.CRASHED, r"crash: worker left without a reply \(exit status 0\)"),
    ("hoard", Status.LIMIT, r"limit: memory limit 256 MiB"),
    ("flood", Status.LIMIT, r"limit: output limit 1048576 bytes"),
]


@pytest.mark.parametrize(("line", "status", "reason"), ROWS, ids=[row[0] for row in ROWS])
def test_a_step_that_ends_its_process_is_undecided_and_the_others_stand(
    slot: Slot, line: str, status: Status, reason: str
) -> None:
    """The verdicts before it are not found again, it names its limit, and those behind it are found."""
    finding = slot.judge("a.md", f"true\n{line}\ntrue")
    assert finding.status is status
    first, wrong, last = verdicts(finding)
    assert first == last == holds("true")
    assert re.fullmatch(reason, wrong["undecided"])
    assert len(finding.reasons) == 1 and re.fullmatch(reason, finding.reasons[0])


def test_a_step_that_sleeps_is_ended_by_the_clock() -> None:
    """The wall clock of the document is the outermost net; the closing child still gives every step a verdict."""
    limits = DocumentLimits(cpu=2.0, step=1.0, wall=1.0, memory=1 << 28, output=1 << 20)
    with a_slot(limits) as slot:
        slot.judge("a.md", "true")
        start = time.monotonic()
        finding = slot.judge("a.md", "true\nhang\ntrue")
        assert time.monotonic() - start < 1.0 + 2.0  # limit, and a second each for the promise and a shared machine
    assert finding.status is Status.LIMIT
    assert verdicts(finding)[0] == holds("true")
    assert all("wall clock limit" in verdict["undecided"] for verdict in verdicts(finding)[1:])


def test_a_document_that_dies_again_and_again_is_closed(slot: Slot) -> None:
    """Not more than so many children: then every claim that is left is undecided for the last reason."""
    finding = slot.judge("a.md", "true\n" + "hoard\n" * (DEATHS + 2) + "true")
    assert finding.status is Status.LIMIT
    found = verdicts(finding)
    assert found[0] == holds("true")
    assert [v["undecided"].startswith("limit: memory") for v in found[1 : DEATHS + 1]] == [True] * DEATHS
    assert all(v["undecided"].startswith("not judged after limit: memory") for v in found[DEATHS + 1 :])


def test_the_time_of_a_document_is_the_sum_over_its_children() -> None:
    """Two steps that take a second exhaust a second and a half; what is left is undecided, and says so."""
    with a_slot(SHORT) as slot:
        finding = slot.judge("a.md", "burn\nburn\ntrue\ntrue")
    assert finding.status is Status.LIMIT
    assert all("undecided" in verdict for verdict in verdicts(finding))


def test_a_document_whose_steps_are_slow_ends_at_its_limit_without_a_kill() -> None:
    """The child itself stops when the time is used up: the first steps have verdicts, the last name the limit."""
    with a_slot(SHORT) as slot:
        finding = slot.judge("a.md", "slow\n" * 12)
    found = verdicts(finding)
    assert finding.status is Status.LIMIT and finding.reasons == (
        "limit: the computing time of one document is used up",
    )
    assert found[0] == holds("slow") and found[-1] == {"undecided": finding.reasons[0]}


def test_a_crash_from_outside_is_tried_once_more(slot: Slot) -> None:
    """A killed child is no fault of the document: the second child finds every verdict."""
    import os
    import signal
    import threading

    slot.judge("a.md", "true")

    def kill() -> None:
        time.sleep(0.1)
        zygote = slot.documents._processes.zygote._process  # type: ignore[union-attr]
        os.kill(zygote.pid, signal.SIGKILL)  # type: ignore[union-attr]

    thread = threading.Thread(target=kill)
    thread.start()
    finding = slot.judge("a.md", "slow\nslow\ntrue")
    thread.join()
    assert (finding.status, verdicts(finding)) == (Status.GRADED, [holds("slow"), holds("slow"), holds("true")])


def test_a_hang_in_reading_leaves_no_run(slot: Slot) -> None:
    """Nothing is known of a text that cannot even be read; the status and the limit are."""
    finding = slot.judge("a.md", "reading: burn")
    assert (finding.status, finding.run, finding.reasons) == (Status.LIMIT, None, ("limit: CPU limit 0.5 s",))


def test_a_problem_file_that_cannot_be_read_is_unreadable(slot: Slot) -> None:
    assert slot.judge("a.toml", "cannot be read").reasons == ("line 1: cannot be read",)


def test_a_fault_of_the_product_costs_the_step_alone(slot: Slot) -> None:
    """An exception that escapes is a crash with its place, and the steps around it stand."""
    finding = slot.judge("a.md", "true\nfail\ntrue")
    assert finding.status is Status.CRASHED
    assert "a fault of the product" in finding.reasons[0]


def test_blame_that_hangs_is_left_out() -> None:
    """The verdicts stand without the search for carried errors."""
    limits = DocumentLimits(cpu=5.0, step=1.0, wall=1.0, memory=1 << 28, output=1 << 20)
    with a_slot(limits) as slot:
        finding = slot.judge("a.md", "true\nblame hangs")
    assert finding.run is not None and not finding.run["summary"]["blamed"]
    assert verdicts(finding)[0] == holds("true")


def test_a_shared_verdict_is_not_found_again() -> None:
    """What another document found comes from the store, byte for byte."""
    claims = Shared({"0 true": {"holds": "in another document"}})
    with a_slot(claims=claims) as slot:
        finding = slot.judge("a.md", "true\nslow")
    assert verdicts(finding) == [{"holds": "in another document"}, holds("slow")]
    assert claims["1 slow"] == holds("slow")


def test_nothing_of_a_document_is_left_for_the_next(slot: Slot) -> None:
    """The next document has a process of its own, forked from the zygote, and verdicts of its own."""
    first = slot.judge("a.md", "true\ncrash")
    again = slot.judge("a.md", "true\ncrash")
    assert first == again and first.status is Status.CRASHED


def test_a_machine_that_starts_no_process_says_nothing_about_documents() -> None:
    """That is no crash of a document and is never kept as one: the batch ends, loudly."""
    with (
        Slot(Settings(limits=LIMITS), jobs=JOBS, preload=["nothing_of_this_name"]) as slot,
        pytest.raises(NoProcess, match=r"no process can be started .*nothing_of_this_name"),
    ):
        slot.judge("a.md", "true")


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="Expected a positive finite limit on cpu; got 0"):
        DocumentLimits(cpu=0)
