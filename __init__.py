r"""Verify derivations about generative models twice: derived in symbols, tested in numbers.

>>> import twofold
>>> law = twofold.pushforward([[3, 4], [0, 5]], twofold.Gaussian(0, [[1, 0], [0, 1]]))
>>> law.covariance
Matrix([
[25, 20],
[20, 25]])

Names are loaded when they are first used: `import twofold` imports nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checks.verdict import Outcome, Verdict
    from .reports.notebook import Run, check
    from .symbolic.dynamics import Energy, Flow
    from .symbolic.laws import Gaussian, pushforward

__all__ = ["Energy", "Flow", "Gaussian", "Outcome", "Run", "Verdict", "check", "pushforward"]

_HOMES = {
    "Energy": ".symbolic.dynamics",
    "Flow": ".symbolic.dynamics",
    "Gaussian": ".symbolic.laws",
    "Outcome": ".checks.verdict",
    "Run": ".reports.notebook",
    "Verdict": ".checks.verdict",
    "check": ".reports.notebook",
    "pushforward": ".symbolic.laws",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
