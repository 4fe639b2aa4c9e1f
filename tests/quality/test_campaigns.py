r"""Campaigns over whole documents: single errors are refuted where they stand, rewritten true links are never refuted.

The documents are the homework and the three open ones beside the repository and `examples/homework.md`.  Errors and
rewrites are made on the TeX of a side by a reader of its own (`small_tex`), and what they do to its value is seen on
concrete instances in numpy (`small_values`): an error counts only if the side takes another value, a rewrite only if it
keeps it.  All links of the documents are true, so L = R' with R' other than R is false, and so is R' = S after it.

    .venv/bin/pytest tests/quality/test_campaigns.py -m "quality or not quality" -s
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pytest
from campaign import BEFORE, FAILING, Judge, Side, differs, instances, limits, matrix_test, parsed, same, sides
from campaign_documents import DOCUMENTS, Document
from campaign_pairs import Pair, pairs, renamed
from small_tex import Tree, UnknownError, walk
from tex_rewrites import by_sympy, rewrites
from tex_slips import Change, slips

from twofold.checks.equal import equal
from twofold.checks.statements import Link
from twofold.checks.worker import Worker

PASSES = (BEFORE, "proved", "enclosed", "supported")
# How many errors of each kind, in the proportions of real documents; what a kind cannot fill is left out.
WANTED = {
    "index": 60,
    "sign": 60,
    "dropped factor": 40,
    "extra factor": 20,
    "factor 2": 25,
    "dropped term": 30,
    "missing square": 25,
    "missing root": 24,
    "missing log": 25,
    "missing gradient": 20,
    "missing mean": 5,
    "missing inverse": 20,
    "inverted": 25,
    "power rule": 20,
    "neighbouring function": 12,
    "trace for determinant": 12,
    "missing transpose": 12,
    "transposed": 8,
    "diagonal exchanged": 12,
    "rows exchanged": 10,
    "arithmetic": 30,
    "digits exchanged": 15,
}
Slip = tuple[Side, Change]


def present() -> list[Document]:
    """The documents that are there: those of the shared folder are not part of the repository."""
    return [document for document in DOCUMENTS if document.path.is_file()]


def errors(seed: int = 0) -> list[Slip]:
    """Errors of every kind over all documents, by a fixed seed."""
    by_kind: dict[str, list[Slip]] = defaultdict(list)
    for document in present():
        for side in sides(document):
            for change in slips(side.text, side.tree, document.pairs):
                by_kind[change.kind].append((side, change))
    r, found = random.Random(seed), []
    for kind, count in WANTED.items():
        candidates = by_kind[kind]
        r.shuffle(candidates)
        real = (slip for slip in candidates if is_error(slip))
        found += [slip for _, slip in zip(range(count), real, strict=False)]
    return found


def is_error(slip: Slip) -> bool:
    side, change = slip
    return differs(side.text, change.applied(side.text), instances(side.document))


@dataclass(frozen=True)
class Found:
    """What became of a change: the outcomes at its place, and the other links that were refuted."""

    kind: str
    place: str
    text: str
    here: tuple[str, ...]
    accused: tuple[str, ...]

    @property
    def word(self) -> str:
        """`refuted` if a link at the place is, else the outcome that is nearest to a pass."""
        order = ("refuted", *PASSES, "undecided", "unread")
        return next((w for w in order if w in self.here), "no claim")


def judged(judge: Judge, side: Side, change: Change) -> Found:
    document, start = side.document, side.start + change.start
    whole = document.text
    changed = whole[: side.start] + change.applied(side.text) + whole[side.start + len(side.text) :]
    stop = start + max(len(change.new), 1)
    links = judge.outcomes(document, changed)
    here = [(link, word) for link, word in links if touches(link, start, stop)]
    rest = [(link, word) for link, word in links if not touches(link, start, stop)]
    accused = [f"{link.span.line}: {link.lhs_text} = {link.rhs_text}" for link, word in rest if word in FAILING]
    return Found(
        change.kind,
        f"{document.path.name}:{side.line}",
        f"{side.text[change.start : change.stop]} -> {change.new}  in  {side.text}",
        tuple(word for _, word in here),
        tuple(accused),
    )


def touches(link: Link, start: int, stop: int) -> bool:
    """Whether a side of the link holds a part of the place."""
    return any(span.start < stop and start < span.stop for span in (link.span, link.lhs_span))


def table(title: str, found: Sequence[Found]) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for key in (one.kind, one.place.split(":")[0], "all"):
            counts[key][one.word] += 1
            counts[key]["accused others"] += bool(one.accused and one.word != "refuted")
    print(f"\n{title}")
    for key, row in counts.items():
        print(f"  {key:28s} {sum(row.values()) - row['accused others']:4d}: {dict(row)}")
    if os.environ.get("CAMPAIGN_LOG"):
        with Path(os.environ["CAMPAIGN_LOG"]).open("a", encoding="utf-8") as log:
            log.writelines(json.dumps(vars(one)) + "\n" for one in found)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Worker(limits=limits()) as worker:
        yield Judge(worker)


def test_the_documents_are_tried() -> None:
    """All five documents take part; where some are not there, that is said."""
    missing = [document.path.as_posix() for document in DOCUMENTS if not document.path.is_file()]
    if missing:
        pytest.skip(f"not part of the repository: {', '.join(missing)}")
    assert all(list(sides(document)) for document in DOCUMENTS)


def test_a_sample_of_errors_is_refuted_where_it_stands(judge: Judge) -> None:
    """Of a fixed sample of single errors every one is refuted at its place, and nothing else is."""
    found = [judged(judge, *slip) for slip in errors()[::48]]
    assert found
    assert [one for one in found if one.word != "refuted" or one.accused] == []


@pytest.mark.quality
def test_errors_are_refuted_where_they_stand(judge: Judge) -> None:
    """At least 99 of 100 single errors are refuted at their place, none passes, and nothing else is refuted."""
    found = [judged(judge, *slip) for slip in errors()]
    table("single errors", found)
    missed = [one for one in found if one.word != "refuted"]
    print("\n".join(f"{one.word}: {one.kind} {one.place}: {one.text}" for one in missed))
    assert [one for one in found if one.accused] == []
    assert [one for one in missed if one.word in PASSES] == []
    assert len(missed) <= 0.01 * len(found)


# -- rewrites ----------------------------------------------------------------------------------------------------------
PER_SIDE, PER_PAIR = 5, 6


def rewritten_sides(seed: int = 0) -> list[Slip]:
    """Sides of the documents in other forms of equal value, the rarest kinds first."""
    r, found, seen = random.Random(seed), [], Counter[str]()
    for document in present():
        envs = instances(document)
        matrix = matrix_test(envs[0])
        for side in sides(document):
            changes = list(rewrites(side.text, side.tree, matrix))
            r.shuffle(changes)
            changes.sort(key=lambda c: seen[c.kind])
            good = (c for c in changes if same(side.text, c.applied(side.text), envs))
            for _, change in zip(range(PER_SIDE), good, strict=False):
                seen[change.kind] += 1
                found.append((side, change))
    return found


@dataclass(frozen=True)
class Rewritten:
    """A true pair of which the right side is written otherwise."""

    kind: str
    pair: Pair
    lhs: str
    rhs: str
    where: dict[str, str]


def rewritten_pairs(step: int = 1, seed: int = 0) -> Iterator[Rewritten]:
    """The right sides of true pairs in other forms of equal value, and every pair with other names."""
    r, seen = random.Random(seed), Counter[str]()
    for pair in islice(pairs(), 0, None, step):
        changes = [(c.kind, c.applied(pair.rhs)) for c in rewrites(pair.rhs, pair.tree, pair.matrix)]
        changes += [(k, t) for kind, text in changes[:6] for k, t in twice(kind, text, pair)]
        changes += by_sympy(pair.tree, pair.symbols)
        r.shuffle(changes)
        changes.sort(key=lambda c: seen[c[0].split(",")[0]])
        good = ((kind, text) for kind, text in changes if same(pair.rhs, text, pair.envs))
        for _, (kind, text) in zip(range(PER_PAIR), good, strict=False):
            seen[kind.split(",")[0]] += 1
            yield Rewritten(kind, pair, pair.lhs, text, pair.where)
        yield from with_other_names(pair)


def twice(kind: str, text: str, pair: Pair) -> list[tuple[str, str]]:
    """A second rewrite of a rewritten side."""
    try:
        tree = parsed(text, pair.envs[0])
    except UnknownError:
        return []
    return [(f"{c.kind}, {kind}", c.applied(text)) for c in list(rewrites(text, tree, pair.matrix))[-2:]]


OTHER_NAMES = ("w", "\\xi", "h", "\\tau", "k", "\\eta")
OTHER_MATRICES = ("P", "Q", "R")


def with_other_names(pair: Pair) -> Iterator[Rewritten]:
    numbers, matrices = iter(OTHER_NAMES), iter(OTHER_MATRICES)
    names = {n: next(matrices if "matrix" in d else numbers, n) for n, d in pair.where.items()}
    if not names or set(names.values()) & set(names):
        return
    lhs: Tree = parsed(pair.lhs, pair.envs[0])
    if any(node.op in ("diff", "integral") for node in (*walk(lhs), *walk(pair.tree))):
        return  # their variables stand in the operator
    yield Rewritten(
        "renamed",
        pair,
        renamed(pair.lhs, lhs, names),
        renamed(pair.rhs, pair.tree, names),
        {names[n]: d for n, d in pair.where.items()},
    )


def outcome(rewritten: Rewritten) -> Found:
    try:
        word = equal(rewritten.lhs, rewritten.rhs, where=rewritten.where).outcome.value
    except ValueError as error:  # not read
        word = f"unread: {error}"
    text = f"{rewritten.lhs} = {rewritten.rhs}, {rewritten.where}"
    accused = (text,) if word in FAILING else ()
    return Found(rewritten.kind.split(",")[0], f"{rewritten.pair.name}:", text, (word,), accused)


def of_renamed(judge: Judge, document: Document) -> list[Found]:
    """Every judged link of a document with other names."""
    judged = [(k, word) for k, word in judge.outcomes(document, document.renamed()) if k.claim or word == "unread"]
    return [
        Found("renamed", f"{document.path.name}:{k.span.line}", f"{k.lhs_text} = {k.rhs_text}", (word,), ())
        for k, word in judged
    ]


def accused(found: Found) -> bool:
    """Whether anything was refuted or failed: of a document that is true, nothing may be."""
    return bool(found.accused) or any(word in FAILING for word in found.here)


def test_a_sample_of_rewrites_is_not_refuted(judge: Judge) -> None:
    """Of a fixed sample of rewritten true links and pairs none is refuted, and most pass."""
    found = [judged(judge, *one) for one in rewritten_sides()[::100]]
    found += [outcome(one) for one in rewritten_pairs(step=60)]
    assert [one for one in found if accused(one)] == []
    assert sum(one.word in PASSES for one in found) >= 0.9 * len(found)


@pytest.mark.quality
def test_rewrites_are_not_refuted(judge: Judge) -> None:
    """Of at least 2,000 rewritten true links and pairs none is refuted; at most 3 % stay open."""
    found = [judged(judge, *one) for one in rewritten_sides()]
    found += [one for document in present() for one in of_renamed(judge, document)]
    table("rewritten links of the documents", found)
    of_pairs = [outcome(one) for one in rewritten_pairs()]
    table("rewritten pairs", [replace(one, place="pairs:") for one in of_pairs])
    found += of_pairs
    weak = [one for one in found if one.word not in PASSES]
    print("\n".join(f"{one.word} {one.here}: {one.kind} {one.place} {one.text}" for one in weak))
    assert len(found) >= 2000
    assert [one for one in found if accused(one)] == []
    assert len(weak) <= 0.03 * len(found)
