r"""An energy in pieces of few variables, each lowered to a callable, with what its parameter gradient has there.

    E(x; phi) = sum_s E_s(x_s; phi),     dE/dphi_j = sum_s dE_s/dphi_j,     g(x; phi) = sum_s g_s(x_s; phi)

s runs over sets of variables.  A sum over a lattice needs the whole tensor only for a piece in three variables; so a
term in three variables is multiplied out where it is a polynomial in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .lower import Lowered, lower

# A polynomial of this degree in three variables has 165 terms.
LARGEST_DEGREE = 8
Axes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EnergyBlock:
    """E_s and the g_js, j in `observables`, as one function of the variables of `axes` and then of all parameters."""

    axes: Axes
    observables: tuple[int, ...]
    lowered: Lowered


def energy_blocks(
    energy: Any, variables: Sequence[Any], parameters: Sequence[Any], observables: Sequence[Any] = ()
) -> tuple[EnergyBlock, ...]:
    """The blocks of E with dE/dphi_j as the first observables and the given ones after them.

    Raises:
        ValueError: as `lower`.

    >>> x, y, c = sympy.symbols("x y c", real=True)
    >>> [(b.axes, b.observables) for b in energy_blocks(x**4 + y**4 + c * x * y, [x, y], [c])]
    [((0,), ()), ((1,), ()), ((0, 1), (0,))]
    """
    pieces = split(energy, variables)
    seen: dict[Axes, dict[int, Any]] = {axes: {-1: piece} for axes, piece in pieces.items()}
    for j, parameter in enumerate(parameters):
        for axes, piece in pieces.items():
            _note(seen, axes, j, sympy.diff(piece, parameter))
    for j, body in enumerate(observables, start=len(parameters)):
        for axes, piece in split(body, variables).items():
            _note(seen, axes, j, piece)
    return tuple(_lowered(axes, bodies, variables, parameters) for axes, bodies in seen.items())


def split(expression: Any, variables: Sequence[Any]) -> dict[Axes, Any]:
    """The terms of a sum, added up by the variables that occur in them; fewer variables first."""
    found: dict[Axes, Any] = {}
    for term in sympy.Add.make_args(expression):
        for part in sympy.Add.make_args(_multiplied_out(term, variables)):
            axes = tuple(i for i, name in enumerate(variables) if part.has(name))
            found[axes] = found.get(axes, sympy.S.Zero) + part
    return dict(sorted(found.items(), key=lambda item: (len(item[0]), item[0])))


def _multiplied_out(term: Any, variables: Sequence[Any]) -> Any:
    """A term in three variables as a sum of monomials where that is one; other terms as they are."""
    here = [name for name in variables if term.has(name)]
    if len(here) < 3 or not term.is_polynomial(*here):
        return term
    if sum(sympy.degree(term, name) for name in here) > 3 * LARGEST_DEGREE:
        return term
    return sympy.Add(*(c * sympy.prod(v**k for v, k in zip(here, m, strict=True)) for m, c in _monomials(term, here)))


def _monomials(term: Any, here: Sequence[Any]) -> Any:
    return sympy.Poly(term, *here).terms()


def _note(seen: dict[Axes, dict[int, Any]], axes: Axes, j: int, piece: Any) -> None:
    if piece != 0:
        seen.setdefault(axes, {-1: sympy.S.Zero})[j] = piece


def _lowered(axes: Axes, bodies: dict[int, Any], variables: Sequence[Any], parameters: Sequence[Any]) -> EnergyBlock:
    arguments = [*(variables[i] for i in axes), *parameters]
    return EnergyBlock(axes, tuple(j for j in bodies if j >= 0), lower(list(bodies.values()), arguments))
