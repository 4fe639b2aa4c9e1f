r"""The chapter of a Gaussian law or of an affine image of one: moments, precision, density, entropy, second route.

First route: Y = A Z + b has mean A m + b and covariance A S A^T.  Second route, which never forms that covariance:

    p_Y(y) = p_Z(A^(-1) (y - b)) / |det A|

for square A; otherwise A is completed and the extra coordinates are integrated out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from .context import AffineLaw, GaussianLaw, Law
from .derivation import DerivationStep, Label, exactly_equal
from .derive_gaussian import Degenerate, GaussianDerivation, gaussian_law, gaussian_pushforward
from .entries import Chapter, SecondRoute
from .formal import Formal
from .formal_laws import is_gaussian, moments_of
from .formal_matrices import as_matrix
from .gaussian_by_substitution import agree, pushforward_by_change_of_variables
from .gaussian_steps import argument_tex, density_steps, gaussian_tex, renamed, shown_form
from .image_density import density_symbols
from .printing import name_tex
from .rational_form import adjugate_and_determinant
from .textbook import Textbook, vector_tex

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
        steps=(*start, *density_steps(law.name, found, book)),
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
    steps = (*start, *density_steps(law.name, found, book))
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
            rhs=Label(tex=gaussian_tex(normaliser, shown_form(found.quadratic_form), book), value=found.density),
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
