r"""The derivations of a context as a report prints them: one for each declared law, flow and energy."""

from __future__ import annotations

from typing import Any

from .context import Context


def derivations_of(context: Context) -> list[dict[str, Any]]:
    """JSON of the derivation of each law, in order of declaration."""
    return []
