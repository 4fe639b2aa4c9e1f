r"""Evidence that one measured quantity is larger than another.

Balls that are certainly apart decide at the points where they were taken: an `Enclosure` of the difference, or a
`Counterexample`.  Numbers whose reference is an estimate decide in favour only: an `Estimate` whose residual is what
the larger quantity falls short by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...numeric.enclosures import to_text, working_precision
from ..evidence import Counterexample, Enclosure, Estimate, Evidence, Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`larger` > `smaller`, two balls, as it is put to the test.

    Attributes:
        names: what the two are, for a person.
        points: at how many starts they were taken, and `point` which these are.
        error: what either may be wrong by beyond its ball; 0 when the balls are rigorous.
    """

    method: str
    larger: Any
    smaller: Any
    names: tuple[str, str]
    point: dict[str, str]
    points: int
    bits: int
    error: float = 0.0
    how: str = ""

    def evidence(self, controls: tuple[bool, ...]) -> Evidence:
        """The verdict on the comparison; `controls` says of each wrong variant whether it was caught."""
        with working_precision(self.bits):
            gap = self.larger - self.smaller
        caught, tried = sum(controls), len(controls)
        size = float(gap.mid())
        if self.error > 0:
            if abs(size) <= self.error or not float(gap.rad()) <= self.error:
                return Obstacle(method=self.method, reason="the two differ by less than their errors")
            return Estimate(
                method=self.method,
                residual=max(0.0, -size),
                error_estimate=self.error,
                how=self.how or "numbers in high precision against a reference with an estimated error",
                caught=caught,
                tried=tried,
                detail=f"{self.names[0]} less {self.names[1]} is {size:.4g}",
            )
        if gap > 0:
            return Enclosure(
                method=self.method,
                residual=f"{self.names[0]} less {self.names[1]}: {to_text(gap, 6)}",
                radius=float(gap.rad()),
                bits=self.bits,
                covers="points",
                points=self.points,
                caught=caught,
                tried=tried,
                detail=self.how,
            )
        if gap < 0 or gap == 0:
            return Counterexample(
                method=self.method,
                point=self.point,
                lhs=to_text(self.larger, 8),
                rhs=to_text(self.smaller, 8),
                difference=to_text(gap, 6),
                bits=self.bits,
                detail=f"{self.names[0]} is not larger than {self.names[1]}",
            )
        return Obstacle(method=self.method, reason="the balls of the two overlap")

    @property
    def refused(self) -> bool:
        """A control: whether a comparison that must not pass does not."""
        with working_precision(self.bits):
            return not bool((self.larger - self.smaller) > 0)


def over_sample(larger: float, smaller: float, error: float, names: tuple[str, str], n: int, control: bool) -> Evidence:
    """The same comparison of root mean squares over a sample of n paths, in floats: it can support, or dissent."""
    gap = larger - smaller
    if not abs(gap) > error:
        return Obstacle(method="over the sample", reason="the two differ by less than their errors")
    return Estimate(
        method="over the sample",
        residual=max(0.0, -gap),
        error_estimate=error,
        how=f"root mean squares over {n} paths, reference by other code on the written field",
        caught=int(control),
        tried=1,
        detail=f"{names[0]} less {names[1]} is {gap:.4g}",
    )


def consistent(at_starts: Evidence, sample: Evidence) -> tuple[Evidence, ...]:
    """Both pieces; what a few starts refute is left open where the sample says the opposite."""
    if isinstance(at_starts, Counterexample) and not (isinstance(sample, Estimate) and not sample.agrees):
        reason = f"{at_starts.detail} at the starts of the test; over the sample it is not the same"
        return Obstacle(method=at_starts.method, reason=reason), sample
    return at_starts, sample
