r"""Change of variables: the density of x = f(z) from that of z, in both of its forms, with several branches summed.

For a differentiable bijection f of :math:`\mathbb R^d` (or of open sets) with inverse :math:`g = f^{-1}`

.. math:: p_X(x) = p_Z(g(x))\, |\det J_g(x)| = p_Z(z)\, |\det J_f(z)|^{-1} \big|_{z = g(x)},

and where f is many-to-one with finitely many branches :math:`g_k`, :math:`p_X = \sum_k p_Z(g_k) |\det J_{g_k}|`.
An inverse is used only after :math:`f(g(x)) = x` is proved; it is given, or found: by the adjugate for
an affine map, coordinate by coordinate for one that is triangular in some order (every one-dimensional and every
elementwise map is).

Source: Papamakarios et al., Normalizing Flows for Probabilistic Modeling and Inference (2021), section 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .inverse_maps import affine_inverse, proved_equal, signs_joined, triangular_inverses
from .rational_form import adjugate_and_determinant, is_zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    r"""One local inverse g(x), shape (d, 1), with the signed :math:`\det J_g(x)` and :math:`\det J_f(g(x))`."""

    inverse: Any
    inverse_jacobian_determinant: Any
    forward_jacobian_determinant: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOfVariables:
    """The density of x = f(z) as a sum over branches; ``log_abs_det_jacobian`` is log|det J_f(z)|, in z."""

    forward: Any
    variables: tuple[Any, ...]
    images: tuple[Any, ...]
    jacobian_determinant: Any
    log_abs_det_jacobian: Any
    branches: tuple[Branch, ...]
    density: Any
    density_by_forward_jacobian: Any
    derivation: Derivation


def change_of_variables(
    forward: Any,
    variables: Sequence[Any],
    base_density: Any,
    images: Sequence[Any],
    inverses: Sequence[Any] | None = None,
) -> ChangeOfVariables:
    """The density of x = forward(z) when z has the density ``base_density``.

    Args:
        forward: d expressions in the variables (a sequence or a column).
        variables: the d real symbols of z.
        base_density: p_Z as an expression in the variables.
        images: the d real symbols of x; their assumptions (say positive) are the domain on which inverses are checked.
        inverses: the local inverses, each d expressions in the images (several for a many-to-one map); default: found
            when the map is affine, or triangular in some order.

    Raises:
        ValueError: dimensions differ, an inverse is not proved to be one, the Jacobian is singular everywhere, or no
            inverse is given and none is found.
    """
    f, z, x = sympy.ImmutableMatrix(list(forward)), tuple(variables), tuple(images)
    if not len(z) == len(x) == f.rows:
        raise ValueError(f"Expected as many components as variables and images; got {f.rows}, {len(z)} and {len(x)}")
    jacobian = f.jacobian(sympy.Matrix(z))
    determinant = adjugate_and_determinant(jacobian)[1]
    if is_zero(determinant):
        raise ValueError("Expected an invertible map; its Jacobian determinant vanishes everywhere")
    if inverses is not None:
        candidates = [sympy.ImmutableMatrix(list(g)) for g in inverses]
    elif jacobian.free_symbols & set(z):
        candidates = triangular_inverses(f, z, x)
    else:
        candidates = [affine_inverse(f, jacobian, z, x)]
    if not candidates:
        raise ValueError("Expected an inverse; none is given, and none was found for this map")
    for candidate in candidates:
        _require_inverse(f, z, x, candidate)
    branches = tuple(_branch(candidate, z, x, determinant) for candidate in candidates)
    density = sympy.Add(
        *(_term(base_density, z, b.inverse, sympy.Abs(b.inverse_jacobian_determinant)) for b in branches)
    )
    other = sympy.Add(
        *(_term(base_density, z, b.inverse, 1 / sympy.Abs(b.forward_jacobian_determinant)) for b in branches)
    )
    steps = _steps(f, z, x, jacobian, determinant, branches, density)
    return ChangeOfVariables(
        forward=f,
        variables=z,
        images=x,
        jacobian_determinant=determinant,
        log_abs_det_jacobian=sympy.log(sympy.Abs(determinant)),
        branches=branches,
        density=density,
        density_by_forward_jacobian=other,
        derivation=Derivation(
            title="Change of variables",
            steps=steps,
            result={"density": density},
            conditions=(_bijective(len(branches)),),
        ),
    )


def _require_inverse(f: Any, z: tuple[Any, ...], x: tuple[Any, ...], inverse: Any) -> None:
    if inverse.rows != len(z):
        raise ValueError(f"Expected {len(z)} components of the inverse; got {inverse.rows}")
    moved = f.xreplace(dict(zip(z, inverse, strict=True)))
    for component, image in zip(moved, x, strict=True):
        if not proved_equal(component, image):
            raise ValueError(f"Expected an inverse of the map; f(g({image})) = {component} is not proved to be {image}")


def _without_even_signs(expression: Any) -> Any:
    """sign(w)^(2k) is 1 wherever w is not 0."""
    even = lambda node: node.is_Pow and isinstance(node.base, sympy.sign) and node.exp.is_even  # noqa: E731
    return expression.replace(even, lambda _: sympy.Integer(1))


def _branch(inverse: Any, z: tuple[Any, ...], x: tuple[Any, ...], determinant: Any) -> Branch:
    return Branch(
        inverse=inverse,
        inverse_jacobian_determinant=_without_even_signs(adjugate_and_determinant(_smooth_jacobian(inverse, x))[1]),
        forward_jacobian_determinant=_without_even_signs(determinant.xreplace(dict(zip(z, inverse, strict=True)))),
    )


def _smooth_jacobian(inverse: Any, x: tuple[Any, ...]) -> Any:
    """The Jacobian away from kinks: sign is locally constant, d|w|/dw = sign(w)."""
    derivative = inverse.jacobian(sympy.Matrix(x))
    return sympy.ImmutableMatrix(derivative.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)))


def _term(density: Any, z: tuple[Any, ...], inverse: Any, factor: Any) -> Any:
    return _without_even_signs(density.xreplace(dict(zip(z, inverse, strict=True))) * factor)


def _steps(
    f: Any,
    z: tuple[Any, ...],
    x: tuple[Any, ...],
    jacobian: Any,
    determinant: Any,
    branches: tuple[Branch, ...],
    density: Any,
) -> tuple[DerivationStep, ...]:
    steps = [
        DerivationStep(rule="the map", lhs=Label(tex="x = f(z)"), relation="\\Rightarrow", rhs=f),
        DerivationStep(rule="determinant of its Jacobian", lhs=sympy.Determinant(jacobian), rhs=determinant),
    ]
    for branch in branches:
        at_inverse = f.xreplace(dict(zip(z, branch.inverse, strict=True)))
        both = branch.inverse_jacobian_determinant * branch.forward_jacobian_determinant
        steps += [
            DerivationStep(rule="inverse", lhs=Label(tex="z = g(x)"), relation="\\Rightarrow", rhs=branch.inverse),
            DerivationStep(
                rule="f(g(x)) = x",
                lhs=Label(tex="f(g(x))", value=at_inverse.applyfunc(signs_joined)),
                rhs=sympy.ImmutableMatrix(x),
            ),
            DerivationStep(
                rule="chain rule: the Jacobians of f and of g are inverse, so both forms agree",
                lhs=Label(tex=r"\det J_g(x)\,\det J_f(g(x))", value=signs_joined(both)),
                rhs=sympy.Integer(1),
            ),
        ]
    rule = "density of the image" if len(branches) == 1 else "density of the image: the branches add"
    steps.append(DerivationStep(rule=rule, lhs=Label(tex="p_X(x)"), rhs=density))
    return tuple(steps)


def _bijective(count: int) -> Condition:
    whole = "the inverse is the only one" if count == 1 else f"the {count} branches are all the real inverses"
    return Condition(
        text=f"x lies in the image of f, and {whole}", tex=r"x \in f(\mathbb{R}^d),\; \det J_f \neq 0", status="assumed"
    )
