"""A class of documents, judged one by one in processes that may be killed: nothing is lost, nothing is judged twice.

    with open_submissions("submissions.zip", roster=Path("roster.csv")) as submissions:    # intake
        for judged in judge_all(submissions, Settings(given=block), Path("out"), jobs=2):  # engine
            ...                                  # one Judged per student, in the order of the class
    for judged in read_results(Path("out/results.jsonl")):   # the same records again, one in memory at a time
        ...

- `open_submissions(place, *, roster, assignment, due, aside)` reads a folder or a zip as course systems export it and
  gives `Submissions`: one row per student, files read on demand and never extracted.
- `judge_all(submissions, settings, out, *, jobs, given_for, shard, executor, fresh, retry, report)` judges; its
  iterator is lazy, and closing it early keeps what was judged.  `out` gets the journal (`journal.jsonl`), the lock,
  and at the end `results.jsonl`.  Raises `Busy` (another run is at work there), `StorageError` (disk full, with what is
  safe) and `NoProcess` (none can be started); each carries the whole message for a person.
- `Reporter(sys.stderr).report` shows progress: a bar with the time left on a terminal, plain lines elsewhere.
- `read_results(path)` iterates over a results file; `merge(paths, path)` joins those of shards into the bytes that one
  run would have written.

A line of `results.jsonl` is a Run (`twofold.run/1`) with one key more, `"submission"`: the fields of `Judged` without
the run.  A student without a run has an empty Run there, so that no line and no student is ever missing.
"""

from __future__ import annotations

from .crew import Executor
from .engine import Progress, judge_all
from .intake import Submissions, open_submissions
from .journal import StorageError
from .output import Busy, written_whole
from .place import IntakeError
from .progress import Reporter
from .records import DocumentLimits, Judged, Settings, Status
from .results import MergeError, merge, read_results
from .supervise import NoProcess

__all__ = [
    "Busy",
    "DocumentLimits",
    "Executor",
    "IntakeError",
    "Judged",
    "MergeError",
    "NoProcess",
    "Progress",
    "Reporter",
    "Settings",
    "Status",
    "StorageError",
    "Submissions",
    "judge_all",
    "merge",
    "open_submissions",
    "read_results",
    "written_whole",
]
