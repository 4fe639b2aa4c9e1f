r"""Inverses of maps, in closed form: affine maps by the adjugate, triangular ones equation by equation.

A solution of :math:`f(u) = x` is kept when it takes real values and is proved to solve the equation; an odd power has
one real root, :math:`u = \operatorname{sign}(w)|w|^{1/n}`, where the principal root is complex for :math:`w < 0`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from .rational_form import adjugate_and_determinant, is_zero, rational_normal_form


def affine_inverse(f: Any, jacobian: Any, z: tuple[Any, ...], x: tuple[Any, ...]) -> Any:
    """z = A^(-1) (x - b) for the map A z + b."""
    adjugate, determinant = adjugate_and_determinant(jacobian)
    offset = f.xreplace(dict.fromkeys(z, sympy.Integer(0)))
    return sympy.ImmutableMatrix(
        (adjugate * (sympy.ImmutableMatrix(x) - offset) / determinant).applyfunc(rational_normal_form)
    )


def triangular_inverses(forward: Any, variables: Sequence[Any], images: Sequence[Any]) -> list[Any]:
    """Local inverses, solved one coordinate at a time in an order in which each equation has one new unknown; or [].

    Real branches only: a solution that SymPy knows not to be real, or that is not proved to solve the equation for
    images with their assumptions, is dropped.
    """
    partial: list[dict[Any, Any]] = [{}]
    open_equations = list(zip(forward, images, strict=True))
    while open_equations:
        known = set(partial[0])
        ready = [(f, x) for f, x in open_equations if len(f.free_symbols & (set(variables) - known)) == 1]
        if not ready:
            return []
        equation = ready[0]
        open_equations.remove(equation)
        (unknown,) = equation[0].free_symbols & (set(variables) - known)
        partial = [
            solved | {unknown: root}
            for solved in partial
            for root in _real_roots(equation[0].xreplace(solved), unknown, equation[1])
        ]
        if not partial:
            return []
    return [sympy.ImmutableMatrix([solved[z] for z in variables]) for solved in partial]


def _real_roots(expression: Any, unknown: Any, image: Any) -> list[Any]:
    """Real solutions of expression = image for the unknown."""
    stand_in = sympy.Dummy(unknown.name, real=True)
    expression = expression.xreplace({unknown: stand_in})
    if (odd := _odd_power_root(expression, stand_in, image)) is not None:
        return [odd]
    try:
        roots = sympy.solve(expression - image, stand_in)
    except NotImplementedError:
        return []
    real = [root for root in roots if root.is_real is not False and _takes_real_values(root)]
    return [root for root in real if proved_equal(expression.xreplace({stand_in: root}), image)]


def _takes_real_values(root: Any) -> bool:
    """False when the root is not real at any of the sample points of its symbols (log of a negative number, say)."""
    for point in _sample_points(sorted(root.free_symbols, key=str)):
        value = sympy.N(root.xreplace(point), 30)
        if value.is_number and value.is_finite and abs(sympy.im(value)) < sympy.Rational(1, 10**20) * (1 + abs(value)):
            return True
    return False


def _sample_points(symbols: Sequence[Any]) -> list[dict[Any, Any]]:
    """Eight points of short rationals that respect declared signs, small and large, in several sign patterns."""
    sizes = [sympy.Rational(1, 3), sympy.Rational(5, 7), sympy.Rational(8, 3), sympy.Rational(17, 2)]
    points = []
    for k in range(8):
        point = {}
        for i, symbol in enumerate(symbols):
            sign = -1 if symbol.is_negative or (not symbol.is_nonnegative and (k >> (i % 3)) & 1) else 1
            point[symbol] = sign * sizes[(k // 2 + i) % 4]
        points.append(point)
    return points


def _odd_power_root(expression: Any, unknown: Any, image: Any) -> Any:
    r"""The real root of :math:`a u^n + c = x`, n odd: sign(w)|w|^(1/n), which a principal root is not for w < 0."""
    if not expression.is_polynomial(unknown):
        return None
    polynomial = sympy.Poly(expression, unknown)
    degree = polynomial.degree()
    if degree < 3 or degree % 2 == 0 or {power for (power,) in polynomial.monoms()} - {0, degree}:
        return None
    w = (image - polynomial.coeff_monomial(1)) / polynomial.LC()
    if w.is_nonnegative:
        return w ** sympy.Rational(1, degree)
    return sympy.sign(w) * sympy.Abs(w) ** sympy.Rational(1, degree)


def proved_equal(left: Any, right: Any) -> bool:
    """Equality by normal form; sign(w)|w| is written as w; only then by simplify."""
    difference = signs_joined(left - right)
    if is_zero(difference):
        return True
    from .zero import prove_zero

    return prove_zero(difference) is not None or is_zero(sympy.simplify(difference))


def signs_joined(expression: Any) -> Any:
    """sign(w)^n with |w| = w sign(w): for odd n, sign(w)^n |w| = w wherever w is real."""
    signs = {s: s.args[0] / sympy.Abs(s.args[0]) for s in expression.atoms(sympy.sign)}
    return expression.xreplace(signs)
