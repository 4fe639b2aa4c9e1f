r"""The record of an experiment: what was set, what was measured, and whether each statement holds for this model.

A statement in words ("simple methods like Euler's can be unstable") is no equality: whether it holds depends on the
model.  A row therefore carries three things apart: the `statement`, what was `measured` with its numbers, and `holds`,
which is computed from the evidence of the statement as it was put to the test:

| evidence, by `combine`                 | `holds`       |
| -------------------------------------- | ------------- |
| `proved`, `enclosed`, `supported`      | `yes`         |
| `refuted`                              | `no`          |
| anything else                          | `not decided` |

A row whose evidence is a crash of ours is a `fault`, and loud.  What is drawn is a figure of the run: numbers, a title,
a caption.  The cost is counted (steps, evaluations), never timed: a record is the same bytes on every rerun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..evidence import Evidence, from_json, to_json
from ..verdict import Outcome, combine

Json = Any
Told = Callable[[int, int, str], None]
"""What a long piece of work is told by: done, of how many, and a few words on where it stands."""


def untold(done: int, total: int, words: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement, measured.

    Attributes:
        id: a short stable word ("euler-unstable"); unique within its experiment.
        statement: the sentence that was put to the test, for a person.
        measured: what was found, with its numbers and their errors.
        conditions: under which conditions the answer would be the other one ("for h above 1.32").
        evidence: what decides; a negative control that was not caught leaves the row `not decided`.
    """

    id: str
    statement: str
    measured: str
    evidence: tuple[Evidence, ...]
    conditions: str = ""

    @property
    def outcome(self) -> Outcome:
        return combine(self.evidence)

    @property
    def holds(self) -> str:
        """`yes`, `no`, `not decided`, or `fault`."""
        if self.outcome is Outcome.FAULT:
            return "fault"
        if self.outcome.passes:
            return "yes"
        return "no" if self.outcome is Outcome.REFUTED else "not decided"

    def to_json(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "statement": self.statement,
            "measured": self.measured,
            "holds": self.holds,
            "conditions": self.conditions,
            "outcome": self.outcome.value,
            "evidence": [to_json(piece) for piece in self.evidence],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment on one declared object.

    Attributes:
        kind: `figures`, `learning`, `solvers`, `sampling` or `training`.
        of: the name of the flow or the energy.
        settings: every number that a rerun needs (n, steps, step sizes, times), as text.
        rows: the statements, in the order of a reader.
        figures: pictures as in `Run.figures` ({"kind", "of", "title", "caption", "sentence", "data"}).
        tables: {"title", "columns", "rows"} of texts.
        findings: facts that are no answer to a statement (a chain that left every bounded set).
        cost: counted work ("energy evaluations": 120000).
        line: where the document asks for it; 0 when the command line did.
    """

    kind: str
    of: str
    title: str
    seed: int
    settings: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    figures: tuple[Mapping[str, Json], ...] = ()
    tables: tuple[Mapping[str, Json], ...] = ()
    findings: tuple[str, ...] = ()
    cost: Mapping[str, int] = field(default_factory=dict)
    line: int = 0

    def to_json(self) -> dict[str, Json]:
        return {
            "kind": self.kind,
            "of": self.of,
            "title": self.title,
            "seed": self.seed,
            "line": self.line,
            "settings": dict(self.settings),
            "rows": [row.to_json() for row in self.rows],
            "figures": [dict(item) for item in self.figures],
            "tables": [dict(item) for item in self.tables],
            "findings": list(self.findings),
            "cost": dict(self.cost),
        }


def experiment_from_json(data: Mapping[str, Json]) -> Experiment:
    """The record that `to_json` wrote; raises KeyError or ValueError for anything else."""
    rows = tuple(
        Row(
            id=row["id"],
            statement=row["statement"],
            measured=row["measured"],
            conditions=row["conditions"],
            evidence=tuple(from_json(piece) for piece in row["evidence"]),
        )
        for row in data["rows"]
    )
    fields: dict[str, Any] = {key: data[key] for key in ("kind", "of", "title", "seed", "line", "settings", "cost")}
    fields |= {key: tuple(data[key]) for key in ("figures", "tables", "findings")}
    return Experiment(rows=rows, **fields)


class BadExperiment(ValueError):  # noqa: N818 - a finding about the input
    """An experiment that cannot be made as asked: the whole message for a person (expected; got; what to do)."""
