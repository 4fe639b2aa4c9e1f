r"""How a statistical witness becomes evidence: two stages from independent seeds, with the power of both together.

A claim is rejected when p1 <= alpha_1 and, on a second sample, p2 <= alpha_2: false-alarm rate alpha_1 alpha_2.  At an
error at which one sample rejects at the stricter level with probability sqrt(0.99), both reject with at least 0.99.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from ..numeric.statistics import TestResult, two_stage
from .budget import Budget, step_seed
from .claim import Claim
from .evidence import Evidence, Obstacle, StatisticalTest

POWER = 0.99
STAGE_POWER = math.sqrt(POWER)

Witness = Callable[[Claim, Budget, int], list[Evidence]]


def strict_level(budget: Budget) -> float:
    """The stricter of the two levels: power is stated, and controls are caught, at this one."""
    return min(budget.alpha_first, budget.alpha_second)


def seeds_of(seed: int) -> tuple[int, int]:
    """The seeds of the two stages."""
    return step_seed(seed, "stage", "1"), step_seed(seed, "stage", "2")


def statistical(
    draw_and_test: Callable[[int], TestResult],
    seed: int,
    budget: Budget,
    *,
    method: str,
    at_effect: str,
    controls: tuple[int, int],
    power: float = POWER,
    detail: str = "",
) -> StatisticalTest:
    """The two-stage test as evidence; `controls` is (caught, tried)."""
    first_seed, second_seed = seeds_of(seed)
    found = two_stage(
        draw_and_test, (first_seed, second_seed), first_level=budget.alpha_first, second_level=budget.alpha_second
    )
    second = found.second
    return StatisticalTest(
        method=method,
        statistic=found.first.statistic,
        p_value=found.first.p_value,
        alpha=budget.alpha_first,
        power=power,
        at_effect=at_effect,
        n=found.first.n,
        seed=first_seed,
        null_law=found.first.null_law,
        p_second=None if second is None else second.p_value,
        alpha_second=budget.alpha_second,
        seed_second=second_seed,
        caught=controls[0],
        tried=controls[1],
        detail=detail,
    )


def guarded(method: str) -> Callable[[Witness], Witness]:
    """A witness whose reasons not to decide (no draws, no value, no finite number) come out as an Obstacle."""

    def wrap(witness: Witness) -> Witness:
        @functools.wraps(witness)
        def careful(claim: Claim, budget: Budget, seed: int) -> list[Evidence]:
            try:
                return witness(claim, budget, seed)
            except (ValueError, ArithmeticError) as error:
                return [Obstacle(method=method, reason=str(error))]

        return careful

    return wrap


def percent(share: float) -> str:
    """A relative size for a person: `1.3 %`."""
    return f"{100 * share:.2g} %"
