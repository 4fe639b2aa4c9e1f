r"""Does a value of a student agree with the key?  Asked of the product's own engine, as one claim under what is given.

    (value of the student) = (value of the key)            abs((student) - (key)) <= bound     where a bound is allowed

Each question is a problem file of its own, judged like a submission: in a process that may be killed, kept in a
journal by its content, so that an edited key asks only what is new.  Two students with one answer ask once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from ...checks.batch import DocumentLimits, Executor, Judged, Settings, Status, judge_all
from ...checks.batch.engine import Report, silent
from ...checks.batch.intake import Document, Row, Submissions
from ...checks.batch.place import Entry
from ...checks.evidence import Counterexample, Disproof
from ...checks.key_text import claim_text, split
from ...checks.run import Run
from ...checks.verdict import Outcome, Verdict
from ...checks.wording import verdict_sentence
from .locate import value_of
from .needs import free_names
from .quantities import APPLIED, Renaming, renamed, written_in
from .toml_text import toml_text

LIMITS = DocumentLimits(cpu=20.0, step=15.0, wall=120.0)
DEEPEST = 20  # names of the student that may be defined by each other


class Agreement(StrEnum):
    """How a value stands to that of the key."""

    AGREES = "agrees"
    DIFFERS = "differs"
    STATISTICAL = "differs statistically"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An agreement and what it rests on, for the instructor."""

    agreement: Agreement
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One comparison: the problem file that asks it, and what it is judged under."""

    text: str
    given: str

    @property
    def id(self) -> str:
        return hashlib.sha256(f"{len(self.given)}:{self.given}{self.text}".encode()).hexdigest()[:24]


SAME = Found(agreement=Agreement.AGREES, reason="written as in the key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a student's own names stand for: `names` by their values, `functions` by their variable and value."""

    names: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def question(
    value: str, wanted: str, bound: str, given: str, own: Own, letters: Renaming | None = None
) -> Question | None:
    """The comparison of two values; None where they are the same text and nothing needs to be asked.

    `own`: what the student's own names stand for: those that the value uses go with it.  `letters`: of the student, for
    those of the key.
    """
    letters = letters or {}
    value = written_in(value, own.functions)
    names = {name: text for name, text in own.names.items() if name not in letters}
    symbols = {name: renamed(text, letters) for name, text in used_definitions(value, names).items()}
    value = renamed(value, letters)
    if value == wanted and not symbols:
        return None
    declared = toml_text({"symbols": {name: f"= {text}" for name, text in symbols.items()}}) if symbols else ""
    sides = (f"abs(({value}) - ({wanted}))", bound, "<=") if bound else (f"({value})", f"({wanted})", "=")
    claim = claim_text(*sides, notation="plain")  # what was understood is printed so, whatever it holds
    return Question(text=f"{declared}{claim}", given=given)


def definitions(run: Run, known: frozenset[str]) -> Own:
    """The names and the functions of one variable that a document defines and the key does not know."""
    names: dict[str, str] = {}
    functions: dict[str, tuple[str, str]] = {}
    for step in run.steps:
        if step.kind in ("definition", "assignment") and step.relation == "=" and (value := value_of(step)):
            name = split(step.understood, "=")[0]
            applied = APPLIED.fullmatch(name)
            if name.isidentifier() and name not in known:
                names[name] = value
            elif applied and not applied[2] and applied[1] not in known:
                functions[applied[1]] = applied[3], value
    return Own(names=names, functions=functions)


def redefined(run: Run, text: str, known: frozenset[str]) -> str:
    """A name of the key that a text uses and its document defines anew: it may mean something else there.

    What the key declares with a value is judged where a document restates it; that is no definition.
    """
    own = {split(step.understood, "=")[0] for step in run.steps if step.kind == "definition" and step.relation == "="}
    return next((name for name in free_names(text) if name in own and name in known), "")


def used_definitions(value: str, own: Mapping[str, str]) -> dict[str, str]:
    """Of these, those that a value uses, each after those that it uses itself."""
    found: dict[str, str] = {}

    def add(text: str, depth: int) -> None:
        for name in free_names(text):
            if name in own and name not in found and depth < DEEPEST:
                add(own[name], depth + 1)
                found[name] = own[name]

    add(value, 0)
    return found


def is_deterministic(verdict: Verdict) -> bool:
    """Whether a refutation rests on a counterexample or a disproof; of several readings each one."""
    pieces = [reading.evidence for reading in verdict.readings] or [verdict.evidence]
    return all(any(isinstance(p, Counterexample | Disproof) for p in found) for found in pieces)


class Questions:
    """Questions as a place of submissions, each a file of its own."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.texts = [question.text.encode() for question in questions]

    def entries(self) -> list[Entry]:
        return [Entry(parts=(f"{number}.toml",), handle=number) for number in range(len(self.texts))]

    def read(self, entry: Entry) -> bytes:
        return self.texts[int(entry.handle)]

    def close(self) -> None:
        return None


def ask_all(
    questions: Sequence[Question],
    out: Path,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    report: Report = silent,
) -> dict[str, Found]:
    """The answers by the id of the question.  Raises Busy and StorageError as `judge_all` does."""
    distinct = list({question.id: question for question in questions}.values())
    if not distinct:
        return {}
    place = Questions(distinct)
    pairs = zip(distinct, place.entries(), strict=True)
    rows = [row(number, question, entry) for number, (question, entry) in enumerate(pairs)]
    given_for = {question.id: question.given for question in distinct}
    submissions = Submissions(place, rows)
    settings = Settings(limits=LIMITS)
    answers = judge_all(submissions, settings, out, jobs=jobs, executor=executor, given_for=given_for, report=report)
    return {judged.student: found_in(judged) for judged in answers}


def row(number: int, question: Question, entry: Entry) -> Row:
    digest = hashlib.sha256(question.text.encode()).hexdigest()
    document = Document(name=f"{question.id}.toml", format="toml", sha256=digest, entry=entry)
    return Row(student=question.id, slug=question.id, number=number, documents=(document,))


def found_in(judged: Judged) -> Found:
    """What the engine says about one question."""
    run = judged.run()
    steps = [] if run is None else [step for step in run.steps if step.outcome is not None]
    if steps and steps[-1].unread:
        return Found(agreement=Agreement.OPEN, reason=f"cannot be read under the key: {steps[-1].unread}"[:300])
    if not steps:
        reason = "; ".join(judged.reasons) or judged.status.value
        wrong = "cannot be read under the key" if judged.status is Status.UNREADABLE else judged.status.value
        return Found(agreement=Agreement.OPEN, reason=f"{wrong}: {reason.splitlines()[0] if reason else ''}"[:300])
    outcome, verdict = steps[-1].outcome or Outcome.UNREAD, steps[-1].verdict or Verdict()
    message = verdict_sentence(replace(verdict, diagnosis=None))  # no slip was made between two people's values
    if outcome.passes:
        return Found(agreement=Agreement.AGREES, reason=f"{outcome.value}: {message}")
    if outcome is Outcome.REFUTED:
        exact = is_deterministic(verdict)
        return Found(agreement=Agreement.DIFFERS if exact else Agreement.STATISTICAL, reason=message)
    return Found(agreement=Agreement.OPEN, reason=f"{outcome.value}: {message}")
