r"""The steps from a covariance to a density: determinant, root, precision, quadratic form, log-density, entropy.

p(y) = (2 pi)^(-d/2) (det S)^(-1/2) exp(-q/2),
q = (y - mu)^T S^(-1) (y - mu),     H = (d/2) log(2 pi e) + (1/2) log det S
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sympy

from .derivation import Condition, DerivationStep, Label
from .derive_gaussian import GaussianDerivation
from .printing import name_tex
from .rational_form import adjugate_and_determinant
from .textbook import Textbook, symbol_tex, vector_tex

step = DerivationStep


def density_steps(name: str, found: GaussianDerivation, book: Textbook) -> tuple[DerivationStep, ...]:
    """Determinant, root, precision, quadratic form, density, log-density, entropy."""
    sigma, determinant, root = found.covariance, shorter(found.determinant), found.sqrt_determinant
    root = root if root.is_number or root.has(sympy.Abs) else sympy.sqrt(determinant)
    adjugate = adjugate_and_determinant(sigma)[0]
    names, dimension = found.variables, len(found.variables)
    y = argument_tex(names)
    centred = sympy.ImmutableMatrix(names) - found.mean
    about = vector_tex(names) if found.mean.is_zero_matrix else rf"({vector_tex(names)} - \mu)"
    form = rf"{about}^{{T}} \Sigma^{{-1}} {about}"
    normaliser = (2 * sympy.pi) ** sympy.Rational(-dimension, 2) / root
    q = shown_form(found.quadratic_form)
    quadratic = Label(tex=book.with_content(q), value=sympy.ImmutableMatrix([[q]]))
    density = gaussian_tex(normaliser, q, book)
    p = rf"p_{{{name_tex(name)}}}({y})"
    general = (
        rf"\frac{{1}}{{{_two_pi(dimension)}\sqrt{{\det\Sigma}}}} "
        rf"\exp\left(-\frac{{1}}{{2}} {form}\right)"
    )
    log_general = rf"-{_half(dimension)}\log(2\pi) - \frac{{1}}{{2}}\log\det\Sigma - \frac{{1}}{{2}} {form}"
    log_value = -sympy.Rational(dimension, 2) * sympy.log(2 * sympy.pi) - _log_root(root, determinant) - q / 2
    invertible = next(s for s in found.derivation.steps if s.rule == "determinant of the covariance").conditions
    return (
        step(
            rule="determinant",
            lhs=Label(tex=r"\det\Sigma", value=sympy.Determinant(sigma)),
            rhs=determinant,
            conditions=renamed(invertible, name, name),
        ),
        step(rule="its positive root", lhs=Label(tex=r"\sqrt{\det\Sigma}"), rhs=root),
        *_square_step(root, determinant, book),
        *_precision_steps(found, determinant, adjugate, book),
        step(
            rule="for this is the inverse",
            lhs=Label(tex=r"\Sigma\,\Sigma^{-1}", value=sympy.MatMul(sigma, found.precision, evaluate=False)),
            rhs=Label(tex="I", value=sympy.ImmutableMatrix(sympy.eye(sigma.rows))),
        ),
        step(
            rule="quadratic form", lhs=Label(tex=form), rhs=_product_label(found, determinant, adjugate, centred, book)
        ),
        step(rule="expand", rhs=quadratic),
        step(
            rule="density of a Gaussian law",
            lhs=Label(tex=p),
            rhs=Label(tex=general, value=found.density),
        ),
        step(rule="insert", rhs=Label(tex=density, value=normaliser * sympy.exp(-q / 2))),
        step(rule="logarithm", lhs=Label(tex=rf"\log {p}"), rhs=Label(tex=log_general, value=log_value)),
        step(
            rule="insert",
            rhs=Label(
                tex=_log_density_tex(dimension, _log_root(root, determinant), q, book),
                value=found.log_density,
            ),
        ),
        step(
            rule="entropy: minus the mean of the log-density",
            lhs=Label(tex=rf"H({name_tex(name)})"),
            rhs=Label(tex=rf"{_half(dimension)}\log(2\pi e) + \frac{{1}}{{2}}\log\det\Sigma", value=found.entropy),
        ),
        step(
            rule="insert",
            rhs=Label(
                tex=rf"{_half(dimension)}\log(2\pi e){_log_root_tex('+', _log_root(root, determinant), book)}",
                value=_entropy(dimension, _log_root(root, determinant)),
            ),
        ),
    )


def renamed(conditions: Iterable[Condition], name: str, base: str) -> tuple[Condition, ...]:
    """Conditions in the names of the document, where the derivation says Y and Z."""
    return tuple(
        replace(c, text=c.text.replace(" of Y ", f" of {name} ").replace(" of Z ", f" of {base} ")) for c in conditions
    )


def _entropy(dimension: int, log_root: Any) -> Any:
    return sympy.Rational(dimension, 2) * sympy.log(2 * sympy.pi * sympy.E) + log_root


def _log_root(root: Any, determinant: Any) -> Any:
    """log sqrt(det): of the root where that is a number, half the logarithm of the determinant otherwise."""
    return sympy.log(root) if root.is_Rational else sympy.log(determinant) / 2


def _precision_steps(
    found: GaussianDerivation, determinant: Any, adjugate: Any, book: Textbook
) -> tuple[DerivationStep, ...]:
    """The inverse of the covariance; with symbols the quotient by the determinant stays in front."""
    scaled = Label(
        tex=_scaled_tex(1 / determinant, adjugate, book), value=sympy.MatMul(1 / determinant, adjugate, evaluate=False)
    )
    over = step(rule="adjugate over determinant", lhs=Label(tex=r"\Sigma^{-1}"), rhs=scaled)
    divided = step(rule="divide", rhs=found.precision)
    if not _is_rational(found.precision):
        return (over,)
    return (over, divided) if adjugate.rows > 1 else (step(rule="inverse", lhs=over.lhs, rhs=found.precision),)


def _product_label(found: GaussianDerivation, determinant: Any, adjugate: Any, centred: Any, book: Textbook) -> Label:
    """The quadratic form as a product of a row, a matrix and a column."""
    value = sympy.MatMul(centred.T, found.precision, centred, evaluate=False)
    if len(centred) == 1:
        return Label(tex=rf"{book.tex(found.precision)} \left({book.tex(centred)}\right)^{{2}}", value=value)
    if _is_rational(found.precision):
        return Label(tex=book.tex(value), value=value)
    inside = book.tex(sympy.MatMul(centred.T, adjugate, centred, evaluate=False))
    front = _scaled_tex(1 / determinant, sympy.eye(1), book)
    return Label(tex=rf"{front} {inside}", value=value)


def _is_rational(matrix: Any) -> bool:
    return all(entry.is_Rational for entry in matrix)


def shown_form(quadratic: Any) -> Any:
    """The quadratic form over a short denominator: (..)/(1 - rho^2), not -(..)/((rho - 1)(rho + 1))."""
    numerator, denominator = sympy.fraction(quadratic)
    if denominator.is_number:
        return quadratic
    if numerator.could_extract_minus_sign():
        numerator, denominator = -numerator, -denominator
    return numerator / shorter(denominator)


def shorter(expression: Any) -> Any:
    """The expanded form where that is shorter: 1 - rho^2 for -(rho - 1)(rho + 1)."""
    expanded = sympy.expand(expression)
    return expanded if sympy.count_ops(expanded) < sympy.count_ops(expression) else expression


def _square_step(root: Any, determinant: Any, book: Textbook) -> tuple[DerivationStep, ...]:
    """The square of the root, shown where it says something: with symbols."""
    squared = Label(tex=rf"\left({book.tex(root)}\right)^{{2}}", value=root**2)
    return () if root.is_number else (step(rule="whose square is the determinant", lhs=squared, rhs=determinant),)


def argument_tex(names: tuple[Any, ...]) -> str:
    """The arguments of a density; from four on, the vector."""
    return vector_tex(names) if len(names) > 3 else ", ".join(symbol_tex(name.name) for name in names)


def gaussian_tex(normaliser: Any, quadratic: Any, book: Textbook) -> str:
    return rf"{book.tex(normaliser)} \exp\left({book.with_content(-quadratic / 2)}\right)"


def _scaled_tex(factor: Any, matrix: Any, book: Textbook) -> str:
    front = rf"\left({book.tex(factor)}\right)" if factor.is_Add else book.tex(factor)
    return rf"{front} \cdot {book.tex(matrix)}" if matrix.rows > 1 else front


def _log_density_tex(dimension: int, log_root: Any, quadratic: Any, book: Textbook) -> str:
    exponent = book.with_content(-quadratic / 2)
    sign = " " if exponent.startswith("-") else " + "
    return rf"-{_half(dimension)}\log(2\pi){_log_root_tex('-', log_root, book)}{sign}{exponent}"


def _log_root_tex(sign: str, log_root: Any, book: Textbook) -> str:
    factor, logarithm = log_root.as_coeff_Mul()
    if log_root == 0:
        return ""
    if log_root.is_Mul and logarithm.func is sympy.log:
        return rf" {sign} {book.tex(factor)} {book.tex(logarithm)}"
    shown = book.tex(log_root)
    return rf" {sign} \left({shown}\right)" if log_root.is_Add or shown.startswith("-") else rf" {sign} {shown}"


def _half(dimension: int) -> str:
    if dimension == 2:
        return ""
    return str(dimension // 2) if dimension % 2 == 0 else rf"\frac{{{dimension}}}{{2}}"


def _two_pi(dimension: int) -> str:
    if dimension == 2:
        return r"2\pi"
    if dimension == 1:
        return r"\sqrt{2\pi}"
    return rf"(2\pi)^{{{dimension // 2 if dimension % 2 == 0 else rf'{dimension}/2'}}}"
