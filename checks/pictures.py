r"""Figures and findings of a run: the numbers behind each picture, made here so that renderers only draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..symbolic.context import Context


def pictures(
    context: Context, seed: int, alpha: float
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """Figures and findings of the declared flows and energies."""
    return (), ()
