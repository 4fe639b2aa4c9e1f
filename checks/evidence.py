r"""Evidence: what one method found about one claim.

Every record can be replayed from its own fields, and says by itself whether it speaks for the claim, against it, or
not at all.  The words are those of the field: a *proof* is a chain of rules ending in an exact zero, an *enclosure* a
ball that contains the residual, an *estimate* a number with an error estimate, a *test* a statistic with its null law,
false-alarm rate and power, a *counterexample* a point at which the two sides are disjoint balls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar, cast

Json = Any


class Bearing(StrEnum):
    """What a piece of evidence says about its claim."""

    FOR = "for"
    AGAINST = "against"
    NONE = "none"


def _plain(value: object) -> Json:
    """A JSON value of a field: tuples become lists, mappings keep their order, records call their own `to_json`."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN and no infinity: "nan", "inf", "-inf"
    return value


def _restored(value: Json, annotation: object) -> object:
    """The value of a field from its JSON form."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and "float" in str(annotation):
        return float(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A symbolic proof: rules in order, ending in the normal form 0, under `conditions`."""

    type: ClassVar[str] = "Proof"
    method: str
    rules: tuple[str, ...]
    normal_form: str = "0"
    conditions: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()

    @property
    def bearing(self) -> Bearing:
        return Bearing.FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """Rigorous arithmetic: the residual lhs - rhs lies in the ball, at each of `points` or on all of `domain`.

    `covers` says which: "constant" (the claim has no free name), "domain" (boxes cover the declared domain) or
    "points" (balls at points only; then `caught` of `tried` wrong variants were refuted at these very points).
    """

    type: ClassVar[str] = "Enclosure"
    method: str
    residual: str
    radius: float
    bits: int
    covers: str
    points: int = 1
    tolerance: float = 0.0
    tolerance_source: str = ""
    domain: str = ""
    caught: int = 0
    tried: int = 0
    detail: str = ""
    exceptions: tuple[str, ...] = ()

    @property
    def bearing(self) -> Bearing:
        # A ball without a finite radius holds everything and says nothing.
        return Bearing.FOR if math.isfinite(self.radius) else Bearing.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with an error estimate: quadrature, step halving, finite differences.  Never refutes by itself.

    `agrees` is computed: |residual| <= error_estimate, both finite.  `caught`/`tried` count the negative controls; an
    estimate that was tried on none speaks for nothing.
    """

    type: ClassVar[str] = "Estimate"
    method: str
    residual: float
    error_estimate: float
    how: str
    caught: int = 0
    tried: int = 0
    detail: str = ""
    scale: float = 1.0

    @property
    def agrees(self) -> bool:
        return math.isfinite(self.error_estimate) and abs(self.residual) <= self.error_estimate

    @property
    def bearing(self) -> Bearing:
        # A float difference alone never refutes: disagreement asks for balls, and stands as an obstacle until then.
        return Bearing.FOR if self.agrees and self.caught == self.tried > 0 else Bearing.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticalTest:
    """A test with a stated false-alarm rate and power.

    Rejects when both stages reject: p_value <= alpha_first and p_second <= alpha_second, from independent seeds.
    """

    type: ClassVar[str] = "StatisticalTest"
    method: str
    statistic: float
    p_value: float
    alpha: float
    power: float
    at_effect: str
    n: int
    seed: int
    null_law: str
    p_second: float | None = None
    alpha_second: float | None = None
    seed_second: int | None = None
    caught: int = 0
    tried: int = 0
    detail: str = ""

    @property
    def rejects(self) -> bool:
        if not self.valid or self.p_value > self.alpha:
            return False
        return self.p_second is not None and self.alpha_second is not None and self.p_second <= self.alpha_second

    @property
    def unfinished(self) -> bool:
        """Whether the first stage rejected and the second was never made: that speaks neither for nor against."""
        return self.p_value <= self.alpha and self.p_second is None

    @property
    def valid(self) -> bool:
        """Whether the p-values are probabilities: a statistic that came out as NaN tests nothing."""
        return all(0 <= p <= 1 for p in (self.p_value, self.p_second) if p is not None)

    @property
    def bearing(self) -> Bearing:
        if self.rejects:
            return Bearing.AGAINST
        return Bearing.FOR if self.valid and self.caught == self.tried and not self.unfinished else Bearing.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """A point of the domain at which both sides are enclosed and the enclosures are disjoint."""

    type: ClassVar[str] = "Counterexample"
    method: str
    point: Mapping[str, str]
    lhs: str
    rhs: str
    difference: str
    bits: int
    entry: str = ""
    domain: str = "declared"
    detail: str = ""

    @property
    def bearing(self) -> Bearing:
        return Bearing.AGAINST


@dataclass(frozen=True, slots=True, kw_only=True)
class Disproof:
    """An argument that the claim cannot hold: a divergent integral, mismatched shapes, a side with no value."""

    type: ClassVar[str] = "Disproof"
    method: str
    rule: str
    steps: tuple[str, ...]
    point: Mapping[str, str] = field(default_factory=dict)

    @property
    def bearing(self) -> Bearing:
        return Bearing.AGAINST


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a method could not decide: a limit, a missing definition, an undeclared domain."""

    type: ClassVar[str] = "Obstacle"
    method: str
    reason: str
    tried: tuple[str, ...] = ()
    fault: bool = False

    @property
    def bearing(self) -> Bearing:
        return Bearing.NONE


Evidence = Proof | Enclosure | Estimate | StatisticalTest | Counterexample | Disproof | Obstacle
TYPES: tuple[type[Evidence], ...] = (
    Proof,
    Enclosure,
    Estimate,
    StatisticalTest,
    Counterexample,
    Disproof,
    Obstacle,
)


def to_json(evidence: Evidence) -> dict[str, Json]:
    """`{"type": .., "method": .., "bearing": .., ...}` with every field of the record."""
    named = {item.name: _plain(getattr(evidence, item.name)) for item in fields(evidence)}
    return {"type": evidence.type, "bearing": evidence.bearing.value, **named}


def from_json(data: Mapping[str, Json]) -> Evidence:
    """The record that `to_json` wrote.  Raises ValueError for an unknown type."""
    for kind in TYPES:
        if data.get("type") == kind.type:
            types = {item.name: item.type for item in fields(kind)}
            given: dict[str, Any] = {k: _restored(v, types[k]) for k, v in data.items() if k in types}
            make: Any = kind
            return cast(Evidence, make(**given))
    known = ", ".join(kind.type for kind in TYPES)
    raise ValueError(f"expected an evidence type out of {known}; got {data.get('type')!r}")
