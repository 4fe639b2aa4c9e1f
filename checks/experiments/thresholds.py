r"""Is a measured quantity beyond a threshold?  The test behind a statement such as "the bias exceeds 1 %".

With an estimate v, standard error s, normal to the order of its sample:

    against    z = (v - threshold) / s,  p = Phi(z)        small where the quantity is certainly below
    for        p = 1 - Phi(z)                              small where it is certainly above

Each answer needs two independent samples, at the levels of the two stages; in between nothing is said.  Where that is
so, both are taken once more, `MORE` times as large; each look has half of the second level, so that neither answer is
given wrongly at a rate above the product of both levels.  The smallest margin that is told with 99 % probability stands
beside it.  The control is a quantity whose answer is known to be the other one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..budget import Budget, step_seed
from ..evidence import Evidence, Obstacle, StatisticalTest
from ..two_stage import STAGE_POWER, seeds_of, strict_level

NULL_LAW = "normal, from independent chains or blocks"
MORE, LOOKS = 8, 2


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its standard error, and the number of independent pieces that it rests on.

    `degrees`: degrees of freedom of the error where it is estimated from few pieces (Student); infinite where not.
    `either_sign`: it is its size that counts; the sign is kept so that larger samples can be made of several.
    """

    value: float
    error: float
    n: int
    degrees: float = math.inf
    either_sign: bool = False

    @property
    def size(self) -> float:
        return abs(self.value) if self.either_sign else self.value

    @property
    def usable(self) -> bool:
        return math.isfinite(self.value) and math.isfinite(self.error) and self.error > 0


Measure = Callable[[int], Measured]


@dataclass(frozen=True, slots=True)
class Control:
    """A measurement that must come out `above` the threshold, or below."""

    measure: Measure
    above: bool


def beyond(
    measure: Measure,
    threshold: float,
    *,
    seed: int,
    method: str,
    unit: str,
    controls: tuple[Control, ...],
    budget: Budget | None = None,
) -> tuple[Evidence, ...]:
    """Evidence on "the quantity is above the threshold", from fresh measurements at both seeds.

    Args:
        measure: the quantity from a seed; independent for different seeds.
        unit: what one unit of the quantity is, for `at_effect`.
    """
    asked = budget or Budget()
    limits = replace(asked, alpha_second=asked.alpha_second / LOOKS)
    seeds = seeds_of(seed)
    first, second = (measure(s) for s in seeds)
    if not (first.usable and second.usable):
        return (Obstacle(method=method, reason="the measurement is no finite number, or has no spread to judge it by"),)
    if not decided(first, second, threshold, limits):
        first, second = (larger(measure, s) for s in seeds)
    if not decided(first, second, threshold, limits):
        near = f"{first.size:.3g} and {second.size:.3g}, standard error {first.error:.2g}"
        return (Obstacle(method=method, reason=f"too near to the threshold {threshold:g} to tell: {near}"),)
    caught = sum(came_out(control, seeds, threshold, limits) for control in controls)
    margin = (critical(strict_level(limits), first.degrees) + quantile(1 - STAGE_POWER)) * max(
        first.error, second.error
    )
    return (
        StatisticalTest(
            method=method,
            statistic=(first.size - threshold) / first.error,
            p_value=lower_tail(first, threshold),
            alpha=limits.alpha_first,
            power=STAGE_POWER**2,
            at_effect=f"{margin:.2g} below the threshold {threshold:g} ({unit})",
            n=first.n,
            seed=seeds[0],
            null_law=NULL_LAW,
            p_second=lower_tail(second, threshold),
            alpha_second=limits.alpha_second,
            seed_second=seeds[1],
            caught=caught,
            tried=len(controls),
            detail=f"{first.size:.4g} and {second.size:.4g} against {threshold:g}",
        ),
    )


def larger(measure: Measure, seed: int) -> Measured:
    """The mean of `MORE` independent measurements, none of which was seen at the first look."""
    parts = [measure(step_seed(seed, "larger", str(k))) for k in range(MORE)]
    return Measured(
        value=sum(p.value for p in parts) / MORE,
        error=math.sqrt(sum(p.error**2 for p in parts)) / MORE,
        n=sum(p.n for p in parts),
        degrees=MORE * min(p.degrees for p in parts),
        either_sign=parts[0].either_sign,
    )


def decided(first: Measured, second: Measured, threshold: float, limits: Budget) -> bool:
    """Whether both are finite and both stages give the same answer."""
    if not (first.usable and second.usable):
        return False
    return any(told(first, second, threshold, limits, above=above) for above in (True, False))


def told(first: Measured, second: Measured, threshold: float, limits: Budget, *, above: bool) -> bool:
    """Whether both stages say so."""
    tail = upper_tail if above else lower_tail
    return tail(first, threshold) <= limits.alpha_first and tail(second, threshold) <= limits.alpha_second


def came_out(control: Control, seeds: tuple[int, int], threshold: float, limits: Budget) -> bool:
    first, second = (control.measure(s) for s in seeds)
    return first.usable and second.usable and told(first, second, threshold, limits, above=control.above)


def lower_tail(found: Measured, threshold: float) -> float:
    """P(T <= (v - threshold) / s): small where v is far below."""
    return distribution((found.size - threshold) / found.error, found.degrees)


def upper_tail(found: Measured, threshold: float) -> float:
    """P(T >= (v - threshold) / s): small where v is far above."""
    return distribution((threshold - found.size) / found.error, found.degrees)


def distribution(t: float, degrees: float) -> float:
    """Phi(t), or Student's."""
    from scipy.special import stdtr

    return math.erfc(-t / math.sqrt(2)) / 2 if math.isinf(degrees) else float(stdtr(degrees, t))


def critical(level: float, degrees: float) -> float:
    """t with P(T > t) = level."""
    from scipy.special import stdtrit

    return quantile(level) if math.isinf(degrees) else -float(stdtrit(degrees, level))


def quantile(level: float) -> float:
    """z with P(N(0, 1) > z) = level."""
    from scipy.special import erfcinv

    return math.sqrt(2) * float(erfcinv(2 * level))
