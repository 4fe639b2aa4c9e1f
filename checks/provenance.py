"""Where a run came from: versions, seed, false-alarm rate, the command that repeats it.  No clock, no machine name."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

PACKAGES = ("sympy", "numpy", "scipy", "python-flint", "mpmath", "matplotlib", "jinja2", "math-core")


def versions() -> dict[str, str]:
    """Versions of what computes; read from metadata, so that nothing is imported for it."""
    known = installed()
    found = {"twofold": _version("twofold", known), "python": ".".join(str(part) for part in sys.version_info[:3])}
    found.update({name: _version(name, known) for name in PACKAGES})
    return found


def installed() -> dict[str, str]:
    """The versions in the names of the folders beside the packages: `sympy-1.14.0.dist-info`.

    The metadata inside is a mail message to Python, and the module that reads it costs more than a small check.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError):
            for entry in os.scandir(folder or "."):
                name, _, version = entry.name.removesuffix(".dist-info").rpartition("-")
                if name and entry.name.endswith(".dist-info"):
                    found.setdefault(name.lower().replace("_", "-"), version)
    return found


def _version(name: str, known: dict[str, str]) -> str:
    if name in known:
        return known[name]
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def provenance(seed: int, alpha: float, command: Sequence[str], notes: Sequence[str] = ()) -> dict[str, Any]:
    return {**versions(), "seed": seed, "alpha": alpha, "command": " ".join(command), "notes": list(notes)}
