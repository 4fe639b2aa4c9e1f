r"""Partition functions in closed form, each by a rule that is written down: no result is taken from an integrator.

:math:`Z = \int e^{-E(x)} dx` splits over sums of energies in separate variables. Per part

.. math::
    \int_{\mathbb R^d} e^{-\frac12 x^T P x + h^T x} dx &= (2\pi)^{d/2} (\det P)^{-1/2} e^{\frac12 h^T P^{-1} h},
        \quad P \text{ positive definite (completing the square)} \\
    \int_{\mathbb R} e^{-a x^{2k}} dx &= \tfrac1k \Gamma\!\left(\tfrac1{2k}\right) a^{-1/(2k)} \quad (u = a x^{2k}) \\
    \int_0^\infty x^{m} e^{-a x^p} dx &= \tfrac1p \Gamma\!\left(\tfrac{m+1}p\right) a^{-(m+1)/p}, \quad m > -1 \\
    \int_{\mathbb R} e^{-a x^4 - b x^2} dx &= \tfrac12 a^{-1/4}\left[\Gamma(\tfrac14)\, {}_1F_1(\tfrac14; \tfrac12; w)
        - \tfrac{b}{\sqrt a}\, \Gamma(\tfrac34)\, {}_1F_1(\tfrac34; \tfrac32; w)\right], \quad w = \tfrac{b^2}{4a},

the last for real b of either sign; where the sign is known it is the Bessel form, with :math:`s = b^2/(8a)`,

.. math:: b > 0: \tfrac12 \sqrt{b/a}\, e^{s} K_{1/4}(s), \qquad
    b < 0: \tfrac\pi2 \sqrt{|b|/(2a)}\, e^{s} (I_{-1/4}(s) + I_{1/4}(s)).

Source: Gradshteyn and Ryzhik, Table of Integrals (8th ed.), 3.323.3, 3.326.2, 3.469.1; DLMF 10.39, 13.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label, Status
from .derive_energy import Interval
from .derive_gaussian import square_root
from .rational_form import adjugate_and_determinant, rational_normal_form
from .symmetric_matrix import sign_of, square_root_free_factor

_LINE = (-sympy.oo, sympy.oo)
_HALF_LINE = (sympy.Integer(0), sympy.oo)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFunction:
    """Z in closed form; ``derivation`` has one group of steps per independent part."""

    value: Any
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    value: Any
    steps: tuple[DerivationStep, ...]


def closed_partition_function(
    energy: Any, variables: Sequence[Any], support: Sequence[Interval] | None = None
) -> PartitionFunction | None:
    """Z of the energy, or None when no rule applies to some part.

    Args:
        energy: expression in the variables and any parameters.
        variables: the d symbols of x.
        support: per variable (low, high); default the whole line.

    Raises:
        ValueError: the integral certainly diverges: a quadratic part is not positive definite, or a leading
            coefficient is not positive.
    """
    names = tuple(variables)
    box = dict(zip(names, support or [_LINE] * len(names), strict=True))
    constant, groups = _independent_parts(sympy.expand(energy, power_exp=False), names)
    parts: list[_Part] = []
    for part_names, part in groups:
        found = _closed_part(part, part_names, tuple(box[name] for name in part_names))
        if found is None:
            return None
        parts.append(found)
    value = sympy.Mul(sympy.exp(-constant), *(part.value for part in parts))
    steps = [step for part in parts for step in part.steps]
    if len(parts) > 1 or constant != 0:
        factors = [sympy.exp(-constant), *(part.value for part in parts)]
        steps.append(
            DerivationStep(rule="parts in separate variables multiply", lhs=Label(tex="Z"), rhs=sympy.Mul(*factors))
        )
    derivation = Derivation(
        title="Partition function in closed form", steps=tuple(steps), result={"partition_function": value}
    )
    return PartitionFunction(value=value, derivation=derivation)


def _independent_parts(energy: Any, names: tuple[Any, ...]) -> tuple[Any, list[tuple[tuple[Any, ...], Any]]]:
    """The constant term, and per connected group of variables the terms that hold them."""
    groups: list[tuple[set[Any], list[Any]]] = [({name}, []) for name in names]
    constant = sympy.Integer(0)
    for term in sympy.Add.make_args(energy):
        used = term.free_symbols & set(names)
        if not used:
            constant += term
            continue
        touched = [group for group in groups if group[0] & used]
        merged = (set().union(*(g[0] for g in touched)), [t for g in touched for t in g[1]] + [term])
        groups = [group for group in groups if not group[0] & used] + [merged]
    ordered = sorted(groups, key=lambda group: min(names.index(name) for name in group[0]))
    return constant, [(tuple(n for n in names if n in group), sympy.Add(*terms)) for group, terms in ordered]


def _closed_part(energy: Any, names: tuple[Any, ...], box: tuple[Interval, ...]) -> _Part | None:
    if all(interval == _LINE for interval in box) and energy.is_polynomial(*names):
        if sympy.Poly(energy, *names).total_degree() == 2:
            return _gaussian_part(energy, names)
        return _even_part(energy, names[0]) if len(names) == 1 else None
    if len(names) == 1 and box[0] == _HALF_LINE:
        return _gamma_part(energy, names[0])
    return None


def _gaussian_part(energy: Any, names: tuple[Any, ...]) -> _Part:
    """Completing the square: E = (x - m)^T P (x - m) / 2 + c, m = P^(-1) h."""
    polynomial = sympy.Poly(energy, *names)
    precision = sympy.ImmutableMatrix(sympy.hessian(energy, names))
    status = _definiteness(precision)
    zero = dict.fromkeys(names, sympy.Integer(0))
    linear = sympy.ImmutableMatrix([-polynomial.diff(name).as_expr().xreplace(zero) for name in names])
    adjugate, determinant = adjugate_and_determinant(precision)
    centre = sympy.ImmutableMatrix((adjugate * linear / determinant).applyfunc(rational_normal_form))
    offset = sympy.ImmutableMatrix(names) - centre
    rest = rational_normal_form(-(linear.T * centre)[0, 0] / 2)
    square = (offset.T * precision * offset)[0, 0] / 2 + rest
    value = (2 * sympy.pi) ** sympy.Rational(len(names), 2) / square_root(determinant) * sympy.exp(-rest)
    positive = Condition(
        text="the quadratic part is positive definite",
        tex=rf"{sympy.latex(precision)} \succ 0",
        status=status,
    )
    return _Part(
        value=value,
        steps=(
            DerivationStep(rule="complete the square", lhs=energy, rhs=square, conditions=(positive,)),
            DerivationStep(
                rule="Gaussian integral: (2 pi)^(d/2) det(P)^(-1/2)", lhs=_integral_label(energy, names), rhs=value
            ),
        ),
    )


def _definiteness(precision: Any) -> Status:
    """The status of the condition that the quadratic part is positive definite."""
    try:
        factor = square_root_free_factor(precision)
    except ValueError as error:
        raise ValueError("Expected a quadratic energy that grows in every direction; Z is infinite") from error
    if factor.rank < precision.rows:
        raise ValueError(
            "Expected a positive definite quadratic energy; it is flat in some direction and Z is infinite"
        )
    return factor.conditions[0].status


def _even_part(energy: Any, x: Any) -> _Part | None:
    """a x^(2k), or a x^4 + b x^2, on the whole line."""
    coefficients = {power: c for (power,), c in sympy.Poly(energy, x).terms()}
    degree = max(coefficients)
    if degree % 2:
        raise ValueError("Expected an even leading power on the whole line; the integral of e^(-E) diverges")
    leading = _positive_leading(coefficients[degree])
    if set(coefficients) == {degree}:
        value = sympy.gamma(sympy.Rational(1, degree)) * leading[0] ** sympy.Rational(-1, degree) * 2 / degree
        step = DerivationStep(
            rule=f"substitute u = a x^{degree}: a Gamma integral",
            lhs=_integral_label(energy, (x,)),
            rhs=value,
            conditions=(leading[1],),
        )
        return _Part(value=value, steps=(step,))
    if set(coefficients) == {4, 2}:
        return _quartic_part(energy, x, coefficients[4], coefficients[2], leading[1])
    return None


def _quartic_part(energy: Any, x: Any, a: Any, b: Any, positive: Condition) -> _Part:
    """Expand e^(-b x^2) and integrate term by term: the even and odd terms are two confluent hypergeometric series."""
    n = sympy.Dummy("n", integer=True, nonnegative=True)
    quarter, half = sympy.Rational(1, 4), sympy.Rational(1, 2)
    moment = sympy.gamma((2 * n + 1) / 4) * a ** (-(2 * n + 1) / 4) / 2
    series = sympy.Sum((-b) ** n / sympy.factorial(n) * moment, (n, 0, sympy.oo))
    w = b**2 / (4 * a)
    even = sympy.gamma(quarter) * sympy.hyper((quarter,), (half,), w)
    odd = b / sympy.sqrt(a) * sympy.gamma(3 * quarter) * sympy.hyper((3 * quarter,), (3 * half,), w)
    general = a**-quarter / 2 * (even - odd)
    exchange = Condition(
        text="sum and integral may be exchanged: e^(-a x^4 + |b| x^2) is integrable",
        tex=r"\int e^{-a x^4 + |b| x^2} dx < \infty",
        status="discharged" if positive.status == "discharged" else "assumed",
    )
    steps = [
        DerivationStep(
            rule="expand e^(-b x^2) and integrate term by term",
            lhs=_integral_label(energy, (x,)),
            rhs=series,
            conditions=(positive, exchange),
        ),
        DerivationStep(rule="sum the terms of even and of odd n", rhs=Label(tex=sympy.latex(general))),
    ]
    value = _bessel_form(a, b)
    if value is None:
        return _Part(value=general, steps=tuple(steps))
    steps.append(
        DerivationStep(rule="write it by modified Bessel functions of order 1/4", rhs=Label(tex=sympy.latex(value)))
    )
    return _Part(value=value, steps=tuple(steps))


def _bessel_form(a: Any, b: Any) -> Any:
    sign = sign_of(b)
    quarter, s = sympy.Rational(1, 4), b**2 / (8 * a)
    if sign == 1:
        return sympy.sqrt(b / a) / 2 * sympy.exp(s) * sympy.besselk(quarter, s)
    if sign == -1:
        both = sympy.besseli(-quarter, s) + sympy.besseli(quarter, s)
        return sympy.pi / 2 * sympy.sqrt(-b / (2 * a)) * sympy.exp(s) * both
    return None


def _gamma_part(energy: Any, x: Any) -> _Part | None:
    """a x^p - m log x on the half line."""
    m = sympy.Integer(0)
    power = sympy.Integer(0)
    for term in sympy.Add.make_args(energy):
        ratio = term / sympy.log(x)
        if x not in ratio.free_symbols:
            m -= ratio
        else:
            power += term
    coefficient, body = power.as_independent(x, as_Add=False)
    base, p = body.as_base_exp()
    if base != x or x in p.free_symbols or sign_of(p) != 1:
        return None
    leading, condition = _positive_leading(coefficient)
    if sign_of(m + 1) == -1 or m == -1:
        raise ValueError("Expected x^m with m > -1 at 0; the integral diverges there")
    value = sympy.gamma((m + 1) / p) * leading ** (-(m + 1) / p) / p
    at_zero = Condition(
        text="the integral converges at 0",
        tex=rf"{sympy.latex(m)} > -1",
        status="discharged" if sign_of(m + 1) == 1 else "assumed",
    )
    step = DerivationStep(
        rule="substitute u = a x^p: a Gamma integral",
        lhs=_integral_label(energy, (x,), _HALF_LINE),
        rhs=value,
        conditions=(condition, at_zero),
    )
    return _Part(value=value, steps=(step,))


def _positive_leading(coefficient: Any) -> tuple[Any, Condition]:
    sign = sign_of(coefficient)
    if sign in (-1, 0):
        raise ValueError("Expected an energy that grows at infinity; the integral of e^(-E) diverges")
    status: Status = "discharged" if sign == 1 else "assumed"
    tex = rf"{sympy.latex(coefficient)} > 0"
    return coefficient, Condition(text="the leading coefficient is positive", tex=tex, status=status)


def _integral_label(energy: Any, names: tuple[Any, ...], interval: Interval = _LINE) -> Label:
    return Label(tex=sympy.latex(sympy.Integral(sympy.exp(-energy), *((name, *interval) for name in names))))
