r"""`[[experiment]]` of a problem file or a `twofold` block: what is to be measured, on which declared object, how.

    [[experiment]]
    kind = "solvers"      # figures, learning, solvers (flows); sampling, training (energies)
    of = "z"              # the flow or the energy; may be left out where one alone is declared
    steps = 64            # settings of the kind; each kind names its own

Here only the form is read; the kinds themselves, and what their settings may be, are known where they are carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .problem import Locator, toml_type, unknown_key
from .source import ReadError, Span

FLOW_KINDS = ("figures", "learning", "solvers")
ENERGY_KINDS = ("sampling", "training")
KINDS = (*FLOW_KINDS, *ENERGY_KINDS)
Setting = int | float | str | bool | tuple[float, ...]
_HEADER = re.compile(r"(?m)^[ \t]*\[\[[ \t]*experiment[ \t]*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRequest:
    """One `[[experiment]]` table; `of` is empty where the only flow or energy is meant."""

    kind: str
    of: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    span: Span


def read_experiments(items: Sequence[Mapping[str, Any]], locator: Locator) -> list[ExperimentRequest]:
    """The requests of a table, in order.

    Raises:
        ReadError: no kind or an unknown one, a value that is no number, text or list of numbers: with its place.
    """
    headers = list(_HEADER.finditer(locator.source.text))
    found = []
    for number, item in enumerate(items):
        at = headers[number] if number < len(headers) else None
        span = locator.source.span(at.start(), at.end()) if at else locator.source.span(0, 0)
        found.append(read_experiment(item, locator, span))
    return found


def read_experiment(item: Mapping[str, Any], locator: Locator, span: Span) -> ExperimentRequest:
    kind, of = item.get("kind"), item.get("of", "")
    if kind is None:
        raise ReadError("expected 'kind' in an experiment", span, f"one of: {', '.join(KINDS)}")
    if not isinstance(kind, str) or not isinstance(of, str):
        raise ReadError("expected texts for 'kind' and 'of' in an experiment", span)
    if kind not in KINDS:
        raise unknown_key(kind, KINDS, locator.text(kind, span.start), "'kind' of an experiment")
    settings = {k: setting(k, v, locator, span) for k, v in item.items() if k not in ("kind", "of")}
    return ExperimentRequest(kind=kind, of=of, settings=settings, span=span)


def setting(key: str, value: object, locator: Locator, span: Span) -> Any:
    """A number, a text, true or false, a list of numbers, or a table of numbers by name."""
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, list) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        return tuple(value)
    if isinstance(value, dict) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value.values()):
        return dict(value)
    raise ReadError(
        f"expected a number, a text, or numbers in a list or by name for '{key}'; got {toml_type(value)}",
        locator.text(key, span.start),
    )
