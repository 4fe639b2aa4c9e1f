r"""The chapter of a partition function in closed form, with quadrature of the integral as its second route."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from .context import EnergyLaw
from .derivation import DerivationStep, Label
from .derive_partition import PartitionFunction
from .entries import Chapter, SecondRoute
from .formal import Formal
from .printing import name_tex
from .textbook import Textbook, vector_tex

step = DerivationStep


def integral_of(energy: Any, x: tuple[Any, ...], support: Any) -> Any:
    """Z as an integral."""
    box = support or [(-sympy.oo, sympy.oo)] * len(x)
    return sympy.Integral(sympy.exp(-energy), *((name, *pair) for name, pair in zip(x, box, strict=True)))


def closed_chapter(formal: Formal, law: EnergyLaw, closed: PartitionFunction, integral: Any) -> Chapter:
    """Z in closed form, by the rule of each independent part."""
    book = Textbook()
    e, z = rf"{name_tex(law.energy_name)}({vector_tex(formal.names(law.variables))})", name_tex(law.partition_name)
    steps = [s for s in closed.derivation.steps if not (isinstance(s.lhs, Label) and s.lhs.tex == "Z")]
    integrals = [s for s in steps if isinstance(s.lhs, Label)]
    product: tuple[DerivationStep, ...] = (
        step(rule="parts in separate variables multiply", lhs=Label(tex=z), rhs=closed.value),
    )
    if len(integrals) == 1 and _stands_for(steps[-1].rhs, closed.value):
        # One part is the whole: its integral is Z, its energy is E.
        steps = [_named(s, z, e) for s in steps]
        product = ()
    return Chapter(
        of=law.name,
        kind="energy",
        title=f"The partition function of {law.name} in closed form",
        steps=(*steps, *product),
        book=book,
        second=by_quadrature(formal, law, closed.value, integral),
    )


def _stands_for(side: Any, value: Any) -> bool:
    """True when a side is the value, or the label of it."""
    return bool(side.tex == sympy.latex(value) if isinstance(side, Label) else side == value)


def _named(link: DerivationStep, z: str, e: str) -> DerivationStep:
    """A link of a closed form with Z for the integral and E(x) for the energy."""
    if link.lhs is None:
        return link
    if isinstance(link.lhs, Label):
        return replace(link, lhs=Label(tex=z, value=link.lhs.value))
    return replace(link, lhs=Label(tex=e, value=link.lhs))


def by_quadrature(formal: Formal, law: EnergyLaw, value: Any, integral: Any) -> SecondRoute:
    """The closed form against the integral itself at one point of the parameters, in one dimension."""
    if len(integral.limits) > 1:
        return SecondRoute(agree=None, how="")
    given = {formal.symbol(name): formal.scalar(node) for name, node in law.at.items()}
    point = {s: given.get(s, sympy.Rational(3 + k, 2)) for k, s in enumerate(sorted(integral.free_symbols, key=str))}
    # Both are evaluated to 20 digits; 8 of them are left to the quadrature.
    closed, by_sum = value.xreplace(point).evalf(20), integral.xreplace(point).evalf(20)
    if not (closed.is_Float and by_sum.is_Float):
        return SecondRoute(agree=None, how="")
    where = ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
    how = "quadrature of the integral to 12 digits" + (f" at {where}" if where else "")
    return SecondRoute(agree=bool(abs(closed - by_sum) <= sympy.Rational(1, 10**12) * abs(closed)), how=how)
