r"""Blame is relative: a false link that follows from an earlier false equation merely carries that error.

    earlier, refuted:  a = b        now, refuted:  L = R
    a -> b in L, in R, in both; b -> a likewise;   one of these equalities holds in balls  ->  carried from the earlier

Equations are taken nearest first.  Where the earlier one states the mean or the covariance of a law, the claim is also
judged with that law declared as written: a density built on a wrong covariance is right for that covariance.  An
occurrence is a part of the unfolded tree that is equal to a, or a matrix, or an operation like a, of equal value.

The conclusion of a chain stands when its first side equals its last one, or when the last later claim about the same
left side holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..symbolic.context import AffineLaw, Context, GaussianLaw
from ..symbolic.tree import Node, Number, free_names, size, walk
from ..symbolic.unfold import TooLarge
from .agreement import holds
from .budget import step_seed
from .claim import Claim, Part, used_names
from .decimals import decimal_evidence, rounding
from .evidence import Enclosure
from .occurrences import one_by_one, ordered, rational, same_tree, used
from .pointwise import Balls, table_for
from .redeclared import redeclared
from .run import StepRecord
from .stated import Judged, chain_of, said_by, written_before
from .statements import Link
from .verdict import Outcome

FARTHEST = 12
NEAREST = 5  # earlier errors that are tried two by two
SMALL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What a link rests on, what error it carries, and whether the conclusion of its chain stands."""

    follows_from: tuple[str, ...] = ()
    carried_from: tuple[str, ...] = ()
    conclusion_stands: bool | None = None


def with_blame(links: Sequence[Link], steps: Sequence[StepRecord], integrals: object, seed: int) -> list[StepRecord]:
    """The records of a run with what they rest on and what they carry."""
    judged: list[Judged] = []
    before: Link | None = None
    for link, step in zip(links, steps, strict=True):
        if link.claim is not None and step.outcome is not None:
            chained = before is not None and before.claim is not None and before.claim.rhs == link.claim.lhs
            judged.append(Judged(claim=link.claim, outcome=step.outcome, chained=chained))
        before = link
    found = blame(judged, integrals, seed)
    return [
        replace(
            step,
            follows_from=one.follows_from,
            carried_from=one.carried_from,
            conclusion_stands=one.conclusion_stands,
        )
        if (one := found.get(step.id)) is not None
        else step
        for step in steps
    ]


def blame(steps: Sequence[Judged], integrals: object, seed: int) -> dict[str, Blame]:
    """The blame of every claim, by its id.

    Args:
        steps: the claims of a run in the order of the document.
        integrals: what answers integrals in balls, shared with the judging so that none is done twice.
    """
    found: dict[str, Blame] = {}
    for index, step in enumerate(steps):
        before = steps[:index]
        carried: tuple[str, ...] = ()
        stands: bool | None = None
        if step.outcome is Outcome.REFUTED:
            judge = Judge(integrals, step_seed(seed, step.claim.id, "blame"))
            carried = carried_from(step, before, judge)
            stands = conclusion_stands(index, steps, judge)
        links = dict.fromkeys((*carried, *sources(step, before)))
        found[step.claim.id] = Blame(follows_from=tuple(links), carried_from=carried, conclusion_stands=stands)
    return found


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges equalities in balls at points of their domain."""

    integrals: object
    seed: int

    def holds(self, lhs: Node, rhs: Node, context: Context) -> bool | None:
        try:
            sides = Part(lhs, rhs, context).unfolded
        except TooLarge:
            return None
        return holds(lhs, rhs, context, Balls(context, self.integrals, table_for(sides, context)), self.seed)

    def rounds(self, lhs: Node, rhs: Node, context: Context) -> bool:
        """Whether one side is the other one as a printed decimal."""
        part = Part(lhs, rhs, context)
        try:
            if rounding(part) is None:
                return False
            found = decimal_evidence(part, Balls(context, self.integrals, table_for(part.unfolded, context)))
        except TooLarge:
            return False
        return all(isinstance(p, Enclosure) for p in found)

    def ordered(self, relation: str, lhs: Node, rhs: Node, context: Context) -> bool:
        """Whether an inequality holds at points of its domain."""
        from .inequalities import order_evidence

        try:
            found = order_evidence(Part(lhs, rhs, context, "", relation), self.integrals, 12, self.seed)
        except TooLarge:
            return False
        return any(isinstance(p, Enclosure) for p in found)


# -- carried errors ----------------------------------------------------------------------------------------------------
def carried_from(step: Judged, before: Sequence[Judged], judge: Judge) -> tuple[str, ...]:
    """The earlier false link, nearest first, under which this one holds; else two, else those needed of all."""
    wrong = [i for i, s in enumerate(before) if s.outcome is Outcome.REFUTED][::-1][:FARTHEST]
    told = {i: said_by(i, before) for i in wrong}
    forms = [step.claim, *written_before(step, before)]

    def excused(*which: int) -> bool:
        given = [equation for i in which for equation in told[i]]
        alone = [[equation] for equation in given] if len(which) == 1 else [given]
        return any(holds_given(form, some, step.chained, judge) for form in forms for some in alone)

    groups = [*((i,) for i in wrong), *combinations(wrong[:NEAREST], 2), *([tuple(wrong)] if len(wrong) > 2 else [])]
    found = next((group for group in groups if excused(*group)), ())
    for i in found if len(found) > 2 else ():  # what is not needed is not told
        rest = tuple(j for j in found if j != i)
        found = rest if excused(*rest) else found
    return tuple(before[i].claim.id for i in found)


def holds_given(claim: Claim, given: Sequence[Part], chained: bool, judge: Judge) -> bool:
    """Whether every part of the claim holds once the given equations are used."""
    return all(part_holds(part, claim, given, chained, judge) for part in claim.parts)


def part_holds(part: Part, claim: Claim, given: Sequence[Part], chained: bool, judge: Judge) -> bool:
    if claim.kind == "decimal":
        return any(judge.rounds(*sides) for sides in rewritten(part, claim, given, chained, judge))
    if part.relation != "=":
        return any(judge.ordered(part.relation, *sides) for sides in rewritten(part, claim, given, chained, judge))
    return any(judge.holds(*equality) for equality in rewritten(part, claim, given, chained, judge))


Equality = tuple[Node, Node, Context]


def rewritten(part: Part, claim: Claim, given: Sequence[Part], chained: bool, judge: Judge) -> Iterator[Equality]:
    """The equality with the given ones used in it: forwards, backwards, or as the declaration of a law."""
    lhs, rhs = part.unfolded

    def equal(a: Node, b: Node) -> bool:
        return judge.holds(a, b, part.context) is True

    for forwards in (True, False):
        pairs = [pair for equation in given if (pair := usable(equation, claim, chained, forwards)) is not None]
        if not pairs:
            continue
        left, right = (used(side, pairs, equal) for side in (lhs, rhs))
        if left != lhs:
            yield left, rhs, part.context
        if right != rhs:
            yield lhs, right, part.context
        if left != lhs and right != rhs:
            yield left, right, part.context
        if not forwards:
            yield from ((lhs, one, part.context) for one in one_by_one(rhs, pairs))
    context = part.context
    for equation in given:
        context = redeclared(equation, context)
    if context is not part.context:
        yield part.lhs, part.rhs, context


def usable(equation: Part, claim: Claim, chained: bool, forwards: bool) -> tuple[Node, Node] | None:
    """The equation as a replacement; a bare number stands for a quantity only in claims that are about it."""
    a, b = equation.unfolded
    if forwards:
        return None if isinstance(a, Number) else (a, b)
    value = rational(b)
    if value is not None and not about(equation, claim) and not (chained and b == claim.lhs):
        return None
    if value is not None and abs(value.numerator) <= 1 and value.denominator == 1 and not chained:
        return None
    return b, a


def about(equation: Part, claim: Claim) -> bool:
    """Whether the claim names something that the equation is about, laws by what they are made of included."""
    context = claim.context
    mine = related(used_names(context, (equation.lhs,)), context)
    theirs = related(used_names(context, (claim.lhs, claim.rhs)), context)
    numbers = rational(equation.rhs)
    if not mine:  # arithmetic alone: the number itself must be telling
        return numbers is not None and max(abs(numbers.numerator), numbers.denominator) > SMALL
    return bool(mine & theirs)


def related(names: set[str], context: Context) -> set[str]:
    """Names with the laws behind them and what those are made of."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        law = context.law_of(name)
        if name in found:
            continue
        found.add(name)
        if isinstance(law, AffineLaw):
            waiting += [law.name, law.base, *free_names(law.matrix), *free_names(law.offset)]
        elif isinstance(law, GaussianLaw):
            waiting += [law.name, *free_names(law.mean), *free_names(law.covariance)]
        elif law is not None:
            waiting.append(law.name)
    return found


# -- conclusions and sources -------------------------------------------------------------------------------------------
def conclusion_stands(index: int, steps: Sequence[Judged], judge: Judge) -> bool | None:
    """Whether what the chain arrives at is right all the same; None where it arrives at nothing more."""
    first, last = chain_of(index, steps)
    start = steps[first].claim
    if any(step.claim.relation != "=" for step in steps[first : last + 1]):
        return None  # what a chain of inequalities arrives at is no equality
    for later in reversed(steps[last + 1 :]):
        equations = start.relation == "=" and later.claim.relation == "=" and not later.chained
        if equations and same_tree(later.claim.parts[0].unfolded[0], start.parts[0].unfolded[0]):
            end = chain_of(steps.index(later), steps)[1]
            return judge.holds(start.lhs, steps[end].claim.rhs, later.claim.context)
    if first == last:
        return None
    return judge.holds(start.lhs, steps[last].claim.rhs, steps[last].claim.context)


def sources(step: Judged, before: Sequence[Judged]) -> tuple[str, ...]:
    """The link before in the chain, and the nearest earlier link whose left side is used on the right."""
    found = [before[-1].claim.id] if step.chained and before else []
    parts = {ordered(n) for n in walk(step.claim.rhs) if 1 < size(n) <= 60}
    for earlier in reversed(before):
        lhs = earlier.claim.lhs
        if 1 < size(lhs) <= 60 and lhs != step.claim.lhs and ordered(lhs) in parts:
            found.append(earlier.claim.id)
            break
    return tuple(found)
