r"""Settings of an experiment: each kind names its own, with a default and the range in which it makes sense.

A key that is not known is an error with the nearest known one; so is a value of the wrong type or out of range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .record import BadExperiment


@dataclass(frozen=True, slots=True)
class Number:
    """A number in [low, high]; `whole` for an integer."""

    default: float
    low: float
    high: float
    whole: bool = False

    def read(self, key: str, value: object) -> Any:
        wanted = f"{'an integer' if self.whole else 'a number'} from {self.low:g} to {self.high:g} for '{key}'"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadExperiment(f"expected {wanted}; got {value!r}")
        if self.whole and value != int(value) if math.isfinite(value) else True:
            raise BadExperiment(f"expected {wanted}; got {value!r}")
        if not self.low <= value <= self.high:
            raise BadExperiment(f"expected {wanted}; got {value!r}")
        return int(value) if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of 1 to `most` numbers in [low, high]; None by default where the kind finds them itself."""

    default: tuple[float, ...] | None
    low: float
    high: float
    most: int = 12
    whole: bool = False

    def read(self, key: str, value: object) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = (value,)
        if not isinstance(value, Sequence) or isinstance(value, str) or not 1 <= len(value) <= self.most:
            raise BadExperiment(f"expected a list of 1 to {self.most} numbers for '{key}'; got {value!r}")
        one = Number(0, self.low, self.high, self.whole)
        return tuple(one.read(key, item) for item in value)


@dataclass(frozen=True, slots=True)
class Named:
    """Numbers by name; which names there are is known to the kind."""

    default: None = None

    def read(self, key: str, value: object) -> Any:
        numbers = isinstance(value, Mapping) and all(
            isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in value.values()
        )
        if not numbers:
            raise BadExperiment(f"expected numbers by name for '{key}', as {{ a = 1.5 }}; got {value!r}")
        assert isinstance(value, Mapping)
        return {str(name): float(v) for name, v in value.items()}


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    default: str | None = None

    def read(self, key: str, value: object) -> Any:
        if not isinstance(value, str) or not value:
            raise BadExperiment(f"expected a text for '{key}'; got {value!r}")
        return value


Setting = Number | Numbers | Named | Text


def read_settings(kind: str, given: Mapping[str, Any], known: Mapping[str, Setting]) -> dict[str, Any]:
    """Every known setting with its value or default.  Raises BadExperiment.

    >>> read_settings("solvers", {"n": 5}, {"n": Number(9, 1, 10, whole=True)})
    {'n': 5}
    >>> read_settings("solvers", {"m": 5}, {"n": Number(9, 1, 10, whole=True)})
    Traceback (most recent call last):
        ...
    twofold.checks.experiments.record.BadExperiment: expected a setting of 'solvers'; got 'm' (known settings: n)
    """
    for key in given:
        if key not in known:
            near = get_close_matches(key, list(known), n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known settings: {', '.join(known)}"
            raise BadExperiment(f"expected a setting of '{kind}'; got '{key}' ({hint})")
    return {key: one.read(key, given[key]) if key in given else one.default for key, one in known.items()}


def as_text(values: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a record keeps them."""
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {v:g}" for name, v in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(f"{v:g}" for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
