r"""The written side of a claim about one quantity, wherever in the equation the quantity stands.

    D = g          g = D          -D = g          2 D - h = g

The quantity D (a divergence, a rate of the log-density) is replaced by a fresh name and the equation lhs = rhs, which
must be linear in it, is solved for it in numbers: with r(D) = lhs - rhs, the written value is -r(0) / (r(1) - r(0)).
So a witness can test what was written without knowing which way round it was written, and D itself is never evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..symbolic.tree import Apply, Name, Node, free_names, rewrite
from . import controls

QUANTITY = "_quantity"
Evaluate = Callable[[Node, Mapping[str, Any]], Any]
"""The value of a tree with further names bound: a float or an array."""


@dataclass(frozen=True)
class Isolated:
    """An equation in which the quantity is the name `QUANTITY`."""

    lhs: Node
    rhs: Node

    @cached_property
    def plain(self) -> tuple[Node, int] | None:
        """The written side and its sign, when the other side is the quantity alone or its negative."""
        for own, other in ((self.lhs, self.rhs), (self.rhs, self.lhs)):
            if QUANTITY in free_names(other):
                continue
            if own == Name(QUANTITY):
                return other, 1
            if own == Apply("neg", (Name(QUANTITY),)):
                return other, -1
        return None

    def value(self, evaluate: Evaluate) -> Any:
        """The written value of the quantity.  Raises ValueError when the equation is not linear in it."""
        plain = self.plain
        if plain is not None:
            return plain[1] * evaluate(plain[0], {})
        r0, r1, r2 = (evaluate(self.lhs, {QUANTITY: d}) - evaluate(self.rhs, {QUANTITY: d}) for d in (0.0, 1.0, 2.0))
        slope = r1 - r0
        size = np.abs(r0) + np.abs(r1) + np.abs(r2)
        # A missing value (NaN) stays one, and is the caller's to judge.
        if (np.abs((r2 - r1) - slope) > 1e-12 * size).any() or (np.abs(slope) <= 1e-9 * size).any():
            raise ValueError("the equation is not linear in the quantity that it is about")
        return -r0 / slope

    def slips(self) -> Iterator[tuple[str, Isolated]]:
        """Equations with one slip inside the side that does not contain the quantity."""
        if QUANTITY not in free_names(self.rhs):
            for name, variant in controls.inside(self.rhs):
                yield name, Isolated(self.lhs, variant)
        elif QUANTITY not in free_names(self.lhs):
            for name, variant in controls.inside(self.lhs):
                yield name, Isolated(variant, self.rhs)


def isolate(lhs: Node, rhs: Node, target: Node) -> Isolated:
    """The equation with every occurrence of `target` replaced by the quantity."""

    def rule(node: Node) -> Node:
        return Name(QUANTITY) if node == target else node

    return Isolated(rewrite(lhs, rule), rewrite(rhs, rule))
