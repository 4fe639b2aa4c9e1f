r"""Effort, planned in counted units, and seeds: what makes a run repeat byte for byte.

Time is only the outer net (the limits of the worker); everything that a check does is counted in points, bits and
samples.  The seed of a step is a hash of the run's seed and the step's id, so it depends neither on the order of the
steps nor on the machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one claim may use.

    Attributes:
        points: in-domain points for the refuter.
        samples: size of a statistical sample.
        alpha_first, alpha_second: levels of the two stages of every statistical test; their product is its false-alarm
            rate.
        seconds: wall clock of one call of the worker.
        statistics: whether sampling witnesses run at all.
    """

    points: int = 12
    samples: int = 200_000
    alpha_first: float = 1e-4
    alpha_second: float = 1e-5
    seconds: float = 10.0
    statistics: bool = True


def step_seed(run_seed: int, step_id: str, purpose: str = "") -> int:
    """A seed below 2^63 from the run's seed, the step's id and the purpose of the numbers."""
    text = f"{run_seed}/{step_id}/{purpose}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def split_alpha(alpha: float, tests: int) -> tuple[float, float]:
    """Levels of the two stages so that `tests` tests together raise a false alarm at most at rate `alpha`.

    first * second * tests <= alpha, with the first stage ten times as wide as the second.

    >>> first, second = split_alpha(1e-6, 10)
    >>> bool(abs(first * second * 10 - 1e-6) < 1e-12)
    True
    """
    product = alpha / max(1, tests)
    second = (product / 10.0) ** 0.5
    return min(0.1, 10.0 * second), min(0.01, second)
