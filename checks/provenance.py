"""Where a run came from: versions, seed, false-alarm rate, the command that repeats it.  No clock, no machine name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("sympy", "numpy", "scipy", "python-flint", "mpmath", "matplotlib", "jinja2", "math-core")


def versions() -> dict[str, str]:
    """Versions of what computes; read from metadata, so that nothing is imported for it."""
    found = {"twofold": _version("twofold"), "python": ".".join(str(part) for part in sys.version_info[:3])}
    found.update({name: _version(name) for name in PACKAGES})
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def provenance(seed: int, alpha: float, command: Sequence[str], notes: Sequence[str] = ()) -> dict[str, Any]:
    return {**versions(), "seed": seed, "alpha": alpha, "command": " ".join(command), "notes": list(notes)}
