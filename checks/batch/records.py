"""The records of a batch: how it judges, and what became of each student's submission.

Every student has exactly one record whatever happened, with a status; a document that could be judged has its Run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from ..run import Run


class Status(StrEnum):
    """What became of a submission.  A lower one in this list needs a person sooner; none of them means zero points.

    =============  ===============================================================================================
    graded         every claim was read and judged (`undecided` is a verdict)
    partly read    judged, but a claim or a file of it was not understood, or no claim was found
    limit          a limit (time, memory, output) ended it; the steps judged before are in the run
    crashed        a process died of it, twice; the steps judged before are in the run
    unreadable     no text that could be judged: not UTF-8, a link, an archive in an archive, a broken problem file
    empty          there is a file, and nothing but white space in it
    duplicate      two members of one archive bear one name: nobody can say which one was meant
    missing        the roster knows the student, and no submission is there
    =============  ===============================================================================================
    """

    GRADED = "graded"
    PARTLY_READ = "partly read"
    LIMIT = "limit"
    CRASHED = "crashed"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """What the judging of one document may use: seconds, and bytes of address space and of messages.

    `cpu` counts the child and its prover; where it is used up the steps left are undecided for that reason.  `step` is
    what one step may use before its process is killed.  `wall` is the outermost net, wide on purpose: the load of the
    machine must not decide a verdict.
    """

    cpu: float = 50.0
    step: float = 40.0
    wall: float = 240.0
    memory: int = 1 << 30
    output: int = 16 << 20

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"Expected a positive finite limit on {name}; got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How every document of a batch is judged; all of it is part of the key under which a result is kept.

    Attributes:
        seed, alpha: of every run (None: the document's own, else the default).
        seconds: the limit of one symbolic proof, in CPU seconds.
        given: the TOML text of a `twofold` table ([symbols], [laws], ...) that every document is read under, as if the
            student had written it; for instance what the key file declares.
        prove: whether there are symbolic proofs; without them a step is supported or enclosed at most.
        limits: of one document.
    """

    seed: int | None = None
    alpha: float | None = None
    seconds: float = 10.0
    given: str = ""
    prove: bool = True
    limits: DocumentLimits = field(default_factory=DocumentLimits)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One student: what was handed in, what became of it, and the Run where there is one.

    Attributes:
        student: the id, from the roster where it has one, otherwise from the name of the file or folder.
        name: the full name where it is known, or "".
        slug: a file name for this student: ASCII, short, unique in the class on a case-blind disk, no reserved word.
        number, class_size: the place in the class, from 0, and how many places it has; the same in every shard.
        ids: other names of the student, for exports: "moodle" (participant number), "canvas", "gradescope", "email", ..
        files: the documents that were judged, in order, as they may be shown (control characters are escapes).
        starts: the line of the run's text at which each of these files starts (1 for the first).
        late: handed in late, as the course system, the roster or the due date says; judged all the same.
        same_as: students who handed in the very same bytes, at most twenty.
        reasons: sentences for the instructor: why the status, what was not judged, what was odd.
        run_json: the Run (`twofold.run/1`, `timing` empty) or None; `run()` reads it.
        sha256: of the bytes that were judged; "" where there are none.
        under: the SHA-256 of what they were judged under: settings, versions, program text.
    """

    student: str
    name: str = ""
    slug: str
    number: int
    class_size: int
    ids: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    status: Status
    late: bool = False
    same_as: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    sha256: str = ""
    under: str = ""
    run_json: str | None = field(default=None, repr=False)

    def run(self) -> Run | None:
        """The run, read anew at each call: a batch keeps none in memory."""
        if self.run_json is None:
            return None
        from ..run_json import run_from

        return run_from(json.loads(self.run_json))

    def row(self) -> dict[str, Any]:
        """Everything but the run, as JSON."""
        found = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "run_json"}
        lists = {key: list(found[key]) for key in LISTS}
        return {**found, **lists, "ids": dict(self.ids), "status": self.status.value}


LISTS = ("files", "starts", "same_as", "reasons")


def judged_from(row: Mapping[str, Any], run_json: str | None) -> Judged:
    """The record that `Judged.row` wrote."""
    lists = {key: tuple(row[key]) for key in LISTS}
    return Judged(**{**row, **lists, "status": Status(row["status"]), "run_json": run_json})
