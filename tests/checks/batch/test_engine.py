"""Real documents through real processes: the same bytes for any number of jobs, any shards, any neighbours."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import queue
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch import DocumentLimits, Judged, Progress, Settings, Status, judge_all, merge, open_submissions
from twofold.checks.batch import read_results as results_of
from twofold.checks.batch import tasks as tasks_module
from twofold.checks.batch.engine import shortest_first
from twofold.checks.batch.intake import Document
from twofold.checks.batch.place import Entry
from twofold.checks.batch.results import MergeError
from twofold.checks.batch.tasks import Task
from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

HONEST = {
    "ada.md": "# A\n\nLet $x > 0$.\n\n$$\\sqrt{x^2} = x = \\exp(\\log x)$$\n\n$$(x + 1)^2 = x^2 + 2x + 1$$\n",
    "bob.md": "# B\n\nLet $x > 0$.\n\n$$(x + 1)^2 = x^2 + 2x + 1$$\n\n$$\\int_0^1 t^2 \\, dt = \\frac{1}{4}$$\n",
    "eve.tex": "\\section{E}\n\\[ \\frac{d}{dx} \\tanh x = 1 - \\tanh^2 x \\]\n",
    "kim.toml": '[symbols]\nx = "positive"\n[[claim]]\nid = "a"\nplain = "log(x^2) = 2*log(x)"\n',
    "lee/a.md": "$$A = 1 + 1$$\n\n$$A = 2$$\n",
    "lee/b.md": "# More\n\n$$A = 3$$\n\n$$(x + 1)^2 = x^2 + 2x + 1$$\n",
}
HOSTILE = {
    "deep.md": "$$" + "(" * 3000 + "x" + ")" * 3000 + " = x$$\n\n$$1 + 1 = 2$$\n",
    "tower.md": "$$9^{9^{9^{9}}} = 10^{10^8}!$$\n\n$$1 + 1 = 2$$\n",
    "code.md": "$$\\operatorname{__import__}(os) = \\text{os.system('false')}$$\n\n$$1 + 1 = 2$$\n",
    "broken.toml": "[[claim]\nplain = 3\n",
}
SETTINGS = Settings(limits=DocumentLimits(cpu=20.0, step=10.0, wall=120.0))


@pytest.fixture(autouse=True)
def one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program text may be edited while the tests run; what is kept here is this test's alone."""
    monkeypatch.setattr(tasks_module, "code_key", lambda: "this program")


def a_class(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def judged(folder: Path, out: Path, **how: Any) -> list[Judged]:
    with open_submissions(folder) as submissions:
        return list(judge_all(submissions, SETTINGS, out, **how))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, list[Judged]]]:
    """The honest class, judged by one process: folder, output, records."""
    patch = pytest.MonkeyPatch()
    patch.setattr(tasks_module, "code_key", lambda: "this program")
    root = tmp_path_factory.mktemp("honest")
    folder = a_class(root / "class", HONEST)
    yield folder, root / "out", judged(folder, root / "out")
    patch.undo()


def outcomes(record: Judged) -> list[str | None]:
    run = record.run()
    assert run is not None
    return [step.outcome.value if step.outcome else None for step in run.steps]


def test_every_student_has_the_verdicts_that_a_check_of_the_file_gives(honest: tuple[Path, Path, list[Judged]]) -> None:
    """Outcome by outcome and diagnosis by diagnosis, under the name of the file."""
    folder, _, records = honest
    for record in records:
        if record.student not in ("bob", "kim"):
            continue
        (name,) = record.files
        plain = check_source(Source(name, (folder / name).read_text()), Options(figures=False))
        run = record.run()
        assert run is not None and run.source == plain.source and run.context == plain.context
        assert [s.outcome for s in run.steps] == [s.outcome for s in plain.steps]
        assert [s.to_json()["diagnosis"] for s in run.steps] == [s.to_json()["diagnosis"] for s in plain.steps]
        assert run.provenance["command"] == f"twofold check {name}" and run.timing == {}


def test_a_false_step_is_refuted_and_its_neighbours_are_not(honest: tuple[Path, Path, list[Judged]]) -> None:
    by_name = {record.student: record for record in honest[2]}
    assert outcomes(by_name["bob"])[-1] == "refuted" and "refuted" not in outcomes(by_name["bob"])[:-1]
    assert all(set(outcomes(by_name[n])) <= {"proved", "enclosed", None} for n in ("ada", "eve", "kim"))


def test_documents_of_one_student_are_judged_apart(honest: tuple[Path, Path, list[Judged]]) -> None:
    """`A = 2` in one file and `A = 3` in the next are no contradiction; lines count on; ids stay unique."""
    record = next(record for record in honest[2] if record.student == "lee")
    run = record.run()
    assert run is not None and record.files == ("a.md", "b.md")
    assert "refuted" not in outcomes(record)
    text = run.source["text"].split("\n")
    for step in run.steps:
        line = text[step.span.line - 1]
        assert step.rhs.strip() in line and step.lhs.strip() in line
    assert len({step.id for step in run.steps}) == len(run.steps)
    assert text[record.starts[1] - 1] == "# More"


def test_two_jobs_and_hostile_neighbours_change_no_byte(
    honest: tuple[Path, Path, list[Judged]], tmp_path: Path
) -> None:
    """The honest records, judged two at a time among hostile ones, are those that were judged alone."""
    folder = a_class(tmp_path / "class", {**HOSTILE, **HONEST})
    (folder / "link.md").symlink_to("/etc/hostname")
    reports: list[Progress] = []
    records = judged(folder, tmp_path / "out", jobs=2, report=reports.append)
    alone = {record.student: record for record in honest[2]}
    among = {record.student: record for record in records}
    size = len(records)
    assert {n: replace(alone[n], number=0, class_size=0) for n in alone} == {
        n: replace(among[n], number=0, class_size=0) for n in alone
    }
    assert size == len(HONEST) - 1 + len(HOSTILE) + 1
    assert among["link"].status is among["broken"].status is Status.UNREADABLE
    assert "broken.toml:1:" in among["broken"].reasons[0]
    for name in ("deep", "tower", "code"):
        assert outcomes(among[name])[-1] == "proved", name  # the plain equality beside the hostile one
        assert "refuted" not in outcomes(among[name])[:-1], name
    assert (reports[-1].done, reports[-1].total, reports[-1].left) == (10, 10, 0.0)


def test_results_are_read_back_as_they_were_handed_out(honest: tuple[Path, Path, list[Judged]]) -> None:
    _, out, records = honest
    assert list(results_of(out / "results.jsonl")) == records
    for line in (out / "results.jsonl").read_text().splitlines():
        assert json.loads(line)["schema"] == "twofold.run/1"


def test_shards_merged_are_the_bytes_of_one_run(honest: tuple[Path, Path, list[Judged]], tmp_path: Path) -> None:
    """Each student is in one shard; the shards in any order give the file; one left out is noticed."""
    folder, out, records = honest
    seen: list[str] = []
    for part in (1, 2, 3):
        (tmp_path / str(part)).mkdir()
        (tmp_path / str(part) / "journal.jsonl").write_bytes((out / "journal.jsonl").read_bytes())
        seen += [record.student for record in judged(folder, tmp_path / str(part), shard=(part, 3))]
    assert sorted(seen) == [record.student for record in records]
    shards = [tmp_path / str(part) / "results.jsonl" for part in (3, 1, 2)]
    assert merge(shards, tmp_path / "merged.jsonl") == len(records)
    assert (tmp_path / "merged.jsonl").read_bytes() == (out / "results.jsonl").read_bytes()
    full = [shard for shard in shards if shard.stat().st_size]
    with pytest.raises(MergeError, match=r"of 5 students are in none of these files"):
        merge(full[1:], tmp_path / "merged.jsonl")
    with pytest.raises(MergeError, match=r"is in .* too"):
        merge([*shards, full[0]], tmp_path / "merged.jsonl")


def test_shards_of_other_settings_are_not_merged(honest: tuple[Path, Path, list[Judged]], tmp_path: Path) -> None:
    lines = (honest[1] / "results.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(lines[:2]))
    (tmp_path / "b").write_bytes(b"".join(lines[2:]).replace(honest[2][0].under.encode(), b"0" * 64))
    with pytest.raises(MergeError, match="judged under other settings or by another version"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    (tmp_path / "d").write_bytes(b'{"schema": "twofold.run/1"}\n')
    with pytest.raises(MergeError, match="d:1: not a line of results"):
        merge([tmp_path / "d"], tmp_path / "c")


@pytest.mark.parametrize("shard", [(0, 3), (4, 3)])
def test_a_shard_is_one_of_its_number(honest: tuple[Path, Path, list[Judged]], tmp_path: Path, shard: Any) -> None:
    with pytest.raises(ValueError, match="Expected a shard i/n with 1 <= i <= n"):
        judged(honest[0], tmp_path, shard=shard)


def test_an_executor_gives_the_same_bytes(honest: tuple[Path, Path, list[Judged]], tmp_path: Path) -> None:
    """Any executor of the standard library: chunks of JSON text are judged wherever it runs them."""
    folder, out, records = honest
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        assert judged(folder, tmp_path / "out", executor=executor) == records
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == (out / "results.jsonl").read_bytes()


class LosesAll:
    """An executor whose machines are lost."""

    def submit(self, fn: Any, /, *args: Any) -> concurrent.futures.Future[str]:
        future: concurrent.futures.Future[str] = concurrent.futures.Future()
        future.set_exception(ConnectionError("the machine is gone"))
        return future


def test_what_an_executor_lost_is_a_crash_that_is_not_kept(
    honest: tuple[Path, Path, list[Judged]], tmp_path: Path
) -> None:
    records = judged(honest[0], tmp_path, executor=LosesAll())
    assert {record.status for record in records} == {Status.CRASHED}
    assert "the machine is gone" in records[0].reasons[0] and (tmp_path / "journal.jsonl").read_bytes() == b""


def test_dask_gives_the_same_bytes(honest: tuple[Path, Path, list[Judged]], tmp_path: Path) -> None:
    """A local cluster of two worker processes, as docs/grading.md starts one."""
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed (extra 'cluster')")
    folder, out, records = honest
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        assert judged(folder, tmp_path / "out", executor=client) == records
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == (out / "results.jsonl").read_bytes()


def test_what_is_given_holds_for_a_student_alone(tmp_path: Path) -> None:
    """The same text under two variants is judged twice, each under its own; the cache does not mix them up."""
    text = "$$\\sqrt{t^2} = t$$\n"
    folder = a_class(tmp_path / "class", {"ada.md": text, "bob.md": text})
    given = {"ada": '[symbols]\nt = "positive"\n', "bob": '[symbols]\nt = "negative"\n'}
    records = judged(folder, tmp_path / "out", given_for=given)
    assert [outcomes(record) for record in records] == [["proved"], ["refuted"]]
    assert [record.same_as for record in records] == [("bob",), ("ada",)]


RUN = """
import sys
from pathlib import Path
from twofold.checks.batch import Settings, judge_all, open_submissions, tasks
tasks.code_key = lambda: "this program"
with open_submissions(sys.argv[1]) as submissions:
    for _ in judge_all(submissions, Settings(), sys.argv[2], report=lambda p: print(p.done, flush=True)):
        pass
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_no_process_outlives_the_batch(tmp_path: Path, number: signal.Signals) -> None:
    """Two seconds after its death (the promise; a loaded machine gets ten), zygote and children are gone."""
    folder = a_class(tmp_path / "class", {f"{n}.md": f"$${n} + \\int_0^1 e^{{-t^2}} dt = {n}$$\n" for n in range(40)})
    command = [sys.executable, "-P", "-c", RUN, str(folder), str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    while process.stdout.readline().strip() not in ("1", "2", "3"):
        assert process.poll() is None
    family = descendants(process.pid)
    assert len(family) >= 2  # the zygote and a child
    process.send_signal(number)
    process.communicate()
    end = time.monotonic() + 10.0
    while any(alive(pid) for pid in family) and time.monotonic() < end:
        time.sleep(0.05)
    assert [pid for pid in family if alive(pid)] == []


@pytest.mark.quality
def test_real_documents_killed_at_random_moments_end_in_the_same_bytes(tmp_path: Path) -> None:
    """Twelve deaths of the whole batch, processes and all; then a run to its end, against an unbroken one."""
    files = {f"{n}.md": f"Let $x > 0$.\n\n$${n} + \\sqrt{{x^2}} = x + {n}$$\n\n$$x + {n} = x$$\n" for n in range(30)}
    folder = a_class(tmp_path / "class", files)
    rng, deaths = random.Random(3), 0
    command = [sys.executable, "-P", "-c", RUN, str(folder)]
    for _ in range(12):
        process = subprocess.Popen([*command, str(tmp_path / "out")], stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(1.0, 6.0))
        process.kill()
        deaths += process.wait() == -9
    for out in ("out", "unbroken"):
        subprocess.run([*command, str(tmp_path / out)], check=True, stdout=subprocess.DEVNULL)
    first, second = ((tmp_path / out / "results.jsonl").read_bytes() for out in ("out", "unbroken"))
    assert deaths > 0 and first == second
    assert [record.status for record in results_of(tmp_path / "out" / "results.jsonl")] == [Status.GRADED] * 30


def descendants(pid: int) -> list[int]:
    """The processes beneath a process."""
    found, waiting = [], [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").iterdir():
            children = [int(text) for text in (task / "children").read_text().split()]
            found += children
            waiting += children
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_consumer_that_leaves_early_keeps_what_was_judged(tmp_path: Path) -> None:
    """Closing the iterator ends the processes, keeps the journal, and writes no half results."""
    folder = a_class(tmp_path / "class", {"ada.md": HONEST["ada.md"], "bob.md": HONEST["bob.md"]})
    with open_submissions(folder) as submissions:
        records = judge_all(submissions, SETTINGS, tmp_path / "out")
        first = next(records)
        records.close()  # type: ignore[attr-defined]
        assert first.student == "ada"
        left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {"lock", "journal.jsonl", "claims.jsonl"}
    assert (tmp_path / "out" / "journal.jsonl").stat().st_size > 0


def test_a_crew_that_fails_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the crew itself (no process can be started, say) ends the batch loudly; nothing waits for ever."""
    from twofold.checks.batch import crew

    def broken(*arguments: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(crew, "Slot", broken)
    folder = a_class(tmp_path / "class", {"ada.md": HONEST["ada.md"]})
    with pytest.raises(OSError, match="no more processes"):
        judged(folder, tmp_path / "out")
    with pytest.raises(queue.Empty):
        crew.Threads(iter([]), str, lambda *_: None, SETTINGS, crew.Shared(), 0).take(0.01)


def test_the_shortest_of_the_first_documents_go_ahead_and_the_rest_keep_their_order() -> None:
    """Something is seen to be done soon; a text that cannot be read is not asked twice."""
    document = Document(name="h.md", format="md", sha256="", entry=Entry(parts=("h.md",)))
    tasks = [Task(key=str(n), document=document, given="", student=f"s{n}") for n in range(30)]
    lengths = {"3": 5, "7": 2, "29": 1}

    def read(task: Task) -> str:
        return "x" * lengths.get(task.key, 9)

    found = [task.key for task in shortest_first(tasks, 2, read)]
    assert found == ["7", "3", *(str(n) for n in range(30) if n not in (3, 7))]
