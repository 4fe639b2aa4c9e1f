r"""Judging a changed document without judging all of it again, and sides of its links with their values.

A verdict depends on the claim and the context entries that it uses, and a step's id is a hash of both: so of a document
with one change only those steps are judged to which the change gives a new id.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from campaign_documents import Document
from small_tex import Tree, UnknownError, read, walk
from small_values import OTHER, SAME, Mat, ShapeError, gap, value

from twofold.checks.budget import Budget, split_alpha
from twofold.checks.check import DEFAULT_ALPHA, count_tests, verdict_of
from twofold.checks.course import Course
from twofold.checks.deadline import Patience
from twofold.checks.material import material_of
from twofold.checks.planner import Planner
from twofold.checks.statements import Link
from twofold.checks.worker import Limits, Worker
from twofold.symbolic.source import Source

CALLS = ("p_Z", "p_Y", "E_\\phi", "p_\\phi", "E_\\theta", "p_\\theta")
INSTANCES = 3
BEFORE = "as before"
FAILING = ("refuted", "fault")


@dataclass
class Judge:
    """Outcomes of the steps of a changed document that the document as it was does not have."""

    worker: Worker
    seconds: float = 10.0
    known: dict[str, set[str]] = field(default_factory=dict)

    def outcomes(self, document: Document, text: str) -> list[tuple[Link, str]]:
        """Every link with its outcome; `as before` where the claim is one of the unchanged document."""
        known = self.known.setdefault(document.path.as_posix(), ids(links_of(document, document.text)))
        links = links_of(document, text)
        first, second = split_alpha(DEFAULT_ALPHA, count_tests(links))
        budget = Budget(alpha_first=first, alpha_second=second, seconds=self.seconds)
        planner = Planner(worker=self.worker, budget=budget, seed=0, patient=False)
        patience = Patience.of(self.seconds)
        old = [link.claim is not None and link.claim.id in known for link in links]
        return [
            (link, BEFORE if same else outcome(link, planner, patience)) for link, same in zip(links, old, strict=True)
        ]


def outcome(link: Link, planner: Planner, patience: Patience) -> str:
    verdict = None if link.unread else verdict_of(link, planner, patience, Course())
    return "unread" if link.unread else link.kind if verdict is None else verdict.outcome.value


def links_of(document: Document, text: str) -> tuple[Link, ...]:
    return tuple(material_of(Source(document.path.name, text)).links)


def ids(links: Iterable[Link]) -> set[str]:
    return {link.claim.id for link in links if link.claim is not None}


def limits() -> Limits:
    return Limits(wall=10.0, cpu=10.0)


@dataclass(frozen=True)
class Side:
    """A side of a claim: its place in the document, and its tree."""

    document: Document
    start: int
    text: str
    tree: Tree

    @property
    def line(self) -> int:
        return self.document.text.count("\n", 0, self.start) + 1


def instances(document: Document) -> list[dict[str, Any]]:
    return [document.instance(random.Random(seed)) for seed in range(INSTANCES)]


def parsed(text: str, env: dict[str, Any]) -> Tree:
    functions = [name for name in (*CALLS, "Z") if callable(env.get(name)) and (name != "Z" or "\\theta" in env)]
    return read(text, functions, [name for name in env if "(" in name or "{" in name])


def values(text: str, envs: list[dict[str, Any]]) -> list[Any] | None:
    """The values of a side on every instance; None where a value is not finite.

    Raises:
        UnknownError, ShapeError: the side is not read, or its shapes do not fit.
    """
    with np.errstate(all="ignore"):
        try:
            found = [value(parsed(text, env), env) for env in envs]
        except (np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
            return None
    finite = all(np.all(np.isfinite(v)) and not np.any(np.iscomplex(v)) for v in (getattr(v, "of", v) for v in found))
    return found if finite else None


def sides(document: Document) -> Iterator[Side]:
    """The sides of the claims of a document that the small reader understands, and whose links hold by its values."""
    envs = instances(document)
    links = links_of(document, document.text)
    rights: set[int] = set()
    for link in links:
        rights.add(link.span.stop)
        if link.claim is None or link.relation not in ("=", "~"):
            continue
        for left in (False, True):
            if left and (link.lhs_span.stop in rights or holds(link, envs) is not True):
                continue  # the right side of the link before, or not what this reader takes it for
            start, text = place(document.text, link, left)
            try:
                if values(text, envs) is not None:
                    tree = parsed(text, envs[0])
                    if not (left and tree.op in ("name", "call", "atom")):
                        yield Side(document, start, text, tree)
            except (UnknownError, ShapeError):
                continue


def place(text: str, link: Link, left: bool) -> tuple[int, str]:
    """Where a side stands, and its text; of a normal law, the covariance."""
    stop = (link.lhs_span if left else link.span).stop
    written = link.lhs_text if left else link.rhs_text
    if link.relation == "~" and not left:
        law = re.fullmatch(r"\\mathcal\{N\}\(([^,]+), (.*)\)", written)
        written = law.group(2) if law else ""
        stop -= 1
    return stop - len(written), written


IsMatrix = Callable[[Tree], bool]


def matrix_test(env: dict[str, Any]) -> IsMatrix:
    """Whether a part is a matrix on the instance; what has no value of its own counts as one, and is not commuted."""

    def test(tree: Tree) -> bool:
        with np.errstate(all="ignore"):
            try:
                return isinstance(value(tree, env), Mat)
            except (UnknownError, ShapeError, np.linalg.LinAlgError, ZeroDivisionError):
                return not any(node.op == "name" and node.word not in env for node in walk(tree))

    return test


def holds(link: Link, envs: list[dict[str, Any]]) -> bool | None:
    """Whether both sides of a link have equal values; None where one of them is not read."""
    return holds_as(link.lhs_text, link.rhs_text, envs)


def holds_as(lhs: str, rhs: str, envs: list[dict[str, Any]]) -> bool | None:
    try:
        left, right = values(lhs, envs), values(rhs, envs)
    except (UnknownError, ShapeError):
        return None
    if left is None or right is None:
        return None
    return all(gap(a, b) < SAME for a, b in zip(left, right, strict=True))


def differs(old: str, new: str, envs: list[dict[str, Any]]) -> bool:
    """Whether a changed side has another value on an instance, or no type.  Without a value it counts for nothing."""
    try:
        before, after = values(old, envs), values(new, envs)
    except ShapeError:
        return True
    except UnknownError:
        return False
    return (
        before is not None and after is not None and any(gap(a, b) > OTHER for a, b in zip(before, after, strict=True))
    )


def same(old: str, new: str, envs: list[dict[str, Any]]) -> bool:
    """Whether a rewritten side has the same values on every instance."""
    try:
        before, after = values(old, envs), values(new, envs)
    except (ShapeError, UnknownError):
        return False
    return (
        before is not None and after is not None and all(gap(a, b) < SAME for a, b in zip(before, after, strict=True))
    )
