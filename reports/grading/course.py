r"""Grading from the first file to the last: what the command line and `twofold.grade` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ...checks.api import source_of
from ...checks.batch import (
    Busy,
    Executor,
    IntakeError,
    MergeError,
    Progress,
    Settings,
    StorageError,
    Submissions,
    judge_all,
    open_submissions,
    read_results,
)
from ...checks.batch.engine import Report
from ...checks.batch.output import OutputLock
from ...checks.batch.results import RESULTS
from ...checks.command import MAX_BYTES
from ...checks.key_text import ReadError, Source
from .compare import Agreement, Found, Own, Question, ask_all, question
from .grade import mark_all, questions_of
from .key import Key
from .key_reader import read_key
from .marks import StudentMarks
from .outputs import Outputs
from .overrides import check_students, read_overrides
from .places import Place

T = TypeVar("T")
OVERRIDES, COMPARED = "overrides.toml", "compared"
BY_NUMBERS = (
    "Judged by numbers alone (--no-proofs): a step that passes is supported or enclosed, none is proved, and slips are "
    "not named. The same command without it gives the marks to keep."
)
Told = Callable[[str, Progress], None]


class GradingError(ValueError):
    """Nothing was graded, and why; the whole message for a person, with its place where it has one."""


def nobody(stage: str, progress: Progress) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """What came of it: the key, the marks of everybody, sentences about files that belong to nobody."""

    key: Key
    marks: tuple[StudentMarks, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be graded, and how.

    Attributes:
        place: a folder or zip of submissions, or the `results.jsonl` of a run: that marks without judging anew.
        overrides: the file of a person's decisions; None: `overrides.toml` beside the key, or in `out`, if it is there.
        worksheet: Moodle's, to be filled.
        shard: (i, n): judge part i of n alone, and write nothing but its results.
        prove: whether there are symbolic proofs; the page of the class says where there were none.
    """

    place: Path
    key: Path
    out: Path
    roster: Path | None = None
    overrides: Path | None = None
    worksheet: Path | None = None
    assignment: str = ""
    jobs: int = 1
    shard: tuple[int, int] = (1, 1)
    fresh: bool = False
    retry: bool = False
    seed: int | None = None
    alpha: float | None = None
    prove: bool = True
    executor: Executor | None = None


def carry_out(order: Order, tell: Told = nobody) -> Grading:
    """Grade a class and write everything into `out`.

    Raises:
        GradingError: the key, the overrides, the roster, the submissions or the worksheet cannot be used.
        Busy: another run is at work in `out`.  StorageError: a result could not be kept.
    """
    key_source = read_text(order.key)
    key = located(lambda: read_key(key_source, order.key.parent), key_source)
    worksheet = None if order.worksheet is None else read_bytes(order.worksheet)
    overrides_source = overrides_of(order)
    overrides = located(lambda: read_overrides(overrides_source, key), overrides_source)
    try:

        def ready(students: Sequence[str]) -> None:
            located(lambda: check_students(overrides, students), overrides_source)
            prove_key(order, key, key_source, tell)

        results, notes = judged(order, key, ready, tell)
        if order.shard != (1, 1):
            return Grading(key=key, marks=(), notes=notes)
        answers = asked(order, key, results, tell)
        with OutputLock(order.out):
            outputs = Outputs(order.out, key)
            marks = mark_all(results, key, answers, overrides, outputs.student)
            outputs.of_class(marks, notes, worksheet)
    except (IntakeError, MergeError) as error:
        raise GradingError(str(error)) from error
    except (Busy, StorageError, GradingError):
        raise
    except ValueError as error:  # the worksheet, bytes that are not UTF-8
        raise GradingError(str(error)) from error
    return Grading(key=key, marks=tuple(marks), notes=notes)


def judged(order: Order, key: Key, ready: Callable[[Sequence[str]], None], tell: Told) -> tuple[Path, tuple[str, ...]]:
    """The results file, made now or given, and the notes of the intake; `ready` may object before anybody is judged."""
    if order.place.name.endswith(".jsonl"):
        ready([judged.student for judged in read_results(order.place)])
        return order.place, ()
    with open_submissions(order.place, roster=order.roster, assignment=order.assignment, aside=aside(order)) as found:
        ready([row.student for row in found.rows])
        judge(found, order, key, tell)
        return order.out / RESULTS, (*found.notes, *(() if order.prove else (BY_NUMBERS,)))


def judge(found: Submissions, order: Order, key: Key, tell: Told) -> None:
    settings = Settings(seed=order.seed, alpha=order.alpha, given=key.given, prove=order.prove)
    for _ in judge_all(
        found,
        settings,
        order.out,
        jobs=order.jobs,
        given_for=key.given_for,
        shard=order.shard,
        executor=order.executor,
        fresh=order.fresh,
        retry=order.retry,
        report=lambda progress: tell("judging", progress),
    ):
        pass  # it is in results.jsonl; one record is in memory at a time


def asked(order: Order, key: Key, results: Path, tell: Told) -> dict[str, Found]:
    """How the values of the class agree with the key."""
    questions: dict[str, Question] = {}
    for judged in read_results(results):
        questions |= {question.id: question for question in questions_of(judged, key)}
    return answered(order, list(questions.values()), lambda progress: tell("comparing", progress))


def answered(order: Order, questions: list[Question], report: Report) -> dict[str, Found]:
    return ask_all(questions, order.out / COMPARED, jobs=order.jobs, executor=order.executor, report=report)


def prove_key(order: Order, key: Key, source: Source, tell: Told) -> None:
    """Ask the key about itself, before anybody is judged by it.

    Raises:
        GradingError: a value is refuted by its own quantity: it would mark the whole class wrong.
    """
    own = key_questions(key)
    answers = answered(order, list(own.values()), lambda progress: tell("checking the key", progress))
    for name, asked in own.items():
        found = answers[asked.id]
        if found.agreement is Agreement.DIFFERS:
            holders = ((part.id, *(m.id for m in part.milestones)) for part in key.parts)
            number = next(n for n, ids in enumerate(holders) if name in ids)
            message = f"the value of '{name}' is refuted by what the key declares: {found.reason}"
            raise GradingError(ReadError(message, Place.of_part(source, number).key("value")).explain(source))


def key_questions(key: Key) -> dict[str, Question]:
    """For each part and required step the claim that its quantity has its value; the first variant stands for all."""
    given = next(iter(key.given_for.values()), key.given)
    targets = {part.id: (part.target, part.bound()) for part in key.parts}
    targets |= {m.id: (m.target, "") for part in key.parts for m in part.milestones}
    found = {}
    for name, (target, bound) in targets.items():
        asked = question(target.names[0], target.value, bound, given, Own()) if "\\" not in target.names[0] else None
        if asked is not None:
            found[name] = asked
    return found


# -- files -------------------------------------------------------------------------------------------------------------
def aside(order: Order) -> list[Path]:
    """What lies among the submissions and is none."""
    given = (order.key, order.out, order.roster, order.overrides, order.worksheet, order.key.parent / OVERRIDES)
    return [path for path in given if path is not None]


def overrides_of(order: Order) -> Source:
    """The overrides: those that are named, else those beside the key or in the output folder, else none."""
    if order.overrides is not None:
        return read_text(order.overrides)
    there = (folder / OVERRIDES for folder in (order.key.parent, order.out))
    path = next((path for path in there if path.is_file()), None)
    return Source(OVERRIDES, "") if path is None else read_text(path)


def read_text(path: Path) -> Source:
    try:
        return source_of(path)
    except (OSError, ValueError) as error:
        raise GradingError(str(error)) from error


def read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise GradingError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise GradingError(f"{path}: expected at most {MAX_BYTES} bytes; got more")
    return data


def located(read: Callable[[], T], source: Source) -> T:
    """What a reader gives; its mistakes with the line and a caret."""
    try:
        return read()
    except ReadError as error:
        raise GradingError(error.explain(source)) from error
