r"""Quantities of two Gaussian laws, and of the blocks of one: marginal, conditional, product, divergence.

For a joint :math:`\mathcal N(m, S)` in blocks a, b, and for two laws in d dimensions

.. math::
    x_a &\sim \mathcal N(m_a, S_{aa}), \qquad
    x_a \mid x_b &\sim \mathcal N(m_a + S_{ab} S_{bb}^{-1} (x_b - m_b),\; S_{aa} - S_{ab} S_{bb}^{-1} S_{ba}), \\
    \mathcal N(x; a, A)\, \mathcal N(x; b, B) &= \mathcal N(a; b, A + B)\, \mathcal N(x; c, C), \quad
    C = A (A + B)^{-1} B, \; c = B (A + B)^{-1} a + A (A + B)^{-1} b, \\
    \operatorname{KL}(\mathcal N_1 \| \mathcal N_2) &= \tfrac12\left[\operatorname{tr}(S_2^{-1} S_1)
    + (m_2 - m_1)^T S_2^{-1} (m_2 - m_1) - d + \log\tfrac{\det S_2}{\det S_1}\right] \text{ nats}.

The steps contain the identities that prove them: for the conditional, the difference that is uncorrelated with what is
given; for the product, the square completed in the sum of the two exponents.

Source: Bishop, Pattern Recognition and Machine Learning (2006), sections 2.3.1-2.3.3; Petersen and Pedersen, The Matrix
Cookbook (2012), section 8.1.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label
from .rational_form import adjugate_and_determinant, is_zero, product
from .symmetric_matrix import real_entries, require_shape, sign_of, square_root_free_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianMoments:
    """Mean (d, 1) and covariance (d, d) of a Gaussian law, and how they were derived."""

    mean: Any
    covariance: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianProduct:
    """The product of two densities: ``scale`` times the density of ``law``."""

    scale: Any
    law: GaussianMoments


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A divergence in nats, and how it was derived."""

    value: Any
    derivation: Derivation


def marginal(mean: Any, covariance: Any, kept: Sequence[int]) -> GaussianMoments:
    """The law of the coordinates ``kept`` (0-based, in that order).

    Raises:
        ValueError: no covariance (see `symmetric_matrix`), or an index is out of range or twice there.
    """
    m, s, conditions = _law(mean, covariance)
    rows = _indices(kept, m.rows)
    selection = sympy.ImmutableMatrix(len(rows), m.rows, lambda i, j: int(rows[i] == j))
    steps = (
        DerivationStep(
            rule="a selection of coordinates is a linear map",
            lhs=sympy.MatMul(selection, m, evaluate=False),
            rhs=_rows(m, rows),
        ),
        DerivationStep(
            rule="its covariance is the block",
            lhs=sympy.MatMul(selection, s, selection.T, evaluate=False),
            rhs=_block(s, rows, rows),
        ),
    )
    derivation = Derivation(title="Marginal of a Gaussian law", steps=steps, conditions=conditions)
    return GaussianMoments(mean=_rows(m, rows), covariance=_block(s, rows, rows), derivation=derivation)


def conditional(mean: Any, covariance: Any, given: Sequence[int], values: Any) -> GaussianMoments:
    """The law of the other coordinates, given those of index ``given`` (0-based) at ``values`` (a column).

    Raises:
        ValueError: no covariance, bad indices, nothing left, or a singular block S_bb.
    """
    m, s, conditions = _law(mean, covariance)
    b = _indices(given, m.rows)
    a = tuple(i for i in range(m.rows) if i not in b)
    if not a or not b:
        raise ValueError("Expected some coordinates given and some left")
    x_b = require_shape("values", sympy.ImmutableMatrix(values), (len(b), 1))
    inverse, invertible = _inverse("S_bb", _block(s, b, b))
    gain = product(_block(s, a, b), inverse)
    new_mean = _rows(m, a) + gain * (x_b - _rows(m, b))
    new_covariance = _block(s, a, a) - product(gain, _block(s, b, a))
    steps = (
        DerivationStep(rule="gain", lhs=Label(tex="S_{ab}S_{bb}^{-1}"), rhs=gain, conditions=(invertible,)),
        DerivationStep(
            rule="x_a - gain x_b is uncorrelated with x_b, hence independent of it",
            lhs=_block(s, a, b) - sympy.ImmutableMatrix(gain * _block(s, b, b)),
            rhs=sympy.ImmutableMatrix(sympy.zeros(len(a), len(b))),
        ),
        DerivationStep(
            rule="mean of that difference, plus gain x_b", lhs=Label(tex=r"\mathbb{E}[x_a \mid x_b]"), rhs=new_mean
        ),
        DerivationStep(
            rule="covariance of that difference",
            lhs=Label(tex=r"\operatorname{Cov}(x_a \mid x_b)", value=_covariance_of_difference(s, a, b, gain)),
            rhs=sympy.ImmutableMatrix(new_covariance),
        ),
    )
    return GaussianMoments(
        mean=sympy.ImmutableMatrix(new_mean),
        covariance=sympy.ImmutableMatrix(new_covariance),
        derivation=Derivation(title="Conditional of a Gaussian law", steps=steps, conditions=conditions),
    )


def density_product(variables: Sequence[Any], a: Any, A: Any, b: Any, B: Any) -> GaussianProduct:
    """The product of N(x; a, A) and N(x; b, B) as a density in x times a constant, the density of N(b, A + B) at a.

    Raises:
        ValueError: no covariances, different dimensions, or one of A, B, A + B singular.
    """
    a, A, first = _law(a, A)
    b, B, second = _law(b, B)
    require_shape("the second mean", b, a.shape)
    x = require_shape("variables", sympy.ImmutableMatrix(list(variables)), a.shape)
    inverse, invertible = _inverse("A + B", sympy.ImmutableMatrix(A + B))
    C = product(A, inverse, B)
    c = sympy.ImmutableMatrix(product(B, inverse) * a + product(A, inverse) * b)
    precisions = {name: _inverse(name, matrix)[0] for name, matrix in (("A", A), ("B", B), ("C", C))}
    gap = _form(inverse, a - b)
    steps = (
        DerivationStep(
            rule="covariance of the product", lhs=Label(tex="C = A(A+B)^{-1}B"), rhs=C, conditions=(invertible,)
        ),
        DerivationStep(
            rule="precisions add",
            lhs=sympy.ImmutableMatrix(precisions["A"] + precisions["B"]),
            rhs=precisions["C"],
        ),
        DerivationStep(
            rule="complete the square in the sum of the exponents",
            lhs=_form(precisions["A"], x - a) + _form(precisions["B"], x - b),
            rhs=_form(precisions["C"], x - c) + gap,
        ),
    )
    determinant = adjugate_and_determinant(sympy.ImmutableMatrix(A + B))[1]
    scale = (2 * sympy.pi) ** sympy.Rational(-a.rows, 2) / sympy.sqrt(determinant) * sympy.exp(-gap / 2)
    derivation = Derivation(title="Product of Gaussian densities", steps=steps, conditions=(*first, *second))
    return GaussianProduct(scale=scale, law=GaussianMoments(mean=c, covariance=C, derivation=derivation))


def kullback_leibler(m1: Any, S1: Any, m2: Any, S2: Any) -> Divergence:
    """KL(N(m1, S1) || N(m2, S2)) in nats.

    Raises:
        ValueError: no covariances, different dimensions, or one is singular (KL is then infinite or undefined).
    """
    m1, S1, first = _law(m1, S1)
    m2, S2, second = _law(m2, S2)
    require_shape("the second mean", m2, m1.shape)
    inverse, invertible = _inverse("S_2", S2)
    det1, det2 = (adjugate_and_determinant(s)[1] for s in (S1, S2))
    if is_zero(det1):
        raise ValueError("Expected S_1 invertible; the first law has no density and the divergence is infinite")
    trace = product(inverse, S1).trace()
    shift = _form(inverse, m2 - m1)
    value = (trace + shift - m1.rows + sympy.log(det2) - sympy.log(det1)) / 2
    steps = (
        DerivationStep(
            rule="expectation of a quadratic form under the first law: E[(x-m_2)^T S_2^(-1) (x-m_2)]",
            lhs=Label(tex=r"\operatorname{tr}(S_2^{-1}S_1) + (m_2-m_1)^TS_2^{-1}(m_2-m_1)"),
            rhs=trace + shift,
            conditions=(invertible,),
        ),
        DerivationStep(
            rule="expectation of the logarithm of the ratio of densities",
            lhs=Label(tex=r"\operatorname{KL}(\mathcal{N}_1\,\|\,\mathcal{N}_2)"),
            rhs=value,
        ),
    )
    derivation = Derivation(title="Divergence of Gaussian laws", steps=steps, conditions=(*first, *second))
    return Divergence(value=value, derivation=derivation)


def _law(mean: Any, covariance: Any) -> tuple[Any, Any, tuple[Condition, ...]]:
    m = real_entries("mean", mean)
    require_shape("mean", m, (m.rows, 1))
    s = require_shape("covariance", real_entries("covariance", covariance), (m.rows, m.rows))
    return m, s, square_root_free_factor(s).conditions


def _indices(indices: Sequence[int], size: int) -> tuple[int, ...]:
    if len(set(indices)) != len(indices) or not all(0 <= i < size for i in indices):
        raise ValueError(f"Expected different indices from 0 to {size - 1}; got {list(indices)}")
    return tuple(indices)


def _rows(column: Any, rows: Sequence[int]) -> Any:
    return sympy.ImmutableMatrix([column[i, 0] for i in rows])


def _block(matrix: Any, rows: Sequence[int], columns: Sequence[int]) -> Any:
    return sympy.ImmutableMatrix(len(rows), len(columns), lambda i, j: matrix[rows[i], columns[j]])


def _form(matrix: Any, vector: Any) -> Any:
    return (vector.T * matrix * vector)[0, 0]


def _covariance_of_difference(s: Any, a: tuple[int, ...], b: tuple[int, ...], gain: Any) -> Any:
    """Cov(x_a - gain x_b) with all four terms."""
    s_ab, s_ba = _block(s, a, b), _block(s, b, a)
    return sympy.ImmutableMatrix(_block(s, a, a) - gain * s_ba - s_ab * gain.T + gain * _block(s, b, b) * gain.T)


def _inverse(name: str, matrix: Any) -> tuple[Any, Condition]:
    adjugate, determinant = adjugate_and_determinant(matrix)
    if is_zero(determinant):
        raise ValueError(f"Expected {name} invertible; it is singular")
    condition = Condition(
        text=f"{name} is invertible",
        tex=rf"{sympy.latex(determinant)} \neq 0",
        status="discharged" if sign_of(determinant) else "assumed",
    )
    return sympy.ImmutableMatrix(adjugate / determinant), condition
