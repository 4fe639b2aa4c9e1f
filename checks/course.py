"""The course of a run: who makes its proofs, what is known already, and who hears of each verdict as it is found.

A plain check has its own worker and keeps nothing.  A batch judges every document in a process that may be killed, so
it hands in a prover that lives elsewhere, is told each verdict at once, and gives back those that an earlier process
found before it died.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .budget import Budget
from .claim import Claim
from .shared import Shared
from .verdict import Verdict
from .worker import Prover

Find = Callable[[], Verdict]
"""Judge the claim now."""


def find_now(claim: Claim, budget: Budget, seed: int, find: Find) -> Verdict:
    """Every verdict is found here and now."""
    return find()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a run is given from outside.

    Attributes:
        prover: makes the proofs; None: a worker of the run's own.
        verdict: the verdict of a claim under a budget and the seed of the run, known already or found now.
        blame: seconds that the search for carried errors may take; 0 leaves it out; None: as long as a plain check.
        derivations: whether the textbook derivations of the declared laws are made.
        lenient: whether a claim of a problem file that cannot be read is one unread step, and no error of the file.
        shared: what this document shares with others that the same process judges under the same options.
        survives: whether the process goes on after a MemoryError (what it left half done must serve no other step).
    """

    prover: Prover | None = None
    verdict: Callable[[Claim, Budget, int, Find], Verdict] = find_now
    blame: float | None = None
    derivations: bool = True
    lenient: bool = False
    shared: Shared | None = None
    survives: bool = True
