"""What a student has in hand: the exact numbers from which the next lines are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt

from .chains import Chain
from .pen import Pen

F = Fraction
Rows = list[list[int]]
SCALE = F(1, 25)
TRUE_ROWS: Rows = [[13, 11], [11, 17]]
A_ROWS = [[F(3, 5), F(2, 5)], [F(1, 5), F(4, 5)]]


@dataclass
class Hand:
    """The covariance as `scale * rows`, and what was made of it; polynomials by their coefficients, lowest first."""

    scale: Fraction = SCALE
    rows: Rows = field(default_factory=lambda: [row[:] for row in TRUE_ROWS])
    root: tuple[Fraction, int] = (F(2, 5), 1)  # factor and what stays under the root
    inverse: tuple[Fraction, Rows] = (F(1, 4), [[17, -11], [-11, 13]])
    quad: tuple[Fraction, Fraction, Fraction] = (F(17, 4), F(-22, 4), F(13, 4))
    first: tuple[Fraction, ...] = (F(1), F(0), F(-2))  # g' = (..) e^{-x^2}
    covariance_wrong: bool = False

    def det(self) -> int:
        (a, b), (c, d) = self.rows
        return a * d - b * c


@dataclass
class Section:
    """What a student writes under one heading: prose (a text) and chains."""

    title: str
    items: list[str | Chain] = field(default_factory=list)

    def add(self, *items: str | Chain) -> None:
        self.items += [item for item in items if item != ""]


Problem = Callable[[Pen, Hand, str], Section]


def under_root(n: int) -> tuple[int, int]:
    """Square root of a natural number as factor and rest."""
    factor = next(k for k in range(isqrt(n), 0, -1) if n % (k * k) == 0)
    return factor, n // factor**2
