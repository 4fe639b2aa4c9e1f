"""Diagnosis of a refuted inequality: the opposite relation holds, as far as balls at points can tell."""

from __future__ import annotations

from dataclasses import replace

from ..symbolic.printing import tex
from ..symbolic.vocabulary import RELATION_TEX
from .claim import Part
from .evidence import Enclosure
from .inequalities import order_evidence
from .order import REVERSED
from .verdict import Diagnosis

POINTS = 12


def reversed_relation(part: Part, integrals: object, seed: int) -> Diagnosis | None:
    """`a <= b` for `a >= b`; None where the opposite relation does not hold either."""
    opposite = REVERSED.get(part.relation)
    if opposite is None:
        return None
    other = replace(part, relation=opposite)
    if not any(isinstance(piece, Enclosure) for piece in order_evidence(other, integrals, POINTS, seed)):
        return None
    correction = f"{tex(part.lhs)} {RELATION_TEX[other.relation]} {tex(part.rhs)}"
    return Diagnosis(kind="reversed", message="The relation is reversed.", correction=correction)
