r"""The chapter of a Gaussian law or of an affine image of one: moments, precision, density, entropy, second route.

First route: Y = A Z + b has mean A m + b and covariance A S A^T.  Second route, which never forms that covariance:

    p_Y(y) = p_Z(A^(-1) (y - b)) / |det A|

for square A; otherwise A is completed and the extra coordinates are integrated out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import sympy

from .context import AffineLaw, GaussianLaw, Law
from .derivation import Condition, DerivationStep, Label, exactly_equal
from .derive_gaussian import Degenerate, GaussianDerivation, gaussian_law, gaussian_pushforward
from .entries import Chapter, SecondRoute
from .formal import Formal
from .formal_laws import is_gaussian, moments_of
from .formal_matrices import as_matrix
from .gaussian_by_substitution import agree, pushforward_by_change_of_variables
from .image_density import density_symbols
from .printing import name_tex
from .rational_form import adjugate_and_determinant
from .textbook import Textbook, symbol_tex, vector_tex

step = DerivationStep


def gaussian_chapters(formal: Formal, law: GaussianLaw) -> Iterator[Chapter]:
    """The density of a declared Gaussian law; nothing is derived where the covariance is the identity."""
    mean, covariance = moments_of(formal, law)
    if covariance == sympy.eye(covariance.rows):
        return
    found = gaussian_law(mean, covariance, density_symbols(formal, law))
    book = Textbook()
    start = (_law_step(law.name, found, book),)
    if isinstance(found, Degenerate):
        yield _degenerate(law, "gaussian", found, start, book)
        return
    identity = sympy.ImmutableMatrix(sympy.eye(covariance.rows))
    second = _by_substitution(found, identity, None, mean, covariance)
    yield Chapter(
        of=law.name,
        kind="gaussian",
        title=f"The law of {law.name}",
        book=book,
        second=second,
        steps=(*start, *_density_steps(law.name, found, book)),
        conditions=renamed(found.derivation.conditions, law.name, law.name),
    )


def affine_chapters(formal: Formal, law: AffineLaw) -> Iterator[Chapter]:
    """The law of A Z + b by both routes."""
    base = formal.context.laws[law.base]
    if not is_gaussian(formal, base):
        from .chapter_map import map_chapters

        yield from map_chapters(formal, law)
        return
    mean, covariance = moments_of(formal, base)
    matrix, offset = as_matrix(formal.convert(law.matrix)), as_matrix(formal.convert(law.offset))
    names = density_symbols(formal, law)
    found = gaussian_pushforward(matrix, offset, mean, covariance, names)
    book = Textbook()
    start = (
        *_moment_steps(law, offset_name(formal), found, (matrix, offset, mean, covariance)),
        _law_step(law.name, found, book),
    )
    title = f"The law of {law.name} = A {law.base}" + ("" if offset.is_zero_matrix else f" + {offset_name(formal)}")
    if isinstance(found, Degenerate):
        yield _degenerate(law, "pushforward", found, start, book, title)
        return
    second = _by_substitution(found, matrix, offset, mean, covariance)
    steps = (*start, *_density_steps(law.name, found, book))
    if matrix.rows == matrix.cols and second.agree:
        steps = (*steps, *_substitution_steps(formal, law, base, matrix, offset, found, book))
    yield Chapter(
        of=law.name,
        kind="pushforward",
        title=title,
        steps=steps,
        book=book,
        second=second,
        conditions=renamed(found.derivation.conditions, law.name, law.base),
    )


def renamed(conditions: Iterable[Condition], name: str, base: str) -> tuple[Condition, ...]:
    """Conditions in the names of the document, where the derivation says Y and Z."""
    return tuple(
        replace(c, text=c.text.replace(" of Y ", f" of {name} ").replace(" of Z ", f" of {base} ")) for c in conditions
    )


def _by_substitution(found: GaussianDerivation, matrix: Any, offset: Any, mean: Any, covariance: Any) -> SecondRoute:
    """The second route to the same density, and whether both are proved to be one."""
    square = matrix.rows == matrix.cols
    how = (
        "change of variables p_Z(A^(-1)(y - b)) / |det A|"
        if square
        else "A completed to an invertible matrix, the extra coordinates integrated out by completing the square"
    )
    try:
        other = pushforward_by_change_of_variables(matrix, offset, mean, covariance, found.variables)
    except ValueError as error:
        return SecondRoute(agree=None, how=f"{how}: {error}")
    both = agree(found, other)
    return SecondRoute(agree=True if both.proved else None, how=f"{how}: {'; '.join(both.rules or both.failed)}")


# -- steps -------------------------------------------------------------------------------------------------------------
def offset_name(formal: Formal) -> str:
    """A letter for the offset of an affine map that nothing else in the document has."""
    return next((letter for letter in "bcdehk" if letter not in formal.context), "b")


def _moment_steps(law: AffineLaw, b: str, found: Any, given: tuple[Any, Any, Any, Any]) -> tuple[DerivationStep, ...]:
    matrix, offset, mean, covariance = given
    y, z = name_tex(law.name), name_tex(law.base)
    moved = sympy.MatMul(matrix, mean, evaluate=False)
    shifted = moved if offset.is_zero_matrix else sympy.MatAdd(moved, offset, evaluate=False)
    plus = "" if offset.is_zero_matrix else f" + {b}"
    shift = () if offset.is_zero_matrix else (step(rule="its offset", lhs=Label(tex=b), rhs=offset),)
    white = covariance == sympy.eye(covariance.rows)
    factors = (matrix, matrix.T) if white else (matrix, covariance, matrix.T)
    short = r"A A^{T}" if white else rf"A \operatorname{{Cov}}({z}) A^{{T}}"
    sandwich = sympy.MatMul(*factors, evaluate=False)
    return (
        step(rule="the matrix of the map", lhs=Label(tex="A"), rhs=matrix),
        *shift,
        step(
            rule="expectation is linear",
            lhs=Label(tex=rf"\mathbb{{E}}[{y}]"),
            rhs=Label(tex=rf"A\,\mathbb{{E}}[{z}]{plus}", value=shifted),
        ),
        step(rule="insert the mean", rhs=found.mean),
        step(
            rule="covariance of an affine map",
            lhs=Label(tex=rf"\Sigma = \operatorname{{Cov}}({y})"),
            rhs=Label(tex=short, value=sandwich),
        ),
        step(rule="insert", rhs=sandwich),
        step(rule="multiply", rhs=found.covariance),
    )


def _law_step(name: str, found: Any, book: Textbook) -> DerivationStep:
    law = rf"\mathcal{{N}}\left({book.tex(found.mean)}, {book.tex(found.covariance)}\right)"
    return step(rule="Gaussian", lhs=Label(tex=name_tex(name)), relation="\\sim", rhs=Label(tex=law))


def _density_steps(name: str, found: GaussianDerivation, book: Textbook) -> tuple[DerivationStep, ...]:
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
    density = _gaussian_tex(normaliser, q, book)
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


def _substitution_steps(
    formal: Formal, law: AffineLaw, base: Law, matrix: Any, offset: Any, found: GaussianDerivation, book: Textbook
) -> tuple[DerivationStep, ...]:
    """The second route for a square matrix: p_Z at the preimage over |det A|, which is the same density."""
    adjugate, determinant = adjugate_and_determinant(matrix)
    inverse = sympy.ImmutableMatrix(adjugate / determinant)
    y0 = vector_tex(found.variables)
    shift = y0 if offset.is_zero_matrix else rf"\left({y0} - {offset_name(formal)}\right)"
    source = formal.law(base.name)
    if isinstance(source, Degenerate):
        return ()
    preimage = list(inverse * (sympy.ImmutableMatrix(found.variables) - offset))
    moved = source.density.xreplace(dict(zip(source.variables, preimage, strict=True))) / sympy.Abs(determinant)
    if not exactly_equal(moved, found.density):
        return ()
    normaliser = (2 * sympy.pi) ** sympy.Rational(-len(preimage), 2) / found.sqrt_determinant
    y, z = name_tex(law.name), name_tex(base.name)
    general = rf"\frac{{p_{{{z}}}\left(A^{{-1}} {shift}\right)}}{{\left|\det A\right|}}"
    return (
        step(rule="second route: the inverse map", lhs=Label(tex="A^{-1}"), rhs=inverse),
        step(rule="its Jacobian", lhs=Label(tex=r"\det A", value=sympy.Determinant(matrix)), rhs=determinant),
        step(
            rule="change of variables",
            lhs=Label(tex=rf"p_{{{y}}}({argument_tex(found.variables)})"),
            rhs=Label(tex=general, value=moved),
        ),
        step(
            rule="the same density, without the covariance",
            rhs=Label(tex=_gaussian_tex(normaliser, shown_form(found.quadratic_form), book), value=found.density),
        ),
    )


def _degenerate(
    law: Law, kind: str, found: Degenerate, start: tuple[DerivationStep, ...], book: Textbook, title: str = ""
) -> Chapter:
    rank = step(
        rule="the covariance has not full rank",
        lhs=Label(tex=r"\det\Sigma", value=sympy.Determinant(found.covariance)),
        rhs=sympy.Integer(0),
    )
    second = SecondRoute(agree=None, how="")
    reason = found.reason.replace("so Y lies", f"so {law.name} lies")
    return Chapter(
        of=law.name,
        kind=kind,
        title=title or f"The law of {law.name}",
        steps=(*start, rank),
        book=book,
        second=second,
        notes=(f"{reason[:1].lower()}{reason[1:]}",),
    )


# -- TeX ---------------------------------------------------------------------------------------------------------------
def argument_tex(names: tuple[Any, ...]) -> str:
    """The arguments of a density; from four on, the vector."""
    return vector_tex(names) if len(names) > 3 else ", ".join(symbol_tex(name.name) for name in names)


def _gaussian_tex(normaliser: Any, quadratic: Any, book: Textbook) -> str:
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
