r"""Diagnosis: which known slip turns the true side into the written one.

    written R, true L, R != L:   undo a slip at one place of R -> R';   R' = L in balls at 8 points  ->  that slip
                                 do a slip at one node of L -> L';      L' = R in balls at 8 points  ->  that slip
                                 one number of R solved for, verified at the other points            ->  that number
                                 L / R the same simple constant everywhere                           ->  that factor

Sides are first narrowed to the parts that differ, so that a slip is named where it was made.  Where both sides are
plain numbers, almost any two are joined by some rule: there only a visible slip is named, else the arithmetic with the
right value.  Effort is counted in evaluated nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..symbolic.printing import tex
from ..symbolic.tree import (
    Apply,
    Array,
    Bind,
    Node,
    add,
    children,
    size,
    walk,
)
from .agreement import Bench, bench_of, exact_tree, side
from .claim import Part
from .confusions import confusions, lost_operation
from .controls import replaced
from .law_confusions import Confusion
from .narrowing import Focus, narrowed
from .pointwise import Balls, compare, costly
from .slip_catalogue import FIRST, GENERIC, NUMERIC, TYPICAL
from .slips import Setting, Slip, is_exponential, ordinal, shown
from .verdict import Diagnosis
from .wrong_numbers import Found, arithmetic, constant_ratio, is_numeric, value_of, wrong_number

MOST_NODES = 12_000
MOST_COSTLY = 80
MOST_INTEGRALS = 16


def diagnose(part: Part, balls: Balls, seed: int) -> Diagnosis | None:
    """The slip behind a refuted equality; None when none of the catalogue explains it."""
    found = find(part, balls, seed)
    if found is None:
        return None
    return Diagnosis(kind=found.kind, message=found.message, correction="" if found.tree is None else tex(found.tree))


def find(part: Part, balls: Balls, seed: int) -> Found | None:
    """The slip with the corrected side as a tree."""
    bench = bench_of(part, balls, seed)
    if bench is None:
        return None
    focus = narrowed(bench, part.rhs)
    inner = bench_of(Part(focus.lhs, focus.rhs, part.context), balls, seed) or bench
    if inner is bench:
        focus = Focus(part.lhs, part.rhs, lambda node: node)
    # A slip is looked for in the parts that differ first, then in the whole: a transposed factor moves every entry.
    stages = [(inner, focus)] if inner is bench else [(inner, focus), (bench, Focus(part.lhs, part.rhs, lambda n: n))]
    for stage, place in stages:
        found = search(stage, place, part)
        if found is not None:
            found = placed(found, place)
        if found is not None and (found.tree is None or bench.accepts(found.tree)):
            return found
    return None


def placed(found: Found, focus: Focus) -> Found:
    """A slip of the parts that differ told of the whole side."""
    if found.message == "The sign is wrong." and focus.role == "exponent":
        found = replace(found, kind="sign of exponent", message="The sign of the exponent is wrong.")
    elif found.message == "The sign is wrong." and (focus.role or focus.entry):
        found = replace(found, message=f"The sign of {focus.entry or shown(focus.rhs)} is wrong.")
    return found if found.tree is None else replace(found, tree=focus.rebuild(found.tree))


def search(bench: Bench, focus: Focus, part: Part) -> Found | None:
    """The catalogue in its order, on one pair of sides."""
    setting = Setting(lhs=focus.lhs, context=part.context)
    whole = replace(setting, lhs=part.lhs)
    written = bench.unfolded(focus.rhs)
    dear = written is not None and costly(written, part.context)
    anew = written is not None and any(isinstance(n, Bind) and n.op in ("integral", "expect") for n in walk(written))
    # A normaliser is integrated once for all candidates; an integral that is written, once for each.
    effort = Effort((MOST_INTEGRALS if anew else MOST_COSTLY) * size(focus.rhs) if dear else MOST_NODES)
    if is_numeric(bench, focus.rhs):
        return (
            undone(bench, focus, setting, NUMERIC, effort)
            or (None if focus.entry else taken_for(bench, focus, part))
            or arithmetic(bench, focus)
        )
    return (
        undone(bench, focus, whole, (*FIRST, *TYPICAL), effort)
        or taken_for(bench, focus, part)
        or in_every_term(bench, focus, whole, (*TYPICAL, *FIRST), effort)
        or (None if dear else wrong_number(bench, focus))
        or constant_ratio(bench, focus)
        or undone(bench, focus, setting, GENERIC, effort)
        or (arithmetic(bench, focus) if bench.constant else None)
    )


@dataclass(slots=True)
class Effort:
    """Nodes that may still be evaluated."""

    left: int

    def spend(self, node: Node) -> bool:
        self.left -= size(node)
        return self.left >= 0


# -- slips undone ------------------------------------------------------------------------------------------------------
def undone(bench: Bench, focus: Focus, setting: Setting, slips: tuple[Slip, ...], effort: Effort) -> Found | None:
    """The first slip whose undoing at one place makes the sides equal."""
    places = list(places_of(focus.rhs, setting))
    for slip in slips:
        for index, node, local in places:
            if not fits(slip, node, local):
                continue
            for new, words in slip.undo(node, local):
                candidate = replaced(focus.rhs, index, new)
                if not effort.spend(candidate):
                    return None
                if bench.accepts(candidate):
                    return Found(slip.kind, slip.sentence.format(*words), candidate)
    return None


def fits(slip: Slip, node: Node, setting: Setting) -> bool:
    if slip.roles and setting.role not in slip.roles:
        return False
    return slip.matrices or setting.scalar(node)


def places_of(rhs: Node, setting: Setting) -> Iterator[tuple[int, Node, Setting]]:
    """Every node with its index in `walk` and its role."""
    stack: list[tuple[Node, str, str]] = [(rhs, "whole", "")]
    index = -1
    while stack:
        node, role, place = stack.pop()
        index += 1
        yield index, node, replace(setting, role=role, place=place)
        stack.extend((part, *role_of(node, i)) for i, part in reversed(list(enumerate(children(node)))))


def role_of(parent: Node, index: int) -> tuple[str, str]:
    if isinstance(parent, Apply) and parent.op == "add":
        return "term", ordinal(index)
    if isinstance(parent, Array):
        return "term", ""
    if is_exponential(parent) and index == len(children(parent)) - 1:
        return "exponent", ""
    return "part", ""


def in_every_term(
    bench: Bench, focus: Focus, setting: Setting, slips: tuple[Slip, ...], effort: Effort
) -> Found | None:
    """One slip made in the same way in every term of a sum, or every entry of a matrix."""
    for number, container in enumerate(walk(focus.rhs)):
        parts = children(container)
        alike = len({skeleton(p) for p in parts}) == 1 and 2 <= len(parts) <= 9
        if not alike or not (isinstance(container, Array) or (isinstance(container, Apply) and container.op == "add")):
            continue
        for slip, new, words in changed_alike(container, parts, setting, slips):
            candidate = replaced(focus.rhs, number, new)
            if not effort.spend(candidate):
                return None
            if bench.accepts(candidate):
                return Found(slip.kind, f"{slip.sentence.format(*words)[:-1]}, and likewise in the others.", candidate)
    return None


def changed_alike(
    container: Node, parts: tuple[Node, ...], setting: Setting, slips: tuple[Slip, ...]
) -> Iterator[tuple[Slip, Node, tuple[str, ...]]]:
    from ..symbolic.tree import with_children

    nodes = [list(places_of(p, setting)) for p in parts]
    for slip in slips:
        for column in zip(*nodes, strict=True):
            local = [replace(s, role="term" if i == 0 else s.role) for i, _, s in column]
            if not all(fits(slip, node, s) for (_, node, _), s in zip(column, local, strict=True)):
                continue
            fixes = [list(slip.undo(node, s)) for (_, node, _), s in zip(column, local, strict=True)]
            for fix in zip(*fixes, strict=False):
                changed = [replaced(p, c[0], new) for p, c, (new, _) in zip(parts, column, fix, strict=True)]
                yield slip, with_children(container, tuple(changed)), fix[0][1]


def skeleton(node: Node) -> Any:
    """The operations of a tree without its names and numbers."""
    head = node.op if isinstance(node, Apply | Bind) else type(node).__name__
    return (head, tuple(skeleton(p) for p in children(node)))


# -- quantities taken for each other -----------------------------------------------------------------------------------
def taken_for(bench: Bench, focus: Focus, part: Part) -> Found | None:
    """The first wrong variant of the true side that the written one equals."""
    seen = 0
    for place in walk_with_index(focus.lhs):
        index, node = place
        found = list(confusions(node, part.context))
        if index == 0:
            found = [*found, *lost_operation(node)]
        for confusion in found:
            seen += 1
            if bench.dear and seen > MOST_COSTLY:
                return None
            if reproduces(bench, focus, index, confusion.wrong):
                return Found(confusion.kind, confusion.message, corrected(bench, focus, index, confusion))
    return None


def walk_with_index(node: Node) -> Iterator[tuple[int, Node]]:
    yield from enumerate(walk(node))


def reproduces(bench: Bench, focus: Focus, index: int, wrong: Node) -> bool:
    """Whether the true side with `wrong` at a node equals the written one."""
    from .agreement import ENOUGH, agreeing

    variant, written = bench.unfolded(replaced(focus.lhs, index, wrong)), bench.unfolded(focus.rhs)
    if variant is None or written is None:
        return False
    left, right = (side(bench.balls, t, bench.wrong_at, 96) for t in (variant, written))
    if compare(bench.wrong_at, left, right, 96).verdict != "agree":
        return False
    wanted = 1 if bench.constant else min(ENOUGH, len(bench.points))
    return agreeing(variant, written, bench.balls, bench.points) >= wanted


def corrected(bench: Bench, focus: Focus, index: int, confusion: Confusion) -> Node | None:
    """The corrected side: a value where it is rational, the written side repaired, or the textbook form."""
    if bench.constant:
        value = exact_tree(value_of(bench, focus.lhs))
        if value is not None:
            return value
    candidates = []
    if confusion.repair is not None:
        candidates.append(add(focus.rhs, confusion.repair))
    if confusion.right is not None:
        candidates.append(replaced(focus.lhs, index, confusion.right))
    return next((c for c in candidates if bench.accepts(c)), None)
