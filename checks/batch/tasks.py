"""What there is to judge: each distinct text once, under a key of everything that its result depends on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ..provenance import versions
from .assemble import neutral
from .fingerprint import code_key, text_key
from .intake import Document, Row, Submissions
from .records import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A text to judge: the document that holds it, and what it is given."""

    key: str
    document: Document
    given: str
    student: str  # of the first who handed it in, for messages

    @property
    def name(self) -> str:
        return neutral(self.document.format)


class Plan:
    """The keys of every student's documents, and the tasks behind them.

    `given_for` gives what the documents of a student are read under, where it is not what the settings say (a variant
    of the problem for each).
    """

    def __init__(self, rows: tuple[Row, ...], settings: Settings, given_for: Mapping[str, str] | None = None) -> None:
        self.rows = rows
        self.under = under(settings)
        self.tasks: dict[str, Task] = {}
        self._keys: dict[int, tuple[str, ...]] = {}
        for row in rows:
            given = (given_for or {}).get(row.student, settings.given)
            found = [self._task(row, document, given) for document in row.documents]
            self._keys[row.number] = tuple(task.key for task in found)

    def keys(self, row: Row) -> tuple[str, ...]:
        return self._keys[row.number]

    def _task(self, row: Row, document: Document, given: str) -> Task:
        key = text_key([document.sha256, document.format, given, self.under])
        return self.tasks.setdefault(key, Task(key=key, document=document, given=given, student=row.student))


def under(settings: Settings) -> str:
    """The key of everything but the text and what it is given: settings with their limits, versions, program text."""
    options = {**settings.as_dict(), "limits": asdict(settings.limits)}
    return text_key([json.dumps(options, sort_keys=True), json.dumps(versions(), sort_keys=True), code_key()])


def in_shard(student: str, shard: tuple[int, int]) -> bool:
    """Whether a student belongs to shard `i` of `n` (from 1): by a hash of the id, and nothing else."""
    part, parts = shard
    if not 1 <= part <= parts:
        raise ValueError(f"Expected a shard i/n with 1 <= i <= n; got {part}/{parts}")
    return int(text_key([student]), 16) % parts == part - 1


def chosen(submissions: Submissions, shard: tuple[int, int]) -> tuple[Row, ...]:
    return tuple(row for row in submissions.rows if in_shard(row.student, shard))
