r"""What documents that one process reads one after the other share: the forms of formulas, and verdicts.

    the text of a formula            -> its split and its syntax, moved to its place (`symbolic.forms`)
    a claim, the budget, the seed    -> its verdict

Every value is a function of its key, so that a document has the same run alone and behind others.  Claims are compared
whole, with all that they reach of their document and without the places of its declarations.  A verdict that a limit
had a hand in is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..symbolic.context import Context
from ..symbolic.forms import MOST, Forms, keep
from ..symbolic.source import NOWHERE
from ..symbolic.tree import Node
from .evidence import Obstacle

if TYPE_CHECKING:
    from .budget import Budget
    from .claim import Claim
    from .verdict import Verdict

CUT = ("limit", "crash", "error", "no diagnosis")  # how the reasons begin of what a limit cut off


@dataclass
class Shared:
    """One for documents that are judged under the same options."""

    forms: Forms = field(default_factory=Forms)
    verdicts: dict[tuple[str, str, Budget, int], list[tuple[Claim, Verdict]]] = field(default_factory=dict)
    texts: dict[str, tuple[Node, Node, tuple[str, str]]] = field(default_factory=dict)

    def verdict(self, claim: Claim, budget: Budget, seed: int, find: Callable[[], Verdict]) -> Verdict:
        """The verdict of an equal claim, or the one that is found now; `claim` holds what it reaches and no more."""
        try:
            key = claim.id, written(claim), budget, seed
        except TypeError:  # something in its declarations that has no fingerprint
            return find()
        bare = placeless(claim)
        known = self.verdicts.get(key, [])
        for other, verdict in known:
            if other == bare:
                return verdict
        found = find()
        if not was_cut(found):
            if len(self.verdicts) >= MOST:
                self.verdicts.clear()
            self.verdicts[key] = [*known, (bare, found)]
        return found

    def text(self, claim: Claim, find: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        """How a claim is printed; its id holds the digits as they are written."""
        known = self.texts.get(claim.id)
        if known is not None and known[0] == claim.lhs and known[1] == claim.rhs:
            return known[2]
        found = find()
        keep(self.texts, claim.id, (claim.lhs, claim.rhs, found))
        return found


def written(claim: Claim) -> str:
    """What equality does not see, the digits of numbers: those of the sides are in the id, those of definitions here.

    Raises:
        TypeError: a definition or a law holds something unknown to `fingerprint`.
    """
    context = claim.context
    if not (context.laws or context.conditionals or context.vectors or any(e.value is not None for e in context)):
        return ""
    from .batch.fingerprint import fingerprint

    return fingerprint(context, claim.parts)


def placeless(claim: Claim) -> Claim:
    """A claim without its place and those of the declarations that it reaches."""
    context = without_places(claim.context)
    parts = tuple(
        replace(part, context=context if part.context is claim.context else without_places(part.context))
        for part in claim.parts
    )
    return replace(claim, context=context, parts=parts, span=NOWHERE)


def without_places(context: Context) -> Context:
    return replace(
        context,
        entries={name: replace(entry, span=NOWHERE) for name, entry in context.entries.items()},
        laws={name: replace(law, span=NOWHERE) for name, law in context.laws.items()},
        conditionals={name: replace(law, span=NOWHERE) for name, law in context.conditionals.items()},
        vectors={name: replace(law, span=NOWHERE) for name, law in context.vectors.items()},
    )


def was_cut(verdict: Verdict) -> bool:
    """Whether a limit had a hand in a verdict: another time it might be another one."""
    pieces = [*verdict.evidence, *(piece for reading in verdict.readings for piece in reading.evidence)]
    reasons = [piece.reason for piece in pieces if isinstance(piece, Obstacle)] + list(verdict.warnings)
    return any(reason.startswith(CUT) for reason in reasons)


__all__ = ["Shared"]
