r"""Figures and findings of a run: the numbers behind each picture, made here so that renderers only draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..symbolic.context import Context, FlowLaw
from .budget import step_seed

Json = Mapping[str, Any]


def pictures(context: Context, seed: int, alpha: float) -> tuple[tuple[Json, ...], tuple[Json, ...]]:
    """Figures and findings of the declared flows.

    A flow without a start law has no picture; one that cannot be drawn says so as a finding.
    """
    figures: list[Json] = []
    findings: list[Json] = []
    for law in context.laws.values():
        if isinstance(law, FlowLaw) and law.start is not None:
            more, found = of_flow(context, law, step_seed(seed, law.name, "pictures"))
            figures += more
            findings += found
    return tuple(figures), tuple(findings)


def of_flow(context: Context, law: FlowLaw, seed: int) -> tuple[list[Json], list[Json]]:
    """The pictures of one flow, or the reason why there are none."""
    from .flow_pictures import flow_pictures

    try:
        return flow_pictures(context, law, seed)
    except (ArithmeticError, ValueError, TypeError, NotImplementedError) as error:
        reason = str(error) or type(error).__name__
        return [], [{"kind": "no_picture", "of": law.name, "title": f"No picture of {law.name}", "text": reason}]
