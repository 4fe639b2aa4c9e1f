"""Whatever a job does to its process, the caller gets a reply in time and the next call works."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.checks.worker import Limits, Reply, Worker

HERE = Path(__file__).parent
FAULTS = re.findall(r"^def (\w+)", (HERE / "worker_faults.py").read_text(encoding="utf-8"), re.MULTILINE)
JOBS = {name: f"worker_faults:{name}" for name in FAULTS}
MIB = 1 << 20
# The promise is an answer within the limit plus one second. The machine may be shared: a second more before a test,
# which measures the promise and not the load, calls it broken.
GRACE = 2.0


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One worker for the whole file: every test is the "next call" of the one before."""
    with Worker(jobs=JOBS, path=[str(HERE)], preload=["worker_faults"], limits=Limits(wall=20.0)) as worker:
        yield worker


def running(pid: int) -> bool:
    """Whether a process exists and is no zombie (which only waits to be counted by its parent)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def members(group: int) -> list[int]:
    """The running processes of a process group."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if running(pid) and group_of(pid) == group]


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def wait_until_gone(pids: list[int], seconds: float) -> list[int]:
    """The processes that still run after so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if running(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def next_call_works(worker: Worker) -> bool:
    return worker.call("square", 12).value == 144


WALL = Limits(wall=0.5)
ROWS = [
    # job, argument, limits, status, reason (a pattern for the whole of it)
    ("loop", None, WALL, "limit", r"wall clock limit 0\.5 s"),
    ("long_c_call", None, WALL, "limit", r"wall clock limit 0\.5 s"),
    ("sleep", 60, WALL, "limit", r"wall clock limit 0\.5 s"),
    ("burn", None, Limits(cpu=1.0, wall=10.0), "limit", r"CPU limit 1 s"),
    ("hoard", MIB, Limits(memory=256 * MIB), "limit", r"memory limit 256 MiB"),
    ("hoard", 64, Limits(memory=128 * MIB, wall=30.0), "limit", r"memory limit 128 MiB"),
    ("recurse", None, Limits(), "limit", r"recursion limit 1000"),
    ("deep", 100_000, Limits(), "limit", r"recursion limit 1000"),
    ("huge", 100 * MIB, Limits(), "limit", r"output limit 1048576 bytes"),
    ("flood", MIB, Limits(wall=10.0), "limit", r"output limit 1048576 bytes"),
    ("suicide", None, Limits(), "limit", r"killed from outside by signal 9 \(SIGKILL\).*"),
    ("segfault", None, Limits(), "crash", r"signal 11 \(SIGSEGV\)"),
    ("recurse_in_c", None, Limits(), "crash", r"signal 11 \(SIGSEGV\)"),
    ("abort", None, Limits(), "crash", r"signal 6 \(SIGABRT\)"),
    ("divide", None, Limits(), "crash", r"signal 8 \(SIGFPE\)"),
    ("leave", 3, Limits(), "crash", r"worker left without a reply \(exit status 3\)"),
    ("fail", "no such\nthing", Limits(), "error", r"ValueError: no such thing \(worker_faults\.py:\d+\)"),
    ("infinite", None, Limits(), "error", r"ValueError: Out of range float values.*"),
]


@pytest.mark.parametrize(("job", "argument", "limits", "status", "reason"), ROWS, ids=[row[0] for row in ROWS])
def test_every_fault_has_its_status_its_reason_and_a_working_next_call(
    worker: Worker, job: str, argument: object, limits: Limits, status: str, reason: str
) -> None:
    """Each row of the table of faults is told by its name, within the wall limit, and hurts no later call."""
    assert next_call_works(worker)
    start = time.monotonic()
    reply = worker.call(job, argument, limits=limits)
    assert (reply.status, reply.value) == (status, None)
    assert re.fullmatch(reason, reply.reason), reply.reason
    assert time.monotonic() - start < limits.wall + GRACE
    assert next_call_works(worker)


@pytest.mark.parametrize("size", [16, 64, 500, 4000, 70_000])
def test_memory_exhausted_in_pieces_of_any_size_is_told_as_a_limit(worker: Worker, size: int) -> None:
    """Where not even the words "memory limit" can be allocated any more, they are said all the same."""
    for mebibytes in range(64, 69):  # how much is left at the end depends on how the pieces fit: try several
        reply = worker.call("hoard", size, limits=Limits(memory=mebibytes * MIB, wall=20.0))
        assert brief(reply) == ("limit", f"memory limit {mebibytes} MiB")


def test_forged_replies_on_the_standard_streams_are_not_seen(worker: Worker) -> None:
    """Four megabytes of lines that look like replies, printed by the job, leave its true answer alone."""
    assert worker.call("forge", 4 * MIB).value == "true answer"
    assert next_call_works(worker)


def test_a_reply_up_to_the_output_limit_passes(worker: Worker) -> None:
    """The limit on output counts the bytes of the value as JSON: at the limit it passes, one byte above not."""
    limits = Limits(output=1000)
    assert worker.call("huge", 998, limits=limits).status == "ok"
    assert worker.call("huge", 999, limits=limits).status == "limit"


def test_no_file_can_be_written(worker: Worker, tmp_path: Path) -> None:
    """RLIMIT_FSIZE is 0: a job that writes a file gets an error, and the file stays empty."""
    reply = worker.call("write_file", str(tmp_path / "out"))
    assert (reply.status, "File too large" in reply.reason) == ("error", True)
    assert (tmp_path / "out").stat().st_size == 0


def test_a_limit_holds_for_its_call_alone(worker: Worker) -> None:
    """The CPU limit counts from the call, not from the start of the process: four calls of 0.6 s fit a limit of 1 s."""
    first = worker.call("facts").value["pid"]
    for _ in range(4):
        reply = worker.call("spend", 0.6, limits=Limits(cpu=1.0, wall=20.0))
        assert reply.status == "ok", reply
        assert 0.5 < reply.cost.cpu < 1.0
    assert worker.call("facts").value["pid"] == first


def test_the_cpu_cost_of_a_killed_call_is_counted(worker: Worker) -> None:
    """A call that burns processor time until its CPU limit of 1 s reports at least nine tenths of it."""
    assert worker.call("burn", limits=Limits(cpu=1.0, wall=20.0)).cost.cpu > 0.9


def test_calls_share_one_child_until_a_fault(worker: Worker) -> None:
    """One child per document: caches survive from call to call; a job that raises keeps it, a limit replaces it."""
    pid = worker.call("facts").value["pid"]
    worker.call("fail", "x")
    assert worker.call("facts").value["pid"] == pid
    worker.call("recurse")
    assert worker.call("facts").value["pid"] != pid


def test_a_child_killed_between_two_calls_is_replaced(worker: Worker) -> None:
    """SIGKILL to the idle child costs no call."""
    pid = worker.call("facts").value["pid"]
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone([pid], 2.0) == []
    assert next_call_works(worker)


def test_a_zygote_killed_between_two_calls_is_replaced(worker: Worker) -> None:
    """SIGKILL to the idle zygote costs no call, and its child dies with it."""
    facts = worker.call("facts").value
    os.kill(facts["parent"], signal.SIGKILL)
    assert wait_until_gone([facts["pid"], facts["parent"]], 2.0) == []
    assert next_call_works(worker)


def test_a_zygote_killed_during_a_call_is_a_crash_and_is_replaced(worker: Worker) -> None:
    """SIGKILL to the zygote while a job runs ends the call with "worker lost", long before its wall limit."""
    facts = worker.call("facts").value
    killer = threading.Timer(0.2, os.kill, (facts["parent"], signal.SIGKILL))
    killer.start()
    start = time.monotonic()
    reply = worker.call("sleep", 15)
    assert (reply.status, reply.reason) == ("crash", "worker lost")
    assert time.monotonic() - start < 5.0
    assert wait_until_gone([facts["pid"]], 2.0) == []
    assert next_call_works(worker)


def test_a_further_process_dies_with_the_child(worker: Worker) -> None:
    """A process that the child forks, and that holds its line, is killed with its group (or refused by NPROC=0)."""
    pid = worker.call("facts").value["pid"]
    assert members(pid) == [pid]
    assert worker.call("orphan", limits=WALL).status in ("limit", "error")
    assert wait_until_gone([member for member in members(pid) if member != pid], 2.0) == []
    assert next_call_works(worker)


def test_the_child_sees_nothing_of_its_surroundings(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment made and not inherited, root folder, null streams, no current folder on the path, hard limits."""
    monkeypatch.setenv("TWOFOLD_SECRET", "x")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    worker.close()
    facts = worker.call("facts").value
    assert "TWOFOLD_SECRET" not in facts["environment"]
    assert "PYTHONPATH" not in facts["environment"]
    assert not {"HOME", "PATH", "USER"} & set(facts["environment"])
    assert facts["folder"] == "/"
    assert not {"", ".", "/", os.getcwd(), "/nonexistent"} & set(facts["path"])  # noqa: PTH109
    assert facts["streams"] == ["/dev/null"] * 3
    assert (facts["files"], facts["core"], facts["recursion"]) == (0, 0, 1000)
    assert facts["descriptors"] < 100
    assert facts["group"] == facts["pid"]


def test_hashes_are_the_same_in_every_worker(worker: Worker) -> None:
    """The hash seed is pinned: sets of names have one order in every process."""
    with Worker(jobs=JOBS, path=[str(HERE)], preload=[]) as other:
        assert other.call("facts").value["hash"] == worker.call("facts").value["hash"]


def test_the_product_table_is_served_by_a_pinned_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy computes on Python's integers, whatever the user's environment asks for and whatever is installed."""
    monkeypatch.setenv("SYMPY_GROUND_TYPES", "flint")
    with Worker() as worker:
        assert worker.call("ping").value["ground_types"] == "python"
        assert worker.call("echo", {"a": [1, None, "ä"]}).value == {"a": [1, None, "ä"]}


def test_the_zygote_is_warm() -> None:
    """SymPy is imported before the first call, which therefore costs little: the import alone is 0.3 s of CPU."""
    with Worker() as worker:
        assert worker.call("ping").cost.cpu < 0.1


def test_nothing_is_started_before_the_first_call() -> None:
    """A worker that is never called costs no process."""
    with Worker() as worker:
        assert not worker._processes.alive()


SUPERVISOR = """
import sys
from twofold.checks.worker import Limits, Worker
worker = Worker(jobs={{"facts": "worker_faults:facts", "loop": "worker_faults:loop"}}, path=[{here!r}], preload=[])
facts = worker.call("facts").value
print(facts["pid"], facts["parent"], flush=True)
{then}
"""


@pytest.mark.parametrize("then", ["worker.call('loop', limits=Limits(wall=60.0))", "import time; time.sleep(60)"])
def test_no_process_is_left_two_seconds_after_the_supervisor_was_killed(then: str) -> None:
    """kill -9 of the supervisor, while a job runs or while the child is idle, takes zygote and child along."""
    script = SUPERVISOR.format(here=str(HERE), then=then)
    with subprocess.Popen([sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        time.sleep(0.3)
        assert [running(pid) for pid in pids] == [True, True]
        supervisor.kill()
        supervisor.wait()
    assert wait_until_gone(pids, 2.0) == []


def test_the_supervisor_never_imports_sympy() -> None:
    """After calls that use SymPy, the asking process holds neither SymPy nor NumPy."""
    script = """
import sys
from twofold.checks.worker import Worker
with Worker() as worker:
    assert worker.call("ping").status == "ok"
print(sorted({"sympy", "numpy", "scipy", "flint", "mpmath"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_close_leaves_no_process() -> None:
    """Leaving the block ends child and zygote."""
    with Worker(jobs=JOBS, path=[str(HERE)], preload=[]) as worker:
        facts = worker.call("facts").value
    assert wait_until_gone([facts["pid"], facts["parent"]], 2.0) == []


def test_an_interrupted_call_does_not_answer_the_next_one(worker: Worker) -> None:
    """After KeyboardInterrupt in the middle of a call, the next call gets its own reply and not the late one."""
    assert next_call_works(worker)
    main = threading.main_thread().ident
    interrupt = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT))
    interrupt.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        worker.call("sleep", 10.0)
    assert time.monotonic() - start < 5.0
    assert next_call_works(worker)


def test_a_worker_that_cannot_start_says_why_and_gives_up() -> None:
    """A broken installation is a crash with the reason, for every call, and is not tried for ever."""
    with Worker(preload=["no_such_module"]) as worker:
        replies = [worker.call("ping") for _ in range(4)]
    assert {reply.status for reply in replies} == {"crash"}
    assert all("No module named 'no_such_module'" in reply.reason for reply in replies)
    assert "given up" in replies[-1].reason


def test_an_unknown_job_names_the_known_ones() -> None:
    """A misspelt job is an error of the caller."""
    with Worker() as worker, pytest.raises(ValueError, match=r"Expected one of the jobs .*echo.*ping.*; got 'pong'"):
        worker.call("pong")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_argument_that_is_not_json_is_refused(worker: Worker, value: float) -> None:
    """NaN and infinity are not JSON."""
    with pytest.raises(ValueError, match="JSON compliant"):
        worker.call("square", value)


def test_an_argument_too_deep_for_json_is_a_limit(worker: Worker) -> None:
    """A tree nested deeper than JSON can write is told as a limit, like recursion in the job."""
    deep: object = 0
    for _ in range(100_000):
        deep = [deep]
    reply = worker.call("square", deep)
    assert (reply.status, reply.reason) == ("limit", "recursion limit: argument too deep")


@pytest.mark.parametrize("name", ["wall", "cpu", "memory", "output"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_a_limit_is_positive_and_finite(name: str, value: float) -> None:
    """Zero, negative, infinite and undefined limits are refused by name."""
    with pytest.raises(ValueError, match=f"positive finite limit on {name}"):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_without_fork_the_wall_clock_and_the_crash_still_hold() -> None:
    """Where there is no fork, each child is a new interpreter: same protocol, same replies."""
    with Worker(jobs=JOBS, path=[str(HERE)], preload=[], fork=False) as worker:
        assert next_call_works(worker)
        pid = worker.call("facts").value["pid"]
        assert brief(worker.call("loop", limits=WALL)) == ("limit", "wall clock limit 0.5 s")
        assert wait_until_gone([pid], 2.0) == []
        assert brief(worker.call("segfault")) == ("crash", "signal 11 (SIGSEGV)")
        assert next_call_works(worker)


def brief(reply: Reply) -> tuple[str, str]:
    return reply.status, reply.reason


def test_a_job_may_speak_before_it_answers(worker: Worker) -> None:
    """What it says is heard in order, and each answer reaches it, whatever JSON it is."""
    said: list[object] = []

    def hear(message: object) -> object:
        said.append(message)
        return {"heard": message}

    questions = [1, "two\n", {"three": [None, 0.5]}, {"ask": 1}]
    reply = worker.call("chatty", questions, hear=hear)
    assert (said, reply.value) == (questions, [{"heard": q} for q in questions])
    assert next_call_works(worker)


def test_what_was_said_before_a_death_is_not_lost(worker: Worker) -> None:
    said: list[object] = []
    reply = worker.call("chatty", [1, 2, "die"], hear=said.append)
    assert said == [1, 2] and reply.status == "crash" and "exit status 3" in reply.reason
    assert next_call_works(worker)


def test_a_job_that_says_too_much_is_ended(worker: Worker) -> None:
    """All messages of a call together are its output."""
    limits = Limits(output=1 << 16, wall=20.0)
    reply = worker.call("chatty", ["x" * 10_000] * 20, limits=limits, hear=lambda _: None)
    assert (reply.status, reply.reason) == ("limit", "output limit 65536 bytes")
    assert next_call_works(worker)


def test_an_error_of_the_hearer_ends_the_child_and_is_raised(worker: Worker) -> None:
    def hear(message: object) -> None:
        raise KeyError("nothing of that name")

    with pytest.raises(KeyError, match="nothing of that name"):
        worker.call("chatty", [1], hear=hear)
    assert next_call_works(worker)


def test_a_job_that_nobody_hears_gets_no_way_to_speak(worker: Worker) -> None:
    assert worker.call("chatty", [1]).status == "error"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="without fork two workers share nothing")
def test_two_workers_of_one_zygote_do_not_disturb_each_other(worker: Worker) -> None:
    """Each has a child of its own; the death of one is not felt by the other, even in the middle of its call."""
    with Worker(beside=worker) as other:
        first, second = (w.call("facts").value for w in (worker, other))
        assert first["parent"] == second["parent"] and first["pid"] != second["pid"]
        answers = worker.call("chatty", [1, 2], hear=lambda _: other.call("segfault").status)
        assert answers.value == ["crash", "crash"]
        assert worker.call("facts").value["pid"] == first["pid"] and next_call_works(other)
        worker.renew()
        assert worker.call("facts").value["pid"] != first["pid"]
