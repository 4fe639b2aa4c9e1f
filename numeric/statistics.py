"""What a statistical test returns, the tails that turn statistics into p-values, and the two-stage rule.

A p-value is P(T >= t) under the null law of the statistic T. `exact` says whether that law is exact; where it is
asymptotic or a bound, `null_law` says which. A test never decides: the caller compares with its share of the
false-alarm rate, and states the power next to it (`power.py`).

Tails: P(chi2_f > x) = Q(f/2, x/2), the regularised upper incomplete gamma function; accurate to relative precision
down to the smallest floats, so levels of 1e-9 are meaningful as numbers (whether the null law itself is good so far
out is the matter of the test).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """Outcome of one test of one sample of size n; `null_law` in words."""

    __test__ = False  # pytest must not take the name for a test class

    name: str
    statistic: float
    p_value: float
    n: int
    null_law: str
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """With probability at least (or about) `power` the test rejects when the error is `at_effect` in `effect_unit`."""

    power: float
    at_effect: float
    effect_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStageResult:
    """Outcome of the two-stage rule; `second` is None when the first stage did not ask for it.

    `false_alarm_rate` is the product of both levels, valid because the seeds are different and independent.
    """

    rejected: bool
    first: TestResult
    second: TestResult | None
    false_alarm_rate: float


def chi_square_tail(statistic: float, degrees: float) -> float:
    """P(chi2_degrees > statistic); 0 for an infinite statistic. ValueError for NaN or degrees <= 0."""
    from scipy.special import gammaincc

    if math.isnan(statistic) or degrees <= 0:
        raise ValueError(f"Expected a statistic and positive degrees of freedom; got {statistic}, {degrees}")
    return 0.0 if math.isinf(statistic) else float(gammaincc(degrees / 2, max(statistic, 0.0) / 2))


def chi_square_threshold(alpha: float, degrees: float) -> float:
    """The x with P(chi2_degrees > x) = alpha. ValueError unless 0 < alpha < 1."""
    from scipy.special import gammainccinv

    check_probability("alpha", alpha)
    return 2.0 * float(gammainccinv(degrees / 2, alpha))


def check_probability(name: str, value: float) -> None:
    """ValueError unless 0 < value < 1."""
    if not 0 < value < 1:
        raise ValueError(f"Expected 0 < {name} < 1; got {value}")


def two_stage(
    draw_and_test: Callable[[int], TestResult],
    seeds: tuple[int, int],
    *,
    first_level: float = 1e-4,
    second_level: float = 1e-5,
) -> TwoStageResult:
    """Reject only when two independent samples both do: p1 <= first_level, then p2 <= second_level.

    The false-alarm rate is first_level x second_level (1e-9), while each test is trusted in its tail only as far as
    its own level, and a true claim costs a second sample once in 1 / first_level runs.

    Args:
        draw_and_test: draws a fresh sample from the given seed and tests it.
        seeds: of the two stages; ValueError when they are equal, for then the second stage repeats the first.
    """
    check_probability("first_level", first_level)
    check_probability("second_level", second_level)
    if seeds[0] == seeds[1]:
        raise ValueError(f"Expected two different seeds, so that the stages are independent; got {seeds[0]} twice")
    rate = first_level * second_level
    first = draw_and_test(seeds[0])
    if first.p_value > first_level:
        return TwoStageResult(rejected=False, first=first, second=None, false_alarm_rate=rate)
    second = draw_and_test(seeds[1])
    return TwoStageResult(rejected=second.p_value <= second_level, first=first, second=second, false_alarm_rate=rate)
