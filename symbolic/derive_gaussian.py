r"""Linear-Gaussian push-forward: the law of an affine image, with density, precision and entropy.

Let :math:`Z \sim \mathcal N(m, S)` in :math:`\mathbb R^n`, :math:`A` of shape :math:`(m, n)` with full row rank, and
:math:`Y = AZ + b`. An affine map of a Gaussian vector is Gaussian, so with :math:`\mu = Am + b` and :math:`\Sigma =
ASA^T`

.. math:: p_Y(y) = (2\pi)^{-m/2} (\det\Sigma)^{-1/2} e^{-q(y)/2}, \qquad q(y) = (y-\mu)^T \Sigma^{-1} (y-\mu).

Here :math:`\Sigma` and its adjugate are computed, :math:`\Sigma^{-1} = \operatorname{adj}\Sigma / \det\Sigma`. The
second route, which never forms :math:`\Sigma`, is in `gaussian_by_substitution`.

Source: Bishop, Pattern Recognition and Machine Learning (2006), section 2.3; Anderson, Multivariate Analysis (2003),
section 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .rational_form import adjugate_and_determinant, is_zero, product, rank
from .symmetric_matrix import real_entries, require_shape, square_root_free_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianDerivation:
    """A nondegenerate Gaussian law in d dimensions with everything derived from it; see the module for the formulas."""

    variables: tuple[Any, ...]
    mean: Any
    covariance: Any
    determinant: Any
    sqrt_determinant: Any
    precision: Any
    quadratic_form: Any
    density: Any
    log_density: Any
    entropy: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class Degenerate:
    r"""A law with singular covariance: concentrated on :math:`\mu + \operatorname{im}\Sigma`, without a density."""

    mean: Any
    covariance: Any
    rank: int
    reason: str
    derivation: Derivation


def gaussian_pushforward(
    matrix: Any,
    offset: Any = None,
    mean: Any = None,
    covariance: Any = None,
    variables: Sequence[Any] | None = None,
) -> GaussianDerivation | Degenerate:
    r"""The law of :math:`AZ + b`, :math:`Z \sim \mathcal N(m, S)`, with mean, covariance, density and entropy (nats).

    Args:
        matrix: A, shape (m, n); exact real entries (rationals, real symbols, functions of them).
        offset: b, shape (m, 1); default 0.
        mean: m, shape (n, 1); default 0.
        covariance: S, shape (n, n), symmetric positive semidefinite; default the identity.
        variables: the m real symbols of the density; default y_1, .., y_m.

    Raises:
        ValueError: shapes do not fit, an entry is a float or not real, S is not symmetric or not positive semidefinite.
    """
    a, b, m, s = checked_inputs(matrix, offset, mean, covariance)
    factor = square_root_free_factor(s)
    mu = product(a, m) + b
    sigma = product(a, s, a.T)
    adjugate, determinant = adjugate_and_determinant(sigma)
    steps = _moment_steps(a, b, m, s, mu, sigma)
    if is_zero(determinant):
        return _degenerate(mu, sigma, steps)
    names = density_variables(variables, a.rows)
    return _nondegenerate(names, mu, sigma, adjugate, factored(determinant), steps, factor.conditions)


def gaussian_law(mean: Any, covariance: Any, variables: Sequence[Any] | None = None) -> GaussianDerivation | Degenerate:
    r"""The law :math:`\mathcal N(m, S)` itself; arguments and errors as `gaussian_pushforward`."""
    identity = sympy.ImmutableMatrix(sympy.eye(covariance.rows))
    return gaussian_pushforward(identity, None, mean, covariance, variables)


def square_root(expression: Any) -> Any:
    """The square root of a nonnegative expression, perfect squares taken out of it (as absolute values)."""
    if expression.is_Rational or expression.is_Symbol:
        return sympy.sqrt(expression)
    root, plain = sympy.sqrt(factored(expression)), sympy.sqrt(expression)
    return root if root.has(sympy.Abs) or root.count_ops() <= plain.count_ops() else plain


def factored(expression: Any) -> Any:
    """The factored form; what is a product or a power of sums already is left as it is (factoring is the dear part)."""
    return sympy.factor(expression) if expression.is_Add else expression


def checked_inputs(matrix: Any, offset: Any, mean: Any, covariance: Any) -> tuple[Any, Any, Any, Any]:
    """A, b, m and S with defaults filled in, shapes and entries checked; see `gaussian_pushforward`."""
    a = real_entries("matrix", matrix)
    rows, columns = a.shape
    b = require_shape("offset", sympy.zeros(rows, 1) if offset is None else offset, (rows, 1))
    m = require_shape("mean", sympy.zeros(columns, 1) if mean is None else mean, (columns, 1))
    s = require_shape("covariance", sympy.eye(columns) if covariance is None else covariance, (columns, columns))
    return a, real_entries("offset", b), real_entries("mean", m), real_entries("covariance", s)


def density_variables(variables: Sequence[Any] | None, count: int) -> tuple[Any, ...]:
    """The given variables, or y_1, .., y_d.

    Raises:
        ValueError: their number is not the dimension, or one occurs twice.
    """
    if variables is None:
        return tuple(sympy.Symbol(f"y_{i + 1}", real=True) for i in range(count))
    if len(variables) != count or len(set(variables)) != count:
        raise ValueError(f"Expected {count} different variables of the density; got {len(variables)}")
    return tuple(variables)


def density_label() -> Label:
    """The left side of a density."""
    return Label(tex="p_Y(y)")


def _moment_steps(a: Any, b: Any, m: Any, s: Any, mu: Any, sigma: Any) -> tuple[DerivationStep, ...]:
    linear = sympy.MatAdd(sympy.MatMul(a, m, evaluate=False), b, evaluate=False)
    sandwich = sympy.MatMul(a, s, a.T, evaluate=False)
    return (
        DerivationStep(
            rule="expectation is linear: E[AZ + b] = A E[Z] + b", lhs=Label(tex=r"\mathbb{E}[Y]"), rhs=linear
        ),
        DerivationStep(rule="multiply", rhs=mu),
        DerivationStep(
            rule="covariance of an affine map: Cov(AZ + b) = A Cov(Z) A^T",
            lhs=Label(tex=r"\operatorname{Cov}(Y)"),
            rhs=sandwich,
        ),
        DerivationStep(rule="multiply", rhs=sigma),
        DerivationStep(
            rule="an affine map of a Gaussian vector is Gaussian",
            lhs=Label(tex="Y"),
            relation="\\sim",
            rhs=Label(tex=rf"\mathcal{{N}}\left({sympy.latex(mu)}, {sympy.latex(sigma)}\right)"),
        ),
    )


def _degenerate(mu: Any, sigma: Any, steps: tuple[DerivationStep, ...]) -> Degenerate:
    covariance_rank = rank(sigma)
    reason = (
        f"The law is degenerate, it has no density: its covariance has rank {covariance_rank} in dimension "
        f"{sigma.rows}, so Y lies in an affine subspace of measure 0"
    )
    zero = DerivationStep(rule="A S A^T has not full rank", lhs=sympy.Determinant(sigma), rhs=sympy.Integer(0))
    derivation = Derivation(
        title="Degenerate Gaussian push-forward", steps=(*steps, zero), result={"mean": mu, "covariance": sigma}
    )
    return Degenerate(mean=mu, covariance=sigma, rank=covariance_rank, reason=reason, derivation=derivation)


def _nondegenerate(
    names: tuple[Any, ...],
    mu: Any,
    sigma: Any,
    adjugate: Any,
    determinant: Any,
    steps: tuple[DerivationStep, ...],
    conditions: tuple[Condition, ...],
) -> GaussianDerivation:
    dimension = len(names)
    root = square_root(determinant)
    precision = sympy.ImmutableMatrix(adjugate / determinant)
    centred = sympy.ImmutableMatrix(names) - mu
    form = quadratic_form(adjugate, determinant, centred, names)
    density = (2 * sympy.pi) ** sympy.Rational(-dimension, 2) / root * sympy.exp(-form / 2)
    log_normaliser = -sympy.Rational(dimension, 2) * sympy.log(2 * sympy.pi) - sympy.log(determinant) / 2
    log_density = log_normaliser - form / 2
    entropy = sympy.Rational(dimension, 2) * sympy.log(2 * sympy.pi * sympy.E) + sympy.log(determinant) / 2
    nonzero = _nonzero_condition(determinant)
    values = (sigma, adjugate, determinant, root, precision, centred, form, density, log_density, entropy)
    derivation = Derivation(
        title="Gaussian push-forward",
        steps=(*steps, *_density_steps(values, nonzero)),
        result={"mean": mu, "covariance": sigma, "density": density, "log_density": log_density, "entropy": entropy},
        conditions=conditions,
    )
    return GaussianDerivation(
        variables=names,
        mean=mu,
        covariance=sigma,
        determinant=determinant,
        sqrt_determinant=root,
        precision=precision,
        quadratic_form=form,
        density=density,
        log_density=log_density,
        entropy=entropy,
        derivation=derivation,
    )


def _density_steps(values: tuple[Any, ...], nonzero: Condition) -> tuple[DerivationStep, ...]:
    sigma, adjugate, determinant, root, precision, centred, form, density, log_density, entropy = values
    by_adjugate = sympy.MatMul(1 / determinant, adjugate, evaluate=False)
    product_form = sympy.MatMul(centred.T, precision, centred, evaluate=False)
    step = DerivationStep
    return (
        step(
            rule="determinant of the covariance", lhs=sympy.Determinant(sigma), rhs=determinant, conditions=(nonzero,)
        ),
        step(rule="its positive square root", lhs=Label(tex=r"\sqrt{\det\Sigma}"), rhs=root),
        step(rule="whose square is the determinant", lhs=root**2, rhs=determinant),
        step(rule="inverse = adjugate / determinant", lhs=Label(tex=r"\Sigma^{-1}"), rhs=by_adjugate),
        step(rule="divide", rhs=precision),
        step(
            rule="for covariance times adjugate is determinant times identity",
            lhs=sympy.MatMul(sigma, adjugate, evaluate=False),
            rhs=sympy.ImmutableMatrix(determinant * sympy.eye(sigma.rows)),
        ),
        step(rule="quadratic form of the precision", lhs=Label(tex=r"(y-\mu)^T\Sigma^{-1}(y-\mu)"), rhs=product_form),
        step(rule="expand", rhs=sympy.ImmutableMatrix([[form]])),
        step(rule="density of a Gaussian law", lhs=density_label(), rhs=density),
        step(rule="logarithm", lhs=Label(tex=r"\log p_Y(y)"), rhs=log_density),
        step(rule="entropy h = -E[log p]; E[(Y-\\mu)^T \\Sigma^{-1} (Y-\\mu)] = d", lhs=Label(tex="h(Y)"), rhs=entropy),
    )


def _nonzero_condition(determinant: Any) -> Condition:
    known = bool(determinant.is_positive)
    return Condition(
        text="the covariance of Y is invertible",
        tex=rf"{sympy.latex(determinant)} \neq 0",
        status="discharged" if known else "assumed",
    )


def quadratic_form(numerators: Any, denominator: Any, centred: Any, names: tuple[Any, ...]) -> Any:
    """v^T N v / denominator: a polynomial when the numbers are rational, one quotient collected in the names else."""
    size = numerators.rows
    total = sum(numerators[i, j] * centred[i] * centred[j] for i in range(size) for j in range(size))
    if denominator.is_Rational and all(entry.is_Rational for entry in numerators):
        return sympy.expand(total / denominator)
    numerator, rest = sympy.fraction(sympy.together(total))
    return sympy.collect(sympy.expand(numerator), names) / (factored(rest) * denominator)
