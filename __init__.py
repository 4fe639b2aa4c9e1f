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

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from .checks.energy_quadrature import Quadrature
    from .checks.equal import assert_equal, equal
    from .checks.flow_law import carried_log_density, flow_log_density
    from .checks.verdict import Outcome, Verdict
    from .reports.grading.api import grade
    from .reports.notebook import Run, check
    from .symbolic.dynamics import Energy, Flow
    from .symbolic.laws import Gaussian, pushforward

__all__ = [
    "Energy",
    "Flow",
    "Gaussian",
    "Outcome",
    "Quadrature",
    "Run",
    "Verdict",
    "assert_equal",
    "carried_log_density",
    "check",
    "equal",
    "flow_log_density",
    "grade",
    "pushforward",
]


def _home(name: str) -> ModuleType | None:
    """The module of an exported name, imported now."""
    if name in ("Gaussian", "pushforward"):
        from .symbolic import laws

        return laws
    if name in ("Energy", "Flow"):
        from .symbolic import dynamics

        return dynamics
    if name in ("Outcome", "Verdict"):
        from .checks import verdict

        return verdict
    if name == "Quadrature":
        from .checks import energy_quadrature

        return energy_quadrature
    if name in ("Run", "check"):
        from .reports import notebook

        return notebook
    if name == "grade":
        from .reports.grading import api

        return api
    if name in ("carried_log_density", "flow_log_density"):
        from .checks import flow_law

        return flow_law
    if name in ("assert_equal", "equal"):
        from .checks import equal

        return equal
    return None


def __getattr__(name: str) -> Any:
    home = _home(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
