r"""The second symbolic route to the density of an affine image of a Gaussian vector; it never forms the covariance.

Let :math:`Y = AZ + b`, :math:`Z \sim \mathcal N(m, S)`. Factor :math:`S = LDL^T`, so that :math:`Z = m + LW` with
independent :math:`W_i \sim \mathcal N(0, d_i)`. Complete :math:`AL` by unit rows to an invertible :math:`B`; then
:math:`(y - \mu, u) = BW` has the density

.. math:: p(y, u) = p_W\!\left(B^{-1}(y - \mu, u)\right) / |\det B|,

and the extra coordinates are integrated out one by one by completing the square, for :math:`\alpha > 0`

.. math:: \int e^{-(\alpha u^2 + 2\beta u + \gamma)/2} du = \sqrt{2\pi/\alpha}\; e^{-(\gamma - \beta^2/\alpha)/2}.

`agree` proves that this and `derive_gaussian` give one density: two identities between rational functions, the squared
normaliser and the quadratic form (both normalisers are positive, so equal squares suffice).

Source: Bishop, Pattern Recognition and Machine Learning (2006), section 2.3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .derive_gaussian import (
    GaussianDerivation,
    checked_inputs,
    density_label,
    density_variables,
    quadratic_form,
    square_root,
)
from .rational_form import (
    adjugate_and_determinant,
    determinant_by_elimination,
    is_zero,
    pivot_columns,
    product,
    rational_normal_form,
)
from .symmetric_matrix import SquareRootFree, square_root_free_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianBySubstitution:
    """The second route: quadratic form and squared normaliser of the same density, found without the covariance."""

    variables: tuple[Any, ...]
    mean: Any
    determinant: Any
    quadratic_form: Any
    density: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Whether two routes give one density, with the rules that prove it; ``proved=False`` means not proved."""

    proved: bool
    rules: tuple[str, ...]
    failed: tuple[str, ...]


def pushforward_by_change_of_variables(
    matrix: Any,
    offset: Any = None,
    mean: Any = None,
    covariance: Any = None,
    variables: Sequence[Any] | None = None,
) -> GaussianBySubstitution:
    r"""The density of :math:`AZ + b` from :math:`p_Z` by substitution and by integrating extra coordinates out.

    Raises:
        ValueError: as `gaussian_pushforward`, and when A S^(1/2) has not full row rank (the law is degenerate).
    """
    a, b, m, s = checked_inputs(matrix, offset, mean, covariance)
    names = density_variables(variables, a.rows)
    factor = square_root_free_factor(s)
    scaled = product(a, factor.unit) if factor.rank else sympy.zeros(a.rows, 0)
    completed = _complete(scaled)
    quadratic, determinant, steps = _substitute(completed, factor, a.rows)
    quadratic, determinant, more = _integrate_out(quadratic, determinant, a.rows)
    mu = a * m + b
    centred = sympy.ImmutableMatrix(names) - mu
    form = quadratic_form(quadratic, sympy.Integer(1), centred, names)
    density = (2 * sympy.pi) ** sympy.Rational(-a.rows, 2) / square_root(determinant) * sympy.exp(-form / 2)
    final = DerivationStep(rule="collect the normaliser and the exponent", lhs=density_label(), rhs=density)
    derivation = Derivation(
        title="Density by change of variables",
        steps=(*steps, *more, final),
        result={"density": density},
        conditions=factor.conditions,
    )
    return GaussianBySubstitution(
        variables=names,
        mean=mu,
        determinant=determinant,
        quadratic_form=form,
        density=density,
        derivation=derivation,
    )


def agree(first: GaussianDerivation, second: GaussianBySubstitution) -> Agreement:
    r"""Prove that both routes give one density: equal :math:`\det\Sigma` (both positive) and equal quadratic forms."""
    renamed = dict(zip(second.variables, first.variables, strict=True))
    pairs = {
        "squared normalisers are one rational function": first.determinant - second.determinant,
        "quadratic forms are one rational function": first.quadratic_form - second.quadratic_form.xreplace(renamed),
    }
    verdicts = {rule: is_zero(difference) for rule, difference in pairs.items()}
    return Agreement(
        proved=all(verdicts.values()),
        rules=tuple(rule for rule, held in verdicts.items() if held),
        failed=tuple(rule for rule, held in verdicts.items() if not held),
    )


def _complete(scaled: Any) -> Any:
    """Rows of unit vectors that make a matrix of full row rank square and invertible (at generic values of symbols)."""
    pivots = pivot_columns(scaled)
    if len(pivots) < scaled.rows:
        raise ValueError("Expected A S^(1/2) of full row rank; the law is degenerate, it has no density")
    free = [j for j in range(scaled.cols) if j not in pivots]
    rows = [[sympy.Integer(int(j == k)) for k in range(scaled.cols)] for j in free]
    return sympy.ImmutableMatrix(scaled.tolist() + rows)


def _substitute(completed: Any, factor: SquareRootFree, dimension: int) -> tuple[Any, Any, tuple[DerivationStep, ...]]:
    """Precision and determinant of the law of (y, u) = B W, W ~ N(0, D), by substituting w = B^(-1)(y, u)."""
    adjugate, signed = adjugate_and_determinant(completed)
    inverse = sympy.ImmutableMatrix(adjugate / signed)
    weights = sympy.diag(*(1 / pivot for pivot in factor.pivots))
    quadratic = product(inverse.T, weights, inverse)
    jacobian = determinant_by_elimination(completed)
    determinant = sympy.Mul(jacobian**2, *factor.pivots)
    steps = (
        DerivationStep(
            rule="write Z = m + L W with S = L D L^T and W ~ N(0, D); complete A L by unit rows to an invertible B",
            lhs=Label(tex="B"),
            rhs=completed,
        ),
        DerivationStep(
            rule="inverse of the linear map",
            lhs=sympy.MatMul(completed, inverse, evaluate=False),
            rhs=sympy.ImmutableMatrix(sympy.eye(completed.rows)),
        ),
        DerivationStep(
            rule="constant Jacobian of the map",
            lhs=sympy.Determinant(completed),
            rhs=jacobian,
            conditions=(_generic_condition(jacobian, completed.rows > dimension),),
        ),
        DerivationStep(
            rule="change of variables: p(y, u) = p_W(B^(-1)(y - mu, u)) / |det B|; its exponent has the matrix",
            lhs=sympy.MatMul(inverse.T, weights, inverse, evaluate=False),
            rhs=quadratic,
        ),
    )
    return quadratic, determinant, steps


def _generic_condition(jacobian: Any, completed: bool) -> Condition:
    rational = bool(jacobian.is_Rational)
    text = "the completed map is invertible"
    if completed and not rational:
        text += "; where only this minor vanishes the identity extends by continuity"
    return Condition(
        text=text,
        tex=rf"{sympy.latex(jacobian)} \neq 0",
        status="discharged" if rational or completed else "assumed",
    )


def _integrate_out(quadratic: Any, determinant: Any, dimension: int) -> tuple[Any, Any, tuple[DerivationStep, ...]]:
    """Integrate the last coordinates out, one by one, by completing the square."""
    steps: list[DerivationStep] = []
    while quadratic.rows > dimension:
        last = quadratic.rows - 1
        leading, row = quadratic[last, last], quadratic[:last, last]
        reduced = (quadratic[:last, :last] - row * row.T / leading).applyfunc(rational_normal_form)
        quadratic = sympy.ImmutableMatrix(reduced)
        determinant = determinant * leading
        steps.append(_square_step(leading, len(steps) + 1))
    determinant = sympy.factor(rational_normal_form(determinant))
    return quadratic, determinant, tuple(steps)


def _square_step(leading: Any, index: int) -> DerivationStep:
    u, beta, gamma = (sympy.Symbol(name, real=True) for name in ("u", "beta", "gamma"))
    completed = leading * (u + beta / leading) ** 2 + gamma - beta**2 / leading
    positive = Condition(
        text="the leading coefficient is positive: the exponent is a positive definite form",
        tex=rf"{sympy.latex(leading)} > 0",
        status="discharged",
    )
    return DerivationStep(
        rule=f"complete the square in extra coordinate {index}; its integral gives sqrt(2 pi / leading coefficient)",
        lhs=leading * u**2 + 2 * beta * u + gamma,
        rhs=completed,
        conditions=(positive,),
    )
