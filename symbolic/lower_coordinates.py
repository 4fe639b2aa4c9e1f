r"""A field whose coordinates do not see each other, lowered coordinate by coordinate.

If no state symbol but :math:`z_i` occurs in :math:`f_i`, then :math:`\partial f_i / \partial z_j = 0` for
:math:`i \ne j`: the Jacobian is diagonal, the flow map acts on each coordinate alone, and
:math:`\log|\det| = \sum_i \int f_i'(z_i(t), t)\,dt`. The occurrence of a symbol decides, no simplification: a field
that only turns out to be diagonal is not taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from .lower import Accuracy, LoweredField, lower_field


def is_diagonal(field: Any, variables: Sequence[Any]) -> bool:
    """Whether each component of a field holds no state symbol but its own.

    >>> x, y = sympy.symbols("x y")
    >>> is_diagonal([sympy.tanh(x**3), sympy.tanh(y**3)], [x, y]), is_diagonal([x + y, y], [x, y])
    (True, False)
    """
    state = set(variables)
    return all(
        f.free_symbols & state <= {z} for f, z in zip(sympy.ImmutableMatrix(list(field)), variables, strict=True)
    )


def lower_coordinates(
    field: Any,
    variables: Sequence[Any],
    time: Any = None,
    parameters: Sequence[Any] = (),
    *,
    accuracy: Accuracy = "absolute",
) -> tuple[LoweredField, ...] | None:
    r"""For each coordinate ``f(t, z, *theta)``, z of shape (n, 1), giving (field (n, 1), derivative (n,)).

    None where the field is not diagonal. Coordinates with the same expression, up to the name of the state, share one
    callable. Arguments and errors as for `lower_field`.
    """
    if not is_diagonal(field, variables):
        return None
    one = sympy.Dummy("z", real=True)
    made: dict[Any, LoweredField] = {}
    found = []
    for component, variable in zip(sympy.ImmutableMatrix(list(field)), variables, strict=True):
        renamed = component.xreplace({variable: one})
        if renamed not in made:
            made[renamed] = lower_field([renamed], [one], time, parameters, with_divergence=True, accuracy=accuracy)
        found.append(made[renamed])
    return tuple(found)
