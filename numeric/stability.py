r"""From which step on an explicit Runge-Kutta method amplifies what the flow contracts.

On dz/dt = lambda z one step multiplies z by the stability polynomial

    R(w) = 1 + sum_k w^k b^T A^(k-1) 1,     w = h lambda      (Euler: 1 + w;  RK4: 1 + w + w^2/2 + w^3/6 + w^4/24),

while the flow multiplies it by exp(h lambda).  Where Re lambda <= 0 the flow does not amplify, and the method does so
as soon as |R(h lambda)| > 1: for Euler and real lambda from h = 2/|lambda| on, for imaginary lambda at every h.  Where
Re lambda > 0 the growth is the flow's own and no step is called unstable.

For dz/dt = f(z, t) the eigenvalues are those of df/dz, frozen at the states that the paths visit.  The logarithmic norm
mu = largest eigenvalue of (J + J^T)/2 bounds how the flow itself amplifies: by exp(int mu dt) at most.

Source: Hairer, Wanner, Solving Ordinary Differential Equations II (1996), IV.2; volume I (1993), I.10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from . import jets
from .enclosures import fraction_to_real, to_ball, working_precision
from .operations import Indeterminate, Undefined
from .solution import Floats, States, VectorField
from .tableaus import Tableau

COMPLEX_STEP = 1e-30
NEUTRAL = 1e-9
"""An eigenvalue with |Re| below this share of its size, off the real line, counts as purely imaginary."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepLimit:
    """The smallest step at which a method is unstable somewhere on the visited states.

    Attributes:
        step: that step; infinite when no visited state has an eigenvalue that contracts.
        eigenvalue: the eigenvalue that asks for it.
        index: which of the states.
        contracting: how many of the states have an eigenvalue that contracts or turns.
        growth: the largest logarithmic norm, in 1 / time.
    """

    step: float
    eigenvalue: complex
    index: int
    contracting: int
    growth: float


def stability_polynomial(tableau: Tableau) -> Floats:
    """Coefficients of R(w), constant term first.

    >>> from twofold.numeric.tableaus import RK4
    >>> [round(float(1 / c)) for c in stability_polynomial(RK4)]
    [1, 1, 2, 6, 24]
    """
    vector = np.ones(tableau.stages)
    coefficients = [1.0]
    for _ in range(tableau.stages):
        coefficients.append(float(tableau.b @ vector))
        vector = tableau.a @ vector
    return np.array(coefficients)


def unstable_from(tableau: Tableau, eigenvalue: complex) -> float:
    """The smallest h > 0 from which |R(h lambda)| > 1, for Re lambda <= 0; infinite where Re lambda > 0 or lambda = 0.

    >>> from twofold.numeric.tableaus import EULER
    >>> unstable_from(EULER, -4.0), unstable_from(EULER, 1j), unstable_from(EULER, 3.0)
    (0.5, 0.0, inf)
    """
    size = abs(eigenvalue)
    if size == 0 or not np.isfinite(size):
        return np.inf
    unit = eigenvalue / size
    if abs(unit.real) < NEUTRAL:
        unit = complex(0.0, unit.imag)
    if unit.real > 0:
        return np.inf
    values = stability_polynomial(tableau) * unit ** np.arange(tableau.stages + 1)
    square = np.convolve(values, np.conj(values)).real  # |R(s unit)|^2 as a polynomial in s
    square[0] -= 1.0
    square[np.abs(square) < 1e-13] = 0.0
    lowest = int(np.flatnonzero(square)[0]) if square.any() else len(square)
    if lowest == len(square):
        return np.inf
    if square[lowest] > 0:
        return 0.0
    roots = np.roots(square[lowest:][::-1])
    real = np.sort(roots[(np.abs(roots.imag) < 1e-9 * np.abs(roots)) & (roots.real > 0)].real)
    return float(real[0]) / size if len(real) else np.inf


def jacobians(field: VectorField, t: float, states: Floats) -> Floats:
    """df_i/dz_j at states (n, d) by complex step, (n, d, d); the field must accept complex states."""
    n, d = states.shape
    moved = (states[:, None, :] + 1j * COMPLEX_STEP * np.eye(d)).reshape(n * d, d)
    value = np.asarray(field(t, moved)).imag.reshape(n, d, d) / COMPLEX_STEP
    return np.swapaxes(value, 1, 2)


def step_limit(tableau: Tableau, field: VectorField, times: Floats, states: States) -> StepLimit:
    """The step limit over states (m, n, d) visited at the times (m,); index counts through the flattened states."""
    eigenvalues, norms = [], []
    for t, z in zip(times, states, strict=True):
        j = jacobians(field, float(t), z)
        eigenvalues.append(np.linalg.eigvals(j))
        norms.append(np.linalg.eigvalsh((j + np.swapaxes(j, 1, 2)) / 2)[:, -1])
    flat = np.concatenate(eigenvalues).astype(complex)
    limits = np.array([[unstable_from(tableau, complex(v)) for v in row] for row in flat])
    place = np.unravel_index(int(np.argmin(limits)), limits.shape)
    return StepLimit(
        step=float(limits[place]),
        eigenvalue=complex(flat[place]),
        index=int(place[0]),
        contracting=int(np.isfinite(limits).any(axis=1).sum()),
        growth=float(np.max(np.concatenate(norms))),
    )


def one_step_multipliers(tableau: Tableau, field: VectorField, t: float, state: Floats, h: float) -> Any:
    """Eigenvalues (d,) of the derivative of the map that one step of size h makes, by complex step through the method.

    Multipliers of modulus above 1 amplify.  No Jacobian of f is formed: this is what the integrator does.
    """
    from .ode import fixed_steps

    d = len(state)
    start = state[None, :] + 1j * COMPLEX_STEP * np.eye(d)
    end = fixed_steps(tableau, field, start, np.array([t, t + h]), steps=1).require_all()
    return np.linalg.eigvals(end.imag.T / COMPLEX_STEP)


def slope_at_least(
    function: Callable[[Any, Any], Any],
    low: Fraction,
    high: Fraction,
    least: Fraction,
    *,
    bits: int = 64,
    depth: int = 14,
) -> bool | None:
    """Whether f' >= least on all of [low, high], by balls over a bisection; None when the balls do not decide.

    >>> cube = lambda table, z: table.apply("pow", (z, table.number(Fraction(3))))
    >>> slope_at_least(cube, Fraction(-2), Fraction(2), Fraction(-1, 100))
    True
    >>> slope_at_least(lambda table, z: table.apply("neg", (z,)), Fraction(0), Fraction(1), Fraction(-1, 2))
    False
    """
    with working_precision(bits):
        bound = to_ball(fraction_to_real(least))
        pending = [(low, high, 0)]
        while pending:
            a, b, level = pending.pop()
            ball = to_ball(fraction_to_real(a)).union(to_ball(fraction_to_real(b)))
            slope = _slope(function, ball, bits)
            if slope is not None and slope >= bound:
                continue
            middle = (a + b) / 2
            here = _slope(function, to_ball(fraction_to_real(middle)), bits)
            if here is not None and here < bound:
                return False
            if level == depth:
                return None
            pending += [(a, middle, level + 1), (middle, b, level + 1)]
    return True


def _slope(function: Callable[[Any, Any], Any], ball: arb, bits: int) -> arb | None:
    try:
        found = jets.directional_derivative(lambda table, xs: function(table, xs[0]), (ball,), (Fraction(1),), 1, bits)
    except (Indeterminate, Undefined):
        return None
    value = to_ball(found)
    return value if value.is_finite() else None
