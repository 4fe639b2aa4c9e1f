r"""The table of growth bounds: what a function of one variable does on [L, inf), or on (-inf, -L], for certain.

The variable is x = s y with the side s = +-1 and y >= L. Each value carries bounds of f by monomials (`expansions.py`)
and, where f is a positive function built from exponentials, bounds of log f as well. So

    log(w_1 exp(-q_1) + ... + w_n exp(-q_n)) in max_i(log w_i - q_i) + [0, log n]

and log cosh, softplus and the energies of mixtures keep their growth instead of drowning in exp. Bounded functions
(sin, tanh, logistic, ...) become bounded coefficients. Dependence between terms is not seen: bounds may be loose, they
are never wrong. What the rules do not cover is Indeterminate.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from . import expansions as ex
from .balls import RealBalls
from .enclosures import Real, to_ball, working_precision
from .expansions import Bounds
from .growth_algebra import Growing, negative, unknown
from .growth_rules import RULES
from .operations import Undefined, check_arity, choose

__all__ = ["Growing", "Growth"]


class Growth:
    """The table for y >= `start` (>= 4), x = `side` * y, constants at `bits` bits.

    Raises, from `apply`:
        Undefined: the function certainly has no value far out on this side (log x as x -> -inf).
        Indeterminate: no bound is found.
    """

    __slots__ = ("_real", "bits", "side", "start")

    def __init__(self, bits: int, side: int, start: int) -> None:
        if side not in (-1, 1) or start < 4:
            raise ValueError(f"Expected side -1 or 1 and start >= 4; got {side} and {start}.")
        self.bits, self.side = bits, side
        self.start = arb(start)
        self._real = RealBalls(bits)

    def variable(self) -> Growing:
        return Growing(terms={(Fraction(1), 0): ex.point(arb(self.side))})

    def number(self, value: Fraction) -> Growing:
        return self.lift(self._real.number(value))

    def constant(self, name: str) -> Growing:
        if name == "inf":
            raise unknown("infinity")
        return replace(self.lift(self._real.constant(name)), natural=name == "e")

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        if op in ("and", "or", "not"):
            return self._real.apply(op, args)
        if all(a.exact is not None for a in args):
            value = self._real.apply(op, tuple(a.exact for a in args))
            return value if isinstance(value, bool) else self.lift(value)
        if op not in RULES:
            raise unknown(op)
        with working_precision(self.bits):
            return RULES[op](self, *args)

    def det(self, rows: tuple[tuple[Growing, ...], ...]) -> Growing:
        """Laplace expansion along the first row."""
        if not rows:
            return self.number(Fraction(1))
        if any(len(row) != len(rows) for row in rows):
            raise Undefined("the matrix is not square")
        if len(rows) > 5:
            raise unknown("det")
        terms = []
        for j, entry in enumerate(rows[0]):
            minor = self.det(tuple((*row[:j], *row[j + 1 :]) for row in rows[1:]))
            terms.append(self.apply("mul", (self.number(Fraction((-1) ** j)), entry, minor)))
        found: Growing = self.apply("add", tuple(terms))
        return found

    def inverse(self, rows: tuple[tuple[Growing, ...], ...]) -> tuple[tuple[Growing, ...], ...]:
        raise unknown("inverse")

    def lift(self, value: Real) -> Growing:
        return Growing(terms=ex.constant(ex.point(to_ball(value))), exact=value)

    # what the rules ask

    def range_of(self, f: Growing) -> Bounds:
        return ex.range_of(f.terms, self.start)

    def is_positive(self, f: Growing) -> bool:
        if f.logarithm is not None:
            return True
        found = ex.lower_bound(f.terms, self.start)
        return found is not None and bool(found[0] > 0)

    def sign(self, f: Growing) -> int:
        """The certain sign on the whole of [L, inf); 0 when there is none."""
        return 1 if self.is_positive(f) else -1 if self.is_positive(negative(self, f)) else 0
